"""Mean luminance and RMS contrast, matched by straight lines in linear light.

Red, green and blue share one gain, and their offsets are proportional to the mean
colour. So luminance is mapped by a straight line, the mean colour keeps its
proportions, and nothing changes beyond a gain and an offset.

Conventions
-----------
Light is linear, 0 to 32767; luminance is that of Rec. 709. Contrast is the standard
deviation of luminance (RMS contrast; Peli 1990, doi:10.1364/JOSAA.7.002032).
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image
from morphkit.errors import InputError
from morphkit.pixels.spec import WHITE, Int16, Int64, decode_table

#: Unit of gain and offset: 1/65536.
BITS = 16
#: Largest gain: beyond it, noise and compression artefacts would dominate.
MAX_GAIN = 8


Colour = tuple[float, float, float]


class Tone(NamedTuple):
    """Mean luminance, contrast and mean colour, fractions of white."""

    mean: float
    contrast: float
    colour: Colour


class Line(NamedTuple):
    """Light v of a channel becomes (gain·v + offset + 32768) >> 16, 0 to 32767."""

    gain: int
    red: int
    green: int
    blue: int


#: The line that leaves light unchanged.
SAME = Line(1 << BITS, 0, 0, 0)


def luminance_of(light: npt.NDArray[np.integer]) -> Int64:
    """Return luminance of linear light, shape (..., 3): weights in 1/65536."""
    return np.asarray((light.astype(np.int64) @ np.array([13933, 46871, 4732])) >> 16)


def tone_of(light: Int16, inside: npt.NDArray[np.bool_]) -> Tone:
    """Return mean luminance, contrast and mean colour of an image inside a mask.

    Parameters
    ----------
    light : ndarray, shape (H, W, 3), dtype int16
        Linear light.
    inside : ndarray, shape (H, W), dtype bool

    Raises
    ------
    InputError
        If no pixel is inside.
    """
    seen = light[inside]
    values = luminance_of(seen)
    n = values.size
    if n == 0:
        raise InputError("a mask without pixels has no luminance to match")
    total, squares = int(values.sum()), int((values * values).sum())
    spread = math.sqrt(n * squares - total * total)
    red, green, blue = (
        s / n / WHITE for s in seen.sum(axis=0, dtype=np.int64).tolist()
    )
    return Tone(total / n / WHITE, spread / n / WHITE, (red, green, blue))


def mean_tone(tones: Sequence[Tone]) -> Tone:
    """Return the mean of tones, component by component."""
    every = np.array([(tone.mean, tone.contrast, *tone.colour) for tone in tones])
    light, contrast, red, green, blue = fixed_order.mean(every).tolist()
    return Tone(light, contrast, (red, green, blue))


def between(first: Tone, last: Tone, share: float) -> Tone:
    """Return the tone on the straight line between two; 0 is the first, 1 the last."""

    def at(a: float, b: float) -> float:
        return a + share * (b - a)

    red, green, blue = (
        at(a, b) for a, b in zip(first.colour, last.colour, strict=True)
    )
    return Tone(
        at(first.mean, last.mean),
        at(first.contrast, last.contrast),
        (red, green, blue),
    )


def line_to(found: Tone, wanted: Tone) -> Line:
    """Return the line that gives an image a target luminance and contrast.

    The target colour is ignored: the image keeps the proportions of its own.

    Raises
    ------
    InputError
        If the image is too flat for the contrast, or the target contrast is zero.
    """
    if not 0 < wanted.contrast <= MAX_GAIN * found.contrast:
        raise InputError(
            f"the contrast inside the mask is {found.contrast:.4f} and should become "
            f"{wanted.contrast:.4f}",
            allowed=f"at most {MAX_GAIN} times what it is",
            remedy="match photographs of one kind, or leave this one out",
        )
    gain = round(wanted.contrast / found.contrast * (1 << BITS))
    # From the rounded gain, so that the mean is still exact.
    offset = wanted.mean * WHITE * (1 << BITS) - gain * found.mean * WHITE
    red, green, blue = (round(offset * c / found.mean) for c in found.colour)
    return Line(gain, red, green, blue)


def on_light(light: Int16, line: Line) -> Int16:
    """Return light mapped by a line, shape (..., 3), dtype int16."""
    wide = light.astype(np.int64)
    changed = (line.gain * wide + np.array(line[1:]) + (1 << (BITS - 1))) >> BITS
    return np.asarray(np.clip(changed, 0, WHITE), np.int16)


def on_codes(
    codes: npt.NDArray[np.float64], line: Sequence[float] = SAME, *, grey: bool = False
) -> npt.NDArray[np.float64]:
    """Return unrounded code values mapped by a line, for measurements.

    Parameters
    ----------
    codes : ndarray, shape (H, W, 3), dtype float64
        sRGB code values from 0 to 1.
    line : sequence of float, optional
        Gain and three offsets, as in a `Line`.
    grey : bool, optional
        Whether colour is first replaced by luminance.
    """
    linear = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    if grey:
        linear = np.repeat(linear @ np.array([[0.2126], [0.7152], [0.0722]]), 3, axis=2)
    offsets = np.array(line[1:]) / WHITE
    linear = np.clip((line[0] * linear + offsets) / (1 << BITS), 0.0, 1.0)
    curve = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, 12.92 * linear, curve))


def on_photo(photo: Image, line: Line) -> Image:
    """Return a photograph mapped by a line, in 16 bits, so that no level is lost.

    Parameters
    ----------
    photo : ndarray, shape (H, W, 3), dtype uint8 or uint16

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint16
        Code values whose light is the mapped light, or 1/32767 above it.
    """
    table = _codes_of_light()[_every_code(photo.dtype.name, line)]
    return np.stack([table[:, k][photo[..., k]] for k in range(3)], axis=2)


def _every_code(dtype: str, line: Line) -> Int16:
    """Return the mapped light of every code value in each channel, shape (n, 3)."""
    table = np.repeat(decode_table(dtype)[:, None], 3, axis=1)
    return on_light(table, line)


@cache
def _codes_of_light() -> npt.NDArray[np.uint16]:
    """Return the 16-bit code value of every light, or of the light 1 above it.

    Near white, codes are 1.14 lights apart, so that some lights have no code.
    """
    reached = np.searchsorted(decode_table("uint16"), np.arange(WHITE + 1))
    return reached.astype(np.uint16)
