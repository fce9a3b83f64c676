"""The file of answers: one row a line, each written whole and to the disk, once.

A row is known by its session and its number in it. Nothing is told to be kept before
the system has said that it is on the disk (``fsync``). What a disk holds in a memory of
its own when the power goes, and what a network drive makes of it, no program can know.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from morphkit._core.bounds import HELD_BYTES
from morphkit._core.locks import held
from morphkit._core.reading import read_bytes
from morphkit.errors import InputError, MorphkitError, OutputError
from morphkit.experiment.readers.serve import ServedRow, rows_in
from morphkit.serving.study import ServedStudy

#: Sessions in a file: far more than a laboratory has, far less than fills a disk.
MOST_SESSIONS = 20_000


class OtherRowError(MorphkitError):
    """Another row of the same session has this number."""


class RowFile:
    """Rows of answers in a file, which one server at a time may write.

    Use `opened`.

    Parameters
    ----------
    path : Path
    descriptor : int
        The open file.
    rows : iterator of ServedRow
        What is in it.
    size : int
        Its bytes.
    """

    def __init__(
        self, path: Path, descriptor: int, rows: Iterator[ServedRow], size: int
    ) -> None:
        self.path = path
        self._file = descriptor
        self._size = size
        self._lock = threading.Lock()
        self._digests: dict[str, list[bytes]] = {}
        self.participants: set[str] = set()
        self.n_rows = 0
        for row in rows:
            if row.row != len(self._digests.get(row.session, ())) + 1:
                raise InputError(
                    f"row {row.row} of session {row.session} is not in its place",
                    where=str(path),
                    remedy="bring the file back as it was written, or choose another",
                )
            self._note(row)

    def _note(self, row: ServedRow) -> None:
        """Remember a row that is in the file."""
        self._digests.setdefault(row.session, []).append(_digest(row.answer))
        self.participants.add(str(row.answer.get("participant")))
        self.n_rows += 1

    def add(self, session: str, row: int, answer: Mapping[str, Any]) -> int:
        """Keep a row for good; return how many of its session are kept.

        A row that is there already is not written again. One whose predecessors are not
        there is not written either: the number that is returned is then smaller.

        Parameters
        ----------
        session : str
        row : int
            From 1.
        answer : mapping of str to value

        Raises
        ------
        OtherRowError
            If another row of the session has this number.
        OutputError
            If it cannot be written; the file is then as it was.
        """
        with self._lock:
            there = self._digests.get(session, [])
            if row <= len(there):
                if there[row - 1] != _digest(answer):
                    raise OtherRowError(f"row {row} of session {session} is another")
                return len(there)
            if row > len(there) + 1:
                return len(there)
            if not there and len(self._digests) >= MOST_SESSIONS:
                raise OutputError(f"{self.path}: holds {MOST_SESSIONS} sessions")
            now = datetime.now(UTC).isoformat(timespec="seconds")
            new = ServedRow(session, row, now.replace("+00:00", "Z"), answer)
            self._write(new.line())
            self._note(new)
            return row

    def _write(self, line: bytes) -> None:
        """Append a line, whole or not at all, and wait until it is on the disk."""
        if self._size + len(line) > HELD_BYTES:  # it could not be read again
            raise OutputError(
                f"{self.path}: is full ({HELD_BYTES:,} bytes); go on with another file "
                "(--answers): the pages keep their answers and send them again"
            )
        try:
            done = 0
            while done < len(line):
                done += os.write(self._file, line[done:])
            os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise OutputError(
                f"{self.path}: cannot be written ({error.strerror or error}); make "
                "room: the pages keep their answers and send them again"
            ) from None
        self._size += len(line)


@contextmanager
def opened(path: Path, study: ServedStudy) -> Iterator[RowFile]:
    """Open a file of answers to a study, there or not yet, for one server.

    A line that a crash left unfinished is cut off: its page sends it again.

    Raises
    ------
    InputError
        If it holds something else, or answers to another study.
    OutputError
        If another server writes it, or it cannot be written.
    """
    with ExitStack() as stack:
        stack.enter_context(held(path))
        is_new = not path.exists()
        data = b"" if is_new or not path.stat().st_size else read_bytes(path)
        size = data.rfind(b"\n") + 1
        rows = _rows_of(study, data, path)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            stack.callback(os.close, descriptor)
            file = RowFile(path, descriptor, rows, size)
            if size < len(data):
                os.ftruncate(descriptor, size)
            os.fsync(descriptor)
            if is_new:
                _sync_folder(path.parent)
        except OSError as error:
            if isinstance(error, MorphkitError):
                raise
            raise OutputError(
                f"{path}: cannot be written ({error.strerror or error}); choose "
                "another file with --answers"
            ) from None
        yield file


def _rows_of(study: ServedStudy, data: bytes, path: Path) -> Iterator[ServedRow]:
    """Yield the rows in a file, all of which answer this study."""
    for row in rows_in(data, where=str(path)):
        fault = study.fault(row.session, row.row, row.answer)
        if fault:
            raise InputError(
                f"row {row.row} of session {row.session}: {fault}",
                where=str(path),
                remedy="choose a file of its own for each study with --answers",
            )
        yield row


def _digest(answer: Mapping[str, Any]) -> bytes:
    """Return what tells two answers apart."""
    text = json.dumps(answer, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=16
    ).digest()


def _sync_folder(folder: Path) -> None:
    """Bring the name of a new file to the disk; Windows has no such call."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
