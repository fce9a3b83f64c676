"""Complex filters of columns that close on themselves, in NumPy.

The readable counterpart of ``_native_filters.c``: both sum in the same order, and give
the same bits.
"""

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Int32 = npt.NDArray[np.int32]


def filter_columns(
    values: Float64, places: Int32, taps: Float64, reach: Int32, result: Float64
) -> None:
    """Write the answers; see `morphkit.pixels.measuring.filter_columns`."""
    n, n_groups = len(values), len(taps)
    groups = values.reshape(n, n_groups, -1).transpose(1, 2, 0)
    # of (groups, columns, filters, places)
    answers = result.reshape(n_groups, -1, taps.shape[1], len(places))
    for d in range(n // 2 + 1):
        after, before = (groups[..., (places + step) % n] for step in (d, -d))
        joined = [after + before, after - before]
        if 2 * d % n == 0:  # as far before the place as behind it
            joined = [after, np.zeros_like(after)]
        for group, filters in enumerate(taps):
            for k, tap in enumerate(filters[:, d]):
                if d <= reach[group, k]:
                    product = joined[k % 2][group] * tap
                    sums = answers[group, :, k]
                    sums[:] = sums + product if d else product
