"""Answers from rows that repeat the columns of an exported trial table.

PsychoPy, OpenSesame, Expyriment and the Psychtoolbox script write a row for each trial
with the columns of the trial table and ``chosen_choice`` and ``answer_seconds``; what
other programs write is brought into that form. Files differ between programs; the
meaning of a row does not.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from morphkit._core.tables import read_table, rows_by_column
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Account, Answer, Answers
from morphkit.experiment.design import MOST_CHOICES
from morphkit.experiment.designs import current_name
from morphkit.experiment.participant_codes import parted_code
from morphkit.experiment.readers.cells import decimal, details_in, digests_in

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
) -> Answers:
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
    rows = list(rows)
    trials = [row for row in rows if row.get("trial_order", "") not in NOTHING]
    if not trials:
        raise InputError(
            "contains no trial",
            where=where,
            allowed="a data file of an experiment that morphkit exported",
        )
    needed = (*NEEDED, participant)
    missing = [name for name in needed if any(name not in row for row in trials)]
    if missing:
        raise InputError(
            f"has no column {', '.join(missing)}",
            where=where,
            allowed="a data file of an experiment that morphkit exported",
        )
    answers: list[Answer] = []
    errors: list[InputError] = []
    places = [f"{where}: trial {row['trial_order']}" for row in trials]
    for row, place in zip(trials, places, strict=True):
        try:
            answers.append(_answer(row, row[participant], seconds))
        except InputError as error:
            errors.append(error.at(place))
    raise_all(errors)
    account = Account(len(rows), len(answers), {"no-trial": len(rows) - len(trials)})
    return Answers(tuple(answers), (), account, tuple(places))


def answers_from_table(
    text: str,
    *,
    where: str,
    participant: str = "participant",
    broken_off: str = "",
) -> Answers:
    """Return the answers in a table of such rows.

    Parameters
    ----------
    text : str
    where : str
        File, for messages.
    participant : str, optional
        Column that holds the code of the participant.
    broken_off : str, optional
        Column that is empty in a trial that never ended.

    Raises
    ------
    InputError
        As `answers_from_rows`, or if the text is no table.
    """
    lines = read_table(text, where=where, delimiters=",;\t")
    rows = rows_by_column(lines, where=where)
    ended = [row for row in rows if not broken_off or row.get(broken_off)]
    if rows and not ended:
        raise InputError(
            "it has no completed trial",
            where=where,
            allowed="a data file of an experiment that morphkit exported",
        )
    found = answers_from_rows(ended, where=where, participant=participant)
    left = [row for row in rows if broken_off and not row.get(broken_off)]
    begun = sum(row.get("trial_order", "") not in NOTHING for row in left)
    more = {
        "repeated-header": len(lines) - 1 - len(rows),
        "broken-off": begun,
        "no-trial": len(left) - begun,
    }
    return replace(found, account=found.account + Account(sum(more.values()), 0, more))


def _answer(row: Mapping[str, str], participant: str, seconds: float) -> Answer:
    """Return the answer of one row."""
    names = (row.get(f"stimulus_{place}", "") for place in range(1, 5))
    question = row.get("question_name", "")
    rt = row["answer_seconds"]
    person, session = parted_code(_whole(participant) if participant else "")
    details = details_in(row, {"list": "list_number"}) | _started(row)
    if shown := _choices(row):
        details["choice_order"] = "|".join(shown)
    return Answer(
        participant=person,
        order=_order(row["trial_order"]),
        stimuli=tuple(name for name in names if name not in NOTHING),
        response=_response(row),
        design=current_name(row["design_kind"]),
        phase=row["phase_name"],
        question="" if question in NOTHING else question,
        # Milliseconds have decimals; dividing must not add digits to them.
        rt_seconds=None
        if rt in NOTHING
        else _number(rt, "answer_seconds")
        if seconds == 1
        else round(_number(rt, "answer_seconds") * seconds, 6),
        session=session or details.get("started", ""),
        image_digests=digests_in(row.get("image_digests", "")),
        details=details,
        visit=_word(row, "visit_name"),
        arm=_word(row, "arm_code"),
    )


#: PsychoPy's way to write a date: 2026-11-29_12h30.15.123.
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)_(\d\d)h(\d\d)\.(\d\d)")


def _started(row: Mapping[str, str]) -> dict[str, str]:
    """Return when the session of a row began."""
    found = _DATE.match(row.get("date", ""))
    return {"started": "{}T{}:{}:{}".format(*found.groups())} if found else {}


def _word(row: Mapping[str, str], column: str) -> str:
    """Return a word of the design; empty where a row has none."""
    cell = row.get(column, "")
    return "" if cell in NOTHING else cell


def _order(text: str) -> int:
    """Return the number of a trial."""
    number = _number(text, "trial_order")
    if number != int(number):
        raise InputError(f'trial_order is "{text}"', allowed="a whole number from 1")
    return int(number)


def _whole(text: str) -> str:
    """Return the code of a participant; a whole number without the ".0" of a table."""
    return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


def _choices(row: Mapping[str, str]) -> list[str]:
    """Return the choices of a row, from the left; none of a rating."""
    names = (f"choice_{place}" for place in range(1, MOST_CHOICES + 1))
    return [row[name] for name in names if row.get(name, "") not in NOTHING]


def _response(row: Mapping[str, str]) -> str:
    """Return the label or rating that was given; empty if there was none."""
    chosen = row["chosen_choice"]
    if chosen in NOTHING:
        return ""
    choices = _choices(row)
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
    number = decimal(text)
    if number is None:
        raise InputError(f'{column} is "{text}"', allowed="a number")
    return number
