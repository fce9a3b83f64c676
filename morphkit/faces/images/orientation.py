"""EXIF orientations: how a photograph is shown, of what is stored."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points

Array = npt.NDArray[Any]


def apply_orientation(array: Array, orientation: int) -> Array:
    """Return `array` with an EXIF orientation applied.

    Parameters
    ----------
    array : ndarray, shape (H, W, ...)
        As stored.
    orientation : int
        EXIF value 1 to 8; any other leaves the array unchanged.
    """
    turns: dict[int, Callable[[Array], Array]] = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a[::-1].swapaxes(0, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: a[:, ::-1].swapaxes(0, 1),
    }
    return turns[orientation](array) if orientation in turns else array


def turn_points(points: Points, orientation: int, stored: tuple[int, int]) -> Points:
    """Return points of a photograph as stored where its EXIF orientation shows them.

    Parameters
    ----------
    points : ndarray, shape (N, 2)
        Pixels of the photograph as stored.
    orientation : int
        EXIF value 1 to 8; any other leaves the points unchanged.
    stored : (int, int)
        Width and height as stored.

    Examples
    --------
    >>> turn_points(np.array([[0.0, 0.0]]), 6, (60, 40))
    array([[39.,  0.]])
    """
    x, y = points[:, 0], points[:, 1]
    across, down = stored[0] - 1 - x, stored[1] - 1 - y
    places = {
        2: (across, y),
        3: (across, down),
        4: (x, down),
        5: (y, x),
        6: (down, x),
        7: (down, across),
        8: (y, across),
    }
    return np.column_stack(places.get(orientation, (x, y)))
