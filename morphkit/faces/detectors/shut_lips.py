"""Inner lips of mouths that are shut, which the network draws apart.

Full lips, and lower lips with a bright ridge, come out up to a sixth as high open as
the mouth is wide. Whether anything but lips is seen is decided by what the picture
shows: where one thin line is darker than both lips, and neither side of it is as pale
as teeth, both inner lips lie on that line.

Conventions
-----------
Coordinates are continuous (see `nets`). Edges run from the image-left to the
image-right corner of an upright face, both corners included.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Points
from morphkit.faces.detectors.crop_light import (
    LUMA,
    Light,
    cheapest_way,
    inverse_affine,
    linear_light,
)
from morphkit.faces.detectors.nets import apply, square_crop

#: Mean height over width of drawn inner lips from which a mouth is open, and below
#: which it is drawn shut: nothing is asked of the picture.
OPEN_FROM, SHUT_BELOW = 0.2, 0.05
#: Largest height of what is darker than lips, of the width. Five shut mouths, of
#: photographs and of rendered infants, that are drawn apart have at most 0.027; 16 open
#: ones without teeth, of rendered infants, 0.040 and more.
LINE = 0.035
#: Fraction of the light of the darker lip below which a place is no lip.
DARKER = 0.45
#: Green over red, of that of the skin, of the paler side of the line. 22 shut mouths
#: have at most 1.15. Eight of nine smiles with teeth have 1.24 and more, one with a
#: dark gap 0.99.
PALE = 1.18
#: Side of the crop, and its extent in widths of the opening.
SIDE, EXTENT = 128, 1.7
#: Half of the width in which a picture is looked at, in widths of the opening.
MIDDLE = 0.28
#: Where the line is looked for beyond the drawn lips, in widths.
BEYOND = 0.06
#: Distances from the line, in widths, of what lies beside it, and of the lips.
BESIDE, LIPS = (0.03, 0.08), (0.06, 0.14)
#: Cost of a step of the line up or down, per squared pixel: its whole depth costs 1.
BEND = 0.02
#: Standard deviation of the smoothing along the lips, in widths.
ALONG = 0.05

Lips = tuple[Points, Points]


@dataclass(frozen=True, eq=False)
class _Mouth:
    """A mouth in a crop of its own: light, skin, the dark line, and the way back."""

    light: Light
    skin: Light
    columns: npt.NDArray[np.intp]
    line: Light
    affine: Points

    def beside(self, near: float, far: float) -> Light:
        """Return the light between two distances below the line, (8, columns, 3)."""
        below = self.line + np.linspace(near, far, 8)[:, None] * SIDE / EXTENT
        row = np.clip(np.floor(below), 0, SIDE - 1).astype(int)
        return np.asarray(self.light[row, self.columns])


def close_shut_lips(frame: Frame, inner: Lips, outer: Lips) -> Lips:
    """Return the inner lips of a face, both on their dark line if the mouth is shut.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
        sRGB code values.
    inner, outer : (ndarray, ndarray), shape (K, 2)
        Upper and lower edge of the opening and of the lips as drawn, with both corners.

    Returns
    -------
    (ndarray, ndarray), shape (K, 2)
        The inner lips, as drawn where the mouth is open or drawn shut. Corners stay.
    """
    upper, lower = inner
    across = upper[-1] - upper[0]
    width = float(np.hypot(*across))
    if width == 0.0:
        return inner
    down = np.array([-across[1], across[0]]) / width
    drawn = float(((lower - upper) @ down)[1:-1].mean()) / width
    if not SHUT_BELOW <= drawn < OPEN_FROM:
        return inner
    mouth = _look(frame, inner, outer, width)
    if not _is_shut(mouth):
        return inner
    back = inverse_affine(mouth.affine)
    closed = []
    for edge in inner:
        at = apply(back, edge)
        at[1:-1, 1] = np.interp(at[1:-1, 0], mouth.columns + 0.5, mouth.line)
        moved = apply(mouth.affine, at)
        moved[[0, -1]] = edge[[0, -1]]
        closed.append(moved)
    return closed[0], closed[1]


def _look(frame: Frame, inner: Lips, outer: Lips, width: float) -> _Mouth:
    """Return a mouth cut out along its corners, with its dark line from end to end."""
    from scipy.ndimage import gaussian_filter, gaussian_filter1d

    across = inner[0][-1] - inner[0][0]
    angle = float(np.arctan2(across[1], across[0]))
    middle = (inner[0].mean(axis=0) + inner[1].mean(axis=0)) / 2
    crop, affine = square_crop(frame, middle, EXTENT * width, angle, SIDE)
    back = inverse_affine(affine)
    upper, lower = (apply(back, edge) for edge in inner)
    light = gaussian_filter(linear_light(crop), (0.7, 0.7, 0))
    first, last = np.rint(upper[[0, -1], 0]).astype(int)
    columns = np.arange(max(first, 0), min(last, SIDE - 1) + 1)
    top, bottom = (np.interp(columns + 0.5, *edge.T) for edge in (upper, lower))
    centre = (top + bottom) / 2
    room = round(float((bottom - top).max()) / 2 + BEYOND * SIDE / EXTENT)
    offset = np.arange(-room, room + 1)
    row = np.clip(np.floor(centre + offset[:, None]), 0, SIDE - 1).astype(int)
    tone = np.sqrt(light @ LUMA)[row, columns]
    cost = (tone - tone.min(axis=0)) / np.maximum(np.ptp(tone, axis=0), 0.02)
    bend = np.asarray(BEND * (offset[:, None] - offset[None]) ** 2, dtype=float)
    line = centre + offset[cheapest_way(cost, bend)]
    line = gaussian_filter1d(line, 0.02 * SIDE / EXTENT)
    skin = _skin(light, *(apply(back, edge) for edge in outer))
    return _Mouth(light, skin, columns, line, affine)


def _skin(light: Light, upper: Points, lower: Points) -> Light:
    """Return the colour of the skin above and below the lips: the median."""
    row, column = np.arange(SIDE)[:, None] + 0.5, np.arange(SIDE) + 0.5
    far = 0.05 * SIDE / EXTENT
    above = row < np.interp(column, *upper.T) - far
    below = row > np.interp(column, *lower.T) + far
    return np.asarray(np.median(light[above | below], axis=0))


def _is_shut(mouth: _Mouth) -> bool:
    """Return whether nothing but lips and a thin line is seen between the corners."""
    from scipy.ndimage import gaussian_filter1d

    wide = SIDE / EXTENT
    within = np.abs(mouth.columns + 0.5 - SIDE / 2) < MIDDLE * wide
    lips = [
        np.median(mouth.beside(*(way * far for far in LIPS)) @ LUMA, axis=0)
        for way in (-1, 1)
    ]
    lip = gaussian_filter1d(np.minimum(*lips), ALONG * wide)
    dark = (mouth.light @ LUMA)[:, mouth.columns] < DARKER * lip
    near = np.abs(np.arange(SIDE)[:, None] + 0.5 - mouth.line) < 0.25 * wide
    high = np.median((dark & near).sum(axis=0)[within]) / wide
    pale = max(
        float(np.median(light[..., 1] / np.maximum(light[..., 0], 1e-3)))
        for light in (
            mouth.beside(*(way * far for far in BESIDE))[:, within] for way in (-1, 1)
        )
    )
    return bool(high < LINE and pale * mouth.skin[0] < PALE * mouth.skin[1])
