"""Alpha, palettes and colour profiles: from the content of an 8-bit file to sRGB.

Conventions
-----------
Colour profiles are converted with the relative colorimetric intent and black point
compensation. A profile that changes no colour by more than `SAME_PROFILE` codes counts
as sRGB and leaves every bit unchanged.
"""

import io
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageCms

from morphkit.errors import InputError

SAME_PROFILE = 2
BLACK_POINT: Any = 0x2000  # LittleCMS: cmsFLAGS_BLACKPOINTCOMPENSATION

Array = npt.NDArray[Any]


def without_alpha(source: Pillow.Image) -> tuple[Pillow.Image, Array | None]:
    """Return the image in a mode without alpha or palette, and its alpha."""
    image: Pillow.Image = source
    if image.mode in ("PA", "RGBa") or (
        image.mode in ("1", "L", "P", "RGB") and "transparency" in image.info
    ):
        image = image.convert("RGBA")
    elif image.mode == "La":
        image = image.convert("LA")
    plain = {"RGBA": "RGB", "LA": "L", "1": "L"}
    plain |= {"P": "RGB", "YCbCr": "RGB", "RGBX": "RGB"}
    alpha = np.asarray(image.getchannel("A")) if image.mode in ("RGBA", "LA") else None
    if image.mode in plain:
        image = image.convert(plain[image.mode])
    if image.mode not in ("L", "RGB", "CMYK", "LAB"):
        raise InputError(
            f"pixels of the mode {image.mode}",
            allowed="grey, RGB, palette, CMYK or Lab, with or without alpha",
            remedy="export it as an 8- or 16-bit RGB image",
        )
    return image, alpha


def to_srgb(image: Pillow.Image, data: bytes) -> Pillow.Image:
    """Return an image of mode L, RGB, CMYK or LAB as sRGB."""
    if image.mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _converted(image, lab)
    if not data:
        return image.convert("RGB")
    profile = _profile(data)
    space = colour_space(data)
    if space == "RGB" and image.mode == "L":
        image = image.convert("RGB")
    if space != {"L": "GRAY"}.get(image.mode, image.mode):
        raise InputError(
            f"the colour profile is for {space}, the pixels are {image.mode}",
            remedy="export the image with a matching profile, or as sRGB",
        )
    if space != "CMYK" and is_srgb(data):
        return image.convert("RGB")
    return _converted(image, profile)


def colour_space(data: bytes) -> str:
    """Return the colour space of an ICC profile, such as RGB, GRAY or CMYK."""
    return data[16:20].decode("latin-1").strip()


def _profile(data: bytes) -> ImageCms.ImageCmsProfile:
    """Return the embedded profile."""
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(data))
    except (OSError, ImageCms.PyCMSError, TypeError, ValueError):
        raise InputError(
            "the embedded colour profile cannot be read",
            remedy="export the image as sRGB",
        ) from None


def _converted(image: Pillow.Image, profile: ImageCms.ImageCmsProfile) -> Pillow.Image:
    """Return `image` converted from `profile` to sRGB."""
    converted: Pillow.Image | None
    try:
        converted = ImageCms.profileToProfile(
            image,
            profile,
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=BLACK_POINT,
        )
    except ImageCms.PyCMSError as error:
        raise InputError(
            f"the embedded colour profile cannot be used ({error})",
            remedy="export the image as sRGB",
        ) from None
    if converted is None:
        raise InputError("the colour conversion gave no image")
    return converted


@lru_cache(maxsize=16)
def is_srgb(data: bytes) -> bool:
    """Return whether a profile maps a grid of colours as sRGB does.

    This is measured, not read from the description, which is free text: different
    profiles have the same one.
    """
    profile = _profile(data)
    ramp = np.arange(256, dtype=np.uint8)
    if colour_space(data) == "GRAY":
        before = Pillow.fromarray(ramp[None])
    else:
        steps = np.linspace(0, 255, 17).astype(np.uint8)
        grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
        greys = np.repeat(ramp[:, None], 3, axis=1)
        before = Pillow.fromarray(np.concatenate([grid, greys])[None])
    after = np.asarray(_converted(before, profile)).astype(int)
    change = np.abs(after - np.asarray(before.convert("RGB")))
    return bool(change.max() <= SAME_PROFILE)
