"""Calls for other processes, which find them in this module."""

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from morphkit.errors import InputError, OutputError

GoOn = Callable[[], None]

#: How long something is waited for that must come, seconds.
PATIENCE = 20


class OwnError(Exception):
    """An error that cannot be sent."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} {other}")


class Unreadable(str):
    """An errand that another process cannot read."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return _refuse, ("cannot be read",)


def _refuse(text: str) -> None:
    raise OwnError(text, "here")


def square(number: int, go_on: GoOn) -> tuple[int, int]:
    """Return the square of a number, and who worked it out; warn of zero."""
    go_on()
    if number == 0:
        warnings.warn("nothing to square", UserWarning, stacklevel=1)
    return number * number, os.getpid()


def meet(folder: Path, go_on: GoOn) -> tuple[int, bool, str]:
    """Wait until another process is here, too; return what is known of this one."""
    (folder / str(os.getpid())).touch()
    for _ in _waiting(go_on):
        if len(list(folder.iterdir())) == 2:
            break
    here = threading.current_thread() is not threading.main_thread()
    return os.getpid(), here, os.environ.get("MORPHKIT_ERRANDS", "")


def fail(error: str, go_on: GoOn) -> None:
    """Fail as is said, or go on until it is stopped, which is written down.

    "nothing" is done at once.
    """
    if error == "input":
        raise InputError("cannot be", where="here", allowed="there", remedy="go")
    if error == "output":
        raise OutputError("the disk is full")
    if error == "nothing":
        return
    if error == "own":
        raise OwnError("not", "whole")
    if error == "end":
        os.kill(os.getpid(), signal.SIGKILL)
    note = Path(error)
    note.write_text("begun", "utf-8")
    try:
        for _ in _waiting(go_on):
            pass
    except BaseException as stopped:
        note.write_text(type(stopped).__name__, "utf-8")
        raise


def lock(name: str, go_on: GoOn) -> object:
    """Return what cannot be sent; nothing if that is asked for."""
    go_on()
    return None if name == "nothing" else threading.Lock()


def sleep(note: str, go_on: GoOn) -> None:
    """Work without asking whether it is wanted."""
    go_on()
    Path(note).write_text("begun", "utf-8")
    time.sleep(PATIENCE)


def _waiting(go_on: GoOn) -> Iterator[None]:
    """Go on for a while."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        go_on()
        yield
        time.sleep(0.01)
    raise TimeoutError
