"""Whether two photographs show one person, by the forehead: it moves least.

Landmarks are carried within one person. A photograph of somebody else gets landmarks,
too, and nothing in them says so. What differs is the skin: after the first photograph
was warped as the detector's points of the skin say, the foreheads of one person have
the same pattern of light, the same pattern of colour and the same colour, whatever the
mouth does. The middle, where a cry knits the brows, is left out. The weights are those
of a logistic regression on the shared photographs of adults and the rendered infants
that ship with morphkit (``benchmarks/propagate.py``).
It recognises nobody: light that changed looks like another person, and twins look
alike.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame
from morphkit.geometry.propagation.frame import SIDE

#: Above this two photographs may show two persons.
UNLIKE = 0.5
#: Middle and half-axes of the forehead in the common frame, pixels.
_MIDDLE, _REACH = (230.0, 125.0), (75.0, 55.0)
#: Half the width of what is left out in the middle, pixels.
_KNITTED = 30.0
#: Foreheads are compared in a frame smaller by this factor.
_REDUCED = 4
#: Standard deviations of the blurs between which the pattern of light lies, pixels of
#: the smaller frame.
_FINE, _COARSE = 2.0, 12.0
#: Of the logarithms of how far pattern of light, colour and pattern of colour differ.
_WEIGHTS, _CONSTANT = (0.64, 3.89, 4.13), 28.8
#: Added to code values before logarithms, and to a difference of colours.
_DARK, _EVEN = 8.0, 0.005


def unlikeness(first: Frame, second: Frame) -> float:
    """Return how unlike the foreheads of two photographs are.

    Parameters
    ----------
    first, second : ndarray, shape (SIDE, SIDE, 3), dtype uint8
        In the common frame, the first warped onto the second.

    Returns
    -------
    float
        Logarithm of the odds that they show two persons, if either is as probable
        beforehand.
    """
    y, x = np.mgrid[: SIDE // _REDUCED, : SIDE // _REDUCED] * _REDUCED
    ellipse = ((x - _MIDDLE[0]) / _REACH[0]) ** 2 + ((y - _MIDDLE[1]) / _REACH[1]) ** 2
    inside = (ellipse < 1) & (np.abs(x - _MIDDLE[0]) > _KNITTED)
    light, colours = zip(*(_planes(one) for one in (first, second)), strict=True)
    pattern = [(_blur(p, _FINE) - _blur(p, _COARSE))[inside] for p in light]
    off = [(a - b) for a, b in zip(*colours, strict=True)]
    differ = (
        1 - _correlation(*pattern),
        np.hypot(*(one[inside].mean() for one in off)) + _EVEN,
        np.sqrt(np.mean([_blur(one, 1.0)[inside].std() ** 2 for one in off])),
    )
    tiny = np.finfo(float).eps
    return float(np.dot(_WEIGHTS, np.log(np.maximum(differ, tiny))) + _CONSTANT)


Plane = npt.NDArray[np.float32]


def _planes(frame: Frame) -> tuple[Plane, tuple[Plane, Plane]]:
    """Return light (green), and red and blue against it, as logarithms."""
    import cv2

    size = (SIDE // _REDUCED, SIDE // _REDUCED)
    small: Any = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    red, green, blue = np.moveaxis(np.log(small.astype(np.float32) + _DARK), -1, 0)
    return green, (red - green, blue - green)


def _blur(plane: Plane, sigma: float) -> Plane:
    """Return a plane without detail."""
    import cv2

    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def _correlation(a: Plane, b: Plane) -> float:
    """Return Pearson's correlation; 0 where one does not vary."""
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / size if size else 0.0
