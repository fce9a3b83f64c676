"""Reading and writing whole files, so that a failure never leaves half a file.

A file is written under a temporary name beside its target and then moved over it.
"""

import contextlib
import errno
import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

from morphkit.errors import InputError, OutputError


def read_bytes(path: str | Path) -> bytes:
    """Return the content of the file at `path`.

    Raises
    ------
    InputError
        If there is no such file, or it is a folder, unreadable or empty.
    """
    path = Path(path)
    where = str(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            "there is no such file", where=where, remedy="check the name and the folder"
        ) from None
    except OSError as error:
        if path.is_dir():
            raise InputError(
                "this is a folder", where=where, allowed="a file is needed"
            ) from None
        raise InputError(
            f"cannot be read ({error.strerror or error})",
            where=where,
            remedy="check the path and the permissions of the file",
        ) from None
    except ValueError as error:
        raise InputError(f"not a file name ({error})", where=repr(where)) from None
    if not data:
        raise InputError(
            "the file is empty (0 bytes)", where=where, remedy="copy or export it again"
        )
    return data


def read_text(path: str | Path) -> str:
    """Return the text in the file at `path`, UTF-8 with or without a byte order mark.

    Raises
    ------
    InputError
        As `read_bytes`, or if the file is not UTF-8.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            "not UTF-8 text", where=str(path), remedy="save it as UTF-8"
        ) from None


def write_bytes_atomically(
    path: str | Path, data: bytes, *, overwrite: bool = False
) -> None:
    """Write `data` to `path`, completely or not at all.

    Parameters
    ----------
    path : str or Path
        Target; its folder must exist.
    data : bytes
        Content.
    overwrite : bool, optional
        Whether a file that exists may be replaced.

    Raises
    ------
    OutputError
        If the file exists and `overwrite` is false, or it cannot be written.
    """
    _write_all({Path(path): data}, overwrite=overwrite)


def write_together(files: Mapping[Path, bytes], *, overwrite: bool = False) -> None:
    """Write several files; if one of them cannot be written, none is.

    Parameters
    ----------
    files : mapping of Path to bytes
        Content by target. Missing folders are created.
    overwrite : bool, optional
        Whether files that exist may be replaced.

    Raises
    ------
    OutputError
        If a file exists and `overwrite` is false, or cannot be written.
    """
    made: list[Path] = []
    try:
        for folder in dict.fromkeys(path.absolute().parent for path in files):
            made += _make_folder(folder)
        _write_all(files, overwrite=overwrite)
    except OutputError:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _make_folder(folder: Path) -> list[Path]:
    """Create a folder and its parents; return the new ones, outermost first."""
    new = [f for f in (folder, *folder.parents) if not f.exists()][::-1]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(_refusal(folder, error)) from error
    return new


def _write_all(files: Mapping[Path, bytes], *, overwrite: bool) -> None:
    """Write beside every target, then replace them; leave nothing behind on failure."""
    path = Path()
    temporaries: dict[Path, Path] = {}
    try:
        for path in files:
            if path.is_dir():
                raise OutputError(f"{path}: this is a folder; give a file name")
            if not overwrite and path.exists():
                raise OutputError(
                    f"{path}: already exists; choose another name, or allow "
                    "overwriting (--overwrite)"
                )
        for path, data in files.items():
            temporaries[path] = path.with_name(f".morphkit-{secrets.token_hex(8)}.tmp")
            with temporaries[path].open("xb") as file:
                file.write(data)
        for path, temporary in temporaries.items():
            temporary.replace(path)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(_refusal(path, error)) from error
    finally:
        for temporary in temporaries.values():
            # If the folder is at fault, this fails too; the first error is the one to
            # report.
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _refusal(path: Path, error: OSError) -> str:
    """Return the message for a write that the system refused."""
    match error:
        case FileNotFoundError():
            said = f"the folder {path.parent} does not exist; create it first"
        case NotADirectoryError():
            said = f"{path.parent} is a file, not a folder; choose another place"
        case PermissionError():
            said = "no permission to write here; choose a folder that you own"
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            said = "the disk or quota is full; free some space and try again"
        case _:
            said = f"cannot be written ({error.strerror or error}); try another place"
    return f"{path}: {said}"


def write_text_atomically(
    path: str | Path, text: str, *, overwrite: bool = False
) -> None:
    r"""Write `text` to `path` as UTF-8 with its line ends as they are (``\n``).

    Parameters
    ----------
    path : str or Path
        Target; its folder must exist.
    text : str
        Content.
    overwrite : bool, optional
        Whether a file that exists may be replaced.

    Raises
    ------
    InputError
        If `text` contains a character that UTF-8 cannot encode.
    OutputError
        If the file exists and `overwrite` is false, or it cannot be written.
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"the text contains {error.object[error.start]!r}",
            where=str(path),
            allowed="characters that UTF-8 can encode",
        ) from None
    write_bytes_atomically(path, data, overwrite=overwrite)


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of the file at `path` as 64 hexadecimal digits.

    Raises
    ------
    InputError
        If the file cannot be read or is empty.
    """
    return hashlib.sha256(read_bytes(path)).hexdigest()
