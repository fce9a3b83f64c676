"""Landmarks carried by the displacements of what a detector sees, part by part.

Conventions
-----------
All points are in the common frame (see `frame`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.propagation.edges import Edge, edges_of
from morphkit.geometry.propagation.frame import UNIT, upright

#: Reach of a detected point of the skin: that of the nearest one, and at least this.
REACH = 0.05 * UNIT
#: Largest mean distance of two edges that are one part of a face.
_SAME_EDGE = 0.10 * UNIT
#: How the widths of two such edges may differ.
_SAME_WIDTH = 0.7
#: Distance from a lip or lid within which landmarks are on it.
_ON_EDGE = 0.03 * UNIT
#: Largest distance of the middle of an iris from its pupil.
_IRIS = 0.03 * UNIT


@dataclass(frozen=True, eq=False)
class Carried:
    """Landmarks in the second photograph, by the detector alone.

    Parameters
    ----------
    points : ndarray, shape (N, 2)
    side : ndarray, shape (N,), dtype int
        1 on the upper edge of an opening, -1 on a lower one, 0 elsewhere and at its
        corners.
    """

    points: Points
    side: npt.NDArray[np.int_]


def carry(
    template: Template,
    points: Points,
    seen: Template,
    start: Points,
    end: Points,
) -> Carried:
    """Return where landmarks of the first photograph are in the second one.

    Parameters
    ----------
    template : Template
    points : ndarray, shape (N, 2)
        In the first photograph.
    seen : Template
        Of the detector.
    start, end : ndarray, shape (M, 2)
        What it sees in both photographs.
    """
    step = end - start
    theirs = edges_of(seen, start)
    skin = skin_of(seen, start)
    moved = points + _spread(points, start[skin], step[skin])
    for own, other in zip(_gazes(template, points), _gazes(seen, start), strict=False):
        moved[own] = points[own] + step[other].mean(axis=0)
    side = np.zeros(len(points), int)
    along: dict[int, list[Points]] = {}
    for edge in edges_of(template, points):
        line = list(edge.indices)
        found = _same_edge(edge, points, theirs, start)
        if found is None:
            continue
        at = _along(points[line], start[list(found.indices)])[1]
        for i, one in zip(line, _between(step[list(found.indices)], at), strict=True):
            along.setdefault(i, []).append(one)
        side[list(edge.inner)] = 1 if edge.is_upper else -1
    for i, steps in along.items():
        moved[i] = points[i] + np.mean(steps, axis=0)
    return Carried(moved, side)


def unclear_landmarks(known: Landmarks, seen: Landmarks) -> list[int]:
    """Return landmarks on a lip or lid of which the template says nothing.

    Lips and lids part. Whether a landmark there belongs to the upper or to the lower
    one is known from openings, closed lines, or two lines between the same corners.

    Parameters
    ----------
    known : Landmarks
    seen : Landmarks
        The same face, as a detector sees it.
    """
    to = upright(seen)
    points, start = to(known.points), to(seen.points)
    theirs = edges_of(seen.template, start)
    mine = edges_of(known.template, points)
    matched = [_same_edge(edge, points, theirs, start) for edge in mine]
    covered = {edge.indices for edge in matched if edge is not None}
    gazes = {i for gaze in _gazes(known.template, points) for i in gaze}
    found: set[int] = set()
    for opening in seen.template.openings:
        if covered & {opening.upper, opening.lower}:
            continue
        edges = [start[list(edge)] for edge in (opening.upper, opening.lower)]
        distance = np.minimum(*(_along(points, edge)[0] for edge in edges))
        corners = edges[0][[0, -1]]
        far = np.hypot(*np.moveaxis(points[:, None] - corners, -1, 0)).min(axis=1)
        there = np.flatnonzero((distance < _ON_EDGE) & (far > 2 * _ON_EDGE))
        on_edge = {int(i) for i in there} - gazes
        if len(on_edge) > 1:
            found |= on_edge
    return sorted(found)


def skin_of(template: Template, points: Points) -> npt.NDArray[np.intp]:
    """Return what is neither on the edge of an opening nor moves with the gaze."""
    other = {i for o in template.openings for i in (*o.upper[1:-1], *o.lower[1:-1])}
    other |= {i for gaze in _gazes(template, points) for i in gaze}
    return np.array([i for i in range(template.n_points) if i not in other], np.intp)


def _gazes(template: Template, points: Points) -> list[list[int]]:
    """Return the pupil of each eye with the lines around it, if it has pupils."""
    if any(len(eye) != 1 for eye in template.eyes):
        return []
    found = []
    for (pupil,) in template.eyes:
        group = {pupil}
        for line, is_closed in zip(template.lines, template.closed, strict=True):
            middle = points[list(line)].mean(axis=0)
            if is_closed and np.hypot(*(middle - points[pupil])) < _IRIS:
                group |= {*line}
        lids = {i for o in template.openings for i in (*o.upper, *o.lower)}
        found.append(sorted(group - lids))
    return found


def _spread(points: Points, at: Points, step: Points) -> Points:
    """Return displacements known at some places, spread smoothly to others.

    The nearest place counts most, however far away it is; others less by a Gaussian
    that is wider where all are far.
    """
    squared = (np.moveaxis(points[:, None] - at, -1, 0) ** 2).sum(axis=0)
    nearest = squared.min(axis=1, keepdims=True)
    weights = np.exp(-(squared - nearest) / (2 * REACH**2 + nearest / 2))
    return np.asarray(weights @ step / weights.sum(axis=1, keepdims=True))


def _same_edge(
    edge: Edge, points: Points, theirs: Sequence[Edge], start: Points
) -> Edge | None:
    """Return the edge that the detector sees there; None if it sees none."""
    line = points[list(edge.indices)]
    width = np.hypot(*(line[-1] - line[0]))
    best, nearest = None, _SAME_EDGE
    for other in theirs:
        seen = start[list(other.indices)]
        widths = sorted((width, np.hypot(*(seen[-1] - seen[0]))))
        if other.is_upper != edge.is_upper or widths[0] < _SAME_WIDTH * widths[1]:
            continue
        distance = float(_along(line, seen)[0].mean())
        if distance < nearest:
            best, nearest = other, distance
    return best


def _along(
    points: Points, line: Points
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the distances of points from a line, and where along it each is nearest.

    The place is the number of a corner of the line and the fraction of the way to the
    next one.
    """
    step = np.diff(line, axis=0)
    length = np.maximum((step**2).sum(axis=1), np.finfo(float).tiny)
    part = ((points[:, None] - line[:-1]) * step).sum(axis=2) / length
    part = np.clip(part, 0, 1)
    off = points[:, None] - (line[:-1] + part[..., None] * step)
    distance = np.hypot(off[..., 0], off[..., 1])
    nearest = distance.argmin(axis=1)
    i = np.arange(len(points))
    return distance[i, nearest], nearest + part[i, nearest]


def _between(values: Points, at: npt.NDArray[np.float64]) -> Points:
    """Return values along a line at the places that `_along` returns."""
    before = np.clip(np.floor(at).astype(int), 0, len(values) - 2)
    part = (at - before)[:, None]
    return np.asarray(values[before] * (1 - part) + values[before + 1] * part)
