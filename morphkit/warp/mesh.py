"""Triangle meshes on which a warp is frozen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.arrays import Points

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
        Nodes on the outer rim, which a warp never moves.
    """

    nodes: Points
    triangles: Triangles
    rim: npt.NDArray[np.bool_]


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
    return Mesh(nodes, triangles.astype(np.int32), on_rim.ravel())


def rim_anchors(size: tuple[int, int], per_side: int = 8) -> Points:
    """Return points along the edge of the frame that a warp holds in place.

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

    Positive where the triangle turns as in the mesh at rest. Exact for integer nodes
    below 2**25.
    """
    a, b, c = (nodes[triangles[:, k]].astype(np.float64) for k in range(3))
    u, v = b - a, c - a
    return np.asarray(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
