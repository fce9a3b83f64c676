"""Reading photographs and writing PNG: the only package that decodes images."""

from morphkit.faces.images.read import (
    MAX_PIXELS,
    MAX_SIDE,
    SUFFIXES,
    Photo,
    apply_orientation,
    pixel_sha256,
    read_image,
    read_photo,
    write_png,
)

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE",
    "SUFFIXES",
    "Photo",
    "apply_orientation",
    "pixel_sha256",
    "read_image",
    "read_photo",
    "write_png",
]
