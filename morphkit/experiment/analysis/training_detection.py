"""Whether training changed what people see or what they say: d' and criterion.

A boundary that moves makes people give the first label more often, to images that are
meant to show it and to others: criterion c falls, and d' stays. Somebody who learned to
see has a larger d'. Images half way between the labels belong to neither.

References
----------
Griffiths et al. (2015), doi:10.1016/j.psychres.2015.11.007: training raised false
alarms, and not hits corrected for them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from morphkit.experiment.answer import Answer
from morphkit.experiment.intended import intended_label
from morphkit.pack.rows import Stimulus
from morphkit.psychophysics.change import Effect, covariance_analysis, mean_effect
from morphkit.psychophysics.detection import Detection

#: What is compared before and after.
MEASURES = ("d_prime", "criterion")


@dataclass(frozen=True)
class DetectionChange:
    """Sensitivity and criterion of a participant before and after training.

    Parameters
    ----------
    participant, arm, identities : str
    hits_before, false_alarms_before, hits_after, false_alarms_after : float
        Rates, half an answer added to each kind.
    d_prime_before, d_prime_after, criterion_before, criterion_after : float
        Of the first label among images of both; below 0 it is given readily.
    """

    participant: str
    arm: str
    identities: str
    hits_before: float
    false_alarms_before: float
    hits_after: float
    false_alarms_after: float
    d_prime_before: float
    d_prime_after: float
    criterion_before: float
    criterion_after: float


@dataclass(frozen=True)
class DetectionSummary:
    """Change of d' or of the criterion in one arm.

    Parameters
    ----------
    identities, arm, measure : str
        `measure` is one of `MEASURES`.
    n : int
    before, after : float
        Means.
    change : Effect or None
        None of fewer than two participants.
    difference : Effect or None
        From the reference, by analysis of covariance; None of the reference itself.
    """

    identities: str
    arm: str
    measure: str
    n: int
    before: float
    after: float
    change: Effect | None
    difference: Effect | None

    def to_row(self) -> dict[str, Any]:
        """Return the row of a table."""
        row = {n: v for n, v in vars(self).items() if n not in ("change", "difference")}
        for name in ("change", "difference"):
            effect: Effect | None = getattr(self, name)
            row[name] = effect.estimate if effect else None
            row[f"{name}_low"] = effect.low if effect else None
            row[f"{name}_high"] = effect.high if effect else None
        return row


def measure_detection(
    trials: Iterable[Answer],
    stimuli: Mapping[str, Stimulus],
    labels: tuple[str, str],
    *,
    arms: Mapping[str, str],
    sets: Mapping[str, Sequence[str]],
    occasions: Sequence[tuple[str, str]],
) -> tuple[DetectionChange, ...]:
    """Return d' and criterion of participants before and after training.

    Parameters
    ----------
    trials : iterable of Answer
    stimuli : mapping of str to Stimulus
    labels : (str, str)
        First and second label.
    arms : mapping of str to str
        Participants who are analysed, and their arms.
    sets : mapping of str to sequence of str
        Continua by set of identities.
    occasions : sequence of (str, str)
        Visit and phase of before and after.
    """
    answers: dict[tuple[str, str, str, str], dict[str, list[bool]]] = defaultdict(
        lambda: {name: [] for name in labels}
    )
    for one in trials:
        row = stimuli[one.stimuli[0]]
        shown = intended_label(row)
        if one.response and shown in labels and one.participant in arms:
            said = one.response.casefold() == labels[0].casefold()
            key = (one.participant, row.continuum_id, one.visit, one.phase.casefold())
            answers[key][shown].append(said)
    found = []
    for identities, continua in sets.items():
        for who, arm in sorted(arms.items()):
            both = [
                _detection([answers[who, name, *occasion] for name in continua], labels)
                for occasion in occasions[:2]
            ]
            before, after = both if len(both) == 2 else (None, None)
            if before is not None and after is not None:
                found.append(
                    DetectionChange(
                        *(who, arm, identities),
                        *(before.hit_rate, before.false_alarm_rate),
                        *(after.hit_rate, after.false_alarm_rate),
                        *(before.d_prime, after.d_prime),
                        *(before.criterion, after.criterion),
                    )
                )
    return tuple(found)


def _detection(
    parts: Sequence[Mapping[str, Sequence[bool]]], labels: tuple[str, str]
) -> Detection | None:
    """Return the detection of the first label; None without images of both."""
    signal, noise = ([said for part in parts for said in part[name]] for name in labels)
    if not signal or not noise:
        return None
    return Detection(len(signal), len(noise), sum(signal), sum(noise))


def summarise_detection(
    changes: Sequence[DetectionChange], arm_names: Sequence[str]
) -> tuple[DetectionSummary, ...]:
    """Return the mean changes of every arm, and their differences from the first.

    Parameters
    ----------
    changes : sequence of DetectionChange
    arm_names : sequence of str
        The reference first.
    """
    found: list[DetectionSummary] = []
    for identities in dict.fromkeys(one.identities for one in changes):
        own = [one for one in changes if one.identities == identities]
        names = [name for name in arm_names if any(one.arm == name for one in own)]
        for measure in MEASURES:
            before, after = (
                np.array([getattr(one, f"{measure}_{when}") for one in own], float)
                for when in ("before", "after")
            )
            number = np.array([names.index(one.arm) for one in own])
            adjusted: tuple[Effect, ...] = ()
            if len(names) > 1 and names[0] == arm_names[0]:
                adjusted = covariance_analysis(before, after, number)
            for k, name in enumerate(names):
                mine = number == k
                found.append(
                    DetectionSummary(
                        *(identities, name, measure, int(mine.sum())),
                        *(float(before[mine].mean()), float(after[mine].mean())),
                        mean_effect((after - before)[mine]),
                        adjusted[k - 1] if k and adjusted else None,
                    )
                )
    return tuple(found)
