"""The extent of a face: its landmarks, and the forehead above them.

Most landmark sets end at the brows. Hairline, brow, base of the nose and chin divide a
face into three equal parts, by which the height of the hairline is estimated.
"""

import numpy as np

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.faces.template import Template

#: Height of the hairline above the eyes, as a share of the distance from eyes to chin:
#: hairline, brow, base of the nose and chin divide a face into three equal parts, and
#: the eyes lie a little below the brow.
FOREHEAD = 0.75
#: Landmarks that reach this share of the forehead already include a forehead.
OWN_FOREHEAD = 0.6
#: Points of the arch that stands for a forehead.
_ARCH = 33


def with_forehead(points: Points, template: Template) -> Points:
    """Return landmarks, followed by an outline of the forehead above them.

    Parameters
    ----------
    points : ndarray, shape (N, 2), dtype float64
        Landmarks of one face, at any roll.
    template : Template
        Names the eyes; without them nothing is known of a forehead.

    Returns
    -------
    ndarray, shape (N, 2) or (N + 33, 2), dtype float64
        The outline is the upper half of an ellipse, as wide as the landmarks. A face
        whose landmarks include a forehead is returned as it is.
    """
    if not template.eyes:
        return points
    left, right = (fixed_order.mean(points[list(eye)]) for eye in template.eyes)
    across = right - left
    length = float(fixed_order.length(across))
    if length == 0.0:
        return points
    across = across / length
    down = np.array([-across[1], across[0]])
    origin = (left + right) / 2
    x = fixed_order.dot(points - origin, across)
    y = fixed_order.dot(points - origin, down)
    chin = float(y.max())
    if -float(y.min()) >= OWN_FOREHEAD * FOREHEAD * chin:
        return points
    turned = fixed_order.directions(np.pi * np.arange(_ARCH) / (_ARCH - 1))
    arch_x = (x.min() + x.max()) / 2 + (x.max() - x.min()) / 2 * turned[:, 0]
    arch_y = -FOREHEAD * chin * turned[:, 1]
    arch = origin + arch_x[:, None] * across + arch_y[:, None] * down
    return np.vstack([points, arch])
