"""Carried landmarks, matched with what both photographs show around them.

The first photograph is warped as the landmarks say, once for the landmarks above
openings and once for those below: so neither lip is matched with the other one, nor
with what lies between them in one photograph only. What remains between the warped
photograph and the second one is found by the symmetric flow that also refines meshes.
"""

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Points
from morphkit.geometry.correspondence import flow
from morphkit.geometry.propagation.frame import SIDE, UNIT

#: Smoothing of the flow, and its largest displacement, pixels of the common frame.
_SMOOTH, _MOST = 3.0, 30.0
#: How far within the lip or lid its edge is matched: the inside of a mouth is not.
_INSIDE = 0.02 * UNIT
#: Stiffness of the spline, and distance of the nodes at which it is evaluated.
_STIFFNESS, _NODES = 1e-2, 6


def match(
    frames: tuple[Frame, Frame],
    points: tuple[Points, Points],
    skin: tuple[Points, Points],
    side: npt.NDArray[np.int_],
) -> Points:
    """Return by how much landmarks in the second photograph are off.

    Parameters
    ----------
    frames : (ndarray, ndarray)
        Both photographs in the common frame.
    points : (ndarray, ndarray), each of shape (N, 2)
        Landmarks in the first photograph, and about where they are in the second.
    skin : (ndarray, ndarray), each of shape (M, 2)
        Other points of the face in both.
    side : ndarray, shape (N,), dtype int
        1 on an upper edge, -1 on a lower one, 0 elsewhere.

    Returns
    -------
    ndarray, shape (N, 2)
        To be added to `points[1]`; 0 outside the frame.
    """
    off = np.zeros_like(points[1])
    for own in (1, -1):
        used = side != -own
        asked = used if own == 1 else side == own
        if not asked.any():
            continue
        warped = warp_frame(
            frames[0],
            np.concatenate([points[1][used], skin[1]]),
            np.concatenate([points[0][used], skin[0]]),
        )
        field = flow.estimate(warped, frames[1], smooth=_SMOOTH, most=_MOST)
        at = points[1][asked] - np.column_stack(
            [np.zeros(asked.sum()), _INSIDE * side[asked]]
        )
        # The field is defined halfway.
        half = _sample(field, at) / 2
        off[asked] = _sample(field, at + half)
    inside = np.all((points[1] >= 0) & (points[1] <= SIDE - 1), axis=1, keepdims=True)
    return np.where(inside, off, 0.0)


def warp_frame(frame: Frame, start: Points, end: Points) -> Frame:
    """Return a frame warped so that `end` comes to stand at `start`."""
    import cv2
    from scipy.interpolate import RBFInterpolator

    spline = RBFInterpolator(
        start / UNIT, end - start, kernel="thin_plate_spline", smoothing=_STIFFNESS
    )
    along = np.arange(0, SIDE + _NODES, _NODES, dtype=float)
    nodes = np.stack(np.meshgrid(along, along), axis=-1)
    moved = spline(nodes.reshape(-1, 2) / UNIT).reshape(nodes.shape) + nodes
    x, y = np.meshgrid(*[np.arange(SIDE, dtype=np.float32)] * 2)
    whole = cv2.remap(
        moved.astype(np.float32),
        x / _NODES,
        y / _NODES,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(
        cv2.remap(
            frame,
            whole[..., 0],
            whole[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _sample(field: npt.NDArray[np.float64], at: Points) -> Points:
    """Return a field at some places, between its pixels."""
    from scipy.ndimage import map_coordinates

    return np.stack(
        [
            map_coordinates(field[..., k], at[:, ::-1].T, order=1, mode="nearest")
            for k in range(2)
        ],
        axis=-1,
    )
