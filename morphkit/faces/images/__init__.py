"""Reading photographs and writing PNG: the only package that decodes images."""

from morphkit.faces.images.decoders import decoder_of
from morphkit.faces.images.headers import identify, png_bits
from morphkit.faces.images.orientation import apply_orientation, turn_points
from morphkit.faces.images.read import (
    MAX_PIXELS,
    MAX_SIDE,
    SUFFIXES,
    Photo,
    pixel_sha256,
    read_image,
    read_photo,
    write_png,
)
from morphkit.faces.images.transparency import BACKGROUND

__all__ = [
    "BACKGROUND",
    "MAX_PIXELS",
    "MAX_SIDE",
    "SUFFIXES",
    "Photo",
    "apply_orientation",
    "decoder_of",
    "identify",
    "pixel_sha256",
    "png_bits",
    "read_image",
    "read_photo",
    "turn_points",
    "write_png",
]
