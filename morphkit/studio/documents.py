"""The landmark files of a study: read, with a version, and saved against it.

A save names the version that it was made from. If the file is another one by then,
nothing is written and the caller is told; every write is whole or not at all.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.arrays import Image
from morphkit._core.bounds import TEXT_BYTES
from morphkit._core.files import write_together
from morphkit._core.leftovers import settle_files
from morphkit._core.names import Folders
from morphkit._core.reading import read_bytes
from morphkit._core.text import counted
from morphkit.errors import InputError, MorphkitError
from morphkit.faces.formats import (
    FORMATS,
    collection_bytes,
    format_name,
    read_collection,
)
from morphkit.faces.images import Photo, read_photo
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.stored_frame import check_frame
from morphkit.faces.template import Template
from morphkit.pipeline.source_faces import landmarks_of
from morphkit.studio.history import FOLDER, Notes, notes_file, read_notes
from morphkit.studio.locks import locked
from morphkit.studio.study import StudioFace

#: Version of a face without a landmark file.
NONE = "none"
BY_HAND = Placement("hand")
#: Coarsest precision of a file that a studio writes into, pixels.
PRECISION = 1e-3


class ConflictError(MorphkitError):
    """A landmark file is not the version that a change was made from.

    Parameters
    ----------
    document : Document
        What is there now.
    """

    def __init__(self, document: "Document") -> None:
        self.document = document
        super().__init__(
            f"{document.file.name} was changed elsewhere in the meantime; nothing was "
            "written"
        )


@dataclass(frozen=True, eq=False)
class Document:
    """The landmarks of a face as they are on disk.

    Parameters
    ----------
    face : StudioFace
    file : Path
        Landmark file, there or not.
    version : str
        SHA-256 of the file; `NONE` if there is none.
    landmarks : Landmarks, optional
        None if there is no file.
    notes : Notes
    """

    face: StudioFace
    file: Path
    version: str
    landmarks: Landmarks | None
    notes: Notes

    @property
    def is_checked(self) -> bool:
        """Whether a person has checked just this version."""
        return self.landmarks is not None and self.notes.checked == self.version

    @property
    def holds_hidden(self) -> bool:
        """Whether the format of the file records hidden landmarks."""
        return FORMATS[format_name(self.file)].holds_hidden

    def why_fixed(self) -> str:
        """Return why the file cannot be written into; empty if it can."""
        name = format_name(self.file)
        if FORMATS[name].precision <= PRECISION:
            return ""
        return (
            f"{self.file.name} keeps whole pixels only, so that corrections would be "
            f'rounded; convert it with "morphkit landmarks convert {self.file.name} '
            f'{self.file.with_suffix(".json").name}" and remove the old file'
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the document as a JSON object."""
        landmarks = self.landmarks
        placement = landmarks.placement if landmarks else Placement()
        return {
            "id": self.face.id,
            "version": self.version,
            "file": self.file.name,
            "points": landmarks.points.tolist() if landmarks else None,
            "hidden": sorted(landmarks.hidden) if landmarks else [],
            "placement": {
                "by": placement.by,
                "detector": placement.detector,
                "score": placement.score,
                "face": placement.choice_and_size,
            },
            "checked": self.is_checked,
            "history": self.notes.history_of(self.version).to_dict(),
            "holds_hidden": self.holds_hidden,
            "fixed": self.why_fixed(),
        }


@dataclass(frozen=True)
class PhotoFacts:
    """What is known of a photograph without its pixels.

    Parameters
    ----------
    name, sha256 : str
    size : (int, int)
        Width and height, pixels.
    """

    name: str
    sha256: str
    size: tuple[int, int]


def photo_of(face: StudioFace) -> Photo:
    """Return the photograph of a face; the last few are kept.

    Raises
    ------
    InputError, MissingExtraError
        As `morphkit.faces.images.read_photo`.
    """
    return _photo(face.photo, stamp_of(face.photo))


def image_of(face: StudioFace) -> Image:
    """Return the pixels of a photograph as they are morphed.

    Raises
    ------
    InputError, MissingExtraError
        As `photo_of`.
    """
    return photo_of(face).on(face.background)


def facts_of(face: StudioFace) -> PhotoFacts:
    """Return what is known of the photograph of a face; all are kept.

    Raises
    ------
    InputError, MissingExtraError
        As `photo_of`.
    """
    return _facts(face.photo, stamp_of(face.photo))


