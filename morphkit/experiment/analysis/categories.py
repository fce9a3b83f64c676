"""Psychometric functions of participants, identities and all answers together."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from morphkit._core.finding import Finding
from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.experiment.analysis.answers import Collected
from morphkit.experiment.analysis.fit_findings import (
    on_fit,
    on_lapses,
    on_missing_lapses,
)
from morphkit.experiment.analysis.scopes import check_scope
from morphkit.experiment.answer import Account, Answer
from morphkit.psychophysics.balance import balance_point, spearman_karber
from morphkit.psychophysics.crossed_counts import CrossedCounts
from morphkit.psychophysics.goodness import GoodnessOfFit, goodness_of_fit
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.lapses import RATES, LapseFit, fit_with_lapses
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.pooling import (
    MIN_PARTICIPANTS,
    PooledFit,
    pool,
)
from morphkit.psychophysics.psychometric import (
    PsychometricFit,
    all_same,
    fit_psychometric,
)
from morphkit.psychophysics.scoring import look_up_link

#: Where intervals come from: score tests of one participant's answers, drawing
#: participants again, or nowhere.
SCORE_TESTS, PARTICIPANTS, NO_INTERVAL = "score-tests", "participants", "none"
#: Findings without which a number would be misread: they stand before the tables.
BEFORE_NUMBERS = ("lapses-matter", "no-interval")
#: Units of PSE and JND.
AXES = ("level", "step")


@dataclass(frozen=True)
class FitSettings:
    """How psychometric functions are fitted.

    Parameters
    ----------
    axis : str
        One of `AXES`.
    link : str
        ``"probit"`` or ``"logit"``.
    lapses : str
        ``"none"``, or an entry of `morphkit.psychophysics.lapses.RATES`.
    samples : int
        Bootstrap samples of goodness of fit and of participants; 0 for neither.
    seed : int

    Raises
    ------
    InputError
        If axis, link or lapses are something else.
    """

    axis: str = "level"
    link: str = "probit"
    lapses: str = "none"
    samples: int = 2000
    seed: int = 1

    def __post_init__(self) -> None:
        if self.axis not in AXES:
            raise InputError(
                f'no axis is called "{self.axis[:60]}"', allowed=f"one of {AXES}"
            )
        look_up_link(self.link)
        if self.lapses != "none":
            look_up(RATES, self.lapses, kind="choice of rates", also=("none",))


@dataclass(frozen=True)
class ScopedFit:
    """The fit for one participant, one identity or all answers.

    Parameters
    ----------
    scope : str
        ``"pooled"``, ``"continuum"``, ``"participant"`` or ``"cell"`` (one participant
        on one continuum; counted, not fitted).
    continuum_id, participant : str or None
    n_answers : int
    balance, spearman_karber : float or None
        None if intermediate levels of the axis were not shown.
    fit : PsychometricFit or None
        None if all answers are the same, and for cells.
    goodness : GoodnessOfFit or None
    lapses : LapseFit or None
    pse_interval, jnd_interval : Interval or None
        The intervals to report.
    interval_source : str
        ``"score-tests"`` for one participant; ``"participants"``, from drawing
        participants again, for several; ``"none"`` where those are too few. Empty
        where it was not decided yet.

    Raises
    ------
    InputError
        If the scope is unknown, or a name is missing.
    """

    scope: str
    continuum_id: str | None
    participant: str | None
    n_answers: int
    balance: float
    spearman_karber: float
    fit: PsychometricFit | None = None
    goodness: GoodnessOfFit | None = None
    lapses: LapseFit | None = None
    pse_interval: Interval | None = None
    jnd_interval: Interval | None = None
    interval_source: str = ""

    def __post_init__(self) -> None:
        check_scope(self.scope, self.continuum_id, self.participant)

    @property
    def intervals(self) -> tuple[Interval | None, Interval | None]:
        """Intervals of PSE and JND."""
        if self.fit is not None and not self.interval_source:
            return self.fit.pse_score, self.fit.jnd_score
        return self.pse_interval, self.jnd_interval

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as a JSON object."""
        return {
            name: value.to_dict() if hasattr(value, "to_dict") else value
            for name, value in vars(self).items()
        }


