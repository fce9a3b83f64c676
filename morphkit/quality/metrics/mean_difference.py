"""Mean absolute difference of code values."""

from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import Mask
from morphkit.errors import InputError
from morphkit.quality.metrics.frames import (
    AnyFrame,
    Codes,
    as_codes,
    check_frame,
    check_mask,
)


@dataclass(frozen=True, eq=False)
class Values:
    """The frame as it is, and the mask that weighs it."""

    frame: AnyFrame
    mask: Mask | None


def prepare(frame: AnyFrame, mask: Mask | None = None) -> Values:
    """Return a frame ready to be compared; errors as `check_frame`."""
    check_frame(frame)
    check_mask(mask, frame)
    return Values(frame, mask)


def distance(a: Values, b: Values) -> float:
    """Return the mean absolute difference, 0 to 255.

    Of two frames of 8 bits it is computed in integers up to the last division.
    """
    if a.frame.shape != b.frame.shape:
        raise InputError(f"frames of {a.frame.shape} and {b.frame.shape} to compare")
    mask = a.mask
    if a.frame.dtype == np.uint8 and b.frame.dtype == np.uint8:
        whole = np.maximum(a.frame, b.frame) - np.minimum(a.frame, b.frame)
        if mask is None:
            return float(whole.sum(dtype=np.int64) / whole.size)
        sums: Codes = whole.sum(axis=2, dtype=np.int64).astype(np.float64)
    else:
        difference = 255.0 * np.abs(as_codes(a.frame) - as_codes(b.frame))
        if mask is None:
            return float(difference.mean())
        sums = difference.sum(axis=2)
    weights = mask.astype(np.float64)
    return float((sums * weights).sum() / (3.0 * weights.sum()))
