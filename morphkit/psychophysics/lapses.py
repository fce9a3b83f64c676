"""Psychometric functions with guesses and lapses.

Conventions
-----------
``P(second label at x) = γ + (1 - γ - λ) F((x - threshold) / spread)``. γ is the share
of second labels where there should be none, λ that of first labels. The threshold is
the 50 % point of ``F``; the PSE, where ``P`` is 0.5, is the same only if γ = λ.

References
----------
Wichmann & Hill (2001), doi:10.3758/BF03194544; Schütt et al. (2016),
doi:10.1016/j.visres.2016.02.002 (threshold, width).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.psychophysics.integrated_likelihood import (
    MAX_RATE,
    Integrated,
    integrated_intervals,
)
from morphkit.psychophysics.intervals import Answers, Interval
from morphkit.psychophysics.links import Array, Link
from morphkit.psychophysics.psychometric import (
    all_same,
    binomial_coefficients,
    check_counts,
    deviance_of,
    fit_many,
)
from morphkit.psychophysics.scoring import look_up_link

#: A rate this close to `MAX_RATE` has reached it.
_AT_BOUND = 1e-4
#: Thresholds and log spreads that are considered, in quarters of the range of levels.
_PLACES, _LOG_SPREADS = (-40.0, 40.0), (-8.0, 6.0)
#: Log-likelihoods that differ by less are alike.
_ALIKE = 1e-6
#: Which rates are estimated -> how (γ, λ) follow from the free rates.
RATES: Mapping[str, npt.NDArray[np.float64]] = {
    "both": np.eye(2),
    "symmetric": np.ones((1, 2)),
    "lapse": np.array([[0.0, 1.0]]),
}
JND_WITH_LAPSES = "JND = (x75 - x25) / 2 of the function without guesses and lapses"


@dataclass(frozen=True)
class LapseFit:
    """A psychometric function with guess and lapse rates.

    Parameters
    ----------
    link, rates : str
        Link, and which rates were free (an entry of `RATES`).
    threshold, spread : float
        50 % point and spread of the function without guesses and lapses.
    jnd : float
        Half the distance between its 25 % and 75 % points.
    width : float
        Distance between its 5 % and 95 % points, as psignifit gives it.
    pse : float or None
        Level where both labels are as likely; None if there is none.
    guess, lapse : float
        γ and λ.
    threshold_interval, jnd_interval : Interval
        From the likelihood with everything else integrated out (see
        `integrated_likelihood`), and the estimate, should it lie outside. That of the
        JND begins at 0 if a rate reached the largest considered.
    log_likelihood, deviance : float
    at_bound : tuple of str, optional
        Which of ``"guess"`` and ``"lapse"`` reached the largest rate considered, and
        ``"spread"`` where a function that jumps fits as well as any: then the JND is
        known by the upper end of its interval only; ``"threshold"`` where it lies as
        far outside of the levels, or the function is as flat, as is considered: then
        neither has an estimate.
    """

    link: str
    rates: str
    threshold: float
    spread: float
    jnd: float
    width: float
    pse: float | None
    guess: float
    lapse: float
    threshold_interval: Interval
    jnd_interval: Interval
    log_likelihood: float
    deviance: float
    at_bound: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        look_up_link(self.link)
        look_up(RATES, self.rates, kind="choice of rates")

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as a JSON object."""
        result = {
            name: value.to_dict() if isinstance(value, Interval) else value
            for name, value in vars(self).items()
        }
        return result | {"jnd_definition": JND_WITH_LAPSES}


