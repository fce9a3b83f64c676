"""Data files of the Psychtoolbox script: one CSV for each participant."""

from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.tables import read_table, rows_by_column
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers.trial_rows import answers_from_rows


def read(path: Path) -> tuple[Answer, ...]:
    """Return the answers in a data file that ``morphkit_run.m`` wrote.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    where = str(path)
    text = read_text(path, fallback=WINDOWS)
    return answers_from_rows(
        rows_by_column(read_table(text, where=where), where=where), where=where
    )
