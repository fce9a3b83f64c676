"""Answers to a dot in the place of one of two faces: where people look.

Conventions
-----------
Times are milliseconds. The bias of a pair of labels is the mean reaction time with the
dot in the place of the second less that with the dot in the place of the first: above
0, the first is attended.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.experiment.analysis.answers import Collected, ends_of
from morphkit.experiment.analysis.label_values import Mean
from morphkit.experiment.analysis.probe_settings import ProbeSettings
from morphkit.experiment.answer import PROBE_SIDES, Account, Answer
from morphkit.experiment.intended import NEUTRAL, intended_label
from morphkit.psychophysics.attention import (
    ProbeTimes,
    SplitHalf,
    split_half_reliability,
)
from morphkit.psychophysics.resampling import mean_interval

#: Why an answer is not among those averaged, in this order -> how it is called.
REASONS = {
    "wrong": "wrong side",
    "untimed": "no reaction time",
    "too-fast": "faster than the limit",
    "too-slow": "slower than the limit",
    "outlier": "far from the participant's own mean",
}


@dataclass(frozen=True)
class PersonBias:
    """Bias of one participant for one pair of labels.

    Parameters
    ----------
    participant, first, second : str
    n_towards, n_away : int
        Answers that are averaged.
    towards, away : float
        Mean reaction times.
    bias : float
    error : float or None
        Standard error from the participant's own answers; None of fewer than two.
    """

    participant: str
    first: str
    second: str
    n_towards: int
    n_away: int
    towards: float
    away: float
    bias: float
    error: float | None


@dataclass(frozen=True)
class PairBias:
    """Mean bias over participants for one pair of labels.

    Parameters
    ----------
    first, second : str
    n_participants, n_answers : int
    towards, away, bias : Mean
        95 % intervals with participants drawn again.
    reliability : SplitHalf or None
    """

    first: str
    second: str
    n_participants: int
    n_answers: int
    towards: Mean
    away: Mean
    bias: Mean
    reliability: SplitHalf | None

    def to_row(self) -> dict[str, Any]:
        """Return the row of a table."""
        row: dict[str, Any] = {
            "first": self.first,
            "second": self.second,
            "n_participants": self.n_participants,
            "n_answers": self.n_answers,
        }
        for name in ("towards", "away", "bias"):
            row |= getattr(self, name).cells(name)
        found = self.reliability
        return row | Mean(
            found.reliability if found else None, found.interval if found else None
        ).cells("reliability")


@dataclass(frozen=True)
class ProbeResult:
    """Everything derived from answers to a probe."""

    pairs: tuple[PairBias, ...]
    people: tuple[PersonBias, ...]
    excluded: tuple[dict[str, str | int], ...]
    findings: tuple[Finding, ...]
    stimuli: tuple[str, ...] = ()
    answers: Account | None = None

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Return ``biases``, ``participants`` and ``exclusions``."""
        return {
            "biases": [one.to_row() for one in self.pairs],
            "participants": [dict(vars(one)) for one in self.people],
            "exclusions": [dict(row) for row in self.excluded],
        }


@dataclass(frozen=True)
class _Found:
    """An answer: its pair, and whether the dot was in the place of the first."""

    answer: Answer
    pair: tuple[str, str]
    is_towards: bool
    is_right: bool


def measure_probes(collected: Collected, settings: ProbeSettings) -> ProbeResult:
    """Return biases of attention, by pair of labels and participant.

    Answers are excluded for one reason each, in the order of `REASONS`, and counted.

    Parameters
    ----------
    collected : Collected
    settings : ProbeSettings

    Raises
    ------
    InputError
        If an answer does not say where the probe was, or no participant has answers
        with the probe in both places of a pair.
    """
    found = list(_found(collected))
    kept, excluded = _without_excluded(found, settings)
    people: list[PersonBias] = []
    pairs: list[PairBias] = []
    generator = np.random.default_rng(settings.seed)
    order = _pairs(collected, kept)
    for pair in order:
        own = [one for one in kept if one.pair == pair]
        times = _times(own)
        people += [_person(who, pair, one) for who, one in times.items()]
        if times:
            pairs.append(_pair(pair, times, generator, settings))
    if not pairs:
        raise InputError(
            "no participant has answers with the probe in both places of a pair",
            remedy="give all data of the participants, or wider limits (--fastest, "
            "--slowest)",
        )
    return ProbeResult(
        tuple(pairs),
        tuple(people),
        tuple(_reason_rows(found, excluded)),
        (*collected.findings, *_findings(found)),
        collected.shown,
        collected.account,
    )


def _found(collected: Collected) -> Iterable[_Found]:
    """Yield the answers, each with its pair.

    Raises
    ------
    InputError
        If an answer does not say where the probe was, or a face shows nothing.
    """
    for answer in collected.answers:
        side = answer.details.get("probe_side", "")
        if side not in PROBE_SIDES:
            raise InputError(
                f"trial {answer.order} of {answer.participant} does not say where the "
                "probe was",
                allowed="a column probe_side with left or right",
            )
        labels = [intended_label(collected.stimuli[name]) for name in answer.stimuli]
        if not all(labels) or labels[0] == labels[1]:
            raise InputError(
                f"trial {answer.order} of {answer.participant} shows no pair of "
                f"labels: {', '.join(answer.stimuli)}"
            )
        first, second = sorted(labels, key=lambda label: _rank(collected, label))
        at = labels[PROBE_SIDES.index(side)]
        yield _Found(answer, (first, second), at == first, answer.response == side)


