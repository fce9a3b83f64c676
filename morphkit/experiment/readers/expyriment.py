"""Data files of Expyriment (.xpd): a CSV below lines that begin with "#"."""

from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit.experiment.answer import Answers
from morphkit.experiment.readers.trial_rows import answers_from_table


def read(path: Path) -> Answers:
    """Return the answers in a data file (``data/*.xpd``) of Expyriment.

    The participant is the number that Expyriment calls ``subject_id``.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    where = str(path)
    text = read_text(path, fallback=WINDOWS)
    # Comments become blank lines, so that messages name the lines of the file.
    kept = "\n".join("" if line[:1] == "#" else line for line in text.splitlines())
    return answers_from_table(kept, where=where, participant="subject_id")
