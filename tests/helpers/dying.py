"""A process that writes a folder and dies, without any clean-up, on its way."""

import os
import sys
import warnings
from pathlib import Path

from warm import forks

from morphkit._core import folders

#: Events of the file system that change something, beside opening a file to write it.
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir"}


def run_dying(output: Path, *, exchanges: bool, at: int) -> int:
    """Write a folder in a process that dies before an event; return how it ended.

    Parameters
    ----------
    output : Path
        Place of the folder, of the files a, b and list.
    exchanges : bool
        Whether the system can exchange two folders.
    at : int
        Number of the event, from 1; 0 lets it end.
    """
    process = forks().Process(target=_write, args=(output, exchanges, at))
    process.start()
    process.join(60)
    code = process.exitcode
    process.close()
    assert code is not None, "it still runs"
    return code


def _write(output: Path, exchanges: bool, at: int) -> None:
    warnings.simplefilter("ignore")
    if not exchanges:
        folders.exchange = lambda one, other: False
    with folders.claimed(output):
        pass  # everything is loaded
    left = [at]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        flags = arguments[2] if event == "open" else None
        if event in CHANGES or (isinstance(flags, int) and flags & 3):
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)

    real = folders.exchange

    def exchanging(one: Path, other: Path) -> bool:
        watch("os.rename", ())
        done = real(one, other)
        watch("os.rename", ())
        return done

    folders.exchange = exchanging
    sys.addaudithook(watch)
    with folders.written_whole(output) as folder:
        for name in ("a", "b"):
            (folder / name).write_text("new")
        (folder / "list").write_text("a b list")
