"""The file that says how people come to a study and leave it."""

import json

import pytest
from export_study import write_small_pack
from small_study import RUNNER

from morphkit.cli import main
from morphkit.errors import InputError
from morphkit.export.participation import read_participation

WHOLE = """
consent = "consent.txt"
least_window = [1000, 700]
parameters = ["group"]
completion_code = "C1"
completion_url = "https://example.org/done?code=C1&who={SONA_ID}&group={group}"
"""


def test_a_file_is_read_with_the_text_beside_it(tmp_path):
    (tmp_path / "study.toml").write_text(WHOLE, "utf-8")
    (tmp_path / "consent.txt").write_text("Yes.\n\nI do.\n", "utf-8")
    found = read_participation(tmp_path / "study.toml")
    assert found.consent == "Yes.\n\nI do."
    assert found.least_window == (1000, 700)
    assert found.parameters == ("group",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('concent = "x"', 'no key "concent".*did you mean "?consent'),
        ("consent = 3", "consent: 3 is no text"),
        ("least_window = [1]", "least_window: .* such as"),
        ("least_window = [true, 2]", "least_window"),
        ('parameters = ["a b"]', "parameters: 'a b'"),
        ('parameters = ["PROLIFIC_PID"]', "are kept anyway"),
        ('completion_url = "http://a.org"', "https://"),
        ('completion_url = "javascript:alert(1)"', "https://"),
        ('completion_url = "https://a.org/{group}"', "no parameter {group}.*add it"),
        ("x =", "not valid TOML"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path, text, said):
    (tmp_path / "study.toml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        read_participation(tmp_path / "study.toml")


def test_front_ends_without_such_pages_refuse_it(tmp_path):
    write_small_pack(tmp_path / "pack")
    (tmp_path / "study.toml").write_text('completion_code = "C1"', "utf-8")
    arguments = ["export", tmp_path / "pack", "psychopy", "--output", tmp_path / "out"]
    arguments += ["--participation", tmp_path / "study.toml"]
    done = RUNNER.invoke(main, list(map(str, arguments)))
    assert done.exit_code == 3
    assert "jspsych, jatos, labjs" in done.output
    arguments[2] = "jspsych"
    done = RUNNER.invoke(main, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    about = json.loads((tmp_path / "out" / "morphkit_export.json").read_text("utf-8"))
    assert about["participation"]["completion_code"] == "C1"


def test_the_size_on_the_screen_is_read(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text("[screen]\ndistance = 57\npicture_height_deg = 8\n", "utf-8")
    screen = read_participation(file).screen
    assert (screen.distance_cm, screen.picture_height_deg) == (57.0, 8.0)
    # A size in degrees counts more than whole pixels, unless the file says otherwise.
    assert (screen.whole_pixels, screen.blind_spot) == (False, False)
    file.write_text('[screen]\ndistance = "blind-spot"\n', "utf-8")
    screen = read_participation(file).screen
    assert (screen.whole_pixels, screen.blind_spot) == (True, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("screen = 3", "screen: 3 is no table"),
        ("[screen]", "screen.distance: there is none.*blind-spot"),
        ("[screen]\ndistance = true", "True is none"),
        ("[screen]\ndistance = nan", "nan is none"),
        ("[screen]\ndistance = 570", "570 is none.*from 20 to 150"),
        ('[screen]\ndistance = "near"', "'near' is none"),
        ("[screen]\ndistance = 57\npicture_height_deg = 90", "degrees from 0.5 to 60"),
        ("[screen]\ndistance = 57\npicture_height_deg = false", "False is no size"),
        ("[screen]\ndistance = 57\nwhole_pixels = 1", "whole_pixels: 1; true"),
        ("[screen]\ndistance = 57\nheight = 3", 'no key "height"'),
    ],
)
def test_a_size_that_cannot_be_right_is_refused(tmp_path, text, said):
    (tmp_path / "study.toml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        read_participation(tmp_path / "study.toml")
