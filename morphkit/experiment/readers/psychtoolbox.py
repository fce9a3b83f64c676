"""Data files of the Psychtoolbox script: one CSV for each participant."""

from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit.experiment.answer import Answers
from morphkit.experiment.readers.trial_rows import answers_from_table


def read(path: Path) -> Answers:
    """Return the answers in a data file that ``morphkit_run.m`` wrote.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    where = str(path)
    text = read_text(path, fallback=WINDOWS)
    return answers_from_table(text, where=where)
