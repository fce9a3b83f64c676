"""Texts that participants read, on their way through a program that reads them first.

Every adapter writes texts so that its program shows them as they are. What a program
cannot show is refused here, by text, file and remedy; what none can, for all of them.
Names (of labels, scales, images, designs) stand in tables, data and code of every
program; `morphkit.experiment.design.check_word` holds them to letters and digits.
"""

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from morphkit._core.tables import is_formula
from morphkit.errors import InputError, raise_all
from morphkit.experiment.texts import READ
from morphkit.export.adapter import Material

#: Keys of a wording that are not texts.
_ABOUT = ("language", "file", READ)
#: Characters of lines and paragraphs that are not "\n"; halves of a character.
_STRANGE = ("Cc", "Cs", "Zl", "Zp")
#: What is a tag or a character of HTML; other "<" and "&" are shown as they are.
HTML = r"<[^\s\d]|&(#|\w+;)"
#: What must not stand in tables that people open in a spreadsheet.
FORMULA = (
    is_formula,
    "a sign at the beginning that makes it a formula in spreadsheets",
)


def check_texts(wording: Mapping[str, str]) -> None:
    """Refuse texts with characters that cannot be seen, and that end lines elsewhere.

    Raises
    ------
    InputError
        With all of them.
    """
    raise_all(
        InputError(
            f"the text {text!r} has the character U+{ord(letter):04X}",
            where=_place(wording, key),
            allowed='characters that can be seen, and "\\n" for the end of a line',
            remedy="write the text again",
        )
        for key, text in wording.items()
        if key not in _ABOUT
        for letter in dict.fromkeys(text)
        if unicodedata.category(letter) in _STRANGE and letter != "\n"
    )


def unfit(
    material: Material,
    texts: Iterable[str],
    fault: Callable[[str], str],
    *,
    program: str,
) -> list[InputError]:
    """Return an error for each text that a program cannot show.

    Parameters
    ----------
    material : Material
    texts : iterable of str
        What is shown: texts of the wording, and what is made of them.
    fault : callable
        ``fault(text)`` says why the program cannot show it; empty if it can.
    program : str
        Its name, for the message.
    """
    return [
        InputError(
            f"{program} cannot show the text {text!r}: {said}",
            where=_place(material.wording, _key(material.wording, text, fault)),
            remedy=_remedy(material),
        )
        for text in dict.fromkeys(texts)
        for said in [fault(text)]
        if said
    ]


def _key(wording: Mapping[str, str], text: str, fault: Callable[[str], str]) -> str:
    """Return the key of the text of the wording that is at fault; empty if unknown."""
    found = [key for key, own in wording.items() if own == text]
    found += [key for key, own in wording.items() if own in text and fault(own)]
    return next((key for key in found if key not in _ABOUT), "")


def _place(wording: Mapping[str, str], key: str) -> str:
    """Return where a text stands, for messages."""
    return ": ".join(part for part in (wording.get("file", ""), key) if part)


def _remedy(material: Material) -> str:
    """Return how a text can be changed."""
    if material.wording.get("file", "").endswith(".toml"):
        return "reword it there"
    return (
        "reword it in a file of your own: morphkit calibrate wording "
        f"{material.language} --output mine.toml, then --language mine.toml"
    )


def lines_of(text: str, width: int) -> list[str]:
    r"""Return a text in lines of at most `width` characters.

    Examples
    --------
    >>> lines_of("one two three\n\nfour", 8)
    ['one two', 'three', '', 'four']
    """
    lines: list[str] = []
    for part in text.split("\n"):
        lines += [part] if len(part) <= width else textwrap.wrap(part, width)
    return lines


def faults(*rules: tuple[str | Callable[[str], bool], str]) -> Callable[[str], str]:
    r"""Return a function that says which rules a text breaks.

    Parameters
    ----------
    *rules : (str or callable, str)
        What cannot be shown, as a regular expression or a function that finds it, and
        what that is called.

    Examples
    --------
    >>> fault = faults((r"\n", "a line end"), (str.isupper, "capitals alone"))
    >>> fault("a\nb"), fault("AB"), fault("ab")
    ('it has a line end', 'it has capitals alone', '')
    """

    def fault(text: str) -> str:
        found = [
            told
            for rule, told in rules
            if (re.search(rule, text) if isinstance(rule, str) else rule(text))
        ]
        return f"it has {' and '.join(found)}" if found else ""

    return fault


def unread(wording: Mapping[str, str]) -> str:
    """Return a sentence on texts that nobody has read whose language it is, or ""."""
    if wording.get(READ) != "no":
        return ""
    tag = wording["language"]
    return (
        f"the texts ({tag}) have not yet been read by a native speaker: have them read "
        f"before a study (morphkit calibrate wording {tag} --output FILE writes them)"
    )
