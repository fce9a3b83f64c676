"""The commands that plan a study and act on its result, as users run them."""

import csv
import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from export_study import write_small_pack
from PIL import Image as Pillow
from small_study import FIRST, LABELS, build_study, run, write_study

from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import read_design
from morphkit.experiment.readers import plain_csv
from morphkit.experiment.texts import read_wording

CONTINUUM = f"{FIRST}_happy_distressed"


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """A folder with a recipe, its photographs and its pack."""
    folder = tmp_path_factory.mktemp("study")
    one = {"identities": [FIRST], "from": LABELS[0], "to": LABELS[1], "steps": 6}
    recipe = write_study(folder / "study", continua=[one])
    build_study(recipe, folder / "pack")
    return folder


@pytest.mark.parametrize("kind", DESIGNS)
def test_a_design_is_written_read_and_answered(kind, study, tmp_path):
    target, table = tmp_path / "trials", tmp_path / "answers.csv"
    pack = study / "pack"
    if kind == "identification":  # begins at neutral faces
        pack = tmp_path / "pack"
        write_small_pack(pack, labels=[("neutral", "happy"), ("neutral", "sad")])
    made = run(
        *("calibrate", "design", pack, "--design", kind, "--lists", "2"),
        *("--seed", "4", "--output", target, "--json"),
    )
    assert made.exit_code == 0, made.stderr
    told = json.loads(made.stdout)
    design = read_design(target)
    assert design.kind == told["kind"] == kind
    assert len(design.lists) == told["lists"] == 2
    assert told["need"] is None
    asked = ("calibrate", "simulate", target, "--pack", pack)
    answered = run(*asked, "--participants", "3", "--output", table)
    assert answered.exit_code == 0, answered.stderr
    answers = plain_csv.read(table)
    assert len(answers) == sum(len(design.lists[k % 2]) for k in range(3))
    again = run(*asked, "--participants", "3", "--output", tmp_path / "again.csv")
    assert again.exit_code == 0
    assert (tmp_path / "again.csv").read_bytes() == table.read_bytes()


def test_timing_and_options_go_into_the_design(study, tmp_path):
    run(
        *("calibrate", "design", study / "pack", "--design", "training"),
        *("--shift-steps", "1.5", "--stimulus", "200", "--output", tmp_path / "a"),
    )
    design = read_design(tmp_path / "a")
    assert design.training.shift_steps == 1.5
    times = (design.timing.fixation, design.timing.stimulus, design.timing.mask)
    assert times == (2000, 200, 150)
    run(
        *("calibrate", "design", study / "pack", "--form", "quadruples"),
        *("--images", "5", "--answer", "4000", "--output", tmp_path / "b"),
    )
    design = read_design(tmp_path / "b")
    assert len(design.stimuli()) == 6 - 1 + 1
    assert {len(t.stimuli) for trials in design.lists for t in trials} == {4}
    assert design.timing.answer == 4000


def test_need_is_found_and_told(study, tmp_path):
    result = run(
        *(
            "calibrate",
            "design",
            study / "pack",
            "--design",
            "categorisation",
            "--each",
        ),
        *("--precision", "0.5", "--repeats", "2", "--runs", "60"),
        *("--set", "rater_spread=0", "--set", "identity_spread=0"),
        *("--output", tmp_path / "trials"),
    )
    assert result.exit_code == 0, result.stderr
    assert "participants, 2 showings (240 simulated studies)" in result.stdout
    assert "95 % intervals are at most ± 0." in result.stdout
    assert "in 80 % of studies" in result.stdout
    about = json.loads((tmp_path / "trials" / "design.json").read_text("utf-8"))[
        "about"
    ]
    assert about["need"]["precision"] <= 0.5
    assert about["participants"] == about["need"]["participants"] > 1
    assert about["observer"]["rater_spread"] == 0


