"""A good pack of two continua, with all that belongs to it."""

from pathlib import Path
from types import SimpleNamespace

import small_study as small

import morphkit as mk


def make_good(folder: Path) -> SimpleNamespace:
    """Return a pack of two continua of three images, and what belongs to it."""
    recipe = small.write_study(
        folder / "study",
        align={"method": "procrustes", "width": 64, "height": 72},
        continua=[{"from": "happy", "to": "distressed", "steps": 3}],
        checks={"measures": ["mean_difference_face256"]},
        identities={
            name: small.PERSON | {"may_show_online": True, "may_redistribute": True}
            for name in small.IDENTITIES
        },
    )
    pack = small.build_study(recipe, folder / "pack")
    design, answers = folder / "design", folder / "answers.csv"
    done = small.run(
        *("calibrate", "design", folder / "pack", "--design", "categorisation"),
        *("--participants", "4", "--repeats", "2", "--runs", "20", "--quiet"),
        *("--output", design),
    )
    assert done.exit_code == 0, done.stderr
    done = small.run(
        *("calibrate", "simulate", design, "--pack", folder / "pack"),
        *("--participants", "4", "--output", answers, "--quiet"),
    )
    assert done.exit_code == 0, done.stderr
    fits = mk.fit_psychometric_functions(
        mk.read_answers(answers), folder / "pack", samples=0
    )
    fits.write(folder / "fit")
    of_tasks = answers_of_tasks(folder / "pack", folder / "tasks")
    return SimpleNamespace(
        folder=folder,
        recipe=recipe,
        of_tasks=of_tasks,
        pack=folder / "pack",
        read=pack,
        sources=recipe.parent / "source_faces",
        design=design,
        answers=answers,
        fit=folder / "fit" / "fit.json",
        continuum=pack.continua[0].continuum_id,
        image=pack.stimuli[0].file,
    )


#: What takes answers to a task -> the design of the task.
TASKS = {
    "scale": "mlds",
    "norms": "rating",
    "labels": "labelling",
    "discriminate": "same_different",
    "attention": "dot_probe",
}


def answers_of_tasks(pack: Path, place: Path) -> dict[str, Path]:
    """Write simulated answers for every command that takes those of one task."""
    place.mkdir()
    found = {name: place / f"{name}.csv" for name in (*TASKS, "training")}
    for name, kind in TASKS.items():
        plan = mk.design_study(pack, kind, n_participants=6, repeats=10)
        answers = mk.simulate_answers(plan.design, pack, n_participants=6)
        mk.write_answers(found[name], answers)
    course = mk.plan_course(
        pack,
        arms=["raised=1", "control=0"],
        n_sessions=1,
        follow_ups=[],
        repeats=1,
        training_blocks=1,
        lists=1,
    )
    course.write(place / "course")
    key = mk.allocate_participants(place / "course", 4, seed=3)
    answers = mk.simulate_answers(place / "course", pack, allocation=key)
    mk.write_answers(found["training"], answers)
    return found
