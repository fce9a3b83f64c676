"""The photographs and landmarks that a recipe needs, found and read.

All faults of all sources are reported together, each with its file.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image
from morphkit._core.documents import restored
from morphkit._core.files import sha256_of
from morphkit._core.names import Folders, same_name
from morphkit._core.store import Note, Store
from morphkit.errors import InputError, MissingExtraError, raise_all
from morphkit.faces.detectors import (
    DEFAULT_TEMPLATE,
    detect,
    find_detector,
    recorded_name,
    template_of_detector,
)
from morphkit.faces.detectors.choice import FaceChoice
from morphkit.faces.detectors.trained.model_file import is_model_file
from morphkit.faces.face import Face
from morphkit.faces.formats import FORMATS, read_collection, read_landmarks
from morphkit.faces.formats.template_json import (
    builtin_template,
    builtin_templates,
    find_template,
)
from morphkit.faces.images import BACKGROUND, Photo, pixel_sha256, read_photo
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.stored_frame import check_frame, seen_rolls
from morphkit.faces.template import Template
from morphkit.pack.photographs import DecodedPhoto
from morphkit.pipeline.check_recipe import Key, check_recipe, needed
from morphkit.pipeline.keys import detection_key
from morphkit.quality.landmark_checks import Delineation, PhotoInfo, find_unusable
from morphkit.recipe import Recipe
from morphkit.recipe.settings import AUTO


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
    """

    face: Face
    sha256: str
    transparent: float = 0.0
    decoder: str = ""

    @cached_property
    def pixel_sha256(self) -> str:
        """Hash of its pixels, computed once."""
        return pixel_sha256(self.face.image)

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


def resolve_template(
    recipe: Recipe, root: Path, files: Mapping[Key, SourceFiles] | None = None
) -> Template:
    """Return the landmark set of a recipe.

    Parameters
    ----------
    recipe : Recipe
    root : Path
        Folder of the recipe, to which the path of a definition is relative.
    files : mapping of (str, str) to SourceFiles, optional
        The source faces, if the recipe does not lead to them: what their landmarks are
        counts if it leaves the template open.

    Raises
    ------
    InputError
        If there is no such template, or landmark files disagree about it.
    """
    name = recipe.sources.template
    is_file = Path(name).suffix.lower() == ".json"
    try:
        if name == AUTO:
            found = _landmark_files(recipe, root) if files is None else files.values()
            return template_of(found)
        return find_template(root / name if is_file else name)
    except InputError as error:
        raise error.at("sources.template") from None


def _landmark_files(recipe: Recipe, root: Path) -> Iterator[SourceFiles]:
    """Yield the source faces of a recipe as far as their landmarks have a template."""
    for key in needed(recipe):
        name = Path(photo_name(recipe, key))
        try:
            file = landmark_file(root / recipe.sources.landmarks, name)
        except InputError:
            continue  # reported where sources are resolved
        source = SourceFiles(
            root / recipe.sources.images / name, file, detector=_trained(recipe, root)
        )
        if file or source.detector:
            yield source


def _trained(recipe: Recipe, root: Path) -> Path | None:
    """Return the file of the trained detector that a recipe names, if it does."""
    name = recipe.sources.detector
    return root / name if is_model_file(name) else None


def with_chosen(recipe: Recipe, template: Template) -> Recipe:
    """Return the recipe with the name of a built-in template that it left open.

    This is what a pack records, and whose hash names it as a parent.
    """
    built_in = template.name in builtin_templates()
    if recipe.sources.template != AUTO or not built_in:
        return recipe
    if builtin_template(template.name) != template:
        return recipe
    return with_template(recipe, template.name)


def with_detector_in(recipe: Recipe, root: Path) -> Recipe:
    """Return the recipe with the whole path of a trained detector."""
    file = _trained(recipe, root)
    return recipe if file is None else _with_detector(recipe, str(file))


def _with_detector(recipe: Recipe, name: str) -> Recipe:
    """Return the recipe with another detector."""
    sources = recipe.sources.model_copy(update={"detector": name})
    return recipe.model_copy(update={"sources": sources})


def without_folder_of_detector(recipe: Recipe) -> Recipe:
    """Return the recipe with the file name alone of a trained detector."""
    name = recipe.sources.detector
    if not is_model_file(name):
        return recipe
    return _with_detector(recipe, Path(name).name)


def with_template(recipe: Recipe, name: str) -> Recipe:
    """Return the recipe with another template, by its name or file."""
    sources = recipe.sources.model_copy(update={"template": name})
    return recipe.model_copy(update={"sources": sources})


