"""What was built in a place: whether it is up to date, and whose pack it is."""

import contextlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from morphkit._core.documents import restored
from morphkit._core.files import sha256_of
from morphkit._core.store import Note, Store
from morphkit.errors import InputError
from morphkit.pack.contents import ends_of
from morphkit.pack.layout import SUMS
from morphkit.pack.model import Pack
from morphkit.pack.read import read_pack
from morphkit.pack.rows import ContinuumRow
from morphkit.pack.verify import is_unchanged
from morphkit.recipe import Recipe

#: Key of the note on the pack that was built last.
_BUILT = "built"


@dataclass(frozen=True)
class _Built:
    """The pack that was built last: what was asked for, its sums, and its parts."""

    request: str
    sums: str
    keys: tuple[str, ...]


def note_built(store: Store, request: str, folder: Path) -> None:
    """Note a pack that is about to take its place, and everything it is made of."""
    keys = sorted(store.used - {_BUILT})
    built = _Built(request, sha256_of(folder / SUMS), tuple(keys))
    store.keep(_BUILT, Note(asdict(built)))


def find_built(store: Store, request: str) -> Pack | None:
    """Return the pack that stands in its place, if it is what is asked for.

    None if anything has changed since it was built, be it a byte of one of its files.
    """
    built = _built(store)
    if built is None or not request or built.request != request:
        return None
    if not is_unchanged(store.output, built.sums):
        return None
    tidy(store)  # the build may have been killed when only this was left to do
    try:
        return read_pack(store.output)
    except InputError:
        return None


def limit(store: Store) -> None:
    """Keep what the build in progress has used, and the pack that was built before."""
    store.limit(store.used | _built_keys(store))


def tidy(store: Store) -> None:
    """Keep only what the pack in its place is made of."""
    store.limit(_built_keys(store))


def _built(store: Store) -> _Built | None:
    """Return what is noted of the pack that was built last; None if nothing is."""
    note = store.read(_BUILT)
    return restored(_Built, note.data) if note else None


def _built_keys(store: Store) -> set[str]:
    built = _built(store)
    return {_BUILT, *(built.keys if built else ())}


def is_own_pack(folder: Path, recipe: Recipe, photos: Iterable[Path]) -> bool:
    """Return whether a folder has an earlier pack of the study that a recipe is of.

    It has the same name, is equalised on the same scale or none, and shows one of the
    same photographs. A pack of a respaced recipe is another one than its parent, to
    which people have answered. A pack in which somebody has changed a file is nobody's
    to replace without being asked.
    """
    if not is_unchanged(folder):
        return False
    try:
        pack = read_pack(folder)
        if pack.name != recipe.pack.name:
            return False
        if pack.recipe.calibration != recipe.calibration:
            return False
        shown = {sha256 for row in pack.continua for sha256 in _photos_of(row, folder)}
        return any(sha256_of(photo) in shown for photo in photos)
    except InputError:
        return False


def _photos_of(row: ContinuumRow, folder: Path) -> set[str]:
    """Return the hashes of the photographs of a continuum."""
    found = {end.sha256 for end in row.ends}
    with contextlib.suppress(InputError):
        made_from = ends_of(folder, row.continuum_id)
        found |= {end.sha256 for end in made_from.ends} if made_from else set()
    return found - {""}
