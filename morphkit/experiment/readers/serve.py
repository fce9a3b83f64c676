"""The file of answers of ``morphkit serve``: one row of a session a line, as JSON.

A line is whole or not there. One that does not end was being written when the power
went: nobody was told that it is kept, and the page sends it again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from morphkit._core.documents import parse_json
from morphkit._core.files import decode_text
from morphkit._core.reading import read_bytes
from morphkit._core.tables import place_of
from morphkit.errors import InputError
from morphkit.experiment.answer import Answers
from morphkit.experiment.readers.stage_rows import answers_in_rows

#: Cell of a table -> as the pages write it into one.
_WORDS = {True: "true", False: "false", None: ""}


@dataclass(frozen=True)
class ServedRow:
    """A row of a session.

    Parameters
    ----------
    session : str
        Name of the session, 16 hexadecimal digits that a page drew by chance.
    row : int
        Place in the session, from 1.
    received : str
        When it was written (UTC).
    answer : mapping of str to value
        What the page records, by column.
    """

    session: str
    row: int
    received: str
    answer: Mapping[str, Any]

    def line(self) -> bytes:
        """Return the line of the file."""
        return json.dumps(vars(self), ensure_ascii=False).encode() + b"\n"

    def cells(self) -> dict[str, str]:
        """Return the answer as the cells of a table that the page saves."""
        return {
            name: _WORDS[value] if value is None or value is True or value is False
            else str(value)
            for name, value in self.answer.items()
        }  # fmt: skip


def read(path: Path) -> Answers:
    """Return the answers in a file that ``morphkit serve`` wrote.

    Raises
    ------
    InputError
        If it is no such file, or a row cannot be right.
    """
    where = str(path)
    rows = [row.cells() for row in rows_in(read_bytes(path), where=where)]
    return answers_in_rows(rows, where=where)


def rows_in(data: bytes, *, where: str) -> Iterator[ServedRow]:
    """Yield the rows of such a file; a line that does not end is left out.

    Raises
    ------
    InputError
        If a line is no row; the message names it.
    """
    lines = data[: data.rfind(b"\n") + 1].split(b"\n")[:-1]
    for number, line in enumerate(lines, start=1):
        place = place_of(where, number)
        said = parse_json(decode_text(line, where=place), where=place)
        try:
            row = ServedRow(**said)
        except TypeError:
            row = ServedRow("", 0, "", {})
        if not (row.session and isinstance(row.answer, dict) and type(row.row) is int):
            raise InputError(
                "is no row of answers",
                where=place,
                allowed="a line that morphkit serve wrote",
                remedy="take the line out, or bring the file back as it was written",
            )
        yield row
