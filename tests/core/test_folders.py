"""Folders are there whole or not at all, whenever a run is killed."""

import re
import warnings
from pathlib import Path

import pytest
from dying import run_dying

import morphkit
from morphkit._core import folders
from morphkit._core.exchange import exchange
from morphkit._core.folders import (
    FolderKind,
    check_place,
    files_of,
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


@pytest.mark.slow
@pytest.mark.parametrize("replaces", [False, True])
@pytest.mark.parametrize("exchanges", [True, False])
def test_a_run_that_is_killed_anywhere_leaves_the_old_or_the_new(
    exchanges, replaces, tmp_path
):
    if exchanges and not can_exchange(tmp_path):
        pytest.skip("this system cannot exchange two folders")
    seen, told = set(), 0
    for at in range(1, 60):
        output = tmp_path / f"{at}" / "out"
        output.parent.mkdir()
        if replaces:
            make(output, "old")
        code = run_dying(output, exchanges=exchanges, at=at)
        if replaces and exchanges:
            assert held(output)  # one of them is always there
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            check(output)
        told += len(caught)
        found = held(output) if output.exists() else set()
        assert found in ([{"old"}, {"new"}] if replaces else [set(), {"new"}])
        # What was left has gone, and nothing else has come.
        assert {path.name for path in output.parent.iterdir()} <= {"out"}
        seen.add((code, *found))
        # The next run ends as if nothing had been.
        assert run_dying(output, exchanges=exchanges, at=0) == 0
        assert held(output) == {"new"}
        assert [path.name for path in output.parent.iterdir()] == ["out"]
        if code == 0:
            break
    else:
        pytest.fail("the run was never left to its end")
    before = ("old",) if replaces else ()
    assert seen == {(9, *before), (9, "new"), (0, "new")}
    # Between the two moves, and only there.
    assert told == int(replaces and not exchanges)


def can_exchange(place: Path) -> bool:
    one, other = place / "one", place / "other"
    one.mkdir()
    other.mkdir()
    able = exchange(one, other)
    one.rmdir()
    other.rmdir()
    return able


def test_two_folders_exchange_their_places(tmp_path):
    if not can_exchange(tmp_path):
        pytest.skip("this system cannot exchange two folders")
    make(tmp_path / "one", "1")
    make(tmp_path / "other", "2")
    assert exchange(tmp_path / "one", tmp_path / "other")
    assert (held(tmp_path / "one"), held(tmp_path / "other")) == ({"2"}, {"1"})
    assert not exchange(tmp_path / "one", tmp_path / "nowhere")
    assert held(tmp_path / "one") == {"2"}


def test_what_was_moved_aside_is_put_back_and_said(tmp_path):
    output = tmp_path / "out"
    make(tmp_path / ".out.replaced-by-morphkit", "old")
    with pytest.warns(UserWarning, match="had moved this folder aside; it is back"):
        check(output)
    assert held(output) == {"old"}
    check(output)
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
    monkeypatch.setattr(folders, "exchange", lambda one, other: False)
    with pytest.raises(KeyboardInterrupt), written_whole(output) as folder:
        make(folder, "new")
    monkeypatch.undo()
    assert held(output) == {"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def write_and_raise(output: Path, error: type[BaseException]) -> None:
    with written_whole(output) as folder:
        make(folder, "new")
        raise error


def test_a_block_that_does_not_end_well_leaves_nothing(tmp_path):
    for error in (KeyboardInterrupt, ZeroDivisionError):
        with pytest.raises(error):
            write_and_raise(tmp_path / "deep" / "out", error)
    assert not list(tmp_path.iterdir())


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


def test_results_are_added_to_a_folder_that_is_there(tmp_path):
    write_results(tmp_path / "out", {"fits.csv": "a\n"}, overwrite=False)
    (tmp_path / "out" / ".morphkit-0123456789abcdef.tmp").write_text("left")
    write_results(tmp_path / "out", {"scale.csv": "b\n"}, overwrite=True)
    assert sorted(files_of(tmp_path / "out")) == ["fits.csv", "scale.csv"]


def test_one_module_moves_folders_to_their_places():
    """Whatever else makes a hidden folder of its own would have its own faults."""
    package = Path(morphkit.__file__).parent
    named = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"\.partial\b", path.read_text("utf-8"))
    }
    assert named == {"_core/leftovers.py"}
