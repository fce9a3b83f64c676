"""Linear systems, logarithms and exponentials in a fixed order of IEEE operations.

Libraries for linear algebra add up in an order that depends on the processor and on
the number of threads, and functions of different libraries differ in their last bit.
Here every sum has one order, and every operation is one of ``+ - * /`` on float64,
rounded on its own: the bits are the same on every machine.

References
----------
.. [1] Golub, G. H. & Van Loan, C. F. (2013). Matrix Computations, 4th ed., section 3.4.
.. [2] Tang, P. T. P. (1990). Table-driven implementation of the logarithm function in
       IEEE floating-point arithmetic. ACM TOMS 16(4), 378-400.
       https://doi.org/10.1145/98267.98294
"""

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError

Array = npt.NDArray[np.float64]

#: log 2 in two parts: the first has 32 bits, so that its multiples are exact.
_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
#: Coefficients of ``log((1 + s) / (1 - s)) = 2 s + s R(s²)`` for s up to 0.1716, as in
#: fdlibm (Sun Microsystems, 1993).
_SERIES = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)


def log(values: Array) -> Array:
    """Return natural logarithms, within one unit in the last place.

    Parameters
    ----------
    values : ndarray of float64
        Finite and more than 0.

    Examples
    --------
    >>> log(np.array([1.0, 2.0])).tolist()
    [0.0, 0.6931471805599453]
    """
    mantissa, exponent = np.frexp(values)
    small = mantissa < 0.7071067811865476
    f = np.where(small, 2.0 * mantissa, mantissa) - 1.0
    k = (exponent - small).astype(np.float64)
    s = f / (2.0 + f)
    z = s * s
    series = np.full_like(z, _SERIES[-1])
    for coefficient in _SERIES[-2::-1]:
        series *= z
        series += coefficient
    series *= z
    half = 0.5 * (f * f)
    return np.asarray(
        k * _LOG2_HIGH - ((half - (s * (half + series) + k * _LOG2_LOW)) - f)
    )


#: Halvings of an exponent, and terms of the series of what is left.
_HALVINGS, _TERMS = 10, 17


def exp(values: Array) -> Array:
    """Return exponentials of numbers that are not above 0, to 12 digits.

    Parameters
    ----------
    values : ndarray of float64
        -700 to 0.

    Examples
    --------
    >>> exp(np.array([0.0, -1.0])).round(10).tolist()
    [1.0, 0.3678794412]
    """
    small = values / float(1 << _HALVINGS)
    found = np.ones_like(small)
    for k in range(_TERMS, 0, -1):
        found = 1.0 + found * small / float(k)
    for _ in range(_HALVINGS):
        found = found * found
    return np.asarray(found)


def solve(matrix: Array, right: Array) -> Array:
    """Return the solution of a linear system, by elimination with pivots [1]_.

    Parameters
    ----------
    matrix : ndarray, shape (N, N)
    right : ndarray, shape (N, D)

    Returns
    -------
    ndarray, shape (N, D)

    Raises
    ------
    InputError
        If the matrix is singular.

    Examples
    --------
    >>> solve(np.array([[0.0, 2.0], [4.0, 0.0]]), np.array([[6.0], [2.0]])).T
    array([[0.5, 3. ]])
    """
    n = len(matrix)
    work = np.hstack([matrix, right]).astype(np.float64)
    for k in range(n):
        pivot = k + int(np.abs(work[k:, k]).argmax())
        if not np.abs(work[pivot, k]) > 0:
            raise InputError("a linear system without a single solution")
        if pivot != k:
            work[[k, pivot]] = work[[pivot, k]]
        share = work[k + 1 :, k] / work[k, k]
        work[k + 1 :, k:] -= share[:, None] * work[k, k:]
    found = work[:, n:]
    for k in range(n - 1, -1, -1):
        found[k] /= work[k, k]
        found[:k] -= work[:k, k, None] * found[k]
    return np.ascontiguousarray(found)
