"""Piecewise affine warp over the Delaunay triangles of the landmarks.

References
----------
.. [1] Goshtasby, A. (1986). Piecewise linear mapping functions for image registration.
       Pattern Recognition 19(6), 459-466.
       https://doi.org/10.1016/0031-3203(86)90044-0
"""

from collections.abc import Callable

import numpy as np
import scipy

from morphkit._core.arrays import Points
from morphkit._core.fixed_order import total
from morphkit.errors import InputError
from morphkit.geometry.warp.mesh import Mesh, Triangles, rim_anchors

#: Points evaluated at a time, so that many triangles need little memory.
_CHUNK = 256


def fit(start: Points, end: Points) -> Callable[[Points], Points]:
    """Return the map that is affine in every Delaunay triangle of `start`.

    Outside the hull of the points the map of the nearest triangle is extended.

    Parameters
    ----------
    start : ndarray, shape (N, 2)
        At least three distinct points, not on one line.
    end : ndarray, shape (N, D)
        Where they go.

    Returns
    -------
    callable
        ``map(points (M, 2)) -> (M, D)``.

    Raises
    ------
    InputError
        If two starts coincide or nearly coincide, or all lie on one line.
    """
    triangles = _triangulate(start)
    corners = start[triangles]
    (ux, uy), (vx, vy) = ((corners[:, k] - corners[:, 0]).T for k in (1, 2))
    twice = ux * vy - uy * vx

    def evaluate(points: Points) -> Points:
        """Return the map at the points, shape (M, 2) -> (M, D)."""
        result = np.empty((len(points), end.shape[1]))
        for at in range(0, len(points), _CHUNK):
            x, y = np.moveaxis(points[at : at + _CHUNK, None] - corners[:, 0], -1, 0)
            second, third = (x * vy - y * vx) / twice, (ux * y - uy * x) / twice
            shares = np.stack([1 - (second + third), second, third], axis=2)
            # The triangle that contains the point, or comes nearest to containing it.
            t = shares.min(axis=2).argmax(axis=1)
            share = np.take_along_axis(shares, t[:, None, None], axis=1)[:, 0, :, None]
            result[at : at + _CHUNK] = total(share * end[triangles[t]], axis=1)
        return result

    return evaluate


def mesh(start: Points, size: tuple[int, int], spacing: int) -> Mesh:
    """Return the Delaunay mesh of the landmarks, framed by a rim outside them all.

    The rim encloses the frame and the landmarks, so that none of them can pass it and
    leave a part of the frame without a triangle.

    Parameters
    ----------
    start : ndarray, shape (N, 2)
        Landmarks, pixels.
    size : (int, int)
        Width and height of the frame, pixels.
    spacing : int
        Distance of the rim from frame and landmarks, pixels.

    Raises
    ------
    InputError
        As for `fit`.
    """
    low = np.minimum(start.min(axis=0), 0.0) - spacing
    high = np.maximum(start.max(axis=0), np.array(size) - 1.0) + spacing
    rim = low + rim_anchors((2, 2)) * (high - low)
    nodes = np.concatenate([start, rim])
    on_rim = np.arange(len(nodes)) >= len(start)
    return Mesh(nodes, _triangulate(nodes), on_rim)


def _triangulate(points: Points) -> Triangles:
    """Return the Delaunay triangles, all of positive area, sorted."""
    if len(np.unique(points, axis=0)) < len(points):
        raise InputError(
            "two landmarks start at the same place",
            remedy="merge coincident landmarks first",
        )
    try:
        found = scipy.spatial.Delaunay(points)
    except scipy.spatial.QhullError:
        raise InputError("all landmarks lie on one line") from None
    if found.coplanar.size:  # Qhull would silently leave these out
        raise InputError(
            "two landmarks start so close together that no triangle holds both",
            remedy="merge coincident landmarks first",
        )
    triangles = found.simplices.astype(np.int32)  # same orientation for all
    # Start every triangle at its smallest index, independently of Qhull's order.
    first = triangles.argmin(axis=1)[:, None]
    triangles = np.take_along_axis(triangles, (np.arange(3) + first) % 3, axis=1)
    return triangles[np.lexsort(triangles.T[::-1])]
