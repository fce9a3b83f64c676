"""Landmarks carried from one photograph of a face to others, for whole studies.

Everything that can be refused is refused before the first photograph is looked at. Then
a photograph that cannot be used does not keep the others from being delineated.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.arrays import Image
from morphkit._core.files import sha256_of, write_together
from morphkit._core.journal import Journal
from morphkit._core.leftovers import settle_files
from morphkit._core.locks import held
from morphkit._core.plug_ins import plug_in_code
from morphkit._core.progress import Progress
from morphkit._core.revision import code_sha256
from morphkit.errors import InputError, MissingExtraError
from morphkit.faces.choices import FaceChoice
from morphkit.faces.detectors import detect, find_detector, recorded_name
from morphkit.faces.detectors.boxes import bounding_box, overlap
from morphkit.faces.formats import collection_bytes
from morphkit.faces.images import read_photo
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.geometry.propagation import UNLIKE, View, propagate, unclear_landmarks
from morphkit.pipeline.delineate.detect import check_installed, make_folder
from morphkit.pipeline.delineate.pairs import Pair, Pairs, find_pairs
from morphkit.pipeline.software import software_versions
from morphkit.pipeline.source_faces import SourceFace, SourceFiles, read_source
from morphkit.quality.landmark_checks.unconfirmed import SURE

#: Smallest overlap of a detected face and the landmarks that are known of it.
_OVERLAP = 0.3


@dataclass(frozen=True)
class PropagateSettings:
    """How landmarks are carried to other photographs.

    Parameters
    ----------
    detector : str, optional
        Name in `morphkit.faces.detectors.DETECTORS`, or the file of a trained one.
    face : int or "largest", optional
        Which of several faces in each photograph, counted from 1 in reading order; by
        default the one that a recipe says.
    overwrite : bool, optional
        Whether files that exist may be replaced.
    """

    detector: str = "mesh"
    face: FaceChoice = None
    overwrite: bool = False


@dataclass(frozen=True, eq=False)
class PropagatedFile:
    """One photograph that landmarks were carried to.

    Parameters
    ----------
    pair : Pair
    landmarks : Landmarks
    remark : str, optional
        What is to be said of the photographs: they may show two persons.
    """

    pair: Pair
    landmarks: Landmarks
    remark: str = ""

    @property
    def unsure(self) -> tuple[tuple[str, float], ...]:
        """Landmarks to confirm with their confidence, the least certain first."""
        chances = self.landmarks.placement.confidence
        order = sorted(range(len(chances)), key=lambda i: chances[i])
        names = self.landmarks.template.points
        return tuple((names[i], chances[i]) for i in order if chances[i] < SURE)

    def to_dict(self) -> dict[str, Any]:
        """Return what was done as a JSON object."""
        return {
            "from": str(self.pair.start),
            "image": str(self.pair.photo),
            "file": str(self.pair.file),
            "mean_confidence": float(np.mean(self.landmarks.placement.confidence)),
            "to_confirm": dict(self.unsure),
            "may_show_another_person": bool(self.remark),
        }


@dataclass(frozen=True, eq=False)
class Propagation:
    """The result of carrying landmarks.

    Parameters
    ----------
    done : tuple of PropagatedFile
        What was written.
    kept : tuple of Path
        Landmark files that were there and stay.
    errors : tuple of InputError
        One for each photograph that could not be delineated.
    """

    done: tuple[PropagatedFile, ...]
    kept: tuple[Path, ...] = ()
    errors: tuple[InputError, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what was done, and what was not, as a JSON object."""
        return {
            "faces": [one.to_dict() for one in self.done],
            "kept": [str(file) for file in self.kept],
            "errors": [str(error) for error in self.errors],
        }


