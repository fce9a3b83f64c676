"""Fisher scoring: maximum likelihood of binomial models, many data sets at a time.

Conventions
-----------
A design ``X (m, p)`` is common to ``R`` data sets; data set ``r`` has ``K[r, i]``
answers "yes" among ``N[r, i]`` in row ``i``; ``P(yes) = F(X β)``. A row without answers
has ``N = 0``. The log-likelihood leaves out the binomial coefficients.

References
----------
Firth (1993), doi:10.1093/biomet/80.1.27; Kosmidis & Firth (2021),
doi:10.1093/biomet/asaa052: the penalty by Jeffreys' prior keeps estimates finite.
Konis (2007): separation is a linear programme.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy

from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.psychophysics.links import LINKS, Array, Link

#: Maximum likelihood, or with Firth's penalty.
Method = Literal["ml", "firth"]

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

MAX_ITERATIONS = 100
MAX_HALVINGS = 12
#: Largest change of the linear predictor in one step; limits a wild first step.
MAX_CHANGE = 6.0
TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class Scored:
    """Fits of ``R`` data sets.

    Parameters
    ----------
    coefficients : ndarray, shape (R, p)
    covariance : ndarray, shape (R, p, p)
        Inverse of the expected information.
    log_likelihood : ndarray, shape (R,)
        Without penalty and without binomial coefficients.
    converged : ndarray of bool, shape (R,)
        Where false, the rest is meaningless: there is no finite maximum.
    """

    coefficients: Array
    covariance: Array
    log_likelihood: Array
    converged: Flags


def look_up_link(name: str) -> Link:
    """Return the link called `name`.

    Raises
    ------
    InputError
        If there is none.
    """
    return look_up(LINKS, name, kind="link")


def log_likelihood(eta: Array, K: Array, N: Array, link: Link) -> Array:
    """Return the log-likelihood summed over the last axis."""
    return np.asarray((K * link.log_cdf(eta) + (N - K) * link.log_cdf(-eta)).sum(-1))


@dataclass(frozen=True, eq=False)
class _State:
    """Intermediate fits: coefficients, objective and step."""

    beta: Array
    value: Array
    step: Array

    def put(self, rows: Rows, other: "_State", which: Flags) -> None:
        """Copy some entries from another state."""
        for name, array in vars(self).items():
            array[rows[which]] = getattr(other, name)[which]


def score_many(
    X: Array,
    K: Array,
    N: Array,
    *,
    link: str = "probit",
    penalised: bool = False,
    start: Array | None = None,
    tolerance: float = TOLERANCE,
) -> Scored:
    """Return the maximum-likelihood or penalised fits of many data sets.

    Parameters
    ----------
    X : ndarray, shape (m, p)
    K, N : ndarray, shape (R, m)
    link : str, optional
    penalised : bool, optional
        Add half the log determinant of the information (Firth).
    start : ndarray, shape (p,), optional
        Starting values; zero by default.
    tolerance : float, optional
        Of the linear predictor.
    """
    F = look_up_link(link)
    beta = np.zeros((len(K), X.shape[1])) + (0 if start is None else start)
    now = _evaluate(X, beta, K, N, F, penalised=penalised)
    converged, active = np.zeros(len(K), bool), np.arange(len(K))
    for _ in range(MAX_ITERATIONS):
        step = now.step[active]
        change = np.abs(step @ X.T).max(1)
        size = np.maximum(1, np.abs(now.beta[active] @ X.T).max(1))
        done = change < tolerance * size
        converged[active[done]] = True
        active, step, change = active[~done], step[~done], change[~done]
        if not active.size:
            break
        step *= np.minimum(1, MAX_CHANGE / change)[:, None]
        stuck = _climb(X, now, active, step, K, N, F, penalised=penalised)
        # Rounding stops the ascent of a good fit; a fit far from its maximum has
        # failed.
        converged[active[stuck]] = change[stuck] < 1e-6 * size[~done][stuck]
        active = active[~stuck]
    eta = now.beta @ X.T
    covariance = _inverse(_information(X, N * F.weight(eta)))
    return Scored(now.beta, covariance, log_likelihood(eta, K, N, F), converged)


def _products(X: Array) -> Array:
    p = X.shape[1]
    return (X[:, :, None] * X[:, None, :]).reshape(len(X), p * p)


def _information(X: Array, W: Array) -> Array:
    """Return ``X' diag(W[r]) X`` for every data set."""
    p = X.shape[1]
    return np.asarray((W @ _products(X)).reshape(-1, p, p))


