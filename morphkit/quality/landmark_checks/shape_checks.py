"""Checks that need only the landmarks."""

from collections.abc import Iterator, Sequence

import numpy as np

from morphkit._core.arrays import Points
from morphkit._core.finding import Finding
from morphkit.faces.template import Template
from morphkit.geometry.groups import linked_groups
from morphkit.quality.landmark_checks.crossing_lines import (
    directions,
    outlines_of,
    overlap_width,
)
from morphkit.quality.landmark_checks.evidence import Delineation
from morphkit.quality.landmark_checks.frame_checks import by_template, mirrored
from morphkit.quality.landmark_checks.measures import named, scale_of

#: Width of a crossing that is an error, as a fraction of the inter-ocular distance.
#: Narrower ones are ignored: on closed mouths detectors cross the inner lips by up to
#: about 0.01, and hands and rounding do, too.
CROSSED = 0.02
#: Pixels within which landmarks coincide.
COINCIDENT = 0.05


def find_crossed_lines(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find lids, lips and other outlines that cross themselves or are inverted."""
    wrong_way = mirrored(faces)
    for template, group in by_template([f for f in faces if f not in wrong_way]):
        outlines = outlines_of(template)
        shapes = [face.landmarks.points for face in group]
        known = directions(template, shapes)
        for face in group:
            scale = scale_of(face.landmarks)
            for outline, direction in zip(outlines, known, strict=True):
                corners = face.landmarks.points[list(outline)]
                width = overlap_width(corners, direction) / scale.length
                if width > CROSSED:
                    yield _crossed(face, outline, width, scale.name)


def _crossed(
    face: Delineation, outline: Sequence[int], width: float, scale: str
) -> Finding:
    """Return the finding about one outline."""
    return Finding(
        "crossed-line",
        "error",
        f"the line around {named(face.landmarks.template, outline, most=3)} crosses "
        f"itself by {width:.1%} of the {scale} (allowed {CROSSED:.0%}); are the points "
        "in order?",
        where=face.where,
        value=width,
        limit=CROSSED,
        points=tuple(outline),
    )


def find_coincident(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find landmarks that coincide, unless closed lips or lids bring them together."""
    for face in faces:
        template = face.landmarks.template
        groups = [
            group
            for group in coincident(face.landmarks.points)
            if not _can_close(template, group)
        ]
        if groups:
            named_groups = "; ".join(named(template, group) for group in groups[:8])
            more = f"; and {len(groups) - 8} more groups" if len(groups) > 8 else ""
            yield Finding(
                "coincident",
                "note",
                f"coincident landmarks: {named_groups}{more}",
                where=face.where,
                value=float(len(groups)),
                points=tuple(i for group in groups for i in group),
            )


def _can_close(template: Template, group: Sequence[int]) -> bool:
    """Return whether an opening brings landmarks together: at most one of each edge.

    Besides the edges themselves it may be what they cover, as a lid does the iris.
    """
    for opening in template.openings:
        upper, lower = {*opening.upper} & {*group}, {*opening.lower} & {*group}
        if upper | lower and len(upper) < 2 and len(lower) < 2:
            return True
    return False


def coincident(points: Points) -> list[tuple[int, ...]]:
    """Return the groups of landmarks that lie within `COINCIDENT` of each other."""
    apart = np.hypot(*np.moveaxis(points[:, None] - points, -1, 0))
    pairs = np.argwhere(np.triu(apart <= COINCIDENT, 1))
    labels = linked_groups(len(points), pairs.tolist())
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return [tuple(group.tolist()) for group in groups if len(group) > 1]
