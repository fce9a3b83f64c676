"""Mean absolute difference of code values, in integers up to the last division."""

import numpy as np

from morphkit.arrays import Frame, Mask
from morphkit.metrics.frames import check_frames


def score(a: Frame, b: Frame, *, mask: Mask | None = None) -> float:
    """Return the mean absolute difference of two frames.

    Parameters
    ----------
    a, b : ndarray, shape (H, W, 3), dtype uint8
    mask : ndarray, shape (H, W), optional
        Weight of every pixel, 0 to 1.

    Returns
    -------
    float
        sRGB code values, 0 to 255; symmetric.

    Raises
    ------
    InputError
        As for `check_frames`.
    """
    check_frames(a, b, mask)
    difference = np.maximum(a, b) - np.minimum(a, b)
    if mask is None:
        return float(difference.sum(dtype=np.int64) / difference.size)
    weighted = difference.sum(axis=2, dtype=np.int64) * mask.astype(np.float64)
    return float(weighted.sum() / (3.0 * mask.sum(dtype=np.float64)))