@dataclass(frozen=True)
class CategoryResult:
    """Everything derived from category answers.

    Parameters
    ----------
    labels : tuple of str
    fits : tuple of ScopedFit
    pooled : PooledFit or None
    continua, participants : tuple of str
        Rows and columns of the pooled counts.
    findings : tuple of Finding
    stimuli : tuple of str, optional
        Ids of the images that were answered, sorted; empty where not recorded.
    answers : Account or None
        What became of the rows that were read; None in documents of older versions.
    """

    labels: tuple[str, str]
    fits: tuple[ScopedFit, ...]
    pooled: PooledFit | None
    continua: tuple[str, ...]
    participants: tuple[str, ...]
    findings: tuple[Finding, ...]
    stimuli: tuple[str, ...] = ()
    answers: Account | None = None

    def of(self, scope: str) -> tuple[ScopedFit, ...]:
        """Return the fits of a scope."""
        return tuple(fit for fit in self.fits if fit.scope == scope)


def fit_categories(collected: Collected, settings: FitSettings) -> CategoryResult:
    """Return psychometric functions per participant, per identity and pooled.

    Raises
    ------
    InputError
        If all answers are the same label.
    """
    answers, second = collected.answers, collected.labels[1]
    if len({a.response for a in answers}) == 1:
        raise InputError(
            f'every answer is "{answers[0].response}": there is no point of equality',
            remedy="check the response column",
        )
    generator = np.random.default_rng(settings.seed)
    findings = list(collected.findings)
    fits = []
    for scope, names in (
        ("pooled", (None,)),
        ("continuum", collected.continua),
        ("participant", collected.participants),
    ):
        for name in names:
            part = [a for a in answers if name in (None, _key(collected, a, scope))]
            fits.append(
                _fit(collected, part, scope, name, settings, generator, findings)
            )
    fits += _cells(collected, second, settings.axis)
    pooled = _pool(collected, settings, generator)
    if pooled is None or pooled.hierarchical is None:
        findings.append(
            Finding(
                "not-pooled",
                "warning",
                "differences between participants and identities cannot be estimated "
                "from these answers; there is no hierarchical fit",
            )
        )
    enough = len(collected.participants) >= MIN_PARTICIPANTS
    if enough and pooled is not None and pooled.random_slopes is None:
        findings.append(
            Finding(
                "no-random-slopes",
                "note",
                "these answers do not determine how participants differ in their "
                "slopes: the JND over all answers is that of random intercepts, which "
                "is too large where they do",
            )
        )
    fits = [_with_intervals(one, collected, pooled) for one in fits]
    bare = [one for one in fits if one.interval_source == NO_INTERVAL]
    if bare:
        findings.append(
            Finding(
                "no-interval",
                "warning",
                "PSE and JND of several participants have intervals only where "
                f"participants are drawn again, from {MIN_PARTICIPANTS} of them on",
                value=float(len(collected.participants)),
                limit=float(MIN_PARTICIPANTS),
            )
        )
    return CategoryResult(
        labels=collected.labels,
        fits=tuple(fits),
        pooled=pooled,
        continua=collected.continua,
        participants=collected.participants,
        findings=tuple(findings),
        stimuli=collected.shown,
        answers=collected.account,
    )


def _pool(
    collected: Collected, settings: FitSettings, generator: np.random.Generator
) -> PooledFit | None:
    """Return the pooled fits; None where all answers together have no function."""
    try:
        return pool(
            crossed_counts(collected, settings.axis),
            generator,
            link=settings.link,
            n_samples=settings.samples,
        )
    except InputError:
        return None


def _with_intervals(
    one: ScopedFit, collected: Collected, pooled: PooledFit | None
) -> ScopedFit:
    """Return a fit with the intervals that hold for it.

    The answers of a participant are not independent of each other given the function of
    all: the likelihood of several participants takes them to be, and its intervals
    contain the truth far too rarely.
    """
    if one.fit is None:
        return one
    who = {
        a.participant
        for a in collected.answers
        if one.continuum_id in (None, collected.continuum(a.stimuli[0]))
    }
    if one.scope == "participant" or len(who) == 1:
        ends: tuple[Interval | None, ...] = one.fit.pse_score, one.fit.jnd_score
        return replace(
            one, pse_interval=ends[0], jnd_interval=ends[1], interval_source=SCORE_TESTS
        )
    if pooled is not None and one.scope == "pooled":
        ends = pooled.interval_of("naive_pse"), pooled.interval_of("naive_jnd")
    elif pooled is not None and one.continuum_id is not None:
        place = collected.continua.index(one.continuum_id)
        ends = pooled.of_identity("pse", place), pooled.of_identity("jnd", place)
    else:
        ends = None, None
    source = NO_INTERVAL if ends == (None, None) else PARTICIPANTS
    return replace(
        one, pse_interval=ends[0], jnd_interval=ends[1], interval_source=source
    )