@dataclass(frozen=True, eq=False)
class _Problem:
    """Data in units that suit the optimiser."""

    data: Answers
    link: Link
    rates: Array
    middle: float
    width: float

    def minus(self, v: Array) -> tuple[float, Array]:
        """Return the negative log-likelihood at ``(threshold, log spread, rates)``."""
        z0 = (self.data.x - self.middle) / self.width
        s = np.exp(v[1])
        z = (z0 - v[0]) / s
        gamma, lapse = v[2:] @ self.rates
        F = self.link.cdf(z)
        P = gamma + (1 - gamma - lapse) * F
        P = np.clip(P, 1e-300, 1 - 1e-16)
        K, N = self.data.K, self.data.N
        value = scipy.special.xlogy(K, P).sum() + scipy.special.xlog1py(N - K, -P).sum()
        slope = K / P - (N - K) / (1 - P)
        f = (1 - gamma - lapse) * F * self.link.hazard(z) * slope
        rates = self.rates @ np.array([slope @ (1 - F), -slope @ F])
        gradient = np.concatenate([[-f.sum() / s, -(f @ z)], rates])
        return -float(value), -gradient

    def scaled(self, found: Array) -> Array:
        """Return threshold, spread and rates in the units of the optimiser."""
        place, spread = (found[0] - self.middle) / self.width, found[1] / self.width
        return np.array([place, np.log(spread), *found[2:]])

    def unscaled(self, v: Array) -> Array:
        """Return threshold, spread and rates in the units of the levels."""
        place, spread = self.middle + self.width * v[0], self.width * np.exp(v[1])
        return np.array([place, spread, *v[2:]])

    def minimum(
        self, starts: list[Array], fixed: dict[int, float]
    ) -> tuple[float, Array]:
        """Return the minimum over all starting values, with some parameters fixed."""
        n = 2 + len(self.rates)
        bounds = [_PLACES, _LOG_SPREADS] + [(0.0, MAX_RATE)] * len(self.rates)
        for k, value in fixed.items():
            bounds[k] = (value, value)
        best: tuple[float, Array] = (np.inf, np.zeros(n))
        for start in _distinct(starts, fixed):
            found = scipy.optimize.minimize(
                self.minus,
                start,
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500},
            )
            if found.fun < best[0]:
                best = float(found.fun), np.array(found.x)
        return best


def fit_with_lapses(
    levels: npt.ArrayLike,
    chosen: npt.ArrayLike,
    shown: npt.ArrayLike,
    *,
    rates: str = "both",
    link: str = "probit",
    level: float = 0.95,
) -> LapseFit:
    """Return the psychometric function with guess and lapse rates.

    Parameters
    ----------
    levels, chosen, shown : array-like, shape (m,)
        Increasing levels; answers for the second label, and all answers, at each.
    rates : str, optional
        ``"both"``, ``"symmetric"`` (γ = λ) or ``"lapse"`` (γ = 0).
    link : str, optional
    level : float, optional
        Of the intervals.

    Raises
    ------
    InputError
        If the counts are impossible, there are fewer levels than parameters, all
        answers are the same, or answers for the second label decrease with the level.
    """
    data, F = check_counts(levels, chosen, shown), look_up_link(link)
    design = look_up(RATES, rates, kind="choice of rates")
    if len(data.x) < 2 + len(design):
        raise InputError(f"{len(data.x)} levels", allowed=f"at least {2 + len(design)}")
    if all_same(data.K, data.N):
        raise InputError("all answers are the same label")
    problem = _Problem(data, F, design, float(data.x.mean()), float(np.ptp(data.x)) / 4)
    best, v, found = _optimum(problem, _starts(problem, link), level)
    gamma, lapse = map(float, v[2:] @ design)
    spread = float(np.exp(v[1])) * problem.width
    threshold = problem.middle + problem.width * float(v[0])
    at_bound = _at_bound(problem, v, best)
    return LapseFit(
        link=link,
        rates=rates,
        threshold=threshold,
        spread=spread,
        jnd=spread * F.quartile,
        width=2 * spread * _quantile(F, 0.95),
        pse=_pse(F, threshold, spread, gamma, lapse),
        guess=gamma,
        lapse=lapse,
        threshold_interval=found.threshold.including(threshold),
        jnd_interval=_of_jnd(found.spread.including(spread), F, at_bound),
        log_likelihood=binomial_coefficients(data) - best,
        deviance=float(deviance_of(np.array([-best]), data.K[None], data.N[None])[0]),
        at_bound=at_bound,
    )


def _optimum(
    problem: _Problem, starts: list[Array], level: float
) -> tuple[float, Array, Integrated]:
    """Return minimum, parameters and intervals.

    A node of the grid of the intervals that lies below the minimum has found a better
    one, from which all starts anew.
    """
    best, v = problem.minimum(starts, {})
    found = integrated_intervals(
        problem.data, problem.link, problem.rates, problem.unscaled(v), level=level
    )
    if -found.log_likelihood < best - _ALIKE:
        best, v = problem.minimum([problem.scaled(found.node), *starts], {})
    return best, v, found


