"""Where some photographs are seen alone: in open eyes, and around a face.

One light is seen at the same side of both eyes, in a mirror image at the other side:
halfway every eye would have two catchlights, and both eyes would look nowhere. So no
photograph is seen in open eyes beside its mirror image, or beside those of other people
who were lit from another side. Nor is a difference between eyes that are wide and the
same ones narrowed: lids move, but a catchlight keeps its size and place.

Outside the face, and where it is open and one of the others is shut, a face to which a
difference is added is seen alone: a difference between an eyeball and a lid has no
meaning on another eyeball. In a mouth that a difference opens, one of those with open
mouths is seen alone.
"""

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from morphkit._core.arrays import Nodes
from morphkit._core.finding import Finding
from morphkit.faces.face import Face
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence import MatchedFaces
from morphkit.geometry.correspondence.frozen_mesh import to_nodes
from morphkit.geometry.correspondence.openings import (
    JAW,
    is_open,
    openness,
    outline,
    resolve_openings,
)
from morphkit.morph.catchlights import one_light, sights_of
from morphkit.morph.mixture import Ingredient, Mixture
from morphkit.morph.one_mouth import one_mouth
from morphkit.morph.surroundings import surroundings_of

#: Change of the height of open eyes, as a fraction of it, from which a difference would
#: be seen in them: a catchlight is as high as that.
NARROWED = 0.05


def with_seen_alone(
    matched: MatchedFaces,
    ingredients: Sequence[Ingredient],
    faces: Sequence[Face],
    *,
    keep: Sequence[Ingredient] = (),
    anchors: Sequence[Mixture] = (),
    shut: Sequence[Opening] = (),
) -> MatchedFaces:
    """Return a correspondence with outlines of what some photographs show alone.

    Parameters
    ----------
    matched : MatchedFaces
    ingredients : sequence of Ingredient
        Its ends.
    faces : sequence of Face
        These, mirrored where they are.
    keep : sequence of Ingredient, optional
        Faces whose surroundings are kept.
    anchors : sequence of Mixture, optional
        What is made of the ingredients: the eyes of each show one at least.
    shut : sequence of Opening, optional
        Eyes that a difference shuts: nobody is seen alone in them; on the way to it,
        the faces to which differences are added.
    """
    mesh, ends = matched.correspondence, range(len(faces))
    opens = resolve_openings([face.landmarks for face in faces]).open
    insides = [
        dict(zip(names, outlines, strict=True))
        for names, outlines in zip(matched.alone, mesh.insides, strict=True)
    ]
    kept = [k for k, one in enumerate(ingredients) if one in keep]
    own = _without_mirror_images(ingredients)
    shown = _seen_in_eyes(faces, ingredients, anchors, own, kept)
    mouths = _unseen_mouths(faces, ingredients, anchors, mesh.landmarks, insides)
    if len(shown) == len(faces) and not (kept or shut or mouths):
        return matched
    for k, mouth in mouths:
        insides[k].pop(mouth)
    if len(shown) < len(faces):
        _show_eyes_of(shown, faces, insides)
    bases = _bases_of(anchors) if len(anchors) > 1 else set()
    _take_out(shut, [k for k in ends if ingredients[k] not in bases], insides)
    settled = {o for k in kept for o in opens[k]}
    _take_out(settled, {*ends} - {*kept}, insides)
    around = {k: surroundings_of(faces[k]) for k in kept}
    changed = replace(
        mesh,
        insides=tuple(tuple(there.values()) for there in insides),
        surroundings=tuple((around[k][0],) if k in kept else () for k in ends),
        fades=tuple(around[k][1] if k in kept else mesh.fades[k] for k in ends),
        shaded=False,
    )
    lost = len(own) - len(shown)
    notes = [_note(lost)] * (lost > 0) + [_note_of_mouths(len(mouths))] * bool(mouths)
    found = (*matched.findings, *notes)
    return replace(matched, correspondence=changed, findings=found)


