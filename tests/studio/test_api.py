"""What the page can ask for, without sockets."""

import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from PIL import Image as Pillow
from small_study import (
    FACES,
    LANDMARKS,
    PERSON,
    build_study,
    recipe_data,
    write_pair,
    write_study,
)

from morphkit.errors import InputError, OutputError
from morphkit.faces.formats import read_landmarks, write_landmarks
from morphkit.faces.images import read_image
from morphkit.quality.landmark_checks import LANDMARK_CHECKS
from morphkit.studio import documents
from morphkit.studio.api import Studio
from morphkit.studio.documents import NONE, ConflictError
from morphkit.studio.history import FOLDER, notes_file
from morphkit.studio.study import find_study
from morphkit.studio.work import Work

#: Packs are built, or photographs read, for nearly every test.
pytestmark = pytest.mark.slow

HAPPY = "maja.happy"


@pytest.fixture
def folder(tmp_path):
    write_study(tmp_path)
    return tmp_path


@pytest.fixture
def studio(folder):
    opened = Studio(find_study([folder]))
    yield opened
    opened.close()


def file_of(folder, name="maja_happy"):
    return folder / "landmarks" / f"{name}.json"


def moved(face, index=30, by=(1.0, 0.0)):
    points = [list(p) for p in face["points"]]
    points[index] = [points[index][0] + by[0], points[index][1] + by[1]]
    edit = {
        "label": "m",
        "points": {str(index): [*face["points"][index], *points[index]]},
    }
    at = face["history"]["position"]
    return {"points": points, "start": at, "edits": [edit], "position": at + 1}


def finish(studio):
    while studio.work()["busy"]:
        time.sleep(0.02)
    return studio.work()


# What there is


def test_a_study_is_shown_with_the_worst_face_first(folder):
    file_of(folder, "nilo_happy").unlink()
    broken = file_of(folder, "nilo_distressed")
    broken.write_text("{", "utf-8")
    shutil.copy(FACES / "maja_neutral.png", folder / "source_faces")
    studio = Studio(find_study([folder]))
    overview = studio.overview()
    states = [(face["id"], face["state"]) for face in overview["faces"]]
    assert states == [
        ("nilo.distressed", "unreadable"),
        ("maja.neutral", "missing"),
        ("nilo.happy", "missing"),
        ("maja.distressed", "given"),
        ("maja.happy", "given"),
    ]
    by_id = {face["id"]: face for face in overview["faces"]}
    assert "nilo_distressed.json" in by_id["nilo.distressed"]["error"]
    assert not by_id["maja.neutral"]["needed"]
    assert by_id[HAPPY]["needed"]
    assert by_id[HAPPY]["consent"]["basis"] == "synthetic"
    assert [one["label"] for one in by_id[HAPPY]["siblings"]] == [
        "happy",
        "distressed",
        "neutral",
    ]


def test_a_face_has_points_size_history_and_continua(studio):
    face = studio.face(HAPPY)
    assert np.array(face["points"]).shape == (68, 2)
    assert (face["width"], face["height"]) == (640, 640)
    assert face["history"] == {"edits": [], "position": 0}
    (continuum,) = face["continua"]
    assert continuum["needs"] == ["maja.distressed", "maja.happy"]
    assert len(continuum["levels"]) == 4


def test_the_photograph_is_the_one_that_is_morphed(studio, folder, tmp_path):
    """Upright: its EXIF orientation is applied before the page counts pixels."""
    picture = tmp_path / "seen.png"
    picture.write_bytes(studio.picture(HAPPY).data)
    assert np.array_equal(
        read_image(picture), read_image(folder / "source_faces" / "maja_happy.png")
    )
    small = tmp_path / "small.png"
    small.write_bytes(studio.thumbnail(HAPPY).data)
    assert read_image(small).shape == (240, 240, 3)


def test_an_unknown_face_is_refused(studio):
    for name in ("nobody", "../etc", ""):
        with pytest.raises(InputError, match="no face"):
            studio.face(name)


# Saving


