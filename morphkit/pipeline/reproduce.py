"""Building a pack again and comparing the results.

Two questions are answered separately. *Pixels*: do the frozen meshes and the
photographs give the images of the pack, bit for bit, on any machine? *Everything*: do
detection, alignment and warp give the frozen meshes? This holds with the same software
on the same kind of processor; otherwise the displacement of the meshes is reported.
"""

import contextlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.files import sha256_of
from morphkit._core.plug_ins import missing_plug_ins
from morphkit._core.progress import Progress
from morphkit.errors import InputError, raise_all
from morphkit.faces.images import SUFFIXES, pixel_sha256, read_image
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.morph.finish import Finish, crop_boxes
from morphkit.morph.measure_set import learn_finish
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.morph.scene import PreparedScene
from morphkit.morph.set_statistics import SetStatistics
from morphkit.morph.settings import FinishSettings
from morphkit.pack.frozen_mesh import FrozenContinuum, read_arrays, read_frozen
from morphkit.pack.layout import FRAMING, ends_file, mesh_file
from morphkit.pack.maker import Maker, present_maker
from morphkit.pack.model import Pack
from morphkit.pack.older import is_named_before
from morphkit.pack.rows import ContinuumRow, Stimulus
from morphkit.pack.whole import read_whole_pack
from morphkit.pipeline.check_recipe import Key, check_recipe, needed, stimulus_id
from morphkit.pipeline.demo import shipped_faces
from morphkit.pipeline.plan import ContinuumPlan, plan_continua
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.software import software_versions
from morphkit.pipeline.sources import SourceFiles, read_sources, resolve_template
from morphkit.recipe import Recipe, written_sha256
from morphkit.recipe.composition import Composition

#: Form of the entry in the table of continua for a face chosen from several.
_CHOSEN = re.compile(r", face (\d+)$")


