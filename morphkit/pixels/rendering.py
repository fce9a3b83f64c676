"""Frames from photos and a mesh: arguments checked, then the chosen implementation.

Conventions
-----------
Node positions are int32 in units of 1/256 px; the centre of the top-left pixel is
(0, 0); x right, y down. A frame of width W and height H is covered by a mesh whose
border lies at -128 and 256·W - 128 units (half a pixel outside the outer centres).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError
from morphkit.pixels import detail_oracle, oracle
from morphkit.pixels.backend import native
from morphkit.pixels.source import Source
from morphkit.pixels.spec import (
    HALF,
    MAX_NODE,
    MAX_SIDE,
    MAX_SOURCES,
    MAX_TOTAL_WEIGHT,
    ONE,
    ONE_BITS,
    SHADED,
    WHITE,
    Int16,
    Int32,
    UInt8,
    encode_table,
    tap_table,
)

SAMPLINGS = ("bicubic", "bilinear")
DETAILS = ("plain", "level")


def render(
    sources: Sequence[Source],
    nodes: Sequence[npt.NDArray[Any]],
    frame_nodes: npt.NDArray[Any],
    triangles: npt.NDArray[Any],
    weights: Sequence[int],
    *,
    size: tuple[int, int],
    sampling: str = "bicubic",
    detail: str = "plain",
    shaded: bool = False,
) -> UInt8:
    """Return the frame: every photo warped by the mesh, blended in linear light.

    Parameters
    ----------
    sources : sequence of Source
        1 to 256 photos.
    nodes : sequence of (n, 2) ndarray of int
        Mesh nodes in each photo, in units of 1/256 px.
    frame_nodes : (n, 2) ndarray of int
        Mesh nodes in the frame, in units of 1/256 px.
    triangles : (m, 3) ndarray of int
        Node indices. Where triangles overlap, the last one is seen.
    weights : sequence of int
        Weight of each photo in units of 1/16384, of the sum 16384; below 0 and above
        16384 for caricatures. The sum of the absolute values is at most 65536.
    size : tuple of int
        Width and height of the frame in px.
    sampling : {"bicubic", "bilinear"}
        How photos are interpolated.
    detail : {"plain", "level"}
        Whether fine structure that blending two photos averages away is made up for,
        so that it is as strong as in the photos on average. A frame of one photo, or
        beyond the ends, is the same either way.
    shaded : bool, optional
        Whether what one of two photos shows alone falls into shade as its weight falls,
        as what is seen through an opening does while it closes. On the scale "code"
        nothing does.

    Returns
    -------
    (height, width, 3) ndarray of uint8
        sRGB code values, RGB order; the same bits on every machine.

    Raises
    ------
    InputError
        If an argument is not of the kind described, a coordinate lies beyond
        16384 px, or a pixel of the frame is in no triangle.

    Examples
    --------
    >>> photo = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    >>> corners = np.array([[-128, -128], [896, -128], [896, 1152], [-128, 1152]])
    >>> frame = render([Source(photo)], [corners], corners, [[0, 1, 2], [0, 2, 3]],
    ...                [16384], size=(4, 5))
    >>> bool((frame == photo).all())
    True
    """
    (frame,) = _draw(
        sources,
        nodes,
        frame_nodes,
        triangles,
        weights,
        None,
        size=size,
        sampling=sampling,
        detail=detail,
        shaded=shaded,
    )
    return frame


def render_samples(
    sources: Sequence[Source],
    nodes: Sequence[npt.NDArray[Any]],
    frame_nodes: npt.NDArray[Any],
    triangles: npt.NDArray[Any],
    weights: Sequence[int],
    *,
    size: tuple[int, int],
    sampling: str = "bicubic",
    detail: str = "plain",
    shaded: bool = False,
) -> Int16:
    """Return the frame before it is rounded to 8 bits, for measuring.

    Both implementations write what they have rendered through a table of 8 bits; two
    tables together, one of the upper and one of the lower bits, hold all 15.

    Parameters
    ----------
    sources, nodes, frame_nodes, triangles, weights, size, sampling, detail, shaded
        As for `render`, and so are the errors.

    Returns
    -------
    (height, width, 3) ndarray of int16
        Samples from 0 to 32767 on the scale of the sources; `encode_table` of them is
        the frame that `render` returns.
    """
    bits = np.arange(WHITE + 1)
    upper, lower = _draw(
        sources,
        nodes,
        frame_nodes,
        triangles,
        weights,
        ((bits >> 7).astype(np.uint8), (bits & 127).astype(np.uint8)),
        size=size,
        sampling=sampling,
        detail=detail,
        shaded=shaded,
    )
    return np.asarray((upper.astype(np.int16) << 7) | lower)


def _draw(
    sources: Sequence[Source],
    nodes: Sequence[npt.NDArray[Any]],
    frame_nodes: npt.NDArray[Any],
    triangles: npt.NDArray[Any],
    weights: Sequence[int],
    tables: Sequence[UInt8] | None,
    *,
    size: tuple[int, int],
    sampling: str,
    detail: str,
    shaded: bool,
) -> list[UInt8]:
    """Return the frame written through every table, or encoded; see `render`."""
    width, height = _checked_size(size)
    shares = checked_weights(weights, len(sources), "sources")
    frame = _checked_nodes(frame_nodes, "frame_nodes")
    if len(nodes) != len(sources):
        raise InputError(
            f"{len(nodes)} arrays for {len(sources)} sources",
            where="nodes",
            allowed="one array per source",
        )
    places = [_checked_nodes(array, f"nodes[{k}]") for k, array in enumerate(nodes)]
    for k, array in enumerate(places):
        if len(array) != len(frame):
            raise InputError(
                f"{len(array)} nodes, but the frame has {len(frame)}",
                where=f"nodes[{k}]",
                allowed="every node has one position in the frame and in each photo",
            )
    mesh = _checked_triangles(triangles, len(frame))
    if sampling not in SAMPLINGS:
        raise InputError(
            f"unknown sampling {sampling!r}",
            where="sampling",
            allowed=f"allowed are {' and '.join(SAMPLINGS)}",
        )
    scales = {source.scale for source in sources}
    if len(scales) > 1:
        raise InputError(
            f"the sources have the scales {', '.join(sorted(scales))}",
            where="sources",
            allowed="photos are blended on one scale",
        )
    seen = [k for k, share in enumerate(shares) if share]  # the others add nothing
    used = tuple(shares[k] for k in seen)
    scene = (
        tuple(sources[k].samples for k in seen),
        tuple(places[k] for k in seen),
        frame,
        mesh,
        used,
        tap_table(sampling),
    )
    covered = int(any(sources[k].covers for k in seen))
    scale = scales.pop()
    if covered and shaded and scale == "light":
        covered = SHADED
    tables = tables or [encode_table(scale)]
    images: list[UInt8] = [np.empty((height, width, 3), np.uint8) for _ in tables]
    level = _checked_detail(detail, len(used)) == "level"
    if level and len(used) == 2 and min(used) > 0:
        uncovered, first = _write_level(scene, covered, tables, images)
    else:
        engine = native() or oracle
        for table, image in zip(tables, images, strict=True):
            uncovered, first = engine.render(*scene, table, image, covered)
    if uncovered:
        y, x = divmod(first, width)
        raise InputError(
            f"{uncovered} of {width * height} pixels of the frame are in no triangle, "
            f"the first at ({x}, {y})",
            where="frame_nodes",
            allowed="the mesh must cover the frame",
            remedy="let its border reach from -128 to 256·width - 128 and "
            "256·height - 128 units or further",
        )
    return images


def _write_level(
    scene: tuple[Any, ...],
    covered: int,
    tables: Sequence[UInt8],
    images: Sequence[UInt8],
) -> tuple[int, int]:
    """Write a frame of two photos, its detail level, and return the report of `render`.

    It is drawn once, and written through every table.
    """
    engine = native() or detail_oracle
    planes: Int16 = np.empty((*images[0].shape[:2], 4), np.int16)
    uncovered, first = engine.render_planes(*scene, planes, covered)
    if not uncovered:
        for table, image in zip(tables, images, strict=True):
            engine.level(planes, scene[4], table, image)
    return uncovered, first


def blend_nodes(nodes: Sequence[npt.NDArray[Any]], weights: Sequence[int]) -> Int32:
    """Return the weighted mean of node positions, rounded half up.

    Parameters
    ----------
    nodes : sequence of (n, 2) ndarray of int
        Positions in units of 1/256 px, one array per photo.
    weights : sequence of int
        In units of 1/16384, as for `render`.

    Returns
    -------
    (n, 2) ndarray of int32
        floor((sum of weight · position) / 16384 + 1/2); the order of the photos does
        not matter.

    Raises
    ------
    InputError
        If weights or positions are not of the kind described.

    Examples
    --------
    >>> blend_nodes([np.array([[0, 1]]), np.array([[256, 2]])], [12288, 4096])
    array([[64,  1]], dtype=int32)
    """
    shares = checked_weights(weights, len(nodes), "arrays of nodes")
    arrays = [_checked_nodes(array, f"nodes[{k}]") for k, array in enumerate(nodes)]
    total = np.full(arrays[0].shape, HALF, np.int64)
    for k, (array, share) in enumerate(zip(arrays, shares, strict=True)):
        if array.shape != total.shape:
            raise InputError(
                f"{len(array)} nodes, but the first has {len(total)}",
                where=f"nodes[{k}]",
                allowed="all arrays have the same nodes",
            )
        total += share * array.astype(np.int64)
    return (total >> ONE_BITS).astype(np.int32)


def checked_weights(weights: Sequence[int], count: int, what: str) -> list[int]:
    """Return the weights as Python integers or raise InputError."""
    array = np.asarray(weights)
    if array.dtype.kind not in "iu" or array.shape != (count,) or not count:
        raise InputError(
            f"{list(weights)} for {count} {what}",
            where="weights",
            allowed="one integer in units of 1/16384 for each, at least one",
        )
    shares: list[int] = array.tolist()
    total = sum(abs(share) for share in shares)
    wide = any(not -32768 <= share <= 32767 for share in shares)
    if count > MAX_SOURCES:
        raise InputError(
            f"{count} {what}", where="weights", allowed=f"at most {MAX_SOURCES}"
        )
    if sum(shares) != ONE or total > MAX_TOTAL_WEIGHT or wide:
        raise InputError(
            f"{shares}, of the sum {sum(shares)} and the absolute sum {total}",
            where="weights",
            allowed=f"the sum is {ONE}, the absolute sum at most {MAX_TOTAL_WEIGHT}, "
            "each within -32768 and 32767",
        )
    return shares


def _checked_detail(detail: str, count: int) -> str:
    """Return the way detail is treated or raise InputError."""
    if detail not in DETAILS:
        raise InputError(
            f"unknown detail {detail!r}",
            where="detail",
            allowed=f"allowed are {' and '.join(DETAILS)}",
        )
    if detail == "level" and count > 2:
        raise InputError(
            f"{count} photos of a weight other than 0",
            where="detail",
            allowed="detail is kept level between two photos",
            remedy='use detail="plain"',
        )
    return detail


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return width and height or raise InputError."""
    width, height = size
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise InputError(
            f"{width} x {height} px",
            where="size",
            allowed=f"a side of a frame has 1 to {MAX_SIDE} px",
        )
    return int(width), int(height)