def test_a_save_writes_the_coordinates_bit_for_bit(studio, folder):
    face = studio.face(HAPPY)
    data = moved(face, by=(1 / 3, -np.pi))
    saved = studio.save(HAPPY, face["version"], data)
    assert saved["points"] == data["points"]
    there = read_landmarks(file_of(folder))
    assert there.points.tolist() == data["points"]
    assert there.placement.by == "hand"
    assert saved["state"] == "corrected"
    assert (
        there.image_sha256 == read_landmarks(LANDMARKS / "maja_happy.json").image_sha256
    )


def test_what_is_undone_is_the_file_that_was(studio, folder):
    before = file_of(folder).read_bytes()
    face = studio.face(HAPPY)
    saved = studio.save(HAPPY, face["version"], moved(face))
    assert file_of(folder).read_bytes() != before
    back = {"points": face["points"], "start": 1, "edits": [], "position": 0}
    again = studio.save(HAPPY, saved["version"], back)
    assert json.loads(file_of(folder).read_bytes())["points"] == face["points"]
    assert again["history"]["position"] == 0
    assert len(again["history"]["edits"]) == 1  # it can be redone


def test_two_windows_never_overwrite_each_other(studio, folder):
    face = studio.face(HAPPY)
    first = studio.save(HAPPY, face["version"], moved(face, 30))
    kept = file_of(folder).read_bytes()
    with pytest.raises(ConflictError, match="changed elsewhere") as caught:
        studio.save(HAPPY, face["version"], moved(face, 8))
    assert caught.value.document.version == first["version"]
    assert file_of(folder).read_bytes() == kept


def test_of_saves_at_once_one_stands_and_the_others_are_told(folder):
    """Of two studios on one folder, too: the versions are compared under a lock."""
    studios = [Studio(find_study([folder])) for _ in range(2)]
    together = threading.Barrier(6)

    def save(k, face):
        together.wait()
        try:
            data = moved(face, 30, (k + 1.0, 0.0))
            return studios[k % 2].save(HAPPY, face["version"], data)["version"]
        except ConflictError:
            return None

    with ThreadPoolExecutor(6) as pool:
        for _ in range(8):
            face = studios[0].face(HAPPY)
            versions = [v for v in pool.map(save, range(6), [face] * 6) if v]
            assert len(versions) == 1
            assert studios[1].face(HAPPY)["version"] == versions[0]


def test_a_change_by_another_program_is_a_conflict_too(studio, folder):
    face = studio.face(HAPPY)
    landmarks = read_landmarks(file_of(folder))
    other = landmarks.with_points(landmarks.points + 1)
    write_landmarks(file_of(folder), other, image="maja_happy.png", overwrite=True)
    with pytest.raises(ConflictError):
        studio.save(HAPPY, face["version"], moved(face))
    now = studio.face(HAPPY)
    assert now["points"] == other.points.tolist()
    assert now["history"] == {"edits": [], "position": 0}


def test_a_file_that_appeared_is_not_overwritten(folder):
    file = file_of(folder)
    data = file.read_bytes()
    file.unlink()
    studio = Studio(find_study([folder]))
    assert studio.face(HAPPY)["version"] == NONE
    file.write_bytes(data)
    points = json.loads(data)["points"]
    with pytest.raises(ConflictError):
        studio.save(HAPPY, NONE, {"points": points})
    assert file.read_bytes() == data


def test_history_outlasts_the_studio_without_limit(folder):
    for start in range(0, 40, 10):
        studio = Studio(find_study([folder]))
        for k in range(10):
            face = studio.face(HAPPY)
            assert face["history"]["position"] == start + k
            studio.save(HAPPY, face["version"], moved(face))
    history = Studio(find_study([folder])).face(HAPPY)["history"]
    assert len(history["edits"]) == 40
    first = history["edits"][0]["points"]["30"]
    assert (
        first[:2]
        == json.loads((LANDMARKS / "maja_happy.json").read_text())["points"][30]
    )


