"""Conversions between display and linear colour, and the smooth step.

Conventions
-----------
Colours in tables are sRGB code values from 0 to 255. Everything is computed in linear
light, where 1 is a white surface in unit illumination.
"""

import numpy as np
import numpy.typing as npt

from faces_generator.arrays import Array


def to_linear(code: npt.ArrayLike) -> Array:
    """Return the linear light of sRGB code values from 0 to 255."""
    c = np.asarray(code, float) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def to_srgb(light: Array) -> Array:
    """Return sRGB values from 0 to 1 of linear light, clipped to that range."""
    x = np.clip(light, 0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def smoothstep(start: float, end: float, x: Array) -> Array:
    """Return 0 before `start`, 1 after `end`, and a smooth rise between."""
    t = np.clip((x - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)
