"""Control points of a warp: landmarks, merged where necessary, and frame anchors.

Coincident landmarks are normal (closed lips, lids on irises). Landmarks closer together
in the mean shape than `MERGE_WITHIN` become one control point, at the mean of their
positions in every endpoint. Nothing is dropped: the groups are returned, so that they
can be reported. Landmarks that coincide in only one endpoint stay separate: the other
endpoint determines how they move apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.geometry.groups import linked_groups
from morphkit.geometry.warp.mesh import rim_anchors

#: Pixels in the mean shape. Below this distance the spline between two landmarks
#: would turn sub-pixel noise into a fold.
MERGE_WITHIN = 0.5


@dataclass(frozen=True, eq=False)
class Controls:
    """Control points of every endpoint, in the common frame.

    Parameters
    ----------
    ends : tuple of ndarray, shape (C, 2)
        Positions in each endpoint, pixels.
    mean : ndarray, shape (C, 2)
        Their mean.
    merged : tuple of tuple of int
        Groups of landmarks that share a control point.
    """

    ends: tuple[Points, ...]
    mean: Points
    merged: tuple[tuple[int, ...], ...]


def make_controls(
    ends: Sequence[Points], size: tuple[int, int], *, start: Points | None = None
) -> Controls:
    """Return the control points for warping between the endpoints.

    Parameters
    ----------
    ends : sequence of ndarray, shape (L, 2)
        Landmarks of each endpoint in the common frame, pixels.
    size : (int, int)
        Width and height of the frame, pixels.
    start : ndarray, shape (L, 2), optional
        The shape that the warp is fitted from, in which coincident landmarks are
        merged; by default the mean of the endpoints.
    """
    group = _groups(fixed_order.mean(np.array(ends)) if start is None else start)
    n_groups = int(group.max()) + 1
    count = np.bincount(group, minlength=n_groups)[:, None]
    joined = []
    for points in ends:
        total = np.zeros((n_groups, 2))
        np.add.at(total, group, points)
        joined.append(total / count)
    merged = tuple(
        tuple(np.flatnonzero(group == k).tolist())
        for k in np.flatnonzero(count[:, 0] > 1)
    )
    rim = _free_rim(np.concatenate(joined), size)
    whole = tuple(np.concatenate([points, rim]) for points in joined)
    return Controls(whole, fixed_order.mean(np.array(whole)), merged)


def _groups(mean: Points) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the group number of every landmark."""
    apart = fixed_order.length(mean[:, None] - mean)
    pairs = np.argwhere(np.triu(apart <= MERGE_WITHIN, 1))
    return linked_groups(len(mean), pairs.tolist())


def _free_rim(landmarks: Points, size: tuple[int, int]) -> Points:
    """Return the anchors on the frame's edge that are clear of landmarks.

    An anchor nearer to a landmark than half the distance between anchors would conflict
    with it and is dropped.
    """
    rim = rim_anchors(size)
    apart = float(min(size)) / 16
    return rim[fixed_order.nearest(rim, landmarks) > apart]
