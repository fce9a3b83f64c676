"""Data files of Expyriment (.xpd): a CSV below lines that begin with "#"."""

from pathlib import Path

from morphkit.answer import Answer
from morphkit.answers.trial_rows import answers_from_rows, parse_csv
from morphkit.errors import InputError
from morphkit.files import read_bytes


def read(path: Path) -> tuple[Answer, ...]:
    """Return the answers in a data file (``data/*.xpd``) of Expyriment.

    The participant is the number that Expyriment calls ``subject_id``.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    where = str(path)
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", where=where) from None
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = parse_csv("\n".join(lines), where=where)
    return answers_from_rows(rows, where=where, participant="subject_id")
