"""The common frame: the position of the mean face in the output images.

The mean face is placed upright. A frame that is found from the faces has it in the
middle, at a stated share of its height (`morphkit.geometry.align.face_frame`). The
other kind shows what the photographs show: the mean face lies at the average position
and size of the faces in their photos, measured in fractions of the photo.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.align import procrustes
from morphkit.geometry.align.face_frame import find_frame
from morphkit.geometry.similarity import Similarity

Size = tuple[int, int]

#: Size of the frame of photographs that differ in size, pixels.
USUAL_SIZE = (512, 512)
#: Largest enlargement to fill the frame.
MAX_ZOOM = 1.25
#: Largest enlargement of a photograph in a frame whose size is found, too.
MOST_ENLARGED = 1.25
#: Smallest side of a frame whose size is found, pixels.
MIN_SIDE = 16


@dataclass(frozen=True)
class Alignment:
    """An alignment method: a fitter and the points of a face that it uses.

    Parameters
    ----------
    fit : callable
        ``fit(points, reference) -> Similarity``, both ``(N, 2)`` in pixels.
    points_of : callable
        ``points_of(landmarks) -> (N, 2)``.
    summary : str
        One line for listings.
    in_methods : str
        What a paper says after "aligned by".
    """

    fit: Callable[[Points, Points], Similarity]
    points_of: Callable[[Landmarks], Points]
    summary: str
    in_methods: str


class PlacedFace(Protocol):
    """What the common frame needs of a face: landmarks, and the size of its photo."""

    @property
    def landmarks(self) -> Landmarks:
        """Landmarks, in the frame of the photo."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the photo, pixels."""


def to_common_frame(
    faces: Sequence[PlacedFace],
    *,
    alignment: Alignment | None,
    size: tuple[int, int] | None,
    share: float | None = None,
) -> tuple[list[Similarity], tuple[int, int]]:
    """Return the map of each face to the common frame, and the size of the frame.

    Parameters
    ----------
    faces : sequence of Face
        All of one template; their pixels are not looked at.
    alignment : Alignment or None
        None keeps the frame of the photographs.
    size : (int, int) or None
        Width and height of the frame; None takes the size of the photographs, which
        is the only one possible without alignment.
    share : float, optional
        Of the height of the frame that the mean face takes, from hairline to chin: the
        frame is found from the faces. By default it shows what the photographs show.

    Raises
    ------
    InputError
        If the photographs differ in size where their size is to be kept, or another
        size is asked for without alignment.
    """
    if alignment is not None and share is not None:
        return _around_faces(faces, alignment, size, share)
    sizes = sorted({face.size for face in faces})
    if size is None or alignment is None:
        if len(sizes) > 1:
            raise InputError(
                "the photographs differ in size: "
                + ", ".join(f"{w}×{h}" for w, h in sizes),
                remedy="align them to a frame of a stated width and height",
            )
        if size not in (None, sizes[0]):
            raise InputError(
                f"a frame of {size[0]}×{size[1]} for photographs of "
                f"{sizes[0][0]}×{sizes[0][1]} without alignment",
                remedy="choose an alignment, or leave the size out",
            )
        size = sizes[0]
    if alignment is None:
        return [Similarity.identity() for _ in faces], size
    moves = align_set(
        [face.landmarks for face in faces],
        [face.size for face in faces],
        alignment=alignment,
        size=size,
    )
    return fill_frame(moves, [face.size for face in faces], size), size


def align_set(
    faces: Sequence[Landmarks],
    photo_sizes: Sequence[Size],
    *,
    alignment: Alignment,
    size: Size,
) -> list[Similarity]:
    """Return the map from each photo to the common frame.

    Parameters
    ----------
    faces : sequence of Landmarks
        One per photo, all of one template.
    photo_sizes : sequence of (int, int)
        Width and height of each photo, pixels.
    alignment : Alignment
        An entry of `morphkit.geometry.align.ALIGNMENTS`.
    size : (int, int)
        Width and height of the common frame, pixels.

    Returns
    -------
    list of Similarity
        Photo to frame, in the order of `faces`.

    Raises
    ------
    InputError
        If the templates differ or a face cannot be aligned.
    """
    shapes, mean = _shapes_and_mean(faces, alignment)
    place = _mean_placement(shapes, photo_sizes, size)
    reference = place(mean)
    return [alignment.fit(shape, reference) for shape in shapes]


def _around_faces(
    faces: Sequence[PlacedFace], alignment: Alignment, size: Size | None, share: float
) -> tuple[list[Similarity], Size]:
    """Return the maps to a frame that is found from the faces, and its size."""
    landmarks, photos = (
        [face.landmarks for face in faces],
        [face.size for face in faces],
    )
    shapes, mean = _shapes_and_mean(landmarks, alignment)
    moves = [alignment.fit(shape, mean) for shape in shapes]
    usual = photos[0] if len(set(photos)) == 1 else USUAL_SIZE
    width, height = size or usual
    middle, reach = find_frame(
        landmarks, moves, photos, ratio=width / height, share=share
    )
    if size is None:  # no larger than the photographs resolve
        enlarged = height / (2 * reach) * max(move.scale for move in moves)
        less = min(1.0, MOST_ENLARGED / enlarged)
        width, height = (max(MIN_SIDE, int(less * side)) for side in usual)
    scale = height / (2 * reach)
    x, y = (np.array([width - 1, height - 1]) / 2 - scale * middle).tolist()
    place = Similarity.scaling(scale, shift=(x, y))
    return [place.after(move) for move in moves], (width, height)