def template_of(sources: Iterable[SourceFiles]) -> Template:
    """Return the landmark set that landmark files say, or have by their number.

    Parameters
    ----------
    sources : iterable of SourceFiles
        Without any landmarks it is what a trained detector places, else the default
        of detectors, ``ibug_68``.

    Raises
    ------
    InputError
        If they are of several.
    """
    found: dict[Template, str] = {}
    placed: set[Path] = set()
    for source in sources:
        if source.landmarks is None and source.detector is not None:
            placed.add(source.detector)
        if isinstance(source.landmarks, Landmarks):
            found.setdefault(source.landmarks.template, str(source.photo))
        elif source.landmarks is not None:
            with suppress(InputError):  # reported when the file is read for its points
                template = _template_in(source.landmarks, source.photo.name)
                found.setdefault(template, str(source.landmarks))
    if len(found) > 1:
        listed = ", ".join(f"{t.name} ({Path(f).name})" for t, f in found.items())
        raise InputError(
            f"the landmarks are of {len(found)} templates: {listed}",
            allowed="all faces of a set have the same",
            remedy='convert some with "morphkit landmarks convert", or place them '
            "again",
        )
    for file in placed:
        with suppress(InputError):  # reported when it is asked
            return next(iter(found), None) or template_of_detector(file)
    return next(iter(found), None) or builtin_template(DEFAULT_TEMPLATE)


def _template_in(file: Path, photo: str) -> Template:
    """Return the template of the landmarks that a file has of a photograph."""
    # A size is needed to read some formats, not to count points.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        faces = read_collection(file, size=(1, 1))
    return (faces.get(photo) or next(iter(faces.values()))).template


def resolve_sources(recipe: Recipe, root: Path) -> dict[Key, SourceFiles]:
    """Return the files of every source face that a recipe needs.

    Parameters
    ----------
    recipe : Recipe
    root : Path
        Folder of the recipe.

    Raises
    ------
    InputError
        If the recipe alone does not allow a build; else with every photograph that is
        missing or stands for two faces, every landmark file that is ambiguous, and
        whatever is wrong with the others.
    """
    check_recipe(recipe)
    detector = _trained(recipe, root)
    if detector is not None:
        find_detector(detector)
    if recipe.sources.template != AUTO:
        resolve_template(recipe, root)
    images, landmarks = root / recipe.sources.images, root / recipe.sources.landmarks
    folders, owners = Folders(), dict[Path, Key]()
    found, errors = {}, []
    for key in needed(recipe):
        name = photo_name(recipe, key)
        try:
            photo = folders.find(images / name) or images / name
            owner = owners.setdefault(photo, key)
            if owner != key:
                raise _shared(photo, owner, key)
            if not photo.is_file():
                raise _missing(photo, key)
            found[key] = SourceFiles(
                photo,
                landmark_file(landmarks, Path(name), folders),
                recipe.face_choice(key),
                detector,
            )
        except InputError as error:
            errors.append(error)
    errors += _unused(found, images, landmarks)
    if errors:
        try:  # the files that exist may be invalid, too
            template = resolve_template(recipe, root, found)
            read_sources(recipe, found, template=template)
        except InputError as error:
            errors.append(error)
    raise_all(errors)
    return found


def _unused(
    sources: Mapping[Key, SourceFiles], images: Path, landmarks: Path
) -> Iterator[InputError]:
    """Yield landmark files of no photograph, while a photograph has none.

    A misspelt name would otherwise be replaced in silence by a detection.
    """
    alone = [s.photo for s in sources.values() if s.landmarks is None]
    if not alone or not landmarks.is_dir():
        return
    names = ", ".join(photo.name for photo in alone[:3])
    more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
    of_photos = {same_name(photo.stem) for photo in images.rglob("*")}
    for file in sorted(landmarks.rglob("*")):
        if same_name(file.stem) not in of_photos and holds_landmarks(file):
            yield InputError(
                f"no photograph in {images} has the name of this landmark file, and "
                f"{names}{more} {'has' if len(alone) == 1 else 'have'} none",
                where=str(file),
                remedy="name it like its photograph, or move it out of this folder; a "
                "file of many faces is split with: morphkit landmarks convert "
                f"{file.name} FOLDER --to json --image {images}",
            )


def holds_landmarks(file: Path) -> bool:
    """Return whether a file is one of landmarks, not a definition or another table."""
    try:
        _template_in(file, "")
    except InputError:
        return file.suffix.lower() in (".tem", ".pts", ".tps")
    return True


