"""Maximum-likelihood difference scaling: how far apart levels look.

Conventions
-----------
``P(second pair differs more) = Φ((ψ_d - ψ_c) - (ψ_b - ψ_a))`` with noise of standard
deviation 1 on the raw scale. The normalised scale runs from 0 to 1; sigma is the noise
in its units, ``1 / ψ_last``. Intervals, the simultaneous band and the covariance are of
the normalised scale, whose ends have none.

References
----------
Maloney & Yang (2003), doi:10.1167/3.8.5; Knoblauch & Maloney (2008),
doi:10.18637/jss.v025.i02 (as a generalised linear model).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.psychophysics.comparisons import Comparisons, Indices, design_matrix
from morphkit.psychophysics.difference_scale import (
    DifferenceScale,
    normalising,
    with_covariance,
)
from morphkit.psychophysics.intervals import Interval, delta_interval
from morphkit.psychophysics.links import LINKS, Array
from morphkit.psychophysics.scoring import Scored, estimate_many


def fit_scale(
    comparisons: Comparisons,
    levels: Array | None = None,
    *,
    level: float = 0.95,
) -> DifferenceScale:
    """Return the difference scale with Wald uncertainty.

    Parameters
    ----------
    comparisons : Comparisons
    levels : ndarray, shape (n,), optional
        Physical levels of the numbers in `comparisons`; equal steps from 0 to 1
        otherwise.
    level : float, optional
        Of the intervals and the band.

    Raises
    ------
    InputError
        If a level is in no trial, the trials do not determine the scale, or by the
        answers the last level does not lie beyond the first.
    """
    n = comparisons.n_levels
    if n < 3:
        raise InputError(f"{n} levels", allowed="at least 3")
    at = np.linspace(0, 1, n) if levels is None else np.asarray(levels, float)
    if at.shape != (n,) or not (np.diff(at) > 0).all():
        raise InputError(
            f"{at.size} levels for {n}", allowed="one increasing level for each"
        )
    rows, K, N = comparisons.counts()
    unused = sorted(set(range(n)) - set(rows.reshape(-1).tolist()))
    if unused:
        raise InputError(
            f"no trial shows the level {', '.join(f'{at[k]:g}' for k in unused)}",
            remedy="leave it out of the scale",
        )
    scored, separated = estimate_many(design_matrix(rows, n), K[None], N[None])
    beta = scored.coefficients[0]
    if not scored.converged[0]:
        raise InputError("the difference scale could not be fitted")
    if beta[-1] <= 0:
        raise InputError(
            "by the answers, the last level does not differ from the first",
            remedy="check which pair each answer refers to",
        )
    return _finish(comparisons, at, scored, bool(separated[0]), level)


def _finish(
    comparisons: Comparisons, at: Array, scored: Scored, separated: bool, level: float
) -> DifferenceScale:
    beta, V = scored.coefficients[0], scored.covariance[0]
    J = normalising(beta)
    last = math.sqrt(V[-1, -1])
    errors_of_sigma = last / beta[-1] ** 2
    value = float(scored.log_likelihood[0])
    n_trials = len(comparisons.second)
    scale = DifferenceScale(
        levels=frozen(at),
        values=frozen(np.concatenate([[0], beta / beta[-1]])),
        sigma=float(1 / beta[-1]),
        sigma_error=errors_of_sigma,
        sigma_interval=inverse_interval(delta_interval(beta[-1], last, level)),
        raw=frozen(beta),
        raw_covariance=frozen(V),
        covariance=frozen(np.zeros((len(at), len(at)))),
        intervals=(),
        band=(),
        source="wald",
        method="firth" if separated else "ml",
        n_trials=n_trials,
        log_likelihood=value,
        deviance=-2 * value,
        null_deviance=2 * n_trials * math.log(2),
    )
    return with_covariance(scale, J @ V @ J.T, source="wald", level=level)


def inverse_interval(interval: Interval) -> Interval:
    """Return the interval of the inverse of a positive value."""
    low, high = interval.low or 0.0, interval.high or 0.0
    return Interval(
        float(1 / high), float(1 / low) if low > 0 else None, interval.level
    )


@dataclass(frozen=True, eq=False)
class ScaleBootstrap:
    """Scales of resampled data.

    Parameters
    ----------
    values : ndarray, shape (B, n)
        Normalised.
    sigmas : ndarray, shape (B,)
    n_separated : int
        Number that needed the penalty.
    n_failed : int
        Number without any scale, which are not among the values.
    """

    values: Array
    sigmas: Array
    n_separated: int
    n_failed: int

    def covariance(self) -> Array:
        """Return the covariance of the values."""
        return np.asarray(np.cov(self.values.T))

    def intervals(self, level: float = 0.95) -> tuple[Interval, ...]:
        """Return percentile intervals of the values."""
        shares = [(1 - level) / 2, (1 + level) / 2]
        low, high = np.quantile(self.values, shares, axis=0)
        return tuple(
            Interval(float(a), float(b), level) for a, b in zip(low, high, strict=True)
        )


def resample_participants(
    comparisons: Comparisons,
    participants: Indices,
    scale: DifferenceScale,
    generator: np.random.Generator,
    *,
    n_samples: int = 2000,
) -> ScaleBootstrap:
    """Return the cluster bootstrap: participants resampled with all their answers.

    Parameters
    ----------
    comparisons : Comparisons
    participants : ndarray of int, shape (n_trials,)
        Participant of each trial, numbered from 0.
    scale : DifferenceScale
        The pooled fit, where the fits start.
    generator : numpy.random.Generator
    n_samples : int, optional
    """
    rows, place = np.unique(comparisons.quads, axis=0, return_inverse=True)
    place, n_participants = place.reshape(-1), int(participants.max()) + 1
    size = n_participants * len(rows)
    both = participants * len(rows) + place
    N = np.bincount(both, minlength=size).reshape(n_participants, -1).astype(float)
    K = np.bincount(both, comparisons.second, size).reshape(n_participants, -1)
    equal = np.full(n_participants, 1 / n_participants)
    copies = generator.multinomial(n_participants, equal, n_samples).astype(float)
    X = design_matrix(rows, comparisons.n_levels)
    return _refit(X, copies @ K, copies @ N, scale.raw)


def _refit(X: Array, K: Array, N: Array, start: Array) -> ScaleBootstrap:
    scored, separated = estimate_many(X, K, N, start=start, tolerance=1e-7)
    beta = scored.coefficients
    good = scored.converged & (beta[:, -1] > 0)
    raw = beta[good]
    values = np.concatenate([np.zeros((len(raw), 1)), raw / raw[:, -1:]], axis=1)
    return ScaleBootstrap(
        values=values,
        sigmas=1 / raw[:, -1],
        n_separated=int(separated.sum()),
        n_failed=int((~good).sum()),
    )


def predict(scale: DifferenceScale, quads: Indices) -> Array:
    """Return the probability that the second pair is judged to differ more."""
    X = design_matrix(quads, len(scale.levels))
    return LINKS["probit"].cdf(X @ scale.raw)


@dataclass(frozen=True)
class LinearTest:
    """Likelihood-ratio test of the scale against the straight line.

    A large p value does not show that the scale is straight; see
    `morphkit.psychophysics.equivalence`.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float

    def to_dict(self) -> dict[str, Any]:
        """Return the test as a JSON object."""
        return dict(vars(self))


def compare_with_line(comparisons: Comparisons, scale: DifferenceScale) -> LinearTest:
    """Return the likelihood-ratio test against a scale proportional to the levels."""
    rows, K, N = comparisons.counts()
    at = (scale.levels - scale.levels[0]) / np.ptp(scale.levels)
    X = design_matrix(rows, comparisons.n_levels) @ at[1:, None]
    line = estimate_many(X, K[None], N[None])[0]
    statistic = max(2 * float(scale.log_likelihood - line.log_likelihood[0]), 0.0)
    freedom = len(scale.raw) - 1
    return LinearTest(
        statistic, freedom, float(scipy.stats.chi2.sf(statistic, freedom))
    )