def _key(collected: Collected, answer: Answer, scope: str) -> str:
    if scope == "participant":
        return answer.participant
    return collected.continuum(answer.stimuli[0])


def counts_of(
    collected: Collected, answers: Iterable[Answer], axis: str
) -> tuple[Array, Array, Array]:
    """Return levels, answers for the second label, and answers."""
    table: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for a in answers:
        row = table[collected.place(a.stimuli[0], axis)]
        row[0] += a.response == collected.labels[1]
        row[1] += 1
    levels = np.array(sorted(table))
    counts = np.array([table[x] for x in sorted(table)], float)
    return levels, counts[:, 0], counts[:, 1]


def crossed_counts(collected: Collected, axis: str) -> CrossedCounts:
    """Return counts by identity, participant and level."""
    places = {
        name: np.array(
            sorted(
                {
                    collected.place(a.stimuli[0], axis)
                    for a in collected.answers
                    if collected.continuum(a.stimuli[0]) == name
                }
            )
        )
        for name in collected.continua
    }
    width = max(map(len, places.values()))
    shape = (len(places), len(collected.participants), width)
    # Identities with fewer levels are padded with levels without answers.
    levels = np.array(
        [np.append(x, x[-1] + 1 + np.arange(width - len(x))) for x in places.values()]
    )
    K, N = np.zeros(shape), np.zeros(shape)
    rows = {name: k for k, name in enumerate(places)}
    columns = {name: k for k, name in enumerate(collected.participants)}
    for a in collected.answers:
        name = collected.continuum(a.stimuli[0])
        x = int(np.searchsorted(places[name], collected.place(a.stimuli[0], axis)))
        at = rows[name], columns[a.participant], x
        K[at] += a.response == collected.labels[1]
        N[at] += 1
    return CrossedCounts(levels, K, N)


def _fit(
    collected: Collected,
    answers: list[Answer],
    scope: str,
    name: str | None,
    settings: FitSettings,
    generator: np.random.Generator,
    findings: list[Finding],
) -> ScopedFit:
    """Return the fit of some answers; findings are added."""
    x, K, N = counts_of(collected, answers, settings.axis)
    where = name or "all answers"
    ids = (
        name if scope == "continuum" else None,
        name if scope != "continuum" else None,
    )
    counted = ScopedFit(scope, *ids, len(answers), *_without_model(x, K, N))
    if len(x) < 2:
        findings.append(
            Finding("one-level", "warning", "only one level was shown", where=where)
        )
        return counted
    if all_same(K, N):
        only = collected.labels[int(K.sum() > 0)]
        findings.append(
            Finding(
                "all-alike",
                "warning",
                f'all {len(answers)} answers are "{only}": there is no point of '
                "equality",
                where=where,
            )
        )
        return counted
    try:
        fit = fit_psychometric(x, K, N, link=settings.link)
    except InputError as error:
        findings.append(Finding("no-fit", "warning", str(error.problem), where=where))
        return counted
    goodness = None
    if settings.samples:
        goodness = goodness_of_fit(fit, generator, n_samples=settings.samples)
    findings += on_fit(fit, goodness, where)
    lapses = None
    if settings.lapses == "none" and scope != "participant":
        findings += on_missing_lapses(fit, where)
    if settings.lapses != "none":
        try:
            lapses = fit_with_lapses(x, K, N, rates=settings.lapses, link=settings.link)
            findings += on_lapses(lapses, where)
        except InputError as error:
            findings.append(
                Finding("no-lapse-fit", "warning", str(error.problem), where=where)
            )
    return ScopedFit(
        scope,
        *ids,
        len(answers),
        counted.balance,
        counted.spearman_karber,
        fit,
        goodness,
        lapses,
    )


def _without_model(x: Array, K: Array, N: Array) -> tuple[float, float]:
    balance = balance_point(K, N)
    return balance, spearman_karber(x, K, N) if len(x) > 1 else float(x[0])


def _cells(collected: Collected, second: str, axis: str) -> list[ScopedFit]:
    """Return the balance point of every participant on every continuum."""
    parts: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for a in collected.answers:
        parts[a.participant, collected.continuum(a.stimuli[0])].append(a)
    return [
        ScopedFit(
            "cell",
            continuum,
            person,
            len(part),
            *_without_model(*counts_of(collected, part, axis)),
        )
        for (person, continuum), part in sorted(parts.items())
    ]
