"""Delineating photographs, and checking and converting what was delineated.

A check of landmarks takes all faces of a set and yields findings; `LANDMARK_CHECKS`
names them in the order of reports. What keeps a check from looking at some faces is
told by `SKIP_REASONS`, so that nothing is left out in silence.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from morphkit._core.finding import Finding
from morphkit.quality.landmark_checks import photo_checks, set_checks, shape_checks
from morphkit.quality.landmark_checks.evidence import Delineation, PhotoInfo

__all__ = [
    "LANDMARK_CHECKS",
    "SKIP_REASONS",
    "Delineation",
    "PhotoInfo",
    "check_landmarks",
    "skipped_checks",
]

#: Name of a check -> what it finds, in the order of reports.
LANDMARK_CHECKS: Mapping[str, Callable[[Sequence[Delineation]], Iterator[Finding]]] = {
    "outside-image": photo_checks.find_outside_image,
    "changed-image": photo_checks.find_changed_images,
    "mirrored": shape_checks.find_mirrored,
    "upside-down": shape_checks.find_upside_down,
    "crossed-line": shape_checks.find_crossed_lines,
    "coincident": shape_checks.find_coincident,
    "outlier": set_checks.find_outlying_points,
    "detector": photo_checks.find_detector_disagreement,
}

#: Name of a check -> why it leaves out some or all faces, "" if it does not.
SKIP_REASONS: Mapping[str, Callable[[Sequence[Delineation]], str]] = {
    "outside-image": photo_checks.without_size,
    "changed-image": photo_checks.without_photo,
    "mirrored": shape_checks.alone_without_eyes,
    "upside-down": shape_checks.without_eyes,
    "outlier": set_checks.few_faces,
    "detector": photo_checks.without_detection,
}


def check_landmarks(faces: Sequence[Delineation]) -> tuple[Finding, ...]:
    """Return the findings of all checks, in the order of the table."""
    return tuple(f for find in LANDMARK_CHECKS.values() for f in find(faces))


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
    reasons = {name: reason(faces) for name, reason in SKIP_REASONS.items()}
    return {name: reason for name, reason in reasons.items() if reason}
