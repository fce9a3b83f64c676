"""Make one small pack and export it to every front end that the validators run.

    python validators/exports.py FOLDER

The pack has two of the shipped identities with five steps each, and five from neutral
for sequences of rising intensity; the designs are short, so that a whole session takes
seconds. One of them, "texts", shows every text that the tests know to mean something to
a program (``tests/helpers/nasty_texts.py``); texts.json says beside it what a
participant should read.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))
import nasty_texts

from morphkit.experiment.balance_points import BalancePoint, BalancePoints
from morphkit.experiment.design import Design, Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.intended import NEUTRAL
from morphkit.experiment.texts import read_wording
from morphkit.export import FRONT_ENDS
from morphkit.export.participation import Participation
from morphkit.export.screen_size import ScreenSize
from morphkit.export.write_export import write_export
from morphkit.pack import read_pack
from morphkit.pack.model import Pack
from morphkit.pipeline.demo import demo_recipe, shipped_faces
from morphkit.recipe import Recipe, make_recipe

LABELS = ("happy", "distressed")
#: Psychtoolbox refuses one.
TEXTS = nasty_texts.without({"a\\nb"})
N_STEPS = 5
#: Time for an answer, milliseconds: more than keys take on the busiest machine.
LIMIT = 60_000
#: Shorter than in a real study: the validators press the keys, not a person.
BRIEF = Timing(fixation=100, stimulus=None, mask=0, answer=None, feedback=300)
MASKED = Timing(fixation=(80, 160), stimulus=150, mask=100, answer=None, feedback=300)
PROBED = Timing(fixation=(80, 160), stimulus=150, answer=LIMIT, feedback=300)
IN_TIME = Timing(fixation=100, stimulus=None, mask=0, answer=LIMIT, feedback=300)


#: The virtual screen, as if it were 34 cm wide: 6.6 degrees are 247 of its pixels.
DEGREES = 6.6
ON_MONITOR = Participation(screen=ScreenSize(57, DEGREES, False, 34.0, (1280, 800)))


def recipe() -> Recipe:
    """Return the recipe of the small pack: of the demo's, two identities, 256 px."""
    demo = demo_recipe()
    names = sorted(demo.identities)[:2]
    people = {name: demo.identities[name].model_dump() for name in names}
    return make_recipe(
        {
            "schema": 1,
            "pack": {
                "name": "two_infants",
                "title": "Two infants for the validators",
                "licence": "CC0-1.0",
                "creators": ["The morphkit developers"],
            },
            "identities": people,
            "align": {"method": "two_point", "width": 256, "height": 256},
            "continua": [
                {"from": first, "to": LABELS[1], "steps": N_STEPS}
                for first in (LABELS[0], NEUTRAL)
            ],
        }
    )


#: Balance points that are carried over: of the participants 1 and 2.
CARRIED = {"1": 22500, "2": 33333}


def carried_points(continuum: str) -> BalancePoints:
    """Return the table of an earlier session."""
    return BalancePoints(
        tuple(
            BalancePoint(who, continuum, point, "visit-1", "count")
            for who, point in CARRIED.items()
        )
    )


def rising(design: Design) -> Design:
    """Return a design whose baseline goes from the first step to the last.

    Somebody who presses one key and later the other then has answers that fall, and a
    balance point that can be fitted.
    """
    lists = []
    for trials in design.lists:
        first = [trial for trial in trials if trial.phase == "baseline"]
        rest = [trial for trial in trials if trial.phase != "baseline"]
        lists.append((*sorted(first, key=lambda trial: trial.stimuli), *rest))
    return replace(design, lists=tuple(lists))


