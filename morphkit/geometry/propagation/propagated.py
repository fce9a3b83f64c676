"""Landmarks of one photograph of a face placed on another one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.propagation.carry import carry, skin_of
from morphkit.geometry.propagation.confidence import confidence
from morphkit.geometry.propagation.forehead import unlikeness
from morphkit.geometry.propagation.frame import UNIT, View, stand
from morphkit.geometry.propagation.match import match, warp_frame

#: Of the skin, every so many points hold the photographs together in matching.
_EVERY = 6


@dataclass(frozen=True, eq=False)
class Propagated:
    """Landmarks on another photograph.

    Parameters
    ----------
    points : ndarray, shape (N, 2)
        Pixels of that photograph.
    confidence : ndarray, shape (N,)
        Of every landmark the chance that it lies within 3 % of the inter-ocular
        distance of its true place.
    unlike : float
        How unlike the foreheads are (see `forehead`); above `UNLIKE` the photographs
        may show two persons.
    """

    points: Points
    confidence: npt.NDArray[np.float64]
    unlike: float


def propagate(known: Landmarks, start: View, end: View) -> Propagated:
    """Return the landmarks of a face on another photograph of it.

    Parameters
    ----------
    known : Landmarks
        On the first photograph; of any template.
    start, end : View
        Both photographs, as one detector sees the face in them.

    Returns
    -------
    Propagated
    """
    first, second = stand(start, end)
    seen = start.seen.template
    points = first.to(known.points)
    carried = carry(known.template, points, seen, first.points, second.points)
    skin = skin_of(seen, first.points)[::_EVERY]
    frames = first.frame(), second.frame()
    both = first.points[skin], second.points[skin]
    off = match(frames, (points, carried.points), both, carried.side)
    unlike = unlikeness(warp_frame(frames[0], both[1], both[0]), frames[1])
    placed = carried.points + off
    moved = np.hypot(*(placed - points).T) / UNIT
    sure = confidence(moved, carried.side != 0)
    return Propagated(second.to.inverse()(placed), sure, unlike)
