"""What a command that takes long has finished, kept so that it need not be done again.

A store is the hidden folder ``.NAME.store`` beside the output ``NAME``, readable for
its owner only. A *note* says what was made under a *key*, a hash of everything that
decides it: data, and files by path in the output and SHA-256. The files lie in the
store, named by their hash, until the output has them; from then on they are taken from
the output.
So a store holds no file that the finished output has, and after a run that ended well
it holds only what is needed for the output as it stands.

Nothing is believed: a note has a hash of itself, and every file is hashed before use.
"""

import contextlib
import copy
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from morphkit._core.documents import restored
from morphkit._core.files import sha256_of, write_bytes_atomically
from morphkit._core.leftovers import TEMPORARY, partial_name, settle_files
from morphkit._core.paths import is_inside
from morphkit._core.reading import own_bytes, own_json
from morphkit.errors import InputError, OutputError

#: Name of the folder of a store.
STORE = re.compile(r"\.(?P<name>.+)\.store")
README = "README.txt"
_LONGEST_README = 2**16
_SHA256 = re.compile("[0-9a-f]{64}")
_FIRST_WORDS = "Kept by morphkit for "
_ABOUT = """\
Kept by morphkit for {output}, beside this folder.

It holds what a build has finished, so that the same is not computed again: measurements
and, while a build has not ended well, IMAGES OF FACES under "files". Treat it like the
photographs themselves. When a build has ended well, its images are in the pack alone;
landmarks and meshes (positions, no pictures) stay here.

It may be removed at any time; the next build then takes longer. "morphkit clean" does
so. Do not copy it into a public place.
"""


@dataclass(frozen=True)
class Note:
    """What was made under a key.

    Parameters
    ----------
    data : mapping
        As JSON.
    files : mapping of str to str
        Path in the output -> SHA-256.

    Raises
    ------
    InputError
        If a path leaves the output, or a hash is none.
    """

    data: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, sha256 in self.files.items():
            if not (is_inside(path) and _SHA256.fullmatch(sha256)):
                raise InputError(f"{path[:200]!r}: not a file of the output")


