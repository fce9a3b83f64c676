"""Designs as files come back as they were."""

import csv
import json
import math

import pytest
from small_rows import rows_for, stimuli_rows, timing_for

from morphkit.errors import InputError, OutputError
from morphkit.experiment.design import Design, Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import (
    COLUMNS,
    design_about,
    read_design,
    trials_file,
    write_design,
)


def parts(design: Design) -> dict:
    return dict(vars(design)) | {
        "scales": dict(design.scales),
        "settings": dict(design.settings),
    }


@pytest.mark.parametrize("kind", DESIGNS)
def test_round_trip(kind, tmp_path):
    timing = timing_for(kind, Timing(fixation=700, stimulus=None, answer=3000))
    design = DESIGNS[kind].make(rows_for(kind), seed=3, timing=timing)
    table, _ = write_design(design, tmp_path, about={"pack": "demo"})
    assert parts(read_design(tmp_path)) == parts(design)
    assert parts(read_design(tmp_path / "design.json")) == parts(design)
    assert design_about(tmp_path) == {"pack": "demo"}
    assert b"\r" not in table.read_bytes()
    with pytest.raises(OutputError, match="already exists"):
        write_design(design, tmp_path)


@pytest.mark.slow
def test_no_name_in_the_table_is_a_number(tmp_path):
    for kind in DESIGNS:
        folder = tmp_path / kind
        folder.mkdir()
        design = DESIGNS[kind].make(rows_for(kind), seed=3)
        write_design(design, folder)
        with (folder / trials_file(kind)).open(newline="") as file:
            rows = list(csv.DictReader(file))
        more = [f"choice_{k}" for k in range(3, len(design.keys) + 1)]
        assert [name for name in rows[0] if name not in more] == list(COLUMNS)
        assert {*more} < {*rows[0]}
        assert len({row["trial_id"] for row in rows}) == len(rows)
        for row in rows:
            for column in rows[0].keys() - {"order", "block", "flipped"}:
                if not row[column]:
                    continue
                with pytest.raises(ValueError, match="could not convert"):
                    float(row[column])
            assert math.isfinite(float(row["order"]))


def test_names_follow_psych_ds():
    for kind in DESIGNS:
        name = trials_file(kind).removesuffix("_data.csv")
        for pair in name.split("_"):
            keyword, value = pair.split("-")
            assert keyword in ("task", "description")
            assert value.isalnum()


def write_categorisation(folder):
    design = DESIGNS["categorisation"].make(stimuli_rows(), seed=3)
    return write_design(design, folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("trial_id,list_id", "trial_id,list", "the columns are"),
        (",main,", ",mian,", 'csv:6: phase "mian"'),
        (
            "list_001_trial_0003,list_001,3",
            "x,list_001,4",
            "csv:4: order is 4; 3 comes",
        ),
        ("list_001_trial_0003,list_001,3", "x,list_001,3.0", 'order is "3.0"'),
        ("list_001_trial_0002,list_001,2", "x,list_009,1", "csv:4: order is 3; 2"),
        ("list_004_trial_0094,list_004,94", "x,list_009,1", "the lists are.*list_009"),
    ],
)
def test_a_table_that_was_damaged_is_told_with_its_line(tmp_path, old, new, message):
    table, _ = write_categorisation(tmp_path)
    text = table.read_text("utf-8")
    assert old in text
    table.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=message):
        read_design(tmp_path)


@pytest.mark.slow
def test_all_bad_rows_are_told_together(tmp_path):
    table, _ = write_categorisation(tmp_path)
    text = table.read_text("utf-8")
    table.write_text(text.replace(",main,", ",mian,"), "utf-8")
    with pytest.raises(InputError) as caught:
        read_design(tmp_path)
    assert str(caught.value).count("mian") > 100


def test_a_broken_design_file_is_told(tmp_path):
    _, path = write_categorisation(tmp_path)
    data = json.loads(path.read_text("utf-8"))
    for change, message in (
        ({"schema": "other/1"}, "layout"),
        ({"n_lists": 7}, "4 lists; 7"),
        ({"timing": {"fixation": -1}}, "fixation of -1 ms"),
        ({"timing": {"colour": 1}}, "timing.colour is not known"),
    ):
        path.write_text(json.dumps(data | change), "utf-8")
        with pytest.raises(InputError, match=message):
            read_design(tmp_path)
    path.write_text(json.dumps({"schema": data["schema"]}), "utf-8")
    with pytest.raises(InputError, match=r"(?s)kind: missing.*design.json: timing"):
        read_design(tmp_path)
    path.write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"design\.json:1: not JSON"):
        read_design(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_design(tmp_path / "elsewhere")
