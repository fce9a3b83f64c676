"""Sums, linear systems and functions in a fixed order of IEEE operations.

Libraries for linear algebra add up in an order that depends on the processor and on
the number of threads, functions of different libraries differ in their last bit, and
Python's own ``sum`` of floats is rounded otherwise since Python 3.12.
Here every sum has one order, and every operation is one of ``+ - * /`` on float64,
rounded on its own: the bits are the same on every machine.

References
----------
.. [1] Golub, G. H. & Van Loan, C. F. (2013). Matrix Computations, 4th ed., section 3.4.
.. [2] Tang, P. T. P. (1990). Table-driven implementation of the logarithm function in
       IEEE floating-point arithmetic. ACM TOMS 16(4), 378-400.
       https://doi.org/10.1145/98267.98294
.. [3] Greville, T. N. E. (1960). Some applications of the pseudoinverse of a matrix.
       SIAM Review 2(1), 15-22. https://doi.org/10.1137/1002004
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


#: A right angle, and twice the terms of the series of half of one.
_RIGHT, _ANGLE_TERMS = 1.5707963267948966, 20


def directions(angles: Array) -> Array:
    """Return unit vectors at angles, to 15 digits: cosines and sines.

    Parameters
    ----------
    angles : ndarray, shape (N,)
        Radians, -7 to 7.

    Returns
    -------
    ndarray, shape (N, 2)

    Examples
    --------
    >>> directions(np.array([0.0, np.pi])).tolist()
    [[1.0, 0.0], [-1.0, -0.0]]
    """
    turns = np.rint(angles / _RIGHT)
    small = angles - turns * _RIGHT
    square = small * small
    cosine, sine = np.ones_like(small), np.ones_like(small)
    for k in range(_ANGLE_TERMS, 0, -2):
        cosine = 1.0 - cosine * square / float(k * (k - 1))
        sine = 1.0 - sine * square / float(k * (k + 1))
    sine = sine * small
    quarter = turns.astype(np.intp) % 4
    right = np.choose(quarter, [cosine, -sine, -cosine, sine])
    down = np.choose(quarter, [sine, cosine, -sine, -cosine])
    return np.stack([right, down], axis=-1)


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


#: Share of a row that is not a sum of the rows before it, below which it is one.
_DEPENDENT = 1e-12


def pseudo_inverse(matrix: Array) -> Array:
    """Return the pseudo-inverse of a matrix of few rows, row by row [3]_.

    Parameters
    ----------
    matrix : ndarray, shape (M, N)

    Returns
    -------
    ndarray, shape (N, M)

    Examples
    --------
    >>> pseudo_inverse(np.array([[3.0, 4.0]])).T.tolist()
    [[0.12, 0.16]]
    """
    found: Array = np.zeros((matrix.shape[1], 0))
    for k, row in enumerate(matrix):
        share = dot(found.T, row)  # of the rows before it
        rest = row - total(share[:, None] * matrix[:k])
        if float(dot(rest, rest)) > _DEPENDENT**2 * float(dot(row, row)):
            column = rest / dot(rest, rest)
        else:
            column = dot(found, share) / (1.0 + dot(share, share))
        found = np.column_stack([found - column[:, None] * share, column])
    return found


def total(values: Array, axis: int = 0) -> Array:
    """Return sums along an axis, added one after the other.

    Parameters
    ----------
    values : ndarray
    axis : int, optional

    Examples
    --------
    >>> total(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [4.0, 6.0]
    """
    if values.shape[axis] == 0:
        return np.zeros(np.delete(values.shape, axis))
    return np.asarray(np.add.accumulate(values, axis=axis).take(-1, axis=axis))


def mean(values: Array, axis: int = 0) -> Array:
    """Return means along an axis, added up one after the other.

    Examples
    --------
    >>> mean(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [2.0, 3.0]
    """
    return total(values, axis) / float(values.shape[axis])


def length(vectors: Array) -> Array:
    """Return the lengths of vectors in the plane.

    Parameters
    ----------
    vectors : ndarray, shape (..., 2)
        No longer than 1e150.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> length(np.array([[3.0, 4.0], [0.0, 2.0]])).tolist()
    [5.0, 2.0]
    """
    x, y = vectors[..., 0], vectors[..., 1]
    return np.asarray(np.sqrt(x * x + y * y))


def dot(vectors: Array, direction: Array) -> Array:
    """Return the scalar products of vectors with one, shape (..., D) by (D,).

    Examples
    --------
    >>> dot(np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([2.0, 1.0])).tolist()
    [10.0, 2.0]
    """
    return total(vectors * direction, axis=vectors.ndim - 1)


def interpolate(places: Array, at: Array, values: Array) -> Array:
    """Return the values between points, along straight lines; beyond, those at the end.

    Parameters
    ----------
    places : ndarray, shape (P,)
    at : ndarray, shape (N,)
        Where the points are, growing; 2 or more.
    values : ndarray, shape (N,)

    Returns
    -------
    ndarray, shape (P,)

    Examples
    --------
    >>> interpolate(np.array([-1.0, 0.5, 9.0]), np.arange(2.0), np.array([4.0, 6.0]))
    array([4., 5., 6.])
    """
    k = np.clip(np.searchsorted(at, places, side="right") - 1, 0, len(at) - 2)
    wide = np.maximum(at[k + 1] - at[k], 1e-300)  # only the last may be of no width
    part = np.clip((places - at[k]) / wide, 0.0, 1.0)
    return np.asarray((1.0 - part) * values[k] + part * values[k + 1])


def nearest(points: Array, others: Array) -> Array:
    """Return the distance of every point to the nearest of others.

    Parameters
    ----------
    points : ndarray, shape (N, 2)
    others : ndarray, shape (M, 2)
        One or more.

    Returns
    -------
    ndarray, shape (N,)

    Examples
    --------
    >>> nearest(np.array([[0.0, 0.0]]), np.array([[5.0, 12.0], [9.0, 12.0]])).tolist()
    [13.0]
    """
    least = np.full(len(points), np.inf)
    for x, y in others:
        across, down = points[:, 0] - x, points[:, 1] - y
        np.minimum(least, across * across + down * down, out=least)
    return np.asarray(np.sqrt(least))


def smoothed(values: Array, sigma: float, axis: int = 0) -> Array:
    """Return values smoothed by a Gaussian filter; edges are repeated.

    Parameters
    ----------
    values : ndarray
    sigma : float
        Standard deviation, samples; the filter reaches four of them.
    axis : int, optional

    Examples
    --------
    >>> smoothed(np.array([0.0, 0.0, 1.0, 0.0, 0.0]), 0.5).round(3).tolist()
    [0.0, 0.106, 0.787, 0.106, 0.0]
    """
    reach = max(int(4.0 * sigma + 0.5), 1)
    places = np.arange(-reach, reach + 1, dtype=np.float64)
    weights = exp(-(places * places) / (2.0 * sigma * sigma))
    weights = weights / total(weights)
    count = values.shape[axis]
    result: Array = np.zeros(values.shape, dtype=np.float64)
    for k in range(2 * reach + 1):
        at = np.clip(np.arange(count) + (k - reach), 0, count - 1)
        result += weights[k] * values.take(at, axis=axis)
    return np.asarray(result)
