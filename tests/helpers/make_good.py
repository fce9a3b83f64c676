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
    return SimpleNamespace(
        folder=folder,
        pack=folder / "pack",
        read=pack,
        sources=recipe.parent / "source_faces",
        design=design,
        answers=answers,
        fit=folder / "fit" / "fit.json",
        continuum=pack.continua[0].continuum_id,
        image=pack.stimuli[0].file,
    )
