"""Symmetric dense optical flow between two frames.

References
----------
.. [1] Kroeger, T., Timofte, R., Dai, D., & Van Gool, L. (2016). Fast optical flow
       using dense inverse search. ECCV 2016, 471-488.
       https://doi.org/10.1007/978-3-319-46493-0_29
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame

#: Pixels by which forward and backward flow may disagree before they lose weight.
_CONSISTENCY = 1.5
#: Weight of zero displacement against the surrounding flow: where no flow nearby can be
#: trusted, nothing moves.
_ZERO_WEIGHT = 0.02
#: Rounds in which both flows are transferred to the middle.
_ROUNDS = 4
#: Pixels between the patches that the flow matches.
_STRIDE = 4
#: Half the width of the neighbourhood for contrast normalisation, as a fraction of the
#: longer side.
_CONTRAST_RADIUS = 0.012
#: Code values per standard deviation after normalisation.
_CONTRAST_GAIN = 40.0
#: Variance of code values below which structure counts as noise.
_NOISE_VARIANCE = 4.0


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

    The flow of [1]_ is computed in both directions and transferred to the middle, so
    that swapping the frames only changes the sign. Where the directions disagree
    (something is visible in one frame only) it is replaced by the surrounding flow.

    Parameters
    ----------
    first, second : ndarray, shape (H, W, 3), dtype uint8
    smooth : float
        Standard deviation of the smoothing, pixels.
    most : float
        Largest displacement, pixels.
    even : bool, optional
        Whether local contrast is normalised first: skin is then matched by its texture,
        not by the shading that an expression changes.
    ignore : ndarray, shape (H, W), dtype bool, optional
        Where the frames show different things and nothing can be matched: the
        surrounding displacement is used.
    hold : ndarray, shape (H, W), dtype bool, optional
        Where the displacement is 0, and small nearby.

    Returns
    -------
    ndarray, shape (H, W, 2), dtype float64
        Displacement d in pixels: first(x - d/2) matches second(x + d/2).
    """
    import cv2

    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (first, second)]
    if even:
        grey = [_normalise_contrast(one) for one in grey]
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    search.setPatchStride(_STRIDE)
    there = search.calc(grey[0], grey[1], None)
    back = search.calc(grey[1], grey[0], None)
    height, width = grey[0].shape
    x, y = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )

    def at(flow: npt.NDArray[Any], shift: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a flow at shifted positions."""
        return np.asarray(
            cv2.remap(
                flow,
                x + shift[..., 0],
                y + shift[..., 1],
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )

    middle = (there - back) / 2
    for _ in range(_ROUNDS):
        from_first, from_second = at(there, -middle / 2), at(back, middle / 2)
        middle = (from_first - from_second) / 2
    disagree = np.hypot(*np.moveaxis(from_first + from_second, -1, 0))
    length = np.maximum(np.hypot(middle[..., 0], middle[..., 1]), 1e-6)
    within = np.minimum(1.0, most / length)
    trust = np.exp(-((disagree / _CONSISTENCY) ** 2)) * within**2

    if ignore is not None:
        trust[ignore] = 0.0
    if hold is not None:
        trust[hold], middle[hold] = 1.0, 0.0

    def smoothed(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), max(smooth, 0.5)))

    weighted = smoothed(middle * (within * trust)[..., None])
    result = weighted / (smoothed(trust) + _ZERO_WEIGHT)[..., None]
    return np.asarray(result, dtype=np.float64)


def _normalise_contrast(grey: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return an image minus its local mean, divided by its local variation."""
    import cv2

    half = max(round(_CONTRAST_RADIUS * max(grey.shape)), 1)

    def around(values: npt.NDArray[Any], side: int) -> npt.NDArray[Any]:
        return np.asarray(cv2.blur(cv2.blur(values, (side, side)), (side, side)))

    values = grey.astype(np.float32)
    fine = values - around(values, 2 * half + 1)
    varies = np.sqrt(around(fine * fine, 4 * half + 1) + _NOISE_VARIANCE)
    codes = np.clip(128 + _CONTRAST_GAIN * fine / varies, 0, 255)
    return np.asarray(codes.astype(np.uint8))
