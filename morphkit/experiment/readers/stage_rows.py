"""Answers from rows of the browser experiments, which jsPsych and lab.js both save."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.tables import read_table, rows_by_column
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Answer
from morphkit.experiment.designs import current_name

#: Columns that a row needs.
NEEDED = (
    *("participant", "order", "design", "phase", "question", "stimuli"),
    *("choice_order", "response", "rt"),
)
#: jsPsych writes nothing at all as this word.
_NOTHING = ("", "null")
_ALLOWED = "a data file of an experiment that morphkit exported"


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a data file that belong to trials.

    Raises
    ------
    InputError
        If the file is no CSV table of such an experiment.
    """
    where = str(path)
    text = read_text(path, fallback=WINDOWS)
    rows = rows_by_column(read_table(text, where=where), where=where)
    trials = [
        row
        for row in rows
        if row.get("screen_type", "trial") == "trial"
        # JATOS joins the tables of several runs, each with its header.
        and row.get("order") != "order"
    ]
    missing = [name for name in NEEDED if trials and name not in trials[0]]
    if missing:
        raise InputError(
            f"has no column {', '.join(missing)}", where=where, allowed=_ALLOWED
        )
    if not trials:
        raise InputError("contains no trial", where=where, allowed=_ALLOWED)
    return trials


def answers_from(
    rows: Iterable[Mapping[str, str]], *, where: str
) -> tuple[Answer, ...]:
    """Return an answer for each row; an empty response is one that came too late.

    Raises
    ------
    InputError
        If a cell cannot be right; all of them are reported together.
    """
    answers, errors = [], []
    for row in rows:
        try:
            answers.append(_answer(row))
        except InputError as error:
            errors.append(error.at(f"{where}: trial {row['order']}"))
    raise_all(errors)
    return tuple(answers)


def _answer(row: Mapping[str, str]) -> Answer:
    """Return the answer of one row."""
    response = _text(row["response"])
    choices = [name for name in _text(row["choice_order"]).split("|") if name]
    if choices and response and response not in choices:
        raise InputError(f'response is "{response}"', allowed=f"one of {choices}")
    if not choices and response:
        _number(response, "response")
    rt = _text(row["rt"])
    order = _number(row["order"], "order")
    if order != int(order):
        raise InputError(f'order is "{row["order"]}"', allowed="a whole number")
    return Answer(
        participant=_text(row["participant"]),
        order=int(order),
        stimuli=tuple(filter(None, _text(row["stimuli"]).split("|"))),
        response=response,
        design=current_name(_text(row["design"])),
        phase=_text(row["phase"]),
        question=_text(row["question"]),
        # Milliseconds have decimals; dividing must not add digits to them.
        rt_seconds=round(_number(rt, "rt") / 1000, 6) if rt else None,
    )


def _text(cell: str) -> str:
    """Return what a cell says."""
    return "" if cell in _NOTHING else cell


def _number(cell: str, name: str) -> float:
    """Return a finite number."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f'{name} is "{cell}"', allowed="a number")
    return value
