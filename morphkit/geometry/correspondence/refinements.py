"""Refinements: dense correspondence beyond the landmarks.

Landmarks pin a face at a few dozen points. Hair, ears, collars and the texture between
the landmarks are matched by a refinement: from both photographs, warped to their mean
shape, it estimates the displacement that remains between them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame
from morphkit._core.registry import Table
from morphkit.geometry.choices import REFINEMENT as DEFAULT
from morphkit.geometry.choices import wider
from morphkit.geometry.correspondence import flow, integer_flow

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
    even : bool, optional
        Whether local contrast is normalised first.
    """

    side: int
    smooth: float
    most: float
    even: bool = False


@dataclass(frozen=True)
class Refinement:
    """A refinement method.

    Parameters
    ----------
    estimate : callable
        ``estimate(first, second, smooth=, most=, even=, ignore=, hold=) -> (H, W, 2)``:
        the displacement d, in pixels, at which first(x - d/2) matches second(x + d/2);
        swapping the frames changes its sign.
    passes : tuple of Pass
        From coarse to fine.
    summary : str
        One line for listings.
    everywhere : bool, optional
        Whether it gives the same bits on every machine.
    """

    estimate: Callable[..., Field]
    passes: tuple[Pass, ...]
    summary: str
    everywhere: bool = False


#: From coarse to fine, for photographs of one person.
_PASSES = (
    Pass(side=400, smooth=0.018, most=0.030),
    Pass(side=700, smooth=0.006, most=0.018),
    Pass(side=800, smooth=0.0025, most=0.009, even=True),
    Pass(side=800, smooth=0.0015, most=0.006, even=True),
)
#: Heads of different people, and mirrored ones, differ by more than that.
_WIDER = (
    Pass(side=200, smooth=0.06, most=0.10),
    Pass(side=200, smooth=0.04, most=0.08),
    Pass(side=400, smooth=0.025, most=0.04),
)

REFINEMENTS = Table(
    "refinements",
    Refinement,
    {
        "flow": Refinement(
            estimate=flow.estimate,
            passes=_PASSES,
            summary="symmetric optical flow (DIS), smoothed where it is unreliable",
        ),
        "wide-flow": Refinement(
            estimate=flow.estimate,
            passes=_WIDER + _PASSES,
            summary="the same, starting with a wider search: for different people",
        ),
        "integer-flow": Refinement(
            estimate=integer_flow.estimate,
            passes=_PASSES,
            summary="matching in integers: the same bits on every machine",
            everywhere=True,
        ),
        "wide-integer-flow": Refinement(
            estimate=integer_flow.estimate,
            passes=_WIDER + _PASSES,
            summary="the same, starting with a wider search",
            everywhere=True,
        ),
    },
)

__all__ = ["DEFAULT", "REFINEMENTS", "Field", "Frame", "Pass", "Refinement", "wider"]
