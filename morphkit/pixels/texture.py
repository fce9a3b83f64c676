"""Frames of many photographs, with fine structure of a given strength.

The mean of many faces is soft: of grain that N photographs do not share, 1/N of the
energy remains. `morphkit.pixels.render` compensates for that between two photographs;
this module does so for any number, and texture may have separate shares.
The blend M of the photographs I_k keeps its form, and its fine structure is amplified,
cell by cell, by

    g = Σ t_k·A(I_k) / A(M),

where A is the root of the energy of fine structure in a cell and t_k are the shares in
texture. Roots are averaged, as in [1]_, not energies: an edge that only one of many
photographs has at a position counts for little, so that misplaced edges are not drawn
as lines. This follows ``docs/pixel_specification.md``, section "Texture of many
photos". All of it is integer arithmetic in NumPy; only sampling uses the C extension.

References
----------
.. [1] Tiddeman, B., Burt, M. & Perrett, D. (2001). Prototyping and transforming facial
       textures for perception research. IEEE Computer Graphics and Applications 21(5),
       42-50. https://doi.org/10.1109/38.946630

Conventions
-----------
Light is (H, W, 3) int16, 0 to 32767; covers are (H, W) int16; shares are in units of
1/16384 and add up to 16384.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError
from morphkit.pixels import detail_oracle
from morphkit.pixels.backend import native
from morphkit.pixels.detail_oracle import beside, spread, thirds
from morphkit.pixels.difference import FLOOR, changed
from morphkit.pixels.job import RenderJob
from morphkit.pixels.spec import (
    CELL,
    GAIN_ONE,
    HALF,
    LUMA,
    MAX_FINE,
    ONE,
    ONE_BITS,
    WHITE,
    Int16,
    Int64,
    slope_table,
)

#: Largest factor by which fine structure is amplified.
MAX_GAIN = 3
#: Added to the sums of luma of a ratio, of 16 pixels, so that black gives none.
DARKEST = 16 * FLOOR


def samples_of(job: RenderJob) -> Int16:
    """Return the frame of a job, photo by photo, before rounding to 8 bits.

    Parameters
    ----------
    job : RenderJob
        With `texture`, `change` or both.

    Returns
    -------
    (height, width, 3) ndarray of int16
        Samples from 0 to 32767 on the scale of the sources.

    Raises
    ------
    InputError
        If a pixel of the frame is in no triangle.
    """
    shares, grain = job.weights, job.texture or job.weights
    seen = [k for k in range(len(shares)) if shares[k] or grain[k]]
    warped = [_warped(job, k) for k in seen]
    photos = [photo for photo, _ in warped]
    factors = _factors([cover for _, cover in warped])
    light = blend(photos, [shares[k] for k in seen], factors)
    if job.change:
        change = [job.change[k] for k in seen]
        light = changed(light, photos, [shares[k] for k in seen], change, factors)
    if job.texture is None:
        return light.astype(np.int16)
    near = _around(_luma(light))
    slope = slope_table(job.scale)[near >> 7].astype(np.int64)
    own = _root(_cells(_fine(_luma(light), slope) ** 2))
    # What is added to the light of a face in proportion to it has grain in proportion.
    slopes = [_in_proportion(slope, near, p) if job.change else slope for p in photos]
    wanted = _wanted(photos, [grain[k] for k in seen], factors, slopes)
    gain = spread(gains(wanted, own), job.size[1], job.size[0])
    light = light + ((gain[..., None] * (light - _smooth(light))) >> 12)
    return np.asarray(np.clip(light, 0, WHITE).astype(np.int16))


def blend(
    photos: Sequence[Int16], shares: Sequence[int], factors: Sequence[Int64] | None
) -> Int64:
    """Return the blend of warped photos, as the specification's "Blend", "Covers".

    Parameters
    ----------
    photos : sequence of ndarray, shape (H, W, 3)
    shares : sequence of int
    factors : sequence of ndarray, shape (H, W), or None
        Factor of each photo due to covers, 0 to 32767; None without covers.
    """
    total = np.full(photos[0].shape, HALF, np.int64)
    for photo, share in zip(photos, shares, strict=True):
        total += share * photo.astype(np.int64)
    plain = np.clip(total >> ONE_BITS, 0, WHITE)
    if factors is None:
        return np.asarray(plain)
    sums = np.zeros(plain.shape[:2], np.int64)
    mixed = np.zeros(plain.shape, np.int64)
    for photo, share, factor in zip(photos, shares, factors, strict=True):
        sums += share * factor
        mixed += (share * factor)[..., None] * photo
    alone = (_apart(factors)) & (sums > 0)
    divisor = np.where(alone, sums, 1)[..., None]
    covered = np.clip((mixed + divisor // 2) // divisor, 0, WHITE)
    return np.asarray(np.where(alone[..., None], covered, plain))


def gains(wanted: Int64, own: Int64) -> Int64:
    """Return the gain minus 1 of every cell, in units of 1/4096.

    Parameters
    ----------
    wanted, own : ndarray, shape (h, w), dtype int64
        Roots of the target and the present energy of fine structure.
    """
    gain = np.minimum(GAIN_ONE * wanted // np.maximum(own, 1), MAX_GAIN * GAIN_ONE)
    # A flat cell has nothing to amplify.
    return np.asarray(np.where(own > 0, gain, GAIN_ONE) - GAIN_ONE)


def _wanted(
    photos: Sequence[Int16],
    shares: Sequence[int],
    factors: Sequence[Int64] | None,
    slopes: Sequence[Int64],
) -> Int64:
    """Return the root of the target energy in every cell."""
    total: Int64 | int = 0
    sums: Int64 | int = 0
    for k, (photo, share) in enumerate(zip(photos, shares, strict=True)):
        if not share:
            continue
        energy = _fine(_luma(photo), slopes[k]) ** 2
        if factors is None:
            total = total + share * _root(_cells(energy))
            sums = sums + share
            continue
        # A photo excluded by covers from part of a cell counts by the rest of it.
        part = _cells(factors[k])
        inside = _cells((energy * factors[k]) // WHITE)
        whole = _cells(np.full_like(energy, WHITE))
        total = total + share * (_root(inside * whole // np.maximum(part, 1)) * part)
        sums = sums + share * part
    return np.asarray(np.maximum(total, 0) // np.maximum(sums, 1))


def _root(energy: Int64) -> Int64:
    """Return square roots, rounded down; the root of IEEE 754 is exact enough."""
    return np.floor(np.sqrt(energy.astype(np.float64))).astype(np.int64)


def _luma(light: npt.NDArray[Any]) -> Int64:
    """Return the luma of light."""
    return np.asarray((light.astype(np.int64) @ LUMA.astype(np.int64)) >> 8)


def _fine(luma: Int64, slope: Int64) -> Int64:
    """Return the fine structure of luma, in tones; see "Detail"."""
    fine = np.minimum(np.abs(16 * luma - _around(luma)) >> 1, 65535)
    return np.asarray(np.minimum((fine * slope) >> 16, MAX_FINE))


def _in_proportion(slope: Int64, near: Int64, photo: Int16) -> Int64:
    """Return the slope of tones for a photo that is lighter or darker than a frame.

    Grain is a part of the light that is there. A lighter photo has more of it, which
    counts by the ratio of both; of a darker one, by the root of the ratio, as in
    `morphkit.pixels.difference`.

    Parameters
    ----------
    slope : ndarray, shape (H, W)
        At the tones of the frame.
    near : ndarray, shape (H, W)
        Sums of luma around every pixel of the frame; see `_around`.
    photo : ndarray, shape (H, W, 3)
    """
    own = _around(_luma(photo))
    ratio = np.minimum((near + DARKEST << 12) // (own + DARKEST), 16 << 12)
    ratio = np.where(ratio > GAIN_ONE, _root(ratio << 12), ratio)
    return np.asarray((slope * ratio) >> 12)


def _cells(energy: Int64) -> Int64:
    """Return sums over cells and over the cells around them."""
    rows = np.add.reduceat(energy, np.arange(0, len(energy), CELL), axis=0)
    sums = np.add.reduceat(rows, np.arange(0, energy.shape[1], CELL), axis=1)
    return _around(sums)


def _around(values: Int64) -> Int64:
    """Return the sum of the values around each with the weights 1, 2, 1, both ways."""
    for axis in (1, 0):
        values = beside(values, -1, axis) + 2 * values + beside(values, 1, axis)
    return values


def _smooth(light: Int64) -> Int64:
    """Return light without its fine structure: weights 1 2 3 4 3 2 1, both ways."""
    for axis in (1, 0):
        light = thirds(thirds(light, 1, axis), 2, axis)
    return light


def _factors(covers: Sequence[Int16 | None]) -> list[Int64] | None:
    """Return what covers leave of every photo, 0 to 32767; None without covers."""
    known = [cover for cover in covers if cover is not None]
    if not known:
        return None
    none = np.zeros(known[0].shape, np.int64)
    every = [none if cover is None else cover.astype(np.int64) for cover in covers]
    most = np.max(np.array(every), axis=0)
    return [WHITE - (most - cover) for cover in every]


def _apart(factors: Sequence[Int64]) -> npt.NDArray[np.bool_]:
    """Return where covers differ between photos."""
    every = np.array(factors)
    return np.asarray(every.min(axis=0) < every.max(axis=0))


def _warped(job: RenderJob, k: int) -> tuple[Int16, Int16 | None]:
    """Return the light of one warped photo, and its cover where it has any."""
    source = job.sources[k]
    light = _drawn(job, k, source.samples)
    if not source.covers:
        return light, None
    cover = _drawn(job, k, np.repeat(source.samples[..., 3:], 4, axis=2))
    return light, np.ascontiguousarray(cover[..., 0])


def _drawn(job: RenderJob, k: int, samples: Int16) -> Int16:
    """Return samples warped as one photo of a job is, shape (H, W, 3).

    Both halves of a blend of a photo with itself are the photo.
    """
    width, height = job.size
    planes: Int16 = np.empty((height, width, 4), np.int16)
    layers = job.layers()._replace(
        samples=(samples, samples),
        nodes=(job.nodes[k], job.nodes[k]),
        weights=(ONE // 2, ONE // 2),
    )
    engine = native() or detail_oracle
    uncovered, _ = engine.render_planes(*layers, planes, 0, 0, *job.holes)
    if uncovered:
        raise InputError(
            f"{uncovered} of {width * height} pixels of the frame are in no triangle",
            where="frame_nodes",
            allowed="the mesh must cover the frame",
        )
    return planes[..., :3]
