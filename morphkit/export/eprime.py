"""E-Prime 3: List objects as tab-delimited text; not verified there."""

from pathlib import Path

from morphkit.export.adapter import Material
from morphkit.export.trial_rows import NONE, Cell, TrialRow, the_design
from morphkit.export.vendor_text import (
    check_ascii,
    copy_flat,
    flat_rows,
    list_numbers,
    picture_names,
    stimulus_names,
    write_notice,
    write_table,
)

_GUIDE = """\
In E-Studio, make a procedure TrialProc with one ImageDisplay for each picture
(Filename: [Image1], …), then open a List object and load eprime_list_NN.txt into it
(List > Load from file). Set its order to Sequential: the rows stand in their final
order. Allowable keys are KeyLeft and KeyRight; LabelLeft and LabelRight are the answers
that they stand for. Copy the images of stimuli/ beside the experiment.

Times in milliseconds are in the attributes FixationMs, StimulusMs, MaskMs, AnswerMs and
FeedbackMs; 0 for StimulusMs and AnswerMs means: until the answer (-1 in E-Prime).
"""


def write(material: Material, folder: Path) -> None:
    """Write a list for each counterbalancing list, and the images.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.

    Raises
    ------
    InputError
        If a text has letters outside ASCII.
    """
    copy_flat(material, folder)
    for number in list_numbers(material):
        rows = flat_rows(material, number)
        shown = [str(value) for row in rows for value in row.values()]
        check_ascii(shown, "E-Prime", language=material.language)
        lines = [_cells(row, material) for row in rows]
        table: list[list[Cell]] = [list(lines[0])]
        table += [list(line.values()) for line in lines]
        path = folder / f"eprime_list_{number:02d}.txt"
        write_table(path, table, delimiter="\t", encoding="ascii")
    write_notice(folder, "E-Prime", _GUIDE)


def _cells(row: TrialRow, material: Material) -> dict[str, Cell]:
    """Return a trial as attributes of a List: no spaces in their names."""
    design = the_design(material)
    cells: dict[str, Cell] = {"Weight": 1, "Nested": "", "Procedure": "TrialProc"}
    for place, name in enumerate(picture_names(row), start=1):
        cells[f"Image{place}"] = name
    for place, name in enumerate(stimulus_names(row), start=1):
        cells[f"Stimulus{place}"] = name
    cells["Question"] = row["question_text"]
    cells["QuestionName"] = row["question_name"]
    if "choice_1" in row:
        sides = zip(("Left", "Right"), (1, 2), design.keys, strict=True)
        for side, place, key in sides:
            cells[f"Key{side}"] = "{SPACE}" if key == "space" else key
            cells[f"Label{side}"] = row[f"choice_{place}"]
            cells[f"Text{side}"] = row[f"choice_text_{place}"]
        keys = {str(row[f"choice_{k}"]): design.keys[k - 1] for k in (1, 2)}
        right = str(row["correct_choice"])
        cells["CorrectAnswer"] = keys.get(right, NONE)
    else:
        for name in ("Least", "Greatest", "Step"):
            cells[f"Scale{name}"] = row[f"scale_{name.lower()}"]
        cells["TextLeft"] = row["scale_text_left"]
        cells["TextRight"] = row["scale_text_right"]
    timing = design.timing
    return cells | {
        "Phase": row["phase_name"],
        "Block": row["block_number"],
        "TrialOrder": row["trial_order"],
        "PauseText": row["pause_text"],
        "FixationMs": timing.fixation,
        "StimulusMs": timing.stimulus or 0,
        "MaskMs": timing.mask,
        "AnswerMs": timing.answer or 0,
        "FeedbackMs": timing.feedback,
    }
