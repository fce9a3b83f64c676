"""The commands that make one face from others."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from morphkit.formats import read_landmarks
from morphkit.images import pixel_sha256, read_image
from tests.small_study import FACES, LANDMARKS, run

SMALL = ("--size", "80", "80", "--refine", "none")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with photographs, their landmarks beside them."""
    place = tmp_path_factory.mktemp("faces")
    for name in ("ada_neutral", "ben_neutral", "ben_happy"):
        shutil.copy(FACES / f"{name}.png", place)
        shutil.copy(LANDMARKS / f"{name}.json", place)
    return place


def sources(folder: Path, *names: str) -> list[str]:
    return [str(folder / f"{name}.png") for name in names]


def test_prototype(folder: Path, tmp_path: Path):
    photos = sources(folder, "ada_neutral", "ben_neutral")
    output = tmp_path / "mean.png"
    result = run("prototype", *photos, "--output", output, *SMALL)
    assert result.exit_code == 0
    assert result.stdout.split() == [
        str(tmp_path / name) for name in ("mean.png", "mean.json", "mean.made.json")
    ]
    picture = read_image(output)
    assert picture.shape == (80, 80, 3)
    landmarks = read_landmarks(tmp_path / "mean.json")
    assert landmarks.template.name == "ibug_68"
    assert landmarks.inside((80, 80)).all()
    told = json.loads((tmp_path / "mean.made.json").read_text("utf-8"))
    assert told["verb"] == "prototype"
    assert told["settings"]["align"] == "two_point"
    assert told["picture"]["pixel_sha256"] == pixel_sha256(picture)
    assert [s["placed_by"] for s in told["sources"]["faces"]] == ["render", "render"]
    assert "ada" not in json.dumps(told)

    again = tmp_path / "again"
    again.mkdir()
    run("prototype", *photos, "--output", again / "mean.png", *SMALL)
    for name in ("mean.png", "mean.json", "mean.made.json"):
        assert (again / name).read_bytes() == (tmp_path / name).read_bytes()


def test_what_is_there_stays(folder: Path, tmp_path: Path):
    photos = sources(folder, "ada_neutral", "ben_neutral")
    (tmp_path / "mean.json").write_text("mine", "utf-8")
    output = tmp_path / "mean.png"
    result = run("prototype", *photos, "--output", output, *SMALL)
    assert result.exit_code == 3
    assert "mean.json: exists already" in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mean.json"]
    result = run("prototype", *photos, "--output", output, *SMALL, "--overwrite")
    assert result.exit_code == 0
    assert (tmp_path / "mean.json").read_text("utf-8") != "mine"


def test_transform_with_the_results_of_prototype(folder: Path, tmp_path: Path):
    """Landmarks lie beside every picture, so that one verb feeds the next."""
    for label, names in (("from", ["ada_neutral", "ben_neutral"]),):
        photos = sources(folder, *names)
        run("prototype", *photos, "--output", tmp_path / f"{label}.png", *SMALL)
    result = run(
        "transform",
        *sources(folder, "ada_neutral"),
        "--from",
        tmp_path / "from.png",
        "--to",
        *sources(folder, "ben_happy"),
        *("--shape", "0.5", "--colour", "0.25", "--texture", "0"),
        *("--refine", "none", "--json", "--output", tmp_path / "new.png"),
    )
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["file"] == str(tmp_path / "new.png")
    assert told["settings"]["shape"] == 0.5
    assert told["settings"]["region"] == "face"
    assert {part: len(found) for part, found in told["sources"].items()} == {
        "face": 1,
        "from": 1,
        "to": 1,
    }
    before = read_image(folder / "ada_neutral.png").astype(int)
    after = read_image(tmp_path / "new.png").astype(int)
    assert after.shape == before.shape
    assert np.abs(after - before)[:20, :20].max() == 0
    assert np.abs(after - before)[350:450, 250:400].mean() > 3
    was = read_landmarks(folder / "ada_neutral.json").points
    now = read_landmarks(tmp_path / "new.json").points
    assert 1 < np.abs(now - was).max() < 60


def test_symmetrise(folder: Path, tmp_path: Path):
    result = run(
        "symmetrise",
        *sources(folder, "ben_happy"),
        *("--output", tmp_path / "even.png", "--quiet", *SMALL),
    )
    assert result.exit_code == 0
    assert result.stderr == ""
    even = read_image(tmp_path / "even.png").astype(int)
    assert np.abs(even - even[:, ::-1]).mean() < 0.2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["prototype", "ada_neutral.png", "--output", "x.png"], 3, "1 faces; at le"),
        (["prototype", "a.png", "b.png", "--output", "x.png"], 3, "b.png: there is no"),
        (["prototype", "--output", "x.png"], 2, "PHOTO"),
        (["symmetrise", "ada_neutral.png", "--output", "x.jpg"], 3, "choose NAME.png"),
        (
            ["symmetrise", "ada_neutral.png", "--output", "no/x.png"],
            3,
            "no: there is no such folder",
        ),
        (
            ["symmetrise", "ada_neutral.png", "--landmarks", "n", "--output", "x.png"],
            3,
            "n: there is no such folder",
        ),
        (
            ["symmetrise", "ada_neutral.png", "--shape", "50", "--output", "x.png"],
            2,
            "50.0 is not in the range",
        ),
        (
            ["transform", "ada_neutral.png", "--from", "ben_neutral.png"],
            2,
            "Missing option",
        ),
    ],
)
def test_what_is_refused(arguments, code, said, folder: Path, monkeypatch):
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    result = run(*arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == before
