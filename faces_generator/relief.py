"""Fine relief of the skin: wrinkles, pores and tears, shaded at every pixel.

The mesh is too coarse for these, so their height is drawn in the picture and turns the
light that the mesh received by its slope. Wrinkles belong to the expression.

Conventions
-----------
Heights are in units of the head, along the normal; places as in `skin`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from faces_generator.arrays import Array
from faces_generator.asset import SKIN, TONGUE
from faces_generator.camera import Camera
from faces_generator.colour import smoothstep
from faces_generator.head import distance_to_line
from faces_generator.noise import value_noise

if TYPE_CHECKING:
    from faces_generator.expression import Expression
    from faces_generator.identity import Identity
    from faces_generator.mesh import Fragments
    from faces_generator.surface import Surface

Line = Sequence[tuple[float, float]]


class Wrinkle(NamedTuple):
    """Lines of one wrinkle on the right of the face, their half width and depth."""

    lines: tuple[Line, ...]
    width: float
    depth: float


WRINKLES = {
    "glabella": Wrinkle(
        (
            ((0.030, 0.150), (0.036, 0.120), (0.030, 0.085), (0.034, 0.060)),
            ((0.008, 0.140), (0.010, 0.110), (0.004, 0.085)),
        ),
        0.0055,
        0.0050,
    ),
    "brow": Wrinkle(
        (
            ((0.000, 0.168), (0.05, 0.180), (0.10, 0.176), (0.15, 0.160)),
            ((0.010, 0.205), (0.06, 0.215), (0.12, 0.205)),
        ),
        0.006,
        0.0028,
    ),
    "forehead": Wrinkle(
        (
            ((0.0, 0.200), (0.08, 0.212), (0.17, 0.200)),
            ((0.0, 0.235), (0.08, 0.247), (0.16, 0.236)),
        ),
        0.006,
        0.0022,
    ),
    "root": Wrinkle(
        (
            ((0.0, 0.055), (0.03, 0.052), (0.055, 0.060)),
            ((0.0, 0.035), (0.03, 0.034), (0.06, 0.044)),
        ),
        0.0045,
        0.0034,
    ),
    "bunny": Wrinkle(
        (
            ((0.020, 0.022), (0.045, 0.008), (0.070, -0.020)),
            ((0.030, -0.008), (0.055, -0.025), (0.075, -0.055)),
            ((0.045, -0.040), (0.064, -0.062), (0.078, -0.090)),
        ),
        0.0045,
        0.0034,
    ),
    "under": Wrinkle(
        (
            ((0.105, -0.045), (0.15, -0.070), (0.21, -0.075), (0.28, -0.055)),
            ((0.110, -0.075), (0.15, -0.098), (0.20, -0.103), (0.25, -0.090)),
        ),
        0.0050,
        0.0030,
    ),
    "crow": Wrinkle(
        (
            ((0.292, 0.000), (0.318, 0.010), (0.345, 0.026)),
            ((0.296, -0.012), (0.325, -0.013), (0.355, -0.010)),
            ((0.290, -0.024), (0.318, -0.036), (0.345, -0.048)),
        ),
        0.0042,
        0.0032,
    ),
    "lid": Wrinkle(
        (
            ((0.120, 0.022), (0.16, 0.042), (0.22, 0.046), (0.285, 0.024)),
            ((0.115, 0.045), (0.16, 0.066), (0.22, 0.070), (0.29, 0.050)),
            ((0.125, -0.025), (0.17, -0.040), (0.23, -0.040), (0.285, -0.026)),
        ),
        0.0042,
        0.0032,
    ),
    "naso": Wrinkle(
        (
            (
                (0.082, -0.165),
                (0.112, -0.195),
                (0.145, -0.245),
                (0.168, -0.305),
                (0.178, -0.365),
            ),
        ),
        0.0075,
        0.0060,
    ),
    "corner": Wrinkle(
        (((0.146, -0.335), (0.157, -0.360), (0.154, -0.392)),),
        0.0055,
        0.0045,
    ),
    "philtrum": Wrinkle(
        (((0.0, -0.228), (0.0, -0.262), (0.0, -0.300)),), 0.0085, 0.0042
    ),
    "fold": Wrinkle(
        (((0.105, 0.030), (0.145, 0.056), (0.21, 0.060), (0.285, 0.030)),),
        0.0042,
        0.0024,
    ),
    "chin": Wrinkle(
        (
            ((0.0, -0.455), (0.045, -0.462), (0.085, -0.485)),
            ((0.022, -0.490), (0.030, -0.510)),
            ((0.062, -0.500), (0.058, -0.522)),
        ),
        0.0060,
        0.0034,
    ),
}

TEAR_TRACKS = (
    (
        (0.165, -0.038),
        (0.168, -0.085),
        (0.178, -0.150),
        (0.196, -0.225),
        (0.204, -0.300),
    ),
    ((0.262, -0.032), (0.276, -0.080), (0.290, -0.140)),
)
"""Where tears run, on the right; the left differs by a shift."""


class Relief(NamedTuple):
    """What fine relief does to each visible pixel.

    `turned` is the factor of the light that the skin receives, shape (K, 3), `gloss`
    the factor of what it mirrors, and `shine` the light that tears mirror besides.
    """

    turned: np.ndarray
    gloss: np.ndarray
    shine: np.ndarray


def _folded(surface: Surface) -> Array:
    """Return places with both sides of the face laid on one."""
    return np.abs(surface.place[:, :2] * (1, 0)) + surface.place[:, :2] * (0, 1)


def _groove(xy: Array, line: Line, width: float) -> Array:
    """Return the height of a groove of depth 1 with raised sides and tapered ends."""
    corners = np.array(line)
    low, high = corners.min(0) - 6 * width, corners.max(0) + 6 * width
    near = np.flatnonzero(((xy > low) & (xy < high)).all(1))
    d, along = distance_to_line(xy[near], line)
    across = corners[0, 0] < 0.001 < corners[-1, 0]
    ends = 0.5 + 0.5 * along if across else along
    taper = np.sin(np.pi * np.clip(0.04 + 0.92 * ends, 0, 1)) ** 0.8
    sides = np.exp(-0.5 * ((d - 2.4 * width) / (1.3 * width)) ** 2)
    height = np.zeros(len(xy))
    height[near] = taper * (0.4 * sides - np.exp(-0.5 * (d / width) ** 2))
    return height


def wrinkle_height(
    identity: Identity, surface: Surface, expression: Expression
) -> Array:
    """Return the height of the wrinkles of an expression at visible pixels."""
    # Wrinkles wander, and no two sides of a face fold alike.
    seeds = (identity.seed + 71, identity.seed + 72)
    wander = np.stack([value_noise(surface.place, 13.0, s) for s in seeds], 1) * 0.006
    xy = _folded(surface) + wander
    uneven = 1 + 0.5 * value_noise(surface.place, 9.0, identity.seed + 73)
    total = np.zeros(len(xy))
    for name, wrinkle in WRINKLES.items():
        weight = expression.weights.get(f"wrinkle/{name}", 0.0)
        if weight <= 0:
            continue
        for line in wrinkle.lines:
            total += weight * wrinkle.depth * _groove(xy, line, wrinkle.width)
    return total * uneven


def tear_height(identity: Identity, surface: Surface, tears: float) -> Array:
    """Return the height of tears at visible pixels."""
    total = np.zeros(len(surface.place))
    if tears <= 0:
        return total
    shift = 0.006 * value_noise(surface.place, 20.0, identity.seed + 81)
    for side in (1, -1):
        x = surface.place[:, 0] * side + shift + (0.0 if side > 0 else -0.012)
        xy = np.stack([x, surface.place[:, 1]], 1)
        for track in TEAR_TRACKS:
            corners = np.array(track)
            length = 0.4 + 0.6 * tears
            d, along = distance_to_line(xy, track)
            here = (x > 0) & (along < length)
            width = 0.0045 + 0.002 * along
            bead = 0.75 + 0.35 * value_noise(surface.place, 34.0, identity.seed + 82)
            total += 0.0042 * tears * bead * here * np.exp(-0.5 * (d / width) ** 2)
            head = np.array(
                [
                    np.interp(length, np.linspace(0, 1, len(corners)), c)
                    for c in corners.T
                ]
            )
            drop = ((xy - head) / (0.009, 0.013)) ** 2
            total += 0.0075 * tears * np.exp(-0.5 * drop.sum(1)) * (x > 0)
    return total


def pore_height(identity: Identity, surface: Surface, strength: float) -> Array:
    """Return the height of pores and fine lines at visible pixels."""
    place, seed = surface.place, identity.seed
    fine = value_noise(place, 150.0, seed + 91)
    finer = value_noise(place, 260.0, seed + 92)
    pits = -np.clip(value_noise(place, 100.0, seed + 93) - 0.25, 0, None)
    x, y = np.abs(place[:, 0]), place[:, 1]
    middle = 0.5 + np.exp(-0.5 * ((x / 0.22) ** 2 + ((y + 0.14) / 0.14) ** 2))
    return strength * (0.00016 * fine + 0.00010 * finer + 0.0006 * pits * middle)


def carve(
    identity: Identity,
    surface: Surface,
    fragments: Fragments,
    expression: Expression,
    camera: Camera,
    supersampling: int,
) -> Relief:
    """Return what wrinkles, pores and tears do to the visible pixels."""
    nature = identity.nature
    k = len(surface.place)
    if nature is None:
        return Relief(np.ones((k, 1)), np.ones((k, 1)), np.zeros((k, 1)))
    front = smoothstep(-0.35, -0.1, surface.place[:, 2])
    bare = front * (surface.part == SKIN) * ~surface.cloth * (surface.mouth < 0.4)
    folds = wrinkle_height(identity, surface, expression) * bare
    skin = pore_height(identity, surface, nature.pores) * bare
    tears = tear_height(identity, surface, expression.tears) * bare
    scale = camera.size * supersampling / camera.extent
    direction = np.array(identity.light.key_direction)
    key: Array = direction / np.linalg.norm(direction)

    def slopes(height: Array) -> tuple[Array, Array]:
        drawn = fragments.picture(height, 0.0) * scale
        across = np.asarray(np.gradient(drawn, axis=1))[fragments.covered]
        up = -np.asarray(np.gradient(drawn, axis=0))[fragments.covered]
        return np.clip(across, -1.5, 1.5), np.clip(up, -1.5, 1.5)

    tongue = (
        (surface.part == TONGUE)
        * 0.0022
        * value_noise(surface.place, 70.0, identity.seed + 95)
    )
    across, up = slopes(folds + skin + tongue)
    tilt = -(across * key[0] + up * key[1]) / key[2]
    turned = np.clip(1 + 0.62 * tilt, 0.35, 1.5)
    picture = fragments.picture(folds, 0.0)
    around = cv2.GaussianBlur(picture, (0, 0), 0.010 * scale)
    hollow = np.clip((around - picture)[fragments.covered] / 0.004, 0, 1.5)
    # Light that leaves a crease has passed through more skin, so it is redder.
    reddened = np.exp(-hollow[:, None] * np.array([0.30, 0.55, 0.55]))
    gloss = np.clip(1 + 1.2 * tilt, 0.2, 2.2)[:, None] * np.exp(-hollow)[:, None]
    across, up = slopes(tears)
    normal = np.stack([-across, -up, np.ones(k)], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    bisector = key + np.array([0, 0, 1.0])
    half = bisector / np.linalg.norm(bisector)
    wet = np.clip(tears / 0.002, 0, 1)
    glint = np.clip((normal * half).sum(1), 0, 1) ** 90
    edge = np.clip(np.hypot(across, up), 0, 1)
    turned = turned * (1 - 0.35 * wet * edge)
    shine = wet * (1.1 * glint + 0.05) * edge**0.3
    return Relief(turned[:, None] * reddened, gloss, shine[:, None])
