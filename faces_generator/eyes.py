"""Eyeballs: sclera, iris, pupil and the reflection of the main light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faces_generator.arrays import Array
from faces_generator.asset import LEFT_EYE, RIGHT_EYE
from faces_generator.colour import smoothstep, to_linear
from faces_generator.noise import value_noise

if TYPE_CHECKING:
    from faces_generator.head import Head
    from faces_generator.identity import Identity
    from faces_generator.mesh import Fragments


def eyeball_centre(vertices: Array) -> Array:
    """Return the centre of the eyeball that a visible cap belongs to."""
    low, high = vertices.min(0), vertices.max(0)
    radius = (high[0] - low[0]) / 2
    centre = (low + high) / 2
    centre[2] = high[2] - radius * 1.06
    return centre


def eye_axes(identity: Identity, side: int) -> tuple[Array, Array, Array]:
    """Return the line of gaze and the horizontal and vertical axis of one eye."""
    x, y = identity.gaze
    gaze = np.array([x + identity.squint_out * side, y - 0.02, 1.0])
    gaze /= np.linalg.norm(gaze)
    across = np.cross([0, 1, 0], gaze)
    across /= np.linalg.norm(across)
    return gaze, across, np.cross(gaze, across)


def _iris(
    identity: Identity, q: Array, across: Array, upright: Array, radial: Array
) -> Array:
    """Return the colour of iris and pupil for directions `q` from the eye's centre."""
    u, v = (q * across).sum(1), (q * upright).sum(1)
    turn = np.arctan2(v, u)
    rays = sum(
        0.5
        * value_noise(
            np.stack([np.cos(turn) * 3, np.sin(turn) * 3, radial * depth], 1),
            frequency,
            identity.seed + seed,
        )
        for depth, frequency, seed in ((0.6, 4.0, 31), (0.4, 9.0, 37))
    )
    below = np.clip(-v / np.sin(identity.iris_size), -1, 1)
    bright = (1 + 0.45 * rays) * (1.0 + 0.44 * below)
    colour = to_linear(identity.iris) * bright[:, None]
    colour = colour * (1 - 0.72 * smoothstep(0.72, 1.02, radial))[:, None]
    pupil = smoothstep(0.42, 0.36, radial)[:, None]
    return colour * (1 - pupil) + 0.004 * pupil


def _catchlight(identity: Identity, q: Array, gaze: Array, radial: Array) -> Array:
    """Return the strength of the main light's mirror image on the cornea."""
    normal = q + gaze * 0.35 * np.clip(1 - radial, 0, 1)[:, None]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    mirrored = 2 * normal[:, 2:3] * normal - np.array([0, 0, 1.0])
    side = -1 if identity.light.key_direction[0] < 0 else 1
    window = np.array([side * 0.28, 0.30, 0.90])
    window /= np.linalg.norm(window)
    return smoothstep(0.974, 0.990, (mirrored * window).sum(1)) * 1.5


def shade_eyes(
    identity: Identity,
    head: Head,
    posed: Array,
    fragments: Fragments,
    light: Array,
    flush: float,
) -> tuple[Array, Array]:
    """Return where the eyeballs are seen, and their colour there.

    Parameters
    ----------
    identity : Identity
        Whose eyes.
    head : Head
        Topology.
    posed : ndarray, shape (N, 3)
        Level-2 vertices.
    fragments : Fragments
        The visible surface.
    light : ndarray, shape (K, 3)
        Light on it.
    flush : float
        Redness from crying.

    Returns
    -------
    seen : ndarray, shape (K,), dtype bool
    colour : ndarray, shape (S, 3)
        Linear light at the pixels where `seen`.
    """
    group = head.triangle_group[fragments.triangle]
    seen = (group == LEFT_EYE) | (group == RIGHT_EYE)
    colour = np.zeros((len(group), 3))
    place = fragments.of(posed)
    for eye, side in ((LEFT_EYE, 1), (RIGHT_EYE, -1)):
        here = group == eye
        if not here.any():
            continue
        centre = eyeball_centre(posed[head.group == eye])
        q = place[here] - centre
        q /= np.linalg.norm(q, axis=1, keepdims=True)
        gaze, across, upright = eye_axes(identity, side)
        angle = np.arccos(np.clip((q * gaze).sum(1), -1, 1))
        radial = angle / identity.iris_size
        white = to_linear((232, 228, 226)) * np.array([1, 0.965, 0.955]) ** (1 + flush)
        edge = 1 - 0.10 * smoothstep(0.6, 1.2, np.abs((q * across).sum(1)))
        inside = smoothstep(1.05, 0.94, radial)[:, None]
        received = light[here]
        sclera = white * edge[:, None] * (received * 0.92 + 0.05)
        iris = _iris(identity, q, across, upright, radial) * (received * 1.1 + 0.05)
        shine = _catchlight(identity, q, gaze, radial)
        shine = shine * np.clip(received.mean(1) * 1.3, 0, 1)
        colour[here] = sclera * (1 - inside) + iris * inside + shine[:, None]
    return seen, colour[seen]
