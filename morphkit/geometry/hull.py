"""The convex hull of points of the plane."""

from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError

Corner = tuple[float, float, int]
#: Turn, in squares of the extent of all, below which three points lie on a line.
_STRAIGHT = 1e-12


def convex_hull(points: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the corners of the convex hull of points, in order.

    The algorithm of Andrew, https://doi.org/10.1016/0020-0190(79)90072-3, in a fixed
    order of arithmetic. Points on an edge are no corners.

    Parameters
    ----------
    points : ndarray, shape (N, 2), dtype float64 or integer

    Returns
    -------
    ndarray, shape (M, 2)
        From the one with the least x, and the least y of these, on.

    Raises
    ------
    InputError
        If all points lie on one line.

    Examples
    --------
    >>> convex_hull(np.array([[0, 0], [4, 0], [1, 1], [2, 0], [0, 3]])).tolist()
    [[0, 0], [4, 0], [0, 3]]
    """
    listed = enumerate(points.tolist())
    places = sorted((float(x), float(y), k) for k, (x, y) in listed)
    extent = max((points.max(axis=0) - points.min(axis=0)).tolist(), default=0.0)
    least = _STRAIGHT * float(extent) ** 2
    corners: list[int] = []
    for order in (places, places[::-1]):
        chain: list[Corner] = []
        for place in order:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], place) <= least:
                chain.pop()
            chain.append(place)
        corners += [k for _, _, k in chain[:-1]]
    if len(corners) < 3:
        raise InputError("all landmarks lie on one line")
    return np.asarray(points[corners])


def _turn(a: Corner, b: Corner, c: Corner) -> float:
    """Return twice the signed area of a triangle; more than 0 is a turn to the left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
