"""Reaction times of the answers that were analysed, by what was shown."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from morphkit.experiment.analysis.answers import Collected
from morphkit.experiment.answer import Answer
from morphkit.psychophysics.reaction_times import TypicalTime, typical_time


@dataclass(frozen=True)
class ReactionTime:
    """Reaction times to one kind of trial of a continuum.

    Parameters
    ----------
    continuum_id : str
    shown : str
        What was shown: ``"step 3"``, ``"steps 3 and 5"``, or ``"all"``.
    time : TypicalTime
    """

    continuum_id: str
    shown: str
    time: TypicalTime

    def to_row(self) -> dict[str, Any]:
        """Return the row of a table; also the JSON object."""
        return {
            "continuum_id": self.continuum_id,
            "shown": self.shown,
            "n_participants": self.time.n_participants,
            "n_answers": self.time.n_answers,
            "rt_seconds": self.time.median,
            "rt_low": self.time.low,
            "rt_high": self.time.high,
        }


def reaction_times(collected: Collected) -> tuple[ReactionTime, ...]:
    """Return the reaction times to each continuum, as a whole and by what was shown.

    Single images and pairs are told apart; triads and quadruples, of which there are
    many, only by their continuum. Without times there are none.
    """
    groups: dict[tuple[str, tuple[int, ...]], dict[str, list[float]]] = {}
    for one in collected.answers:
        if one.rt_seconds is None:
            continue
        name = collected.continuum(one.stimuli[0])
        for steps in {(), _steps(collected, one)}:
            own = groups.setdefault((name, steps), defaultdict(list))
            own[one.participant].append(one.rt_seconds)
    found = []
    for name in collected.continua:
        for (continuum, steps), people in sorted(groups.items()):
            time = typical_time(list(people.values())) if continuum == name else None
            if time is not None:
                found.append(ReactionTime(name, _said(steps), time))
    return tuple(found)


def _steps(collected: Collected, answer: Answer) -> tuple[int, ...]:
    """Return the steps of an image or a pair, in their order; none of more images."""
    if len(answer.stimuli) > 2:
        return ()
    return tuple(sorted(int(collected.place(s, "step")) for s in answer.stimuli))


def _said(steps: tuple[int, ...]) -> str:
    """Return in words what was shown."""
    if not steps:
        return "all"
    if len(steps) == 1:
        return f"step {steps[0]}"
    return "steps " + " and ".join(map(str, steps))
