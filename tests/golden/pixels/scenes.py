"""Small scenes that go through every rule from frozen nodes to the bytes of a file.

Photographs, meshes and outlines come from integer formulas, so that the scenes are the
same with every version of every library. Run as a program, it adds the hashes of this
machine to ``hashes.json`` under the present number of the pixel specification::

    python tests/golden/pixels/scenes.py

Hashes that stand there already are never replaced: whoever changes a pixel raises
``PIXEL_SPECIFICATION`` first.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from morphkit.morph.framing import in_grey, inside_landmarks, padded
from morphkit.morph.integer_weights import integer_shares, integer_weights
from morphkit.morph.masks import MaskShape, fade
from morphkit.morph.normalise import MATCHINGS, SetImage
from morphkit.morph.normalise.light import Line, on_photo
from morphkit.pixels import (
    DETAILS,
    SAMPLINGS,
    RenderJob,
    Source,
    blend_nodes,
    cover_of,
    encode_png,
    render,
    render_samples,
    spec,
)

GOLDEN = Path(__file__).with_name("hashes.json")
#: Width and height of a frame; photographs are larger than it or smaller.
SIZE = 44, 38
#: A soft edge of 5 px and a low-pass filter, in units of 1/16384.
FEATHER = (1820, 3641, 5462, 3641, 1820)
LOWPASS = (32, 650, 3936, 7148, 3936, 650, 32)


def photo(seed: int, size: tuple[int, int] = (50, 46), dtype: type = np.uint8) -> Any:
    """Return a picture of slopes, blocks and grain."""
    width, height = size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    channels = []
    for channel in range(3):
        mixed = (x * 2654435761 + y * 40503 + (7 * seed + channel) * 974711) % 2**32
        mixed = (mixed ^ (mixed >> 13)) * 1274126177 % 2**32
        grain = (mixed >> 16) % 64
        slope = 2 * x + (3 + seed) * y + 30 * channel
        blocks = 90 * (((x + 3 * seed) // 11 + y // 9) % 2)
        channels.append((slope + blocks + grain) % 256)
    codes = np.stack(channels, axis=2)
    if dtype is np.uint16:
        return (codes * 257 - (codes * 91) % 200).clip(0, 65535).astype(np.uint16)
    return codes.astype(np.uint8)


def mesh(seed: int, size: tuple[int, int] = SIZE, by: int = 0) -> tuple[Any, Any]:
    """Return nodes and triangles of a grid, inner nodes moved by up to `by`."""
    width, height = size
    xs = np.arange(6) * 256 * width // 5 - 128
    ys = np.arange(5) * 256 * height // 4 - 128
    nodes = np.stack(np.meshgrid(xs, ys), axis=-1)
    if by:
        k = np.arange(nodes[1:-1, 1:-1].size).reshape(nodes[1:-1, 1:-1].shape)
        nodes[1:-1, 1:-1] += (k * 7919 + seed * 104729) % (2 * by + 1) - by
    first = (np.arange(4)[:, None] * 6 + np.arange(5)).ravel()
    upper = np.stack([first, first + 1, first + 7], axis=1)
    lower = np.stack([first, first + 7, first + 6], axis=1)
    triangles = np.stack([upper, lower], axis=1).reshape(-1, 3)
    return nodes.reshape(-1, 2).astype(np.int32), triangles.astype(np.int32)


def holed(nodes: Any, triangles: Any, move: int = 0) -> tuple[Any, Any]:
    """Return a mesh with a hole, a rim of two triangles above it and a sheet behind.

    The sheet comes first, then the rim; `move` moves the sheet aside.
    """
    corners = [8, 9, 15, 14]
    a, b, c, d = nodes[corners].astype(int)
    rim = np.array([a + (d - a) // 6, b + (c - b) // 6])
    away = 300 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    sheet = np.array([a, b, c, d]) + away + [move, 0]
    n = len(nodes)
    first = [[n + 2, n + 3, n + 4], [n + 2, n + 4, n + 5], [8, 9, n + 1], [8, n + 1, n]]
    gone = np.isin(triangles, corners).all(axis=1)
    every = np.concatenate([nodes, rim, sheet]).astype(np.int32)
    return every, np.concatenate([first, triangles[~gone]]).astype(np.int32)


def chequers(seed: int, n: int = 2) -> list[Any]:
    """Return photographs of single black and white pixels, each unlike the others."""
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    found = []
    for k in range(n):
        mixed = (x * 2654435761 + y * 40503 + (seed + k) * 974711) % 2**32
        grain = ((mixed ^ (mixed >> 13)) * 1274126177 >> 16) % 2
        codes = 255 * ((x + y + k) % 2 if n == 2 else grain)
        found.append(np.repeat(codes[..., None], 3, axis=2).astype(np.uint8))
    return found


def steep(weights: tuple[int, ...], **options: Any) -> Any:
    """Return a frame in which detail comes up against every limit."""
    nodes, triangles = mesh(0)
    photos = chequers(1, len(weights))
    sources = [Source(each) for each in photos]
    every = [nodes] * len(weights)
    return render(
        RenderJob(sources, every, nodes, triangles, weights, size=SIZE, **options)
    )


def ring(centre: tuple[int, int], radius: int) -> Any:
    """Return an eight-cornered outline."""
    corners = [(5, 0), (4, 3), (0, 5), (-4, 3), (-5, 0), (-4, -3), (0, -5), (3, -4)]
    return (np.array(corners) * radius // 5 + centre).astype(np.int32)


def frames(
    weights: tuple[int, ...],
    *,
    covers: bool = False,
    scale: str = "light",
    dtypes: tuple[type, ...] = (np.uint8, np.uint8),
    taps: tuple[int, ...] = (spec.ONE,),
    draw: Callable[[RenderJob], Any] = render,
    textured: bool = False,
    colour: tuple[int, ...] | None = None,
    hole: bool = False,
    **options: Any,
) -> Any:
    """Return a frame of as many photographs as there are weights."""
    sizes = [(50, 46), (61, 40), (44, 52)][: len(weights)]
    sources, nodes = [], []
    for k, size in enumerate(sizes):
        outlines = [ring((256 * (17 + 3 * k), 256 * 16), 1700 + 300 * k)]
        cover = cover_of(outlines, size, FEATHER) if covers and k != 1 else None
        dtype = dtypes[k % len(dtypes)]
        sources.append(
            Source(photo(k, size, dtype), taps=taps, scale=scale, cover=cover)
        )
        nodes.append(mesh(k, size, by=500)[0])
    _, triangles = mesh(0)
    places = [mesh(5 + k, by=400)[0] for k in range(len(weights))]
    if hole:
        nodes = [holed(one, triangles, 700 * k)[0] for k, one in enumerate(nodes)]
        places = [holed(one, triangles)[0] for one in places]
        triangles = holed(mesh(0)[0], triangles)[1]
        options["behind"] = 4
    frame = blend_nodes(places, weights)
    mixed = colour or weights
    texture = weights if textured else None
    job = RenderJob(
        *(sources, nodes, frame, triangles, mixed),
        size=SIZE,
        texture=texture,
        **options,
    )
    return draw(job)


def rendered() -> Iterator[tuple[str, Any]]:
    """Yield frames of one, two and three photographs, in every way to render."""
    half = integer_weights(0.5)
    for sampling in SAMPLINGS:
        yield f"plain {sampling}", frames(integer_weights(0.3), sampling=sampling)
    for scale in spec.SCALES:
        for detail in DETAILS:
            for level in (0.0, 0.125, 0.5, 0.9, 1.0, 1.4):
                yield (
                    f"{scale} {detail} {level}",
                    frames(integer_weights(level), scale=scale, detail=detail),
                )
    yield from openings()
    yield from holes()
    yield "16 bits", frames(half, dtypes=(np.uint16, np.uint16), detail="level")
    yield "8 and 16 bits", frames(half, dtypes=(np.uint8, np.uint16))
    yield "reduced", frames(half, taps=LOWPASS, detail="level")
    three = integer_shares((0.5, 0.3, 0.2))
    yield "three photographs", frames(three, covers=True)
    for covers in (False, True):
        for scale in spec.SCALES:
            options = {"covers": covers, "scale": scale, "textured": True}
            name = f"texture {'covers' if covers else 'plain'} {scale}"
            yield name, frames(three, **options)
            own = integer_shares((1.2, -0.5, 0.3))
            yield f"{name} own", frames(three, colour=own, **options)
    yield from differences()
    for level in (0.3, 0.5):
        yield f"steep {level}", steep(integer_weights(level), detail="level")
    sixteen = integer_shares((1 / 16,) * 16)
    yield "steep texture", steep(sixteen, texture=sixteen)
    yield "samples", frames(half, draw=render_samples, detail="level", covers=True)


def openings() -> Iterator[tuple[str, Any]]:
    """Yield frames with a cover, in every shade, with and without triangles behind."""
    for level in (0.1, 0.5, 0.8):
        for shaded in (False, True):
            weights = integer_weights(level)
            options = {"covers": True, "shaded": shaded, "detail": "level"}
            name = f"opening {'shaded' if shaded else 'plain'} {level}"
            yield name, frames(weights, **options)
            yield f"{name} code", frames(weights, scale="code", **options)
        options = {"covers": True, "shaded": True}
        yield f"opening deep {level}", frames(weights, behind=0, **options)
    # Only the first photograph has a cover, which fades where its weight is small.
    for scale in spec.SCALES:
        for detail in DETAILS:
            options = {"covers": True, "shaded": True, "behind": 17, "scale": scale}
            frame = frames(integer_weights(0.8), detail=detail, **options)
            yield f"opening behind {scale} {detail}", frame


def holes() -> Iterator[tuple[str, Any]]:
    """Yield frames with a hole, whose edges are smooth."""
    for level in (0.3, 0.8):
        for scale in spec.SCALES:
            for detail in DETAILS:
                options = {"shaded": True, "scale": scale, "detail": detail}
                frame = frames(
                    integer_weights(level), hole=True, covers=True, **options
                )
                yield f"hole {scale} {detail} {level}", frame
    half = integer_weights(0.5)
    yield "hole plain", frames(half, hole=True, detail="level")
    yield "hole one photograph", frames(integer_weights(0.0), hole=True)
    yield "hole bilinear", frames(half, hole=True, sampling="bilinear")
    three = integer_shares((0.5, 0.3, 0.2))
    yield "hole three photographs", frames(three, hole=True, covers=True)
    yield "hole texture", frames(three, hole=True, covers=True, textured=True)


def differences() -> Iterator[tuple[str, Any]]:
    """Yield frames with the difference between two photographs added to a third."""
    three = integer_shares((0.5, 0.3, 0.2))
    added = integer_shares((1.0, -0.7, 0.7))
    for covers in (False, True):
        for textured in (False, True):
            for scale in spec.SCALES:
                name = f"difference {'covers' if covers else 'plain'} {scale}"
                options = {"covers": covers, "scale": scale, "textured": textured}
                change = (0, *added[1:])
                yield (
                    f"{name} textured" if textured else name,
                    frames(three, colour=added, change=change, **options),
                )


def finished() -> Iterator[tuple[str, Any]]:
    """Yield what masks, framing and matching make of frames."""
    frame = frames(integer_weights(0.4), detail="level")
    outline = ring((256 * 21, 256 * 18), 3300)
    mask = MaskShape(outline, np.array(FEATHER, np.int16))
    cover = mask.cover(SIZE)
    yield "cover", cover
    yield "masked", fade(frame, cover, (128, 20, 77))
    yield "padded", padded(frame[3:-2, 4:-1], (2, 0, 5, 3), (9, 128, 250))
    light = frames(integer_weights(0.4), draw=render_samples)
    yield "grey", spec.encode_table()[in_grey(light)]
    inside = inside_landmarks(outline, SIZE)
    yield "inside landmarks", inside.astype(np.uint8)
    yield "photograph on a line", on_photo(photo(1), Line(18000, -300, 0, 500))
    levels = (0.0, 0.3, 0.65, 1.0)
    lights = [frames(integer_weights(t), draw=render_samples) for t in levels]
    for name, matching in MATCHINGS.items():
        shown = [
            SetImage("a", k, levels[k], in_grey(each), inside, cover > 0)
            if matching.grey
            else SetImage("a", k, levels[k], each, inside)
            for k, each in enumerate(lights)
        ]
        for rescale in (0, 1, 2) if name in ("shine-sf", "shine-spectrum") else (0,):
            learned = matching.learn(lambda shown=shown: iter(shown), rescale)
            changed = [matching.change(each, learned) for each in shown]
            yield f"match {name} {rescale}", np.stack(changed)


def tables() -> Iterator[tuple[str, Any]]:
    """Yield the tables that photographs are decoded and frames encoded with."""
    for scale in spec.SCALES:
        for dtype in ("uint8", "uint16"):
            yield f"decode {dtype} {scale}", spec.decode_table(dtype, scale)
        yield f"encode {scale}", spec.encode_table(scale)
        yield f"slopes {scale}", spec.slope_table(scale)
    for sampling in SAMPLINGS:
        yield f"taps {sampling}", spec.tap_table(sampling)


def files() -> Iterator[tuple[str, bytes]]:
    """Yield PNG files of 8 and 16 bits, in colour and grey, of runs and of grain."""
    colour, deep = photo(3), photo(4, dtype=np.uint16)
    flat = np.full((40, 400, 3), 77, np.uint8)
    flat[5:20, 50:300] = 200
    # One row whose differences are as uneven as Fibonacci's numbers: the longest codes.
    counts = [2, 3]  # the end of the block and the filter stand once each
    while len(counts) < 17:
        counts.append(counts[-1] + counts[-2])
    steps = np.repeat(np.arange(len(counts)) * 13 % 256, counts)
    steps = steps[np.arange(len(steps)) * 5077 % len(steps)]
    skewed = (np.cumsum(steps) % 256).astype(np.uint8)[None]
    for name, image in (
        ("skewed", skewed),
        ("colour", colour),
        ("16 bits", deep),
        ("grey", np.ascontiguousarray(colour[..., 1])),
        ("grey of 16 bits", np.ascontiguousarray(deep[..., 0])),
        ("runs", flat),
        ("few rows", colour[:3]),
        ("one pixel", colour[:1, :1]),
    ):
        yield f"file {name}", encode_png(image)


def hashes() -> dict[str, str]:
    """Return the SHA-256 of every scene by its name, arrays as little-endian bytes."""
    found: dict[str, str] = {}
    for part in (tables, rendered, finished, files):
        for name, value in part():
            assert name not in found, name
            found[name] = _sha256(value)
    return found


def _sha256(value: Any) -> str:
    """Return the hash of a file, or of shape, type and values of an array."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
    head = f"{little.dtype.name} {little.shape}".encode()
    return hashlib.sha256(head + little.tobytes()).hexdigest()


def add_hashes() -> str:
    """Add the hashes of new scenes, and say how many; refuse to replace any.

    Raises
    ------
    SystemExit
        If a scene has another hash than stands there under the present number.
    """
    golden = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.is_file() else {}
    known = golden.setdefault(str(spec.PIXEL_SPECIFICATION), {})
    found = hashes()
    changed = [name for name in found if known.get(name, found[name]) != found[name]]
    if changed:
        raise SystemExit(
            f"{len(changed)} scenes have other pixels ({', '.join(changed[:3])}); "
            f"raise PIXEL_SPECIFICATION above {spec.PIXEL_SPECIFICATION} first"
        )
    added = len(found) - len(known)
    known.update(found)
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", "utf-8")
    return f"{added} hashes added under {spec.PIXEL_SPECIFICATION}"


if __name__ == "__main__":
    print(add_hashes())  # noqa: T201 - a program
