"""Names of earlier versions: every door that took the old name still does.

`categorisation` was called `2afc`, and participants were called raters.
"""

import json
from pathlib import Path

import pytest
from export_study import write_small_pack
from repository import GOLDEN
from small_rows import stimuli_rows
from small_study import run

from morphkit.experiment.analysis.departures import departures
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import read_design, trials_file, write_design
from morphkit.experiment.readers import READERS
from morphkit.experiment.texts import instructions, read_wording, wording_text
from morphkit.pack.read import read_pack
from morphkit.recipe.settings import CalibrationPart

OLD, NEW = "2afc", "categorisation"
ANSWERS = GOLDEN / "answers"


def old_design(folder: Path) -> Path:
    """Write a design as an older version did."""
    folder.mkdir()
    table, rest = write_design(DESIGNS[NEW].make(stimuli_rows(), seed=3), folder)
    table.rename(folder / trials_file(OLD))
    rest.write_text(rest.read_text("utf-8").replace(NEW, OLD), "utf-8")
    return folder


def test_a_design_of_an_older_version_is_read(tmp_path):
    folder = old_design(tmp_path / "plan")
    assert json.loads((folder / "design.json").read_text("utf-8"))["kind"] == OLD
    assert read_design(folder).kind == NEW


@pytest.fixture(scope="module")
def pack(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pack") / "pack"
    write_small_pack(folder)
    return folder


def test_calibrate_design_takes_the_old_name_and_replaces_an_old_design(pack, tmp_path):
    folder = old_design(tmp_path / "plan")
    made = run(
        *("calibrate", "design", pack, "--design", OLD, "--lists", "2"),
        *("--output", folder, "--overwrite", "--json"),
    )
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["kind"] == NEW
    found = sorted(path.name for path in folder.iterdir())
    assert found == sorted(["design.json", trials_file(NEW)])


def test_export_takes_the_old_name_and_an_old_design(pack, tmp_path):
    kinds = []
    made = run(
        *("calibrate", "design", pack, "--design", NEW, "--output"), tmp_path / "d"
    )
    assert made.exit_code == 0, made.output
    for path in list((tmp_path / "d").iterdir()):
        text = path.read_text("utf-8").replace(NEW, OLD)
        path.write_text(text, "utf-8")
        path.rename(path.with_name(path.name.replace(NEW, OLD)))
    for place, design in enumerate((OLD, tmp_path / "d")):
        output = tmp_path / f"export_{place}"
        done = run("export", pack, "expyriment", "--design", design, "--output", output)
        assert done.exit_code == 0, done.output
        about = json.loads((output / "morphkit_export.json").read_text("utf-8"))
        kinds.append(about["design"]["kind"])
    assert kinds == [NEW, NEW]


@pytest.mark.parametrize(
    ("reader", "file"),
    [
        ("psychopy", "psychopy.csv"),
        ("opensesame", "opensesame.csv"),
        ("opensesame", "osweb.json"),
        ("psychtoolbox", "psychtoolbox.csv"),
        ("expyriment", "expyriment.xpd"),
    ],
)
def test_answers_of_older_exports_are_read(reader, file):
    path = ANSWERS / file
    assert OLD in path.read_text("utf-8-sig")
    assert NEW not in path.read_text("utf-8-sig")
    assert {a.design for a in READERS[reader].read(path)} == {NEW}


@pytest.mark.parametrize("reader", ["jspsych", "labjs"])
def test_answers_of_older_browser_exports_are_read(reader, tmp_path):
    path = tmp_path / "P1.csv"
    head = "participant,order,design,phase,question,stimuli,choice_order,response,rt\n"
    path.write_text(f"{head}P1,1,{OLD},main,,a_s01,happy|sad,sad,512.5\n", "utf-8")
    assert [a.design for a in READERS[reader].read(path)] == [NEW]


def test_a_table_of_answers_with_the_old_name_is_read(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(f"participant,stimulus,response,design\nP1,a,sad,{OLD}\n", "utf-8")
    assert [a.design for a in READERS["csv"].read(path)] == [NEW]


def test_texts_that_were_translated_for_an_older_version_are_read(tmp_path):
    path = tmp_path / "en.toml"
    text = wording_text("en").replace(f"instructions_{NEW}", f"instructions_{OLD}")
    path.write_text(text.replace(f"question_{NEW}", f"question_{OLD}"), "utf-8")
    assert NEW not in path.read_text("utf-8")
    assert read_wording(path) == read_wording("en") | {"file": str(path)}
    taught = DESIGNS[NEW].make(stimuli_rows(), seed=1, feedback=True)
    assert "whether it was right" in instructions(taught, read_wording(path))


def test_a_recipe_that_counts_raters_is_read():
    data = {"scale": "mlds", "kind": "human", "departure": 0.1, "predicted": 0.02}
    part = CalibrationPart.model_validate(data | {"raters": 20})
    assert part.participants == 20
    assert "raters" not in part.model_dump()


def test_a_design_that_counts_raters_is_read(pack, tmp_path):
    made = run(
        *("calibrate", "design", pack, "--design", NEW, "--raters", "5"),
        *("--output", tmp_path / "d"),
    )
    assert made.exit_code == 0, made.output
    path = tmp_path / "d" / "design.json"
    text = path.read_text("utf-8")
    assert '"participants": 5' in text
    path.write_text(text.replace('"participants": 5', '"raters": 5'), "utf-8")
    found = departures(path, read_pack(pack), n_participants=4)
    assert [one.code for one in found] == ["fewer-raters"]
