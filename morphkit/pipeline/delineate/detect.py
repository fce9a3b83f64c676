"""Photographs in, landmark files out: the delineation of a whole set.

Everything that can be refused is refused before the first photograph is looked at. Then
a photograph that cannot be used does not keep the others from being delineated.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image
from morphkit._core.documents import restored
from morphkit._core.files import sha256_of, write_together
from morphkit._core.journal import Journal
from morphkit._core.leftovers import settle_files
from morphkit._core.locks import held
from morphkit._core.plug_ins import plug_in_code
from morphkit._core.progress import Progress
from morphkit._core.reading import own_bytes
from morphkit._core.revision import code_sha256
from morphkit.errors import InputError, MissingExtraError, OutputError
from morphkit.faces.detectors import (
    DETECTORS,
    conversions_from,
    detect,
    find_detector,
    recorded_name,
)
from morphkit.faces.detectors.agreement import agreement
from morphkit.faces.detectors.boxes import bounding_box, overlap
from morphkit.faces.detectors.choice import SeveralFacesError
from morphkit.faces.formats import collection_bytes
from morphkit.faces.formats.template_json import builtin_template
from morphkit.faces.images import read_photo
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.template import Template
from morphkit.pipeline.delineate.detection_jobs import Job, Settings, plan_jobs
from morphkit.pipeline.delineate.overlay import draw_faces, draw_overlay
from morphkit.pipeline.software import software_versions
from morphkit.pixels import encode_png

#: Template in which two detectors can be compared.
COMPARED = "ibug_68"


@dataclass(frozen=True, eq=False)
class Delineated:
    """One photograph that was delineated.

    Parameters
    ----------
    job : Job
    landmarks : Landmarks
    agreement : mapping of str to float, optional
        Mean distance from the second detector by region, percent of the inter-ocular
        distance; empty if it was not asked for or saw no such face.
    """

    job: Job
    landmarks: Landmarks
    agreement: Mapping[str, float] = field(default_factory=dict)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width and height around the landmarks, pixels."""
        x0, y0, x1, y1 = (
            np.rint(bounding_box(self.landmarks.points)).astype(int).tolist()
        )
        return x0, y0, x1 - x0, y1 - y0

    def to_dict(self) -> dict[str, Any]:
        """Return the result for the photograph as a JSON object."""
        return {
            "image": str(self.job.image),
            "file": str(self.job.file),
            "overlay": str(self.job.overlay) if self.job.overlay else None,
            "score": self.landmarks.placement.score,
            "box": list(self.box),
            "face": self.landmarks.placement.face,
            "faces": [list(box) for box in self.landmarks.placement.faces],
            "agreement_percent": dict(self.agreement) or None,
        }


