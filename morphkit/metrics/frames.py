"""What every metric asks of its frames and its mask."""

import numpy as np

from morphkit.arrays import Frame, Mask
from morphkit.errors import InputError


def check_frames(a: Frame, b: Frame, mask: Mask | None) -> None:
    """Raise InputError unless two frames and a mask can be compared.

    Raises
    ------
    InputError
        If a frame is not ``(H, W, 3)`` uint8, the sizes differ, or the mask has another
        size, leaves nothing or goes beyond 0 to 1.
    """
    for frame in (a, b):
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise InputError(
                f"a frame of shape {frame.shape} and dtype {frame.dtype}",
                allowed="(height, width, 3) and uint8 are needed",
            )
    if a.shape != b.shape:
        raise InputError(f"frames of shapes {a.shape} and {b.shape} to compare")
    if mask is None:
        return
    if mask.shape != a.shape[:2]:
        raise InputError(f"a mask of shape {mask.shape} for frames of {a.shape[:2]}")
    if not ((mask >= 0).all() and (mask <= 1).all() and mask.any()):
        raise InputError(
            "a mask that leaves nothing or goes beyond 0 to 1",
            allowed="0 is left out, 1 counts in full",
        )