def designs(pack: Pack) -> dict[str, Design]:
    """Return a short design of every kind; scaling in both forms."""
    rows = [row for row in pack.stimuli if row.from_label != NEUTRAL]
    one = [rows[0].continuum_id]
    return {
        "categorisation": DESIGNS["categorisation"].make(
            rows, seed=1, repeats=1, practice=2, lists=2, block_trials=6, timing=IN_TIME
        ),
        "training": DESIGNS["training"].make(
            rows,
            seed=2,
            continua=one,
            repeats=2,
            training_blocks=1,
            lists=2,
            shift_steps=1.0,
            timing=MASKED,
        ),
        "training_fit": rising(
            DESIGNS["training"].make(
                rows,
                seed=11,
                continua=one,
                training_blocks=2,
                lists=1,
                shift_steps=0.75,
                balance="fit",
                timing=BRIEF,
            )
        ),
        "training_carried": DESIGNS["training"].make(
            rows,
            seed=12,
            continua=one,
            repeats=1,
            training_blocks=2,
            lists=2,
            shift_steps=1.25,
            balance_from="table",
            timing=BRIEF,
        ),
        "mlds": DESIGNS["mlds"].make(
            rows, seed=3, continua=one, images=4, lists=2, timing=BRIEF
        ),
        "mlds_quadruples": DESIGNS["mlds"].make(
            rows, seed=4, continua=one, form="quadruples", lists=2, timing=BRIEF
        ),
        "rating": DESIGNS["rating"].make(
            rows,
            seed=5,
            continua=one,
            scales=("valence", "clarity"),
            lists=2,
            timing=BRIEF,
        ),
        "same_different": DESIGNS["same_different"].make(
            rows, seed=6, continua=one, repeats=1, practice=2, lists=2, timing=BRIEF
        ),
        "labelling": DESIGNS["labelling"].make(
            rows,
            seed=7,
            continua=one,
            cannot_tell=True,
            repeats=1,
            practice=2,
            lists=2,
            timing=MASKED,
        ),
        "identification": DESIGNS["identification"].make(
            pack.stimuli, seed=9, labels=[LABELS[0]], lists=2, timing=BRIEF
        ),
        "dot_probe": DESIGNS["dot_probe"].make(
            rows, seed=8, repeats=1, practice=2, lists=2, timing=PROBED
        ),
        "degrees": DESIGNS["categorisation"].make(
            rows, seed=9, continua=one, repeats=1, practice=0, lists=1, timing=BRIEF
        ),
        "texts": nasty_texts.pairs(
            TEXTS, [row.stimulus_id for row in rows[:2]], timing=BRIEF
        ),
    }


def make(folder: Path, front_ends: list[str]) -> None:
    """Build the pack if this one is not there, and export the designs to front ends."""
    pack_folder = folder / "pack"
    plan, note = recipe(), folder / "pack.json"
    wanted = plan.model_dump_json()
    # One that is there may be of an earlier recipe.
    if not note.is_file() or note.read_text("utf-8") != wanted:
        from morphkit.pipeline.build import build
        from morphkit.pipeline.sources import resolve_sources

        shutil.rmtree(pack_folder, ignore_errors=True)
        build(plan, resolve_sources(plan, shipped_faces()), pack_folder)
        note.write_text(wanted, "utf-8")
    pack = read_pack(pack_folder)
    plain, texts = read_wording("en", LABELS), nasty_texts.wording(TEXTS)
    for name in front_ends:
        for kind, design in designs(pack).items():
            sized = kind == "degrees"
            if FRONT_ENDS[name].lacks(design) or (
                sized and not FRONT_ENDS[name].on_monitor
            ):
                continue
            wording = texts if kind == "texts" else plain
            output = folder / name / kind
            # Data of an earlier run lie in it, so morphkit itself would not replace it.
            shutil.rmtree(output, ignore_errors=True)
            write_export(
                pack_folder,
                name,
                output,
                design=design,
                wording=wording,
                participation=ON_MONITOR if sized else None,
                balance_points=carried_points(pack.stimuli[0].continuum_id)
                if kind == "training_carried" and FRONT_ENDS[name].reader
                else None,
            )
            if kind == "texts":
                _write_texts(output, design, wording)
            print(output)


def _write_texts(output: Path, design: Design, wording: Mapping[str, str]) -> None:
    """Write what a participant should read: the answers of each trial, and a page."""
    trials = [
        [wording[f"label_{choice}"] for choice in trial.choices]
        for trial in design.lists[0]
    ]
    content = {"answers": trials, "page": wording["thanks"]}
    (output / "texts.json").write_text(json.dumps(content), "utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2:])
