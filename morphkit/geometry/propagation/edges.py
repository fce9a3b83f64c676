"""The edges of openings in a template: upper and lower lips, inside and out, and lids.

Conventions
-----------
Points are those of an upright face, y downwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import Points
from morphkit.faces.template import Template

#: Fewer landmarks than that are no edge with something between its corners.
_LEAST = 4


@dataclass(frozen=True)
class Edge:
    """Landmarks from the image-left to the image-right corner of an outline.

    Parameters
    ----------
    indices : tuple of int
        Corners included.
    is_upper : bool
        Whether it is the upper of the two edges between its corners.
    """

    indices: tuple[int, ...]
    is_upper: bool

    @property
    def inner(self) -> tuple[int, ...]:
        """Landmarks without the corners, which belong to both edges."""
        return self.indices[1:-1]


def edges_of(template: Template, points: Points) -> list[Edge]:
    """Return the edges of a template: those of openings, and halves of outlines.

    Parameters
    ----------
    template : Template
    points : ndarray, shape (N, 2)
        An upright face: which half of a line is the upper one is seen from it.

    Returns
    -------
    list of Edge
        In pairs, the upper one first. Outlines are closed lines, and open lines that
        join the same two corners, such as the outer lips.
    """
    found: list[Edge] = []
    for opening in template.openings:
        found += [Edge(opening.upper, True), Edge(opening.lower, False)]
    known = {frozenset(edge.indices) for edge in found}
    known |= {frozenset((*o.upper, *o.lower)) for o in template.openings}
    for pair in (*_halves(template, points), *_pairs(template, points, known)):
        whole = frozenset((*pair[0], *pair[1]))
        if not known & {whole, frozenset(pair[0]), frozenset(pair[1])}:
            upper, lower = sorted(pair, key=lambda line: _height(points, line))
            found += [Edge(upper, True), Edge(lower, False)]
    return found


Line = tuple[int, ...]


def _halves(template: Template, points: Points) -> Iterator[tuple[Line, Line]]:
    """Yield both halves of every closed line, cut at its leftmost and rightmost."""
    for line, is_closed in zip(template.lines, template.closed, strict=True):
        if not is_closed or len(line) < 2 * (_LEAST - 1):
            continue
        x = points[list(line), 0]
        left, right = int(x.argmin()), int(x.argmax())
        turned = line[left:] + line[:left]
        at = (right - left) % len(line)
        yield turned[: at + 1], (turned[0], *turned[: at - len(line) - 1 : -1])


def _pairs(
    template: Template, points: Points, known: set[frozenset[int]]
) -> Iterator[tuple[Line, Line]]:
    """Yield open lines that join the same corners, two by two."""
    by_corners: dict[frozenset[int], list[Line]] = {}
    for line, is_closed in zip(template.lines, template.closed, strict=True):
        if not is_closed and len(line) >= _LEAST and frozenset(line) not in known:
            x = points[[line[0], line[-1]], 0]
            by_corners.setdefault(frozenset((line[0], line[-1])), []).append(
                line if x[0] <= x[1] else line[::-1]
            )
    for lines in by_corners.values():
        if len(lines) == 2:
            yield lines[0], lines[1]


def _height(points: Points, line: Sequence[int]) -> float:
    """Return how low in the picture the inside of a line lies."""
    return float(points[list(line[1:-1]), 1].mean()) if len(line) > 2 else np.inf
