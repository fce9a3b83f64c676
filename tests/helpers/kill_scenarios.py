"""Every command that writes, as a scenario in which it is killed."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w
from killing import Prepare, Scenario
from small_study import (
    FACES,
    FIRST,
    LABELS,
    LANDMARKS,
    SECOND,
    recipe_data,
    write_study,
)

import morphkit as mk
from morphkit.pipeline import demo

SIDE = 48
TINY: dict[str, Any] = {
    "align": {"method": "two_point", "width": SIDE, "height": SIDE},
    "morph": {"refine": "none"},
    "checks": {"measures": ["mean_difference_frame256"]},
    "continua": [{"from": LABELS[0], "to": LABELS[1], "steps": 5}],
}


def make_base(base: Path) -> None:
    """Write a study, its pack, designs, answers and a scale: what commands need."""
    _small_demo()
    recipe = write_study(base / "study", **TINY)
    _allow_everything(recipe)
    changed = recipe_data(**TINY | {"frame": {"grey": True}})
    (base / "study" / "grey.toml").write_text(tomli_w.dumps(changed), "utf-8")
    mk.build_pack(recipe, base / "built" / "pack")
    mk.build_pack(base / "study" / "grey.toml", base / "grey" / "pack")
    pack = base / "built" / "pack"
    mk.export_pack(pack, "jspsych", base / "exported" / "out", lab_only=True)
    for kind, repeats in (("categorisation", 8), ("mlds", 20), ("rating", 2)):
        plan = mk.design_study(pack, kind, n_participants=6, repeats=repeats)
        plan.write(base / f"plan_{kind}")
        answers = mk.simulate_answers(
            base / f"plan_{kind}", pack, n_participants=6, observer="curved"
        )
        mk.write_answers(base / f"{kind}.csv", answers)
    for kind in ("labelling", "same_different", "dot_probe"):
        plan = mk.design_study(pack, kind, n_participants=4, repeats=4)
        plan.write(base / f"plan_{kind}")
        answers = mk.simulate_answers(base / f"plan_{kind}", pack, n_participants=4)
        mk.write_answers(base / f"{kind}.csv", answers)
    _make_course(base, pack)
    many = mk.simulate_answers(
        base / "plan_mlds", pack, n_participants=60, observer="curved"
    )
    mk.fit_difference_scales(many, pack, samples=100).write(base / "scale")


def _make_course(base: Path, pack: Path) -> None:
    """Write a course of two visits, its key, answers and balance points."""
    course = mk.plan_course(
        pack,
        arms=["raised=1", "control=0"],
        n_sessions=2,
        follow_ups=[2],
        balance_from="table",
        repeats=2,
        training_blocks=1,
        lists=1,
    )
    course.write(base / "course")
    key = mk.allocate_participants(base / "course", 4, seed=3)
    key.write(base / "codes.csv", base / "key.csv")
    answers = mk.simulate_answers(base / "course", pack, allocation=key)
    mk.write_answers(base / "course.csv", answers)
    mk.measure_balance_points(answers, pack).write(base / "points.csv")
    faces = base / "faces"
    faces.mkdir()
    for photo in sorted(FACES.glob(f"*_{LABELS[0]}.png"))[:3]:
        for label in LABELS:
            name = photo.stem.replace(LABELS[0], label)
            shutil.copy(FACES / f"{name}.png", faces)
            shutil.copy(LANDMARKS / f"{name}.json", faces)


def _allow_everything(recipe: Path) -> None:
    """Permit every use of the faces of a recipe."""
    text = recipe.read_text("utf-8")
    may = "may_morph = true\nmay_show_online = true\nmay_redistribute = true"
    recipe.write_text(text.replace("may_morph = true", may), "utf-8")


def nothing(place: Path) -> None:
    """Leave a place empty, but for a file of somebody else."""
    (place / "mine.txt").write_text("years of work", "utf-8")


def copied(folder: Path) -> Prepare:
    """Return what copies everything from a folder, hidden parts too."""

    def prepare(place: Path) -> None:
        nothing(place)
        for path in folder.iterdir():
            shutil.copytree(path, place / path.name)

    return prepare


def _small_demo() -> None:
    """Make the demo small, in this process and its forks."""
    recipe = recipe_data(**TINY)
    for person in recipe["identities"].values():
        person |= {"may_show_online": True, "may_redistribute": True}
    small = mk.make_recipe(recipe)
    demo.demo_recipe = lambda: small


def scenarios(base: Path) -> Mapping[str, Scenario]:
    """Return every command that writes, by name."""
    pack, study = base / "built" / "pack", base / "study"
    happy, sad = (FACES / f"{FIRST}_{label}.png" for label in LABELS)
    marks = [LANDMARKS / f"{FIRST}_{label}.json" for label in LABELS]
    other = FACES / f"{SECOND}_{LABELS[0]}.png"
    size = ("--size", SIDE, SIDE)
    marked = ("--landmarks", LANDMARKS)
    fitted = ("--pack", pack, "--samples", 20)
    design = ("--design", base / "plan_categorisation")
    said: dict[str, tuple[Any, ...]] = {
        "build": ("build", study / "study.toml", "--output", "OUT/pack"),
        "morph": (
            *("morph", happy, sad, "--steps", 3, *size, "--refine", "none"),
            *("--landmarks-a", marks[0], "--landmarks-b", marks[1]),
            *("--output", "OUT/pack"),
        ),
        "init": ("init", "OUT/new", "--demo"),
        "demo": ("demo", "--output", "OUT/demo"),
        "landmarks detect": (
            *("landmarks", "detect", happy, sad, other, "--output", "OUT/marks"),
            *("--overlay", "OUT/look", "--no-agreement"),
        ),
        "landmarks propagate": (
            *("landmarks", "propagate", happy, sad, "--landmarks", marks[0]),
            *("--output", "OUT/marks"),
        ),
        "landmarks convert": ("landmarks", "convert", marks[0], "OUT/x.tem"),
        "prototype": (
            *("prototype", happy, other, *size, *marked, "--refine", "none"),
            *("--output", "OUT/x.png"),
        ),
        "symmetrise": (
            *("symmetrise", happy, *size, *marked, "--refine", "none"),
            *("--output", "OUT/x.png"),
        ),
        "transform": (
            *("transform", happy, "--from", happy, "--to", sad, *marked),
            *("--refine", "none", "--output", "OUT/x.png"),
        ),
        "landmarks train": (
            *("landmarks", "train", base / "faces", "--output", "OUT/own.npz"),
            *("--table", "OUT/errors.csv", "--figure", "OUT/errors.svg"),
        ),
        "export": (
            *("export", pack, "jspsych", *design, "--output", "OUT/out"),
            "--lab-only",
        ),
        "export points": (
            *("export", pack, "psychopy", "--design", base / "course" / "visit-2"),
            *("--balance-points", base / "points.csv", "--output", "OUT/out"),
            *("--markers", "serial:/dev/ttyUSB0", "--provenance"),
        ),
        "publish": ("publish", pack, "--output", "OUT/public"),
        "report": (
            *("report", pack, "--output", "OUT/page.html"),
            *("--tables", "OUT/tables", "--figures", "OUT/figures"),
        ),
        "report answers": (
            *("report", pack, "--output", "OUT/page.html"),
            *("--answers", base / "scale" / "scale.json"),
            *("--tables", "OUT/tables", "--figures", "OUT/figures"),
        ),
        "compare": ("compare", pack, base / "grey" / "pack", "--picture", "OUT/x.png"),
        "filmstrip": ("check", pack, "--filmstrip", "OUT/worst.html"),
        "design": (
            *("calibrate", "design", pack, "--design", "mlds", "--participants", 4),
            *("--repeats", 4, "--output", "OUT/plan"),
        ),
        "course": (
            *("calibrate", "course", pack, "--arm", "raised=1", "--arm", "control=0"),
            *("--repeats", 1, "--training-blocks", 1, "--lists", 1),
            *("--output", "OUT/course"),
        ),
        "allocate": (
            *("calibrate", "allocate", base / "course", "--participants", 4),
            *("--seed", 3, "--output", "OUT/codes.csv", "--key", "OUT/key.csv"),
        ),
        "wording": ("calibrate", "wording", "da", "--output", "OUT/own.toml"),
        "simulate": (
            *("calibrate", "simulate", base / "plan_mlds", "--pack", pack),
            *("--output", "OUT/x.csv"),
        ),
        "balance": (
            *("calibrate", "balance", base / "course.csv", "--pack", pack),
            *("--output", "OUT/points.csv"),
        ),
        "training": (
            *("calibrate", "training", base / "course.csv", "--pack", pack),
            *("--allocation", base / "key.csv", "--output", "OUT/outcome"),
        ),
        **{
            task: (
                *("calibrate", task, base / f"{kind}.csv", "--pack", pack),
                *("--output", f"OUT/{task}"),
            )
            for task, kind in (
                ("labels", "labelling"),
                ("attention", "dot_probe"),
                ("discriminate", "same_different"),
            )
        },
        "fit": (
            *("calibrate", "fit", base / "categorisation.csv", *fitted),
            *("--output", "OUT/fit"),
        ),
        "scale": (
            *("calibrate", "scale", base / "mlds.csv", *fitted),
            *("--output", "OUT/scale"),
        ),
        "norms": (
            *("calibrate", "norms", base / "rating.csv", "--pack", pack),
            *("--rater-group", "simulated", "--output", "OUT/norms"),
        ),
        "respace": (
            *("calibrate", "respace", study / "study.toml"),
            *("--scale", base / "scale", "--margin", 0.02),
            *("--output", "OUT/even.toml"),
        ),
        "answers": (
            *("answers", base / "categorisation.csv", "--from", "csv"),
            *("--pack", pack, "--output", "OUT/x.csv"),
        ),
    }
    found = {
        name: _scenario(name, arguments, nothing) for name, arguments in said.items()
    }
    again = ("build", study / "grey.toml", "--output", "OUT/pack")
    over = ("--overwrite",)
    replacing = {
        "build again": (again, base / "built", "pack/SHA256SUMS"),
        "export again": (
            (*said["export"], *over),
            base / "exported",
            "out/morphkit_export.json",
        ),
    }
    for name, (arguments, there, always) in replacing.items():
        found[name] = _scenario(name, arguments, copied(there), always)
    return found


def _scenario(
    name: str, arguments: tuple[Any, ...], prepare: Prepare, always: str = ""
) -> Scenario:
    """Return a scenario; ``OUT`` in its arguments stands for its place."""

    def resolved(place: Path) -> list[str]:
        return [str(each).replace("OUT", str(place)) for each in arguments]

    return Scenario(name, prepare, resolved, ("mine.txt",), always)
