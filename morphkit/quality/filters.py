"""Filters of planes in a fixed order of arithmetic.

Those of `scipy.ndimage`, as far as frames are measured with them; sums are those of its
loops, step for step, so that results are the same, and the same on every processor.
Loading SciPy takes longer than filtering the frames of a continuum.

Conventions
-----------
A plane is ``(H, W)`` float64. Beyond its edge it is mirrored, unless something else is
said.
"""

import numpy as np
import numpy.typing as npt

from morphkit.pixels.measuring import correlate

Numbers = npt.NDArray[np.float64]
#: Standard deviations that a Gaussian reaches, unless something else is asked for.
_REACH = 4.0


def gaussian(
    values: Numbers,
    sigma: float,
    *,
    order: tuple[int, int] = (0, 0),
    reach: int | None = None,
) -> Numbers:
    """Return a plane smoothed by a Gaussian, or a derivative of it.

    Parameters
    ----------
    values : ndarray, shape (H, W), dtype float64
    sigma : float
        Standard deviation, pixels.
    order : (int, int), optional
        0, 1 or 2: which derivative is taken along rows' and columns' index.
    reach : int, optional
        Pixels to each side; by default 4 standard deviations.

    Returns
    -------
    ndarray, shape (H, W), dtype float64
    """
    reach = int(_REACH * sigma + 0.5) if reach is None else reach
    for axis in range(2):
        taps = _taps(sigma, order[axis], reach)
        values = correlate(values, taps, order[axis] == 1, axis)
    return values


def laplacian(values: Numbers) -> Numbers:
    """Return the second differences of a plane along both axes, summed."""
    taps = np.array([-2.0, 1.0])
    along, across = (correlate(values, taps, False, axis) for axis in range(2))
    return along + across


def window_means(values: Numbers, side: int, *, axis: int) -> Numbers:
    """Return the mean of `side` pixels around every pixel, along one axis.

    Of an even number, one more lies before the pixel than after it.
    """
    before = side // 2
    beyond = [(0, 0), (0, 0)]
    beyond[axis] = (before, side - before - 1)
    padded = np.pad(values, beyond, "symmetric")
    n = padded.shape[axis]
    first = np.cumsum(_part(padded, axis, 0, side), axis=axis)
    steps = _part(padded, axis, side, n) - _part(padded, axis, 0, n - side)
    sums = np.concatenate([_part(first, axis, side - 1, side), steps], axis=axis)
    return np.asarray(np.cumsum(sums, axis=axis) / side)


def greatest(values: Numbers, around: npt.NDArray[np.bool_]) -> Numbers:
    """Return the greatest value around every pixel.

    Parameters
    ----------
    values : ndarray, shape (H, W), dtype float64
    around : ndarray, shape (2 a + 1, 2 b + 1), dtype bool
        Which of the pixels around one count; the one itself is in the middle.
    """
    height, width = values.shape
    high, wide = (side // 2 for side in around.shape)
    padded = np.pad(values, ((high, high), (wide, wide)), "symmetric")
    result = np.full(values.shape, -np.inf)
    for y, x in np.argwhere(around).tolist():
        np.maximum(result, padded[y : y + height, x : x + width], out=result)
    return result


def eroded(inside: npt.NDArray[np.bool_], times: int) -> npt.NDArray[np.bool_]:
    """Return a region without its rim; beyond the edge of the plane nothing is in it.

    Each time those pixels go of which one of the four neighbours is not in it.
    """
    for _ in range(times):
        padded = np.pad(inside, 1)
        beside = padded[:-2, 1:-1] & padded[2:, 1:-1]
        inside = inside & beside & padded[1:-1, :-2] & padded[1:-1, 2:]
    return inside


def _taps(sigma: float, order: int, reach: int) -> Numbers:
    """Return the taps from the middle on; those of order 1 are odd."""
    x = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 / (sigma * sigma) * x**2)
    weights = weights / weights.sum()
    if order == 1:
        weights = weights * x / (sigma * sigma)
    elif order == 2:
        weights = weights * (x**2 / sigma**2 - 1) / sigma**2
    return np.asarray(weights[reach:])


def _part(values: Numbers, axis: int, first: int, end: int) -> Numbers:
    """Return the rows or columns from one to another."""
    return values[first:end] if axis == 0 else values[:, first:end]
