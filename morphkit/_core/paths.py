"""Paths that are named in files: none of them leaves its folder."""

import re
from pathlib import Path

from morphkit.errors import InputError

#: Names that Windows gives to devices, in any folder and with any suffix.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_LONGEST = 1024


def is_inside(path: str) -> bool:
    r"""Return whether a path, as it is written, stays in the folder it is relative to.

    It must be relative, with forward slashes, without ".." and without anything that
    only some systems take for a path.

    Examples
    --------
    >>> is_inside("materials/stimuli/maja/maja_happy_sad_s01.png")
    True
    >>> [is_inside(path) for path in ("../x.png", "/x.png", "C:/x.png", "a\\b.png")]
    [False, False, False, False]
    """
    parts = path.split("/")
    return (
        len(path) <= _LONGEST
        and not re.search(r'[\\:*?"<>|\x00-\x1f\x7f]', path)
        and all(part not in ("", ".", "..") for part in parts)
        and not any(_DEVICES.fullmatch(part) for part in parts)
    )


def inside(folder: Path, path: str) -> Path:
    """Return the file or folder that a path names in a folder, there or not yet.

    The only way from a text of a file to a place on the disk: what is read from or
    written to a name that somebody else chose goes through here.

    Parameters
    ----------
    folder : Path
    path : str
        Relative, with forward slashes.

    Raises
    ------
    InputError
        If the path leaves the folder, as it is written or by a symbolic link.
    """
    if not is_inside(path):
        raise InputError(
            f"{path[:200]!r} is not a path inside the folder", where=str(folder)
        )
    place = folder / path
    try:
        leaves = not place.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle
        leaves = True
    if leaves:
        raise InputError(
            "is a link that leads out of its folder",
            where=str(place),
            remedy="put the file itself there",
        )
    return place
