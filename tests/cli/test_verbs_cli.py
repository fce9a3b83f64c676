"""The commands that make one face from others."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from small_study import FACES, LANDMARKS, run

from morphkit._core.finding import Finding
from morphkit.cli import verbs
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import pixel_sha256, read_image

SMALL = ("--size", "80", "80", "--refine", "none")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with photographs, their landmarks beside them."""
    place = tmp_path_factory.mktemp("faces")
    for name in ("maja_neutral", "nilo_neutral", "nilo_happy"):
        shutil.copy(FACES / f"{name}.png", place)
        shutil.copy(LANDMARKS / f"{name}.json", place)
    return place


def sources(folder: Path, *names: str) -> list[str]:
    return [str(folder / f"{name}.png") for name in names]


def test_prototype(folder: Path, tmp_path: Path):
    photos = sources(folder, "maja_neutral", "nilo_neutral")
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
    assert "maja" not in json.dumps(told)

    again = tmp_path / "again"
    again.mkdir()
    run("prototype", *photos, "--output", again / "mean.png", *SMALL)
    for name in ("mean.png", "mean.json", "mean.made.json"):
        assert (again / name).read_bytes() == (tmp_path / name).read_bytes()


def test_what_is_there_stays(folder: Path, tmp_path: Path):
    photos = sources(folder, "maja_neutral", "nilo_neutral")
    (tmp_path / "mean.json").write_text("mine", "utf-8")
    output = tmp_path / "mean.png"
    result = run("prototype", *photos, "--output", output, *SMALL)
    assert result.exit_code == 3
    assert "mean.json: already exists" in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mean.json"]
    result = run("prototype", *photos, "--output", output, *SMALL, "--overwrite")
    assert result.exit_code == 0
    assert (tmp_path / "mean.json").read_text("utf-8") != "mine"


