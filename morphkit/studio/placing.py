"""Landmarks placed by the machine in the studio; each placing is one edit to undo."""

from collections.abc import Mapping, Sequence

import numpy as np

from morphkit.errors import InputError
from morphkit.faces.choices import FaceChoice
from morphkit.faces.detectors import detect
from morphkit.faces.detectors.trained.model_file import is_model_file
from morphkit.faces.landmarks import Landmarks
from morphkit.pipeline.delineate.propagate import carry_face
from morphkit.studio.documents import (
    Change,
    Document,
    facts_of,
    image_of,
    read_document,
    save_document,
)
from morphkit.studio.study import StudioFace, StudioStudy
from morphkit.studio.training import detector_of, is_by_machine

#: States of a face whose landmarks may be carried to others, the surest first.
SURE = ("checked", "corrected", "given", "suspicious", "automatic")


def place_detected(
    study: StudioStudy,
    face: StudioFace,
    *,
    number: FaceChoice = None,
    again: bool = False,
    unless_touched: bool = False,
) -> None:
    """Place the landmarks that the detector finds, and save them.

    Parameters
    ----------
    study : StudioStudy
    face : StudioFace
    number : int or "largest", optional
        Which of several faces in the photograph, from 1; by default the one that the
        recipe says.
    again : bool
        Also where there are landmarks already.
    unless_touched : bool
        But not where a person has moved or checked them.

    Raises
    ------
    MorphkitError
        If no face is found, or something cannot be read or written.
    """
    document = read_document(face, study.template)
    known = document.landmarks
    if known is not None and not again:
        return
    if known is not None and unless_touched and _is_touched(document):
        return
    if number is None and face.key[0] in study.recipe.identities:
        number = study.recipe.face_choice(face.key)
    found = detect(
        image_of(face),
        detector=detector_of(study),
        template=study.template.name,
        face=number,
        where=face.photo.name,
    )
    _save(study, document, found, "Detect")


def place_carried(
    study: StudioStudy, face: StudioFace, source: StudioFace, *, again: bool
) -> None:
    """Carry landmarks from another photograph of the same person, and save them.

    Parameters
    ----------
    study : StudioStudy
    face, source : StudioFace
    again : bool
        Also where there are landmarks already.

    Raises
    ------
    MorphkitError
        If a face is not found, or something cannot be read or written; after saving,
        if the photographs may show two persons.
    """
    document = read_document(face, study.template)
    if document.landmarks is not None and not again:
        return
    known = read_document(source, study.template).landmarks
    if known is None:
        raise InputError(f"{source.photo.name} has no landmarks any more")
    detector = study.recipe.sources.detector
    is_own = detector == "none" or is_model_file(detector)
    found, remark = carry_face(
        known,
        image_of(source),
        image_of(face),
        detector="mesh" if is_own else detector,
        origin=facts_of(source).sha256,
        where=(source.photo.name, face.photo.name),
    )
    _save(study, document, found, f"Carry from {source.label}")
    if remark:
        raise InputError(remark)


def best_source(study: StudioStudy, face: StudioFace, states: Mapping[str, str]) -> str:
    """Return the photograph of the same person that was looked at most, or ""."""
    others = [one.id for one in study.of_identity(face.key[0]) if one.id != face.id]
    known = [name for name in others if states.get(name) in SURE]
    return min(known, key=lambda name: SURE.index(states[name]), default="")


def _is_touched(document: Document) -> bool:
    """Return whether a person has moved or checked landmarks."""
    landmarks = document.landmarks
    return document.is_checked or (
        landmarks is not None and not is_by_machine(landmarks)
    )


def _save(study: StudioStudy, document: Document, found: Landmarks, label: str) -> None:
    """Save what was found against the version that was looked at."""
    size = facts_of(document.face).size
    change = _change(document, found, label, size)
    save_document(document.face, study.template, document.version, change)


def _change(
    document: Document, found: Landmarks, label: str, size: Sequence[int]
) -> Change:
    """Return the change by a placing: it can be undone."""
    width, height = size
    points = np.clip(found.points, -0.5, np.array([width, height]) - 0.5)
    history = document.notes.history_of(document.version)
    before = points if document.landmarks is None else document.landmarks.points
    edit = {
        "label": label,
        "points": {
            str(i): [*old, *new]
            for i, (old, new) in enumerate(
                zip(before.tolist(), points.tolist(), strict=True)
            )
        },
    }
    edits = [] if document.landmarks is None else [edit]
    start = history.position
    return Change(
        points.tolist(), (), found.placement, start, edits, start + len(edits)
    )