def propagate_landmarks(
    given: Sequence[str | Path],
    *,
    start: str = "",
    to: Sequence[str] = (),
    landmarks: str | Path | None = None,
    output: str | Path | None = None,
    template: str | Path | None = None,
    pattern: str = "",
    settings: PropagateSettings | None = None,
    progress: Progress | None = None,
) -> Propagation:
    """Carry landmarks from one photograph of a face to others of the same face.

    Parameters
    ----------
    given : sequence of str or Path
        A photograph with landmarks and others of the same face; or one study: a recipe,
        its folder, or a folder of photographs.
    start : str, optional
        Label of the photographs of a study whose landmarks are known.
    to : sequence of str, optional
        Labels to carry them to; by default all others that the study uses.
    landmarks : str or Path, optional
        Landmark file of the first photograph, or folder of landmark files; by default
        what the recipe says, else ``landmarks`` beside the photographs.
    output : str or Path, optional
        Folder of the new files; by default that of the known ones.
    template : str or Path, optional
        What the points are, by name or definition file, where the files do not say so.
        A recipe names its own.
    pattern : str, optional
        How photographs of a folder are named; by default ``{identity}_{label}``.
    settings : PropagateSettings, optional
        Detector, which face, and whether files may be replaced. In a study, landmarks
        that a person placed stay in any case.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Propagation

    Raises
    ------
    InputError
        If a setting is not known, or there is no photograph or label of the name.
    OutputError
        If a file exists that may not be replaced, or cannot be written.
    MissingExtraError
        If the detector needs a library that is not installed.

    Examples
    --------
    >>> import morphkit as mk
    >>> faces = mk.shipped_faces()
    >>> photos = [faces / f"source_faces/maja_{x}.png" for x in ("happy", "distressed")]
    >>> file = faces / "landmarks/maja_happy.json"
    >>> found = mk.propagate_landmarks(photos, landmarks=file, output="placed")
    >>> [one.pair.file.name for one in found.done], found.errors
    (['maja_distressed.json'], ())
    """
    settings, progress = settings or PropagateSettings(), progress or Progress()
    find_detector(settings.detector)
    pairs = find_pairs(
        [Path(path) for path in given],
        start=start,
        to=to,
        landmarks=None if landmarks is None else Path(landmarks),
        output=None if output is None else Path(output),
        template=template,
        pattern=pattern,
    )
    with held(pairs.output):
        settle_files(pairs.output)
        journal = Journal(pairs.output, _key(settings))
        jobs, kept = pairs.to_do(journal, overwrite=settings.overwrite)
        if jobs:
            check_installed(settings.detector)
            make_folder(pairs.output)
        progress.stage("propagating", len(jobs))
        done, errors = _carry_all(jobs, pairs, settings, journal, progress)
        if not errors:
            journal.remove()
    return Propagation(tuple(done), tuple(kept), (*pairs.errors, *errors))


def propagate_face(
    known: Landmarks,
    start: Image,
    end: Image,
    *,
    detector: str = "mesh",
    face: FaceChoice = None,
    origin: str = "",
    where: tuple[str, str] = ("", ""),
) -> Landmarks:
    """Return the landmarks of a face on another photograph of it.

    Parameters
    ----------
    known : Landmarks
        On the first photograph; of any template.
    start, end : ndarray, shape (H, W, 3), dtype uint8 or uint16
        Both photographs.
    detector : str, optional
        Name in `morphkit.faces.detectors.DETECTORS`, or the file of a trained one.
    face : int or "largest", optional
        Which of several faces of the second one, from 1 in reading order.
    origin : str, optional
        SHA-256 of the first photograph, to be recorded.
    where : (str, str), optional
        Names of both photographs, for messages.

    Returns
    -------
    Landmarks
        On the second photograph; how sure each is stands in their placement.

    Raises
    ------
    InputError
        If a face is not found, there are several in the second photograph, or it is not
        known on which edge of a mouth or an eye landmarks are.
    MissingExtraError
        If the detector needs a library that is not installed.

    Warns
    -----
    UserWarning
        If the photographs may show two persons.

    Examples
    --------
    >>> import morphkit as mk
    >>> faces = mk.shipped_faces()
    >>> photos = [
    ...     mk.read_photo(faces / f"source_faces/maja_{label}.png").image
    ...     for label in ("happy", "distressed")
    ... ]
    >>> known = mk.read_landmarks(faces / "landmarks/maja_happy.json")
    >>> carried = mk.propagate_face(known, *photos)
    >>> carried.placement.by, len(carried.placement.confidence)
    ('propagated', 68)
    """
    found, said = carry_face(
        known, start, end, detector=detector, face=face, origin=origin, where=where
    )
    if said:
        warnings.warn(said, stacklevel=2)
    return found


def carry_face(
    known: Landmarks,
    start: Image,
    end: Image,
    *,
    detector: str = "mesh",
    face: FaceChoice = None,
    origin: str = "",
    where: tuple[str, str] = ("", ""),
) -> tuple[Landmarks, str]:
    """Return the landmarks of a face on another photograph of it, and a remark.

    As `propagate_face`; the remark says that the photographs may show two persons, and
    is empty otherwise.
    """
    entry = find_detector(detector)
    first = View(start, _face_at(known, entry.find(start), where[0]))
    _check_clear(known, first.seen, where[0])
    found = detect(
        end, detector=detector, template=entry.template, face=face, where=where[1]
    )
    carried = propagate(known, first, View(end, found))
    sure = np.round(carried.confidence, 3)
    sure[sorted(known.hidden)] = 0.0  # a guess was carried
    remark = ""
    if carried.unlike > UNLIKE:
        remark = (
            f"{Path(where[1]).name or 'the second photograph'} may show another person "
            f"than {Path(where[0]).name or 'the first one'}, or the light has changed; "
            "landmarks are carried within one person: look whether it is the same"
        )
    placement = Placement(
        "propagated",
        found.placement.detector,
        found.placement.models,
        found.placement.score,
        origin,
        tuple(sure.tolist()),
        found.placement.face,
        found.placement.faces,
    )
    return Landmarks(known.template, carried.points, placement), remark


