"""Tongue and lower gum of mouths that are open in every face: they move with the jaw.

Lips stretch as a mouth opens wider, but not what lies between them: tongue and gum
follow the lower jaw in one piece, and the lower lip leaves them behind. A warp between
landmarks knows the lips alone and would stretch the tongue with them: halfway, gums and
the edge of the tongue would be seen twice. A few places within the mouth, which keep
their distances, prevent that.

Conventions
-----------
Points are in the common frame, pixels.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image, Points
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence.openings import JAW, edges, is_open, outline
from morphkit.geometry.correspondence.teeth import shows_teeth
from morphkit.geometry.polygon import within

#: The places, in the mouth that opens least: fractions of the way along its edges, and
#: of its height there. They are low, where the lip leaves most of the tongue behind.
_ALONG, _DOWN = (0.375, 0.5, 0.625), 0.8
#: How far they move with the lower lip against the upper one. Tongues of rendered
#: infants move by 0.49 to 0.55 of that from a smile to a cry, gums by a little more.
_WITH_LIP = 0.55
#: Least distance to the lips, pixels: nearer places would be merged with landmarks.
_CLEAR = 1.0


def tongue_points(
    faces: Sequence[Landmarks], placed: Sequence[Points], photos: Sequence[Image] = ()
) -> list[Points]:
    """Return places in mouths that are open in every face, as far as they correspond.

    In faces that open their mouths alike they lie as the lips take them.

    Parameters
    ----------
    faces : sequence of Landmarks
        Of one template, in the frames of their photographs.
    placed : sequence of ndarray, shape (L, 2)
        Their landmarks in the common frame.
    photos : sequence of ndarray, shape (H, W, 3), optional
        Their photographs. Without them no teeth are found.

    Returns
    -------
    list of ndarray, shape (P, 2)
        The same number for every face: none in a mouth that is closed in one of them,
        or shows many teeth, which belong to the upper jaw; and none that would lie on a
        lip, or beyond it.
    """
    found = [np.empty((len(faces), 0, 2))]
    for opening in faces[0].template.openings:
        if opening.name not in JAW or _is_toothy(opening, faces, photos):
            continue
        if all(is_open(face.points, opening) for face in faces):
            found.append(_in_mouth(opening, placed))
    return list(np.concatenate(found, axis=1))


def _is_toothy(
    opening: Opening, faces: Sequence[Landmarks], photos: Sequence[Image]
) -> bool:
    """Return whether a mouth shows many teeth in one of the photographs."""
    return "nose" in faces[0].template.regions and any(
        is_open(face.points, opening) and shows_teeth(photo, face, opening)
        for photo, face in zip(photos, faces, strict=False)
    )


def _in_mouth(opening: Opening, placed: Sequence[Points]) -> npt.NDArray[np.float64]:
    """Return the places in an open mouth of every face, (K, P, 2)."""
    pairs = np.array([edges(points, opening) for points in placed])
    middle = pairs.shape[2] // 2
    upper, lower = pairs[:, 0, middle], pairs[:, 1, middle]
    jaw = upper + _WITH_LIP * (lower - upper)
    least = int(fixed_order.length(lower - upper).argmin())
    along = [round(part * (pairs.shape[2] - 1)) for part in _ALONG]
    top, bottom = pairs[least][:, along]
    places = top + _DOWN * (bottom - top) + (jaw - jaw[least])[:, None]
    lips = [outline(points, opening) for points in placed]
    clear = [
        within(there, ring) & (fixed_order.nearest(there, ring) > _CLEAR)
        for there, ring in zip(places, lips, strict=True)
    ]
    return np.asarray(places[:, np.all(clear, axis=0)])
