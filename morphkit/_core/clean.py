"""Removing what commands that were killed have left, and what was kept for the next."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from morphkit._core.journal import Journal
from morphkit._core.leftovers import (
    ASIDE,
    FORMER_PARTIAL,
    LOCK,
    PARTIAL,
    aside_of,
    settle_files,
    settle_place,
)
from morphkit._core.locks import held, lock_file, read_note
from morphkit._core.store import STORE, Store, is_store, store_of
from morphkit.errors import InputError, OutputError


@dataclass(frozen=True)
class Cleaned:
    """What was removed from a folder, and what was not.

    Parameters
    ----------
    removed : tuple of Path
        Folders and files that are gone.
    put_back : tuple of Path
        Folders that a killed command had moved aside, and that are back.
    in_use : tuple of str
        Why something was left: who is using it.
    """

    removed: tuple[Path, ...]
    put_back: tuple[Path, ...] = ()
    in_use: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "removed": [str(path) for path in self.removed],
            "put_back": [str(path) for path in self.put_back],
            "in_use": list(self.in_use),
        }


def clean_folder(folder: str | Path = ".") -> Cleaned:
    """Remove what killed commands left, and what builds keep for the next one.

    Everything below the folder is looked at, and what lies hidden beside it for itself.
    No output is touched, and nothing that is in use. What a killed command had moved
    aside is put back.

    Parameters
    ----------
    folder : str or Path, optional
        By default the working directory.

    Returns
    -------
    Cleaned

    Raises
    ------
    InputError
        If there is no such folder.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.clean_folder("pack").in_use
    ()
    """
    folder = Path(folder)
    beside = folder.absolute()
    leftovers = _leftovers(beside.parent) if beside.parent.is_dir() else {}
    if not folder.is_dir() and beside.name not in leftovers:
        raise InputError(
            "there is no such folder", where=str(folder), remedy="check its name"
        )
    removed: list[Path] = []
    put_back: list[Path] = []
    in_use: list[str] = []
    for place in [*([beside] if beside.name in leftovers else []), *_places(folder)]:
        try:
            _clean_place(place, removed, put_back)
        except OutputError as error:
            in_use.append(str(error))
    for one in _folders(folder):
        removed += settle_files(one)
        removed += Journal.settle(one)
    return Cleaned(tuple(removed), tuple(put_back), tuple(in_use))


def _clean_place(place: Path, removed: list[Path], put_back: list[Path]) -> None:
    """Remove what belongs to a place.

    Raises
    ------
    OutputError
        If it is in use.
    """
    lock = lock_file(place)
    left = [lock] if lock.is_file() and read_note(lock) else []
    with held(place) as certain:
        if not certain:
            raise OutputError(f"{place}: nobody can tell whether it is in use")
        away = aside_of(place).is_dir() and not place.exists()
        removed += settle_place(place)
        if away and place.exists():
            put_back.append(place)
        if is_store(store_of(place)):
            Store(place).remove()
            removed.append(store_of(place))
    removed += left


def _places(folder: Path) -> Iterator[Path]:
    """Yield the places below a folder for which something may have been left."""
    for one in _folders(folder):
        for name in _leftovers(one):
            yield one / name


def _leftovers(folder: Path) -> dict[str, None]:
    """Return the names of the places for which something lies in a folder."""
    found: dict[str, None] = {}
    for name in sorted(os.listdir(folder)):  # noqa: PTH208 - there may be many
        for form in (PARTIAL, FORMER_PARTIAL, ASIDE, LOCK, STORE):
            match = form.fullmatch(name)
            if match:
                found[match["name"]] = None
                break
    return found


def _folders(folder: Path) -> Iterator[Path]:
    """Yield a folder and those below it; hidden ones and links are not entered."""
    for place, names, _ in os.walk(folder, onerror=None):
        names[:] = sorted(name for name in names if not name.startswith("."))
        yield Path(place)
