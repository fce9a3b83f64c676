import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image
from repository import LANDMARKS, SOURCE_FACES
from small_study import RUNNER, write_pair, write_study

from morphkit._core.files import sha256_of
from morphkit.cli import main
from morphkit.errors import MissingExtraError
from morphkit.faces.formats import (
    FORMATS,
    builtin_template,
    read_collection,
    read_landmarks,
    write_collection,
    write_landmarks,
)
from morphkit.faces.images import read_image, write_png
from morphkit.faces.landmarks import Landmarks, Placement

IBUG = builtin_template("ibug_68")


def run(*arguments, code=0):
    result = RUNNER.invoke(main, ["landmarks", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


@pytest.fixture(scope="module")
def detected(tmp_path_factory):
    """Two faces delineated, with their pictures."""
    folder = tmp_path_factory.mktemp("detected")
    photos = folder / "photos"
    photos.mkdir()
    for name in ("nilo_neutral.png", "maja_happy.png"):
        shutil.copy(SOURCE_FACES / name, photos)
    options = ["--output", folder / "landmarks", "--overlay", folder / "look"]
    result = run("detect", photos, *options, "--no-agreement")
    return folder, result


# --- detect


def test_detect_writes_files_that_say_who_and_on_what(detected):
    folder, result = detected
    names = sorted(file.name for file in (folder / "landmarks").iterdir())
    assert names == ["maja_happy.json", "nilo_neutral.json"]
    found = read_landmarks(folder / "landmarks" / "maja_happy.json")
    assert found.placement.by == "detector"
    assert found.placement.detector == "mesh"
    assert len(found.placement.models) == 3
    assert found.placement.score > 0.5
    assert found.image_sha256 == sha256_of(SOURCE_FACES / "maja_happy.png")
    rows = result.stdout.splitlines()
    assert [row.split()[0] for row in rows] == [
        "image",
        "maja_happy.png",
        "nilo_neutral.png",
    ]
    assert "delineating" in result.stderr


def test_detect_draws_pictures(detected):
    folder, _ = detected
    picture = folder / "look" / "maja_happy_landmarks.png"
    drawn, photo = read_image(picture), read_image(SOURCE_FACES / "maja_happy.png")
    assert drawn.shape == photo.shape
    x, y = np.rint(
        read_landmarks(folder / "landmarks" / "maja_happy.json").points[30]
    ).astype(int)
    assert drawn[y, x, 0] > 230
    assert drawn[y, x, 2] < 40
    assert (drawn[:100] == photo[:100]).all()
    assert b"tEXt" not in picture.read_bytes()


@pytest.mark.slow
def test_detect_of_nothing_leaves_no_folder_and_no_remark_on_agreement(tmp_path):
    pytest.importorskip("dlib", reason="agreement is measured with the extra dlib68")
    kept, new = tmp_path / "kept", tmp_path / "new"
    kept.mkdir()
    for folder in (kept, new):
        result = run("detect", tmp_path / "no.jpg", "--output", folder, code=3)
        assert "0 of 1 image delineated" in result.stderr
        assert "agreement" not in result.stderr
    assert list(tmp_path.iterdir()) == [kept]
    assert list(kept.iterdir()) == []


@pytest.mark.slow
def test_detect_refuses_to_overwrite_before_any_work(detected):
    folder, _ = detected
    (folder / "landmarks" / "maja_happy.json").touch()
    result = run(
        "detect", SOURCE_FACES / "maja_happy.png", SOURCE_FACES / "maja_neutral.png",
        "--output", folder / "landmarks", code=3,
    )  # fmt: skip
    assert "already exists" in result.stderr
    assert "nothing was written" in result.stderr
    assert not (folder / "landmarks" / "maja_neutral.json").exists()


@pytest.mark.slow
def test_detect_lists_all_bad_images_and_keeps_the_good_ones(tmp_path):
    write_png(tmp_path / "flat.png", np.full((64, 64, 3), 99, np.uint8))
    (tmp_path / "broken.png").write_bytes(b"no image")
    out = tmp_path / "out"
    result = run(
        "detect", tmp_path / "broken.png", SOURCE_FACES / "maja_happy.png",
        tmp_path / "flat.png", "--output", out, "--no-agreement", "--json", code=3,
    )  # fmt: skip
    assert [file.name for file in out.glob("[!.]*")] == ["maja_happy.json"]
    assert "broken.png: this is not an image" in result.stderr
    assert "flat.png: no face was found" in result.stderr
    assert "1 of 3 images delineated" in result.stderr
    told = json.loads(result.stdout)
    assert len(told["errors"]) == 2
    assert told["faces"][0]["box"][2] > 200


def test_detect_refuses_two_images_of_one_name(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(SOURCE_FACES / "maja_happy.png", tmp_path / folder)
    result = run(
        "detect", tmp_path / "a", tmp_path / "b", "--output", tmp_path / "out", code=3
    )
    assert "would share the landmark file maja_happy.json" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--template", "webmorph_70"], 'cannot place "webmorph_70"'),
        (["--face", "2"], "there is no face 2"),
        (["--agreement", "--template", "dlib_5"], "cannot be measured"),
    ],
)
def test_detect_explains_what_cannot_be_done(tmp_path, options, said):
    photo = SOURCE_FACES / "maja_happy.png"
    result = run("detect", photo, "--output", tmp_path, *options, code=3)
    assert said in result.stderr


@pytest.mark.slow
def test_several_faces_are_drawn_with_their_numbers(tmp_path):
    both = tmp_path / "both.png"
    write_pair(both)
    folders = ("--output", tmp_path / "out", "--overlay", tmp_path / "look")
    result = run("detect", both, *folders, "--no-agreement", code=3)
    drawn = tmp_path / "look" / "both_faces.png"
    assert f"{drawn} shows their numbers" in result.stderr
    off = np.asarray(Image.open(drawn)) != np.asarray(Image.open(both))
    shares = [half.any(axis=2).mean() for half in np.split(off, 2, axis=1)]
    assert all(0.005 < share < 0.2 for share in shares)
    assert "--overlay DIR" in run("detect", both, *folders[:2], code=3).stderr
    result = run("detect", both, *folders, "--face", 2, "--no-agreement")
    assert "2 of 2" in result.stdout
    kept = read_landmarks(tmp_path / "out" / "both.json")
    assert kept.placement.choice == "face 2 of 2"
    assert kept.points[:, 0].min() > 320


@pytest.mark.slow
def test_agreement_is_told_where_both_detectors_are(tmp_path, monkeypatch):
    from morphkit.pipeline.delineate import detect

    asked = []

    def find(image):
        asked.append(image.shape)
        if len(set(image.ravel()[:3000].tolist())) < 2:
            return ()
        face = read_landmarks(LANDMARKS / "maja_happy.json")
        return (face,)

    entry = detect.DETECTORS["dlib_68"]
    other = type(entry)(find, "ibug_68", False, "", "")
    monkeypatch.setitem(detect.DETECTORS, "dlib_68", other)
    photo = SOURCE_FACES / "maja_happy.png"
    result = run("detect", photo, "--output", tmp_path, "--json")
    apart = json.loads(result.stdout)["faces"][0]["agreement_percent"]
    assert set(apart) == {*builtin_template("ibug_68").regions, "all"}
    assert 1 < apart["all"] < 8
    assert len(asked) >= 2
    again = run("detect", photo, "--output", tmp_path, "--overwrite")
    assert "mouth" in again.stdout.splitlines()[0]
    assert "2 is normal" in again.stderr


@pytest.mark.slow
def test_agreement_that_is_asked_for_needs_the_extra(tmp_path, monkeypatch):
    from morphkit.pipeline.delineate import detect

    def find(image):
        raise MissingExtraError("detector dlib_68", "dlib68")

    entry = detect.DETECTORS["dlib_68"]
    other = type(entry)(find, "ibug_68", False, "", "")
    monkeypatch.setitem(detect.DETECTORS, "dlib_68", other)
    photo = SOURCE_FACES / "maja_happy.png"
    result = run("detect", photo, "--output", tmp_path, "--agreement", code=3)
    assert 'pip install "morphkit-faces[dlib68]"' in result.stderr
    result = run("detect", photo, "--output", tmp_path)
    assert "agreement was not measured" in result.stderr


# --- check


@pytest.mark.slow
def test_check_of_what_was_detected_finds_nothing(detected):
    folder, _ = detected
    result = run("check", folder / "landmarks", "--images", folder / "photos")
    assert "2 faces: no problem found" in result.stdout
    assert "outlier was skipped" in result.stderr
    quiet = run("check", folder / "landmarks", "--images", folder / "photos", "--quiet")
    assert quiet.output == ""


@pytest.mark.slow
def test_check_finds_a_shifted_mouth(detected, tmp_path):
    folder, _ = detected
    good = read_landmarks(folder / "landmarks" / "maja_happy.json")
    points = good.points.copy()
    step = 0.05 * np.hypot(*(points[45] - points[36]))
    points[list(builtin_template("ibug_68").regions["mouth"])] += [0, step]
    write_landmarks(
        tmp_path / "x.json", good.with_points(points), image="maja_happy.png"
    )
    result = run("check", tmp_path / "x.json", "--images", folder / "photos")
    assert "the mouth as a whole: 5.0%" in result.stdout
    assert "[detector]" in result.stdout


@pytest.mark.slow
def test_check_fails_on_a_changed_photograph(detected, tmp_path):
    folder, _ = detected
    shutil.copy(SOURCE_FACES / "maja_neutral.png", tmp_path / "maja_happy.png")
    file = folder / "landmarks" / "maja_happy.json"
    result = run("check", file, "--images", tmp_path, "--json", code=4)
    told = json.loads(result.stdout)
    assert told["holds"] is False
    assert "changed-image" in {f["code"] for f in told["findings"]}
    assert "outlier" in told["left_out"]


def test_check_without_photographs_says_what_it_left_out(detected):
    folder, _ = detected
    result = run("check", folder / "landmarks" / "maja_happy.json")
    for name in ("outside-image", "changed-image", "detector"):
        assert f"{name} was skipped: no photographs are given" in result.stderr


def test_check_lists_every_file_that_cannot_be_read(detected, tmp_path):
    folder, _ = detected
    (tmp_path / "a.tem").write_text("68\n1 x\n")
    good = folder / "landmarks" / "maja_happy.json"
    result = run("check", tmp_path / "a.tem", tmp_path / "no.pts", good, code=3)
    assert "a.tem:2: expected a number" in result.stderr
    assert "no.pts: there is no such file" in result.stderr
    assert "1 face checked" in result.stderr


@pytest.mark.slow
def test_check_takes_the_sizes_for_tps_from_the_photographs(detected, tmp_path):
    folder, _ = detected
    face = read_landmarks(folder / "landmarks" / "maja_happy.json")
    file = tmp_path / "all.tps"
    write_collection(file, {"maja_happy.png": face}, size=(640, 640))
    result = run("check", file, "--images", folder / "photos")
    assert "1 face: no problem found" in result.stdout
    assert "height of the image" in run("check", file, code=3).stderr


def test_check_of_a_set_ranks_the_point_that_was_moved(shared, tmp_path):
    for file in sorted((shared / "london").glob("*_03.tem")):
        face = read_landmarks(file)
        points = face.points.copy()
        if file.stem == "009_03":
            points[54] += [0, 0.1 * 280]
        write_landmarks(tmp_path / file.name, face.with_points(points))
    result = run("check", tmp_path)
    row = next(r for r in result.stdout.splitlines() if "009_03" in r and "outl" in r)
    assert '009_03.tem: "left side of tip of nose"' in row


def test_check_ranks_points_of_two_faces(tmp_path):
    for label in ("happy", "distressed"):
        shutil.copy(LANDMARKS / f"maja_{label}.json", tmp_path)
    result = run("check", tmp_path, "--rank", 2)
    first, second = result.stdout.splitlines()[:2]
    assert re.match(r'1\. .*maja_\w+\.json: ".*" \d+\.\d% of the inter-ocular', first)
    assert "points of a correct face are as odd" in second
    assert "ranked only (--rank)" in result.stderr
    told = json.loads(run("check", tmp_path, "--json").stdout)
    assert len(told["ranked"]) == 136
    scores = [point["score"] for point in told["ranked"]]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.slow
def test_check_compares_the_ends_of_identities(tmp_path):
    for file in LANDMARKS.glob("*_[hd]*.json"):
        face = read_landmarks(file)
        points = face.points.copy()
        if file.stem == "nilo_distressed":
            points[[31, 32, 34, 35]] = points[[35, 34, 32, 31]]
        write_landmarks(tmp_path / file.name, face.with_points(points))
    result = run("check", tmp_path, "--pattern", "{identity}_{label}.png")
    turned = [row for row in result.stdout.splitlines() if "[turned-over]" in row]
    assert len(turned) == 1
    assert "nilo_distressed.json" in turned[0]
    assert "from distressed to happy" in turned[0]
    assert "turned-over was skipped" not in result.stderr
    result = run("check", tmp_path, "--pattern", "{identity}", code=3)
    assert "each once" in result.stderr


# --- agreement


@pytest.fixture
def twice(tmp_path):
    """The same faces by two people, in different formats, one of them alone."""
    for side, noise in (("eva", 0.0), ("olga", 3.0)):
        (tmp_path / side).mkdir()
        rng = np.random.default_rng(7)
        for name in ("maja_happy", "nilo_happy", "oona_happy"):
            found = read_landmarks(LANDMARKS / f"{name}.json")
            moved = found.points + rng.normal(0, 1, (68, 2)) * noise
            suffix = ".json" if side == "eva" else ".pts"
            write_landmarks(
                tmp_path / side / f"{name}{suffix}", found.with_points(moved)
            )
    (tmp_path / "olga/oona_happy.pts").unlink()
    return tmp_path


def test_agreement_of_two_people(twice):
    files = ["--table", twice / "noise.csv", "--figure", twice / "noise.svg"]
    result = run("agreement", twice / "eva", twice / "olga", *files)
    rows = result.stdout.splitlines()
    assert rows[0] == "2 faces, % of the inter-ocular distance"
    assert [row.split()[0] for row in rows[2:]] == [*IBUG.regions, "all"]
    assert "left out: oona_happy" in result.stderr
    told = json.loads(run("agreement", twice / "eva", twice / "olga", "--json").stdout)
    assert told["unit"] == "percent of the inter-ocular distance"
    assert told["faces"] == ["maja_happy", "nilo_happy"]
    everything = told["features"][-1]
    # 3 px in each axis; the faces are about 213 px from eye to eye.
    assert 1 < everything["distance"] < 3
    table = (twice / "noise.csv").read_text("utf-8").splitlines()
    assert table[0].startswith("kind,name,distance,bias_x,bias_y,spread_x,spread_y,lim")
    assert len(table) == 1 + len(IBUG.regions) + 1 + 68
    assert (twice / "noise.svg").read_text("utf-8").startswith("<svg")
    again = run("agreement", twice / "eva", twice / "olga", *files, code=3)
    assert "already exists" in again.stderr


def test_agreement_explains_what_cannot_be_compared(twice):
    (twice / "other").mkdir()
    shutil.copy(twice / "olga/nilo_happy.pts", twice / "other/pavo.pts")
    result = run("agreement", twice / "eva", twice / "other", code=3)
    assert "no face of" in result.stderr
    assert "the same name" in result.stderr
    (twice / "olga/maja_happy.pts").write_text("{\n1 2\n}\n", "utf-8")
    result = run("agreement", twice / "eva", twice / "olga", code=3)
    assert "olga/maja_happy.pts" in result.stderr


# --- convert


@pytest.fixture
def face(tmp_path):
    points = np.random.default_rng(5).uniform(50, 600, (68, 2))
    landmarks = Landmarks(IBUG, points, Placement("hand"), "ab" * 32)
    write_landmarks(tmp_path / "maja_happy.json", landmarks, image="maja_happy.png")
    return landmarks


@pytest.mark.parametrize("name", FORMATS)
def test_convert_there_and_back(face, tmp_path, name):
    there = tmp_path / f"there{FORMATS[name].suffixes[0]}"
    photo = SOURCE_FACES / "maja_happy.png"
    result = run("convert", tmp_path / "maja_happy.json", there, "--image", photo)
    assert result.stdout == f"{there}\n"
    back = tmp_path / "back.json"
    run("convert", there, back, "--template", "ibug_68", "--size", 640, 640)
    off = np.abs(read_landmarks(back).points - face.points).max()
    assert off <= FORMATS[name].precision + 1e-12
    assert ("less precision" in result.stderr) == (name == "imglab")
    assert ("does not keep" in result.stderr) == (name != "json")


def test_convert_adds_name_and_hash_of_the_photograph(shared, tmp_path):
    source, photo = (shared / "london" / f"001_03.{end}" for end in ("tem", "jpg"))
    run("convert", source, tmp_path / "a.json", "--image", photo)
    found = read_collection(tmp_path / "a.json")
    assert list(found) == ["001_03.jpg"]
    assert found["001_03.jpg"].image_sha256 == sha256_of(photo)
    points = read_landmarks(source).points
    np.testing.assert_array_equal(found["001_03.jpg"].points, points)


def test_convert_collections(face, tmp_path):
    many = {f"{who}_happy.png": face.with_points(face.points + n) for n, who in
            enumerate(("nilo", "maja"))}  # fmt: skip
    write_collection(tmp_path / "all.csv", many)
    run("convert", tmp_path / "all.csv", tmp_path / "all.tps", "--image", SOURCE_FACES)
    back = read_collection(tmp_path / "all.tps", size=(640, 640))
    assert list(back) == list(many)
    run("convert", tmp_path / "all.csv", tmp_path / "single", "--to", "pts")
    names = sorted(file.name for file in (tmp_path / "single").iterdir())
    assert names == ["maja_happy.pts", "nilo_happy.pts"]
    maja = read_landmarks(tmp_path / "single" / "maja_happy.pts")
    np.testing.assert_allclose(maja.points, face.points + 1, atol=1e-6)
    result = run("convert", tmp_path / "all.csv", tmp_path / "one.pts", code=3)
    assert "2 faces do not go into one" in result.stderr


def test_convert_writes_all_files_of_a_folder_or_none(face, tmp_path):
    table = tmp_path / "all.csv"
    write_collection(table, {"a.png": face, "b.png": face})
    folder = tmp_path / "out"
    (folder / "b.pts").mkdir(parents=True)  # cannot be written over
    result = run("convert", table, folder, "--to", "pts", "--overwrite", code=3)
    assert "b.pts" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["b.pts"]
    (folder / "b.pts").rmdir()
    run("convert", table, folder, "--to", "pts")
    assert sorted(path.name for path in folder.iterdir()) == ["a.pts", "b.pts"]


def test_convert_knows_both_origins_of_pts(face, tmp_path):
    source = tmp_path / "maja_happy.json"
    run("convert", source, tmp_path / "a.pts", "--pts-origin-out", 0)
    run("convert", tmp_path / "a.pts", tmp_path / "a.csv", "--pts-origin", 0)
    back = read_landmarks(tmp_path / "a.csv")
    np.testing.assert_allclose(back.points, face.points, atol=1e-6)


def test_convert_to_another_template(face, tmp_path):
    source = tmp_path / "maja_happy.json"
    run("convert", source, tmp_path / "b.json", "--to-template", "dlib_5")
    small = read_landmarks(tmp_path / "b.json")
    assert small.template.name == "dlib_5"
    np.testing.assert_array_equal(small.points, face.points[[45, 42, 36, 39, 33]])
    assert small.image_sha256 == face.image_sha256
    assert small.placement.by == "hand"
    result = run(
        "convert", source, tmp_path / "c.json", "--to-template", "mesh_478", code=3
    )
    assert "converts to dlib_5" in result.stderr


def test_convert_refuses(face, tmp_path):
    source = tmp_path / "maja_happy.json"
    result = run("convert", source, tmp_path / "a.tps", code=3)
    assert "height of the image" in result.stderr
    result = run("convert", source, source, code=3)
    assert "already exists" in result.stderr
    run("convert", source, source, "--overwrite")
    result = run("convert", source, tmp_path / "a.xyz", code=3)
    assert "does not identify the format" in result.stderr
    result = run("convert", source, tmp_path / "a.pts", "--to", "psd", code=3)
    assert 'no landmark format is called "psd"' in result.stderr
    result = run("convert", tmp_path / "no.json", tmp_path / "a.pts", code=3)
    assert "no such file" in result.stderr


@pytest.mark.parametrize("command", ["detect", "check", "agreement", "convert"])
def test_help_has_examples(command):
    result = run(command, "--help")
    assert f"morphkit landmarks {command}" in result.output
    assert "Example" in result.output


def exchange_nostrils(file):
    face = read_landmarks(file)
    points = face.points.copy()
    points[[31, 32, 34, 35]] = face.points[[35, 34, 32, 31]]
    name = f"{file.stem}.png"
    write_landmarks(file, face.with_points(points), image=name, overwrite=True)


@pytest.mark.slow
def test_check_of_a_study_knows_its_ends(tmp_path):
    """No pattern has to be said, and what is not delineated is told."""
    recipe = write_study(tmp_path)
    exchange_nostrils(tmp_path / "landmarks" / "maja_happy.json")
    (tmp_path / "landmarks" / "nilo_happy.json").unlink()
    written = read_landmarks(LANDMARKS / "nilo_happy.json")
    write_landmarks(tmp_path / "landmarks" / "nilo_hapy.json", written)
    for place in (recipe, tmp_path):
        told = json.loads(run("check", place, "--json", code=4).stdout)
        assert told["n_faces"] == 4
        turned = [f for f in told["findings"] if f["code"] == "turned-over"]
        assert len(turned) == 1
        assert "maja_distressed.json" in turned[0]["where"]
        assert {*turned[0]["points"]} & {"left nostril", "right nostril"}
        assert "unused" in {f["code"] for f in told["findings"]}
        assert "nilo_happy.png" in told["left_out"]["every check"]
    named = run("check", recipe, "--points", code=4).stdout.splitlines()
    at = next(i for i, row in enumerate(named) if "[turned-over]" in row)
    assert named[at + 1].strip().split(", ") == turned[0]["points"]
    refused = run("check", recipe, "--images", tmp_path, code=3)
    assert "a recipe names its photographs" in refused.stderr
