"""Folders are there whole or not at all, whenever a run is killed."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import morphkit
from morphkit._core.folders import (
    FolderKind,
    check_place,
    files_of,
    put_back,
    resumable,
    written_whole,
)
from morphkit.errors import OutputError
from morphkit.experiment.analysis.documents import write_results

#: A folder of a kind that lists its files in the file "list".
LISTED = FolderKind(
    "thing",
    lambda folder: (
        frozenset((folder / "list").read_text().split())
        if (folder / "list").is_file()
        else frozenset()
    ),
)


def make(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("a", "b"):
        (folder / name).write_text(text)
    (folder / "list").write_text("a b list")


def held(folder: Path) -> set[str]:
    """Return what the files of a folder say; it must have all of them."""
    assert set(files_of(folder)) == {"a", "b", "list"}
    return {(folder / name).read_text() for name in ("a", "b")}


def check(output: Path, *, overwrite: bool = True) -> None:
    check_place(output, LISTED, overwrite=overwrite)


# Crashes

#: Writes a folder and dies, without any clean-up, before the n-th call of a function
#: that moves, removes or writes.
DYING = """
import os, pathlib, shutil, sys, warnings
warnings.simplefilter("ignore")
from morphkit._core.folders import resumable, written_whole
output, way, left = pathlib.Path(sys.argv[1]), sys.argv[2], [int(sys.argv[3])]

def counting(real):
    def call(*arguments, **named):
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)
        return real(*arguments, **named)
    return call

for owner, name in (
    (os, "rename"), (os, "replace"), (os, "unlink"), (os, "rmdir"), (os, "mkdir"),
    (shutil, "rmtree"), (pathlib.Path, "write_text"), (pathlib.Path, "write_bytes"),
):
    setattr(owner, name, counting(getattr(owner, name)))

def fill(folder):
    for name in ("a", "b"):
        (folder / name).write_text("new")
    (folder / "list").write_text("a b list")

if way == "whole":
    with written_whole(output) as folder:
        fill(folder)
else:
    with resumable(output, "same") as work:
        fill(work.result)
"""


def run_dying(output: Path, way: str, at: int) -> int:
    arguments = [sys.executable, "-c", DYING, str(output), way, str(at)]
    return subprocess.run(arguments, check=False, timeout=60).returncode


@pytest.mark.parametrize("replaces", [False, True])
@pytest.mark.parametrize("way", ["whole", "resumable"])
def test_a_run_that_is_killed_anywhere_leaves_the_old_or_the_new(
    way, replaces, tmp_path
):
    seen, told = set(), 0
    for at in range(1, 60):
        output = tmp_path / f"{at}" / "out"
        output.parent.mkdir()
        if replaces:
            make(output, "old")
        code = run_dying(output, way, at)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            check(output)
        told += len(caught)
        found = held(output) if output.exists() else set()
        assert found in ([{"old"}, {"new"}] if replaces else [set(), {"new"}])
        seen.add((code, *found))
        # The next run ends as if nothing had been.
        assert run_dying(output, way, 0) == 0
        assert held(output) == {"new"}
        if way == "resumable":
            assert [path.name for path in output.parent.iterdir()] == ["out"]
        if code == 0:
            break
    else:
        pytest.fail("the run was never left to its end")
    before = ("old",) if replaces else ()
    assert seen == {(9, *before), (9, "new"), (0, "new")}
    assert told == int(replaces)  # between the two moves, and only there


def test_what_was_moved_aside_is_put_back_and_said(tmp_path):
    output = tmp_path / "out"
    make(tmp_path / ".out.replaced-by-morphkit", "old")
    with pytest.warns(UserWarning, match="had moved this folder aside; it is back"):
        put_back(output)
    assert held(output) == {"old"}
    put_back(output)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failure_while_taking_the_place_puts_the_old_folder_back(
    tmp_path, monkeypatch
):
    output = tmp_path / "out"
    make(output, "old")
    real = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), written_whole(output) as folder:
        make(folder, "new")
    monkeypatch.undo()
    assert held(output) == {"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


# What is kept, and for whom


def leave_half(output: Path, fingerprint: str, *, found: bool) -> None:
    with resumable(output, fingerprint) as work:
        assert (work.notes / "half").exists() is found
        (work.notes / "half").write_text("x")
        raise KeyboardInterrupt


def write_and_raise(output: Path, error: type[BaseException]) -> None:
    with written_whole(output) as folder:
        make(folder, "new")
        raise error


def test_an_interrupted_workspace_is_found_again_by_the_same_work_alone(tmp_path):
    output = tmp_path / "out"
    for fingerprint, left in (("one", False), ("one", True), ("two", False)):
        with pytest.raises(KeyboardInterrupt):
            leave_half(output, fingerprint, found=left)
    with pytest.raises(ZeroDivisionError), resumable(output, "two"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_a_block_that_does_not_end_well_leaves_nothing(tmp_path):
    for error in (KeyboardInterrupt, ZeroDivisionError):
        with pytest.raises(error):
            write_and_raise(tmp_path / "deep" / "out", error)
    assert not list((tmp_path / "deep").iterdir())


# Places


def test_an_empty_folder_is_as_good_as_none(tmp_path):
    output = tmp_path / "out"
    output.mkdir()
    check(output, overwrite=False)
    with written_whole(output) as folder:
        make(folder, "new")
    assert held(output) == {"new"}


@pytest.mark.parametrize(
    ("overwrite", "said"),
    [
        (False, "already exists; choose another folder, or add --overwrite to replace"),
        (None, "already exists; choose a new or empty folder"),
    ],
)
def test_what_is_there_is_kept_unless_said(overwrite, said, tmp_path):
    make(tmp_path / "out", "old")
    with pytest.raises(OutputError, match=said):
        check_place(tmp_path / "out", LISTED, overwrite=overwrite)


def test_only_a_folder_of_the_kind_is_replaced_and_nothing_else_in_it(tmp_path):
    output = tmp_path / "out"
    output.write_text("years of work")
    with pytest.raises(OutputError, match="is not a morphkit thing"):
        check(output)
    output.unlink()
    make(tmp_path / "real", "old")
    output.symlink_to(tmp_path / "real")
    with pytest.raises(OutputError, match="is not a morphkit thing"):
        check(output)
    output.unlink()
    make(output, "old")
    (output / ".DS_Store").write_text("")
    check(output)
    (output / "answers.csv").write_text("years of work")
    with pytest.raises(OutputError, match=r"do not belong to the thing.*answers\.csv"):
        check(output)


def test_parents_must_be_folders_that_stay_whole(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        check(tmp_path / "file" / "deep" / "out")
    make(tmp_path / "pack", "old")
    with pytest.raises(OutputError, match="lies inside the pack"):
        check_place(
            tmp_path / "pack" / "deep" / "out",
            LISTED,
            overwrite=False,
            closed=lambda folder: bool(LISTED.own(folder)),
        )


def test_results_leave_the_workspace_of_a_build_alone(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        leave_half(tmp_path / "out", "one", found=False)
    write_results(tmp_path / "out", {"fits.csv": "a\n"}, overwrite=False)
    assert sorted(files_of(tmp_path / "out")) == ["fits.csv"]
    with pytest.raises(KeyboardInterrupt):
        leave_half(tmp_path / "out", "one", found=True)


def test_one_module_moves_folders_to_their_places():
    """Whatever else makes a hidden folder of its own would have its own faults."""
    package = Path(morphkit.__file__).parent
    named = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if ".partial" in path.read_text("utf-8")
    }
    assert named == {"_core/folders.py"}
