"""Answers from rows that repeat the columns of an exported trial table.

PsychoPy, OpenSesame, Expyriment and the Psychtoolbox script write a row for each trial
with the columns of the trial table and ``chosen_choice`` and ``answer_seconds``. Files
differ between programs; the meaning of a row does not.
"""

import math
from collections.abc import Iterable, Mapping

from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Answer
from morphkit.experiment.designs import current_name

#: Columns that a row needs; the others depend on the design.
NEEDED = (
    "trial_order",
    "design_kind",
    "phase_name",
    "stimulus_1",
    "chosen_choice",
    "answer_seconds",
)
#: Content of a cell without a value.
NOTHING = ("", "none", "None", "NA", "undefined", "null")


def answers_from_rows(
    rows: Iterable[Mapping[str, str]],
    *,
    where: str,
    participant: str = "participant",
    seconds: float = 1.0,
) -> tuple[Answer, ...]:
    """Return an answer for each row that belongs to a trial.

    Parameters
    ----------
    rows : iterable of mapping
        Cells by column. Rows without ``trial_order`` are pages between trials.
    where : str
        File, for messages.
    participant : str, optional
        Column that holds the code of the participant.
    seconds : float, optional
        Unit of ``answer_seconds``.

    Raises
    ------
    InputError
        If columns are missing, no row belongs to a trial, or a cell cannot be right;
        all faults are reported together.
    """
    trials = [row for row in rows if row.get("trial_order", "") not in NOTHING]
    if not trials:
        raise InputError(
            "contains no trial",
            where=where,
            allowed="a data file of an experiment that morphkit exported",
        )
    missing = [name for name in (*NEEDED, participant) if name not in trials[0]]
    if missing:
        raise InputError(
            f"has no column {', '.join(missing)}",
            where=where,
            allowed="a data file of an experiment that morphkit exported",
        )
    answers: list[Answer] = []
    errors: list[InputError] = []
    for row in trials:
        try:
            answers.append(_answer(row, row[participant], seconds))
        except InputError as error:
            errors.append(error.at(f"{where}: trial {row['trial_order']}"))
    raise_all(errors)
    return tuple(answers)


def _answer(row: Mapping[str, str], participant: str, seconds: float) -> Answer:
    """Return the answer of one row."""
    names = (row.get(f"stimulus_{place}", "") for place in range(1, 5))
    question = row.get("question_name", "")
    rt = row["answer_seconds"]
    return Answer(
        participant=_whole(participant) if participant else "",
        order=int(_number(row["trial_order"], "trial_order")),
        stimuli=tuple(name for name in names if name not in NOTHING),
        response=_response(row),
        design=current_name(row["design_kind"]),
        phase=row["phase_name"],
        question="" if question in NOTHING else question,
        rt_seconds=None if rt in NOTHING else _number(rt, "answer_seconds") * seconds,
    )


def _whole(text: str) -> str:
    """Return the code of a participant; a whole number without the ".0" of a table."""
    return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


def _response(row: Mapping[str, str]) -> str:
    """Return the label or rating that was given; empty if there was none."""
    chosen = row["chosen_choice"]
    if chosen in NOTHING:
        return ""
    choices = [row[name] for name in ("choice_1", "choice_2") if row.get(name)]
    if choices:
        if chosen not in choices:
            raise InputError(f'the answer "{chosen}"', allowed=f"one of {choices}")
        return chosen
    rating = _number(chosen, "chosen_choice")
    least = _number(row.get("scale_least", ""), "scale_least")
    greatest = _number(row.get("scale_greatest", ""), "scale_greatest")
    if not least <= rating <= greatest:
        raise InputError(
            f"a rating of {rating:g}", allowed=f"from {least:g} to {greatest:g}"
        )
    return f"{rating:g}"


def _number(text: str, column: str) -> float:
    """Return a cell as a finite number."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f'{column} is "{text}"', allowed="a number")
    return number
