"""Alignment: the common frame into which the faces of a set are brought.

Every method is a fitter ``fit(points, reference) -> Similarity`` together with the
points of a face that it uses. The reference and its position in the frame are common to
all methods; see `morphkit.geometry.align.common_frame`.
"""

from morphkit._core.registry import Table
from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.align import procrustes, two_point
from morphkit.geometry.align.common_frame import (
    USUAL_SIZE,
    Alignment,
    PlacedFace,
    align_set,
    fill_frame,
    to_common_frame,
)
from morphkit.geometry.choices import FRAMES, SHARE

ALIGNMENTS = Table(
    "alignments",
    Alignment,
    {
        "procrustes": Alignment(
            fit=procrustes.fit,
            points_of=lambda landmarks: landmarks.points,
            summary="all landmarks, least squares (generalised Procrustes analysis)",
            in_methods="generalised Procrustes analysis",
        ),
        "two_point": Alignment(
            fit=two_point.fit,
            points_of=Landmarks.eye_centres,
            summary="the centres of both eyes exactly at their mean positions",
            in_methods="the centres of the eyes",
        ),
    },
)


def alignment_for(template: Template) -> str:
    """Return the name of the alignment for faces of a template, where none is chosen.

    By the centres of the eyes where the template knows them, else by all landmarks.
    """
    return "two_point" if template.eyes else "procrustes"


def share_in(frame: str, alignment: Alignment | None) -> float | None:
    """Return the share of its height that the mean face takes in a kind of frame.

    None where the frame shows what the photographs show, as it does without alignment.

    Raises
    ------
    InputError
        If the kind of frame is none of `FRAMES`.
    """
    if frame not in FRAMES:
        raise InputError(
            f'there is no frame "{frame}"', allowed=f"known: {', '.join(FRAMES)}"
        )
    return SHARE if frame == "faces" and alignment else None


__all__ = [
    "ALIGNMENTS",
    "FRAMES",
    "SHARE",
    "USUAL_SIZE",
    "Alignment",
    "PlacedFace",
    "align_set",
    "alignment_for",
    "fill_frame",
    "share_in",
    "to_common_frame",
]
