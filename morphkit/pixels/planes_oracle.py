"""Frames and planes for dense matching in readable NumPy: the oracle of the C code.

Frames reduced by area, and contrast made even, so that skin is matched by its texture
and not by the shading that an expression changes. Everything is integer arithmetic;
``docs/correspondence_specification.md``, section "Dense matching", is the text that
this follows.
"""

import numpy as np

from morphkit.pixels.matching_oracle import divide
from morphkit.pixels.spec import Int64, UInt8

#: Code values of one standard deviation, and the variance that is noise, 1/256 code².
CONTRAST, NOISE = 40, 4 << 8


def reduce_area(frame: UInt8, small: UInt8) -> None:
    """Write a smaller frame, every pixel the mean of the area that it covers.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
    small : ndarray, shape (h, w, 3), dtype uint8
        Written to; no side is longer than that of the frame.
    """
    rows, columns = small.shape[:2]
    sums = _over_areas(frame.astype(np.int64), rows)
    sums = _over_areas(sums.transpose(1, 0, 2), columns).transpose(1, 0, 2)
    small[:] = divide(sums, frame.shape[0] * frame.shape[1])


def _over_areas(values: Int64, count: int) -> Int64:
    """Return sums over equal parts of the first axis; 1/count of a value is 1."""
    length = len(values)
    before = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    index, part = np.divmod(np.arange(count + 1) * length, count)
    cut = np.concatenate([values, np.zeros_like(values[:1])])[index]
    sums: Int64 = count * before[index] + part[:, None, None] * cut
    return sums[1:] - sums[:-1]


def even_contrast(codes: UInt8, half: int, result: UInt8) -> None:
    """Write code values minus their local mean, divided by their local variation.

    Parameters
    ----------
    codes : ndarray, shape (H, W), dtype uint8
    half : int
        Half of the width of the neighbourhood, pixels.
    result : ndarray, shape (H, W), dtype uint8
        Written to; 128 is the local mean, 40 code values one standard deviation.
    """
    values = codes.astype(np.int64) << 8
    fine = values - _box(_box(values, half), half)
    squares = _box(_box(fine * fine >> 8, 2 * half), 2 * half)
    deviation = np.sqrt(((squares + NOISE) << 8).astype(np.float64)).astype(np.int64)
    result[:] = np.clip(128 + divide(CONTRAST * fine, deviation), 0, 255)


def _box(values: Int64, half: int) -> Int64:
    """Return means of squares of 2 half + 1 pixels; edges are replicated."""
    side = 2 * half + 1
    for _ in range(2):
        padded = np.pad(values, [(half + 1, half), (0, 0)], mode="edge")
        sums = np.cumsum(padded, axis=0)
        values = (sums[side:] - sums[:-side]).T
    return divide(values, side * side)
