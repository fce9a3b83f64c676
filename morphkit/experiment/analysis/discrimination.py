"""Which steps people can see: answers of same or different."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from morphkit._core.finding import Finding
from morphkit.errors import InputError
from morphkit.experiment.analysis.answers import Collected
from morphkit.experiment.answer import DIFFERENT, Account, Answer
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.same_different import Sensitivity

_MODELS = ("differencing", "independent")


@dataclass(frozen=True)
class PairShare:
    """How often one pair of images was called different.

    Parameters
    ----------
    continuum_id : str
    step_1, step_2 : int
        The same for twice the same image.
    n, different : int
        Answers, and how many of them were "different".
    median_rt : float or None
        Seconds.
    """

    continuum_id: str
    step_1: int
    step_2: int
    n: int
    different: int
    median_rt: float | None

    def to_row(self) -> dict[str, Any]:
        """Return the row of a table."""
        return dict(vars(self)) | {"share": self.different / self.n}


@dataclass(frozen=True)
class ContinuumSensitivity:
    """How well the participants see steps of one continuum.

    Parameters
    ----------
    continuum_id : str
    n_answers : int
    participants : dict of str to Sensitivity
        Of everybody who saw both kinds of pairs.
    differencing, independent : float
        Mean d' of the participants, by both models.
    intervals : dict of str to Interval
        95 % of these means, with Student's quantiles; none of one participant.
    rt_same, rt_different : float or None
        Median reaction times to pairs of both kinds, seconds: means over participants.
    """

    continuum_id: str
    n_answers: int
    participants: dict[str, Sensitivity]
    differencing: float
    independent: float
    intervals: dict[str, Interval]
    rt_same: float | None
    rt_different: float | None

    def to_row(self) -> dict[str, Any]:
        """Return the row of a table."""
        people = list(self.participants.values())
        row: dict[str, Any] = {
            "continuum_id": self.continuum_id,
            "n_participants": len(people),
            "n_answers": self.n_answers,
            "hits": _share(people, "hits", "n_different"),
            "false_alarms": _share(people, "false_alarms", "n_same"),
        }
        for name in _MODELS:
            ends = self.intervals.get(name)
            row[f"d_{name}"] = getattr(self, name)
            row[f"d_{name}_low"] = ends.low if ends else None
            row[f"d_{name}_high"] = ends.high if ends else None
        return row | {"rt_same": self.rt_same, "rt_different": self.rt_different}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object."""
        return dict(vars(self)) | {
            "participants": {k: v.to_dict() for k, v in self.participants.items()},
            "intervals": {k: v.to_dict() for k, v in self.intervals.items()},
        }


@dataclass(frozen=True)
class DiscriminationResult:
    """Everything derived from answers of same or different."""

    continua: tuple[ContinuumSensitivity, ...]
    pairs: tuple[PairShare, ...]
    findings: tuple[Finding, ...]
    stimuli: tuple[str, ...] = ()
    answers: Account | None = None


def discriminate(collected: Collected) -> DiscriminationResult:
    """Return the sensitivity to steps of every continuum, and every pair.

    Raises
    ------
    InputError
        If no participant saw pairs of both kinds in any continuum.
    """
    continua, pairs = [], []
    for name in collected.continua:
        answers = [
            a for a in collected.answers if collected.continuum(a.stimuli[0]) == name
        ]
        pairs += _pairs(collected, name, answers)
        found = _continuum(name, answers)
        if found is not None:
            continua.append(found)
    if not continua:
        raise InputError(
            "no participant answered pairs that differ and pairs that do not",
            remedy="show both: false alarms are needed beside hits",
        )
    return DiscriminationResult(
        tuple(continua),
        tuple(pairs),
        collected.findings,
        collected.shown,
        collected.account,
    )


def _continuum(name: str, answers: Sequence[Answer]) -> ContinuumSensitivity | None:
    """Return the sensitivities to one continuum, if anybody has one."""
    people: dict[str, Sensitivity] = {}
    for person in sorted({a.participant for a in answers}):
        own = [a for a in answers if a.participant == person]
        apart = [a.response == DIFFERENT for a in own if _differs(a)]
        same = [a.response == DIFFERENT for a in own if not _differs(a)]
        if apart and same:
            people[person] = Sensitivity(len(apart), len(same), sum(apart), sum(same))
    if not people:
        return None
    means, intervals = {}, {}
    for model in _MODELS:
        values = np.array([getattr(one, model) for one in people.values()])
        means[model] = float(values.mean())
        if len(values) > 1:
            error = values.std(ddof=1) / np.sqrt(len(values))
            reach = float(scipy.stats.t.ppf(0.975, len(values) - 1) * error)
            intervals[model] = Interval(
                max(means[model] - reach, 0.0), means[model] + reach, 0.95
            )
    return ContinuumSensitivity(
        continuum_id=name,
        n_answers=len(answers),
        participants=people,
        differencing=means["differencing"],
        independent=means["independent"],
        intervals=intervals,
        rt_same=_mean_of_medians(a for a in answers if not _differs(a)),
        rt_different=_mean_of_medians(a for a in answers if _differs(a)),
    )


def _differs(answer: Answer) -> bool:
    """Return whether two different images were shown."""
    return answer.stimuli[0] != answer.stimuli[1]


def _pairs(
    collected: Collected, name: str, answers: Sequence[Answer]
) -> list[PairShare]:
    """Return how often each pair of a continuum was called different."""
    by_steps: dict[tuple[int, int], list[Answer]] = {}
    for answer in answers:
        steps = sorted(int(collected.place(s, "step")) for s in answer.stimuli)
        by_steps.setdefault((steps[0], steps[1]), []).append(answer)
    return [
        PairShare(
            name,
            *steps,
            n=len(own),
            different=sum(a.response == DIFFERENT for a in own),
            median_rt=_median(own),
        )
        for steps, own in sorted(by_steps.items())
    ]


def _median(answers: Iterable[Answer]) -> float | None:
    """Return the median reaction time, if there is any."""
    times = [a.rt_seconds for a in answers if a.rt_seconds is not None]
    return float(np.median(times)) if times else None


def _mean_of_medians(answers: Iterable[Answer]) -> float | None:
    """Return the mean over participants of their median reaction times."""
    own: dict[str, list[Answer]] = {}
    for answer in answers:
        own.setdefault(answer.participant, []).append(answer)
    medians = [m for m in map(_median, own.values()) if m is not None]
    return float(np.mean(medians)) if medians else None


def _share(people: Sequence[Sensitivity], part: str, whole: str) -> float:
    """Return the share of hits or false alarms over all participants."""
    total = sum(getattr(one, whole) for one in people)
    return float(sum(getattr(one, part) for one in people) / total)
