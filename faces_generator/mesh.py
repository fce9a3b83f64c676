"""Subdivision, normals and rasterisation of triangle meshes.

Conventions
-----------
Raster coordinates are continuous: the top-left pixel covers 0 to 1 along both axes.
Depth grows towards the viewer.
"""

from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from numba import njit

from faces_generator.arrays import Array, Sparse


def _edges(quads: Array) -> tuple[Array, Array, Array]:
    """Return the unique edges, the edge of each quad side, and the uses of each."""
    sides = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), 1)
    unique, inverse = np.unique(sides, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    return unique, inverse, np.bincount(inverse, minlength=len(unique))


def _vertex_rule(
    quads: Array,
    n: int,
    face_points: Sparse,
    mid_points: Sparse,
    edges: Array,
    boundary: Array,
) -> Sparse:
    """Return the matrix that moves the old vertices (Catmull and Clark, 1978)."""
    n_faces, n_edges = len(quads), len(edges)
    valence = np.bincount(edges.ravel(), minlength=n)
    n_around = np.bincount(quads.ravel(), minlength=n)
    face_of_corner = np.repeat(np.arange(n_faces), 4)
    mean_face = (
        sparse.diags(1 / np.maximum(n_around, 1))
        @ sparse.csr_matrix(
            (np.ones(n_faces * 4), (quads.ravel(), face_of_corner)), (n, n_faces)
        )
        @ face_points
    )
    mean_edge = (
        sparse.diags(1 / np.maximum(valence, 1))
        @ sparse.csr_matrix(
            (np.ones(2 * n_edges), (edges.ravel(), np.repeat(np.arange(n_edges), 2))),
            (n, n_edges),
        )
        @ mid_points
    )
    border = edges[boundary]
    on_border = np.zeros(n, bool)
    on_border[border.ravel()] = True
    k = np.maximum(valence, 3.0)
    still = on_border | (valence == 0)
    inner = (
        sparse.diags(np.where(still, 0, 1 / k)) @ mean_face
        + sparse.diags(np.where(still, 0, 2 / k)) @ mean_edge
        + sparse.diags(np.where(still, 0, (k - 3) / k))
    )
    neighbours = sparse.csr_matrix(
        (np.full(2 * len(border), 0.125), (border.ravel(), border[:, ::-1].ravel())),
        (n, n),
    )
    n_border = np.bincount(border.ravel(), minlength=n)
    keep = np.where(on_border, 1 - 0.125 * n_border, np.where(valence == 0, 1.0, 0.0))
    return inner + neighbours + sparse.diags(keep)


def subdivide(quads: Array, n: int) -> tuple[Sparse, Array]:
    """Return one Catmull-Clark step as a matrix, and the finer quads.

    Parameters
    ----------
    quads : ndarray, shape (F, 4), dtype int
        Vertex indices.
    n : int
        Number of vertices.

    Returns
    -------
    matrix : sparse matrix, shape (M, n)
        Takes coarse to fine vertices; its first `n` rows are the old vertices.
    fine : ndarray, shape (4F, 4), dtype int
    """
    n_faces = len(quads)
    face_of_corner = np.repeat(np.arange(n_faces), 4)
    face_points = sparse.csr_matrix(
        (np.full(n_faces * 4, 0.25), (face_of_corner, quads.ravel())), (n_faces, n)
    )
    edges, edge_of_side, uses = _edges(quads)
    n_edges, boundary = len(edges), uses == 1
    mid_points = sparse.csr_matrix(
        (np.full(2 * n_edges, 0.5), (np.repeat(np.arange(n_edges), 2), edges.ravel())),
        (n_edges, n),
    )
    beside = (
        sparse.csr_matrix(
            (1.0 / uses[edge_of_side], (edge_of_side, face_of_corner)),
            (n_edges, n_faces),
        )
        @ face_points
    )
    edge_points = (
        sparse.diags(np.where(boundary, 1, 0.5)) @ mid_points
        + sparse.diags(np.where(boundary, 0, 0.5)) @ beside
    )
    moved = _vertex_rule(quads, n, face_points, mid_points, edges, boundary)
    matrix = sparse.vstack([moved, edge_points, face_points]).tocsr()
    side = edge_of_side.reshape(-1, 4) + n
    centre = np.arange(n_faces) + n + n_edges
    fine = np.stack(
        [
            np.stack([quads[:, j], side[:, j], centre, side[:, (j - 1) % 4]], 1)
            for j in range(4)
        ],
        1,
    )
    return matrix, fine.reshape(-1, 4)


def to_triangles(quads: Array) -> Array:
    """Return two triangles for each quad: first all lower, then all upper halves."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def vertex_normals(vertices: Array, triangles: Array) -> Array:
    """Return unit normals, weighted by the area of the adjoining triangles."""
    a, b, c = (vertices[triangles[:, j]] for j in range(3))
    faces = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for j in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(
                triangles[:, j], faces[:, axis], len(vertices)
            )
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


@njit(cache=True)
def rasterise(
    x: Array,
    y: Array,
    z: Array,
    triangles: Array,
    depth: Array,
    index: Array,
    second: Array,
    third: Array,
) -> None:
    """Find the nearest triangle at every pixel centre, and where it is hit.

    Parameters
    ----------
    x, y, z : ndarray, shape (N,), dtype float64
        Raster coordinates and depth of the vertices.
    triangles : ndarray, shape (T, 3), dtype int32
        Vertex indices.
    depth, index, second, third : ndarray, shape (H, W)
        Written to: depth, triangle, and barycentric weight of its second and third
        vertex. Start with a very small depth and index -1.
    """
    height, width = depth.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1, x2, y2 = x[i], y[i], x[j], y[j], x[k], y[k]
        d = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if d == 0.0:
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                px = column + 0.5 - x0
                py = row + 0.5 - y0
                u = (px * (y2 - y0) - (x2 - x0) * py) / d
                v = ((x1 - x0) * py - px * (y1 - y0)) / d
                if u >= -1e-9 and v >= -1e-9 and u + v <= 1 + 1e-9:
                    near = z[i] + u * (z[j] - z[i]) + v * (z[k] - z[i])
                    if near > depth[row, column]:
                        depth[row, column] = near
                        index[row, column] = t
                        second[row, column] = u
                        third[row, column] = v


@njit(cache=True)
def draw_depth(x: Array, y: Array, z: Array, triangles: Array, depth: Array) -> None:
    """Draw only the depth of a mesh into a buffer that starts very small."""
    height, width = depth.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1, x2, y2 = x[i], y[i], x[j], y[j], x[k], y[k]
        d = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if d == 0.0:
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                px = column + 0.5 - x0
                py = row + 0.5 - y0
                u = (px * (y2 - y0) - (x2 - x0) * py) / d
                v = ((x1 - x0) * py - px * (y1 - y0)) / d
                if u >= 0 and v >= 0 and u + v <= 1:
                    near = z[i] + u * (z[j] - z[i]) + v * (z[k] - z[i])
                    if near > depth[row, column]:
                        depth[row, column] = near


class Fragments:
    """The visible surface at every covered pixel of a raster.

    Parameters
    ----------
    xy : ndarray, shape (N, 2)
        Raster coordinates of the vertices.
    z : ndarray, shape (N,)
        Their depth.
    triangles : ndarray, shape (T, 3), dtype int32
        Vertex indices.
    shape : tuple of int
        Height and width of the raster.

    Attributes
    ----------
    covered : ndarray, shape (H, W), dtype bool
        Where there is any surface.
    triangle : ndarray, shape (K,)
        Index of the triangle at each covered pixel, in row order.
    depth : ndarray, shape (H, W)
        Depth, very small where nothing is.
    """

    def __init__(
        self, xy: Array, z: Array, triangles: Array, shape: tuple[int, int]
    ) -> None:
        self.depth = np.full(shape, -1e9)
        index = np.full(shape, -1, np.int32)
        second, third = np.zeros(shape), np.zeros(shape)
        x, y = xy[:, 0].copy(), xy[:, 1].copy()
        z = np.ascontiguousarray(z, float)
        rasterise(x, y, z, triangles, self.depth, index, second, third)
        self.covered = index >= 0
        self.triangle = index[self.covered]
        self._triangles, self._second, self._third = triangles, second, third

    @cached_property
    def _corners(self) -> Array:
        """Vertices of the triangle at each covered pixel."""
        return self._triangles[self.triangle]

    @cached_property
    def _weights(self) -> tuple[Array, Array, Array]:
        """Barycentric weights of the three corners."""
        u = self._second[self.covered].astype(np.float32)[:, None]
        v = self._third[self.covered].astype(np.float32)[:, None]
        return 1 - u - v, u, v

    def of(self, values: Array) -> Array:
        """Return vertex values, shape (N,) or (N, C), interpolated at the pixels."""
        a = values.astype(np.float32)
        flat = a.ndim == 1
        if flat:
            a = a[:, None]
        u, v, w = (a[self._corners[:, j]] * self._weights[j] for j in range(3))
        out = u + v + w
        return out[:, 0] if flat else out

    def picture(self, values: Array, fill: float) -> Array:
        """Return values at the covered pixels as an array of the raster's shape."""
        out = np.full(self.covered.shape, fill, dtype=np.asarray(values).dtype)
        out[self.covered] = values
        return out
