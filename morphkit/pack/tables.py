"""CSV tables of a pack: UTF-8, LF, an empty cell is unknown."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any, TypeVar

from morphkit._core.bounds import ROWS
from morphkit._core.tables import (
    check_header,
    place_of,
    read_table,
    table_text,
)
from morphkit.errors import InputError
from morphkit.pack.contents import AGAIN
from morphkit.pack.rows import ContinuumRow, IdentityRow, NormRow, Stimulus
from morphkit.pack.schema import TABLES, Column, columns_of

R = TypeVar("R", IdentityRow, ContinuumRow, Stimulus, NormRow)
_Value = str | int | float | bool | None
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER = re.compile(
    r"(?i)[+-]?("
    r"([0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(e[+-]?[0-9]{1,3})?|nan|inf)"
)


def format_table(kind: type[R], rows: Iterable[R], *, as_read: str = "") -> str:
    """Return the CSV text of a table.

    Parameters
    ----------
    kind : type
        Type of the rows.
    rows : iterable
        The rows, in order.
    as_read : str, optional
        Text of the table that the rows were read from. Cells with unchanged values keep
        their text: 7 does not become 7.0.
    """
    columns = columns_of(kind)
    before = _cells_as_read(kind, as_read) if as_read else {}
    lines = [[column.name for column in columns]]
    for row in rows:
        cells = before.get(_key(kind, asdict(row)), {})
        lines.append(
            [_cell(c, getattr(row, c.name), cells.get(c.name)) for c in columns]
        )
    return table_text(lines)


def _cells_as_read(kind: type[R], text: str) -> dict[Any, dict[str, str]]:
    """Return the cells of a table by the key of their row and by column."""
    names = [column.name for column in columns_of(kind)]
    rows = (line.by_column(names, where="") for line in read_table(text)[1:])
    return {_key(kind, row): row for row in rows}


def _key(kind: type[R], row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the key that identifies a row."""
    table = next(table for table in TABLES.values() if table.row is kind)
    return tuple(row[name] for name in table.primary_key)


def _cell(column: Column, value: _Value, as_read: str | None) -> str:
    """Return a value as the text of a cell; floats in full precision."""
    if as_read is not None and _value(column, as_read) == value:
        return as_read
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def parse_table(
    kind: type[R],
    text: str,
    *,
    where: str,
    delimiters: str = ",",
    most: int = ROWS,
    finite: bool = True,
    remedy: str = AGAIN,
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
        Allowed delimiters; a pack uses commas.
    most : int, optional
        Rows that are read at most.
    finite : bool, optional
        Whether numbers that are none, and infinite ones, are refused here.
    remedy : str, optional
        What to do about a fault.

    Raises
    ------
    InputError
        If the columns differ from the schema's or a cell has the wrong type. Only the
        first fault is reported, with its line, since one mistake may cause many.
    """
    columns = columns_of(kind)
    lines = read_table(text, where=where, delimiters=delimiters, most=most)
    names = [column.name for column in columns]
    check_header(lines, names, where=where)
    return tuple(
        kind(
            **_values(
                columns,
                line.by_column(names, where=where),
                place_of(where, line.number),
                finite=finite,
                remedy=remedy,
            )
        )
        for line in lines[1:]
    )


def _values(
    columns: Sequence[Column],
    cells: Mapping[str, str],
    where: str,
    *,
    finite: bool,
    remedy: str,
) -> dict[str, Any]:
    """Return the values of one line of a table, by column."""
    values = {}
    for column in columns:
        cell = cells[column.name]
        try:
            value = _value(column, cell)
            if finite and isinstance(value, float) and not isfinite(value):
                raise ValueError(cell)
            values[column.name] = value
        except (KeyError, ValueError):
            raise InputError(
                f'{column.name} is "{cell[:60]}"'
                if cell
                else f"{column.name} is empty",
                where=where,
                allowed=_allowed(column),
                remedy=remedy,
            ) from None
    return values


def _allowed(column: Column) -> str:
    """Return what a cell of a column may be, for messages."""
    if pattern := column.constraints.get("pattern"):
        return f"text that matches {pattern}"
    if names := column.constraints.get("enum"):
        return f"one of {', '.join(names)}"
    if column.type == "string":
        return "text; it is needed"
    least = column.constraints.get("minimum")
    return column.type + (f", {least} or more" if least else "")


def _value(column: Column, cell: str) -> _Value:
    """Return a cell as a value of its type; None if it is empty."""
    if column.type == "string":
        pattern = column.constraints.get("pattern", ".*")
        names = column.constraints.get("enum", [cell])
        fits = re.fullmatch(pattern, cell, re.DOTALL) and cell in names
        if not (fits if cell else column.may_be_empty):
            raise ValueError(cell)
        return cell
    if cell == "" and column.may_be_empty:
        return None
    if column.type == "boolean":
        return {"1": True, "0": False}[cell]
    # Python would take other digits, underscores, infinity and what is no number too.
    whole = column.type == "integer"
    if not (_INTEGER if whole else _NUMBER).fullmatch(cell.strip(" ")):
        raise ValueError(cell)
    number = int(cell) if whole else float(cell)
    if not column.may_be_empty and number < column.constraints.get("minimum", number):
        raise ValueError(cell)
    return number
