"""Landmarks that cannot be those of a photograph, by every way that they come in."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from small_study import FACES, LANDMARKS, run, write_study

from morphkit.faces.formats import read_landmarks, write_landmarks
from morphkit.faces.images import read_photo, turn_points
from morphkit.faces.images.orientation import apply_orientation
from morphkit.faces.landmarks import Landmarks

#: Packs are built, or photographs read, for nearly every test.
pytestmark = pytest.mark.slow

NAME = "maja_happy"
FACE = read_landmarks(LANDMARKS / f"{NAME}.json")
SIZE = (640, 640)


def placed(points: np.ndarray) -> Landmarks:
    """Return landmarks of which nothing says who placed them on what."""
    return Landmarks(FACE.template, points)


def mirrored(folder: Path) -> Path:
    """Write left and right exchanged."""
    return written(folder / f"{NAME}.csv", FACE.points[list(FACE.template.mirror)])


def upside_down(folder: Path) -> Path:
    """Write a face that stands on its head."""
    return written(folder / f"{NAME}.csv", [639, 639] - FACE.points)


def counted_down(folder: Path) -> Path:
    """Write a .tps of which y counts down."""
    file = folder / f"{NAME}.tps"
    flipped = placed(FACE.points * [1, -1] + [0, 640])
    write_landmarks(file, flipped, image=f"{NAME}.png", size=SIZE)
    return file


def outside(folder: Path) -> Path:
    """Write the landmarks of a larger photograph."""
    return written(folder / f"{NAME}.csv", FACE.points * 3)


def as_stored(folder: Path) -> Path:
    """Turn the photograph by its EXIF orientation; its landmarks are as stored."""
    beside = folder / f"{NAME}.png"
    photo = beside if beside.exists() else next(folder.parent.rglob(beside.name))
    with Pillow.open(photo) as opened:
        turned = opened.copy()
    # Stored lying on its side; orientation 6 sets it upright.
    turned = turned.transpose(Pillow.Transpose.ROTATE_90)
    exif = Pillow.Exif()
    exif[274] = 6
    turned.save(photo, exif=exif)
    x, y = FACE.points.T
    return written(folder / f"{NAME}.csv", np.column_stack([y, 639 - x]))


def missing(folder: Path) -> Path:
    """Write two points that were not placed."""
    points = FACE.points.copy()
    points[[30, 62]] = -1
    return written(folder / f"{NAME}.csv", points)


def without_places(folder: Path) -> Path:
    """Write points at 0 0."""
    file = written(folder / f"{NAME}.pts", FACE.points)
    rows = file.read_text("utf-8").splitlines()
    rows[3 + 30] = "0 0"
    file.write_text("\n".join(rows), "utf-8")
    return file


def no_numbers(folder: Path) -> Path:
    """Write NaN for a point."""
    file = written(folder / f"{NAME}.csv", FACE.points)
    rows = file.read_text("utf-8").splitlines()
    rows[1 + 30] = f"{NAME}.png,30,,NaN,NaN"
    file.write_text("\n".join(rows), "utf-8")
    return file


def written(file: Path, points: np.ndarray) -> Path:
    write_landmarks(file, placed(points), image=f"{NAME}.png")
    return file


ABSURD: dict[Callable[[Path], Path], str] = {
    mirrored: "left and right are swapped",
    upside_down: "the face is rotated by 179 degrees",
    counted_down: "y was counted from the other edge.*--tps-y-up 0",
    outside: r"landmarks? lies? outside the image of 640 x 640 pixels",
    as_stored: "frame of its pixels as they are stored.*--stored-frame",
    missing: r'2 of 68 points are missing \(-1 -1\): 30 "nose tip", 62 "upper',
    without_places: r'1 of 68 points are missing \(0 0\): 30 "nose tip"',
    no_numbers: r'1 of 68 points are missing \(not a number\): 30 "nose tip"',
}
CASES = pytest.mark.parametrize(
    ("write", "said"), ABSURD.items(), ids=[write.__name__ for write in ABSURD]
)


def told(result, said: str) -> None:
    """Check the error: what is wrong, in which file, and once."""
    text = result.stdout + result.stderr
    assert re.search(said, text, re.DOTALL), text
    assert NAME in text
    assert "Traceback" not in text


@CASES
def test_morph_refuses(write, said, tmp_path: Path) -> None:
    photos = []
    for label in ("happy", "neutral"):
        photos.append(tmp_path / f"maja_{label}.png")
        shutil.copy(FACES / f"maja_{label}.png", photos[-1])
    result = run(
        *("morph", *photos, "--steps", 2, "--output", tmp_path / "pack", "-q"),
        *("--landmarks-a", write(tmp_path), "--size", 64, 64, "--refine", "none"),
    )
    assert result.exit_code == 3
    told(result, said)
    assert not (tmp_path / "pack").exists()


@CASES
def test_build_refuses(write, said, tmp_path: Path) -> None:
    recipe = write_study(tmp_path / "study")
    (tmp_path / "study/landmarks" / f"{NAME}.json").unlink()
    write(tmp_path / "study/landmarks")
    result = run("build", recipe, "--output", tmp_path / "pack", "-q")
    assert result.exit_code == 3
    told(result, said)
    assert not (tmp_path / "pack").exists()


@CASES
def test_check_finds(write, said, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(FACES / f"{NAME}.png", photos)
    (tmp_path / "landmarks").mkdir()
    file = write(tmp_path / "landmarks")
    result = run("landmarks", "check", file, "--images", photos)
    assert result.exit_code in (3, 4)
    told(result, said)
    # One fault is one message.
    rows = [*result.stdout.splitlines(), *result.stderr.splitlines()]
    assert sum("error" in row or row.startswith("morphkit: ") for row in rows) <= 2


def test_what_each_message_advises_helps(tmp_path: Path) -> None:
    photo = tmp_path / f"{NAME}.png"
    for write, options in (
        (as_stored, ["--stored-frame"]),
        (counted_down, ["--tps-y-up", 0]),
    ):
        shutil.copy(FACES / f"{NAME}.png", photo)
        folder = tmp_path / write.__name__
        folder.mkdir()
        file, mended = write(folder), folder / "mended.json"
        done = run("landmarks", "convert", file, mended, "--image", photo, *options)
        assert done.exit_code == 0, done.stderr
        found = read_landmarks(mended)
        np.testing.assert_allclose(found.points, FACE.points, atol=1e-6)
        result = run("landmarks", "check", mended, "--images", tmp_path, "--json")
        assert result.exit_code == 0, result.stdout


def test_the_frame_as_stored_needs_the_photograph(tmp_path: Path) -> None:
    file = upside_down(tmp_path)
    done = run("landmarks", "convert", file, tmp_path / "a.json", "--stored-frame")
    assert done.exit_code == 3
    assert "give the photograph with --image" in done.stderr


def test_a_face_that_lies_is_upside_down_only_where_its_frame_is_in_doubt(
    tmp_path: Path,
) -> None:
    """A detector's own landmarks of a photograph on its side are a warning."""
    photo = tmp_path / f"{NAME}.png"
    with Pillow.open(FACES / f"{NAME}.png") as opened:
        opened.transpose(Pillow.Transpose.ROTATE_90).save(photo)
    out = tmp_path / "landmarks"
    done = run("landmarks", "detect", photo, "--output", out, "--no-agreement")
    assert done.exit_code == 0, done.stderr
    result = run("landmarks", "check", out, "--images", tmp_path)
    assert result.exit_code == 0
    assert "warning" in result.stdout
    assert "rotated by" in result.stdout


