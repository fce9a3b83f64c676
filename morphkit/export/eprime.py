"""E-Prime 3: List objects as tab-delimited text; not verified there."""

from collections.abc import Iterable
from pathlib import Path

from morphkit._core.files import write_bytes_atomically
from morphkit.errors import raise_all
from morphkit.export.adapter import Material
from morphkit.export.screen_texts import FORMULA, faults, unfit
from morphkit.export.trial_rows import (
    FIXATION,
    NONE,
    Cell,
    TrialRow,
    fixed_fixation,
    shown_texts,
    the_design,
)
from morphkit.export.vendor_text import (
    check_ascii,
    copy_flat,
    flat_rows,
    list_numbers,
    picture_names,
    stimulus_names,
    write_notice,
)

#: What is not an attribute's text: a reference to another attribute, an escape.
_FAULTS = faults(
    (r"\n", "a line end, and a line of the list is a trial"),
    (r"[][]", "brackets, which name another attribute"),
    (r"\\", "a backslash, which begins a code"),
    (r'^"', "a quotation mark at the beginning"),
    (r"^ | $", "blanks at an end"),
    FORMULA,
)

#: E-Prime's duration without an end.
UNTIL_ANSWER = -1

_GUIDE = """\
In E-Studio, make a procedure TrialProc with one ImageDisplay for each picture
(Filename: [Image1], …), then open a List object and load eprime_list_NN.txt into it
(List > Load from file). Set its order to Sequential: the rows stand in their final
order. Allowable keys are KeyLeft and KeyRight; LabelLeft and LabelRight are the answers
that they stand for. Copy the images of stimuli/ beside the experiment.

Times in milliseconds are in the attributes FixationMs, StimulusMs, MaskMs, AnswerMs and
FeedbackMs; -1 for StimulusMs and AnswerMs is E-Prime's infinite: until the answer.

Data: log RESP and RT of the object that takes the answer (Data Logging: Standard). The
text log (.txt) that E-Prime writes for each session repeats the attributes of the list.
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
        If a text has letters outside ASCII, or what E-Prime would not show.
    """
    copy_flat(material, folder)
    for number in list_numbers(material):
        rows = flat_rows(material, number)
        texts = shown_texts(rows)
        check_ascii(texts, "E-Prime", language=material.language)
        raise_all(unfit(material, texts, _FAULTS, program="E-Prime"))
        lines = [_cells(row, material) for row in rows]
        table: list[Iterable[Cell]] = [lines[0], *(line.values() for line in lines)]
        # Without quotation marks around cells, which E-Prime would show.
        text = "".join("\t".join(str(cell) for cell in line) + "\r\n" for line in table)
        path = folder / f"eprime_list_{number:02d}.txt"
        write_bytes_atomically(path, text.encode("ascii"))
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
        "ListNumber": row["list_number"],
        "NTrials": row["n_trials"],
        "DesignKind": row["design_kind"],
        "Digests": row["image_digests"],
        "Phase": row["phase_name"],
        "Block": row["block_number"],
        "TrialOrder": row["trial_order"],
        "PauseText": row["pause_text"],
        "FixationMs": row[FIXATION] if FIXATION in row else fixed_fixation(design),
        "StimulusMs": UNTIL_ANSWER if timing.stimulus is None else timing.stimulus,
        "MaskMs": timing.mask,
        "AnswerMs": UNTIL_ANSWER if timing.answer is None else timing.answer,
        "FeedbackMs": timing.feedback,
    }
