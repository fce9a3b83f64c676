"""Pooling of psychometric functions over identities and participants.

Three answers side by side: all answers in one function (naive: differences between
participants and identities make it flatter than anybody's), one function per identity,
and a function of the typical participant and identity (random intercepts). Their
uncertainty comes from resampling participants, since the answers of a participant are
not independent, with Student's quantiles, since participants are few.

References
----------
Field & Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x (bootstrap of clusters).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from morphkit.errors import InputError
from morphkit.psychophysics.crossed_counts import CrossedCounts
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.psychometric import (
    PsychometricFit,
    fit_many,
    fit_psychometric,
)
from morphkit.psychophysics.random_intercepts import (
    HierarchicalFit,
    Start,
    fit_random_intercepts,
    refit,
)
from morphkit.psychophysics.random_slopes import RandomSlopes, fit_random_slopes
from morphkit.psychophysics.resampling import resampled_interval
from morphkit.psychophysics.scoring import look_up_link

#: Minimum number of participants for intervals by resampling.
MIN_PARTICIPANTS = 5


@dataclass(frozen=True, eq=False)
class PooledFit:
    """The pooled fits of one set of answers.

    Parameters
    ----------
    naive : PsychometricFit
        All answers in one function. Its own intervals treat answers as independent.
    per_identity : tuple of PsychometricFit or None
        One function per identity; None where there is none, as of answers alike.
    hierarchical : HierarchicalFit or None
        None if the answers do not allow it.
    intervals : mapping
        Interval by resampling participants: ``naive_pse``, ``naive_jnd``,
        ``hierarchical_pse``, ``hierarchical_jnd``, and tuples ``identity_pse`` and
        ``identity_jnd``, None for an identity that fewer than `MIN_PARTICIPANTS` saw.
        Empty with fewer than `MIN_PARTICIPANTS` participants.
    n_samples, n_failed : int
        Bootstrap samples, and how many of them had no hierarchical fit.
    random_slopes : RandomSlopes or None
        The hierarchical fit with slopes of each participant, guesses and lapses; None
        with fewer than `MIN_PARTICIPANTS` participants, or if the answers do not
        determine it.

    Raises
    ------
    InputError
        If an interval is none.
    """

    naive: PsychometricFit
    per_identity: tuple[PsychometricFit | None, ...]
    hierarchical: HierarchicalFit | None
    intervals: Mapping[str, Interval | tuple[Interval | None, ...]]
    n_samples: int
    n_failed: int
    random_slopes: RandomSlopes | None = None

    def __post_init__(self) -> None:
        for name, value in self.intervals.items():
            if isinstance(value, Interval) == name.startswith("identity_"):
                raise InputError(f"{name} is not what it should be", where="intervals")

    def interval_of(self, name: str) -> Interval | None:
        """Return a single interval by its name, None if it is not known."""
        found = self.intervals.get(name)
        return found if isinstance(found, Interval) else None

    def of_identity(self, name: str, place: int) -> Interval | None:
        """Return the interval of an identity, by ``pse`` or ``jnd`` and its place."""
        found = self.intervals.get(f"identity_{name}")
        return found[place] if isinstance(found, tuple) else None

    def to_dict(self) -> dict[str, Any]:
        """Return the result as a JSON object."""
        listed: dict[str, Any] = {}
        for name, value in self.intervals.items():
            if isinstance(value, Interval):
                listed[name] = value.to_dict()
            else:
                listed[name] = [None if one is None else one.to_dict() for one in value]
        return {
            "naive": self.naive.to_dict(),
            "per_identity": [f.to_dict() if f else None for f in self.per_identity],
            "hierarchical": self.hierarchical.to_dict() if self.hierarchical else None,
            "random_slopes": self.random_slopes.to_dict()
            if self.random_slopes
            else None,
            "intervals": listed,
            "n_samples": self.n_samples,
            "n_failed": self.n_failed,
        }


def pool(
    counts: CrossedCounts,
    generator: np.random.Generator,
    *,
    link: str = "probit",
    n_samples: int = 2000,
    level: float = 0.95,
) -> PooledFit:
    """Return naive, per-identity and hierarchical fits with their intervals.

    Parameters
    ----------
    counts : CrossedCounts
    generator : numpy.random.Generator
        Draws the participants.
    link : str, optional
    n_samples : int, optional
        Bootstrap samples; 0 for none.
    level : float, optional

    Raises
    ------
    InputError
        If all answers are alike.
    """
    x, K, N = counts.together()
    seen = N[0] > 0
    naive = fit_psychometric(x[seen], K[0, seen], N[0, seen], link=link, level=level)
    singles = _per_identity(counts, link, level)
    try:
        hierarchical, start = fit_random_intercepts(counts, link)
    except InputError:
        hierarchical, start = None, None
    n_participants = counts.shown.shape[1]
    slopes = _random_slopes(counts, hierarchical, level)
    if n_participants < MIN_PARTICIPANTS or n_samples == 0:
        return PooledFit(naive, singles, hierarchical, {}, 0, 0, slopes)
    copies = _draw_participants(counts, generator, n_samples)
    intervals = _naive_intervals(naive, counts, copies, level)
    intervals |= _identity_intervals(singles, counts, copies, link, level)
    n_failed = 0
    if hierarchical is not None and start is not None:
        found, n_failed = _hierarchical_intervals(
            hierarchical, counts, copies, start, level
        )
        intervals |= found
    return PooledFit(
        naive, singles, hierarchical, intervals, n_samples, n_failed, slopes
    )


def fit_identities(
    counts: CrossedCounts,
    generator: np.random.Generator,
    *,
    link: str = "probit",
    n_samples: int = 2000,
    level: float = 0.95,
) -> tuple[
    tuple[PsychometricFit | None, ...], Mapping[str, tuple[Interval | None, ...]]
]:
    """Return the function of each identity, and the intervals of `PooledFit`.

    Parameters
    ----------
    counts, generator, link, n_samples, level
        As of `pool`, which fits all identities together, too.
    """
    singles = _per_identity(counts, link, level)
    copies = _draw_participants(counts, generator, n_samples)
    return singles, _identity_intervals(singles, counts, copies, link, level)


def _draw_participants(
    counts: CrossedCounts, generator: np.random.Generator, n_samples: int
) -> Array:
    """Return how often every participant is in every sample, shape ``(B, J)``."""
    n = counts.shown.shape[1]
    return generator.multinomial(n, np.full(n, 1 / n), n_samples).astype(float)


def _random_slopes(
    counts: CrossedCounts, hierarchical: HierarchicalFit | None, level: float
) -> RandomSlopes | None:
    """Return the fit with slopes of each participant, if the answers allow it."""
    if hierarchical is None or hierarchical.slope <= 0:
        return None
    if counts.shown.shape[1] < MIN_PARTICIPANTS:
        return None
    try:
        return fit_random_slopes(
            counts.levels,
            counts.chosen,
            counts.shown,
            start=(hierarchical.intercept, hierarchical.slope),
            link=hierarchical.link,
            level=level,
        )
    except InputError:
        return None


def _per_identity(
    counts: CrossedCounts, link: str, level: float
) -> tuple[PsychometricFit | None, ...]:
    K, N = (part[0] for part in counts.per_identity())
    fits: list[PsychometricFit | None] = []
    found: PsychometricFit | None
    for x, k, n in zip(counts.levels, K, N, strict=True):
        seen = n > 0
        try:
            found = fit_psychometric(x[seen], k[seen], n[seen], link=link, level=level)
        except InputError:
            found = None
        fits.append(found)
    return tuple(fits)


def _sampled(x: Array, K: Array, N: Array, link: str) -> tuple[Array, Array]:
    """Return PSE and slope of every sample; NaN where all answers are alike."""
    mixed = (K.sum(1) > 0) & (K.sum(1) < N.sum(1))
    beta = np.full((len(K), 2), np.nan)
    if mixed.any():
        scored, _ = fit_many(x, K[mixed], N[mixed], link=link)
        beta[mixed] = np.where(scored.converged[:, None], scored.coefficients, np.nan)
    return -beta[:, 0] / beta[:, 1], beta[:, 1]


def _both(
    name: str,
    fit: PsychometricFit | HierarchicalFit,
    pse: Array,
    slope: Array,
    n_participants: int,
    level: float,
) -> dict[str, Any]:
    """Return the intervals of PSE and JND of a fit from those of its samples."""
    jnd = look_up_link(fit.link).quartile / slope
    found = {
        f"{name}_pse": resampled_interval(fit.pse, pse, n_participants, level),
        f"{name}_jnd": resampled_interval(
            fit.jnd, jnd, n_participants, level, ratio=True
        ),
    }
    return {name: value for name, value in found.items() if value is not None}


def _naive_intervals(
    naive: PsychometricFit, counts: CrossedCounts, copies: Array, level: float
) -> dict[str, Any]:
    pse, slope = _sampled(*counts.together(copies), naive.link)
    return _both("naive", naive, pse, slope, copies.shape[1], level)


def _identity_intervals(
    fits: tuple[PsychometricFit | None, ...],
    counts: CrossedCounts,
    copies: Array,
    link: str,
    level: float,
) -> dict[str, tuple[Interval | None, ...]]:
    """Return the intervals of every identity, from those who saw it."""
    K, N = counts.per_identity(copies)
    saw = (counts.shown.sum(2) > 0).sum(1)
    found: dict[str, list[Interval | None]] = {"pse": [], "jnd": []}
    for i, (x, fit) in enumerate(zip(counts.levels, fits, strict=True)):
        ends: dict[str, Interval] = {}
        if fit is not None and saw[i] >= MIN_PARTICIPANTS:
            pse, slope = _sampled(x, K[:, i], N[:, i], link)
            ends = _both("one", fit, pse, slope, int(saw[i]), level)
        for name, intervals in found.items():
            intervals.append(ends.get(f"one_{name}"))
    return {f"identity_{name}": tuple(value) for name, value in found.items()}


def _hierarchical_intervals(
    fit: HierarchicalFit,
    counts: CrossedCounts,
    copies: Array,
    start: Start,
    level: float,
) -> tuple[dict[str, Any], int]:
    """Return intervals of PSE and JND, and how many samples had no fit."""
    pse, slope = refit(counts, copies, fit.link, start)
    kept = _both("hierarchical", fit, pse, slope, copies.shape[1], level)
    return kept, int(np.isnan(pse).sum())
