"""Data files of Gorilla's Task Builder: a row for each event, one file for a task.

References
----------
https://support.gorilla.sc/support/walkthrough/RStudio
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.tables import read_table, rows_by_column
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Account, Answers
from morphkit.experiment.readers.cells import decimal
from morphkit.experiment.readers.trial_rows import answers_from_rows

_END = "END OF FILE"
_PERSON = "Participant Private ID"
#: Columns that Gorilla itself writes.
_NEEDED = ("Event Index", _PERSON, "Reaction Time", "Response")
#: What parts one run of the task from others.
_RUN = (_PERSON, "Tree Node Key", "Repeat Key")
#: Column of the spreadsheet -> that of a trial table.
_COLUMNS = {
    "TrialOrder": "trial_order",
    "ListNumber": "list_number",
    "NTrials": "n_trials",
    "DesignKind": "design_kind",
    "Phase": "phase_name",
    "QuestionName": "question_name",
    "LabelLeft": "choice_1",
    "LabelRight": "choice_2",
    "ScaleLeast": "scale_least",
    "ScaleGreatest": "scale_greatest",
    "Digests": "image_digests",
    **{f"Stimulus{k}": f"stimulus_{k}" for k in range(1, 5)},
}


def read(path: Path) -> Answers:
    """Return the answers in a data file (CSV) of a task, of either Task Builder.

    The second one writes "Spreadsheet: " before the columns of the spreadsheet. A trial
    is all events of its row; one without an answer ran out of time.

    Raises
    ------
    InputError
        If the file is cut off or not one of an exported task, or an answer is none of
        the two of its trial.
    """
    where = str(path)
    lines = read_table(
        read_text(path, fallback=WINDOWS), where=where, delimiters=",;\t"
    )
    events = [
        {name.removeprefix("Spreadsheet: "): cell for name, cell in row.items()}
        for row in rows_by_column(lines, where=where)
    ]
    _check(events, lines[0].cells, where)
    trials: dict[tuple[str, ...], list[Mapping[str, str]]] = defaultdict(list)
    begun: dict[tuple[str, ...], float] = {}
    for event in events:
        run = tuple(event.get(name, "") for name in _RUN)
        time = decimal(event.get("UTC Timestamp", ""))
        if time is not None:
            begun[run] = min(time, begun.get(run, time))
        if event.get("TrialOrder") and event[_PERSON]:
            trials[(*run, event["TrialOrder"])].append(event)
    rows, errors = [], []
    for key, found in trials.items():
        try:
            rows.append(_row(found, begun.get(key[:-1])))
        except InputError as error:
            errors.append(error.at(f"{where}: {key[0]}, trial {key[-1]}"))
    raise_all(errors)
    read = answers_from_rows(rows, where=where, seconds=0.001)
    others = len(lines) - 1 - len(rows)
    return replace(
        read, account=read.account + Account(others, 0, {"no-trial": others})
    )


def _check(
    events: Sequence[Mapping[str, str]], head: Sequence[str], where: str
) -> None:
    """Refuse a file of something else, and one that does not end as Gorilla's do."""
    needed = (*_NEEDED, "TrialOrder", "Stimulus1")
    names = {name.removeprefix("Spreadsheet: ") for name in head}
    missing = [name for name in needed if name not in names]
    if missing:
        raise InputError(
            f"has no column {', '.join(missing)}",
            where=where,
            allowed="the data of a task that shows a spreadsheet of morphkit's export",
            remedy="download the data of the task (not of a questionnaire) from "
            "Gorilla, in long form, with all columns",
        )
    if not events or events[-1]["Event Index"] != _END:
        raise InputError(
            f'does not end with the row "{_END}", so it is not whole',
            where=where,
            remedy="download it from Gorilla again, and do not sort or cut its rows",
        )


def _row(events: Sequence[Mapping[str, str]], begun: float | None) -> dict[str, str]:
    """Return a trial as the row of a trial table, from the events that belong to it."""
    first = events[0]
    row = {new: first.get(name, "") for name, new in _COLUMNS.items()}
    row["participant"] = first[_PERSON]
    if begun is not None:
        row["started"] = _moment(begun)
    given = [event for event in events if _is_response(event)]
    if row["choice_1"]:
        labels = {first.get("ChoiceLeft", ""): row["choice_1"]}
        labels |= {first.get("ChoiceRight", ""): row["choice_2"]}
        answers = [e for e in given if e["Response"].strip() in labels][:1]
    else:
        labels = {}
        # A slider may tell each of its moves; the last one is where it was left.
        answers = [e for e in given if decimal(e["Response"]) is not None][-1:]
    if given and not answers:
        raise InputError(
            f'the response is "{given[0]["Response"]}"',
            allowed=f"one of {list(labels)}" if labels else "a number",
            remedy="bind the two answers of the display to ChoiceLeft and ChoiceRight, "
            "so that Gorilla records these texts",
        )
    for event in answers:
        response = event["Response"].strip()
        row["chosen_choice"] = labels.get(response, response)
        row["answer_seconds"] = event["Reaction Time"]
    return {"chosen_choice": "", "answer_seconds": ""} | row


def _moment(milliseconds: float) -> str:
    """Return a time stamp of Gorilla as a date and time, UTC.

    Raises
    ------
    InputError
        If no clock shows it.
    """
    try:
        date = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OSError, OverflowError, ValueError):
        raise InputError(
            f"UTC Timestamp is {milliseconds:g}",
            allowed="milliseconds since 1970",
            remedy="download the data from Gorilla again",
        ) from None
    return date.isoformat(timespec="seconds")


def _is_response(event: Mapping[str, str]) -> bool:
    """Return whether an event is an answer: of the second or the first Task Builder."""
    if not event["Response"].strip():
        return False
    if event.get("Zone Type"):
        return event["Zone Type"].startswith("response")
    return event.get("Response Type", "response") == "response"
