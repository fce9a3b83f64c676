"""The programs that decode photographs, named with their versions.

Most formats hold every pixel. A JPEG or a WebP holds frequencies, and how they are
rounded and how colours are enlarged is up to the program: with another library, or
another release of one, pixels may differ by some units.
"""

import re
from functools import cache
from importlib import metadata

from PIL import features

#: Format of the content -> library that Pillow decodes it with, and its feature.
_LIBRARIES = {"TIFF": ("libtiff", "libtiff"), "WebP": ("libwebp", "webp")}
#: What a version may hold: it is printed on terminals.
_ODD = re.compile(r"[^0-9A-Za-z._+-]+")


@cache
def decoder_of(kind: str, bit_depth: int = 8, *, had_profile: bool = False) -> str:
    """Return what decodes a photograph here: libraries with their versions.

    Parameters
    ----------
    kind : str
        Format of its content: a value of `SUFFIXES`.
    bit_depth : {8, 16}, optional
    had_profile : bool, optional
        Whether it has a colour profile, which is converted to sRGB.

    Examples
    --------
    >>> decoder_of("PNG").split()[0]
    'Pillow'
    """
    if bit_depth == 16:
        import cv2

        return _named("OpenCV", cv2.__version__)
    parts = [_named("Pillow", _installed("Pillow"))]
    if kind == "JPEG":
        parts.append(_jpeg())
    elif kind == "HEIC":
        parts.append(_named("pillow-heif", _installed("pillow-heif")))
    elif kind in _LIBRARIES:
        name, feature = _LIBRARIES[kind]
        parts.append(_named(name, features.version(feature)))
    if had_profile:
        parts.append(_named("LittleCMS", features.version("littlecms2")))
    return ", ".join(parts)


def _jpeg() -> str:
    """Return the library that Pillow decodes JPEG with."""
    turbo = features.version("libjpeg_turbo")
    if turbo:
        return _named("libjpeg-turbo", turbo)
    return _named("libjpeg", features.version("jpg"))


def _installed(distribution: str) -> str | None:
    """Return the version of an installed distribution."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _named(name: str, version: str | None) -> str:
    """Return a name with a version, without anything that no version holds."""
    return f"{name} {_ODD.sub('', version or '') or 'unknown'}"
