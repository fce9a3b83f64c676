"""Frozen masks, and fading into the background in integers.

Conventions
-----------
A cover is 0 (background only) to 32767 (image only). Light is linear, 0 to 32767.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image, Nodes, frozen
from morphkit.errors import InputError
from morphkit.pixels import cover_of
from morphkit.pixels.spec import (
    ONE,
    WHITE,
    Int16,
    decode_table,
    encode_table,
    encode_table_16,
)


@dataclass(frozen=True, eq=False)
class MaskShape:
    """The mask of a continuum, frozen.

    Parameters
    ----------
    outline : ndarray, shape (n, 2), dtype int32
        Closed, in the frame, in units of 1/256 pixel.
    feather : ndarray, shape (m,), dtype int16
        Symmetric filter with the sum 16384, from `feather_taps`.

    Raises
    ------
    InputError
        If an array has the wrong shape, dtype or sum.
    """

    outline: Nodes
    feather: Int16

    def __post_init__(self) -> None:
        outline, feather = self.outline, self.feather
        fits = (
            outline.ndim == 2
            and outline.shape[1] == 2
            and len(outline) >= 3
            and outline.dtype == np.int32
            and feather.ndim == 1
            and feather.size % 2 == 1
            and feather.dtype == np.int16
            and int(feather.sum()) == ONE
        )
        if not fits:
            raise InputError("the arrays of a mask do not fit together")
        object.__setattr__(self, "outline", frozen(outline))
        object.__setattr__(self, "feather", frozen(feather))

    @property
    def reach(self) -> int:
        """Distance over which the mask fades beyond its outline, pixels."""
        return len(self.feather) // 2 + 1

    def cover(self, size: tuple[int, int]) -> Int16:
        """Return the cover of a frame of size (width, height); shape (H, W)."""
        return cover_of([self.outline], size, self.feather.tolist())


def feather_taps(width: int) -> Int16:
    """Return the filter that fades an edge over a number of pixels.

    Parameters
    ----------
    width : int
        Pixels from full cover to none across a straight edge; 0 and 1 leave the edge
        sharp.

    Returns
    -------
    ndarray, shape (n,), dtype int16
        Symmetric, of odd length, with the sum 16384: a raised cosine, so that the fade
        starts and ends smoothly.
    """
    side = width // 2
    turn = np.pi * np.arange(-side, side + 1) / (side + 1)
    weights = 1.0 + fixed_order.directions(turn)[:, 0]
    taps = np.rint(weights * (ONE / fixed_order.total(weights))).astype(np.int16)
    taps[side] += ONE - int(taps.sum())
    return taps


def in_depth_of(frame: Image, colour: tuple[int, int, int]) -> npt.NDArray[Any]:
    """Return 8-bit code values as they are in a frame of 8 or 16 bits."""
    times = int(np.iinfo(frame.dtype).max) // 255
    return np.array([times * code for code in colour], frame.dtype)


def fade(frame: Image, cover: Int16, background: tuple[int, int, int]) -> Image:
    """Return the frame faded into a background colour in linear light.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    cover : ndarray, shape (H, W), dtype int16
        0 to 32767.
    background : (int, int, int)
        sRGB code values of 8 bits.

    Returns
    -------
    ndarray, shape (H, W, 3), of the dtype of `frame`
        (cover·light + (32767 - cover)·background) / 32767, rounded to nearest, encoded.
        Where the cover is 32767, the frame is unchanged, bit for bit.
    """
    decode = decode_table(frame.dtype.name)
    deep = frame.dtype == np.uint16
    encode: npt.NDArray[Any] = encode_table_16() if deep else encode_table()
    colour = in_depth_of(frame, background)
    result: npt.NDArray[Any] = np.array(frame)
    result[cover == 0] = colour
    edge = (cover > 0) & (cover < WHITE)
    share = cover[edge].astype(np.int64)[:, None]
    behind = decode[colour].astype(np.int64)
    light = decode[frame[edge]].astype(np.int64)
    mixed = (share * light + (WHITE - share) * behind + WHITE // 2) // WHITE
    result[edge] = encode[mixed]
    return result