def photo_name(recipe: Recipe, key: Key) -> str:
    """Return the path of a photograph in the folder of images.

    Parameters
    ----------
    recipe : Recipe
    key : (str, str)
        Identity and label.
    """
    identity, label = key
    return recipe.identities[identity].files.get(label) or (
        recipe.sources.pattern.format(identity=identity, label=label)
    )


def _shared(photo: Path, owner: Key, other: Key) -> InputError:
    """Return the error for a photograph that is used for two faces."""
    return InputError(
        f'is the photograph of "{owner[1]}" of "{owner[0]}" and of "{other[1]}" of '
        f'"{other[0]}"',
        where=str(photo),
        remedy="give every face a separate photograph; put {identity} and {label} "
        "into the pattern under [sources]",
    )


def _missing(photo: Path, key: Key) -> InputError:
    """Return the error for a missing photograph."""
    return InputError(
        "there is no such photograph",
        where=str(photo),
        remedy=f'the recipe needs it for identity "{key[0]}", label "{key[1]}"; '
        + _names_nearby(photo),
    )


def _names_nearby(photo: Path) -> str:
    """Return which photographs there are instead."""
    if not photo.parent.is_dir():
        return f"the folder {photo.parent} does not exist"
    names = sorted(file.name for file in photo.parent.iterdir() if file.is_file())
    if not names:
        return f"the folder {photo.parent} is empty"
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    return f"there are: {shown}"


def landmark_file(
    folder: Path, photo: Path, folders: Folders | None = None
) -> Path | None:
    """Return the one landmark file that belongs to a photograph.

    Parameters
    ----------
    folder : Path
        Of the landmark files.
    photo : Path
        Relative to the folder of the photographs.
    folders : Folders, optional
        What was listed already.

    Raises
    ------
    InputError
        If there are several.
    """
    folders = folders or Folders()
    suffixes = {suffix for known in FORMATS.values() for suffix in known.suffixes}
    found = (
        folders.find(folder / photo.with_suffix(suffix)) for suffix in sorted(suffixes)
    )
    files = [file for file in found if file is not None and file.is_file()]
    if len(files) > 1:
        raise InputError(
            f"{len(files)} landmark files for one photograph: "
            + ", ".join(file.name for file in files),
            where=str(folder / photo),
            remedy="keep the right one",
        )
    return files[0] if files else None


def with_file_beside(source: SourceFiles) -> SourceFiles:
    """Return the files of a face with the landmark file beside its photograph.

    Landmarks that lie there are meant; a detector must not replace them in silence.
    Which of several faces is meant is asked of a detector only.

    Raises
    ------
    InputError
        If several landmark files lie there.
    """
    if source.landmarks is not None or source.face is not None:
        return source
    file = landmark_file(source.photo.parent, Path(source.photo.name))
    if file is None or not holds_landmarks(file):
        return source
    return replace(source, landmarks=file)


def known_of(source: SourceFiles) -> dict[str, Any]:
    """Return what decides a source face, as hashes, without reading its picture.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    landmarks: Any = source.landmarks
    if isinstance(landmarks, Path):
        landmarks = [landmarks.suffix, sha256_of(landmarks)]
    return {
        "photo": sha256_of(source.photo),
        "name": source.photo.name,
        "landmarks": landmarks,
        "face": source.face,
        "detector": sha256_of(source.detector) if source.detector else "",
    }


def only_needed(
    recipe: Recipe, files: Mapping[Key, SourceFiles]
) -> dict[Key, SourceFiles]:
    """Return the files that a recipe needs, in its order, and no others.

    Raises
    ------
    InputError
        With every source face that has no file.
    """
    keys = needed(recipe)
    raise_all(
        InputError(f'no photograph was given for "{label}" of "{identity}"')
        for identity, label in keys
        if (identity, label) not in files
    )
    return {key: files[key] for key in keys}


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
) -> Iterator[tuple[Key, SourceFace]]:
    """Yield every source face when it is read; arguments and errors of `read_sources`.

    Errors are raised when all have been read.
    """
    errors = []
    for key, source in files.items():
        read = None
        try:
            read = read_source(
                source,
                template=template,
                detector=recipe.sources.detector,
                background=recipe.frame.background,
                store=store,
            )
        except InputError as error:
            errors.append(error.at(str(source.photo)))
        except MissingExtraError as error:
            errors.append(InputError(str(error), where=str(source.photo)))
        progress(_told(source, read))
        if read is not None:
            yield key, read
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
