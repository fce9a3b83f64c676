"""The common frame: where the mean face lies in the output images.

The frame shows what the photographs show: the mean face is put upright where the faces
lie on average in their photos, at the size they have on average, all measured in
fractions of the photo. A face in the middle of a portrait stays in the middle of a
portrait, whatever the number of pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from morphkit.align import procrustes
from morphkit.arrays import Points
from morphkit.errors import InputError
from morphkit.landmarks import Landmarks
from morphkit.similarity import Similarity
from morphkit.template import Template

Size = tuple[int, int]


@dataclass(frozen=True)
class Alignment:
    """A way to align: a fitter and the points of a face that it looks at.

    Parameters
    ----------
    fit : callable
        ``fit(points, reference) -> Similarity``, both ``(N, 2)`` in pixels.
    points_of : callable
        ``points_of(landmarks) -> (N, 2)``.
    summary : str
        One line for listings.
    """

    fit: Callable[[Points, Points], Similarity]
    points_of: Callable[[Landmarks], Points]
    summary: str


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
        An entry of `morphkit.align.ALIGNMENTS`.
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
    templates = {face.template.name for face in faces}
    if len(templates) > 1:
        raise InputError(
            f"the faces have different templates: {', '.join(sorted(templates))}",
            remedy="convert the landmark files to one template",
        )
    shapes = [alignment.points_of(face) for face in faces]
    mean = _upright(procrustes.mean_shape(shapes), faces[0].template)
    place = _mean_place(shapes, photo_sizes, size)
    reference = place(mean)
    return [alignment.fit(shape, reference) for shape in shapes]


def _upright(mean: Points, template: Template) -> Points:
    """Return the mean shape turned so that its mirror partners lie level.

    Without mirror partners the eyes lie level; without eyes, image-left is where the
    photos have it.
    """
    if len(mean) == 2:
        across = mean[1] - mean[0]
    else:
        eyes = [mean[list(eye)].mean(axis=0) for eye in template.eyes]
        across = eyes[1] - eyes[0] if eyes else np.array([1.0, 0.0])
        if template.mirror:
            steps = mean[list(template.mirror)] - mean
            # Count every pair from image-left to image-right, so that none cancel.
            across = steps[steps @ across > 0].sum(axis=0)
    length = float(np.hypot(*across))
    if length == 0.0:
        return mean
    turn = Similarity(across[0] / length, -across[1] / length, 0.0, 0.0)
    return turn(mean)


def _mean_place(
    shapes: Sequence[Points], photo_sizes: Sequence[Size], size: Size
) -> Similarity:
    """Return the map from the normalised mean shape to the frame."""
    width, height = size
    # Photo to frame by the larger factor: the frame is filled, its longer side cut.
    fills = [max(width / w, height / h) for w, h in photo_sizes]
    radii, centres = [], []
    for shape, fill, (w, h) in zip(shapes, fills, photo_sizes, strict=True):
        centre = shape.mean(axis=0)
        radii.append(fill * np.sqrt(((shape - centre) ** 2).sum(axis=1).mean()))
        offset = fill * (centre + 0.5 - np.array([w, h]) / 2)
        centres.append(offset + np.array([width, height]) / 2 - 0.5)
    # Sorted sums do not depend on the order of the faces.
    radius = float(np.exp(np.mean(np.sort(np.log(radii)))))
    centre = np.sort(np.array(centres), axis=0).mean(axis=0)
    return Similarity.scaling(radius, shift=(float(centre[0]), float(centre[1])))
