"""Building a public copy of a pack again, as far as that goes.

A public copy has neither meshes nor hashes of photographs. What its images are is told
by their hashes in its table; that they come from photographs is shown by making them
again from these, which are found by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from morphkit._core.files import sha256_of
from morphkit._core.progress import Progress
from morphkit.errors import InputError, raise_all
from morphkit.faces.formats import FORMATS
from morphkit.faces.images import SUFFIXES
from morphkit.faces.template import Template
from morphkit.morph.measure_set import learn_finish
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.pack.model import Pack
from morphkit.pipeline.check_recipe import Key, needed, stimulus_id
from morphkit.pipeline.plan import ContinuumPlan, plan_continua
from morphkit.pipeline.reproduction import (
    End,
    Reproduction,
    compare_images,
    ends_of,
    is_damaged,
    is_same_software,
    name_now,
)
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.source_faces import SourceFiles, read_sources
from morphkit.recipe import Recipe
from morphkit.recipe.composition import Composition


def reproduce_public(
    pack: Pack,
    folder: Path,
    template: Template,
    folders: Sequence[Path],
    progress: Progress,
) -> Reproduction:
    """Return how far a public copy is made again by its photographs.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Its folder.
    template : Template
        Of its landmarks.
    folders : sequence of Path
        Searched, with subfolders, for photographs and landmark files.
    progress : Progress

    Raises
    ------
    InputError
        If a name stands for several photographs, or a photograph or landmark file
        cannot be used.
    """
    recipe = pack.recipe
    rows = {name_now(row): row for row in pack.stimuli}
    damaged = {name for name in rows if is_damaged(rows[name], folder)}
    composition = Composition(recipe)
    ends = {
        end.key: end
        for row in pack.continua
        for end in ends_of(row, folder, composition)
        if not end.mirrored
    }
    found, missing = find_sources(recipe, ends, folders)
    plans: list[ContinuumPlan] = []
    names = set(rows)
    left_out = pack.left_out if _follows_the_set(recipe) else 0
    if not (missing or left_out):
        progress.stage("reading photographs", len(found))
        read = progress.advance
        faces = read_sources(recipe, found, template=template, progress=read)
        plans = plan_continua(recipe, faces)
        names = {
            stimulus_id(plan.name, step + 1, plan.trajectory.n_steps)
            for plan in plans
            for step in range(plan.trajectory.n_steps)
        }
    not_shared = names ^ set(rows)
    different = _compare(pack, folder, plans, progress) if plans else set()
    return Reproduction(
        n_frames=len(names & set(rows)),
        rebuilt_different=tuple(sorted(different | not_shared)),
        not_shared=tuple(sorted(not_shared)),
        same_software=is_same_software(pack),
        recipe_changed=pack.recipe_changed,
        damaged=tuple(sorted(damaged)),
        made_by=pack.made_by,
        unverified=pack.unverified,
        public=True,
        missing_sources=tuple(missing),
        left_out=left_out,
    )


def _follows_the_set(recipe: Recipe) -> bool:
    """Return whether an image depends on the other faces of its set."""
    return recipe.align.method != "none" or finish_settings(recipe).needs_set


def find_sources(
    recipe: Recipe, ends: Mapping[Key, End], folders: Iterable[Path]
) -> tuple[dict[Key, SourceFiles], list[str]]:
    """Return photographs with their landmark files by name, and missing names.

    Where a detector placed the landmarks it is asked again, and no file is needed.

    Raises
    ------
    InputError
        With every name that stands for different files.
    """
    files = {
        file: len(file.relative_to(place).parts)
        for place in folders
        for file in sorted(place.rglob("*"))
        if file.is_file()
    }
    photos = [file for file in files if file.suffix.lower() in SUFFIXES]
    suffixes = {suffix for known in FORMATS.values() for suffix in known.suffixes}
    landmarks = [file for file in files if file.suffix.lower() in suffixes]
    found: dict[Key, SourceFiles] = {}
    missing, errors = [], []
    for identity, label in needed(recipe):
        name = recipe.sources.pattern.format(identity=identity, label=label)
        stem = Path(name).with_suffix("").as_posix()
        try:
            named = {f: files[f] for f in photos if _ends_in(f, name)}
            photo = _one(name, named)
            end = ends.get((identity, label))
            if photo is None:
                missing.append(name)
            elif end is None or end.detected:
                face = end.face if end else None
                found[identity, label] = SourceFiles(photo, face=face)
            else:
                named = {
                    f: files[f] for f in landmarks if _ends_in(f.with_suffix(""), stem)
                }
                beside = _one(stem, named)
                missing += [] if beside else [f"landmarks of {name}"]
                found[identity, label] = SourceFiles(photo, beside)
        except InputError as error:
            errors.append(error)
    raise_all(errors)
    return found, missing


def _ends_in(file: Path, name: str) -> bool:
    """Return whether the path of a file ends in a name, which may have folders."""
    return f"/{file.as_posix()}".endswith(f"/{name}")


def _one(name: str, files: Mapping[Path, int]) -> Path | None:
    """Return the file of a name that lies highest; None if there is none.

    Parameters
    ----------
    name : str
    files : mapping of Path to int
        How deep each lies. Copies of one file count once.

    Raises
    ------
    InputError
        If several that differ lie equally high.
    """
    least = min(files.values(), default=0)
    highest = [file for file, depth in files.items() if depth == least]
    if len({sha256_of(file) for file in highest}) > 1:
        raise InputError(
            f"stands for {len(highest)} different files: "
            f"{', '.join(map(str, highest))}",
            where=name,
            remedy="give the folder of the right one with --sources",
        )
    return highest[0] if highest else None


def _compare(
    pack: Pack, folder: Path, plans: Sequence[ContinuumPlan], progress: Progress
) -> set[str]:
    """Return the names of the images that photographs do not give again."""
    progress.stage("comparing", sum(plan.trajectory.n_steps for plan in plans))
    recipe = pack.recipe
    prepared = PreparedScenes(morph_settings(recipe).rendering)
    scenes = [plan.scene() for plan in plans]
    finish = learn_finish(scenes, finish_settings(recipe), prepared)
    wrong: set[str] = set()
    for scene in scenes:
        ready = prepared.take(finish.match_photos(scene))
        wrong |= compare_images(ready, finish, folder, pack.by_id, progress)
    return wrong