def _checked_nodes(nodes: npt.NDArray[Any], where: str) -> Int32:
    """Return node positions as an array of our own or raise InputError."""
    array = np.asarray(nodes)
    if array.dtype.kind not in "iu" or array.ndim != 2 or array.shape[1] != 2:
        raise InputError(
            f"an array of {array.dtype} and shape {array.shape}",
            where=where,
            allowed="nodes are integers in units of 1/256 px, shape (n, 2)",
        )
    beyond = (array < -MAX_NODE) | (array > MAX_NODE)
    if beyond.any():
        k = int(np.flatnonzero(beyond.any(axis=1))[0])
        raise InputError(
            f"node {k} is at {(array[k] / 256).tolist()} px",
            where=where,
            allowed=f"coordinates are within {-MAX_SIDE} and {MAX_SIDE} px",
        )
    return np.array(array, np.int32, order="C")


def _checked_triangles(triangles: npt.NDArray[Any], count: int) -> Int32:
    """Return node indices as an array of our own or raise InputError."""
    array = np.asarray(triangles)
    if array.dtype.kind not in "iu" or array.ndim != 2 or array.shape[1] != 3:
        raise InputError(
            f"an array of {array.dtype} and shape {array.shape}",
            where="triangles",
            allowed="triangles are integers, shape (m, 3)",
        )
    if array.size and (array.min() < 0 or array.max() >= count):
        raise InputError(
            f"node indices from {array.min()} to {array.max()}, with {count} nodes",
            where="triangles",
            allowed=f"indices are from 0 to {count - 1}",
        )
    return np.array(array, np.int32, order="C")
