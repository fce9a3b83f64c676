"""Constants and tables of the pixel specification, all from exact integers.

Both implementations read these tables, and no floating-point result enters them:
``docs/pixel_specification.md`` gives the formulas and the SHA-256 of every table.

Conventions
-----------
Positions are int32 in units of 1/256 px; the centre of the top-left pixel is (0, 0).
Linear light is 0 to 32767 (`WHITE`). Weights of any kind are in units of 1/16384
(`ONE`), and every rounding of such a sum is ``(sum + 8192) >> 14``.

References
----------
IEC 61966-2-1:1999, the sRGB transfer function.
"""

import math
from functools import cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Int16 = npt.NDArray[np.int16]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
UInt8 = npt.NDArray[np.uint8]
UInt16 = npt.NDArray[np.uint16]
Array = TypeVar("Array", bound=npt.NDArray[Any])

PIXEL_SPECIFICATION = 5
"""Number of this specification: raised whenever a pixel of any frame may change.

Packs record it. ``tests/pixels/test_pixel_specification.py`` ties it to golden hashes
and says what to do if they differ.
"""
SUBPIXEL = 256
"""Node units per pixel."""
MAX_SIDE = 16384
"""Largest width or height of a frame or photo, in pixels."""
MAX_NODE = MAX_SIDE * SUBPIXEL
"""Largest absolute node coordinate, in units of 1/256 px."""
SCALES = ("light", "code")
"""What samples may be proportional to: linear light or sRGB code values."""
ONE_BITS = 14
ONE = 1 << ONE_BITS
"""The weight 1."""
HALF = ONE >> 1
WHOLE_FROM = 4096
"""Weight from which the cover of one of two photos has full presence."""
BEHIND_FROM = 2048
"""The same in triangles that are behind others."""
EDGE_SAMPLES = 4
"""Samples of a pixel at an edge of a hole, along each axis."""
MAX_SOURCES = 256
"""Largest number of photos in one frame."""
MAX_TOTAL_WEIGHT = 4 * ONE
"""Largest sum of absolute weights for which sums fit into int32."""
SHADED = 2
"""Code for covers with shading of parts that only one of two photos shows."""
DEEP = 3
"""Code for the same with the deep shade; in triangles behind others that of lids."""
WHITE = 32767
"""Linear light of the sRGB code 1.0."""
PAD_BEFORE = 1
PAD_AFTER = 2
"""Replicated pixels at the left and top, and at the right and bottom, of a photo."""

LUMA = np.array([54, 183, 19], np.int64)
"""Shares of red, green and blue in luma, in 1/256."""
CELL = 8
"""Side of a cell in which the energy of detail is summed, in px."""
GAIN_ONE = 4096
"""The gain 1 of detail."""
MAX_EXTRA = 5 * ONE * ONE // 4
"""Largest amount added to the square of a gain, in units of 2^-28: a gain of 3/2."""
MAX_FINE = 4095
"""Limit of the fine structure of tones, in the texture of many photos."""
MIDDLE = 16384
"""Value that stands for no difference between two photos."""
MAX_BAND = 8191
"""Structure of a band is clipped to this before it is squared."""
BANDS = 8, 9
"""Shares of lost energy that are restored, in 1/8: in the finer, the coarser band."""

_LAST_DARK_LINEAR = 31308, 10_000_000  # 0.0031308, where the curve begins
_LAST_DARK_CODE = 4045, 100_000  # 0.04045, the same point in code values


def _power_reaches(light: int, code: int, top: int) -> bool:
    """Say whether ((code/top + 0.055) / 1.055)^2.4 >= (light - 1/2) / WHITE, exactly.

    The fifth power of both sides contains integers only.
    """
    left: int = (1000 * code + 55 * top) ** 12 * (2 * WHITE) ** 5
    right: int = (2 * light - 1) ** 5 * (1055 * top) ** 12
    return left >= right


def _decoded(code: int, top: int) -> int:
    """Return linear light, to the nearest, of the sRGB code value code/top."""
    if code * _LAST_DARK_CODE[1] <= _LAST_DARK_CODE[0] * top:
        # round(WHITE · (code/top) / 12.92)
        return (2 * 100 * WHITE * code + 1292 * top) // (2 * 1292 * top)
    light = int(WHITE * ((code / top + 0.055) / 1.055) ** 2.4)  # only a first guess
    while _power_reaches(light + 1, code, top):
        light += 1
    while not _power_reaches(light, code, top):
        light -= 1
    return light


