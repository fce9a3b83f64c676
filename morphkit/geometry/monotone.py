"""A smooth curve through points that does not swing beyond them.

Cubic pieces whose slopes at the points are weighted harmonic means of those beside them
[1]_, [2]_: between two points the curve stays between them. It is what
``scipy.interpolate.PchipInterpolator`` draws, in a fixed order of operations that
depends on no release of a library.

References
----------
.. [1] Fritsch, F. N. & Butland, J. (1984). A method for constructing local monotone
       piecewise cubic interpolants. SIAM J. Sci. Stat. Comput. 5(2), 300-304.
       https://doi.org/10.1137/0905021
.. [2] Moler, C. (2004). Numerical Computing with MATLAB, chapter 3.6.
       https://doi.org/10.1137/1.9780898717952
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def monotone_curve(at: Array, values: Array, places: Array) -> Array:
    """Return values of the curve.

    Parameters
    ----------
    at : ndarray, shape (N,)
        Where the points are, growing; 2 or more.
    values : ndarray, shape (N, D)
        Of the points.
    places : ndarray, shape (P,)
        Where values are asked for, from the first point to the last.

    Returns
    -------
    ndarray, shape (P, D)

    Examples
    --------
    >>> points = np.array([[0.0], [1.0], [1.0], [4.0]])
    >>> monotone_curve(np.arange(4.0), points, np.array([0.5, 1.5, 3.0])).T
    array([[0.6875, 1.    , 4.    ]])
    """
    h = np.diff(at)[:, None]
    m = np.diff(values, axis=0) / h
    d = _slopes(h, m)
    bend = (d[:-1] + d[1:] - 2 * m) / h
    cubic, square = bend / h, (m - d[:-1]) / h - bend
    k = np.clip(np.searchsorted(at, places, side="right") - 1, 0, len(at) - 2)
    s = (places - at[k])[:, None]
    s2 = s * s
    return np.asarray(((values[k] + d[k] * s) + square[k] * s2) + cubic[k] * (s2 * s))


def _slopes(h: Array, m: Array) -> Array:
    """Return the slope at every point, from widths and slopes of the pieces."""
    if len(m) == 1:
        return np.repeat(m, 2, axis=0)
    turns = (np.sign(m[1:]) != np.sign(m[:-1])) | (m[1:] == 0) | (m[:-1] == 0)
    before, after = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    safe = np.where(turns, 1.0, m[:-1]), np.where(turns, 1.0, m[1:])
    mean = (before / safe[0] + after / safe[1]) / (before + after)
    inner = np.where(turns, 0.0, 1.0 / np.where(turns, 1.0, mean))
    first, last = _end(h[0], h[1], m[0], m[1]), _end(h[-1], h[-2], m[-1], m[-2])
    return np.concatenate([first[None], inner, last[None]])


def _end(h0: Array, h1: Array, m0: Array, m1: Array) -> Array:
    """Return the slope at an end, from three points, held so that nothing turns."""
    slope = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    steep = (np.sign(m0) != np.sign(m1)) & (np.abs(slope) > 3.0 * np.abs(m0))
    return np.where(
        np.sign(slope) != np.sign(m0), 0.0, np.where(steep, 3.0 * m0, slope)
    )
