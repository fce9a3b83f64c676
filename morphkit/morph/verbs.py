"""The verbs of the field: prototype, transform, symmetrise.

Each makes one face from several, as a `Mixture` that is rendered at
once: no picture is made in between, and every photograph is resampled once.

Conventions
-----------
A share of 1 is the whole: nothing is in percent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Image, Nodes
from morphkit._core.finding import Finding
from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.geometry.align import ALIGNMENTS, Alignment
from morphkit.geometry.correspondence import SPACING, MatchedFaces, correspond
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.geometry.correspondence.refinements import REFINEMENTS, Refinement
from morphkit.geometry.outline import Outline
from morphkit.geometry.outline.controls import outline_controls
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS, Warp
from morphkit.morph.blend import BLENDS
from morphkit.morph.float_reference import exact_frame, mixed_points
from morphkit.morph.integer_weights import integer_shares
from morphkit.morph.masks import MASKS, Places, feather_taps
from morphkit.morph.mixture import SHARES, Ingredient, Mixture
from morphkit.morph.render import (
    Rendering,
    prepare_sources,
    render_mixed,
    to_common_frame,
)
from morphkit.morph.unfold import find_fold, unfolded

Key = tuple[str, str]

_LEVEL = Rendering(detail="level")
#: Where a difference between prototypes is added.
REGIONS = ("face", "everywhere")
#: Pixels over which it fades at the outline of the face, as a share of its height.
FADE = 0.12


@dataclass(frozen=True)
class Making:
    """How a face is made.

    Parameters
    ----------
    alignment : Alignment or None, optional
        How faces are laid upon each other; None takes them as they lie.
    warp : Warp, optional
        An entry of `WARPS`.
    refinement : Refinement or None, optional
        An entry of `REFINEMENTS`; None matches landmarks alone.
    outline : Outline or None, optional
        An entry of `OUTLINES`; None looks for no outlines.
    spacing : int, optional
        Pixels between the nodes of the mesh.
    rendering : Rendering, optional
    """

    alignment: Alignment | None = ALIGNMENTS["procrustes"]
    warp: Warp = WARPS["tps"]
    refinement: Refinement | None = REFINEMENTS["wide-flow"]
    outline: Outline | None = None
    spacing: int = SPACING
    rendering: Rendering = _LEVEL


@dataclass(frozen=True, eq=False)
class Made:
    """A face that was made from others.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
        sRGB code values.
    landmarks : Landmarks
        Its landmarks, of the template of its sources, not rounded.
    mixture : Mixture
        What it was made of.
    correspondence : Correspondence
        The frozen mesh; its ends are the ingredients of the mixture, in order.
    photos : tuple of ndarray
        The photographs, in the same order, mirrored where the mixture says so.
    blend : str
        Name in `morphkit.morph.blend.BLENDS`.
    findings : tuple of Finding
    """

    frame: Frame
    landmarks: Landmarks
    mixture: Mixture
    correspondence: Correspondence
    photos: tuple[Image, ...]
    blend: str
    findings: tuple[Finding, ...]

    def exact(self) -> npt.NDArray[np.float64]:
        """Return the picture before anything is rounded; see `float_reference`.

        Detail is plain: shares in texture are not in it.
        """
        shape, colour = (
            list(self.mixture.column(what).values()) for what in SHARES[:2]
        )
        return exact_frame(
            self.correspondence, self.photos, shape, colour, blend=BLENDS[self.blend]
        )


def prototype(
    faces: Sequence[Face],
    *,
    size: tuple[int, int] | None = None,
    making: Making | None = None,
) -> Made:
    """Return the mean of faces in shape and colour, its detail as strong as theirs.

    Parameters
    ----------
    faces : sequence of Face
        2 to 256, of one template.
    size : (int, int), optional
        Width and height, pixels; that of the photographs if they have one size.
    making : Making, optional

    Raises
    ------
    InputError
        If the faces do not fit together.
    """
    making = making or Making()
    known = _numbered(faces)
    mixture = Mixture.mean([Mixture.of(*key) for key in known])
    moves, size = to_common_frame(faces, alignment=making.alignment, size=size)
    return make_face(mixture, known, dict(zip(known, moves, strict=True)), size, making)


def transform(
    face: Face,
    source: Sequence[Face],
    target: Sequence[Face],
    *,
    shape: float = 1.0,
    colour: float = 1.0,
    texture: float = 1.0,
    region: str = "face",
    making: Making | None = None,
) -> Made:
    """Return a face plus fractions of the difference between two prototypes.

    new = face + fraction · (mean of target - mean of source), for shape, colour and
    texture apart. The result lies in the frame of the face; the others are laid onto it
    first, so that turning and moving the head is no part of the difference.

    Parameters
    ----------
    face : Face
    source, target : sequence of Face
        One or more each. Faces that are the same object count as one.
    shape, colour, texture : float, optional
        Fractions of the difference; 0 leaves the face, negative ones reverse it.
    region : {"face", "everywhere"}, optional
        Where colour and texture of the difference are added. Outside of the face, hair,
        clothes and background stay those of the photograph.
    making : Making, optional
        Without an alignment all photographs must have one size.

    Raises
    ------
    InputError
        If the faces do not fit together, or the fractions are too large.
    """
    making = making or Making()
    known: dict[Key, Face] = {}
    names: dict[int, Key] = {}
    for one in (face, *source, *target):
        if id(one) not in names:
            names[id(one)] = _name(len(names))
            known[names[id(one)]] = one
    mixture = Mixture.of(*names[id(face)]).transformed(
        _mean([names[id(one)] for one in source], "source"),
        _mean([names[id(one)] for one in target], "target"),
        shape=shape,
        colour=colour,
        texture=texture,
    )
    moves = {key: laid_on(face, one, making.alignment) for key, one in known.items()}
    if region not in REGIONS:
        raise InputError(
            f'unknown region "{region}"', allowed=f"one of {', '.join(REGIONS)}"
        )
    keep = [Ingredient(*names[id(face)])] if region == "face" else []
    made = make_face(mixture, known, moves, face.size, making, keep=keep)
    if not mixture.is_photograph:
        return made
    same = sorted(map(id, source)) == sorted(map(id, target))
    return replace(made, findings=(*made.findings, _nothing(same=same)))


def symmetrise(
    face: Face,
    *,
    shape: float = 1.0,
    colour: float = 1.0,
    texture: float = 1.0,
    size: tuple[int, int] | None = None,
    making: Making | None = None,
) -> Made:
    """Return a face half way to its mirror image.

    Aligned, its middle is put upright into the middle of the frame; without alignment
    the mirror stands in the middle of the photograph as it is.

    Parameters
    ----------
    face : Face
        Its template needs mirror partners.
    shape, colour, texture : float, optional
        1 is symmetric, 0 as it was, negative exaggerates what is not symmetric.
    size : (int, int), optional
        Width and height, pixels; that of the photograph if not given.
    making : Making, optional

    Raises
    ------
    InputError
        If the template has no mirror partners.
    """
    making = making or Making()
    key = _name(0)
    mixture = Mixture.of(*key).symmetrised(shape=shape, colour=colour, texture=texture)
    both = (face, face.mirrored())
    moves, size = to_common_frame(
        both, alignment=making.alignment, size=size or face.size
    )
    return make_face(mixture, {key: face}, {key: moves[0]}, size, making)


def make_face(
    mixture: Mixture,
    faces: Mapping[Key, Face],
    moves: Mapping[Key, Similarity],
    size: tuple[int, int],
    making: Making | None = None,
    *,
    keep: Sequence[Ingredient] = (),
) -> Made:
    """Return the face that a mixture describes.

    Parameters
    ----------
    mixture : Mixture
    faces : mapping of (str, str) to Face
        Every source face of the mixture.
    moves : mapping of (str, str) to Similarity
        From each photograph to the frame.
    size : (int, int)
        Width and height of the frame, pixels.
    making : Making, optional
    keep : sequence of Ingredient, optional
        Faces whose surroundings are kept: outside of the face they alone are seen.

    Raises
    ------
    InputError
        If the faces do not fit together.
    """
    making = making or Making()
    ingredients = mixture.ingredients
    used = [face_of(one, faces) for one in ingredients]
    places = [move_of(one, faces, moves, size) for one in ingredients]
    photos = [face.image for face in used]
    matched = match(
        ingredients,
        used,
        places,
        size=size,
        warp=making.warp,
        refinement=making.refinement,
        outline=making.outline,
        spacing=making.spacing,
        keep=keep,
    )
    matched = unfolded(
        matched,
        [mixture],
        warp=making.warp,
        template=used[0].landmarks.template,
        refined=making.refinement is not None,
    )
    shares = {what: list(mixture.column(what).values()) for what in SHARES}
    sources = prepare_sources(matched.correspondence, photos, making.rendering)
    frame = render_mixed(
        matched.correspondence,
        sources,
        [integer_shares(shares[what], what=what) for what in SHARES],
        making.rendering,
    )
    placed = [
        move(face.landmarks.points) for move, face in zip(places, used, strict=True)
    ]
    landmarks = Landmarks(
        used[0].landmarks.template,
        mixed_points(placed, shares["shape"]),
        Placement("render"),
    )
    look_up(BLENDS, making.rendering.blend, kind="blend")
    return Made(
        frame,
        landmarks,
        mixture,
        matched.correspondence,
        tuple(photos),
        making.rendering.blend,
        _with_folds(matched, mixture),
    )


def match(
    ingredients: Sequence[Ingredient],
    faces: Sequence[Face],
    places: Sequence[Similarity],
    *,
    size: tuple[int, int],
    warp: Warp,
    refinement: Refinement | None,
    outline: Outline | None = None,
    spacing: int = SPACING,
    keep: Sequence[Ingredient] = (),
) -> MatchedFaces:
    """Return the correspondence between the ingredients of a mixture.

    Parameters
    ----------
    ingredients : sequence of Ingredient
    faces : sequence of Face
        One for each, mirrored where the ingredient says so.
    places : sequence of Similarity
        From each photograph to the frame.
    size : (int, int)
        Width and height of the frame, pixels.
    warp, refinement, spacing
        As for `morphkit.geometry.correspondence.correspond`.
    outline : Outline, optional
        Finds outlines of heads, which the warp then carries into each other.
    keep : sequence of Ingredient, optional
        Faces that alone are seen outside of the face.

    Raises
    ------
    InputError
        If the faces do not fit together.
    """
    twins = [
        (ingredients.index(one), ingredients.index(one._replace(mirrored=False)))
        for one in ingredients
        if one.mirrored and one._replace(mirrored=False) in ingredients
    ]
    guided = outline_controls(faces, places, outline, size=size, twins=twins)
    matched = correspond(
        [face.landmarks for face in faces],
        places,
        warp=warp,
        size=size,
        spacing=spacing,
        photos=[face.image for face in faces],
        refinement=refinement if len(faces) > 1 else None,
        twins=twins,
        guides=guided.ends,
    )
    matched = replace(matched, findings=(*guided.findings, *matched.findings))
    mesh = matched.correspondence
    if not set(keep) & set(ingredients) or len(ingredients) == 1:
        return matched
    insides, feathers = list(mesh.insides), list(mesh.feathers)
    for k, one in enumerate(ingredients):
        if one in keep:
            around, feathers[k] = _surroundings(faces[k])
            insides[k] = (*insides[k], around)
    kept = replace(mesh, insides=tuple(insides), feathers=tuple(feathers), shaded=False)
    return replace(matched, correspondence=kept)


def _nothing(*, same: bool) -> Finding:
    """Return the note that a transform changes nothing."""
    why = "the difference is between a face and itself" if same else "fractions are 0"
    return Finding("no-change", "note", f"nothing changes: {why}")


def _with_folds(matched: MatchedFaces, mixture: Mixture) -> tuple[Finding, ...]:
    """Return the findings of a correspondence with that of a fold which is left."""
    told = tuple(f for f in matched.findings if f.code != "fold")
    return told + find_fold(matched.correspondence, mixture)


def _surroundings(face: Face) -> tuple[Nodes, npt.NDArray[np.int16]]:
    """Return the outline of everything but the face in a photograph, and its filter.

    The outline runs around the photograph, then in and around the face, and back on
    the same way: by the even-odd rule the face is outside of it.
    """
    landmarks = face.landmarks
    eyes = landmarks.eye_centres() if landmarks.template.eyes else None
    outline = MASKS["face"].outline(Places(landmarks.points, eyes)).astype(float)
    width = FADE * float(np.ptp(landmarks.points, axis=0).max())
    feather = feather_taps(min(round(width), 1000))
    middle = outline.mean(axis=0)
    away = outline - middle
    reach = np.hypot(*away.T)[:, None]
    # Nothing at the outline, full one width inside of it: what lies beside a jaw (hair,
    # ears, background) is no part of an expression, and never meets exactly.
    shrunk = middle + away * np.maximum(1 - width / 2 * UNITS_PER_PIXEL / reach, 0)
    right, bottom = (UNITS_PER_PIXEL * side for side in face.size)
    left = top = -UNITS_PER_PIXEL
    border = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
    whole = np.concatenate([np.array(border, float), shrunk, shrunk[:1]])
    return np.rint(whole).astype(np.int32), feather


def face_of(ingredient: Ingredient, faces: Mapping[Key, Face]) -> Face:
    """Return the face that an ingredient is, mirrored where it says so."""
    face = faces[ingredient.identity, ingredient.label]
    return face.mirrored() if ingredient.mirrored else face


def move_of(
    ingredient: Ingredient,
    faces: Mapping[Key, Face],
    moves: Mapping[Key, Similarity],
    size: tuple[int, int],
) -> Similarity:
    """Return the map from the photograph of an ingredient to the frame.

    A mirrored one lies where the mirror image of the frame shows it.
    """
    key = ingredient.identity, ingredient.label
    move = moves[key]
    if not ingredient.mirrored:
        return move
    last = faces[key].size[0] - 1
    return Similarity(
        move.a, -move.b, size[0] - 1 - move.a * last - move.dx, move.b * last + move.dy
    )


def laid_on(face: Face, other: Face, alignment: Alignment | None) -> Similarity:
    """Return the map that lays another face onto a face.

    Raises
    ------
    InputError
        If there is no alignment and the photographs differ in size.
    """
    if other is face:
        return Similarity.identity()
    if alignment is None:
        if other.size != face.size:
            raise InputError(
                f"a photograph of {other.size[0]}×{other.size[1]} beside one of "
                f"{face.size[0]}×{face.size[1]}",
                where=other.name,
                remedy="lay the faces upon each other with an alignment",
            )
        return Similarity.identity()
    points = alignment.points_of
    return alignment.fit(points(other.landmarks), points(face.landmarks))


def _numbered(faces: Sequence[Face]) -> dict[Key, Face]:
    """Return faces under names of their own, in order."""
    return {_name(k): face for k, face in enumerate(faces)}


def _name(k: int) -> Key:
    """Return the name of the k-th face; names sort like numbers."""
    return f"face_{k + 1:03d}", "photograph"


def _mean(keys: Sequence[Key], what: str) -> Mixture:
    """Return the mean of faces, or the one there is."""
    if not keys:
        raise InputError(f"no face is the {what} of the difference")
    faces = [Mixture.of(*key) for key in keys]
    return faces[0] if len(faces) == 1 else Mixture.mean(faces)
