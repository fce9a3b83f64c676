"""Thin-plate spline: the smoothest map through the landmarks.

Everything is added up in a fixed order, by `morphkit._core.fixed_order`, so that the
same landmarks give the same bits on every machine.

References
----------
.. [1] Bookstein, F. L. (1989). Principal warps: thin-plate splines and the
       decomposition of deformations. IEEE PAMI 11(6), 567-585.
       https://doi.org/10.1109/34.24792
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit._core.fixed_order import log, mean, solve
from morphkit.errors import InputError
from morphkit.geometry.warp.mesh import Mesh, regular_mesh

#: Points evaluated at a time, so that a large frame needs little memory.
_CHUNK = 4096
#: Largest error at a landmark, pixels, before the spline is refused.
_MISFIT = 1e-6


def fit(start: Points, end: npt.NDArray[np.float64]) -> Callable[[Points], Points]:
    """Return the thin-plate spline that takes `start` to `end`.

    ::

        [ K  P ] [ w ]   [ end ]      K_ij = U(|start_i - start_j|)
        [ P' 0 ] [ a ] = [  0  ]      P_i  = (1, x_i, y_i),   U(r) = r² log r²

    Parameters
    ----------
    start : ndarray, shape (N, 2)
        At least three distinct points, not on one line.
    end : ndarray, shape (N, D)
        Where they go. Several maps with the same start can be fitted and evaluated
        together by stacking their columns.

    Returns
    -------
    callable
        ``map(points (M, 2)) -> (M, D)``.

    Raises
    ------
    InputError
        If two starts coincide, lie so close together that no spline can be computed
        through them, or all lie on one line.
    """
    n = len(start)
    if n < 3:
        raise InputError(f"a thin-plate spline through {n} points", allowed="3 or more")
    # Centred and scaled, so that K and P have entries of like size.
    centre = mean(start)
    scale = float(np.abs(start - centre).max()) or 1.0
    knots = (start - centre) / scale
    if len(np.unique(knots, axis=0)) < n:
        raise InputError(
            "two landmarks start at the same place",
            remedy="merge coincident landmarks first",
        )
    K = _kernel(knots, knots).T
    P = np.column_stack([np.ones(n), knots])
    system = np.zeros((n + 3, n + 3))
    system[:n, :n], system[:n, n:], system[n:, :n] = K, P, P.T
    if _on_one_line(knots):
        raise InputError("all landmarks lie on one line")
    solved = solve(system, np.vstack([end, np.zeros((3, end.shape[1]))]))
    w, a = solved[:n], solved[n:]

    def evaluate(points: Points) -> Points:
        """Return the map at the points, shape (M, 2) -> (M, D)."""
        result = np.empty((len(points), end.shape[1]))
        for at in range(0, len(points), _CHUNK):
            x = (points[at : at + _CHUNK] - centre) / scale
            U = _kernel(x, knots)
            for d in range(end.shape[1]):
                total = a[0, d] + x[:, 0] * a[1, d] + x[:, 1] * a[2, d]
                for j in range(n):  # one after the other: the order of a sum counts
                    total += U[j] * w[j, d]
                result[at : at + _CHUNK, d] = total
        return result

    if not np.abs(evaluate(start) - end).max() <= _MISFIT:
        raise InputError(
            "two landmarks start so close together that no spline fits both",
            remedy="merge coincident landmarks first",
        )
    return evaluate


def mesh(start: Points, size: tuple[int, int], spacing: int) -> Mesh:
    """Return the regular mesh on which the spline is frozen; see `regular_mesh`."""
    del start  # a smooth map needs no nodes at its landmarks
    return regular_mesh(size, spacing)


def _on_one_line(knots: Points) -> bool:
    """Return whether centred, scaled points lie on one line, but for rounding."""
    x, y = knots.T
    far_x, far_y = knots[(x * x + y * y).argmax()]
    rounding = len(knots) * float(np.finfo(np.float64).eps)
    return float(np.abs(x * far_y - y * far_x).max()) <= rounding


def _kernel(x: Points, knots: Points) -> npt.NDArray[np.float64]:
    """Return U(|x_i - knot_j|) = r² log r², with U(0) = 0; shape (knots, points)."""
    dx = x[None, :, 0] - knots[:, 0, None]
    dy = x[None, :, 1] - knots[:, 1, None]
    dx *= dx
    dy *= dy
    dx += dy
    # The smallest normal number: r² log r² is 0 to every digit, and log is finite.
    np.maximum(dx, 2.3e-308, out=dy)
    for j in range(len(knots)):  # by rows, which stay in the cache
        dx[j] *= log(dy[j])
    return dx
