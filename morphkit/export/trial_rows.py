"""Trials as flat rows: the one table that table-driven front ends read.

Every column has one type, and every cell a value: programs read an empty cell as text,
as a number or as missing, so "none" is written instead. Names of columns are
identifiers that no front end uses itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.files import write_bytes_atomically
from morphkit._core.tables import table_text
from morphkit.errors import InputError
from morphkit.experiment.design import Design, Trial
from morphkit.experiment.texts import (
    anchors,
    answer_texts,
    fill,
    instructions,
    question,
)
from morphkit.export.adapter import Material
from morphkit.export.masks import masks_of_list, write_masks
from morphkit.export.stimuli import copy_stimuli
from morphkit.pack.link import stimulus_digest
from morphkit.pack.rows import Stimulus
from morphkit.pixels import encode_png

NONE = "none"
#: Column of the file of the backward mask of a trial.
MASK = "mask_picture"
#: Files of a probe, and of nothing in the place of the other image.
DOT, NO_DOT = "probe_dot.png", "probe_none.png"
#: Side of these pictures, pixels; half the diameter of the dot; grey values.
DOT_SIDE, _DOT_RADIUS, _GREY, _WHITE = 24, 8.0, 128, 255
#: Kinds of feedback: none; right or wrong by the table; by the moved balance point.
NO_FEEDBACK, BY_TABLE, BY_BALANCE = "none", "by_table", "by_balance"

#: Column of the fixation of a trial, where it is drawn: whole milliseconds.
FIXATION = "fixation_ms"

Cell = str | int | float
TrialRow = dict[str, Cell]


def the_design(material: Material) -> Design:
    """Return the design of a material that must have one.

    Raises
    ------
    InputError
        If it has none.
    """
    if material.design is None:
        raise InputError("this front end shows trials, but there is no design")
    return material.design


def picture_counts(design: Design) -> int:
    """Return how many pictures a trial shows.

    Raises
    ------
    InputError
        If trials of one design show different numbers.
    """
    counts = {len(trial.stimuli) for trials in design.lists for trial in trials}
    if len(counts) > 1:
        raise InputError(
            f"the numbers of images differ: {' and '.join(map(str, sorted(counts)))}",
            allowed="the same number in all trials",
        )
    return counts.pop()


def fixed_fixation(design: Design) -> int:
    """Return the fixation of all trials, for front ends that know one alone.

    Raises
    ------
    InputError
        If it is drawn from a range.
    """
    fixation = design.timing.fixation
    if isinstance(fixation, tuple):
        raise InputError("the fixation is drawn for each trial", allowed="a fixed one")
    return fixation


def rows_of_list(
    material: Material, number: int, files: Mapping[str, str]
) -> list[TrialRow]:
    """Return the trials of one counterbalancing list as flat rows.

    Parameters
    ----------
    material : Material
    number : int
        Number of the list, from 1.
    files : mapping of str to str
        Stimulus id -> name of its file in the front end; so for masks, where the front
        end has them.

    Returns
    -------
    list of dict
        Columns in the same order in every row. ``stimulus_1`` … are in the order of
        the trial table, ``picture_1`` … and ``choice_1`` … from the left of the
        screen.
    """
    design = the_design(material)
    trials = design.lists[number - 1]
    masks = masks_of_list(design, number)
    rows = []
    for order, trial in enumerate(trials, start=1):
        before = trials[order - 2] if order > 1 else None
        head: TrialRow = {
            "trial_order": order,
            "list_number": number,
            "n_trials": len(trials),
            "design_kind": design.kind,
            "phase_name": trial.phase,
            "block_number": trial.block,
            "pause_text": pause_text(material, trial, before) or NONE,
        }
        shown = [material.pack.by_id[name] for name in trial.stimuli]
        rows.append(
            head
            | _picture_cells(trial, material, shown, files)
            | _choice_cells(trial, material, design)
            | _probe_cells(trial, design)
            | _mask_cells(masks[order - 1], files)
            | {"feedback_rule": _feedback_rule(trial, design)}
            | ({} if trial.fixation is None else {FIXATION: trial.fixation})
            | _course_cells(design, number)
        )
    return rows


def all_rows(material: Material, files: Mapping[str, str]) -> list[list[TrialRow]]:
    """Return the rows of every list."""
    numbers = range(1, len(the_design(material).lists) + 1)
    return [rows_of_list(material, number, files) for number in numbers]


def _picture_cells(
    trial: Trial,
    material: Material,
    shown: Sequence[Stimulus],
    files: Mapping[str, str],
) -> TrialRow:
    """Return the columns of a row for its images."""
    cells: TrialRow = {"continuum_name": shown[0].continuum_id}
    for place, row in enumerate(shown, start=1):
        cells[f"stimulus_{place}"] = row.stimulus_id
        cells[f"step_{place}"] = row.step
        cells[f"level_{place}"] = material.pack.level_of(row.stimulus_id)
    cells["image_digests"] = "|".join(map(stimulus_digest, shown))
    names = trial.stimuli[::-1] if trial.flipped else trial.stimuli
    for place, name in enumerate(names, start=1):
        cells[f"picture_{place}"] = files[name]
    cells["picture_width"] = max(row.width for row in shown)
    cells["picture_height"] = max(row.height for row in shown)
    return cells


def _choice_cells(trial: Trial, material: Material, design: Design) -> TrialRow:
    """Return the columns of a row for the question and its answers."""
    cells: TrialRow = {
        "question_name": trial.question or NONE,
        "question_text": question(design, trial, material.wording),
    }
    texts = answer_texts(trial, material.wording)
    both = zip(trial.shown_choices, texts, strict=True)
    for place, (choice, text) in enumerate(both, start=1):
        cells[f"choice_{place}"] = choice
        cells[f"choice_text_{place}"] = text
    if not trial.choices:
        least, greatest, step = design.scales[trial.question]
        cells["scale_least"] = float(least)
        cells["scale_greatest"] = float(greatest)
        cells["scale_step"] = float(step)
        left, right = anchors(trial, material.wording)
        cells |= {"scale_text_left": left, "scale_text_right": right}
    return cells | {"correct_choice": trial.correct or NONE}


def _probe_cells(trial: Trial, design: Design) -> TrialRow:
    """Return the columns of a row for the probe: its picture in either place."""
    if not design.probe:
        return {}
    sides = trial.shown_choices
    cells: TrialRow = {"probe_side": trial.correct}
    for place, side in enumerate(sides, start=1):
        cells[f"probe_{place}"] = DOT if side == trial.correct else NO_DOT
    return cells


def _mask_cells(mask: str, files: Mapping[str, str]) -> TrialRow:
    """Return the column of a row for its mask, where it has one."""
    return {MASK: files[mask]} if mask in files else {}


def _feedback_rule(trial: Trial, design: Design) -> str:
    """Return whether and by what rule feedback follows a trial."""
    taught = trial.phase in ("practice", "training")
    if taught and trial.correct:
        return BY_TABLE
    if trial.phase == "training" and design.training is not None:
        return BY_BALANCE
    return NO_FEEDBACK


def _course_cells(design: Design, number: int) -> TrialRow:
    """Return the columns of a row for visit, arm and shift; none without a training."""
    if design.training is None:
        return {}
    arm = design.arm_of(number)
    return {
        "visit_name": design.visit or NONE,
        "arm_code": arm.code if arm else NONE,
        "boundary_shift": design.shift_of(number),
        "balance_rule": design.training.balance,
        "balance_from": design.training.balance_from,
    }


def pause_text(material: Material, trial: Trial, before: Trial | None) -> str:
    """Return the text shown before a trial; empty if it follows without a pause.

    It comes before the first trial of a session and of each block, and announces a
    break and what is new in the next phase.
    """
    if before is not None and before.block == trial.block:
        return ""
    words = material.wording
    several = len({t.phase for each in the_design(material).lists for t in each}) > 1
    new = several and (before is None or before.phase != trial.phase)
    parts = [words["break"]] if before is not None else []
    text = " ".join(parts + ([words[f"phase_{trial.phase}"]] if new else []))
    if text == NONE:
        raise InputError(
            f'the text before a block is "{NONE}", which stands for no text',
            where=words.get("file", ""),
            remedy='reword "break" or "phase_…" there',
        )
    return text


def is_shown(column: str) -> bool:
    """Return whether participants read what is in a column."""
    return "_text" in column


def shown_texts(rows: Iterable[TrialRow]) -> list[str]:
    """Return what participants read in rows, each text once."""
    texts = (
        str(cell)
        for row in rows
        for name, cell in row.items()
        if is_shown(name) and (name, cell) != ("pause_text", NONE)
    )
    return list(dict.fromkeys(texts))


def instruction_texts(
    material: Material, *, rating_hint: str = "slider_hint", feedback: bool = True
) -> list[str]:
    """Return the instructions of every list: task, and which key is which answer.

    Parameters
    ----------
    material : Material
    rating_hint : str, optional
        Key of the text that says how a rating is given.
    feedback : bool, optional
        Whether the front end can tell participants what was right.
    """
    design, words = the_design(material), material.wording
    task = instructions(design, words, feedback=feedback)
    fixation = [words["fixation_hint"]] if design.timing.fixation else []
    texts = []
    for trials in design.lists:
        rated = not trials[-1].choices
        hint = words[rating_hint] if rated else keys_hint(material, trials[-1])
        texts.append("\n\n".join([words["welcome"], task, *fixation, hint]))
    return texts


def keys_hint(material: Material, trial: Trial) -> str:
    """Return which key is which answer: a sentence for two, a line for each of more."""
    words, keys = material.wording, the_design(material).keys
    if len(trial.choices) > 2:
        both = zip(keys, answer_texts(trial, words), strict=True)
        return "\n".join(f"{key_name(material, key)} = {text}" for key, text in both)
    left, right = answer_texts(trial, words)
    return fill(
        words["keys_hint"],
        left_key=key_name(material, keys[0]),
        left=left,
        right_key=key_name(material, keys[1]),
        right=right,
    )


def key_name(material: Material, key: str) -> str:
    """Return the name of a key for participants."""
    return material.wording["space_key"] if key == "space" else key.upper()


def format_csv(rows: Sequence[Mapping[str, Any]], *, delimiter: str = ",") -> str:
    """Return rows as CSV text with LF; floats in full precision."""
    return table_text([rows[0], *(row.values() for row in rows)])


def copy_pictures(
    material: Material, folder: Path, *, below: str = "stimuli"
) -> dict[str, str]:
    """Copy the images of the design, and write its masks and the dot.

    Returns
    -------
    dict of str to str
        Stimulus id, or name of a mask -> path relative to `folder`.
    """
    files = copy_stimuli(material, folder, below=below)
    files |= write_masks(material, folder, below)
    for name, data in probe_pngs(the_design(material)).items():
        write_bytes_atomically(folder / below / name, data)
    return files


def probe_pngs(design: Design) -> dict[str, bytes]:
    """Return the pictures of a probe and of none, by file; empty without a probe.

    The dot is white, its edge smooth, on the grey of the screen.
    """
    if not design.probe:
        return {}
    across = np.arange(DOT_SIDE) - (DOT_SIDE - 1) / 2
    away = np.hypot(across[:, None], across)
    share = np.clip(_DOT_RADIUS + 0.5 - away, 0, 1)
    found = {}
    for name, height in ((DOT, _WHITE - _GREY), (NO_DOT, 0)):
        grey = np.rint(_GREY + height * share).astype(np.uint8)
        found[name] = encode_png(np.ascontiguousarray(np.stack([grey] * 3, axis=2)))
    return found
