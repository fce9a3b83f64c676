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
from morphkit.quality.landmark_checks import photo_checks, set_checks, shape_checks
from morphkit.quality.landmark_checks.evidence import Delineation, PhotoInfo

__all__ = [
    "LANDMARK_CHECKS",
    "Delineation",
    "LandmarkCheck",
    "PhotoInfo",
    "check_landmarks",
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
    """

    find: Callable[[Sequence[Delineation]], Iterator[Finding]]
    skips: Callable[[Sequence[Delineation]], str] = lambda faces: ""

    @property
    def summary(self) -> str:
        """One line for listings."""
        return first_line(self.find.__doc__)


#: In the order of reports.
LANDMARK_CHECKS = Table(
    "landmark_checks",
    LandmarkCheck,
    {
        "outside-image": LandmarkCheck(
            photo_checks.find_outside_image, photo_checks.without_size
        ),
        "changed-image": LandmarkCheck(
            photo_checks.find_changed_images, photo_checks.without_photo
        ),
        "mirrored": LandmarkCheck(
            shape_checks.find_mirrored, shape_checks.alone_without_eyes
        ),
        "upside-down": LandmarkCheck(
            shape_checks.find_upside_down, shape_checks.without_eyes
        ),
        "crossed-line": LandmarkCheck(shape_checks.find_crossed_lines),
        "coincident": LandmarkCheck(shape_checks.find_coincident),
        "outlier": LandmarkCheck(set_checks.find_outlying_points, set_checks.few_faces),
        "detector": LandmarkCheck(
            photo_checks.find_detector_disagreement, photo_checks.without_detection
        ),
    },
)


def check_landmarks(faces: Sequence[Delineation]) -> tuple[Finding, ...]:
    """Return the findings of all checks, in the order of the table."""
    return tuple(f for each in LANDMARK_CHECKS.values() for f in each.find(faces))


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
