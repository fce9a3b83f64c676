"""Names of files, by which every system finds the same."""

import unicodedata
from pathlib import Path

import pytest

from morphkit._core.names import Folders, check_distinct, same_name
from morphkit.errors import InputError

COMPOSED = unicodedata.normalize("NFC", "Jörg.png")
DECOMPOSED = unicodedata.normalize("NFD", "Jörg.png")


def test_names_that_some_system_takes_as_one():
    assert COMPOSED != DECOMPOSED
    assert same_name(COMPOSED) == same_name(DECOMPOSED.upper())
    assert same_name("a.JPG") == same_name("A.jpg")
    assert same_name("a.jpg") != same_name("b.jpg")
    assert same_name("groß.png") != same_name("gross.png")


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        (COMPOSED, DECOMPOSED),
        (DECOMPOSED, COMPOSED),
        ("AF01.JPG", "af01.jpg"),
        ("af01.jpg", "AF01.JPG"),
    ],
)
def test_a_file_is_found(tmp_path, stored, asked):
    folder = tmp_path / "Faces" / DECOMPOSED[:-4]
    folder.mkdir(parents=True)
    (folder / stored).write_text("x")
    wanted = tmp_path / "faces" / COMPOSED[:-4] / asked
    assert Folders().find(wanted) == folder / stored
    assert Folders().find(wanted.with_name("other.png")) is None
    assert Folders().find(tmp_path / "none" / asked) is None


@pytest.mark.parametrize(
    ("names", "how"),
    [((COMPOSED, DECOMPOSED), "Unicode form"), (("a.jpg", "a.JPG"), "upper and lower")],
)
def test_two_files_that_are_one_elsewhere(tmp_path, names, how):
    for name in names:
        (tmp_path / name).write_text(name)
    if len([*tmp_path.iterdir()]) < 2:
        pytest.skip("this system takes the two names as one")
    with pytest.raises(InputError, match=f"differ by .*{how}.*rename or remove one"):
        Folders().find(tmp_path / names[0])
    with pytest.raises(InputError, match="names must differ on every system"):
        check_distinct([Path(name) for name in names])


def test_a_folder_is_listed_once(tmp_path):
    folders = Folders()
    (tmp_path / "a.png").write_text("x")
    assert folders.find(tmp_path / "A.PNG") == tmp_path / "a.png"
    (tmp_path / "b.png").write_text("x")
    assert folders.find(tmp_path / "b.png") is None
