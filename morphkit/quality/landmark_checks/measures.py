"""Size of a face, and which way round it is among others, from its landmarks alone.

Conventions
-----------
Distances are compared with the inter-ocular distance: between the outer corners of the
eyes. Where a template does not name them, but one point for each eye, it is the
distance of the pupils over `PUPILS_PER_CORNERS`; if it does not define the eyes, the
radius of the face is used instead, and messages say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import Points
from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.align import procrustes

#: Distance of the pupils over that of the outer eye corners, in infants and adults.
PUPILS_PER_CORNERS = 0.714


@dataclass(frozen=True)
class Scale:
    """The length to which distances in a face are related.

    Parameters
    ----------
    length : float
        Pixels, more than 0.
    name : str
        Its name, for messages.
    """

    length: float
    name: str


def scale_of(landmarks: Landmarks) -> Scale:
    """Return the inter-ocular distance of a face.

    Raises
    ------
    InputError
        If all landmarks coincide.

    Examples
    --------
    >>> from morphkit.faces.formats import builtin_template
    >>> five = builtin_template("dlib_5")
    >>> corners = [[200, 80], [160, 80], [100, 80], [140, 80], [150, 120]]
    >>> scale_of(Landmarks(five, corners))
    Scale(length=100.0, name='inter-ocular distance')
    """
    length = _between_eyes(landmarks)
    if length > 0:
        return Scale(length, "inter-ocular distance")
    off = landmarks.points - landmarks.points.mean(axis=0)
    radius = float(np.sqrt((off**2).sum(axis=1).mean()))
    if radius == 0:
        raise InputError("all landmarks coincide", remedy="place or detect them again")
    return Scale(radius, "radius of the face")


def _between_eyes(landmarks: Landmarks) -> float:
    """Return the inter-ocular distance, 0 if the template does not define it."""
    corners = landmarks.template.outer_eye_corners
    if corners:
        return float(np.hypot(*np.subtract(*landmarks.points[list(corners)])))
    eyes = landmarks.template.eyes
    if len(eyes) != 2:
        return 0.0
    centres = landmarks.eye_centres()
    if min(map(len, eyes)) == 1:
        return float(np.hypot(*(centres[1] - centres[0]))) / PUPILS_PER_CORNERS
    outer = []
    for eye, other in zip(eyes, centres[::-1], strict=True):
        margin = landmarks.points[list(eye)]
        outer.append(margin[np.hypot(*(margin - other).T).argmax()])
    return float(np.hypot(*(outer[1] - outer[0])))


def mirrored_among(shapes: Sequence[Points]) -> list[int]:
    """Return which shapes fit most of the others better when mirrored.

    Parameters
    ----------
    shapes : sequence of ndarray, shape (N, 2)
        The same landmarks of at least 3 faces.
    """

    def misfit(shape: Points, other: Points) -> float:
        return float(((procrustes.fit(shape, other)(shape) - other) ** 2).sum())

    flip = np.array([-1.0, 1.0])
    return [
        i
        for i, shape in enumerate(shapes)
        if np.mean(
            [
                misfit(shape * flip, other) < misfit(shape, other)
                for j, other in enumerate(shapes)
                if j != i
            ]
        )
        > 0.5
    ]


def named(template: Template, indices: Sequence[int], *, most: int = 6) -> str:
    """Return the names of landmarks for a message, at most `most` of them."""
    names = [f'"{template.points[i]}"' for i in indices[:most]]
    rest = len(indices) - most
    return ", ".join(names) + (f" and {rest} more" if rest > 0 else "")
