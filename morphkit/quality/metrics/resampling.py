"""A square part of a picture at another size, exact enough to measure on.

Every pixel of the result is a weighted mean of the pixels around its place, the weights
falling off along a straight line over one pixel of the result or of the picture,
whichever is larger: linear interpolation where the picture is enlarged, a low-pass
filter where it is reduced.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import frozen
from morphkit.pixels import measuring
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
        Of three channels if it holds indices.
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
    height, width, _ = picture.shape
    across = _weights(corner[0], side, n_pixels, width)
    down = _weights(corner[1], side, n_pixels, height)
    square = measuring.resample(picture, values, down, across)
    inside_x, inside_y = ((weights > 0).sum(axis=1) for _, weights in (across, down))
    square[np.multiply.outer(inside_y, inside_x) == 0] = fill
    return square


@lru_cache(maxsize=8)
def _weights(
    start: float, side: float, n: int, length: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Return the first pixel of an axis for every pixel of the result, and weights."""
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
    # From the first pixel on that lets all weights lie in the picture.
    n_taps = min(len(offsets), length)
    begin = np.clip(first, 0, length - n_taps)
    kept = np.zeros((n, n_taps))
    rows, columns = np.nonzero(weights)
    kept[rows, places[rows, columns] - begin[rows]] = weights[rows, columns]
    return frozen(begin.astype(np.int32)), frozen(kept)
