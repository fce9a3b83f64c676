"""Detectors trained on landmark files, and used wherever a detector is named."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from repository import LANDMARKS, SOURCE_FACES
from small_study import run

import morphkit as mk
from morphkit.errors import InputError, OutputError
from morphkit.faces.detectors import recorded_name
from morphkit.faces.detectors.trained.detector import is_recorded, read_detector
from morphkit.faces.formats import builtin_template
from morphkit.pipeline.delineate import training_faces
from morphkit.pipeline.delineate.detection_jobs import Settings

pytestmark = pytest.mark.slow

PEOPLE = ("maja", "nilo", "oona")
LABELS = ("happy", "distressed")
NAMES = [f"{person}_{label}" for person in PEOPLE for label in LABELS]


def study(folder: Path, names=NAMES) -> Path:
    """Copy photographs and landmark files of shipped faces into a folder."""
    for name in names:
        shutil.copy(SOURCE_FACES / f"{name}.png", folder)
        shutil.copy(LANDMARKS / f"{name}.json", folder)
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Return a detector in a template of a lab, and the result of its training."""
    folder = study(tmp_path_factory.mktemp("own"))
    definition = builtin_template("ibug_68").to_dict() | {"name": "lab_68"}
    (folder / "lab.json").write_text(json.dumps(definition))
    for name in NAMES:
        marks = json.loads((folder / f"{name}.json").read_text())
        points = "\n".join(f"{x} {y}" for x, y in marks["points"])
        (folder / f"{name}.tem").write_text(f"68\n{points}\n")
        (folder / f"{name}.json").unlink()
    progress = []
    found = mk.train_detector(
        sorted(folder.glob("*.tem")),
        folder / "own.npz",
        template=folder / "lab.json",
        progress=mk.Progress(
            lambda text, total: progress.append((text, total)),
            lambda text: progress.append("part"),
        ),
    )
    return folder, found, progress


def test_errors_are_those_of_left_out_identities_in_percent(own):
    _, found, _ = own
    assert found.trained_on.n_faces == 6
    assert found.trained_on.n_identities == 3
    assert found.trained_on.n_expressions == 2
    assert found.normaliser == "inter-ocular distance"
    assert [one.name for one in found.regions][-1] == "all"
    assert len(found.points) == 68
    assert all(one.n == 6 for one in found.points)
    assert 0.5 < found.error < 6
    assert found.error == pytest.approx(np.mean([one.mean for one in found.points]))
    # What was learnt from is placed far better than what was left out.
    model = read_detector(found.output)
    inside = []
    for name in NAMES:
        true = mk.read_landmarks(LANDMARKS / f"{name}.json").points
        image = mk.read_photo(SOURCE_FACES / f"{name}.png").image
        (face,) = model.find(image)
        unit = np.hypot(*(true[45] - true[36])) / 100
        inside.append(np.hypot(*(face.points - true).T).mean() / unit)
    assert np.mean(inside) < 0.8 * found.error


def test_progress_is_told_to_its_end(own):
    _, _, progress = own
    at = [k for k, one in enumerate(progress) if one != "part"]
    assert [progress[k] for k in at] == [("reading", 6), ("training", 16)]
    assert at[1] - at[0] - 1 == 6
    assert len(progress) - at[1] - 1 == 16


def test_table_figure_and_json_say_the_same(own, tmp_path):
    _, found, _ = own
    found.write(table=tmp_path / "errors.csv", figure=tmp_path / "errors.svg")
    rows = (tmp_path / "errors.csv").read_text().splitlines()
    assert len(rows) == 1 + 68 + len(found.regions)
    told = json.loads(json.dumps(found.to_dict()))
    assert told["regions"][-1]["mean"] == found.error
    assert told["unit"] == "percent of the inter-ocular distance"
    drawing = (tmp_path / "errors.svg").read_text()
    assert drawing.count('class="error"') == 68
    with pytest.raises(OutputError, match="exists"):
        found.write(table=tmp_path / "errors.csv")