class Store:
    """What was finished for an output, which must be held.

    Parameters
    ----------
    output : Path
        Files that it has are taken from there.
    """

    def __init__(self, output: Path) -> None:
        self.output = output.absolute()
        self.folder = store_of(output)
        self._notes, self._files = self.folder / "notes", self.folder / "files"
        if self.is_there and not is_store(self.folder):
            raise OutputError(
                f"{self.folder}: is in the way and is not a store of morphkit; move it "
                "elsewhere, or choose another output folder"
            )
        #: The keys that were found or kept.
        self.used: set[str] = set()
        for folder in (self.folder, self._notes, self._files):
            settle_files(folder)

    def again(self) -> "Store":
        """Return the store for another process; it has found and kept nothing yet."""
        other = copy.copy(self)
        other.used = set()
        return other

    @property
    def is_there(self) -> bool:
        """Whether there is something of that name."""
        return self.folder.exists() or self.folder.is_symlink()

    def find(self, key: str) -> Note | None:
        """Return what was made under a key; None if it is not known or damaged."""
        note = self.read(key)
        if note is not None:
            self.used.add(key)
        return note

    def read(self, key: str) -> Note | None:
        """Return a note without counting it as used; None as of `find`."""
        digest, _, text = own_bytes(self._notes / f"{key}.json").partition(b"\n")
        if hashlib.sha256(text).hexdigest().encode() != digest:
            return None
        return restored(Note, own_json(text))

    def add(self, data: bytes) -> str:
        """Keep the content of a file for a note; return its hash."""
        self._begin_or_refuse()
        sha256 = hashlib.sha256(data).hexdigest()
        write_bytes_atomically(self._files / sha256, data, overwrite=True)
        return sha256

    def keep(self, key: str, note: Note, folder: Path | None = None) -> None:
        """Keep what was made under a key.

        Parameters
        ----------
        key : str
        note : Note
        folder : Path, optional
            Has the files of the note, under their paths, unless they were added.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        self._begin_or_refuse()
        for name, sha256 in note.files.items():
            if folder is not None and not (self._files / sha256).exists():
                _bring(folder / name, self._files / sha256)
        said = {"data": note.data, "files": dict(note.files)}
        text = json.dumps(said).encode()
        digest = hashlib.sha256(text).hexdigest().encode()
        path = self._notes / f"{key}.json"
        write_bytes_atomically(path, digest + b"\n" + text, overwrite=True)
        self.used.add(key)

    def restore(self, note: Note, folder: Path) -> bool:
        """Put the files of a note into a folder; False if one is missing or damaged.

        Files of the note that are there already are replaced.

        Raises
        ------
        OutputError
            If the folder cannot be written.
        """
        for path, sha256 in note.files.items():
            found = self._find_file(path, sha256)
            if found is None:
                return False
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            _bring(found, target)
        return True

    def file(self, note: Note, path: str) -> Path | None:
        """Return a file of a note, where it lies; None if it is missing or damaged."""
        return self._find_file(path, note.files[path])

    def limit(self, keys: Iterable[str]) -> None:
        """Remove everything that is not kept under one of some keys.

        Of the files, those that the output has are removed too.
        """
        names = {f"{key}.json": key for key in keys}
        kept: dict[str, str] = {}
        for key in names.values():
            note = self.read(key)
            kept |= {} if note is None else {v: k for k, v in note.files.items()}
        for note_file in _entries(self._notes):
            if note_file.name not in names:
                note_file.unlink(missing_ok=True)
        for file in _entries(self._files):
            path = kept.get(file.name)
            if path is None or self._in_output(path, file.name):
                file.unlink(missing_ok=True)

    @contextlib.contextmanager
    def worth_keeping(self) -> Iterator[None]:
        """Remove what a block has kept if nobody will ask for it again.

        A block that is refused its input leaves nothing behind that was not there. One
        that cannot write says that what it has finished is kept.
        """
        new = not self.is_there
        try:
            yield
        except InputError:
            if new:
                self.remove()
            raise
        except OutputError as error:
            if not _entries(self._notes):
                self.remove()
                raise
            raise OutputError(
                f"{error}; what was finished is kept in {self.folder}, and the same "
                "command goes on from there"
            ) from error
        except BaseException:
            if not _entries(self._notes):
                self.remove()
            raise

    def remove(self) -> None:
        """Remove the store."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _begin_or_refuse(self) -> None:
        """Make the folder of the store unless it is there."""
        try:
            self._begin()
        except OSError as error:
            raise OutputError(
                f"{self.folder}: cannot be written ({error.strerror or error}); free "
                "some space, or choose another output folder"
            ) from None

    def _begin(self) -> None:
        """Make the folder of the store, whole at once."""
        if self.is_there:
            return
        new = self.folder.with_name(partial_name(self.output.name))
        try:
            new.mkdir(mode=0o700)
            about = _ABOUT.format(output=self.output.name)
            (new / README).write_text(about, "utf-8")
            for name in ("notes", "files"):
                (new / name).mkdir(mode=0o700)
            new.rename(self.folder)
        except OSError:
            if not self.is_there:  # else another thread was faster
                raise
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _find_file(self, path: str, sha256: str) -> Path | None:
        """Return a file with a hash, in the store or in the output."""
        for place in (self._files / sha256, self.output / path):
            with contextlib.suppress(InputError):
                if not place.is_symlink() and sha256_of(place) == sha256:
                    return place
        return None

    def _in_output(self, path: str, sha256: str) -> bool:
        """Return whether the output has a file."""
        place = self.output / path
        try:
            return not place.is_symlink() and sha256_of(place) == sha256
        except InputError:
            return False


def store_of(output: Path) -> Path:
    """Return the folder of the store of an output."""
    output = output.absolute()
    return output.with_name(f".{output.name}.store")


def is_store(folder: Path) -> bool:
    """Return whether a folder was made as a store: it says so, and has nothing else."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    about = own_bytes(folder / README, most=_LONGEST_README)
    return about.startswith(_FIRST_WORDS.encode()) and all(
        entry.name in (README, "notes", "files") or TEMPORARY.fullmatch(entry.name)
        for entry in folder.iterdir()
    )


def _bring(source: Path, target: Path) -> None:
    """Make a file appear under another name, without a second copy where possible."""
    try:
        os.link(source, target)
    except FileExistsError:
        pass
    except OSError:
        part = target.with_name(f"{target.name}.part")
        try:
            shutil.copyfile(source, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder; nothing if it is not there."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