def test_a_save_that_breaks_off_keeps_landmarks_and_history(studio, monkeypatch):
    """The notes are written, the disk is full: they fit the landmarks all the same."""
    face = studio.face(HAPPY)
    one = studio.save(HAPPY, face["version"], moved(face, 30))
    writing = documents.write_together

    def full(files, **options):
        if any(file.suffix == ".json" for file in files):
            raise OutputError("the disk is full")
        writing(files, **options)

    monkeypatch.setattr(documents, "write_together", full)
    with pytest.raises(OutputError, match="full"):
        studio.save(HAPPY, one["version"], moved(one, 31))
    monkeypatch.undo()
    now = studio.face(HAPPY)
    assert (now["version"], now["points"]) == (one["version"], one["points"])
    assert now["history"]["position"] == 1
    assert now["history"]["edits"][0] == one["history"]["edits"][0]
    again = studio.save(HAPPY, now["version"], moved(now, 31))
    assert again["history"]["position"] == 2


def test_history_goes_where_an_edit_follows_an_undo(studio):
    face = studio.face(HAPPY)
    one = studio.save(HAPPY, face["version"], moved(face, 30))
    two = studio.save(HAPPY, one["version"], moved(one, 31))
    back = {"points": one["points"], "start": 2, "edits": [], "position": 1}
    undone = studio.save(HAPPY, two["version"], back)
    other = studio.save(HAPPY, undone["version"], moved(undone, 32))
    edits = other["history"]["edits"]
    assert [list(edit["points"]) for edit in edits] == [["30"], ["32"]]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"schema": 1}', '{"schema": 2}', '{"schema":1,"edits":[{}]}'],
)
def test_damaged_notes_cost_the_history_alone(folder, text):
    file = notes_file(file_of(folder))
    file.parent.mkdir()
    file.write_text(text, "utf-8")
    face = Studio(find_study([folder])).face(HAPPY)
    assert face["history"] == {"edits": [], "position": 0}
    assert len(face["points"]) == 68


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"points": [[1, 2]]}, "68"),
        ({"points": None}, "points"),
        ({"points": "x"}, "points"),
        ({"hidden": [68]}, "hidden"),
        ({"hidden": "x"}, "hidden"),
        ({"hidden": [True]}, "whole number"),
        ({"start": 9}, "history"),
        ({"position": 9}, "history"),
        ({"edits": [{"points": {"0": [1]}}]}, "edit"),
        ({"edits": {}}, "edits"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    studio, folder, change, said
):
    before = file_of(folder).read_bytes()
    face = studio.face(HAPPY)
    with pytest.raises(InputError, match=said):
        studio.save(HAPPY, face["version"], moved(face) | change)
    assert file_of(folder).read_bytes() == before


@pytest.mark.parametrize("far", [-5.0, 2000.0, float("nan"), float("inf")])
def test_a_landmark_outside_the_photograph_is_refused(studio, folder, far):
    before = file_of(folder).read_bytes()
    face = studio.face(HAPPY)
    data = moved(face)
    data["points"][3] = [far, 10.0]
    with pytest.raises(InputError):
        studio.save(HAPPY, face["version"], data)
    assert file_of(folder).read_bytes() == before


def test_the_folder_of_the_studio_is_no_landmark_file(studio, folder):
    """A build, and the check of the folder, are not confused by what is kept there."""
    from morphkit.pipeline.delineate.read import check_landmark_files

    face = studio.face(HAPPY)
    studio.save(HAPPY, face["version"], moved(face))
    assert (folder / "landmarks" / FOLDER).is_dir()
    checked = check_landmark_files([folder / "landmarks"])
    assert checked.n_faces == 4
    assert not checked.errors
    build_study(folder / "study.toml", folder / "pack")


# Other formats


@pytest.mark.parametrize("suffix", [".tem", ".pts", ".csv", ".tps"])
def test_files_of_other_programs_are_corrected_as_they_are(folder, suffix):
    landmarks = read_landmarks(file_of(folder))
    file_of(folder).unlink()
    other = file_of(folder).with_suffix(suffix)
    write_landmarks(other, landmarks, size=(640, 640), image="maja_happy.png")
    studio = Studio(find_study([folder]))
    face = studio.face(HAPPY)
    data = moved(face, by=(0.123456, 0.0))
    saved = studio.save(HAPPY, face["version"], data)
    assert saved["file"] == other.name
    assert np.allclose(saved["points"], data["points"], atol=2e-6)
    assert not file_of(folder).exists()
    hidden = moved(saved) | {"hidden": [3]}
    with pytest.raises(InputError, match="hidden"):
        studio.save(HAPPY, saved["version"], hidden)


