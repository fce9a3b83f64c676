"""What the cells of a table of answers say."""

import math
import re
from collections.abc import Mapping

from morphkit.experiment.answer import DETAILS, ITEM, PARAMETER

#: Contents of a cell that say that there is nothing, in any case.
NOTHING = ("", "na", "n/a", "nan", "none", "null", "undefined")
#: Columns of what participants typed, or what the address said.
_TYPED = (PARAMETER, ITEM)
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
_MINUS = str.maketrans({"\u2212": "-", "\u00a0": " "})
#: A number and a word for it: "6 very clear", "1 (not at all)", "7 = extremely".
_NUMBER_FIRST = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*[\s=:.)(\u2013\u2014-]\s*(\D+)")
#: The same the other way round: "very clear (6)", "extremely = 7".
_WORD_FIRST = re.compile(
    r"(\D*[^\W\d_]\D*?)\s*[\s=:(\u2013\u2014]\s*(\d+(?:[.,]\d+)?)\s*\)?"
)


def is_nothing(cell: str) -> bool:
    """Return whether a cell says that there is no value.

    Examples
    --------
    >>> is_nothing(" NA "), is_nothing("0")
    (True, False)
    """
    return cell.strip().casefold() in NOTHING


def decimal(cell: str) -> float | None:
    """Return the number in a cell, with point or comma; None if there is none.

    Examples
    --------
    >>> decimal("0,5"), decimal("\u221299"), decimal("1_0"), decimal("1e999")
    (0.5, -99.0, None, None)
    """
    text = cell.translate(_MINUS).strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text.replace(",", "."))
    return value if math.isfinite(value) else None


def rating(cell: str) -> str | None:
    """Return the rating in a cell as the text of a number; None if it holds none.

    The points of a scale often have names: a number with a name is the number. A cell
    with two numbers is none.

    Examples
    --------
    >>> [rating(cell) for cell in ("6 very clear", "low (1)", "1,5", "6 of 7")]
    ['6', '1', '1.5', None]
    """
    text = cell.translate(_MINUS).strip()
    value = decimal(text)
    if value is None:
        found = _NUMBER_FIRST.fullmatch(text)
        named = (found[1], found[2]) if found else None
        if named is None and (found := _WORD_FIRST.fullmatch(text)):
            named = (found[2], found[1])
        if named is None or not any(map(str.isalpha, named[1])):
            return None
        value = decimal(named[0])
    return None if value is None else number_text(value)


def digests_in(cell: str) -> tuple[str, ...]:
    """Return the digests of the images of a trial; none where there are none.

    Examples
    --------
    >>> digests_in("s01234567|s89abcdef"), digests_in("none")
    (('s01234567', 's89abcdef'), ())
    """
    return () if is_nothing(cell) else tuple(cell.split("|"))


def details_in(
    cells: Mapping[str, str], other_names: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return what cells record beside an answer.

    Parameters
    ----------
    cells : mapping of str to str
    other_names : mapping of str to str, optional
        Detail -> name of the column, where that is another one.
    """
    names = {name: name for name in DETAILS} | dict(other_names or {})
    names |= {name: name for name in cells if name.startswith(_TYPED)}
    found = {name: cells.get(column, "").strip() for name, column in names.items()}
    # What somebody typed may be such a word: "none" to a question of illnesses.
    typed = {name: cell for name, cell in found.items() if name.startswith(_TYPED)}
    known = {name: cell for name, cell in found.items() if not is_nothing(cell)}
    return known | {name: cell for name, cell in typed.items() if cell}


def number_text(value: float) -> str:
    """Return a number as the shortest text that gives it back.

    Examples
    --------
    >>> number_text(6.0), number_text(1.5)
    ('6', '1.5')
    """
    value = float(value)
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
