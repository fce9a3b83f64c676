"""Data files of the Psychtoolbox script: one CSV for each participant."""

from pathlib import Path

from morphkit.answer import Answer
from morphkit.answers.trial_rows import answers_from_rows, parse_csv
from morphkit.errors import InputError
from morphkit.files import read_bytes


def read(path: Path) -> tuple[Answer, ...]:
    """Return the answers in a data file that ``morphkit_run.m`` wrote.

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
    return answers_from_rows(parse_csv(text, where=where), where=where)
