"""The closed loop of docs/closed_loop.md, from the first pack to a certified second.

Everything runs as a user runs it, command by command; only the people are simulated,
so that the truth is known.
"""

import json
import re
import shlex
import tomllib
from pathlib import Path

import numpy as np
import pytest
from small_study import FIRST, LABELS, ROOT, run, write_study

from morphkit.experiment.observers import OBSERVERS, SCALES
from morphkit.pack.read import read_pack
from morphkit.psychophysics.respacing import departure, max_min

pytestmark = pytest.mark.slow

#: Who answers; the page uses the same.
OBSERVER = OBSERVERS["strongly-curved"]


def commands_of_the_page() -> list[list[str]]:
    """Return the commands of the walk-through, in order."""
    text = (ROOT / "docs" / "closed_loop.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("morphkit ")]


def is_file(word: str) -> bool:
    """Whether a word of a command is a file or folder of the page."""
    folders = {"pack", "trials", "scale", "pack_even", "trials_even", "scale_even"}
    return word in folders or word.endswith((".toml", ".csv"))


@pytest.fixture(scope="module")
def loop(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("loop")
    one = {"identities": [FIRST], "from": LABELS[0], "to": LABELS[1], "steps": 9}
    write_study(folder / "study", continua=[one])
    return folder


@pytest.fixture(scope="module")
def told(loop) -> dict[str, dict]:
    """What every command that reports said, by its command and output."""
    found = {}
    # Small numbers of bootstrap samples; the page has the defaults.
    less = {"scale": ["--samples", "200"], "design": ["--runs", "60"]}
    for words in commands_of_the_page():
        name = words[1] if words[0] == "calibrate" else words[0]
        asked = words[:2] + [str(loop / w) if is_file(w) else w for w in words[2:]]
        if name == "build":
            asked[1] = str(loop / asked[1])
        json_flag = [] if name == "simulate" else ["--json"]
        result = run(*asked, *less.get(name, []), *json_flag)
        assert result.exit_code == 0, (words, result.stderr)
        key = f"{name} {words[words.index('--output') + 1]}"
        found[key] = json.loads(result.stdout) if json_flag else {}
    return found


def places(folder: Path) -> list[float]:
    """Return where the frames of a pack really look to be."""
    levels = [row.level for row in read_pack(folder).stimuli]
    return SCALES[OBSERVER.scale].at(levels, OBSERVER.true_bend).tolist()


def test_the_second_spacing_beside_the_first(loop, told):
    first, second = places(loop / "pack"), places(loop / "pack_even")
    assert max_min(first) > 3.5
    assert max_min(second) < 1.5
    assert departure(first) > 0.09
    assert departure(second) < 0.035


def test_the_new_recipe_names_parent_scale_and_uncertainty(loop, told):
    recipe = tomllib.loads((loop / "study" / "even.toml").read_text("utf-8"))
    pack, even = read_pack(loop / "pack"), read_pack(loop / "pack_even")
    assert recipe["pack"]["parent"] == pack.recipe_sha256
    assert even.recipe_sha256 != pack.recipe_sha256
    calibration = recipe["calibration"]
    assert (calibration["scale"], calibration["kind"]) == ("mlds", "human")
    assert calibration["trials"] == 20 * 40
    assert calibration["participants"] == 20
    assert calibration["predicted"] < 0.5 * calibration["departure"]
    assert 0.01 < calibration["uncertainty"] < 0.15
    assert calibration["sigma"] == pytest.approx(OBSERVER.noise, rel=0.6)
    assert tomllib.loads(even.recipe_toml)["calibration"] == calibration


def test_the_pack_holds_the_places_on_the_scale(loop, told):
    even = read_pack(loop / "pack_even")
    found = [row.perceptual_position for row in even.stimuli]
    assert found == pytest.approx(np.linspace(0, 1, 9).tolist(), abs=1e-6)
    assert [row.spacing for row in even.continua] == ["equal on the scale mlds"]
    assert [row.perceptual_position for row in read_pack(loop / "pack").stimuli] == (
        [None] * 9
    )


def test_the_second_scale_is_certified_and_nothing_more_is_changed(loop, told):
    first = told["scale scale"]["scales"][0]["certificate"]
    second = told["scale scale_even"]["scales"][0]["certificate"]
    assert first["verdict"] == "uneven"
    assert second["verdict"] == "uniform"
    assert second["upper_bound"] <= second["margin"] < first["largest_departure"]
    again = told["respace study/even_again.toml"]
    assert again["recipe"] is None
    assert not (loop / "study" / "even_again.toml").exists()
    one = again["continua"][f"{FIRST}_happy_distressed"]
    assert not one["applied"]
    assert "nothing to gain" in one["reason"]


def test_the_design_tells_how_many_raters_are_needed(told):
    need = told["design trials"]["need"]
    assert need["power"] >= 0.8
    tried = {one["participants"]: one["power"] for one in need["tried"]}
    assert min(tried.values()) < 0.8
    assert told["design trials"]["participants"] == need["participants"]
