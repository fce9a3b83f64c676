"""Places for landmarks that a hand, a dummy or hair hides, from the other landmarks.

A hidden landmark stands where someone guessed. For a morph it is put where the visible
landmarks of its face carry the same landmark of other faces: of the same person where
one of them shows it, else of the whole set. A face without hidden landmarks is not
touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.align import procrustes
from morphkit.geometry.warp import WARPS

#: Identity and label, which name a source face.
Key = TypeVar("Key", bound=tuple[str, str])
#: What carries the landmarks of another face into this one.
WARP = "tps"
#: Fewer visible landmarks than this carry nothing.
LEAST = 3
#: Visible landmarks closer than this to another are left out of the warp, pixels.
APART = 0.5


def fill_hidden(faces: Mapping[Key, Landmarks]) -> dict[Key, Landmarks]:
    """Return landmarks with hidden ones placed by the visible ones.

    Parameters
    ----------
    faces : mapping of (str, str) to Landmarks
        By identity and label; all of one template.

    Returns
    -------
    dict
        The same objects, but for faces with hidden landmarks. A landmark that no face
        of the set shows stays where it is.
    """
    return {
        key: _filled(key, landmarks, faces) if landmarks.hidden else landmarks
        for key, landmarks in faces.items()
    }


def with_hidden_filled(faces: Mapping[Key, Face]) -> dict[Key, Face]:
    """Return faces with hidden landmarks placed by the visible ones.

    Parameters
    ----------
    faces : mapping of (str, str) to Face
        As for `fill_hidden`.
    """
    filled = fill_hidden({key: face.landmarks for key, face in faces.items()})
    return {
        key: face
        if filled[key] is face.landmarks
        else replace(face, landmarks=filled[key])
        for key, face in faces.items()
    }


def _filled(
    key: tuple[str, str], landmarks: Landmarks, faces: Mapping[Key, Landmarks]
) -> Landmarks:
    """Return the landmarks of one face with places for its hidden ones."""
    points = landmarks.points.copy()
    others = [(k, one) for k, one in sorted(faces.items()) if k != key]
    for index in sorted(landmarks.hidden):
        showing = [(k, one) for k, one in others if index not in one.hidden]
        same = [one for k, one in showing if k[0] == key[0]]
        carried = [
            place
            for one in same or [one for _, one in showing]
            if (place := _carried(index, one, landmarks)) is not None
        ]
        if carried:
            points[index] = fixed_order.mean(np.array(carried))
    return landmarks.with_points(points)


def _carried(index: int, start: Landmarks, end: Landmarks) -> Points | None:
    """Return where the visible landmarks carry one landmark of another face."""
    hidden = start.hidden | end.hidden
    visible = [i for i in range(len(end.points)) if i not in hidden]
    visible = _apart(start.points, _apart(end.points, visible))
    if len(visible) < LEAST:
        return None
    near = procrustes.fit(start.points[visible], end.points[visible])
    moved = near(start.points)
    carry = WARPS[WARP].fit(moved[visible], end.points[visible])
    return np.asarray(carry(moved[index][None])[0])


def _apart(points: Points, indices: Sequence[int]) -> list[int]:
    """Return indices of points that do not coincide; the first of each place."""
    kept: list[int] = []
    for i in indices:
        if all(fixed_order.length(points[i] - points[j]) > APART for j in kept):
            kept.append(i)
    return kept
