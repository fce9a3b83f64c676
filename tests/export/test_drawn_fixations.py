"""A fixation that is drawn for each trial, in every front end that can show it."""

import csv
import json
import tarfile
import xml.etree.ElementTree as ET
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
import scipy.io
from export_study import export, write_small_pack
from lab_exports import category, training

from morphkit.errors import InputError
from morphkit.experiment.design import Ability, Design, Timing
from morphkit.experiment.designs.fixations import with_fixations
from morphkit.export import FRONT_ENDS

RANGE = (1500, 2500)
TIMING = Timing(fixation=RANGE, stimulus=150, mask=100)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder, identities=["ada"])
    return folder


def drawn(plain: Design) -> Design:
    """Return a design with the fixations of its trials drawn."""
    lists = with_fixations(plain.lists, TIMING, plain.seed)
    return Design(**{**vars(plain), "lists": lists, "timing": TIMING})


def wanted(design):
    return [[trial.fixation for trial in trials] for trials in design.lists]


def of_tables(paths):
    found = []
    for path in sorted(paths):
        with path.open(newline="", encoding="utf-8-sig") as file:
            found.append([int(row["fixation_ms"]) for row in csv.DictReader(file)])
    return found


def study_in(folder, pattern):
    for archive in folder.glob("*.jzip"):
        ZipFile(archive).extractall(folder)
    (path,) = folder.glob(pattern)
    text = path.read_text("utf-8").removeprefix("window.MORPHKIT = ")
    return json.loads(text.rstrip().removesuffix(";"))


@pytest.mark.parametrize("plain", [category(), training()], ids=lambda d: d.kind)
@pytest.mark.parametrize(
    ("front_end", "tables"),
    [
        ("psychopy", "conditions/*.csv"),
        ("pavlovia", "conditions/*.csv"),
        ("expyriment", "conditions/*.csv"),
        ("psychtoolbox", "trials_*.csv"),
        ("psych_ds", "data/*trials_data.csv"),
    ],
)
def test_the_trial_tables_have_it(pack, tmp_path, plain, front_end, tables):
    design = drawn(plain)
    export(pack, front_end, tmp_path / "out", design)
    assert of_tables((tmp_path / "out").glob(tables)) == wanted(design)
    export(pack, front_end, tmp_path / "fixed", plain)
    for path in (tmp_path / "fixed").glob(tables):
        assert "fixation" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("front_end", "study"),
    [
        ("jspsych", "study.js"),
        ("labjs", "standalone/study.js"),
        ("jatos", "**/study.js"),
    ],
)
def test_the_pages_have_it(pack, tmp_path, front_end, study):
    design = drawn(category())
    export(pack, front_end, tmp_path / "out", design)
    found = study_in(tmp_path / "out", study)
    place = found["columns"].index("fixation")
    assert [[trial[place] for trial in each] for each in found["lists"]] == wanted(
        design
    )
    export(pack, front_end, tmp_path / "fixed", category())
    fixed = study_in(tmp_path / "fixed", study)
    assert "fixation" not in fixed["columns"]
    assert {len(t) for each in fixed["lists"] for t in each} == {len(fixed["columns"])}


def test_psychopy_shows_the_cross_and_then_the_pictures(pack, tmp_path):
    design = drawn(category())
    export(pack, "psychopy", tmp_path / "out", design)
    (path,) = (tmp_path / "out").glob("*.psyexp")
    root = ET.parse(path).getroot()

    def value(component, name):
        return root.find(f".//*[@name='{component}']/Param[@name='{name}']").get("val")

    code = value("before", "Begin Routine")
    row = dict.fromkeys(("question_text", "choice_text_1", "choice_text_2"), "x")
    row |= {"picture_width": 48, "picture_height": 64, "plain_text": str}
    for said in ("1734", 1734):
        space = row | {"win": SimpleNamespace(size=(1280, 800)), "fixation_ms": said}
        exec(code, space)
        times = {
            name: eval(value(*name).removeprefix("$"), space)
            for name in (
                ("fixation", "stopVal"),
                ("face_1", "startVal"),
                ("mask_1", "startVal"),
                ("answer_key", "startVal"),
            )
        }
        assert list(times.values()) == [1.734, 1.734, pytest.approx(1.884), 1.734]
    assert "fixation_seconds = Number(fixation_ms) / 1000;" in value(
        "before", "Begin JS Routine"
    )


@pytest.mark.parametrize("front_end", ["opensesame", "osweb"])
def test_opensesame_takes_the_duration_from_the_row(pack, tmp_path, front_end):
    design = drawn(category())
    export(pack, front_end, tmp_path / "out", design)
    (path,) = (tmp_path / "out").glob("*.osexp")
    with tarfile.open(path) as archive:
        script = archive.extractfile("script.opensesame").read().decode()
    cross = script.split("define sketchpad fixation\n")[1]
    assert cross.startswith('\tset duration "{fixation_ms}"\n')
    for number, each in enumerate(wanted(design), start=1):
        loop = script.split(f"define loop list_{number:02d}\n")[1].split("\trun")[0]
        for place, one in enumerate(each):
            assert f'\tsetcycle {place} fixation_ms "{one}"\n' in loop


def test_psychtoolbox_has_it_as_a_number_of_each_trial(pack, tmp_path):
    design = drawn(category())
    export(pack, "psychtoolbox", tmp_path / "out", design)
    path = tmp_path / "out" / "trials.mat"
    data = scipy.io.loadmat(path, simplify_cells=True)
    found = [[trial.fixation_ms for trial in each] for each in data["lists"]]
    assert found == wanted(design)


def test_eprime_has_it_as_an_attribute(pack, tmp_path):
    design = drawn(category())
    export(pack, "eprime", tmp_path / "out", design)
    for number, each in enumerate(wanted(design), start=1):
        path = tmp_path / "out" / f"eprime_list_{number:02d}.txt"
        rows = csv.DictReader(path.read_text("ascii").splitlines(), delimiter="\t")
        assert [int(row["FixationMs"]) for row in rows] == each


@pytest.mark.parametrize(
    "front_end",
    [
        name
        for name, one in FRONT_ENDS.items()
        if one.shows_trials and Ability.DRAWN_FIXATION not in one.abilities
    ],
)
def test_a_front_end_with_one_fixation_refuses_it(pack, tmp_path, front_end):
    with pytest.raises(InputError, match="a fixation of its own in every trial"):
        export(pack, front_end, tmp_path / "out", drawn(category()))
    assert not (tmp_path / "out").exists()
