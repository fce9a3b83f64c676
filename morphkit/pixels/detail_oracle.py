"""Detail kept level along a continuum, in readable NumPy: the oracle of the C code.

Averaging two photographs removes the grain in which they differ: of uncorrelated
structure, weights w and 1 - w leave w² + (1 - w)² of the energy. The loss is known
exactly, since the energies obey w·E(A) + (1-w)·E(B) - E(M) = w·(1-w)·E(A - B); so the
fine structure of the blend M is amplified, cell by cell, by

    g = √(1 + w·(1-w)·E(A - B) / E(M)).

This is done in two bands, a finer and a coarser one: hair and brows of two photographs
agree in coarse but not in fine structure, and skin agrees in neither. Structure in
which both agree has E(A - B) = 0 and is left unchanged.
``docs/pixel_specification.md``, section "Detail", is the text that this follows.

Conventions
-----------
Planes are (H, W, 4) int16: red, green and blue light of the blend, 0 to 32767; and
16384 plus half of the luma of the first photo less that of the second (16384 where
their covers differ). Weights are in units of 1/16384.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.pixels.oracle import Layers, blend_covered, blend_plain, draw
from morphkit.pixels.spec import (
    BANDS,
    CELL,
    GAIN_ONE,
    LUMA,
    MAX_BAND,
    MAX_EXTRA,
    MIDDLE,
    ONE,
    WHITE,
    Int16,
    Int32,
    Int64,
    UInt8,
)


def render_planes(
    samples: Sequence[Int16],
    nodes: Sequence[Int32],
    frame_nodes: Int32,
    triangles: Int32,
    weights: tuple[int, int],
    tap_weights: Int16,
    planes: Int16,
    covered: int = 0,
    behind: int = 0,
    sheets: int = 0,
    rims: int = 0,
) -> tuple[int, int]:
    """Write the blend of two warped photos, and the difference that `level` needs.

    Parameters
    ----------
    samples, nodes, frame_nodes, triangles, weights, tap_weights, covered, behind
        As for `morphkit.pixels.oracle.render`, of two photos.
    sheets, rims
        As there.
    planes : (H, W, 4) ndarray of int16
        Receives the planes.

    Returns
    -------
    uncovered, first : int
        As for `morphkit.pixels.oracle.render`.
    """

    def blend(seen: Sequence[Int32], owner: Int64) -> Int64:
        if covered:
            light = blend_covered(seen, weights, covered, owner < behind)
        else:
            light = blend_plain(seen, weights)
        apart = (seen[0][:, :3] - seen[1][:, :3]) @ LUMA
        difference = np.sign(apart) * (np.abs(apart) >> 9)
        if covered:
            difference[seen[0][:, 3] != seen[1][:, 3]] = 0
        return np.column_stack([light, difference])

    def write(top: int, bottom: int, found: Int64) -> None:
        found[:, 3] += MIDDLE
        planes[top:bottom] = found.reshape(planes[top:bottom].shape)

    layers = Layers(samples, nodes, frame_nodes, triangles, weights, tap_weights)
    return draw(
        layers, (planes.shape[0], planes.shape[1]), blend, write, (sheets, rims)
    )


def level(
    planes: Int16,
    weights: tuple[int, int],
    encode: UInt8 | None,
    image: UInt8 | Int16,
    light: Int16 | None = None,
) -> None:
    """Write the frame with detail as strong as in the photos on average.

    Parameters
    ----------
    planes : (H, W, 4) ndarray of int16
        From `render_planes`.
    weights : (int, int)
        Weights of the two photos.
    encode : (32768,) ndarray of uint8, or None
    image : (H, W, 3) ndarray of uint8, or of int16 without a table
        Receives code values or linear light.
    light : (H, W, 3) ndarray of int16, optional
        Receives linear light beside code values.
    """
    sums = planes[..., :3].astype(np.int64)
    both = max(weights[0] * weights[1], 0)
    for band, share in zip(bands(planes), BANDS, strict=True):
        gain = spread(gains(band, share * both // 8), *image.shape[:2])
        sums += (16 * gain[..., None] * band[..., :3]) >> 16
    held = np.clip(sums, 0, WHITE)
    image[:] = held if encode is None else encode[held]
    if light is not None:
        light[:] = held


def bands(planes: Int16) -> tuple[Int64, Int64]:
    """Return the finer and the coarser structure of planes, both (H, W, 4)."""
    values = planes.astype(np.int64)
    apart = values[..., 3][values[..., 3] != MIDDLE]
    if apart.size and apart[0] < MIDDLE:  # as if the photos were swapped
        values[..., 3] = 2 * MIDDLE - values[..., 3]
    once = smooth(values, 1)
    return values - once, once - smooth(once, 2)


def gains(band: Int64, both: int) -> Int64:
    """Return the gain minus 1 of every cell, in units of 1/4096.

    Parameters
    ----------
    band : (H, W, 4) ndarray of int64
    both : int
        Product of the weights.
    """
    blend = energies((band[..., :3] @ LUMA) >> 9)
    lost = energies(band[..., 3])
    extra = np.minimum(both * lost // np.maximum(blend, 1), MAX_EXTRA)
    roots = [math.isqrt(ONE * ONE + e) for e in extra.ravel().tolist()]
    gain = np.array(roots, np.int64).reshape(extra.shape) - ONE
    return np.minimum(gain * GAIN_ONE // ONE, GAIN_ONE // 2 - 1)


def energies(fine: Int64) -> Int64:
    """Return the energy of fine structure in every cell."""
    held = np.clip(fine, -MAX_BAND, MAX_BAND)
    rows = np.add.reduceat(held * held, np.arange(0, len(fine), CELL), axis=0)
    return np.asarray(np.add.reduceat(rows, np.arange(0, fine.shape[1], CELL), axis=1))


def spread(gain: Int64, height: int, width: int) -> Int64:
    """Return the gain of every pixel, interpolated between centres of cells."""
    for axis, size in enumerate((height, width)):
        # The centre of cell c lies at 8·c + 7/2; phases are odd sixteenths.
        place = 2 * np.arange(size) - (CELL - 1)
        cell, phase = place >> 4, np.expand_dims(place & 15, 1 - axis)
        last = gain.shape[axis] - 1
        near = np.take(gain, np.clip(cell, 0, last), axis)
        far = np.take(gain, np.clip(cell + 1, 0, last), axis)
        gain = near + (((far - near) * phase + 8) >> 4)
    return gain


def smooth(values: Int64, step: int) -> Int64:
    """Return values smoothed along both axes with those `step` px around them."""
    for axis in (1, 0):
        values = thirds(values, step, axis)
    return values


def thirds(values: Int64, step: int, axis: int) -> Int64:
    """Return values smoothed with weights 1, 2, 1 at a distance of `step`."""
    sides = (beside(values, -step, axis) + beside(values, step, axis)) >> 1
    return np.asarray((sides + values + 1) >> 1)


def beside(values: npt.NDArray[Any], step: int, axis: int) -> npt.NDArray[Any]:
    """Return the neighbours at a distance; edges are replicated."""
    last = values.shape[axis] - 1
    return np.asarray(
        np.take(values, np.clip(np.arange(last + 1) + step, 0, last), axis)
    )
