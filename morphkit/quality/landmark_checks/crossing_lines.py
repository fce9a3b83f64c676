"""Outlines of a template that cross themselves.

An outline is a closed line of the template, or two open lines with the same ends, such
as the upper and the lower lid.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from morphkit._core.arrays import Points
from morphkit.faces.template import Template

#: Fraction of the faces of a set that must agree on the direction of an outline.
AGREED = 0.8


def outlines_of(template: Template) -> tuple[tuple[int, ...], ...]:
    """Return the landmarks around each outline: closed lines first, then pairs."""
    pairs = zip(template.lines, template.closed, strict=True)
    closed = [line for line, is_closed in pairs if is_closed and len(line) > 2]
    by_ends: dict[frozenset[int], list[tuple[int, ...]]] = {}
    for line, is_closed in zip(template.lines, template.closed, strict=True):
        if not is_closed and len(line) > 1:
            by_ends.setdefault(frozenset((line[0], line[-1])), []).append(line)
    joined = []
    for lines in by_ends.values():
        for first, second in itertools.pairwise(lines):
            back = second if second[0] == first[-1] else second[::-1]
            joined.append((*first, *back[1:-1]))
    return (*closed, *(outline for outline in joined if len(outline) > 2))


def directions(template: Template, shapes: Sequence[Points]) -> list[int]:
    """Return the direction of each outline: 1 clockwise, -1 not, 0 unknown.

    Parameters
    ----------
    template : Template
    shapes : sequence of ndarray, shape (N, 2)
        All faces of the set; at least three of them stand in for directions that the
        template does not say.
    """
    found = [1 if clockwise else -1 for clockwise in template.clockwise]
    for outline in outlines_of(template)[len(found) :]:
        signs = [np.sign(signed_area(shape[list(outline)])) for shape in shapes]
        mean = float(np.mean(signs))
        agreed = len(shapes) > 2 and abs(mean) >= 2 * AGREED - 1
        found.append(int(np.sign(mean)) if agreed else 0)
    return found


def overlap_width(outline: Points, direction: int) -> float:
    """Return the width of the widest inverted part of an outline.

    Parameters
    ----------
    outline : ndarray, shape (N, 2)
        Corners, in order.
    direction : int
        1 if it should run clockwise as seen, -1 if not, 0 if unknown: its largest
        part then counts as correct.

    Returns
    -------
    float
        Pixels: four times the area of the part over its perimeter, which for a
        triangle that pokes through is about its height. 0 if nothing crosses.
    """
    parts = sorted(loops(outline), key=lambda part: -abs(signed_area(part)))
    right = direction or np.sign(signed_area(parts[0]))
    return max((_width(p) for p in parts if right * signed_area(p) < 0), default=0.0)


def signed_area(outline: Points) -> float:
    """Return the area inside an outline, positive if it runs clockwise as seen."""
    x, y = outline.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2


def _width(part: Points) -> float:
    """Return four times the area over the perimeter."""
    perimeter = float(np.hypot(*(np.roll(part, -1, axis=0) - part).T).sum())
    return 4 * abs(signed_area(part)) / perimeter if perimeter else 0.0


def loops(outline: Points) -> list[Points]:
    """Split an outline at its crossings into simple loops.

    Parameters
    ----------
    outline : ndarray, shape (N, 2)
        Corners, in order; the last is joined to the first.

    Examples
    --------
    >>> bow_tie = np.array([[0.0, 0.0], [4.0, 2.0], [4.0, 0.0], [0.0, 2.0]])
    >>> [abs(signed_area(loop)) for loop in loops(bow_tie)]
    [2.0, 2.0]
    """
    found: list[Points] = []
    walked: list[tuple[int, Points]] = []
    for name, place in _walk(outline):
        names = [seen for seen, _ in walked]
        if name in names:
            start = names.index(name)
            found.append(np.array([at for _, at in walked[start:]]))
            del walked[start:]
        walked.append((name, place))
    found.append(np.array([at for _, at in walked]))
    return found


def _walk(outline: Points) -> Iterator[tuple[int, Points]]:
    """Yield the name and position of corners and crossings; crossings come twice."""
    n = len(outline)
    step = np.roll(outline, -1, axis=0) - outline
    crossings: dict[int, list[tuple[float, int, Points]]] = {i: [] for i in range(n)}
    name = n
    for i in range(n):
        for j in range(i + 2, n if i else n - 1):
            turn = step[i, 0] * step[j, 1] - step[i, 1] * step[j, 0]
            if turn == 0:
                continue
            x, y = outline[j] - outline[i]
            t = float(x * step[j, 1] - y * step[j, 0]) / turn
            s = float(x * step[i, 1] - y * step[i, 0]) / turn
            if 0 < t < 1 and 0 < s < 1:
                place = outline[i] + t * step[i]
                crossings[i].append((t, name, place))
                crossings[j].append((s, name, place))
                name += 1
    for i in range(n):
        yield i, outline[i]
        for _, crossing, place in sorted(crossings[i], key=lambda c: c[0]):
            yield crossing, place
