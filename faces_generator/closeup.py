"""FrameMeasurements in an enlarged picture of what is visible where.

Conventions
-----------
Landmark coordinates: pixels, x right, y down, and the centre of the top-left pixel is
(0, 0). Close-up coordinates: samples of the enlargement, with the corner of the
top-left sample at (0, 0). Raster coordinates as in `mesh`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from faces_generator.arrays import Array
from faces_generator.mesh import Fragments

if TYPE_CHECKING:
    from faces_generator.head import Head


class CloseUp:
    """What is visible at each point of an enlarged part of the picture.

    Parameters
    ----------
    head : Head
        Topology.
    raster : ndarray, shape (N, 2)
        Raster coordinates of the level-2 vertices at `SIZE`.
    depth : ndarray, shape (N,)
        Their depth.
    box : tuple of float
        Left, top, right and bottom in raster coordinates.
    zoom : float
        Enlargement.
    triangles : ndarray, optional
        Indices of the triangles that are drawn; all without it.
    """

    def __init__(
        self,
        head: Head,
        raster: Array,
        depth: Array,
        box: Sequence[float],
        zoom: int,
        triangles: Array | None = None,
    ) -> None:
        left, top, right, bottom = box
        self.origin, self.zoom = np.array([left, top]), zoom
        height, width = (bottom - top) * zoom, (right - left) * zoom
        shape = (int(np.ceil(height)), int(np.ceil(width)))
        chosen = np.arange(len(head.triangles)) if triangles is None else triangles
        self._fragments = Fragments(
            (raster - self.origin) * zoom, depth, head.triangles[chosen], shape
        )
        self.covered = self._fragments.covered
        groups = head.triangle_group[chosen][self._fragments.triangle]
        self.group = self._fragments.picture(groups, -1)

    def picture(self, values: Array, fill: float = 0.0) -> Array:
        """Return vertex values, shape (N,), at each point of the close-up."""
        return self._fragments.picture(self._fragments.of(values), fill)

    def inside(self, points: Array) -> Array:
        """Return landmark coordinates as close-up coordinates."""
        return (points + 0.5 - self.origin) * self.zoom

    def outside(self, points: Array) -> Array:
        """Return close-up coordinates as landmark coordinates."""
        return np.asarray(points) / self.zoom + self.origin - 0.5


def edges_of_opening(
    open_: Array, upper: Array, columns: Array | Sequence[float]
) -> Array:
    """Return the upper and lower edge of an opening along columns of a close-up.

    Parameters
    ----------
    open_, upper : ndarray, shape (H, W), dtype bool
        Where one sees into the opening; where one sees the upper of the two sides.
    columns : ndarray, shape (N,)
        Close-up coordinates.

    Returns
    -------
    ndarray, shape (N, 2)
        Rows; both are the row of the seam where nothing is open.
    """
    rows = []
    for column in np.clip(np.asarray(columns).astype(int), 0, open_.shape[1] - 1):
        seen = np.flatnonzero(open_[:, column])
        if len(seen):
            rows.append((seen[0], seen[-1] + 1.0))
        else:
            last = np.flatnonzero(upper[:, column])
            seam = last[-1] + 1.0 if len(last) else open_.shape[0] / 2
            rows.append((seam, seam))
    return np.array(rows, float)


def part_seam(first: Array, second: Array, gap: float) -> tuple[Array, Array]:
    """Return two rows of points moved apart until they are `gap` pixels apart."""
    middle = (first + second) / 2
    half = np.maximum((second[:, 1] - first[:, 1]) / 2, gap)
    first, second = middle.copy(), middle.copy()
    first[:, 1] -= half
    second[:, 1] += half
    return first, second


def cast_rays(shape: Array, centre: Array, angles: Array) -> Array:
    """Return the outermost point of a shape along rays from a centre.

    Parameters
    ----------
    shape : ndarray, shape (H, W), dtype bool
        Where the shape is.
    centre : ndarray, shape (2,)
        Close-up coordinates.
    angles : ndarray, shape (N,)
        Radians, 0 to the right and a quarter turn upwards.

    Returns
    -------
    ndarray, shape (N, 2)
        Close-up coordinates.
    """
    reach = np.arange(0, np.hypot(*shape.shape) * 0.6, 0.5)
    directions = np.stack([np.cos(angles), -np.sin(angles)], 1)
    xy = centre + directions[:, None] * reach[:, None]
    column, row = np.floor(xy).astype(int).transpose(2, 0, 1)
    inside = (
        (column >= 0) & (row >= 0) & (column < shape.shape[1]) & (row < shape.shape[0])
    )
    hit = (
        inside
        & shape[
            np.clip(row, 0, shape.shape[0] - 1), np.clip(column, 0, shape.shape[1] - 1)
        ]
    )
    last = hit.shape[1] - 1 - np.argmax(hit[:, ::-1], 1)
    distance = np.where(hit.any(1), reach[last] + 0.25, 0.0)
    return centre + directions * distance[:, None]


def space_evenly(line: Array, n: int) -> Array:
    """Return `n` points at equal distances along a polyline, ends included."""
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    t = np.linspace(0, length[-1], n)
    return np.stack([np.interp(t, length, c) for c in line.T], 1)


def smooth_line(line: Array, width: int) -> Array:
    """Return a polyline with the steps of the pixels taken out; its ends stay."""
    kernel = np.hanning(2 * width + 1)
    kernel /= kernel.sum()
    padded = np.concatenate(
        [
            2 * line[:1] - line[width:0:-1],
            line,
            2 * line[-1:] - line[-2 : -width - 2 : -1],
        ]
    )
    return np.stack([np.convolve(c, kernel, "valid") for c in padded.T], 1)
