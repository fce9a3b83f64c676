"""Data files of PsyToolkit: a line for each trial, cells between spaces.

References
----------
https://github.com/XlinCLab/PsyToolkitTools
https://github.com/condecon/psytoolkittools
"""

import re
from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.tables import read_table, rows_by_column
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Answers
from morphkit.experiment.readers.trial_rows import answers_from_rows

#: What a survey saves beside the files of its experiments.
SURVEY = "data.csv"
#: Cells of a line, in the order of the statement "save" of the script.
_CELLS = (
    *("trial", "stimuli", "choice_1", "choice_2", "phase_name"),
    *("rt", "status", "key", "end"),
)
#: Status of a trial that was not answered in time.
_TOO_SLOW = "3"
_ALLOWED = "a data file (experiment_data/*.txt) of a script that morphkit exported"


def read(path: Path) -> Answers:
    """Return the answers in the data file of one participant.

    It says nothing of the participant. In the folder of a survey that is downloaded, a
    line of ``data.csv`` names the file, and its first column the participant; else the
    participant is the name of the file.

    Raises
    ------
    InputError
        If a line has other cells than the script saves, or one of them cannot be right.
    """
    where = str(path)
    person = _participant(path)
    rows, errors = [], []
    text = read_text(path, fallback=WINDOWS)
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append(_row(line.split(), person))
        except InputError as error:
            errors.append(error.at(f"{where}:{number}"))
    # A file of something else is told once, not for each of its lines.
    raise_all(errors if rows else errors[:1])
    return answers_from_rows(rows, where=where, seconds=0.001)


def _row(cells: list[str], person: str) -> dict[str, str]:
    """Return a line as the row of a trial table."""
    cell = dict(zip(_CELLS, cells, strict=False))
    order = re.fullmatch(r"t(\d+)", cell.get("trial", ""))
    if len(cells) != len(_CELLS) or order is None:
        raise InputError(
            f"{len(cells)} cells that begin with “{cells[0]}”",
            allowed=f"{len(_CELLS)} cells in {_ALLOWED}",
            remedy="download the data again; give no other files of the survey",
        )
    late = cell["status"] == _TOO_SLOW
    if not late and cell["key"] not in ("1", "2"):
        raise InputError(
            f"key is {cell['key']}, status {cell['status']}",
            allowed="key 1 or 2, or status 3 (too slow)",
        )
    names = cell["stimuli"].split("+")
    return {
        "participant": person,
        "trial_order": order[1],
        "design_kind": "",
        "phase_name": cell["phase_name"],
        "choice_1": cell["choice_1"],
        "choice_2": cell["choice_2"],
        "chosen_choice": "" if late else cell[f"choice_{cell['key']}"],
        "answer_seconds": "" if late else cell["rt"],
    } | {f"stimulus_{k}": name for k, name in enumerate(names, start=1)}


def _participant(path: Path) -> str:
    """Return who a file is of: as the survey says, or as the file is called."""
    for folder in (path.parent, path.parent.parent):
        survey = folder / SURVEY
        if not survey.is_file():
            continue
        where = str(survey)
        lines = read_table(read_text(survey, fallback=WINDOWS), where=where)
        first = lines[0].cells[0]
        for row in rows_by_column(lines, where=where):
            if path.name in row.values() and row[first].strip():
                return row[first].strip()
    return path.stem
