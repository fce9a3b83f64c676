"""Polygons: cutting and area of convex ones, and the pixels in any.

Conventions
-----------
A polygon is (n, D) float64, closed, the first corner not repeated; the first two
coordinates of a corner are its position in the plane.
"""

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points


def cut(
    polygon: npt.NDArray[np.float64], depth: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the part of a convex polygon where `depth` is not negative.

    One step of the algorithm of Sutherland and Hodgman,
    https://doi.org/10.1145/360767.360802

    Parameters
    ----------
    polygon : ndarray, shape (n, D), dtype float64
    depth : ndarray, shape (n,), dtype float64
        Of every corner; affine in the plane.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    >>> area(cut(square, 1.5 - square[:, 0]))
    3.0
    """
    if depth.min(initial=0.0) >= 0:
        return polygon
    kept = []
    for k in range(len(polygon)):
        if (depth[k - 1] < 0) != (depth[k] < 0):
            share = depth[k - 1] / (depth[k - 1] - depth[k])
            kept.append(polygon[k - 1] + share * (polygon[k] - polygon[k - 1]))
        if depth[k] >= 0:
            kept.append(polygon[k])
    return np.array(kept).reshape(-1, polygon.shape[1])


def area(polygon: npt.NDArray[np.float64]) -> float:
    """Return the signed area of a polygon; 0 if nothing is left of it."""
    if not len(polygon):
        return 0.0
    x, y = polygon[:, 0], polygon[:, 1]
    after = np.append(polygon[1:], polygon[:1], axis=0)
    return float((x * after[:, 1] - after[:, 0] * y).sum()) / 2


def filled(
    corners: npt.NDArray[np.integer], unit: int, size: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    """Return the pixels whose centres lie in a convex polygon, or on its edge.

    Every row is one span, whose ends are found in integers: exact, and much less work
    than asking for every pixel.

    Parameters
    ----------
    corners : ndarray of int, shape (n, 2)
        Of the polygon, in order.
    unit : int
        Units of the corners in a pixel.
    size : (int, int)
        Width and height of the result.

    Returns
    -------
    ndarray, shape (height, width), dtype bool

    Examples
    --------
    >>> filled(np.array([[2, 2], [9, 2], [2, 9]]), 4, (4, 3)).astype(int)
    array([[0, 0, 0, 0],
           [0, 1, 0, 0],
           [0, 0, 0, 0]])
    """
    width, height = size
    rows = np.arange(height, dtype=np.int64) * unit
    low = np.full(height, width, np.int64)
    high = np.full(height, -1, np.int64)
    whole = corners.astype(np.int64).tolist()
    for a, b in zip(whole, [*whole[1:], whole[0]], strict=True):
        (xa, ya), (xb, yb) = sorted((a, b), key=lambda corner: corner[1])
        at = (rows >= ya) & (rows <= yb)
        if ya == yb:
            first, last = min(xa, xb), max(xa, xb)
            low[at] = np.minimum(low[at], -(-first // unit))
            high[at] = np.maximum(high[at], last // unit)
            continue
        # x of the edge times unit · (yb - ya): the first pixel not left of it, the last
        # not right of it.
        x = xa * (yb - ya) + (rows[at] - ya) * (xb - xa)
        whole_step = unit * (yb - ya)
        low[at] = np.minimum(low[at], -(-x // whole_step))
        high[at] = np.maximum(high[at], x // whole_step)
    columns = np.arange(width)
    return np.asarray((columns >= low[:, None]) & (columns <= high[:, None]))


#: Bits of the fraction of a pixel, as in OpenCV's drawing.
_BITS = 16
#: Where an edge is in rows that it does not pass: right of everything.
_NOWHERE = 1 << 60


def drawn(
    corners: npt.NDArray[np.integer], size: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    """Return the pixels in a polygon, by the even-odd rule, or on a line around it.

    In integers, the pixels that ``cv2.fillPoly`` draws where none is outside the image:
    spans with edges in 1/65536 px, and edges by the algorithm of Bresenham,
    https://doi.org/10.1147/sj.41.0025

    Parameters
    ----------
    corners : ndarray of int, shape (n, 2)
        Pixels.
    size : (int, int)
        Width and height of the result.

    Returns
    -------
    ndarray, shape (height, width), dtype bool

    Examples
    --------
    >>> drawn(np.array([[0, 0], [4, 1], [0, 2]]), (5, 3)).astype(int)
    array([[1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1],
           [1, 1, 1, 0, 0]])
    """
    width, height = size
    inside = np.zeros((height, width), dtype=bool)
    ends = corners.astype(np.int64)
    starts = np.roll(ends, 1, axis=0)
    x, y = _lines(starts, ends)
    seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    inside[y[seen], x[seen]] = True
    (left, top), (right, bottom) = np.maximum([ends.min(axis=0), ends.max(axis=0)], 0)
    part = inside[top : bottom + 1, left : right + 1]
    rows, columns = top + np.arange(part.shape[0]), left + np.arange(part.shape[1])
    crossings = np.sort(_crossings(starts, ends, rows), axis=0)
    for first, last in zip(crossings[:-1:2], crossings[1::2], strict=True):
        if (first == _NOWHERE).all():
            break
        low, high = -(-first >> _BITS), last >> _BITS
        part |= (columns >= low[:, None]) & (columns <= high[:, None])
    return inside


def _lines(
    starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return x and y of the pixels of lines (n, 2), each drawn from left to right."""
    swap = (starts[:, 0] > ends[:, 0])[:, None]
    starts, ends = np.where(swap, ends, starts), np.where(swap, starts, ends)
    run, rise = (ends - starts).T
    longer, shorter = np.maximum(run, abs(rise)), np.minimum(run, abs(rise))
    line = np.repeat(np.arange(len(run)), longer + 1)
    along = np.arange(len(line)) - (np.cumsum(longer + 1) - longer - 1)[line]
    doubled = 2 * np.maximum(longer, 1)
    across = -((longer[line] - 2 * shorter[line] * along) // doubled[line])
    steep, down = (abs(rise) > run)[line], np.where(rise < 0, -1, 1)[line]
    x, y = starts[line].T
    return (
        x + np.where(steep, across, along),
        y + down * np.where(steep, along, across),
    )


def _crossings(
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Return x of edges in rows (n, rows), 1/65536 px; `_NOWHERE` beside an edge."""
    down = (starts[:, 1] <= ends[:, 1])[:, None]
    (x, top), (end, bottom) = (
        np.where(down, *both).T[..., None] for both in ((starts, ends), (ends, starts))
    )
    steep = (abs(end - x) << _BITS) // np.maximum(bottom - top, 1)
    at = (x << _BITS) + (rows - top) * np.where(end >= x, steep, -steep)
    return np.where((rows >= top) & (rows < bottom), at, _NOWHERE)


def share_outside(points: Points, low: npt.ArrayLike, high: npt.ArrayLike) -> float:
    """Return the share of the convex hull of points outside a box, 0 to 1.

    Parameters
    ----------
    points : ndarray, shape (N, 2), dtype float64
    low, high : array-like, shape (2,)
        Corners of the box.

    Returns
    -------
    float
        0 if the points lie on one line.
    """
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    if (points >= low).all() and (points <= high).all():
        return 0.0
    from scipy.spatial import ConvexHull, QhullError

    try:
        hull = points[ConvexHull(points).vertices]
    except QhullError:
        return 0.0
    left = hull
    for axis in range(2):
        left = cut(left, left[:, axis] - low[axis])
        left = cut(left, high[axis] - left[:, axis])
    return 1.0 - abs(area(left)) / abs(area(hull))
