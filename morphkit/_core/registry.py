"""Look-up in the tables of detectors, formats, warps, metrics and the rest.

A table is a literal dict in a package's ``__init__``, in display order. This module
only turns a wrong name into a helpful error.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

from morphkit.errors import InputError

Entry = TypeVar("Entry")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint such as ``did you mean "tps"?``, or an empty string.

    Examples
    --------
    >>> did_you_mean("tsp", ["tps", "piecewise-affine"])
    'did you mean "tps"?'
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else ""


def look_up(table: Mapping[str, Entry], name: str, *, kind: str) -> Entry:
    """Return the entry of `table` called `name`.

    Parameters
    ----------
    table : mapping
        One of morphkit's tables.
    name : str
        Name as a user wrote it.
    kind : str
        What the table holds, in the singular, for the message.

    Raises
    ------
    InputError
        If there is no such entry.
    """
    if name in table:
        return table[name]
    raise InputError(
        f'no {kind} is called "{name}"',
        allowed=f"known: {', '.join(table)}",
        remedy=did_you_mean(name, table),
    )
