"""One process at a time writes a place; a second one is told who does."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from morphkit._core import locks
from morphkit._core.folders import FolderKind, check_place, written_whole
from morphkit._core.leftovers import settle_place
from morphkit._core.locks import held, lock_file, read_note, waiting
from morphkit.errors import OutputError

HOLDING = """
import sys, pathlib
from morphkit._core.folders import written_whole
with written_whole(pathlib.Path(sys.argv[1])) as folder:
    (folder / "by").write_text("other")
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another_process(place: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that is writing a place until it gets a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go on\n")
    process.stdin.flush()


def test_a_second_process_is_told_who_is_writing(tmp_path):
    place = tmp_path / "out"
    with another_process(place) as process:
        with pytest.raises(OutputError) as told, held(place):
            pytest.fail("two processes hold one place")
        message = str(told.value)
        assert message.startswith(f"{place}: is being written by process {process.pid}")
        assert f"python {place}" in message  # the command
        assert "--wait" in message
        with pytest.raises(OutputError, match="is being written"):
            check_place(place, FolderKind("x", lambda _: frozenset()), overwrite=True)
        with (
            pytest.raises(OutputError, match="is being written"),
            written_whole(place),
        ):
            pytest.fail("two processes write one place")
        go_on(process)
        process.wait()
    assert (place / "by").read_text() == "other"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    with held(place) as certain:
        assert certain


def test_who_has_just_got_hold_of_a_place_is_asked_again(tmp_path, monkeypatch):
    place, real, looks = tmp_path / "out", read_note, []

    def late(file: Path) -> object:
        looks.append(file)
        return real(file) if len(looks) > 2 else None

    monkeypatch.setattr(locks, "read_note", late)
    with another_process(place) as process:
        with pytest.raises(OutputError, match=f"by process {process.pid}"), held(place):
            pytest.fail("two processes hold one place")
        assert len(looks) == 3


def test_a_second_process_may_wait(tmp_path):
    place = tmp_path / "out"
    with another_process(place) as process:
        threading.Timer(0.5, go_on, [process]).start()
        with (
            waiting(),
            pytest.warns(UserWarning, match=rf"by process {process.pid} on .*waiting"),
            held(place),
        ):
            assert (place / "by").read_text() == "other"
    assert not lock_file(place).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_a_process_that_is_killed_leaves_no_lock(tmp_path):
    place = tmp_path / "out"
    with another_process(place) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert lock_file(place).exists()
    assert len(list(tmp_path.glob(".out.*.partial"))) == 1
    with held(place) as certain:
        assert certain
        settle_place(place)
    assert not list(tmp_path.iterdir())


def test_a_thread_may_hold_a_place_repeatedly_and_another_thread_may_not(tmp_path):
    place, told = tmp_path / "out", []

    def second() -> None:
        try:
            with held(place):
                told.append("")
        except OutputError as error:
            told.append(str(error))

    with held(place), held(place):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "is being written" in told[0]
    with held(place):
        pass
    assert not list(tmp_path.iterdir())


def test_folders_made_for_a_lock_go_with_it(tmp_path):
    with held(tmp_path / "deep" / "er" / "out"):
        assert (tmp_path / "deep" / "er").is_dir()
    assert not list(tmp_path.iterdir())
    with held(tmp_path / "deep" / "out"):
        (tmp_path / "deep" / "file").write_text("")
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


def test_a_lock_says_who_holds_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/__main__.py", "build", "my study.toml"])
    with held(tmp_path / "out"):
        who = read_note(lock_file(tmp_path / "out"))
    assert who is not None
    assert (who.pid, who.command) == (os.getpid(), "morphkit build 'my study.toml'")
    assert str(who).startswith(f"process {os.getpid()} on {who.host}, since 2")


@pytest.mark.parametrize(
    "text", ["", "x", "\n[]", '\n{"pid": 1}', '\n{"pid": "x", "host": 1}']
)
def test_a_lock_that_says_nothing_is_a_lock_all_the_same(text, tmp_path):
    lock_file(tmp_path / "out").write_text(text)
    assert read_note(lock_file(tmp_path / "out")) is None
    with held(tmp_path / "out"):
        assert read_note(lock_file(tmp_path / "out")) is not None


def test_what_a_lock_says_cannot_write_on_a_terminal(tmp_path):
    said = '\n{"pid": 1, "host": "a\\u001b[31m", "since": "b\\n", "command": "c"}'
    lock_file(tmp_path / "out").write_text(said)
    who = read_note(lock_file(tmp_path / "out"))
    assert str(who) == "process 1 on a[31m, since b: c"


def test_a_drive_without_locks_is_said_and_nothing_is_removed_there(
    tmp_path, monkeypatch
):
    def missing(*arguments: object, **named: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr("filelock.FileLock.acquire", missing)
    left = tmp_path / ".out.0123456789ab.partial"
    left.mkdir()
    with (
        pytest.warns(UserWarning, match="this drive has no locks"),
        written_whole(tmp_path / "out") as folder,
    ):
        (folder / "x").write_text("x")
    assert (tmp_path / "out" / "x").is_file()
    assert left.is_dir()  # it may be in use
    with (
        pytest.warns(UserWarning, match="no locks"),
        held(tmp_path / "out") as certain,
    ):
        assert not certain


def test_there_is_one_kind_of_lock():
    assert lock_file(Path("/a/b")).name == ".b" + locks.ENDING
