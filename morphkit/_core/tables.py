"""Tables in text files: CSV, or cells between other delimiters, with their lines.

Programs for spreadsheets run a cell that begins with "=", "+", "-" or "@". Such a text
is written with an apostrophe before it, which is taken away when the table is read.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from morphkit._core.bounds import ROWS
from morphkit.errors import InputError


@dataclass(frozen=True)
class TableLine:
    """The cells of a line.

    Parameters
    ----------
    number : int
        Of the line in the file, from 1; of its first line where a cell holds several.
    cells : tuple of str
    """

    number: int
    cells: tuple[str, ...]

    def by_column(self, columns: Collection[str], *, where: str) -> dict[str, str]:
        """Return the cells by the names of the columns.

        Raises
        ------
        InputError
            If there are fewer or more cells than columns.
        """
        if len(self.cells) != len(columns):
            raise InputError(
                f"{len(self.cells)} cells",
                where=place_of(where, self.number),
                allowed=f"{len(columns)} columns",
            )
        return dict(zip(columns, self.cells, strict=True))


def place_of(where: str, line: int) -> str:
    """Return a line of a file, for messages; of a text without a name if that is "".

    Examples
    --------
    >>> place_of("a.csv", 3), place_of("", 3)
    ('a.csv:3', 'line 3')
    """
    return f"{where}:{line}" if where else f"line {line}"


#: What a spreadsheet would run, with the apostrophes that keep it from doing so; the
#: wide signs are those of East Asian keyboards.
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|-inf", re.ASCII | re.I)
#: What stands in quotes; ";" and tabs too, which spreadsheets of some countries and
#: readers of several delimiters take for the end of a cell.
_QUOTED = re.compile(r"""[",;\t\r\n]|^\s|\s$""")


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet would run a text; numbers are numbers.

    Examples
    --------
    >>> is_formula("=1+1"), is_formula("-3"), is_formula("- 3"), is_formula("a=b")
    (True, False, True, False)
    """
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def table_text(
    rows: Iterable[Iterable[object]], *, delimiter: str = ",", line_end: str = "\n"
) -> str:
    r"""Return rows as the text of a table, which `read_table` gives back.

    Parameters
    ----------
    rows : iterable of iterables
        Cells; None is an empty one. Texts that a spreadsheet would run begin with an
        apostrophe.
    delimiter, line_end : str, optional

    Examples
    --------
    >>> table_text([["participant", "n"], ["=1+1", -3], ["a,b", None]])
    'participant,n\n\'=1+1,-3\n"a,b",\n'
    """
    lines = []
    for row in rows:
        cells = [_written(cell, delimiter) for cell in row]
        # A blank line would be left out when it is read.
        lines.append(delimiter.join(cells) if cells != [""] else '""')
    return "".join(line + line_end for line in lines)


def _written(cell: object, delimiter: str) -> str:
    """Return a cell as it stands in a table."""
    text = "" if cell is None else str(cell)
    if is_formula(text):
        text = f"'{text}"
    if _QUOTED.search(text) or delimiter in text:
        text = '"' + text.replace('"', '""') + '"'
    return text


def _read(cell: str) -> str:
    """Return a cell as it was before it was written."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell


def read_table(
    text: str, *, where: str = "", delimiters: str = ",", most: int = ROWS
) -> list[TableLine]:
    """Return the lines of a table, its header first; blank ones are left out.

    The apostrophe of texts that a spreadsheet would run is taken away.

    Parameters
    ----------
    text : str
    where : str, optional
        Name of the file, for messages.
    delimiters : str, optional
        What may stand between cells. Of several, the one that the first line has most
        often.
    most : int, optional
        Lines after the header that are read at most.

    Raises
    ------
    InputError
        If it is empty or too long, or a quote is never closed; with its line.
    """
    first = text.lstrip("\r\n").splitlines()[:1] or [""]
    delimiter = max(delimiters, key=first[0].count)
    # Spreadsheets state the delimiter in a line of its own.
    stated = re.match(r'\ufeff?"?sep=(.)"?\r?\n', text)
    if stated and stated[1] in delimiters:
        delimiter, text = stated[1], "\n" + text[stated.end() :]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found = []
    begun = 1
    try:
        for cells in reader:
            if cells:
                found.append((begun, cells))
            begun = reader.line_num + 1
            if len(found) > most + 1:
                raise InputError(
                    f"has more than {most:,} rows",
                    where=where,
                    allowed=f"at most {most:,} are read",
                )
    except csv.Error as error:
        raise InputError(
            f"not a CSV table ({error})",
            where=place_of(where, begun),
            remedy="save it as CSV again; a quote that opens a cell must close it",
        ) from None
    if not found:
        raise InputError(
            "the table is empty", where=where, remedy="copy or export it again"
        )
    return [TableLine(number, tuple(map(_read, cells))) for number, cells in found]


def check_header(
    lines: Sequence[TableLine], columns: Collection[str], *, where: str
) -> None:
    """Refuse a table with other columns.

    Raises
    ------
    InputError
        With the columns that are there and those that should be.
    """
    if list(lines[0].cells) != list(columns):
        raise InputError(
            f"the columns are {list(lines[0].cells)}",
            where=where,
            allowed=f"they should be {list(columns)}",
        )


def sections(
    lines: Sequence[TableLine],
) -> list[tuple[TableLine, list[TableLine]]]:
    """Return the headers of a table, each with the lines below it.

    Tables of several files that were put one below the other have a header each, whose
    columns may stand in another order.

    Returns
    -------
    list of (TableLine, list of TableLine)
        A line is a header if at least half of its cells, and three of them, are names
        of columns; of one column or two, if it is the header again.
    """
    found: list[tuple[TableLine, list[TableLine]]] = [(lines[0], [])]
    names = set(_names(lines[0]))
    for line in lines[1:]:
        if names.isdisjoint(map(str.casefold, map(str.strip, line.cells))):
            found[-1][1].append(line)
            continue
        cells = _names(line)
        known = len(names.intersection(cells))
        if (known >= 3 and 2 * known >= len(cells)) or cells == _names(lines[0]):
            found.append((TableLine(line.number, tuple(map(_bare, line.cells))), []))
            names.update(filter(None, cells))
        else:
            found[-1][1].append(line)
    return found


def _names(line: TableLine) -> list[str]:
    """Return the cells of a line as names of columns are compared."""
    return [_bare(cell).casefold() for cell in line.cells]


def _bare(cell: str) -> str:
    """Return a cell without the mark that a file begins with, and spaces."""
    return cell.strip("\ufeff \t")


def rows_by_column(lines: Sequence[TableLine], *, where: str) -> list[dict[str, str]]:
    """Return the cells of every line after the header, by the name of the column.

    Programs that log trials leave cells out at the end of a line; these are empty. A
    header that comes again, perhaps in another order, names the columns below it.

    Raises
    ------
    InputError
        If a line has more cells than the header.
    """
    rows = []
    for head, below in sections(lines):
        header = head.cells
        for line in below:
            if len(line.cells) > len(header):
                raise InputError(
                    f"{len(line.cells)} cells",
                    where=place_of(where, line.number),
                    allowed=f"{len(header)} columns, as in the header",
                )
            rows.append(
                dict.fromkeys(header, "") | dict(zip(header, line.cells, strict=False))
            )
    return rows
