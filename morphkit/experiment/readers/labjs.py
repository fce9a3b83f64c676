"""Data files of the lab.js experiment."""

from pathlib import Path

from morphkit.experiment.answer import Answer
from morphkit.experiment.readers.stage_rows import answers_from, read_rows


def read(path: Path) -> tuple[Answer, ...]:
    """Return the answers in a CSV file that the lab.js experiment saved.

    lab.js adds columns of its own, and rows for pages; both are left out.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    return answers_from(read_rows(path), where=str(path))
