"""Answers from rows of the browser experiments, which jsPsych and lab.js both save."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.tables import read_table, rows_by_column
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import ITEM, Account, Answer, Answers
from morphkit.experiment.designs import current_name
from morphkit.experiment.participant_codes import parted_code
from morphkit.experiment.readers.cells import (
    decimal,
    details_in,
    digests_in,
    number_text,
)

#: Columns that a row needs.
NEEDED = (
    *("participant", "order", "design", "phase", "question", "stimuli"),
    *("choice_order", "response", "rt"),
)
#: The same for every kind of row: trials, items of questionnaires, checks of attention.
_NEEDED_OF = {
    "trial": NEEDED,
    "question": ("response",),
    "check": ("order", "response", "correct_label"),
}
#: What separates cells: programs write commas, spreadsheets may save others.
DELIMITERS = ",;\t"
#: jsPsych writes nothing at all as this word.
_NOTHING = ("", "null")
_ALLOWED = "a data file of an experiment that morphkit exported"


def read_answers_of_stage(path: Path) -> Answers:
    """Return the answers in a data file of such an experiment.

    An empty response is one that came too late. JATOS joins the tables of several runs,
    each with its header, perhaps of another order.

    Raises
    ------
    InputError
        If the file is no table of such an experiment, or a cell cannot be right; all of
        them are reported together.
    """
    where = str(path)
    text = read_text(path, fallback=WINDOWS)
    lines = read_table(text, where=where, delimiters=DELIMITERS)
    rows = rows_by_column(lines, where=where)
    return answers_in_rows(rows, where=where, headers=len(lines) - 1 - len(rows))


def answers_in_rows(
    rows: Sequence[Mapping[str, str]], *, where: str, headers: int = 0
) -> Answers:
    """Return the answers in rows by column.

    Parameters
    ----------
    rows : sequence of mapping of str to str
    where : str
        Name of their file, for messages.
    headers : int, optional
        Headers that came again between them.

    Raises
    ------
    InputError
        As in `read_answers_of_stage`.
    """
    trials = [row for row in rows if row.get("screen_type", "trial") == "trial"]
    missing = dict.fromkeys(
        name
        for row in rows
        for name in _NEEDED_OF.get(row.get("screen_type", "trial"), ())
        if name not in row
    )
    if missing:
        raise InputError(
            f"has no column {', '.join(missing)}", where=where, allowed=_ALLOWED
        )
    if not trials:
        raise InputError("contains no trial", where=where, allowed=_ALLOWED)
    answers, errors, places = [], [], []
    beside = _beside(rows)
    for row in trials:
        places.append(f"{where}: trial {row['order']}")
        try:
            answers.append(_answer(row, beside[_session(row)]))
        except InputError as error:
            errors.append(error.at(places[-1]))
    raise_all(errors)
    account = Account(
        headers + len(rows),
        len(answers),
        {
            "repeated-header": headers,
            "no-trial": len(rows) - len(trials),
        },
    )
    return Answers(tuple(answers), (), account, tuple(places))


def _session(row: Mapping[str, str]) -> tuple[str, str]:
    """Return what tells sessions apart."""
    return row.get("participant", ""), row.get("started", "")


def _beside(
    rows: Iterable[Mapping[str, str]],
) -> Mapping[tuple[str, str], dict[str, str]]:
    """Return what sessions recorded beside trials: items of questionnaires, checks."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    passed: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for row in rows:
        kind = row.get("screen_type", "")
        # lab.js has a row for the page of a questionnaire, too, without an item.
        if kind == "question" and (name := _text(row.get("question", ""))):
            found[_session(row)][ITEM + name.replace(".", "_")] = _text(row["response"])
        elif kind == "check":
            right = _text(row["response"]) == _text(row["correct_label"])
            passed[_session(row)][row["order"]] = right
    for session, checks in passed.items():
        found[session]["checks_given"] = str(len(checks))
        found[session]["checks_passed"] = str(sum(checks.values()))
    return found


def _answer(row: Mapping[str, str], beside: Mapping[str, str]) -> Answer:
    """Return the answer of one row, and what was recorded beside it."""
    response = _text(row["response"])
    choices = [name for name in _text(row["choice_order"]).split("|") if name]
    if choices and response and response not in choices:
        raise InputError(f'response is "{response}"', allowed=f"one of {choices}")
    if not choices and response:
        response = number_text(_number(response, "response"))
    rt = _text(row["rt"])
    order = _number(row["order"], "order")
    if order != int(order):
        raise InputError(f'order is "{row["order"]}"', allowed="a whole number")
    person, session = parted_code(_text(row["participant"]))
    return Answer(
        participant=person,
        order=int(order),
        stimuli=tuple(filter(None, _text(row["stimuli"]).split("|"))),
        response=response,
        design=current_name(_text(row["design"])),
        phase=_text(row["phase"]),
        question=_text(row["question"]),
        # Milliseconds have decimals; dividing must not add digits to them.
        rt_seconds=round(_number(rt, "rt") / 1000, 6) if rt else None,
        session=session or _text(row.get("started", "")),
        image_digests=digests_in(row.get("image_digests", "")),
        details=details_in(row) | {k: v for k, v in beside.items() if v},
        visit=_text(row.get("visit", "")),
        arm=_text(row.get("arm", "")),
    )


def _text(cell: str) -> str:
    """Return what a cell says."""
    return "" if cell in _NOTHING else cell


def _number(cell: str, name: str) -> float:
    """Return a finite number."""
    value = decimal(cell)
    if value is None:
        raise InputError(f'{name} is "{cell}"', allowed="a number")
    return value
