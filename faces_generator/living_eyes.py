"""Eyes as they look in a face: shade of the lids, limbal ring, one light, tear film.

Both eyes mirror the same window, so its image lies at the same place of both corneas.

Conventions
-----------
Raster coordinates as in `mesh`. Distances on an eye are in radii of the iris.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faces_generator.arrays import Array
from faces_generator.asset import LEFT_EYE, RIGHT_EYE
from faces_generator.camera import Camera
from faces_generator.colour import smoothstep, to_linear
from faces_generator.eyes import eye_axes, eyeball_centre
from faces_generator.hair import LOWER_LID, UPPER_LID
from faces_generator.noise import value_noise

if TYPE_CHECKING:
    from faces_generator.head import Head
    from faces_generator.identity import Identity
    from faces_generator.mesh import Fragments

CORNEA = 0.62
"""Radius of the cornea's curvature relative to the eyeball."""


def _lid_rows(head: Head, raster: Array, ring: tuple[int, ...], side: int) -> Array:
    """Return the lid's edge as raster coordinates sorted along the picture."""
    vertices = np.array(ring) if side > 0 else head.partner(list(ring))
    line = raster[vertices]
    return np.asarray(line[np.argsort(line[:, 0])])


def _iris(identity: Identity, u: Array, v: Array, radial: Array) -> Array:
    """Return the colour of the iris, its ring and pupil, before light."""
    turn = np.arctan2(v, u)
    around = np.stack([np.cos(turn), np.sin(turn), 0 * turn], 1)
    seed = identity.seed
    fibres = value_noise(around * 3 + radial[:, None] * 0.15, 6.0, seed + 31)
    fibres = 0.6 * fibres + 0.4 * value_noise(around * 3, 14.0, seed + 37)
    crypts = value_noise(around + radial[:, None] * 0.8, 5.0, seed + 41)
    bright = 1 + 0.38 * fibres + 0.22 * crypts
    collarette = np.exp(-0.5 * ((radial - 0.55) / 0.10) ** 2)
    bright *= 1 + 0.25 * collarette
    base = to_linear(identity.iris)
    warm = base * np.array([1.25, 1.0, 0.7])
    inner = smoothstep(0.72, 0.42, radial)[:, None]
    colour = (base * (1 - 0.5 * inner) + warm * 0.5 * inner) * bright[:, None]
    ring = smoothstep(0.70, 0.98, radial)[:, None]
    colour = colour * (1 - 0.80 * ring)
    pupil = smoothstep(0.43, 0.37, radial)[:, None]
    return np.asarray(colour * (1 - pupil) + 0.003 * pupil)


def shade_living_eyes(
    identity: Identity,
    head: Head,
    posed: Array,
    fragments: Fragments,
    light: Array,
    camera: Camera,
    supersampling: int,
    flush: float,
) -> tuple[Array, Array]:
    """Return where the eyeballs are seen, and their colour there.

    Parameters and results are those of `eyes.shade_eyes`, with the camera.
    """
    group = head.triangle_group[fragments.triangle]
    seen = (group == LEFT_EYE) | (group == RIGHT_EYE)
    colour = np.zeros((len(group), 3))
    place = fragments.of(posed)
    raster = camera.raster(posed, supersampling)
    rows, columns = np.nonzero(fragments.covered)
    key = identity.light.key_direction
    for eye, side in ((LEFT_EYE, 1), (RIGHT_EYE, -1)):
        here = group == eye
        if not here.any():
            continue
        centre = eyeball_centre(posed[head.group == eye])
        q = place[here] - centre
        radius = np.linalg.norm(q, axis=1, keepdims=True)
        q = q / radius
        gaze, across, upright = eye_axes(identity, side)
        angle = np.arccos(np.clip((q * gaze).sum(1), -1, 1))
        radial = angle / identity.iris_size
        size = np.sin(identity.iris_size)
        u, v = (q * across).sum(1) / size, (q * upright).sum(1) / size
        x, y = columns[here] + 0.5, rows[here] + 0.5
        iris_pixels = radius.mean() * size * camera.size * supersampling / camera.extent
        upper, lower = (
            np.interp(x, *_lid_rows(head, raster, ring, side).T)
            for ring in (UPPER_LID, LOWER_LID)
        )
        below = np.clip((y - upper) / iris_pixels, 0, None)
        above = np.clip((lower - y) / iris_pixels, 0, None)
        shade = 1 - 0.72 * np.exp(-((below / 0.42) ** 1.2))
        shade *= 1 - 0.30 * np.exp(-((above / 0.14) ** 2))
        received = light[here] * shade[:, None]
        # Sclera: off-white, pinker towards the corners, in the shade of the lids.
        corner = smoothstep(1.1, 2.1, np.abs(u))
        white = to_linear((226, 224, 226)) * np.array([1, 0.975, 0.97]) ** (1 + flush)
        white = white * (1 - 0.30 * corner)[:, None]
        pink = np.array([0.62, 0.30, 0.28])
        veins = np.clip(value_noise(q * 3, 11.0, identity.seed + 43) - 0.2, 0, 1)
        mix = (0.35 * corner + (0.10 + 0.25 * flush) * veins)[:, None]
        sclera = (white * (1 - mix) + pink * mix) * (received * 0.78 + 0.02)
        inside = smoothstep(1.06, 0.92, radial)[:, None]
        # The cornea gathers light on the side of the iris opposite to its source.
        direction = -np.sign(key[0]) * u * 0.35 - v
        caustic = 1 + 0.55 * np.clip(direction, -1, 1) * smoothstep(0.3, 0.8, radial)
        iris = _iris(identity, u, v, radial)
        iris = iris * caustic[:, None] * (received * 1.15 + 0.02)
        eye_colour = sclera * (1 - inside) + iris * inside
        # One window, at the same place of both corneas.
        lean = 0.30 * np.sign(key[0])
        a = (place[here][:, 0] - centre[0]) / (radius[:, 0] * size)
        b = (place[here][:, 1] - centre[1]) / (radius[:, 0] * size)
        a = a - gaze[0] / size - lean
        b = b - gaze[1] / size - 0.34
        window = smoothstep(
            0.175, 0.095, (np.abs(a) ** 2.5 + np.abs(b * 0.85) ** 2.5) ** 0.4
        )
        open_ = smoothstep(0.02, 0.20, below)
        fill = np.exp(
            -0.5 * (((a + 2.3 * lean) / 0.20) ** 2 + ((b + 0.75) / 0.09) ** 2)
        )
        glint = (1.05 * window + 0.05 * fill) * open_ * smoothstep(1.3, 0.9, radial)
        # Tear film: a bright line where the lower lid meets the eye.
        film = np.exp(-0.5 * ((above - 0.05) / 0.045) ** 2) * 0.10 * (1 + flush)
        film = film * (
            0.6 + 0.8 * np.clip(value_noise(q * 3, 9.0, identity.seed + 47), -0.5, 1)
        )
        shine = (glint + film) * np.clip(light[here].mean(1) * 1.2, 0.15, 1)
        colour[here] = eye_colour + shine[:, None]
    return seen, colour[seen]
