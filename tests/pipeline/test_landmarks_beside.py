"""Landmark files that lie beside the photographs of `morph`."""

import shutil
from pathlib import Path

import pytest
from repository import LANDMARKS, SOURCE_FACES
from small_study import run

from morphkit.errors import InputError
from morphkit.faces.formats import read_landmarks, write_landmarks
from morphkit.pack.read import read_pack
from morphkit.pipeline.source_faces import SourceFiles
from morphkit.pipeline.sources import with_file_beside

FACE = read_landmarks(LANDMARKS / "maja_happy.json")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photograph named by a camera, and its landmarks by a person."""
    photo = tmp_path / "AF01HAS.PNG"
    shutil.copy(SOURCE_FACES / "maja_happy.png", photo)
    write_landmarks(tmp_path / "af01has.pts", FACE)
    return photo


def test_a_file_beside_a_photograph_is_taken_whatever_the_case(photo: Path) -> None:
    found = with_file_beside(SourceFiles(photo))
    assert found.landmarks == photo.parent / "af01has.pts"


def test_what_is_given_counts_more(photo: Path) -> None:
    other = LANDMARKS / "maja_happy.json"
    assert with_file_beside(SourceFiles(photo, other)).landmarks == other
    assert with_file_beside(SourceFiles(photo, face=2)).landmarks is None


def test_notes_of_other_programs_are_no_landmarks(photo: Path) -> None:
    (photo.parent / "af01has.pts").unlink()
    photo.with_suffix(".json").write_text('{"camera": "K100"}', "utf-8")
    assert with_file_beside(SourceFiles(photo)).landmarks is None


def test_two_files_beside_are_refused(photo: Path) -> None:
    write_landmarks(photo.with_suffix(".csv"), FACE, image=photo.name)
    with pytest.raises(InputError, match="2 landmark files"):
        with_file_beside(SourceFiles(photo))


@pytest.mark.slow
def test_morph_does_not_replace_them_by_the_detector(photo: Path) -> None:
    other, pack = LANDMARKS / "maja_distressed.json", photo.parent / "pack"
    result = run(
        *("morph", photo, SOURCE_FACES / "maja_distressed.png", "--steps", 2),
        *("--landmarks-b", other, "--output", pack, "--size", 64, 64, "-q"),
        *("--refine", "none"),
    )
    assert result.exit_code == 0, result.stderr
    (row,) = read_pack(pack).continua
    assert row.from_placed_by == "unknown"