def _inverse(information: Array) -> Array:
    """Return inverses; a tiny ridge keeps singular matrices from stopping the rest."""
    p = information.shape[1]
    largest = information[:, range(p), range(p)].max(1)
    ridge = 1e-14 * largest + 1e-280
    return np.linalg.inv(information + ridge[:, None, None] * np.eye(p))


def _evaluate(
    X: Array, beta: Array, K: Array, N: Array, F: Link, *, penalised: bool
) -> _State:
    """Return the objective, and the step: inverse information times score."""
    eta = beta @ X.T
    log_yes, log_no, up, down = F.both(eta)
    value = (K * log_yes + (N - K) * log_no).sum(1)
    W = N * up * down
    information = _information(X, W)
    inverse = _inverse(information)
    gradient = K * up - (N - K) * down
    if penalised:
        sign, determinant = np.linalg.slogdet(information)
        value = value + np.where(sign > 0, 0.5 * determinant, -np.inf)
        leverage = W * (inverse.reshape(len(beta), -1) @ _products(X).T)
        gradient = gradient + 0.5 * leverage * (2 * F.bend(eta) - up + down)
    step = (inverse @ (gradient @ X)[..., None])[..., 0]
    return _State(beta, value, step)


def _climb(
    X: Array,
    now: _State,
    active: Rows,
    step: Array,
    K: Array,
    N: Array,
    F: Link,
    *,
    penalised: bool,
) -> Flags:
    """Take each step, halved while it leads downhill; return which fail."""
    todo, share = np.arange(len(active)), 1.0
    for _ in range(MAX_HALVINGS):
        rows = active[todo]
        trial = now.beta[rows] + share * step[todo]
        there = _evaluate(X, trial, K[rows], N[rows], F, penalised=penalised)
        # Rounding of a sum of this size must not look like a descent.
        slack = 1e-13 * (1 + np.abs(now.value[rows]))
        good = there.value >= now.value[rows] - slack
        now.put(rows, there, good)
        todo, share = todo[~good], share / 2
        if not todo.size:
            break
    stuck = np.zeros(len(active), bool)
    stuck[todo] = True
    return stuck


def is_separated(X: Array, K: Array, N: Array) -> bool:
    """Return whether some direction predicts every answer, so that no maximum exists.

    Parameters
    ----------
    X : ndarray, shape (m, p)
    K, N : ndarray, shape (m,)
    """
    yes, no = X[K > 0], -X[K < N]
    rows = np.unique(np.vstack([yes, no]), axis=0)
    found = scipy.optimize.linprog(
        -rows.sum(0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1)
    )
    return found.fun is not None and float(found.fun) < -1e-7


def estimate_many(
    X: Array,
    K: Array,
    N: Array,
    *,
    link: str = "probit",
    start: Array | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[Scored, Flags]:
    """Return fits of many data sets, penalised where there is no finite maximum.

    Returns
    -------
    scored : Scored
    separated : ndarray of bool, shape (R,)
        Which fits are penalised.

    Raises
    ------
    InputError
        If the data do not determine a parameter at all.
    """
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise InputError(
            "the trials do not determine the scale",
            remedy="every level must be compared with others",
        )
    scored = score_many(X, K, N, link=link, start=start, tolerance=tolerance)
    far = np.abs(scored.coefficients @ X.T).max(1) > 8
    separated = np.zeros(len(K), bool)
    for r in np.flatnonzero(~scored.converged | far):
        separated[r] = is_separated(X, K[r], N[r])
    if not separated.any():
        return scored, separated
    again = score_many(X, K[separated], N[separated], link=link, penalised=True)
    parts = [
        np.array(getattr(scored, name))
        for name in ("coefficients", "covariance", "log_likelihood", "converged")
    ]
    for part, new in zip(parts, vars(again).values(), strict=True):
        part[separated] = new
    return Scored(*parts), separated