def _seen_in_eyes(
    faces: Sequence[Face],
    ingredients: Sequence[Ingredient],
    anchors: Sequence[Mixture],
    own: Collection[int],
    kept: Collection[int],
) -> frozenset[int]:
    """Return which faces are seen in open eyes.

    Of a difference no part can be left out alone: where lights disagree, or it makes
    eyes wider or narrower, the face to which it is added has its own eyes, if they are
    open.
    """
    columns = [one.column("colour") for one in anchors]
    needed = [[k for k in own if one.get(ingredients[k], 0.0) > 0] for one in columns]
    needed = [group for group in needed if group]
    shown = one_light(faces, own, needed=needed)
    sights = sights_of(faces[0].landmarks.template)
    if len(shown) == len(own) and not any(
        _changes_width(one, dict(zip(ingredients, faces, strict=True)), sights)
        for one in anchors
    ):
        return shown
    sees = {k for k in kept for o in sights if is_open(faces[k].landmarks.points, o)}
    if sees and all(sees & set(group) for group in needed):
        return frozenset(sees)
    adds = not kept and any(min(one.values()) < 0 for one in columns)
    return frozenset(own) if sees or adds else shown


def _changes_width(
    mixture: Mixture, faces: Mapping[Ingredient, Face], sights: Iterable[Opening]
) -> bool:
    """Return whether a difference of colours is one between wide and narrow eyes."""
    base, column = mixture.base_of("colour"), mixture.column("colour")
    for sight in sights:
        wide = {k: openness(faces[k].landmarks.points, sight) for k in column}
        before = math.fsum(share * wide[k] for k, share in base.items())
        after = math.fsum(share * wide[k] for k, share in column.items())
        if abs(after - before) > NARROWED * before > 0:
            return True
    return False


def _show_eyes_of(
    shown: Collection[int], faces: Sequence[Face], insides: Sequence[dict[str, Nodes]]
) -> None:
    """Let some faces be seen alone in their open eyes, the others not at all."""
    for k, face in enumerate(faces):
        for eye in sights_of(face.landmarks.template):
            points = face.landmarks.points
            if k not in shown:
                insides[k].pop(eye.name, None)
            elif is_open(points, eye) and eye.name not in insides[k]:
                insides[k][eye.name] = to_nodes(outline(points, eye))


def _unseen_mouths(
    faces: Sequence[Face],
    ingredients: Sequence[Ingredient],
    anchors: Sequence[Mixture],
    places: Nodes,
    insides: Sequence[dict[str, Nodes]],
) -> list[tuple[int, str]]:
    """Return which open mouths are not seen where differences open closed ones.

    Of those that a difference is learnt from one is, in each of the anchors.
    """
    bases = _bases_of(anchors)
    columns = [one.column("colour") for one in anchors]
    if all(min(one.values()) >= 0 for one in columns):
        return []
    unseen = []
    for mouth in faces[0].landmarks.template.openings:
        among = [k for k, there in enumerate(insides) if mouth.name in there]
        if mouth.name not in JAW or any(ingredients[k] in bases for k in among):
            continue
        shares = [[one.get(ingredients[k], 0.0) for k in among] for one in columns]
        if any(min(one, default=0.0) < 0 for one in shares):
            continue  # a mouth that is taken away cannot be left out
        groups = [[k for k, s in zip(among, one, strict=True) if s] for one in shares]
        seen = {one_mouth(faces, places, group, mouth) for group in groups if group}
        unseen += [(k, mouth.name) for k in among if k not in seen]
    return unseen


def _bases_of(anchors: Sequence[Mixture]) -> set[Ingredient]:
    """Return the faces to which differences are added."""
    bases = [one.base_of("colour") for one in anchors]
    return {key for base in bases for key, share in base.items() if share > 0}


def _take_out(
    openings: Iterable[Opening],
    ends: Iterable[int],
    insides: Sequence[dict[str, Nodes]],
) -> None:
    """Let some ends not be seen alone in these openings."""
    for k, opening in itertools.product(ends, openings):
        insides[k].pop(opening.name, None)


def _without_mirror_images(ingredients: Sequence[Ingredient]) -> Collection[int]:
    """Return the ingredients that are not mirror images of others among them."""
    return [
        k
        for k, one in enumerate(ingredients)
        if not (one.mirrored and one._replace(mirrored=False) in ingredients)
    ]


def _note(n_lost: int) -> Finding:
    """Return the note that open eyes do not show all photographs."""
    return Finding(
        "catchlights",
        "note",
        f"open eyes do not show {n_lost} of the photographs, so that no eye has two "
        "catchlights: light comes from different sides, or eyes are not as wide",
        value=float(n_lost),
    )


def _note_of_mouths(n_lost: int) -> Finding:
    """Return the note that a mouth does not show all photographs."""
    return Finding(
        "one-mouth",
        "note",
        f"behind lips that a difference opens one photograph is seen: {n_lost} with "
        "open mouths are not, so that teeth are not seen several times",
        value=float(n_lost),
    )