def test_a_design_is_replaced_only_if_asked_and_alone(study, tmp_path):
    asked = ("calibrate", "design", study / "pack", "--output", tmp_path / "trials")
    assert run(*asked).exit_code == 0
    refused = run(*asked)
    assert refused.exit_code == 3
    assert "add --overwrite to replace the design that is there" in refused.stderr
    assert run(*asked, "--overwrite", "--design", "rating").exit_code == 0
    assert read_design(tmp_path / "trials").kind == "rating"
    (tmp_path / "trials" / "data_of_participants.csv").write_text("1\n")
    kept = run(*asked, "--overwrite")
    assert kept.exit_code == 3
    assert "do not belong to the design" in kept.stderr
    assert "data_of_participants.csv" in kept.stderr
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("mine\n")
    strange = run(*asked[:-1], tmp_path / "notes", "--overwrite")
    assert strange.exit_code == 3
    assert "is not a morphkit design" in strange.stderr
    assert (tmp_path / "notes" / "a.txt").read_text() == "mine\n"


@pytest.mark.slow
def test_a_study_that_leaves_its_design_is_told(study, tmp_path):
    design, table = tmp_path / "trials", tmp_path / "answers.csv"
    made = ("calibrate", "design", study / "pack", "--design", "categorisation")
    run(*made, "--participants", "5", "--repeats", "2", "--output", design)
    asked = ("calibrate", "simulate", design, "--output", table, "--overwrite")
    right = run(*asked, "--pack", study / "pack", "--participants", "5")
    assert (right.exit_code, right.stderr) == (0, "")
    assert "5 simulated participants" in right.stdout
    few = run(*asked, "--pack", study / "pack", "--participants", "4")
    assert few.exit_code == 0
    assert "4 participants, but the design was planned for 5" in few.stderr
    assert "[fewer-raters]" in few.stderr
    fit = ("calibrate", "fit", table, "--samples", "0", "--json")
    told = run(*fit, "--pack", study / "pack", "--design", design)
    codes = {finding["code"] for finding in json.loads(told.stdout)["findings"]}
    assert "fewer-raters" in codes
    assert "other-recipe" not in codes
    # The same stimuli, made in another way.
    other = tmp_path / "design.json"
    other.write_text(
        re.sub(
            r'("(?:recipe|pixel)_sha256": ")[0-9a-f]{64}',
            lambda found: found[1] + "0" * 64,
            (design / "design.json").read_text("utf-8"),
        ),
        "utf-8",
    )
    told = run(*fit, "--pack", study / "pack", "--design", other)
    codes = {finding["code"] for finding in json.loads(told.stdout)["findings"]}
    assert {"fewer-raters", "other-recipe"} <= codes
    other.replace(design / "design.json")
    moved = run(*asked, "--pack", study / "pack", "--participants", "5")
    assert "made for a pack of another recipe (000000000000…" in moved.stderr


def test_a_design_without_a_plan_asks_for_no_raters(study, tmp_path):
    design = tmp_path / "trials"
    run("calibrate", "design", study / "pack", "--output", design)
    asked = ("calibrate", "simulate", design, "--pack", study / "pack")
    few = run(*asked, "--participants", "1", "--output", tmp_path / "answers.csv")
    assert (few.exit_code, few.stderr) == (0, "")
    assert "of 1 simulated participant\n" in few.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--identity", "nobody"), 'no identity is called "nobody"'),
        (("--set", "nose=0.1"), 'observers have no parameter "nose"'),
        (("--set", "noise=loud"), '"loud" is not a number'),
        (("--set", "scale=wavy"), 'no scale is called "wavy"'),
        (("--margin", "0.1", "--precision", "0.1"), "give either"),
        (("--design", "rating", "--margin", "0.1"), "a margin for rating"),
    ],
)
def test_wrong_wishes_are_told(words, message, study, tmp_path):
    output = tmp_path / "trials"
    result = run("calibrate", "design", study / "pack", *words, "--output", output)
    assert result.exit_code == 3
    assert message in result.stderr
    assert not output.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_design_of_another_pack_is_refused(study, tmp_path):
    run("calibrate", "design", study / "pack", "--output", tmp_path / "trials")
    table = next((tmp_path / "trials").glob("task-*.csv"))
    text = table.read_text("utf-8").replace(f"{FIRST}_happy", "nobody_happy")
    table.write_text(text, "utf-8")
    result = run(
        *("calibrate", "simulate", tmp_path / "trials", "--pack", study / "pack"),
        *("--output", tmp_path / "answers.csv"),
    )
    assert result.exit_code == 3
    assert "which is not in the pack" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("source", ["study/study.toml", "pack"])
