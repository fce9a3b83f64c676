"""Colours that a file declares without a profile: in EXIF, or in chunks of a PNG.

Cameras that are set to Adobe RGB mostly embed no profile; they say so in EXIF. A PNG
names its primaries and curve in the chunks cICP, or gAMA and cHRM. Such a declaration
becomes an ICC profile of the same primaries, so that there is one way to convert
colours.

References
----------
DCF 2.0 (CIPA DC-009), the optional colour space; Adobe RGB (1998) Color Image Encoding;
Portable Network Graphics, third edition, 4.3; ITU-T H.273, colour primaries and
transfer characteristics; ICC.1:2022, annex E, chromatic adaptation.
"""

import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags
from PIL import Image as Pillow

from morphkit.errors import InputError

Chromaticity = tuple[float, float]

_D65 = (0.3127, 0.3290)
_D50_XYZ = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [
        [0.8951, 0.2664, -0.1614],
        [-0.7502, 1.7135, 0.0367],
        [0.0389, -0.0685, 1.0296],
    ]
)
#: How far a chromaticity may be off and still be the one that is meant.
_NEAR = 0.002
#: The sRGB curve as the parameters of an ICC parametric curve of type 3.
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


@dataclass(frozen=True)
class Colours:
    """Primaries, white and curve of a colour space.

    Parameters
    ----------
    red, green, blue, white : (float, float)
        CIE 1931 x, y.
    gamma : float or None, optional
        Exponent from code to light; None is the curve of sRGB.
    """

    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity = _D65
    gamma: float | None = None


