"""Building a pack again and comparing the results.

Two questions are answered separately. *Pixels*: do the frozen meshes and the
photographs give the images of the pack, bit for bit, on any machine? *Everything*: do
detection, alignment and warp give the frozen meshes? With landmark files, and settings
whose every step is fixed, they do on any machine, and anything else is an error. Where
OpenCV or a detector has a say, this holds with the same software on the same kind of
processor; otherwise the displacement of the meshes is reported. Where the file of a
photograph is decoded to other pixels than when the pack was made, that is told as such:
what is made from it proves nothing about the pack.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.progress import Progress
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.morph.finish import Finish, crop_boxes
from morphkit.morph.measure_set import learn_finish
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.morph.set_statistics import SetStatistics
from morphkit.morph.settings import FinishSettings
from morphkit.pack.contents import mesh_of, statistics_of, template_of
from morphkit.pack.frozen_mesh import FrozenContinuum
from morphkit.pack.model import Pack
from morphkit.pack.whole import read_whole_pack
from morphkit.pipeline.check_recipe import Key, check_recipe, stimulus_id
from morphkit.pipeline.demo import shipped_faces
from morphkit.pipeline.find_photographs import find_photographs
from morphkit.pipeline.plan import ContinuumPlan, plan_continua
from morphkit.pipeline.reproduce_public import reproduce_public
from morphkit.pipeline.reproduction import (
    End,
    Reproduction,
    compare_images,
    ends_of,
    is_damaged,
    is_repeatable,
    is_same_software,
    name_now,
)
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.source_faces import SourceFiles, read_sources
from morphkit.recipe.composition import Composition


def reproduce_pack(
    folder: str | Path,
    sources: Iterable[str | Path] = (),
    *,
    unverified: bool = False,
    progress: Progress | None = None,
) -> Reproduction:
    """Build a pack again from its recipe and compare decoded pixels.

    Parameters
    ----------
    folder : str or Path
        The pack. A public copy is made again from photographs that are found by their
        name, ``{identity}_{label}.png``, and landmark files beside them, or detected.
    sources : iterable of str or Path, optional
        Folders that are searched, with subfolders, for its photographs, by hash, by
        pixels and by name. By default: the folder that the recipe names, relative to
        the working directory, and the faces that ship with morphkit.
    unverified : bool, optional
        Go on with a pack that is not whole; the result names what is not as it says.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Reproduction

    Raises
    ------
    InputError
        If the pack cannot be read or is not whole, or a photograph is missing.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.reproduce_pack("pack").holds
    True
    """
    folder, progress = Path(folder), progress or Progress()
    pack = read_whole_pack(folder, unverified=unverified)
    recipe = pack.recipe
    check_recipe(recipe)
    template = template_of(recipe, folder)
    folders = [Path(source) for source in sources]
    usual = [Path(recipe.sources.images), shipped_faces() / "source_faces"]
    if pack.public:
        usual += [Path(recipe.sources.landmarks), shipped_faces() / "landmarks"]
        return reproduce_public(pack, folder, template, folders or usual, progress)
    meshes = {
        name: mesh_of(folder, name, pack.stimuli_of(name))
        for name in (row.continuum_id for row in pack.continua)
    }
    composition = Composition(recipe)
    ends = {
        row.continuum_id: ends_of(row, folder, composition) for row in pack.continua
    }
    wanted = {end.key: end.sha256 for found in ends.values() for end in found}
    photos = find_photographs(recipe, wanted, pack.photographs, folders or usual)
    files = {
        key: _source(key, photo, photos.changed, ends, meshes, template)
        for key, photo in photos.files.items()
    }
    progress.stage("reading photographs", len(files))
    faces = read_sources(recipe, files, template=template, progress=progress.advance)
    plans = plan_continua(recipe, faces)
    progress.stage("comparing", sum(plan.trajectory.n_steps for plan in plans))

    names = {
        stimulus_id(plan.name, step + 1, plan.trajectory.n_steps)
        for plan in plans
        for step in range(plan.trajectory.n_steps)
    }
    rows = {name_now(row): row for row in pack.stimuli}
    not_shared = names ^ set(rows)
    damaged = {name for name in names & set(rows) if is_damaged(rows[name], folder)}
    plans = [plan for plan in plans if plan.name in meshes]
    moved = {plan.name: _moved(meshes[plan.name], plan) for plan in plans}
    different, rebuilt = _compare_all(pack, folder, plans, meshes, moved, progress)
    apart = {  # continua whose photographs give other pixels here
        name
        for name, found in ends.items()
        if any(end.key in photos.otherwise for end in found)
    }
    undecided = {n for n in different | rebuilt if rows[n].continuum_id in apart}
    if apart and finish_settings(recipe).needs_set:
        undecided |= rebuilt - different
    different, rebuilt = different | not_shared, rebuilt | not_shared
    fixed = {p.name for p in plans if is_repeatable(pack, ends[p.name], p.anchors)}
    repeatable = fixed - apart
    return Reproduction(
        n_frames=len(names & set(rows)),
        different=tuple(sorted(different)),
        rebuilt_different=tuple(sorted(rebuilt)),
        moved=moved,
        changed_sources=_named(photos.files, photos.changed),
        copies=_named(photos.files, photos.copies),
        decoded_otherwise=tuple(
            photos.otherwise[key] for key in sorted(photos.otherwise)
        ),
        undecided=tuple(sorted(undecided)),
        not_shared=tuple(sorted(not_shared)),
        same_software=is_same_software(pack),
        recipe_changed=pack.recipe_changed,
        damaged=tuple(sorted(damaged)),
        made_by=pack.made_by,
        unverified=pack.unverified,
        repeatable=tuple(sorted(repeatable)),
    )


def _named(files: Mapping[Key, Path], keys: Iterable[Key]) -> tuple[str, ...]:
    """Return the files of some source faces, in their order."""
    return tuple(str(files[key]) for key in sorted(keys))


def _source(
    key: Key,
    photo: Path,
    changed: Iterable[Key],
    ends: Mapping[str, Sequence[End]],
    meshes: Mapping[str, FrozenContinuum],
    template: Template,
) -> SourceFiles:
    """Return a source face with the landmarks that the pack keeps.

    Landmarks placed by a detector are detected again, unless the photograph has
    changed or the detector is a lab's own, which the pack does not hold.
    """
    for name in ends:
        for k, end in enumerate(ends[name]):
            if end.key != key or end.mirrored:
                continue
            if end.detected and key not in changed:
                return SourceFiles(photo, face=end.face)
            points = meshes[name].photo_landmarks[k]
            placement = Placement(end.placed_by_kind)
            return SourceFiles(photo, Landmarks(template, points, placement))
    return SourceFiles(photo)


def _statistics(settings: FinishSettings, folder: Path) -> SetStatistics | None:
    """Return the frozen statistics of the set; None if nothing depends on it."""
    return statistics_of(folder) if settings.needs_set else None


def _compare_all(
    pack: Pack,
    folder: Path,
    plans: Sequence[ContinuumPlan],
    meshes: Mapping[str, FrozenContinuum],
    moved: Mapping[str, float],
    progress: Progress,
) -> tuple[set[str], set[str]]:
    """Return the images that differ: from the frozen meshes, and rebuilt entirely."""
    recipe = pack.recipe
    settings, rendering = finish_settings(recipe), morph_settings(recipe).rendering
    as_frozen, anew = PreparedScenes(rendering), PreparedScenes(rendering)
    scenes = [plan.scene(meshes[plan.name]) for plan in plans]
    kept = _statistics(settings, folder)
    if kept is None:
        finish = learn_finish(scenes, settings, as_frozen)
    else:
        shown = [(scene.mesh.size, scene.mask) for scene in scenes]
        finish = Finish(settings, kept, crop_boxes(shown, settings))
    finish_anew = finish
    if kept is not None or any(moved.values()):
        finish_anew = learn_finish([plan.scene() for plan in plans], settings, anew)
    same = finish.statistics.is_same(finish_anew.statistics)
    different: set[str] = set()
    rebuilt: set[str] = set()
    for plan, scene in zip(plans, scenes, strict=True):
        ready = as_frozen.take(finish.match_photos(scene))
        wrong = compare_images(ready, finish, folder, pack.by_id, progress)
        different |= wrong
        if moved[plan.name] != 0 or not same:
            ready = anew.take(finish_anew.match_photos(plan.scene()))
            wrong = compare_images(ready, finish_anew, folder, pack.by_id, Progress())
        rebuilt |= wrong
    return different, rebuilt


def _moved(frozen: FrozenContinuum, plan: ContinuumPlan) -> float:
    """Return the largest displacement of a mesh or its mask, pixels.

    Infinite if they are of different kinds, so that nodes do not correspond.
    """
    before, after = frozen.correspondence, plan.matched.correspondence
    old, new = frozen.mask, plan.mask
    if old is None or new is None:
        masks_moved = 0.0 if old is new else float("inf")
    elif old.outline.shape != new.outline.shape or len(old.feather) != len(new.feather):
        masks_moved = float("inf")
    else:
        masks_moved = int(np.abs(old.outline - new.outline).max()) / UNITS_PER_PIXEL
    return max(_meshes_moved(before, after), masks_moved)


def _meshes_moved(before: Correspondence, after: Correspondence) -> float:
    """Return the largest displacement between two meshes, pixels."""
    fixed = (_fixed(before), _fixed(after))
    places = (_places(before), _places(after))
    same_kind = [
        len(a) == len(b) and all(x.shape == y.shape for x, y in zip(a, b, strict=True))
        for a, b in (fixed, places)
    ]
    if before.size != after.size or not all(same_kind):
        return float("inf")
    if not all((a == b).all() for a, b in zip(*fixed, strict=True)):
        return float("inf")
    largest = max(
        int(np.abs(a.astype(np.int64) - b).max(initial=0))
        for a, b in zip(*places, strict=True)
    )
    return largest / UNITS_PER_PIXEL


def _fixed(mesh: Correspondence) -> list[npt.NDArray[Any]]:
    """Return the structure that comparable meshes share."""
    return [mesh.triangles, *mesh.taps, *mesh.feathers, *mesh.fades]


def _places(mesh: Correspondence) -> list[npt.NDArray[Any]]:
    """Return the positions that determine the pixels of a mesh."""
    ends = (*mesh.insides, *mesh.surroundings)
    outlines = [outline for end in ends for outline in end]
    return [mesh.frame_nodes, mesh.photo_nodes, *outlines]