def stamp_of(file: Path) -> tuple[int, int]:
    """Return size and time of a file, which tell whether it has changed."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


@lru_cache(maxsize=6)
def _photo(path: Path, stamp: tuple[int, int]) -> Photo:
    """Return a photograph; kept while its file is the same."""
    del stamp
    return read_photo(path)


@cache
def _facts(path: Path, stamp: tuple[int, int]) -> PhotoFacts:
    """Return what is known of a photograph; kept while its file is the same."""
    photo = _photo(path, stamp)
    height, width = photo.image.shape[:2]
    return PhotoFacts(photo.name, photo.sha256, (width, height))


def read_document(
    face: StudioFace, template: Template, folders: Folders | None = None
) -> Document:
    """Return the landmarks of a face with their version.

    Raises
    ------
    InputError
        If the photograph or the landmark file cannot be used.
    """
    file = face.landmark_file(folders)
    if not file.exists():
        return Document(face, file, NONE, None, read_notes(file))
    data = read_bytes(file, most=TEXT_BYTES)
    photo = photo_of(face)
    landmarks = landmarks_of(file, photo, template)
    check_frame(landmarks, photo, image_of(face), str(file))
    if landmarks.template.name != template.name:
        raise InputError(
            f'the landmarks are of template "{landmarks.template.name}"',
            where=str(file),
            allowed=f'the study needs "{template.name}"',
            remedy='convert the file with "morphkit landmarks convert"',
        )
    version = hashlib.sha256(data).hexdigest()
    return Document(face, file, version, landmarks, read_notes(file))


@dataclass(frozen=True)
class Change:
    """What a save writes.

    Parameters
    ----------
    points : sequence of (float, float)
        All landmarks.
    hidden : sequence of int
        Indices of landmarks that something hides.
    placement : Placement, optional
        By hand by default.
    start, edits, position : optional
        How the history goes on, as in `History.continued`.
    """

    points: Sequence[Sequence[float]]
    hidden: Sequence[int] = ()
    placement: Placement = BY_HAND
    start: int = 0
    edits: Sequence[Mapping[str, Any]] = ()
    position: int = 0


def save_document(
    face: StudioFace, template: Template, version: str, change: Change
) -> Document:
    """Write landmarks if their file still is a known version.

    Parameters
    ----------
    face : StudioFace
    template : Template
    version : str
        Version that the change was made from; `NONE` where there was no file.
    change : Change

    Returns
    -------
    Document
        What is there now.

    Raises
    ------
    ConflictError
        If the file is another version; nothing is written.
    InputError
        If the landmarks do not fit the template, lie outside the photograph, or the
        file cannot hold them.
    OutputError
        If the file cannot be written.
    """
    photo = facts_of(face)
    with held(face.landmark_file()):
        now = read_document(face, template)
        if now.version != version:
            raise ConflictError(now)
        if now.why_fixed():
            raise InputError(now.why_fixed())
        landmarks = Landmarks(
            template,
            np.asarray(change.points, np.float64),
            _placement(now, change),
            photo.sha256,
            frozenset(change.hidden),
        )
        if change.hidden and not now.holds_hidden:
            raise InputError(
                f"{now.file.name} cannot record hidden landmarks",
                remedy="convert it to .json and remove the old file",
            )
        check_inside(landmarks, photo.size)
        faces = _others(now, photo.size, template)
        name = next((n for n in faces if faces[n] is now.landmarks), photo.name)
        data = collection_bytes(
            now.file,
            {**faces, name: landmarks},
            size=dict.fromkeys({**faces, name: landmarks}, photo.size),
        )
        notes = _continued(now, change, hashlib.sha256(data).hexdigest())
        write_together({notes_file(now.file): notes.to_bytes()}, overwrite=True)
        write_together({now.file: data}, overwrite=True)
    return read_document(face, template)


def mark_checked(
    face: StudioFace, template: Template, version: str, *, checked: bool
) -> Document:
    """Record that a person has checked the landmarks, or has not.

    Raises
    ------
    ConflictError
        If the file is another version than the one looked at.
    InputError
        If there are no landmarks to check.
    """
    with held(face.landmark_file()):
        now = read_document(face, template)
        if now.landmarks is None:
            raise InputError(
                f"{face.photo.name} has no landmarks to check",
                remedy="detect or place them first",
            )
        if now.version != version:
            raise ConflictError(now)
        notes = replace(now.notes, checked=version if checked else "")
        write_together({notes_file(now.file): notes.to_bytes()}, overwrite=True)
    return read_document(face, template)


def settle_landmarks(faces: Iterable[StudioFace]) -> None:
    """Remove what a studio that was killed while it saved left in the folders."""
    for folder in {face.landmark_file().parent for face in faces}:
        settle_files(folder)
        settle_files(folder / FOLDER)


def held(file: Path) -> Any:
    """Return the lock on the landmarks of a folder, of all studios on this machine."""
    folder = file.parent / FOLDER
    if not (folder / ".gitignore").exists():
        write_together({folder / ".gitignore": b"*\n"}, overwrite=True)
    return locked(folder / "lock")


def _placement(now: Document, change: Change) -> Placement:
    """Return how landmarks are placed after a change; undone, it is as it was."""
    before = now.landmarks
    same = (
        before is not None
        and np.array_equal(before.points, np.asarray(change.points, np.float64))
        and before.hidden == frozenset(change.hidden)
    )
    return before.placement if before is not None and same else change.placement


def check_inside(landmarks: Landmarks, size: tuple[int, int]) -> None:
    """Refuse landmarks outside the photograph, which a build would refuse."""
    outside = np.flatnonzero(~landmarks.inside(size))
    if outside.size:
        names = [landmarks.template.points[i] for i in outside[:3]]
        raise InputError(
            f"{counted(outside.size, 'landmark')} outside the photograph, the first "
            f'"{names[0]}"',
            remedy="move them inside; what is not visible can be marked hidden",
        )


def _others(
    now: Document, size: tuple[int, int], template: Template
) -> dict[str, Landmarks]:
    """Return every face of a landmark file by image, the one looked at as itself."""
    if now.landmarks is None or not FORMATS[format_name(now.file)].holds_many:
        return {}
    faces = read_collection(now.file, template=template, size=size)
    mine = now.landmarks.points
    return {
        name: now.landmarks if np.array_equal(one.points, mine) else one
        for name, one in faces.items()
    }


def _continued(now: Document, change: Change, version: str) -> Notes:
    """Return the notes that belong to both the old and the new version.

    They are written first: should the machine stop in between, the history still fits
    the landmarks that are there.
    """
    before = now.notes.history_of(now.version)
    history = before.continued(change.start, change.edits, change.position)
    positions = {version: change.position}
    if before.position <= change.start and now.version != version:
        positions[now.version] = before.position
    return Notes(history, positions, now.notes.checked)
