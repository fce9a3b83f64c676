"""Lips beside teeth, where landmarks lie far apart.

Most landmark sets place the edge of a lip at its corners and in the middle third: a
curve through them cuts off the teeth beside. What is cut off would be blended like
skin, half-transparent over the lip that covers it in another face. Teeth can be seen:
where they go on beyond the curve, the lip begins at their end.

Conventions
-----------
Points are in the frames of their photographs, pixels. Distances are fractions of the
width of the mouth.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image, Points
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Opening, Template
from morphkit.geometry.correspondence.openings import JAW, edges, is_open
from morphkit.geometry.correspondence.teeth import (
    gum_below_teeth,
    like_teeth,
    shows_teeth,
)

Floats = npt.NDArray[np.float64]

#: Distance of landmarks along a lip between which there are places to look at.
_LONG = 0.22
#: These places, as fractions of the way between two landmarks.
_PARTS = (1 / 3, 2 / 3)
#: Farthest place beyond the curve that is looked at, and the distance of samples.
_MOST, _STEP = 0.12, 0.005
#: Gap that may lie between teeth.
_GAP = 0.015
#: Columns beside a place of which the middle one counts.
_BESIDE = np.array([-0.02, -0.01, 0.0, 0.01, 0.02])
#: Teeth that go on by less are left to the error of landmarks.
_LEAST = 0.028
#: The same for a few teeth of the lower jaw, of which no part may be left out: they are
#: as high as 0.1.
_LEAST_OF_FEW = 0.012


def follow_teeth(
    faces: Sequence[Landmarks], photos: Sequence[Image]
) -> list[Landmarks]:
    """Return landmarks with more of them on lips that end farther out, beside teeth.

    Parameters
    ----------
    faces : sequence of Landmarks
        Of one template.
    photos : sequence of ndarray, shape (H, W, 3), dtype uint8 or uint16
        Their photographs; none at all leaves the landmarks as they are.

    Returns
    -------
    list of Landmarks
        The same but for mouths that show teeth in one face and are closed in another:
        these have landmarks behind the others, which all faces share.
    """
    template = faces[0].template
    if not photos or "nose" not in template.regions:
        return list(faces)
    for number, mouth in enumerate(template.openings):
        states = [is_open(face.points, mouth) for face in faces]
        if mouth.name not in JAW or all(states) or not any(states):
            continue
        at = _places(faces[states.index(True)].points, mouth)
        off = [
            _beyond(photo, face, mouth, at) if opens else np.zeros((2, len(at)))
            for photo, face, opens in zip(photos, faces, states, strict=True)
        ]
        if not any(one.any() for one in off):
            continue
        longer = _longer(template, number, at)
        more = [
            _with_points(face, mouth, at, far, longer)
            for face, far in zip(faces, off, strict=True)
        ]
        if [is_open(face.points, longer.openings[number]) for face in more] == states:
            return more
    return list(faces)


def _places(points: Points, mouth: Opening) -> Floats:
    """Return places between landmarks that lie far apart, as fractional indices."""
    upper, lower = (points[list(edge)] for edge in (mouth.upper, mouth.lower))
    wide = _LONG * fixed_order.length(upper[-1] - upper[0])
    gaps = [fixed_order.length(np.diff(edge, axis=0)) for edge in (upper, lower)]
    long = np.flatnonzero(np.minimum(*gaps) > wide)
    return np.asarray([k + part for k in long for part in _PARTS], dtype=np.float64)


def _on_edges(points: Points, mouth: Opening, at: Floats) -> Floats:
    """Return the points of both edges at places, shape (2, P, 2)."""
    both = edges(points, mouth)
    index = np.linspace(0.0, len(mouth.upper) - 1, both.shape[1])
    return np.stack(
        [
            np.stack([fixed_order.interpolate(at, index, x) for x in edge.T], axis=-1)
            for edge in both
        ]
    )


def _down(points: Points, mouth: Opening) -> Points:
    """Return the vector between the corners, turned by a right angle downwards."""
    along = points[mouth.upper[-1]] - points[mouth.upper[0]]
    return np.array([-along[1], along[0]])


def _beyond(photo: Image, face: Landmarks, mouth: Opening, at: Floats) -> Floats:
    """Return how far teeth go on beyond both edges, shape (2, P), 0 if by little."""
    far = np.zeros((2, len(at)))
    least = _least_beyond(photo, face, mouth)
    if not len(at) or least is None:
        return far
    along = face.points[mouth.upper[-1]] - face.points[mouth.upper[0]]
    steps = _STEP * np.arange(round((_MOST + _GAP) / _STEP) + 1)
    down = _down(face.points, mouth)
    for edge, (line, way) in enumerate(
        zip(_on_edges(face.points, mouth, at), (-down, down), strict=True)
    ):
        start = line[:, None] + _BESIDE[:, None] * along
        places = start[:, :, None] + steps[:, None] * way
        seen = like_teeth(photo, face, mouth, places)
        far[edge] = np.median(_reach(seen), axis=1)
    return far if far.max() >= least else np.zeros_like(far)


def _least_beyond(photo: Image, face: Landmarks, mouth: Opening) -> float | None:
    """Return how far teeth go on at least to count, None if a mouth shows none."""
    if shows_teeth(photo, face, mouth):
        return _LEAST
    return None if gum_below_teeth(photo, face, mouth) is None else _LEAST_OF_FEW


def _reach(seen: npt.NDArray[np.bool_]) -> Floats:
    """Return how far teeth go on from the first sample, along the last axis."""
    index = np.arange(seen.shape[-1])
    last = np.maximum.accumulate(np.where(seen, index, -1), axis=-1)
    broken = index - last > round(_GAP / _STEP)
    first = np.where(broken.any(axis=-1), broken.argmax(axis=-1), len(index)) - 1
    ends = np.take_along_axis(last, first[..., None], axis=-1)[..., 0]
    return np.asarray(np.clip(_STEP * (ends + 1), 0.0, _MOST) * (ends >= 0))


def _longer(template: Template, number: int, at: Floats) -> Template:
    """Return a template with places of a mouth as further landmarks."""
    mouth = template.openings[number]
    new = len(template.points) + np.arange(2 * len(at)).reshape(2, -1)
    upper, lower = (
        tuple(_between(edge, at, more))
        for edge, more in zip((mouth.upper, mouth.lower), new, strict=True)
    )
    openings = list(template.openings)
    openings[number] = Opening(mouth.name, upper, lower)
    names = tuple(f"{mouth.name} edge {k}" for k in new.ravel())
    return replace(
        template, points=template.points + names, openings=tuple(openings), mirror=()
    )


def _between(edge: Sequence[int], at: Floats, new: npt.NDArray[np.intp]) -> list[int]:
    """Return the landmarks of an edge with new ones at fractional indices."""
    places = [*enumerate(edge), *zip(at.tolist(), new.tolist(), strict=True)]
    return [landmark for _, landmark in sorted(places)]


def _with_points(
    face: Landmarks, mouth: Opening, at: Floats, far: Floats, longer: Template
) -> Landmarks:
    """Return landmarks with those of the longer template behind them."""
    down = _down(face.points, mouth)
    new = _on_edges(face.points, mouth, at)
    new += np.stack([-far[0][:, None] * down, far[1][:, None] * down])
    return replace(
        face,
        template=longer,
        points=np.concatenate([face.points, new.reshape(-1, 2)]),
        placement=replace(face.placement, confidence=()),
    )
