"""Control points along the outlines of heads, where these are reliable.

Conventions
-----------
Lengths are in distances between the eyes of the face in question. Direction 0 is up,
positive ones are clockwise, in degrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy

from morphkit._core.arrays import Image, Points
from morphkit.geometry.similarity import Similarity

#: Directions of rays from the midpoint of the eyes: from below one ear over the hair to
#: below the other. Further down they would meet shoulders or long hair, where points at
#: one direction in two photographs do not correspond.
DIRECTIONS = np.linspace(-110.0, 110.0, 23)
#: Range of distances from the midpoint of the eyes in which an edge is searched for.
_NEAREST, _FURTHEST = 0.9, 4.0
#: Steps along a ray.
_STEP = 0.01
#: Edges found under different assumptions may lie this far apart.
_AGREE = 0.07
#: Largest change of distance from one direction to the next: a larger one is a strand
#: of hair, or a leak into the background.
_JUMP = 0.35
#: Minimum colour difference across an edge, CIELAB units, and the distance to either
#: side.
_CONTRAST, _BESIDE = 6.0, 0.08
#: Largest colour difference along a stretch beyond an edge: backgrounds must be plain.
#: Otherwise the edge may be that of the face, or of something behind the head.
_PLAIN, _BEYOND = 14.0, np.arange(0.16, 2.0, 0.08)
#: Longest gap, in directions, that is interpolated from both sides.
_GAP = 3
#: Minimum fraction of directions for one photograph, and in common.
MIN_OWN, MIN_COMMON = 0.6, 0.4


@dataclass(frozen=True, eq=False)
class Guides:
    """Control points on the outlines of some heads.

    Parameters
    ----------
    ends : tuple of ndarray, shape (P, 2)
        For every face the places in the frame, pixels; row i is one direction. Empty
        where the outlines are not to be believed.
    shares : tuple of float
        For every face the share of directions in which its edge is believed.
    """

    ends: tuple[Points, ...]
    shares: tuple[float, ...]

    @property
    def used(self) -> bool:
        """Whether there are any."""
        return len(self.ends[0]) > 0


def guides_of(
    photos: Sequence[Image],
    foregrounds: Sequence[Sequence[npt.NDArray[np.bool_]]],
    eyes: Sequence[Points],
    to_frame: Sequence[Similarity],
    *,
    twins: Sequence[tuple[int, int]] = (),
    width: int = 0,
) -> Guides:
    """Return control points on the outlines of heads, in the same directions in all.

    Parameters
    ----------
    photos : sequence of ndarray, shape (H, W, 3)
    foregrounds : sequence of sequence of ndarray, dtype bool
        Of every photograph, from `morphkit.geometry.outline.OUTLINES`.
    eyes : sequence of ndarray, shape (2, 2)
        Centres of the eyes in every photograph, pixels.
    to_frame : sequence of Similarity
        From each photograph to the frame.
    twins : sequence of (int, int), optional
        Faces that are mirror images of each other in the frame.
    width : int, optional
        Of the frame, pixels; for twins.
    """
    radii = np.array(
        [
            _radii(photo, masks, places)
            for photo, masks, places in zip(photos, foregrounds, eyes, strict=True)
        ]
    )
    known = np.isfinite(radii)
    shares = tuple(float(share) for share in known.mean(axis=1))
    radii = np.array([_bridged(one) for one in radii])
    common = np.isfinite(radii).all(axis=0)
    if twins:
        common &= common[::-1]
    if min(shares) < MIN_OWN or common.mean() < MIN_COMMON:
        return Guides((np.empty((0, 2)),) * len(photos), shares)
    ends = [
        move(_places(one[common], DIRECTIONS[common], places))
        for one, places, move in zip(radii, eyes, to_frame, strict=True)
    ]
    for first, second in twins:
        ends[first], ends[second] = _mirror_pair(ends[first], ends[second], width)
    return Guides(tuple(ends), shares)


def _axes(eyes: Points) -> tuple[Points, float, npt.NDArray[np.float64]]:
    """Return the midpoint of the eyes, their distance and their direction."""
    across = eyes[1] - eyes[0]
    apart = float(np.hypot(*across))
    return eyes.mean(axis=0), apart, across / apart


def _places(
    radii: npt.NDArray[np.float64], directions: npt.NDArray[np.float64], eyes: Points
) -> Points:
    """Return the points at given distances in given directions."""
    middle, apart, across = _axes(eyes)
    turn = np.radians(directions)
    up = np.array([across[1], -across[0]])
    ways = np.outer(np.sin(turn), across) + np.outer(np.cos(turn), up)
    return np.asarray(middle + apart * radii[:, None] * ways)


def _radii(
    photo: Image, masks: Sequence[npt.NDArray[np.bool_]], eyes: Points
) -> npt.NDArray[np.float64]:
    """Return the distance of the edge in every direction, NaN where unreliable."""
    found = np.array([_edges(mask, photo, eyes) for mask in masks])
    radii = np.asarray(found[0])
    bad = ~(np.ptp(found, axis=0) <= _AGREE)
    contrast, unrest = _beside(photo, radii, eyes)
    bad |= (contrast < _CONTRAST) | (unrest > _PLAIN)
    radii[bad] = np.nan
    # The step to either neighbour is too large: this point or that one is an outlier.
    steps = np.abs(np.diff(radii)) > _JUMP
    jump = np.zeros(len(radii), dtype=bool)
    jump[:-1] |= steps
    jump[1:] |= steps
    radii[jump] = np.nan
    return radii


def _edges(
    mask: npt.NDArray[np.bool_], photo: Image, eyes: Points
) -> npt.NDArray[np.float64]:
    """Return where rays first leave a foreground; NaN where they leave the photo."""
    scale = np.array(mask.shape[::-1]) / np.array(photo.shape[1::-1])
    soft = scipy.ndimage.gaussian_filter(mask.astype(np.float64), 1.0)
    steps = np.arange(_NEAREST, _FURTHEST, _STEP)
    edges = np.full(len(DIRECTIONS), np.nan)
    for k, direction in enumerate(DIRECTIONS):
        at = _places(steps, np.full(len(steps), direction), eyes)
        x, y = ((at + 0.5) * scale - 0.5).T
        seen = scipy.ndimage.map_coordinates(
            soft, [y, x], order=1, mode="constant", cval=-1.0
        )
        out = np.flatnonzero(seen < 0.5)
        if out.size and out[0] > 0 and seen[out[0]] >= 0.0:
            edges[k] = steps[out[0]]
    return edges


def _beside(
    photo: Image, radii: npt.NDArray[np.float64], eyes: Points
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the colour differences across an edge and beyond it, CIELAB units."""
    import cv2

    codes = (photo >> 8 if photo.dtype == np.uint16 else photo).astype(np.uint8)
    apart = float(np.hypot(*(eyes[1] - eyes[0])))
    size = round(_BESIDE * apart) | 1
    lab = cv2.cvtColor(
        cv2.blur(codes, (size, size)).astype(np.float32) / 255, cv2.COLOR_RGB2LAB
    )

    def seen(offset: float) -> npt.NDArray[np.float64]:
        x, y = _places(np.nan_to_num(radii, nan=1.0) + offset, DIRECTIONS, eyes).T
        planes = [
            scipy.ndimage.map_coordinates(lab[..., c], [y, x], order=1, mode="nearest")
            for c in range(3)
        ]
        return np.stack(planes, axis=-1).astype(np.float64)

    contrast = np.linalg.norm(seen(_BESIDE) - seen(-_BESIDE), axis=1)
    beyond = np.array([seen(offset) for offset in _BEYOND])
    unrest = np.linalg.norm(beyond - np.median(beyond, axis=0), axis=2).max(axis=0)
    return np.asarray(contrast), np.asarray(unrest)


def _bridged(radii: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return distances with short gaps interpolated."""
    filled = radii.copy()
    known = np.flatnonzero(np.isfinite(radii))
    for left, right in pairwise(known):
        if 1 < right - left <= _GAP + 1:
            inner = np.arange(left + 1, right)
            filled[inner] = np.interp(inner, [left, right], radii[[left, right]])
    return filled


def _mirror_pair(first: Points, second: Points, width: int) -> tuple[Points, Points]:
    """Return the control points of two mirror images as mirror images: the mean.

    Directions are symmetric, so the mirror image of row i is row -1 - i.
    """
    corner, flip = np.array([width - 1.0, 0.0]), np.array([-1.0, 1.0])
    return (
        (first + corner + flip * second[::-1]) / 2,
        (second + corner + flip * first[::-1]) / 2,
    )
