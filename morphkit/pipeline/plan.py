"""From source faces to planned continua: aligned, matched, ready for rendering."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from morphkit._core.documents import restored
from morphkit._core.finding import Finding
from morphkit._core.store import Note, Store
from morphkit.errors import InputError, raise_all
from morphkit.geometry.align import PlacedFace, to_common_frame
from morphkit.geometry.correspondence import MatchedFaces
from morphkit.geometry.similarity import Similarity
from morphkit.morph.correspondence import correspond_mixtures, move_of
from morphkit.morph.hidden import fill_hidden
from morphkit.morph.masks import MaskShape
from morphkit.morph.masks.shown import shown_mask
from morphkit.morph.mixture import Ingredient, Mixture
from morphkit.morph.scene import Scene, mask_of, mesh_between
from morphkit.morph.trajectory import Trajectory, ingredients_of
from morphkit.pack.frozen_mesh import FrozenContinuum, frozen_bytes, read_frozen
from morphkit.pipeline.check_recipe import Key, continuum_id
from morphkit.pipeline.keys import key_of, mesh_key
from morphkit.pipeline.photographs import KnownFace
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.source_faces import SourceFace
from morphkit.recipe import ContinuumPart, Recipe
from morphkit.recipe.composition import Composition, labels_of

#: Name of a mesh that is kept; no output has such a file.
_MESH = "mesh.npz"

Placed = tuple[Similarity, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Outline:
    """What is kept of a planned continuum while others are planned.

    Parameters
    ----------
    name, identity : str
    key : str
        Of everything that its plan is made from.
    mesh : str
        Key of its mesh in a store.
    size : (int, int)
        Width and height of its frames, pixels.
    n_steps : int
    mask : MaskShape or None
    """

    name: str
    identity: str
    key: str
    mesh: str
    size: tuple[int, int]
    n_steps: int
    mask: MaskShape | None


@dataclass(frozen=True, eq=False)
class ContinuumPlan:
    """Everything needed to make one continuum.

    Its anchors are first, (via,) second; its faces are the photographs that the anchors
    are made from, which are the ends of the mesh. Its key is that of all this, `mesh`
    that of the mesh alone.
    """

    name: str
    identity: str
    labels: tuple[str, ...]
    trajectory: Trajectory
    spacing: str
    anchors: tuple[Mixture, ...]
    ingredients: tuple[Ingredient, ...]
    faces: tuple[SourceFace, ...]
    matched: MatchedFaces
    recipe: Recipe
    key: str
    mesh: str
    mask: MaskShape | None = None
    #: Whether the mask hides what some photograph does not show, and nothing else.
    hides_outside: bool = False
    positions: tuple[float, ...] | None = None

    @property
    def is_simple(self) -> bool:
        """Whether it leads directly between two photographs, with one set of levels."""
        plan = self.trajectory
        own = plan.shape_levels is not None or plan.colour_levels is not None
        return not (own or plan.via) and all(a.is_photograph for a in self.anchors)

    def photograph(self, anchor: int) -> SourceFace | None:
        """Return the photograph of an anchor; None if it is made from several."""
        mixture = self.anchors[anchor]
        if not mixture.is_photograph:
            return None
        return self.faces[self.ingredients.index(mixture.ingredients[0])]

    @property
    def outline(self) -> "Outline":
        """What is known of it without photographs and mesh."""
        size, n_steps = self.matched.correspondence.size, self.trajectory.n_steps
        keys = self.key, self.mesh
        return Outline(self.name, self.identity, *keys, size, n_steps, self.mask)

    def ends(self) -> dict[str, Any]:
        """Return ends of the mesh, anchors and steps as JSON.

        Shares are given for every end, in shape, colour and texture.
        """
        shape, colour = (
            self.trajectory.levels_of(what).tolist() for what in ("shape", "colour")
        )
        return {
            "ends": [
                {
                    "identity": one.identity,
                    "label": one.label,
                    "mirrored": one.mirrored,
                    "sha256": source.sha256,
                    "placed_by": source.placed_by,
                }
                for one, source in zip(self.ingredients, self.faces, strict=True)
            ],
            "anchors": [
                {
                    "label": label,
                    "shares": [
                        anchor.shares.get(one, (0.0, 0.0, 0.0))
                        for one in self.ingredients
                    ],
                }
                for label, anchor in zip(self.labels, self.anchors, strict=True)
            ],
            "steps": [
                {"shape_level": one, "colour_level": other}
                for one, other in zip(shape, colour, strict=True)
            ],
        }

    def scene(self, frozen: FrozenContinuum | None = None) -> Scene:
        """Return the scene to render, as planned or as frozen."""
        mesh = frozen.correspondence if frozen else self.matched.correspondence
        return Scene(
            self.name,
            self.identity,
            mesh_between(mesh, self.anchors),
            [source.face.image for source in self.faces],
            self.trajectory,
            (frozen.mask if frozen else None) or self.mask,
        )


def plan_continua(
    recipe: Recipe, faces: Mapping[Key, SourceFace]
) -> list[ContinuumPlan]:
    """Return every continuum with its correspondence, ready for rendering.

    All are held in memory, photographs too; a build has one at a time.

    Raises
    ------
    InputError
        Lists every pair that cannot be morphed.
    """
    check_different(faces)
    faces = _with_hidden_filled(faces)
    frames = place_in_frame(recipe, {key: one.face for key, one in faces.items()})
    found, errors = [], []
    for identity, part in recipe.planned():
        try:
            found.append(plan_continuum(recipe, part, identity, faces, frames))
        except InputError as error:
            errors.append(error.at(continuum_id(identity, part)))
    raise_all(errors)
    return found


def with_size(recipe: Recipe, size: tuple[int, int]) -> Recipe:
    """Return the recipe with the size of a frame that was found from the faces."""
    if recipe.align.frame != "faces" or recipe.align.width is not None:
        return recipe
    width, height = size
    align = recipe.align.model_copy(update={"width": width, "height": height})
    return recipe.model_copy(update={"align": align})


def check_different(faces: Mapping[Key, SourceFace | KnownFace]) -> None:
    """Refuse a photograph that is used for two faces.

    Raises
    ------
    InputError
        Lists every such pair.
    """
    first: dict[tuple[str, int | None], Key] = {}
    errors = []
    for key in sorted(faces):
        source = faces[key]
        other = first.setdefault(
            (source.sha256, source.face.landmarks.placement.face), key
        )
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


def _with_hidden_filled(faces: Mapping[Key, SourceFace]) -> Mapping[Key, SourceFace]:
    """Return the faces with places for the landmarks that something hides."""
    filled = fill_hidden({key: one.face.landmarks for key, one in faces.items()})
    return {
        key: one
        if filled[key] is one.face.landmarks
        else replace(one, face=replace(one.face, landmarks=filled[key]))
        for key, one in faces.items()
    }


def place_in_frame(
    recipe: Recipe, faces: Mapping[Key, PlacedFace]
) -> dict[Key, Placed]:
    """Return the map of every face to the common frame, and the size of that frame.

    An aligned set has one frame; without alignment every identity keeps the frame of
    its own photographs.

    Parameters
    ----------
    recipe : Recipe
    faces : mapping of (str, str) to Face
        Every source face of the recipe; their pixels are not looked at.

    Raises
    ------
    InputError
        If the photographs do not fit into one frame.
    """
    size = recipe.frame_size()
    names = sorted({identity for identity, _ in faces})
    keys = sorted(faces)
    template = faces[keys[0]].landmarks.template
    alignment = morph_settings(recipe).find_alignment(template)
    groups = [keys] if alignment else [[k for k in keys if k[0] == n] for n in names]
    placed: dict[Key, Placed] = {}
    errors = []
    for group in groups:
        try:
            moves, its_size = to_common_frame(
                [faces[key] for key in group],
                alignment=alignment,
                size=size,
                share=recipe.align.share,
            )
        except InputError as error:
            errors.append(error.at("" if alignment else group[0][0]))
            continue
        for key, move in zip(group, moves, strict=True):
            placed[key] = (move, its_size)
    raise_all(errors)
    return placed


def plan_continuum(
    recipe: Recipe,
    part: ContinuumPart,
    identity: str,
    faces: Mapping[Key, SourceFace],
    frames: Mapping[Key, Placed],
    store: Store | None = None,
) -> ContinuumPlan:
    """Return the plan of one continuum.

    Parameters
    ----------
    recipe : Recipe
    part : ContinuumPart
    identity : str
    faces : mapping of (str, str) to SourceFace
        At least those that the continuum is made from.
    frames : mapping of (str, str) to (Similarity, (int, int))
        From `place_in_frame`.
    store : Store, optional
        A mesh that is in it is not found again.

    Raises
    ------
    InputError
        If the faces cannot be morphed.
    """
    composition = Composition(recipe)
    anchors = composition.anchors(identity, part)
    ingredients = ingredients_of(anchors)
    size = _one_size(ingredients, frames)
    used = sorted({(one.identity, one.label) for one in ingredients})
    read = {key: faces[key] for key in used}
    sources = [_source_of(one, read) for one in ingredients]
    keep, settings = composition.kept(identity, part), morph_settings(recipe)
    template = sources[0].face.landmarks.template
    moves = {key: frames[key][0] for key in used}
    own = {key: one.face for key, one in read.items()}
    pairs = list(zip(ingredients, sources, strict=True))
    mesh = mesh_key(
        anchors,
        [each.known | {"mirrored": one.mirrored} for one, each in pairs],
        moves,
        size=size,
        settings=settings,
        template=template,
        keep=keep,
        recipe=recipe,
    )
    matched = _matched_before(store, mesh)
    if matched is None:
        matched = correspond_mixtures(
            anchors,
            own,
            moves,
            size=size,
            settings=settings,
            keep=keep,
        )
        if store is not None:
            _keep_matched(store, mesh, matched)
    trajectory = part.trajectory().between(anchors)
    finish = finish_settings(recipe)
    mask = mask_of(
        finish.mask,
        matched.correspondence,
        trajectory,
        template,
        feather=finish.feather,
    )
    hides_outside = False
    if mask is None and recipe.align.frame == "faces":
        mask = shown_mask(
            matched.correspondence,
            [move_of(one, own, moves, size) for one in ingredients],
            [source.face.size for source in sources],
            feather=finish.feather,
        )
        hides_outside = mask is not None
    spacing, name = _spacing(recipe, part), continuum_id(identity, part)
    return ContinuumPlan(
        name=name,
        identity=identity,
        labels=labels_of(part),
        trajectory=trajectory,
        spacing=spacing,
        anchors=anchors,
        ingredients=ingredients,
        faces=tuple(sources),
        matched=matched,
        recipe=recipe,
        key=key_of(
            mesh=mesh,
            name=name,
            identity=identity,
            labels=labels_of(part),
            trajectory=trajectory,
            spacing=spacing,
            positions=part.positions,
            human_scale=recipe.human_scale,
        ),
        mesh=mesh,
        mask=mask,
        hides_outside=hides_outside,
        positions=part.positions,
    )


@dataclass(frozen=True)
class _Kept:
    """What is kept of a mesh besides its arrays."""

    findings: tuple[Finding, ...]
    shaded: bool
    mixed: bool


def _matched_before(store: Store | None, key: str) -> MatchedFaces | None:
    """Return a mesh from an earlier build; None if there is none."""
    note = None if store is None else store.find(key)
    file = None if store is None or note is None else store.file(note, _MESH)
    if note is None or file is None:
        return None
    kept = restored(_Kept, note.data)
    if kept is None:
        return None
    try:
        mesh = read_frozen(file).correspondence
    except InputError:
        return None
    mesh = replace(mesh, shaded=kept.shaded, mixed=kept.mixed)
    return MatchedFaces(mesh, kept.findings)


def _keep_matched(store: Store, key: str, matched: MatchedFaces) -> None:
    """Keep a mesh for later builds."""
    mesh = matched.correspondence
    nowhere = np.zeros((mesh.n_ends, 0, 2))
    files = {_MESH: store.add(frozen_bytes(FrozenContinuum(mesh, nowhere)))}
    kept = _Kept(matched.findings, mesh.shaded, mesh.mixed)
    store.keep(key, Note(asdict(kept), files))


def _spacing(recipe: Recipe, part: ContinuumPart) -> str:
    """Return how the levels of a continuum were chosen."""
    if part.levels is None:
        return "equal steps"
    if part.positions is None or recipe.calibration is None:
        return "levels of the recipe"
    return f"equal on the scale {recipe.calibration.scale}"


def _source_of(one: Ingredient, faces: Mapping[Key, SourceFace]) -> SourceFace:
    """Return the source face of an ingredient, mirrored if the ingredient is."""
    source = faces[one.identity, one.label]
    return replace(source, face=source.face.mirrored()) if one.mirrored else source


def _one_size(
    ingredients: Sequence[Ingredient], frames: Mapping[Key, Placed]
) -> tuple[int, int]:
    """Return the size of the frame that all ingredients share."""
    sizes = sorted({frames[one.identity, one.label][1] for one in ingredients})
    if len(sizes) > 1:
        raise InputError(
            "a face is made from photographs of different sizes: "
            + ", ".join(f"{w}×{h}" for w, h in sizes),
            remedy="align them to a frame of a given width and height",
        )
    return sizes[0]