def test_respace_on_a_metric(source, study, tmp_path):
    """A metric that the levels follow closely, so that little is left to gain."""
    # A photograph is known by its file, and another by its pixels.
    first, second = (f"{FIRST}_{label}.png" for label in LABELS[:2])
    there = study / "study" / "source_faces"
    shutil.copy(there / first, tmp_path / "renamed.png")
    Pillow.open(there / second).save(tmp_path / "converted.bmp")
    result = run(
        *("calibrate", "respace", study / source, "--metric", "gabor_jet_face256"),
        *("--sources", tmp_path, "--output", tmp_path / "new.toml", "--json"),
    )
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    one = told["continua"][CONTINUUM]
    assert one["applied"] == (told["recipe"] is not None)
    assert one["applied"] == (one["after"] < one["before"])
    if one["applied"]:
        recipe = tomllib.loads((tmp_path / "new.toml").read_text("utf-8"))
        assert recipe["continua"][0]["levels"] == one["levels"]
        assert recipe["calibration"]["scale"] == "gabor_jet_face256"
        assert recipe["calibration"]["kind"] == "metric"


@pytest.mark.slow
def test_recipe_and_pack_give_the_same_levels(study, tmp_path):
    found = []
    for source in ("study/study.toml", "pack"):
        result = run(
            *("calibrate", "respace", study / source, "--json"),
            *("--metric", "ciede2000_rms_face256", "--sources", study / "study"),
            *("--output", tmp_path / "new.toml", "--overwrite"),
        )
        assert result.exit_code == 0, result.stderr
        found.append(json.loads(result.stdout)["continua"])
    assert found[0] == found[1]
    assert found[0][CONTINUUM]["applied"]
    assert found[0][CONTINUUM]["after"] < 1.05 < found[0][CONTINUUM]["before"]


def scale_document(recipe_sha256: str = "0" * 64, **parts) -> str:
    levels = [0.0, 0.25, 0.5, 0.75, 1.0]
    values = [0.0, 0.4, 0.5, 0.6, 1.0]
    covariance = [[4e-4 * (i == j) * (0 < i < 4) for j in range(5)] for i in range(5)]
    entry = {
        "scope": "pooled",
        "continuum_id": None,
        "n_participants": 20,
        "linear": {"p_value": 1e-6},
        "scale": {
            "levels": levels,
            "values": values,
            "covariance": covariance,
            "method": "ml",
            "n_trials": 1120,
            "sigma": 0.2,
        },
    }
    of_one = entry | {"scope": "continuum", "continuum_id": CONTINUUM}
    return json.dumps(
        {
            "schema": "morphkit-scale/1",
            "pack": {"recipe_sha256": recipe_sha256},
            "scales": [entry, of_one],
        }
        | parts
    )


@pytest.mark.slow
def test_a_photograph_that_was_changed_is_none_of_the_pack(study, tmp_path):
    for label in LABELS[:2]:
        name = f"{FIRST}_{label}.png"
        picture = Pillow.open(study / "study" / "source_faces" / name).convert("RGB")
        picture.putpixel((0, 0), (1, 2, 3))
        picture.save(tmp_path / name)
    result = run(
        *("calibrate", "respace", study / "pack", "--metric", "gabor_jet_face256"),
        *("--sources", tmp_path, "--output", tmp_path / "new.toml"),
    )
    assert result.exit_code == 3
    assert result.stderr.count("was not found") == 2


def test_respace_on_people(study, tmp_path):
    (tmp_path / "scale.json").write_text(scale_document(), "utf-8")
    for more in ((), ("--pooled",)):
        result = run(
            *("calibrate", "respace", study / "study" / "study.toml"),
            *("--scale", tmp_path, "--output", tmp_path / "new.toml", "--overwrite"),
            *more,
        )
        assert result.exit_code == 0, result.stderr
        assert "another recipe" in result.stderr
        assert "departure from equal steps 0.1" in result.stdout
        recipe = tomllib.loads((tmp_path / "new.toml").read_text("utf-8"))
        levels = recipe["continua"][0]["levels"]
        assert levels[1] < 0.2
        assert levels[2] < 0.4
        assert recipe["calibration"]["trials"] == 1120


