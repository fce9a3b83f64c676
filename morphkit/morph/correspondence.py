"""The frozen mesh of faces that are sums of photographs.

Its ends are the photographs; the faces themselves are sums of the ends. This is the
only way from photographs to a mesh, for a continuum or a single face, in a build or
from Python.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from morphkit.faces.face import Face
from morphkit.geometry.correspondence import MatchedFaces, correspond
from morphkit.geometry.correspondence.frozen_mesh import to_nodes
from morphkit.geometry.correspondence.openings import (
    is_open,
    outline,
    resolve_openings,
)
from morphkit.geometry.outline.controls import outline_controls
from morphkit.geometry.similarity import Similarity
from morphkit.morph.mixture import Ingredient, Mixture
from morphkit.morph.settings import MorphSettings
from morphkit.morph.surroundings import surroundings_of
from morphkit.morph.trajectory import ingredients_of
from morphkit.morph.unfold import unfold_mixtures

#: Identity and label, which name a source face.
Key = tuple[str, str]


def correspond_mixtures(
    mixtures: Sequence[Mixture],
    faces: Mapping[Key, Face],
    moves: Mapping[Key, Similarity],
    *,
    size: tuple[int, int],
    settings: MorphSettings,
    keep: Sequence[Ingredient] = (),
) -> MatchedFaces:
    """Return the correspondence between the ingredients of mixtures, unfolded.

    Parameters
    ----------
    mixtures : sequence of Mixture
        The anchors of a continuum, or one face.
    faces : mapping of (str, str) to Face
        Every source face of the mixtures.
    moves : mapping of (str, str) to Similarity
        From each photograph to the frame.
    size : (int, int)
        Width and height of the frame, pixels.
    settings : MorphSettings
    keep : sequence of Ingredient, optional
        Faces whose surroundings are kept: outside the face, only they are shown.

    Returns
    -------
    MatchedFaces
        Its ends are `ingredients_of(mixtures)`, in that order.

    Raises
    ------
    InputError
        If the faces do not fit together.
    """
    ingredients = ingredients_of(mixtures)
    matched = match_ingredients(
        ingredients, faces, moves, size=size, settings=settings, keep=keep
    )
    return unfold_mixtures(
        matched,
        mixtures,
        warp=settings.find_warp(),
        template=face_of(ingredients[0], faces).landmarks.template,
        refined=settings.refine != "none",
    )


def match_ingredients(
    ingredients: Sequence[Ingredient],
    faces: Mapping[Key, Face],
    moves: Mapping[Key, Similarity],
    *,
    size: tuple[int, int],
    settings: MorphSettings,
    keep: Sequence[Ingredient] = (),
) -> MatchedFaces:
    """Return the correspondence between photographs, some of them mirrored.

    Parameters
    ----------
    ingredients : sequence of Ingredient
    faces, moves, size, settings, keep
        As for `correspond_mixtures`.

    Raises
    ------
    InputError
        If the faces do not fit together.
    """
    used = [face_of(one, faces) for one in ingredients]
    places = [move_of(one, faces, moves, size) for one in ingredients]
    twins = [
        (ingredients.index(one), ingredients.index(one._replace(mirrored=False)))
        for one in ingredients
        if one.mirrored and one._replace(mirrored=False) in ingredients
    ]
    outlined = outline_controls(
        used, places, settings.find_outline(), size=size, twins=twins
    )
    refinement = settings.find_refinement(wide=_is_wide(ingredients))
    matched = correspond(
        [face.landmarks for face in used],
        places,
        warp=settings.find_warp(),
        size=size,
        spacing=settings.spacing,
        photos=[face.image for face in used],
        refinement=refinement if len(used) > 1 else None,
        twins=twins,
        guides=outlined.ends,
    )
    matched = replace(matched, findings=(*outlined.findings, *matched.findings))
    if not set(keep) & set(ingredients) or len(ingredients) == 1:
        return _with_own_eyes(matched, ingredients, used)
    return _with_surroundings(matched, ingredients, used, keep)


def _is_wide(ingredients: Sequence[Ingredient]) -> bool:
    """Return whether heads differ more than those of one person in one pose."""
    people = {one.identity for one in ingredients}
    return len(people) > 1 or any(one.mirrored for one in ingredients)


def _with_own_eyes(
    matched: MatchedFaces, ingredients: Sequence[Ingredient], faces: Sequence[Face]
) -> MatchedFaces:
    """Return a correspondence in whose eyes no photograph is seen beside its mirror.

    One light is seen at the same side of both eyes, in a mirror image at the other
    side: halfway every eye would have two catchlights, and both eyes would look
    nowhere. Without a mirror image nothing changes.
    """
    pairs = [
        (k, ingredients.index(one._replace(mirrored=True)))
        for k, one in enumerate(ingredients)
        if not one.mirrored and one._replace(mirrored=True) in ingredients
    ]
    if not pairs:
        return matched
    mesh = matched.correspondence
    insides = list(mesh.insides)
    template = faces[0].landmarks.template
    eyes = set(chain.from_iterable(template.eyes))
    sights = [o for o in template.openings if {*o.upper, *o.lower} <= eyes]
    opens = resolve_openings([face.landmarks for face in faces]).open
    for own, mirrored in pairs:
        for k in (own, mirrored):  # what is open here and shut elsewhere has one
            there = zip(insides[k], opens[k], strict=True)
            insides[k] = tuple(inside for inside, o in there if o not in sights)
        points = faces[own].landmarks.points
        insides[own] += tuple(
            to_nodes(outline(points, eye)) for eye in sights if is_open(points, eye)
        )
    kept = replace(mesh, insides=tuple(insides), shaded=False)
    return replace(matched, correspondence=kept)


def _with_surroundings(
    matched: MatchedFaces,
    ingredients: Sequence[Ingredient],
    faces: Sequence[Face],
    keep: Sequence[Ingredient],
) -> MatchedFaces:
    """Return a correspondence that shows only some photographs outside the face.

    So it does in their open eyes and mouths, where one of the others is shut: a
    difference between an eyeball and a lid has no meaning on another eyeball.
    """
    mesh = matched.correspondence
    insides, feathers = list(mesh.insides), list(mesh.feathers)
    opens = resolve_openings([face.landmarks for face in faces]).open
    own = {
        opening.name
        for one, there in zip(ingredients, opens, strict=True)
        if one in keep
        for opening in there
    }
    for k, one in enumerate(ingredients):
        if one not in keep:
            there = zip(insides[k], opens[k], strict=True)
            insides[k] = tuple(inside for inside, o in there if o.name not in own)
        else:
            around, feathers[k] = surroundings_of(faces[k])
            insides[k] = (*insides[k], around)
    kept = replace(mesh, insides=tuple(insides), feathers=tuple(feathers), shaded=False)
    return replace(matched, correspondence=kept)


def face_of(ingredient: Ingredient, faces: Mapping[Key, Face]) -> Face:
    """Return the face of an ingredient, mirrored if the ingredient is."""
    face = faces[ingredient.identity, ingredient.label]
    return face.mirrored() if ingredient.mirrored else face


def move_of(
    ingredient: Ingredient,
    faces: Mapping[Key, Face],
    moves: Mapping[Key, Similarity],
    size: tuple[int, int],
) -> Similarity:
    """Return the map from the photograph of an ingredient to the frame.

    A mirrored photograph is placed where the mirror image of the frame shows it.
    """
    key = ingredient.identity, ingredient.label
    move = moves[key]
    if not ingredient.mirrored:
        return move
    last = faces[key].size[0] - 1
    return Similarity(
        move.a, -move.b, size[0] - 1 - move.a * last - move.dx, move.b * last + move.dy
    )
