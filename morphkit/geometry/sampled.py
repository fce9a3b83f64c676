"""Values between the points of a grid, in a fixed order of IEEE operations.

`scipy.ndimage.map_coordinates` gives the same to rounding; its last bits depend on the
compiler that built it.

References
----------
.. [1] Unser, M. (1999). Splines: a perfect fit for signal and image processing. IEEE
       Signal Processing Magazine 16(6), 22-38. https://doi.org/10.1109/79.799930
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Pole of the filter whose result are the coefficients of a cubic spline: √3 - 2.
_POLE = -0.2679491924311227
#: Points repeated beyond the edges: what lies farther changes no digit.
_BEYOND = 16


def sample_linear(values: Array, rows: Array, columns: Array) -> Array:
    """Return values between points, bilinear; beyond the edges those of the edge.

    Parameters
    ----------
    values : ndarray, shape (H, W, ...)
        Two or more rows and columns.
    rows, columns : ndarray, shape (...)
        Places, in points of the grid.

    Returns
    -------
    ndarray, shape (...) of the places, then of a value

    Examples
    --------
    >>> sample_linear(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array(0.5), np.array(0.25))
    array(1.25)
    """
    more = (1,) * (values.ndim - 2)
    low, part = [], []
    for places, side in zip((rows, columns), values.shape[:2], strict=True):
        inside = np.clip(places, 0.0, side - 1.0)
        first = np.minimum(np.floor(inside), side - 2.0)
        low.append(first.astype(np.intp))
        part.append((inside - first).reshape(places.shape + more))
    (y, x), (down, right) = low, part
    upper = (1.0 - right) * values[y, x] + right * values[y, x + 1]
    lower = (1.0 - right) * values[y + 1, x] + right * values[y + 1, x + 1]
    return np.asarray((1.0 - down) * upper + down * lower)


def sample_cubic(values: Array, rows: Array, columns: Array) -> Array:
    """Return values between points, by cubic splines [1]_ through all of them.

    Parameters
    ----------
    values : ndarray, shape (H, W, ...)
        Beyond the edges those of the edge are repeated.
    rows, columns : ndarray, shape (...)
        Places, in points of the grid.

    Returns
    -------
    ndarray, shape (...) of the places, then of a value

    Examples
    --------
    >>> line = np.array([[0.0, 1.0, 8.0]]).repeat(3, axis=0)
    >>> sample_cubic(line, np.array([1.0, 1.0]), np.array([1.0, 2.0])).round(12)
    array([1., 8.])
    """
    padding = [(_BEYOND, _BEYOND)] * 2 + [(0, 0)] * (values.ndim - 2)
    knots = _coefficients(np.pad(values, padding, mode="edge"))
    knots = _coefficients(knots.swapaxes(0, 1)).swapaxes(0, 1)
    more = (1,) * (values.ndim - 2)
    places, weights = [], []
    for at, side in zip((rows, columns), values.shape[:2], strict=True):
        inside = np.clip(at, 0.0, side - 1.0)
        low = np.floor(inside)
        places.append(low.astype(np.intp) + (_BEYOND - 1))
        shares = _weights(inside - low)
        weights.append([share.reshape(rows.shape + more) for share in shares])
    # One index for each place: to take by it is twice as fast as by row and column.
    across = knots.shape[1]
    corner = places[0] * across + places[1]
    flat = np.ascontiguousarray(knots).reshape(-1, *values.shape[2:])
    result = np.zeros((*rows.shape, *values.shape[2:]))
    term = np.empty_like(result)
    for i in range(4):
        row = np.zeros_like(result)
        for j in range(4):
            np.take(flat, corner + (i * across + j), axis=0, out=term, mode="clip")
            term *= weights[1][j]
            row += term
        row *= weights[0][i]
        result += row
    return result


def _weights(part: Array) -> list[Array]:
    """Return the weights of four coefficients at a fraction between the middle two."""
    rest = 1.0 - part
    square, cube = part * part, part * part * part
    return [
        rest * rest * rest / 6.0,
        (3.0 * cube - 6.0 * square + 4.0) / 6.0,
        (3.0 * square - 3.0 * cube + 3.0 * part + 1.0) / 6.0,
        cube / 6.0,
    ]


def _coefficients(values: Array) -> Array:
    """Return the coefficients of splines along the first axis, mirrored at its ends."""
    found = np.array(values, dtype=np.float64, order="C")
    power = 1.0
    for value in values[1 : _BEYOND + 1]:
        power *= _POLE
        found[0] += power * value
    rows, share = list(found), np.empty_like(found[0])
    for before, row in pairwise(rows):
        np.multiply(before, _POLE, out=share)
        row += share
    last = _POLE / (_POLE * _POLE - 1.0)
    found[-1] = last * (found[-1] + _POLE * found[-2])
    for after, row in pairwise(reversed(rows)):
        np.subtract(after, row, out=row)
        row *= _POLE
    found *= 6.0
    return found
