"""What killed commands left is finished or removed, and nothing else."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from morphkit._core.files import write_bytes_atomically, write_together
from morphkit._core.leftovers import settle_files, settle_place

HALF, OTHER = ".morphkit-0123456789abcdef.tmp", ".morphkit-fedcba9876543210.tmp"
TODO = ".morphkit-0123456789abcdef.todo"

#: Writes files and dies before the n-th event that changes something.
DYING = """
import os, sys
from pathlib import Path
from morphkit._core.files import write_together
folder, left = Path(sys.argv[1]), [int(sys.argv[2])]

def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
    if event in {"os.rename", "os.remove"} or writes:
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)

sys.addaudithook(watch)
write_together({folder / name: b"new" for name in sys.argv[3:]}, overwrite=True)
"""
NAMES = ("a.csv", "b.csv", "c.csv")


def tree(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("names", [NAMES[:1], NAMES])
def test_files_that_belong_together_are_all_old_or_all_new(names, tmp_path):
    seen = set()
    for at in range(1, 30):
        folder = tmp_path / str(at)
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(b"old")
        code = subprocess.run(
            [sys.executable, "-c", DYING, str(folder), str(at), *names], check=False
        ).returncode
        settle_files(folder)
        found = tree(folder)
        assert set(found) == set(names)
        assert len(set(found.values())) == 1, found
        seen.add((code, *set(found.values())))
        if code == 0:
            break
    assert (9, b"old") in seen
    assert (0, b"new") in seen
    assert (9, b"new") in seen


WRITING = """
import sys
from pathlib import Path
from morphkit._core import leftovers
path = leftovers.temporary_beside(Path(sys.argv[1]) / "x")
if sys.argv[2] == "alone":
    block = leftovers.locked_file(path)
else:
    path.write_bytes(b"half")
    block = leftovers.todo_in(path.parent)
with block as file:
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="files are young there")
@pytest.mark.parametrize("way", ["alone", "together"])
def test_files_that_are_being_written_are_left_alone(way, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITING, str(tmp_path), way],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    before = set(tree(tmp_path))
    assert settle_files(tmp_path) == []
    assert set(tree(tmp_path)) == before
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert {path.name for path in settle_files(tmp_path)} == before
    assert not tree(tmp_path)


@pytest.mark.parametrize(
    ("todo", "moved"),
    [
        ({HALF: "x"}, True),
        ({HALF: "../x"}, False),
        ({HALF: "/x"}, False),
        ({HALF: "..\\x"}, False),
        ({HALF: ".."}, False),
        ({HALF: "folder"}, False),
        ({"mine.txt": "x"}, False),
        (["x"], False),
        ("", False),
    ],
)
def test_a_list_of_moves_leads_nowhere_else(todo, moved, tmp_path):
    place = tmp_path / "deep"
    (place / "folder").mkdir(parents=True)
    (place / "mine.txt").write_text("mine")
    (place / HALF).write_text("new")
    (place / TODO).write_text(json.dumps(todo))
    settle_files(place)
    assert (place / "x").exists() == moved
    left = {"folder", "mine.txt"} | ({"x"} if moved else set())
    assert {path.name for path in place.iterdir()} == left
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


def test_only_names_of_ours_are_removed(tmp_path):
    kept = [
        ".morphkit-0123.tmp",
        "morphkit-0123456789abcdef.tmp",
        ".morphkit-0123456789abcdef.tmp.txt",
        "x.tmp",
    ]
    for name in (*kept, HALF):
        (tmp_path / name).write_text("x")
    (tmp_path / OTHER).symlink_to(tmp_path / "x.tmp")
    assert [path.name for path in settle_files(tmp_path)] == [HALF]
    assert set(tree(tmp_path)) == {*kept, OTHER}


def test_a_place_has_leftovers_of_its_own(tmp_path):
    ours = [".out.0123456789ab.partial", ".out.replaced-by-morphkit"]
    others = [
        ".other.0123456789ab.partial",
        ".out.x.0123456789ab.partial",
        ".out.0123.partial",
        ".out.partial",
        ".out.fedcba987654.partial",
    ]
    (tmp_path / "out").mkdir()
    for name in (*ours, *others):
        (tmp_path / name / "new").mkdir(parents=True)
        (tmp_path / name / "new" / "file").write_text("x")
    (tmp_path / others[-1] / "thesis.txt").write_text("x")
    assert [path.name for path in settle_place(tmp_path / "out")] == ours
    assert {path.name for path in tmp_path.iterdir()} == {"out", *others}
    # Of earlier versions, which marked it.
    (tmp_path / ".out.partial" / "build").write_text("0123")
    assert [path.name for path in settle_place(tmp_path / "out")] == [".out.partial"]


def test_nothing_is_left_by_what_ends(tmp_path):
    write_bytes_atomically(tmp_path / "a", b"1")
    write_together({tmp_path / "a": b"2", tmp_path / "b": b"2"}, overwrite=True)
    assert tree(tmp_path) == {"a": b"2", "b": b"2"}
