"""Checks of where the faces lie: in the frame, and in the photographs."""

from collections.abc import Iterator

import numpy as np

from morphkit._core.finding import Finding
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.geometry.extent import with_forehead
from morphkit.geometry.polygon import share_outside
from morphkit.quality.checks.evidence import Evidence
from morphkit.quality.limits import LIMITS


def find_outside_frame(evidence: Evidence) -> Iterator[Finding]:
    """Find faces of which the images do not show all, with the forehead."""
    view = evidence.view
    if view is None:
        return
    weights = evidence.trajectory.face_weights("shape")
    landmarks = evidence.mesh.landmarks / UNITS_PER_PIXEL
    low, high = np.array(view.box[:2]) - 0.5, np.array(view.box[2:]) - 0.5
    worst = (0.0, 0)
    for step in range(len(weights)):
        # No matrix product: its rounding differs between machines.
        parts = (w * one for w, one in zip(weights[step], landmarks, strict=True))
        outline = with_forehead(np.asarray(sum(parts)), view.template)
        worst = max(worst, (share_outside(outline, low, high), -step))
    share, step = round(worst[0], 6), -worst[1]
    if judged := evidence.judge("face-outside-frame", share):
        photo = int(weights[step].argmax()) + 1
        yield Finding(
            "face-outside-frame",
            judged[0],
            f"{share:.1%} of the face of photograph {photo} lies outside the images, "
            f"at step {step + 1}; {_REMEDY}",
            value=share,
            limit=judged[1],
        )


def find_outside(landmarks: Landmarks, size: tuple[int, int]) -> Iterator[Finding]:
    """Find a single face of which the image does not show all, with the forehead.

    Parameters
    ----------
    landmarks : Landmarks
    size : (int, int)
        Width and height of the image.
    """
    outline = with_forehead(landmarks.points, landmarks.template)
    high = np.array(size) - 0.5
    share = round(share_outside(outline, np.full(2, -0.5), high), 6)
    if judged := LIMITS["face-outside-frame"].judge(share):
        yield Finding(
            "face-outside-frame",
            judged[0],
            f"{share:.1%} of the face lies outside the image; choose a photograph of "
            "the whole face, or have the frame found from the faces (--frame faces; a "
            "transform keeps that of its photograph)",
            value=share,
            limit=judged[1],
        )


_REMEDY = (
    'crop less, or have the frame found from the faces (frame = "faces" under [align]; '
    "morph: --frame faces)"
)


def find_cut_off(evidence: Evidence) -> Iterator[Finding]:
    """Find faces that the edge of their photograph cuts off."""
    view = evidence.view
    if view is None:
        return
    for k, points in enumerate(view.photo_points):
        outline = with_forehead(points, view.template)
        high = np.array(evidence.photo_sizes[k]) - 0.5
        share = round(share_outside(outline, np.full(2, -0.5), high), 6)
        if judged := evidence.judge("face-outside-photo", share):
            yield Finding(
                "face-outside-photo",
                judged[0],
                f"{share:.1%} of the face lies outside photograph {k + 1}, which does "
                "not show it; check the landmarks, or choose a photograph of the whole "
                "face",
                value=share,
                limit=judged[1],
            )
