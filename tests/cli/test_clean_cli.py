"""What is cleaned away, and what is not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_study import files_below, run, run_alone

import morphkit as mk
from morphkit._core.journal import Journal
from morphkit._core.locks import lock_file
from morphkit._core.store import Note, Store

OURS = (
    ".pack.0123456789ab.partial/new/face.png",
    ".other.fedcba987654.partial/new/face.png",
    "pack/.morphkit-0123456789abcdef.tmp",
    ".old.partial/build",
    ".old.partial/new/face.png",
)
OTHERS = (
    "pack/data.csv",
    ".pack.01234.partial/new/x",
    ".pack.0123456789ab.partial.txt",
    ".mine.partial/thesis.txt",
    ".tool.lock",
    ".data.store/README.txt",
    ".git/.x.0123456789ab.partial/new/x",
    ".foreign.0123456789ab.partial/thesis.txt",
    "pack/.morphkit-xyz.tmp",
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in (*OURS, *OTHERS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    store = Store(tmp_path / "pack")
    store.keep("k", Note({}, {"f": store.add(b"a face")}))
    Journal(tmp_path / "pack", "key").note("a.png", {}, {})
    aside = tmp_path / "deep" / ".moved.replaced-by-morphkit"
    aside.mkdir(parents=True)
    (aside / "file").write_text("old")
    note = {"pid": 1, "host": "h", "since": "s", "command": "c"}
    lock_file(tmp_path / "gone").write_text("\n" + json.dumps(note))
    return tmp_path


def test_everything_of_ours_goes_and_nothing_else(place: Path) -> None:
    with pytest.warns(UserWarning, match="had moved this folder aside"):
        found = mk.clean_folder(place)
    assert {path.relative_to(place).as_posix() for path in found.removed} == {
        ".pack.0123456789ab.partial",
        ".other.fedcba987654.partial",
        ".old.partial",
        ".pack.store",
        ".gone.morphkit-lock",
        "pack/.morphkit-0123456789abcdef.tmp",
        "pack/.morphkit-progress.jsonl",
    }
    assert [path.name for path in found.put_back] == ["moved"]
    assert found.in_use == ()
    files = {name for name in files_below(place) if (place / name).is_file()}
    assert files == {*OTHERS, "deep/moved/file"}


def test_what_lies_beside_a_folder_goes_with_it(place: Path) -> None:
    found = mk.clean_folder(place / "pack")
    assert {path.name for path in found.removed} == {
        ".pack.0123456789ab.partial",
        ".pack.store",
        ".morphkit-0123456789abcdef.tmp",
        ".morphkit-progress.jsonl",
    }
    assert (place / ".other.fedcba987654.partial").is_dir()
    # Also where the folder itself is no more.
    assert len(mk.clean_folder(place / "other").removed) == 1


HOLDING = """
import sys, pathlib
from morphkit._core.folders import written_whole
with written_whole(pathlib.Path(sys.argv[1])) as folder:
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_what_is_in_use_stays_and_is_said(tmp_path: Path) -> None:
    place = tmp_path / "out"
    store = Store(place)
    store.keep("k", Note({}))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        before = files_below(tmp_path)
        done = run("clean", tmp_path)
        assert done.exit_code == 0
        assert done.stdout == ""
        assert f"is being written by process {process.pid}" in done.stderr
        assert files_below(tmp_path) == before
        process.kill()
    done = run("clean", tmp_path, "--json")
    told = json.loads(done.stdout)
    assert len(told["removed"]) == 3  # a folder, a store and a lock
    assert files_below(tmp_path) == []


@pytest.mark.slow
def test_the_command_says_what_it_does(tmp_path: Path) -> None:
    (tmp_path / ".a.0123456789ab.partial" / "new").mkdir(parents=True)
    done = run_alone("clean", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("removed: ")
    assert done.stdout.endswith(".a.0123456789ab.partial\n")
    done = run_alone("clean", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "nothing to remove\n"
    assert run("clean", tmp_path / "no").exit_code == 3
