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
from morphkit.quality.metrics.frames import AnyFrame, as_luma, check_frame, check_mask

#: Pixels that the Gaussian window of sigma 1.5 reaches to each side.
REACH = 5


@dataclass(frozen=True, eq=False)
class Structure:
    """The luma of a frame, (H, W) in [0, 1], and the mask that weighs it."""

    luma: npt.NDArray[np.float64]
    mask: Mask | None


def prepare(frame: AnyFrame, mask: Mask | None = None) -> Structure:
    """Return the luma of a frame; errors as `check_frame`, or if it is too small."""
    check_frame(frame)
    check_mask(mask, frame)
    if min(frame.shape[:2]) < 2 * REACH + 1:
        raise InputError(
            f"a frame of shape {frame.shape}",
            allowed=f"at least {2 * REACH + 1} pixels each way",
        )
    return Structure(as_luma(frame, mask), mask)


def distance(a: Structure, b: Structure) -> float:
    """Return √(1 - SSIM) [1]_, [2]_, Gaussian window of sigma 1.5, 0 to √2."""
    from skimage.metrics import structural_similarity

    if a.luma.shape != b.luma.shape:
        raise InputError(f"frames of {a.luma.shape} and {b.luma.shape} to compare")
    mean, everywhere = structural_similarity(
        a.luma,
        b.luma,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    if a.mask is not None:
        mean = np.average(everywhere, weights=a.mask)
    return float(np.sqrt(max(1.0 - float(mean), 0.0)))
