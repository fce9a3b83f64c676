"""Checks of the frame that landmarks are in: the photograph as it is shown.

Landmarks count pixels of the photograph as it is shown, with its EXIF orientation
applied; x to the right and y downwards from its top left.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.faces.direction import (
    MAX_ROLL_DEG,
    eyes_exchanged,
    roll_deg,
)
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.quality.landmark_checks.evidence import Delineation
from morphkit.quality.landmark_checks.measures import mirrored_among, named

#: Largest difference of roll between landmarks and a detected face that they may be of.
SAME_ROLL_DEG = 30.0


def find_unused(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find landmarks that no photograph has the name of."""
    for face in faces:
        if face.sought_in:
            yield Finding(
                "unused",
                "error",
                f"no photograph in {face.sought_in} has this name, so that these "
                "landmarks are used for none; name the file like its photograph",
                where=face.where,
            )


def find_mirrored(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find faces whose left and right, or top and bottom, are swapped."""
    for face in mirrored(faces):
        yield Finding(
            "mirrored",
            "error",
            _counted_up(face.where)
            if _top_and_bottom_swapped(face.landmarks)
            else "left and right are swapped: the landmarks fit the mirror image of a "
            "face; flip the photograph back, or relabel the landmarks",
            where=face.where,
        )


def _counted_up(where: str) -> str:
    """Say that y was counted from the other edge, and what helps in this format."""
    said = (
        "the face stands on its head, mirrored: y was counted from the other edge. "
        "Landmarks count y downwards from the top"
    )
    if ".tps" in where.lower():
        return (
            f"{said}; a .tps counts it up from the bottom, and one that does not is "
            "converted with: morphkit landmarks convert FILE NEW.json --image PHOTO "
            "--tps-y-up 0"
        )
    return f"{said}; replace y by the height of the photograph minus 1 minus y"


def _top_and_bottom_swapped(landmarks: Landmarks) -> bool:
    """Return whether a mirrored face has its eyes in order and its chin above them."""
    if len(landmarks.template.eyes) != 2:
        return False
    left, right = landmarks.eye_centres()
    return bool(
        left[0] < right[0] and landmarks.points[:, 1].mean() < (left[1] + right[1]) / 2
    )


def mirrored(faces: Sequence[Delineation]) -> list[Delineation]:
    """Return the mirrored faces, by their eyes or by comparison with the set."""
    found = []
    for template, group in by_template(faces):
        if len(template.eyes) == 2:
            found += [face for face in group if eyes_exchanged(face.landmarks)]
        elif len(group) > 2:
            shapes = [face.landmarks.points for face in group]
            found += [group[i] for i in mirrored_among(shapes)]
    return found


def by_template(
    faces: Sequence[Delineation],
) -> list[tuple[Template, list[Delineation]]]:
    """Return the faces of each template."""
    groups: dict[Template, list[Delineation]] = {}
    for face in faces:
        groups.setdefault(face.landmarks.template, []).append(face)
    return list(groups.items())


def find_upside_down(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find faces that are rotated by more than `MAX_ROLL_DEG`."""
    for face in faces:
        landmarks = face.landmarks
        if len(landmarks.template.eyes) != 2:
            continue
        roll = 0.0 if eyes_exchanged(landmarks) else roll_deg(landmarks)
        if abs(roll) > MAX_ROLL_DEG:
            yield Finding(
                "upside-down",
                "warning" if _lies(face, roll) else "error",
                f"the face is rotated by {abs(roll):.0f} degrees (allowed "
                f"{MAX_ROLL_DEG:.0f}), if its points are {landmarks.template.name}; "
                "rotate the photograph upright and place the landmarks on it as it is "
                "then, or give the template that the points follow",
                where=face.where,
                value=roll,
                limit=MAX_ROLL_DEG,
            )


def find_outside_image(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find landmarks that lie outside the image."""
    for face in faces:
        size = face.photo.size if face.photo else None
        # Even without its size an image starts at 0.
        far = 1 << 40
        out = np.flatnonzero(~face.landmarks.inside(size or (far, far)))
        if len(out):
            extent = (
                f"of {size[0]} x {size[1]} pixels" if size else "(left of 0 or above)"
            )
            yield Finding(
                "outside-image",
                "error",
                f"{counted(len(out), 'landmark')} {'lies' if len(out) == 1 else 'lie'} "
                f"outside the image {extent}: "
                f"{named(face.landmarks.template, out.tolist())}; they belong to the "
                "photograph as it is shown, in its own pixels",
                where=face.where,
                value=float(len(out)),
                limit=0.0,
                points=tuple(out.tolist()),
            )


def _lies(face: Delineation, roll: float) -> bool:
    """Return whether the person is known to be rotated so in the photograph."""
    seen = face.photo.rolls_deg if face.photo else ()
    turns = [abs((roll - other + 180) % 360 - 180) for other in seen]
    return face.on_this_photo or min(turns, default=180.0) < SAME_ROLL_DEG


def without_eyes(faces: Sequence[Delineation]) -> str:
    """Return why the direction of some faces is unknown, "" if all are known."""
    names = [t.name for t, _ in by_template(faces) if len(t.eyes) != 2]
    return _no_eyes(names) if names else ""


def alone_without_eyes(faces: Sequence[Delineation]) -> str:
    """Return why left and right of some faces are unknown, "" if all are known."""
    groups = by_template(faces)
    names = [t.name for t, group in groups if len(t.eyes) != 2 and len(group) < 3]
    if not names:
        return ""
    return f"{_no_eyes(names)}, and fewer than 3 faces have it"


def _no_eyes(names: Sequence[str]) -> str:
    """Say that templates do not define the eyes."""
    return f"template {' and '.join(names)} does not define the eyes"
