"""Building a pack again and comparing.

Two questions, answered apart. *Pixels*: do the frozen meshes and the photographs give
the images of the pack, on every machine bit for bit? *Everything*: do detection,
alignment and warp give the frozen meshes again? That holds with the same software; with
other software it is told how far the meshes moved.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from morphkit.correspondence import UNITS_PER_PIXEL, Correspondence
from morphkit.errors import InputError, raise_all
from morphkit.files import sha256_of
from morphkit.formats.template_json import find_template
from morphkit.images import SUFFIXES, pixel_sha256, read_image
from morphkit.landmarks import Landmarks, Placement
from morphkit.pack import Pack, Row
from morphkit.packs.frozen import FrozenContinuum, read_frozen
from morphkit.packs.reading import read_pack
from morphkit.pipeline.building import Progress
from morphkit.pipeline.planning import ContinuumPlan, plan_continua, stimulus_id
from morphkit.pipeline.software import software_versions
from morphkit.pipeline.sources import (
    Key,
    SourceFiles,
    needed,
    read_sources,
)
from morphkit.recipe import Recipe, parse_recipe
from morphkit.render import Rendering, render_frames
from morphkit.trajectory import Trajectory


@dataclass(frozen=True)
class Reproduction:
    """What came of building a pack again.

    Parameters
    ----------
    n_frames : int
        Images that were compared.
    different : tuple of str
        Images whose pixels differ when rendered from the frozen meshes, or that the
        recipe and the pack do not have in common.
    rebuilt_different : tuple of str
        Images whose pixels differ when everything is done again.
    moved : mapping of str to float
        Continuum -> largest displacement of its mesh when everything is done again,
        pixels.
    changed_sources : tuple of str
        Photographs that are not those that the pack was made from.
    same_software : bool
        Whether every version is that of the pack.
    recipe_changed : bool
        Whether the recipe is another than the pack was built from.
    """

    n_frames: int
    different: tuple[str, ...] = ()
    rebuilt_different: tuple[str, ...] = ()
    moved: Mapping[str, float] = field(default_factory=dict)
    changed_sources: tuple[str, ...] = ()
    same_software: bool = True
    recipe_changed: bool = False

    @property
    def holds(self) -> bool:
        """Whether the pack was reproduced as far as it should be."""
        strict = self.same_software or self.recipe_changed
        return not (
            self.different
            or self.changed_sources
            or self.recipe_changed
            or (strict and self.rebuilt_different)
        )


def reproduce(
    folder: Path, sources: Iterable[Path], *, progress: Progress | None = None
) -> Reproduction:
    """Build a pack again from its recipe and compare decoded pixels.

    Parameters
    ----------
    folder : Path
        The pack.
    sources : iterable of Path
        Folders in which its photographs are looked for, by hash and then by name.
    progress : Progress, optional

    Raises
    ------
    InputError
        If the pack cannot be read or a photograph is missing.
    """
    progress = progress or Progress()
    pack = read_pack(folder)
    recipe = parse_recipe(pack.recipe_toml, where=str(folder / "recipe.toml"))
    meshes = {
        str(row["continuum_id"]): read_frozen(
            folder / "data" / "correspondence" / f"{row['continuum_id']}.npz"
        )
        for row in pack.continua
    }
    photos, changed = _find_photos(recipe, pack, list(sources))
    files = {
        key: SourceFiles(photo, _landmarks_of(key, recipe, pack, meshes))
        for key, photo in photos.items()
    }
    progress.stage("reading photographs", len(files))
    faces = read_sources(recipe, files, progress=progress.advance)
    plans = plan_continua(recipe, faces)
    progress.stage("comparing", sum(plan.trajectory.n_steps for plan in plans))

    names = {stimulus_id(p.name, k + 1) for p in plans for k in range(_n_steps(p))}
    rows = {str(row["stimulus_id"]): row for row in pack.stimuli}
    different = set(names) ^ set(rows)
    rebuilt = set(different)
    moved = {}
    for plan in plans:
        if plan.name not in meshes:
            continue
        frozen = meshes[plan.name].correspondence
        wrong = _compare(plan, frozen, folder, rows, progress)
        different |= wrong
        moved[plan.name] = _moved(frozen, plan.matched.correspondence)
        if moved[plan.name] == 0:
            rebuilt |= wrong
        else:
            new = plan.matched.correspondence
            rebuilt |= _compare(plan, new, folder, rows, Progress())
    return Reproduction(
        n_frames=len(names & set(rows)),
        different=tuple(sorted(different)),
        rebuilt_different=tuple(sorted(rebuilt)),
        moved=moved,
        changed_sources=tuple(changed),
        same_software=dict(pack.software) == software_versions(),
        recipe_changed=recipe.sha256() != pack.recipe_sha256,
    )


def _n_steps(plan: ContinuumPlan) -> int:
    return plan.trajectory.n_steps


def _find_photos(
    recipe: Recipe, pack: Pack, folders: list[Path]
) -> tuple[dict[Key, Path], list[str]]:
    """Return the photograph of every source face, and which are not the pack's."""
    wanted: dict[Key, str] = {}
    for row in pack.continua:
        identity = str(row["identity_id"])
        wanted[identity, str(row["from_label"])] = str(row["from_sha256"])
        wanted[identity, str(row["to_label"])] = str(row["to_sha256"])
    images = [
        file
        for folder in folders
        if folder.is_dir()
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in SUFFIXES and file.stat().st_size
    ]
    by_hash = {sha256_of(file): file for file in reversed(images)}
    by_name = {file.name: file for file in reversed(images)}
    found, changed, errors = {}, [], []
    for key in needed(recipe):
        name = recipe.sources.pattern.format(identity=key[0], label=key[1])
        photo = by_hash.get(wanted.get(key, ""))
        if photo is None and name in by_name:
            photo = by_name[name]
            if key in wanted:
                changed.append(str(photo))
        if photo is None:
            errors.append(
                InputError(
                    f'the photograph of "{key[0]}", "{key[1]}" was not found',
                    where=name,
                    allowed=f"SHA-256 {wanted.get(key, 'not in the pack')}",
                    remedy="name its folder with --sources; looked in: "
                    + (", ".join(map(str, folders)) or "nowhere"),
                )
            )
        else:
            found[key] = photo
    raise_all(errors)
    return found, changed


