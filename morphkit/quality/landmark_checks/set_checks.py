"""The check that compares the faces of a set with each other."""

from collections.abc import Iterator, Sequence

from morphkit._core.finding import Finding
from morphkit.faces.template import Template
from morphkit.quality.landmark_checks.evidence import Delineation
from morphkit.quality.landmark_checks.frame_checks import by_template, mirrored
from morphkit.quality.landmark_checks.measures import scale_of
from morphkit.quality.landmark_checks.outliers import (
    FLAGGED,
    MIN_FACES,
    Outlier,
    find_outliers,
)

#: Maximum number of points in one finding.
LISTED = 8


def find_outlying_points(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find landmarks far from where their neighbours predict them."""
    for _, group in _comparable(faces):
        found = find_outliers([face.landmarks for face in group])
        for i, face in enumerate(group):
            odd = [one for one in found if one.face == i]
            if odd:
                yield _odd(face, odd)


def few_faces(faces: Sequence[Delineation]) -> str:
    """Return why some faces are not compared with others, "" if all are."""
    wrong_way = mirrored(faces)
    rest = by_template([face for face in faces if face not in wrong_way])
    small = [f"{len(g)} of {t.name}" for t, g in rest if len(g) < MIN_FACES]
    if not small:
        return ""
    return (
        f"it compares the faces of a set with each other and needs at least "
        f"{MIN_FACES} of one template, found {' and '.join(small)}"
    )


def _comparable(
    faces: Sequence[Delineation],
) -> Iterator[tuple[Template, list[Delineation]]]:
    """Yield the sets that are large enough, without mirrored faces."""
    wrong_way = mirrored(faces)
    for template, group in by_template([f for f in faces if f not in wrong_way]):
        if len(group) >= MIN_FACES:
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
        "where the other faces of the set predict them; check these points",
        where=face.where,
        value=odd[0].score,
        limit=FLAGGED,
    )