def test_the_file_tells_numbers_hashes_and_software_but_no_name(own):
    folder, found, _ = own
    about = read_detector(found.output).model.about
    assert about["trained_on"]["n_faces"] == 6
    assert len(set(about["trained_on"]["faces"])) == 6
    assert about["error"]["all"] == pytest.approx(found.error, abs=1e-4)
    assert about["software"]["morphkit"] == mk.__version__
    data = found.output.read_bytes()
    for word in ("maja", "oona", "happy", str(folder), folder.name, ".png", ".tem"):
        assert word.encode() not in data, word
    assert found.size == len(data) < 2e6


def test_the_order_of_files_and_their_names_change_nothing(own, tmp_path):
    folder, found, _ = own
    names = {"maja": "zoe", "nilo": "abe", "oona": "kim"}
    files = []
    for file in sorted(folder.glob("*.tem"), reverse=True):
        person, _, label = file.stem.partition("_")
        new = tmp_path / f"{names[person]}_{label}.tem"
        shutil.copy(file, new)
        shutil.copy(file.with_suffix(".png"), new.with_suffix(".png"))
        files.append(new)
    again = mk.train_detector(
        files, tmp_path / "again.npz", template=folder / "lab.json"
    )
    assert again.output.read_bytes() == found.output.read_bytes()


def test_a_face_that_was_never_seen_is_placed_in_the_own_template(own):
    _, found, _ = own
    face = mk.read_face(SOURCE_FACES / "pavo_happy.png", detector=str(found.output))
    assert face.landmarks.template.name == "lab_68"
    placement = face.landmarks.placement
    assert placement.detector == f"own.npz {found.sha256[:12]}"
    assert placement.models["own.npz"] == found.sha256
    assert "face_landmark.tflite" in placement.models
    assert is_recorded(placement.detector)
    assert not is_recorded("mesh")
    true = mk.read_landmarks(LANDMARKS / "pavo_happy.json").points
    unit = np.hypot(*(true[45] - true[36])) / 100
    assert np.hypot(*(face.landmarks.points - true).T).mean() / unit < 6


def test_photographs_are_delineated_by_it(own, tmp_path):
    _, found, _ = own
    settings = Settings(detector=str(found.output))
    done = mk.delineate_photos(
        [SOURCE_FACES / "pavo_happy.png"], tmp_path / "marks", settings=settings
    )
    assert not done.errors
    written = json.loads((tmp_path / "marks/pavo_happy.json").read_text())
    assert written["placement"]["detector"] == recorded_name(found.output)
    with pytest.raises(InputError, match='cannot be converted to "mesh_478"'):
        mk.detect(
            np.zeros((64, 64, 3), np.uint8), detector=found.output, template="mesh_478"
        )


def recipe_text(**sources: str) -> str:
    lines = "\n".join(f'{key} = "{value}"' for key, value in sources.items())
    return f"""
schema = 1
[pack]
name = "two"
[sources]
images = "photos"
{lines}
[identities.pavo]
may_morph = true
[align]
width = 64
height = 64
[[continua]]
from = "happy"
to = "distressed"
steps = 3
"""


def test_recipes_name_its_file_and_packs_its_hash(own, tmp_path):
    _, found, _ = own
    (tmp_path / "photos").mkdir()
    for label in LABELS:
        shutil.copy(SOURCE_FACES / f"pavo_{label}.png", tmp_path / "photos")
    (tmp_path / "models").mkdir()
    shutil.copy(found.output, tmp_path / "models/lab.npz")
    (tmp_path / "recipe.toml").write_text(recipe_text(detector="models/lab.npz"))
    pack = mk.build_pack(tmp_path / "recipe.toml", tmp_path / "pack")
    name = f"lab.npz {found.sha256[:12]}"
    assert pack.continua[0].from_placed_by == f"detector {name}"
    written = mk.read_pack(tmp_path / "pack").recipe
    assert written.sources.detector == "lab.npz"  # of the study's folders, no word
    # The pack is made again from the landmarks that it holds, without the detector.
    shutil.rmtree(tmp_path / "models")
    again = mk.reproduce_pack(tmp_path / "pack", sources=[tmp_path / "photos"])
    assert again.holds
    with pytest.raises(InputError, match=r"models.lab\.npz: there is no such file"):
        mk.build_pack(tmp_path / "recipe.toml", tmp_path / "other")


