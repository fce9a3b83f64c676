"""Data files of the Psychtoolbox script: one CSV for each participant."""

from pathlib import Path

from morphkit._core.files import read_text
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers.trial_rows import answers_from_rows, parse_csv


def read(path: Path) -> tuple[Answer, ...]:
    """Return the answers in a data file that ``morphkit_run.m`` wrote.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    where = str(path)
    text = read_text(path)
    return answers_from_rows(parse_csv(text, where=where), where=where)
