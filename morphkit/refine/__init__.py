"""Refinements: dense correspondence beyond the landmarks.

Landmarks pin a face at some dozens of points. Hair, ears, collars and the texture
between the landmarks are matched by a refinement: from both photographs, warped to
their mean shape, it estimates what displacement is left between them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit.arrays import Frame
from morphkit.refine import flow

Field = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pass:
    """One pass of a refinement, from coarse to fine.

    Parameters
    ----------
    side : int
        The frames are reduced to this longer side, pixels.
    smooth : float
        Standard deviation of the smoothing, as a fraction of the longer side.
    most : float
        Largest displacement, as a fraction of the longer side.
    """

    side: int
    smooth: float
    most: float


@dataclass(frozen=True)
class Refinement:
    """A way to refine.

    Parameters
    ----------
    estimate : callable
        ``estimate(first, second, smooth=, most=) -> (H, W, 2)``: the displacement d,
        in pixels, with first(x - d/2) alike second(x + d/2); exchanging the frames
        changes its sign.
    passes : tuple of Pass
        From coarse to fine.
    summary : str
        One line for listings.
    """

    estimate: Callable[..., Field]
    passes: tuple[Pass, ...]
    summary: str


REFINEMENTS: Mapping[str, Refinement] = {
    "flow": Refinement(
        estimate=flow.estimate,
        passes=(
            Pass(side=400, smooth=0.018, most=0.030),
            Pass(side=700, smooth=0.006, most=0.018),
            Pass(side=1000, smooth=0.0025, most=0.009),
        ),
        summary="symmetric optical flow (DIS), smoothed where it is not sure",
    ),
}

__all__ = ["REFINEMENTS", "Field", "Frame", "Pass", "Refinement"]
