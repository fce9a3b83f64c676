"""Landmark files: one table of formats, and the functions that open files.

Conventions
-----------
Inside morphkit x points right and y down, and (0, 0) is the centre of the top-left
pixel. Each format module converts from and to the conventions of its format.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath

from morphkit._core.files import (
    WINDOWS,
    encode_text,
    read_text,
    write_bytes_atomically,
    write_together,
)
from morphkit._core.names import same_name
from morphkit._core.registry import Table, look_up
from morphkit.errors import InputError
from morphkit.faces.formats import csv_table, imglab, morphkit_json, pts, tem, tps
from morphkit.faces.formats.lines import place_error, placed_warnings
from morphkit.faces.formats.table import (
    Format,
    FormatOption,
    FormatOptions,
    Size,
    Sizes,
)
from morphkit.faces.formats.template_json import (
    builtin_template,
    builtin_templates,
    find_template,
    read_template,
)
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

__all__ = [
    "FORMATS",
    "Format",
    "FormatOption",
    "FormatOptions",
    "Size",
    "Sizes",
    "builtin_template",
    "builtin_templates",
    "collection_bytes",
    "find_template",
    "format_options",
    "read_collection",
    "read_landmarks",
    "read_template",
    "write_collection",
    "write_collections",
    "write_landmarks",
]

FORMATS = Table(
    "formats",
    Format,
    {
        "json": Format(
            (".json",),
            morphkit_json.read,
            morphkit_json.write,
            precision=0.0,
            holds_template=True,
            names_image=True,
            holds_hidden=True,
            about="morphkit's own: exact, with template, image hash and placement",
        ),
        "tem": Format(
            (".tem",),
            tem.read,
            tem.write,
            precision=0.0,
            about="Psychomorph and WebMorph: points and lines",
        ),
        "pts": Format(
            (".pts",),
            pts.read,
            pts.write,
            precision=pts.PRECISION,
            about="iBUG and menpo: pixels counted from 1",
            options={
                "pts_origin": FormatOption((1, 0), "What a .pts calls the first pixel.")
            },
        ),
        "tps": Format(
            (".tps",),
            tps.read,
            tps.write,
            precision=tps.PRECISION,
            holds_many=True,
            names_image=True,
            needs_size=True,
            about="tpsDig, geomorph and webmorphR: y upwards",
            options={
                "tps_y_up": FormatOption(
                    (1, 0), "Whether y of a .tps counts up from the lower edge."
                )
            },
        ),
        "imglab": Format(
            (".xml",),
            imglab.read,
            imglab.write,
            precision=imglab.PRECISION,
            holds_many=True,
            names_image=True,
            about="dlib's imglab: whole pixels, for training",
        ),
        "csv": Format(
            (".csv",),
            csv_table.read,
            csv_table.write,
            precision=0.0,
            holds_many=True,
            names_image=True,
            about="table with one row per landmark",
        ),
    },
)


#: Extent of a face that is not in pixels, pixels.
_WITHIN = 2.0


def read_landmarks(
    path: str | Path,
    *,
    template: Template | None = None,
    size: Sizes = None,
    format: str | None = None,
    options: FormatOptions | None = None,
    image: str | None = None,
) -> Landmarks:
    """Return the landmarks of one face.

    Parameters
    ----------
    path : str or Path
        Landmark file.
    template : Template, optional
        What the points are. Without it, the file names it, or the only built-in
        template with this number of points is used.
    size : tuple of int or mapping, optional
        Width and height of the image (or of each by name); a ``.tps`` needs it.
    format : str, optional
        Name in `FORMATS`; without it the suffix decides.
    options : mapping of str to int, optional
        What the files of a format do not say, such as ``{"pts_origin": 0}`` for a
        ``.pts`` that counts its pixels from 0. Other formats do not ask.
    image : str, optional
        Name of the image to read, with or without its folder.

    Returns
    -------
    Landmarks

    Raises
    ------
    InputError
        If the file cannot be read or understood, it holds several images and `image`
        is not given, or it does not hold `image`.

    Examples
    --------
    >>> import morphkit as mk
    >>> file = mk.shipped_faces() / "landmarks/maja_happy.json"
    >>> mk.read_landmarks(file).template.name
    'ibug_68'
    """
    found = _read(path, template, size, format, options)
    if image is None:
        matches = list(found)
    else:
        matches = (
            [name for name in found if name in ("", image)]
            or [name for name in found if _basename(name) == _basename(image)]
            or [name for name in found if _alike(name, image)]
        )
    if len(matches) == 1:
        return found[matches[0]]
    names = ", ".join(f'"{name}"' for name in list(found)[:10])
    more = f" and {len(found) - 10} more" if len(found) > 10 else ""
    raise InputError(
        f"holds {len(found)} faces"
        if image is None
        else f'holds {"several faces" if matches else "no face"} for "{image}"',
        where=str(path),
        allowed=f"it holds: {names}{more}",
        remedy="choose one with the option image"
        if image is None
        else "rename the photograph, or what the file calls it, so that they agree",
    )


def read_collection(
    path: str | Path,
    *,
    template: Template | None = None,
    size: Sizes = None,
    format: str | None = None,
    options: FormatOptions | None = None,
) -> dict[str, Landmarks]:
    """Return the landmarks of every image in a file, in file order.

    Parameters
    ----------
    path : str or Path
        Landmark file.
    template, size, format, options : optional
        As in `read_landmarks`.

    Returns
    -------
    dict of str to Landmarks
        By image name; by the stem of the file where it does not name its image.

    Raises
    ------
    InputError
        If the file cannot be read or understood.
    """
    found = _read(path, template, size, format, options)
    return {name or Path(path).stem: one for name, one in found.items()}


def write_landmarks(
    path: str | Path,
    landmarks: Landmarks,
    *,
    size: Sizes = None,
    image: str = "",
    format: str | None = None,
    options: FormatOptions | None = None,
    overwrite: bool = False,
) -> None:
    """Write the landmarks of one face.

    Parameters
    ----------
    path : str or Path
        Target; its suffix decides the format unless `format` is given.
    landmarks : Landmarks
        What to write.
    size : tuple of int, optional
        Width and height of the image; a ``.tps`` needs it.
    image : str, optional
        Name of the image; imglab needs it.
    format : str, optional
        Name in `FORMATS`.
    options : mapping of str to int, optional
        What the files of a format do not say, such as ``{"pts_origin": 0}`` for a
        ``.pts`` that counts its pixels from 0. Other formats do not ask.
    overwrite : bool, optional
        Whether a file that exists may be replaced.

    Raises
    ------
    InputError
        If the format needs something that is missing.
    OutputError
        If the file exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> landmarks = mk.read_landmarks(mk.shipped_faces() / "landmarks/maja_happy.json")
    >>> mk.write_landmarks("maja_happy.json", landmarks)
    """
    write_collection(
        path,
        {image: landmarks},
        size=size,
        format=format,
        options=options,
        overwrite=overwrite,
    )


def write_collection(
    path: str | Path,
    landmarks: Mapping[str, Landmarks],
    *,
    size: Sizes = None,
    format: str | None = None,
    options: FormatOptions | None = None,
    overwrite: bool = False,
) -> None:
    """Write the landmarks of several images into one file.

    Parameters
    ----------
    path : str or Path
        Target; its suffix decides the format unless `format` is given.
    landmarks : mapping of str to Landmarks
        By image name; written in this order.
    size, format, options, overwrite : optional
        As in `write_landmarks`; `size` may be a mapping by image name.

    Raises
    ------
    InputError
        If there is nothing to write, the format holds one image only, or it needs
        something that is missing.
    OutputError
        If the file exists or cannot be written.
    """
    data = collection_bytes(path, landmarks, size=size, format=format, options=options)
    write_bytes_atomically(path, data, overwrite=overwrite)


def write_collections(
    files: Mapping[Path, Mapping[str, Landmarks]],
    *,
    size: Sizes = None,
    format: str | None = None,
    options: FormatOptions | None = None,
    overwrite: bool = False,
) -> None:
    """Write landmarks into several files; if one cannot be written, none is.

    Parameters
    ----------
    files : mapping of Path to mapping of str to Landmarks
        What goes into each; folders that are not there are made.
    size, format, options, overwrite : optional
        As in `write_collection`.

    Raises
    ------
    InputError, OutputError
        As `write_collection`.
    """
    formatted = {
        path: collection_bytes(
            path, landmarks, size=size, format=format, options=options
        )
        for path, landmarks in files.items()
    }
    write_together(formatted, overwrite=overwrite)


def collection_bytes(
    path: str | Path,
    landmarks: Mapping[str, Landmarks],
    *,
    size: Sizes = None,
    format: str | None = None,
    options: FormatOptions | None = None,
) -> bytes:
    """Return what `write_collection` would write; nothing is written.

    Parameters
    ----------
    path, landmarks, size, format, options
        As in `write_collection`.

    Raises
    ------
    InputError
        As `write_collection`; it carries the name of the file.
    """
    chosen = _format(path, format).with_options(_checked(options or {}))
    try:
        if not landmarks:
            raise InputError("there are no landmarks to write")
        for name in landmarks:
            _check_name(name)
        text = chosen.write(landmarks, size=size)
    except InputError as error:
        raise place_error(error, path) from None
    if not chosen.holds_hidden and any(one.hidden for one in landmarks.values()):
        warnings.warn(
            f"{path}: such files do not say which landmarks are hidden, so that their "
            "places would count; keep the original file",
            stacklevel=3,
        )
    return encode_text(text, where=str(path))


def _read(
    path: str | Path,
    template: Template | None,
    size: Sizes,
    format: str | None,
    options: FormatOptions | None,
) -> dict[str, Landmarks]:
    """Return all faces of a file; errors carry its name."""
    chosen = _format(path, format).with_options(_checked(options or {}))
    text = read_text(path, fallback=WINDOWS)
    try:
        with placed_warnings(path):
            found = chosen.read(text, template=template, size=size)
        for name, landmarks in found.items():
            _check_pixels(landmarks, name)
    except InputError as error:
        raise place_error(error, path) from None
    return found


def _check_pixels(landmarks: Landmarks, name: str) -> None:
    """Refuse landmarks in fractions of the image, or all in one place.

    Raises
    ------
    InputError
        If they all lie within a pixel or two: from 0 to 1, or from -1 to 1.
    """
    low, high = landmarks.points.min(axis=0), landmarks.points.max(axis=0)
    if len(landmarks.points) > 1 and (high - low).max() <= _WITHIN:
        raise InputError(
            f"all {len(landmarks.points)} points lie within "
            f"{max(1, round(float((high - low).max())))} pixel, from "
            f"({low[0]:g}, {low[1]:g}) to ({high[0]:g}, {high[1]:g})"
            + (f", for the image {name}" if name else ""),
            allowed="landmarks in pixels of the photograph",
            remedy="these look like fractions of the image: multiply x by its width "
            "and y by its height"
            if low.min() >= -_WITHIN and high.max() <= _WITHIN
            else "place or detect them again",
        )


def format_name(path: str | Path) -> str:
    """Return the name of the format that the suffix of a file stands for, or ""."""
    suffix = Path(path).suffix.lower()
    return next((n for n, known in FORMATS.items() if suffix in known.suffixes), "")


def _format(path: str | Path, name: str | None) -> Format:
    """Return the format by name or by the suffix of the file."""
    if name is not None:
        return look_up(FORMATS, name, kind="landmark format")
    suffix = Path(path).suffix.lower()
    for known in FORMATS.values():
        if suffix in known.suffixes:
            return known
    suffixes = ", ".join(s for known in FORMATS.values() for s in known.suffixes)
    raise InputError(
        f'no landmark format has the suffix "{suffix}"',
        where=str(path),
        allowed=f"known: {suffixes}",
        remedy="rename the file, or give its format with the option format",
    )


def _checked(options: FormatOptions) -> FormatOptions:
    """Return options that some format has, with values that it knows."""
    for name, value in options.items():
        option = look_up(format_options(), name, kind="option of a landmark format")
        if value not in option.values:
            raise InputError(
                f"{name} is {value}", allowed=" or ".join(map(str, option.values))
            )
    return options


def format_options() -> dict[str, FormatOption]:
    """Return what formats leave open, by name."""
    return {
        name: option
        for known in FORMATS.values()
        for name, option in known.options.items()
    }


def _check_name(name: str) -> None:
    """Refuse image names that some format cannot hold."""
    if not name.isprintable() or name != name.strip():
        raise InputError(
            f"the image name {name!r} has control characters, or spaces at its ends",
            remedy="rename the image",
        )


def _alike(name: str, other: str) -> bool:
    """Return whether some system would take two names of images as one."""
    return same_name(_basename(name)) == same_name(_basename(other))


def _basename(name: str) -> str:
    """Return the last component of a POSIX or Windows path."""
    return PureWindowsPath(name).name
