"""Photographs with their landmarks, from a file or a detector, read as faces.

All faults of all sources are reported together, each with its file.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image
from morphkit._core.documents import restored
from morphkit._core.store import Note, Store
from morphkit._core.workers import made_ahead
from morphkit.errors import InputError, MissingExtraError, raise_all
from morphkit.faces.choices import FaceChoice
from morphkit.faces.detectors import (
    detect,
    recorded_name,
)
from morphkit.faces.face import Face
from morphkit.faces.formats import read_collection, read_landmarks
from morphkit.faces.images import BACKGROUND, Photo, pixel_sha256, read_photo
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.stored_frame import check_frame, seen_rolls
from morphkit.faces.template import Template
from morphkit.pack.photographs import DecodedPhoto
from morphkit.pipeline.check_recipe import Key
from morphkit.pipeline.keys import detection_key
from morphkit.quality.landmark_checks import Delineation, PhotoInfo, find_unusable
from morphkit.recipe import Recipe


@dataclass(frozen=True)
class SourceFiles:
    """The files of a source face.

    Parameters
    ----------
    photo : Path
    landmarks : Path, Landmarks or None
        A file, landmarks at hand, or None to have them detected.
    face : int or "largest", optional
        Which face of the photograph to take where it is detected: a number from 1 in
        reading order, or the largest.
    detector : Path, optional
        File of the trained detector that is to place them, where the recipe names one:
        what it names is relative to its folder.
    """

    photo: Path
    landmarks: Path | Landmarks | None = None
    face: FaceChoice = None
    detector: Path | None = None


@dataclass(frozen=True, eq=False)
class SourceFace:
    """A source face that was read.

    Parameters
    ----------
    face : Face
    sha256 : str
        Hash of the file of the photograph.
    transparent : float, optional
        Share of the photograph in which the background is seen, 0 to 1.
    decoder : str, optional
        What decoded the file; without a name where nobody records it.
    pixels : str, optional
        Hash of its pixels, where it is known.
    """

    face: Face
    sha256: str
    transparent: float = 0.0
    decoder: str = ""
    pixels: str = ""

    @cached_property
    def pixel_sha256(self) -> str:
        """Hash of its pixels, computed once."""
        return self.pixels or pixel_sha256(self.face.image)

    @property
    def decoded(self) -> DecodedPhoto:
        """What its file was decoded to."""
        return DecodedPhoto(self.sha256, self.pixel_sha256, self.decoder)

    @property
    def known(self) -> dict[str, Any]:
        """What decides what is made from it: photograph, landmarks, who placed them."""
        marks = self.face.landmarks
        return {
            "sha256": self.sha256,
            "pixels": self.pixel_sha256,
            "transparent": self.transparent,
            "points": marks.points,
            "placed_by": self.placed_by,
            **({"hidden": sorted(marks.hidden)} if marks.hidden else {}),
        }

    @property
    def placed_by(self) -> str:
        """Who placed the landmarks, in a few words: ``detector mesh, face 2 of 3``."""
        placement = self.face.landmarks.placement
        said = f"{placement.by} {placement.detector}".strip()
        return ", ".join(filter(None, (said, placement.choice)))


def read_sources(
    recipe: Recipe,
    files: Mapping[Key, SourceFiles],
    *,
    template: Template,
    store: Store | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> dict[Key, SourceFace]:
    """Return every source face, read and, if necessary, delineated.

    Landmarks that are in the store are not detected again.

    Raises
    ------
    InputError
        With every file that cannot be used.
    """
    return dict(
        each_source(recipe, files, template=template, store=store, progress=progress)
    )


def each_source(
    recipe: Recipe,
    files: Mapping[Key, SourceFiles],
    *,
    template: Template,
    store: Store | None = None,
    progress: Callable[[str], None] = lambda text: None,
    jobs: int = 1,
) -> Iterator[tuple[Key, SourceFace]]:
    """Yield every source face when it is read; arguments and errors of `read_sources`.

    Photographs whose landmarks are known are read by several jobs; a detector looks at
    one after the other. Errors are raised when all have been read.
    """

    def read(item: tuple[Key, SourceFiles]) -> SourceFace | InputError:
        source = item[1]
        try:
            found = read_source(
                source,
                template=template,
                detector=recipe.sources.detector,
                background=recipe.frame.background,
                store=store,
            )
        except InputError as error:
            return error.at(str(source.photo))
        except MissingExtraError as error:
            return InputError(str(error), where=str(source.photo))
        _ = found.pixel_sha256  # worked out here, not where the faces are gathered
        return found

    known = all(source.landmarks is not None for source in files.values())
    errors: list[InputError] = []
    for (key, source), found in made_ahead(
        files.items(), read, jobs=jobs if known else 1
    ):
        if isinstance(found, SourceFace):
            progress(_told(source, found))
            yield key, found
        else:
            progress(_told(source, None))
            errors.append(found)
    raise_all(errors)


def _told(source: SourceFiles, read: SourceFace | None) -> str:
    """Return the name of a photograph, and which of several faces was taken of it."""
    chosen = read.face.landmarks.placement.choice_and_size if read else ""
    return ": ".join(filter(None, (source.photo.name, chosen)))


def read_source(
    source: SourceFiles,
    *,
    template: Template,
    detector: str,
    background: str = BACKGROUND,
    store: Store | None = None,
) -> SourceFace:
    """Return one source face, on a background where its photograph is transparent.

    Raises
    ------
    InputError
        If the photograph or its landmarks cannot be used.
    """
    photo = read_photo(source.photo)
    image = photo.on(background)
    detector = str(source.detector or detector)
    landmarks = _landmarks(source, photo, image, template, detector, store)
    if landmarks.image_sha256 and landmarks.image_sha256 != photo.sha256:
        place = source.landmarks if isinstance(source.landmarks, Path) else source.photo
        raise InputError(
            f"the landmarks were not placed on {source.photo.name} as it is now "
            f"(SHA-256 {photo.sha256[:12]}…), but on another photograph or version "
            f"({landmarks.image_sha256[:12]}…)",
            where=str(place),
            remedy="place or detect them again",
        )
    if isinstance(source.landmarks, Path):
        _check_usable(source.landmarks, landmarks, photo, image)
    return SourceFace(
        Face(image, landmarks, str(source.photo)),
        photo.sha256,
        photo.transparent,
        photo.decoder,
    )


def _check_usable(file: Path, landmarks: Landmarks, photo: Photo, image: Image) -> None:
    """Refuse landmarks that cannot be those of a photograph, whatever their precision.

    Raises
    ------
    InputError
        With everything that `morphkit.quality.landmark_checks.find_unusable` finds.
    """
    height, width = photo.image.shape[:2]
    info = PhotoInfo(photo.name, (width, height), photo.sha256)
    found = find_unusable(Delineation(str(file), landmarks, info))
    if found:  # the detector, which takes time, knows who lies on the side
        info = replace(info, rolls_deg=seen_rolls(image))
        found = find_unusable(Delineation(str(file), landmarks, info))
    raise_all(InputError(finding.message, where=finding.where) for finding in found)


def _landmarks(
    source: SourceFiles,
    photo: Photo,
    image: Image,
    template: Template,
    detector: str,
    store: Store | None,
) -> Landmarks:
    """Return the landmarks of a source face, from where they are."""
    if isinstance(source.landmarks, Landmarks):
        return source.landmarks
    if source.landmarks is not None:
        landmarks = landmarks_of(source.landmarks, photo, template)
        check_frame(landmarks, photo, image, str(source.landmarks))
        if landmarks.template.name != template.name:
            raise InputError(
                f'the landmarks are of template "{landmarks.template.name}"',
                where=str(source.landmarks),
                allowed=f'the recipe needs "{template.name}"',
                remedy="set template = … under [sources] or --template, or convert "
                'the file with "morphkit landmarks convert"',
            )
        return landmarks
    if detector == "none":
        raise InputError(
            'has no landmark file, and the detector "none" forbids detection',
            where=str(source.photo),
            remedy="place landmarks, or set a detector (under [sources] of a recipe, "
            "or --detector)",
        )
    return _detected(source, image, template, detector, store)


@dataclass(frozen=True, eq=False)
class _Kept:
    """Landmarks that a detector has found, as they are kept."""

    points: npt.NDArray[np.float64]
    placement: Placement


def _detected(
    source: SourceFiles,
    image: Image,
    template: Template,
    detector: str,
    store: Store | None,
) -> Landmarks:
    """Return the landmarks that a detector finds, now or in an earlier build."""
    key, note = "", None
    if store is not None:
        name = recorded_name(detector)
        key = detection_key(pixel_sha256(image), name, template.name, source.face)
        note = store.find(key)
    kept = restored(_Kept, note.data) if note else None
    if kept is not None and kept.points.shape == (template.n_points, 2):
        return Landmarks(template, kept.points, kept.placement)
    found = detect(
        image,
        detector=detector,
        template=template.name,
        face=source.face,
        where=str(source.photo),
    )
    if store is not None and found.template == template and not found.image_sha256:
        data = asdict(_Kept(found.points, found.placement))
        store.keep(key, Note(data | {"points": found.points.tolist()}))
    return found


def landmarks_of(path: Path, photo: Photo, template: Template) -> Landmarks:
    """Return the landmarks that a file has of a photograph.

    Parameters
    ----------
    path : Path
        Landmark file.
    photo : Photo
    template : Template
        What the points are, where the file does not say so.

    Raises
    ------
    InputError
        If the file cannot be read, or has no such face.
    """
    height, width = photo.image.shape[:2]
    size = (width, height)
    try:
        return read_landmarks(path, template=template, size=size, image=photo.name)
    except InputError as error:
        # Where both were renamed together, the hash tells whose landmarks they are.
        try:
            faces = read_collection(path, template=template, size=size).values()
        except InputError:
            raise error from None
        same = [face for face in faces if face.image_sha256 == photo.sha256]
        if len(same) != 1:
            raise
        return same[0]
