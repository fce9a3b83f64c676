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

#: Bits of a slice: two of them and the sum of `LONGEST` products fill 53 bits.
BITS = 22
LONGEST = 256


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
    largest = np.abs(matrix).max(axis=axis, keepdims=True)
    # Powers of two, so that dividing by them is exact.
    unit = np.ldexp(1.0, np.frexp(largest)[1] - BITS)
    high = np.rint(matrix / unit) * unit
    finer = unit / 2**BITS
    return Sliced(high, np.rint((matrix - high) / finer) * finer)


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
