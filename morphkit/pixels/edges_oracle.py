"""Edges of holes in readable NumPy: pixels that are partly behind, sampled finer.

A pixel belongs to one triangle. Where an eyeball or teeth are seen through a hole, its
edge would be a staircase, and a hole or its rim that is narrower than a pixel a row of
dots. So pixels whose samples lie partly in a sheet behind a hole, in a rim or in what
is before them are the mean of all their samples. ``docs/pixel_specification.md``,
section "Edges of holes", is the text that this follows.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from morphkit.pixels.spec import EDGE_SAMPLES, Int64

#: Number of pixels looked at together, of 16 samples each.
_ROWS_AT_ONCE = 64
_STEP = 256 // EDGE_SAMPLES
_FIRST = (_STEP - 256) // 2

Owners = Callable[[Int64, int, int, int], Int64]


def finer_samples(
    corners: Int64,
    holes: tuple[int, int],
    rows: tuple[int, int],
    width: int,
    owners: Owners,
) -> tuple[Int64, Int64, Int64, Int64]:
    """Return the pixels at edges of holes, and where and in what their samples lie.

    Parameters
    ----------
    corners : (m, 3, 2) ndarray of int64
        Corners of all triangles in the frame, 1/256 px.
    holes : (int, int)
        Number of triangles, the first ones, that are seen through holes, and of these
        together with the rims of holes, which come next.
    rows : (int, int)
        First row and row after the last.
    width : int
        Of the frame, px.
    owners : callable
        Gives the triangle of every pixel, as that of the oracle.

    Returns
    -------
    pixels : (p,) ndarray of int64
        y·W + x, counted from the first row.
    triangle, x, y : (p · 16,) ndarray of int64
        Of every sample, pixel by pixel; places in 1/256 px.
    """
    sheets, rims = holes
    low = np.maximum((corners[:rims].min(axis=(0, 1)) >> 8) - 1, (0, rows[0]))
    high = (corners[:rims].max(axis=(0, 1)) >> 8) + 2
    right, bottom = np.minimum(high, (width, rows[1])).tolist()
    left, top = low.tolist()
    found: list[npt.NDArray[np.int64]] = []
    kept: list[npt.NDArray[np.int64]] = []
    for first in range(top, bottom, _ROWS_AT_ONCE) if left < right else ():
        last = min(first + _ROWS_AT_ONCE, bottom)
        fine = EDGE_SAMPLES * (corners - [256 * left, 256 * first])
        shape = EDGE_SAMPLES * (last - first), EDGE_SAMPLES * (right - left)
        near = _overlapping(fine, shape)
        owner = owners(fine[near] - EDGE_SAMPLES * _FIRST, 0, *shape)
        owner = np.append(near, -1)[owner]
        in_rows = owner.reshape(last - first, EDGE_SAMPLES, right - left, EDGE_SAMPLES)
        parts = in_rows.swapaxes(1, 2).reshape(last - first, right - left, -1)
        layer = (parts >= sheets).astype(int) + (parts >= rims)
        is_edge = (layer.min(2) < layer.max(2)) & (parts >= 0).all(2)
        row, column = np.nonzero(is_edge)
        found.append((row + first - rows[0]) * width + column + left)
        kept.append(parts[row, column])
    pixels = np.concatenate([*found, np.empty(0, np.int64)])
    y, x = np.divmod(pixels, width)
    steps = _FIRST + _STEP * np.arange(EDGE_SAMPLES)
    down, along = (
        offset.ravel() for offset in np.meshgrid(steps, steps, indexing="ij")
    )
    return (
        pixels,
        np.concatenate([*kept, np.empty((0, EDGE_SAMPLES**2), np.int64)]).ravel(),
        (256 * x[:, None] + along).ravel(),
        (256 * (y + rows[0])[:, None] + down).ravel(),
    )


def mean_of_samples(values: Int64) -> Int64:
    """Return the mean of every 16 rows, halves away from 0, (p · 16, C) to (p, C)."""
    total = values.reshape(-1, EDGE_SAMPLES**2, values.shape[-1]).sum(axis=1)
    size = (np.abs(total) + EDGE_SAMPLES**2 // 2) // EDGE_SAMPLES**2
    return np.asarray(np.sign(total) * size)


def _overlapping(corners: Int64, shape: tuple[int, int]) -> Int64:
    """Return the triangles whose box meets the samples, in their order."""
    size = 256 * np.array(shape[::-1])
    spare = 256 * EDGE_SAMPLES
    near = (corners.min(axis=1) < size + spare) & (corners.max(axis=1) > -spare)
    return np.flatnonzero(near.all(axis=1))
