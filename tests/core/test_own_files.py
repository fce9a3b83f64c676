"""Files that morphkit keeps for itself, in folders that come from strangers.

They lie under hidden names beside what was made. What is no such file, too large or
damaged is as if it were not there: nothing hangs, fails or leads out of the folder.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile
import pytest
from small_study import build_study, write_study

from morphkit._core import bounds
from morphkit._core.journal import NAME, Journal
from morphkit._core.leftovers import settle_files
from morphkit._core.locks import held, lock_file, read_note
from morphkit._core.reading import own_bytes
from morphkit._core.store import README, Note, Store, is_store
from morphkit.errors import InputError
from morphkit.studio.history import Notes, notes_file, read_notes

KEY = "a" * 64
TODO = f".morphkit-{'0' * 16}.todo"


#: Puts what is no good in the place of a file.
BAD: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: path.write_bytes(b""),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "half a document": lambda path: path.write_bytes(b'{"kind": "morphkit-pro'),
    "a list": lambda path: path.write_bytes(b"[1, 2]"),
    "a deep list": lambda path: path.write_bytes(b"[" * 200_000 + b"]" * 200_000),
    "large numbers": lambda path: path.write_bytes(b'{"pid": 1e999, "positions": 1}'),
    "a folder": lambda path: path.mkdir(),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path),
    "64 GB": lambda path: (path.touch(), os.truncate(path, 2**36)),
}
if hasattr(os, "mkfifo"):
    BAD["a pipe"] = os.mkfifo


def store_note(folder: Path, put: Callable[[Path], object]) -> bool:
    store = Store(folder / "pack")
    store.keep(KEY, Note({}))
    note = store.folder / "notes" / f"{KEY}.json"
    note.unlink()
    put(note)
    return store.find(KEY) is not None


def store_readme(folder: Path, put: Callable[[Path], object]) -> bool:
    store = Store(folder / "pack")
    store.keep(KEY, Note({}))
    (store.folder / README).unlink()
    put(store.folder / README)
    return is_store(store.folder)


def todo(folder: Path, put: Callable[[Path], object]) -> bool:
    put(folder / TODO)
    settle_files(folder)
    return False


def lock(folder: Path, put: Callable[[Path], object]) -> bool:
    put(lock_file(folder / "pack"))
    return read_note(lock_file(folder / "pack")) is not None


def journal(folder: Path, put: Callable[[Path], object]) -> bool:
    put(folder / NAME)
    return Journal(folder, KEY).done("a") is not None


def studio_notes(folder: Path, put: Callable[[Path], object]) -> bool:
    file = notes_file(folder / "ada.json")
    file.parent.mkdir()
    put(file)
    return read_notes(folder / "ada.json") != Notes()


#: Puts something in the place of a file and reads it; whether anything was believed.
READ = {
    "store note": store_note,
    "store readme": store_readme,
    "todo": todo,
    "lock": lock,
    "journal": journal,
    "studio notes": studio_notes,
}


@pytest.mark.parametrize("bad", list(BAD))
@pytest.mark.parametrize("read", list(READ))
def test_what_is_damaged_is_as_if_it_were_not_there(read, bad, tmp_path):
    with hostile.at_most(20):
        assert not READ[read](tmp_path, BAD[bad])


def test_a_file_is_read_up_to_its_bound(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert own_bytes(tmp_path / "a", most=5) == b"12345"
    assert own_bytes(tmp_path / "a", most=4) == b""
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert own_bytes(tmp_path / "link") == b""
    with (tmp_path / "b").open("wb") as file:
        file.truncate(bounds.DOCUMENT_BYTES + 1)
    assert own_bytes(tmp_path / "b") == b""


def test_a_lock_is_taken_whatever_lies_there(tmp_path):
    lock_file(tmp_path / "pack").write_bytes(b"[" * 100_000)
    with hostile.at_most(20), held(tmp_path / "pack") as certain:
        assert certain
        assert read_note(lock_file(tmp_path / "pack")) is not None


@pytest.mark.parametrize(
    "moves",
    [
        {".morphkit-1111111111111111.tmp": "../out.txt"},
        {".morphkit-1111111111111111.tmp": "a/b"},
        {".morphkit-1111111111111111.tmp": "\x00"},
        {".morphkit-1111111111111111.tmp": "C:x"},
        {".morphkit-1111111111111111.tmp": 3},
        {"../out.txt": "mine"},
    ],
)
def test_nothing_is_moved_out_of_a_folder(moves, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "out.txt").write_text("theirs")
    (folder / ".morphkit-1111111111111111.tmp").write_text("new")
    (folder / TODO).write_text(json.dumps(moves))
    settle_files(folder)
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out.txt"}
    assert (tmp_path / "out.txt").read_text() == "theirs"
    assert list(folder.iterdir()) == []


def write_note(store: Store, said: Any) -> None:
    """Write a note with the hash that its content has."""
    text = json.dumps(said).encode()
    digest = hashlib.sha256(text).hexdigest().encode()
    (store.folder / "notes" / f"{KEY}.json").write_bytes(digest + b"\n" + text)


@pytest.mark.parametrize(
    "said",
    [
        [],
        {"files": {}},
        {"data": 3, "files": {}},
        {"data": {}, "files": 3},
        {"data": {}, "files": {"a": 3}},
        {"data": {}, "files": [[0.5, 1.5]]},
        {"data": [["a", 1]], "files": {}},
        {"data": {}, "files": {"a": "../../out.txt"}},
        {"data": {}, "files": {"../out.txt": "0" * 64}},
        {"data": {}, "files": {"/out.txt": "0" * 64}},
    ],
)
def test_a_note_of_another_form_is_none(said, tmp_path):
    store = Store(tmp_path / "pack")
    store.keep(KEY, Note({}))
    assert store.find(KEY) == Note({})
    write_note(store, said)
    assert store.find(KEY) is None
    store.limit([KEY])


def test_a_note_names_files_of_the_output_only():
    for path, sha256 in (("../x", "0" * 64), ("x", "../x")):
        with pytest.raises(InputError, match="not a file of the output"):
            Note({}, {path: sha256})


ODD: tuple[Any, ...] = (3, "x", [], {}, None, [[None]])


@pytest.mark.slow
def test_a_build_believes_no_note_of_another_form(tmp_path):
    """With a note of every part changed in turn, the same pack is built again."""
    recipe = write_study(
        tmp_path / "study",
        align={"method": "procrustes", "width": 64, "height": 72},
        continua=[
            {"identities": ["maja"], "from": "happy", "to": "distressed", "steps": 2}
        ],
        checks={"measures": ["mean_difference_face256"]},
        frame={"background": "mean"},
        morph={"mask": "face"},
    )
    pack = tmp_path / "pack"
    build_study(recipe, pack)
    sums = (pack / "SHA256SUMS").read_bytes()
    store = Store(pack)
    notes = sorted((store.folder / "notes").iterdir())
    parts: list[tuple[Path, str, str]] = []
    for note in notes:
        said = json.loads(note.read_bytes().partition(b"\n")[2])
        every = [(note, part, key) for part in ("data", "files") for key in said[part]]
        parts += every[::2]
    assert len(parts) > 5
    seen = set()
    for number, (note, part, key) in enumerate(parts):
        kept = note.read_bytes()
        said = json.loads(kept.partition(b"\n")[2])
        was = said[part][key]
        others = [one for one in ODD if not isinstance(one, type(was))]
        said[part][key] = others[number % len(others)]
        text = json.dumps(said).encode()
        digest = hashlib.sha256(text).hexdigest().encode()
        note.write_bytes(digest + b"\n" + text)
        (pack / "README.md").unlink()  # so that it is built
        build_study(recipe, pack, overwrite=True)
        assert (pack / "SHA256SUMS").read_bytes() == sums
        seen.add(note.name)
        note.write_bytes(kept)
    assert len(seen) == len(notes)


@pytest.mark.slow
def test_a_note_of_fewer_images_is_not_believed(tmp_path):
    recipe = write_study(tmp_path / "study")
    pack = tmp_path / "pack"
    build_study(recipe, pack)
    sums = (pack / "SHA256SUMS").read_bytes()
    changed = 0
    for note in (Store(pack).folder / "notes").iterdir():
        said = json.loads(note.read_bytes().partition(b"\n")[2])
        if "stimuli" in said["data"]:
            said["data"]["stimuli"] = []
            text = json.dumps(said).encode()
            digest = hashlib.sha256(text).hexdigest().encode()
            note.write_bytes(digest + b"\n" + text)
            changed += 1
    assert changed
    (pack / "README.md").unlink()  # so that it is built
    build_study(recipe, pack, overwrite=True)
    assert (pack / "SHA256SUMS").read_bytes() == sums
