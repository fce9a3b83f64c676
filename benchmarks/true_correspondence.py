"""What a morph of two pictures could know at best: the true correspondence.

The generator of the synthetic infants says where every place of the skin, the eyeballs
and the inside of the mouth is at both ends and at any level, and what is seen of it. So
both ends can be sampled at the *true* places and blended: what is still off then is not
a matter of geometry. It is what the ends look like (shading, shadows, lashes and hair
change between them), and what neither of them shows.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from faces_generator.expression import express
from faces_generator.head import load_head
from faces_generator.identities import IDENTITIES
from faces_generator.mesh import Fragments
from faces_generator.pose import pose_head
from tests.helpers.float_reference import decode, encode

#: Places at rest, in units of the head, that count as one.
_SAME = 0.02
#: Depth, in units of the head, by which something may lie behind what is seen there.
_BEHIND = 0.004
#: Samples for a pixel along each axis in which an end is asked what it shows.
_FINER = 2

Picture = np.ndarray


@dataclass(frozen=True)
class Place:
    """Where the pixels of a level are in an end, and whether they are seen there."""

    at: np.ndarray
    seen: np.ndarray


def true_places(identity: str, level: float, path: str, size: int) -> list[Place]:
    """Return for every pixel of a level its places in both ends."""
    head, camera = load_head(), IDENTITIES[identity].camera(size)

    def surface(where: float) -> np.ndarray:
        who = IDENTITIES[identity]
        expression = express("happy", "distressed", where, path, who.repertoire)
        return pose_head(head, who, expression).level2

    def shown(
        level2: np.ndarray, finer: int
    ) -> tuple[Fragments, np.ndarray, np.ndarray]:
        raster = camera.raster(level2) * finer
        one = Fragments(raster, level2[:, 2], head.triangles, (size * finer,) * 2)
        rest = np.full((*one.covered.shape, 3), 9.0)
        rest[one.covered] = one.of(head.rest2)
        return one, rest, one.picture(head.triangle_group[one.triangle], -1)

    here, rest, group = shown(surface(level), 1)
    places = []
    for end in (0.0, 1.0):
        level2 = surface(end)
        there, rest_there, group_there = shown(level2, _FINER)
        at = np.stack(np.meshgrid(np.arange(size), np.arange(size)), -1).astype(float)
        found = here.of(np.column_stack([camera.raster(level2), level2[:, 2]]))
        at[here.covered] = found[:, :2] - 0.5
        depth = here.picture(found[:, 2].astype(float), -1e9)
        column, row = np.clip(
            np.rint((at + 0.5) * _FINER - 0.5).astype(int), 0, size * _FINER - 1
        ).transpose(2, 0, 1)
        same = np.linalg.norm(rest - rest_there[row, column], axis=-1) < _SAME
        same |= depth > there.depth[row, column] - _BEHIND
        places.append(Place(at, same & (group == group_there[row, column])))
    return places


@dataclass(frozen=True)
class Ceiling:
    """Frames made with the true correspondence, and where no end shows anything.

    Parameters
    ----------
    mixed : ndarray, shape (H, W, 3), dtype uint8
        Both ends at the true places, mixed by level where both show the place, else
        the one that does.
    hidden : ndarray, shape (H, W), dtype bool
        Pixels that neither end shows.
    """

    mixed: Picture
    hidden: np.ndarray

    def filled(self) -> Picture:
        """Return the frame with hidden pixels filled from around."""
        return cv2.inpaint(
            self.mixed, self.hidden.astype(np.uint8), 3, cv2.INPAINT_TELEA
        )

    def with_hidden(self, frame: Picture) -> Picture:
        """Return the frame with hidden pixels out of another."""
        return np.where(self.hidden[..., None], frame, self.mixed)


def ceiling(photos: list[Picture], places: list[Place], level: float) -> Ceiling:
    """Return what the true correspondence makes of two pictures."""
    total, weight = 0.0, 0.0
    for photo, place, share in zip(photos, places, (1 - level, level), strict=True):
        light = decode(photo)
        x, y = place.at[..., 0], place.at[..., 1]
        sampled = np.dstack(
            [
                map_coordinates(light[..., c], [y, x], order=3, mode="nearest")
                for c in range(3)
            ]
        )
        soft = cv2.GaussianBlur(place.seen.astype(float), (0, 0), 0.7)
        part = share * (soft[..., None] + 1e-4)
        total, weight = total + part * sampled, weight + part
    neither = ~(places[0].seen | places[1].seen)
    hidden = cv2.dilate(neither.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Ceiling(encode(np.clip(total / weight, 0, 1)), hidden)
