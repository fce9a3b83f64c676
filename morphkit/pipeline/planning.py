"""From source faces to planned continua: aligned, matched, ready to be rendered."""

from collections.abc import Mapping
from dataclasses import dataclass

from morphkit.align import ALIGNMENTS
from morphkit.correspond import Matched, correspond
from morphkit.errors import InputError, raise_all
from morphkit.pipeline.checking import Key, continuum_id
from morphkit.pipeline.sources import SourceFace
from morphkit.recipe import ContinuumPart, Recipe
from morphkit.refine import REFINEMENTS
from morphkit.render import to_common_frame
from morphkit.similarity import Similarity
from morphkit.trajectory import Trajectory
from morphkit.warp import WARPS

Placed = tuple[Similarity, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class ContinuumPlan:
    """Everything that one continuum is made from."""

    name: str
    identity: str
    labels: tuple[str, str]
    trajectory: Trajectory
    spacing: str
    faces: tuple[SourceFace, SourceFace]
    matched: Matched
    recipe: Recipe


def plan_continua(
    recipe: Recipe, faces: Mapping[Key, SourceFace]
) -> list[ContinuumPlan]:
    """Return every continuum with its correspondence, ready to be rendered.

    Raises
    ------
    InputError
        With every pair that cannot be morphed.
    """
    check_different(faces)
    frames = place_in_frame(recipe, faces)
    plans, errors = [], []
    for part in recipe.continua:
        for identity in recipe.identities_of(part):
            try:
                plans.append(_plan(recipe, part, identity, faces, frames))
            except InputError as error:
                errors.append(error.at(continuum_id(identity, part)))
    raise_all(errors)
    return plans


def check_different(faces: Mapping[Key, SourceFace]) -> None:
    """Refuse one photograph that stands for two faces.

    Raises
    ------
    InputError
        With every such pair.
    """
    first: dict[tuple[str, int | None], Key] = {}
    errors = []
    for key in sorted(faces):
        source = faces[key]
        other = first.setdefault((source.sha256, source.number), key)
        if other != key:
            errors.append(
                InputError(
                    f"is the same photograph as {faces[other].face.name}, but stands "
                    f'for "{key[1]}" of "{key[0]}", the other for "{other[1]}" of '
                    f'"{other[0]}"',
                    where=source.face.name,
                    remedy="check the names of the two files",
                )
            )
    raise_all(errors)


def place_in_frame(
    recipe: Recipe, faces: Mapping[Key, SourceFace]
) -> dict[Key, Placed]:
    """Return for every face its map to the common frame, and the frame's size.

    An aligned set has one frame; without alignment every identity keeps the frame of
    its own photographs.

    Raises
    ------
    InputError
        If the photographs do not fit into one frame.
    """
    alignment = ALIGNMENTS.get(recipe.align.method)
    size = recipe.frame_size()
    names = sorted({identity for identity, _ in faces})
    keys = sorted(faces)
    groups = [keys] if alignment else [[k for k in keys if k[0] == n] for n in names]
    placed: dict[Key, Placed] = {}
    errors = []
    for group in groups:
        try:
            moves, its_size = to_common_frame(
                [faces[key].face for key in group], alignment=alignment, size=size
            )
        except InputError as error:
            errors.append(error.at("" if alignment else group[0][0]))
            continue
        for key, move in zip(group, moves, strict=True):
            placed[key] = (move, its_size)
    raise_all(errors)
    return placed


def _plan(
    recipe: Recipe,
    part: ContinuumPart,
    identity: str,
    faces: Mapping[Key, SourceFace],
    frames: Mapping[Key, Placed],
) -> ContinuumPlan:
    """Return the plan of one continuum."""
    ends = ((identity, part.from_), (identity, part.to))
    first, second = (faces[key] for key in ends)
    matched = correspond(
        [first.face.landmarks, second.face.landmarks],
        [frames[key][0] for key in ends],
        warp=WARPS[recipe.morph.warp],
        size=frames[ends[0]][1],
        spacing=recipe.morph.spacing,
        photos=[first.face.image, second.face.image],
        refinement=REFINEMENTS.get(recipe.morph.refine),
    )
    return ContinuumPlan(
        name=continuum_id(identity, part),
        identity=identity,
        labels=(part.from_, part.to),
        trajectory=part.trajectory(),
        spacing="equal steps" if part.levels is None else "levels of the recipe",
        faces=(first, second),
        matched=matched,
        recipe=recipe,
    )
