"""The job of rendering one frame: photographs, mesh, weights and settings.

Conventions
-----------
Node positions are int32 in units of 1/256 px; the centre of the top-left pixel is
(0, 0); x right, y down. A frame of width W and height H is covered by a mesh whose
border lies at -128 and 256·W - 128 units (half a pixel outside the outer centres).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError
from morphkit.pixels.choices import DETAILS, SAMPLINGS
from morphkit.pixels.oracle import Layers
from morphkit.pixels.source import Source
from morphkit.pixels.spec import (
    DEEP,
    MAX_NODE,
    MAX_SIDE,
    MAX_SOURCES,
    MAX_TOTAL_WEIGHT,
    ONE,
    SHADED,
    Int32,
    tap_table,
)


@dataclass(frozen=True, eq=False)
class RenderJob:
    """A frame to be rendered; all arguments are checked.

    Parameters
    ----------
    sources : sequence of Source
        1 to 256 photos.
    nodes : sequence of (n, 2) ndarray of int
        Mesh nodes in each photo, in units of 1/256 px.
    frame_nodes : (n, 2) ndarray of int
        Mesh nodes in the frame, in units of 1/256 px.
    triangles : (m, 3) ndarray of int
        Node indices. Where triangles overlap, the last one is drawn.
    weights : sequence of int
        Weight of each photo in units of 1/16384, with the sum 16384; below 0 and above
        16384 for caricatures. The sum of the absolute values is at most 65536.
    size : tuple of int
        Width and height of the frame in px.
    sampling : {"bicubic", "bilinear"}, optional
        How photos are interpolated.
    detail : {"plain", "level"}, optional
        Whether fine structure that blending two photos averages away is restored, so
        that it is as strong as in the photos on average. A frame of one photo, or
        beyond the ends, is the same either way.
    shaded : bool, optional
        Whether parts that only one of two photos shows darken as its weight falls, like
        the inside of a closing mouth. It has no effect on the scale "code".
    behind : int, optional
        Number of triangles, the first ones, that show what lies behind others, or move
        with their edges: where `shaded`, covers do not fade there, and the shade is the
        deep one everywhere. By default covers fade and the shade is the older one.
        Those of them that share no node with the others are seen through holes, whose
        edges are smooth in frames of several photos.
    texture : sequence of int, optional
        Share of each photo in the strength of fine structure, like `weights`. Detail
        then follows the method for many photos, and `detail` and `shaded` have no
        effect.
    change : sequence of int, optional
        The part of `weights` that is the difference between two faces, of the sum 0. It
        is added to the rest in proportion to the light there (see
        `morphkit.pixels.difference`); by default it is part of the blend.

    Raises
    ------
    InputError
        If an argument is invalid, or a coordinate lies beyond 16384 px.
    """

    sources: Sequence[Source]
    nodes: Sequence[npt.NDArray[Any]]
    frame_nodes: npt.NDArray[Any]
    triangles: npt.NDArray[Any]
    weights: Sequence[int]
    size: tuple[int, int]
    sampling: str = "bicubic"
    detail: str = "plain"
    shaded: bool = False
    behind: int | None = None
    texture: Sequence[int] | None = None
    change: Sequence[int] | None = None

    def __post_init__(self) -> None:
        n = len(self.sources)
        size = _checked_size(self.size)
        weights = tuple(checked_weights(self.weights, n, "sources"))
        frame = checked_nodes(self.frame_nodes, "frame_nodes")
        nodes = _checked_photo_nodes(self.nodes, n, len(frame))
        triangles = _checked_triangles(self.triangles, len(frame))
        if self.sampling not in SAMPLINGS:
            raise InputError(
                f"unknown sampling {self.sampling!r}",
                where="sampling",
                allowed=f"allowed are {' and '.join(SAMPLINGS)}",
            )
        scales = {source.scale for source in self.sources}
        if len(scales) > 1:
            raise InputError(
                f"the sources have the scales {', '.join(sorted(scales))}",
                where="sources",
                allowed="photos are blended on one scale",
            )
        if self.behind is not None and not 0 <= self.behind <= len(triangles):
            raise InputError(
                f"{self.behind} triangles behind others",
                where="behind",
                allowed=f"0 to {len(triangles)}, the number of triangles",
            )
        _check_detail(self.detail, 0 if self.texture else sum(map(bool, weights)))
        texture = None
        if self.texture is not None:
            texture = tuple(checked_weights(self.texture, n, "sources"))
        change = None if self.change is None else _checked_change(self.change, weights)
        object.__setattr__(self, "change", change)
        for name, value in (
            *(("size", size), ("weights", weights), ("frame_nodes", frame)),
            *(("nodes", nodes), ("triangles", triangles), ("texture", texture)),
        ):
            object.__setattr__(self, name, value)

    @property
    def scale(self) -> str:
        """What is averaged: "light" or "code"."""
        return self.sources[0].scale

    @property
    def seen(self) -> list[int]:
        """Indices of the photos with a nonzero weight; the others add nothing."""
        return [k for k, weight in enumerate(self.weights) if weight]

    @property
    def by_photo(self) -> bool:
        """Whether every photo is sampled alone, before they are mixed."""
        return self.texture is not None or self.change is not None

    @property
    def covered(self) -> int:
        """Code for covers in the engines: 0 none, 1 some, others with a shade."""
        if not any(self.sources[k].covers for k in self.seen):
            return 0
        if not self.shaded or self.scale != "light":
            return 1
        return SHADED if self.behind is None else DEEP

    @property
    def first_behind(self) -> int:
        """Number of triangles, the first ones, in which covers do not fade."""
        return self.behind or 0 if self.shaded else 0

    @property
    def holes(self) -> tuple[int, int]:
        """Numbers of triangles, the first ones: sheets, and sheets with rims of holes.

        Sheets are behind others, and share no node with what is not. A frame of one
        photo has none, so that the ends are the photographs.
        """
        if len(self.seen) < 2:
            return 0, 0
        behind = self.triangles[: self.behind or 0]
        is_joined = np.zeros(len(self.frame_nodes), dtype=bool)
        is_joined[self.triangles[len(behind) :]] = True
        joined = is_joined[behind].any(axis=1)
        sheets = int(joined.argmax()) if joined.any() else len(behind)
        return sheets, len(behind)

    def layers(self) -> Layers:
        """Return what is seen, as the engines take it."""
        seen = self.seen
        return Layers(
            tuple(self.sources[k].samples for k in seen),
            tuple(self.nodes[k] for k in seen),
            self.frame_nodes,
            self.triangles,
            tuple(self.weights[k] for k in seen),
            tap_table(self.sampling),
        )


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


def _checked_change(
    change: Sequence[int], weights: Sequence[int]
) -> tuple[int, ...] | None:
    """Return the part of weights that is a difference; None if there is none."""
    array = np.asarray(change)
    rest = np.asarray(weights) - array if array.shape == (len(weights),) else array
    if array.dtype.kind not in "iu" or array.shape != rest.shape or array.sum():
        raise InputError(
            f"{list(change)} for {len(weights)} sources",
            where="change",
            allowed="one integer in units of 1/16384 for each, with the sum 0",
        )
    checked_weights(rest.tolist(), len(weights), "sources")
    return tuple(array.tolist()) if array.any() else None


def checked_nodes(nodes: npt.NDArray[Any], where: str) -> Int32:
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


def _checked_photo_nodes(
    nodes: Sequence[npt.NDArray[Any]], n_sources: int, n_nodes: int
) -> tuple[Int32, ...]:
    """Return node positions in every photo or raise InputError."""
    if len(nodes) != n_sources:
        raise InputError(
            f"{len(nodes)} arrays for {n_sources} sources",
            where="nodes",
            allowed="one array per source",
        )
    places = [checked_nodes(array, f"nodes[{k}]") for k, array in enumerate(nodes)]
    for k, array in enumerate(places):
        if len(array) != n_nodes:
            raise InputError(
                f"{len(array)} nodes, but the frame has {n_nodes}",
                where=f"nodes[{k}]",
                allowed="every node has one position in the frame and in each photo",
            )
    return tuple(places)


def _check_detail(detail: str, count: int) -> None:
    """Raise InputError if the setting of detail does not suit the number of photos."""
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
