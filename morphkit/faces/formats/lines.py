"""Lines, numbers and their errors, shared by the text formats.

An error in a text has the location ``line N``; `place_error` turns that into ``file:N``
for the user.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from pathlib import Path

from morphkit.errors import InputError
from morphkit.faces.formats.missing import is_missing_word

Row = tuple[int, str]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BREAK = re.compile(r"\r\n|\r|\n")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)


def rows_of(text: str) -> Iterator[Row]:
    """Yield number and content of every line that is neither blank nor a comment.

    Line ends of all systems are recognised, a byte order mark is dropped, and control
    bytes (NUL among them) count as spaces.
    """
    clean = _CONTROL.sub(" ", text.removeprefix("\ufeff"))
    for number, line in enumerate(_BREAK.split(clean), start=1):
        content = line.strip()
        if content and not content.startswith("#"):
            yield number, content


def at_line(
    line: int, problem: str, *, allowed: str = "", remedy: str = ""
) -> InputError:
    """Return an error located at a line of the text."""
    return InputError(problem, where=f"line {line}", allowed=allowed, remedy=remedy)


@contextmanager
def placed_warnings(path: str | Path) -> Iterator[None]:
    """Show warnings about a text located in the file that it came from."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for one in caught:
        line = re.match(r"line (\d+): (.*)", str(one.message), re.DOTALL)
        text = f"{path}:{line[1]}: {line[2]}" if line else str(one.message)
        warnings.warn(text, one.category, stacklevel=4)


def place_error(error: InputError, path: str | Path) -> InputError:
    """Return `error` located in the file that the text came from."""
    line = re.fullmatch(r"line (\d+)", error.where)
    rest = f": {error.where}" if error.where else ""
    where = f"{path}:{line[1]}" if line else f"{path}{rest}"
    return InputError(
        error.problem, where=where, allowed=error.allowed, remedy=error.remedy
    )


def number(token: str, line: int) -> float:
    """Return `token` as a finite number."""
    if _NUMBER.fullmatch(token):
        value = float(token)
        if abs(value) != float("inf"):
            return value
    if "," in token:
        raise at_line(
            line,
            f"'{token}' contains a comma",
            allowed="write decimals with a point, and spaces between numbers",
        )
    if re.fullmatch(r"[+-]?(nan|inf(inity)?)", token, re.IGNORECASE) or (
        _NUMBER.fullmatch(token)
    ):
        raise at_line(
            line,
            f"'{token}' is not finite",
            allowed="coordinates must be finite numbers",
        )
    raise at_line(line, f"expected a number, found '{token}'")


def integer(token: str, line: int, what: str) -> int:
    """Return `token` as an integer."""
    if not _INTEGER.fullmatch(token):
        raise at_line(line, f"expected {what}, found '{token}'")
    return int(token)


def point(row: Row, form: str, *, remedy: str = "") -> tuple[float, float]:
    """Return the two numbers of a line, or nan twice if it says NA or NaN twice.

    `form` describes such a line.
    """
    line, content = row
    tokens = content.split()
    if len(tokens) != 2:
        raise at_line(
            line,
            f"expected 2 numbers, found {len(tokens)} ('{content[:60]}')",
            allowed=form,
            remedy=remedy,
        )
    if all(map(is_missing_word, tokens)):
        return nan, nan
    return number(tokens[0], line), number(tokens[1], line)


def decimals(value: float, n: int) -> str:
    """Format `value` with `n` decimals, never with an exponent or as minus zero."""
    text = f"{value:.{n}f}"
    return text.removeprefix("-") if float(text) == 0 else text
