"""The check that compares the faces of a set with each other."""

from collections.abc import Iterator, Sequence

from morphkit._core.finding import Finding
from morphkit.faces.template import Template
from morphkit.quality.landmark_checks.evidence import Delineation
from morphkit.quality.landmark_checks.frame_checks import by_template, mirrored
from morphkit.quality.landmark_checks.measures import scale_of
from morphkit.quality.landmark_checks.outliers import (
    FLAGGED,
    FOR_FINDINGS,
    Outlier,
    find_outliers,
    min_faces,
)
from morphkit.quality.landmark_checks.ranks import OF_OUTLIERS, RankedPoint

#: Maximum number of points in one finding.
LISTED = 8


def find_outlying_points(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find landmarks far from where their neighbours predict them."""
    for _, group in comparable(faces):
        if len(group) < FOR_FINDINGS:
            continue
        found = find_outliers([face.landmarks for face in group], min_score=FLAGGED)
        for i, face in enumerate(group):
            odd = [one for one in found if one.face == i]
            if odd:
                yield _odd(face, odd)


def rank_outliers(faces: Sequence[Delineation]) -> Iterator[RankedPoint]:
    """Yield every landmark of the sets that can be compared."""
    for template, group in comparable(faces):
        for one in find_outliers([face.landmarks for face in group]):
            yield RankedPoint(
                group[one.face].where,
                template.points[one.point],
                one.distance,
                one.score,
                OF_OUTLIERS.chance(one.score, template.n_points),
                "outlier",
            )


def few_faces(faces: Sequence[Delineation]) -> str:
    """Return why some faces are not compared with others, "" if all are."""
    wrong_way = mirrored(faces)
    rest = by_template([face for face in faces if face not in wrong_way])
    small = [f"{len(g)} of {t.name}" for t, g in rest if len(g) < FOR_FINDINGS]
    if not small:
        return ""
    return (
        f"it needs at least {FOR_FINDINGS} faces of one template, found "
        f"{' and '.join(small)}; their points are ranked only (--rank)"
    )


def comparable(
    faces: Sequence[Delineation],
) -> Iterator[tuple[Template, list[Delineation]]]:
    """Yield the sets that are large enough, without mirrored faces."""
    wrong_way = mirrored(faces)
    for template, group in by_template([f for f in faces if f not in wrong_way]):
        if len(group) >= min_faces(template):
            yield template, group


def _odd(face: Delineation, odd: Sequence[Outlier]) -> Finding:
    """Return the finding about one face, its worst point first."""
    names = face.landmarks.template.points
    points = [f'"{names[one.point]}" {one.distance:.1%}' for one in odd[:LISTED]]
    more = f" and {len(odd) - LISTED} more" if len(odd) > LISTED else ""
    return Finding(
        "outlier",
        "warning",
        f"{', '.join(points)}{more} of the {scale_of(face.landmarks).name} from "
        f"where the other faces of the set predict them ({odd[0].score:.1f} times "
        f"what is usual there, allowed {FLAGGED:g}); check these points",
        where=face.where,
        value=odd[0].score,
        limit=FLAGGED,
        points=tuple(one.point for one in odd),
    )
