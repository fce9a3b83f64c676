"""Mirror partners in a landmark set, from where the landmarks lie on one face.

Names count first ("left" and "right" exchanged); what they do not say, the places do:
the face is reflected, in whatever direction fits best. Whole lines are paired with the
line that their reflection falls on, the other landmarks one by one.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import scipy

from morphkit._core.arrays import Points
from morphkit.errors import InputError
from morphkit.geometry.align import procrustes

#: Distance from the reflection within which a partner is looked for, as a fraction of
#: the radius of the face (root mean square distance from its centre).
WITHIN = 0.25
#: Rolls of the face that are tried, degrees.
ROLLS_DEG = range(-40, 41, 10)
#: Times that pairs and reflection are found from each other.
ROUNDS = 8


def find_mirror_pairs(
    points: Points,
    names: Sequence[str] = (),
    lines: Sequence[tuple[Sequence[int], bool]] = (),
) -> tuple[tuple[int | None, ...], npt.NDArray[np.float64]]:
    """Return each landmark's probable mirror partner, and how far off it lies.

    Parameters
    ----------
    points : ndarray, shape (N, 2)
        Landmarks of one face, pixels.
    names : sequence of str, optional
        Their names.
    lines : sequence of (sequence of int, bool), optional
        Lines through them, and whether each is closed.

    Returns
    -------
    partners : tuple of int or None
        Index of the partner; its own on the midline, None where none was found. Who is
        a partner's partner is always itself.
    off : ndarray, shape (N,)
        Distance of the partner from the reflected landmark, as a fraction of the radius
        of the face; nan without a partner.

    Raises
    ------
    InputError
        If all landmarks coincide.
    """
    centred = points - points.mean(axis=0)
    radius = float(np.sqrt((centred**2).sum(axis=1).mean())) if len(points) else 0.0
    if radius == 0.0:
        raise InputError("all landmarks coincide", remedy="place them on a face")
    named = _by_name(names)
    shapes = [tuple(line) for line, _ in lines if len(set(line)) == len(line) > 1]
    rings = {tuple(line) for line, closed in lines if closed}
    found = []
    for roll in np.radians(ROLLS_DEG):
        flipped = centred @ _reflection(float(roll))
        partners, off = _pair(flipped, centred, radius, named, shapes, rings)
        for _ in range(ROUNDS):
            image = _refit(centred, partners)
            again = _pair(image, centred, radius, named, shapes, rings)
            if again[0] == partners:
                break
            partners, off = again
        missed = float(np.where(np.isnan(off), WITHIN, off).mean())
        found.append((missed, partners, off))
    _, partners, off = min(found, key=lambda one: one[0])
    return tuple(partners), off


def _reflection(roll: float) -> Points:
    """Return the matrix that mirrors rows about an axis tilted from the vertical."""
    c, s = np.cos(2 * roll), np.sin(2 * roll)
    return np.array([[-c, s], [s, c]], np.float64)


def _refit(points: Points, partners: Sequence[int | None]) -> Points:
    """Return the mirror image that fits some pairs best."""
    paired = [i for i, j in enumerate(partners) if j is not None]
    images = [j for j in partners if j is not None]
    flipped: Points = points * np.array([-1.0, 1.0])
    spread = np.ptp(points[paired], axis=0) if paired else np.zeros(2)
    if len(paired) < 2 or not spread.any():
        return flipped
    return procrustes.fit(flipped[paired], points[images])(flipped)


def _pair(
    flipped: Points,
    points: Points,
    radius: float,
    named: Mapping[int, int],
    lines: Sequence[tuple[int, ...]],
    rings: Collection[tuple[int, ...]],
) -> tuple[list[int | None], npt.NDArray[np.float64]]:
    """Return partners: those known by name, then whole lines, then by distance."""
    n = len(points)
    apart = scipy.spatial.distance.cdist(flipped, points) / radius
    apart = (apart + apart.T) / 2
    partners: list[int | None] = [None] * n
    off = np.full(n, np.nan)

    def join(pairs: Iterable[tuple[int, int]]) -> None:
        for i, j in pairs:
            if partners[i] is None and partners[j] is None:
                partners[i], partners[j] = j, i
                off[[i, j]] = apart[i, j]

    join(named.items())
    for pairs in _pair_lines(apart, lines, rings):
        join(pairs)
    first, second = np.triu_indices(n)
    near = apart[first, second] <= WITHIN
    first, second = first[near], second[near]
    order = np.lexsort((second, first, apart[first, second]))
    join(zip(first[order].tolist(), second[order].tolist(), strict=True))
    return partners, off


def _pair_lines(
    apart: npt.NDArray[np.float64],
    lines: Sequence[tuple[int, ...]],
    rings: Collection[tuple[int, ...]],
) -> Iterator[list[tuple[int, int]]]:
    """Yield the pairs of landmarks of lines that are reflections of each other."""
    found = []
    for a, one in enumerate(lines):
        for b, other in enumerate(lines[a:], a):
            if len(one) == len(other) and (one in rings) == (other in rings):
                order = min(
                    _orders(other, closed=other in rings),
                    key=lambda order: float(apart[one, order].mean()),
                )
                found.append((float(apart[one, order].mean()), a, b, order))
    done: set[int] = set()
    for distance, a, b, order in sorted(found):
        if distance <= WITHIN and not {a, b} & done:
            done |= {a, b}
            yield list(zip(lines[a], order, strict=True))


def _orders(line: tuple[int, ...], *, closed: bool) -> list[tuple[int, ...]]:
    """Return the orders in which a reflection may run through a line."""
    both = [line, line[::-1]]
    if not closed:
        return both
    return [(*way[k:], *way[:k]) for way in both for k in range(len(way))]


def _by_name(names: Sequence[str]) -> dict[int, int]:
    """Return the partners that names tell: the same with left and right exchanged."""
    places = {name.lower(): i for i, name in enumerate(names)}
    other = {"left": "right", "right": "left"}
    found = {}
    for name, i in places.items():
        swapped = re.sub(r"\b(left|right)\b", lambda m: other[m[0]], name)
        if swapped != name and swapped in places:
            found[i] = places[swapped]
    return found