def _at_bound(problem: _Problem, v: Array, best: float) -> tuple[str, ...]:
    """Return which parameters reached a limit, and whether a jump fits as well."""
    rates = v[2:] @ problem.rates
    found = [
        name
        for name, rate in zip(("guess", "lapse"), rates, strict=True)
        if rate > MAX_RATE - _AT_BOUND
    ]
    if abs(v[0]) > _PLACES[1] - _AT_BOUND or v[1] > _LOG_SPREADS[1] - _AT_BOUND:
        return (*found, "threshold")
    jump, _ = problem.minimum([v], {1: _LOG_SPREADS[0]})
    return (*found, "spread") if jump < best + _ALIKE else tuple(found)


def _of_jnd(spread: Interval, link: Link, at_bound: tuple[str, ...]) -> Interval:
    """Return the interval of the JND; with higher rates it could be any smaller."""
    jnd = spread.times(link.quartile)
    return jnd if {"guess", "lapse"}.isdisjoint(at_bound) else jnd.including(0.0)


def _distinct(starts: list[Array], fixed: dict[int, float]) -> list[Array]:
    """Return starting values with some parameters fixed, each once."""
    moved = [np.array(start) for start in starts]
    for start in moved:
        for k, value in fixed.items():
            start[k] = value
    return [
        start
        for k, start in enumerate(moved)
        if not any(np.allclose(start, other, atol=1e-3) for other in moved[:k])
    ]


def _starts(problem: _Problem, link: str) -> list[Array]:
    """Return starting values: the fit without rates, and the best of a grid.

    The likelihood of answers with lapses may have several maxima: one takes a stray
    answer for a lapse, another for a flat function.
    """
    data = problem.data
    scored, _ = fit_many(data.x, data.K[None], data.N[None], link=link)
    a, b = scored.coefficients[0]
    if b <= 0:
        raise InputError(
            "answers with the second label become rarer as the level increases",
            remedy="check which label belongs to level 1",
        )
    place = (-a / b - problem.middle) / problem.width
    place = float(np.clip(place, -3, 3))
    log_spread = float(np.log(1 / (b * problem.width)))
    rates = len(problem.rates)
    return [
        *(
            np.concatenate([[place, log_spread - d], np.full(rates, r)])
            for d, r in ((0.0, 0.005), (0.2, 0.02), (0.7, 0.06))
        ),
        *_best_of_grid(problem),
    ]


def _best_of_grid(problem: _Problem, most: int = 6) -> list[Array]:
    """Return the lowest of the local minima on a grid over the parameters."""
    data, n = problem.data, len(problem.rates)
    places, log_spreads = np.linspace(-2.6, 2.6, 27), np.linspace(-4.0, 1.5, 12)
    each = np.meshgrid(*[[0.002, 0.03, 0.1, 0.19]] * n, indexing="ij")
    rates = np.stack([part.ravel() for part in each], 1)
    gamma, lapse = (rates @ problem.rates).T
    z0 = (data.x - problem.middle) / problem.width
    z = (z0 - places[:, None, None]) / np.exp(log_spreads)[:, None]
    F = problem.link.cdf(z)[:, :, None, :]
    P = gamma[:, None] + (1 - gamma - lapse)[:, None] * F
    P = np.clip(P, 1e-300, 1 - 1e-16)
    value = -(np.log(P) @ data.K + np.log1p(-P) @ (data.N - data.K))
    chosen, lowest = value.argmin(2), value.min(2)
    around = scipy.ndimage.minimum_filter(lowest, size=3, mode="nearest")
    rows, columns = np.nonzero(lowest == around)
    order = np.argsort(lowest[rows, columns], kind="stable")[:most]
    return [
        np.concatenate([[places[r], log_spreads[c]], rates[chosen[r, c]]])
        for r, c in zip(rows[order], columns[order], strict=True)
    ]


def _quantile(link: Link, share: float) -> float:
    """Return where the distribution function reaches `share`, above one half."""
    return float(
        scipy.optimize.brentq(lambda z: float(link.cdf(np.array(z))) - share, 0, 40)
    )


def _pse(
    link: Link, threshold: float, spread: float, gamma: float, lapse: float
) -> float | None:
    """Return the level of equal probability; rates below 0.5 leave one."""
    share = (0.5 - gamma) / (1 - gamma - lapse)
    if not 0 < share < 1:
        return None
    z = _quantile(link, max(share, 1 - share))
    return threshold + spread * (z if share >= 0.5 else -z)
