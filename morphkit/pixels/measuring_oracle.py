"""Sums over faces, and squares at another size, in NumPy.

The readable counterpart of ``_native_measure.c``: both give the same bits. Sums are of
integers; a square is summed in a fixed order.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.pixels.spec import Int32, UInt8

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

#: Tones of which colours are summed, each of 8 codes of luma.
TONES = 32
#: Names of the sums that come before those of the tones.
SUMS = (
    *("region", "clipped", "difference", "yellow", "luma"),
    *("inner", "light", "light_2", "laplacian_2"),
    *("inner_skin", "skin_light", "skin_light_2"),
)


def tally(
    frame: UInt8,
    before: UInt8,
    region: UInt8,
    skin: UInt8,
    shares: Int32,
    sums: Int64,
) -> None:
    """Write the sums over a face; see `morphkit.pixels.measuring.tally`."""
    face, bare = region != 0, (region != 0) & (skin != 0)
    codes = frame[face].astype(np.int64)
    red, green, blue = codes.T
    luma, yellow = codes @ [54, 183, 19], red + green - 2 * blue
    found = {
        "region": len(codes),
        "clipped": ((codes == 0) | (codes == 255)).any(axis=1).sum(),
        "difference": np.abs(codes - before[face]).sum(),
        "yellow": yellow[bare[face]].sum(),
        "luma": luma[bare[face]].sum(),
    }
    inner = face.copy()
    inner[[0, -1]] = inner[:, [0, -1]] = False
    light = sum(shares[k][frame[..., k]].astype(np.int64) for k in range(3)) >> 16
    grey = np.pad(frame.astype(np.int64) @ [54, 183, 19], 1)
    beside = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    laplacian = (4 * grey[1:-1, 1:-1] - beside)[inner]
    found |= {
        "inner": inner.sum(),
        "light": light[inner].sum(),
        "light_2": (light[inner] ** 2).sum(),
        "laplacian_2": (laplacian**2).sum(),
        "inner_skin": (inner & bare).sum(),
        "skin_light": light[inner & bare].sum(),
        "skin_light_2": (light[inner & bare] ** 2).sum(),
    }
    sums[: len(SUMS)] = [found[name] for name in SUMS]
    tones = sums[len(SUMS) :].reshape(TONES, 5)
    tones[:] = 0
    for k, part in enumerate((red - green, yellow)):
        np.add.at(tones[:, 1 + 2 * k], luma >> 11, part)
        np.add.at(tones[:, 2 + 2 * k], luma >> 11, part * part)
    np.add.at(tones[:, 0], luma >> 11, 1)


def resample(
    picture: npt.NDArray[Any],
    values: Float64 | None,
    down: Int32,
    down_weights: Float64,
    across: Int32,
    across_weights: Float64,
    square: Float64,
) -> None:
    """Write a square of a picture; see `morphkit.pixels.measuring.resample`.

    A picture of floats needs no `values`.
    """
    left, right = int(across.min()), int(across.max()) + across_weights.shape[1]
    rows = np.zeros((len(down), right - left, picture.shape[2]))
    for y, (first, weights) in enumerate(zip(down, down_weights, strict=True)):
        for k in np.flatnonzero(weights).tolist():
            row = picture[first + k, left:right]
            rows[y] += weights[k] * (row if values is None else values[row])
    turned = np.ascontiguousarray(rows.transpose(1, 0, 2))
    result = np.zeros((len(across), len(down), picture.shape[2]))
    for x, (first, weights) in enumerate(zip(across, across_weights, strict=True)):
        for k in np.flatnonzero(weights).tolist():
            result[x] += weights[k] * turned[first - left + k]
    square[:] = result.transpose(1, 0, 2)
