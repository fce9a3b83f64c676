"""Products of matrices that have the same bits everywhere.

A library for linear algebra sums in an order that depends on the processor and on its
number of threads, and every order rounds otherwise. Here both matrices are split into
two slices of few enough bits that every product of slices, and every sum of such
products, is exact in double precision: then the order does not matter [1]_. What is
rounded, is rounded by fixed rules before and after.

References
----------
.. [1] Ozaki, K., Ogita, T., Oishi, S., & Rump, S. M. (2012). Error-free transformations
       of matrix multiplication by using fast routines of matrix multiplication and its
       applications. Numerical Algorithms 59, 95-118.
       https://doi.org/10.1007/s11075-011-9478-1
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Columns = npt.NDArray[np.intp] | slice

#: Bits of a slice: two of them and the sum of `LONGEST` products fill 53 bits.
BITS = 22
LONGEST = 256
#: Exponent of the smallest unit, so that it has an inverse.
_LEAST = -1000 + BITS


@dataclass(frozen=True, eq=False)
class Sliced:
    """A matrix, or a stack of them, as the sum of two slices.

    Parameters
    ----------
    high, low : ndarray, shape (..., M, N)
        Multiples of one unit each, of 22 bits; together the matrix to 44 bits of the
        largest element of its row or column.
    """

    high: Numbers
    low: Numbers


def left_factor(matrix: Numbers) -> Sliced:
    """Return a matrix as the left factor of a product: one unit for each row."""
    return _sliced(matrix, axis=-1)


def right_factor(matrix: Numbers) -> Sliced:
    """Return a matrix as the right factor of a product: one unit for each column."""
    return _sliced(matrix, axis=-2)


def _sliced(matrix: Numbers, axis: int) -> Sliced:
    """Return slices with one unit along an axis; what is finer is rounded away."""
    largest = np.maximum(
        matrix.max(axis=axis, keepdims=True), -matrix.min(axis=axis, keepdims=True)
    )
    # Powers of two, so that multiplying by them and by their inverses is exact.
    exponent = np.maximum(np.frexp(largest)[1] - BITS, _LEAST)
    unit, finer = np.ldexp(1.0, exponent), np.ldexp(1.0, exponent - BITS)
    low = matrix * np.ldexp(1.0, -exponent)
    high = np.rint(low)
    low -= high
    low *= 2.0**BITS
    np.rint(low, out=low)
    high *= unit
    low *= finer
    return Sliced(high, low)


def exact_product(left: Sliced, right: Sliced) -> Numbers:
    """Return the matrix product of two sliced matrices, or of stacks of them.

    Parameters
    ----------
    left : Sliced, shape (..., M, K)
        K is at most `LONGEST`.
    right : Sliced, shape (..., K, N)

    Returns
    -------
    ndarray, shape (..., M, N)
        The same bits with every library, processor and number of threads.
    """
    if left.high.shape[-1] > LONGEST:
        raise ValueError(f"sums of {left.high.shape[-1]} products are not exact")
    fine = left.high @ right.low + left.low @ right.high
    # Products of two low slices are as small as what slicing has rounded away.
    return np.asarray(left.high @ right.high + fine)


@dataclass(frozen=True, eq=False)
class Band:
    """Some rows of a left factor, without the columns in which a slice is 0.

    Parameters
    ----------
    rows : slice
    columns : pair of ndarray, shape (K',), or slice
        Those in which the high slice, and the low one, is not 0 in every row; a slice,
        which copies nothing, if they are neighbours.
    slices : pair of ndarray, shape (rows, K')
        The high slice and the low one in these columns.
    """

    rows: slice
    columns: tuple[Columns, Columns]
    slices: tuple[Numbers, Numbers]


def bands_of(left: Sliced, n_rows: int) -> tuple[Band, ...]:
    """Return the bands of a left factor, shape (M, K), each of `n_rows` rows of it."""
    found = []
    for first in range(0, len(left.high), n_rows):
        rows = slice(first, first + n_rows)
        high, low = left.high[rows], left.low[rows]
        columns = _columns(high), _columns(low)
        slices = high[:, columns[0]].copy(), low[:, columns[1]].copy()
        found.append(Band(rows, columns, slices))
    return tuple(found)


def _columns(rows: Numbers) -> Columns:
    """Return the columns that are not 0."""
    found = np.flatnonzero(rows.any(axis=0))
    if found.size and found[-1] - found[0] == len(found) - 1:
        return slice(int(found[0]), int(found[-1]) + 1)
    return found


def banded_product(bands: tuple[Band, ...], right: Sliced) -> Numbers:
    """Return `exact_product` of the factor of these bands and a matrix (K, N).

    The sums are exact, and what is left out of them is 0: no bit differs.
    """
    n = right.high.shape[1]
    both = np.concatenate([right.high, right.low], axis=1)
    result = np.empty((bands[-1].rows.stop, n))
    for band in bands:
        (high, low), (coarse, fine) = band.columns, band.slices
        seen = coarse @ both[high]
        finer = seen[:, n:] + fine @ right.high[low]
        np.add(seen[:, :n], finer, out=result[band.rows])
    return result
