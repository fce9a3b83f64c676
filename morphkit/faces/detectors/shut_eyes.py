"""Lids of eyes that are shut, which the networks draw apart.

They were trained on few shut eyes: those of crying infants come out a fifth as high as
wide. Whether an eyeball is seen at all is decided by what the picture shows between
the lids. Where only a line of lashes is darker than the skin, both lids lie on it.

Conventions
-----------
Coordinates are continuous (see `nets`). Edges run from the image-left to the
image-right corner of an upright face, both corners included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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

#: Largest height over width of drawn lids from which an eye is open, and below which it
#: is drawn shut: nothing is asked of the picture.
OPEN_FROM, SHUT_BELOW = 0.3, 0.12
#: Largest height of what is not skin, of the width. Of rendered infants, 56 of 61 shut
#: eyes are below, and 118 open ones above 0.23; 40 open eyes of photographs above 0.35.
LINE = 0.2
#: Largest amount of white light, of skin over the square of the width.
WHITE = 0.08
#: Darker than this fraction of the skin around, or with this much white light, is not
#: skin.
DARKER, WHITER = 0.55, 0.25
#: Side of the crop, and its extent in widths of the eye.
SIDE, EXTENT = 96, 1.4
#: Cost of a step of the line up or down, per squared pixel of the crop, and of its
#: distance from the middle of the lids: all light costs 1.
BEND, ASTRAY = 0.09, 0.3

Lids = tuple[Points, Points]


@dataclass(frozen=True, eq=False)
class _Eye:
    """An eye in a crop of its own: light, both edges, and the way back."""

    light: Light
    edges: Lids
    affine: Points
    drawn: float


def close_shut_eyes(frame: Frame, eyes: Sequence[Lids]) -> list[Lids]:
    """Return the lids of the eyes of a face, where all are shut on their dark lines.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
        sRGB code values.
    eyes : sequence of (ndarray, ndarray), shape (K, 2)
        Upper and lower edge of every eye as drawn, with both corners.

    Returns
    -------
    list of (ndarray, ndarray), shape (K, 2)
        The same where an eye is open. Corners stay, and eyes that are drawn shut.
    """
    found = [_look(frame, *lids) for lids in eyes]
    seen = [eye for eye in found if eye is not None]
    if len(seen) < len(found) or not all(map(_is_shut, seen)):
        return list(eyes)
    return [
        _closed(eye, lids) if eye.drawn >= SHUT_BELOW else lids
        for eye, lids in zip(seen, eyes, strict=True)
    ]


def _look(frame: Frame, upper: Points, lower: Points) -> _Eye | None:
    """Return an eye cut out along its corners, None if it is drawn wide open."""
    across = upper[-1] - upper[0]
    width = float(np.hypot(*across))
    if width == 0.0:
        return None
    down = np.array([-across[1], across[0]]) / width
    drawn = float(((lower - upper) @ down).max()) / width
    if drawn >= OPEN_FROM:
        return None
    angle = float(np.arctan2(across[1], across[0]))
    middle = (upper[0] + upper[-1]) / 2
    crop, affine = square_crop(frame, middle, EXTENT * width, angle, SIDE)
    back = inverse_affine(affine)
    edges = apply(back, upper), apply(back, lower)
    return _Eye(linear_light(crop), edges, affine, drawn)


def _closed(eye: _Eye, lids: Lids) -> Lids:
    """Return both edges of an eye on its dark line, between their corners."""
    line = _dark_line(eye.light, *eye.edges)
    upper, lower = (apply(eye.affine, _onto(line, edge)) for edge in eye.edges)
    for new, old in zip((upper, lower), lids, strict=True):
        new[[0, -1]] = old[[0, -1]]
    return upper, lower


def _is_shut(eye: _Eye) -> bool:
    """Return whether nothing but skin and a thin line is seen around the lids."""
    if eye.drawn < SHUT_BELOW:
        return True
    light, (upper, lower), width = eye.light, eye.edges, SIDE / EXTENT
    top, bottom = upper[1:-1, 1].mean(), lower[1:-1, 1].mean()
    skin = _skin_around(light, top, bottom)
    bright = skin @ LUMA
    row = np.arange(SIDE)[:, None] + 0.5
    off = np.abs(np.arange(SIDE) + 0.5 - SIDE / 2)
    blueness = skin[..., 2] / np.maximum(skin[..., 0], 0.004)
    white = np.maximum(light[..., 2] - blueness * light[..., 0], 0.0)
    white /= np.maximum(1 - blueness, 0.05) * np.maximum(bright, 1e-4)
    other = (light @ LUMA < DARKER * bright) | (white > WHITER)
    other &= (row > top - 0.12 * width) & (row < bottom + 0.12 * width)
    high = np.median(other[:, off < 0.25 * width].sum(axis=0)) / width
    seen = (row > top - 0.08 * width) & (row < bottom + 0.08 * width)
    amount = white[seen & (off < 0.36 * width)].sum() / width**2
    return bool(high < LINE and amount < WHITE)


def _skin_around(light: Light, top: float, bottom: float) -> Light:
    """Return the light that skin has at every pixel, from above and below the lids."""
    from scipy.ndimage import gaussian_filter1d

    width = SIDE / EXTENT

    def band(first: float, last: float) -> Light:
        start = int(np.clip(round(first), 0, SIDE - 3))
        rows = light[start : max(int(np.clip(round(last), 3, SIDE)), start + 2)]
        return np.asarray(
            gaussian_filter1d(np.median(rows, axis=0), 0.12 * width, axis=0)
        )

    above = band(top - 0.2 * width, top - 0.06 * width)
    below = band(bottom + 0.08 * width, bottom + 0.24 * width)
    first, last = top - 0.05 * width, bottom + 0.08 * width
    share = np.clip((np.arange(SIDE) + 0.5 - first) / (last - first), 0, 1)
    share = share[:, None, None]
    return np.asarray((1 - share) * above + share * below)


def _dark_line(light: Light, upper: Points, lower: Points) -> Points:
    """Return the height of the darkest line from corner to corner, for every column.

    The way of least cost over the columns, where light, bends and the distance from
    the middle between the drawn lids cost.
    """
    from scipy.ndimage import gaussian_filter1d

    width = SIDE / EXTENT
    column = np.arange(SIDE) + 0.5
    middle = np.interp(column, *((upper + lower) / 2).T)
    room = round(0.22 * width)
    offset = np.arange(-room, room + 1)
    rows = np.clip(np.rint(middle[None] + offset[:, None] - 0.5), 0, SIDE - 1)
    tone = np.sqrt(light @ LUMA)[rows.astype(int), np.arange(SIDE)[None]]
    spread = np.maximum(np.ptp(tone, axis=0), 0.02)
    cost = (tone - tone.min(axis=0)) / spread
    cost = cost + ASTRAY * (offset[:, None] / room) ** 2
    bend = np.asarray(BEND * (offset[:, None] - offset[None]) ** 2, dtype=float)
    line = middle + offset[cheapest_way(cost, bend)]
    return np.column_stack([column, gaussian_filter1d(line, 0.04 * width)])


def _onto(line: Points, edge: Points) -> Points:
    """Return the points of an edge moved up or down onto a line."""
    return np.column_stack([edge[:, 0], np.interp(edge[:, 0], *line.T)])
