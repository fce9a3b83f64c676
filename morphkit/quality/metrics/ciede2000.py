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
from morphkit.quality.metrics.frames import (
    AnyFrame,
    as_codes,
    check_frame,
    check_mask,
    lab_of,
)

Numbers = npt.NDArray[np.float64]
#: Colours that are compared at once.
_BLOCK = 4096
_COS6, _COS30, _COS63 = np.cos(np.deg2rad([6.0, 30.0, 63.0])).tolist()
_SIN6, _SIN30, _SIN63 = np.sin(np.deg2rad([6.0, 30.0, 63.0])).tolist()


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
    codes = as_codes(frame).reshape(1, -1, 3)
    if mask is None:
        return Colours(lab_of(codes), None)
    weights = mask.astype(np.float64).ravel()
    seen = weights > 0
    return Colours(lab_of(codes[:, seen]), weights[seen])


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
    # Block by block, so that what is between the steps stays near the processor.
    parts = [
        _differences(one[k : k + _BLOCK].T, two[k : k + _BLOCK].T)
        for k in range(0, len(one), _BLOCK)
    ]
    return np.concatenate(parts or [np.empty(0)]).reshape(first.shape[:-1])


def _differences(one: Numbers, two: Numbers) -> Numbers:
    """Return the difference of colours, shape (3, n)."""
    (l1, a1, b1), (l2, a2, b2) = one, two
    chroma = (_chroma(a1, b1) + _chroma(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(_saturation(chroma))  # 1 + G
    a1, a2 = stretch * a1, stretch * a2
    c1, c2 = _chroma(a1, b1), _chroma(a2, b2)
    h1, h2 = np.arctan2(b1, a1), np.arctan2(b2, a2)
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, _shorter(h2 - h1))  # Δh'
    # The mean hue lies halfway on the shorter arc; of a grey, the other hue counts.
    hue = np.where(grey & (c1 == 0), h2, h1 + turn / 2)
    lightness, chroma = (l1 + l2) / 2 - 50, (c1 + c2) / 2
    cos, sin = np.cos(hue), np.sin(hue)
    cos2, sin2 = cos * cos - sin * sin, 2 * sin * cos
    cos3, sin3 = cos * cos2 - sin * sin2, sin * cos2 + cos * sin2
    cos4, sin4 = cos2 * cos2 - sin2 * sin2, 2 * sin2 * cos2
    t = (
        1
        - 0.17 * (_COS30 * cos + _SIN30 * sin)
        + 0.24 * cos2
        + 0.32 * (_COS6 * cos3 - _SIN6 * sin3)
        - 0.20 * (_COS63 * cos4 + _SIN63 * sin4)
    )
    squared = lightness * lightness
    apart_l = (l2 - l1) / (1 + 0.015 * squared / np.sqrt(20 + squared))
    apart_c = (c2 - c1) / (1 + 0.045 * chroma)
    apart_h = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / (1 + 0.015 * chroma * t)
    degrees = np.rad2deg(hue)
    blue = (np.where(degrees < 0, degrees + 360, degrees) - 275) / 25
    rotation = np.sin(2 * np.deg2rad(30) * np.exp(-blue * blue))
    twist = -2 * rotation * np.sqrt(_saturation(chroma)) * apart_c * apart_h
    total = apart_l * apart_l + apart_c * apart_c + apart_h * apart_h + twist
    return np.asarray(np.sqrt(np.maximum(total, 0.0)))


def _chroma(a: Numbers, b: Numbers) -> Numbers:
    """Return the distance from grey."""
    return np.asarray(np.sqrt(a * a + b * b))


def _shorter(turn: Numbers) -> Numbers:
    """Return an angle between two of -π to π as that of the shorter arc."""
    turn = np.where(turn > np.pi, turn - 2 * np.pi, turn)
    return np.where(turn < -np.pi, turn + 2 * np.pi, turn)


def _saturation(chroma: Numbers) -> Numbers:
    """Return C⁷ / (C⁷ + 25⁷)."""
    cubed = chroma * chroma * chroma
    seventh = cubed * cubed * chroma
    return np.asarray(seventh / (seventh + 25.0**7))
