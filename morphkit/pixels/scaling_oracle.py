"""Frames scaled by weights in fixed point, in NumPy.

The readable counterpart of ``_native_scale.c``: both give the same bits.
"""

import numpy as np
import numpy.typing as npt

from morphkit.pixels.spec import Int32, UInt8

Float64 = npt.NDArray[np.float64]

#: Weights are in units of 1/2^22.
BITS = 22


def scale_down(
    frame: UInt8,
    across: Int32,
    across_weights: Int32,
    down: Int32,
    down_weights: Int32,
    result: UInt8,
) -> None:
    """Write a frame at another size; see `morphkit.pixels.scaling.scale_down`."""
    high, wide = frame.shape[:2]
    turned = frame.transpose(1, 0, 2).reshape(wide, -1)
    rows = _scaled(turned, _matrix(across, across_weights, wide))
    columns = rows.reshape(len(across), high, 3).transpose(1, 0, 2).reshape(high, -1)
    codes = _scaled(columns, _matrix(down, down_weights, high))
    result[:] = codes.reshape(result.shape)


def _matrix(first: Int32, weights: Int32, n: int) -> Float64:
    """Return the weights of all n pixels for every pixel of the result."""
    matrix = np.zeros((len(first), n))
    places = first[:, None] + np.arange(weights.shape[1])
    np.put_along_axis(matrix, places, weights, axis=1)
    return matrix


def _scaled(codes: UInt8, matrix: Float64) -> UInt8:
    """Return weighted sums of rows, rounded to codes, halves upwards."""
    # Sums of integers below 2^53: exact, in whatever order.
    sums = (matrix @ codes.astype(np.float64)).astype(np.int64)
    codes = np.clip((sums + (1 << (BITS - 1))) >> BITS, 0, 255)
    return np.asarray(codes, np.uint8)
