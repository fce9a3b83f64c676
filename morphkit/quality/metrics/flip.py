"""FLIP: the difference that is seen when two pictures are shown in turn.

Needs the extra ``flip`` (flip-evaluator, BSD-3-Clause). Differences are compressed on
purpose: the exponent of small ones is about 0.7, so steps are not summed up.

References
----------
.. [1] Andersson, P., Nilsson, J., Akenine-Möller, T., Oskarsson, M., Åström, K., &
       Fairchild, M. D. (2020). FLIP: a difference evaluator for alternating images.
       Proceedings of the ACM on Computer Graphics and Interactive Techniques 3(2), 15.
       https://doi.org/10.1145/3406183
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Mask
from morphkit.errors import InputError, MissingExtraError
from morphkit.quality.metrics.frames import (
    FILL,
    AnyFrame,
    as_codes,
    check_frame,
    check_mask,
)

#: Pixels of the measured square per degree of visual angle: 0.7 m from a 4K screen
#: 0.69 m wide, at which a face of 213 pixels subtends 3.2 degrees.
PIXELS_PER_DEGREE = 67.0


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, (H, W, 3) float32 in [0, 1], and the mask that weighs differences."""

    picture: npt.NDArray[np.float32]
    mask: Mask | None


def prepare(frame: AnyFrame, mask: Mask | None = None) -> Picture:
    """Return a frame as it is shown, middle grey outside a mask."""
    check_frame(frame)
    check_mask(mask, frame)
    codes = as_codes(frame)
    if mask is not None:
        codes = FILL + mask[..., None] * (codes - FILL)
    return Picture(np.ascontiguousarray(codes, np.float32), mask)


def distance(a: Picture, b: Picture) -> float:
    """Return the mean FLIP error [1]_, 0 to 1.

    Raises
    ------
    InputError
        If the sizes differ.
    MissingExtraError
        If flip-evaluator is not installed.
    """
    try:
        from flip_evaluator import evaluate
    except ImportError:
        raise MissingExtraError("the metric flip", "flip") from None
    if a.picture.shape != b.picture.shape:
        raise InputError(
            f"frames of {a.picture.shape} and {b.picture.shape} to compare"
        )
    errors, _, _ = evaluate(
        a.picture,
        b.picture,
        "LDR",
        applyMagma=False,
        computeMeanError=False,
        parameters={"ppd": PIXELS_PER_DEGREE},
    )
    seen = np.asarray(errors, np.float64).reshape(a.picture.shape[:2])
    return float(np.average(seen, weights=a.mask))
