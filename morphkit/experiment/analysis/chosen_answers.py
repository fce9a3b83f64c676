"""Which answers an analysis takes: of its task, of some phases and of one visit."""

from collections import Counter
from collections.abc import Iterable, Sequence

from morphkit.errors import InputError
from morphkit.experiment.answer import Answer
from morphkit.experiment.designs import DESIGNS, fitting_design

#: Phases that are not analysed: the participant learns the task.
LEARNING = ("practice", "training")


def tasks_of(answers: Iterable[Answer], phases: Sequence[str] = ()) -> Counter[str]:
    """Return the number of answers per task, without practice and training."""
    return Counter(task_of(a) for a in answers if _in_phase(a, phases))


def task_of(answer: Answer) -> str:
    """Return the task of an answer."""
    n, kind = len(answer.stimuli), DESIGNS.get(answer.design)
    if kind is None or n not in kind.n_stimuli:
        kind = DESIGNS[fitting_design(n, is_number=False)]
    return kind.task


def _in_phase(answer: Answer, phases: Sequence[str]) -> bool:
    """Return whether an answer is of some phases; of all but learning if of none."""
    phase = answer.phase.casefold()
    if phases:
        return phase in [one.casefold() for one in phases]
    return phase not in LEARNING


def why_left_out(answer: Answer, task: str, phases: Sequence[str]) -> str:
    """Return why an answer is not analysed here; "" if it is."""
    if task_of(answer) != task:
        return "other-task"
    if _in_phase(answer, phases):
        return ""
    return "learning" if answer.phase.casefold() in LEARNING else "other-phase"


def refuse_pooled_phases(answers: Sequence[Answer]) -> None:
    """Refuse answers from before and after a training as if they were of one time.

    Raises
    ------
    InputError
        With the number of answers in each phase, or in each visit.
    """
    visits = Counter(a.visit for a in answers if a.visit)
    if len(visits) > 1:
        found = ", ".join(f"{n} in {visit}" for visit, n in sorted(visits.items()))
        raise InputError(
            f"answers of several visits of a course: {found}",
            allowed="one visit at a time",
            remedy="give the files of one visit, or compare them by calibrate training",
        )
    phases = Counter(a.phase.casefold() for a in answers)
    if {"baseline", "test"} <= set(phases):
        found = ", ".join(f"{n} in {phase}" for phase, n in sorted(phases.items()))
        raise InputError(
            f"answers from before and after a training: {found}",
            allowed="one phase at a time",
            remedy="compare them by calibrate training, or analyse them apart: "
            "--phase baseline, then --phase test",
        )


#: Task -> its answers in words, and the command that analyses them.
_ANALYSES = {
    "category": ("answers with one of two labels to single images", "calibrate fit"),
    "scale": ("answers to triads or quadruples", "calibrate scale"),
    "rating": ("ratings", "calibrate norms"),
    "pair": ("answers to pairs of images", "calibrate discriminate"),
    "label": ("answers with one of several labels", "calibrate labels"),
    "probe": ("answers to a probe", "calibrate attention"),
}


def nothing_chosen(
    given: Sequence[Answer], task: str, phases: Sequence[str]
) -> InputError:
    """Return the error for answers of another task or phase."""
    found = Counter(f"{task_of(a)} in phase {a.phase}" for a in given)
    said = ", ".join(f"{n} of {name}" for name, n in sorted(found.items()))
    wanted, _ = _ANALYSES[task]
    others = dict.fromkeys(task_of(a) for a in given if task_of(a) != task)
    known = [_ANALYSES[other] for other in others if other in _ANALYSES]
    remedies = [f"analyse them by {command}" for _, command in known]
    if task == "category" and "rating" in others:
        remedies.append(
            "if the numbers are codes of labels, translate them: --recode CODE=LABEL"
        )
    return InputError(
        f"there are no {wanted}; found: {said or 'nothing'}",
        allowed=f"phases {', '.join(phases)}" if phases else "",
        remedy="; ".join(remedies),
    )
