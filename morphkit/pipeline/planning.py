"""From source faces to planned continua: aligned, matched, ready to be rendered."""

from collections.abc import Mapping
from dataclasses import dataclass

from morphkit.align import ALIGNMENTS
from morphkit.correspond import Matched, correspond
from morphkit.errors import InputError, raise_all
from morphkit.pack import check_name
from morphkit.pipeline.sources import Key, SourceFace
from morphkit.recipe import ContinuumPart, Recipe
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


def stimulus_id(continuum: str, step: int) -> str:
    """Return the name of an image; steps count from 1."""
    return f"{continuum}_s{step:02d}"


def plan_continua(
    recipe: Recipe, faces: Mapping[Key, SourceFace]
) -> list[ContinuumPlan]:
    """Return every continuum with its correspondence, ready to be rendered.

    Raises
    ------
    InputError
        With every pair that cannot be morphed.
    """
    frames = place_in_frame(recipe, faces)
    plans, errors = [], []
    for part in recipe.continua:
        for identity in recipe.identities_of(part):
            try:
                plans.append(_plan(recipe, part, identity, faces, frames))
            except InputError as error:
                errors.append(error.at(f"{identity}_{part.from_}_{part.to}"))
    raise_all(errors)
    return plans


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
    name = f"{identity}_{part.from_}_{part.to}"
    trajectory = part.trajectory()
    check_name(stimulus_id(name, trajectory.n_steps))
    ends = ((identity, part.from_), (identity, part.to))
    first, second = (faces[key] for key in ends)
    if first.sha256 == second.sha256:
        raise InputError(
            "both ends are the same photograph",
            remedy="check the names of the two files",
        )
    matched = correspond(
        [first.face.landmarks, second.face.landmarks],
        [frames[key][0] for key in ends],
        warp=WARPS[recipe.morph.warp],
        size=frames[ends[0]][1],
        spacing=recipe.morph.spacing,
    )
    return ContinuumPlan(
        name=name,
        identity=identity,
        labels=(part.from_, part.to),
        trajectory=trajectory,
        spacing="equal steps" if part.levels is None else "levels of the recipe",
        faces=(first, second),
        matched=matched,
        recipe=recipe,
    )
