"""Psychometric functions: how often the second label is chosen at each level.

Conventions
-----------
``P(second label at x) = F(a + b x)`` with the link ``F``; ``x`` are levels or step
numbers. PSE: ``-a / b``. JND: half of the distance between the 25 % and the 75 % point,
``0.6745 σ`` for a probit. Chance of the first and second label alike, so that guess and
lapse rates are 0 here; `morphkit.psychophysics.lapses` estimates them.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.psychophysics.balance import (
    balance_point,
    spearman_karber,
    spearman_karber_error,
)
from morphkit.psychophysics.intervals import (
    Answers,
    Interval,
    delta_interval,
    fieller_interval,
    jnd_interval,
    profile_pse,
    profile_slope,
)
from morphkit.psychophysics.links import Array, Link
from morphkit.psychophysics.score_tests import score_test_intervals
from morphkit.psychophysics.scoring import Method, Scored, look_up_link, score_many

#: A function that rises by less over all levels, in link units, does not rise.
_NO_SLOPE = 1e-12
#: Printed with every JND.
JND_DEFINITION = "JND = (x75 - x25) / 2"


@dataclass(frozen=True, eq=False)
class PsychometricFit:
    """A psychometric function without lapses, fitted to one data set.

    Parameters
    ----------
    levels, chosen, shown : ndarray, shape (m,)
        What was fitted: levels, answers for the second label, answers.
    link : str
        ``"probit"`` or ``"logit"``.
    method : str
        ``"ml"``, or ``"firth"`` if the data are separated: a level separates all
        answers with one label from all with the other, so maximum likelihood is
        infinitely steep and the estimates are those of the penalised likelihood.
    intercept, slope : float
        ``a`` and ``b``.
    covariance : ndarray, shape (2, 2)
        Of intercept and slope.
    pse, pse_error : float
        Point of subjective equality, and its standard error by the delta method.
    pse_score : Interval
        From score tests: the one to report for answers of one participant.
    pse_profile, pse_fieller : Interval
        Profile-likelihood interval and Fieller's.
    spread, spread_error : float
        ``1 / slope`` (σ of a probit), and its standard error.
    jnd : float
        Half the distance between the 25 % and the 75 % point; negative where answers
        for the second label become rarer with the level.
    jnd_score, slope_score : Interval
        From score tests; an interval of the JND that begins at 0 holds functions that
        jump.
    jnd_profile, slope_profile : Interval
        Of the likelihood.
    balance : float
        Number of steps answered with the first label.
    spearman_karber : float
    spearman_karber_error : float or None
    log_likelihood, deviance : float
        With binomial coefficients; against a model with a share for every level.

    Raises
    ------
    InputError
        If the arrays do not match, or the link is unknown.
    """

    levels: Array
    chosen: Array
    shown: Array
    link: str
    method: Method
    intercept: float
    slope: float
    covariance: Array
    pse: float
    pse_error: float
    pse_score: Interval
    pse_profile: Interval
    pse_fieller: Interval
    spread: float
    spread_error: float
    jnd: float
    jnd_score: Interval
    jnd_profile: Interval
    slope_score: Interval
    slope_profile: Interval
    balance: float
    spearman_karber: float
    spearman_karber_error: float | None
    log_likelihood: float
    deviance: float

    def __post_init__(self) -> None:
        look_up_link(self.link)
        n = self.levels.size
        if not (
            n
            and self.levels.shape == self.chosen.shape == self.shown.shape == (n,)
            and (np.diff(self.levels) > 0).all()
            and (self.chosen >= 0).all()
            and (self.chosen <= self.shown).all()
        ):
            raise InputError(
                "the counts of a psychometric function do not match its levels"
            )
        if self.covariance.shape != (2, 2):
            raise InputError(
                f"a covariance of the shape {self.covariance.shape}", allowed="(2, 2)"
            )

    @property
    def separated(self) -> bool:
        """Whether maximum likelihood has no finite estimate."""
        return self.method == "firth"

    def predict(self, levels: npt.ArrayLike) -> Array:
        """Return the probability of the second label."""
        x = np.asarray(levels, float)
        return look_up_link(self.link).cdf(self.intercept + self.slope * x)

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as a JSON object."""
        result: dict[str, Any] = {}
        for name, value in vars(self).items():
            if isinstance(value, Interval):
                result[name] = value.to_dict()
            else:
                result[name] = value.tolist() if hasattr(value, "tolist") else value
        return result | {"jnd_definition": JND_DEFINITION}


