"""The outcome of a training trial: change of threshold, by participant and arm.

The phases are the times that are compared, and are never pooled. *Before* is the
baseline of the first visit, *after* the test of the last visit with training;
follow-ups come later. Continua that nobody was trained on tell whether training
transfers to other faces.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.experiment.allocation import Allocation
from morphkit.experiment.analysis.outcome_values import (
    REASONS,
    TRAINED,
    TRANSFER,
    ArmSummary,
    Change,
    Comparison,
    Outcome,
    OutcomeSettings,
)
from morphkit.experiment.analysis.thresholds import Threshold, measure_thresholds
from morphkit.experiment.analysis.training_detection import (
    measure_detection,
    summarise_detection,
)
from morphkit.experiment.answer import Answer
from morphkit.pack.rows import Stimulus
from morphkit.psychophysics.change import (
    covariance_analysis,
    mean_effect,
    repeated_analysis,
)

#: 95 % of a normal distribution.
_Z = 1.959963984540054


@dataclass(frozen=True, eq=False)
class _Study:
    """The thresholds of a study, and when and on whom they were taken."""

    settings: OutcomeSettings
    by_time: Mapping[tuple[str, str, str, str], Threshold]
    arms: Mapping[str, str]
    strata: Mapping[str, str]
    sets: Mapping[str, tuple[str, ...]]
    visits: tuple[str, ...]
    occasions: tuple[tuple[str, str], ...]
    reference: str
    reasons: dict[str, str] = field(default_factory=dict)

    def value(
        self, participant: str, identities: str, occasion: tuple[str, str]
    ) -> tuple[float, float] | None:
        """Return the threshold for a set of identities, and its standard error."""
        found = [
            one.value(self.settings.threshold)
            for name in self.sets[identities]
            if (one := self.by_time.get((participant, name, *occasion))) is not None
        ]
        known = [one for one in found if one is not None]
        if len(known) < len(self.sets[identities]):
            return None
        values, errors = np.array(known).T
        return float(values.mean()), float(np.sqrt((errors**2).sum()) / len(errors))

    def arm_names(self) -> list[str]:
        """Return the names of the arms, the reference first."""
        names = sorted({*self.arms.values()})
        return sorted(names, key=lambda name: (name != self.reference, name))


def measure_outcome(
    trials: Sequence[Answer],
    stimuli: Mapping[str, Stimulus],
    labels: tuple[str, str],
    *,
    settings: OutcomeSettings,
    allocation: Allocation | None = None,
) -> Outcome:
    """Return the outcome of a training trial.

    Parameters
    ----------
    trials : sequence of Answer
        Of all phases; those without an answer, too.
    stimuli : mapping of str to Stimulus
    labels : (str, str)
    settings : OutcomeSettings
    allocation : Allocation, optional
        Names the arms, and says who is missing; arms are letters without it.
    """
    taught = [one for one in trials if one.phase.casefold() == "training"]
    tested = [one for one in trials if one.phase.casefold() in ("baseline", "test")]
    thresholds = measure_thresholds(tested, stimuli, labels)
    trained = {stimuli[one.stimuli[0]].continuum_id for one in taught}
    shown = list(dict.fromkeys(one.continuum for one in thresholds))
    sets = {
        TRAINED: tuple(name for name in shown if name in trained),
        TRANSFER: tuple(name for name in shown if name not in trained),
    }
    visits = in_order({one.visit for one in taught})
    later = in_order({one.visit for one in tested} - {*visits})
    letters = {one.participant: one.arm for one in trials}
    names = allocation.arms if allocation else {}
    arms = {who: names.get(arm, arm) or "all" for who, arm in letters.items()}
    places = allocation.by_code if allocation else {}
    arms |= {c: p.arm_name for c, p in places.items() if c not in arms}
    study = _Study(
        settings,
        {(t.participant, t.continuum, t.visit, t.phase): t for t in thresholds},
        arms,
        {code: place.stratum for code, place in places.items()},
        {name: found for name, found in sets.items() if found},
        (*visits, *later),
        occasions_of(visits, later),
        _reference(settings.reference, {*arms.values()}, names),
    )
    for who in sorted(arms):
        study.reasons[who] = _reason(study, who, letters, allocation)
    changes = _changes(study)
    detection = measure_detection(
        tested,
        stimuli,
        labels,
        arms={who: study.arms[who] for who, why in study.reasons.items() if not why},
        sets=study.sets,
        occasions=study.occasions,
    )
    return Outcome(
        thresholds,
        changes,
        tuple(_summaries(study, changes)),
        tuple(_comparisons(study, changes)),
        tuple(_flow(study, allocation)),
        tuple(f"{visit} {phase}".strip() for visit, phase in study.occasions),
        tuple(_findings(study)),
        detection=detection,
        detection_arms=summarise_detection(detection, study.arm_names()),
    )


def occasions_of(
    visits: Sequence[str], later: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return visit and phase of before, after and the follow-ups.

    Parameters
    ----------
    visits : sequence of str
        Those with training, in their order.
    later : sequence of str
        Follow-ups, in which nobody is trained.
    """
    if not visits:
        return ()
    ends = ((visits[0], "baseline"), (visits[-1], "test"))
    return (*ends, *((name, "test") for name in later))


