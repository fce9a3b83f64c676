"""What of a long list is done, so that a command that was killed goes on.

A journal is a hidden file in the folder that the command writes into. A line is added
*before* the files of a part are written, with their hashes: what is there with these
hashes is done, and anything else was not begun by this command.
"""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from morphkit._core.files import sha256_of
from morphkit._core.reading import own_bytes, own_json
from morphkit.errors import InputError, OutputError

NAME = ".morphkit-progress.jsonl"
_KIND = "morphkit-progress/1"


class Journal:
    """The parts that a command has done in a folder.

    Parameters
    ----------
    folder : Path
    key : str
        Hash of everything that decides the parts; a journal with another key is of
        another command, and forgotten.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / NAME
        self._key = key
        head, self._parts = _read(self.path)
        if head != key:
            self._parts = {}
        self._begun = head == key

    def done(self, part: str) -> Mapping[str, Any] | None:
        """Return what was noted of a part whose files are all there, as they were made.

        None if it is not done.
        """
        noted = self._parts.get(part)
        if noted is None or not all(self.made(part, Path(f)) for f in noted["files"]):
            return None
        data: Mapping[str, Any] = noted["data"]
        return data

    def made(self, part: str, file: Path) -> bool:
        """Return whether a file is there as it was made for a part."""
        noted = self._parts.get(part, {"files": {}})
        try:
            return bool(sha256_of(file) == noted["files"].get(str(file)))
        except InputError:
            return False

    def note(self, part: str, files: Mapping[Path, bytes], data: Any) -> None:
        """Note a part whose files are about to be written.

        Raises
        ------
        OutputError
            If it cannot be noted.
        """
        hashes = {
            str(file): hashlib.sha256(content).hexdigest()
            for file, content in files.items()
        }
        noted = {"files": hashes, "data": data}
        # The line before may have been cut off.
        text = f"\n{json.dumps({'part': part} | noted)}\n"
        if not self._begun:
            text = json.dumps({"kind": _KIND, "key": self._key}) + text
        try:
            with self.path.open("a" if self._begun else "w", encoding="utf-8") as there:
                there.write(text)
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written ({error.strerror or error}); try "
                "another place"
            ) from error
        self._parts[part], self._begun = noted, True

    def remove(self) -> None:
        """Remove the journal: everything is done."""
        with contextlib.suppress(OSError):
            self.path.unlink()

    @staticmethod
    def settle(folder: Path) -> list[Path]:
        """Remove the journal of a folder; return it if there was one."""
        path = folder / NAME
        if path.is_symlink() or _read(path)[0] is None:
            return []
        with contextlib.suppress(OSError):
            path.unlink()
            return [path]
        return []


def _read(path: Path) -> tuple[str | None, dict[str, dict[str, Any]]]:
    """Return key and parts of a journal, without half lines; None if it is none."""
    try:
        lines = own_bytes(path).splitlines()
        head = own_json(lines[0])
        if head["kind"] != _KIND:
            return None, {}
        key = str(head["key"])
    except (KeyError, TypeError, IndexError):
        return None, {}
    parts: dict[str, dict[str, Any]] = {}
    for line in lines[1:]:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            said = own_json(line)
            noted = {"files": dict(said["files"]), "data": said["data"]}
            parts[str(said["part"])] = noted
    return key, parts