def check_counts(
    levels: npt.ArrayLike, chosen: npt.ArrayLike, shown: npt.ArrayLike
) -> Answers:
    """Return counts as arrays after checking them.

    Raises
    ------
    InputError
        If levels do not increase, counts are not whole numbers with
        ``0 <= chosen <= shown``, or a level was never shown.
    """
    x, K, N = (frozen(np.asarray(v, float)) for v in (levels, chosen, shown))
    if not (x.ndim == 1 and x.shape == K.shape == N.shape and len(x) >= 2):
        raise InputError(
            f"levels, chosen and shown have the shapes {x.shape}, {K.shape}, {N.shape}",
            allowed="three arrays of the same length, at least 2",
        )
    if not (np.isfinite(x).all() and (np.diff(x) > 0).all()):
        raise InputError(
            "the levels do not increase", allowed="distinct levels, sorted"
        )
    whole = (np.floor(K) == K).all() and (np.floor(N) == N).all()
    if not (whole and (K >= 0).all() and (K <= N).all() and (N > 0).all()):
        raise InputError(
            "the counts are impossible", allowed="0 <= chosen <= shown, shown > 0"
        )
    return Answers(x, K, N)


def all_same(chosen: Array, shown: Array) -> bool:
    """Return whether all answers are the same label."""
    return bool((chosen == 0).all() or (chosen == shown).all())


def separated_sets(K: Array, N: Array) -> npt.NDArray[np.bool_]:
    """Return which data sets a level separates without overlap, in either direction.

    Parameters
    ----------
    K, N : ndarray, shape (R, m)
        Answers for the second label and answers, by growing level.
    """
    m = K.shape[1]
    index = np.arange(m)
    some, missing = K > 0, K < N
    first_yes = np.where(some, index, m).min(1)
    last_yes = np.where(some, index, -1).max(1)
    first_no = np.where(missing, index, m).min(1)
    last_no = np.where(missing, index, -1).max(1)
    return np.asarray((last_no <= first_yes) | (last_yes <= first_no))


def fit_many(
    levels: Array,
    K: Array,
    N: Array,
    *,
    link: str = "probit",
    penalised: bool = False,
) -> tuple[Scored, npt.NDArray[np.bool_]]:
    """Return fits of many data sets with the same levels, and which are separated.

    Parameters
    ----------
    levels : ndarray, shape (m,)
    K, N : ndarray, shape (R, m)
        Levels that a data set did not show have ``N = 0``.
    link : str, optional
    penalised : bool, optional
        Fit all of them with Firth's penalty, under which few answers leave slopes less
        biased: maximum likelihood makes them too steep.

    Returns
    -------
    scored : Scored
        Intercepts and slopes; separated data sets are fitted with Firth's penalty.
    separated : ndarray of bool, shape (R,)
    """
    middle, width = float(levels.mean()), float(np.ptp(levels)) / 4
    X = np.stack([np.ones_like(levels), (levels - middle) / width], 1)
    separated = separated_sets(K, N)
    T = np.array([[1, -middle / width], [0, 1 / width]])
    beta, covariance = np.zeros((len(K), 2)), np.zeros((len(K), 2, 2))
    value, converged = np.zeros(len(K)), np.zeros(len(K), bool)
    with_penalty = separated | penalised
    for mask, firth in ((with_penalty, True), (~with_penalty, False)):
        if mask.any():
            part = score_many(X, K[mask], N[mask], link=link, penalised=firth)
            beta[mask] = part.coefficients @ T.T
            covariance[mask] = T @ part.covariance @ T.T
            value[mask], converged[mask] = part.log_likelihood, part.converged
    return Scored(beta, covariance, value, converged), separated


