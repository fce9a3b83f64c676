"""Filters of planes along one axis, and means over squares, in NumPy.

The readable counterpart of ``_native_smooth.c``: both sum in the same order, and give
the same bits.
"""

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def correlate(
    values: Float64, taps: Float64, odd: bool, axis: int, result: Float64
) -> None:
    """Write the weighted sums; see `morphkit.pixels.measuring.correlate`."""
    n, reach = values.shape[axis], len(taps) - 1
    beyond = [(0, 0), (0, 0)]
    beyond[axis] = (reach, reach)
    padded = np.moveaxis(np.pad(values, beyond, "symmetric"), axis, 0)
    sums = np.moveaxis(result, axis, 0)
    join = np.subtract if odd else np.add
    sums[:] = padded[reach : reach + n] * taps[0]
    for k in range(reach, 0, -1):
        after, before = (padded[reach + step :][:n] for step in (k, -k))
        sums += join(after, before) * taps[k]


def means_apart(values: Float64, side: int, every: int, result: Float64) -> None:
    """Write means over squares; see `morphkit.pixels.measuring.means_apart`."""
    before = side // 2
    for axis in range(2):
        beyond = [(0, 0), (0, 0)]
        beyond[axis] = (before, side - before - 1)
        n, padded = values.shape[axis], np.pad(values, beyond)
        shifted = [padded.take(range(k, k + n, every), axis) for k in range(side)]
        sums = shifted[0]
        for each in shifted[1:]:
            sums += each
        values = sums / side
    result[:] = values
