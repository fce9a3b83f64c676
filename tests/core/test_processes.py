"""Work in several processes: really in others, stopped as a whole, and told apart."""

import errno
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import errands
import pytest

from morphkit._core.processes import processes
from morphkit._core.workers import StoppedError
from morphkit.errors import InputError, OutputError

#: Each starts a process.
pytestmark = pytest.mark.slow


def test_every_item_is_done_once_by_all_processes():
    with processes(3) as several:
        done = list(several.do(errands.square, range(40), lambda k: k + 1))
        again = [square for _, (square, _) in several.do(errands.square, [3], int)]
    assert sorted((k, square) for k, (square, _) in done) == [
        (k, (k + 1) ** 2) for k in range(40)
    ]
    assert os.getpid() in {pid for _, (_, pid) in done}
    assert again == [9]
    assert not multiprocessing.active_children()


def test_two_are_at_work_at_once_and_the_other_has_its_variables(tmp_path):
    """Each waits until the other is there: one after the other they would never end."""
    with processes(2, {"MORPHKIT_ERRANDS": "said"}) as several:
        found = [one for _, one in several.do(errands.meet, [tmp_path] * 2, Path)]
    by_pid = {pid: rest for pid, *rest in found}
    assert len(by_pid) == 2
    assert by_pid.pop(os.getpid()) == [True, ""]
    assert list(by_pid.values()) == [[False, "said"]]


def test_warnings_of_other_processes_are_given_here():
    with processes(2) as several, pytest.warns(UserWarning, match="nothing to") as told:
        list(several.do(errands.square, [0] * 6, int))
    assert len(told) == 6


def test_a_script_that_would_start_itself_again_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import errands; from morphkit._core.processes import processes\n"
        "with processes(2) as several:\n"
        "    list(several.do(errands.square, range(9), int))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(Path(errands.__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith('under: if __name__ == "__main__":')


@pytest.mark.parametrize(
    ("failure", "error", "message"),
    [
        ("input", InputError, "here: cannot be; there; go"),
        ("output", OutputError, "the disk is full"),
        ("end", OutputError, "ended from outside, perhaps because the memory was full"),
    ],
)
def test_a_failure_stops_what_has_begun(tmp_path, failure, error, message):
    note = tmp_path / "here"  # the first errand is this process's own
    with pytest.raises(error, match=message), processes(2) as several:
        list(several.do(errands.fail, [str(note), failure], str))
    assert note.read_text("utf-8") == StoppedError.__name__


def test_an_interruption_stops_the_others(tmp_path):
    notes = [tmp_path / name for name in "ab"]

    def interrupted():
        with processes(3) as several:
            for _ in several.do(errands.fail, ["nothing", *notes], str):
                while not all(note.exists() for note in notes):
                    time.sleep(0.01)
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not multiprocessing.active_children()
    assert {note.read_text("utf-8") for note in notes} == {StoppedError.__name__}


def test_an_error_that_cannot_be_sent_is_told():
    with (
        processes(2) as several,
        pytest.raises(RuntimeError, match="OwnError: not whole"),
    ):
        list(several.do(errands.fail, ["nothing", "own"], str))


def test_a_result_that_cannot_be_sent_is_told():
    with processes(2) as several, pytest.raises(TypeError, match="cannot pickle"):
        list(several.do(errands.lock, ["nothing", "own"], str))


def test_an_errand_that_cannot_be_read_there_is_told():
    with processes(2) as several, pytest.raises(RuntimeError, match="OwnError: "):
        list(several.do(errands.fail, ["nothing", "own"], errands.Unreadable))


def test_a_process_that_cannot_be_started_is_told(monkeypatch):
    def start(process):
        raise OSError(errno.EAGAIN, "no more processes")

    monkeypatch.setattr(multiprocessing.context.SpawnProcess, "start", start)
    with pytest.raises(OutputError, match=r"\(no more processes\); use fewer --jobs"):
        done_by_three()


@pytest.mark.skipif(sys.platform == "win32", reason="without limits of open files")
def test_jobs_without_work_open_nothing():
    program = (
        "import errands, resource; from morphkit._core.processes import processes\n"
        "_, most = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, most))\n"
        "with processes(200) as several:\n"
        "    print(len(list(several.do(errands.square, [1, 2, 3], int))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(Path(errands.__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


def done_by_three():
    with processes(3) as several:
        list(several.do(errands.square, [1, 2, 3], int))


def test_processes_end_with_the_one_that_started_them(tmp_path):
    program = (
        "import errands, sys; from morphkit._core.processes import processes\n"
        "notes = [sys.argv[1] + name for name in 'ab']\n"
        "with processes(2) as several:\n"
        "    list(several.do(errands.sleep, notes, str))\n"
    )
    one = subprocess.Popen(
        [sys.executable, "-c", program, f"{tmp_path}/"],
        env=os.environ | {"PYTHONPATH": str(Path(errands.__file__).parent)},
        stdout=subprocess.PIPE,
    )
    while not (tmp_path / "b").exists():
        time.sleep(0.01)
    one.kill()
    # The pipe ends when the last process that has it does.
    assert one.communicate(timeout=errands.PATIENCE / 2) == (b"", None)


@pytest.mark.skipif(sys.platform == "win32", reason="without masks of signals")
def test_an_interruption_before_a_process_is_ready_is_not_its_own(tmp_path):
    """Ctrl-C reaches every process of the terminal, those that still import, too."""
    program = tmp_path / "interrupted_early.py"
    program.write_text(
        "import errands, os, signal\n"
        "from morphkit._core.processes import processes\n"
        "if __name__ == '__mp_main__':\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "if __name__ == '__main__':\n"
        "    with processes(2) as several:\n"
        "        print(len(list(several.do(errands.square, range(1, 9), int))))\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, program],
        env=os.environ | {"PYTHONPATH": str(Path(errands.__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "8\n", "")
