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
Colour = tuple[Numbers, Numbers, Numbers]
_COS6, _COS30, _COS63 = np.cos(np.deg2rad([6.0, 30.0, 63.0])).tolist()
_SIN6, _SIN30, _SIN63 = np.sin(np.deg2rad([6.0, 30.0, 63.0])).tolist()
#: T = 1 - .17 cos(h - 30) + .24 cos 2h + .32 cos(3h + 6) - .20 cos(4h - 63), as
#: polynomials of c = cos h: `_T_COSINE` + sin h `_T_SINE`, the highest power first.
_T_COSINE = (
    -1.6 * _COS63,
    1.28 * _COS6,
    0.48 + 1.6 * _COS63,
    -0.17 * _COS30 - 0.96 * _COS6,
    0.76 - 0.2 * _COS63,
)
_T_SINE = (-1.6 * _SIN63, -1.28 * _SIN6, 0.8 * _SIN63, 0.32 * _SIN6 - 0.17 * _SIN30)
#: Cosine of a hue 157 degrees from the blue around which the axes of colours turn, 275:
#: from there to a hue of 0 they turn by less than the last digit of a difference.
_FAR_FROM_BLUE = -0.47
#: What 0 is divided by, instead of by 0.
_TINY = 1e-300
#: Colours that are compared at once.
_BLOCK = 4096


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
        _differences(*(each[k : k + _BLOCK].T.copy() for each in (one, two)))
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
    apart_h, cos, sin = _hues((a1, b1, c1), (a2, b2, c2))
    lightness, chroma = (l1 + l2) / 2 - 50, (c1 + c2) / 2
    t = _polynomial(_T_COSINE, cos) + sin * _polynomial(_T_SINE, cos)
    squared = lightness * lightness
    apart_l = (l2 - l1) / (1 + 0.015 * squared / np.sqrt(20 + squared))
    apart_c = (c2 - c1) / (1 + 0.045 * chroma)
    apart_h /= 1 + 0.015 * chroma * t
    total = apart_l * apart_l + apart_c * apart_c + apart_h * apart_h
    turned = np.flatnonzero((sin < 0) | (cos < _FAR_FROM_BLUE))
    rotation = _rotation(cos[turned], sin[turned], chroma[turned])
    total[turned] -= rotation * apart_c[turned] * apart_h[turned]
    return np.asarray(np.sqrt(np.maximum(total, 0.0)))


def _polynomial(powers: tuple[float, ...], x: Numbers) -> Numbers:
    """Return a polynomial of some numbers, by Horner's scheme."""
    result = powers[0] * x
    for power in powers[1:-1]:
        result += power
        result *= x
    result += powers[-1]
    return result


def _hues(first: Colour, second: Colour) -> Colour:
    """Return the difference of hue ΔH', and cosine and sine of the mean hue.

    Found from products instead of angles: with P = C1' C2' and h the turn from one hue
    to the other, a1' a2' + b1' b2' = P cos h, a1' b2' - b1' a2' = P sin h, and ΔH' =
    2 √P sin(h/2). Of a grey, ΔH' is 0 and its hue counts nothing.

    Parameters
    ----------
    first, second : tuple of ndarray, shape (n,)
        a', b' and C'.
    """
    (a1, b1, c1), (a2, b2, c2) = first, second
    product = c1 * c2
    along, across = a1 * a2 + b1 * b2, a1 * b2 - b1 * a2
    twice = np.sqrt(2 * (product + np.abs(along)))  # 2 √P cos(h/2), or sin beyond 90°
    apart = 2 * across / np.maximum(twice, _TINY)
    # The mean hue lies halfway on the shorter arc: along the sum of both directions.
    x, y = a1 * c2 + a2 * c1, b1 * c2 + b2 * c1
    far = np.flatnonzero(along < 0)
    if far.size:  # across their difference, where the sum may be next to nothing
        turn, level = across[far], b1[far]
        # Of 180°, the mean of both angles from 0 to 360 [1]_.
        first_half = np.where(level == 0, a1[far], level) > 0
        to_left = np.where(turn == 0, first_half, turn > 0)
        sign = np.where(to_left, 1.0, -1.0)
        apart[far] = sign * twice[far]
        x[far] = sign * (b2 * c1 - b1 * c2)[far]
        y[far] = sign * (a1 * c2 - a2 * c1)[far]
    scale = 1.0 / np.maximum(twice * np.sqrt(product), _TINY)
    return apart, x * scale, y * scale


def _rotation(cos: Numbers, sin: Numbers, chroma: Numbers) -> Numbers:
    """Return -R_T: how far the axes of chroma and hue turn for blue."""
    degrees = np.rad2deg(np.arctan2(sin, cos))
    blue = (np.where(degrees < 0, degrees + 360, degrees) - 275) / 25
    turn = np.sin(2 * np.deg2rad(30) * np.exp(-blue * blue))
    return np.asarray(2 * turn * np.sqrt(_saturation(chroma)))


def _chroma(a: Numbers, b: Numbers) -> Numbers:
    """Return the distance from grey."""
    return np.asarray(np.sqrt(a * a + b * b))


def _saturation(chroma: Numbers) -> Numbers:
    """Return C⁷ / (C⁷ + 25⁷)."""
    cubed = chroma * chroma * chroma
    seventh = cubed * cubed * chroma
    return np.asarray(seventh / (seventh + 25.0**7))
