"""√(1 - SSIM): structural dissimilarity on a scale that is close to a distance.

1 - SSIM grows with the square of a small difference, so that its root is what can be
compared between steps; its sum over steps is still no arc length.

References
----------
.. [1] Wang, Z., Bovik, A. C., Sheikh, H. R., & Simoncelli, E. P. (2004). Image quality
       assessment: from error visibility to structural similarity. IEEE Transactions on
       Image Processing 13(4), 600-612. https://doi.org/10.1109/TIP.2003.819861
.. [2] Brunet, D., Vrscay, E. R., & Wang, Z. (2012). On the mathematical properties of
       the structural similarity index. IEEE Transactions on Image Processing 21(4),
       1488-1499. https://doi.org/10.1109/TIP.2011.2173206
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Mask
from morphkit.errors import InputError
from morphkit.quality.filters import gaussian
from morphkit.quality.metrics.frames import AnyFrame, as_luma, check_frame, check_mask

#: Standard deviation of the Gaussian window [1]_, pixels.
SIGMA = 1.5
#: Pixels that the window reaches to each side.
REACH = 5
#: What keeps the quotients finite [1]_, for luma from 0 to 1.
C1, C2 = 0.01**2, 0.03**2

Luma = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Structure:
    """A frame as SSIM sees it, windowed once for all that it is compared with.

    With a mask, the part of it around the mask in which windows of its pixels lie.

    Parameters
    ----------
    luma : ndarray, shape (h, w), dtype float64
        In [0, 1].
    mean, variance : ndarray, shape (h, w), dtype float64
        Of the luma in the window around every pixel.
    mask : Mask or None
        Weighs the pixels.
    """

    luma: Luma
    mean: Luma
    variance: Luma
    mask: Mask | None


def prepare(frame: AnyFrame, mask: Mask | None = None) -> Structure:
    """Return the structure of a frame; errors as `check_frame`, or if it is small."""
    check_frame(frame)
    check_mask(mask, frame)
    if min(frame.shape[:2]) < 2 * REACH + 1:
        raise InputError(
            f"a frame of shape {frame.shape}",
            allowed=f"at least {2 * REACH + 1} pixels each way",
        )
    if mask is not None:
        seen = _box_around(mask)
        frame, mask = frame[seen], mask[seen]
    luma = as_luma(frame, mask)
    mean = _windowed(luma)
    return Structure(luma, mean, _windowed(luma * luma) - mean * mean, mask)


def distance(a: Structure, b: Structure) -> float:
    """Return √(1 - SSIM) [1]_, [2]_, Gaussian window of sigma 1.5, 0 to √2."""
    if a.luma.shape != b.luma.shape:
        raise InputError(f"frames of {a.luma.shape} and {b.luma.shape} to compare")
    covariance = _windowed(a.luma * b.luma) - a.mean * b.mean
    similar = (2 * a.mean * b.mean + C1) * (2 * covariance + C2)
    everywhere = similar / (
        (a.mean**2 + b.mean**2 + C1) * (a.variance + b.variance + C2)
    )
    if a.mask is None:  # the window is whole inside this border
        mean = everywhere[REACH:-REACH, REACH:-REACH].mean()
    else:
        mean = np.average(everywhere, weights=a.mask)
    return float(np.sqrt(max(1.0 - float(mean), 0.0)))


def _box_around(mask: Mask) -> tuple[slice, slice]:
    """Return rows and columns of all windows whose middle is in a mask."""
    found = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    down, across = (
        slice(max(int(places[0]) - REACH, 0), int(places[-1]) + REACH + 1)
        for places in found
    )
    return down, across


def _windowed(values: Luma) -> Luma:
    """Return the mean of values in the window around every pixel."""
    # The window ends where that of the paper does, 11 pixels across.
    return gaussian(values, SIGMA, reach=REACH)
