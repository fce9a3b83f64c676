"""Image file headers, read before anything is decoded.

Decoders treat truncated files differently; some fill the rest with grey. Completeness
is therefore checked here, from the structure of the file.
"""

import struct
import zlib

from morphkit.errors import InputError

ORIENTATION = 274

_PNG = b"\x89PNG\r\n\x1a\n"
_STARTS = {
    b"\xff\xd8\xff": "JPEG",
    _PNG: "PNG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"II+\x00": "BigTIFF",
    b"MM\x00+": "BigTIFF",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"%PDF": "PDF",
    b"8BPS": "Photoshop",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"#?RADIANCE": "Radiance HDR",
    b"v/1\x01": "OpenEXR",
}
_BRANDS = {
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"heim": "HEIC",
    b"heis": "HEIC",
    b"mif1": "HEIC",
    b"avif": "AVIF",
    b"avis": "AVIF",
    b"hevc": "HEIC sequence",
    b"msf1": "HEIC sequence",
    b"crx ": "Canon raw",
}


def identify(data: bytes) -> str:
    """Return the name of the image format of `data`, "" if it is not an image.

    Examples
    --------
    >>> identify(b"GIF89a...")
    'GIF'
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "")
    return next((k for start, k in _STARTS.items() if data.startswith(start)), "")


def check_complete(data: bytes, kind: str) -> None:
    """Refuse a JPEG, PNG, WebP or BMP that is truncated or structurally damaged.

    Raises
    ------
    InputError
        If the end of the image is missing or a PNG chunk has a wrong checksum.
    """
    whole = {
        "JPEG": _jpeg_is_complete,
        "PNG": _png_is_complete,
        "WebP": _webp_is_complete,
        "BMP": _bmp_is_complete,
    }.get(kind)
    if whole and not whole(data):
        raise InputError(
            f"the {kind} file is truncated or damaged: its end is missing",
            remedy="copy or export it again",
        )


def _jpeg_is_complete(data: bytes) -> bool:
    """Return whether an end-of-image marker follows the start of the scan."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return False
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            return data.find(b"\xff\xd9", at) >= 0
    return False


def _png_is_complete(data: bytes) -> bool:
    """Return whether all chunks are present and the critical ones undamaged."""
    at = len(_PNG)
    while at + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if end > len(data):
            return False
        stored = int.from_bytes(data[end - 4 : end], "big")
        if name[:1].isupper() and zlib.crc32(data[at + 4 : end - 4]) != stored:
            return False
        if name == b"IEND":
            return True
        at = end
    return False


def _webp_is_complete(data: bytes) -> bool:
    """Return whether the file is as long as its header says."""
    return int.from_bytes(data[4:8], "little") + 8 <= len(data)


def _bmp_is_complete(data: bytes) -> bool:
    """Return whether the rows of an uncompressed bitmap are all there."""
    if len(data) < 26:
        return False
    start, head = struct.unpack_from("<II", data, 10)
    if head == 12:  # OS/2
        width, height, _, bits = struct.unpack_from("<4H", data, 18)
        compression = 0
    else:
        if len(data) < 34:
            return False
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression not in (0, 3):
        raise InputError(
            "the BMP file is compressed",
            allowed="uncompressed bitmaps",
            remedy="export it as PNG",
        )
    stride = (abs(width) * bits + 31) // 32 * 4
    return bool(start + stride * abs(height) <= len(data))


def bmp_profile(data: bytes) -> bytes:
    """Return the colour profile that a BMP embeds, b"" for none.

    Raises
    ------
    InputError
        If it declares colours in another way.
    """
    (head,) = struct.unpack_from("<I", data, 14)
    if head < 108 or len(data) < 14 + head:
        return b""
    kind = data[70:74][::-1]
    if kind == b"MBED" and head >= 124:
        at, length = struct.unpack_from("<II", data, 14 + 112)
        return data[14 + at : 14 + at + length]
    own = kind == bytes(4) and any(data[74:110])
    if own or kind in (b"LINK", b"MBED"):
        raise InputError(
            "the BMP file declares colours of its own",
            allowed="sRGB, or an embedded colour profile",
            remedy="export it as a PNG in sRGB",
        )
    return b""


def png_chunks(data: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a PNG before its pixels, by name; the first of each."""
    found: dict[bytes, bytes] = {}
    at = len(_PNG)
    while at + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        if name == b"IDAT":
            break
        found.setdefault(name, data[at + 8 : at + 8 + length])
        at += 12 + length
    return found


def png_bits(data: bytes) -> int:
    """Return the bits per sample of a PNG."""
    return data[24] if len(data) > 24 else 0


def reset_tiff_orientation(data: bytes) -> bytes:
    """Return a TIFF with its orientation tag set to 1, otherwise the same bytes.

    Decoders disagree on whether they apply the tag; with 1 there is nothing to apply.
    """
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        (tag,) = struct.unpack_from(order + "H", data, entry)
        if tag == ORIENTATION:
            upright = struct.pack(order + "HHIHH", tag, 3, 1, 1, 0)
            return data[:entry] + upright + data[entry + 12 :]
    return data