def test_another_face_in_the_same_file_stays_as_it_is(folder):
    from morphkit.faces.formats import read_collection, write_collection

    mine, other = (
        read_landmarks(file_of(folder, n)) for n in ("maja_happy", "nilo_happy")
    )
    file_of(folder).unlink()
    file = file_of(folder).with_suffix(".csv")
    write_collection(file, {"maja_happy.png": mine, "other.png": other})
    studio = Studio(find_study([folder]))
    face = studio.face(HAPPY)
    data = moved(face)
    studio.save(HAPPY, face["version"], data)
    there = read_collection(file)
    assert list(there) == ["maja_happy.png", "other.png"]
    assert np.array_equal(there["other.png"].points, other.points)
    assert there["maja_happy.png"].points.tolist() == data["points"]


def test_a_file_of_whole_pixels_is_shown_but_not_written(folder):
    landmarks = read_landmarks(file_of(folder))
    landmarks = landmarks.with_points(np.rint(landmarks.points))
    file_of(folder).unlink()
    other = file_of(folder).with_suffix(".xml")
    write_landmarks(other, landmarks, size=(640, 640), image="maja_happy.png")
    before = other.read_bytes()
    studio = Studio(find_study([folder]))
    face = studio.face(HAPPY)
    assert "whole pixels" in face["fixed"]
    with pytest.raises(InputError, match="landmarks convert"):
        studio.save(HAPPY, face["version"], moved(face))
    assert other.read_bytes() == before


# Checked


def test_a_check_is_of_one_version(studio):
    face = studio.face(HAPPY)
    checked = studio.mark(HAPPY, face["version"], checked=True)
    assert checked["state"] == "checked"
    assert studio.face(HAPPY)["checked"]
    saved = studio.save(HAPPY, face["version"], moved(face))
    assert saved["state"] == "corrected"
    with pytest.raises(ConflictError):
        studio.mark(HAPPY, face["version"], checked=True)
    back = {"points": face["points"], "start": 1, "edits": [], "position": 0}
    studio.mark(HAPPY, saved["version"], checked=True)
    now = studio.mark(HAPPY, saved["version"], checked=False)
    assert not now["checked"]
    assert studio.save(HAPPY, saved["version"], back)["state"] != "checked"


def test_a_check_outweighs_a_warning_but_no_error(studio):
    face = studio.face(HAPPY)
    data = moved(face)
    data["points"][37], data["points"][41] = data["points"][41], data["points"][37]
    data["points"][38], data["points"][40] = data["points"][40], data["points"][38]
    saved = studio.save(HAPPY, face["version"], data)
    assert saved["state"] == "suspicious"
    assert saved["findings"][0]["severity"] == "error"
    assert studio.mark(HAPPY, saved["version"], checked=True)["state"] == "suspicious"


# Detecting, starting


def test_missing_landmarks_are_detected_in_the_background(folder):
    for name in ("maja_happy", "nilo_happy"):
        file_of(folder, name).unlink()
    studio = Studio(find_study([folder]))
    studio.detect(["maja.happy", "nilo.happy", "maja.distressed"])
    work = finish(studio)
    assert (work["done"], work["total"], work["errors"]) == (3, 3, [])
    face = studio.face(HAPPY)
    assert face["state"] in ("automatic", "suspicious")
    assert face["placement"]["detector"] == "mesh"
    # Where there were landmarks, they stay.
    assert studio.face("maja.distressed")["placement"]["by"] == "render"


def test_a_detection_again_can_be_undone(studio):
    before = studio.face(HAPPY)["points"]
    studio.detect([HAPPY], again=True)
    finish(studio)
    face = studio.face(HAPPY)
    (edit,) = face["history"]["edits"]
    assert [edit["points"][str(i)][:2] for i in range(68)] == before
    assert [edit["points"][str(i)][2:] for i in range(68)] == face["points"]