def in_order(visits: Iterable[str]) -> list[str]:
    """Return names of visits in their order: visit-2 before visit-10.

    Examples
    --------
    >>> in_order({"visit-10", "visit-2"})
    ['visit-2', 'visit-10']
    """

    def natural(name: str) -> tuple[list[int], str]:
        return [int(digits) for digits in re.findall(r"\d+", name)], name

    return sorted(visits, key=natural)


def _reference(asked: str, arms: set[str], names: Mapping[str, str]) -> str:
    """Return the arm that others are compared with."""
    wanted = names.get(asked, asked)
    if wanted in arms:
        return wanted
    usual = [name for name in ("control", "sham") if name in arms]
    return usual[0] if usual else min(arms, default="")


def _reason(
    study: _Study,
    who: str,
    letters: Mapping[str, str],
    allocation: Allocation | None,
) -> str:
    """Return why a participant is not analysed; empty if she is."""
    if allocation is not None:
        place = allocation.by_code.get(who)
        if place is None:
            return "not-allocated"
        if who not in letters:
            return "no-answers"
        if letters[who] != place.arm:
            return "other-arm"
    if not study.occasions or TRAINED not in study.sets:
        return "no-test"
    for occasion, missing in zip(
        study.occasions[:2], ("no-baseline", "no-test"), strict=True
    ):
        for name in study.sets[TRAINED]:
            found = study.by_time.get((who, name, *occasion))
            if found is None:
                return missing
            if found.fault:
                return found.fault
    return ""


def _changes(study: _Study) -> tuple[Change, ...]:
    """Return the change of every participant who is analysed, by set."""
    found = []
    for identities in study.sets:
        for who, reason in study.reasons.items():
            times = [study.value(who, identities, one) for one in study.occasions[:2]]
            if reason or len(times) < 2 or times[0] is None or times[1] is None:
                continue
            (before, first), (after, second) = times[0], times[1]
            change, error = after - before, float(np.hypot(first, second))
            low, high = change - _Z * error, change + _Z * error
            verdict = "raised" if low > 0 else "lowered" if high < 0 else "uncertain"
            stratum = study.strata.get(who, "")
            found.append(
                Change(
                    *(who, study.arms[who], stratum, identities, before, after),
                    *(change, error, low, high, verdict),
                )
            )
    return tuple(found)


def _summaries(study: _Study, changes: Sequence[Change]) -> Iterable[ArmSummary]:
    """Yield the summary of every arm, by set."""
    for identities in study.sets:
        for arm in study.arm_names():
            own = [c for c in changes if (c.identities, c.arm) == (identities, arm)]
            if not own:
                continue
            verdicts = Counter(one.verdict for one in own)
            yield ArmSummary(
                identities,
                arm,
                len(own),
                float(np.mean([one.before for one in own])),
                float(np.mean([one.after for one in own])),
                mean_effect(np.array([one.change for one in own])),
                verdicts["raised"],
                verdicts["lowered"],
            )


def _comparisons(study: _Study, changes: Sequence[Change]) -> Iterable[Comparison]:
    """Yield the differences of arms from the reference, by both models."""
    for identities in study.sets:
        own = [one for one in changes if one.identities == identities]
        yield from _adjusted(study, own, identities)
        yield from _mixed(study, identities)


