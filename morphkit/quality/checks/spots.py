"""Doubled spots: a mole that appears twice, side by side.

The share of doubled edges (`morphkit.quality.checks.ghosting`) does not see it: a mole
has a thousandth of the edges of a face, and in a window of 34 pixels the edges around
it decide where both faces agree. So small dark spots that stand alone are found in each
face. One that the other face does not have in its place, but has nearby and as dark,
where the first has none, is one spot at two places.

Darkness is relative to the skin around it, so that it means the same on every skin.

Conventions
-----------
Pictures are the 256 × 256 pixels of a region; lengths are pixels of that square.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Mask
from morphkit.quality.filters import eroded, gaussian, greatest
from morphkit.quality.metrics.frames import Codes, luma_of

Numbers = npt.NDArray[np.float64]

#: Standard deviations of the Gaussians that find spots, and the ratio to those of what
#: lies around them.
RADII, AROUND = (1.0, 1.5), 1.6
#: Code value (of 1) below which darkness is not told from noise.
BLACK = 0.02
#: Least darkness of a spot.
DARK = 0.02
#: Distances between which nothing nearly as dark lies around a spot that stands alone.
FREE = (4.5, 8.0)
#: Share of its darkness that nothing around a spot reaches, and that is missing where
#: the other face does not have it.
ALONE, MISSING = 0.5, 0.4
#: Least ratio of the curvatures across and along a spot, lest it be a wrinkle.
ROUND = 0.35
#: Distance of the copies of a doubled spot, and the ratio of their darkness.
NEAR, REACH, ALIKE = 2.5, 16.0, 0.5
#: Distance from the outline of the face within which spots are hair and background.
RIM = 4
_SQUARE = np.ones((5, 5), bool)


@dataclass(frozen=True)
class DoubledSpot:
    """A spot that lies at two places.

    Parameters
    ----------
    darkness : float
        Of the fainter copy, as a fraction of the skin around it.
    places : two of (float, float)
        Where it is in the first and in the second picture, pixels of the square.
    """

    darkness: float
    places: tuple[tuple[float, float], tuple[float, float]]


def find_doubled_spot(
    first: Codes, second: Codes, mask: Mask | None
) -> DoubledSpot | None:
    """Return the darkest spot that a blend of two images would show twice.

    Parameters
    ----------
    first, second : ndarray, shape (256, 256, 3)
        The same shape, shown with the colours of either face; code values in [0, 1].
    mask : ndarray, shape (256, 256), or None
        What counts.
    """
    inside = np.ones(first.shape[:2], bool) if mask is None else mask > 0
    inside = eroded(inside, RIM)
    darks = [_darkness(picture) for picture in (first, second)]
    ones, others = (
        _spots(picture, dark, inside)
        for picture, dark in zip((first, second), darks, strict=True)
    )
    # A spot may lie a pixel or two beside its place without being seen twice.
    at_first, at_second = (greatest(dark, _SQUARE) for dark in darks)
    found = []
    for x, y in ones:
        dark = darks[0][y, x]
        if at_second[y, x] > MISSING * dark:
            continue
        for u, v in others:
            other = darks[1][v, u]
            apart = np.hypot(u - x, v - y)
            alike = ALIKE <= other / dark <= 1 / ALIKE
            missing = at_first[v, u] <= MISSING * other
            if NEAR <= apart <= REACH and alike and missing:
                places = ((float(x), float(y)), (float(u), float(v)))
                found.append(DoubledSpot(float(min(dark, other)), places))
    return max(found, key=lambda spot: spot.darkness, default=None)


def _lightness(picture: Codes) -> Numbers:
    """Return the logarithm of luma: equal differences are equal ratios."""
    return np.asarray(np.log(luma_of(picture) + BLACK))


def _darkness(picture: Codes) -> Numbers:
    """Return by what fraction every pixel is darker than what lies around it."""
    light = _lightness(picture)
    sizes = (
        gaussian(light, AROUND * radius) - gaussian(light, radius) for radius in RADII
    )
    return np.asarray(np.max(list(sizes), axis=0))


def _spots(
    picture: Codes, dark: Numbers, inside: npt.NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Return the places of dark, round spots that stand alone."""
    low, high = FREE
    side = np.arange(-int(high) - 1, int(high) + 2)
    away = np.hypot(*np.meshgrid(side, side))
    around = greatest(dark, (away >= low) & (away <= high))
    light, radius = _lightness(picture), sum(RADII) / len(RADII)
    down, across, both = (
        gaussian(light, radius, order=order) for order in ((2, 0), (0, 2), (1, 1))
    )
    middle = (down + across) / 2
    apart = np.sqrt((down - across) ** 2 / 4 + both**2)
    is_round = middle - apart > ROUND * (middle + apart)
    peak = (dark == greatest(dark, _SQUARE)) & (dark > DARK)
    kept = peak & (around < ALONE * dark) & is_round & inside
    return [(int(x), int(y)) for y, x in zip(*np.nonzero(kept), strict=True)]
