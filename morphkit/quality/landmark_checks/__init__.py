"""Checks of landmarks.

A check takes all faces of a set and yields findings; `LANDMARK_CHECKS` lists them in
the order of reports. Each check says why it skips some faces, so that nothing is
skipped silently.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from morphkit._core.finding import Finding
from morphkit._core.registry import Table
from morphkit._core.text import first_line
from morphkit.quality.landmark_checks import (
    frame_checks,
    pair_checks,
    photo_checks,
    set_checks,
    shape_checks,
    unconfirmed,
)
from morphkit.quality.landmark_checks.evidence import Delineation, PhotoInfo
from morphkit.quality.landmark_checks.ranks import RankedPoint

__all__ = [
    "LANDMARK_CHECKS",
    "Delineation",
    "LandmarkCheck",
    "PhotoInfo",
    "RankedPoint",
    "check_landmarks",
    "faces_of",
    "find_unusable",
    "rank_points",
    "skipped_checks",
]


@dataclass(frozen=True)
class LandmarkCheck:
    """A check of the landmarks of a set.

    Parameters
    ----------
    find : callable
        ``find(faces)`` yields what is wrong; the first line of its docstring says what
        that is.
    skips : callable, optional
        ``skips(faces)`` returns why it leaves out some or all faces, "" if it does not.
    rank : callable, optional
        ``rank(faces)`` yields every landmark that it has a score of.
    refuses : bool, optional
        Whether a build refuses a face in which it finds an error: such landmarks are
        not a matter of precision.
    remedy : str, optional
        What to do with the landmarks, in a sentence, for people who can move them.
    """

    find: Callable[[Sequence[Delineation]], Iterator[Finding]]
    skips: Callable[[Sequence[Delineation]], str] = lambda faces: ""
    rank: Callable[[Sequence[Delineation]], Iterator[RankedPoint]] = lambda faces: iter(
        ()
    )
    refuses: bool = False
    remedy: str = ""

    @property
    def summary(self) -> str:
        """One line for listings."""
        return first_line(self.find.__doc__)


#: In the order of reports.
LANDMARK_CHECKS = Table(
    "landmark_checks",
    LandmarkCheck,
    {
        "unused": LandmarkCheck(frame_checks.find_unused),
        "outside-image": LandmarkCheck(
            frame_checks.find_outside_image,
            photo_checks.without_size,
            refuses=True,
            remedy="Move them inside, and mark as hidden what is not in the picture.",
        ),
        "changed-image": LandmarkCheck(
            photo_checks.find_changed_images,
            photo_checks.without_photo,
            remedy="Look whether they fit this photograph; moving one, or detecting "
            "again, ties them to it.",
        ),
        "mirrored": LandmarkCheck(
            frame_checks.find_mirrored,
            frame_checks.alone_without_eyes,
            refuses=True,
            remedy="Detect them again, or flip the photograph back.",
        ),
        "upside-down": LandmarkCheck(
            frame_checks.find_upside_down,
            frame_checks.without_eyes,
            refuses=True,
            remedy="Turn the photograph upright and detect again.",
        ),
        "crossed-line": LandmarkCheck(
            shape_checks.find_crossed_lines,
            remedy="Put the landmarks of this line into their order along it.",
        ),
        "coincident": LandmarkCheck(shape_checks.find_coincident),
        "unconfirmed": LandmarkCheck(
            unconfirmed.find_unconfirmed,
            remedy="Look at the first ones; move what is off, and mark the face as "
            "checked.",
        ),
        "outlier": LandmarkCheck(
            set_checks.find_outlying_points,
            set_checks.few_faces,
            set_checks.rank_outliers,
            remedy="Look at the first one named; move it if it is not where its name "
            "says.",
        ),
        "displacement": LandmarkCheck(
            pair_checks.find_odd_movements,
            pair_checks.few_pairs,
            pair_checks.rank_movements,
            remedy="Compare these landmarks at both ends: one of the two is off.",
        ),
        "turned-over": LandmarkCheck(
            pair_checks.find_turned_over,
            pair_checks.no_pairs,
            remedy="Compare these landmarks at both ends; two may be exchanged.",
        ),
        "detector": LandmarkCheck(
            photo_checks.find_detector_disagreement,
            photo_checks.without_detection,
            photo_checks.rank_detected,
            remedy="Look which of the two is right: on distressed infants it is often "
            "you. Mark the face as checked then.",
        ),
    },
)


def check_landmarks(faces: Sequence[Delineation]) -> tuple[Finding, ...]:
    """Return the findings of all checks, in the order of the table."""
    return tuple(f for each in LANDMARK_CHECKS.values() for f in each.find(faces))


def rank_points(faces: Sequence[Delineation]) -> tuple[RankedPoint, ...]:
    """Return what all checks have a score of, the rarest in a correct face first."""
    ranked = [one for each in LANDMARK_CHECKS.values() for one in each.rank(faces)]
    return tuple(sorted(ranked, key=lambda point: (point.chance, -point.score)))


def faces_of(finding: Finding, faces: Sequence[Delineation]) -> list[Delineation]:
    """Return the faces that a finding is about: one, or both ends of an identity."""
    alone = [face for face in faces if face.where == finding.where]
    return alone or [
        face
        for face in faces
        if finding.where.startswith(f"{face.where}, ")
        or finding.where.endswith(f", {face.where}")
    ]


def find_unusable(face: Delineation) -> tuple[Finding, ...]:
    """Return the errors for which a build refuses a face."""
    checks = [check for check in LANDMARK_CHECKS.values() if check.refuses]
    found = (finding for check in checks for finding in check.find([face]))
    return tuple(finding for finding in found if finding.severity == "error")


def skipped_checks(faces: Sequence[Delineation]) -> dict[str, str]:
    """Return which checks leave out faces, and why.

    Parameters
    ----------
    faces : sequence of Delineation
        What is checked.

    Returns
    -------
    dict of str to str
        Reason by name of the check.
    """
    reasons = {name: each.skips(faces) for name, each in LANDMARK_CHECKS.items()}
    return {name: reason for name, reason in reasons.items() if reason}
