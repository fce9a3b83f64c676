"""Colour difference CIEDE2000: mean and root mean square.

References
----------
.. [1] Sharma, G., Wu, W., & Dalal, E. N. (2005). The CIEDE2000 color-difference
       formula. Color Research & Application 30(1), 21-30.
       https://doi.org/10.1002/col.20070
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Mask
from morphkit.errors import InputError
from morphkit.pixels.colour_oracle import saturation
from morphkit.pixels.measuring import compare_colours
from morphkit.quality.metrics.frames import (
    AnyFrame,
    as_codes,
    check_frame,
    check_mask,
    lab_of,
)

Numbers = npt.NDArray[np.float64]
_COS6, _COS30, _COS63 = np.cos(np.deg2rad([6.0, 30.0, 63.0])).tolist()
_SIN6, _SIN30, _SIN63 = np.sin(np.deg2rad([6.0, 30.0, 63.0])).tolist()
#: T = 1 - .17 cos(h - 30) + .24 cos 2h + .32 cos(3h + 6) - .20 cos(4h - 63), as
#: polynomials of c = cos h, the highest power first: five coefficients, and four of the
#: polynomial that is multiplied by sin h.
_SERIES = np.array(
    [
        -1.6 * _COS63,
        1.28 * _COS6,
        0.48 + 1.6 * _COS63,
        -0.17 * _COS30 - 0.96 * _COS6,
        0.76 - 0.2 * _COS63,
        *(-1.6 * _SIN63, -1.28 * _SIN6, 0.8 * _SIN63, 0.32 * _SIN6 - 0.17 * _SIN30),
    ]
)
#: Cosine of a hue 157 degrees from the blue around which the axes of colours turn, 275:
#: from there to a hue of 0 they turn by less than the last digit of a difference.
_FAR_FROM_BLUE = -0.47


@dataclass(frozen=True, eq=False)
class Colours:
    """The colours of a frame that count.

    Parameters
    ----------
    lab : ndarray, shape (1, N, 3), dtype float64
        CIELAB, D65, of the pixels inside the mask.
    weights : ndarray, shape (N,), or None
        Of the same pixels; None where all count alike.
    """

    lab: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64] | None


def prepare(frame: AnyFrame, mask: Mask | None = None) -> Colours:
    """Return the colours of a frame inside a mask; errors as `check_frame`."""
    check_frame(frame)
    check_mask(mask, frame)
    codes = as_codes(frame).reshape(-1, 3)
    if mask is None:
        return Colours(lab_of(codes[None]), None)
    seen = np.flatnonzero(mask > 0)
    weights = mask.ravel()[seen].astype(np.float64)
    return Colours(lab_of(codes.take(seen, axis=0)[None]), weights)


def mean(a: Colours, b: Colours) -> float:
    """Return the mean CIEDE2000 difference [1]_."""
    return float(np.average(_difference(a, b), weights=a.weights))


def root_mean_square(a: Colours, b: Colours) -> float:
    """Return the root of the mean squared CIEDE2000 difference [1]_."""
    return float(np.sqrt(np.average(_difference(a, b) ** 2, weights=a.weights)))


def _difference(a: Colours, b: Colours) -> npt.NDArray[np.float64]:
    """Return the difference of every pixel."""
    if a.lab.shape != b.lab.shape:
        raise InputError(
            f"frames of {a.lab.shape[1]} and {b.lab.shape[1]} pixels to compare"
        )
    return colour_difference(a.lab[0], b.lab[0])


def colour_difference(
    first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the CIEDE2000 difference [1]_ of colours, all weights 1.

    Parameters
    ----------
    first, second : ndarray, shape (..., 3), dtype float64
        CIELAB.

    Returns
    -------
    ndarray, shape (...), dtype float64
    """
    one, two = (each.reshape(-1, 3) for each in (first, second))
    total, apart_c, apart_h, cos, sin, chroma = compare_colours(one, two, _SERIES)
    turned = np.flatnonzero((sin < 0) | (cos < _FAR_FROM_BLUE))
    rotation = _rotation(cos[turned], sin[turned], chroma[turned])
    total[turned] -= rotation * apart_c[turned] * apart_h[turned]
    return np.asarray(np.sqrt(np.maximum(total, 0.0)).reshape(first.shape[:-1]))


def _rotation(cos: Numbers, sin: Numbers, chroma: Numbers) -> Numbers:
    """Return -R_T: how far the axes of chroma and hue turn for blue."""
    degrees = np.rad2deg(np.arctan2(sin, cos))
    blue = (np.where(degrees < 0, degrees + 360, degrees) - 275) / 25
    turn = np.sin(2 * np.deg2rad(30) * np.exp(-blue * blue))
    return np.asarray(2 * turn * np.sqrt(saturation(chroma)))
