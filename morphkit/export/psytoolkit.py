"""PsyToolkit: a script with its tables and bitmaps; not verified there."""

from pathlib import Path

from morphkit._core.files import write_bytes_atomically, write_text_atomically
from morphkit.errors import raise_all
from morphkit.export import screen_layout
from morphkit.export.adapter import Material
from morphkit.export.screen_texts import faults, unfit
from morphkit.export.stimuli import image_name, shown_stimulus, used_rows
from morphkit.export.trial_rows import (
    TrialRow,
    fixed_fixation,
    key_name,
    picture_counts,
    the_design,
)
from morphkit.export.vendor_text import (
    NOT_VERIFIED,
    flat_rows,
    identifier,
    list_numbers,
    picture_names,
    stimulus_names,
    write_notice,
)

_GUIDE = """\
Make an experiment in PsyToolkit, paste script_list_NN.txt as its code and upload every
file beside it; one script is one counterbalancing list. The saved columns are, in this
order: name of the trial, stimuli, label of the left key, label of the right key, phase,
reaction time (ms), status (1 answered, 3 too slow), key (1 left, 2 right), 0.
Instructions, pauses, masks and feedback are not in it.

Data: the files of experiment_data, one for each participant; the data.csv of the survey
in the folder above says who they are.
"""
#: Largest screen that the server offers by default.
_SCREEN = (1024, 768)


def write(material: Material, folder: Path) -> None:
    """Write a script for each list, and the images.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder; PsyToolkit has no subfolders, so all files are in it.
    """
    _check_texts(material)
    for row in used_rows(material):
        data = shown_stimulus(row, material.folder)
        write_bytes_atomically(folder / image_name(row), data)
    for number in list_numbers(material):
        text = _script(material, number)
        write_text_atomically(folder / f"script_list_{number:02d}.txt", text)
    write_notice(folder, "PsyToolkit", _GUIDE)


def _check_texts(material: Material) -> None:
    """Refuse what a text in quotation marks cannot hold, and what may be a code."""
    texts = [
        str(row[name])
        for number in list_numbers(material)
        for row in flat_rows(material, number)
        for name in ("choice_text_1", "choice_text_2")
    ]
    may = faults(
        (r'"', "a quotation mark"),
        (r"\n", "a line end"),
        (r"[@$&\\#]", "one of @ $ & \\ #, which have a meaning in scripts"),
        (r"^ | $", "blanks at an end"),
    )
    raise_all(unfit(material, texts, may, program="PsyToolkit"))


def bitmap(name: str) -> str:
    """Return a file's name in the script: no leading digit, no special characters."""
    return "b_" + identifier(Path(name).stem)


def _script(material: Material, number: int) -> str:
    """Return the whole script of a list."""
    design, rows = the_design(material), flat_rows(material, number)
    n = picture_counts(design)
    names = sorted({name for row in rows for name in picture_names(row)})
    captions = {
        (row[f"choice_text_{k}"], k, key_name(material, design.keys[k - 1]))
        for row in rows
        for k in (1, 2)
    }
    lines = [
        f"# {NOT_VERIFIED.format(program='PsyToolkit')}",
        "options",
        f"  resolution {_SCREEN[0]} {_SCREEN[1]}",
        "  background color 128 128 128",
        "",
        "bitmaps",
        *(f"  {bitmap(name)} {name}" for name in names),
        "",
        "fonts",
        "  arial 20",
        "",
        "table trials",
        *(f"  {_line(row)}" for row in rows),
        "",
        "task onetrial",
        "  table trials",
        f"  keys {' '.join(design.keys)}",
    ]
    lines += _task(material, n, sorted(captions))
    lines += [
        "",
        "block main",
        "  tasklist",
        f"    onetrial {len(rows)} fixed",
        "  end",
        "",
    ]
    return "\n".join(lines)


def _line(row: TrialRow) -> str:
    """Return the line of a trial: name, bitmaps, stimuli, labels, phase, right key."""
    keys = {row["choice_1"]: 1, row["choice_2"]: 2}
    right = keys.get(row["correct_choice"], 0)
    cells = [
        f'"t{int(row["trial_order"]):03d}"',
        *(bitmap(name) for name in picture_names(row)),
        f'"{"+".join(stimulus_names(row))}"',
        f'"{row["choice_1"]}"',
        f'"{row["choice_2"]}"',
        f'"{row["phase_name"]}"',
        str(right),
    ]
    return " ".join(cells)


def _task(
    material: Material, n: int, captions: list[tuple[str | int | float, int, str]]
) -> list[str]:
    """Return the script of a trial."""
    design, used = the_design(material), used_rows(material)
    timing = design.timing
    width = max(row.width for row in used)
    height = max(row.height for row in used)
    lines = []
    fixation = fixed_fixation(design)
    if fixation:
        lines += ['  show text "+" 0 0', f"  delay {fixation}", "  clear 1"]

    for place, (x, y) in enumerate(screen_layout.centres(n, width, height), start=1):
        lines.append(f"  show bitmap @{place + 1} {round(x)} {round(y)}")

    below = round(screen_layout.extent(n, width, height)[1] / 2 + 50)
    if len(captions) == 2:
        for text, place, key in captions:
            lines.append(
                f'  show text "{key} = {text}" {(-220, 220)[place - 1]} {below}'
            )
    if timing.stimulus is not None:
        lines += [f"  delay {timing.stimulus}"]
        first = 2 if fixation else 1
        lines += [f"  clear {first + place}" for place in range(n)]
    lines.append(f"  readkey @{n + 6} {timing.answer or 999999}")
    saved = " ".join(f"@{place}" for place in (1, n + 2, n + 3, n + 4, n + 5))
    return [*lines, "  clear screen", f"  save {saved} RT STATUS KEY 0"]
