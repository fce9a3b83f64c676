"""The frozen mesh of faces that are sums of photographs.

Its ends are the photographs; the faces themselves are sums of the ends. This is the
only way from photographs to a mesh, for a continuum or a single face, in a build or
from Python.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from morphkit.faces.face import Face
from morphkit.faces.template import Opening
from morphkit.geometry.choices import OUTLINE
from morphkit.geometry.correspondence import MatchedFaces, correspond
from morphkit.geometry.correspondence.openings import resolve_openings
from morphkit.geometry.outline.controls import outline_controls
from morphkit.geometry.similarity import Similarity
from morphkit.morph.mixture import SHARES, Ingredient, Mixture
from morphkit.morph.seen_alone import with_seen_alone
from morphkit.morph.settings import MorphSettings
from morphkit.morph.shut_lids import eyes_before_and_after
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
    shut, opens = _eyes_of_sums(mixtures, faces, moves, size)
    # A single face with shut eyes shows lids alone; on the way to it, they come down.
    passes = len(mixtures) > 1
    # What opens eyes takes folds away, which dense matching finds.
    adds = _adds_an_expression(mixtures, faces)
    by_landmarks = adds and not opens
    matched = match_ingredients(
        ingredients,
        faces,
        moves,
        size=size,
        settings=replace(settings, refine="none") if by_landmarks else settings,
        holes=not (shut or opens) or (passes and not opens),
        means=shows_means(mixtures),
        sums=_drawn_sums(mixtures) if adds or (passes and shut) else None,
    )
    used = [face_of(one, faces) for one in ingredients]
    if len(used) > 1:
        matched = with_seen_alone(
            matched,
            ingredients,
            used,
            keep=keep,
            anchors=mixtures,
            shut=shut,
        )
    return unfold_mixtures(
        matched,
        mixtures,
        warp=settings.find_warp(),
        template=used[0].landmarks.template,
        refined=settings.refine != "none" and not by_landmarks,
        kept=bool(keep),
    )


def _adds_an_expression(mixtures: Sequence[Mixture], faces: Mapping[Key, Face]) -> bool:
    """Return whether a difference is added that opens or shuts eyes or a mouth.

    Folds of a cry are nowhere in a face at rest: dense matching looks for them on
    smooth skin, and the difference shows what it finds as cracks.
    """
    if not any(map(_adds, mixtures)):
        return False
    used = [face_of(one, faces).landmarks for one in ingredients_of(mixtures)]
    return bool(resolve_openings(used).tied)


def shows_means(mixtures: Sequence[Mixture]) -> bool:
    """Return whether there is a mean of several people, and nothing is added."""
    means = [each for each in mixtures if each.averaged]
    several = [len({one.identity for one in each.ingredients}) > 1 for each in means]
    return any(several) and not any(map(_adds, mixtures))


def _adds(mixture: Mixture) -> bool:
    """Return whether a mixture adds a difference of colours or shapes."""
    return any(min(mixture.column(what).values()) < 0 for what in SHARES)


def _drawn_sums(mixtures: Sequence[Mixture]) -> npt.NDArray[np.float64]:
    """Return the shares in shape of all ingredients in every mixture, (A, K).

    A single face leads from the one to which its difference is added.
    """
    every = ingredients_of(mixtures)
    columns = [one.column("shape") for one in mixtures]
    if len(columns) == 1:
        columns.insert(0, mixtures[0].base_of("shape"))
    return np.array([[column.get(k, 0.0) for k in every] for column in columns])


def _eyes_of_sums(
    mixtures: Sequence[Mixture],
    faces: Mapping[Key, Face],
    moves: Mapping[Key, Similarity],
    size: tuple[int, int],
) -> tuple[list[Opening], list[Opening]]:
    """Return the eyes that differences shut, and those that they open."""
    changes = []
    for mixture in filter(_adds, mixtures):
        used = [face_of(one, faces).landmarks for one in mixture.ingredients]
        placing = [move_of(one, faces, moves, size) for one in mixture.ingredients]
        changes += list(eyes_before_and_after(mixture, used, placing).items())
    shut = [eye for eye, change in changes if change == (True, False)]
    return shut, [eye for eye, change in changes if change == (False, True)]


def match_ingredients(
    ingredients: Sequence[Ingredient],
    faces: Mapping[Key, Face],
    moves: Mapping[Key, Similarity],
    *,
    size: tuple[int, int],
    settings: MorphSettings,
    holes: bool = True,
    means: bool = False,
    sums: npt.NDArray[np.float64] | None = None,
) -> MatchedFaces:
    """Return the correspondence between photographs, some of them mirrored.

    Parameters
    ----------
    ingredients : sequence of Ingredient
    faces, moves, size, settings
        As for `correspond_mixtures`.
    holes : bool, optional
        Whether lids and lips uncover what lies behind them.
    means : bool, optional
        Whether means of several people are shown.
    sums : ndarray, shape (A, K), optional
        Shares in shape of the faces that are drawn, if these are sums.

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
        used,
        places,
        settings.find_outline(means=means),
        size=size,
        twins=twins,
        asked=settings.outline != OUTLINE,
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
        holes=holes,
        sums=sums,
        twins=twins,
        guides=outlined.ends,
    )
    return replace(matched, findings=(*outlined.findings, *matched.findings))


def _is_wide(ingredients: Sequence[Ingredient]) -> bool:
    """Return whether heads differ more than those of one person in one pose."""
    people = {one.identity for one in ingredients}
    return len(people) > 1 or any(one.mirrored for one in ingredients)


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
