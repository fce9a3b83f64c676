"""Control points on the outlines of heads, or the reason why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import Points
from morphkit._core.finding import Finding
from morphkit.faces.face import Face
from morphkit.geometry.outline import DIRECTIONS, Outline, guides_of
from morphkit.geometry.outline.guides import MIN_COMMON, MIN_OWN
from morphkit.geometry.similarity import Similarity

#: Outline points nearer to a landmark than this fraction of the eye distance are
#: dropped.
_MIN_DISTANCE = 0.25
#: Heads are alike if no outline point lies further from the mean of all than this
#: fraction of the eye distance. To lay a bun upon cropped hair would pull the hairline
#: into the forehead.
_ALIKE = 0.6


@dataclass(frozen=True, eq=False)
class OutlineControls:
    """Control points on the outlines of heads, and the findings about them.

    Parameters
    ----------
    ends : tuple of ndarray, shape (P, 2)
        For every face, pixels of the frame; no array at all where there are none.
    findings : tuple of Finding
    """

    ends: tuple[Points, ...] = ()
    findings: tuple[Finding, ...] = ()


def outline_controls(
    faces: Sequence[Face],
    to_frame: Sequence[Similarity],
    outline: Outline | None,
    *,
    size: tuple[int, int],
    twins: Sequence[tuple[int, int]] = (),
    asked: bool = True,
) -> OutlineControls:
    """Return control points on the outlines of heads, if these are reliable.

    Parameters
    ----------
    faces : sequence of Face
        Of one template.
    to_frame : sequence of Similarity
        From each photograph to the frame.
    outline : Outline or None
        An entry of `morphkit.geometry.outline.OUTLINES`; None for no outlines.
    size : (int, int)
        Width and height of the frame, pixels.
    twins : sequence of (int, int), optional
        Faces that are mirror images of each other in the frame.
    asked : bool, optional
        Whether outlines were asked for. Those that were not are used only where the
        heads are alike and landmarks do not mark the outline; a note says why not.
    """
    if outline is None or len(faces) < 2:
        return OutlineControls()
    if not faces[0].landmarks.template.eyes:
        return _unused("the template does not define the eyes", asked=asked)
    eyes = [face.landmarks.eye_centres() for face in faces]
    guides = guides_of(
        [face.image for face in faces],
        [
            outline.find(face.image, places)
            for face, places in zip(faces, eyes, strict=True)
        ],
        eyes,
        to_frame,
        twins=twins,
        width=size[0],
    )
    if not guides.used:
        return _unused(_reason(guides.shares), asked=asked)
    apart = [
        move.scale * np.hypot(*(right - left))
        for move, (left, right) in zip(to_frame, eyes, strict=True)
    ]
    unlike = None if asked else _unlike(guides.ends, apart)
    if unlike:
        return _unused(unlike, asked=False)
    placed = [
        move(face.landmarks.points) for move, face in zip(to_frame, faces, strict=True)
    ]
    free = np.all(
        [
            _landmark_distance(ends, points) > _MIN_DISTANCE * its_eyes
            for ends, points, its_eyes in zip(guides.ends, placed, apart, strict=True)
        ],
        axis=0,
    )
    n = int(free.sum())
    if not asked and n < MIN_COMMON * len(DIRECTIONS):  # landmarks mark the outline
        return OutlineControls()
    note = Finding(
        "outline",
        "note",
        f"{n} of {len(DIRECTIONS)} points on the outlines of the heads are control "
        "points of the warp",
        value=float(n),
    )
    return OutlineControls(tuple(ends[free] for ends in guides.ends), (note,))


def _landmark_distance(
    points: Points, landmarks: Points
) -> np.ndarray[tuple[int], np.dtype]:
    """Return the distance of each point from the nearest landmark."""
    away = points[:, None] - landmarks[None]
    return np.asarray(np.hypot(away[..., 0], away[..., 1]).min(axis=1))


def _reason(shares: Sequence[float]) -> str:
    """Return why outlines are rejected."""
    bad = [k for k, share in enumerate(shares) if share < MIN_OWN]
    if not bad:
        return f"they agree in less than {MIN_COMMON:.0%} of the directions"
    photos = ", ".join(f"{k + 1} ({shares[k]:.0%} of it)" for k in bad)
    return (
        f"the outline in photograph {photos} is not clear of the background; at least "
        f"{MIN_OWN:.0%} must be"
    )


def _unlike(ends: Sequence[Points], apart: Sequence[float]) -> str:
    """Return which head differs from the others, and by how much; empty if none does.

    Parameters
    ----------
    ends : sequence of ndarray, shape (P, 2)
        Of every face, pixels of the frame.
    apart : sequence of float
        Distances between the eyes in the frame, pixels.
    """
    away = np.linalg.norm(np.array(ends) - np.mean(ends, axis=0), axis=2).max(axis=1)
    away = away / np.mean(apart)
    worst = int(np.argmax(away))
    if away[worst] <= _ALIKE:
        return ""
    return (
        f"the head in photograph {worst + 1} ends {away[worst]:.2f} eye distances from "
        "where those of all end in the mean (hair tied up, a hat?)"
    )


def _unused(reason: str, *, asked: bool) -> OutlineControls:
    """Return no points, and that only landmarks are matched: a warning if asked."""
    remedy = (
        'use photographs with plain backgrounds, or set outline = "none"'
        if asked
        else "hair may end in several edges; photographs with plain backgrounds and "
        'alike hair avoid that, and outline = "grabcut" (--outline grabcut) matches '
        "heads that differ, too"
    )
    found = Finding(
        "outline-unsure",
        "warning" if asked else "note",
        f"the outlines of the heads are not used: {reason}; {remedy}",
    )
    return OutlineControls(findings=(found,))