def fit_psychometric(
    levels: npt.ArrayLike,
    chosen: npt.ArrayLike,
    shown: npt.ArrayLike,
    *,
    link: str = "probit",
    level: float = 0.95,
) -> PsychometricFit:
    """Return the psychometric function of one data set.

    Parameters
    ----------
    levels, chosen, shown : array-like, shape (m,)
        Increasing levels; answers for the second label, and all answers, at each.
    link : str, optional
        ``"probit"`` or ``"logit"``.
    level : float, optional
        Of the intervals.

    Raises
    ------
    InputError
        If the counts are impossible, all answers are the same, or they change with the
        level by exactly nothing: then nothing is known about where they would change.
    """
    data, F = check_counts(levels, chosen, shown), look_up_link(link)
    if all_same(data.K, data.N):
        raise InputError(
            "all answers are the same label, so there is no point of equality",
            remedy="look at the answers of this participant or stimulus",
        )
    scored, separated = fit_many(data.x, data.K[None], data.N[None], link=link)
    if not scored.converged[0]:
        raise InputError(
            "the psychometric function could not be fitted",
            remedy="look at the answers of this participant or stimulus",
        )
    if abs(scored.coefficients[0, 1]) * np.ptp(data.x) < _NO_SLOPE:
        raise InputError(
            "the answers do not change with the level at all, so there is no point of "
            "equality",
            remedy="look at the answers of this participant or stimulus",
        )
    return _finish(data, scored, F, link, level, penalised=bool(separated[0]))


def _finish(
    data: Answers, scored: Scored, F: Link, link: str, level: float, *, penalised: bool
) -> PsychometricFit:
    """Return the fit derived from the coefficients."""
    beta, V = scored.coefficients[0], scored.covariance[0]
    a, b = float(beta[0]), float(beta[1])
    slope = profile_slope(data, beta, F, penalised=penalised, level=level)
    gradient = np.array([-1 / b, a / b**2])
    best = float(scored.log_likelihood[0])
    place, steep = score_test_intervals(
        data, -a / b, b, F, separated=penalised, level=level
    )
    return PsychometricFit(
        levels=data.x,
        chosen=data.K,
        shown=data.N,
        link=link,
        method="firth" if penalised else "ml",
        intercept=a,
        slope=b,
        covariance=frozen(V),
        pse=-a / b,
        pse_error=math.sqrt(gradient @ V @ gradient),
        pse_score=place,
        pse_profile=profile_pse(data, beta, F, penalised=penalised, level=level),
        pse_fieller=fieller_interval(beta, V, level=level),
        spread=1 / b,
        spread_error=math.sqrt(V[1, 1]) / b**2,
        jnd=F.quartile / b,
        jnd_score=jnd_interval(steep, F),
        jnd_profile=jnd_interval(slope, F),
        slope_score=steep,
        slope_profile=slope,
        balance=balance_point(data.K, data.N),
        spearman_karber=spearman_karber(data.x, data.K, data.N),
        spearman_karber_error=spearman_karber_error(data.x, data.K, data.N),
        log_likelihood=best + binomial_coefficients(data),
        deviance=float(deviance_of(np.array([best]), data.K[None], data.N[None])[0]),
    )


def binomial_coefficients(data: Answers) -> float:
    """Return the constant part of the log-likelihood."""
    N, K = data.N, data.K
    return float(
        (scipy.special.gammaln(N + 1) - scipy.special.gammaln(K + 1)).sum()
        - scipy.special.gammaln(N - K + 1).sum()
    )


def deviance_of(log_likelihood: Array, K: Array, N: Array) -> Array:
    """Return the deviance from the saturated model, with one share per level.

    Parameters
    ----------
    log_likelihood : ndarray, shape (R,)
        Without binomial coefficients.
    K, N : ndarray, shape (R, m)
    """
    share = K / np.maximum(N, 1)
    full = scipy.special.xlogy(K, share) + scipy.special.xlogy(N - K, 1 - share)
    return np.asarray(2 * (full.sum(1) - log_likelihood))


__all__ = [
    "JND_DEFINITION",
    "Interval",
    "PsychometricFit",
    "check_counts",
    "delta_interval",
    "fit_many",
    "fit_psychometric",
]
