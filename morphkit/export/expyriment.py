"""Expyriment: a Python script, and the same trial tables as for PsychoPy."""

import json
from importlib.resources import files as resources
from pathlib import Path

from morphkit._core.files import write_text_atomically
from morphkit.export import screen_layout
from morphkit.export.adapter import Material
from morphkit.export.balance_table import NO_POINT, points_study, write_points
from morphkit.export.training_code import python_lists, python_rule
from morphkit.export.trial_rows import (
    all_rows,
    copy_pictures,
    format_csv,
    instruction_texts,
    key_name,
    picture_counts,
    the_design,
)

#: Line of the script in whose place the rules are written.
_RULES = "# <the rules of training and of the trial list>\n"


def write(material: Material, folder: Path) -> None:
    """Write trial tables, pictures, texts and the script.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    names = copy_pictures(material, folder)
    (folder / "conditions").mkdir()
    for number, rows in enumerate(all_rows(material, names), start=1):
        path = folder / "conditions" / f"list_{number:02d}.csv"
        write_text_atomically(path, format_csv(rows))
    text = json.dumps(_study(material), indent=1, ensure_ascii=False) + "\n"
    write_text_atomically(folder / "study.json", text)
    write_points(material, folder)
    script = resources("morphkit") / "export" / "scripts" / "run_expyriment.py.txt"
    program = script.read_text("utf-8").replace(_RULES, _rules())
    write_text_atomically(folder / "run_expyriment.py", program)


def _rules() -> str:
    """Return the rules as functions of the script, which imports ``re`` itself."""
    rules = f"{python_rule()}\n{python_lists()}".replace("import re\n", "\n")
    return rules + "\n"


def _study(material: Material) -> dict[str, object]:
    """Return what is the same in all trials."""
    design, words = the_design(material), material.wording
    n = picture_counts(design)
    training = design.training
    screen = material.participation.screen
    return {
        "name": f"morphkit_{design.kind}",
        "n_lists": len(design.lists),
        "n_pictures": n,
        "extent": screen_layout.extent(n, 1, 1),
        "centres": screen_layout.centres(n, 1, 1),
        "text_band": screen_layout.TEXT_BAND,
        "keys": design.keys,
        "answer_places": screen_layout.answer_places(len(design.keys), 440),
        "key_names": [key_name(material, key) for key in design.keys],
        "timing": dict(vars(design.timing)),
        "screen": screen and {**screen.to_dict(), "height_cm": screen.height_cm},
        "rating": bool(design.scales),
        "training": dict(vars(training)) if training else None,
        "trained": points_study(material)["trained"],
        "no_point": NO_POINT,
        "instructions": instruction_texts(material),
        "texts": {
            key: words[key]
            for key in (
                "key_to_start",
                "key_to_continue",
                "feedback_correct",
                "feedback_incorrect",
                "too_slow",
                "thanks",
            )
        },
    }
