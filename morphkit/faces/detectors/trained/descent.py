"""Steps of supervised descent: from what is seen at a point to where it should be [1]_.

Each point has a linear map of its own for each step, with the ridge that predicts
identities best that are left out, or none at all if nothing helps it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit.faces.detectors.trained.patches import (
    N_VALUES,
    describe,
    edge_maps,
)

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Halves = npt.NDArray[np.float16]

#: Sides of the patches in the steps, pixels of the standard frame.
WINDOWS = (48, 32, 24)
#: Ridges that are tried, in units of the mean squared length of what is seen.
RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
#: A point is moved only if that brings it nearer by half a percent, at least.
WORTH = 0.995
MOST_FOLDS = 5


@dataclass(frozen=True, eq=False)
class Step:
    """One step: every point moves by ``(seen - usual) @ weights + shift``.

    Parameters
    ----------
    window : int
        Side of the patches, pixels of the standard frame.
    usual : ndarray, shape (N, N_VALUES), dtype float16
    weights : ndarray, shape (N, N_VALUES, 2), dtype float16
    shift : ndarray, shape (N, 2), dtype float16
    """

    window: int
    usual: Halves
    weights: Halves
    shift: Halves

    def move(self, grey: Grey, points: Points) -> Points:
        """Return where the points should be, given a picture in the standard frame."""
        seen = describe(edge_maps(grey, self.window), points, self.window)
        off = seen.astype(np.float64) - self.usual
        moved = np.einsum("nv,nvd->nd", off, self.weights.astype(np.float64))
        return np.asarray(points + moved + self.shift)


@dataclass(frozen=True, eq=False)
class Start:
    """A face to learn from: where its points are and where a step begins.

    Parameters
    ----------
    grey : ndarray, shape (SIDE, SIDE), dtype uint8
    truth, begin : ndarray, shape (N, 2)
    known : ndarray, shape (N,), dtype bool
        Which points are known.
    group : int
        Whose face it is.
    """

    grey: Grey
    truth: Points
    begin: Points
    known: npt.NDArray[np.bool_]
    group: int


def learn_steps(
    starts: Sequence[Start], *, advance: Callable[[], None] = lambda: None
) -> tuple[Step, ...]:
    """Return steps that lead from where points begin to where they are.

    Parameters
    ----------
    starts : sequence of Start
    advance : callable, optional
        Called after each step.
    """
    truth = np.array([start.truth for start in starts])
    points = np.array([start.begin for start in starts])
    known = np.array([start.known for start in starts])
    groups = np.array([start.group for start in starts])
    steps = []
    for window in WINDOWS:
        seen = _see(starts, points, window)
        step, moved = _learn_step(seen, truth - points, known, _folds(groups), window)
        points = points + moved
        steps.append(step)
        advance()
    return tuple(steps)


def _see(
    starts: Sequence[Start], points: Floats, window: int
) -> npt.NDArray[np.float32]:
    """Return what is seen around all points of all starts, (starts, points, values)."""
    seen = np.empty((*points.shape[:2], N_VALUES), np.float32)
    last, maps = None, None
    for k, start in enumerate(starts):
        if maps is None or start.grey is not last:  # starts of one picture are together
            last, maps = start.grey, edge_maps(start.grey, window)
        seen[k] = describe(maps, points[k], window)
    return seen


def _folds(groups: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the fold of every start; all of a group are in one."""
    names, inverse = np.unique(groups, return_inverse=True)
    return np.asarray(inverse % min(len(names), MOST_FOLDS))


def _learn_step(
    seen: npt.NDArray[np.float32],
    wanted: Floats,
    known: npt.NDArray[np.bool_],
    folds: npt.NDArray[np.intp],
    window: int,
) -> tuple[Step, Floats]:
    """Return a step, and how it moves the points of groups that it has not seen."""
    n_points = seen.shape[1]
    usual = np.zeros((n_points, N_VALUES))
    weights = np.zeros((n_points, N_VALUES, 2))
    shift = np.zeros((n_points, 2))
    moved = np.zeros_like(wanted)
    for i in range(n_points):
        rows = known[:, i]
        if len(set(folds[rows])) < 2:
            continue
        x, y = seen[rows, i].astype(np.float64), wanted[rows, i]
        usual[i], shift[i] = x.mean(axis=0), y.mean(axis=0)
        weights[i], left_out = _ridge(x - usual[i], y - shift[i], folds[rows])
        moved[rows, i] = left_out + shift[i]
    halves = (part.astype(np.float16) for part in (usual, weights, shift))
    return Step(window, *halves), moved


def _ridge(x: Floats, y: Floats, folds: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return weights with the best ridge, and predictions of left-out folds.

    Both are zero if no ridge is worth it.
    """
    unit = float((x * x).sum()) / len(x)
    few = len(x) < N_VALUES
    products = x @ x.T if few else x.T @ x
    sums = x.T @ y
    left_out = np.zeros((len(RIDGES), *y.shape))
    for fold in np.unique(folds):
        out = folds == fold
        # The same solution, over the starts or over the values: whatever are fewer.
        if few:
            values, vectors = np.linalg.eigh(products[np.ix_(~out, ~out)])
            inside = vectors.T @ y[~out]
            looked = products[np.ix_(out, ~out)] @ vectors
        else:
            values, vectors = np.linalg.eigh(products - x[out].T @ x[out])
            inside = vectors.T @ (sums - x[out].T @ y[out])
            looked = x[out] @ vectors
        for k, ridge in enumerate(RIDGES):
            left_out[k, out] = looked @ (inside / (values + ridge * unit)[:, None])
    errors = np.hypot(*(y - left_out).transpose(2, 0, 1)).mean(axis=1)
    best = int(np.argmin(errors))
    if errors[best] > WORTH * np.hypot(*y.T).mean():
        return np.zeros((N_VALUES, 2)), np.zeros_like(y)
    ridged = products + RIDGES[best] * unit * np.eye(len(products))
    weights = x.T @ np.linalg.solve(ridged, y) if few else np.linalg.solve(ridged, sums)
    return np.asarray(weights), np.asarray(left_out[best])
