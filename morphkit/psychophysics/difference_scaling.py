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
doi:10.18637/jss.v025.i02 (as a generalised linear model); Montiel Olea &
Plagborg-Møller (2019), doi:10.1002/jae.2656 (simultaneous sup-t bands).
"""

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import numpy as np
import scipy

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.psychophysics.comparisons import Comparisons, Indices, design_matrix
from morphkit.psychophysics.intervals import Interval, delta_interval
from morphkit.psychophysics.links import LINKS, Array
from morphkit.psychophysics.scoring import Method, Scored, estimate_many

#: Where the uncertainty comes from; version 0.1 wrote "raters".
Source = Literal["wald", "bootstrap", "participants", "partial", "raters"]

#: Random draws for the critical value of the simultaneous band.
_BAND_DRAWS = 20_000
#: Number of participants from which uncertainty comes from resampling them.
MIN_PARTICIPANTS = 5


@dataclass(frozen=True, eq=False)
class DifferenceScale:
    """A perceptual scale of levels, fitted to triads or quadruples.

    Parameters
    ----------
    levels : ndarray, shape (n,)
        Physical levels, growing.
    values : ndarray, shape (n,)
        The scale, 0 at the first level and 1 at the last.
    sigma, sigma_error : float
        Noise in units of the scale, and its standard error.
    sigma_interval : Interval
        From the interval of the last coefficient, of which sigma is the inverse.
    raw, raw_covariance : ndarray, shape (n - 1,) and (n - 1, n - 1)
        Coefficients of the levels after the first, in units of the noise.
    covariance : ndarray, shape (n, n)
        Of `values`, from `source`.
    intervals : tuple of Interval
        Pointwise, of each value.
    band : tuple of Interval
        Simultaneous: it contains all values together with probability 0.95.
    source : str
        Where the uncertainty comes from: ``"wald"``, ``"bootstrap"`` (parametric),
        ``"participants"`` (participants resampled) or ``"partial"`` (that, of a scale
        that was drawn towards the mean of several).
    method : str
        ``"ml"``, or ``"firth"`` if some scale predicts every answer, so that maximum
        likelihood finds no noise.
    n_trials : int
    log_likelihood, deviance, null_deviance : float
        Of single answers.

    Raises
    ------
    InputError
        If the arrays do not match.
    """

    levels: Array
    values: Array
    sigma: float
    sigma_error: float
    sigma_interval: Interval
    raw: Array
    raw_covariance: Array
    covariance: Array
    intervals: tuple[Interval, ...]
    band: tuple[Interval, ...]
    source: Source
    method: Method
    n_trials: int
    log_likelihood: float
    deviance: float
    null_deviance: float

    def __post_init__(self) -> None:
        n = self.levels.size
        shapes = {
            "levels": (n,),
            "values": (n,),
            "raw": (n - 1,),
            "raw_covariance": (n - 1, n - 1),
            "covariance": (n, n),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape or n < 2:
                raise InputError(
                    f"{name} of a scale has the shape {getattr(self, name).shape}",
                    allowed=f"{shape} of {n} levels, at least 2",
                )
        if not ((np.diff(self.levels) > 0).all() and self.null_deviance > 0):
            raise InputError("the levels of a scale grow, and its deviance is positive")
        if (np.diag(self.covariance) < 0).any():
            raise InputError("a variance of a scale is negative")
        for name in ("intervals", "band"):
            if len(getattr(self, name)) not in (0, n):
                raise InputError(f"{name} of a scale are not one for every level")

    @property
    def separated(self) -> bool:
        """Whether maximum likelihood has no finite estimate."""
        return self.method == "firth"

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self.deviance + 2 * len(self.raw)

    @property
    def deviance_accounted(self) -> float:
        """Share of the deviance that the scale accounts for."""
        return 1 - self.deviance / self.null_deviance

    @property
    def wald_covariance(self) -> Array:
        """Covariance of `values` by the curvature of the likelihood."""
        J = _normalising(self.raw)
        return np.asarray(J @ self.raw_covariance @ J.T)

    @property
    def errors(self) -> Array:
        """Standard errors of `values`."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def to_dict(self) -> dict[str, Any]:
        """Return the scale as a JSON object."""
        result: dict[str, Any] = {}
        for name, value in vars(self).items():
            if isinstance(value, Interval):
                result[name] = value.to_dict()
            elif isinstance(value, tuple):
                result[name] = [interval.to_dict() for interval in value]
            else:
                result[name] = value.tolist() if hasattr(value, "tolist") else value
        return result | {
            "aic": self.aic,
            "deviance_accounted": self.deviance_accounted,
            "errors": self.errors.tolist(),
        }


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
    J = _normalising(beta)
    last = math.sqrt(V[-1, -1])
    errors_of_sigma = last / beta[-1] ** 2
    value = float(scored.log_likelihood[0])
    n_trials = len(comparisons.second)
    scale = DifferenceScale(
        levels=frozen(at),
        values=frozen(np.concatenate([[0], beta / beta[-1]])),
        sigma=float(1 / beta[-1]),
        sigma_error=errors_of_sigma,
        sigma_interval=_inverse_interval(delta_interval(beta[-1], last, level)),
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


def _inverse_interval(interval: Interval) -> Interval:
    """Return the interval of the inverse of a positive value."""
    low, high = interval.low or 0.0, interval.high or 0.0
    return Interval(
        float(1 / high), float(1 / low) if low > 0 else None, interval.level
    )


def _normalising(beta: Array) -> Array:
    """Return the Jacobian of ``(0, β / β_last)`` over β."""
    n = len(beta)
    J = np.zeros((n + 1, n))
    J[1:n, : n - 1] = np.eye(n - 1) / beta[-1]
    J[1:n, -1] = -beta[:-1] / beta[-1] ** 2
    return J


def with_covariance(
    scale: DifferenceScale,
    covariance: Array,
    *,
    source: Source,
    level: float = 0.95,
    intervals: tuple[Interval, ...] | None = None,
    degrees: int | None = None,
) -> DifferenceScale:
    """Return the scale with another covariance, and intervals and band from it.

    Parameters
    ----------
    scale : DifferenceScale
    covariance : ndarray, shape (n, n)
        Of its values.
    source : str
        Where it comes from.
    level : float, optional
    intervals : tuple of Interval, optional
        Instead of those that follow.
    degrees : int, optional
        Degrees of freedom of the covariance, if it was estimated from so few
        participants that Student's quantiles are needed. It is then enlarged until
        its normal band equals Student's, so that later steps need not know.
    """
    error = np.sqrt(np.diag(covariance))
    once = scipy.stats.norm if degrees is None else scipy.stats.t(degrees)
    reach = float(once.ppf((1 + level) / 2)) * error
    wide = critical_value(covariance, level, degrees) * error
    if degrees is not None and wide.any():
        factor = critical_value(covariance, level, degrees)
        covariance = covariance * (factor / critical_value(covariance, level)) ** 2
    if intervals is None:
        intervals = _around(scale.values, reach, level)
    return replace(
        scale,
        covariance=frozen(covariance),
        intervals=intervals,
        band=_around(scale.values, wide, level),
        source=source,
    )


def stabilised(drawn: Array, wald: Array, n_participants: int) -> Array:
    """Return a covariance from few participants that is not too sure anywhere.

    Variances of single values that came out small by chance are at least as large,
    beside those by the curvature of the likelihood, as they are on average, the more
    so the fewer participants there are. Correlations are drawn towards those by the
    curvature: draws of fewer participants than values have directions without any
    variance.

    Parameters
    ----------
    drawn, wald : ndarray, shape (n, n)
        From drawing participants again, and from the curvature.
    n_participants : int
    """
    inside = np.flatnonzero(np.diag(wald) > 0)
    D, W = drawn[np.ix_(inside, inside)], wald[np.ix_(inside, inside)]
    own, other = np.diag(D), np.diag(W)
    shift = min(1.0, MIN_PARTICIPANTS / n_participants)
    usual = float(np.mean(own / other)) * other
    wide = np.sqrt(np.maximum(own, (1 - shift) * own + shift * usual))
    share = len(inside) / (len(inside) + n_participants)
    least = np.sqrt(np.maximum(own, 1e-300))
    R = (1 - share) * D / np.outer(least, least)
    R = R + share * W / np.sqrt(np.outer(other, other))
    result = np.zeros_like(drawn)
    result[np.ix_(inside, inside)] = R * np.outer(wide, wide)
    return result


def _around(values: Array, reach: Array, level: float) -> tuple[Interval, ...]:
    return tuple(
        Interval(float(v - r), float(v + r), level)
        for v, r in zip(values, reach, strict=True)
    )


def critical_value(
    covariance: Array, level: float = 0.95, degrees: int | None = None
) -> float:
    """Return the number of standard errors of a simultaneous band (sup-t).

    This is a quantile of the largest of correlated normal values, from draws with a
    fixed seed: the same covariance always gives the same band. With degrees of freedom
    the values have a multivariate Student distribution.
    """
    error = np.sqrt(np.diag(covariance))
    inside = error > 1e-12
    if not inside.any():
        return 0.0
    R = covariance[np.ix_(inside, inside)] / np.outer(error[inside], error[inside])
    eigen, vectors = np.linalg.eigh(R)
    root = vectors * np.sqrt(np.maximum(eigen, 0))
    largest = np.abs(_draws(len(R)) @ root.T).max(1)
    if degrees is not None:
        largest = largest / _scales(degrees)
    return float(np.quantile(largest, level))


@cache
def _draws(n: int) -> Array:
    """Return independent normal values, the same on every call."""
    return frozen(np.random.default_rng(2019).normal(size=(_BAND_DRAWS, n)))


@cache
def _scales(degrees: int) -> Array:
    """Return estimates of a standard deviation of 1, the same on every call."""
    squares = np.random.default_rng(1908).chisquare(degrees, _BAND_DRAWS)
    return frozen(np.sqrt(squares / degrees))


@dataclass(frozen=True, eq=False)
class ScaleBootstrap:
    """Scales of simulated or resampled data.

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


def simulate_scale(
    comparisons: Comparisons,
    scale: DifferenceScale,
    generator: np.random.Generator,
    *,
    n_samples: int = 2000,
) -> ScaleBootstrap:
    """Return the parametric bootstrap: simulated answers, refitted."""
    rows, _, N = comparisons.counts()
    X = design_matrix(rows, comparisons.n_levels)
    chance = LINKS["probit"].cdf(X @ scale.raw)
    K = generator.binomial(N.astype(int), chance, (n_samples, len(N))).astype(float)
    return _refit(X, K, np.broadcast_to(N, K.shape), scale.raw)


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
