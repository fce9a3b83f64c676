"""Decoding 16-bit PNG and TIFF, whose RGB Pillow would reduce to 8 bits."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import TiffImagePlugin

from morphkit.errors import InputError
from morphkit.faces.images.colours import colour_space, is_srgb
from morphkit.faces.images.headers import (
    ORIENTATION,
    png_bits,
    png_chunks,
    reset_tiff_orientation,
)
from morphkit.faces.images.transparency import key_alpha, not_multiplied

Array = npt.NDArray[Any]

#: What a fourth sample is, as the TIFF tag ExtraSamples has it.
_NO_ALPHA, _MULTIPLIED, _ALPHA = 0, 1, 2


def stored_size(source: Pillow.Image) -> tuple[int, int]:
    """Return width and height before any orientation is applied.

    In some versions of Pillow the ``size`` of a TIFF is already rotated.
    """
    if isinstance(source, TiffImagePlugin.TiffImageFile):
        return int(source.tag_v2[256]), int(source.tag_v2[257])
    return source.size


def decode_16(
    source: Pillow.Image, kind: str, data: bytes, profile: bytes
) -> tuple[Array, Array | None, int]:
    """Return sRGB pixels, alpha and orientation of a 16-bit image.

    Pillow would reduce RGB to 8 bits.
    """
    if profile and not (_fits_16(source, profile) and is_srgb(profile)):
        raise InputError(
            "a 16-bit image with a colour profile other than sRGB",
            allowed="16-bit images must be in sRGB",
            remedy="convert it to sRGB, or export it with 8 bits",
        )
    turn = int(source.getexif().get(ORIENTATION, 1))
    if kind == "TIFF":
        _check_tiff_16(source)
        data = reset_tiff_orientation(data)
    array = _decode_with_opencv(data)
    channels = 1 if array.ndim == 2 else array.shape[2]
    if (
        array.dtype != np.uint16
        or channels == 2
        or array.shape[:2] != stored_size(source)[::-1]
    ):
        raise InputError(
            f"a 16-bit {kind} in this pixel format",
            allowed="16-bit grey, RGB and RGB with alpha",
            remedy="export it as a 16-bit RGB PNG",
        )
    if array.ndim == 2:
        key = png_chunks(data).get(b"tRNS", b"") if kind == "PNG" else b""
        return (
            np.repeat(array[:, :, None], 3, axis=2),
            key_alpha(key, array, png_bits(data)) if key else None,
            turn,
        )
    colours = array[:, :, 2::-1]
    extra = _extra_sample(source) if channels == 4 else _NO_ALPHA
    if extra == _NO_ALPHA:
        return colours, None, turn
    alpha = array[:, :, 3]
    if extra == _MULTIPLIED:
        colours = not_multiplied(colours, alpha)
    return colours, alpha, turn


def _extra_sample(source: Pillow.Image) -> int:
    """Return what the fourth sample is: by the TIFF tag, else plain alpha."""
    if not isinstance(source, TiffImagePlugin.TiffImageFile):
        return _ALPHA
    value = source.tag_v2.get(338, _ALPHA)
    return int(value[0] if isinstance(value, tuple) else value)


def _fits_16(source: Pillow.Image, profile: bytes) -> bool:
    """Return whether the profile is for this pixel format."""
    space = colour_space(profile)
    return space == "RGB" or (space == "GRAY" and source.mode.startswith(("I", "L")))


def _check_tiff_16(source: Pillow.Image) -> None:
    """Refuse 16-bit TIFFs whose colours OpenCV would decode wrongly."""
    if not isinstance(source, TiffImagePlugin.TiffImageFile):
        return
    tags = source.tag_v2
    wanted = {  # tag: name, supported values, default
        258: ("bits", (1, 3, 4), None),
        262: ("photometric interpretation", (1, 2), None),
        284: ("planar configuration", (1,), 1),
        338: ("extra samples", (_NO_ALPHA, _MULTIPLIED, _ALPHA), _ALPHA),
        339: ("sample format", (1,), 1),
    }
    for tag, (name, allowed, default) in wanted.items():
        value = tags.get(tag, default)
        values = value if isinstance(value, tuple) else (value,)
        if tag == 258:
            good = set(values) == {16} and len(values) in allowed
        else:
            good = set(values) <= set(allowed)
        if not good:
            raise InputError(
                f"a 16-bit TIFF with {name} {value}",
                allowed="16-bit grey or RGB, interleaved, with or without alpha",
                remedy="export it as a 16-bit RGB PNG",
            )


def _decode_with_opencv(data: bytes) -> Array:
    """Return the samples as OpenCV decodes them, channels in BGR order."""
    import cv2

    raw = np.frombuffer(data, np.uint8)
    logging: Any = getattr(cv2.utils, "logging", cv2)  # its place in OpenCV 4
    level = logging.getLogLevel()
    logging.setLogLevel(0)
    try:
        array = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise OSError(str(error)) from None
    finally:
        logging.setLogLevel(level)
    if array is None:
        raise OSError("OpenCV cannot decode it")
    return np.asarray(array)
