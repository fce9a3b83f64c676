"""Common parts of text exports, for programs that morphkit's tests cannot run.

Exports to Gorilla, Qualtrics, E-Prime, Inquisit and PsyToolkit follow the published
formats. Each states in its first lines that it was not run in the program itself.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from morphkit._core.files import write_bytes_atomically, write_text_atomically
from morphkit._core.tables import table_text
from morphkit.errors import InputError
from morphkit.export.adapter import Material
from morphkit.export.stimuli import copy_stimuli, image_name
from morphkit.export.trial_rows import Cell, TrialRow, rows_of_list, the_design

#: Notice at the head of files that can contain a comment, and in NOT_VERIFIED.txt.
NOT_VERIFIED = (
    "Not verified: written by morphkit to the published format, never run in "
    "{program}. Test it there before relying on it."
)

#: The file that says it, and how the files are brought into the program.
NOTICE = "NOT_VERIFIED.txt"


def write_notice(folder: Path, program: str, text: str) -> None:
    """Write a notice on what the export is, what it is not, and what to do with it."""
    notice = NOT_VERIFIED.format(program=program)
    write_text_atomically(folder / NOTICE, f"{notice}\n\n{text.strip()}\n")


def flat_rows(material: Material, number: int) -> list[TrialRow]:
    """Return the rows of a list, pictures named by their files alone."""
    names = {row.stimulus_id: image_name(row) for row in material.pack.stimuli}
    return rows_of_list(material, number, names)


def copy_flat(material: Material, folder: Path) -> dict[str, str]:
    """Copy the images into ``stimuli/``; return stimulus id -> name of its file."""
    copied = copy_stimuli(material, folder)
    return {stimulus: Path(path).name for stimulus, path in copied.items()}


def list_numbers(material: Material) -> range:
    """Return the numbers of the lists, from 1."""
    return range(1, len(the_design(material).lists) + 1)


def table(
    rows: Sequence[Sequence[Cell]], *, delimiter: str = ",", encoding: str = "utf-8"
) -> bytes:
    """Return rows as text with CR and LF, which programs for Windows expect."""
    text = table_text(rows, delimiter=delimiter, line_end="\r\n")
    return text.encode(encoding)


def write_table(
    path: Path,
    rows: Sequence[Sequence[Cell]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> None:
    """Write rows as a table."""
    write_bytes_atomically(path, table(rows, delimiter=delimiter, encoding=encoding))


def check_ascii(texts: Sequence[str], program: str, *, language: str) -> None:
    """Refuse texts that a program without Unicode cannot show.

    Parameters
    ----------
    texts : sequence of str
    program : str
        Its name, for the message.
    language : str
        Tag of the language of the texts.

    Raises
    ------
    InputError
        With all of them.
    """
    letters = [
        f"{_strange(text)} in {text!r}"
        for text in dict.fromkeys(texts)
        if not text.isascii()
    ]
    if letters:
        raise InputError(
            f"letters that {program} may not display: {', '.join(letters)}",
            allowed="ASCII: a to z without accents, digits, straight quotes",
            remedy="replace them (ae for ä) in a file of your own: morphkit "
            f"calibrate wording {language} --output mine.toml, then --language "
            "mine.toml",
        )


def _strange(text: str) -> str:
    """Return the characters of a text that are not ASCII, each once."""
    found = dict.fromkeys(letter for letter in text if not letter.isascii())
    return " and ".join(f"“{letter}” (U+{ord(letter):04X})" for letter in found)


def identifier(name: str) -> str:
    """Return a name valid in PsyToolkit and Inquisit: letters, digits, "_".

    Examples
    --------
    >>> identifier("maja_happy-sad_s01")
    'maja_happy_sad_s01'
    """
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def stimulus_names(row: TrialRow) -> list[str]:
    """Return the stimuli of a row, in the order of the trial table."""
    return [str(row[f"stimulus_{k}"]) for k in range(1, 5) if f"stimulus_{k}" in row]


def picture_names(row: TrialRow) -> list[str]:
    """Return the files of a row, in the order of the screen."""
    return [str(row[f"picture_{k}"]) for k in range(1, 5) if f"picture_{k}" in row]
