"""Qualtrics: surveys in its Advanced Format text; not verified there.

References
----------
https://www.qualtrics.com/support/survey-platform/survey-module/survey-tools/import-and-export-surveys/
"""

import html
import re
from pathlib import Path

from morphkit.experiment.texts import instructions
from morphkit.export.adapter import Material
from morphkit.export.trial_rows import NONE, TrialRow, the_design
from morphkit.export.vendor_text import (
    copy_flat,
    flat_rows,
    list_numbers,
    picture_names,
    write_notice,
    write_table,
)

#: Placeholder for the address of the images until it is known.
HOST = "https://REPLACE-WITH-YOUR-HOST"

_GUIDE = f"""\
1. Upload the images in stimuli/ to your Qualtrics library or to a server of yours. An
   image that a survey shows has a public address: anyone who knows it sees the face.
2. Replace {HOST} in the text file by the address of that folder.
3. Make a survey, open Tools > Import/Export > Import survey, choose a
   qualtrics_list_NN.txt. One file is one counterbalancing list.
4. Each question carries the trial as its ID (t001, …); qualtrics_key.csv says which
   stimuli and answers these are. Qualtrics records the number or the text of the
   choice: the first stands for choice_1 in that table.
5. Export the data as CSV and put qualtrics_key.csv beside it. The participant is the
   embedded data "participant" if there is any, else the id of the response.

Times (fixation, presentation, mask) and feedback cannot be said in this format; the
instructions announce no feedback, whatever the design says.
"""


def write(material: Material, folder: Path) -> None:
    """Write a survey for each list, a key to its trials, and the images.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    copy_flat(material, folder)
    key: list[list[str | int | float]] = []
    for number in list_numbers(material):
        rows = flat_rows(material, number)
        text = _survey(material, rows)
        path = folder / f"qualtrics_list_{number:02d}.txt"
        path.write_bytes(text.encode("utf-8"))
        columns = [
            name
            for name in rows[0]
            if "text" not in name or name.startswith("choice_text")
        ]
        if not key:
            key.append(["trial_id", *columns])
        key += [[trial_id(row), *(row[name] for name in columns)] for row in rows]
    write_table(folder / "qualtrics_key.csv", key)
    write_notice(folder, "Qualtrics", _GUIDE)


def trial_id(row: TrialRow) -> str:
    """Return the name of a trial in the survey."""
    return f"l{int(row['list_number']):02d}_t{int(row['trial_order']):03d}"


def _welcome(material: Material) -> str:
    """Return the instructions, without the missing fixation, keys and sliders."""
    design, words = the_design(material), material.wording
    task = instructions(design, words, feedback=False)
    hint = [words["button_hint"]] if design.lists[0][-1].choices else []
    return "\n\n".join([words["welcome"], task, *hint])


def _survey(material: Material, rows: list[TrialRow]) -> str:
    """Return the text of a survey: a block for each block of the design."""
    welcome = _escaped(_welcome(material))
    lines = [
        "[[AdvancedFormat]]",
        "",
        "[[Block:Welcome]]",
        "",
        "[[Question:DB]]",
        welcome,
    ]
    block = 0
    for row in rows:
        if row["block_number"] != block:
            block = int(row["block_number"])
            lines += ["", f"[[Block:Block {block} {row['phase_name']}]]"]
        else:
            lines += ["", "[[PageBreak]]"]
        if row["pause_text"] != NONE:
            lines += ["", "[[Question:DB]]", _escaped(str(row["pause_text"]))]
            lines += ["", "[[PageBreak]]"]
        lines += ["", *_question(row)]
    thanks = _escaped(material.wording["thanks"])
    return "\n".join([*lines, "", "[[Block:End]]", "", "[[Question:DB]]", thanks, ""])


def _question(row: TrialRow) -> list[str]:
    """Return the lines of one trial."""
    images = " ".join(
        f'<img src="{HOST}/{name}" width="{row["picture_width"]}" '
        f'height="{row["picture_height"]}" alt="">'
        for name in picture_names(row)
    )
    head = f"{images}<br>{_escaped(str(row['question_text']))}"
    if "choice_1" not in row:
        # Advanced Format has no slider; a text entry takes the number.
        ends = f"{_escaped(str(row['scale_text_left']))} = {row['scale_least']:g}, "
        ends += f"{_escaped(str(row['scale_text_right']))} = {row['scale_greatest']:g}"
        return ["[[Question:TE]]", f"[[ID:{trial_id(row)}]]", f"{head}<br>{ends}"]
    names = [name for name in row if name.startswith("choice_text_")]
    choices = [_escaped(str(row[name])) for name in names]
    kind = "[[Question:MC:SingleAnswer:Horizontal]]"
    return [kind, f"[[ID:{trial_id(row)}]]", head, "[[Choices]]", *choices]


def _escaped(text: str) -> str:
    """Return a text as HTML without marks of the format and without piped text.

    Tags, ids and ``${…}`` are read before the HTML is, which alone knows that "&#91;"
    is a bracket.
    """
    text = html.escape(text, quote=False)
    for sign in "[]{}$":
        text = text.replace(sign, f"&#{ord(sign)};")
    # HTML leaves out blanks at the ends of lines and after others.
    text = re.sub(r"^ | $|(?<= ) ", "&nbsp;", text, flags=re.MULTILINE)
    return text.replace("\n", "<br>")
