"""Checks of the two ends of a continuum: what moves, and what turns over."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import scipy

from morphkit._core.arrays import Points
from morphkit._core.finding import Finding
from morphkit.faces.template import Template
from morphkit.quality.landmark_checks.crossing_lines import signed_area
from morphkit.quality.landmark_checks.evidence import Delineation
from morphkit.quality.landmark_checks.frame_checks import by_template, mirrored
from morphkit.quality.landmark_checks.measures import named, scale_of
from morphkit.quality.landmark_checks.outliers import (
    FOR_FINDINGS,
    STRAYED,
    find_odd_displacements,
)
from morphkit.quality.landmark_checks.ranks import OF_MOVEMENTS, RankedPoint

#: Height of a triangle that turns over, as a fraction of the inter-ocular distance.
TURNED = 0.02
#: Maximum number of points in one finding.
LISTED = 8

Pair = tuple[Delineation, Delineation]


def pairs_of(faces: Sequence[Delineation]) -> dict[tuple[str, str], list[Pair]]:
    """Return the pairs of faces of one identity, by their two labels."""
    wrong_way = mirrored(faces)
    known = [face for face in faces if face.identity and face not in wrong_way]
    found: dict[tuple[str, str], list[Pair]] = {}
    for _, group in by_template(known):
        for first, second in itertools.combinations(group, 2):
            if first.identity == second.identity and first.label != second.label:
                a, b = sorted((first, second), key=lambda face: face.label)
                found.setdefault((a.label, b.label), []).append((a, b))
    return found


def find_odd_movements(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find landmarks that move between the ends otherwise than their neighbours say."""
    for pairs in pairs_of(faces).values():
        if len(pairs) < FOR_FINDINGS:
            continue
        found = find_odd_displacements([(a.landmarks, b.landmarks) for a, b in pairs])
        for i, (first, second) in enumerate(pairs):
            odd = [one for one in found if one.face == i and one.score >= STRAYED]
            if odd:
                names = first.landmarks.template.points
                points = [
                    f'"{names[one.point]}" {one.distance:.1%}' for one in odd[:LISTED]
                ]
                yield Finding(
                    "displacement",
                    "warning",
                    f"from {first.label} to {second.label} {', '.join(points)} of the "
                    f"{scale_of(first.landmarks).name} otherwise than points around it "
                    f"({odd[0].score:.1f} times what is usual, allowed {STRAYED:g}); "
                    "check these points at both ends",
                    where=f"{first.where}, {second.where}",
                    value=odd[0].score,
                    limit=STRAYED,
                    points=tuple(one.point for one in odd),
                )


def rank_movements(faces: Sequence[Delineation]) -> Iterator[RankedPoint]:
    """Yield every landmark of the ends that can be compared."""
    for pairs in pairs_of(faces).values():
        template = pairs[0][0].landmarks.template
        if len(pairs) < FOR_FINDINGS:
            continue
        both = [(a.landmarks, b.landmarks) for a, b in pairs]
        for one in find_odd_displacements(both):
            first, second = pairs[one.face]
            yield RankedPoint(
                f"{first.where}, {second.where}",
                template.points[one.point],
                one.distance,
                one.score,
                OF_MOVEMENTS.chance(one.score, template.n_points),
                "displacement",
            )


def find_turned_over(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find triangles of landmarks that turn over between the ends, lips apart."""
    for first, second in itertools.chain.from_iterable(pairs_of(faces).values()):
        width, corners = _widest_turned(first, second)
        if width > TURNED:
            yield Finding(
                "turned-over",
                "warning",
                f"from {first.label} to {second.label} the triangle of "
                f"{named(first.landmarks.template, corners)} turns over by {width:.1%} "
                f"of the {scale_of(first.landmarks).name} (allowed {TURNED:.0%}); are "
                "these points in the same order at both ends?",
                where=f"{first.where}, {second.where}",
                value=width,
                limit=TURNED,
                points=tuple(corners),
            )


def _widest_turned(first: Delineation, second: Delineation) -> tuple[float, list[int]]:
    """Return the smaller height of the triangle that turns over most, and its corners.

    Both sides of the turn count: a sliver that turns into a sliver is no fold. Lips
    and lids may part, so triangles between the two edges of an opening are left out.
    """
    a, b = first.landmarks, second.landmarks
    unit = scale_of(a).length, scale_of(b).length
    worst, corners = 0.0, [0, 1, 2]
    for triangle in scipy.spatial.Delaunay(
        a.points, qhull_options="QJ"
    ).simplices.tolist():
        if _between_edges(a.template, triangle):
            continue
        shapes = a.points[triangle], b.points[triangle]
        areas = [signed_area(shape) for shape in shapes]
        if areas[0] * areas[1] >= 0:
            continue
        heights = [
            2 * abs(area) / _longest_side(shape) / length
            for area, shape, length in zip(areas, shapes, unit, strict=True)
        ]
        if min(heights) > worst:
            worst, corners = float(min(heights)), triangle
    return worst, corners


def _longest_side(shape: Points) -> float:
    """Return the length of the longest side of a triangle."""
    return float(np.hypot(*(np.roll(shape, -1, axis=0) - shape).T).max())


def _between_edges(template: Template, triangle: Sequence[int]) -> bool:
    """Return whether a triangle touches both edges of an opening."""
    return any(
        {*triangle} & {*o.upper[1:-1]} and {*triangle} & {*o.lower[1:-1]}
        for o in template.openings
    )


def few_pairs(faces: Sequence[Delineation]) -> str:
    """Return why movements are not compared, "" if they are."""
    pairs = pairs_of(faces)
    if not pairs:
        return _NO_PAIRS
    small = [f"{len(p)} of {a} and {b}" for (a, b), p in pairs.items()]
    if all(len(p) >= FOR_FINDINGS for p in pairs.values()):
        return ""
    return f"it needs {FOR_FINDINGS} identities with both labels, found " + ", ".join(
        small
    )


def no_pairs(faces: Sequence[Delineation]) -> str:
    """Return why no two ends are compared, "" if some are."""
    return "" if pairs_of(faces) else _NO_PAIRS


_NO_PAIRS = (
    "which files are the ends of one identity is not known; say so with --pattern "
    "{identity}_{label}"
)
