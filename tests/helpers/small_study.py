"""A small study of the shipped faces, for tests of what builds and proves packs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w
from click.testing import CliRunner, Result
from PIL import Image as Pillow
from repository import LANDMARKS as LANDMARKS
from repository import ROOT as ROOT
from repository import SOURCE_FACES as FACES

from morphkit.cli import main
from morphkit.pack.model import Pack
from morphkit.pipeline.build import build
from morphkit.pipeline.demo import demo_identities
from morphkit.pipeline.norms import resolve_norms
from morphkit.pipeline.processes import workers_for
from morphkit.pipeline.sources import resolve_sources, resolve_template
from morphkit.recipe import read_recipe

IDENTITIES = tuple(demo_identities()[:2])
FIRST, SECOND = IDENTITIES
LABELS = ("happy", "distressed")
STEPS = 4
SIDE = 96
PERSON = {"consent_basis": "synthetic", "may_morph": True, "age_months": 7}

try:  # before click 8.2 both streams have to be kept apart on demand
    RUNNER = CliRunner(mix_stderr=False)  # type: ignore[call-arg]
except TypeError:
    RUNNER = CliRunner()

#: Every image of the pack of the study.
STIMULI = [
    f"{identity}_happy_distressed_s{step:02d}"
    for identity in IDENTITIES
    for step in range(1, STEPS + 1)
]


def recipe_data(**parts: Any) -> dict[str, Any]:
    """Return the recipe as plain values; `parts` replace its parts."""
    data: dict[str, Any] = {
        "schema": 1,
        "pack": {"name": "small_study", "creators": ["Muster, Eva"]},
        "identities": {name: dict(PERSON) for name in IDENTITIES},
        "align": {"method": "procrustes", "width": SIDE, "height": SIDE + 16},
        "continua": [{"from": LABELS[0], "to": LABELS[1], "steps": STEPS}],
    }
    return data | parts


def write_study(folder: Path, **parts: Any) -> Path:
    """Write recipe, photographs and landmarks; return the path of the recipe."""
    for name, source in (("source_faces", FACES), ("landmarks", LANDMARKS)):
        (folder / name).mkdir(parents=True)
        for identity in IDENTITIES:
            for label in LABELS:
                for file in source.glob(f"{identity}_{label}.*"):
                    shutil.copy(file, folder / name)
    recipe = folder / "study.toml"
    recipe.write_text(tomli_w.dumps(recipe_data(**parts)), "utf-8")
    return recipe


def write_pair(path: Path) -> None:
    """Write a photograph of two people side by side."""
    both = Pillow.new("RGB", (640, 320))
    for number, identity in enumerate(IDENTITIES):
        face = Pillow.open(FACES / f"{identity}_happy.png").resize((320, 320))
        both.paste(face, (320 * number, 0))
    both.save(path)


def build_study(
    recipe: Path,
    output: Path,
    *,
    jobs: int = 1,
    processes: bool = False,
    **options: Any,
) -> Pack:
    """Build the pack of a recipe."""
    read = read_recipe(recipe)
    template = resolve_template(read, recipe.parent)
    files = resolve_sources(read, recipe.parent)
    norms = resolve_norms(read, recipe.parent)
    with workers_for(jobs, processes=processes) as workers:
        about = {"template": template, "norms": norms, "workers": workers}
        return build(read, files, output, **about, **options)


def run(*arguments: str | Path) -> Result:
    """Run a command in this process, its stdout and stderr apart."""
    result = RUNNER.invoke(main, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def command(*arguments: str | Path) -> list[str]:
    """Return the command line of a process of its own."""
    start = "from morphkit.cli import main; main()"
    return [sys.executable, "-c", start, *map(str, arguments)]


def run_alone(
    *arguments: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a process that imports the same morphkit."""
    return {**os.environ, **(settings or {})}


def sums(pack: Path) -> str:
    """Return the text of SHA256SUMS: equal for packs that are equal byte for byte."""
    return (pack / "SHA256SUMS").read_text("utf-8")


def files_below(folder: Path) -> Sequence[str]:
    """Return every path below a folder, hidden ones too, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
