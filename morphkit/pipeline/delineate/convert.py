"""Conversion of landmark files between formats, with a report of what is lost."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath

import numpy as np

from morphkit._core.files import sha256_of
from morphkit._core.leftovers import settle_files
from morphkit._core.names import same_name
from morphkit._core.registry import look_up
from morphkit.errors import InputError, OutputError
from morphkit.faces.detectors import DETECTORS, conversions_from
from morphkit.faces.formats import (
    FORMATS,
    Format,
    FormatOptions,
    Size,
    Sizes,
    builtin_template,
    read_collection,
    write_collections,
)
from morphkit.faces.images import read_photo, turn_points
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.pipeline.delineate.photos import PhotoFolder, size_in_frame

#: Smallest change of a coordinate that is reported, pixels.
TOLD = 1e-3

Faces = dict[str, Landmarks]


@dataclass(frozen=True)
class Conversion:
    """Settings of a conversion.

    Parameters
    ----------
    read_as, write_as : str, optional
        Names in `FORMATS`; empty: by the suffix.
    template : Template, optional
        What the points are, where the file does not say so.
    to_template : str, optional
        Template wanted; empty to keep it.
    image : Path, optional
        Photograph of the face, or folder with the photographs.
    size : (int, int), optional
        Width and height of the photographs, if they are not given.
    stored_frame : bool, optional
        Whether the landmarks count pixels of the photographs as stored: they are turned
        as their EXIF orientations say. Needs `image`.
    read_options, write_options : mapping of str to int, optional
        What the formats that are read and written leave open.
    overwrite : bool, optional
        Whether files that exist may be replaced.
    """

    read_as: str = ""
    write_as: str = ""
    template: Template | None = None
    to_template: str = ""
    image: Path | None = None
    size: Size | None = None
    stored_frame: bool = False
    read_options: FormatOptions = field(default_factory=dict)
    write_options: FormatOptions = field(default_factory=dict)
    overwrite: bool = False


@dataclass(frozen=True)
class Converted:
    """A finished conversion.

    Parameters
    ----------
    files : tuple of Path
        In the order of the faces.
    n_faces : int
    remarks : tuple of str
        What was lost.
    """

    files: tuple[Path, ...]
    n_faces: int
    remarks: tuple[str, ...]


def convert_landmarks(
    source: str | Path, output: str | Path, wanted: Conversion | None = None
) -> Converted:
    """Write the landmarks of a file in another format or template.

    Parameters
    ----------
    source : str or Path
        Landmark file of one or several images.
    output : str or Path
        File, or folder: for a format that holds one face, one file is written there
        for each image, named after it.
    wanted : Conversion, optional
        Formats, templates, photographs; where nothing is said, suffixes decide.

    Returns
    -------
    Converted
        What was written, and what the new format does not keep.

    Raises
    ------
    InputError
        If the file cannot be read, the format or template is not known, something that
        a format needs is missing, or several faces do not go into one file.
    OutputError
        If a file exists that may not be replaced, or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> file = mk.shipped_faces() / "landmarks/maja_happy.json"
    >>> mk.convert_landmarks(file, "maja.tem").n_faces
    1
    """
    source, output, wanted = Path(source), Path(output), wanted or Conversion()
    if wanted.stored_frame and wanted.image is None:
        raise InputError(
            "the orientation of the photograph is not known",
            where=str(source),
            remedy="give the photograph with --image",
        )
    name = _format_name(output, wanted.write_as)
    sizes = _sizes(wanted)
    shown = _sizes(replace(wanted, stored_frame=False))
    faces = read_collection(
        source,
        template=wanted.template,
        size=sizes,
        format=wanted.read_as or None,
        options=wanted.read_options,
    )
    named = FORMATS[_format_name(source, wanted.read_as)].names_image
    if wanted.image:
        faces, named = _with_photos(faces, wanted, source), True
    before = faces
    if wanted.to_template:
        faces = {k: _in_template(v, wanted.to_template) for k, v in faces.items()}
    parts = _parts(faces, source, output, name)
    _check_free(list(parts), overwrite=wanted.overwrite)
    with warnings.catch_warnings():
        # What the format loses is measured below, for all files at once.
        warnings.simplefilter("ignore", UserWarning)
        write_collections(
            parts,
            size=shown,
            format=name,
            options=wanted.write_options,
            overwrite=wanted.overwrite,
        )
    moved = max(
        _moved(file, part, name, shown, wanted.write_options)
        for file, part in parts.items()
    )
    remarks = _lost(name, before, moved)
    if FORMATS[name].names_image and not named:
        remarks.append(
            f"{source.name} does not name its image: "
            f'"{next(iter(faces))}" is used; give the photograph with --image'
        )
    return Converted(tuple(parts), len(faces), tuple(remarks))


def _format_name(path: Path, said: str) -> str:
    """Return the name of a format as given, or by the suffix of the file."""
    if said:
        look_up(FORMATS, said, kind="landmark format")
        return said
    for name, known in FORMATS.items():
        if path.suffix.lower() in known.suffixes and not path.is_dir():
            return name
    raise InputError(
        "the suffix does not identify the format",
        where=str(path),
        allowed=f"known: {', '.join(s for f in FORMATS.values() for s in f.suffixes)}",
        remedy="give the format with --from or --to",
    )


def _sizes(wanted: Conversion) -> Sizes:
    """Return what is known about the sizes of the photographs."""
    if wanted.image is None:
        return wanted.size
    if wanted.image.is_dir():
        return PhotoFolder(wanted.image, stored=wanted.stored_frame)
    return size_in_frame(read_photo(wanted.image), stored=wanted.stored_frame)


def _with_photos(
    faces: Mapping[str, Landmarks], wanted: Conversion, source: Path
) -> Faces:
    """Return the faces under the names of their photographs, with their hashes."""
    image = wanted.image or Path()
    photos = PhotoFolder(image) if image.is_dir() else None
    if photos is None and len(faces) > 1:
        raise InputError(
            f"{len(faces)} faces, but one photograph is given",
            where=str(source),
            remedy="give the folder with all of them",
        )
    stem = [source.stem] if len(faces) == 1 else []
    found: Faces = {}
    for name, landmarks in faces.items():
        file = photos.find([name, *stem]) if photos else image
        if file is None:
            raise InputError(f'there is no photograph for "{name}"', where=str(image))
        digest = landmarks.image_sha256 or sha256_of(file)
        found[file.name] = replace(landmarks, image_sha256=digest)
        if wanted.stored_frame:
            found[file.name] = _turned(found[file.name], file)
    if len(found) < len(faces):
        raise InputError("two faces have the same photograph", where=str(source))
    return found


def _turned(landmarks: Landmarks, file: Path) -> Landmarks:
    """Return landmarks of a photograph as stored where they are as it is shown."""
    photo = read_photo(file)
    return landmarks.with_points(
        turn_points(landmarks.points, photo.orientation, photo.original_size)
    )


def _in_template(landmarks: Landmarks, template: str) -> Landmarks:
    """Return landmarks as those of another template."""
    start = landmarks.template.name
    ways = conversions_from(start)
    if template not in ways:
        known = ", ".join(end for end in ways if end != start)
        raise InputError(
            f'{start} landmarks cannot be converted to "{template}"',
            where="to-template",
            allowed=f"{start} converts to {known}"
            if known
            else "conversions: "
            + ", ".join(
                f"{each.template} to {end}"
                for each in DETECTORS.values()
                for end in each.conversions
            ),
        )
    way = ways[template]
    points = way(landmarks.points)
    # What depends on the place of a hidden landmark is hidden itself.
    guessed = landmarks.points.copy()
    guessed[sorted(landmarks.hidden)] += 1.0
    hidden = np.flatnonzero((way(guessed) != points).any(axis=1)).tolist()
    return replace(
        landmarks,
        template=builtin_template(template),
        points=points,
        placement=replace(landmarks.placement, confidence=()),
        hidden=frozenset(hidden),
    )


def _parts(faces: Faces, source: Path, output: Path, name: str) -> dict[Path, Faces]:
    """Return the landmarks that go into each file."""
    suffixes = FORMATS[name].suffixes
    is_folder = output.is_dir() or output.suffix.lower() not in suffixes
    if not is_folder and (len(faces) == 1 or FORMATS[name].holds_many):
        return {output: faces}
    if not is_folder:
        raise InputError(
            f"{len(faces)} faces do not go into one .{name} file",
            where=str(output),
            remedy=f"give a folder, with --to {name}",
        )
    if FORMATS[name].holds_many:
        return {output / f"{source.stem}{suffixes[0]}": faces}
    parts: dict[Path, Faces] = {}
    for image, landmarks in faces.items():
        stem = PureWindowsPath(image).stem if len(faces) > 1 else source.stem
        file = output / f"{stem}{suffixes[0]}"
        if same_name(file.name) in {same_name(other.name) for other in parts}:
            raise InputError(
                f"two images would share the file {file.name}", where=str(source)
            )
        parts[file] = {image: landmarks}
    return parts


def _check_free(files: list[Path], *, overwrite: bool) -> None:
    """Refuse to replace files before any is written."""
    for folder in {file.parent for file in files}:
        settle_files(folder)
    there = [str(file) for file in files if file.exists()]
    if there and not overwrite:
        more = f" and {len(there) - 3} more" if len(there) > 3 else ""
        raise OutputError(
            f"{', '.join(there[:3])}{more}: already exists; choose another name or ask "
            "for overwriting"
        )


def _moved(
    file: Path, part: Faces, name: str, sizes: Sizes, options: FormatOptions
) -> float:
    """Return the largest change of a coordinate by writing, found by reading again."""
    template = next(iter(part.values())).template
    back = read_collection(
        file, template=template, size=sizes, format=name, options=options
    )
    return max(
        float(np.abs(a.points - b.points).max())
        for a, b in zip(part.values(), back.values(), strict=True)
    )


def _lost(name: str, faces: Mapping[str, Landmarks], moved: float) -> list[str]:
    """Return remarks on what the new file does not contain."""
    target: Format = FORMATS[name]
    remarks = []
    if moved > TOLD:
        remarks.append(
            f"{name} has less precision: landmarks moved by up to {moved:.3g} px"
        )
    lost = []
    if target.holds_template:
        return remarks
    if any(one.placement.by != "unknown" for one in faces.values()):
        lost.append("how the landmarks were placed")
    if any(one.image_sha256 for one in faces.values()):
        lost.append("the hash of the image")
    if any(one.hidden for one in faces.values()) and not target.holds_hidden:
        lost.append("which landmarks are hidden")
    if lost:
        remarks.append(f"{name} does not keep {' nor '.join(lost)}; keep the .json too")
    return remarks
