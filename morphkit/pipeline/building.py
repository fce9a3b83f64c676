"""From a recipe to a pack.

A build works in a hidden folder beside its output, which takes its place only when
everything in it is done. A build that was stopped goes on where it was: continua that
were finished from the same recipe, sources and software are kept.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from morphkit.errors import InputError, OutputError
from morphkit.finding import Finding
from morphkit.pack import Pack
from morphkit.packs.reading import read_manifest
from morphkit.packs.writing import write_documents, write_manifest
from morphkit.pipeline.making import make_continuum
from morphkit.pipeline.planning import plan_continua
from morphkit.pipeline.software import software_versions
from morphkit.pipeline.sources import (
    Key,
    SourceFace,
    SourceFiles,
    check_consent,
    identity_row,
    read_sources,
)
from morphkit.previews import write_contact_sheet
from morphkit.recipe import Recipe, to_toml
from morphkit.report import write_report


@dataclass(frozen=True)
class Progress:
    """How a build tells what it does.

    Parameters
    ----------
    stage : callable
        ``stage(text, total)`` begins a stage of `total` units.
    advance : callable
        ``advance(text)`` ends one unit.
    """

    stage: Callable[[str, int], None] = lambda text, total: None
    advance: Callable[[str], None] = lambda text: None


def build(
    recipe: Recipe,
    files: Mapping[Key, SourceFiles],
    output: Path,
    *,
    jobs: int = 1,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Pack:
    """Build a pack.

    Parameters
    ----------
    recipe : Recipe
    files : mapping of (str, str) to SourceFiles
        Every source face by identity and label, from
        `morphkit.pipeline.sources.resolve_sources`.
    output : Path
        Folder of the pack; it must not exist unless `overwrite`.
    jobs : int, optional
        Continua that are rendered at a time. It changes no byte of the result.
    overwrite : bool, optional
        Replace a pack that is there. Anything that is not a pack is never replaced.
    progress : Progress, optional

    Raises
    ------
    InputError
        If consent, sources or names do not allow the build; all faults together.
    OutputError
        If the output exists or cannot be written.
    """
    progress = progress or Progress()
    check_output(output, overwrite=overwrite)
    check_consent(recipe)
    progress.stage("reading photographs", len(files))
    faces = read_sources(recipe, files, progress=progress.advance)
    plans = plan_continua(recipe, faces)

    staging = output.parent / f".{output.name}.partial"
    _open_staging(staging, _fingerprint(recipe, faces))
    progress.stage("rendering", sum(plan.trajectory.n_steps for plan in plans))
    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
        tasks = [
            pool.submit(make_continuum, plan, staging, progress.advance)
            for plan in plans
        ]
        try:
            made = [task.result() for task in tasks]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    progress.stage("writing the pack", 3)
    pack = _assemble(recipe, made)
    _finish(pack, staging, progress)
    _take_place(staging, output)
    return pack


def check_output(output: Path, *, overwrite: bool) -> None:
    """Refuse an output folder that must not be written.

    Raises
    ------
    OutputError
        If it exists and is not to be replaced, or is not a pack.
    """
    if not output.exists():
        return
    if not overwrite:
        raise OutputError(
            f"{output}: exists already; choose another folder, or add --overwrite to "
            "replace the pack that is there"
        )
    try:
        read_manifest(output)
    except InputError:
        raise OutputError(
            f"{output}: is not a morphkit pack, so it is not replaced; choose another "
            "folder"
        ) from None


def _fingerprint(recipe: Recipe, faces: Mapping[Key, SourceFace]) -> str:
    """Return a hash of everything that decides the images."""
    parts: list[Any] = [recipe.sha256(), sorted(software_versions().items())]
    for key, source in sorted(faces.items()):
        points = source.face.landmarks.points.tobytes()
        parts.append([key, source.sha256, hashlib.sha256(points).hexdigest()])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _open_staging(staging: Path, fingerprint: str) -> None:
    """Make the working folder, or keep one that belongs to the same build."""
    mark = staging / ".build"
    try:
        if staging.exists():
            same = mark.is_file() and mark.read_text("utf-8") == fingerprint
            if not same:
                shutil.rmtree(staging)
        staging.mkdir(parents=True, exist_ok=True)
        mark.write_text(fingerprint, "utf-8")
    except OSError as error:
        raise OutputError(
            f"{staging.parent}: cannot be written ({error.strerror}); choose another "
            "output folder"
        ) from None


def _assemble(recipe: Recipe, made: list[dict[str, Any]]) -> Pack:
    """Return the pack of all continua that were made."""
    identities = sorted({str(part["continuum"]["identity_id"]) for part in made})
    return Pack(
        name=recipe.pack.name,
        version=recipe.pack.version,
        recipe_toml=to_toml(recipe),
        recipe_sha256=recipe.sha256(),
        software=software_versions(),
        stimuli=tuple(row for part in made for row in part["stimuli"]),
        continua=tuple(part["continuum"] for part in made),
        identities=tuple(
            identity_row(name, recipe.identities[name], recipe.pack.licence)
            for name in identities
        ),
        findings=tuple(Finding(**f) for part in made for f in part["findings"]),
        scores={part["continuum"]["continuum_id"]: part["scores"] for part in made},
    )


def _finish(pack: Pack, staging: Path, progress: Progress) -> None:
    """Write everything but the images, and remove the marks of the work."""
    (staging / "materials" / "preview").mkdir(parents=True, exist_ok=True)
    write_contact_sheet(pack, staging)
    progress.advance("contact sheet")
    write_documents(pack, staging)
    write_report(pack, staging)
    progress.advance("report")
    shutil.rmtree(staging / ".done", ignore_errors=True)
    (staging / ".build").unlink()
    write_manifest(pack, staging)
    progress.advance("manifest")


def _take_place(staging: Path, output: Path) -> None:
    """Move the finished folder to its place."""
    old = output.parent / f".{output.name}.old"
    try:
        if output.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.replace(output, old)
        os.replace(staging, output)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written ({error.strerror})") from None
