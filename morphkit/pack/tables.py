"""CSV tables of a pack: UTF-8, LF, an empty cell is unknown."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from morphkit._core.tables import check_header, place_of, read_table
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


def parse_table(
    kind: type[R], text: str, *, where: str, delimiters: str = ","
) -> tuple[R, ...]:
    """Return the rows of a CSV text.

    Parameters
    ----------
    kind : type
        Type of the rows.
    text : str
    where : str
        Name of the file, for errors.
    delimiters : str, optional
        What may stand between cells; in a pack these are commas.

    Raises
    ------
    InputError
        If the columns differ from the schema's or a cell has the wrong type; all
        faults together would drown the first, so the first is told with its line.
    """
    columns = columns_of(kind)
    lines = read_table(text, where=where, delimiters=delimiters)
    names = [column.name for column in columns]
    check_header(lines, names, where=where)
    return tuple(
        kind(
            **_values(
                columns,
                line.by_column(names, where=where),
                place_of(where, line.number),
            )
        )
        for line in lines[1:]
    )


def _values(
    columns: Sequence[Column], cells: Mapping[str, str], where: str
) -> dict[str, Any]:
    """Return one line of a table as values by column."""
    values = {}
    for column in columns:
        cell = cells[column.name]
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
