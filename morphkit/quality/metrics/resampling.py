"""A square part of a picture at another size, exact enough to measure on.

Every pixel of the result is a weighted mean of the pixels around its place, the weights
falling off along a straight line over one pixel of the result or of the picture,
whichever is larger: linear interpolation where the picture is enlarged, a low-pass
filter where it is reduced.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit.quality.metrics.frames import FILL


def resample(
    picture: npt.NDArray[Any],
    corner: tuple[float, float],
    side: float,
    n_pixels: int,
    fill: float = FILL,
    *,
    values: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.float64]:
    """Return a square of a picture, `n_pixels` wide and high.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
    corner : (float, float)
        x and y of the outer top-left corner of the square, pixels; the outer corner
        of the picture is at (-0.5, -0.5). The square may reach beyond the picture.
    side : float
        Of the square, pixels; more than 0.
    n_pixels : int
        Side of the result.
    fill : float, optional
        What stands outside the picture; middle grey.
    values : ndarray, shape (N,), optional
        What the numbers of the picture stand for, if it holds indices. Only those that
        are in the square are looked up.

    Returns
    -------
    ndarray, shape (n_pixels, n_pixels, C)
    """
    height, width, channels = picture.shape
    across = _weights(corner[0], side, n_pixels, width)
    down = _weights(corner[1], side, n_pixels, height)
    # Only what has a weight is touched; the sums, and their order, are the same.
    (top, bottom), (left, right) = (_reach(weights) for weights in (down, across))
    seen = picture[top:bottom, left:right]
    if values is not None:
        seen = values[seen]
    flat = seen.reshape(bottom - top, (right - left) * channels)
    flat = flat.astype(np.float64, copy=False)
    rows = (_from(down, top, bottom) @ flat).reshape(n_pixels, right - left, channels)
    turned = rows.transpose(1, 0, 2).reshape(right - left, n_pixels * channels)
    square = (_from(across, left, right) @ turned).reshape(n_pixels, n_pixels, channels)
    result = np.ascontiguousarray(square.transpose(1, 0, 2))
    inside_x = np.diff(across.indptr) > 0
    inside_y = np.diff(down.indptr) > 0
    result[~(inside_y[:, None] & inside_x[None, :])] = fill
    return np.asarray(result)


def _reach(weights: "scipy.sparse.csr_array") -> tuple[int, int]:
    """Return the first pixel of an axis that has a weight, and the one after them."""
    if not weights.nnz:
        return 0, 1
    return int(weights.indices.min()), int(weights.indices.max()) + 1


def _from(
    weights: "scipy.sparse.csr_array", first: int, end: int
) -> "scipy.sparse.csr_array":
    """Return weights of the pixels from one to another."""
    parts = weights.data, weights.indices - first, weights.indptr
    return scipy.sparse.csr_array(parts, shape=(weights.shape[0], end - first))


def _weights(
    start: float, side: float, n: int, length: int
) -> "scipy.sparse.csr_array":
    """Return the weight of every pixel of an axis for every pixel of the result."""
    scale = side / n
    centres = start + (np.arange(n) + 0.5) * scale
    reach = max(scale, 1.0)
    first = np.ceil(centres - reach).astype(int)
    offsets = np.arange(int(np.ceil(2 * reach)) + 1)
    places = first[:, None] + offsets[None, :]
    weights = np.maximum(1.0 - np.abs(places - centres[:, None]) / reach, 0.0)
    weights[(places < 0) | (places >= length)] = 0.0
    # A place outside the picture has no mean; edges within half a pixel still do.
    weights[(centres < -0.5) | (centres > length - 0.5)] = 0.0
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    rows, columns = np.nonzero(weights)
    return scipy.sparse.csr_array(
        (weights[rows, columns], (rows, places[rows, columns])), shape=(n, length)
    )
