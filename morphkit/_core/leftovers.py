"""What commands that were killed leave behind: found, finished or removed.

All of it lies beside what was to be written, under hidden names that nothing else has:

``.NAME.<12 hex digits>.partial``
    A folder in the making.
``.NAME.replaced-by-morphkit``
    A folder that was being replaced, where the system cannot exchange two.
``.NAME.morphkit-lock``
    The lock of a place; without its process it holds nothing.
``.morphkit-<16 hex digits>.tmp``
    A file in the making.
``.morphkit-<16 hex digits>.todo``
    Which files in the making belong together, once all of them are complete: what was
    begun is then finished.

Nothing is touched whose maker still runs: it holds the lock of the place, or of the
file.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from morphkit._core.paths import is_inside
from morphkit._core.reading import own_bytes, own_json

PARTIAL = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{12}\.partial")
#: As versions up to 0.1 called it, and what they kept in it.
FORMER_PARTIAL = re.compile(r"\.(?P<name>.+)\.partial")
ASIDE = re.compile(r"\.(?P<name>.+)\.replaced-by-morphkit")
LOCK = re.compile(r"\.(?P<name>.+)\.morphkit-lock")
TEMPORARY = re.compile(r"\.morphkit-[0-9a-f]{16}\.tmp")
TODO = re.compile(r"\.morphkit-[0-9a-f]{16}\.todo")
#: Whether the system moves only files that are closed, as Windows does.
CLOSED_TO_MOVE = sys.platform == "win32"
#: Age from which a file that is not open may have been left, seconds.
_YOUNG_S = 60.0 if CLOSED_TO_MOVE else 0.0


#: What a folder in the making has directly in it: a folder to be, or a store to be.
_INSIDE = {"new", "build", "done", "README.txt", "notes", "files"}


# Folders


def partial_name(name: str) -> str:
    """Return a new name for the folder in which another one is made."""
    return f".{name}.{secrets.token_hex(6)}.partial"


def is_in_the_making(folder: Path) -> bool:
    """Return whether a folder is one in the making or in it, or in a store."""
    return any(
        part.startswith(".") and part.endswith((".partial", ".store"))
        for part in folder.parts
    )


def aside_of(place: Path) -> Path:
    """Return where a folder lies while another one takes its place."""
    place = place.absolute()
    return place.with_name(f".{place.name}.replaced-by-morphkit")


def partials_of(place: Path) -> Iterator[Path]:
    """Yield the folders in the making for a place, of this version and before."""
    place = place.absolute()
    start, end = f".{place.name}.", ".partial"
    try:
        names = sorted(os.listdir(place.parent))  # noqa: PTH208 - there may be many
    except OSError:
        return
    for name in names:
        if name.startswith(start) and name.endswith(end):
            folder = place.with_name(name)
            if _is_partial(folder, place):
                yield folder


def _is_partial(folder: Path, place: Path) -> bool:
    """Return whether a folder was one in the making for a place."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    made = PARTIAL.fullmatch(folder.name)
    former = folder.name == f".{place.name}.partial" and (folder / "build").is_file()
    if not former and (made is None or made["name"] != place.name):
        return False
    return {entry.name for entry in folder.iterdir()} <= _INSIDE


def settle_place(place: Path) -> list[Path]:
    """Remove what killed commands left for a place, which must be held.

    What one of them had moved aside is put back, and this is said.

    Returns
    -------
    list of Path
        What was removed.
    """
    removed = []
    for folder in partials_of(place):
        shutil.rmtree(folder, ignore_errors=True)
        removed.append(folder)
    aside = aside_of(place)
    if aside.is_symlink() or not aside.is_dir():
        return removed
    if place.exists() or place.is_symlink():
        # The new folder had already taken its place.
        shutil.rmtree(aside, ignore_errors=True)
        return [*removed, aside]
    aside.replace(place)
    warnings.warn(
        f"{place}: a run that was killed had moved this folder aside; it is back as "
        "it was",
        UserWarning,
        stacklevel=2,
    )
    return removed


# Files


@contextlib.contextmanager
def locked_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a new file, open for writing and locked as long as the block lasts."""
    while True:
        with path.open("xb") as file:
            _lock(file, wait=True)
            if not CLOSED_TO_MOVE and os.fstat(file.fileno()).st_nlink == 0:
                continue  # it was taken for a leftover before it was locked
            yield file
            return


def temporary_beside(path: Path) -> Path:
    """Return a new name for a file in the making."""
    return path.with_name(f".morphkit-{secrets.token_hex(8)}.tmp")


@contextlib.contextmanager
def todo_in(folder: Path) -> Iterator[IO[bytes]]:
    """Give the file that says which files of a folder are to be moved together.

    It is there, and locked, before the first of them is made, and empty until
    `write_todo`; it goes with the block.
    """
    path = folder / f".morphkit-{secrets.token_hex(8)}.todo"
    try:
        with locked_file(path) as file:
            yield file
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def write_todo(todo: IO[bytes], moves: Mapping[Path, Path]) -> None:
    """Write what is to be moved to which name, when all of it is complete."""
    names = {old.name: new.name for old, new in moves.items()}
    todo.write(json.dumps(names).encode())
    todo.flush()


def settle_files(folder: Path) -> list[Path]:
    """Finish or remove the files in the making that killed commands left in a folder.

    Returns
    -------
    list of Path
        What was removed.
    """
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - there may be many
    except OSError:
        return []
    removed: list[Path] = []
    for name in filter(TODO.fullmatch, names):
        if not _is_left(folder / name):
            return removed  # its files have no locks of their own
        _finish(folder, folder / name)
        removed.append(folder / name)
    for name in filter(TEMPORARY.fullmatch, names):
        if _is_left(folder / name):
            with contextlib.suppress(OSError):
                (folder / name).unlink()
                removed.append(folder / name)
    return removed


def _finish(folder: Path, todo: Path) -> None:
    """Move the files that were complete when their writer was killed."""
    moves = own_json(own_bytes(todo))
    pairs = moves if isinstance(moves, dict) else {}
    for old, new in pairs.items():
        # Names, not paths: nothing leads out of the folder.
        plain = isinstance(new, str) and is_inside(new) and "/" not in new
        if plain and TEMPORARY.fullmatch(old) and not (folder / new).is_dir():
            with contextlib.suppress(OSError):
                (folder / old).replace(folder / new)
    with contextlib.suppress(OSError):
        todo.unlink()


def _is_left(path: Path) -> bool:
    """Return whether a file in the making has lost its writer."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        if time.time() - path.stat().st_mtime < _YOUNG_S:
            return False
        if sys.platform == "win32":
            path.rename(path)  # refused as long as the file is open
            return True
        with path.open("r+b") as file:
            return _lock(file, wait=False)
    except OSError:
        return False


def _lock(file: IO[bytes], *, wait: bool) -> bool:
    """Lock an open file until it is closed; False if another process has it locked.

    Windows does not let others move or remove a file that is open: that is lock enough.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return wait  # a drive without locks: nobody can tell, so nothing is removed
    return True