def _landmarks_of(
    key: Key, recipe: Recipe, pack: Pack, meshes: Mapping[str, FrozenContinuum]
) -> Landmarks | None:
    """Return the landmarks that a hand placed; None where they were detected."""
    for row in pack.continua:
        for end, side in enumerate(("from", "to")):
            if (row["identity_id"], row[f"{side}_label"]) != key:
                continue
            placed_by = str(row[f"{side}_placed_by"]).partition(" ")[0]
            if placed_by == "detector" and recipe.sources.detector != "none":
                return None
            points = meshes[str(row["continuum_id"])].photo_landmarks[end]
            return Landmarks(
                find_template(recipe.sources.template), points, Placement(placed_by)
            )
    return None


def _compare(
    plan: ContinuumPlan,
    mesh: Correspondence,
    folder: Path,
    rows: Mapping[str, Row],
    progress: Progress,
) -> set[str]:
    """Return the names of the images that a mesh does not give again."""
    photos = [source.face.image for source in plan.faces]
    trajectory: Trajectory = plan.trajectory
    how = Rendering(plan.recipe.morph.sampling, plan.recipe.morph.blend)
    wrong = set()
    frames = render_frames(mesh, photos, trajectory, how)
    for step, frame in enumerate(frames, start=1):
        name = stimulus_id(plan.name, step)
        progress.advance(name)
        if name not in rows:
            continue
        image = read_image(folder / str(rows[name]["file"]))
        if pixel_sha256(image) != pixel_sha256(frame):
            wrong.add(name)
    return wrong


def _moved(before: Correspondence, after: Correspondence) -> float:
    """Return the largest displacement between two meshes, pixels."""
    if before.triangles.shape != after.triangles.shape or before.size != after.size:
        return float("inf")
    same = (before.triangles == after.triangles).all() and all(
        np.array_equal(a, b) for a, b in zip(before.taps, after.taps, strict=True)
    )
    if not same:
        return float("inf")
    largest = 0
    for name in ("frame_nodes", "photo_nodes"):
        difference = getattr(before, name).astype(np.int64) - getattr(after, name)
        largest = max(largest, int(np.abs(difference).max()))
    return largest / UNITS_PER_PIXEL