def test_one_scale_is_not_used_for_continua_that_differ(study, tmp_path):
    """The continuum's own scale, pooled in part, is: it bends the other way."""
    document = json.loads(scale_document(heterogeneity={"p_value": 0.001}))
    own = document["scales"][1]
    own["judged"] = own["scale"] | {"values": [0.0, 0.12, 0.5, 0.88, 1.0]}
    (tmp_path / "scale.json").write_text(json.dumps(document), "utf-8")
    asked = (
        *("calibrate", "respace", study / "study" / "study.toml"),
        *("--scale", tmp_path, "--output", tmp_path / "new.toml"),
    )
    refused = run(*asked, "--pooled")
    assert refused.exit_code == 3
    assert "the scales of its continua differ (p = 0.001)" in refused.stderr
    assert "leave out --pooled" in refused.stderr
    assert run(*asked).exit_code == 0
    recipe = tomllib.loads((tmp_path / "new.toml").read_text("utf-8"))
    changed = [one for one in recipe["continua"] if "levels" in one]
    assert len(changed) == 1
    # Where little is seen to change, levels are far apart.
    assert changed[0]["levels"][1] - changed[0]["levels"][0] > 0.25


def test_respace_that_changes_nothing_writes_nothing(study, tmp_path):
    even = json.loads(scale_document())
    for entry in even["scales"]:
        entry["scale"]["values"] = [0.0, 0.26, 0.5, 0.74, 1.0]
    (tmp_path / "scale.json").write_text(json.dumps(even), "utf-8")
    result = run(
        *("calibrate", "respace", study / "pack", "--scale", tmp_path / "scale.json"),
        *("--margin", "0.08", "--output", tmp_path / "new.toml"),
    )
    assert result.exit_code == 0
    assert "there is nothing to gain" in result.stdout
    assert "nothing changed" in result.stdout
    assert not (tmp_path / "new.toml").exists()


def test_bad_scales_are_told(study, tmp_path):
    recipe, path = study / "study" / "study.toml", tmp_path / "scale.json"
    asked = ("calibrate", "respace", recipe, "--output", tmp_path / "new.toml")
    assert run(*asked).exit_code == 2
    missing = run(*asked, "--scale", tmp_path)
    assert missing.exit_code == 3
    assert "there is no such file" in missing.stderr
    assert "JSON" not in missing.stderr
    strange = scale_document().replace(CONTINUUM, "nobody_happy_distressed")
    for text, message in (
        (strange, 'the scale is of "nobody_happy_distressed"'),
        (scale_document(schema="other/1"), "morphkit-scale/1"),
        (scale_document(scales=[]), "no scale of a continuum"),
        (
            scale_document().replace('"covariance"', '"other"'),
            ".covariance is missing",
        ),
        (scale_document().replace("[0.0, 0.25", "[0.1, 0.25"), "from level 0.1 to 1"),
    ):
        path.write_text(text, "utf-8")
        result = run(*asked, "--scale", path)
        assert result.exit_code == 3, text
        assert message in result.stderr
        assert not (tmp_path / "new.toml").exists()


def test_a_recipe_is_not_replaced_unasked(study, tmp_path):
    (tmp_path / "scale.json").write_text(scale_document(), "utf-8")
    (tmp_path / "new.toml").write_text("mine", "utf-8")
    result = run(
        *("calibrate", "respace", study / "pack", "--scale", tmp_path),
        *("--output", tmp_path / "new.toml"),
    )
    assert result.exit_code == 3
    assert (tmp_path / "new.toml").read_text("utf-8") == "mine"


def test_wording_is_written_for_translating(tmp_path):
    assert (
        run("calibrate", "wording", "da", "--output", tmp_path / "x.toml").exit_code
        == 0
    )
    assert read_wording(tmp_path / "x.toml")["thanks"].startswith("Det var")
    again = run("calibrate", "wording", "da", "--output", tmp_path / "x.toml")
    assert again.exit_code == 3


def test_the_table_of_trials_is_plain(study, tmp_path):
    run("calibrate", "design", study / "pack", "--output", tmp_path / "t")
    path = tmp_path / "t" / "task-mlds_description-trials_data.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["trial_id"] == "list_001_trial_0001"
    assert {row["list_id"] for row in rows} == {f"list_{k:03d}" for k in range(1, 21)}
