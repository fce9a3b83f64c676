"""Colour of skin, lips, mouth and clothes at every visible pixel.

Conventions
-----------
Places on the face are those of the mean infant at rest, so that a pattern stays on its
place of the skin when the face moves. `K` is the number of visible pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from faces_generator.arrays import Array
from faces_generator.asset import LOWER_GUM, SKIN, TONGUE, UPPER_GUM
from faces_generator.colour import smoothstep, to_linear
from faces_generator.noise import fractal_noise, value_noise

if TYPE_CHECKING:
    from faces_generator.identity import Identity, Nature
    from faces_generator.relief import Relief
    from faces_generator.surface import Surface

UPPER_LIP = (
    (0, -0.310),
    (0.038, -0.302),
    (0.075, -0.314),
    (0.105, -0.336),
    (0.130, -0.370),
)
LOWER_LIP = (
    (0, -0.430),
    (0.045, -0.428),
    (0.08, -0.416),
    (0.108, -0.398),
    (0.130, -0.371),
)
"""Borders of the lips at rest, from the middle to the corner."""

BLUSH = (
    (0.58, 0.23, -0.20, 0.12, 0.10),
    (0.55, 0, -0.13, 0.06, 0.045),
    (0.35, 0, -0.50, 0.08, 0.05),
    (0.22, 0.1, -0.27, 0.05, 0.04),
    (0.25, 0.13, 0.0, 0.1, 0.06),
)
CRY_BLUSH = (
    (0.30, 0.13, 0.06, 0.16, 0.08),
    (0.35, 0, -0.08, 0.08, 0.1),
    (0.22, 0.24, -0.18, 0.15, 0.12),
    (0.18, 0, 0.2, 0.25, 0.2),
    (0.2, 0, -0.45, 0.16, 0.1),
)
"""Red spots: strength, x, y, and widths along x and y."""


def _spots(
    place: Array, table: Sequence[tuple[float, float, float, float, float]]
) -> Array:
    """Return the sum of soft spots on both sides of the face."""
    x, y = np.abs(place[:, 0]), place[:, 1]
    return np.asarray(
        sum(
            strength * np.exp(-0.5 * (((x - cx) / sx) ** 2 + ((y - cy) / sy) ** 2))
            for strength, cx, cy, sx, sy in table
        )
    )


def hairline_height(identity: Identity, place: Array) -> Array:
    """Return the height above the hairline, which recedes at the temples."""
    x, y, z = place.T
    hair = identity.hair
    line = hair.line - 1.15 * np.clip(0.12 - z, 0, 0.75)
    peak = 0.035 * np.exp(-((x / 0.10) ** 2))
    temple = 0.035 * np.exp(-(((np.abs(x) - 0.26) / 0.11) ** 2))
    wander = 0.045 * value_noise(place, 5.0, identity.seed + 61)
    wander += 0.025 * value_noise(place, 17.0, identity.seed + 62)
    return y - (line - peak + temple) + wander


def behind_ear(place: Array) -> Array:
    """Return where the head lies behind and below the ears: no hair is drawn there."""
    return (place[:, 2] < 0.02) & (place[:, 1] < -0.12 - 0.2 * place[:, 2])


def _skin(
    identity: Identity,
    surface: Surface,
    flush: float,
    noises: tuple[Array, Array, Array, Array],
) -> Array:
    """Return the colour of bare skin."""
    coarse, fine, pores, grain = noises
    place = surface.place
    front = smoothstep(-0.45, -0.1, place[:, 2])
    red = (
        front * _spots(place, BLUSH)
        + 0.45 * np.clip(surface.ears, 0, 1)
        + 0.30 * np.clip(surface.lids, 0, 1) * front
    )
    red += flush * front * (_spots(place, CRY_BLUSH) + 0.16)
    red *= (1 + 0.27 * fine + 0.35 * coarse) * identity.redness
    mottle = 1 + 0.045 * coarse + 0.035 * fine + 0.03 * pores + 0.02 * grain
    absorbed = np.exp(-red[:, None] * np.array([0.06, 0.42, 0.36]))
    bare = to_linear(identity.tone) * absorbed * mottle[:, None]
    if identity.nature is None:
        return bare
    return bare * _blood(identity, identity.nature.mottle, surface, flush)


def _blood(
    identity: Identity, strength: float, surface: Surface, flush: float
) -> Array:
    """Return the factor of uneven blood and pigment under the skin, shape (K, 3)."""
    place, seed = surface.place, identity.seed
    patches = fractal_noise(place, 11, seed + 101)
    flecks = fractal_noise(place, 42, seed + 102)
    pigment = fractal_noise(place, 18, seed + 103)
    red = (0.30 * patches + 0.26 * flecks) * (1 + 0.8 * flush)
    x, y = np.abs(place[:, 0]), place[:, 1]
    veins = np.exp(-0.5 * (((x - 0.16) / 0.07) ** 2 + ((y + 0.055) / 0.022) ** 2))
    absorbed = strength * (
        red[:, None] * np.array([0.03, 0.17, 0.13]) * identity.redness
        + pigment[:, None] * np.array([0.02, 0.03, 0.05])
        + 0.10 * veins[:, None] * np.array([0.9, 0.7, 0.35])
    )
    return np.exp(-absorbed)


def _scalp(
    identity: Identity, surface: Surface, noises: tuple[Array, Array, Array, Array]
) -> Array:
    """Return how far short hair tints the scalp."""
    coarse, fine, _, _ = noises
    above = hairline_height(identity, surface.place) + 0.03 * fine + 0.03 * coarse
    tint = smoothstep(-0.02, 0.24, above) * (surface.ears < 0.2)
    return tint * ~behind_ear(surface.place) * identity.hair.tint


def lip_cover(surface: Surface) -> Array:
    """Return how far each pixel is lip, 0 to 0.8."""
    x, y = np.abs(surface.place[:, 0]), surface.place[:, 1]
    upper = np.interp(x, *np.array(UPPER_LIP).T)
    lower = np.interp(x, *np.array(LOWER_LIP).T)
    between = smoothstep(0.007, -0.007, y - upper)
    between *= smoothstep(-0.007, 0.007, y - lower)
    return (surface.lips > 0.05) * between * smoothstep(0.140, 0.118, x) * 0.8


def _fabric(identity: Identity, surface: Surface, coarse: Array) -> Array:
    """Return the colour of the clothes, which a long exposure must not bleach."""
    x, y = surface.place[:, 0], surface.place[:, 1]
    colour = to_linear(identity.cloth)
    knit = 0.94 + 0.06 * np.sin(x * 330) * np.sin(y * 330)
    fabric = colour * (knit * (1 + 0.05 * coarse))[:, None]
    if identity.pattern == "stripes":
        bands = smoothstep(-0.2, 0.2, np.sin(y * 75 + 4 * x * x))[:, None]
        fabric = fabric * (1 - 0.45 * bands)
    if identity.pattern == "dots":
        lattice = np.sin(x * 42) * np.sin(y * 42 + 0.4)
        dots = smoothstep(0.72, 0.80, lattice)[:, None]
        fabric = fabric * (1 - dots) + to_linear((246, 244, 238)) * dots
    return fabric * min(1.0, (1.15 / identity.exposure) ** 0.8)


def shade_surface(
    identity: Identity,
    surface: Surface,
    light: Array,
    gloss: Array,
    flush: float,
    relief: Relief,
) -> Array:
    """Return the colour of everything but the eyes, without exposure.

    Parameters
    ----------
    identity : Identity
        Whose skin.
    surface : Surface
        What is seen.
    light, gloss : ndarray, shape (K, 3)
        Light scattered by and mirrored from the surface.
    flush : float
        Redness from crying.
    relief : Relief
        What wrinkles, pores and tears do.

    Returns
    -------
    ndarray, shape (K, 3)
        Linear light.
    """
    place, seed = surface.place, identity.seed
    x, y = np.abs(place[:, 0]), place[:, 1]
    front = smoothstep(-0.45, -0.1, place[:, 2])
    noises = (
        fractal_noise(place, 5, seed),
        fractal_noise(place, 28, seed + 5),
        value_noise(place, 230.0, seed + 9),
        value_noise(place, 120.0, seed + 11),
    )
    coarse, fine, pores, grain = noises
    colour = _skin(identity, surface, flush, noises)
    tint = _scalp(identity, surface, noises)[:, None]
    colour = colour * (1 - tint) + to_linear(identity.hair.colour) * 1.2 * tint
    lips = lip_cover(surface)
    lip_colour = to_linear(identity.tone) * np.array(identity.lips)
    texture = (1 + 0.08 * grain + 0.06 * fine)[:, None]
    if identity.nature is not None:
        # Towards the seam the lip is wet, redder, and in the shade of the other.
        inner = smoothstep(0.026, 0.002, np.abs(y + 0.371))[:, None]
        texture = texture * np.exp(-inner * np.array([0.30, 0.75, 0.70]))
    cover = (lips * (surface.mouth < 0.5))[:, None]
    colour = colour * (1 - cover) + lip_colour * texture * cover
    dim = min(1.0, (1.15 / identity.exposure) ** 0.7)
    colour = _paint_mouth(
        colour, surface, lip_colour, fine, grain, dim, identity.nature
    )
    fabric = _fabric(identity, surface, coarse)
    colour = np.where(surface.cloth[:, None], fabric, colour)
    nostril = front * np.exp(
        -0.5 * (((x - 0.036) / 0.017) ** 2 + ((y + 0.196) / 0.010) ** 2)
    )
    if identity.nature is None:
        colour *= (1 - 0.38 * nostril)[:, None]
    else:
        dark = _nostrils(x, y, front)
        colour *= dark
        gloss = gloss * dark
    more = 1.0 if identity.nature is None else 2.0 * dim
    light = _bounce(surface, light, more) * relief.turned
    drool = np.exp(-0.5 * ((x / 0.15) ** 4 + ((y + 0.44) / 0.09) ** 4))
    shine = (1 - 0.65 * flush * front * drool) * (1 + 0.5 * lips)
    shine *= np.where(surface.cloth, 0.015, 1.0) * (1 + 0.32 * pores + 0.2 * grain)
    gloss = gloss / (1 + gloss.mean(1, keepdims=True) / 0.16)
    fuzz = _fuzz(surface, light, front)[:, None] * light
    fuzz *= 0.35 + 0.65 * to_linear(identity.tone)
    gloss = gloss * relief.gloss
    if identity.nature is not None:
        fuzz = fuzz * 0.35
    return (
        colour * light
        + gloss * (identity.gloss * shine)[:, None]
        + fuzz
        + (relief.shine * np.clip(light.mean(1, keepdims=True), 0.1, 1.5) * dim**2.2)
    )


def _paint_mouth(
    colour: Array,
    surface: Surface,
    lip_colour: Array,
    fine: Array,
    grain: Array,
    dim: float,
    nature: Nature | None,
) -> Array:
    """Return the colours with tongue, gums and the lining of the mouth painted in.

    They are `dim` times as bright, so that a long exposure does not bleach them.
    """
    part = surface.part
    inside = smoothstep(0.3, 0.7, surface.mouth)[:, None]
    lining = 0.35 * lip_colour * np.array([1, 0.75, 0.75])
    lining = lining + 0.65 * dim * np.array([0.34, 0.085, 0.08])
    if nature is not None:
        dim = dim**1.4
        lining = lining * np.array([0.85, 0.62, 0.62])
    colour = colour * (1 - inside) + lining * inside
    tongue = (part == TONGUE)[:, None]
    mottled = dim * (1 + 0.12 * fine + 0.1 * grain)[:, None]
    colour = np.where(tongue, np.array([0.62, 0.24, 0.23]) * mottled, colour)
    gums = ((part == UPPER_GUM) | (part == LOWER_GUM))[:, None]
    flesh = np.array([0.56, 0.25, 0.24]) * dim * (1 + 0.08 * fine[:, None])
    if nature is not None:
        teeth = first_teeth(surface, nature.teeth)[:, None]
        enamel = np.array([0.80, 0.77, 0.68]) * dim
        flesh = flesh * dim * np.array([0.78, 0.66, 0.68])
        flesh = flesh * (1 - teeth) + enamel * teeth
    return np.where(gums, flesh, colour)


def first_teeth(surface: Surface, n: int) -> Array:
    """Return how far each pixel is one of the first `n` teeth, 0 to 1."""
    cover = np.zeros(len(surface.part))
    x, y = surface.place[:, 0], surface.place[:, 1]
    rows = ((LOWER_GUM, -0.371, 0.021, 0.018), (UPPER_GUM, -0.334, 0.024, 0.020))
    for gum, height, half_height, half_width in rows[: n // 2]:
        for side in (1, -1):
            a = (x * side - half_width - 0.0015) / half_width
            b = (y - height) / half_height
            tooth = smoothstep(1.08, 0.92, (a**4 + b**4) ** 0.25)
            cover += (surface.part == gum) * tooth
    return np.clip(cover, 0, 1)


def _bounce(surface: Surface, light: Array, factor: float) -> Array:
    """Return the light with what the walls of the mouth throw on each other."""
    wet = (surface.part >= TONGUE) | (surface.mouth > 0.5)
    strength = np.clip(light.mean(1, keepdims=True) * 6, 0.15, 1)
    more = factor * np.array([0.09, 0.03, 0.027]) * strength
    return np.where(wet[:, None], light + more, light)


def _nostrils(x: Array, y: Array, front: Array) -> Array:
    """Return the factor of the dark of the nostrils, shape (K, 3)."""
    lean = (x - 0.036) / 0.022
    low = (y + 0.198 - 0.10 * (x - 0.036)) / 0.0105
    dark = front * np.exp(-((lean**2 + low**2) ** 2))
    return np.exp(-dark[:, None] * np.array([1.2, 2.2, 2.2]))


def _fuzz(surface: Surface, light: Array, front: Array) -> Array:
    """Return the pale rim that fine hair gives to skin seen edge-on."""
    x, y = np.abs(surface.place[:, 0]), surface.place[:, 1]
    mouth = np.exp(-0.5 * ((x / 0.17) ** 4 + ((y + 0.36) / 0.25) ** 4))
    lit = smoothstep(0.05, 0.5, light[:, 1])
    inside = smoothstep(0.3, 0.7, surface.mouth)
    rim = (1 - surface.facing) ** 3 * (1 - 0.9 * front * mouth) * lit * 0.16
    return rim * (1 - 0.5 * inside) * (surface.part == SKIN)
