"""PNG files whose bytes depend on the pixels alone.

No time, text, gamma or profile is written: only IHDR, sRGB (rendering intent 0,
perceptual), IDAT and IEND. The bytes do not depend on the machine, the number of
threads or the version of zlib.
"""

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError
from morphkit.pixels import deflate
from morphkit.pixels.backend import native
from morphkit.pixels.spec import MAX_SIDE, UInt8

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY = 0
RGB = 2


def encode_png(image: npt.NDArray[Any]) -> bytes:
    r"""Return the image as the bytes of a PNG file.

    Parameters
    ----------
    image : (H, W, 3) or (H, W) ndarray of uint8 or uint16
        sRGB code values, RGB order, or grey; sides from 1 to 16384 px.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    InputError
        If the image is invalid.

    Examples
    --------
    >>> file = encode_png(np.zeros((2, 3, 3), np.uint8))
    >>> file[:8], file[37:41]
    (b'\x89PNG\r\n\x1a\n', b'sRGB')
    """
    _check(image)
    height, width = image.shape[:2]
    colour = RGB if image.ndim == 3 else GREY
    big_endian = np.ascontiguousarray(image, image.dtype.newbyteorder(">"))
    rows: UInt8 = big_endian.reshape(height, -1).view(np.uint8)
    pixel_bytes = rows.shape[1] // width
    stream = (native() or deflate).zlib_stream(rows, pixel_bytes)
    depth = 8 * image.dtype.itemsize
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join(
        [
            SIGNATURE,
            *_chunk(b"IHDR", header),
            *_chunk(b"sRGB", b"\x00"),
            *_chunk(b"IDAT", stream),
            *_chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, content: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return the four parts of a PNG chunk."""
    check = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)), kind, content, struct.pack(">I", check)


def _check(image: npt.NDArray[Any]) -> None:
    """Raise InputError unless the image can be written."""
    if image.dtype.name not in ("uint8", "uint16"):
        raise InputError(
            f"the values are {image.dtype}",
            where="image",
            allowed="allowed are uint8 and uint16 sRGB code values",
        )
    if image.ndim != 2 and (image.ndim != 3 or image.shape[2] != 3):
        raise InputError(
            f"an array of shape {image.shape}",
            where="image",
            allowed="an image has the shape (height, width, 3) or (height, width)",
        )
    if not (1 <= image.shape[0] <= MAX_SIDE and 1 <= image.shape[1] <= MAX_SIDE):
        raise InputError(
            f"{image.shape[1]} x {image.shape[0]} px",
            where="image",
            allowed=f"a side has 1 to {MAX_SIDE} px",
        )
