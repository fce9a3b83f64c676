"""Files of single faces, which prototype, transform and symmetrise read and write."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.files import write_together
from morphkit._core.leftovers import settle_files
from morphkit._core.names import Folders
from morphkit.errors import InputError, OutputError, raise_all
from morphkit.faces.choices import FaceChoice
from morphkit.faces.detectors.trained.model_file import is_model_file
from morphkit.faces.face import Face
from morphkit.faces.formats import collection_bytes, find_template
from morphkit.faces.images import pixel_sha256
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.morph.derived_face import DerivedFace
from morphkit.pack.documents import to_json
from morphkit.pipeline.software import software_versions
from morphkit.pipeline.source_faces import SourceFace, SourceFiles, read_source
from morphkit.pipeline.sources import landmark_file, template_of
from morphkit.pixels import encode_png
from morphkit.recipe.settings import AUTO

PROVENANCE_SCHEMA = "morphkit-face/1"


@dataclass(frozen=True)
class FaceFiles:
    """The files of a derived face.

    Parameters
    ----------
    picture, landmarks, provenance : Path
    """

    picture: Path
    landmarks: Path
    provenance: Path

    @classmethod
    def beside(cls, picture: Path) -> "FaceFiles":
        """Return the files that belong to an image, ``NAME.png``.

        Raises
        ------
        InputError
            If it is not the name of a PNG file.
        """
        if picture.suffix.lower() != ".png":
            raise InputError(
                f'"{picture.name}" is not a valid name for a PNG file',
                where=str(picture),
                remedy="images are written losslessly: choose NAME.png",
            )
        return cls(
            picture, picture.with_suffix(".json"), picture.with_suffix(".made.json")
        )

    def check(self, *, overwrite: bool) -> None:
        """Refuse to overwrite, before any work.

        Raises
        ------
        OutputError
            If a file exists, or the folder does not.
        """
        if not self.picture.parent.is_dir():
            raise OutputError(f"{self.picture.parent}: there is no such folder")
        settle_files(self.picture.parent)
        for path in (self.picture, self.landmarks, self.provenance):
            if path.exists() and not overwrite:
                raise OutputError(
                    f"{path}: already exists; choose another name, or --overwrite"
                )


def read_face(
    photo: str | Path,
    landmarks: str | Path | Landmarks | None = None,
    *,
    template: str | Path = AUTO,
    detector: str = "mesh",
    face: FaceChoice = None,
) -> Face:
    """Return the face in a photograph, with landmarks from a file or a detector.

    Parameters
    ----------
    photo : str or Path
        JPEG, PNG, TIFF, WebP or, with the extra ``heif``, HEIC.
    landmarks : str, Path or Landmarks, optional
        Landmark file in any format of `morphkit.faces.formats.FORMATS`, or landmarks;
        by default they are detected.
    template : str or Path, optional
        Landmark set, by name or by the file of its definition; by default that of the
        landmarks, or ``ibug_68`` where they are detected.
    detector : str, optional
        Name in `morphkit.faces.detectors.DETECTORS`, or the file of a trained one;
        ``"none"`` forbids detection.
    face : int or "largest", optional
        Which of several faces to use, from 1 in reading order.

    Returns
    -------
    Face
        Its image is ``(H, W, 3)`` uint8 or uint16 in sRGB; its landmarks are pixels in
        the frame of the image.

    Raises
    ------
    InputError
        If the photograph or its landmarks cannot be used, or no face is found.
    MissingExtraError
        If a library that the format or the detector needs is not installed.

    Examples
    --------
    >>> import morphkit as mk
    >>> folder = mk.shipped_faces()
    >>> face = mk.read_face(
    ...     folder / "source_faces/maja_happy.png", folder / "landmarks/maja_happy.json"
    ... )
    >>> face.size, face.landmarks.points.shape
    ((640, 640), (68, 2))
    """
    file = Path(landmarks) if isinstance(landmarks, str) else landmarks
    own = Path(detector) if is_model_file(detector) else None
    source = SourceFiles(Path(photo), file, face, own)
    known = template_of([source]) if template == AUTO else find_template(template)
    return read_source(source, template=known, detector=detector).face


def read_faces(
    photos: Sequence[Path],
    *,
    template: Template,
    detector: str,
    landmarks: Path | None = None,
    face: FaceChoice = None,
) -> list[SourceFace]:
    """Return the faces in photographs; the same photograph twice is one face.

    Parameters
    ----------
    photos : sequence of Path
    template : Template
    detector : str
        Used if there is no landmark file; ``"none"`` forbids it.
    landmarks : Path, optional
        Folder of the landmark files, each named after its photograph. Missing files
        are looked for next to the photograph, and nothing is detected: a forgotten or
        misspelt file would otherwise be silently replaced by a detection.
    face : int or "largest", optional
        Which of several faces in each photograph without a landmark file.

    Raises
    ------
    InputError
        Lists every photograph that cannot be used.
    """
    if landmarks is not None and not landmarks.is_dir():
        raise InputError("there is no such folder", where=str(landmarks))
    found: dict[Path, SourceFace] = {}
    errors: list[InputError] = []
    folders = Folders()
    for photo in dict.fromkeys(photos):
        try:
            file = landmarks_beside(photo, landmarks, folders)
            if file is None and landmarks is not None:
                raise InputError(
                    f"has no landmark file: there is no {photo.stem}.json (or .tem, "
                    f".pts, …) in {landmarks} or beside it",
                    where=str(photo),
                    remedy="put one there, or leave --landmarks out to have its "
                    "landmarks detected",
                )
            source = SourceFiles(photo, file, face if file is None else None)
            read = _read(source, template=template, detector=detector)
            # A copy of a photograph is the same face: both cancel in a difference.
            found[photo] = next((f for f in found.values() if _alike(f, read)), read)
        except InputError as error:
            errors.append(error.at(str(photo)))
    raise_all(errors)
    return [found[photo] for photo in photos]


def landmarks_beside(
    photo: Path, folder: Path | None, folders: Folders | None = None
) -> Path | None:
    """Return the landmark file of a photograph, in a folder or beside it."""
    name, folders = Path(photo.name), folders or Folders()
    file = landmark_file(folder, name, folders) if folder else None
    return file or landmark_file(photo.parent, name, folders)


def _read(source: SourceFiles, *, template: Template, detector: str) -> SourceFace:
    """Return the face in a photograph; errors say what to do about its landmarks.

    Raises
    ------
    InputError
        If the photograph or its landmarks cannot be used.
    """
    file = source.landmarks
    try:
        return read_source(source, template=template, detector=detector)
    except InputError as error:
        if not isinstance(file, Path):
            raise
        if error.remedy and not error.where.startswith(str(file)):
            raise
        raise InputError(
            error.problem,
            where=error.where or str(file),
            allowed=error.allowed,
            remedy=(f"{error.remedy}; " if error.remedy else "")
            + f"{file.name} was found and used: give its template "
            "(--template NAME or FILE), keep the right landmarks in another "
            "folder (--landmarks DIR), or move the file away to have them detected",
        ) from None


def _alike(one: SourceFace, other: SourceFace) -> bool:
    """Return whether two source faces are the same: photograph and landmarks."""
    places = one.face.landmarks.points, other.face.landmarks.points
    return one.sha256 == other.sha256 and np.array_equal(*places)


def write_face(
    made: DerivedFace,
    files: FaceFiles,
    *,
    verb: str,
    settings: Mapping[str, Any],
    sources: Mapping[str, Sequence[SourceFace]],
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write a derived face: image, landmarks, and a record of how it was made.

    Parameters
    ----------
    made : DerivedFace
    files : FaceFiles
    verb : str
        ``"prototype"``, ``"transform"`` or ``"symmetrise"``.
    settings : mapping
        All settings, as JSON.
    sources : mapping of str to sequence of SourceFace
        The photographs by their role. Their names are not written, since they may
        reveal whose faces they are.
    overwrite : bool, optional

    Returns
    -------
    dict
        The record.

    Raises
    ------
    OutputError
        If a file exists or cannot be written.
    """
    files.check(overwrite=overwrite)
    picture = encode_png(made.frame)
    placed = Landmarks(
        made.landmarks.template,
        made.landmarks.points,
        made.landmarks.placement,
        hashlib.sha256(picture).hexdigest(),
    )
    landmarks = collection_bytes(files.landmarks, {"": placed})
    height, width = made.frame.shape[:2]
    about = {
        "schema": PROVENANCE_SCHEMA,
        "verb": verb,
        "settings": dict(settings),
        "sources": {
            part: [{"sha256": s.sha256, "placed_by": s.placed_by} for s in faces]
            for part, faces in sources.items()
        },
        "picture": {
            "sha256": placed.image_sha256,
            "pixel_sha256": pixel_sha256(made.frame),
            "width": width,
            "height": height,
        },
        "landmarks_sha256": hashlib.sha256(landmarks).hexdigest(),
        "findings": [finding.to_dict() for finding in made.findings],
        "software": software_versions(),
    }
    written = {
        files.picture: picture,
        files.landmarks: landmarks,
        files.provenance: to_json(about).encode(),
    }
    write_together(written, overwrite=overwrite)
    return about