def test_another_detector_of_the_same_name_builds_again(own, tmp_path):
    folder, found, _ = own
    (tmp_path / "photos").mkdir()
    for label in LABELS:
        shutil.copy(SOURCE_FACES / f"pavo_{label}.png", tmp_path / "photos")
    shutil.copy(found.output, tmp_path / "lab.npz")
    (tmp_path / "recipe.toml").write_text(recipe_text(detector="lab.npz"))
    first = mk.build_pack(tmp_path / "recipe.toml", tmp_path / "pack")
    files = [f for f in folder.glob("*.tem") if f.stem != "maja_happy"]
    other = mk.train_detector(
        files, tmp_path / "lab.npz", template=folder / "lab.json", overwrite=True
    )
    second = mk.build_pack(tmp_path / "recipe.toml", tmp_path / "pack")
    assert other.sha256[:12] in second.continua[0].from_placed_by
    assert other.sha256[:12] not in first.continua[0].from_placed_by


def test_two_photographs_are_morphed_with_it(own, tmp_path):
    _, found, _ = own
    out = run(
        "morph", SOURCE_FACES / "pavo_happy.png", SOURCE_FACES / "pavo_distressed.png",
        "--steps", 3, "--size", 64, 64, "--detector", found.output,
        "--output", tmp_path / "pack", "--quiet",
    )  # fmt: skip
    assert out.exit_code == 0, out.output
    pack = mk.read_pack(tmp_path / "pack")
    assert pack.recipe.sources.detector == "own.npz"
    assert found.sha256[:12] in pack.continua[0].to_placed_by


def no_detection(monkeypatch):
    """Give every face one mesh that is where its landmarks are; detection is slow."""

    def found(read):
        points = read.face.landmarks.points
        mesh = np.random.default_rng(0).normal(0, 60, (478, 2)) + points.mean(axis=0)
        mesh[[13, 14]] = mesh.mean(axis=0)
        mesh[14, 1] += 40 if "happy" in read.face.name else 0
        return mesh

    monkeypatch.setattr(training_faces, "_mesh_of", found)


def marks(folder: Path, name: str, **changes) -> None:
    """Change what a landmark file says."""
    data = json.loads((folder / f"{name}.json").read_text())
    (folder / f"{name}.json").write_text(json.dumps(data | changes))


REFUSED = {
    "4 faces to train on; at least 5": lambda folder: [
        (folder / f"{name}.json").unlink() for name in NAMES[:2]
    ],
    "nobody moved its landmarks": lambda folder: [
        marks(folder, name, placement={"by": "detector", "detector": "mesh"})
        for name in NAMES[:2]
    ],
    "there is no photograph of this face": lambda folder: (
        folder / "maja_happy.png"
    ).unlink(),
    "maja_happy.json": lambda folder: (folder / "maja_happy.json").write_text("{"),
    "not placed on maja_happy.png": lambda folder: shutil.copy(
        SOURCE_FACES / "maja_neutral.png", folder / "maja_happy.png"
    ),
    "of several templates": lambda folder: marks(
        folder, "maja_happy", template="dlib_5", points=[[9, 9], [4, 8], [1, 9], [3, 8],
                                                        [5, 12]]
    ),
}  # fmt: skip


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_teach_is_refused_with_a_reason(said, tmp_path, monkeypatch):
    no_detection(monkeypatch)
    REFUSED[said](study(tmp_path))
    with pytest.raises(InputError, match=said):
        mk.train_detector([tmp_path], tmp_path / "own.npz")
    assert not (tmp_path / "own.npz").exists()


