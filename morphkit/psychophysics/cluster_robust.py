"""Uncertainty of a linear mixed model that does not rest on its variances being right.

A model with one variance for everybody is too sure of an arm whose people differ more
than those of another. The sandwich of the residuals of each person is not, once it is
corrected for small samples (CR2), with degrees of freedom by Satterthwaite.

References
----------
Bell & McCaffrey (2002), Survey Methodology 28:169-181; Pustejovsky & Tipton (2018),
doi:10.1080/07350015.2016.1247004.
"""

import numpy as np
import numpy.typing as npt

from morphkit.psychophysics.links import Array

#: Eigenvalues smaller than this are none.
_NONE = 1e-10


def robust_errors(
    X: Array,
    y: Array,
    people: npt.NDArray[np.int_],
    coefficients: Array,
    *,
    between: float,
    within: float,
) -> tuple[Array, Array]:
    """Return standard errors of coefficients, and their degrees of freedom.

    Parameters
    ----------
    X : ndarray, shape (n, p)
        Of full rank.
    y : ndarray, shape (n,)
    people : ndarray of int, shape (n,)
        Rows of one person are one cluster.
    coefficients : ndarray, shape (p,)
        Fitted by generalised least squares with the following variances.
    between, within : float
        Standard deviations between people, and of what is left.

    Returns
    -------
    errors, degrees : ndarray, shape (p,)
    """
    rows = [np.flatnonzero(people == k) for k in np.unique(people)]
    V = [
        between**2 * np.ones((len(at), len(at))) + within**2 * np.eye(len(at))
        for at in rows
    ]
    XW = [X[at].T @ np.linalg.inv(v) for at, v in zip(rows, V, strict=True)]
    M = np.linalg.inv(
        sum((w @ X[at] for at, w in zip(rows, XW, strict=True)), 0 * X.T @ X)
    )
    left = y - X @ coefficients
    # Rows of I - H, and of each person the weights of residuals in every coefficient.
    rest = np.eye(len(y))
    for at, w in zip(rows, XW, strict=True):
        rest[:, at] -= X @ M @ w
    weights = [
        M @ w @ _adjustment(v, X[at] @ M @ X[at].T)
        for at, w, v in zip(rows, XW, V, strict=True)
    ]
    scores = np.array([g @ left[at] for at, g in zip(rows, weights, strict=True)])
    errors = np.sqrt((scores**2).sum(0))
    # p_i of equation 10, for every coefficient: shape (people, p, n).
    P = np.array([g @ rest[at] for at, g in zip(rows, weights, strict=True)])
    PV = np.zeros_like(P)
    for at, v in zip(rows, V, strict=True):
        PV[:, :, at] = P[:, :, at] @ v
    G = np.einsum("ikn,jkn->kij", PV, P)
    traces = np.einsum("kii->k", G)
    degrees = traces**2 / np.maximum((G**2).sum((1, 2)), 1e-300)
    return errors, degrees


def _adjustment(V: Array, leverage: Array) -> Array:
    """Return the matrix A of a person that makes the sandwich unbiased (CR2)."""
    D = np.linalg.cholesky(V).T
    values, vectors = np.linalg.eigh(D @ (V - leverage) @ D.T)
    good = values > _NONE * values.max()
    root = (vectors[:, good] / np.sqrt(values[good])) @ vectors[:, good].T
    return np.asarray(D.T @ root @ D)
