"""Data files of Qualtrics (CSV): a row for each participant, a column for each trial.

The table that the export wrote, `KEY`, says what the columns are.

References
----------
https://www.qualtrics.com/support/survey-platform/data-and-analysis-module/data/download-data/understanding-your-dataset/
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.tables import TableLine, read_table, rows_by_column
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Account, Answers
from morphkit.experiment.design import MOST_CHOICES
from morphkit.experiment.readers.trial_rows import NOTHING, answers_from_rows

#: The table of an export that says which trial a column is.
KEY = "qualtrics_key.csv"
#: Columns that this table must have.
_NEEDED = ("trial_id", "list_number", "trial_order")
#: Columns that name a participant: embedded data before what Qualtrics counts.
_PERSON = ("participant", "ExternalReference", "ExternalDataReference", "ResponseId")
#: What a row from a preview of the survey has; texts are in the language of its maker.
_PREVIEW = {"Status": ("1", "Survey Preview"), "DistributionChannel": ("preview",)}


def read(path: Path) -> Answers:
    """Return the answers in a CSV export, with choice text or numeric values.

    A participant is what the embedded data ``participant`` or the external reference
    says, else the id of the response. Trials after the last answer were not reached,
    those without one before it left out; Qualtrics records no reaction times here.

    Raises
    ------
    InputError
        If `KEY` is not beside the file, the file is none of such a survey, or an
        answer is none of the two of its trial.
    """
    where = str(path)
    trials = _key(path)
    lines = read_table(
        read_text(path, fallback=WINDOWS), where=where, delimiters=",;\t"
    )
    head = lines[0].cells
    columns = [name for name in head if name in trials]
    if not columns:
        raise InputError(
            f"has no column of a trial ({', '.join(list(trials)[:3])}, …)",
            where=where,
            allowed="the data of a survey that was imported from morphkit's export",
            remedy="export the data as CSV with the ids of the questions as column "
            f"names, and give the {KEY} of the same export",
        )
    people = [row for row in lines[1:] if any(map(str.strip, row.cells))]
    people = _below_header(people)
    rows, previews = [], 0
    errors: list[InputError] = []
    for line in people:
        try:
            cells = line.by_column(head, where=where)
        except InputError as error:
            errors.append(error)
            continue
        if any(cells.get(name) in said for name, said in _PREVIEW.items()):
            previews += 1
            continue
        for name in _reached(cells, columns, trials):
            try:
                rows.append(_row(cells, name, trials[name]))
            except InputError as error:
                errors.append(error.at(f"{where}:{line.number}"))
    raise_all(errors)
    read = answers_from_rows(rows, where=where)
    more = Account(previews, 0, {"no-trial": previews})
    return replace(read, account=read.account + more)


def _key(path: Path) -> dict[str, dict[str, str]]:
    """Return the trials of the survey by the names of their questions."""
    key = path.parent / KEY
    if not key.is_file():
        raise InputError(
            f"{KEY} is not beside it, which says what its columns are",
            where=str(path),
            remedy=f"copy {KEY} from the folder of the export to {path.parent}",
        )
    lines = read_table(read_text(key, fallback=WINDOWS), where=str(key))
    rows = rows_by_column(lines, where=str(key))
    again = f"copy {KEY} from the folder of the export again"
    if missing := [name for name in _NEEDED if any(name not in row for row in rows)]:
        raise InputError(
            f"has no column {', '.join(missing)}", where=str(key), remedy=again
        )
    raise_all(
        InputError(
            f'trial_order is "{row["trial_order"]}"',
            where=f"{key}: {row['trial_id']}",
            allowed="a whole number",
            remedy=again,
        )
        for row in rows
        if not re.fullmatch(r"[0-9]{1,6}", row["trial_order"])
    )
    return {row["trial_id"]: row for row in rows}


def _below_header(lines: Sequence[TableLine]) -> list[TableLine]:
    """Return the lines of participants: below question texts and ids, if these are."""
    ids = [k for k, line in enumerate(lines[:2]) if '{"ImportId"' in line.cells[0]]
    return list(lines[ids[0] + 1 :]) if ids else list(lines)


def _reached(
    cells: Mapping[str, str],
    columns: Sequence[str],
    trials: Mapping[str, Mapping[str, str]],
) -> list[str]:
    """Return the trials of a participant up to the last answer of each list."""
    reached = []
    for number in dict.fromkeys(trials[name]["list_number"] for name in columns):
        shown = [name for name in columns if trials[name]["list_number"] == number]
        shown.sort(key=lambda name: int(trials[name]["trial_order"]))
        given = [k for k, name in enumerate(shown) if cells[name].strip()]
        reached += shown[: given[-1] + 1] if given else []
    return reached


def _row(
    cells: Mapping[str, str], name: str, trial: Mapping[str, str]
) -> dict[str, str]:
    """Return the answer of a participant to a trial as the row of a trial table."""
    person = next((cells[n] for n in _PERSON if cells.get(n, "").strip()), "")
    return {
        **trial,
        "participant": person,
        "started": cells.get("StartDate", "").replace(" ", "T"),
        "chosen_choice": _chosen(cells[name].strip(), name, trial),
        "answer_seconds": "",
    }


def _chosen(cell: str, name: str, trial: Mapping[str, str]) -> str:
    """Return the label of a choice, which is told by its number or its text."""
    if cell in NOTHING or not trial.get("choice_1"):
        return "" if cell in NOTHING else cell
    places = range(1, MOST_CHOICES + 1)
    labels = {str(k): trial.get(f"choice_{k}", "") for k in places}
    for k in places:
        text = trial.get(f"choice_text_{k}", "")
        labels |= {_plain(text): trial.get(f"choice_{k}", "")} if text else {}
    labels = {name: label for name, label in labels.items() if label}
    if not labels.get(_plain(cell)):
        raise InputError(
            f'{name} is "{cell}"',
            allowed=f"one of {list(labels)}",
            remedy="export the data with numeric values, unless they were recoded",
        )
    return labels[_plain(cell)]


def _plain(text: str) -> str:
    """Return a text as it is compared: without HTML's signs and further blanks."""
    return " ".join(html.unescape(text).split())
