"""Outline points: the edge of head and hair, found without landmarks.

Landmarks end at the jaw and the brows. An outline method segments the person from the
background under several assumptions; the edge is accepted only where the results agree.
Along rays from between the eyes, the edges in all photographs become control points of
the warp.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, Points
from morphkit._core.registry import Table
from morphkit.geometry.outline import grabcut
from morphkit.geometry.outline.guides import DIRECTIONS, Guides, guides_of

Foregrounds = Sequence[npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class Outline:
    """A method that finds the outline of a head.

    Parameters
    ----------
    find : callable
        ``find(photo (H, W, 3), eyes (2, 2)) -> foregrounds``: two or more masks, all of
        one size, of the photograph as a whole (it may be reduced), each found under
        other assumptions.
    summary : str
        One line for listings.
    """

    find: Callable[[Image, Points], Foregrounds]
    summary: str


OUTLINES = Table(
    "outlines",
    Outline,
    {
        "grabcut": Outline(
            find=grabcut.find,
            summary="hair, ears and head against a plain background (GrabCut)",
        ),
    },
)

#: The one that is used where none is named.
USUAL = "grabcut"

__all__ = ["DIRECTIONS", "OUTLINES", "USUAL", "Guides", "Outline", "guides_of"]
