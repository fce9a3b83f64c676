"""CSV tables of a pack: UTF-8, LF, an empty cell is unknown."""

import csv
import io
from collections.abc import Iterable, Sequence

from morphkit.errors import InputError
from morphkit.pack.model import Row
from morphkit.pack.schema import TABLES


def format_table(name: str, rows: Iterable[Row]) -> str:
    """Return the CSV text of a table.

    Parameters
    ----------
    name : str
        Name in `morphkit.pack.schema.TABLES`.
    rows : iterable of mapping
        Values by column.
    """
    columns = [column.name for column in TABLES[name].columns]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    return text.getvalue()


def _cell(value: str | int | float | bool | None) -> str:
    """Return a value as the text of a cell; floats in full precision."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def parse_table(name: str, text: str, *, where: str) -> tuple[Row, ...]:
    """Return the rows of a CSV text, with the types of the schema.

    Raises
    ------
    InputError
        If the columns differ from the schema's or a cell has the wrong type; all
        faults together would drown the first, so the first is told with its line.
    """
    table = TABLES[name]
    try:
        lines = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise InputError(f"is no CSV table ({error})", where=where) from None
    header = [column.name for column in table.columns]
    if not lines or lines[0] != header:
        found = lines[0] if lines else []
        raise InputError(
            f"the columns are {found}", where=where, allowed=f"they should be {header}"
        )
    return tuple(
        _row(name, cells, f"{where}:{number}")
        for number, cells in enumerate(lines[1:], start=2)
    )


def _row(name: str, cells: Sequence[str], where: str) -> Row:
    """Return one line of a table as values by column."""
    columns = TABLES[name].columns
    if len(cells) != len(columns):
        raise InputError(
            f"{len(cells)} cells", where=where, allowed=f"{len(columns)} columns"
        )
    row: dict[str, str | int | float | bool | None] = {}
    for column, cell in zip(columns, cells, strict=True):
        try:
            row[column.name] = _value(column.type, cell)
        except (KeyError, ValueError):
            raise InputError(
                f'{column.name} is "{cell}"', where=where, allowed=column.type
            ) from None
    return row


def _value(kind: str, cell: str) -> str | int | float | bool | None:
    """Return the text of a cell as a value of its type."""
    if kind == "string":
        return cell
    if cell == "":
        return None
    if kind == "boolean":
        return {"1": True, "0": False}[cell]
    return int(cell) if kind == "integer" else float(cell)