def test_a_photograph_without_a_face_does_not_stop_the_others(folder):
    Pillow.new("RGB", (64, 64), "grey").save(folder / "source_faces" / "maja_happy.png")
    for name in ("maja_happy", "nilo_happy"):
        file_of(folder, name).unlink()
    studio = Studio(find_study([folder]))
    studio.detect(["maja.happy", "nilo.happy"])
    work = finish(studio)
    assert [one["id"] for one in work["errors"]] == [HAPPY]
    assert "no face was found" in work["errors"][0]["message"]
    assert studio.face("nilo.happy")["points"]


def test_it_is_asked_which_of_several_faces_is_meant(folder):
    write_pair(folder / "source_faces" / "maja_happy.png")
    file_of(folder).unlink()
    studio = Studio(find_study([folder]))
    studio.detect([HAPPY])
    (error,) = finish(studio)["errors"]
    assert [len(box) for box in error["faces"]] == [4, 4]
    assert "2 faces were found" in error["message"]
    studio.detect([HAPPY], number=2)
    assert finish(studio)["errors"] == []
    face = studio.face(HAPPY)
    assert face["placement"]["face"].startswith("face 2 of 2, ")
    assert min(x for x, _ in face["points"]) > 320


def test_landmarks_are_carried_from_the_face_that_was_looked_at_most(folder):
    """The checked one is the source; what is unsure becomes a finding; one undo."""
    shutil.copy(FACES / "maja_neutral.png", folder / "source_faces")
    file_of(folder, "maja_distressed").unlink()
    studio = Studio(find_study([folder]))
    neutral = "maja.neutral"
    studio.detect([neutral])
    finish(studio)
    face = studio.face(HAPPY)
    studio.mark(HAPPY, face["version"], checked=True)
    studio.carry(["maja.distressed"])
    assert finish(studio)["errors"] == []
    carried = studio.face("maja.distressed")
    assert carried["placement"]["by"] == "propagated"
    there = read_landmarks(file_of(folder, "maja_distressed"))
    assert there.placement.origin == read_landmarks(file_of(folder)).image_sha256
    assert carried["state"] in ("automatic", "suspicious")
    true = read_landmarks(LANDMARKS / "maja_distressed.json").points
    off = np.hypot(*(there.points - true).T)
    assert np.median(off) < 0.05 * np.ptp(true[:, 0])
    # On landmarks that are there, it is one edit; by name, another source.
    before = studio.face(HAPPY)
    studio.carry([HAPPY], source=neutral)
    finish(studio)
    assert studio.face(HAPPY)["points"] == before["points"]  # not unasked
    studio.carry([HAPPY], source=neutral, again=True)
    assert finish(studio)["errors"] == []
    after = studio.face(HAPPY)
    assert after["history"]["edits"][-1]["label"] == "Carry from neutral"
    back = {"points": before["points"], "start": 1, "edits": [], "position": 0}
    undone = studio.save(HAPPY, after["version"], back)
    assert undone["points"] == before["points"]


def test_landmarks_are_carried_within_a_person_only(folder):
    file_of(folder, "maja_distressed").unlink()
    studio = Studio(find_study([folder]))
    with pytest.raises(InputError, match="not maja"):
        studio.carry(["maja.distressed"], source="nilo.happy")
    with pytest.raises(InputError, match="could be carried"):
        studio.carry([HAPPY], source="maja.distressed")
    with pytest.raises(InputError, match="could be carried"):
        studio.carry([HAPPY])
    assert not file_of(folder, "maja_distressed").exists()


@pytest.fixture
def six(tmp_path):
    """Return a study of three people whose landmarks stand, and a fourth without."""
    people = ("maja", "nilo", "oona", "pavo")
    write_study(tmp_path, identities={name: dict(PERSON) for name in people})
    for name in people:
        for label in ("happy", "distressed"):
            photo, file = f"{name}_{label}.png", f"{name}_{label}.json"
            shutil.copy(FACES / photo, tmp_path / "source_faces")
            shutil.copy(LANDMARKS / file, tmp_path / "landmarks")
            if name == "pavo":
                (tmp_path / "landmarks" / file).unlink()
    return tmp_path


