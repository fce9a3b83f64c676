"""Mouths and eyes that open between two faces.

A closed mouth has no pixels for its inside, and a shut eye none for the eyeball. Mixed
like skin they would show half-transparent teeth over lips. So where an opening is open
in one face and closed in the other, its inside is taken from the open face alone, and
the edges of the closed one are tied together, so that the opening grows from nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from morphkit.arrays import Points
from morphkit.landmarks import Landmarks
from morphkit.template import Opening

#: Height over width below which an opening counts as closed.
CLOSED_BELOW = {"mouth": 0.08}
#: The same for all other openings (eyes).
EYE_CLOSED_BELOW = 0.12
#: Points of an outline between two landmarks.
_FINER = 8


@dataclass(frozen=True, eq=False)
class Openings:
    """What was decided about the openings of some faces.

    Parameters
    ----------
    points : tuple of ndarray, shape (L, 2)
        The landmarks of every face, closed edges tied together, pixels of its photo.
    insides : tuple of tuple of ndarray, shape (P, 2)
        For every face the outlines of its open openings, pixels of its photo.
    tied : tuple of Opening
        Openings that are closed in one face and open in another.
    """

    points: tuple[Points, ...]
    insides: tuple[tuple[Points, ...], ...]
    tied: tuple[Opening, ...]


def settle_openings(faces: Sequence[Landmarks]) -> Openings:
    """Return the landmarks and the insides that a morph of the faces should use.

    An opening that is alike in all faces (open in all, or closed in all) is left to
    the common blend.

    Parameters
    ----------
    faces : sequence of Landmarks
        Of one template, in the frames of their photographs.
    """
    points = [face.points.copy() for face in faces]
    insides: list[list[Points]] = [[] for _ in faces]
    tied = []
    for opening in faces[0].template.openings:
        state = [is_open(face.points, opening) for face in faces]
        if all(state) or not any(state):
            continue
        tied.append(opening)
        for k, face in enumerate(faces):
            if state[k]:
                insides[k].append(outline(face.points, opening))
            else:
                _tie(points[k], opening)
    return Openings(
        tuple(points), tuple(tuple(found) for found in insides), tuple(tied)
    )


def openness(points: Points, opening: Opening) -> float:
    """Return the height of an opening over its width.

    The height is the mean distance of opposite landmarks, corners left out, measured
    across the line between the corners and signed: crossed edges count as closed.
    """
    upper, lower = points[list(opening.upper)], points[list(opening.lower)]
    along = upper[-1] - upper[0]
    width = float(np.hypot(*along))
    if width == 0.0:
        return 0.0
    down = np.array([-along[1], along[0]]) / width
    return float(((lower - upper)[1:-1] @ down).mean()) / width


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
    upper = _smooth(points[list(opening.upper)])
    lower = _smooth(points[list(opening.lower)])
    return np.concatenate([upper, lower[-2:0:-1]])


def surroundings(points: Points, opening: Opening) -> Points:
    """Return an outline around an opening and its edges, half as wide again."""
    around = points[list(opening.upper + opening.lower)]
    centre = around.mean(axis=0)
    width = float(np.hypot(*(points[opening.upper[-1]] - points[opening.upper[0]])))
    turn = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
    reach = np.maximum(np.abs(around - centre).max(axis=0), width / 6) * 1.5
    return np.asarray(centre + reach * np.column_stack([np.cos(turn), np.sin(turn)]))


def _smooth(edge: Points) -> Points:
    """Return an edge with more points, monotone between landmarks."""
    length = np.hypot(*np.diff(edge, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(np.maximum(length, 1e-6))])
    fine = np.interp(
        np.linspace(0, len(edge) - 1, (len(edge) - 1) * _FINER + 1),
        np.arange(len(edge)),
        at,
    )
    return np.asarray(PchipInterpolator(at, edge)(fine))


def _tie(points: Points, opening: Opening) -> None:
    """Put opposite landmarks of a closed opening at one place."""
    upper, lower = list(opening.upper), list(opening.lower)
    middle = (points[upper] + points[lower]) / 2
    points[upper] = middle
    points[lower] = middle
