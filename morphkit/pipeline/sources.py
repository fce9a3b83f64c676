"""The photographs and landmarks that a recipe needs, found.

All faults of all sources are reported together, each with its file.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from morphkit._core.files import sha256_of
from morphkit._core.names import Folders, same_name
from morphkit.errors import InputError, raise_all
from morphkit.faces.detectors import (
    DEFAULT_TEMPLATE,
    find_detector,
    recorded_name,
    template_of_detector,
)
from morphkit.faces.detectors.trained.model_file import is_model_file
from morphkit.faces.formats import FORMATS, read_collection
from morphkit.faces.formats.template_json import (
    builtin_template,
    builtin_templates,
    find_template,
)
from morphkit.faces.images import SUFFIXES
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.pipeline.check_recipe import Key, check_recipe, needed
from morphkit.pipeline.source_faces import (
    SourceFiles,
    read_sources,
)
from morphkit.recipe import Recipe
from morphkit.recipe.settings import AUTO

#: Most files that a message names.
_NAMED = 6


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
            remedy='convert some with "morphkit landmarks convert", place them again, '
            "or take away those of one template: without a file a face is detected",
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
    photos = [name for name in names if Path(name).suffix.lower() in SUFFIXES]
    return f"there are: {_first_of(photos or names)}"


def _first_of(names: Sequence[str]) -> str:
    """Return the first of several names, and whether there are more."""
    return ", ".join(names[:_NAMED]) + (", …" if names[_NAMED:] else "")


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


def check_detectable(
    template: Template, detector: str, files: Iterable[SourceFiles]
) -> None:
    """Refuse photographs without landmarks whose detector cannot place their template.

    Raises
    ------
    InputError
        With the names of the photographs.
    """
    without: dict[str, list[str]] = {}
    for file in files:
        if file.landmarks is None:
            without.setdefault(str(file.detector or detector), []).append(
                file.photo.name
            )
    without.pop("none", None)  # that is told photograph by photograph
    for name, photos in without.items():
        entry = find_detector(name)
        try:
            entry.way_to(template.name)
        except InputError as error:
            raise InputError(
                f"there is no landmark file for {_first_of(photos)}, and the detector "
                f'"{recorded_name(name)}" cannot place "{template.name}"',
                where=error.where,
                allowed=error.allowed,
                remedy=error.remedy,
            ) from None
