"""Lids that a detector placed roughly, found in the photographs.

Detectors draw the outer corner of an infant's open eye up to a fifth of its width too
far inside, and the lids of a shut one up to a twentieth beside the line on which they
meet. Where an eye is open in one photograph and shut in another, lids would then be
doubled, and the eyeball would shut where there is skin. Both can be seen: an open eye
goes on as long as there is an edge of an eyeball between its lids, and lids meet in a
dark line.

Conventions
-----------
Points are in the frames of their photographs, pixels. *Along* is the way from one
corner of an eye to the other, *across* the same way turned by a right angle downwards;
places are fractions of the distance between the corners in these two directions.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image, Points
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence.openings import JAW, is_open
from morphkit.geometry.sampled import sample_linear

Values = npt.NDArray[np.float64]

#: Distance between samples.
_STEP = 0.01
#: Shares of red, green and blue in luma, of 256.
_LUMA = np.array([54, 183, 19])

#: Farthest place beyond a corner that is looked at, and that can be its end.
_LOOK, _MOST = 0.42, 0.3
#: Half the height of the strip along the line between the corners.
_HALF = 0.16
#: Part of the contrast of the eye over that of the skin that still is the eye.
_STILL = 0.35
#: Lashes and soft edges that still look like the eye.
_LASHES = 0.04
#: Contrast of eye over skin, of the whole range of luma, below which nothing is told.
_LEAST_EYE = 0.06

#: Farthest place beside the landmarks at which lids may meet.
_BESIDE = 0.12
#: Distance across at which a line is compared with what is on both sides.
_SIDE = 0.03
#: Standard deviations of the smoothing along and across.
_SMOOTH = (0.03, 0.01)
#: What a step of a line from sample to sample costs, by its size: a bend across, beside
#: the strength of a line, of which 1 is among the strongest.
_BEND = 0.6 * np.arange(-2, 3) ** 2
#: Share of the samples of a strip that are no stronger than a strong line.
_STRONG = 0.98
#: Contrast of a line, of the range of luma, below which it is no line of lids.
_LEAST_LINE = 0.03
#: How far the middle of lashes lies above the line on which lids meet.
_ABOVE = 0.012
#: Beyond these places along, the line is taken to go on beside the landmarks.
_WITHIN = (0.06, 0.94)


def reach_corners(
    faces: Sequence[Landmarks], photos: Sequence[Image]
) -> list[Landmarks]:
    """Return landmarks whose outer corners of open eyes lie where the lids meet.

    Only faces that a detector placed are changed, and in them eyes that are open here
    and shut in another face.

    Parameters
    ----------
    faces : sequence of Landmarks
        Of one template.
    photos : sequence of ndarray, shape (H, W, 3), dtype uint8 or uint16
        Their photographs; none at all leaves the landmarks as they are.
    """
    if not photos:
        return list(faces)
    changed = []
    for face, photo in zip(faces, photos, strict=True):
        points = face.points.copy()
        for opening in _eyes(face) if face.placement.by == "detector" else ():
            shuts = not all(is_open(other.points, opening) for other in faces)
            if shuts and is_open(face.points, opening):
                points = _reached(points, opening, photo)
        moved = not np.array_equal(points, face.points)
        changed.append(replace(face, points=points) if moved else face)
    return changed


def follow_lids(
    points: Points, shut: Sequence[Opening], photo: Image
) -> npt.NDArray[np.float64]:
    """Return landmarks with shut lids on the dark lines on which they meet.

    Parameters
    ----------
    points : ndarray, shape (L, 2)
        Landmarks, both edges of every shut opening at one place.
    shut : sequence of Opening
        The openings; mouths are left alone.
    photo : ndarray, shape (H, W, 3), dtype uint8 or uint16

    Returns
    -------
    ndarray, shape (L, 2)
    """
    moved = points.copy()
    for opening in shut:
        if opening.name in JAW:
            continue
        line = moved_to_seam(photo, points[list(opening.upper)])
        moved[list(opening.upper)] = line
        moved[list(opening.lower[1:-1])] = line[1:-1]
    return moved


def _eyes(face: Landmarks) -> list[Opening]:
    """Return the openings of a face that are eyes."""
    return [one for one in face.template.openings if one.name not in JAW]


def _reached(points: Points, opening: Opening, photo: Image) -> Points:
    """Return points with the outer corner of an open eye moved to where lids meet."""
    ends = [opening.upper[0], opening.upper[-1]]
    far = fixed_order.length(points - fixed_order.mean(points))
    inner, outer = sorted(ends, key=lambda k: float(far[k]))
    moved = points.copy()
    beyond = eye_beyond(photo, points[inner], points[outer])
    moved[outer] += beyond * (points[outer] - points[inner])
    others = np.delete(points, [*opening.upper, *opening.lower], axis=0)
    away = fixed_order.length(moved[outer] - points[outer])
    free = fixed_order.length(others - moved[outer]).min() > away
    return moved if free and is_open(moved, opening) else points


def eye_beyond(photo: Image, inner: Points, outer: Points) -> float:
    """Return how far an open eye goes on beyond its outer corner.

    Across the line between the corners, an eye has a larger range of luma than skin
    has. From the corner outwards, the first place where less than a part of that
    difference is left is the end of the eye and its lashes.

    Parameters
    ----------
    photo : ndarray, shape (H, W, 3), dtype uint8 or uint16
    inner, outer : ndarray, shape (2,)
        Both corners, pixels.

    Returns
    -------
    float
        0 to 0.26, as a fraction of the distance between the corners.
    """
    x, across = (_steps(round(far / _STEP)) for far in (_LOOK, _HALF))
    y = np.tile(across, (len(x), 1))
    ranges = np.ptp(_luma(photo, outer, outer - inner, x, y), axis=1)
    eye, skin = np.median(ranges[x < -0.05]), ranges[x > _MOST + 0.05].min()
    if eye - skin < _LEAST_EYE:
        return 0.0
    ends = np.flatnonzero((x > 0) & (ranges < skin + _STILL * (eye - skin)))
    if not ends.size or x[ends[0]] > _MOST:
        return 0.0  # no end in sight: that is not the edge of an eye
    return max(float(x[ends[0]]) - _LASHES, 0.0)


def moved_to_seam(photo: Image, line: Points) -> npt.NDArray[np.float64]:
    """Return the landmarks of shut lids, moved across to the dark line beside them.

    The line is the path from corner to corner that is darkest against what lies on both
    sides of it and bends least: the best of all paths, by dynamic programming. Where
    none is dark enough, the landmarks stay.

    Parameters
    ----------
    photo : ndarray, shape (H, W, 3), dtype uint8 or uint16
    line : ndarray, shape (S, 2)
        Along the upper edge, from the image-left corner of an upright face; pixels.

    Returns
    -------
    ndarray, shape (S, 2)
    """
    along = line[-1] - line[0]
    across = np.array([-along[1], along[0]])
    square = float(fixed_order.dot(along, along))
    if square == 0.0:
        return line
    away = line - line[0]
    at = np.stack([fixed_order.dot(away, axis) for axis in (along, across)], 1) / square
    if not (np.diff(at[:, 0]) > 0).all():
        return line
    x = _steps(round(1 / _STEP))[round(1 / _STEP) :]
    reach = round((_BESIDE + _SIDE) / _STEP)
    beside = _steps(reach)
    y = fixed_order.interpolate(x, at[:, 0], at[:, 1])[:, None] + beside
    luma = _luma(photo, line[0], along, x, y)
    for axis, sigma in enumerate(_SMOOTH):
        luma = fixed_order.smoothed(luma, sigma / _STEP, axis)
    side = round(_SIDE / _STEP)
    dark = (luma[:, : -2 * side] + luma[:, 2 * side :]) / 2 - luma[:, side:-side]
    path = _best_path(np.maximum(dark, 0.0))
    if fixed_order.mean(dark[np.arange(len(x)), path]) < _LEAST_LINE:
        return line
    places = np.clip(at[:, 0], *_WITHIN)
    off = fixed_order.interpolate(places, x, beside[side:-side][path])
    return np.asarray(line + (off[:, None] + _ABOVE) * across)


def _steps(reach: int) -> Values:
    """Return places at equal distances on both sides of 0."""
    return _STEP * np.arange(-reach, reach + 1, dtype=np.float64)


def _best_path(strength: Values) -> npt.NDArray[np.intp]:
    """Return the column in every row of the path of greatest strength, least bent."""
    strong = np.sort(strength, axis=None)[round(_STRONG * (strength.size - 1))]
    cost = -strength / max(float(strong), 1e-6)
    columns = np.arange(cost.shape[1])
    total, steps = cost[0], []
    for row in cost[1:]:
        before = columns + np.arange(-2, 3)[:, None]
        outside = (before < 0) | (before > columns[-1])
        before = np.clip(before, 0, columns[-1])
        reached = np.where(outside, np.inf, total[before] + _BEND[:, None])
        best = reached.argmin(axis=0)
        steps.append(before[best, columns])
        total = reached[best, columns] + row
    path = [int(total.argmin())]
    for step in reversed(steps):
        path.append(int(step[path[-1]]))
    return np.array(path[::-1], dtype=np.intp)


def _luma(photo: Image, origin: Points, along: Points, x: Values, y: Values) -> Values:
    """Return luma (0 to 1) at places x along and y across, shape of `y`, (X, Y)."""
    across = np.array([-along[1], along[0]])
    at = origin + x[:, None, None] * along + y[..., None] * across
    size = np.array(photo.shape[1::-1])
    low = np.clip(np.floor(at.min(axis=(0, 1))).astype(int) - 1, 0, size - 1)
    high = np.maximum(np.ceil(at.max(axis=(0, 1))).astype(int) + 2, low + 1)
    part = photo[low[1] : high[1], low[0] : high[0]]
    grey = part.astype(np.int64) @ _LUMA / (256.0 * np.iinfo(photo.dtype).max)
    columns, rows = np.moveaxis(at - low, -1, 0)
    return sample_linear(np.pad(grey, 1, mode="edge"), rows + 1.0, columns + 1.0)
