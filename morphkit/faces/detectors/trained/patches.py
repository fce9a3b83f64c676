"""What is seen around points: histograms of the directions of edges [2]_."""

from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points

#: Directions of edges, cells along each side of a patch, and their values in all.
DIRECTIONS, CELLS = 8, 4
N_VALUES = CELLS * CELLS * DIRECTIONS
#: Largest share of a value in the length of all, which strong light exceeds.
LARGEST = 0.2

Floats = npt.NDArray[np.float32]


def edge_maps(grey: npt.NDArray[np.uint8], window: int) -> Floats:
    """Return the strength of edges in each direction, blurred to the size of a cell.

    Parameters
    ----------
    grey : ndarray, shape (H, W), dtype uint8
    window : int
        Side of the patches, pixels.

    Returns
    -------
    ndarray, shape (H, W, DIRECTIONS), dtype float32
    """
    import cv2

    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), max(0.6, window / 40))
    dx = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3)
    dy = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3)
    strength = np.sqrt(dx * dx + dy * dy)
    turn = np.arctan2(dy, dx) * np.float32(DIRECTIONS / (2 * np.pi))
    maps = []
    for k in range(DIRECTIONS):
        apart = np.abs((turn - k + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
        share = strength * np.clip(1 - apart, 0, 1)
        maps.append(cv2.GaussianBlur(share, (0, 0), window / CELLS / 2))
    return np.stack(maps, axis=2).astype(np.float32)


def describe(maps: Floats, points: Points, window: int) -> Floats:
    """Return what is seen around each point.

    Parameters
    ----------
    maps : ndarray, shape (H, W, DIRECTIONS)
        Of `edge_maps`, for the same window.
    points : ndarray, shape (N, 2)
    window : int

    Returns
    -------
    ndarray, shape (N, N_VALUES), dtype float32
        Each of length 1.
    """
    import cv2

    offsets = (np.arange(CELLS) - (CELLS - 1) / 2) * window / CELLS
    dx, dy = np.meshgrid(offsets, offsets)
    x = (points[:, :1] + dx.ravel()).astype(np.float32)
    y = (points[:, 1:] + dy.ravel()).astype(np.float32)
    looked = [
        cv2.remap(
            np.ascontiguousarray(maps[..., k : k + 4]), x, y, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for k in range(0, DIRECTIONS, 4)
    ]  # fmt: skip
    values = np.concatenate(looked, axis=2).reshape(len(points), -1)
    return _unit(np.minimum(_unit(values, 1e-3), LARGEST), 1e-6)


def _unit(values: npt.NDArray[Any], least: float) -> Floats:
    """Return every row divided by its length, which counts as `least`, at least."""
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / (lengths + least), np.float32)
