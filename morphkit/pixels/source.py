"""Photos prepared for sampling: linear light, low-pass filtered, padded.

Conventions
-----------
Photos are (H, W, 3) sRGB code values, uint8 or uint16, RGB order. See
``docs/pixel_specification.md``, sections "Linear light" and "Reduction".
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError
from morphkit.pixels import oracle
from morphkit.pixels.backend import native
from morphkit.pixels.spec import (
    MAX_SIDE,
    MAX_TOTAL_WEIGHT,
    ONE,
    PAD_AFTER,
    PAD_BEFORE,
    SCALES,
    WHITE,
    Int16,
    decode_table,
)

NO_LOWPASS = (ONE,)
MAX_TAPS = 1023
MAX_SCALE = 64.0


class Source:
    """A photo in 15-bit linear light, ready to be sampled; immutable.

    Parameters
    ----------
    photo : (H, W, 3) ndarray of uint8 or uint16
        sRGB code values, RGB order; sides from 1 to 16384 px.
    taps : sequence of int, optional
        Symmetric low-pass filter along both axes in units of 1/16384, from
        `lowpass_taps`, for a photo that the frame shows reduced. Odd length, sum
        16384, sum of absolute values at most 65536.
    scale : {"light", "code"}, optional
        What is averaged when photos are sampled and blended: linear light, or sRGB
        code values as in older tools.
    cover : (H, W) ndarray of int16, optional
        From `cover_of`: where it is 32767 and that of other photos is 0, only this
        photo is shown.

    Attributes
    ----------
    width, height : int
        Size of the photo in px.
    samples : (H + 3, W + 3, 4) ndarray of int16
        32767 - 2·light of every channel, edges replicated by one pixel before and
        two behind; the fourth channel holds 32767 - 2·cover, with a
        cover of 0 where none is given. Read-only. On the scale "code", "light"
        means the code value.

    Raises
    ------
    InputError
        If the photo or the taps are invalid.
    """

    __slots__ = ("covers", "height", "samples", "scale", "width")

    def __init__(
        self,
        photo: npt.NDArray[Any],
        *,
        taps: Sequence[int] = NO_LOWPASS,
        scale: str = "light",
        cover: Int16 | None = None,
    ) -> None:
        check_photo(photo)
        if scale not in SCALES:
            raise InputError(
                f"unknown scale {scale!r}",
                where="scale",
                allowed=f"allowed are {' and '.join(SCALES)}",
            )
        self.scale = scale
        kernel = checked_taps(taps)
        self.height, self.width = int(photo.shape[0]), int(photo.shape[1])
        pad = PAD_BEFORE + PAD_AFTER
        self.samples: Int16 = np.empty((self.height + pad, self.width + pad, 4), "i2")
        pixels = np.ascontiguousarray(photo)
        table = decode_table(pixels.dtype.name, scale)
        (native() or oracle).prepare(pixels, table, kernel, self.samples)
        self.covers = cover is not None and bool(cover.any())
        if self.covers and cover is not None:
            if cover.shape != photo.shape[:2] or cover.dtype != np.int16:
                raise InputError(
                    f"a cover of {cover.dtype} and shape {cover.shape}",
                    where="cover",
                    allowed=f"int16, shape {photo.shape[:2]}",
                )
            padded = np.pad(cover, (PAD_BEFORE, PAD_AFTER), mode="edge")
            self.samples[..., 3] = WHITE - 2 * padded.astype(np.int32)
        self.samples.setflags(write=False)

    def __repr__(self) -> str:
        return f"Source({self.width} x {self.height} px)"


def lowpass_taps(scale: float) -> tuple[int, ...]:
    """Return the low-pass filter for a photo that is shown reduced.

    A Gaussian of sigma = sqrt(scale² - 1) / 2 photo pixels, integrated over each
    pixel. A pixel counts as a blur of sigma 1/2, so that the filtered photo is as
    blurred in the frame as an unfiltered one shown at its own size: 29 % of contrast
    is left at the frame's Nyquist frequency and 0.7 % at its sampling frequency.

    Parameters
    ----------
    scale : float
        Photo pixels per frame pixel, at most 64; 1 or less needs no filter.

    Returns
    -------
    tuple of int
        Symmetric taps in units of 1/16384, of odd length and sum 16384.

    Raises
    ------
    InputError
        If the scale is not a positive number of at most 64.

    Examples
    --------
    >>> lowpass_taps(0.8)
    (16384,)
    >>> lowpass_taps(2)
    (32, 650, 3936, 7148, 3936, 650, 32)
    """
    if not 0.0 < scale <= MAX_SCALE:
        raise InputError(
            f"a scale of {scale} photo pixels per frame pixel",
            where="lowpass_taps",
            allowed=f"allowed is more than 0 and at most {MAX_SCALE:g}",
            remedy="use a larger frame or a smaller photo",
        )
    if scale <= 1.0:
        return NO_LOWPASS
    sigma = math.sqrt(scale * scale - 1.0) / 2.0

    def beyond(x: float) -> int:
        """Return the weight of the filter to the right of x, rounded."""
        return round(ONE * math.erfc(x / (sigma * math.sqrt(2.0))) / 2.0)

    side: list[int] = []
    while rest := beyond(len(side) + 0.5):
        side.append(rest - beyond(len(side) + 1.5))
    return (*reversed(side), ONE - 2 * sum(side), *side)


def check_photo(photo: npt.NDArray[Any]) -> None:
    """Raise InputError unless the photo is an (H, W, 3) uint8 or uint16 array."""
    where = "photo"
    if photo.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"the values are {photo.dtype}",
            where=where,
            allowed="allowed are uint8 and uint16 sRGB code values",
        )
    if photo.ndim != 3 or photo.shape[2] != 3:
        raise InputError(
            f"an array of shape {photo.shape}",
            where=where,
            allowed="a photo has the shape (height, width, 3)",
        )
    if not (1 <= photo.shape[0] <= MAX_SIDE and 1 <= photo.shape[1] <= MAX_SIDE):
        raise InputError(
            f"{photo.shape[1]} x {photo.shape[0]} px",
            where=where,
            allowed=f"a side has 1 to {MAX_SIDE} px",
            remedy="reduce or crop the photo",
        )


def checked_taps(taps: Sequence[int]) -> Int16:
    """Return the low-pass filter as int16 or raise InputError."""
    kernel = np.asarray(taps)
    integers = kernel.dtype.kind in "iu" and kernel.ndim == 1
    if (
        not integers
        or kernel.size % 2 == 0
        or kernel.size > MAX_TAPS
        or int(np.abs(kernel).sum()) > MAX_TOTAL_WEIGHT
        or int(np.abs(kernel).max()) >= 2 * ONE
        or int(kernel.sum()) != ONE
        or bool((kernel != kernel[::-1]).any())
    ):
        raise InputError(
            f"a low-pass filter of {kernel.tolist()}",
            where="taps",
            allowed="allowed is a symmetric list of an odd number of integers, at most "
            f"{MAX_TAPS}, of the sum {ONE} and the absolute sum {MAX_TOTAL_WEIGHT}",
            remedy="use lowpass_taps",
        )
    return np.ascontiguousarray(kernel, np.int16)
