"""Reading and writing whole files, so that a failure never leaves half a file.

A file is written under a temporary name beside its target and then moved over it.
"""

import contextlib
import errno
import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path

from morphkit._core.bounds import FILE_BYTES, TEXT_BYTES
from morphkit._core.leftovers import (
    CLOSED_TO_MOVE,
    is_in_the_making,
    locked_file,
    settle_files,
    temporary_beside,
    todo_in,
    write_todo,
)
from morphkit._core.reading import empty, opened, read_bytes, too_large
from morphkit.errors import InputError, OutputError

#: The code page of Windows in Western Europe and the Americas.
WINDOWS = "cp1252"
#: What archives and workbooks begin with.
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: Bytes that show whether a text is UTF-16.
_HEAD = 400
#: Bytes that are hashed at once.
_PART = 2**20


def read_text(path: str | Path, *, fallback: str = "", most: int = TEXT_BYTES) -> str:
    """Return the text in the file at `path`, as `decode_text` reads it.

    Raises
    ------
    InputError
        As `read_bytes` and `decode_text`.
    """
    data = read_bytes(path, most=most)
    return decode_text(data, where=str(path), fallback=fallback)


def decode_text(data: bytes, *, where: str, fallback: str = "") -> str:
    """Return bytes as text: UTF-8 or UTF-16, with or without a mark.

    UTF-16 without its mark is known by the zeros of Latin letters, digits and spaces.

    Parameters
    ----------
    data : bytes
    where : str
        Name of the file, for messages.
    fallback : str, optional
        How to read what is neither, for files that people save with programs of their
        own: `WINDOWS`. A warning says so. Without it, such a file is refused.

    Raises
    ------
    InputError
        If it is none of them, or no text at all.
    """
    if data[:4] == _OLD_EXCEL or (data[:4] == _ZIP and b"xl/workbook" in data):
        raise InputError(
            "is an Excel workbook, not a text file",
            where=where,
            remedy="open it and save the sheet as “CSV UTF-8 (comma delimited)”",
        )
    if data[:4] == _ZIP:
        raise InputError(
            "is a spreadsheet or an archive, not a text file",
            where=where,
            remedy="save it as CSV, or take it out of the archive",
        )
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    if coding := "utf-16" if marked else _utf_16_without_mark(data):
        try:
            return data.decode(coding)
        except UnicodeDecodeError:
            raise InputError(
                "is damaged UTF-16 text", where=where, remedy="save the file as UTF-8"
            ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = f"{where}:{data.count(bytes([10]), 0, error.start) + 1}"
        problem = "is not UTF-8 text"
    if not fallback:
        raise InputError(problem, where=line, remedy="save the file as UTF-8")
    try:
        text = data.decode(fallback)
    except UnicodeDecodeError:
        raise InputError(
            f"{problem}, nor text of the code page {fallback}",
            where=line,
            remedy="save the file as UTF-8",
        ) from None
    warnings.warn(
        f"{line}: {problem}, so it is read as Windows text ({fallback}); if letters "
        "look wrong, save the file as UTF-8",
        UserWarning,
        stacklevel=2,
    )
    return text


def _utf_16_without_mark(data: bytes) -> str:
    """Return how UTF-16 without a mark is to be read; empty if it is none."""
    head = data[:_HEAD]
    for coding, low, high in (("utf-16-le", 0, 1), ("utf-16-be", 1, 0)):
        zeros = head[high::2].count(0)
        if len(head) < 4 or 0 in head[low::2] or zeros < 0.9 * len(head[high::2]):
            continue
        text = head[: len(head) // 2 * 2].decode(coding, "replace")
        if all(letter.isprintable() or letter in "\t\r\n" for letter in text):
            return coding
    return ""


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
    """Write beside every target, then replace them; leave nothing behind on failure.

    What killed commands left in these folders is settled first.
    """
    for folder in dict.fromkeys(path.absolute().parent for path in files):
        if not is_in_the_making(folder):
            settle_files(folder)
    for path in files:
        _check_target(path, overwrite=overwrite)
    temporaries = {path: temporary_beside(path) for path in files}
    try:
        if len(files) == 1:
            for path, data in files.items():
                _write_one(path, temporaries[path], data)
        else:
            _write_group(files, temporaries)
    finally:
        for temporary in temporaries.values():
            # If the folder is at fault, this fails too; the first error is the one to
            # report.
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _check_target(path: Path, *, overwrite: bool) -> None:
    """Refuse a file that cannot or must not be written."""
    try:
        if path.is_dir():
            raise OutputError(f"{path}: this is a folder; give a file name")
        if not overwrite and path.exists():
            raise OutputError(
                f"{path}: already exists; choose another name, or allow overwriting "
                "(--overwrite)"
            )
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(_refusal(path, error)) from error


def _write_one(path: Path, temporary: Path, data: bytes) -> None:
    """Write a file and move it to its place."""
    try:
        with locked_file(temporary) as file:
            file.write(data)
            file.flush()
            if not CLOSED_TO_MOVE:
                temporary.replace(path)
                return
        temporary.replace(path)
    except OSError as error:
        raise OutputError(_refusal(path, error)) from error


def _write_group(files: Mapping[Path, bytes], temporaries: Mapping[Path, Path]) -> None:
    """Write files that belong together and move them to their places.

    In each folder all of them take their places or none does: if this process is
    killed while they are moved, the next one that writes there moves the rest.
    """
    path = Path()
    try:
        with contextlib.ExitStack() as stack:
            todos = {}
            for path in files:
                if path.parent not in todos:
                    todos[path.parent] = stack.enter_context(todo_in(path.parent))
            for path, data in files.items():
                temporaries[path].write_bytes(data)
            for folder, todo in todos.items():
                there = {t: p for p, t in temporaries.items() if p.parent == folder}
                write_todo(todo, there)
            for path, temporary in temporaries.items():
                temporary.replace(path)
    except OSError as error:
        raise OutputError(_refusal(path, error)) from error


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
    data = encode_text(text, where=str(path))
    write_bytes_atomically(path, data, overwrite=overwrite)


def encode_text(text: str, *, where: str) -> bytes:
    """Return a text as UTF-8.

    Raises
    ------
    InputError
        If it contains a character that UTF-8 cannot encode.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"the text contains {error.object[error.start]!r}",
            where=where,
            allowed="characters that UTF-8 can encode",
        ) from None


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of the file at `path` as 64 hexadecimal digits.

    Raises
    ------
    InputError
        If the file cannot be read or is empty, or as `read_bytes`.
    """
    digest = hashlib.sha256()
    n_bytes = 0
    with opened(path, FILE_BYTES) as file:
        while part := file.read(_PART):
            digest.update(part)
            n_bytes += len(part)
            if n_bytes > FILE_BYTES:
                raise too_large(path, n_bytes, FILE_BYTES)
    if not n_bytes:
        raise empty(path)
    return digest.hexdigest()