def _shapes_and_mean(
    faces: Sequence[Landmarks], alignment: Alignment
) -> tuple[list[Points], Points]:
    """Return the points that faces are aligned by, and their mean, upright."""
    templates = {face.template.name for face in faces}
    if len(templates) > 1:
        raise InputError(
            f"the faces have different templates: {', '.join(sorted(templates))}",
            remedy="convert the landmark files to one template",
        )
    shapes = [alignment.points_of(face) for face in faces]
    return shapes, _upright(procrustes.mean_shape(shapes), shapes, faces)


def _upright(
    mean: Points, shapes: Sequence[Points], faces: Sequence[Landmarks]
) -> Points:
    """Return the mean shape rotated so that its mirror partners are level.

    Without mirror partners the eyes are made level; without eyes, the orientation of
    the photos is kept. Two points are made level themselves; other points than the
    landmarks are turned with them.
    """
    template = faces[0].template
    if len(mean) == 2:
        across = mean[1] - mean[0]
    elif len(mean) == template.n_points:
        across = _across(mean, template)
    else:
        pairs = zip(shapes, faces, strict=True)
        moved = [procrustes.fit(shape, mean)(face.points) for shape, face in pairs]
        across = _across(fixed_order.mean(np.array(moved)), template)
    length = float(fixed_order.length(across))
    if length == 0.0:
        return mean
    turn = Similarity(across[0] / length, -across[1] / length, 0.0, 0.0)
    return turn(mean)


def _across(landmarks: Points, template: Template) -> Points:
    """Return the direction from image-left to image-right of a mean face."""
    eyes = [fixed_order.mean(landmarks[list(eye)]) for eye in template.eyes]
    across = eyes[1] - eyes[0] if eyes else np.array([1.0, 0.0])
    if not template.mirror:
        return across
    steps = landmarks[list(template.mirror)] - landmarks
    # Orient every pair from image-left to image-right, so that none cancel.
    return fixed_order.total(steps[fixed_order.dot(steps, across) > 0])


def _mean_placement(
    shapes: Sequence[Points], photo_sizes: Sequence[Size], size: Size
) -> Similarity:
    """Return the map from the normalised mean shape to the frame."""
    width, height = size
    # Scale by the larger factor: the photo fills the frame, its longer side is cropped.
    fills = [max(width / w, height / h) for w, h in photo_sizes]
    radii, centres = [], []
    for shape, fill, (w, h) in zip(shapes, fills, photo_sizes, strict=True):
        centre = fixed_order.mean(shape)
        radii.append(fill * procrustes.radius(shape - centre))
        offset = fill * (centre + 0.5 - np.array([w, h]) / 2)
        centres.append(offset + np.array([width, height]) / 2 - 0.5)
    # Sorting makes the sum independent of the order of the faces.
    # The geometric mean, from the largest on: the exponential takes nothing above 0.
    sizes = np.sort(np.array(radii))
    below = fixed_order.mean(fixed_order.log(sizes / sizes[-1]))
    radius = float(sizes[-1] * fixed_order.exp(below))
    centre = fixed_order.mean(np.sort(np.array(centres), axis=0))
    return Similarity.scaling(radius, shift=(float(centre[0]), float(centre[1])))


def fill_frame(
    moves: Sequence[Similarity], photo_sizes: Sequence[Size], size: Size
) -> list[Similarity]:
    """Return the maps enlarged about the centre of the frame until it is filled.

    After alignment some photographs usually end a little inside the frame, and their
    edges would be repeated. One enlargement for all of them, of at most `MAX_ZOOM`,
    avoids that.

    Parameters
    ----------
    moves : sequence of Similarity
        From each photograph to the frame.
    photo_sizes : sequence of (int, int)
        Width and height of each photograph, pixels.
    size : (int, int)
        Width and height of the frame, pixels.

    Returns
    -------
    list of Similarity
    """
    limit = np.array(size) - 0.5
    middle = (limit - 0.5) / 2
    corners = np.array(
        [(x, y) for x in (-0.5, limit[0]) for y in (-0.5, limit[1])], dtype=float
    )
    # How far each photograph reaches from the centre to a corner, as a fraction.
    reach = 1.0
    for move, photo in zip(moves, photo_sizes, strict=True):
        back = move.inverse()
        start = back(middle)
        way = back(corners) - start
        for k in range(2):
            for edge in (-0.5, photo[k] - 0.5):
                ahead = way[:, k] * (edge - start[k]) > 0
                shares = (edge - start[k]) / way[ahead, k]
                reach = min(reach, float(shares.min(initial=1.0)))
    zoom = min(1.0 / max(reach, 1e-6), MAX_ZOOM)
    if zoom == 1.0:
        return list(moves)
    shift = middle * (1.0 - zoom)
    larger = Similarity.scaling(zoom, shift=(float(shift[0]), float(shift[1])))
    return [larger.after(move) for move in moves]