def _face_at(known: Landmarks, seen: Sequence[Landmarks], where: str) -> Landmarks:
    """Return the detected face at landmarks."""
    box = bounding_box(known.points)
    overlaps = [overlap(box, bounding_box(face.points)) for face in seen]
    if max(overlaps, default=0.0) < _OVERLAP:
        raise InputError(
            f"{len(seen) or 'no'} face{'s were' if len(seen) > 1 else ' was'} found, "
            "none of them where the landmarks are",
            where=where,
            remedy="check that these landmarks belong to this photograph; if so, try "
            "another detector, or place the landmarks of the others by hand",
        )
    return seen[int(np.argmax(overlaps))]


def _check_clear(known: Landmarks, seen: Landmarks, where: str) -> None:
    """Refuse landmarks on lips or lids of which it is not known whether upper."""
    unclear = unclear_landmarks(known, seen)
    if unclear:
        names = ", ".join(f'"{known.template.points[i]}"' for i in unclear[:4])
        more = f" and {len(unclear) - 4} more" if len(unclear) > 4 else ""
        raise InputError(
            f"template {known.template.name} does not say whether {names}{more} belong "
            "to an upper or a lower lip or lid, which part when the face moves",
            where=where,
            remedy='give the template "openings", or closed lines around mouth and '
            "eyes",
        )


def _key(settings: PropagateSettings) -> str:
    """Return the hash of everything but the photographs that decides the files."""
    detector = recorded_name(settings.detector)
    decides = replace(settings, detector=detector, overwrite=False)
    parts = [asdict(decides), "propagate"]
    text = json.dumps([*parts, software_versions(), code_sha256(), plug_in_code()])
    return hashlib.sha256(text.encode()).hexdigest()


def _carry_all(
    jobs: Sequence[Pair],
    pairs: Pairs,
    settings: PropagateSettings,
    journal: Journal,
    progress: Progress,
) -> tuple[list[PropagatedFile], list[InputError]]:
    """Carry landmarks to photographs and write their files."""
    done, errors = [], []
    read: dict[Path, SourceFace] = {}
    for job in jobs:
        try:
            done.append(_carry_one(job, pairs, settings, journal, read))
        except InputError as error:
            errors.append(error.at(str(job.photo)))
        except MissingExtraError as error:
            errors.append(InputError(str(error), where=str(job.photo)))
        progress.advance(job.photo.name)
    return done, errors


def _carry_one(
    job: Pair,
    pairs: Pairs,
    settings: PropagateSettings,
    journal: Journal,
    read: dict[Path, SourceFace],
) -> PropagatedFile:
    """Carry landmarks to one photograph and write its file."""
    part = str(job.photo)
    decides = {
        "photo": sha256_of(job.photo),
        "start": sha256_of(job.start),
        "landmarks": sha256_of(job.landmarks),
    }
    noted = journal.done(part)
    if noted is not None and all(noted[key] == decides[key] for key in decides):
        return PropagatedFile(job, _noted(noted, pairs), noted["remark"])
    if job.start not in read:
        read.clear()  # of one person after the other
        read[job.start] = read_source(
            SourceFiles(job.start, job.landmarks),
            template=pairs.template,
            detector="none",
            background=pairs.background,
        )
    known = read[job.start]
    photo = read_photo(job.photo)
    found, remark = carry_face(
        known.face.landmarks,
        known.face.image,
        photo.on(pairs.background),
        detector=settings.detector,
        face=pairs.choices.get(job.photo) if settings.face is None else settings.face,
        origin=known.sha256,
        where=(str(job.start), str(job.photo)),
    )
    found = replace(found, image_sha256=photo.sha256)
    height, width = photo.image.shape[:2]
    data = collection_bytes(
        job.file, {photo.name: found}, size=(width, height), format="json"
    )
    mine = settings.overwrite or journal.made(part, job.file)
    placed = {
        "points": found.points.tolist(),
        "placement": asdict(found.placement),
        "remark": remark,
    }
    journal.note(part, {job.file: data}, {**decides, **placed})
    write_together({job.file: data}, overwrite=mine)
    return PropagatedFile(job, found, remark)


def _noted(noted: Mapping[str, Any], pairs: Pairs) -> Landmarks:
    """Return what an earlier run has written for a photograph."""
    return Landmarks(
        pairs.template,
        np.array(noted["points"], np.float64),
        Placement(**noted["placement"]),
        noted["photo"],
    )