def test_a_detector_is_trained_and_places_the_others(six):
    """Correct five, train, correct the next: who was touched by a person stays."""
    studio = Studio(find_study([six]))
    studio.detect(["pavo.happy"])
    finish(studio)
    assert studio.face("pavo.happy")["placed_by"] == "machine"
    before = studio.face(HAPPY)["points"]
    studio.train()
    work = finish(studio)
    assert work["errors"] == []
    overview = studio.overview()
    assert overview["trained"]["file"] == "trained.npz"
    assert overview["trained"]["n_faces"] == 6  # pavo, by the mesh, teaches nothing
    assert 0 < overview["trained"]["error"] < 6
    names = ["pavo.happy", "pavo.distressed", HAPPY]
    studio.detect(names, again=True, unless_touched=True)
    assert finish(studio)["errors"] == []
    for name in names[:2]:
        assert "trained.npz" in studio.face(name)["placement"]["detector"]
    assert studio.face("pavo.happy")["history"]["edits"][-1]["label"] == "Detect"
    assert studio.face(HAPPY)["points"] == before
    # It is there for the next studio, and for the recipe; another template has no use.
    again = Studio(find_study([six]))
    assert again.overview()["trained"] == overview["trained"]
    (six / "trained.npz").write_bytes(b"broken")
    assert Studio(find_study([six])).overview()["trained"] is None


def test_a_training_that_cannot_be_says_why(folder):
    studio = Studio(find_study([folder]))
    studio.train()
    (error,) = finish(studio)["errors"]
    assert "5" in error["message"]
    assert not (folder / "trained.npz").exists()


def test_a_training_ends_when_the_studio_does():
    work, going, ended = Work(), threading.Event(), threading.Event()

    def run():
        work.progress.stage("training", 2)
        going.set()
        ended.wait(30)
        work.progress.advance("")

    work.begin("Training", [("", run)])
    assert going.wait(30)
    assert work.to_dict()["stage"] == "training"
    stopping = threading.Thread(target=work.stop)
    stopping.start()
    while not work._stopped:
        stopping.join(0.01)
    ended.set()
    stopping.join()
    (error,) = work.to_dict()["errors"]
    assert "stopped" in error["message"]


def test_work_that_a_person_begins_goes_before_comparing():
    work, going, ended = Work(), threading.Event(), threading.Event()
    done = []

    def compare(k):
        going.set()
        ended.wait(30)
        done.append(k)

    units = [(str(k), partial(compare, k)) for k in range(3)]
    work.begin("Comparing", units, gives_way=True)
    assert going.wait(30)
    other = threading.Thread(
        target=work.begin, args=("Detecting", [("x", partial(done.append, "x"))])
    )
    other.start()
    while not work._stopped:  # it was asked to give way
        other.join(0.01)
    ended.set()
    other.join()
    work.stop()
    assert done == [0, "x"]


def test_other_work_is_not_interrupted():
    work, ended = Work(), threading.Event()
    work.begin("Detecting", [("a", lambda: bool(ended.wait(30)))])
    with pytest.raises(InputError, match="detecting is not finished"):
        work.begin("Carrying", [])
    ended.set()
    work.stop()


def test_a_recipe_may_forbid_detection(tmp_path):
    write_study(tmp_path, sources={"detector": "none"})
    with pytest.raises(InputError, match="three clicks"):
        Studio(find_study([tmp_path])).detect([HAPPY])


def test_three_clicks_put_the_mean_shape_where_the_face_is(folder):
    truth = read_landmarks(file_of(folder))
    file_of(folder).unlink()
    studio = Studio(find_study([folder]))
    eyes = truth.eye_centres()
    mouth = truth.points[list(truth.template.regions["mouth"])].mean(axis=0)
    clicks = [*eyes.tolist(), mouth.tolist()]
    placed = np.array(studio.start(HAPPY, clicks)["points"])
    assert placed.shape == truth.points.shape
    for part, click in zip(
        (*truth.template.eyes, truth.template.regions["mouth"]), clicks, strict=True
    ):
        assert placed[list(part)].mean(axis=0) == pytest.approx(click, abs=1e-6)
    between = np.hypot(*(eyes[1] - eyes[0]))
    far = np.hypot(*(placed - truth.points).T)
    assert far.mean() < 0.2 * between
    assert not file_of(folder).exists()


