"""Pictures of a size in degrees, on the stated monitor of a laboratory."""

import dataclasses
import math
import re
import sys
from types import ModuleType, SimpleNamespace

import pytest
import scipy.io
from export_study import export, write_small_pack
from lab_exports import category
from reading_exports import osexp_script, psychopy_code

from morphkit.errors import InputError
from morphkit.experiment.texts import read_wording
from morphkit.export import trial_rows
from morphkit.export.adapter import Material
from morphkit.export.participation import Participation
from morphkit.export.screen_size import ScreenSize
from morphkit.pack import read_pack

#: 8 degrees from 57 cm are 7.97 cm: on 2000 pixels of 50 cm, 319 pixels.
ON_MONITOR = Participation(screen=ScreenSize(57, 8.0, False, 50.0, (2000, 1200)))
HEIGHT = 2 * 57 * math.tan(math.radians(4)) * 40


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "pack"
    write_small_pack(folder, identities=["ada"])
    return folder


def first_row(pack):
    names = {r.stimulus_id: f"{r.stimulus_id}.png" for r in read_pack(pack).stimuli}
    words = read_wording("en", labels=("happy", "sad"))
    given = Material(read_pack(pack), pack, category(), words, "en")
    return trial_rows.rows_of_list(given, 1, names)[0]


def test_psychopy_shows_pictures_at_a_size_in_degrees(pack, tmp_path):
    out = tmp_path / "out"
    export(pack, "psychopy", out, category(), participation=ON_MONITOR)
    said = {}
    space = {
        "expInfo": {"participant": "p7"},
        "win": SimpleNamespace(size=(2000, 1200)),
        "thisExp": SimpleNamespace(addData=said.__setitem__),
        "answer_key": SimpleNamespace(keys="f", rt=0.5),
        **first_row(pack),
    }
    exec(psychopy_code(out, "setup")["Begin Experiment"], space)
    exec(psychopy_code(out, "before")["Begin Routine"], space)
    exec(psychopy_code(out, "after")["End Routine"], space)
    assert space["picture_size"][1] == pytest.approx(HEIGHT, rel=1e-5)
    assert said["picture_height_deg"] == 8.0
    assert (said["pixels_per_mm"], said["distance_cm"]) == (4.0, 57)
    # On a screen that is too small it is less, and said.
    space["win"] = SimpleNamespace(size=(400, 300))
    exec(psychopy_code(out, "before")["Begin Routine"], space)
    shown = 2 * math.degrees(math.atan(space["picture_size"][1] / 8 / 2 / 57))
    assert space["picture_height_deg"] == pytest.approx(shown)


def test_expyriment_shows_pictures_at_a_size_in_degrees(pack, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    export(pack, "expyriment", folder, category(), participation=ON_MONITOR)
    for name in ("control", "design", "io", "misc", "stimuli"):
        part = ModuleType(f"expyriment.{name}")
        monkeypatch.setitem(sys.modules, part.__name__, part)
    whole = ModuleType("expyriment")
    for name in ("control", "design", "io", "misc", "stimuli"):
        setattr(whole, name, sys.modules[f"expyriment.{name}"])
    monkeypatch.setitem(sys.modules, "expyriment", whole)
    script = folder / "run_expyriment.py"
    space = {"__name__": "run", "__file__": str(script)}
    exec(compile(script.read_text("utf-8"), str(script), "exec"), space)
    screen = SimpleNamespace(screen=SimpleNamespace(size=(2000, 1200)))
    row = first_row(pack)
    scale = space["picture_scale"](screen, row)
    assert scale * row["picture_height"] == pytest.approx(HEIGHT, rel=1e-6)
    said = space["size_in_degrees"](screen, row)
    assert said["picture_height_deg"] == 8.0
    assert set(said) <= set(space["ADDED"])


def test_psychtoolbox_knows_the_monitor_and_the_height(pack, tmp_path):
    """What the script makes of them is run in Octave (validators)."""
    out = tmp_path / "out"
    export(pack, "psychtoolbox", out, category(), participation=ON_MONITOR)
    found = scipy.io.loadmat(out / "trials.mat", simplify_cells=True)["settings"]
    # Octave goes on in whole numbers with what is one in the file.
    assert {type(v) for n, v in found.items() if n.endswith("_cm")} == {float}
    assert found["picture_height_cm"] * 40 == pytest.approx(HEIGHT)
    assert (found["monitor_width_cm"], found["distance_cm"]) == (50, 57)
    export(pack, "psychtoolbox", tmp_path / "plain", category())
    plain = scipy.io.loadmat(tmp_path / "plain" / "trials.mat", simplify_cells=True)
    assert plain["settings"]["monitor_width_cm"] == 0


@pytest.mark.parametrize(("asked", "said"), [(8.0, 8.0), (0.0, 1.608), (60.0, 24.258)])
def test_opensesame_draws_and_records_a_size_in_degrees(pack, tmp_path, asked, said):
    """As high as asked for, in their own pixels, or as large as there is room."""
    screen = dataclasses.replace(ON_MONITOR.screen, picture_height_deg=asked)
    given = Participation(screen=screen)
    export(pack, "opensesame", tmp_path / "out", category(), participation=given)
    script = osexp_script(tmp_path / "out")
    heads = dict(re.findall(r"^set (\w+) (\S+)$", script, re.M))
    assert (heads["width"], heads["height"]) == ("2000", "1200")
    assert float(heads["picture_height_deg"]) == said
    assert (heads["pixels_per_mm"], heads["distance_cm"]) == ("4.0000", "57")
    drawn = {float(x) for x in re.findall(r"draw image .* scale=(\S+) ", script)}
    (scale,) = drawn
    shown = 2 * math.degrees(math.atan(64 * scale / 40 / 2 / 57))
    assert shown == pytest.approx(said, abs=0.001)
    assert "(2000, 1200) not in monitors" in script


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("psychopy", Participation(screen=ScreenSize(57, 8.0)), "monitor_width_cm"),
        ("psychopy", Participation(screen=ScreenSize(0, 8.0, False, 50)), "distance"),
        ("psychopy", Participation(consent="Yes"), r"\[screen\] alone"),
        (
            "opensesame",
            Participation(screen=ScreenSize(57, 8.0, False, 50.0)),
            "monitor_pixels",
        ),
        ("osweb", ON_MONITOR, "psychtoolbox, expyriment take a file"),
        ("pavlovia", ON_MONITOR, "psychopy, opensesame, psychtoolbox, expyriment take"),
    ],
)
def test_a_size_that_a_program_cannot_show_is_refused(
    pack, tmp_path, name, given, said
):
    with pytest.raises(InputError, match=said):
        export(pack, name, tmp_path / "out", category(), participation=given)
