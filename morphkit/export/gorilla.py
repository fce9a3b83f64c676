"""Gorilla: spreadsheets for the Task Builder, one for each list; not verified there."""

from pathlib import Path

from morphkit.export.adapter import Material
from morphkit.export.trial_rows import (
    NONE,
    Cell,
    TrialRow,
    instruction_texts,
    picture_counts,
    the_design,
)
from morphkit.export.vendor_text import (
    copy_flat,
    flat_rows,
    list_numbers,
    picture_names,
    stimulus_names,
    write_notice,
    write_table,
)

_GUIDE = """\
Task Builder 2: make a task, upload everything in stimuli/ to its stimuli, upload one
gorilla_list_NN.csv as its spreadsheet, and make the displays "Instructions", "Trial",
"Pause" and "End". Bind the image objects of "Trial" to the columns Image1 …, its text
to Question, the two answers to ChoiceLeft and ChoiceRight, and the correct answer to
Answer. The rows stand in their final order: do not randomise them. Upload the other
lists as further spreadsheets and choose between them with a counterbalance node. The
column that says which display a row belongs to is called display.

In a design with feedback in practice, the rows of that phase have an Answer: let the
display "Trial" say there whether the answer was right, as the instructions announce it.
Feedback that follows the participant's own balance point (training) cannot be said in a
spreadsheet; these designs are therefore not offered for Gorilla.
"""


def write(material: Material, folder: Path) -> None:
    """Write a spreadsheet for each list and the images.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    copy_flat(material, folder)
    n = picture_counts(the_design(material))
    head = [
        "display",
        *(f"Image{k}" for k in range(1, n + 1)),
        "Question",
        "ChoiceLeft",
        "ChoiceRight",
        "Answer",
        "Text",
        "TrialOrder",
        "Phase",
        *(f"Stimulus{k}" for k in range(1, n + 1)),
        "LabelLeft",
        "LabelRight",
        "QuestionName",
    ]
    empty: list[Cell] = [""] * (len(head) - 1)
    place = head.index("Text")
    for number in list_numbers(material):
        lines: list[list[Cell]] = [list(head)]
        welcome = instruction_texts(material)[number - 1].replace("\n\n", "<br><br>")
        lines.append(["Instructions", *empty])
        lines[-1][place] = welcome
        for row in flat_rows(material, number):
            if row["pause_text"] != NONE:
                lines.append(["Pause", *empty])
                lines[-1][place] = row["pause_text"]
            lines.append(_line(row))
        lines.append(["End", *empty])
        lines[-1][place] = material.wording["thanks"]
        write_table(folder / f"gorilla_list_{number:02d}.csv", lines)
    write_notice(folder, "Gorilla", _GUIDE)


def _line(row: TrialRow) -> list[Cell]:
    """Return the row of a trial; Answer is the text of the correct button."""
    right = str(row["correct_choice"])
    texts = {row.get(f"choice_{k}"): row.get(f"choice_text_{k}", "") for k in (1, 2)}
    return [
        "Trial",
        *picture_names(row),
        row["question_text"],
        row.get("choice_text_1", row.get("scale_text_left", "")),
        row.get("choice_text_2", row.get("scale_text_right", "")),
        texts.get(right, ""),
        "",
        row["trial_order"],
        row["phase_name"],
        *stimulus_names(row),
        row.get("choice_1", ""),
        row.get("choice_2", ""),
        "" if row["question_name"] == NONE else row["question_name"],
    ]
