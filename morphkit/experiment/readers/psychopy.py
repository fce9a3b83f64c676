"""Data files of PsychoPy: the wide CSV that an exported experiment saves."""

from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.tables import read_table, rows_by_column
from morphkit.errors import InputError
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers.trial_rows import answers_from_rows


def read(path: Path) -> tuple[Answer, ...]:
    """Return the answers in a data file (``data/*.csv``) of PsychoPy or Pavlovia.

    A trial that was broken off with the escape key is left out.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    where = str(path)
    text = read_text(path, fallback=WINDOWS)
    # Builder may be set to separate cells by semicolons or tabs.
    lines = read_table(text, where=where, delimiters=",;\t")
    rows = rows_by_column(lines, where=where)
    # The script writes the scale of the pictures when a trial ends, and only then.
    ended = [row for row in rows if row.get("picture_scale")]
    if rows and not ended:
        raise InputError(
            "it has no completed trial",
            where=where,
            allowed="a data file of an experiment that morphkit exported",
        )
    return answers_from_rows(ended, where=where)
