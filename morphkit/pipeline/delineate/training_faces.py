"""The corrected faces that a detector is trained on: read, and checked to be enough."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.arrays import Points
from morphkit._core.progress import Progress
from morphkit._core.text import counted
from morphkit.errors import InputError, raise_all
from morphkit.faces.detectors import mesh
from morphkit.faces.detectors.boxes import bounding_box, overlap
from morphkit.faces.detectors.trained.frame import CORNERS
from morphkit.faces.detectors.trained.model import Example
from morphkit.faces.formats import FormatOptions, read_collection
from morphkit.faces.images import read_photo
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.pipeline.delineate.pairs import AUTOMATIC
from morphkit.pipeline.delineate.photos import PhotoFolder
from morphkit.pipeline.source_faces import SourceFace, SourceFiles, read_source

#: What a training needs.
LEAST_FACES, LEAST_IDENTITIES = 5, 3
#: Mouths that differ by less, from the one open least to the one open most, are of one
#: expression; fraction of the inter-ocular distance. Closed mouths of ten adults differ
#: by 0.02, smiling ones by much more.
ONE_EXPRESSION = 0.04
#: Inner lips of the mesh, upper and lower.
LIPS = (13, 14)


@dataclass(frozen=True, eq=False)
class TrainingFace:
    """A face to train on, before it is brought into the standard frame."""

    where: str
    source: SourceFiles
    identity: str
    label: str
    landmarks: Landmarks
    mesh: Points
    sha256: str

    def example(self, reference: Points, identity: int) -> Example:
        """Return it in the standard frame."""
        marks = self.landmarks
        known = np.ones(marks.template.n_points, bool)
        known[list(marks.hidden)] = False
        image = read_photo(self.source.photo).on()
        return Example.of_photo(
            image, self.mesh, marks.points, reference, known=known, identity=identity
        )


def read_training_faces(
    files: Sequence[Path],
    images: Path | None,
    template: Template | None,
    options: FormatOptions | None,
    *,
    pattern: Any,
    progress: Progress,
) -> tuple[list[TrainingFace], dict[str, str]]:
    """Return the faces to train on, in an order of their own, and those left out.

    Raises
    ------
    InputError
        With every file or photograph that cannot be used.
    """
    progress.stage("reading", len(files))
    folders: dict[Path, PhotoFolder] = {}
    found: dict[str, TrainingFace] = {}
    left_out: dict[str, str] = {}
    errors: list[InputError] = []
    for file in files:
        try:
            folder = images or file.parent
            photos = folders.setdefault(folder, PhotoFolder(folder))
            for face in _faces_in(file, photos, template, options, pattern, left_out):
                if face.sha256 in found:
                    left_out[face.where] = f"the same as {found[face.sha256].where}"
                found.setdefault(face.sha256, face)
        except InputError as error:
            errors.append(error.at(str(file)))
        progress.advance(file.name)
    raise_all(errors)
    return [found[sha256] for sha256 in sorted(found)], left_out


def _faces_in(
    file: Path,
    photos: PhotoFolder,
    template: Template | None,
    options: FormatOptions | None,
    pattern: Any,
    left_out: dict[str, str],
) -> Iterator[TrainingFace]:
    """Yield the faces of a landmark file; note those that are left out."""
    faces = read_collection(file, template=template, size=photos, options=options)
    for name, marks in faces.items():
        where = str(file) if len(faces) == 1 else f"{file}: {name}"
        if marks.placement.by in AUTOMATIC:
            left_out[where] = "placed automatically, and nobody moved its landmarks"
            continue
        photo = photos.find([name, file.stem] if len(faces) == 1 else [name])
        if photo is None:
            raise InputError(
                f"there is no photograph of this face in {photos.folder}",
                where=where,
                remedy="give the folder of the photographs with --images",
            )
        source = SourceFiles(photo, file)
        read = read_source(source, template=marks.template, detector="none")
        seen = _mesh_of(read)
        if seen is None:
            left_out[where] = "the mesh finds no face where the landmarks are"
            continue
        named = pattern.fullmatch(file.stem if len(faces) == 1 else Path(name).stem)
        stem = Path(where).stem
        yield TrainingFace(
            where,
            source,
            named["identity"] if named else stem,
            named["label"] if named else "",
            read.face.landmarks,
            seen,
            _hash_of(read),
        )


def _mesh_of(read: SourceFace) -> Points | None:
    """Return the mesh where the landmarks are, None if there is none."""
    box = bounding_box(read.face.landmarks.points)
    seen = [face.points for face in mesh.find_as_drawn(read.face.image)]
    shared = [overlap(box, bounding_box(points)) for points in seen]
    best = int(np.argmax(shared)) if shared else -1
    return seen[best] if shared and shared[best] > 0.2 else None


def _hash_of(read: SourceFace) -> str:
    """Return the hash of a face: of its photograph and its landmarks."""
    marks = read.face.landmarks
    digest = hashlib.sha256(read.sha256.encode())
    digest.update(np.ascontiguousarray(marks.points, "<f8").tobytes())
    digest.update(repr(sorted(marks.hidden)).encode())
    return digest.hexdigest()


def check_enough(
    faces: Sequence[TrainingFace], left_out: Mapping[str, str], *, one_expression: bool
) -> None:
    """Refuse faces from which nothing useful can be learnt.

    Raises
    ------
    InputError
        If they are too few, of several templates or of one expression.
    """
    reasons = "".join(f"\n  {where}: {why}" for where, why in left_out.items())
    if len(faces) < LEAST_FACES:
        raise InputError(
            f"{counted(len(faces), 'face')} to train on",
            allowed=f"at least {LEAST_FACES}",
            remedy="correct some more"
            + (f"; these were left out:{reasons}" if reasons else ""),
        )
    identities = {face.identity for face in faces}
    if len(identities) < LEAST_IDENTITIES:
        raise InputError(
            f"the faces are of {counted(len(identities), 'identity', 'identities')}: "
            + ", ".join(sorted(identities)),
            allowed=f"at least {LEAST_IDENTITIES}, so that the error on people that it "
            "never saw can be measured",
            remedy="add faces of others, or say with --pattern how files are named",
        )
    templates = {face.landmarks.template.name for face in faces}
    if any(f.landmarks.template != faces[0].landmarks.template for f in faces):
        raise InputError(
            f"the landmarks are of several templates: {', '.join(sorted(templates))}",
            allowed="all of one",
            remedy='convert some with "morphkit landmarks convert"',
        )
    labels = {face.label for face in faces}
    opened = [_mouth(face.mesh) for face in faces]
    if one_expression:
        return
    if len(labels) == 1 and labels != {""}:
        problem = f'all faces have the expression "{labels.pop()}"'
    elif max(opened) - min(opened) < ONE_EXPRESSION:
        problem = (
            f"all mouths are open equally far, {min(opened):.0%} to {max(opened):.0%} "
            "of the inter-ocular distance"
        )
    else:
        return
    raise InputError(
        problem,
        allowed="several expressions, with open and closed mouths: what is learnt on "
        "closed mouths alone places the inner lips of open ones 8 to 13 % of the "
        "inter-ocular distance off",
        remedy="add the other end of some identities; if it will never see another "
        "expression, add --one-expression",
    )


def _mouth(points: Points) -> float:
    """Return how far a mouth is open, as a fraction of the inter-ocular distance."""
    across = points[CORNERS[1]] - points[CORNERS[0]]
    return float(np.hypot(*(points[LIPS[1]] - points[LIPS[0]])) / np.hypot(*across))
