"""Delineating photographs, and checking and converting what was delineated.

A check of landmarks takes all faces of a set and yields findings; `LANDMARK_CHECKS`
names them in the order of reports. What keeps a check from looking at some faces is
told by `NEEDS`, so that nothing is left out in silence.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from morphkit._core.finding import Finding
from morphkit.quality.landmark_checks import photo_checks, set_checks, shape_checks
from morphkit.quality.landmark_checks.evidence import Delineation, Sight

__all__ = [
    "LANDMARK_CHECKS",
    "NEEDS",
    "Delineation",
    "Sight",
    "check_landmarks",
    "left_out",
]

#: Name of a check -> what it finds, in the order of reports.
LANDMARK_CHECKS: Mapping[str, Callable[[Sequence[Delineation]], Iterator[Finding]]] = {
    "outside-image": photo_checks.find_outside,
    "changed-image": photo_checks.find_changed,
    "mirrored": shape_checks.find_mirrored,
    "upside-down": shape_checks.find_upside_down,
    "crossed-line": shape_checks.find_crossed_lines,
    "coincident": shape_checks.find_coincident,
    "outlier": set_checks.find_odd_points,
    "detector": photo_checks.find_undetected,
}

#: Name of a check -> why it leaves out some or all faces, "" if it does not.
NEEDS: Mapping[str, Callable[[Sequence[Delineation]], str]] = {
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


def left_out(faces: Sequence[Delineation]) -> dict[str, str]:
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
    reasons = {name: reason(faces) for name, reason in NEEDS.items()}
    return {name: reason for name, reason in reasons.items() if reason}