def test_one_expression_is_refused_unless_it_is_wanted(tmp_path, monkeypatch):
    no_detection(monkeypatch)
    people = ("maja", "nilo", "oona", "pavo", "rumi")
    study(tmp_path, [f"{person}_neutral" for person in people])
    with pytest.raises(InputError, match=r'expression "neutral".*--one-expression'):
        mk.train_detector([tmp_path], tmp_path / "own.npz")
    # Names without a label do not tell, mouths do.
    for person in people:
        for suffix in (".png", ".json"):
            (tmp_path / f"{person}_neutral{suffix}").rename(
                tmp_path / f"{person}{suffix}"
            )
    with pytest.raises(InputError, match="all mouths are open equally far"):
        mk.train_detector([tmp_path], tmp_path / "own.npz")


def test_people_are_told_apart_by_the_pattern(tmp_path, monkeypatch):
    no_detection(monkeypatch)
    study(tmp_path)
    with pytest.raises(InputError, match="2 identities: distressed, happy"):
        mk.train_detector(
            [tmp_path], tmp_path / "own.npz", pattern="{label}_{identity}"
        )


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("own.dat", "choose NAME.npz"),
        ("there.npz", "already exists"),
        ("nowhere/own.npz", "no such folder"),
    ],
)
def test_a_place_is_refused_before_any_work(output, said, tmp_path):
    (tmp_path / "there.npz").write_bytes(b"precious")
    with pytest.raises((InputError, OutputError), match=said):
        mk.train_detector(["nothing"], tmp_path / output)
    assert (tmp_path / "there.npz").read_bytes() == b"precious"


def test_the_command_trains_and_tells(tmp_path):
    study(tmp_path)
    out = run(
        "landmarks", "train", tmp_path, "--output", tmp_path / "own.npz",
        "--figure", tmp_path / "own.svg", "--points",
    )  # fmt: skip
    assert out.exit_code == 0, out.output
    assert "6 faces of 3 identities" in out.output
    assert "% of the inter-ocular distance" in out.output
    assert out.output.count("\n") > 70
    wrong = run(
        "landmarks", "detect", SOURCE_FACES / "maja_happy.png",
        "--detector", tmp_path / "own.svg", "--output", tmp_path / "x",
    )  # fmt: skip
    assert wrong.exit_code == 3
    assert "no detector is called" in wrong.output + wrong.stderr
    (tmp_path / "own.npz").write_bytes(b"PK\x05\x06" + b"\0" * 18)
    broken = run(
        "landmarks", "detect", SOURCE_FACES / "maja_happy.png",
        "--detector", tmp_path / "own.npz", "--output", tmp_path / "x",
    )  # fmt: skip
    assert broken.exit_code == 3
    assert "is not a trained detector" in broken.output + broken.stderr


# The cry knits the forehead, which persons are told apart by.
@pytest.mark.filterwarnings("ignore:the second photograph may show another person")
def test_landmarks_follow_its_displacements(own):
    """Of a person that it never saw, closer to the truth than with the mesh."""
    _, found, _ = own
    known, truth = (
        mk.read_landmarks(LANDMARKS / f"pavo_{label}.json") for label in LABELS
    )
    images = [
        mk.read_photo(SOURCE_FACES / f"pavo_{label}.png").image for label in LABELS
    ]
    errors = []
    for detector in (str(found.output), "mesh"):
        carried = mk.propagate_face(known, *images, detector=detector)
        errors.append(np.hypot(*(carried.points - truth.points).T).mean())
        recorded = carried.placement.detector
        assert recorded == recorded_name(detector)
    assert errors[0] < errors[1]
