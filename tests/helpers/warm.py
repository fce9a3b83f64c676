"""Commands in processes of their own, which have loaded everything when they begin.

Where there is one, Python's fork server loads the libraries once for all tests of a
worker; elsewhere every command loads them for a second.
"""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

from small_study import command

from morphkit.cli import main

#: What is loaded once.
LOADED = [
    *(__name__, "dying", "morphkit.studio.run", "morphkit.serving.run"),
    "morphkit.faces.detectors.mesh",
]


def forks() -> Any:
    """Return what starts processes, from the fork server where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


class Forked:
    """A command that runs in a fork: what tests need of `subprocess.Popen`."""

    def __init__(self, arguments: list[str], *, apart: bool) -> None:
        streams = [forks().Pipe(duplex=False) for _ in range(1 + apart)]
        ends = [inside for _, inside in streams]
        about = (arguments, ends[0], ends[-1], Path.cwd(), dict(os.environ))
        self._process = forks().Process(target=_run, args=about)
        self._process.start()
        outside = [_text(end) for end, _ in streams]
        for inside in ends:
            inside.close()
        self.stdout: IO[str] | None = outside[0]
        self.stderr: IO[str] | None = outside[1] if apart else None

    def send_signal(self, number: int) -> None:
        """Send a signal to it."""
        if self._process.pid is not None and self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(self._process.pid, number)

    def kill(self) -> None:
        """End it as a crash does."""
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """Return how it ended, None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended, once it has."""
        self._process.join(timeout)
        code = self.poll()
        assert code is not None, f"it still runs after {timeout} s"
        return code


Process = Forked | subprocess.Popen[str]


def start(*arguments: object, apart: bool = False) -> Process:
    """Start a command; its stderr is read `apart`, or with its stdout."""
    if forks().get_start_method() == "forkserver":
        return Forked([*map(str, arguments)], apart=apart)
    return subprocess.Popen(
        command(*map(str, arguments)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if apart else subprocess.STDOUT,
        text=True,
    )


def _text(end: Connection) -> IO[str]:
    """Return an end of a pipe as a file of text."""
    with end:
        return os.fdopen(os.dup(end.fileno()), encoding="utf-8")


def _run(
    arguments: list[str],
    output: Connection,
    errors: Connection,
    folder: Path,
    surroundings: dict[str, str],
) -> None:
    """Run a command in the fork."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(surroundings)
    os.dup2(output.fileno(), 1)
    os.dup2(errors.fileno(), 2)
    sys.stdout, sys.stderr = (os.fdopen(one, "w", encoding="utf-8") for one in (1, 2))
    for end in (output, errors):
        end.close()
    main(arguments)
