"""ColorVideoVDP: how visible a difference is on a named display at a stated distance.

Needs the extra ``cvvdp`` (cvvdp, MIT), which brings torch. Its quality scale grows with
about the square of a small difference, so steps are not summed up.

References
----------
.. [1] Mantiuk, R. K., Hanji, P., Ashraf, M., Asano, Y., & Chapiro, A. (2024).
       ColorVideoVDP: A visual difference predictor for image, video and display
       distortions. ACM Transactions on Graphics 43(4), 129.
       https://doi.org/10.1145/3658144
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

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

#: The display: 30 inch, 3840 × 2160, 200 cd/m², seen from 0.7472 m: 75.4 pixels per
#: degree.
DISPLAY = "standard_4k"
#: Quality of two equal pictures, just-objectionable differences.
BEST = 10.0


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, (H, W, 3) float32 in [0, 1]."""

    picture: npt.NDArray[np.float32]


def prepare(frame: AnyFrame, mask: Mask | None = None) -> Picture:
    """Return a frame as it is shown, middle grey outside a mask."""
    check_frame(frame)
    check_mask(mask, frame)
    codes = as_codes(frame)
    if mask is not None:
        codes = FILL + mask[..., None] * (codes - FILL)
    return Picture(np.ascontiguousarray(codes, np.float32))


def distance(a: Picture, b: Picture) -> float:
    """Return how far the quality [1]_ lies below that of equal pictures, in JOD.

    The program takes one picture for the reference, which makes a difference of a
    hundredth; the mean of both ways round is returned.

    Raises
    ------
    InputError
        If the sizes differ.
    MissingExtraError
        If cvvdp is not installed.
    """
    if a.picture.shape != b.picture.shape:
        raise InputError(
            f"frames of {a.picture.shape} and {b.picture.shape} to compare"
        )
    program = _program()
    pairs = ((a, b), (b, a))
    qualities = [
        float(program.predict(one.picture, other.picture, dim_order="HWC")[0])
        for one, other in pairs
    ]
    return max(BEST - sum(qualities) / 2, 0.0)


@cache
def _program() -> Any:
    """Return the program for the display, on the processor."""
    try:
        import pycvvdp
        import torch
    except ImportError:
        raise MissingExtraError("the metric cvvdp", "cvvdp") from None
    return pycvvdp.cvvdp(display_name=DISPLAY, quiet=True, device=torch.device("cpu"))
