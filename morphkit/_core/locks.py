"""One writer at a time: the lock of a place that is being written.

The lock is one of the system's, on the hidden file ``.NAME.morphkit-lock`` beside the
place, and ends with the process that holds it: a command that was killed leaves no
lock. The file says who holds it, and goes when the lock does.

Where a drive has no locks (some network drives), a note says so and the work goes on:
every command works in a folder of its own, so that two of them never mix what they
write, and whichever ends last is what stays.
"""

import contextlib
import json
import os
import shlex
import socket
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime
from errno import ENOLCK, ENOSYS, ENOTSUP
from pathlib import Path
from typing import TYPE_CHECKING

from morphkit._core.reading import opened, own_json
from morphkit.errors import OutputError

if TYPE_CHECKING:
    from filelock import BaseFileLock

#: How the name of a lock file ends.
ENDING = ".morphkit-lock"
#: Whether commands wait for a place that another one is writing.
_WAITS: ContextVar[bool] = ContextVar("_WAITS", default=False)
#: Errors of drives that have no locks.
NO_LOCKS = {ENOSYS, ENOTSUP, ENOLCK}
#: Most that is read of a file that another process wrote.
_LONGEST = 4096
#: Bytes before the note in a lock file: Windows locks the first one against reading.
_BEFORE = b"\n"
#: How often, and how far apart, it is looked who holds a lock, seconds.
_LOOKS, _BETWEEN_S = 20, 0.05
#: The places that this thread holds, and how often.
_HELD = threading.local()


@dataclass(frozen=True)
class Holder:
    """Who is writing a place.

    Parameters
    ----------
    pid : int
        Number of the process.
    host : str
        Machine on which it runs.
    since : str
        Local time at which it began.
    command : str
        What was called.
    """

    pid: int
    host: str
    since: str
    command: str

    @classmethod
    def present(cls) -> "Holder":
        """Return this process."""
        name = Path(sys.argv[0]).name if sys.argv else ""
        name = {"__main__.py": "morphkit", "-c": "python", "": "python"}.get(name, name)
        command = shlex.join([name, *sys.argv[1:]])
        since = datetime.now().astimezone().isoformat(" ", "seconds")
        return cls(os.getpid(), socket.gethostname(), since, command[:400])

    def __str__(self) -> str:
        """Return all of it in words."""
        return f"process {self.pid} on {self.host}, since {self.since}: {self.command}"


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Wait for places that another process is writing, instead of giving up.

    Returns
    -------
    context manager
        It holds for everything that is called in the block.

    Examples
    --------
    >>> import morphkit as mk
    >>> with mk.waiting():
    ...     mk.start_study("waited").name
    'study.toml'
    """
    token = _WAITS.set(True)
    try:
        yield
    finally:
        _WAITS.reset(token)


def lock_file(place: Path) -> Path:
    """Return the file of the lock of a place."""
    place = place.absolute()
    return place.with_name(f".{place.name}{ENDING}")


@contextlib.contextmanager
def held(place: Path) -> Iterator[bool]:
    """Hold a place: no other process writes there. A thread may hold it repeatedly.

    Folders that are made for the lock are removed with it, if nothing else is in them.

    Yields
    ------
    bool
        Whether the place is really held; False on a drive without locks.

    Raises
    ------
    OutputError
        If another process holds it and is not to be waited for, or nothing can be
        written there.
    """
    file = lock_file(place)
    mine: dict[Path, bool] = _HELD.__dict__.setdefault("places", {})
    if file in mine:
        yield mine[file]
        return
    made = _make_parents(place, file.parent)
    lock = _acquired(place, file)
    mine[file] = lock is not None
    try:
        yield lock is not None
    finally:
        del mine[file]
        if lock is not None:
            # While it is held, so that nobody else can have got hold of this file.
            # Windows removes it only when it is closed, and filelock does so.
            with contextlib.suppress(OSError):
                file.unlink()
            lock.release()
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _make_parents(place: Path, parent: Path) -> list[Path]:
    """Make the folders above a place; return the new ones, outermost first."""
    new = [folder for folder in (parent, *parent.parents) if not folder.exists()][::-1]
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(place, error) from None
    return new


def _acquired(place: Path, file: Path) -> "BaseFileLock | None":
    """Return the lock, acquired; None on a drive without locks."""
    from filelock import FileLock, Timeout

    lock = FileLock(file, fallback_to_soft=False)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            _await(lock, place, file)
        _write_note(file)
    except OutputError:
        raise
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise _refused(place, error) from None
        _say_without(place, file)
        return None
    except NotImplementedError:
        _say_without(place, file)
        return None
    except BaseException:
        lock.release()
        raise
    return lock


def _await(lock: "BaseFileLock", place: Path, file: Path) -> None:
    """Wait for a lock that another process holds, if this is wanted.

    Raises
    ------
    OutputError
        If it is not.
    """
    who = _holder_of(file)
    by = f"by {who}" if who else "by another process"
    if not _WAITS.get():
        raise OutputError(
            f"{place}: is being written {by}; wait until that has ended (--wait does "
            "so), or choose another place"
        )
    warnings.warn(f"{place}: is being written {by}; waiting", UserWarning, stacklevel=2)
    lock.acquire(timeout=-1, poll_interval=0.2)


def _holder_of(file: Path) -> Holder | None:
    """Return who holds a lock; who has just got hold of it may still have to say so."""
    for _ in range(_LOOKS):
        who = read_note(file)
        if who is not None:
            return who
        time.sleep(_BETWEEN_S)
    return None


def _say_without(place: Path, file: Path) -> None:
    """Say that a drive has no locks."""
    with contextlib.suppress(OSError):
        file.unlink()
    warnings.warn(
        f"{place}: this drive has no locks; let no other command write here meanwhile",
        UserWarning,
        stacklevel=2,
    )


def _write_note(file: Path) -> None:
    """Write into a lock file who holds it."""
    note = _BEFORE + json.dumps(asdict(Holder.present())).encode()
    # A full disk must not keep anybody from clearing it.
    with contextlib.suppress(OSError), file.open("r+b", buffering=0) as there:
        there.seek(len(_BEFORE))
        there.write(note[len(_BEFORE) :])
        there.truncate(len(note))


def read_note(file: Path) -> Holder | None:
    """Return who holds a lock file; None if it does not say."""
    try:
        if file.is_symlink():
            return None
        with opened(file, _LONGEST) as there:
            there.seek(len(_BEFORE))
            said = own_json(there.read(_LONGEST))
        words = [str(said[name]) for name in ("host", "since", "command")]
        plain = ["".join(c for c in word if c.isprintable()) for word in words]
        return Holder(int(said["pid"]), *plain)
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _refused(place: Path, error: OSError) -> OutputError:
    """Return the error for a place that the system refuses."""
    return OutputError(
        f"{place}: cannot be written ({error.strerror or error}); choose another place"
    )