@pytest.mark.slow
def test_transform_with_the_results_of_prototype(folder: Path, tmp_path: Path):
    """Landmarks lie beside every picture, so that one verb feeds the next."""
    for label, names in (("from", ["maja_neutral", "nilo_neutral"]),):
        photos = sources(folder, *names)
        run("prototype", *photos, "--output", tmp_path / f"{label}.png", *SMALL)
    result = run(
        "transform",
        *sources(folder, "maja_neutral"),
        "--from",
        tmp_path / "from.png",
        "--to",
        *sources(folder, "nilo_happy"),
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
    before = read_image(folder / "maja_neutral.png").astype(int)
    after = read_image(tmp_path / "new.png").astype(int)
    assert after.shape == before.shape
    assert np.abs(after - before)[:20, :20].max() == 0
    assert np.abs(after - before)[350:450, 250:400].mean() > 3
    was = read_landmarks(folder / "maja_neutral.json").points
    now = read_landmarks(tmp_path / "new.json").points
    assert 1 < np.abs(now - was).max() < 60


def test_a_folder_of_landmarks_that_lacks_one_is_not_made_good_by_a_guess(
    folder: Path, tmp_path: Path
):
    bare, landmarks = tmp_path / "photos", tmp_path / "landmarks"
    bare.mkdir()
    landmarks.mkdir()
    photos = [bare / f"{name}.png" for name in ("maja_neutral", "nilo_neutral")]
    for photo in photos:
        shutil.copy(FACES / photo.name, photo)
    shutil.copy(LANDMARKS / "maja_neutral.json", landmarks)
    shutil.copy(LANDMARKS / "nilo_neutral.json", landmarks / "nilo_neutrl.json")
    asked = ("prototype", *photos, "--output", tmp_path / "mean.png", *SMALL)
    refused = run(*asked, "--landmarks", landmarks)
    assert refused.exit_code == 3
    assert f"{photos[1]}: has no landmark file" in refused.stderr
    assert "there is no nilo_neutral.json" in refused.stderr
    assert not (tmp_path / "mean.png").exists()
    # Beside the photograph is as good.
    shutil.copy(LANDMARKS / "nilo_neutral.json", bare)
    assert run(*asked, "--landmarks", landmarks).exit_code == 0


def test_symmetrise(folder: Path, tmp_path: Path):
    result = run(
        "symmetrise",
        *sources(folder, "nilo_happy"),
        *("--output", tmp_path / "even.png", "--quiet", *SMALL),
    )
    assert result.exit_code == 0
    assert result.stderr == ""
    even = read_image(tmp_path / "even.png").astype(int)
    off = np.abs(even - even[:, ::-1]).max(axis=2)
    assert np.median(off) <= 1
    assert (off > 8).mean() < 0.01  # in the eyes, which show the photograph alone


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["prototype", "maja_neutral.png", "--output", "x.png"], 3, "1 faces; at le"),
        (["prototype", "a.png", "b.png", "--output", "x.png"], 3, "b.png: there is no"),
        (["prototype", "--output", "x.png"], 2, "PHOTO"),
        (["symmetrise", "maja_neutral.png", "--output", "x.jpg"], 3, "choose NAME.png"),
        (
            ["symmetrise", "maja_neutral.png", "--output", "no/x.png"],
            3,
            "no: there is no such folder",
        ),
        (
            ["symmetrise", "maja_neutral.png", "--landmarks", "n", "--output", "x.png"],
            3,
            "n: there is no such folder",
        ),
        (
            ["symmetrise", "maja_neutral.png", "--shape", "50", "--output", "x.png"],
            2,
            "50.0 is not in the range",
        ),
        (
            ["transform", "maja_neutral.png", "--from", "nilo_neutral.png"],
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


@pytest.mark.slow
def test_a_difference_between_a_face_and_itself_changes_nothing(
    folder: Path, tmp_path: Path
):
    """Also where it comes as a copy of the file."""
    (face, same) = sources(folder, "maja_neutral", "nilo_neutral")
    copy = tmp_path / "copy.png"
    shutil.copy(same, copy)
    shutil.copy(LANDMARKS / "nilo_neutral.json", tmp_path / "copy.json")
    asked = ("transform", face, "--from", same, "--refine", "none")
    for k, other in enumerate((same, copy)):
        output = tmp_path / f"new_{k}.png"
        result = run(*asked, "--to", other, "--output", output)
        assert result.exit_code == 0
        assert "nothing changes: the difference is between a face and itself" in (
            result.stderr
        )
        assert (read_image(output) == read_image(Path(face))).all()


def test_landmarks_of_another_template_name_the_way_out(folder: Path, tmp_path: Path):
    photo = tmp_path / "one.png"
    shutil.copy(FACES / "maja_neutral.png", photo)
    (tmp_path / "one.pts").write_text("{\n10 10\n20 20\n30 9\n40 1\n}\n", "utf-8")
    result = run("symmetrise", photo, "--output", tmp_path / "even.png")
    assert result.exit_code == 3
    assert "found 4 points" in result.stderr
    for way in ("--template", "--landmarks DIR", "move the file away"):
        assert way in result.stderr


def test_a_fraction_is_a_number(folder: Path, tmp_path: Path):
    result = run(
        "symmetrise",
        *sources(folder, "nilo_happy"),
        *("--shape", "nan", "--output", tmp_path / "even.png"),
    )
    assert result.exit_code == 2
    assert "'nan' is not a number; a fraction from -1.5 to 1.5" in result.stderr


@pytest.mark.slow
def test_outlines_are_found_and_recorded(folder: Path, tmp_path: Path):
    result = run(
        "prototype",
        *(FACES / f"{name}_neutral.png" for name in ("maja", "oona")),
        *("--landmarks", LANDMARKS),
        *("--json", "--output", tmp_path / "mean.png"),
        *SMALL,
    )
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["settings"]["outline"] == "auto"
    (found,) = [f for f in told["findings"] if f["code"].startswith("outline")]
    assert found["code"] == "outline"
    assert "grabcut" in run("list", "outlines").stdout


def test_notes_of_one_kind_take_one_line(capsys):
    """The worst of them speaks for the others."""
    folds = [Finding("fold-removed", "note", f"by {d} px", value=d) for d in (0.3, 0.9)]
    clipped = Finding("clipping", "warning", "3 % is clipped")
    written = SimpleNamespace(
        made=SimpleNamespace(findings=(*folds, clipped)),
        files=SimpleNamespace(picture="a.png", landmarks="a.json", provenance="b.json"),
        holds=True,
    )
    verbs._report_face(written, {"as_json": False, "quiet": False})
    told = capsys.readouterr()
    assert told.err == "note: by 0.9 px (the most; 1 more) [fold-removed]\n"
    assert told.out.splitlines()[0] == "warning: 3 % is clipped [clipping]"


@pytest.mark.slow
def test_a_fold_that_stays_ends_with_exit_code_4(folder: Path, tmp_path: Path):
    """All is written, to be looked at; a script is stopped."""
    landmarks = tmp_path / "landmarks"
    landmarks.mkdir()
    shutil.copy(LANDMARKS / "maja_neutral.json", landmarks)
    told = json.loads((LANDMARKS / "nilo_neutral.json").read_text("utf-8"))
    rng = np.random.default_rng(1)
    jaw = rng.permutation(np.array(told["points"][:17])).tolist()
    told["points"] = jaw + told["points"][17:]
    (landmarks / "nilo_neutral.json").write_text(json.dumps(told), "utf-8")
    face, scrambled = sources(folder, "maja_neutral", "nilo_neutral")
    result = run(
        "transform",
        face,
        *("--from", face, "--to", scrambled, "--shape", "1.5"),
        *("--landmarks", landmarks, "--align", "none", "--refine", "none"),
        *("--output", tmp_path / "mean.png"),
    )
    assert result.exit_code == 4
    assert "the mesh folds" in result.stdout
    assert (tmp_path / "mean.made.json").exists()
