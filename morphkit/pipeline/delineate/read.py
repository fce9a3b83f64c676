"""Landmark files and their photographs, read for the checks."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PureWindowsPath
from typing import Any

from morphkit._core.arrays import Image, Points
from morphkit._core.finding import Finding
from morphkit._core.names import Folders
from morphkit._core.progress import Progress
from morphkit.errors import InputError, MissingExtraError
from morphkit.faces.detectors import DETECTORS, conversions_from
from morphkit.faces.direction import roll_deg
from morphkit.faces.formats import (
    FORMATS,
    FormatOptions,
    builtin_template,
    find_template,
    read_collection,
)
from morphkit.faces.images import Photo, read_photo
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.stored_frame import check_frame
from morphkit.faces.template import Template
from morphkit.pipeline.check_recipe import Key, needed
from morphkit.pipeline.delineate.pairs import name_parts, recipe_of
from morphkit.pipeline.delineate.photos import PhotoFolder
from morphkit.pipeline.source_faces import landmarks_of
from morphkit.pipeline.sources import (
    holds_landmarks,
    landmark_file,
    photo_name,
    resolve_template,
)
from morphkit.quality.landmark_checks import (
    RankedPoint,
    check_landmarks,
    faces_of,
    rank_points,
    skipped_checks,
)
from morphkit.quality.landmark_checks.evidence import Delineation, PhotoInfo
from morphkit.quality.landmark_checks.measures import scale_of
from morphkit.recipe import read_recipe

#: Points that are ranked in JSON.
MOST_RANKED = 200
#: What landmarks are compared with, and what says how sure that is, if installed.
DETECTOR, SECOND = "mesh", "dlib_68"


@dataclass(frozen=True, eq=False)
class Reading:
    """What could be read, and what could not.

    Parameters
    ----------
    faces : tuple of Delineation
        In the order of the files.
    errors : tuple of InputError
        One for each file or photograph that cannot be used.
    left_out : mapping of str to str, optional
        What was not read, and why.
    """

    faces: tuple[Delineation, ...]
    errors: tuple[InputError, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class CheckedLandmarks:
    """Results of checking the landmarks of a set.

    Parameters
    ----------
    n_faces : int
        Faces that were checked.
    findings : tuple of Finding
    left_out : mapping of str to str
        Check -> why it was not made, or not of all faces.
    errors : tuple of InputError
        One for each file or photograph that cannot be used.
    ranked : tuple of RankedPoint, optional
        Every landmark of the faces that can be compared, the oddest first: where to
        look first. Most of them are in their place.
    names : tuple of tuple of str, optional
        Of each finding the names of all its landmarks, the worst first.
    """

    n_faces: int
    findings: tuple[Finding, ...]
    left_out: Mapping[str, str]
    errors: tuple[InputError, ...]
    ranked: tuple[RankedPoint, ...] = ()
    names: tuple[tuple[str, ...], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no finding is an error."""
        return all(finding.severity != "error" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object."""
        return {
            "holds": self.holds and not self.errors,
            "n_faces": self.n_faces,
            "findings": [
                {**finding.to_dict(), "points": list(names)}
                for finding, names in zip(self.findings, self.names, strict=True)
            ],
            "left_out": dict(self.left_out),
            "errors": [str(error) for error in self.errors],
            "ranked": [asdict(point) for point in self.ranked[:MOST_RANKED]],
        }


def check_landmark_files(
    files: Sequence[str | Path],
    *,
    images: str | Path | None = None,
    template: str | Path | None = None,
    pattern: str | None = None,
    options: FormatOptions | None = None,
    progress: Progress | None = None,
) -> CheckedLandmarks:
    """Find bad landmarks in files; those of a set are compared with each other.

    Parameters
    ----------
    files : sequence of str or Path
        Landmark files of any format, or folders of them; or one study: a recipe or its
        folder. A recipe says which photographs, template and identities they belong to.
    images : str or Path, optional
        Folder with the photographs. They are found by the name in the landmark file,
        else by the name of that file.
    template : str or Path, optional
        What the points are, by name or definition file, where the files do not say so.
    pattern : str, optional
        How files are named, such as ``"{identity}_{label}"``: the faces of an identity
        are then compared as ends of a continuum.
    options : mapping of str to int, optional
        What formats leave open, as in `morphkit.faces.formats.read_landmarks`.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    CheckedLandmarks

    Raises
    ------
    InputError
        If there is no such template, a folder holds nothing of the kind, or options do
        not go with a recipe.

    Examples
    --------
    >>> import morphkit as mk
    >>> file = mk.shipped_faces() / "landmarks/maja_happy.json"
    >>> checked = mk.check_landmark_files([file])
    >>> checked.n_faces, checked.holds
    (1, True)
    """
    progress = progress or Progress()
    paths = [Path(file) for file in files]
    recipe = recipe_of(paths[0]) if len(paths) == 1 else None
    if recipe is not None:
        if images is not None or template is not None or pattern is not None:
            raise InputError(
                "a recipe names its photographs, template and pattern itself",
                where=str(recipe),
                remedy="leave out --images, --template and --pattern",
            )
        read = read_study(recipe, options=options, progress=progress)
        faces = list(read.faces)
    else:
        given = list(landmark_files(paths))
        progress.stage("reading", len(given))
        read = read_delineations(
            given,
            images=None if images is None else Path(images),
            template=None if template is None else find_template(template),
            options=options,
            advance=progress.advance,
        )
        parts = None if pattern is None else name_parts(pattern)
        faces = [_named(face, parts) for face in read.faces]
    findings = check_landmarks(faces)
    return CheckedLandmarks(
        len(faces),
        findings,
        {**skipped_checks(faces), **read.left_out},
        read.errors,
        rank_points(faces),
        tuple(_names(finding, faces) for finding in findings),
    )


def _names(finding: Finding, faces: Sequence[Delineation]) -> tuple[str, ...]:
    """Return the names of all landmarks that a finding is about."""
    about = faces_of(finding, faces)
    if not about:
        return ()
    points = about[0].landmarks.template.points
    return tuple(points[i] for i in finding.points)


def _named(face: Delineation, parts: re.Pattern[str] | None) -> Delineation:
    """Return a face with the identity and label that its file is named after."""
    # A file of several faces stands as "file: image".
    name = PureWindowsPath(face.where.rpartition(": ")[2]).stem
    found = parts.fullmatch(name) if parts else None
    if found is None:
        return face
    return replace(face, identity=found["identity"], label=found["label"])


def read_delineations(
    files: Sequence[Path],
    *,
    images: Path | None = None,
    template: Template | None = None,
    options: FormatOptions | None = None,
    advance: Callable[[str], None] = lambda text: None,
) -> Reading:
    """Return the faces of landmark files with information from their photographs.

    Parameters
    ----------
    files : sequence of Path
        Landmark files of any format.
    images : Path, optional
        Folder with the photographs. They are found by the name in the landmark file,
        else by the name of that file.
    template : Template, optional
        What the points are, where the files do not say so.
    options : mapping of str to int, optional
        What formats leave open, as in `morphkit.faces.formats.read_landmarks`.
    advance : callable, optional
        Called with the name of every file that is done.

    Raises
    ------
    InputError
        If `images` is not a folder with photographs.
    """
    photos = PhotoFolder(images) if images else None
    faces: list[Delineation] = []
    errors: list[InputError] = []
    for file in files:
        try:
            found = read_collection(
                file, template=template, size=photos, options=options
            )
        except InputError as error:
            errors.append(error.at(str(file)))
            found = {}
        for name, landmarks in found.items():
            where = str(file) if len(found) == 1 else f"{file}: {name}"
            try:
                names = [name, file.stem] if len(found) == 1 else [name]
                faces.append(_delineation(where, landmarks, photos, names))
            except InputError as error:
                errors.append(error.at(where))
            except MissingExtraError as error:
                errors.append(InputError(str(error), where=where))
        advance(file.name)
    return Reading(tuple(faces), tuple(errors))


def read_study(
    recipe_file: Path,
    *,
    options: FormatOptions | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Return the faces of a study that have landmarks, with identity and label.

    Landmark files that the recipe does not need are read, too: those of no photograph
    are a finding.

    Parameters
    ----------
    recipe_file : Path
    options : mapping of str to int, optional
        What formats leave open, as in `morphkit.faces.formats.read_landmarks`.
    progress : Progress, optional
        Progress callbacks.

    Raises
    ------
    InputError
        If the recipe cannot be read, or no face has a landmark file.
    """
    progress = progress or Progress()
    recipe, root = read_recipe(recipe_file), recipe_file.parent
    images, folder = root / recipe.sources.images, root / recipe.sources.landmarks
    template, folders = resolve_template(recipe, root), Folders()
    files: dict[Key, tuple[Path, Path]] = {}
    missing = []
    for key in needed(recipe):
        name = Path(photo_name(recipe, key))
        file = landmark_file(folder, name, folders)
        if file is None:
            missing.append(name.as_posix())
        else:
            files[key] = (folders.find(images / name) or images / name, file)
    if not files:
        raise InputError(
            f"no face of {recipe_file.name} has a landmark file",
            where=str(folder),
            remedy="place landmarks in morphkit studio, or with morphkit landmarks "
            "detect",
        )
    used = {file for _, file in files.values()}
    others = [
        file
        for file in landmark_files([folder])
        if file not in used and holds_landmarks(file)
    ]
    progress.stage("reading", len(files) + len(others))
    faces: list[Delineation] = []
    errors: list[InputError] = []
    for (identity, label), (photo, file) in files.items():
        try:
            face = _of_study(photo, file, template, recipe.frame.background)
            faces.append(replace(face, identity=identity, label=label))
        except InputError as error:
            errors.append(error.at(str(file)))
        except MissingExtraError as error:
            errors.append(InputError(str(error), where=str(file)))
        progress.advance(file.name)
    more = read_delineations(
        others,
        images=images,
        template=template,
        options=options,
        advance=progress.advance,
    )
    said = f"no landmark file for {', '.join(missing)}; a build detects their landmarks"
    return Reading(
        (*faces, *more.faces),
        (*errors, *more.errors),
        {"every check": said} if missing else {},
    )


def _of_study(
    file: Path, landmarks: Path, template: Template, background: str
) -> Delineation:
    """Return one face of a study with information from its photograph."""
    photo = read_photo(file)
    found = landmarks_of(landmarks, photo, template)
    scale_of(found)  # refuses a face without extent
    image = photo.on(background)
    check_frame(found, photo, image, str(landmarks))
    info = photo_info(photo, image, found.template)
    return Delineation(str(landmarks), found, info)


def _delineation(
    where: str, landmarks: Landmarks, photos: PhotoFolder | None, names: list[str]
) -> Delineation:
    """Return one face with information from its photograph."""
    scale_of(landmarks)  # refuses a face without extent
    file = photos.find(names) if photos else None
    if file is None:
        sought = "" if photos is None else str(photos.folder)
        return Delineation(where, landmarks, sought_in=sought)
    photo = read_photo(file)
    image = photo.on()
    check_frame(landmarks, photo, image, where)
    return Delineation(where, landmarks, photo_info(photo, image, landmarks.template))


def photo_info(photo: Photo, image: Image, template: Template) -> PhotoInfo:
    """Return what the checks may know of a photograph; its faces are detected.

    Parameters
    ----------
    photo : Photo
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        As it is morphed.
    template : Template
        Of the landmarks that are compared.
    """
    height, width = image.shape[:2]
    seen = DETECTORS[DETECTOR].find(image)
    return PhotoInfo(
        photo.name,
        (width, height),
        photo.sha256,
        _converted(seen, template),
        _second_opinion(image, template),
        tuple(map(roll_deg, seen)),
    )


def _second_opinion(image: Image, template: Template) -> tuple[Points, ...]:
    """Return the faces that the second detector finds; none if it is not installed."""
    if template.name not in conversions_from(DETECTORS[SECOND].template):
        return ()
    try:
        seen = DETECTORS[SECOND].find(image)
    except MissingExtraError:
        return ()
    return _converted(seen, template, detector=SECOND) or ()


def _converted(
    seen: Sequence[Landmarks], template: Template, *, detector: str = DETECTOR
) -> tuple[Points, ...] | None:
    """Return detected faces in a template, None if nothing leads to it."""
    way = conversions_from(DETECTORS[detector].template).get(template.name)
    if way is None or builtin_template(template.name) != template:
        return None
    return tuple(way(face.points) for face in seen)


def landmark_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the landmark files that are meant: a folder stands for those in it.

    Raises
    ------
    InputError
        If a folder holds none.
    """
    suffixes = {suffix for known in FORMATS.values() for suffix in known.suffixes}
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        files = sorted(f for f in path.iterdir() if f.suffix.lower() in suffixes)
        if not files:
            raise InputError(
                "the folder contains no landmark file",
                where=str(path),
                allowed=f"landmark files end in {', '.join(sorted(suffixes))}",
            )
        yield from files
