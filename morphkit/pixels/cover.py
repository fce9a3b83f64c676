"""Covers: which part of a photo is the inside of an opening, in exact integers.

Conventions
-----------
Outlines are int32 in units of 1/256 px, closed, even-odd; the centre of the top-left
pixel is (0, 0). A cover is int16, 0 (outside) to 32767 (inside).
"""

from collections.abc import Sequence

import numpy as np

from morphkit.pixels.spec import HALF, ONE_BITS, SUBPIXEL, WHITE, Int16, Int32, Int64

#: Samples along each side of a pixel.
SAMPLES = 8
_STEP = SUBPIXEL // SAMPLES


def cover_of(
    outlines: Sequence[Int32], size: tuple[int, int], feather: Sequence[int] = ()
) -> Int16:
    """Return the cover of a photo.

    Every pixel is sampled at 8 × 8 positions; a sample is inside if one of the outlines
    encloses it by the even-odd rule. The count, times 32767/64, is smoothed by
    `feather` along both axes.

    Parameters
    ----------
    outlines : sequence of (n, 2) ndarray of int32
        Closed outlines in units of 1/256 px.
    size : tuple of int
        Width and height of the photo in px.
    feather : sequence of int, optional
        Symmetric filter in units of 1/16384, with odd length and sum 16384.

    Returns
    -------
    (height, width) ndarray of int16
        0 to 32767.
    """
    width, height = size
    cover = np.zeros((height, width), np.int16)
    if not outlines:
        return cover
    # Only the part that can be nonzero: the outlines and the reach of the filter.
    every = np.concatenate([np.asarray(o, np.int64) for o in outlines])
    reach = len(feather) // 2 + 1
    left, top = np.maximum(every.min(axis=0) // SUBPIXEL - reach, 0).tolist()
    right, bottom = np.minimum(
        every.max(axis=0) // SUBPIXEL + reach + 2, [width, height]
    ).tolist()
    if left >= right or top >= bottom:
        return cover
    corner = np.array([left, top]) * SUBPIXEL
    count = np.zeros((bottom - top, right - left), np.int64)
    for outline in outlines:
        shifted = np.asarray(outline, np.int64) - corner
        count = np.maximum(count, _count(shifted, right - left, bottom - top))
    whole = SAMPLES * SAMPLES
    part = (2 * WHITE * count + whole) // (2 * whole)
    for axis in (1, 0):
        part = _smoothed(part, feather, axis)
    cover[top:bottom, left:right] = part
    return cover


def _count(outline: Int64, width: int, height: int) -> Int64:
    """Return the number of samples of every pixel inside an outline."""
    start, end = outline, np.roll(outline, -1, axis=0)
    down = start[:, 1] < end[:, 1]
    top = np.where(down[:, None], start, end)
    bottom = np.where(down[:, None], end, start)
    first = _STEP // 2 - SUBPIXEL // 2
    rows = first + _STEP * np.arange(SAMPLES * height, dtype=np.int64)
    toggles = np.zeros((SAMPLES * height, SAMPLES * width + 1), np.int64)
    for (x0, y0), (x1, y1) in zip(top.tolist(), bottom.tolist(), strict=True):
        if y0 == y1:
            continue
        low, high = np.searchsorted(rows, [y0, y1])
        # The first sample at or right of the crossing, by exact ceiling division.
        over = (x0 - first) * (y1 - y0) + (rows[low:high] - y0) * (x1 - x0)
        at = -(-over // (_STEP * (y1 - y0)))
        at = np.clip(at, 0, SAMPLES * width)
        toggles[np.arange(low, high), at] += 1
    inside = np.cumsum(toggles, axis=1)[:, :-1] & 1
    return np.asarray(inside.reshape(height, SAMPLES, width, SAMPLES).sum(axis=(1, 3)))


def _smoothed(values: Int64, taps: Sequence[int], axis: int) -> Int64:
    """Return values filtered along an axis, edges repeated."""
    if len(taps) < 2:
        return values
    side = len(taps) // 2
    pad = [(0, 0), (0, 0)]
    pad[axis] = (side, side)
    wide = np.pad(values, pad, mode="edge")
    length = values.shape[axis]
    total = np.full(values.shape, HALF, np.int64)
    for k, tap in enumerate(taps):
        total += tap * np.take(wide, range(k, k + length), axis=axis)
    return np.asarray(total >> ONE_BITS)
