"""What is kept between runs is believed only where its hash is right."""

import hashlib
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from morphkit._core import store as stores
from morphkit._core.store import Note, Store, is_store, store_of
from morphkit.errors import InputError, OutputError


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a folder in the making with two files."""
    folder = tmp_path / "work"
    (folder / "deep").mkdir(parents=True)
    (folder / "a").write_bytes(b"A")
    (folder / "deep" / "b").write_bytes(b"B")
    return folder


NOTE = Note({"rows": [1.5, "x"]}, {"a": sha256(b"A"), "deep/b": sha256(b"B")})


def names(store: Store) -> list[str]:
    return sorted(file.name for file in (store.folder / "files").iterdir())


@pytest.mark.parametrize("links", [True, False])
def test_what_is_kept_is_found_again(links, work, tmp_path, monkeypatch):
    if not links:  # as on drives that have none

        def refused(*arguments: object) -> None:
            raise PermissionError

        monkeypatch.setattr(stores.os, "link", refused)
    store = Store(tmp_path / "out")
    assert store.find("k") is None
    assert not store.is_there
    store.keep("k", NOTE, work)
    shutil.rmtree(work)
    again = Store(tmp_path / "out")
    assert again.find("k") == NOTE
    assert again.restore(NOTE, tmp_path / "new")
    assert (tmp_path / "new" / "a").read_bytes() == b"A"
    assert (tmp_path / "new" / "deep" / "b").read_bytes() == b"B"
    assert names(again) == sorted(NOTE.files.values())


@pytest.mark.parametrize("damage", ["file", "no file", "note", "no note", "link"])
def test_nothing_damaged_is_believed(damage, work, tmp_path):
    store = Store(tmp_path / "out")
    store.keep("k", NOTE, work)
    file = store.folder / "files" / sha256(b"B")
    note = store.folder / "notes" / "k.json"
    if "file" in damage or damage == "link":
        file.unlink()
    if damage == "file":
        file.write_bytes(b"C")
    elif damage == "link":
        file.symlink_to(work / "deep" / "b")
    elif damage == "note":
        note.write_text(note.read_text().replace("1.5", "2.5"))
    elif damage == "no note":
        note.write_text("")
    found = store.find("k")
    if "note" in damage:
        assert found is None
    else:
        assert found is not None
        assert not store.restore(found, tmp_path / "new")


def test_files_that_the_output_has_are_taken_from_there(work, tmp_path):
    output = tmp_path / "out"
    store = Store(output)
    store.keep("k", NOTE, work)
    store.keep("old", Note({}, {"a": sha256(b"A")}), work)
    extra = Note({}, {"never in the output": store.add(b"mesh")})
    store.keep("mesh", extra)
    work.rename(output)
    store.limit({"k", "mesh"})
    assert names(store) == [sha256(b"mesh")]
    assert store.find("old") is None
    assert store.restore(NOTE, tmp_path / "new")
    (output / "a").write_bytes(b"changed by hand")
    assert not store.restore(NOTE, tmp_path / "newer")


def test_files_that_the_output_lacks_stay(work, tmp_path):
    store = Store(tmp_path / "out")
    store.keep("k", NOTE, work)
    store.limit({"k"})
    assert names(store) == sorted(NOTE.files.values())
    store.limit(set())
    assert names(store) == []
    assert store.find("k") is None


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
def test_a_store_is_for_its_owner_and_says_what_it_holds(work, tmp_path):
    before = os.umask(0)
    try:
        store = Store(tmp_path / "out")
        store.keep("k", NOTE, work)
    finally:
        os.umask(before)
    for folder in (store.folder, *store.folder.glob("*/")):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    about = (store.folder / "README.txt").read_text()
    assert "IMAGES OF FACES" in about
    assert "morphkit clean" in about


def test_only_a_store_is_taken_for_one(work, tmp_path):
    store = Store(tmp_path / "out")
    store.keep("k", NOTE, work)
    assert is_store(store.folder)
    assert not is_store(work)
    (store.folder / "thesis.txt").write_text("years of work")
    assert not is_store(store.folder)
    with pytest.raises(OutputError, match="in the way and is not a store"):
        Store(tmp_path / "out")
    store_of(tmp_path / "other").symlink_to(work)
    with pytest.raises(OutputError, match="in the way"):
        Store(tmp_path / "other")


def run_and_raise(store: Store, error: BaseException, work: Path | None) -> None:
    with store.worth_keeping():
        if work:
            store.keep("k", NOTE, work)
        raise error


@pytest.mark.parametrize(
    ("error", "keeps", "is_there"),
    [
        (InputError("x"), True, False),  # refused: nothing is left behind
        (OutputError("x"), True, True),
        (OutputError("x"), False, False),
        (KeyboardInterrupt(), True, True),
        (KeyboardInterrupt(), False, False),
    ],
)
def test_what_is_worth_keeping(error, keeps, is_there, work, tmp_path):
    store = Store(tmp_path / "out")
    with pytest.raises(type(error)) as told:
        run_and_raise(store, error, work if keeps else None)
    assert store.is_there == is_there
    if isinstance(error, OutputError) and keeps:
        assert "what was finished is kept in" in str(told.value)
    if is_there:  # what an earlier run has kept stays
        with pytest.raises(InputError):
            run_and_raise(Store(tmp_path / "out"), InputError("x"), work)
        assert store.is_there
