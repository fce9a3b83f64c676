"""Polygons: cutting and area of convex ones, and the pixels in any.

Conventions
-----------
A polygon is (n, D) float64, closed, the first corner not repeated; the first two
coordinates of a corner are its position in the plane.
"""

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.errors import InputError
from morphkit.geometry.hull import convex_hull

#: Distance below which a point lies on an edge, pixels.
_NEAR = 1e-12


def cut(
    polygon: npt.NDArray[np.float64], depth: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the part of a convex polygon where `depth` is not negative.

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
    kept, counts = cut_all(polygon[None], np.array([len(polygon)]), depth[None])
    return kept[0, : counts[0]]


def cut_all(
    polygons: npt.NDArray[np.float64],
    counts: npt.NDArray[np.intp],
    depth: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """Return the parts of convex polygons where `depth` is not negative.

    One step of the algorithm of Sutherland and Hodgman for all at once,
    https://doi.org/10.1145/360767.360802

    Parameters
    ----------
    polygons : ndarray, shape (P, n, D), dtype float64
    counts : ndarray, shape (P,), dtype intp
        How many of the n corners each polygon has; the others are ignored.
    depth : ndarray, shape (P, n), dtype float64
        Of every corner; affine in the plane.

    Returns
    -------
    polygons : ndarray, shape (P, m, D), dtype float64
    counts : ndarray, shape (P,), dtype intp
    """
    n_polygons, n, _ = polygons.shape
    at = np.arange(n)
    there = at < counts[:, None]
    before = np.where(at > 0, at - 1, np.maximum(counts, 1)[:, None] - 1)
    depth_before = np.take_along_axis(depth, before, axis=1)
    kept = there & (depth >= 0)
    crossed = there & ((depth_before < 0) != (depth < 0))
    # Where an edge enters or leaves, its crossing comes before the corner it ends in.
    ends = np.cumsum(crossed.astype(np.intp) + kept, axis=1)
    left = ends[:, -1] if n else counts
    result = np.zeros((n_polygons, int(left.max(initial=0)), polygons.shape[2]))
    p, k = np.nonzero(kept)
    result[p, ends[p, k] - 1] = polygons[p, k]
    p, k = np.nonzero(crossed)
    start, end = polygons[p, before[p, k]], polygons[p, k]
    depths = depth_before[p, k], depth[p, k]
    share = depths[0] / (depths[0] - depths[1])
    places = ends[p, k] - 1 - kept[p, k]
    result[p, places] = start + share[:, None] * (end - start)
    return result, left


def area(polygon: npt.NDArray[np.float64]) -> float:
    """Return the signed area of a polygon; 0 if nothing is left of it."""
    return float(areas(polygon[None], np.array([len(polygon)]))[0])


def areas(
    polygons: npt.NDArray[np.float64], counts: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """Return the signed areas of polygons, given as for `cut_all`."""
    n = polygons.shape[1]
    if not n:
        return np.zeros(len(polygons))
    at = np.arange(n)
    after = np.where(at + 1 < counts[:, None], at + 1, 0)
    x, y = polygons[..., 0], polygons[..., 1]
    next_x, next_y = (np.take_along_axis(each, after, axis=1) for each in (x, y))
    parts = np.where(at < counts[:, None], x * next_y - next_x * y, 0.0)
    return np.asarray(parts.sum(axis=1) / 2)


def within(points: Points, polygon: Points) -> npt.NDArray[np.bool_]:
    """Return which points are inside a polygon, convex or not, by the even-odd rule."""
    a, b = polygon, np.roll(polygon, -1, axis=0)
    x, y = points[:, 0, None], points[:, 1, None]
    active = (a[:, 1] <= y) != (b[:, 1] <= y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    return np.asarray((active & (at <= x)).sum(axis=1) % 2 == 1)


def from_polygon(points: Points, polygon: Points) -> npt.NDArray[np.float64]:
    """Return the distance of points from a convex polygon, 0 within it.

    Parameters
    ----------
    points : ndarray, shape (N, 2), dtype float64
    polygon : ndarray, shape (n, 2), dtype float64

    Returns
    -------
    ndarray, shape (N,), dtype float64

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    >>> from_polygon(np.array([[1.0, 1.0], [5.0, 1.0], [-3.0, -4.0]]), square).tolist()
    [0.0, 3.0, 5.0]
    """
    least = np.full(len(points), np.inf)
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        along, away = end - start, points - start
        share = fixed_order.dot(away, along) / fixed_order.dot(along, along)
        foot = np.clip(share, 0.0, 1.0)[:, None] * along
        least = np.minimum(least, fixed_order.length(away - foot))
    least[within(points, polygon)] = 0.0
    return least


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
        at = slice(max(-(-ya // unit), 0), max(yb // unit + 1, 0))
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
    found = np.zeros((height, width), bool)
    spans = np.flatnonzero(low <= high)
    if spans.size:
        seen = slice(spans[0], spans[-1] + 1)
        first = max(int(low[spans].min()), 0)
        columns = np.arange(first, min(int(high[spans].max()) + 1, width))
        low, high = low[seen, None], high[seen, None]
        found[seen, first : first + len(columns)] = (columns >= low) & (columns <= high)
    return found


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
    found = np.zeros((height, width), dtype=bool)
    ends = corners.astype(np.int64)
    starts = np.roll(ends, 1, axis=0)
    x, y = _lines(starts, ends)
    seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    found[y[seen], x[seen]] = True
    (left, top), (right, bottom) = np.maximum([ends.min(axis=0), ends.max(axis=0)], 0)
    part = found[top : bottom + 1, left : right + 1]
    rows, columns = top + np.arange(part.shape[0]), left + np.arange(part.shape[1])
    crossings = np.sort(_crossings(starts, ends, rows), axis=0)
    for first, last in zip(crossings[:-1:2], crossings[1::2], strict=True):
        if (first == _NOWHERE).all():
            break
        low, high = -(-first >> _BITS), last >> _BITS
        part |= (columns >= low[:, None]) & (columns <= high[:, None])
    return found


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


def inside(corners: Points, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return the pixels whose centres lie in any polygon, or on its edge.

    Where the polygon overlaps itself twice it has a hole (even-odd rule).

    Parameters
    ----------
    corners : ndarray, shape (n, 2), dtype float64
        In order; they may lie outside.
    shape : (int, int)
        Height and width of the result.

    Returns
    -------
    ndarray, shape (height, width), dtype bool

    Examples
    --------
    >>> inside(np.array([[0.5, 0.5], [3.0, 0.5], [0.5, 3.0]]), (3, 4)).astype(int)
    array([[0, 0, 0, 0],
           [0, 1, 1, 0],
           [0, 1, 0, 0]])
    """
    result = np.zeros(shape, bool)
    limits = np.array([shape[1], shape[0]]) - 1
    low = np.clip(np.ceil(corners.min(axis=0)), 0, limits + 1).astype(int)
    high = np.clip(np.floor(corners.max(axis=0)), -1, limits).astype(int)
    if (low > high).any():
        return result
    box = tuple(slice(a, b + 1) for a, b in zip(low[::-1], high[::-1], strict=True))
    x, y = (
        corners[:, 0] - low[0],
        corners[:, 1][:, None] - np.arange(low[1], high[1] + 1),
    )
    columns = np.arange(high[0] - low[0] + 1)
    right, left = (_crossed(x, y, len(columns), to_right=way) for way in (True, False))
    found = right | (right != left)  # on an edge the numbers differ
    for corner, row in np.argwhere(np.abs(y) < _NEAR):
        found[row] |= np.abs(x[corner] - columns) < _NEAR
    result[box] = found
    return result


def _crossed(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    n_columns: int,
    *,
    to_right: bool,
) -> npt.NDArray[np.bool_]:
    """Return from where an odd number of edges is crossed on the way out of a box.

    Of corners, x from the first column (n,), and y from every row (n, rows).
    """
    y = y if to_right else -y
    x_before, y_before = np.roll(x, 1), np.roll(y, 1, axis=0)
    edges, rows = np.nonzero((y > _NEAR) != (y_before > _NEAR))
    start, end = y_before[edges, rows], y[edges, rows]
    place = (x_before[edges] * end - x[edges] * start) / (end - start)
    # the first column that is not left of an edge, or that is right of it
    first = np.ceil(place - _NEAR) if to_right else np.floor(place + _NEAR) + 1
    n_edges = np.zeros((y.shape[1], n_columns + 1), np.int32)
    np.add.at(n_edges, (rows, np.clip(first, 0, n_columns).astype(np.intp)), 1)
    passed = np.cumsum(n_edges, axis=1)
    crossed = passed[:, -1:] - passed if to_right else passed
    return np.asarray((crossed[:, :-1] & 1).astype(bool))


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
    try:
        hull = convex_hull(points)
    except InputError:
        return 0.0
    left = hull
    for axis in range(2):
        left = cut(left, left[:, axis] - low[axis])
        left = cut(left, high[axis] - left[:, axis])
    return 1.0 - abs(area(left)) / abs(area(hull))