@cache
def decode_table(dtype: str, scale: str = "light") -> Int16:
    """Return the 15-bit sample of every sRGB code value, rounded to nearest.

    Parameters
    ----------
    dtype : {"uint8", "uint16"}
        Type of the code values; its largest value is the code 1.0.
    scale : {"light", "code"}, optional
        What samples are proportional to: linear light, or the code value itself.

    Returns
    -------
    (256,) or (65536,) ndarray of int16
        0 to 32767; read-only.
    """
    top = int(np.iinfo(dtype).max)
    if scale == "code":
        samples = [(2 * WHITE * code + top) // (2 * top) for code in range(top + 1)]
    else:
        samples = [_decoded(code, top) for code in range(top + 1)]
    return _frozen(np.array(samples, np.int16))


def _code_reaches(light: int, code: int, top: int) -> bool:
    """Say whether linear `light` encodes to at least `code` - 1/2 of `top`, exactly."""
    if light * _LAST_DARK_LINEAR[1] <= _LAST_DARK_LINEAR[0] * WHITE:
        # 12.92 · light/WHITE >= (2·code - 1) / (2·top)
        return 1292 * 2 * top * light >= 100 * (2 * code - 1) * WHITE
    # 1.055 · (light/WHITE)^(5/12) - 0.055 >= (2·code - 1) / (2·top), its 12th power
    left: int = light**5 * (1055 * 2 * top) ** 12
    right: int = (1000 * (2 * code - 1) + 55 * 2 * top) ** 12 * WHITE**5
    return left >= right


def _encoded(light: int, top: int, guess: int) -> int:
    """Return the code value of `top`, to the nearest, of linear light."""
    code = guess
    while code < top and _code_reaches(light, code + 1, top):
        code += 1
    while code and not _code_reaches(light, code, top):
        code -= 1
    return code


@cache
def encode_table(scale: str = "light") -> UInt8:
    """Return the nearest 8-bit sRGB code of every 15-bit sample.

    Parameters
    ----------
    scale : {"light", "code"}, optional
        What samples are proportional to, as in `decode_table`.

    Returns
    -------
    (32768,) ndarray of uint8
        Code values; read-only. ``encode_table()[decode_table("uint8")]`` is 0 to 255.
    """
    return _frozen(_codes(scale, 255).astype(np.uint8))


@cache
def encode_table_16(scale: str = "light") -> UInt16:
    """Return the nearest 16-bit sRGB code of every 15-bit sample.

    Parameters
    ----------
    scale : {"light", "code"}, optional
        What samples are proportional to, as in `decode_table`.

    Returns
    -------
    (32768,) ndarray of uint16
        Code values; read-only.
    """
    return _frozen(_codes(scale, 65535).astype(np.uint16))


def _codes(scale: str, top: int) -> Int64:
    """Return the nearest code value, 0 to `top`, of every 15-bit sample."""
    if scale == "code":
        samples = np.arange(WHITE + 1, dtype=np.int64)
        return (2 * top * samples + WHITE) // (2 * WHITE)
    value = top * code_table()
    codes = np.rint(value).astype(np.int64)
    # The float decides, except where its rounding could: near a tie integers do.
    close = np.abs(value - np.floor(value) - 0.5) < 1e-3
    for light in np.flatnonzero(close).tolist():
        codes[light] = _encoded(light, top, int(codes[light]))
    return codes


@cache
def code_table(scale: str = "light") -> npt.NDArray[np.float64]:
    """Return the sRGB code value of every 15-bit sample, not rounded.

    For measurements only: no pixel is made from it.

    Parameters
    ----------
    scale : {"light", "code"}, optional
        What samples are proportional to, as in `decode_table`.

    Returns
    -------
    (32768,) ndarray of float64
        0 to 1; read-only.
    """
    share = np.arange(WHITE + 1) / WHITE
    if scale == "code":
        return _frozen(share)
    dark = share <= _LAST_DARK_LINEAR[0] / _LAST_DARK_LINEAR[1]
    bright = np.minimum(1.055 * share ** (1 / 2.4) - 0.055, 1.0)
    return _frozen(np.where(dark, 12.92 * share, bright))


@cache
def tap_table(sampling: str) -> Int16:
    """Return the weights of the four neighbours for every phase.

    Neighbours lie at -1, 0, 1 and 2 px from the integer part of the position.

    Parameters
    ----------
    sampling : {"bicubic", "bilinear"}
        Catmull-Rom (Keys with a = -1/2) or straight lines.

    Returns
    -------
    (256, 4) ndarray of int16
        Row f: weights in 1/16384 at the phase f/256; each row sums to 16384.
    """
    f = np.arange(256, dtype=np.int64)
    if sampling == "bilinear":
        linear = np.stack([0 * f, ONE - 64 * f, 64 * f, 0 * f], axis=1)
        return _frozen(linear.astype(np.int16))
    # Catmull-Rom with t = f/256, times 2^25
    exact = np.stack(
        [
            -(f << 16) + (f**2 << 9) - f**3,
            (1 << 25) - 5 * (f**2 << 8) + 3 * f**3,
            (f << 16) + (f**2 << 10) - 3 * f**3,
            f**3 - (f**2 << 8),
        ],
        axis=1,
    )
    taps = (exact + (1 << 10)) >> 11
    nearer = np.where(f < 128, 1, 2)  # receives the rounding remainder
    taps[f, nearer] += ONE - taps.sum(axis=1)
    return _frozen(taps.astype(np.int16))


@cache
def slope_table(scale: str = "light") -> Int16:
    """Return the slope of tones over samples, for measuring detail.

    On a square-root scale, grain is about equally strong in shadows and highlights:
    tones are √(2^13·(v + 256)) of light v, where 256 suppresses the noise of black. On
    the scale of code values, which is already such a scale, they are v/2.

    Parameters
    ----------
    scale : {"light", "code"}, optional
        What samples are proportional to, as in `decode_table`.

    Returns
    -------
    (4096,) ndarray of int16
        Entry i: the slope at v = 8·i in units of 1/8192, ⌊√(2^37 / (8·i + 256))⌋, 2040
        to 23170; 4096 for code values. Read-only.
    """
    if scale == "code":
        return _frozen(np.full(4096, 4096, np.int16))
    slopes = [math.isqrt((1 << 37) // (v + 256)) for v in range(0, WHITE + 1, 8)]
    return _frozen(np.array(slopes, np.int16))


def _frozen(table: Array) -> Array:
    """Return the table, made read-only."""
    table.setflags(write=False)
    return table
