"""Colour difference CIEDE2000, by scikit-image: mean and root mean square.

References
----------
.. [1] Sharma, G., Wu, W., & Dalal, E. N. (2005). The CIEDE2000 color-difference
       formula. Color Research & Application 30(1), 21-30.
       https://doi.org/10.1002/col.20070
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Mask
from morphkit.errors import InputError
from morphkit.quality.metrics.frames import (
    AnyFrame,
    as_codes,
    check_frame,
    check_mask,
    lab_of,
)


@dataclass(frozen=True, eq=False)
class Colours:
    """The colours of a frame that count.

    Parameters
    ----------
    lab : ndarray, shape (1, N, 3), dtype float64
        CIELAB, D65, of the pixels inside the mask.
    weights : ndarray, shape (N,), or None
        Of the same pixels; None where all count alike.
    """

    lab: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64] | None


def prepare(frame: AnyFrame, mask: Mask | None = None) -> Colours:
    """Return the colours of a frame inside a mask; errors as `check_frame`."""
    check_frame(frame)
    check_mask(mask, frame)
    codes = as_codes(frame).reshape(1, -1, 3)
    if mask is None:
        return Colours(lab_of(codes), None)
    weights = mask.astype(np.float64).ravel()
    seen = weights > 0
    return Colours(lab_of(codes[:, seen]), weights[seen])


def mean(a: Colours, b: Colours) -> float:
    """Return the mean CIEDE2000 difference [1]_."""
    return float(np.average(_difference(a, b), weights=a.weights))


def root_mean_square(a: Colours, b: Colours) -> float:
    """Return the root of the mean squared CIEDE2000 difference [1]_."""
    return float(np.sqrt(np.average(_difference(a, b) ** 2, weights=a.weights)))


def _difference(a: Colours, b: Colours) -> npt.NDArray[np.float64]:
    """Return the difference of every pixel."""
    from skimage.color import deltaE_ciede2000

    if a.lab.shape != b.lab.shape:
        raise InputError(
            f"frames of {a.lab.shape[1]} and {b.lab.shape[1]} pixels to compare"
        )
    return np.asarray(deltaE_ciede2000(a.lab, b.lab)[0])
