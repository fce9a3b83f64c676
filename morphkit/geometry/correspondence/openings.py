"""Mouths and eyes that open between two faces.

A closed mouth has no pixels for its inside, and a shut eye none for the eyeball.
Blended like skin they would show half-transparent teeth over lips. So where an opening
is open in one face and closed in the other, its inside is taken from the open face
alone, and the edges of the closed one are tied together, so that the opening grows from
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Opening, Template
from morphkit.geometry.monotone import monotone_curve

#: Height over width below which an opening counts as closed.
CLOSED_BELOW = {"mouth": 0.08}
#: The same for all other openings (eyes).
EYE_CLOSED_BELOW = 0.12
#: Openings whose lower edge moves with the jaw, not with the surrounding skin.
JAW = frozenset({"mouth"})
#: Largest factor by which shut eyes of detectors are made wider.
WIDER = 1.35
#: Outline points per interval between landmarks.
_FINER = 8


@dataclass(frozen=True, eq=False)
class Openings:
    """How the openings of some faces are treated.

    Parameters
    ----------
    points : tuple of ndarray, shape (L, 2)
        The landmarks of every face, closed edges tied together, pixels of its photo.
    open : tuple of tuple of Opening
        For every face, the openings that are open here and closed in another.
    insides : tuple of tuple of ndarray, shape (P, 2)
        The outlines of these, in pixels of its photo.
    tied : tuple of Opening
        Openings that are closed in one face and open in another.
    """

    points: tuple[Points, ...]
    open: tuple[tuple[Opening, ...], ...]
    insides: tuple[tuple[Points, ...], ...]
    tied: tuple[Opening, ...]


def resolve_openings(faces: Sequence[Landmarks]) -> Openings:
    """Return the landmarks and the insides for a morph of the faces.

    An opening in the same state in all faces (open in all, or closed in all) is blended
    like everything else.

    Parameters
    ----------
    faces : sequence of Landmarks
        Of one template, in the frames of their photographs.
    """
    points = [face.points.copy() for face in faces]
    opens: list[list[Opening]] = [[] for _ in faces]
    tied = []
    for opening in faces[0].template.openings:
        state = [is_open(face.points, opening) for face in faces]
        if all(state) or not any(state):
            continue
        tied.append(opening)
        for k in range(len(faces)):
            if state[k]:
                opens[k].append(opening)
            else:
                tie(points[k], opening)
    insides = tuple(
        tuple(outline(face.points, opening) for opening in found)
        for face, found in zip(faces, opens, strict=True)
    )
    return Openings(tuple(points), tuple(map(tuple, opens)), insides, tuple(tied))


def widen_shut_eyes(
    placed: Sequence[Points], opened: Openings, detected: Sequence[bool]
) -> list[Points]:
    """Return landmarks with shut eyes of detectors as wide as the same eyes when open.

    Detectors draw the outer corners of shut eyes too far inside, by up to a quarter of
    the width: lids would be squeezed along. The inner corner stays, and the line on
    which the lids lie; beyond the outer corner it goes on straight. Nothing moves where
    other landmarks lie in the way, as in templates with a mesh around the eyes.

    Parameters
    ----------
    placed : sequence of ndarray, shape (L, 2)
        `opened.points` in the common frame.
    opened : Openings
        Of the same faces.
    detected : sequence of bool
        Whether a detector placed them, for every face.
    """
    moved = [points.copy() for points in placed]
    for opening in opened.tied:
        if opening.name in JAW:
            continue
        upper, lower = list(opening.upper), list(opening.lower)
        seen = [opening in found for found in opened.open]
        wide = min(
            float(fixed_order.length(points[upper[-1]] - points[upper[0]]))
            for points, here in zip(placed, seen, strict=True)
            if here
        )
        for k, (here, found) in enumerate(zip(seen, detected, strict=True)):
            if here or not found:
                continue
            line = _stretched(placed[k][upper], fixed_order.mean(placed[k]), wide)
            if _is_free(line, placed[k], [*upper, *lower]):
                moved[k][upper] = line
                moved[k][lower[1:-1]] = line[1:-1]
    return moved


def _is_free(line: Points, points: Points, lids: Sequence[int]) -> bool:
    """Return whether no other landmark lies where corners of lids are moved to."""
    others = np.delete(points, lids, axis=0)
    return all(
        fixed_order.length(others - new).min() > fixed_order.length(new - old)
        for new, old in zip(
            line[[0, -1]], points[[lids[0], lids[len(line) - 1]]], strict=True
        )
    )


def _stretched(line: Points, middle: Points, wide: float) -> Points:
    """Return points along a line from corner to corner, as far apart as is `wide`.

    The corner that is nearer to the `middle` of the face stays. Nothing gets narrower,
    or wider by more than a factor.
    """
    first, last = fixed_order.length(line[[0, -1]] - middle)
    turned = first > last
    from_inner = line[::-1] if turned else line
    inner, across = from_inner[0], from_inner[-1] - from_inner[0]
    width = float(fixed_order.length(across))
    if not 0.0 < width < wide:
        return line
    along = across / width
    down = np.array([-along[1], along[0]])
    x, y = (fixed_order.dot(from_inner - inner, axis) for axis in (along, down))
    if not (np.diff(x) > 0).all():
        return line
    to = x * min(wide / width, WIDER)
    slope = (y[-1] - y[-2]) / (x[-1] - x[-2])
    level = fixed_order.interpolate(to, x, y) + slope * np.maximum(to - x[-1], 0.0)
    new = inner + (to[:, None] * along + level[:, None] * down)
    return np.asarray(new[::-1] if turned else new)


def openness(points: Points, opening: Opening) -> float:
    """Return the height of an opening over its width.

    The height is the mean distance of opposite landmarks, corners left out, measured
    across the line between the corners and signed: crossed edges count as closed.
    """
    upper, lower = points[list(opening.upper)], points[list(opening.lower)]
    along = upper[-1] - upper[0]
    width = float(fixed_order.length(along))
    if width == 0.0:
        return 0.0
    down = np.array([-along[1], along[0]]) / width
    apart = fixed_order.dot((lower - upper)[1:-1], down)
    return float(fixed_order.mean(apart)) / width


def is_open(points: Points, opening: Opening) -> bool:
    """Return whether an opening is open."""
    limit = CLOSED_BELOW.get(opening.name, EYE_CLOSED_BELOW)
    return openness(points, opening) >= limit


def outline(points: Points, opening: Opening) -> Points:
    """Return the closed outline of an opening, smooth between the landmarks.

    Returns
    -------
    ndarray, shape (P, 2)
        From the image-left corner along the upper edge and back along the lower.
    """
    upper, lower = edges(points, opening)
    return np.concatenate([upper, lower[-2:0:-1]])


def around(points: Points, template: Template, opening: Opening) -> list[Points]:
    """Return the closed lines around an opening, smooth between the landmarks.

    Of a mouth it is the outer edge of the lips.

    Parameters
    ----------
    points : ndarray, shape (L, 2)
    template : Template
        A region of it is named as the opening is, if there is such a line.
    opening : Opening

    Returns
    -------
    list of ndarray, shape (P, 2)
    """
    region = {*template.regions.get(opening.name, ())}
    others = region - {*opening.upper, *opening.lower}
    return [
        np.concatenate([_smooth(half) for half in _halves(points[list(line)])])
        for line, closed in zip(template.lines, template.closed, strict=True)
        if closed and others.issuperset(line)
    ]


def _halves(line: Points) -> tuple[Points, Points]:
    """Return a closed line in two, from one to the other of its farthest points."""
    apart = ((line[:, None] - line) ** 2).sum(axis=2)
    first, second = sorted(divmod(int(apart.argmax()), len(line)))
    rest = np.concatenate([line[second:], line[: first + 1]])
    return line[first : second + 1], rest


def edges(points: Points, opening: Opening) -> npt.NDArray[np.float64]:
    """Return both edges of an opening, smooth between the landmarks.

    Returns
    -------
    ndarray, shape (2, S, 2)
        The upper and the lower edge from the image-left to the image-right corner;
        points of the same index lie opposite to each other.
    """
    return np.array(
        [_smooth(points[list(edge)]) for edge in (opening.upper, opening.lower)]
    )


def _smooth(edge: Points) -> Points:
    """Return a finely sampled edge, monotone between landmarks."""
    length = fixed_order.length(np.diff(edge, axis=0))
    at = np.concatenate([[0.0], np.cumsum(np.maximum(length, 1e-6))])
    places = np.arange((len(edge) - 1) * _FINER + 1) / float(_FINER)
    fine = fixed_order.interpolate(places, np.arange(float(len(edge))), at)
    return monotone_curve(at, edge, fine)


def tie(points: Points, opening: Opening) -> None:
    """Move opposite landmarks of a closed opening to their midpoint."""
    upper, lower = list(opening.upper), list(opening.lower)
    middle = (points[upper] + points[lower]) / 2
    points[upper] = middle
    points[lower] = middle
