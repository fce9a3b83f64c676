"""Symmetric dense matching in integers: the same bits on every machine.

Patches are matched by `morphkit.pixels.matching`, in both directions; both are carried
to the middle, weighted by how well they agree, and smoothed.
``docs/correspondence_specification.md``, section "Dense matching", states every step.
"""

import math

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Frame
from morphkit.pixels import ONE
from morphkit.pixels.matching import (
    even_contrast,
    luma_of,
    match_halfway,
    spread,
)

#: Pixels by which both directions may disagree for a quarter of full trust.
_CONSISTENCY = 2.5
#: Weight of zero displacement against full trust: where no displacement nearby can be
#: trusted, nothing moves.
_STILL = 0.005
#: Half the width of the neighbourhood whose contrast is made even, as a fraction of the
#: longer side.
_CONTRAST_RADIUS = 0.012
#: Reach of the filter of the smoothing, in standard deviations, and the least one, in
#: pixels.
_REACH, _LEAST_SMOOTH = 3.0, 0.5


def estimate(
    first: Frame,
    second: Frame,
    *,
    smooth: float,
    most: float,
    even: bool = False,
    ignore: npt.NDArray[np.bool_] | None = None,
    hold: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.float64]:
    """Return the displacement between two frames, defined halfway between them.

    Parameters and result are those of `morphkit.geometry.correspondence.flow.estimate`;
    swapping the frames changes nothing but the sign.
    """
    planes = [luma_of(frame) for frame in (first, second)]
    if even:
        half = max(round(_CONTRAST_RADIUS * max(planes[0].shape)), 1)
        planes = [even_contrast(plane, half) for plane in planes]
    middle, trust = match_halfway(*planes, apart=_CONSISTENCY, most=most)
    if ignore is not None:
        trust[ignore] = 0
    if hold is not None:
        trust[hold], middle[hold] = ONE, 0
    return spread(middle, trust, gaussian_taps(smooth), still=_STILL)


def gaussian_taps(sigma: float) -> npt.NDArray[np.int16]:
    """Return a Gaussian filter in units of 1/16384.

    Parameters
    ----------
    sigma : float
        Standard deviation, pixels; half a pixel at least.

    Returns
    -------
    ndarray, shape (2 r + 1,), dtype int16

    Examples
    --------
    >>> gaussian_taps(1.0).tolist()
    [73, 885, 3966, 6538, 3966, 885, 73]
    """
    width = max(sigma, _LEAST_SMOOTH)
    reach = math.ceil(_REACH * width)
    places = np.arange(-reach, reach + 1, dtype=np.float64)
    weights = fixed_order.exp(-(places * places) / (2.0 * width * width))
    return np.rint(weights / math.fsum(weights) * ONE).astype(np.int16)
