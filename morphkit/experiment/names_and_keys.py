"""Names and answer keys that any experiment can have.

Experiments are programs: names are written into their code and file names, keys into
their code. Nothing else may stand there.
"""

import re
from collections.abc import Sequence

from morphkit.errors import InputError

_NO_NAMES = {"na", "nan", "inf", "infinity", "none", "null", "true", "false"}


def is_word(name: str) -> bool:
    """Return whether a text is a name: see `check_word`."""
    letters = re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", name)
    return bool(letters) and name.lower() not in _NO_NAMES


def check_word(name: str) -> None:
    """Refuse what is not a name: of a stimulus, an answer, a question or a design.

    Words for nothing, for a truth value or a number come back from tables as such.

    Raises
    ------
    InputError
        If it is something else.
    """
    if not is_word(name):
        raise InputError(
            f"{name[:80]!r} is not a name",
            allowed="a letter, then up to 63 letters, digits, _ and -; not a word such "
            "as none, nan or true",
        )


def default_keys(n: int) -> tuple[str, ...]:
    """Return the answer keys unless others are wanted: f and j, or digits from 1.

    Examples
    --------
    >>> default_keys(2), default_keys(4)
    (('f', 'j'), ('1', '2', '3', '4'))
    """
    return ("f", "j") if n <= 2 else tuple(str(k) for k in range(1, n + 1))


def check_keys(keys: Sequence[str], *, n: int = 2, where: str = "keys") -> None:
    """Refuse answer keys that are not keys of every keyboard.

    Parameters
    ----------
    keys : sequence of str
    n : int, optional
        How many there must be.
    where : str, optional
        For messages.

    Raises
    ------
    InputError
        If there are not `n` different ones, each a lower-case letter, a digit or
        "space".
    """
    if len(keys) != n:
        raise InputError(
            f"{len(keys)} answer keys",
            where=where,
            allowed="two, left and right" if n == 2 else f"{n}, from the left",
        )
    for key in keys:
        if key != "space" and not re.fullmatch("[a-z0-9]", str(key)):
            raise InputError(
                f'"{key}" is not an answer key',
                where=where,
                allowed='a letter from a to z, a digit, or "space"',
            )
    if len(set(keys)) < len(keys):
        said = "both answers" if n == 2 else "two answers"
        raise InputError(f"{said} have the same key", where=where)
