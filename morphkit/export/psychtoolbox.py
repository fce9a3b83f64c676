"""Psychtoolbox-3 for MATLAB and Octave: trials as a .mat file and a script that runs.

Texts for the screen are stored as Unicode code points: Octave keeps strings as bytes,
MATLAB as UTF-16, and both draw code points alike.
"""

import io
from collections.abc import Mapping, Sequence
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.files import write_bytes_atomically, write_text_atomically
from morphkit.errors import raise_all
from morphkit.experiment.design import Design
from morphkit.experiment.texts import fill
from morphkit.export import screen_layout
from morphkit.export.adapter import Material
from morphkit.export.balance_table import NO_POINT, points_study, write_points
from morphkit.export.screen_texts import faults, lines_of, unfit
from morphkit.export.trial_rows import (
    NONE,
    TrialRow,
    all_rows,
    copy_pictures,
    format_csv,
    instruction_texts,
    key_name,
    picture_counts,
    shown_texts,
    the_design,
)

#: First 116 bytes of a .mat file are free text; the time stands there otherwise.
_HEADER = b"MATLAB 5.0 MAT-file, written by morphkit".ljust(116)
#: Columns that only the screen needs, as the script calls them.
_ON_SCREEN = {
    "question_text": "question_codes",
    "pause_text": "pause_codes",
    "scale_text_left": "left_codes",
    "scale_text_right": "right_codes",
}
#: Texts that are the same in all trials.
_SAID = (
    *("key_to_start", "key_to_continue", "too_slow", "thanks"),
    *("feedback_correct", "feedback_incorrect"),
)
HALF_LINE = 300.0


def write(material: Material, folder: Path) -> None:
    """Write trials, pictures and the script.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    names = copy_pictures(material, folder)
    lists = all_rows(material, names)
    _check_texts(material, lists)
    write_points(material, folder)
    write_bytes_atomically(folder / "trials.mat", _mat(material, lists))
    script = resources("morphkit") / "export" / "scripts" / "morphkit_run.m"
    write_text_atomically(folder / "morphkit_run.m", script.read_text("utf-8"))
    for number, rows in enumerate(lists, start=1):
        write_text_atomically(folder / f"trials_{number:02d}.csv", format_csv(rows))


def _check_texts(material: Material, lists: Sequence[Sequence[TrialRow]]) -> None:
    """Refuse what DrawFormattedText changes."""
    texts = shown_texts(row for rows in lists for row in rows)
    texts += [*instruction_texts(material), *(material.wording[k] for k in _SAID)]
    rule = (r"\\n", "a backslash and an n, which it takes for the end of a line")
    raise_all(unfit(material, texts, faults(rule), program="Psychtoolbox"))


def codes(text: str, *, width: int = 0) -> npt.NDArray[np.uint32]:
    """Return the code points of a text, wrapped to lines of at most `width`."""
    if width:
        text = "\n".join(lines_of(text, width))
    return np.array([[ord(letter) for letter in text]], np.uint32).reshape(1, -1)


def _mat(material: Material, lists: Sequence[Sequence[TrialRow]]) -> bytes:
    """Return the .mat file; the same bytes for the same trials."""
    import scipy.io

    cells = np.empty((1, len(lists)), dtype=object)
    for place, rows in enumerate(lists):
        cells[0, place] = _structs([_fields(row, material) for row in rows])
    data = io.BytesIO()
    content = {"lists": cells, "settings": _settings(material)}
    # An open file is allowed, whatever its annotation says.
    scipy.io.savemat(data, content, do_compression=True)  # type: ignore[arg-type]
    return _HEADER + data.getvalue()[len(_HEADER) :]


def _structs(rows: Sequence[Mapping[str, Any]]) -> npt.NDArray[Any]:
    """Return rows as a struct array."""
    array = np.empty((1, len(rows)), dtype=[(name, object) for name in rows[0]])
    for place, row in enumerate(rows):
        for name, value in row.items():
            array[0, place][name] = value
    return array


def _fields(row: TrialRow, material: Material) -> dict[str, Any]:
    """Return a row as the fields of a struct: plain columns, then texts."""
    plain = {
        name: value if isinstance(value, str) else float(value)
        for name, value in row.items()
        if name not in _ON_SCREEN and not name.startswith("choice_text_")
    }
    shown: dict[str, Any] = {
        field: codes(
            "" if (name, row[name]) == ("pause_text", NONE) else str(row[name]),
            width=70,
        )
        for name, field in _ON_SCREEN.items()
        if name in row
    }
    if "choice_1" not in row:
        return plain | shown
    words = material.wording
    for place, key in enumerate(the_design(material).keys, start=1):
        text = str(row[f"choice_text_{place}"])
        shown[f"caption_{place}"] = codes(f"{key_name(material, key)} = {text}")
        for field, word in (("right", "correct"), ("wrong", "incorrect")):
            said = fill(words[f"feedback_{word}"], label=text)
            shown[f"said_{field}_{place}"] = codes(said)
    return plain | shown


def _settings(material: Material) -> dict[str, Any]:
    """Return what is the same in all trials."""
    design, words = the_design(material), material.wording
    n = picture_counts(design)
    timing, training = design.timing, design.training
    instructions = np.empty((1, len(design.lists)), dtype=object)
    for place, text in enumerate(instruction_texts(material)):
        instructions[0, place] = codes(text, width=70)
    across, down = screen_layout.extent(n, 1, 1)
    return {
        "n_pictures": float(n),
        "across": across,
        "down": down,
        "centres": np.array(screen_layout.centres(n, 1, 1)),
        "text_band": float(screen_layout.TEXT_BAND),
        "half_line": HALF_LINE,
        **{f"key_{k + 1}": _key(design, k) for k in range(len(design.keys))},
        "n_choices": float(len(design.keys)),
        "answer_places": np.array(
            screen_layout.answer_places(len(design.keys), 520), float
        ),
        # Of a fixation that is drawn it has least and most; each row has its own.
        "fixation": np.array(timing.fixation, float),
        "stimulus": _milliseconds(timing.stimulus),
        "mask": float(timing.mask),
        "answer": _milliseconds(timing.answer),
        "feedback": float(timing.feedback),
        "rating": float(bool(design.scales)),
        "training": float(training is not None),
        **_monitor(material),
        "balance_from": training.balance_from if training else NONE,
        "trained": " ".join(points_study(material)["trained"]),
        "no_point": NO_POINT,
        "from_label": training.from_label if training else NONE,
        "to_label": training.to_label if training else NONE,
        "instructions": instructions,
        "key_to_start": codes(words["key_to_start"]),
        "key_to_continue": codes(words["key_to_continue"]),
        "too_slow": codes(words["too_slow"]),
        "thanks": codes(words["thanks"], width=70),
    }


def _monitor(material: Material) -> dict[str, float]:
    """Return the size of pictures and monitor, centimetres; zeros if not stated."""
    screen = material.participation.screen
    return {
        # Doubles: with a whole number Octave would go on in whole numbers.
        "picture_height_cm": float(screen.height_cm if screen else 0),
        "monitor_width_cm": float(screen.monitor_width_cm if screen else 0),
        "distance_cm": float(screen.distance_cm if screen else 0),
    }


def _milliseconds(value: int | None) -> float:
    """Return a time; infinity waits for the answer."""
    return float("inf") if value is None else float(value)


def _key(design: Design, place: int) -> str:
    """Return Psychtoolbox's name of a key; for digits it includes the shifted sign."""
    key = design.keys[place]
    return key + ")!@#$%^&*("[int(key)] if key.isdigit() else key
