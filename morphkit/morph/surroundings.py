"""The surroundings of a face, which are taken from its own photograph only.

A transform of the face alone leaves hair, ears, clothes and background unchanged. So
everything outside the face belongs to one photograph, like the inside of a mouth that
is closed in all others.
"""

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Nodes
from morphkit.faces.face import Face
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.morph.masks import MASKS, Places, feather_taps

#: Width over which a difference fades at the outline of the face, as a share of the
#: height of the face.
FADE = 0.12


def surroundings_of(face: Face) -> tuple[Nodes, npt.NDArray[np.int16]]:
    """Return the outline of the surroundings in a photograph, and its feather.

    The outline runs around the photograph, then in and around the face, and back the
    same way, so that by the even-odd rule the face is outside it.

    Returns
    -------
    outline : ndarray, shape (n, 2), dtype int32
        In units of 1/256 pixel of the photograph.
    feather : ndarray, shape (m,), dtype int16
        In units of 1/16384.
    """
    landmarks = face.landmarks
    eyes = landmarks.eye_centres() if landmarks.template.eyes else None
    outline = MASKS["face"].outline(Places(landmarks.points, eyes)).astype(float)
    width = FADE * float(np.ptp(landmarks.points, axis=0).max())
    feather = feather_taps(min(round(width), 1000))
    middle = fixed_order.mean(outline)
    away = outline - middle
    reach = fixed_order.length(away)[:, None]
    # Nothing at the outline, the whole difference one width inside it: hair, ears and
    # background beside a jaw are not part of an expression and never match exactly.
    shrunk = middle + away * np.maximum(1 - width / 2 * UNITS_PER_PIXEL / reach, 0)
    right, bottom = (UNITS_PER_PIXEL * side for side in face.size)
    left = top = -UNITS_PER_PIXEL
    border = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
    whole = np.concatenate([np.array(border, float), shrunk, shrunk[:1]])
    return np.rint(whole).astype(np.int32), feather