def _adjusted(
    study: _Study, own: Sequence[Change], identities: str
) -> Iterable[Comparison]:
    """Yield the differences after training, adjusted for before."""
    there = {one.arm for one in own}
    names = [name for name in study.arm_names() if name in there]
    if len(names) < 2 or names[0] != study.reference:
        return
    strata = sorted({one.stratum for one in own})
    effects = covariance_analysis(
        np.array([one.before for one in own]),
        np.array([one.after for one in own]),
        np.array([names.index(one.arm) for one in own]),
        np.array([strata.index(one.stratum) for one in own])
        if len(strata) > 1
        else None,
    )
    occasion = " ".join(study.occasions[1]).strip()
    for arm, effect in zip(names[1:], effects, strict=False):
        yield Comparison(
            identities, "ancova", occasion, arm, study.reference, len(own), effect
        )


def _mixed(study: _Study, identities: str) -> Iterable[Comparison]:
    """Yield the differences at each occasion by a mixed model.

    Who was allocated and has a threshold at some time counts, whatever is missing.
    """
    out = ("no-answers", "not-allocated", "other-arm")
    rows = [
        (value[0], who, study.arms[who], k)
        for who, reason in study.reasons.items()
        if reason not in out
        for k, occasion in enumerate(study.occasions)
        if (value := study.value(who, identities, occasion)) is not None
    ]
    there = {arm for _, _, arm, _ in rows}
    names = [name for name in study.arm_names() if name in there]
    if len(names) < 2 or names[0] != study.reference:
        return
    people = sorted({who for _, who, _, _ in rows})
    effects = repeated_analysis(
        np.array([value for value, *_ in rows]),
        np.array([people.index(who) for _, who, _, _ in rows]),
        np.array([names.index(arm) for _, _, arm, _ in rows]),
        np.array([k for *_, k in rows]),
    )
    for k, found in effects.items():
        occasion = " ".join(study.occasions[k]).strip()
        for arm, effect in zip(names[1:], found, strict=True):
            yield Comparison(
                *(identities, "mixed", occasion, arm, study.reference),
                *(len(people), effect),
            )


def _flow(
    study: _Study, allocation: Allocation | None
) -> Iterable[Mapping[str, str | int]]:
    """Yield the rows of the CONSORT table: stage, reason, number of every arm."""
    names = study.arm_names()
    by_reason: dict[str, Counter[str]] = defaultdict(Counter)
    for who, reason in study.reasons.items():
        by_reason[reason][study.arms[who]] += 1

    def row(stage: str, reason: str, counts: Mapping[str, int]) -> dict[str, Any]:
        numbers = {name: counts.get(name, 0) for name in names}
        return (
            {"stage": stage, "reason": reason}
            | numbers
            | {"total": sum(numbers.values())}
        )

    if allocation is not None:
        yield row("allocated", "", Counter(one.arm_name for one in allocation.places))
    everyone = Counter(
        study.arms[who] for who, why in study.reasons.items() if why != "no-answers"
    )
    yield row("answered", "", everyone)
    for visit in study.visits:
        here = {key[0] for key in study.by_time if key[2] == visit}
        if visit:
            yield row(f"tested in {visit}", "", Counter(study.arms[w] for w in here))
    for reason, said in REASONS.items():
        if by_reason[reason]:
            yield row("excluded", said, by_reason[reason])
    yield row("analysed", "", by_reason[""])


def _findings(study: _Study) -> Iterable[Finding]:
    """Yield what a reader of the outcome must know."""
    for reason in ("not-allocated", "other-arm"):
        who = [one for one, why in study.reasons.items() if why == reason]
        if who:
            yield Finding(
                reason,
                "warning",
                f"{counted(len(who), 'participant')} excluded: {REASONS[reason]}",
                where=", ".join(who[:5]),
                value=len(who),
            )
    analysed = Counter(study.arms[w] for w, why in study.reasons.items() if not why)
    few = [name for name in study.arm_names() if analysed[name] < 2]
    if few:
        yield Finding(
            "few-in-arm",
            "warning",
            f"fewer than two participants are analysed of {', '.join(few)}",
            value=len(few),
        )
