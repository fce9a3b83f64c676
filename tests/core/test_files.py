"""Files are written wholly or not at all, several of them together."""

from pathlib import Path

import pytest

from morphkit._core.files import write_bytes_atomically, write_together
from morphkit.errors import OutputError


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        if path.is_file()
        else b""
        for path in sorted(folder.rglob("*"))
    }


def test_several_files_are_written_with_their_folders(tmp_path):
    files = {tmp_path / "a" / "b" / "x.csv": b"1\n", tmp_path / "page.html": b"<p>"}
    write_together(files)
    assert tree(tmp_path) == {
        "a": b"",
        "a/b": b"",
        "a/b/x.csv": b"1\n",
        "page.html": b"<p>",
    }


@pytest.mark.parametrize("hindrance", ["file", "folder", "parent", "name"])
def test_none_is_written_where_one_cannot_be(hindrance, tmp_path):
    last = tmp_path / "new" / "last.csv"
    files = {tmp_path / "first.csv": b"1", tmp_path / "kept.csv": b"2", last: b"3"}
    (tmp_path / "kept.csv").write_bytes(b"mine")
    said = "already exists"
    if hindrance == "folder":
        (tmp_path / "first.csv").mkdir()
        said = "this is a folder"
    elif hindrance == "parent":
        files[tmp_path / "kept.csv" / "x.csv"] = b"4"
        said = "is a file, not a folder|cannot be written"
    elif hindrance == "name":
        # Too long for any system: told only when it is written.
        files[tmp_path / f"{'n' * 300}.csv"] = b"4"
        said = "cannot be written"
    before = tree(tmp_path)
    with pytest.raises(OutputError, match=said):
        write_together(files, overwrite=hindrance != "file")
    assert tree(tmp_path) == before


def test_what_may_be_replaced_is_replaced(tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    write_together({tmp_path / "x": b"new", tmp_path / "y": b"1"}, overwrite=True)
    assert tree(tmp_path) == {"x": b"new", "y": b"1"}


def test_a_file_alone_goes_into_a_folder_that_is_there(tmp_path):
    with pytest.raises(OutputError, match="does not exist; create it first"):
        write_bytes_atomically(tmp_path / "no" / "x", b"1")
    assert tree(tmp_path) == {}