@pytest.mark.parametrize(
    "clicks",
    [[], [[1, 1], [2, 2], [3, 3]], [[5, 5], [5, 5], [5, 5]], "x", [[1, 2]] * 4],
)
def test_clicks_that_are_no_face_are_refused(studio, clicks):
    with pytest.raises(InputError):
        studio.start(HAPPY, clicks)


# Findings


def test_findings_are_those_of_the_registry_and_name_their_landmarks(studio):
    studio.compare()
    finish(studio)
    face = studio.face(HAPPY)
    data = moved(face)
    mouth = studio.study.template.regions["mouth"]
    for i in mouth:
        data["points"][i][0] += 30
    found = studio.check(HAPPY, data)["findings"]
    assert {one["code"] for one in found} <= set(LANDMARK_CHECKS)
    block = [one for one in found if one["message"].startswith("the mouth as a whole")]
    assert block
    assert block[0]["points"] == list(mouth)
    crossed = moved(face)
    crossed["points"][61], crossed["points"][67] = (
        crossed["points"][67],
        crossed["points"][61],
    )
    found = studio.check(HAPPY, crossed)["findings"]
    line = next(one for one in found if one["code"] == "crossed-line")
    assert "more" in line["message"]  # all are known, though only some are named
    assert set(line["points"]) == set(range(60, 68))
    # Nothing was written.
    assert studio.face(HAPPY)["version"] == face["version"]


# The preview


def test_the_full_preview_is_the_image_of_a_build(studio, folder):
    face = studio.face(HAPPY)
    data = moved(face, 30, (9.0, 4.0))
    name = face["continua"][0]["name"]
    shown = studio.preview(name, 1, moved={HAPPY: data}, full=True).data
    unmoved = studio.preview(name, 1, full=True).data
    assert shown != unmoved
    studio.save(HAPPY, face["version"], data)
    build_study(folder / "study.toml", folder / "pack")
    image = folder / "pack/materials/stimuli/maja/maja_happy_distressed_s02.png"
    assert image.read_bytes() == shown


def test_the_live_preview_follows_and_is_the_same_picture(studio, tmp_path):
    face = studio.face(HAPPY)
    name = face["continua"][0]["name"]
    pictures = []
    for data in (studio.preview(name, 1), studio.preview(name, 1, full=True)):
        file = tmp_path / f"{len(pictures)}.png"
        file.write_bytes(data.data)
        pictures.append(read_image(file).astype(float))
    assert pictures[0].shape == pictures[1].shape
    assert np.abs(pictures[0] - pictures[1]).mean() < 6
    again = studio.preview(name, 1, moved={HAPPY: moved(face, 30, (12.0, 0.0))}).data
    assert again != studio.preview(name, 1).data


def test_without_consent_nothing_is_morphed(tmp_path):
    people = recipe_data()["identities"]
    people["maja"] = dict(PERSON)
    write_study(tmp_path, identities=people)
    recipe = tmp_path / "study.toml"
    text = recipe.read_text("utf-8").replace("may_morph = true", "may_morph = false", 1)
    recipe.write_text(text, "utf-8")
    studio = Studio(find_study([tmp_path]))
    refused = [
        face for face in studio.overview()["faces"] if not face["consent"]["may_morph"]
    ]
    assert refused
    face = studio.face(refused[0]["id"])
    for full in (False, True):
        with pytest.raises(InputError, match="may_morph"):
            studio.preview(face["continua"][0]["name"], 1, full=full)


def test_a_preview_says_which_end_is_missing(folder):
    file_of(folder, "maja_distressed").unlink()
    studio = Studio(find_study([folder]))
    name = studio.face(HAPPY)["continua"][0]["name"]
    with pytest.raises(InputError, match="distressed has no landmarks yet"):
        studio.preview(name, 1)


