"""Data files of Inquisit (.iqdat): a table between tabs, a row for each trial.

References
----------
https://www.millisecond.com/support/docs/v6/html/language/datarecording.htm
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.tables import read_table, rows_by_column
from morphkit.errors import InputError
from morphkit.experiment.answer import Account, Answers
from morphkit.experiment.readers.trial_rows import NOTHING, answers_from_rows

_NEEDED = ("subject", "latency", "chosen", "trial_order", "stimulus_1")


def read(path: Path) -> Answers:
    """Return the answers in a data file, of one participant or of several.

    Inquisit writes "values." before the names of values, or does not, by its version.

    Raises
    ------
    InputError
        If the file is not one of an exported script, or a cell cannot be right.
    """
    where = str(path)
    lines = read_table(
        read_text(path, fallback=WINDOWS), where=where, delimiters="\t,;"
    )
    names = {_name(name) for name in lines[0].cells}
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InputError(
            f"has no column {', '.join(missing)}",
            where=where,
            allowed="the raw data (.iqdat) of a script that morphkit exported",
            remedy="give the raw data, not the summary; scripts of releases before "
            "0.2 do not record the trial: export the study again",
        )
    rows = rows_by_column(lines, where=where)
    repeated = len(lines) - 1 - len(rows)
    read = answers_from_rows(map(_row, rows), where=where, seconds=0.001)
    more = Account(repeated, 0, {"repeated-header": repeated})
    return replace(read, account=read.account + more)


def _name(column: str) -> str:
    """Return the name of a column without its kind."""
    return column.strip().casefold().removeprefix("values.")


def _row(cells: Mapping[str, str]) -> dict[str, str]:
    """Return a line as the row of a trial table."""
    row = {_name(column): cell for column, cell in cells.items()}
    chosen = row["chosen"]
    return row | {
        "participant": row["subject"],
        "chosen_choice": chosen,
        # A trial that ran out of time has the latency of its end.
        "answer_seconds": "" if chosen in NOTHING else row["latency"],
        "started": _started(row.get("date", ""), row.get("time", "")),
    }


def _started(date: str, time: str) -> str:
    """Return when a session began; older versions write mmddyy."""
    short = re.fullmatch(r"(\d\d)(\d\d)(\d\d)", date)
    day = f"20{short[3]}-{short[1]}-{short[2]}" if short else date
    return f"{day}T{time}" if day and time else day
