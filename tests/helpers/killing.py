"""Killing commands at chosen events of the file system, and running them again.

A command runs in a fork of this process, which has everything loaded. An audit hook
counts the events that change something below a folder (a file opened for writing, made,
moved or removed) and kills the fork, with SIGKILL, just before the n-th.
"""

import hashlib
import os
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from morphkit.cli import main

#: Events that change something; the first argument, or both, are paths.
EVENTS = {
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.truncate": 1,
    "open": 1,
}
Prepare = Callable[[Path], None]
#: ``arguments(place)`` of the command line.
Arguments = Callable[[Path], Sequence[str | Path]]


@dataclass(frozen=True)
class Scenario:
    """A command that writes.

    Parameters
    ----------
    name : str
    prepare : callable
        ``prepare(place)`` fills an empty folder.
    arguments : callable
        ``arguments(place)`` of the command, which changes nothing outside.
    kept : tuple of str, optional
        Files in the place that it must never touch.
    always : str, optional
        A file that is there before, at every instant, and after.
    """

    name: str
    prepare: Prepare
    arguments: Arguments
    kept: tuple[str, ...] = ()
    always: str = ""


@dataclass
class Outcome:
    """What came of killing a command again and again.

    Parameters
    ----------
    kills, completed, told_done : int
        Runs that were killed; reruns that ended well, and those that said that the
        output is there already.
    faults : list of str
        Whatever was lost, half or left behind.
    """

    kills: int = 0
    completed: int = 0
    told_done: int = 0
    faults: list[str] = field(default_factory=list)


def run_in_fork(scenario: Scenario, place: Path, *, kill_at: int = 0) -> int:
    """Run a scenario in a fork, killed before an event; return how it ended.

    Returns
    -------
    int
        The exit code, or -9 if it was killed.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    # A fork has none of the threads that OpenCV keeps, and would wait for them.
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with warnings.catch_warnings():
        # Python 3.12 and later warn where there are threads; the fork needs none.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        cv2.setNumThreads(n_threads)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    code = 70
    try:
        output = os.open(_said(place), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(output, stream)
        # Those of this process may write elsewhere.
        sys.stdout = os.fdopen(1, "w", encoding="utf-8")
        sys.stderr = os.fdopen(2, "w", encoding="utf-8")
        arguments = [str(each) for each in scenario.arguments(place)]
        count = _watch(place, kill_at)
        try:
            main(arguments)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        count_file = place.with_name(f"{place.name}.count")
        count_file.write_text(str(count[0]), "utf-8")
    except BaseException:  # noqa: BLE001 - the fork must not go on as this process
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _said(place: Path) -> Path:
    return place.with_name(f"{place.name}.said")


def said(place: Path) -> str:
    """Return what the last command has printed."""
    return _said(place).read_text("utf-8")


def _watch(place: Path, kill_at: int) -> list[int]:
    """Count the events below a place, and die before one of them."""
    count, root = [0], f"{place}{os.sep}"

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        n_paths = EVENTS.get(event)
        if n_paths is None:
            return
        if event == "open":
            flags = arguments[2]
            if not isinstance(flags, int) or not flags & (os.O_WRONLY | os.O_RDWR):
                return
        paths = [os.fspath(a) for a in arguments[:n_paths] if not isinstance(a, int)]
        names = [os.fsdecode(path) for path in paths]
        # Folders are emptied name by name, relative to the open folder.
        in_folder = event in {"os.remove", "os.rmdir"} and arguments[-1] != -1
        if in_folder or any(name.startswith(root) for name in names):
            count[0] += 1
            if count[0] == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return count


def count_events(scenario: Scenario, place: Path) -> int:
    """Run a scenario to its end; return the number of its events."""
    begin(scenario, place)
    code = run_in_fork(scenario, place)
    assert code in (0, 4), (scenario.name, code, said(place))
    return int(place.with_name(f"{place.name}.count").read_text("utf-8"))


def begin(scenario: Scenario, place: Path) -> None:
    """Make the place of a scenario anew."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    scenario.prepare(place)


def tree(place: Path, *, hidden: bool = False) -> dict[str, str]:
    """Return the hashes of the files below a place, those of stores left out."""
    found = {}
    for file in sorted(place.rglob("*")):
        path = file.relative_to(place)
        is_hidden = any(part.startswith(".") for part in path.parts)
        if file.is_dir() or is_hidden != hidden:
            continue
        if hidden and any(part.endswith(".store") for part in path.parts):
            continue
        found[path.as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def kill_and_rerun(
    scenario: Scenario, place: Path, points: Sequence[int], wanted: dict[str, str]
) -> Outcome:
    """Kill a scenario before each of some events, run it again, and look.

    Parameters
    ----------
    scenario : Scenario
    place : Path
    points : sequence of int
        Events before which it is killed, from 1.
    wanted : dict
        `tree` of the place after a run that was not disturbed.
    """
    outcome = Outcome()
    for point in points:
        begin(scenario, place)
        mine = {name: (place / name).read_bytes() for name in scenario.kept}
        where = f"{scenario.name} killed before event {point}"
        if run_in_fork(scenario, place, kill_at=point) != -signal.SIGKILL:
            outcome.faults.append(f"{where}: was not killed")
            continue
        outcome.kills += 1
        if scenario.always and not (place / scenario.always).is_file():
            outcome.faults.append(f"{where}: {scenario.always} is not there")
        code = run_in_fork(scenario, place)
        if code in (0, 4):
            outcome.completed += 1
        elif code == 3 and "already exists" in said(place):
            outcome.told_done += 1
        else:
            outcome.faults.append(f"{where}: the next ended with {code}: {said(place)}")
        if tree(place) != wanted:
            different = {*tree(place).items()} ^ {*wanted.items()}
            names = sorted({name for name, _ in different})
            outcome.faults.append(f"{where}: differs in {names}")
        hidden = [p for p in place.rglob(".*") if p.suffix != ".store"]
        stale = [*tree(place, hidden=True), *map(str, hidden)]
        if stale:
            outcome.faults.append(f"{where}: left {stale}")
        if any((place / name).read_bytes() != data for name, data in mine.items()):
            outcome.faults.append(f"{where}: a file of others has changed")
    return outcome


def points_of(n_events: int, n_points: int) -> list[int]:
    """Return events spread over all of them, the first and the last among them."""
    if n_points == 1:
        return [1]
    if n_points >= n_events:
        return list(range(1, n_events + 1))
    return sorted(
        {1 + round(k * (n_events - 1) / (n_points - 1)) for k in range(n_points)}
    )
