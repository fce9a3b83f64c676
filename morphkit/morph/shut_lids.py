"""Eyes that a difference shuts: lids where the photograph shows an eyeball.

A face with open eyes to which a cry is added has shut ones. What lies between its lids
is squeezed to a line, through which eyeballs would be seen: pale or blue remnants. So
there the skin around its lids is continued, in every photograph with open eyes, which
the difference then shapes to lids that meet.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image, Points
from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence.openings import is_open, outline
from morphkit.geometry.hull import convex_hull
from morphkit.geometry.polygon import within
from morphkit.geometry.similarity import Similarity
from morphkit.morph.catchlights import sights_of
from morphkit.morph.mixture import Mixture

#: Lashes and the wet edge of a lid lie within this share of the width of an eye.
LASHES = 0.11
#: Half the side of the square that tells the colour of skin, as such a share.
NEAR = 0.03
#: Directions from a landmark, and places around an eye.
N_TURNS, N_AROUND = 16, 64


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
        image = image.copy() if image is face.image else image
        filled = _continued(pixels, edge, _colours_at(face, edge, eye))
        image[pixels[:, 1], pixels[:, 0]] = np.rint(filled).astype(image.dtype)
    return image


def _continued(pixels: npt.NDArray[np.intp], edge: Points, colours: Points) -> Points:
    """Return colours of pixels within an outline, continued from its points."""
    total, sums = np.zeros((len(pixels), 3)), np.zeros((len(pixels), 1))
    for point, colour in zip(edge, colours, strict=True):
        away = np.maximum(((pixels - point) ** 2).sum(axis=1), 0.25)
        share = (1 / (away * np.sqrt(away)))[:, None]
        total += share * colour
        sums += share
    return np.asarray(total / sums)


def _colours_at(face: Face, edge: Points, eye: Opening) -> Points:
    """Return the colours at points around an eye, each the median of a small square.

    Single lashes, glints and pores do not count.
    """
    reach = round(NEAR * _width(face.landmarks.points, eye))
    beside = np.arange(-reach, reach + 1)
    last = np.array(face.size) - 1
    at = np.rint(edge).astype(int)[:, None, None]
    squares = np.stack(np.meshgrid(beside, beside), axis=-1) + at
    columns, rows = np.moveaxis(np.clip(squares, 0, last), -1, 0)
    return np.asarray(np.median(face.image[rows, columns], axis=(1, 2)))


def _around(points: Points, eye: Opening) -> Points:
    """Return points at equal distances around an eye with its lashes.

    They lie on the hull of discs around the outline: a corner is blunter than two
    landmarks say, and an eyeball seen beside it would be continued over the lid.
    """
    disc = fixed_order.directions(2 * np.pi * np.arange(N_TURNS) / N_TURNS)
    reach = LASHES * _width(points, eye)
    discs = outline(points, eye)[:, None] + reach * disc
    corners = convex_hull(discs.reshape(-1, 2))
    whole = np.concatenate([corners, corners[:1]])
    length = fixed_order.length(np.diff(whole, axis=0))
    at = np.concatenate([[0.0], np.cumsum(length)])
    places = at[-1] * np.arange(N_AROUND) / N_AROUND
    along = [fixed_order.interpolate(places, at, axis) for axis in whole.T]
    return np.stack(along, axis=1)


def _width(points: Points, eye: Opening) -> float:
    """Return the distance between the corners of an eye, pixels."""
    first, last = points[[eye.upper[0], eye.upper[-1]]]
    return float(fixed_order.length(last - first))
