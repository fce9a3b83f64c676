"""The pixel specification in readable NumPy: the oracle of the C extension.

It is also used where the extension cannot be built, so it works in bands of rows and
needs memory for one band only. Both implementations follow
``docs/pixel_specification.md``; names are the same as there.

Conventions
-----------
Arguments were checked by the callers (`morphkit.pixels.job`,
`morphkit.pixels.source`). Node positions are int32 in units of 1/256 px. Coefficients
and positions are "Q32": integers in units of 2^-32 px.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from morphkit.pixels.edges_oracle import finer_samples, mean_of_samples
from morphkit.pixels.spec import (
    BEHIND_FROM,
    DEEP,
    HALF,
    ONE,
    ONE_BITS,
    PAD_AFTER,
    PAD_BEFORE,
    SHADED,
    WHITE,
    WHOLE_FROM,
    Int16,
    Int32,
    Int64,
    UInt8,
)

BAND_PIXELS = 1 << 18
"""Number of pixels processed at a time."""


class Affine(NamedTuple):
    """Maps from the frame to one photo, one per triangle, all (m,) int64.

    The position in the photo is (u, v) = (u0, v0) + (x, y) · matrix, where (x, y)
    counts from the first corner of the triangle.
    """

    ux: Int64
    uy: Int64
    vx: Int64
    vy: Int64
    u0: Int64
    v0: Int64


class Layers(NamedTuple):
    """Warped photos of one frame: the arguments of both implementations, in this order.

    The C functions have flat arguments; the functions of the same name here have the
    same signature, so that they are interchangeable, and collect them in this value.

    Parameters
    ----------
    samples : sequence of (H_i + 3, W_i + 3, 4) ndarray of int16
        The photos, as `prepare` writes them.
    nodes : sequence of (n, 2) ndarray of int32
        Mesh nodes in each photo, 1/256 px.
    frame_nodes : (n, 2) ndarray of int32
        Mesh nodes in the frame, 1/256 px.
    triangles : (m, 3) ndarray of int32
        Node indices.
    weights : tuple of int
        Weight of each photo, 1/16384.
    tap_weights : (256, 4) ndarray of int16
        Weights of the neighbours at every phase, 1/16384.
    """

    samples: Sequence[Int16]
    nodes: Sequence[Int32]
    frame_nodes: Int32
    triangles: Int32
    weights: tuple[int, ...]
    tap_weights: Int16


def prepare(photo: npt.NDArray[Any], table: Int16, taps: Int16, samples: Int16) -> None:
    """Write the samples of a photo: decoded, low-pass filtered, padded.

    Parameters
    ----------
    photo : (H, W, 3) ndarray of uint8 or uint16
    table : (256,) or (65536,) ndarray of int16
        Linear light of every code value.
    taps : (n,) ndarray of int16
        Low-pass filter, 1/16384.
    samples : (H + 3, W + 3, 4) ndarray of int16
        Receives 32767 - 2·light.
    """
    light: Int16 = table[photo]
    if taps.size > 1:
        light = lowpass(lowpass(light, taps, axis=1), taps, axis=0)
    around = (PAD_BEFORE, PAD_AFTER)
    padded = np.pad(light, (around, around, (0, 0)), mode="edge")
    samples[..., :3] = WHITE - 2 * padded.astype(np.int32)
    samples[..., 3] = WHITE  # no cover


def lowpass(light: Int16, taps: Int16, axis: int) -> Int16:
    """Return linear light filtered along one axis, edges replicated.

    Parameters
    ----------
    light : (H, W, 3) ndarray of int16
    taps : (n,) ndarray of int16
        Filter of odd length, 1/16384.
    axis : {0, 1}

    Returns
    -------
    (H, W, 3) ndarray of int16
        Each sum rounded to nearest and clipped to 0 to 32767.
    """
    size = light.shape[axis]
    total = np.full(light.shape, HALF, np.int32)
    for k, tap in enumerate(taps.tolist()):
        neighbours = np.clip(np.arange(size) + k - taps.size // 2, 0, size - 1)
        total += tap * np.take(light, neighbours, axis=axis).astype(np.int32)
    return np.asarray(np.clip(total >> ONE_BITS, 0, WHITE), np.int16)


def render(
    samples: Sequence[Int16],
    nodes: Sequence[Int32],
    frame_nodes: Int32,
    triangles: Int32,
    weights: tuple[int, ...],
    tap_weights: Int16,
    encode: UInt8 | None,
    image: UInt8 | Int16,
    covered: int = 0,
    behind: int = 0,
    sheets: int = 0,
    rims: int = 0,
) -> tuple[int, int]:
    """Write the blend of the warped photos into the image.

    Parameters
    ----------
    samples, nodes, frame_nodes, triangles, weights, tap_weights
        As in `Layers`.
    encode : (32768,) ndarray of uint8, or None
        Code value of every linear light.
    image : (H, W, 3) ndarray of uint8, or of int16 without a table
        Receives the frame, as code values or as linear light.
    covered : int, optional
        1 if any photo has a cover, `SHADED` or `DEEP` if parts that one photo alone
        shows are also shaded.
    behind : int, optional
        Number of triangles, the first ones, in which covers last longer.
    sheets, rims : int, optional
        Number of triangles, the first ones, that are seen through holes, and of these
        together with the rims of holes.

    Returns
    -------
    uncovered : int
        Number of pixels in no triangle; if there are any, the image is undefined.
    first : int
        Index y·W + x of the first of them in reading order, or -1.
    """

    def blend(seen: Sequence[Int32], owner: Int64) -> Int64:
        if covered:
            return blend_covered(seen, weights, covered, owner < behind)
        return blend_plain(seen, weights)

    def write(top: int, bottom: int, light: Int64) -> None:
        written = light if encode is None else encode[light]
        image[top:bottom] = written.reshape(image[top:bottom].shape)

    layers = Layers(samples, nodes, frame_nodes, triangles, weights, tap_weights)
    return draw(layers, (image.shape[0], image.shape[1]), blend, write, (sheets, rims))


def draw(
    layers: Layers,
    size: tuple[int, int],
    blend: Callable[[Sequence[Int32], Int64], Int64],
    write: Callable[[int, int, Int64], None],
    holes: tuple[int, int],
) -> tuple[int, int]:
    """Blend the warped photos, band by band, and return the report of `render`.

    Parameters
    ----------
    layers : Layers
    size : (int, int)
        Height and width of the frame.
    blend : callable
        Receives samples of every photo, and the triangle of each; returns values.
    write : callable
        Receives first row, row after the last, and the values of the pixels there.
    holes : (int, int)
        Number of triangles, the first ones, that are seen through holes, and of these
        together with the rims of holes.
    """
    height, width = size
    triangles = layers.triangles
    corners = layers.frame_nodes.astype(np.int64)[triangles]
    maps = [_affine(n.astype(np.int64)[triangles], corners) for n in layers.nodes]
    uncovered, first = 0, -1
    rows = max(1, BAND_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        owner = _owners(corners, top, bottom, width)
        bare = np.flatnonzero(owner < 0)
        if bare.size and not uncovered:
            first = int(top * width + bare[0])
        uncovered += bare.size
        if uncovered:
            continue
        y, x = np.divmod(np.arange(top * width, bottom * width), width)

        def blend_at(owner: Int64, x: Int64, y: Int64) -> Int64:
            seen = []
            for samples, affine in zip(layers.samples, maps, strict=True):
                u, v = _positions(affine, corners, owner, x, y)
                seen.append(_sample(samples, u, v, layers.tap_weights))
            return blend(seen, owner)

        values = blend_at(owner, 256 * x, 256 * y)
        if holes[0]:
            pixels, *finer = finer_samples(
                corners, holes, (top, bottom), width, _owners
            )
            values[pixels] = mean_of_samples(blend_at(*finer))
        write(top, bottom, values)
    return uncovered, first


def blend_plain(seen: Sequence[Int32], weights: Sequence[int]) -> Int64:
    """Return the blend of samples (n, 4) of every photo, shape (n, 3)."""
    total = np.full((len(seen[0]), 3), HALF, np.int64)
    for sample, weight in zip(seen, weights, strict=True):
        total += weight * sample[:, :3]
    return np.asarray(np.clip(total >> ONE_BITS, 0, WHITE), np.int64)


def presences(weights: Sequence[int], whole_from: int = WHOLE_FROM) -> list[int]:
    """Return the presence of every photo's cover, in units of 1/16384.

    Covers of two photos fade in with the weight: the presence rises linearly from
    nothing at weight 0 to all of it at `whole_from`, so that frames near an end change
    no faster than others. All other covers have full presence.

    Examples
    --------
    >>> presences((14336, 2048))
    [16384, 14044]
    >>> presences((14336, 2048), BEHIND_FROM)
    [16384, 16384]
    """
    if len(weights) != 2 or min(weights) <= 0:
        return [ONE] * len(weights)
    return [
        ONE - (max(whole_from - weight, 0) << ONE_BITS) // (ONE - weight)
        for weight in weights
    ]


def shades(
    weights: Sequence[int], covered: int = SHADED, *, behind: bool = False
) -> list[int]:
    """Return the share of light that every photo loses where shown alone, in 1/16384.

    The inside of an opening falls into the shade of lids or lips as it closes: of the
    weight of the other photo, in which it is closed, it loses 0.35 of the sum of weight
    and square if the shade is `DEEP`, half of the square if it is `SHADED`. What lies
    `behind` others in deep shade loses 0.3 of the weight and 0.7 of its square, and of
    what is left the sixth power of the weight: lashes hide it, and lids that have met
    leave no light.

    Examples
    --------
    >>> shades((12288, 4096)), shades((12288, 4096), DEEP)
    ([512, 4608], [1792, 7526])
    >>> shades((12288, 4096), DEEP, behind=True)
    [1950, 11250]
    """
    if covered not in (SHADED, DEEP) or len(weights) != 2 or min(weights) <= 0:
        return [0] * len(weights)
    others = [ONE - weight for weight in weights]
    if covered == DEEP and behind:
        return [_shade_of_lids(w) for w in others]
    if covered == DEEP:
        return [(7 * w * (ONE + w) + 20 * HALF) // (20 * ONE) for w in others]
    return [(w**2 + ONE) >> (ONE_BITS + 1) for w in others]


def _shade_of_lids(other: int) -> int:
    """Return the share of light that is lost behind lids, in 1/16384."""
    lost = (other * (3 * ONE + 7 * other) + 10 * HALF) // (10 * ONE)
    second = (other * other + HALF) >> ONE_BITS
    fourth = (second * second + HALF) >> ONE_BITS
    sixth = (fourth * second + HALF) >> ONE_BITS
    return lost + (((ONE - lost) * sixth + HALF) >> ONE_BITS)


def blend_covered(
    seen: Sequence[Int32],
    weights: Sequence[int],
    covered: int = 1,
    behind: npt.NDArray[np.bool_] | None = None,
) -> Int64:
    """Return the blend where a photo's cover keeps the others out, shape (n, 3).

    The weight of a photo is multiplied by 32767 less the amount by which its cover,
    times its presence, falls short of the largest. Where all covers are equal, or
    nothing is left to divide by, the blend is the plain one. With shading, the light of
    a photo loses its shade times the amount by which its cover exceeds the others.
    Covers of pixels `behind` have full presence from `BEHIND_FROM` on, and the shade
    of lids.
    """
    result = blend_plain(seen, weights)
    found = np.array([sample[:, 3] for sample in seen], np.int64)
    present = np.array(presences(weights), np.int64)[:, None]
    lost = np.array(shades(weights, covered), np.int64)[:, None]
    if behind is not None:
        lasting = np.array(presences(weights, BEHIND_FROM), np.int64)[:, None]
        present = np.where(behind, lasting, present)
        by_lids = np.array(shades(weights, covered, behind=True), np.int64)[:, None]
        lost = np.where(behind, by_lids, lost)
    covers = (found * present + HALF) >> ONE_BITS
    missing = covers.max(axis=0) - covers
    shares = (WHITE - missing) * np.array(weights, np.int64)[:, None]
    total = shares.sum(axis=0)
    at = np.flatnonzero((found.max(axis=0) > found.min(axis=0)) & (total > 0))
    mixed = np.zeros((at.size, 3), np.int64)
    light = ONE - ((lost * (found - found.min(axis=0)) + ONE) >> (ONE_BITS + 1))
    lit = (shares * light + HALF) >> ONE_BITS
    for sample, share in zip(seen, lit, strict=True):
        mixed += share[at, None] * sample[at, :3]
    mixed = (mixed + total[at, None] // 2) // total[at, None]
    result[at] = np.clip(mixed, 0, WHITE)
    return result


def _cross(a: Int64, b: Int64, c: Int64, d: Int64) -> Int64:
    """Return the determinant a·d - b·c; below 2^47 for differences below 2^23."""
    return a * d - b * c


def _affine(photo: Int64, frame: Int64) -> Affine:
    """Return the map of every triangle from its corners, two (m, 3, 2) arrays."""
    (x1, y1), (x2, y2) = ((frame[:, k] - frame[:, 0]).T for k in (1, 2))
    (u1, v1), (u2, v2) = ((photo[:, k] - photo[:, 0]).T for k in (1, 2))
    det = _cross(x1, y1, x2, y2)
    sign = np.sign(det)
    det = np.where(det == 0, 1, det * sign)  # those of 0 cover no pixel
    return Affine(
        ux=_quotient_q32(sign * _cross(u1, y1, u2, y2), det),
        uy=_quotient_q32(sign * _cross(x1, u1, x2, u2), det),
        vx=_quotient_q32(sign * _cross(v1, y1, v2, y2), det),
        vy=_quotient_q32(sign * _cross(x1, v1, x2, v2), det),
        u0=photo[:, 0, 0],
        v0=photo[:, 0, 1],
    )


def _quotient_q32(numerator: Int64, denominator: Int64) -> Int64:
    """Return floor(2^32 · numerator / denominator) modulo 2^64, denominator < 2^47.

    A sliver may have a coefficient above 2^63, but its positions are still below 2^57,
    so that nothing is lost modulo 2^64.
    """
    whole, rest = np.divmod(numerator, denominator)
    upper, rest = np.divmod(rest << 16, denominator)
    lower = (rest << 16) // denominator
    return _wrap(whole, 1 << 32) + ((upper << 16) + lower)


def _wrap(a: Int64, b: Int64 | int) -> Int64:
    """Return a·b modulo 2^64 as a signed number."""
    product = a.astype(np.uint64) * np.asarray(b).astype(np.uint64)
    return product.view(np.int64)


def _owners(corners: Int64, top: int, bottom: int, width: int) -> Int64:
    """Return the triangle of every pixel from row `top` to `bottom` - 1, or -1.

    Where triangles overlap, it is the one with the highest index.
    """
    triangle, y = _rows(corners, top, bottom)
    left, right = _spans(corners[triangle], y)
    left, right = np.clip(left, 0, width), np.clip(right, 0, width)
    owner = np.full((bottom - top) * width, -1, np.int64)
    length = right - left
    start = (y - top) * width + left
    ends = np.cumsum(length)
    done = 0
    while done < ends.size:  # as many spans as fit into the memory for one band
        upto = np.searchsorted(ends, ends[done] - length[done] + BAND_PIXELS, "right")
        part = slice(done, max(int(upto), done + 1))
        pixel = _ranges(start[part], length[part])
        np.maximum.at(owner, pixel, np.repeat(triangle[part], length[part]))
        done = part.stop
    return owner


def _rows(corners: Int64, top: int, bottom: int) -> tuple[Int64, Int64]:
    """Return all pairs (triangle, row) with Ymin <= 256·row < Ymax in a band."""
    ys = corners[..., 1]
    first = np.clip(_ceil_div(ys.min(axis=1), 256), top, bottom)
    last = np.clip(_ceil_div(ys.max(axis=1), 256), top, bottom)
    count = np.where(_areas(corners) == 0, 0, last - first)
    triangle = np.repeat(np.arange(len(corners)), count)
    return triangle, _ranges(first, count)


def _areas(corners: Int64) -> Int64:
    """Return twice the signed area of every triangle."""
    (x1, y1), (x2, y2) = ((corners[:, k] - corners[:, 0]).T for k in (1, 2))
    return _cross(x1, y1, x2, y2)


def _ranges(start: Int64, count: Int64) -> Int64:
    """Return start, start + 1, … of every entry, `count` numbers each, in one array."""
    before = np.cumsum(count) - count
    offsets: Int64 = np.repeat(start - before, count)
    return offsets + np.arange(offsets.size)


def _ceil_div(numerator: Int64, denominator: Int64 | int) -> Int64:
    """Return the quotient rounded up, for denominators above 0."""
    return np.negative(np.floor_divide(np.negative(numerator), denominator))


def _spans(corners: Int64, y: Int64) -> tuple[Int64, Int64]:
    """Return first pixel and pixel after the last of triangles on rows.

    On a row exactly two edges of a triangle are active; the span goes from the
    smaller to the larger of their crossings, both rounded up.
    """
    left = np.full(y.shape, np.iinfo(np.int64).max)
    right = np.full(y.shape, np.iinfo(np.int64).min)
    for k in range(3):
        a, b = corners[:, k], corners[:, (k + 1) % 3]
        swap = (a[:, 1] > b[:, 1])[:, None]
        (xa, ya), (xb, yb) = np.where(swap, b, a).T, np.where(swap, a, b).T
        active = (ya <= 256 * y) & (256 * y < yb)
        dy = np.where(active, yb - ya, 1)
        crossing = _ceil_div(xa * dy + (256 * y - ya) * (xb - xa), 256 * dy)
        left = np.where(active, np.minimum(left, crossing), left)
        right = np.where(active, np.maximum(right, crossing), right)
    return left, right


def _positions(
    affine: Affine, corners: Int64, owner: Int64, x: Int64, y: Int64
) -> tuple[Int64, Int64]:
    """Return where places of the frame, 1/256 px, are in the photo, Q32, uncut."""
    dx = x - corners[owner, 0, 0]
    dy = y - corners[owner, 0, 1]
    ux, uy, vx, vy, u0, v0 = (column[owner] for column in affine)
    u = (u0 << 24) + ((_wrap(ux, dx) + _wrap(uy, dy)) >> 8) + (1 << 23)
    v = (v0 << 24) + ((_wrap(vx, dx) + _wrap(vy, dy)) >> 8) + (1 << 23)
    return u, v


def _sample(samples: Int16, u: Int64, v: Int64, tap_weights: Int16) -> Int32:
    """Return light and cover of the photo at positions, (n, 4), 0 to 32767.

    Down the columns first, then along the row; both sums are rounded, and only the
    result is clipped to the range.
    """
    height, width = (side - PAD_BEFORE - PAD_AFTER for side in samples.shape[:2])
    u = np.clip(u, 0, (width - 1) << 32)
    v = np.clip(v, 0, (height - 1) << 32)
    along = tap_weights[(u >> 24) & 255].astype(np.int32)
    down = tap_weights[(v >> 24) & 255].astype(np.int32)
    # the neighbour at -1 lies in the padding of one pixel
    column, row = u >> 32, v >> 32
    total = np.full((u.size, 4), HALF, np.int32)
    for i in range(4):
        inner = np.full((u.size, 4), HALF, np.int32)
        for j in range(4):
            stored = samples[row + j, column + i].astype(np.int32)
            inner += down[:, j, None] * ((WHITE - stored) >> 1)
        total += along[:, i, None] * (inner >> ONE_BITS)
    return np.asarray(np.clip(total >> ONE_BITS, 0, WHITE), np.int32)
