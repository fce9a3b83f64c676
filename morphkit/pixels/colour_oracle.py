"""Colour differences after CIE 2000, but for the turn of the axes of blue, in NumPy.

The readable counterpart of ``_native_colour.c``: both give the same bits. Only sums,
products, quotients and square roots, in a fixed order.

References
----------
.. [1] Sharma, G., Wu, W., & Dalal, E. N. (2005). The CIEDE2000 color-difference
       formula. Color Research & Application 30(1), 21-30.
       https://doi.org/10.1002/col.20070
"""

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Colour = tuple[Float64, Float64, Float64]

#: What 0 is divided by, instead of by 0.
_TINY = 1e-300
#: Colours that are compared at once, so that what is between the steps stays near the
#: processor.
_BLOCK = 4096


def compare_colours(
    first: Float64, second: Float64, series: Float64, parts: Float64
) -> None:
    """Write parts of differences; see `morphkit.pixels.measuring.compare_colours`."""
    for k in range(0, len(first), _BLOCK):
        one, two = (each[k : k + _BLOCK].T.copy() for each in (first, second))
        parts[:, k : k + _BLOCK] = _compared(one, two, series)


def _compared(one: Float64, two: Float64, series: Float64) -> Float64:
    """Return the parts, (6, n), of the differences of colours, (3, n)."""
    (l1, a1, b1), (l2, a2, b2) = one, two
    chroma = (_chroma(a1, b1) + _chroma(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(saturation(chroma))  # 1 + G
    a1, a2 = stretch * a1, stretch * a2
    c1, c2 = _chroma(a1, b1), _chroma(a2, b2)
    apart_h, cos, sin = _hues((a1, b1, c1), (a2, b2, c2))
    lightness, chroma = (l1 + l2) / 2 - 50, (c1 + c2) / 2
    t = _polynomial(series[:5], cos) + sin * _polynomial(series[5:], cos)
    squared = lightness * lightness
    apart_l = (l2 - l1) / (1 + 0.015 * squared / np.sqrt(20 + squared))
    apart_c = (c2 - c1) / (1 + 0.045 * chroma)
    apart_h /= 1 + 0.015 * chroma * t
    total = apart_l * apart_l + apart_c * apart_c + apart_h * apart_h
    return np.stack([total, apart_c, apart_h, cos, sin, chroma])


def _polynomial(powers: Float64, x: Float64) -> Float64:
    """Return a polynomial of some numbers, by Horner's scheme."""
    result = powers[0] * x
    for power in powers[1:-1]:
        result += power
        result *= x
    result += powers[-1]
    return np.asarray(result)


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


def _chroma(a: Float64, b: Float64) -> Float64:
    """Return the distance from grey."""
    return np.asarray(np.sqrt(a * a + b * b))


def saturation(chroma: Float64) -> Float64:
    """Return C⁷ / (C⁷ + 25⁷)."""
    cubed = chroma * chroma * chroma
    seventh = cubed * cubed * chroma
    return np.asarray(seventh / (seventh + 25.0**7))
