"""What the landmark checks find in a study, with the landmarks that it is about.

The checks are those of `morphkit.quality.landmark_checks`; detection, which they
compare with, is slow and is done once for each photograph.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from morphkit._core.finding import SEVERITIES, Finding
from morphkit.errors import InputError, MorphkitError
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.pipeline.delineate.read import photo_info
from morphkit.quality.landmark_checks import (
    LANDMARK_CHECKS,
    Delineation,
    PhotoInfo,
    check_landmarks,
    faces_of,
)
from morphkit.studio.documents import Document, PhotoFacts, facts_of, image_of, photo_of

#: States of a face, the most urgent first.
STATES = (
    "unreadable",
    "missing",
    "suspicious",
    "automatic",
    "given",
    "corrected",
    "checked",
)


@dataclass(frozen=True, eq=False)
class Looked:
    """A face of the study as it was looked at.

    Parameters
    ----------
    document : Document, optional
        None if photograph or landmarks cannot be read.
    error : str
        Why not.
    """

    document: Document | None
    error: str = ""


class Checks:
    """Findings about the faces of a study.

    Parameters
    ----------
    template : Template
    """

    def __init__(self, template: Template) -> None:
        self._template = template
        self._lock = threading.Lock()
        self._detected: dict[str, PhotoInfo] = {}

    def look(self, document: Document) -> None:
        """Detect the face of a photograph, to compare its landmarks with."""
        sha256 = facts_of(document.face).sha256
        if document.landmarks is None or sha256 in self._detected:
            return
        face = document.face
        found = photo_info(photo_of(face), image_of(face), self._template)
        with self._lock:
            self._detected[sha256] = found

    def has_looked(self, document: Document) -> bool:
        """Return whether the detector has seen a photograph."""
        return facts_of(document.face).sha256 in self._detected

    def find(
        self,
        documents: Mapping[str, Document],
        moved: Mapping[str, Landmarks] | None = None,
    ) -> dict[str, list[Finding]]:
        """Return the findings about every face by its id.

        Parameters
        ----------
        documents : mapping of str to Document
            Those that can be read.
        moved : mapping of str to Landmarks, optional
            Landmarks to judge in place of those of a document.
        """
        faces = []
        for name, document in documents.items():
            landmarks = (moved or {}).get(name, document.landmarks)
            if landmarks is not None:
                photo = self._info(facts_of(document.face))
                face = document.face
                faces.append(
                    Delineation(
                        name,
                        landmarks,
                        photo,
                        identity=face.identity,
                        label=face.label,
                    )
                )
        found: dict[str, list[Finding]] = {name: [] for name in documents}
        for finding in check_landmarks(faces):
            for one in faces_of(finding, faces):
                found[one.where].append(finding)
        for findings in found.values():
            findings.sort(key=lambda one: SEVERITIES.index(one.severity))
        return found

    def _info(self, photo: PhotoFacts) -> PhotoInfo:
        """Return what the checks may know of a photograph."""
        plain = PhotoInfo(photo.name, photo.size, photo.sha256)
        return self._detected.get(photo.sha256, plain)


def look_at(read: Callable[[], Document]) -> Looked:
    """Return a document, or why there is none."""
    try:
        return Looked(read())
    except (InputError, MorphkitError) as error:
        return Looked(None, str(error))


def to_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding as the page shows it."""
    check = LANDMARK_CHECKS.get(finding.code)
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "remedy": check.remedy if check else "",
        "points": list(finding.points),
    }


def state_of(looked: Looked, findings: list[Finding]) -> str:
    """Return the state of a face; a check by a person outweighs a warning."""
    document = looked.document
    if document is None:
        return "unreadable"
    if document.landmarks is None:
        return "missing"
    worst = findings[0].severity if findings else "note"
    if worst == "error" or (worst == "warning" and not document.is_checked):
        return "suspicious"
    if document.is_checked:
        return "checked"
    states = {"detector": "automatic", "propagated": "automatic", "hand": "corrected"}
    return states.get(document.landmarks.placement.by, "given")


def urgency(state: str, findings: list[Finding]) -> tuple[int, int, int]:
    """Return a sort key that puts the face that needs most work first."""
    severe = [SEVERITIES.index(one.severity) for one in findings]
    return (
        STATES.index(state),
        min(severe, default=len(SEVERITIES)),
        -sum(one < 2 for one in severe),
    )
