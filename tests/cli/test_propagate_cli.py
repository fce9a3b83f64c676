"""`morphkit landmarks propagate`: one face, and whole studies."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from repository import LANDMARKS, SOURCE_FACES
from small_study import RUNNER

import morphkit as mk
from morphkit._core.files import sha256_of
from morphkit.cli import main
from morphkit.errors import InputError
from morphkit.faces.formats import builtin_template, read_landmarks, write_landmarks
from morphkit.faces.images import read_image, write_png
from morphkit.faces.landmarks import Placement
from morphkit.quality.landmark_checks import Delineation, check_landmarks

pytestmark = pytest.mark.slow

MAJA = [SOURCE_FACES / f"maja_{label}.png" for label in ("happy", "distressed")]
KNOWN = LANDMARKS / "maja_happy.json"


def run(*arguments, code=0):
    result = RUNNER.invoke(main, ["landmarks", "propagate", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """One face, carried."""
    folder = tmp_path_factory.mktemp("one")
    result = run(*MAJA, "--landmarks", KNOWN, "--output", folder)
    return folder / "maja_distressed.json", result


@pytest.fixture
def study(tmp_path):
    """Two infants of a folder; the happy ones have landmarks."""
    for name in ("maja", "nilo"):
        for label in ("happy", "distressed"):
            shutil.copy(SOURCE_FACES / f"{name}_{label}.png", tmp_path)
    (tmp_path / "landmarks").mkdir()
    for name in ("maja", "nilo"):
        shutil.copy(LANDMARKS / f"{name}_happy.json", tmp_path / "landmarks")
    return tmp_path


def test_a_file_says_from_where_and_how_sure(one):
    file, result = one
    found = read_landmarks(file)
    assert found.placement.by == "propagated"
    assert found.placement.detector == "mesh"
    assert found.placement.origin == sha256_of(MAJA[0])
    assert found.image_sha256 == sha256_of(MAJA[1])
    assert len(found.placement.confidence) == 68
    truth = read_landmarks(LANDMARKS / "maja_distressed.json").points
    unit = np.hypot(*(truth[45] - truth[36]))
    assert np.hypot(*(found.points - truth).T).mean() / unit < 0.03
    assert "maja_distressed.png from maja_happy.png" in result.stdout
    assert "to confirm" in result.stdout


def test_another_person_is_noticed(tmp_path, one):
    """The landmarks are written, with a warning; those of one person have none."""
    assert "another person" not in one[1].stderr
    other = SOURCE_FACES / "pavo_distressed.png"
    arguments = (MAJA[0], other, "--landmarks", KNOWN, "--output", tmp_path)
    result = run(*arguments, "--quiet")
    assert (
        "warning: pavo_distressed.png may show another person than maja_happy.png"
        in result.stderr
    )
    assert (tmp_path / "pavo_distressed.json").exists()
    told = json.loads(run(*arguments, "--json", "--overwrite").stdout)
    assert told["faces"][0]["may_show_another_person"] is True
    images = [mk.read_photo(photo).image for photo in (MAJA[0], other)]
    with pytest.warns(UserWarning, match="another person"):
        mk.propagate_face(read_landmarks(KNOWN), *images)


def test_the_file_is_read_again_as_it_was_written(one, tmp_path):
    file, _ = one
    found = read_landmarks(file)
    again = tmp_path / "again.json"
    write_landmarks(again, found, image="maja_distressed.png")
    assert again.read_bytes() == file.read_bytes()


def test_the_check_names_what_to_confirm(one):
    file, _ = one
    found = read_landmarks(file)
    named = [f for f in check_landmarks([Delineation("a", found)])
             if f.code == "unconfirmed"]  # fmt: skip
    low = [i for i, c in enumerate(found.placement.confidence) if c < 0.5]
    assert low
    assert len(named) == 1
    assert named[0].severity == "note"
    assert sorted(named[0].points) == low
    for i in low:
        assert f'"{found.template.points[i]}"' in named[0].message
    by_hand = replace(found, placement=Placement("hand"))
    assert "unconfirmed" not in {f.code for f in check_landmarks(
        [Delineation("a", by_hand)])}  # fmt: skip


def test_hidden_landmarks_are_guesses(tmp_path):
    known = replace(read_landmarks(KNOWN), hidden=frozenset({30}))
    images = [read_image(photo) for photo in MAJA]
    found = mk.propagate_face(known, *images)
    assert found.placement.confidence[30] == 0
    assert not found.hidden


def test_a_file_that_is_there_stays(one):
    file, _ = one
    before = file.read_bytes()
    result = run(*MAJA, "--landmarks", KNOWN, "--output", file.parent, code=3)
    assert "already exists" in result.stderr
    assert "nothing was written" in result.stderr
    assert file.read_bytes() == before


def test_a_study_is_filled_and_what_is_there_is_kept(study):
    first = run(study, "--from", "happy", "--json")
    made = json.loads(first.stdout)
    assert [Path(f["file"]).name for f in made["faces"]] == [
        "maja_distressed.json",
        "nilo_distressed.json",
    ]
    again = run(study, "--from", "happy")
    assert "already there and kept: maja_distressed.json" in again.stderr
    assert again.stdout == ""
    hand = study / "landmarks" / "maja_distressed.json"
    points = read_landmarks(hand)
    write_landmarks(
        hand,
        replace(points, placement=Placement("hand")),
        image="maja_distressed.png",
        overwrite=True,
    )
    corrected = hand.read_bytes()
    third = json.loads(run(study, "--from", "happy", "--overwrite", "--json").stdout)
    assert [Path(f["file"]).name for f in third["faces"]] == ["nilo_distressed.json"]
    assert [Path(f).name for f in third["kept"]] == ["maja_distressed.json"]
    assert hand.read_bytes() == corrected


def test_a_face_that_fails_does_not_stop_the_others(study):
    flat = np.full((99, 99, 3), 120, np.uint8)
    write_png(study / "maja_distressed.png", flat, overwrite=True)
    result = run(study, "--from", "happy", code=3)
    assert "maja_distressed.png: no face was found" in result.stderr
    assert (study / "landmarks" / "nilo_distressed.json").exists()
    assert not (study / "landmarks" / "maja_distressed.json").exists()
    assert "1 of 2 images delineated" in result.stderr
    (study / "landmarks" / "nilo_distressed.json").unlink()
    shutil.copy(MAJA[1], study)
    (study / "landmarks" / "nilo_happy.json").unlink()
    result = run(study, "--from", "happy", code=3)
    assert "nilo_happy.png: has no landmark file" in result.stderr
    assert (study / "landmarks" / "maja_distressed.json").exists()


def test_landmarks_of_another_place_are_refused(tmp_path):
    known = read_landmarks(KNOWN)
    aside = known.with_points(known.points / 5)
    image = read_image(MAJA[0])
    with pytest.raises(InputError, match="none of them where the landmarks are"):
        mk.propagate_face(aside, image, image)


def test_lips_of_which_nothing_is_said_are_refused(tmp_path):
    bare = replace(builtin_template("ibug_68"), name="own", lines=(), closed=(),
                   clockwise=(), openings=())  # fmt: skip
    known = replace(read_landmarks(KNOWN), template=bare)
    image = read_image(MAJA[0])
    with pytest.raises(InputError, match="upper or a lower lip") as error:
        mk.propagate_face(known, image, image)
    assert '"openings"' in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([MAJA[0]], "one photograph is given"),
        ([MAJA[0], "nobody.png"], "there is no such file"),
        ([MAJA[0], KNOWN], "this is not a photograph"),
        ([*MAJA, "--from", "happy"], "belong to a study"),
        ([MAJA[0], MAJA[0], "--landmarks", KNOWN], "another photograph, too"),
        ([SOURCE_FACES], "--from happy"),
        ([SOURCE_FACES, "--from", "hapy"], 'no photograph has the label "hapy"'),
        ([SOURCE_FACES, "--from", "happy", "--to", "happy"], "to itself"),
        ([SOURCE_FACES, SOURCE_FACES, "--from", "happy"], "2 places"),
        ([SOURCE_FACES, "--from", "happy", "--pattern", "{x}"], "{identity}"),
    ],
)
def test_what_cannot_be_meant_is_explained(arguments, said):
    result = run(*arguments, code=3)
    assert said in result.stderr
