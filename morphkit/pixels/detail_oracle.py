"""Detail kept level along a continuum, in readable NumPy: the oracle of the C code.

Averaging two photographs averages away the grain in which they differ: of what is
uncorrelated, weights w and 1 - w leave w² + (1 - w)² of the energy. What is lost is
known exactly, since the energies obey w·E(A) + (1-w)·E(B) - E(M) = w·(1-w)·E(A - B);
so the fine structure of the blend M is amplified, cell by cell, by

    g = √(1 + w·(1-w)·E(A - B) / E(M)).

Structure in which both photographs agree has E(A - B) = 0, and nothing happens to it.
``docs/pixel_specification.md``, section "Detail", is the text that this follows.

Conventions
-----------
Planes are (5, H, W) int16: red, green and blue light of the blend, 0 to 32767; its
tone, 0 to 16383; and 16384 plus the tone of the first photo less that of the second,
where their covers do not differ. Weights are in units of 1/16384.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.pixels.oracle import blend_covered, blend_plain, draw
from morphkit.pixels.spec import (
    CELL,
    GAIN_ONE,
    LUMA,
    MAX_EXTRA,
    MAX_FINE,
    ONE,
    WHITE,
    Int16,
    Int32,
    Int64,
    UInt8,
)

MIDDLE = 16384
"""The plane of differences counts from here."""


def render_planes(
    samples: Sequence[Int16],
    nodes: Sequence[Int32],
    frame_nodes: Int32,
    triangles: Int32,
    weights: tuple[int, int],
    tap_weights: Int16,
    tones: Int16,
    planes: Int16,
    covered: int = 0,
) -> tuple[int, int]:
    """Write the blend of two warped photos, and what `level` has to know of them.

    Parameters
    ----------
    samples, nodes, frame_nodes, triangles, weights, tap_weights, covered
        As for `morphkit.pixels.oracle.render`, of two photos.
    tones : (32768,) ndarray of int16
        Tone of every light.
    planes : (5, H, W) ndarray of int16
        Receives the planes.

    Returns
    -------
    uncovered, first : int
        As for `morphkit.pixels.oracle.render`.
    """

    def write(top: int, bottom: int, seen: Sequence[Int32]) -> None:
        light = blend_covered(seen, weights) if covered else blend_plain(seen, weights)
        one, two = (tone_of(sample[:, :3], tones) for sample in seen)
        alike = (seen[0][:, 3] == seen[1][:, 3]) | (not covered)
        difference = MIDDLE + np.where(alike, one - two, 0)
        found = np.stack([*light.T, tone_of(light, tones), difference])
        planes[:, top:bottom] = found.reshape(planes[:, top:bottom].shape)

    size = planes.shape[1], planes.shape[2]
    return draw(samples, nodes, frame_nodes, triangles, tap_weights, size, write)


def tone_of(light: npt.NDArray[Any], tones: Int16) -> Int16:
    """Return the tone of pixels, (n, 3) to (n,)."""
    return tones[(light.astype(np.int64) @ LUMA) >> 8]


def level(planes: Int16, weights: tuple[int, int], encode: UInt8, image: UInt8) -> None:
    """Write the frame whose detail is what the photos have on average.

    Parameters
    ----------
    planes : (5, H, W) ndarray of int16
        From `render_planes`.
    weights : (int, int)
        Of the two photos.
    encode : (32768,) ndarray of uint8
    image : (H, W, 3) ndarray of uint8
        Receives code values.
    """
    height, width = image.shape[:2]
    gain = spread(gains(planes, weights), height, width)
    for channel in range(3):
        light = planes[channel].astype(np.int64)
        fine = light - smooth(light)
        light += (16 * gain * fine) >> 16
        image[..., channel] = encode[np.clip(light, 0, WHITE)]


def gains(planes: Int16, weights: tuple[int, int]) -> Int64:
    """Return what is added to the gain 1 in every cell, in units of 1/4096."""
    both = max(weights[0] * weights[1], 0)
    blend, difference = (gathered(energies(plane)) for plane in planes[3:])
    extra = np.minimum(both * difference // np.maximum(blend, 1), MAX_EXTRA)
    roots = [math.isqrt(ONE * ONE + e) for e in extra.ravel().tolist()]
    gain = np.array(roots, np.int64).reshape(extra.shape) - ONE
    return np.minimum(gain * GAIN_ONE // ONE, GAIN_ONE // 2 - 1)


def energies(tone: Int16) -> Int64:
    """Return the energy of the finest structure, summed over every cell."""
    values = tone.astype(np.int64)
    low = thirds(thirds(values, 1, axis=1), 1, axis=0)
    fine = np.clip(values - low, -MAX_FINE, MAX_FINE)
    rows = np.add.reduceat(fine * fine, np.arange(0, tone.shape[0], CELL), axis=0)
    sums = np.add.reduceat(rows, np.arange(0, tone.shape[1], CELL), axis=1)
    return np.asarray(sums, np.int64)


def gathered(cells: Int64) -> Int64:
    """Return the sum of the cells around each with the weights 1, 2, 1, both ways."""
    for axis in (0, 1):
        before, after = beside(cells, -1, axis), beside(cells, 1, axis)
        cells = before + 2 * cells + after
    return cells


def spread(gain: Int64, height: int, width: int) -> Int64:
    """Return the gain of every pixel, on straight lines between centres of cells."""
    for axis, size in enumerate((height, width)):
        # The centre of cell c lies at 8·c + 7/2; phases are odd sixteenths.
        place = 2 * np.arange(size) - (CELL - 1)
        cell, phase = place >> 4, np.expand_dims(place & 15, 1 - axis)
        last = gain.shape[axis] - 1
        near = np.take(gain, np.clip(cell, 0, last), axis)
        far = np.take(gain, np.clip(cell + 1, 0, last), axis)
        gain = near + (((far - near) * phase + 8) >> 4)
    return gain


def smooth(light: Int64) -> Int64:
    """Return light without its fine structure: weights 1 2 3 4 3 2 1, both ways."""
    for axis in (1, 0):
        light = thirds(thirds(light, 1, axis), 2, axis)
    return light


def thirds(values: Int64, step: int, axis: int) -> Int64:
    """Return the mean of a value, twice, and of those `step` before and behind."""
    sides = (beside(values, -step, axis) + beside(values, step, axis)) >> 1
    return (sides + values + 1) >> 1


def beside(values: npt.NDArray[Any], step: int, axis: int) -> npt.NDArray[Any]:
    """Return the neighbours at a distance; beyond the edge the nearest value counts."""
    last = values.shape[axis] - 1
    return np.take(values, np.clip(np.arange(last + 1) + step, 0, last), axis)
