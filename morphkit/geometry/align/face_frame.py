"""The frame that is found from the faces: where it lies and how much it shows.

The mean face is in the middle, upright, and takes a stated share of the height, with
room for hair above it. Where a photograph does not show all of that, the frame becomes
smaller, and lies a little beside the middle, as long as every face is in it.

Conventions
-----------
All points are those of the aligned faces, in any unit. Reach is half the height of a
frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.choices import SHARE
from morphkit.geometry.extent import with_forehead
from morphkit.geometry.similarity import Similarity

#: Height of the middle of the frame above that of the face, for the hair; and of the
#: crown above the hairline; in heights of the face.
RAISED = 0.17
CROWN = 0.3
#: Room around every face; and how far the frame may lie beside its place, across and
#: along the face, in heights of the face.
MARGIN = 0.08
BESIDE = (0.16, 0.32)
#: Places that are tried on every side.
_PLACES = 16
#: What lying beside its place, across and along the face, and what reaching beyond a
#: photograph costs a frame, against as much reach.
_COSTS = (1.25, 0.7)
_HIDDEN = 8.0


@dataclass(frozen=True)
class _Extent:
    """What a frame must contain: a box around faces, and a height of the mean face."""

    low: Points
    high: Points
    middle: Points
    height: float


def find_frame(
    faces: Sequence[Landmarks],
    moves: Sequence[Similarity],
    photo_sizes: Sequence[tuple[int, int]],
    *,
    ratio: float,
    share: float = SHARE,
) -> tuple[Points, float]:
    """Return the middle and the reach of the frame around aligned faces.

    Parameters
    ----------
    faces : sequence of Landmarks
        One per photograph, all of one template.
    moves : sequence of Similarity
        From each photograph to the aligned faces, which are upright.
    photo_sizes : sequence of (int, int)
        Width and height of each photograph, pixels.
    ratio : float
        Width of the frame over its height.
    share : float, optional
        Of the height of the frame that the mean face takes, from hairline to chin.

    Returns
    -------
    middle : ndarray, shape (2,), dtype float64
    reach : float
        Half the height of the frame.
    """
    sides, ends = photo_sides(moves, photo_sizes)
    extent = _extent(faces, moves, sides, ends)
    tried = np.arange(-_PLACES, _PLACES + 1) / _PLACES * extent.height
    shifts = np.array([(BESIDE[0] * x, BESIDE[1] * y) for y in tried for x in tried])
    middles = extent.middle + shifts
    beside = fixed_order.length(np.array(_COSTS) * shifts)
    spread = np.array([ratio, 1.0])
    room = np.maximum(middles - extent.low, extent.high - middles)
    needed = (room / spread).max(axis=1)
    corner = (np.abs(sides) * spread).sum(axis=1)
    shown = ((ends - _along(middles, sides)) / corner).min(axis=1)
    wanted = np.maximum(extent.height / share / 2, needed)
    reach = np.clip(shown, needed, wanted)
    cost = wanted - reach + beside + _HIDDEN * np.maximum(reach - shown, 0.0)
    best = int(cost.argmin())
    return middles[best], float(reach[best])


def photo_sides(
    moves: Sequence[Similarity], photo_sizes: Sequence[tuple[int, int]]
) -> tuple[Points, npt.NDArray[np.float64]]:
    """Return the sides of photographs as half planes ``side @ point <= end``.

    Parameters
    ----------
    moves : sequence of Similarity
        From each photograph to where the sides are asked for.
    photo_sizes : sequence of (int, int)
        Width and height of each photograph, pixels.

    Returns
    -------
    sides : ndarray, shape (4 K, 2), dtype float64
        Unit vectors that point out of the photograph: left, top, right, bottom.
    ends : ndarray, shape (4 K,), dtype float64
    """
    sides, ends = [], []
    for move, (width, height) in zip(moves, photo_sizes, strict=True):
        across = np.array([move.a, move.b]) / move.scale
        down = np.array([-across[1], across[0]])
        low = move(np.array([-0.5, -0.5]))
        high = move(np.array([width - 0.5, height - 0.5]))
        for side, corner in (
            (-across, low),
            (-down, low),
            (across, high),
            (down, high),
        ):
            sides.append(side)
            ends.append(float((side * corner).sum()))
    return np.array(sides), np.array(ends)


def _extent(
    faces: Sequence[Landmarks],
    moves: Sequence[Similarity],
    sides: Points,
    ends: npt.NDArray[np.float64],
) -> _Extent:
    """Return what the frame must contain, with hair as far as it is shown."""
    placed = [move(face.points) for move, face in zip(moves, faces, strict=True)]
    template = faces[0].template
    # Sorting makes the sum independent of the order of the faces.
    mean = fixed_order.mean(np.sort(np.array(placed), axis=0))
    whole = with_forehead(mean, template)
    top, bottom = float(whole[:, 1].min()), float(whole[:, 1].max())
    height = bottom - top
    middle = np.array(
        [
            (whole[:, 0].min() + whole[:, 0].max()) / 2,
            (top + bottom) / 2 - RAISED * height,
        ]
    )
    every = np.vstack([with_forehead(points, template) for points in placed])
    start = np.array([middle[0], (top + bottom) / 2])
    low, high = every.min(axis=0), every.max(axis=0)
    margin = MARGIN * height
    shown_low, shown_high = _shown_along(start, sides, ends)
    # Room and hair where every photograph shows them.
    wished = np.minimum(low - margin, [np.inf, top - CROWN * height])
    low = np.minimum(low, np.maximum(wished, shown_low))
    high = np.maximum(high, np.minimum(high + margin, shown_high))
    return _Extent(low, high, middle, height)


def _shown_along(
    start: Points, sides: Points, ends: npt.NDArray[np.float64]
) -> tuple[Points, Points]:
    """Return how far all photographs go from a point: to the left and up, and back."""
    room = ends - _along(start[None], sides)[0]
    reach = []
    for axis, sign in ((0, -1), (1, -1), (0, 1), (1, 1)):
        ahead = sign * sides[:, axis]
        least = (room[ahead > 1e-9] / ahead[ahead > 1e-9]).min()
        reach.append(start[axis] + sign * float(least))
    return np.array(reach[:2]), np.array(reach[2:])


def _along(points: Points, sides: Points) -> npt.NDArray[np.float64]:
    """Return how far points lie along the normals of sides; shape (points, sides).

    No matrix product: its rounding differs between machines.
    """
    return np.asarray(
        points[:, :1] * sides[:, 0] + points[:, 1:] * sides[:, 1], np.float64
    )