@dataclass(frozen=True, eq=False)
class Delineation:
    """The result of delineating a set.

    Parameters
    ----------
    done : tuple of Delineated
        What was written.
    errors : tuple of InputError
        One for each photograph that could not be delineated.
    second : str
        Detector that was compared with; empty if none was.
    not_compared : str
        Why agreement was not measured although it could be; empty where it was, or
        was not wanted.
    """

    done: tuple[Delineated, ...]
    errors: tuple[InputError, ...]
    second: str = ""
    not_compared: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what was done, and what could not be, as a JSON object."""
        return {
            "faces": [one.to_dict() for one in self.done],
            "errors": [str(error) for error in self.errors],
        }


def delineate_photos(
    images: Sequence[str | Path],
    output: str | Path,
    *,
    overlay: str | Path | None = None,
    settings: Settings | None = None,
    agreement: bool | None = None,
    progress: Progress | None = None,
) -> Delineation:
    """Place landmarks on photographs and write a landmark file for each.

    Everything that can be refused is refused before the first photograph is looked at.
    Then one that cannot be used does not keep the others from being written.

    Parameters
    ----------
    images : sequence of str or Path
        Photographs, or folders of them.
    output : str or Path
        Folder of the landmark files.
    overlay : str or Path, optional
        Folder of pictures with the landmarks drawn in; of a photograph in which it has
        to be said which face is meant, one with all faces numbered.
    settings : Settings, optional
        Detector, template, format, which face, and whether files may be replaced.
    agreement : bool, optional
        Whether to compare with the other detector; None does so where it is installed.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Delineation

    Raises
    ------
    InputError
        If a setting is not known, a folder holds no image, or two images would have
        one landmark file.
    OutputError
        If a file exists that may not be replaced, or cannot be written.
    MissingExtraError
        If a detector needs a library that is not installed.

    Examples
    --------
    >>> import morphkit as mk
    >>> photo = mk.shipped_faces() / "source_faces/maja_happy.png"
    >>> found = mk.delineate_photos([photo], "placed", agreement=False)
    >>> [one.job.file.name for one in found.done], found.errors
    (['maja_happy.json'], ())
    """
    settings, progress = settings or Settings(), progress or Progress()
    output = Path(output)
    overlay = None if overlay is None else Path(overlay)
    with held(output):
        for folder in filter(None, (output, overlay)):
            settle_files(folder)
        second, why = settings.second, ""
        if not second:
            second, why = _second(settings, agreement)
        wanted = replace(settings, second=second)
        journal = Journal(output, _key(wanted, overlay))
        jobs = plan_jobs(
            [Path(image) for image in images],
            output,
            overlay=overlay,
            settings=wanted,
            journal=journal,
        )
        progress.stage("delineating", len(jobs))
        done, errors = delineate(jobs, wanted, journal, advance=progress.advance)
        if not errors:
            journal.remove()
    return Delineation(tuple(done), tuple(errors), second, why)


def _key(settings: Settings, overlay: Path | None) -> str:
    """Return the hash of everything but the photographs that decides the files."""
    parts = [
        asdict(replace(settings, overwrite=False)),
        recorded_name(settings.detector),
        overlay is not None,
    ]
    text = json.dumps([*parts, software_versions(), code_sha256(), plug_in_code()])
    return hashlib.sha256(text.encode()).hexdigest()


def _second(settings: Settings, asked: bool | None) -> tuple[str, str]:
    """Return the detector to compare with, "" for none, and why there is none."""
    if asked is False:
        return "", ""
    template = settings.placed
    if template != builtin_template(COMPARED):
        if asked:
            raise InputError(
                f"the agreement in template {template.name} cannot be measured",
                where="--agreement",
                allowed=f"it needs --template {COMPARED}",
            )
        return "", ""
    second = next(name for name in DETECTORS if name != settings.detector)
    try:
        check_installed(second)
    except MissingExtraError as error:
        if asked:
            raise
        return "", str(error)
    return second, ""


def delineate(
    jobs: Sequence[Job],
    settings: Settings,
    journal: Journal | None = None,
    *,
    advance: Callable[[str], None] = lambda text: None,
) -> tuple[list[Delineated], list[InputError]]:
    """Delineate photographs and write their landmark files.

    Parameters
    ----------
    jobs : sequence of Job
        From `plan_jobs`.
    settings : Settings
    journal : Journal, optional
        What it has as done is not done again.
    advance : callable, optional
        Called with the name of every photograph that is done.

    Returns
    -------
    done : list of Delineated
        What was written.
    errors : list of InputError
        One for each photograph that could not be delineated.

    Raises
    ------
    OutputError
        If a file cannot be written.
    MissingExtraError
        If a detector needs a library that is not installed.
    """
    for name in filter(None, (settings.detector, settings.second)):
        check_installed(name)
    folders = {target.parent for job in jobs for target in job.targets}
    new = [folder for folder in folders if not folder.exists()]
    for folder in folders:
        make_folder(folder)
    done, errors = [], []
    for job in jobs:
        try:
            before = _done_before(job, journal, settings.placed)
            done.append(before or _delineate_one(job, settings, journal))
        except InputError as error:
            errors.append(error.at(str(job.image)))
        except MissingExtraError as error:
            errors.append(InputError(str(error), where=str(job.image)))
        advance(job.image.name)
    if not done:
        for folder in new:
            with suppress(OSError):  # faces with their numbers may be there
                folder.rmdir()
    return done, errors


def check_installed(detector: str) -> None:
    """Do nothing if a detector can run here.

    Raises
    ------
    MissingExtraError
        If a library that it needs is not installed.
    """
    find_detector(detector).find(np.zeros((64, 64, 3), np.uint8))


def make_folder(folder: Path) -> None:
    """Make a folder unless it is there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be created ({error.strerror or error}); choose "
            "another place"
        ) from None


