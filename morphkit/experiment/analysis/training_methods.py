"""What a paper must say of a training trial and its outcome, in sentences."""

from collections.abc import Iterable, Mapping, Sequence

from morphkit._core.text import counted
from morphkit.experiment.analysis.outcome_values import (
    ArmSummary,
    Comparison,
    Outcome,
    OutcomeSettings,
)
from morphkit.experiment.answer import Account
from morphkit.experiment.choices import ESTIMATORS
from morphkit.psychophysics.change import Effect

_MODELS = {
    "ancova": "an analysis of covariance, adjusted for the threshold before",
    "mixed": "a linear mixed model with a random intercept for each participant (REML; "
    "standard errors CR2, degrees of freedom by Satterthwaite; Pustejovsky & Tipton, "
    "2018)",
}


def outcome_sentences(outcome: Outcome, settings: OutcomeSettings) -> Iterable[str]:
    """Yield participants, thresholds, changes and differences of a trial."""
    yield from _flow(outcome.flow)
    if outcome.answers is not None:
        yield _account(outcome.answers)
    yield _thresholds(outcome, settings)
    for one in outcome.arms:
        yield _change(one)
    for model, said in _MODELS.items():
        found = [one for one in outcome.comparisons if one.model == model]
        if found:
            yield f"Arms were compared by {said}."
            yield from map(_difference, found)


def _flow(rows: Sequence[Mapping[str, str | int]]) -> Iterable[str]:
    """Yield how many there were at each stage, by arm, and why others were excluded."""
    for row in rows:
        arms = ", ".join(
            f"{name} {n}"
            for name, n in row.items()
            if name not in ("stage", "reason", "total")
        )
        people = counted(int(row["total"]), "participant")
        reason = f" ({row['reason']})" if row["reason"] else ""
        done = str(row["stage"])
        if done != "answered":
            done = f"{'was' if row['total'] == 1 else 'were'} {done}"
        yield f"{people} {done}{reason}: {arms}."


def _account(account: Account) -> str:
    """Return what became of the rows that were read."""
    return f"Of the rows of data: {account.sentence()}."


def _thresholds(outcome: Outcome, settings: OutcomeSettings) -> str:
    """Return how thresholds were estimated, and from how many trials."""
    trials = sorted({one.n_trials for one in outcome.thresholds})
    many = " or ".join(str(n) for n in trials)
    continua = {one.continuum for one in outcome.thresholds}
    before, after = (*outcome.occasions, "", "")[:2]
    return (
        f"Thresholds, in steps, were {ESTIMATORS[settings.threshold]}, each from "
        f"{many} trials of {counted(len(continua), 'continuum', 'continua')}, before "
        f"({before}) and after training ({after})."
    )


def _change(one: ArmSummary) -> str:
    """Return the mean change of an arm."""
    changed = "of one participant" if one.change is None else _effect(one.change)
    return (
        f"{one.identities.capitalize()} identities, arm {one.arm} (n = {one.n}): from "
        f"{one.before:.2f} to {one.after:.2f}, change {changed}; {one.raised} raised "
        f"and {one.lowered} lowered beyond the 95 % interval of their own answers."
    )


def _difference(one: Comparison) -> str:
    """Return the difference of an arm from the reference."""
    return (
        f"{one.identities.capitalize()} identities, {one.occasion}, {one.arm} less "
        f"{one.reference} (n = {one.n}): {_effect(one.effect)}, t({one.effect.df:.1f}),"
        f" p = {one.effect.p:.3g}."
    )


def _effect(effect: Effect) -> str:
    """Return an estimate with its interval."""
    return f"{effect.estimate:.2f} [{effect.low:.2f} to {effect.high:.2f}]"
