"""Conversion of points from one template to another.

Conventions
-----------
Functions take and return arrays of points; the entries of detectors give
the source and target template of each.
"""

import numpy as np

from morphkit._core.arrays import Points

# From the height of the eye down the outline to the chin.
LEFT_JAW = (127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)
RIGHT_JAW = (356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152)

# iBUG points 17 to 67: vertices of the mesh and their weights. On eyes and lips the
# vertices are neighbours on the contour, so that a point may slide along the edge but
# not leave it. Where iBUG's place lies between two vertices, the weights were fitted to
# 20 photographs of adults, pooled with their mirror images, and rounded.
INNER: tuple[dict[int, float], ...] = (
    # brows
    {70: 1}, {63: 1}, {105: 0.75, 66: 0.25}, {66: 0.8, 55: 0.2}, {107: 0.45, 55: 0.55},
    {336: 0.45, 285: 0.55}, {296: 0.8, 285: 0.2}, {334: 0.75, 296: 0.25}, {293: 1},
    {300: 1},
    # nose
    {168: 0.6, 6: 0.4}, {197: 1}, {195: 0.3, 5: 0.7}, {4: 0.8, 1: 0.2},
    {240: 0.8, 99: 0.2}, {99: 0.85, 2: 0.15}, {2: 1}, {328: 0.85, 2: 0.15},
    {460: 0.8, 328: 0.2},
    # eyes
    {33: 1}, {160: 0.7, 159: 0.3}, {158: 0.7, 157: 0.3},
    {133: 1}, {153: 0.8, 145: 0.2}, {144: 0.8, 163: 0.2},
    {362: 1}, {385: 0.7, 384: 0.3}, {387: 0.7, 386: 0.3},
    {263: 1}, {373: 0.8, 390: 0.2}, {380: 0.8, 374: 0.2},
    # outer lips
    {61: 1}, {39: 0.65, 40: 0.35}, {37: 1}, {0: 1}, {267: 1}, {269: 0.65, 270: 0.35},
    {291: 1}, {405: 0.5, 321: 0.5}, {314: 1}, {17: 1}, {84: 1}, {181: 0.5, 91: 0.5},
    # inner lips
    {78: 1}, {82: 0.85, 81: 0.15}, {13: 1}, {312: 0.85, 311: 0.15},
    {308: 1}, {317: 0.85, 402: 0.15}, {14: 1}, {87: 0.85, 178: 0.15},
)  # fmt: skip


def to_ibug_68(points: Points) -> Points:
    """Return the 68 iBUG points of a face mesh.

    Parameters
    ----------
    points : ndarray, shape (478, 2) or (468, 2)
        Template ``mesh_478``, with or without the irises.

    Returns
    -------
    ndarray, shape (68, 2)
        Template ``ibug_68``. The mesh's outline is the jaw line: nine points a side,
        equally spaced along it, from the ear to the chin.
    """
    left = resample_line(points[list(LEFT_JAW)], 9)
    right = resample_line(points[list(RIGHT_JAW)], 9)
    inner = [
        np.average(points[list(group)], axis=0, weights=list(group.values()))
        for group in INNER
    ]
    return np.concatenate([left, right[-2::-1], inner])


def resample_line(line: Points, n: int) -> Points:
    """Return `n` equally spaced points along a line, both ends included."""
    lengths = np.hypot(*np.diff(line, axis=0).T)
    reached = np.concatenate([[0.0], np.cumsum(lengths)])
    wanted = np.linspace(0, reached[-1], n)
    return np.column_stack([np.interp(wanted, reached, axis) for axis in line.T])


def to_dlib_5(points: Points) -> Points:
    """Return dlib's five points of the 68: eye corners and the base of the nose."""
    return points[[45, 42, 36, 39, 33]]


def unchanged(points: Points) -> Points:
    """Return `points`."""
    return points