@pytest.mark.parametrize("step", [-1, 4, 999])
def test_a_step_beyond_the_continuum_is_refused(studio, step):
    name = studio.face(HAPPY)["continua"][0]["name"]
    with pytest.raises(InputError, match="step"):
        studio.preview(name, step)


# Photographs without a recipe


def test_two_photographs_are_two_ends(tmp_path):
    for old, new in (("maja_happy", "glad"), ("maja_distressed", "cross")):
        shutil.copy(FACES / f"{old}.png", tmp_path / f"{new}.png")
    study = find_study([tmp_path / "glad.png", tmp_path / "cross.png"])
    studio = Studio(study)
    studio.detect(list(study.faces))
    assert finish(studio)["errors"] == []
    assert sorted(f.name for f in (tmp_path / "landmarks").glob("*.json")) == [
        "cross.json",
        "glad.json",
    ]
    first = studio.face("face.glad")
    (continuum,) = first["continua"]
    assert (continuum["from"], continuum["to"]) == ("glad", "cross")
    assert studio.preview(continuum["name"], 7).data[:4] == b"\x89PNG"
    assert study.recipe.align.frame == "faces"  # as "morphkit morph" makes it


def test_names_of_photographs_tell_identity_and_label(tmp_path):
    for name in ("Eva M_happy", "Eva M_sad", "ben_happy", "group"):
        shutil.copy(FACES / "maja_happy.png", tmp_path / f"{name}.png")
    study = find_study([tmp_path], landmarks=tmp_path / "marks")
    named = [(face.identity, face.label) for face in study.faces.values()]
    assert named == [
        ("Eva M", "happy"),
        ("Eva M", "sad"),
        ("ben", "happy"),
        ("group", "photo"),
    ]
    studio = Studio(study)
    (eva,) = studio.face("eva_m.happy")["continua"]
    assert eva["needs"] == ["eva_m.happy", "eva_m.sad"]
    assert studio.face("ben.happy")["continua"] == []


def test_what_is_no_study_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no study in the working directory"):
        find_study([])
    with pytest.raises(InputError, match="no such file"):
        find_study([tmp_path / "missing.png"])
    (tmp_path / "text.txt").write_text("x", "utf-8")
    with pytest.raises(InputError, match="not a photograph"):
        find_study([tmp_path / "text.txt"])
    write_study(tmp_path / "study")
    with pytest.raises(InputError, match="recipe names its landmarks"):
        find_study([tmp_path / "study"], landmarks=tmp_path)
    shutil.copy(tmp_path / "study/study.toml", tmp_path / "study/other.toml")
    assert find_study([tmp_path / "study"]).has_recipe  # study.toml is meant


def test_two_photographs_with_one_landmark_file_are_refused(tmp_path):
    image = Pillow.open(FACES / "maja_happy.png")
    image.save(tmp_path / "a.png")
    image.convert("RGB").save(tmp_path / "a.jpg")
    with pytest.raises(InputError, match="same landmark file"):
        find_study([tmp_path])


def test_what_a_killed_studio_left_is_removed_by_the_next(folder):
    landmarks = file_of(folder).parent
    (landmarks / FOLDER).mkdir()
    left = [landmarks / ".morphkit-0123456789abcdef.tmp"]
    left += [landmarks / FOLDER / left[0].name, left[0].with_suffix(".todo")]
    for path in left:
        path.write_bytes(b"half of it")
    Studio(find_study([folder])).close()
    assert not [path for path in left if path.exists()]
    assert file_of(folder).is_file()


def test_both_ends_of_an_identity_are_compared(studio):
    """Two points of the nose exchanged at one end: a finding about both faces."""
    face = studio.face(HAPPY)
    points = [list(p) for p in face["points"]]
    for one, other in ((31, 35), (32, 34)):
        points[one], points[other] = points[other], points[one]
    found = studio.check(HAPPY, {**moved(face), "points": points})["findings"]
    turned = [finding for finding in found if finding["code"] == "turned-over"]
    assert turned
    assert {31, 32, 34, 35} & {*turned[0]["points"]}
