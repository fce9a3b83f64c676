"""Mean colour difference CIEDE2000, by scikit-image.

References
----------
.. [1] Sharma, G., Wu, W., & Dalal, E. N. (2005). The CIEDE2000 color-difference
       formula. Color Research & Application 30(1), 21-30.
       https://doi.org/10.1002/col.20070
"""

import numpy as np

from morphkit.arrays import Frame, Mask
from morphkit.metrics.frames import check_frames


def score(a: Frame, b: Frame, *, mask: Mask | None = None) -> float:
    """Return the mean CIEDE2000 difference of two frames [1]_.

    Parameters
    ----------
    a, b : ndarray, shape (H, W, 3), dtype uint8
    mask : ndarray, shape (H, W), optional
        Weight of every pixel, 0 to 1.

    Returns
    -------
    float
        About 1 is just noticeable side by side; symmetric up to rounding.

    Raises
    ------
    InputError
        As for `check_frames`.
    """
    check_frames(a, b, mask)
    from skimage.color import deltaE_ciede2000, rgb2lab

    difference = deltaE_ciede2000(rgb2lab(a), rgb2lab(b))
    return float(np.average(difference, weights=mask))