@dataclass(frozen=True, eq=False)
class _Placed:
    """The landmarks of a photograph, as a journal notes them."""

    photo: str
    points: npt.NDArray[np.float64]
    placement: Placement
    agreement: Mapping[str, float]


def _done_before(
    job: Job, journal: Journal | None, template: Template
) -> Delineated | None:
    """Return what an earlier run has written for a photograph; None if nothing."""
    noted = None if journal is None else journal.done(str(job.image))
    kept = None if noted is None else restored(_Placed, noted)
    if kept is None or kept.photo != sha256_of(job.image):
        return None
    try:
        landmarks = Landmarks(template, kept.points, kept.placement, kept.photo)
    except InputError:
        return None
    return Delineated(job, landmarks, dict(kept.agreement))


def _delineate_one(job: Job, settings: Settings, journal: Journal | None) -> Delineated:
    """Delineate one photograph and write what was found."""
    photo = read_photo(job.image)
    try:
        found = detect(
            photo.image,
            detector=settings.detector,
            template=settings.template,
            face=settings.face,
            where=str(job.image),
        )
    except SeveralFacesError as error:
        raise _numbered(error, photo.image, job, settings) from None
    landmarks = Landmarks(found.template, found.points, found.placement, photo.sha256)
    apart = _agreement(photo.image, landmarks, settings.second)
    height, width = photo.image.shape[:2]
    files = {
        job.file: collection_bytes(
            job.file,
            {photo.name: landmarks},
            size=(width, height),
            format=settings.format,
        )
    }
    if job.overlay:
        files[job.overlay] = encode_png(draw_overlay(photo.image, landmarks))
    mine = settings.overwrite
    if journal is not None:
        kept = _Placed(photo.sha256, found.points, found.placement, apart)
        placed = asdict(kept) | {"points": found.points.tolist()}
        part = str(job.image)
        mine = mine or all(journal.made(part, f) for f in files if f.exists())
        journal.note(part, files, placed)
        mine = mine or all(journal.made(part, f) for f in files if f.exists())
    write_together(files, overwrite=mine)
    return Delineated(job, landmarks, apart)


def _numbered(
    error: SeveralFacesError, image: Image, job: Job, settings: Settings
) -> SeveralFacesError:
    """Return the error, after its faces were drawn with their numbers if wanted."""
    if job.overlay is None:
        return error.told("--overlay DIR draws them with their numbers")
    picture = encode_png(draw_faces(image, error.boxes))
    file = job.overlay.with_name(f"{job.image.stem}_faces.png")
    same = own_bytes(file) == picture
    write_together({file: picture}, overwrite=same or settings.overwrite)
    return error.told(f"{file} shows their numbers")


def _agreement(image: Image, landmarks: Landmarks, second: str) -> dict[str, float]:
    """Return the distances from a second detector; empty if it finds no such face."""
    if not second:
        return {}
    entry = DETECTORS[second]
    box = bounding_box(landmarks.points)
    seen = [
        face
        for face in entry.find(image)
        if overlap(box, bounding_box(face.points)) > 0.3
    ]
    if len(seen) != 1:
        return {}
    way = conversions_from(entry.template)[landmarks.template.name]
    return agreement(landmarks, landmarks.with_points(way(seen[0].points)))
