"""Masks: the visible part of the frame, the same in every frame of a continuum.

A mask is an outline around the face, computed once for a whole continuum. It contains
the landmarks of every frame, so that no part of the face moves out of it and the
outline itself gives no cue to the level. It is frozen in units of 1/256 pixel with the
mesh; from there on, everything is integer arithmetic.
"""

from collections.abc import Callable
from dataclasses import dataclass

from morphkit._core.arrays import Nodes
from morphkit._core.registry import Table
from morphkit.morph.masks import shapes
from morphkit.morph.masks.fading import MaskShape, fade, feather_taps
from morphkit.morph.masks.shapes import Places


@dataclass(frozen=True)
class Mask:
    """A way to mask.

    Parameters
    ----------
    outline : callable
        ``outline(places) -> (n, 2) int32``: a closed outline in the frame, in units
        of 1/256 pixel, around every landmark of every frame.
    summary : str
        One line for listings.
    """

    outline: Callable[[Places], Nodes]
    summary: str


MASKS = Table(
    "masks",
    Mask,
    {
        "oval": Mask(
            outline=shapes.oval,
            summary="an ellipse along the axis of the face, from chin to hairline",
        ),
        "face": Mask(
            outline=shapes.face,
            summary="the outline of the landmarks, and a forehead where they have none",
        ),
    },
)

__all__ = ["MASKS", "Mask", "MaskShape", "Places", "fade", "feather_taps"]
