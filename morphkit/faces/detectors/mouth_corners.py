"""Corners of mouths that are wide open, which the network draws too high.

It was trained on few cries: their corners come out on the upper lip, 9 % of the
inter-ocular distance above the place where the lips meet. There the lips leave a dark
crease, which begins at the opening and ends beside it. The corners go where it ends.

Conventions
-----------
Coordinates are continuous (see `nets`). Edges run from the image-left to the
image-right corner of an upright face, both corners included.
"""

from collections.abc import Sequence

import numpy as np

from morphkit._core.arrays import Frame, Points
from morphkit.faces.detectors.crop_light import (
    LUMA,
    Light,
    cheapest_way,
    inverse_affine,
    linear_light,
)
from morphkit.faces.detectors.nets import apply, square_crop

#: Height over width of the drawn opening from which corners are looked for: cries of
#: rendered infants have 0.5 and more, smiles of adults and infants at most 0.33.
WIDE_FROM = 0.4
#: Side of the crop, and its extent in widths of the opening.
SIDE, EXTENT = 128, 1.7
#: Where creases are looked for, in widths of the opening: from inside of a drawn corner
#: to outside of it, and from above it to below.
INSIDE, OUTSIDE, ABOVE, BELOW = 0.08, 0.22, 0.12, 0.32
#: Fraction of the tone of both lips by which a crease is darker than they are.
DARKER = 0.12
#: Fraction of the columns of a crease that are, at least.
UNBROKEN = 0.8
#: A corner goes down, and to the middle by no more than this, in widths: what looks
#: like a crease further inside is the shade behind a lip.
INWARD = 0.01
#: Distance of the lips beside a crease from its middle, in widths of the opening.
BESIDE = 0.07
#: Distance of the corner of the inner lips from the end of the crease, in widths.
BACK = 0.1
#: Cost of a step of the crease up or down, per squared pixel: its whole depth costs 1.
BEND = 0.02
#: Powers of the distance from the corner with which upper and lower lip follow it.
FOLLOW = (1.5, 4.0)


def seat_corners(
    frame: Frame, inner: tuple[Points, Points], lips: Sequence[Points]
) -> list[Points]:
    """Return the lips of a face, the corners of a wide open mouth on their creases.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
        sRGB code values.
    inner : (ndarray, ndarray), shape (K, 2)
        Upper and lower edge of the opening as drawn, with both corners.
    lips : sequence of ndarray, shape (L, 2)
        Points of the upper lip, and of the lower one; corners may be in both.

    Returns
    -------
    list of ndarray, shape (L, 2)
        The lips. They are as drawn where the mouth is not wide open, or no crease is
        found at one of its corners.
    """
    upper, lower = inner
    across = upper[-1] - upper[0]
    width = float(np.hypot(*across))
    if width == 0.0:
        return list(lips)
    down = np.array([-across[1], across[0]]) / width
    if float(((lower - upper) @ down).max()) < WIDE_FROM * width:
        return list(lips)
    angle = float(np.arctan2(across[1], across[0]))
    middle = (upper.mean(axis=0) + lower.mean(axis=0)) / 2
    crop, affine = square_crop(frame, middle, EXTENT * width, angle, SIDE)
    drawn = apply(inverse_affine(affine), upper[[0, -1]])
    tone = _tone(crop)
    found = [_corner(tone, at, side) for at, side in zip(drawn, (-1, 1), strict=True)]
    seen = [corner for corner in found if corner is not None]
    if len(seen) < 2:
        return list(lips)
    shifts = apply(affine, np.array(seen)) - upper[[0, -1]]
    return [
        _following(points, upper[[0, -1]], shifts, power)
        for points, power in zip(lips, FOLLOW, strict=True)
    ]


def _tone(crop: Frame) -> Light:
    """Return the smoothed tone of a crop, the root of its luminance."""
    from scipy.ndimage import gaussian_filter

    return np.asarray(np.sqrt(gaussian_filter(linear_light(crop) @ LUMA, 1.0)))


def _corner(tone: Light, drawn: Points, side: int) -> Points | None:
    """Return where the inner lips meet beside a drawn corner, None without a crease.

    `side` is 1 at the right, -1 at the left.
    """
    width = SIDE / EXTENT
    start, stop = round(-INSIDE * width), round(OUTSIDE * width)
    column = np.floor(drawn[0]).astype(int) + side * np.arange(start, stop)
    offset = np.arange(round(-ABOVE * width), round(BELOW * width) + 1)
    row = np.floor(drawn[1]).astype(int) + offset
    depth = _depth(tone, row, column)
    bend = np.asarray(BEND * (offset[:, None] - offset[None]) ** 2, dtype=float)
    way = cheapest_way(-depth, bend)
    deep = depth[way, np.arange(len(column))] >= DARKER
    last = int(np.flatnonzero(deep).max(initial=0))
    if last <= -start or deep[:last].mean() < UNBROKEN:
        return None
    end = last - round(BACK * width)
    corner = np.array([column[end], row[way[end]]]) + 0.5
    outwards, downwards = (corner - drawn) * (side, 1)
    if outwards < -INWARD * width or downwards < 0:
        return None
    return np.asarray(corner)


def _depth(tone: Light, row: Points, column: Points) -> Light:
    """Return by how much places are darker than above and below, at most 0.5."""
    far = round(BESIDE * SIDE / EXTENT)

    def at(shift: int) -> Light:
        rows = np.clip(row + shift, 0, SIDE - 1)
        return np.asarray(tone[rows[:, None], np.clip(column, 0, SIDE - 1)[None]])

    above, below = (
        np.mean([at(way * (far + more)) for more in range(4)], axis=0)
        for way in (-1, 1)
    )
    around = np.maximum(np.minimum(above, below), 1e-3)
    return np.asarray(np.clip((around - at(0)) / around, -0.3, 0.5))


def _following(points: Points, corners: Points, shifts: Points, power: float) -> Points:
    """Return points of a lip moved with its corners, less towards the middle."""
    across = corners[1] - corners[0]
    along = 2 * (points - corners[0]) @ across / (across @ across)
    moved = points.copy()
    for distance, shift in zip((along, 2 - along), shifts, strict=True):
        share = np.clip(1 - distance, 0, 1) ** power
        moved += share[:, None] * shift
    return moved
