"""Landmark sets that fit, where the files of a study do not say which theirs is."""

import json
import os
import shutil

import pytest
from small_study import FACES, LANDMARKS, write_study

from morphkit.errors import InputError
from morphkit.faces.formats import find_template, read_landmarks, write_landmarks
from morphkit.studio.api import Studio
from morphkit.studio.study import find_study

#: Photographs are read in every test.
pytestmark = pytest.mark.slow

NAMES = ("maja_happy", "maja_distressed")


def write_photos(folder, suffix=".pts"):
    """Write two photographs with landmark files that have points and no more."""
    (folder / "landmarks").mkdir()
    for name in NAMES:
        shutil.copy(FACES / f"{name}.png", folder)
        points = read_landmarks(LANDMARKS / f"{name}.json")
        write_landmarks(folder / "landmarks" / f"{name}{suffix}", points)
    return folder


def define(folder, name="ours", n_points=68):
    """Write a definition of a lab's own, of the first landmarks of the iBUG set."""
    data = find_template("ibug_68").to_dict()
    kept = {"name": name, "points": data["points"][:n_points]}
    kept |= {"lines": [], "closed": []} if n_points < 68 else {}
    file = folder / f"{name}.json"
    file.write_text(json.dumps(data | kept if n_points == 68 else kept), "utf-8")
    return file


@pytest.fixture
def photos(tmp_path):
    return write_photos(tmp_path)


def test_the_set_of_the_number_is_proposed_and_another_that_fits_is_chosen(photos):
    define(photos)
    define(photos, "short", 5)
    studio = Studio(find_study([photos]))
    fitting = studio.overview()["fitting"]
    assert fitting["n_points"] == 68
    assert fitting["names"] == ["ibug_68", "ours"]
    assert fitting["chosen"] == "ibug_68"
    before = studio.face("maja.happy")
    chosen = studio.choose_set("ours")
    assert chosen["lasting"] == "--template ours.json"
    assert studio.overview()["template"]["name"] == "ours"
    after = studio.face("maja.happy")
    assert after["points"] == before["points"]
    assert after["continua"]
    assert studio.templates.draft()["template"] == "ours"
    with pytest.raises(InputError, match=r"short.*68"):
        studio.choose_set("short")
    assert studio.choose_set("ibug_68")["chosen"] == "ibug_68"


def test_a_number_that_no_set_has_leaves_the_lines_of_the_file(tmp_path):
    """Until the lab defines it."""
    write_photos(tmp_path, ".tem")
    for name in NAMES:
        file = tmp_path / "landmarks" / f"{name}.tem"
        points = file.read_text("utf-8").splitlines()[1:13]
        file.write_text("\n".join(["12", *points, "0", ""]), "utf-8")
    assert Studio(find_study([tmp_path])).overview()["fitting"]["names"] == [
        "unnamed_12"
    ]
    define(tmp_path, "twelve", 12)
    studio = Studio(find_study([tmp_path]))
    assert studio.overview()["fitting"]["names"] == ["unnamed_12", "twelve"]
    assert studio.choose_set("twelve")["chosen"] == "twelve"


def test_files_that_say_it_and_a_set_that_was_named_leave_nothing_to_choose(photos):
    named = find_study([photos], template=define(photos))
    assert named.definition == photos / "ours.json"
    studio = Studio(named)
    assert studio.overview()["fitting"] is None
    with pytest.raises(InputError, match="ours"):
        studio.choose_set("ibug_68")
    shutil.copy(LANDMARKS / "maja_happy.json", photos / "landmarks")
    (photos / "landmarks" / "maja_happy.pts").unlink()
    assert Studio(find_study([photos])).overview()["fitting"] is None


def test_a_recipe_that_leaves_it_open_says_how_to_keep_the_choice(tmp_path):
    write_study(tmp_path)
    for file in sorted((tmp_path / "landmarks").glob("*.json")):
        write_landmarks(file.with_suffix(".tem"), read_landmarks(file))
        file.unlink()
    define(tmp_path)
    studio = Studio(find_study([tmp_path]))
    fitting = studio.choose_set("ours")
    assert fitting["lasting"] == 'template = "ours.json" under [sources] of the recipe'
    assert studio.face("maja.happy")["continua"][0]["missing"] == []


def test_a_draft_that_is_no_draft_is_as_if_it_were_not_there(photos):
    study = find_study([photos])
    file = next(iter(study.faces.values())).folder / ".studio" / "template.draft"
    file.parent.mkdir(exist_ok=True)
    file.write_text('{"face":' * 5000, "utf-8")
    templates = Studio(study).templates
    fresh = templates.draft()
    assert fresh["version"] == "none"
    file.unlink()
    if hasattr(os, "mkfifo"):  # nobody waits for what never comes
        os.mkfifo(file)
        assert templates.draft() == fresh
