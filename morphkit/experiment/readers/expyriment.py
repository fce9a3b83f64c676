"""Data files of Expyriment (.xpd): a CSV below lines that begin with "#"."""

from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.tables import read_table, rows_by_column
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers.trial_rows import answers_from_rows


def read(path: Path) -> tuple[Answer, ...]:
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
    rows = rows_by_column(read_table(kept, where=where), where=where)
    return answers_from_rows(rows, where=where, participant="subject_id")
