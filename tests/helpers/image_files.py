"""Image files, byte by byte, as no library writes them."""

import struct
import zlib

import numpy as np


def put(tmp_path, name, data: bytes):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def with_chunk(png: bytes, name: bytes, data: bytes) -> bytes:
    return png[:33] + chunk(name, data) + png[33:]


def tiff_16(array, byte_order: str = "<", **changed: object) -> bytes:
    """Return an uncompressed 16-bit TIFF with any tags."""
    height, width = array.shape[:2]
    channels = 1 if array.ndim == 2 else array.shape[2]
    pixels = array.astype(byte_order + "u2").tobytes()
    tags: dict[int, tuple[str, list[int]]] = {
        256: ("H", [width]),
        257: ("H", [height]),
        258: ("H", [16] * channels),
        259: ("H", [1]),
        262: ("H", [1 if channels < 3 else 2]),
        273: ("I", [8]),
        277: ("H", [channels]),
        278: ("H", [height]),
        279: ("I", [len(pixels)]),
    }
    if channels in (2, 4):
        tags[338] = ("H", [2])
    tags |= {int(k[1:]): ("H", v) for k, v in changed.items()}
    start = 8 + len(pixels)
    extra_at = start + 2 + 12 * len(tags) + 4
    extra, entries = b"", b""
    for tag in sorted(tags):
        kind, values = tags[tag]
        data = struct.pack(f"{byte_order}{len(values)}{kind}", *values)
        code = {"H": 3, "I": 4}[kind]
        if len(data) > 4:
            place = struct.pack(byte_order + "I", extra_at + len(extra))
            extra, data = extra + data, place
        entries += struct.pack(byte_order + "HHI", tag, code, len(values))
        entries += data.ljust(4, b"\0")
    head = b"II*\0" if byte_order == "<" else b"MM\0*"
    ifd = struct.pack(byte_order + "H", len(tags)) + entries + b"\0\0\0\0"
    return head + struct.pack(byte_order + "I", start) + pixels + ifd + extra


def raw_png(samples, colour: int, bits: int, *chunks: bytes) -> bytes:
    """Return a PNG of given samples, its colour type, and chunks before its pixels."""
    height, width = samples.shape[:2]
    flat = samples.reshape(height, -1)
    if bits == 16:
        rows = [row.astype(">u2").tobytes() for row in flat]
    else:
        texts = ["".join(f"{v:0{bits}b}" for v in row) for row in flat]
        texts = [text + "0" * (-len(text) % 8) for text in texts]
        rows = [int(text, 2).to_bytes(len(text) // 8, "big") for text in texts]
    stream = zlib.compress(b"".join(b"\0" + row for row in rows))
    size = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", size), *chunks, chunk(b"IDAT", stream), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def with_exif(image, *, space: int | None = None, index: str = "") -> bytes:
    """Return EXIF that says what the colours of an image are."""
    tags = image.getexif()
    if space is not None:
        tags.get_ifd(0x8769)[0xA001] = space
    if index:
        tags.get_ifd(0x8769)[0xA005] = {1: index}
    return tags.tobytes()


def bitmap(rgb, *, head: bytes = b"", bits: int = 24, after: bytes = b"") -> bytes:
    """Return a BMP from the bottom row up; `head` is what follows the 40 bytes."""
    height, width = rgb.shape[:2]
    rows = rgb[::-1, :, ::-1].astype(np.uint8)
    if bits == 32:
        rows = np.dstack([rows, np.zeros(rows.shape[:2], np.uint8)])
    pad = b"\0" * (-width * bits // 8 % 4)
    pixels = b"".join(row.tobytes() + pad for row in rows)
    start = 14 + 40 + len(head)
    info = struct.pack(
        "<IiiHHIIiiII",
        *(40 + len(head), width, height, 1, bits, 0, len(pixels), 2835, 2835, 0, 0),
    )
    total = start + len(pixels) + len(after)
    return (
        struct.pack("<2sIHHI", b"BM", total, 0, 0, start)
        + info
        + head
        + (pixels + after)
    )
