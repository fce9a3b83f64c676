"""Photographs with transparent parts, put on a background in linear light.

Conventions
-----------
A background is ``#rrggbb`` in sRGB. Light is that of the pixel specification, 0 to
32767, so the result is the same on every machine.
"""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, Mask, frozen
from morphkit.errors import InputError
from morphkit.pixels.spec import decode_table, encode_table, encode_table_16

#: The background where nothing else is said, as in recipes.
BACKGROUND = "#808080"

_OPAQUE = 65535

Array = npt.NDArray[Any]


def on_background(image: Image, mask: Mask | None, background: str) -> Image:
    """Return an image with what shines through its transparent parts.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values, not multiplied by the mask.
    mask : ndarray, shape (H, W), dtype float32, or None
        1 where the image is opaque; None is opaque everywhere.
    background : str
        ``#rrggbb``.

    Returns
    -------
    ndarray, shape (H, W, 3)
        Of the dtype of `image`. Opaque pixels keep every bit, whatever is wholly
        transparent is the background, and the light in between is mixed.

    Raises
    ------
    InputError
        If the background is not a colour.
    """
    if mask is None:
        return image
    if not re.fullmatch("#[0-9a-fA-F]{6}", background):
        raise InputError(
            "the photograph is transparent in part, and the background "
            f'"{background}" is not a colour that can be put behind it',
            allowed="a colour: #rrggbb",
            remedy='set background = "#808080" or another colour under [frame], or '
            "export the photograph without transparency",
        )
    decode = decode_table(image.dtype.name)
    encode: Array = encode_table_16() if image.dtype == np.uint16 else encode_table()
    times = int(np.iinfo(image.dtype).max) // 255
    behind = np.array([times * c for c in bytes.fromhex(background[1:])], image.dtype)
    share = np.rint(mask * np.float32(_OPAQUE)).astype(np.int64)
    result = np.array(image)
    result[share == 0] = behind
    edge = (share > 0) & (share < _OPAQUE)
    part = share[edge][:, None]
    light = part * decode[image[edge]].astype(np.int64)
    light += (_OPAQUE - part) * decode[behind].astype(np.int64)
    result[edge] = encode[(light + _OPAQUE // 2) // _OPAQUE]
    return frozen(result)


def key_alpha(data: bytes, samples: Array, bits: int) -> Array | None:
    """Return the alpha of a grey PNG in which one grey is transparent, else None.

    Decoders compare the key with samples that they have scaled already (Pillow, of 2
    and 4 bits), or leave it out (OpenCV, of 16 bits).

    Parameters
    ----------
    data : bytes
        Content of the tRNS chunk.
    samples : ndarray, shape (H, W)
        Grey as decoded: 0 to 255, or 0 to 65535 of 16 bits.
    bits : int
        Bits per sample in the file.
    """
    if len(data) != 2:
        return None
    top = (1 << bits) - 1
    full = int(np.iinfo(samples.dtype).max)
    key = (int.from_bytes(data, "big") & top) * (full // top)
    return np.asarray(np.where(samples == key, 0, full), samples.dtype)


def not_multiplied(samples: Array, alpha: Array) -> Array:
    """Return 16-bit samples that were multiplied by their alpha as they were before.

    Parameters
    ----------
    samples : ndarray, shape (H, W, 3), dtype uint16
    alpha : ndarray, shape (H, W), dtype uint16
    """
    share = np.maximum(alpha, 1).astype(np.int64)[:, :, None]
    whole = (samples.astype(np.int64) * _OPAQUE + share // 2) // share
    return np.asarray(np.minimum(whole, _OPAQUE), np.uint16)
