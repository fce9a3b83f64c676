"""Data files of PsychoPy: the wide CSV that an exported experiment saves."""

from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit.experiment.answer import Answers
from morphkit.experiment.readers.trial_rows import answers_from_table


def read(path: Path) -> Answers:
    """Return the answers in a data file (``data/*.csv``) of PsychoPy or Pavlovia.

    A trial that was broken off with the escape key is left out.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    where = str(path)
    text = read_text(path, fallback=WINDOWS)
    # The script writes the scale of the pictures when a trial ends, and only then.
    return answers_from_table(text, where=where, broken_off="picture_scale")
