"""Gorilla: spreadsheets for the Task Builder, one for each list; not verified there."""

from pathlib import Path

from morphkit.errors import raise_all
from morphkit.export.adapter import Material
from morphkit.export.screen_texts import FORMULA, HTML, faults, unfit
from morphkit.export.trial_rows import (
    NONE,
    Cell,
    TrialRow,
    instruction_texts,
    picture_counts,
    shown_texts,
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

Data: download those of the task as CSV, in long form. They repeat the columns of the
spreadsheet. Record the text of the button that was clicked (ChoiceLeft, ChoiceRight).
"""


def write(material: Material, folder: Path) -> None:
    """Write a spreadsheet for each list and the images.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    _check_texts(material)
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
        "ListNumber",
        "NTrials",
        "DesignKind",
        "ScaleLeast",
        "ScaleGreatest",
        "Digests",
    ]
    empty: list[Cell] = [""] * (len(head) - 1)
    place = head.index("Text")
    for number in list_numbers(material):
        lines: list[list[Cell]] = [list(head)]
        lines.append(["Instructions", *empty])
        lines[-1][place] = _html(instruction_texts(material)[number - 1])
        for row in flat_rows(material, number):
            if row["pause_text"] != NONE:
                lines.append(["Pause", *empty])
                lines[-1][place] = _html(str(row["pause_text"]))
            lines.append(_line(row))
        lines.append(["End", *empty])
        lines[-1][place] = _html(material.wording["thanks"])
        write_table(folder / f"gorilla_list_{number:02d}.csv", lines)
    write_notice(folder, "Gorilla", _GUIDE)


def _check_texts(material: Material) -> None:
    """Refuse what is not shown as it is wherever a display may put it.

    Texts are HTML, buttons perhaps not; what both show alike is taken as it is.
    """
    numbers = list_numbers(material)
    rows = [row for number in numbers for row in flat_rows(material, number)]
    texts = [*instruction_texts(material), material.wording["thanks"]]
    may = faults(
        (HTML, "what could be HTML"),
        (r"\$[{$]", "what could be embedded data"),
        (r"^ | $|  ", "blanks at an end or side by side"),
        FORMULA,
    )
    # The words of buttons and of the ends of a scale.
    line = [
        row[k] for row in rows for k in row if k.startswith(("choice_t", "scale_t"))
    ]
    line_end = faults((r"\n", "a line end, and a button has one line"))
    raise_all(
        [
            *unfit(material, [*shown_texts(rows), *texts], may, program="Gorilla"),
            *unfit(material, map(str, line), line_end, program="Gorilla"),
        ]
    )


def _html(text: str) -> str:
    """Return a text with its line ends as HTML."""
    return text.replace("\n", "<br>")


def _line(row: TrialRow) -> list[Cell]:
    """Return the row of a trial; Answer is the text of the correct button."""
    right = str(row["correct_choice"])
    texts = {row.get(f"choice_{k}"): row.get(f"choice_text_{k}", "") for k in (1, 2)}
    return [
        "Trial",
        *picture_names(row),
        _html(str(row["question_text"])),
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
        row["list_number"],
        row["n_trials"],
        row["design_kind"],
        row.get("scale_least", ""),
        row.get("scale_greatest", ""),
        row["image_digests"],
    ]