def _rank(collected: Collected, label: str) -> tuple[bool, int]:
    """Return the place of a label: in the order of the pack, neutral last."""
    known = [name for row in collected.stimuli.values() for name in ends_of(row)]
    return label == NEUTRAL, known.index(label)


def _pairs(collected: Collected, kept: Sequence[_Found]) -> list[tuple[str, str]]:
    """Return the pairs of labels, in the order of the pack."""
    return sorted(
        {one.pair for one in kept},
        key=lambda pair: [_rank(collected, label) for label in pair],
    )


def _without_excluded(
    found: Sequence[_Found], settings: ProbeSettings
) -> tuple[list[_Found], dict[str, list[_Found]]]:
    """Return the answers that count, and the others by reason."""
    excluded: dict[str, list[_Found]] = {reason: [] for reason in REASONS}
    kept: list[_Found] = []
    for one in found:
        reason = _reason(one, settings)
        (excluded[reason] if reason else kept).append(one)
    by_person: dict[str, list[float]] = defaultdict(list)
    for one in kept:
        by_person[one.answer.participant].append(_ms(one))
    left: list[_Found] = []
    for one in kept:
        own = np.array(by_person[one.answer.participant])
        far = settings.outliers * (own.std(ddof=1) if len(own) > 1 else 0.0)
        is_far = far > 0 and abs(_ms(one) - own.mean()) > far
        (excluded["outlier"] if is_far else left).append(one)
    return left, excluded


def _reason(one: _Found, settings: ProbeSettings) -> str:
    """Return why an answer does not count by itself; empty if it does."""
    if not one.is_right:
        return "wrong"
    if one.answer.rt_seconds is None:
        return "untimed"
    if _ms(one) < settings.fastest:
        return "too-fast"
    return "too-slow" if _ms(one) > settings.slowest else ""


def _ms(one: _Found) -> float:
    """Return the reaction time of an answer that has one, milliseconds."""
    return 1000 * (one.answer.rt_seconds or 0.0)


def _times(found: Sequence[_Found]) -> dict[str, ProbeTimes]:
    """Return the times of each participant with the probe in both places."""
    both: dict[str, dict[bool, list[float]]] = defaultdict(
        lambda: {True: [], False: []}
    )
    for one in found:
        both[one.answer.participant][one.is_towards].append(_ms(one))
    return {
        who: ProbeTimes(np.array(own[True]), np.array(own[False]))
        for who, own in sorted(both.items())
        if own[True] and own[False]
    }


def _person(who: str, pair: tuple[str, str], times: ProbeTimes) -> PersonBias:
    """Return the bias of one participant."""
    kinds = (times.towards, times.away)
    error = None
    if times.can_be_halved:
        error = float(np.sqrt(sum(t.var(ddof=1) / len(t) for t in kinds)))
    return PersonBias(
        *(who, *pair),
        n_towards=len(times.towards),
        n_away=len(times.away),
        towards=float(times.towards.mean()),
        away=float(times.away.mean()),
        bias=times.bias,
        error=error,
    )


def _pair(
    pair: tuple[str, str],
    times: dict[str, ProbeTimes],
    generator: np.random.Generator,
    settings: ProbeSettings,
) -> PairBias:
    """Return the mean bias for a pair of labels."""
    people = list(times.values())

    def mean(values: Sequence[float]) -> Mean:
        interval = mean_interval(values, generator, samples=settings.samples)
        return Mean(float(np.mean(values)), interval)

    return PairBias(
        *(*pair, len(people), sum(len(t.towards) + len(t.away) for t in people)),
        mean([float(t.towards.mean()) for t in people]),
        mean([float(t.away.mean()) for t in people]),
        mean([t.bias for t in people]),
        split_half_reliability(people, generator, splits=settings.samples),
    )


def _reason_rows(
    found: Sequence[_Found], excluded: dict[str, list[_Found]]
) -> Iterable[dict[str, str | int]]:
    """Yield how many answers of each participant are left out, and why."""
    for who in sorted({one.answer.participant for one in found}):
        counts = {
            reason: sum(one.answer.participant == who for one in others)
            for reason, others in excluded.items()
        }
        n = sum(one.answer.participant == who for one in found)
        row: dict[str, str | int] = {"participant": who, "answers": n}
        row |= {reason.replace("-", "_"): k for reason, k in counts.items()}
        yield row | {"used": n - sum(counts.values())}


#: Of two sides one is right by chance; who is below this did not do the task.
LEAST_RIGHT = 0.7


def _findings(found: Sequence[_Found]) -> Iterable[Finding]:
    """Yield what a reader of the biases must know."""
    by_person: dict[str, list[bool]] = defaultdict(list)
    for one in found:
        by_person[one.answer.participant].append(one.is_right)
    poor = [who for who, own in by_person.items() if np.mean(own) < LEAST_RIGHT]
    if poor:
        yield Finding(
            "many-wrong",
            "warning",
            f"{counted(len(poor), 'participant')} with fewer than {LEAST_RIGHT:.0%} of "
            "the dots found on the right side",
            where=", ".join(poor[:5]),
            value=len(poor),
        )
