"""Data files of Expyriment (.xpd): a CSV below lines that begin with "#"."""

from pathlib import Path

from morphkit._core.files import read_text
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers.trial_rows import answers_from_rows, parse_csv


def read(path: Path) -> tuple[Answer, ...]:
    """Return the answers in a data file (``data/*.xpd``) of Expyriment.

    The participant is the number that Expyriment calls ``subject_id``.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    where = str(path)
    text = read_text(path)
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = parse_csv("\n".join(lines), where=where)
    return answers_from_rows(rows, where=where, participant="subject_id")
