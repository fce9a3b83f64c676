"""Dynamic stimuli: each continuum as a film, lossless (APNG, WebP) or as H.264.

Frames are shown for 40 ms each (25 per second), a time that all three formats represent
exactly; a film plays once and stops at its last frame.

References
----------
APNG is part of PNG, third edition: https://www.w3.org/TR/png-3/
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from morphkit._core.arrays import eight_bit
from morphkit._core.files import write_bytes_atomically, write_text_atomically
from morphkit._core.paths import inside
from morphkit.errors import MissingExtraError
from morphkit.export.adapter import Material
from morphkit.pack.contents import image_of
from morphkit.pixels import encode_png

#: Duration of a frame.
FRAME_MS = 40

Array = npt.NDArray[Any]
Frames = Sequence[Array]

_README = """\
{title}

One film for each continuum, from the first label to the second, {ms} ms a frame, played
once. Frames are the images of the pack in their order.

{formats}
"""
_LOSSLESS = """\
.apng  lossless; the same pixels as the images of the pack
.webp  lossless for 8 bits; images of 16 bits are rounded to 8
Browsers and jsPsych (with render_on_canvas: false) play both; PsychoPy, OpenSesame and
Psychtoolbox do not: use the H.264 films there."""
_H264 = """\
.mp4   H.264, 4:2:0, BT.709, for programs that play films. It is not lossless (mean
       error about 2 of 255 code values): do not measure pixels in it. Where a side is
       odd, the last row or column is repeated once."""


def write_lossless(material: Material, folder: Path) -> None:
    """Write every continuum as APNG and as lossless WebP.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    for name, frames in _films(material):
        write_bytes_atomically(inside(folder, f"{name}.apng"), encode_apng(frames))
        _write_webp(inside(folder, f"{name}.webp"), frames)
    _write_readme(material, folder, _LOSSLESS)


def write_video(material: Material, folder: Path) -> None:
    """Write every continuum as an H.264 film.

    Raises
    ------
    MissingExtraError
        If PyAV is not installed.
    """
    for name, frames in _films(material):
        _write_mp4(inside(folder, f"{name}.mp4"), frames)
    _write_readme(material, folder, _H264)


def _films(material: Material) -> Iterator[tuple[str, Frames]]:
    """Give the name and the frames of each continuum."""
    for continuum in material.pack.continua:
        name = continuum.continuum_id
        rows = material.pack.stimuli_of(name)
        yield name, [image_of(row, material.folder) for row in rows]


def _write_readme(material: Material, folder: Path, formats: str) -> None:
    """Write the description of the films."""
    title = f"Films of {material.pack.name} {material.pack.version}"
    text = _README.format(title=title, ms=FRAME_MS, formats=formats)
    write_text_atomically(folder / "FILMS.txt", text)


def encode_apng(frames: Frames) -> bytes:
    """Return frames as an animated PNG whose bytes depend only on the pixels.

    Each frame is compressed as in `morphkit.pixels.encode_png`; a program without
    support for animation shows the first.

    Parameters
    ----------
    frames : sequence of (H, W, 3) ndarray of uint8 or uint16
        At least one, all of one size.
    """
    height, width = frames[0].shape[:2]
    numbers = iter(range(2 * len(frames)))
    parts: list[bytes] = []
    for index, frame in enumerate(frames):
        chunks = list(_chunks_of(encode_png(frame)))
        control = struct.pack(
            ">IIIIIHHBB", next(numbers), width, height, 0, 0, FRAME_MS, 1000, 0, 0
        )
        if index == 0:
            head = [c for kind, c in chunks if kind in (b"IHDR", b"sRGB")]
            parts += [_chunk(b"IHDR", head[0])]
            parts += [_chunk(b"acTL", struct.pack(">II", len(frames), 1))]
            parts += [_chunk(b"sRGB", head[1])]
        parts.append(_chunk(b"fcTL", control))
        for kind, content in chunks:
            if kind == b"IDAT" and index == 0:
                parts.append(_chunk(b"IDAT", content))
            elif kind == b"IDAT":
                number = struct.pack(">I", next(numbers))
                parts.append(_chunk(b"fdAT", number + content))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND", b"")


def _chunks_of(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the kind and the content of each chunk of a PNG file."""
    place = 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Return a PNG chunk."""
    check = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _write_webp(path: Path, frames: Frames) -> None:
    """Write frames as a lossless animated WebP."""
    images = [Pillow.fromarray(eight_bit(frame)) for frame in frames]
    images[0].save(
        path,
        format="WEBP",
        save_all=True,
        append_images=images[1:],
        duration=FRAME_MS,
        loop=1,
        lossless=True,
        exact=True,
        minimize_size=True,
    )


def _write_mp4(path: Path, frames: Frames) -> None:
    """Write frames as H.264 in one thread, so that bytes repeat on one machine."""
    try:
        import av
    except ImportError:
        raise MissingExtraError("a film in H.264", "video") from None
    rate = Fraction(1000, FRAME_MS)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        height, width = (side + side % 2 for side in frames[0].shape[:2])
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "12", "preset": "slow", "threads": "1"}
        context = stream.codec_context
        context.color_range = 1  # limited, as players expect
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        for frame in frames:
            pixels = _even(eight_bit(frame))
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709"
            )
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _even(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return an image with even sides, which H.264 4:2:0 requires."""
    height, width = image.shape[:2]
    return np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
