"""Triangle meshes on which a warp is frozen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.geometry.groups import linked_groups
from morphkit.geometry.polygon import areas, cut_all

Triangles = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Mesh:
    """Nodes in the frame and the triangles between them.

    Parameters
    ----------
    nodes : ndarray, shape (N, 2), dtype float64
        Pixels.
    triangles : ndarray, shape (M, 3), dtype int32
        Indices of nodes; together they cover the frame without overlap.
    rim : ndarray, shape (N,), dtype bool
        Which nodes are on the outer rim, which a warp never moves.
    grid : (int, int), optional
        Rows and columns of a regular mesh; (0, 0) for any other.
    spacing : int, optional
        Side of a cell of a regular mesh, pixels.
    """

    nodes: Points
    triangles: Triangles
    rim: npt.NDArray[np.bool_]
    grid: tuple[int, int] = (0, 0)
    spacing: int = 0


def regular_mesh(size: tuple[int, int], spacing: int) -> Mesh:
    """Return a regular mesh that reaches one cell beyond the frame on every side.

    Parameters
    ----------
    size : (int, int)
        Width and height of the frame, pixels.
    spacing : int
        Side of a cell, pixels.

    Returns
    -------
    Mesh
        The diagonals of neighbouring cells alternate, so that no direction is
        preferred.
    """
    columns, rows = (-(-(side - 1) // spacing) + 3 for side in size)
    x, y = np.meshgrid(
        (np.arange(columns) - 1) * float(spacing),
        (np.arange(rows) - 1) * float(spacing),
    )
    nodes = np.stack([x, y], axis=-1).reshape(-1, 2)
    on_rim = np.ones((rows, columns), dtype=bool)
    on_rim[1:-1, 1:-1] = False

    row, column = np.mgrid[: rows - 1, : columns - 1]
    a = (row * columns + column).ravel()
    b, c, d = a + 1, a + columns, a + columns + 1
    odd = ((row + column) % 2).ravel().astype(bool)
    first = np.where(odd[:, None], np.stack([a, b, c], 1), np.stack([a, b, d], 1))
    second = np.where(odd[:, None], np.stack([b, d, c], 1), np.stack([a, d, c], 1))
    triangles = np.stack([first, second], axis=1).reshape(-1, 3)
    return Mesh(
        nodes, triangles.astype(np.int32), on_rim.ravel(), (rows, columns), spacing
    )


def rim_anchors(size: tuple[int, int], per_side: int = 8) -> Points:
    """Return points along the edge of the frame that a warp keeps in place.

    Parameters
    ----------
    size : (int, int)
        Width and height of the frame, pixels.
    per_side : int, optional
        Number of intervals along each side.

    Returns
    -------
    ndarray, shape (4 * per_side, 2)
        Pixel centres of the outermost row and column, clockwise from the top left.
    """
    right, bottom = size[0] - 1.0, size[1] - 1.0
    t = np.arange(per_side) / per_side
    zero = np.zeros(per_side)
    sides = (
        (right * t, zero),
        (zero + right, bottom * t),
        (right * (1 - t), zero + bottom),
        (zero, bottom * (1 - t)),
    )
    return np.concatenate([np.stack(side, axis=1) for side in sides])


def signed_areas(
    nodes: npt.NDArray[Any], triangles: Triangles
) -> npt.NDArray[np.float64]:
    """Return twice the signed area of every triangle, in the square of the unit.

    Positive where the orientation is that of the undeformed mesh. Exact for integer
    nodes below 2**25.
    """
    a, b, c = (nodes[triangles[:, k]].astype(np.float64) for k in range(3))
    u, v = b - a, c - a
    return np.asarray(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])


def area_within(
    corners: npt.NDArray[np.float64], low: npt.ArrayLike, high: npt.ArrayLike
) -> float:
    """Return the area of the parts of triangles where coordinates are within limits.

    Parameters
    ----------
    corners : ndarray, shape (M, 3, D)
        D >= 2 coordinates of every corner, affine in each triangle. The first two are
        its position in the plane; others may be its position elsewhere.
    low, high : array-like, shape (D,)
        Limits of every coordinate.
    """
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    least, most = corners.min(axis=1), corners.max(axis=1)
    whole = ((least >= low) & (most <= high)).all(axis=1)
    part = ~whole & ((most > low) & (least < high)).all(axis=1)
    n_whole = int(whole.sum())
    joined = corners[whole].reshape(-1, corners.shape[2])
    total = (
        float(
            signed_areas(
                joined, np.arange(3 * n_whole, dtype=np.int32).reshape(-1, 3)
            ).sum()
        )
        / 2
    )
    polygons = corners[part]
    counts = np.full(len(polygons), 3)
    for sign, limit in ((1.0, low), (-1.0, high)):
        for axis, edge in enumerate(limit):
            depth = sign * (polygons[..., axis] - edge)
            polygons, counts = cut_all(polygons, counts, depth)
    return total + float(areas(polygons, counts).sum())


def centre_of_largest_group(
    nodes: npt.NDArray[Any], triangles: Triangles
) -> tuple[float, float]:
    """Return the centre of the largest group of connected triangles.

    Parameters
    ----------
    nodes : ndarray, shape (N, 2)
        In any unit.
    triangles : ndarray, shape (M, 3)
        At least one, not necessarily a whole mesh.
    """
    links = np.concatenate([triangles[:, [0, 1]], triangles[:, [0, 2]]])
    group = linked_groups(len(nodes), links.tolist())[triangles[:, 0]]
    largest = triangles[group == np.bincount(group).argmax()]
    x, y = fixed_order.mean(nodes[largest].reshape(-1, 2).astype(np.float64))
    return float(x), float(y)
