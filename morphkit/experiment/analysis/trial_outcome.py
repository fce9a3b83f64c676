"""The outcome of a training trial as a value with tables, a document and files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from morphkit._core.registry import look_up
from morphkit._core.svg import draw_sheet
from morphkit.errors import InputError
from morphkit.experiment.allocation import Allocation, read_allocation
from morphkit.experiment.analysis.answers import collect
from morphkit.experiment.analysis.documents import (
    Table,
    outcome_document,
    to_csv,
    to_json,
)
from morphkit.experiment.analysis.outcome_values import (
    REASONS,
    Outcome,
    OutcomeSettings,
)
from morphkit.experiment.analysis.training import measure_outcome
from morphkit.experiment.analysis.training_methods import outcome_sentences
from morphkit.experiment.analysis.training_plots import outcome_plots
from morphkit.experiment.analysis.values import Analysis
from morphkit.experiment.answer import Answer, Answers
from morphkit.experiment.choices import ESTIMATORS
from morphkit.pack.model import Pack
from morphkit.pack.whole import read_whole_pack, used_nevertheless
from morphkit.psychophysics.change import Effect

#: Phases of a training.
_PHASES = ("baseline", "training", "test")
#: Stands above the figure.
_TITLE = "Thresholds before and after training"


@dataclass(frozen=True, eq=False)
class TrainingOutcome(Analysis):
    """Change of threshold by participant and arm, and the differences between arms.

    Parameters
    ----------
    pack : Pack
    settings : OutcomeSettings
    result : Outcome
    """

    pack: Pack
    settings: OutcomeSettings
    result: Outcome

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object, ``training.json``."""
        return outcome_document(self.tables(), self.result, self.pack, self.settings)

    def tables(self) -> dict[str, Table]:
        """Return thresholds, changes, arms, differences, detection, and the flow."""
        return {
            "thresholds": [
                vars(one) | {"fault": REASONS.get(one.fault, "")}
                for one in self.result.thresholds
            ],
            "changes": [dict(vars(one)) for one in self.result.changes],
            "arms": [_with_effect(vars(one), "change") for one in self.result.arms],
            "differences": [
                _with_effect(vars(one), "effect") for one in self.result.comparisons
            ],
            "detection": [dict(vars(one)) for one in self.result.detection],
            "detection_arms": [one.to_row() for one in self.result.detection_arms],
            "flow": [dict(row) for row in self.result.flow],
        }

    def files(self) -> dict[str, str]:
        """Return the text of every file by its name."""
        tables = {f"{name}.csv": to_csv(rows) for name, rows in self.tables().items()}
        figure = draw_sheet(_TITLE, outcome_plots(self.result))
        return {
            "training.json": to_json(self.to_dict()),
            **tables,
            "methods.txt": " ".join(outcome_sentences(self.result, self.settings))
            + "\n",
            "changes.svg": figure,
        }


def _with_effect(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a row with an effect in cells of its own."""
    effect: Effect | None = row[name]
    cells = effect.to_dict() if effect else dict.fromkeys(Effect.__annotations__)
    kept = {key: value for key, value in row.items() if key != name}
    return kept | {
        ("change" if k == "estimate" and name == "change" else k): v
        for k, v in cells.items()
    }


def analyse_training(
    answers: Iterable[Answer],
    pack: str | Path,
    *,
    allocation: Allocation | str | Path | None = None,
    threshold: str = "count",
    reference: str = "",
    unverified: bool = False,
) -> TrainingOutcome:
    """Return the outcome of a training: thresholds before and after, by arm.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`, of all visits.
    pack : str or Path
        Folder of the pack that was shown.
    allocation : Allocation, str or Path, optional
        An allocation, or the file of its key. Without it arms are called by their
        letters, so that whoever analyses need not know them.
    threshold : str, optional
        ``"count"``, as published, or ``"fit"``.
    reference : str, optional
        Arm that others are compared with; by default the one called control, or sham,
        or the first.
    unverified : bool, optional
        Go on with a pack that is not as its ``SHA256SUMS`` says, and record it.

    Returns
    -------
    TrainingOutcome

    Raises
    ------
    InputError
        If there is no baseline and test, there is no such arm, stimuli are unknown, or
        the pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> key = mk.allocate_participants("course", 8, seed=5)
    >>> answers = mk.simulate_answers("course", "pack", allocation=key)
    >>> found = mk.analyse_training(answers, "pack", allocation=key)
    >>> [arm.arm for arm in found.result.arms]
    ['control', 'raised']
    """
    look_up(ESTIMATORS, threshold, kind="estimate of thresholds")
    if allocation is not None and not isinstance(allocation, Allocation):
        allocation = read_allocation(allocation)
    given = answers if isinstance(answers, Answers) else Answers(tuple(answers))
    shown = read_whole_pack(Path(pack), unverified=unverified)
    collected = collect(given, shown, task="category", phases=_PHASES, apart=True)
    _check(given, allocation, reference)
    settings = OutcomeSettings(threshold, reference)
    trials = [
        one
        for one in given
        if one.phase.casefold() in _PHASES and one.stimuli[0] in shown.by_id
    ]
    result = measure_outcome(
        trials,
        collected.stimuli,
        collected.labels,
        settings=settings,
        allocation=allocation,
    )
    findings = (
        *used_nevertheless(shown),
        *collected.findings,
        *result.findings,
    )
    account = collected.account
    return TrainingOutcome(
        shown, settings, replace(result, findings=findings, answers=account)
    )


def _check(answers: Answers, allocation: Allocation | None, reference: str) -> None:
    """Refuse answers without a before and after, and a reference that is no arm."""
    phases = {one.phase.casefold() for one in answers}
    missing = [phase for phase in _PHASES if phase not in phases]
    if missing:
        raise InputError(
            f"there is no answer in {' and none in '.join(missing)}",
            allowed="answers of a training: baseline, training and test",
            remedy="give the files of all visits",
        )
    arms = {one.arm for one in answers if one.arm}
    if allocation is not None:
        arms |= {*allocation.arms, *allocation.arms.values()}
    if reference and reference not in arms:
        raise InputError(
            f'there is no arm "{reference}"', allowed=", ".join(sorted(arms)) or "none"
        )
