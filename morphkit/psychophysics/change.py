"""Change between occasions, and between arms: analysis of covariance, mixed model.

Conventions
-----------
Arms are numbered from 0, and arm 0 is the reference. Intervals are 95 % ones by
Student's distribution.

References
----------
Vickers & Altman (2001), doi:10.1136/bmj.323.7321.1123 (analysis of covariance of
trials with a baseline). Liang & Zeger (2000), Sankhyā B 62:134-148 (arms are alike
before they begin). Patterson & Thompson (1971), doi:10.1093/biomet/58.3.545 (REML).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit.psychophysics.cluster_robust import robust_errors
from morphkit.psychophysics.links import Array

Whole = npt.NDArray[np.int_]
#: Of all intervals here.
LEVEL = 0.95
#: Largest ratio of the variance between people to the one within.
_LARGEST_RATIO = 1e6


@dataclass(frozen=True)
class Effect:
    """An estimate with its interval.

    Parameters
    ----------
    estimate, error : float
        In steps of the continuum, as all data here.
    low, high : float
        95 % interval.
    df : float
        Degrees of freedom of the interval.
    p : float
        Two-sided, of no effect.
    """

    estimate: float
    error: float
    low: float
    high: float
    df: float
    p: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return dict(vars(self))


def effect_of(estimate: float, error: float, df: float) -> Effect:
    """Return an estimate with its interval by Student's distribution.

    Examples
    --------
    >>> found = effect_of(1.0, 0.5, 30)
    >>> round(found.low, 3), round(found.high, 3), round(found.p, 3)
    (-0.021, 2.021, 0.055)
    """
    half = float(scipy.stats.t.ppf((1 + LEVEL) / 2, df)) * error
    if error > 0:
        p = float(2 * scipy.stats.t.sf(abs(estimate) / error, df))
    else:
        p = float(estimate == 0)
    return Effect(estimate, error, estimate - half, estimate + half, df, p)


def mean_effect(values: Array) -> Effect | None:
    """Return the mean of an arm with its interval; None of fewer than two values."""
    n = len(values)
    if n < 2:
        return None
    return effect_of(
        float(values.mean()), float(values.std(ddof=1) / np.sqrt(n)), n - 1
    )


def covariance_analysis(
    before: Array, after: Array, arms: Whole, strata: Whole | None = None
) -> tuple[Effect, ...]:
    """Return the differences of arms from arm 0 after training, adjusted for before.

    Parameters
    ----------
    before, after : ndarray, shape (n,)
    arms : ndarray of int, shape (n,)
    strata : ndarray of int, shape (n,), optional
        Of the allocation; they are adjusted for, too.

    Returns
    -------
    tuple of Effect
        One for each arm but the first, in their order; empty if there are too few
        participants to estimate anything.
    """
    n_arms = int(arms.max()) + 1
    columns = [np.ones(len(before)), *(arms == k for k in range(1, n_arms))]
    columns.append(before - before.mean())
    if strata is not None:
        columns += [strata == k for k in np.unique(strata)[1:]]
    X = np.column_stack(columns).astype(float)
    df = len(before) - np.linalg.matrix_rank(X)
    if df < 1:
        return ()
    beta = np.linalg.lstsq(X, after, rcond=None)[0]
    variance = float(((after - X @ beta) ** 2).sum() / df)
    covariance = variance * np.linalg.pinv(X.T @ X)
    return tuple(
        effect_of(float(beta[k]), float(np.sqrt(covariance[k, k])), float(df))
        for k in range(1, n_arms)
    )


@dataclass(frozen=True, eq=False)
class MixedFit:
    """A linear model with a random intercept for each person, by REML.

    Parameters
    ----------
    coefficients : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
    between, within : float
        Standard deviations between people, and of what is left.
    log_likelihood : float
        Restricted.
    """

    coefficients: Array
    covariance: Array
    between: float
    within: float
    log_likelihood: float


def fit_random_intercept(X: Array, y: Array, people: Whole) -> MixedFit:
    """Return the model ``y = X β + u[person] + ε`` fitted by REML.

    The likelihood is a function of one number, the ratio of the two variances, once
    everything else is at its best; it is searched on a grid first.

    Parameters
    ----------
    X : ndarray, shape (n, p)
        Of full rank.
    y : ndarray, shape (n,)
    people : ndarray of int, shape (n,)
        Numbered from 0.
    """
    n, p = X.shape
    size = np.bincount(people).astype(float)
    sums = np.zeros((len(size), p))
    np.add.at(sums, people, X)
    totals = np.bincount(people, weights=y)
    XX, Xy, yy = X.T @ X, X.T @ y, float(y @ y)

    def solve(ratio: float) -> tuple[float, Array, Array, float]:
        """Return minus twice the likelihood, estimates, inverse, residual variance."""
        weight = ratio / (1 + size * ratio)
        A = XX - (sums * weight[:, None]).T @ sums
        beta = np.linalg.solve(A, Xy - sums.T @ (weight * totals))
        left = (
            yy
            - float(weight @ totals**2)
            - float(beta @ (Xy - sums.T @ (weight * totals)))
        )
        variance = max(left, 1e-300) / (n - p)
        value = (
            (n - p) * (1 + np.log(2 * np.pi * variance))
            + float(np.log1p(size * ratio).sum())
            + float(np.linalg.slogdet(A)[1])
        )
        inverse = np.asarray(np.linalg.inv(A), np.float64)
        return float(value), np.asarray(beta, np.float64), inverse, float(variance)

    grid = np.concatenate([[0.0], np.geomspace(1e-4, _LARGEST_RATIO, 60)])
    values = [solve(ratio)[0] for ratio in grid]
    best = int(np.argmin(values))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = scipy.optimize.minimize_scalar(
        lambda ratio: solve(ratio)[0],
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-10 * max(high, 1e-4)},
    )
    ratio = float(found.x) if found.fun < values[best] else float(grid[best])
    value, beta, inverse, variance = solve(ratio)
    return MixedFit(
        beta,
        variance * inverse,
        float(np.sqrt(ratio * variance)),
        float(np.sqrt(variance)),
        -value / 2,
    )


def repeated_analysis(
    values: Array, people: Whole, arms: Whole, occasions: Whole
) -> dict[int, tuple[Effect, ...]]:
    """Return the differences of arms from arm 0 at each occasion, by a mixed model.

    Occasion 0 is before any training: arms are alike there, since they were drawn.
    Every later one has a mean of its own in each arm. People who missed occasions
    count with the others. Arms may spread differently: intervals are those of
    `morphkit.psychophysics.cluster_robust`, since the model has one variance for all.

    Parameters
    ----------
    values : ndarray, shape (n,)
    people, arms, occasions : ndarray of int, shape (n,)
        Each numbered from 0.

    Returns
    -------
    dict of int to tuple of Effect
        By occasion from 1; empty if the data do not determine the model.
    """
    later = [int(k) for k in np.unique(occasions) if k > 0]
    others = range(1, int(arms.max()) + 1)
    cells = [(occasion, arm) for occasion in later for arm in others]
    X = np.column_stack(
        [
            np.ones(len(values)),
            *((occasions == occasion) for occasion in later),
            *((occasions == o) & (arms == a) for o, a in cells),
        ]
    ).astype(float)
    n_people = len(np.unique(people))
    spare = n_people - int(arms.max()) - 2
    if spare < 1 or np.linalg.matrix_rank(X) < X.shape[1] or len(values) <= X.shape[1]:
        return {}
    fit = fit_random_intercept(X, values, people)
    errors, degrees = robust_errors(
        X, values, people, fit.coefficients, between=fit.between, within=fit.within
    )
    at = 1 + len(later)
    found: dict[int, tuple[Effect, ...]] = {}
    for k, (occasion, _) in enumerate(cells):
        one = effect_of(
            float(fit.coefficients[at + k]),
            float(errors[at + k]),
            float(degrees[at + k]),
        )
        found[occasion] = (*found.get(occasion, ()), one)
    return found
