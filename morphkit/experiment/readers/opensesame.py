"""Data files of OpenSesame: logs of the desktop, of OSWeb in a browser and of JATOS."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from morphkit._core.files import WINDOWS, read_text
from morphkit.errors import InputError
from morphkit.experiment.answer import Answers
from morphkit.experiment.readers.trial_rows import (
    answers_from_rows,
    answers_from_table,
)


def read(path: Path) -> Answers:
    """Return the answers in a log of OpenSesame (CSV) or OSWeb (JSON, JATOS results).

    The participant is the number that OpenSesame calls ``subject_nr``.

    Raises
    ------
    InputError
        If the file is not one of an exported experiment, or a cell cannot be right.
    """
    where = str(path)
    text = read_text(path, fallback=WINDOWS)
    if text.lstrip()[:1] in ("{", "["):
        rows = [_text_row(row) for row in _json_rows(text, where)]
        return answers_from_rows(rows, where=where, participant="subject_nr")
    return answers_from_table(text, where=where, participant="subject_nr")


def _json_rows(text: str, where: str) -> Iterator[Mapping[str, Any]]:
    """Give the rows of a log in JSON.

    JATOS puts the results of participants one after the other without a separator, so
    values are decoded until the text ends.
    """
    decoder = json.JSONDecoder()
    place = 0
    while place < len(text):
        if text[place] in " \t\r\n":
            place += 1
            continue
        try:
            value, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise InputError(f"not JSON ({error})", where=where) from None
        yield from _rows_in(value)


def _rows_in(value: object) -> Iterator[Mapping[str, Any]]:
    """Give the rows in a decoded value: a row, a list, or a log with its data."""
    if isinstance(value, dict):
        if isinstance(value.get("data"), list):
            yield from _rows_in(value["data"])
        else:
            yield value
    elif isinstance(value, list):
        for each in value:
            yield from _rows_in(each)


def _text_row(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a row with texts for its values."""
    return {name: "" if v is None else str(v) for name, v in row.items()}
