"""A linear map from the points of the mesh to those of a template.

Ridge regression in the standard frame. The strength of the ridge is what predicts
identities best that are left out; these predictions have a closed form.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

#: Ridges that are tried, in units of the mean variance along a direction.
RIDGES = np.logspace(-4, 2, 13)
#: Directions that are kept: those of 60 faces and their mirror images, and more.
MOST_DIRECTIONS = 128


@dataclass(frozen=True, eq=False)
class Adapter:
    """The map ``y = (x - mesh_mean) @ left @ right + mean``.

    Parameters
    ----------
    mesh_mean : ndarray, shape (2 M,), dtype float32
    mean : ndarray, shape (2 N,), dtype float32
    left : ndarray, shape (2 M, K), dtype float32
    right : ndarray, shape (K, 2 N), dtype float32
    """

    mesh_mean: Singles
    mean: Singles
    left: Singles
    right: Singles

    def __call__(self, mesh: Points) -> Points:
        """Return the points of the template, given those of the mesh."""
        off = mesh.ravel() - self.mesh_mean  # double precision from here on
        moved: Floats = off @ self.left @ self.right + self.mean
        return moved.reshape(-1, 2)


def fit_adapter(
    meshes: Sequence[Points], shapes: Sequence[Points], groups: Sequence[int]
) -> Adapter:
    """Return the map that predicts the shapes of left-out groups best.

    Parameters
    ----------
    meshes : sequence of ndarray, shape (M, 2)
        In the standard frame.
    shapes : sequence of ndarray, shape (N, 2)
        Points of the template on the same faces, in the same frame.
    groups : sequence of int
        Whose faces they are: faces of one identity are left out together.
    """
    x = np.array([mesh.ravel() for mesh in meshes])
    y = np.array([shape.ravel() for shape in shapes])
    mesh_mean, mean = x.mean(axis=0), y.mean(axis=0)
    x, y = x - mesh_mean, y - mean
    values, vectors = np.linalg.eigh(x @ x.T)
    values = np.clip(values, 0, None)
    unit = float(values.mean()) or 1.0
    members = [np.flatnonzero(np.array(groups) == g) for g in sorted(set(groups))]
    errors = [_left_out(values, vectors, y, ridge * unit, members) for ridge in RIDGES]
    ridge = RIDGES[int(np.argmin(errors))] * unit
    weights = x.T @ ((vectors / (values + ridge)) @ (vectors.T @ y))
    left, strength, right = np.linalg.svd(weights, full_matrices=False)
    kept = min(MOST_DIRECTIONS, len(x), int((strength > 1e-7 * strength[0]).sum()) or 1)
    parts = (mesh_mean, mean, left[:, :kept] * strength[:kept], right[:kept])
    return Adapter(*(part.astype(np.float32) for part in parts))


def _left_out(
    values: Floats,
    vectors: Floats,
    y: Floats,
    ridge: float,
    members: Sequence[npt.NDArray[np.intp]],
) -> float:
    """Return the mean distance of points predicted without their own group."""
    hat = (vectors * (values / (values + ridge))) @ vectors.T + 1 / len(y)
    off = y - hat @ y
    total = 0.0
    for group in members:
        own = np.eye(len(group)) - hat[np.ix_(group, group)]
        missed = np.linalg.lstsq(own, off[group], rcond=None)[0]
        total += float(np.hypot(missed[:, 0::2], missed[:, 1::2]).sum())
    return total
