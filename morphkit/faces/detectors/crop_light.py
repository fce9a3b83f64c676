"""Light in crops of a face, and dark lines through them: what lids and lips leave.

Conventions
-----------
Coordinates are continuous (see `nets`). Light is linear, 0 to 1.
"""

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Points

Light = npt.NDArray[np.float64]

#: Luminance of red, green and blue light (Rec. 709).
LUMA = np.array([0.2126, 0.7152, 0.0722])


def linear_light(crop: Frame) -> Light:
    """Return the linear light of sRGB code values, 0 to 1."""
    code = crop / 255.0
    return np.asarray(
        np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    )


def inverse_affine(affine: Points) -> Points:
    """Return the inverse of a 2 × 3 affine."""
    turned = np.linalg.inv(affine[:, :2])
    return np.column_stack([turned, -turned @ affine[:, 2]])


def cheapest_way(cost: Light, bend: Light) -> npt.NDArray[np.intp]:
    """Return the rows of the way of least cost from the first to the last column.

    Parameters
    ----------
    cost : ndarray, shape (R, C)
        Of every place.
    bend : ndarray, shape (R, R)
        Of a step from a row (second axis) to one of the next column (first axis).
    """
    total, came = cost[:, 0], []
    for column in cost.T[1:]:
        ways = total[None] + bend
        came.append(ways.argmin(axis=1))
        total = ways.min(axis=1) + column
    way = [int(total.argmin())]
    for step in reversed(came):
        way.append(int(step[way[-1]]))
    return np.array(way[::-1])