@pytest.mark.parametrize("orientation", range(1, 9))
def test_points_turn_as_the_photograph_does(orientation: int, tmp_path: Path) -> None:
    stored = np.zeros((30, 40, 3), np.uint8)
    stored[7, 11] = 200
    exif = Pillow.Exif()
    exif[274] = orientation
    Pillow.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    photo = read_photo(tmp_path / "a.png")
    assert photo.orientation == orientation
    (x, y), *_ = turn_points(np.array([[11.0, 7.0]]), orientation, (40, 30))
    assert photo.image[int(y), int(x), 0] == 200
    assert (apply_orientation(stored, orientation) == photo.image).all()


def test_a_landmark_file_that_no_photograph_has_the_name_of(tmp_path: Path) -> None:
    recipe = write_study(tmp_path / "study")
    landmarks = tmp_path / "study/landmarks"
    (landmarks / f"{NAME}.json").unlink()
    written(landmarks / "maja_hapy.pts", FACE.points)
    # Without the file its photograph would be delineated by the detector, in silence.
    result = run("build", recipe, "--output", tmp_path / "pack", "-q")
    assert result.exit_code == 3
    assert "maja_hapy.pts" in result.stderr
    assert f"{NAME}.png" in result.stderr
    assert "name it like its photograph" in result.stderr
    checked = run(
        "landmarks", "check", landmarks, "--images", tmp_path / "study/source_faces"
    )
    assert checked.exit_code == 4
    assert "no photograph in" in checked.stdout
    assert "[unused]" in checked.stdout


def test_landmark_files_of_photographs_that_a_recipe_does_not_need(
    tmp_path: Path,
) -> None:
    """They are in nobody's way: not of a build, nor where all have a file."""
    recipe = write_study(tmp_path / "study")
    landmarks = tmp_path / "study/landmarks"
    shutil.copy(landmarks / f"{NAME}.json", landmarks / "spare.json")
    result = run("build", recipe, "--output", tmp_path / "one", "-q")
    assert result.exit_code == 0, result.stderr
    (landmarks / "spare.json").unlink()
    (landmarks / f"{NAME}.json").unlink()
    shutil.copy(FACES / "maja_neutral.png", tmp_path / "study/source_faces")
    shutil.copy(LANDMARKS / "maja_neutral.json", landmarks)
    (landmarks / "notes.csv").write_text("name,note\nada,good\n", "utf-8")
    result = run("build", recipe, "--output", tmp_path / "two", "-q")
    assert result.exit_code == 0, result.stderr
