"""Checks that need only the landmarks."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from morphkit._core.arrays import Points
from morphkit._core.finding import Finding
from morphkit.faces.direction import MAX_ROLL_DEG, eyes_exchanged, roll_deg
from morphkit.faces.template import Template
from morphkit.quality.landmark_checks.crossing_lines import (
    directions,
    outlines_of,
    overlap_width,
)
from morphkit.quality.landmark_checks.evidence import Delineation
from morphkit.quality.landmark_checks.measures import (
    mirrored_among,
    named,
    scale_of,
)

#: Width of a crossing that is an error, as a fraction of the inter-ocular distance. On
#: closed mouths detectors cross the inner lips by up to about 0.01.
CROSSED = 0.02
#: Narrower crossings are ignored: manual placement and rounding cause them.
MIN_CROSSING = 0.002
#: Pixels within which landmarks coincide.
COINCIDENT = 0.05


def find_mirrored(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find faces whose left and right are swapped."""
    for face in mirrored(faces):
        yield Finding(
            "mirrored",
            "error",
            "left and right are swapped: the landmarks fit the mirror image of a "
            "face; flip the photograph back, or relabel the landmarks",
            where=face.where,
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
        if len(face.landmarks.template.eyes) != 2:
            continue
        roll = roll_deg(face.landmarks)
        if abs(roll) > MAX_ROLL_DEG:
            yield Finding(
                "upside-down",
                "warning",
                f"the face is rotated by {abs(roll):.0f} degrees (allowed "
                f"{MAX_ROLL_DEG:.0f}); rotate the photograph upright first",
                where=face.where,
                value=roll,
                limit=MAX_ROLL_DEG,
            )


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
                if width > MIN_CROSSING:
                    yield _crossed(face, outline, width, scale.name)


def _crossed(
    face: Delineation, outline: Sequence[int], width: float, scale: str
) -> Finding:
    """Return the finding about one outline."""
    severe = width > CROSSED
    return Finding(
        "crossed-line",
        "error" if severe else "note",
        f"the line around {named(face.landmarks.template, outline, most=3)} crosses "
        f"itself by {width:.1%} of the {scale} (allowed {CROSSED:.0%})"
        + ("; are the points in order?" if severe else ""),
        where=face.where,
        value=width,
        limit=CROSSED,
    )


def find_coincident(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find landmarks that coincide, as those of closed lips do."""
    for face in faces:
        groups = coincident(face.landmarks.points)
        if groups:
            template = face.landmarks.template
            named_groups = "; ".join(named(template, group) for group in groups[:8])
            more = f"; and {len(groups) - 8} more groups" if len(groups) > 8 else ""
            yield Finding(
                "coincident",
                "note",
                f"coincident landmarks: {named_groups}{more}; normal for closed "
                "lips and lids",
                where=face.where,
                value=float(len(groups)),
            )


def coincident(points: Points) -> list[tuple[int, ...]]:
    """Return the groups of landmarks that lie within `COINCIDENT` of each other."""
    n = len(points)
    pairs = KDTree(points).query_pairs(COINCIDENT, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return [tuple(group.tolist()) for group in groups if len(group) > 1]


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
