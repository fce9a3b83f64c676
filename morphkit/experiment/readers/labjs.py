"""Data files of the lab.js experiment."""

from pathlib import Path

from morphkit.experiment.answer import Answers
from morphkit.experiment.readers.stage_rows import read_answers_of_stage


def read(path: Path) -> Answers:
    """Return the answers in a CSV file that the lab.js experiment saved.

    lab.js adds columns of its own, and rows for pages; both are left out.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    return read_answers_of_stage(path)
