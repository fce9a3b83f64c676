"""Opening files to read: regular files, and never more of them than a bound.

A stranger's folder may hold anything, also under the hidden names that morphkit gives
to what it keeps for itself. Such a file is not trusted either: what is damaged, too
large or no file at all is as if it were not there.
"""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from morphkit._core.bounds import DOCUMENT_BYTES, HELD_BYTES
from morphkit.errors import InputError

#: A pipe is opened at once, whether anything writes into it or not; on Windows, bytes
#: are bytes.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_bytes(path: str | Path, *, most: int = HELD_BYTES) -> bytes:
    """Return the content of the file at `path`.

    Parameters
    ----------
    path : str or Path
        A regular file: nothing is read from pipes and devices, which may never end.
    most : int, optional
        Bytes that are read at most.

    Raises
    ------
    InputError
        If there is no such file, or it is a folder, not a regular file, unreadable,
        empty or larger than `most`.
    """
    with opened(path, most) as file:
        data = file.read(most + 1)  # it may have grown since
        if len(data) > most:
            raise too_large(path, len(data), most)
    if not data:
        raise empty(path)
    return data


@contextmanager
def opened(path: str | Path, most: int) -> Iterator[BinaryIO]:
    """Open a regular file of at most `most` bytes; the only place that opens to read.

    What the system refuses becomes an `InputError`.
    """
    where = str(path)
    try:
        descriptor = os.open(path, _OPEN)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if stat.S_ISDIR(about.st_mode):
                raise _is_folder(where)
            if not stat.S_ISREG(about.st_mode):
                raise InputError(
                    "is a pipe or a device", where=where, allowed="a file is needed"
                )
            if about.st_size > most:
                raise too_large(path, about.st_size, most)
            yield file
    except FileNotFoundError:
        raise InputError(
            "there is no such file", where=where, remedy="check the name and the folder"
        ) from None
    except OSError as error:
        if _is_there_as_folder(path):
            raise _is_folder(where) from None
        raise InputError(
            f"cannot be read ({error.strerror or error})",
            where=where,
            remedy="check the path and the permissions of the file",
        ) from None
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"not a file name ({error})", where=repr(where)) from None


def _is_there_as_folder(path: str | Path) -> bool:
    """Return whether there is such a folder; a name may be too long even to ask."""
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def _is_folder(where: str) -> InputError:
    """Return the error for a folder in the place of a file."""
    return InputError("this is a folder", where=where, allowed="a file is needed")


def empty(path: str | Path) -> InputError:
    """Return the error for a file without content."""
    return InputError(
        "the file is empty (0 bytes)",
        where=str(path),
        remedy="copy or export it again",
    )


def too_large(path: str | Path, size: int, most: int) -> InputError:
    """Return the error for a file that is not read for its size."""
    return InputError(
        f"has {size:,} bytes", where=str(path), allowed=f"at most {most:,} are read"
    )


def own_bytes(path: Path, *, most: int = DOCUMENT_BYTES) -> bytes:
    """Return the content of a file that morphkit keeps for itself.

    Nothing (``b""``) if it is missing, empty, too large, unreadable, a link or no file.
    """
    if path.is_symlink():
        return b""
    try:
        return read_bytes(path, most=most)
    except InputError:
        return b""


def own_json(data: bytes) -> Any:
    """Return the values that morphkit wrote as JSON; None if it is damaged."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