@dataclass(frozen=True)
class Reproduction:
    """The result of building a pack again.

    Parameters
    ----------
    n_frames : int
        Number of images compared.
    different : tuple of str
        Images whose pixels differ when rendered from the frozen meshes, that cannot be
        read, or that only the recipe or only the pack has.
    not_shared : tuple of str
        The latter: images that only the recipe or only the pack has.
    rebuilt_different : tuple of str
        Images whose pixels differ when everything is repeated.
    moved : mapping of str to float
        Continuum -> largest displacement of its mesh when everything is repeated,
        pixels.
    changed_sources : tuple of str
        Photographs that have the name but not the content of one that the pack was
        made from.
    same_software : bool
        Whether version and revision, both specification numbers, every library and the
        kind of processor are known to be those that made the pack.
    recipe_changed : bool
        Whether the recipe differs from the one that the pack was built from.
    damaged : tuple of str
        Images of the pack that cannot be read or do not have the pixels of its table.
    made_by, compared_by : Maker
        What made the pack, and what made it again.
    unverified : tuple of str
        Files of the pack that are not as ``SHA256SUMS`` says, if it was made again
        nevertheless.
    """

    n_frames: int
    different: tuple[str, ...] = ()
    rebuilt_different: tuple[str, ...] = ()
    moved: Mapping[str, float] = field(default_factory=dict)
    changed_sources: tuple[str, ...] = ()
    not_shared: tuple[str, ...] = ()
    same_software: bool = True
    recipe_changed: bool = False
    damaged: tuple[str, ...] = ()
    made_by: Maker = field(default_factory=present_maker)
    compared_by: Maker = field(default_factory=present_maker)
    unverified: tuple[str, ...] = ()

    @property
    def same_pixel_specification(self) -> bool:
        """Whether the pack has the same pixel specification, hence equal pixels."""
        number = self.made_by.pixel_specification
        return number == self.compared_by.pixel_specification

    @property
    def holds(self) -> bool | None:
        """Whether the pack was reproduced as far as it should be.

        None if that cannot be decided: its pixels differ, and follow another
        specification.
        """
        if self.changed_sources or self.recipe_changed or self.not_shared:
            return False
        if self.damaged or (self.same_software and self.rebuilt_different):
            return False
        if self.different:
            return False if self.same_pixel_specification else None
        return True

    def to_dict(self) -> dict[str, Any]:
        """Return the result as a JSON object."""
        return {
            "holds": self.holds,
            "made_by": self.made_by.to_dict(),
            "compared_by": self.compared_by.to_dict(),
            "same_pixel_specification": self.same_pixel_specification,
            "n_frames": self.n_frames,
            "different": list(self.different),
            "not_shared": list(self.not_shared),
            "damaged": list(self.damaged),
            "rebuilt_different": list(self.rebuilt_different),
            "moved_px": {
                name: None if moved == float("inf") else moved
                for name, moved in self.moved.items()
            },
            "changed_sources": list(self.changed_sources),
            "same_software": self.same_software,
            "recipe_changed": self.recipe_changed,
            "unverified": list(self.unverified),
        }


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
        The pack.
    sources : iterable of str or Path, optional
        Folders that are searched, with subfolders, for its photographs, by hash and
        then by name. By default: the folder that the recipe names, relative to the
        working directory, and the faces that ship with morphkit.
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
    template = resolve_template(recipe, folder)
    meshes = {
        row.continuum_id: read_frozen(folder / mesh_file(row.continuum_id))
        for row in pack.continua
    }
    composition = Composition(recipe)
    ends = {
        row.continuum_id: _ends_of(row, folder, composition) for row in pack.continua
    }
    folders = [Path(source) for source in sources]
    usual = [Path(recipe.sources.images), shipped_faces() / "source_faces"]
    photos, changed = _find_photos(recipe, ends, folders or usual)
    files = {
        key: _source(key, photo, changed, ends, meshes, template)
        for key, photo in photos.items()
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
    rows = {_name_now(row): row for row in pack.stimuli}
    not_shared = names ^ set(rows)
    damaged = {name for name in names & set(rows) if _is_damaged(rows[name], folder)}
    plans = [plan for plan in plans if plan.name in meshes]
    moved = {plan.name: _moved(meshes[plan.name], plan) for plan in plans}
    different, rebuilt = _compare_all(pack, folder, plans, meshes, moved, progress)
    different, rebuilt = different | not_shared, rebuilt | not_shared
    return Reproduction(
        n_frames=len(names & set(rows)),
        different=tuple(sorted(different)),
        rebuilt_different=tuple(sorted(rebuilt)),
        moved=moved,
        changed_sources=tuple(str(photos[key]) for key in sorted(changed)),
        not_shared=tuple(sorted(not_shared)),
        same_software=_is_same_software(pack),
        recipe_changed=written_sha256(pack.recipe_toml) != pack.recipe_sha256,
        damaged=tuple(sorted(damaged)),
        made_by=pack.made_by,
        unverified=pack.unverified,
    )


def _name_now(row: Stimulus) -> str:
    """Return the name that an image of a pack gets in a build by this version."""
    if is_named_before(row):
        return stimulus_id(row.continuum_id, row.step, row.n_steps)
    return row.stimulus_id


def _is_same_software(pack: Pack) -> bool:
    """Return whether a pack is known to be made by the software running here."""
    maker = present_maker()
    same = dict(pack.software) == software_versions()
    same = same and not missing_plug_ins(pack.plug_ins)
    return maker.known and pack.made_by == maker and same


def _is_damaged(row: Stimulus, folder: Path) -> bool:
    """Return whether an image does not have the pixel hash in its table."""
    try:
        return pixel_sha256(read_image(folder / row.file)) != row.pixel_sha256
    except InputError:
        return True


@dataclass(frozen=True)
class _End:
    """An end of a mesh: the face in its photograph, and who placed its landmarks."""

    key: Key
    sha256: str
    placed_by: str
    mirrored: bool = False


def _ends_of(row: ContinuumRow, folder: Path, composition: Composition) -> list[_End]:
    """Return the ends of the mesh of a continuum, in order.

    Raises
    ------
    InputError
        If the file that lists them is damaged.
    """
    path = folder / ends_file(row.continuum_id)
    if not path.is_file():
        return [
            _End(
                composition.photograph(row.identity_id, end.label),
                end.sha256,
                end.placed_by,
            )
            for end in row.ends
        ]
    try:
        return [
            _End(
                (str(end["identity"]), str(end["label"])),
                str(end["sha256"]),
                str(end["placed_by"]),
                bool(end["mirrored"]),
            )
            for end in json.loads(path.read_bytes())["ends"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"does not list the ends of a mesh ({error})", where=str(path)
        ) from None


def _find_photos(
    recipe: Recipe, ends: Mapping[str, Sequence[_End]], folders: list[Path]
) -> tuple[dict[Key, Path], set[Key]]:
    """Return the photograph of every source face, and which are not the pack's.

    Raises
    ------
    InputError
        Lists every photograph that was not found.
    """
    wanted = {end.key: end.sha256 for found in ends.values() for end in found}
    by_hash, by_name = _photos_below(folders)
    found: dict[Key, Path] = {}
    changed: set[Key] = set()
    errors = []
    for key in needed(recipe):
        name = recipe.sources.pattern.format(identity=key[0], label=key[1])
        photo = by_hash.get(wanted.get(key, ""))
        if photo is None and name in by_name:
            photo = by_name[name]
            if key in wanted:
                changed.add(key)
        if photo is None:
            errors.append(
                InputError(
                    f'the photograph of "{key[0]}", "{key[1]}" was not found',
                    where=name,
                    allowed=f"SHA-256 {wanted.get(key, 'not in the pack')}",
                    remedy="give its folder with --sources; searched: "
                    + (", ".join(map(str, folders)) or "nowhere"),
                )
            )
        else:
            found[key] = photo
    raise_all(errors)
    return found, changed


def _photos_below(folders: Iterable[Path]) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the images in and below folders by hash and by path in their folder."""
    by_hash: dict[str, Path] = {}
    by_name: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.suffix.lower() not in SUFFIXES or not file.is_file():
                continue
            by_name.setdefault(file.relative_to(folder).as_posix(), file)
            # A file that cannot be read is not the one searched for.
            with contextlib.suppress(InputError):
                by_hash.setdefault(sha256_of(file), file)
    return by_hash, by_name


def _source(
    key: Key,
    photo: Path,
    changed: Iterable[Key],
    ends: Mapping[str, Sequence[_End]],
    meshes: Mapping[str, FrozenContinuum],
    template: Template,
) -> SourceFiles:
    """Return a source face with the landmarks that the pack keeps.

    Landmarks placed by a detector are detected again, unless the photograph has
    changed.
    """
    for name in ends:
        for k, end in enumerate(ends[name]):
            if end.key != key or end.mirrored:
                continue
            by = end.placed_by.partition(",")[0].partition(" ")[0]
            if by == "detector" and key not in changed:
                chosen = _CHOSEN.search(end.placed_by)
                return SourceFiles(photo, face=int(chosen[1]) if chosen else None)
            points = meshes[name].photo_landmarks[k]
            return SourceFiles(photo, Landmarks(template, points, Placement(by)))
    return SourceFiles(photo)


def _statistics(settings: FinishSettings, folder: Path) -> SetStatistics | None:
    """Return the frozen statistics of the set; None if nothing depends on it."""
    if not settings.needs_set or not (folder / FRAMING).is_file():
        return None
    return SetStatistics(read_arrays(folder / FRAMING))


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
        finish = Finish(settings, kept, crop_boxes(scenes, settings))
    finish_anew = finish
    if kept is not None or any(moved.values()):
        finish_anew = learn_finish([plan.scene() for plan in plans], settings, anew)
    same = finish.statistics.is_same(finish_anew.statistics)
    different: set[str] = set()
    rebuilt: set[str] = set()
    for plan, scene in zip(plans, scenes, strict=True):
        ready = as_frozen.take(finish.match_photos(scene))
        wrong = _compare(ready, finish, folder, pack.by_id, progress)
        different |= wrong
        if moved[plan.name] != 0 or not same:
            ready = anew.take(finish_anew.match_photos(plan.scene()))
            wrong = _compare(ready, finish_anew, folder, pack.by_id, Progress())
        rebuilt |= wrong
    return different, rebuilt


def _compare(
    prepared: PreparedScene,
    finish: Finish,
    folder: Path,
    rows: Mapping[str, Stimulus],
    progress: Progress,
) -> set[str]:
    """Return the names of the images that a mesh does not reproduce."""
    scene = prepared.scene
    framing = finish.framing(scene)
    wrong = set()
    for step, picture in enumerate(finish.pictures(prepared), start=1):
        name = stimulus_id(scene.name, step, scene.trajectory.n_steps)
        progress.advance(name)
        if name not in rows:
            continue
        try:
            image = read_image(folder / rows[name].file)
        except InputError:
            wrong.add(name)
            continue
        frame = framing.finished(picture)
        if pixel_sha256(image) != pixel_sha256(frame):
            wrong.add(name)
    return wrong


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
    return [mesh.triangles, *mesh.taps, *mesh.feathers]


def _places(mesh: Correspondence) -> list[npt.NDArray[Any]]:
    """Return the positions that determine the pixels of a mesh."""
    outlines = [outline for end in mesh.insides for outline in end]
    return [mesh.frame_nodes, mesh.photo_nodes, *outlines]
