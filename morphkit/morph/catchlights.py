"""Catchlights: where the light is reflected in open eyes, and whose eyes a mean shows.

Photographs whose light comes from different sides have their catchlights at different
places. Mean eyes would show each of them, fainter: two lights an eye, which no
photograph has. So the eyes of a mean are those of photographs that agree.

Conventions
-----------
Places are measured from the middle between the corners of an eye to the image's right,
as fractions of its width.
"""

from collections.abc import Collection, Sequence

import numpy as np

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.faces.face import Face
from morphkit.faces.template import Opening, Template
from morphkit.geometry.correspondence.frozen_mesh import to_nodes
from morphkit.geometry.correspondence.openings import is_open, outline
from morphkit.morph.normalise.light import luminance_of
from morphkit.pixels import cover_of
from morphkit.pixels.spec import ONE, WHITE, Int64, decode_table

#: Largest distance of catchlights that are seen as one.
APART = 0.12
#: Farther from the middle of the eye there is no iris: tears and lids shine there.
REACH = 0.3
#: Largest distance of the places in both eyes of one face.
AGREED = 0.25
#: A catchlight has so many times the median luminance of the eye at least, and this
#: share of white.
_TIMES, _LEAST = 4, 0.1
#: Pixels that belong to it have this share of the brightest one, and lie so near to it.
_SHARE, _NEAR = 0.7, 0.08
#: Eyes that are fewer pixels wide tell nothing.
_LEAST_WIDTH = 12.0


def sights_of(template: Template) -> tuple[Opening, ...]:
    """Return the openings through which eyes are seen."""
    eyes = {index for eye in template.eyes for index in eye}
    return tuple(o for o in template.openings if {*o.upper, *o.lower} <= eyes)


def one_light(
    faces: Sequence[Face],
    among: Collection[int],
    *,
    needed: Sequence[Collection[int]] = (),
) -> frozenset[int]:
    """Return which faces can be seen together in open eyes.

    Parameters
    ----------
    faces : sequence of Face
        As they are shown, mirrored where they are.
    among : collection of int
        The faces in question.
    needed : sequence of collection of int, optional
        Of each of these groups, one face has to be among the result.

    Returns
    -------
    frozenset of int
        The most faces whose catchlights are at one place, with those that show none; of
        equally many, those of the first face. All in question if no such set has who is
        needed.
    """
    places = {k: place_of(faces[k]) for k in among}
    lit = {k: place for k, place in places.items() if place is not None}
    best: set[int] = set()
    for place in lit.values():
        near = {k for k, other in lit.items() if abs(other - place) <= APART}
        shown = set(among) - (lit.keys() - near)
        fits = all(shown & set(group) for group in needed)
        if fits and len(near) > len(best):
            best = near
    return frozenset(set(among) - (lit.keys() - best if best else set()))


def place_of(face: Face) -> float | None:
    """Return where the light is seen in the open eyes of a face, on average.

    Where the eyes disagree by more than `AGREED`, one of them shows something else, and
    the brighter one counts. None if no open eye shows a catchlight.
    """
    found = [_light_in(face, sight) for sight in sights_of(face.landmarks.template)]
    seen = [one for one in found if one is not None]
    places = np.array([place for place, _ in seen])
    if not seen:
        return None
    if np.ptp(places) > AGREED:
        return max(seen, key=lambda one: one[1])[0]
    return float(fixed_order.mean(places))


def _light_in(face: Face, sight: Opening) -> tuple[float, int] | None:
    """Return place and luminance of the catchlight of an eye; None if there is none."""
    points = face.landmarks.points
    corners = points[list(sight.upper)][[0, -1]]
    width = float(fixed_order.length(corners[1] - corners[0]))
    if not is_open(points, sight) or width < _LEAST_WIDTH:
        return None
    values, at = _luminance_within(face, outline(points, sight))
    along = (corners[1] - corners[0]) / width
    places = fixed_order.dot(at - fixed_order.mean(corners), along) / width
    there = np.abs(places) <= REACH
    values, places, at = values[there], places[there], at[there]
    if not values.size:
        return None
    most = int(values.max())
    if most < max(_TIMES * int(np.median(values)), int(_LEAST * WHITE)):
        return None
    away = fixed_order.length(at - at[values.argmax()])
    lit = (values >= _SHARE * most) & (away <= _NEAR * width)
    return float(fixed_order.mean(places[lit])), most


def _luminance_within(face: Face, edge: Points) -> tuple[Int64, Points]:
    """Return the luminance of the pixels within an outline, and where they are."""
    low = np.clip(np.floor(edge.min(axis=0)).astype(int), 0, face.size)
    high = np.clip(np.ceil(edge.max(axis=0)).astype(int) + 1, low, face.size)
    part = face.image[low[1] : high[1], low[0] : high[0]]
    if not part.size:
        return np.empty(0, np.int64), np.empty((0, 2))
    cover = cover_of([to_nodes(edge - low)], (high - low).tolist(), [ONE])
    rows, columns = np.nonzero(2 * cover.astype(np.int32) > WHITE)
    light = decode_table(part.dtype.name)[part[rows, columns]]
    return luminance_of(light), np.stack([columns, rows], axis=1) + low.astype(float)
