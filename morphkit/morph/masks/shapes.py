"""Outlines around a face, from its landmarks in every frame of a continuum.

Conventions
-----------
Points are (n, 2) float64 in pixels of the frame; outlines are int32 in units of
1/256 pixel, closed, the last point not repeated.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Nodes, Points
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import to_nodes
from morphkit.geometry.extent import FOREHEAD, OWN_FOREHEAD

#: Width of an oval, as a share of the width of the landmarks: those at the ears lie on
#: the edge of the face, and a wider oval would show background beside the cheeks.
OVAL_WIDTH = 0.94
#: Number of corners of an oval.
CORNERS = 360


@dataclass(frozen=True, eq=False)
class Places:
    """Positions of a face in all frames of a continuum.

    Parameters
    ----------
    points : ndarray, shape (n, 2), dtype float64
        Landmarks of all frames in which one can be outermost: landmarks move along
        straight lines, so the lowest and the highest level are enough.
    eyes : ndarray, shape (2, 2), dtype float64, or None
        Mean centre of the image-left and the image-right eye; None if the template
        defines no eyes.
    """

    points: Points
    eyes: Points | None


def oval(places: Places) -> Nodes:
    """Return an ellipse from chin to hairline, nearly as wide as the face.

    It is perpendicular to the line between the eyes. If the template defines no eyes,
    it is upright in the frame and fitted to the landmarks only.

    Raises
    ------
    InputError
        If all landmarks lie on one line.
    """
    axes, origin = _axes(places)
    low, high = _box(places, axes, origin)
    turn = 2 * np.pi * np.arange(CORNERS) / CORNERS
    circle = np.array([OVAL_WIDTH, 1.0]) * fixed_order.directions(turn)
    along = (low + high) / 2 + circle * (high - low) / 2
    return to_nodes(origin + _back(along, axes))


def face(places: Places) -> Nodes:
    """Return the convex outline of the landmarks and the forehead above them.

    If the landmarks end at the brows, the upper half of an ellipse from the outermost
    landmarks to the hairline stands in for the forehead.

    Raises
    ------
    InputError
        If all landmarks lie on one line.
    """
    axes, origin = _axes(places)
    low, high = _box(places, axes, origin)
    points = _along(places.points - origin, axes)
    if low[1] < points[:, 1].min():
        turn = np.pi * np.arange(CORNERS // 2 + 1) / (CORNERS // 2)
        arch = np.array([1.0, -1.0]) * fixed_order.directions(turn)
        middle = np.array([(low[0] + high[0]) / 2, 0.0])
        reach = np.array([(high[0] - low[0]) / 2, -low[1]])
        points = np.vstack([points, middle + arch * reach])
    return to_nodes(origin + _back(points[hull_corners(points)], axes))


def hull_corners(points: Points) -> npt.NDArray[np.int32]:
    """Return the indices of the corners of the convex hull of points, in order.

    The first corner is the one that Qhull begins with, as packs have it:
    `morphkit.geometry.hull.convex_hull` has the same corners and begins with another.

    Raises
    ------
    InputError
        If all points lie on one line.
    """
    from scipy.spatial import ConvexHull, QhullError

    try:
        return np.asarray(ConvexHull(points).vertices, np.int32)
    except QhullError:
        raise InputError("all landmarks lie on one line") from None


def _axes(places: Places) -> tuple[npt.NDArray[np.float64], Points]:
    """Return the directions across and down the face, and the middle of the eyes."""
    if places.eyes is None:
        return np.eye(2), fixed_order.mean(places.points)
    across = places.eyes[1] - places.eyes[0]
    length = float(fixed_order.length(across))
    if length == 0:
        raise InputError("both eyes are at one place")
    across = across / length
    down = np.array([-across[1], across[0]])
    return np.stack([across, down]), fixed_order.mean(places.eyes)


def _along(points: Points, axes: npt.NDArray[np.float64]) -> Points:
    """Return the coordinates of points along two axes."""
    return np.stack([fixed_order.dot(points, axis) for axis in axes], axis=1)


def _back(places: Points, axes: npt.NDArray[np.float64]) -> Points:
    """Return points from their coordinates along two axes."""
    return np.asarray(places[:, :1] * axes[0] + places[:, 1:] * axes[1])


def _box(
    places: Places, axes: npt.NDArray[np.float64], origin: Points
) -> tuple[Points, Points]:
    """Return the smallest and the largest coordinates of the face along its axes."""
    along = _along(places.points - origin, axes)
    corners = along[hull_corners(along)]
    low, high = corners.min(axis=0), corners.max(axis=0)
    if places.eyes is not None and -low[1] < OWN_FOREHEAD * FOREHEAD * high[1]:
        low[1] = -FOREHEAD * high[1]
    return low, high
