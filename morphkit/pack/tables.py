"""CSV tables of a pack: UTF-8, LF, an empty cell is unknown."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from morphkit.errors import InputError
from morphkit.pack.rows import ContinuumRow, IdentityRow, NormRow, Stimulus
from morphkit.pack.schema import Column, columns_of

R = TypeVar("R", IdentityRow, ContinuumRow, Stimulus, NormRow)

_Value = str | int | float | bool | None


def format_table(kind: type[R], rows: Iterable[R]) -> str:
    """Return the CSV text of a table.

    Parameters
    ----------
    kind : type
        Type of the rows.
    rows : iterable
        The rows, in order.
    """
    columns = [column.name for column in columns_of(kind)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(getattr(row, column)) for column in columns])
    return text.getvalue()


def _cell(value: _Value) -> str:
    """Return a value as the text of a cell; floats in full precision."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def parse_table(kind: type[R], text: str, *, where: str) -> tuple[R, ...]:
    """Return the rows of a CSV text.

    Parameters
    ----------
    kind : type
        Type of the rows.
    text : str
    where : str
        Name of the file, for errors.

    Raises
    ------
    InputError
        If the columns differ from the schema's or a cell has the wrong type; all
        faults together would drown the first, so the first is told with its line.
    """
    try:
        lines = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise InputError(f"is no CSV table ({error})", where=where) from None
    columns = columns_of(kind)
    header = [column.name for column in columns]
    if not lines or lines[0] != header:
        found = lines[0] if lines else []
        raise InputError(
            f"the columns are {found}", where=where, allowed=f"they should be {header}"
        )
    return tuple(
        kind(**_values(columns, cells, f"{where}:{number}"))
        for number, cells in enumerate(lines[1:], start=2)
    )


def _values(
    columns: Sequence[Column], cells: Sequence[str], where: str
) -> dict[str, Any]:
    """Return one line of a table as values by column."""
    if len(cells) != len(columns):
        raise InputError(
            f"{len(cells)} cells", where=where, allowed=f"{len(columns)} columns"
        )
    values = {}
    for column, cell in zip(columns, cells, strict=True):
        try:
            values[column.name] = _value(column, cell)
        except (KeyError, ValueError):
            least = column.constraints.get("minimum")
            raise InputError(
                f'{column.name} is "{cell}"',
                where=where,
                allowed=column.type + (f", {least} or more" if least else ""),
                remedy="take the pack from where it was made, or build it again",
            ) from None
    return values


def _value(column: Column, cell: str) -> _Value:
    """Return the text of a cell as a value of its type; None for an empty one."""
    if column.type == "string":
        return cell
    if cell == "" and column.may_be_empty:
        return None
    if column.type == "boolean":
        return {"1": True, "0": False}[cell]
    number = int(cell) if column.type == "integer" else float(cell)
    if not column.may_be_empty and number < column.constraints.get("minimum", number):
        raise ValueError(cell)
    return number
