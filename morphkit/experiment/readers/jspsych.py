"""Data files of the jsPsych experiment, from a browser or from JATOS."""

from pathlib import Path

from morphkit.experiment.answer import Answers
from morphkit.experiment.readers.stage_rows import read_answers_of_stage


def read(path: Path) -> Answers:
    """Return the answers in a CSV file that the jsPsych experiment saved.

    Files of unfinished sessions and results of JATOS have the same columns.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    return read_answers_of_stage(path)
