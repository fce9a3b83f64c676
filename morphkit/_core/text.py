"""Words that depend on a number, and texts as they are shown."""

import re
import unicodedata

#: Control characters (line ends and tabs aside), marks of direction, surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with what is counted: ``1 note``, ``2 notes``.

    Parameters
    ----------
    number : int
    one : str
        What is counted, in the singular.
    many : str, optional
        Its plural, where that is not the singular with an s.

    Examples
    --------
    >>> counted(1, "continuum", "continua"), counted(0, "note"), counted(2, "face")
    ('1 continuum', '0 notes', '2 faces')
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def composed(text: str) -> str:
    r"""Return a text in Unicode form C, in which equal texts have equal characters.

    Systems and programs write ö as one character or as o with dots; people see one
    text. References: Unicode Standard Annex 15, Unicode Normalization Forms.

    Examples
    --------
    >>> composed("Jo\u0308rg") == composed("J\u00f6rg")
    True
    """
    return unicodedata.normalize("NFC", text)


def visible(text: str) -> str:
    r"""Return a text with its control characters as codes, except line ends and tabs.

    Also marks of the direction of writing, and halves of characters.

    Examples
    --------
    >>> print(visible("\x1b[2J, \u202e and \ud800"))
    \x1b[2J, \u202e and \ud800
    """

    def code(found: re.Match[str]) -> str:
        number = ord(found[0])
        # From 127 on they may stand in JSON as they are, which has no other escape.
        return f"\\x{number:02x}" if number < 32 else f"\\u{number:04x}"

    return _INVISIBLE.sub(code, text)


def first_line(text: str | None) -> str:
    """Return the first line of a docstring, "" if there is none.

    Examples
    --------
    >>> first_line(first_line.__doc__)
    'Return the first line of a docstring, "" if there is none.'
    """
    return (text or "").strip().partition("\n")[0]