_SRGB = Colours((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_ADOBE_RGB = Colours((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), gamma=563 / 256)
#: Primaries by their number in H.273; 5 and 6 are taken as sRGB, as in HEIC.
_PRIMARIES = {
    1: _SRGB,
    5: _SRGB,
    6: _SRGB,
    9: Colours((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: Colours((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
#: Exponents by the number of the curve in H.273; that of video is seen as sRGB's.
_CURVES = {1: None, 4: 2.2, 5: 2.8, 6: None, 8: 1.0, 13: None, 14: None, 15: None}


def declared_profile(source: Pillow.Image, chunks: dict[bytes, bytes]) -> bytes:
    """Return an ICC profile of the colours that a file declares, b"" for sRGB.

    Parameters
    ----------
    source : Image
        An opened file that embeds no profile.
    chunks : mapping of bytes to bytes
        Chunks of a PNG by name; empty for other formats.

    Raises
    ------
    InputError
        If the declaration is incomplete, contradicts itself, or is of a high dynamic
        range.
    """
    if b"cICP" in chunks:
        colours = _of_cicp(chunks[b"cICP"])
    elif b"sRGB" in chunks:
        return b""
    elif b"cHRM" in chunks or b"gAMA" in chunks:
        colours = _of_primaries(chunks)
    else:
        colours = _of_exif(source)
    return b"" if colours == _SRGB else _profile(colours)


def _of_cicp(data: bytes) -> Colours:
    """Return what a cICP chunk declares."""
    numbers = tuple(data[:4])
    primaries, curve, matrix, full_range = (*numbers, 0, 0, 0, 0)[:4]
    if (
        primaries not in _PRIMARIES
        or curve not in _CURVES
        or (matrix, full_range) != (0, 1)
    ):
        raise InputError(
            f"the PNG declares its colours by the numbers {numbers} (cICP)",
            allowed="sRGB, Display P3 or BT.2020 of full range; no high dynamic range",
            remedy="export it as sRGB",
        )
    known = _PRIMARIES[primaries]
    return Colours(known.red, known.green, known.blue, known.white, _CURVES[curve])


def _of_primaries(chunks: dict[bytes, bytes]) -> Colours:
    """Return what the chunks gAMA and cHRM declare together."""
    gamma = _gamma(chunks.get(b"gAMA", b""))
    primaries = _chromaticities(chunks.get(b"cHRM", b""))
    if primaries is None or _near(primaries, _SRGB):
        if gamma is None or abs(gamma - 1 / 2.2) <= 0.01:
            return _SRGB
        raise InputError(
            f"the PNG declares a gamma of {gamma:.3f}",
            allowed="sRGB (0.455), or an embedded colour profile",
            remedy="export it as sRGB",
        )
    if gamma is None or not 0.3 <= gamma <= 1:
        raise InputError(
            "the PNG declares primaries other than those of sRGB (cHRM), and "
            + ("no gamma" if gamma is None else f"a gamma of {gamma:.3f}"),
            allowed="primaries with a gamma (gAMA) from 0.3 to 1, or an embedded "
            "colour profile",
            remedy="export it as sRGB",
        )
    red, green, blue, white = primaries
    return Colours(red, green, blue, white, 1 / gamma)


def _gamma(data: bytes) -> float | None:
    """Return the value of a gAMA chunk, None if there is none."""
    return struct.unpack(">I", data)[0] / 100_000 if len(data) == 4 else None


def _chromaticities(data: bytes) -> tuple[Chromaticity, ...] | None:
    """Return red, green, blue and white of a cHRM chunk, None if there is none."""
    if len(data) != 32:
        return None
    values = [value / 100_000 for value in struct.unpack(">8I", data)]
    white, red, green, blue = zip(values[::2], values[1::2], strict=True)
    found = (red, green, blue, white)
    if any(not 0 < y <= 1 or not 0 <= x <= 1 for x, y in found):
        raise InputError(
            "the PNG declares primaries that are no colours (cHRM)",
            remedy="export it as sRGB",
        )
    return found


def _near(found: tuple[Chromaticity, ...], known: Colours) -> bool:
    """Return whether chromaticities are those of a colour space."""
    wanted = (known.red, known.green, known.blue, known.white)
    return bool(np.abs(np.subtract(found, wanted)).max() <= _NEAR)


def _of_exif(source: Pillow.Image) -> Colours:
    """Return what EXIF declares: sRGB, or Adobe RGB as DCF has it."""
    exif = source.getexif()
    told, inner = exif.get_ifd(ExifTags.IFD.Exif), {}
    with suppress(KeyError):  # of Pillow before 11, where either part is missing
        inner = exif.get_ifd(ExifTags.IFD.Interop)
    space = told.get(ExifTags.Base.ColorSpace)
    index = inner.get(ExifTags.Interop.InteropIndex)
    name = index.decode("latin-1") if isinstance(index, bytes) else str(index or "")
    name = name.strip("\0 ")
    adobe = name == "R03" or space == 2  # 2: not in the standard, but of cameras
    if adobe and space != 1:
        return _ADOBE_RGB
    if adobe or (space == 0xFFFF and name != "R98"):
        raise InputError(
            "the colours are not known: its EXIF says "
            + ("both sRGB and Adobe RGB" if adobe else '"not sRGB" and no more')
            + ", and no colour profile is embedded",
            allowed="sRGB, Adobe RGB by EXIF (index R03), or an embedded profile",
            remedy="export it as sRGB, or with its profile",
        )
    return _SRGB


@lru_cache(maxsize=16)
def _profile(colours: Colours) -> bytes:
    """Return a matrix profile (ICC version 4) of a colour space."""
    tags: dict[bytes, bytes] = {
        b"desc": _text("declared"),
        b"cprt": _text("CC0"),
        b"wtpt": _xyz(_D50_XYZ),
    }
    for letter, column in zip(b"rgb", _to_d50(colours).T, strict=True):
        tags[bytes([letter]) + b"XYZ"] = _xyz(column)
        tags[bytes([letter]) + b"TRC"] = _curve(colours.gamma)
    table, content = b"", b""
    for name, data in tags.items():
        at = 128 + 4 + 12 * len(tags) + len(content)
        table += name + struct.pack(">II", at, len(data))
        content += data + b"\0" * (-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s",
        128 + 4 + len(table) + len(content),
        bytes(4),
        0x04300000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
    )
    head += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp"
    head += bytes(28) + b"".join(map(_fixed, _D50_XYZ))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + content


def _to_d50(colours: Colours) -> npt.NDArray[np.float64]:
    """Return the matrix from linear RGB to XYZ, adapted to D50 (Bradford)."""
    columns = [_xyz_of(c) for c in (colours.red, colours.green, colours.blue)]
    primaries = np.array(columns).T
    white = _xyz_of(colours.white)
    try:
        amounts = np.linalg.solve(primaries, white)
    except np.linalg.LinAlgError:
        raise InputError(
            "the PNG declares primaries that lie on one line (cHRM)",
            remedy="export it as sRGB",
        ) from None
    cones = (_BRADFORD @ _D50_XYZ) / (_BRADFORD @ white)
    adapt = np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD
    return np.asarray(adapt @ primaries * amounts)


def _xyz_of(place: Chromaticity) -> npt.NDArray[np.float64]:
    """Return the XYZ of a chromaticity at Y = 1."""
    x, y = place
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(value: float) -> bytes:
    """Return a number as s15Fixed16."""
    return struct.pack(">i", round(float(value) * 65536))


def _xyz(values: npt.NDArray[Any]) -> bytes:
    """Return an XYZ tag."""
    return b"XYZ \0\0\0\0" + b"".join(map(_fixed, values))


def _curve(gamma: float | None) -> bytes:
    """Return a parametric curve tag: a power, or the curve of sRGB."""
    kind, values = (3, _SRGB_CURVE) if gamma is None else (0, (gamma,))
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + b"".join(map(_fixed, values))


def _text(value: str) -> bytes:
    """Return a text tag in one language."""
    data = value.encode("utf-16-be")
    record = struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(data), 28)
    return b"mluc\0\0\0\0" + record + data
