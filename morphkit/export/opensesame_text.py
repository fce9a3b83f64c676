"""Texts in the script of OpenSesame and OSWeb.

Both evaluate what stands in braces, square brackets or after "=", take numbers for
numbers, and show texts as HTML. All signs that could mean something on this way are
therefore written as HTML, which only the last step reads.
"""

import re

from morphkit.export.screen_texts import lines_of
from morphkit.export.trial_rows import Cell

#: Signs without a meaning in scripts, f-strings, templates and HTML.
_PLAIN = " .,:;!?()-"


def quoted(value: Cell) -> str:
    """Return a value in quotation marks, as in OpenSesame's script."""
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def bare(text: str) -> str:
    r"""Return a text that no participant reads, with blanks for what has a meaning.

    Examples
    --------
    >>> bare("Faces {1}\n$ [x]")
    'Faces 1 x'
    """
    kept = "".join(letter if _is_plain(letter) else " " for letter in text)
    return " ".join(kept.split())


def shown(text: str) -> str:
    """Return a text as HTML in which nothing is evaluated.

    Examples
    --------
    >>> shown("[Which] word?"), shown("a < {b}"), shown("007")
    ('&#91;Which&#93; word?', 'a &#60; &#123;b&#125;', '&#48;07')
    """
    return "<br>".join(map(_line, text.split("\n")))


def page(text: str, width: int = 70) -> str:
    """Return a text as HTML in lines; the browser does not break them itself."""
    return "<br>".join(map(_line, lines_of(text, width)))


def _line(line: str) -> str:
    """Return a line as HTML."""
    # HTML leaves out blanks at the ends and after others.
    line = re.sub(r"^ | $|(?<= ) ", "\u00a0", line)
    signs = [c if _is_plain(c) else f"&#{ord(c)};" for c in line]
    if re.fullmatch(r"\S*\d\S*|inf|infinity|nan", line, re.IGNORECASE):
        signs[0] = f"&#{ord(line[0])};"  # or it would be read as a number
    return "".join(signs)


def _is_plain(letter: str) -> bool:
    """Return whether a character stands for itself everywhere."""
    return letter.isalnum() or letter in _PLAIN or ord(letter) > 160
