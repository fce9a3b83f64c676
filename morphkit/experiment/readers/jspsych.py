"""Data files of the jsPsych experiment, from a browser or from JATOS."""

from pathlib import Path

from morphkit.experiment.answer import Answer
from morphkit.experiment.readers.stage_rows import answers_from, read_rows


def read(path: Path) -> tuple[Answer, ...]:
    """Return the answers in a CSV file that the jsPsych experiment saved.

    Files of unfinished sessions and results of JATOS have the same columns.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    return answers_from(read_rows(path), where=str(path))
