"""Eyes that a difference shuts: lids where the photograph shows an eyeball.

A face with open eyes to which a cry is added has shut ones. What lies between its lids
is squeezed to a line, through which eyeballs would be seen: pale or blue remnants. So
there the skin around its lids is continued, in every photograph with open eyes, which
the difference then shapes to lids that meet.
"""

from collections.abc import Sequence

import numpy as np

from morphkit._core import fixed_order
from morphkit._core.arrays import Image, Points
from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence.openings import is_open, outline
from morphkit.geometry.polygon import within
from morphkit.geometry.similarity import Similarity
from morphkit.morph.catchlights import sights_of
from morphkit.morph.mixture import Mixture

#: Lashes and the wet edge of a lid lie within this share of the width of an eye.
LASHES = 0.08


def eyes_before_and_after(
    mixture: Mixture, faces: Sequence[Landmarks], moves: Sequence[Similarity]
) -> dict[Opening, tuple[bool, bool]]:
    """Return whether eyes are open in a face, and once a difference is added to it.

    Parameters
    ----------
    mixture : Mixture
    faces : sequence of Landmarks
        Of its ingredients, in order.
    moves : sequence of Similarity
        From their photographs to the frame.
    """
    placed = np.array(
        [move(face.points) for move, face in zip(moves, faces, strict=True)]
    )
    start, end = (
        fixed_order.total(np.array(list(shares.values()))[:, None, None] * placed)
        for shares in (mixture.base_of("shape"), mixture.column("shape"))
    )
    eyes = sights_of(faces[0].template)
    return {eye: (is_open(start, eye), is_open(end, eye)) for eye in eyes}


def eyes_that_shut(
    mixture: Mixture, faces: Sequence[Landmarks], moves: Sequence[Similarity]
) -> tuple[Opening, ...]:
    """Return the eyes that a difference shuts; as `eyes_before_and_after`."""
    found = eyes_before_and_after(mixture, faces, moves)
    return tuple(eye for eye, (was, is_now) in found.items() if was and not is_now)


def with_lids_over(face: Face, eyes: Sequence[Opening]) -> Image:
    """Return the photograph of a face with skin in place of its open eyes.

    Between the lids the colours around them are continued inwards, the nearer ones more
    (Shepard's interpolation, https://doi.org/10.1145/800186.810616).

    Parameters
    ----------
    face : Face
    eyes : sequence of Opening

    Returns
    -------
    ndarray, shape (H, W, 3)
        The photograph itself if none of these eyes is open.
    """
    image = face.image
    for eye in eyes:
        if not is_open(face.landmarks.points, eye):
            continue
        edge = _around(face.landmarks.points, eye)
        low = np.clip(np.floor(edge.min(axis=0)).astype(int), 0, face.size)
        high = np.clip(np.ceil(edge.max(axis=0)).astype(int) + 1, low, face.size)
        rows, columns = np.mgrid[low[1] : high[1], low[0] : high[0]]
        pixels = np.stack([columns.ravel(), rows.ravel()], axis=1)
        pixels = pixels[within(pixels.astype(float), edge)]
        around = np.clip(np.rint(edge).astype(int), 0, np.array(face.size) - 1)
        colours = face.image[around[:, 1], around[:, 0]].astype(float)
        away = ((pixels[:, None] - edge) ** 2).sum(axis=2)
        shares = np.maximum(away, 0.25) ** -1.5
        filled = (shares @ colours) / shares.sum(axis=1, keepdims=True)
        image = image.copy() if image is face.image else image
        image[pixels[:, 1], pixels[:, 0]] = np.rint(filled).astype(image.dtype)
    return image


def _around(points: Points, eye: Opening) -> Points:
    """Return the outline of an eye with its lashes."""
    edge = outline(points, eye)
    corners = points[[eye.upper[0], eye.upper[-1]]]
    width = float(fixed_order.length(corners[1] - corners[0]))
    away = edge - fixed_order.mean(edge)
    length = np.maximum(fixed_order.length(away), 1e-9)[:, None]
    return np.asarray(edge + away / length * LASHES * width)
