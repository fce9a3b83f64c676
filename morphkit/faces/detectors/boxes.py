"""Boxes around faces: overlap and reading order.

Conventions
-----------
A box is (x0, y0, x1, y1) in pixels, x0 < x1 and y0 < y1.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points

Box = npt.NDArray[np.float64]


def bounding_box(points: Points) -> Box:
    """Return the smallest box that contains all `points`."""
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def overlap(a: Box, b: Box) -> float:
    """Return the intersection of two boxes over their union, 0 to 1."""
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    both = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]))
    return shared / (both - shared)


def same_face(a: Box, b: Box) -> bool:
    """Return whether two boxes belong to one face.

    They overlap by 30 %, or the centre of the smaller lies in the larger: faces do not
    lie inside faces, but the detector finds some in parts of a face.
    """
    large, small = sorted((a, b), key=lambda box: -float(np.prod(box[2:] - box[:2])))
    centre = (small[:2] + small[2:]) / 2
    inside = bool((centre > large[:2]).all() and (centre < large[2:]).all())
    return inside or overlap(a, b) > 0.3


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """Return the boxes in reading order.

    Rows run from top to bottom, each from left to right. The topmost remaining box
    starts a row; a box joins it if its centre is less than half that box's height below
    the centre of that box.

    Returns
    -------
    list of int
        Indices into `boxes`.
    """
    left = sorted(range(len(boxes)), key=lambda i: boxes[i][1] + boxes[i][3])
    order: list[int] = []
    while left:
        first = boxes[left[0]]
        limit = (first[1] + first[3]) / 2 + (first[3] - first[1]) / 2
        row = [i for i in left if (boxes[i][1] + boxes[i][3]) / 2 < limit]
        order += sorted(row, key=lambda i: boxes[i][0] + boxes[i][2])
        left = [i for i in left if i not in row]
    return order
