"""Exports to laboratory software: what the files say, without that software.

The programs themselves run them in validators/.
"""

import ast
import csv
import gzip
import io
import itertools
import json
import re
import shutil
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.io
from export_study import export, write_small_pack
from feedback_programs import Variables
from lab_exports import DESIGNS, GOLDEN, KEPT, category, face, training
from PIL import Image
from small_study import RUNNER

from morphkit.cli import main
from morphkit.errors import InputError, MissingExtraError
from morphkit.experiment.design import Ability, Timing
from morphkit.experiment.designs.files import write_design
from morphkit.experiment.texts import read_wording
from morphkit.experiment.trial_list import list_of
from morphkit.export import (
    FRONT_ENDS,
    opensesame_code,
    provenance,
    screen_layout,
    trial_rows,
)
from morphkit.export.adapter import Material
from morphkit.export.masks import mask_names
from morphkit.export.media import FRAME_MS, encode_apng
from morphkit.export.opensesame import constant_columns
from morphkit.export.psychtoolbox import codes
from morphkit.export.vendor_text import identifier
from morphkit.faces.images import read_image
from morphkit.pack import read_pack
from morphkit.pack.layout import TABLE_FILES


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "pack"
    write_small_pack(folder, identities=["ada"])
    return folder


def material(pack, design, language="en"):
    words = read_wording(language, labels=("happy", "sad"))
    return Material(read_pack(pack), pack, design, words, language)


def table(pack, design, number=1, language="en"):
    shown = [r.stimulus_id for r in read_pack(pack).stimuli]
    names = {name: f"{name}.png" for name in (*shown, *mask_names(design))}
    return trial_rows.rows_of_list(material(pack, design, language), number, names)


# ---- trial tables ----------------------------------------------------------------


@pytest.mark.parametrize("kind", DESIGNS)
def test_cells_keep_their_type_in_every_program(pack, kind):
    """No cell is empty, and no text can be read as a number or as missing."""
    for row in table(pack, DESIGNS[kind](), language="da"):
        for name, value in row.items():
            assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", name)
            if isinstance(value, str):
                assert value.strip()
                assert value.lower() not in {"na", "n/a", "nan", "null", "inf"}
                with pytest.raises(ValueError, match="could not convert"):
                    float(value)


def test_a_flipped_trial_is_mirrored_on_the_screen_and_not_in_the_record(pack):
    plain, flipped = (table(pack, category(), number)[0] for number in (1, 2))
    assert (plain["choice_1"], plain["choice_2"]) == ("happy", "sad")
    assert (flipped["choice_1"], flipped["choice_2"]) == ("sad", "happy")
    assert plain["correct_choice"] == flipped["correct_choice"] == "happy"
    triad = table(pack, DESIGNS["mlds"]())[1]
    assert [triad[f"stimulus_{k}"] for k in (1, 2, 3)] == [face(1), face(3), face(4)]
    shown = [triad[f"picture_{k}"] for k in (1, 2, 3)]
    assert shown == [f"{face(k)}.png" for k in (4, 3, 1)]
    assert (triad["choice_1"], triad["choice_text_1"]) == ("pair_2", "left pair")


def test_pauses_stand_before_new_blocks_alone(pack):
    first, second, third = table(pack, category())
    words = read_wording("en", labels=("happy", "sad"))
    assert first["pause_text"] == words["phase_practice"]
    assert second["pause_text"] == f"{words['break']} {words['phase_main']}"
    assert third["pause_text"] == "none"


def test_feedback_follows_practice_and_training_alone(pack):
    """A trial may have a right answer that the participant is never told."""
    rules = {
        kind: [row["feedback_rule"] for row in table(pack, DESIGNS[kind]())]
        for kind in DESIGNS
    }
    assert rules["categorisation"] == ["by_table", "none", "none"]
    assert rules["mlds"] == ["by_table", "none"]
    assert rules["same_different"] == ["none", "none"]
    assert rules["training"] == ["none"] * 10 + ["by_balance"] * 5


@pytest.mark.parametrize("kind", DESIGNS)
def test_the_csv_says_what_the_rows_say(pack, kind):
    rows = table(pack, DESIGNS[kind](), language="de")
    text = list(csv.DictReader(io.StringIO(trial_rows.format_csv(rows))))
    assert text == [{n: str(v) for n, v in row.items()} for row in rows]


def test_layout_keeps_pairs_on_their_side():
    left, right = (
        screen_layout.centres(4, 100, 80)[:2],
        screen_layout.centres(4, 100, 80)[2:],
    )
    assert all(x < -50 for x, _ in left)
    assert all(x > 50 for x, _ in right)
    for n in (1, 2, 3, 4):
        across, down = screen_layout.extent(n, 100, 80)
        boxes = screen_layout.centres(n, 100, 80)
        assert max(x for x, _ in boxes) + 50 == pytest.approx(across / 2)
        assert max(y for _, y in boxes) + 40 == pytest.approx(down / 2)
        for (x, y), (u, v) in itertools.combinations(boxes, 2):
            assert abs(x - u) >= 100 or abs(y - v) >= 80


# ---- PsychoPy --------------------------------------------------------------------


def psyexp(pack, tmp_path, design):
    export(pack, "psychopy", tmp_path / "out", design)
    (path,) = (tmp_path / "out").glob("*.psyexp")
    return ET.parse(path).getroot()


def code_of(root, component):
    found = root.find(f".//CodeComponent[@name='{component}']")
    return {p.get("name"): p.get("val") for p in found}


@pytest.mark.parametrize("kind", DESIGNS)
def test_every_variable_of_the_experiment_is_set_before_it_is_used(
    pack, tmp_path, kind
):
    design = DESIGNS[kind]()
    root = psyexp(pack, tmp_path, design)
    columns = set(table(pack, design)[0])
    assigned = set()
    for component in ("setup", "before_pause", "before", "after"):
        for name, text in code_of(root, component).items():
            if name.startswith(("Begin", "End", "Each")) and " JS " not in name:
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        assigned.add(node.id)
    for param in root.iter("Param"):
        value = param.get("val")
        if value.startswith("$") and param.get("name") != "color":
            used = {
                n.id for n in ast.walk(ast.parse(value[1:])) if isinstance(n, ast.Name)
            }
            assert used <= columns | assigned, param.attrib


def run_training(root, rows, answer):
    """Run the code of the experiment with an observer; return what it says is right."""
    recorded = []
    space = {
        "expInfo": {"participant": "p7"},
        "win": SimpleNamespace(size=(1280, 800)),
        "thisExp": SimpleNamespace(addData=lambda n, v: recorded[-1].update({n: v})),
    }
    exec(code_of(root, "setup")["Begin Experiment"], space)
    for row in rows:
        recorded.append({})
        key = "f" if answer(row["step_1"]) == row["choice_1"] else "j"
        space |= row | {"answer_key": SimpleNamespace(keys=key, rt=0.5)}
        exec(code_of(root, "before")["Begin Routine"], space)
        exec(code_of(root, "after")["End Routine"], space)
        recorded[-1]["feedback_text"] = space["feedback_text"]
    return recorded


@pytest.mark.parametrize(("own", "shift"), [(2, 1.0), (4, -1.5), (0, 2.0), (5, 0.0)])
def test_training_moves_the_balance_point_of_the_participant(
    pack, tmp_path, own, shift
):
    design = training(shift=shift)
    root = psyexp(pack, tmp_path, design)
    rows = table(pack, design)
    said = run_training(root, rows, lambda step: "happy" if step <= own else "sad")
    for row, record in zip(rows, said, strict=True):
        assert record["chosen_choice"] == ("happy" if row["step_1"] <= own else "sad")
        if row["phase_name"] == "training":
            right = "happy" if row["step_1"] <= own + shift else "sad"
            assert record["balance_point"] == own
            assert record["right_choice"] == right
            correct = record["chosen_choice"] == right
            assert record["feedback_text"].startswith("Right!" if correct else "Wrong.")
            assert right in record["feedback_text"]
        else:
            assert record["feedback_text"] == ""


def test_every_code_has_a_list(pack, tmp_path):
    setup = code_of(psyexp(pack, tmp_path, category()), "setup")["Begin Experiment"]
    long = "5f3c1a2b9d8e7f6a5b4c3d2e"
    for code, number in (("1", 1), ("p02", 2), ("17 ", 1), (long, list_of(long, 2))):
        space = {
            "expInfo": {"participant": code},
            "win": SimpleNamespace(size=(800, 600)),
        }
        exec(setup, space)
        assert space["conditions_file"] == f"conditions/list_{number:02d}.csv"


# ---- OpenSesame ------------------------------------------------------------------


def osexp(folder):
    (path,) = folder.glob("*.osexp")
    with tarfile.open(path) as archive:
        return {m.name: archive.extractfile(m) for m in archive if m.isfile()} | {
            n: archive.extractfile(n).read() for n in archive.getnames() if "." in n
        }


@pytest.mark.parametrize("name", ["opensesame", "osweb"])
def test_osexp_holds_every_cell_and_every_image(pack, tmp_path, name):
    design = category()
    export(pack, name, tmp_path / "out", design)
    files = osexp(tmp_path / "out")
    script = files["script.opensesame"].decode()
    pool = {path.removeprefix("pool/") for path in files if path.startswith("pool/")}
    names = (*map(face, (1, 2, 3)), *mask_names(design))
    assert pool == {f"{name}.png" for name in names}
    lists = [table(pack, design, number) for number in (1, 2)]
    same = constant_columns(lists)
    for number, rows in enumerate(lists, start=1):
        loop = script.split(f"define loop list_{number:02d}\n")[1].split("\nrun")[0]
        cells = re.findall(
            r'^\tsetcycle (\d+) (\w+) "(.*)"$', loop.split("\ndefine")[0], re.M
        )
        found = [dict(same) for _ in rows]
        for place, column, value in cells:
            found[int(place)][column] = value
        assert [{n: str(v) for n, v in row.items()} for row in found] == [
            {n: str(row[n]) for n in found[0]} for row in rows
        ]
        assert set(found[0]) == set(rows[0])
    language = {"opensesame": "inline_script", "osweb": "inline_javascript"}[name]
    assert f"define {language} score" in script


def test_osexp_is_the_same_file_every_time(pack, tmp_path):
    for place in ("a", "b"):
        export(pack, "osweb", tmp_path / place, category())
    one, two = (next((tmp_path / p).glob("*.osexp")).read_bytes() for p in ("a", "b"))
    assert one == two
    assert gzip.decompress(one)[:17] == b"script.opensesame"
    assert one[4:8] == bytes(4)  # where gzip keeps the time


def opensesame_space(**names):
    """Return the names of OpenSesame's scripts, which its variables are."""
    names["var"] = Variables(names)
    return names


@pytest.mark.parametrize("kind", DESIGNS)
def test_no_name_in_scripts_for_opensesame_is_a_variable_too(pack, kind):
    """OpenSesame 4 keeps both in one place: writing the one would change the other."""
    design = DESIGNS[kind]()
    about = material(pack, design)
    code = opensesame_code.python.setup(about) + opensesame_code.python.score(about)
    tree = ast.parse(code)
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    inside = {id(node) for one in functions for node in ast.walk(one)}
    stored = [
        node
        for node in ast.walk(tree)
        if id(node) not in inside
        and isinstance(node, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Store)
    ]
    names = {node.id for node in stored if isinstance(node, ast.Name)}
    variables = {node.attr for node in stored if isinstance(node, ast.Attribute)}
    assert "chosen_choice" in variables
    assert not names & (variables | {*table(pack, design)[0]})


@pytest.mark.parametrize(("own", "shift"), [(2, 1.0), (4, -1.5)])
def test_opensesame_training_agrees(pack, own, shift):
    design = training(shift=shift)
    about = material(pack, design)
    space = opensesame_space(subject_nr=1)
    var = space["var"]
    exec(opensesame_code.python.setup(about), space)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", var.started)
    for row in table(pack, design):
        happy = row["step_1"] <= own
        key = "f" if (row["choice_1"] == "happy") == happy else "j"
        times = {"response_time": 300, "time_face": 1000, "time_answer_1": 1010}
        space |= {**row, "response": key, **times}
        exec(opensesame_code.python.score(about), space)
        assert var.chosen_choice == ("happy" if happy else "sad")
        assert var.answer_seconds == pytest.approx(0.31)
        if row["phase_name"] == "training":
            assert var.balance_point == own
            assert var.right_choice == (
                "happy" if row["step_1"] <= own + shift else "sad"
            )
            assert var.show_feedback == 1
        else:
            assert var.show_feedback == 0


def test_opensesame_counts_from_the_stimulus_in_later_stages(pack):
    """An answer that the mask or the blank heard is timed from the picture."""
    design = category(timing=Timing(stimulus=150, mask=100))
    row = table(pack, design)[1]
    space = opensesame_space(
        **row,
        response="j",
        response_time=200,
        time_face=5000,
        time_answer_1=5001,
        time_answer_2=5151,
        time_answer_3=4000,
    )
    exec(opensesame_code.python.score(material(pack, design)), space)
    var = space["var"]
    assert (var.chosen_choice, var.answer_seconds) == ("sad", pytest.approx(0.351))


def test_an_opensesame_answer_that_did_not_come_is_none(pack):
    row = table(pack, category())[1]
    space = opensesame_space(**row, response="None", response_time=4000, time_face=0)
    exec(opensesame_code.python.score(material(pack, category())), space)
    var = space["var"]
    assert (var.chosen_choice, var.answer_seconds) == ("none", "none")
    assert var.feedback_text == read_wording("en")["too_slow"]


# ---- Psychtoolbox and Expyriment -------------------------------------------------


@pytest.mark.parametrize("language", ["en", "da"])
def test_mat_file_gives_the_trials_back(pack, tmp_path, language):
    design = category()
    export(pack, "psychtoolbox", tmp_path / "out", design, language=language)
    path = tmp_path / "out" / "trials.mat"
    assert b"20" not in path.read_bytes()[:116]  # no year: nothing of the clock
    data = scipy.io.loadmat(path, simplify_cells=True)
    words = read_wording(language, labels=("happy", "sad"))
    for found, number in zip(data["lists"], (1, 2), strict=True):
        rows = table(pack, design, number, language)
        for trial, row in zip(found, rows, strict=True):
            for name in ("stimulus_1", "step_1", "level_1", "choice_1", "phase_name"):
                assert getattr(trial, name) == row[name]
            said = "".join(map(chr, trial.said_wrong_1))
            assert said == words["feedback_incorrect"].format(
                label=row["choice_text_1"]
            )
            assert trial.picture_1 == f"stimuli/{row['picture_1']}"
    settings = data["settings"]
    assert (settings["stimulus"], settings["mask"]) == (150, 100)
    assert settings["answer"] == np.inf


def test_codes_hold_letters_outside_ascii_and_lines():
    assert codes("Gør det").tolist() == [[ord(c) for c in "Gør det"]]
    assert bytes(codes("one two three", width=8).astype(np.uint8)) == b"one two\nthree"


def test_keys_are_named_as_psychtoolbox_names_them(pack, tmp_path):
    export(pack, "psychtoolbox", tmp_path / "out", category(keys=("1", "0")))
    data = scipy.io.loadmat(tmp_path / "out" / "trials.mat", simplify_cells=True)
    assert (data["settings"]["key_1"], data["settings"]["key_2"]) == ("1!", "0)")


def test_expyriment_script_is_python_and_finds_its_files(pack, tmp_path):
    export(pack, "expyriment", tmp_path / "out", category())
    ast.parse((tmp_path / "out" / "run_expyriment.py").read_text("utf-8"))
    study = json.loads((tmp_path / "out" / "study.json").read_text("utf-8"))
    for number in range(1, study["n_lists"] + 1):
        path = tmp_path / "out" / "conditions" / f"list_{number:02d}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for column in ("picture_1", "mask_picture"):
                    assert (tmp_path / "out" / row[column]).is_file()


# ---- programs that cannot be run here --------------------------------------------


@pytest.mark.parametrize("name", KEPT)
def test_text_exports_are_as_they_were(pack, tmp_path, name):
    """Golden files; tests/helpers/lab_exports.py writes them anew."""
    export(pack, name, tmp_path / "out", category())
    assert (tmp_path / "out" / KEPT[name]).read_bytes() == (
        GOLDEN / KEPT[name]
    ).read_bytes()


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("kind", DESIGNS)
def test_text_exports_say_that_they_are_not_verified(pack, tmp_path, name, kind):
    adapter = FRONT_ENDS[name]
    assert not adapter.verified
    if adapter.lacks(DESIGNS[kind]()):
        with pytest.raises(InputError, match="cannot show the design"):
            export(pack, name, tmp_path / "out", DESIGNS[kind]())
        return
    export(pack, name, tmp_path / "out", DESIGNS[kind]())
    notice = (tmp_path / "out" / "NOT_VERIFIED.txt").read_text("utf-8")
    assert notice.startswith("Not verified: ")
    shown = {path.name for path in (tmp_path / "out").rglob("*.png")}
    text = "".join(
        path.read_text("utf-8")
        for path in (tmp_path / "out").iterdir()
        if path.suffix in (".csv", ".txt", ".iqx")
    )
    for stimulus in DESIGNS[kind]().stimuli():
        assert f"{stimulus}.png" in shown
        assert f"{stimulus}.png" in text


def test_names_follow_the_rules_of_the_programs(pack, tmp_path):
    for name in ("eprime", "gorilla"):
        export(pack, name, tmp_path / name, category())
    head = (GOLDEN / KEPT["eprime"]).read_text("ascii").splitlines()[0]
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9]*", n) for n in head.split("\t"))
    assert head.startswith("Weight\tNested\tProcedure\t")
    script = (GOLDEN / KEPT["psytoolkit"]).read_text("utf-8")
    for bitmap in re.findall(r"^  (b_\S+) ", script, re.M):
        assert re.fullmatch("[A-Za-z][A-Za-z0-9_]*", bitmap)
    assert identifier("ada_happy-sad_s01") == "ada_happy_sad_s01"


@pytest.mark.parametrize("name", ["gorilla", "qualtrics", "inquisit"])
def test_feedback_is_announced_only_where_it_is_given(pack, tmp_path, name):
    design = category()
    export(pack, name, tmp_path / "out", design)
    text = "".join(
        path.read_text("utf-8") for path in (tmp_path / "out").glob("*_list_01.*")
    )
    announced = "In the practice you will be told after each answer"
    assert (announced in text) is (Ability.FEEDBACK in FRONT_ENDS[name].abilities)
    assert ("There is no right or wrong answer." in text) is not (
        Ability.FEEDBACK in FRONT_ENDS[name].abilities
    )
    # A survey has neither keys nor a cross.
    assert ("Press the key" in text) is (name != "qualtrics")
    assert ("Look at the cross" in text) is (name != "qualtrics")
    assert ("Click on your answer" in text) is (name == "qualtrics")
    told = RUNNER.invoke(
        main,
        [
            *("export", str(pack), name, "--output", str(tmp_path / "told")),
            *("--design", str(written(design, tmp_path / "design"))),
        ],
    )
    assert told.exit_code == 0, told.stderr
    assert ("gives no feedback" in told.stderr) is not (
        Ability.FEEDBACK in FRONT_ENDS[name].abilities
    )


def written(design, folder):
    folder.mkdir()
    write_design(design, folder)
    return folder


def test_eprime_refuses_letters_that_it_cannot_show(pack, tmp_path):
    told = (
        r"E-Prime may not display: .*“ö” \(U\+00F6\) in 'fröhlich'.*wording de --output"
    )
    with pytest.raises(InputError, match=told):
        export(pack, "eprime", tmp_path / "out", category(), language="de")


# ---- films -----------------------------------------------------------------------


def test_films_without_loss_hold_the_images(pack, tmp_path):
    export(pack, "media", tmp_path / "out", None)
    rows = read_pack(pack).stimuli
    for suffix in ("apng", "webp"):
        with Image.open(tmp_path / "out" / f"ada_happy_sad.{suffix}") as film:
            assert film.n_frames == len(rows)
            for place, row in enumerate(rows):
                film.seek(place)
                wanted = read_image(pack / row.file)
                assert np.array_equal(np.asarray(film.convert("RGB")), wanted)
                assert film.info["duration"] == FRAME_MS


def test_an_apng_of_one_frame_is_a_png(tmp_path):
    image = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    path = tmp_path / "one.png"
    path.write_bytes(encode_apng([image]))
    assert np.array_equal(read_image(path), image)


def test_h264_films_are_close_to_the_images(pack, tmp_path):
    av = pytest.importorskip("av")
    export(pack, "video", tmp_path / "out", None)
    rows = read_pack(pack).stimuli
    with av.open(str(tmp_path / "out" / "ada_happy_sad.mp4")) as film:
        assert film.streams.video[0].average_rate * FRAME_MS == 1000
        frames = [f.to_ndarray(format="rgb24") for f in film.decode(video=0)]
    assert len(frames) == len(rows)
    for frame, row in zip(frames, rows, strict=True):
        wanted = read_image(pack / row.file).astype(int)
        assert np.abs(frame - wanted).mean() < 4


def test_h264_without_its_library_says_what_to_install(pack, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"morphkit-faces\[video\]"):
        export(pack, "video", tmp_path / "out", None)
    assert not (tmp_path / "out").exists()


# ---- standards -------------------------------------------------------------------


def test_bids_table_names_every_image(pack, tmp_path):
    export(pack, "bids", tmp_path / "out", None)
    stimuli = tmp_path / "out" / "stimuli"
    with (stimuli / "stimuli.tsv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [r["filename"] for r in rows] == sorted(
        p.name for p in stimuli.glob("*.png")
    )
    assert set(rows[0]) == set(
        json.loads((stimuli / "stimuli.json").read_text("utf-8"))
    )
    assert [float(r["level"]) for r in rows] == [0, 0.25, 0.5, 0.75, 1]
    assert [p.name for p in (tmp_path / "out").glob("README*")] == ["README.txt"]


def test_tables_of_a_data_package_are_the_lines_of_the_pack(pack, tmp_path):
    """A cell is copied as it stands: the age 7 does not become 7.0.

    Only hashes of photographs are not, since the data set is made to be passed on.
    """
    export(pack, "psych_ds", tmp_path / "out", DESIGNS["mlds"]())
    for table in ("stimuli", "continua", "identities"):
        path = TABLE_FILES[table]
        lines = (tmp_path / "out" / path).read_text("utf-8").splitlines()
        text = re.sub("a{64}|b{64}", "", (pack / path).read_text("utf-8"))
        assert set(lines) <= set(text.splitlines()), table
        assert len(lines) > 1


@pytest.mark.slow
def test_trial_tables_are_part_of_a_valid_data_package(pack, tmp_path):
    frictionless = pytest.importorskip("frictionless")
    for kind in ("categorisation", "mlds"):
        export(pack, "psych_ds", tmp_path / kind, DESIGNS[kind]())
        path = tmp_path / kind / "datapackage.json"
        assert frictionless.validate(str(path)).valid
        package = json.loads(path.read_text("utf-8"))
        described = json.loads(
            (tmp_path / kind / "dataset_description.json").read_text("utf-8")
        )
        known = {entry["name"] for entry in described["variableMeasured"]}
        tables = [r for r in package["resources"] if r["path"].startswith("data/task-")]
        assert len(tables) == len(DESIGNS[kind]().lists)
        for resource in tables:
            assert {f["name"] for f in resource["schema"]["fields"]} <= known
    broken = tmp_path / "broken"
    shutil.copytree(tmp_path / "mlds", broken)
    path = next((broken / "data").glob("task-*"))
    path.write_text(path.read_text("utf-8").replace(face(2) + ",", "nobody,"), "utf-8")
    report = frictionless.validate(str(broken / "datapackage.json"))
    assert "foreign-key" in {e.type for task in report.tasks for e in task.errors}


def chunks(data):
    place = 8
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        kind, content = (
            data[place + 4 : place + 8],
            data[place + 8 : place + 8 + length],
        )
        check = int.from_bytes(data[place + 8 + length : place + 12 + length], "big")
        assert zlib.crc32(kind + content) == check
        yield kind, content
        place += 12 + length


def test_provenance_is_written_on_request_and_into_copies_only(pack, tmp_path):
    before = {p: p.read_bytes() for p in (pack / "materials").rglob("*.png")}
    for name, asked in (("plain", False), ("told", True)):
        export(pack, "psychopy", tmp_path / name, category(), provenance=asked)
    for path in (tmp_path / "plain" / "stimuli").glob("ada*.png"):
        assert [kind for kind, _ in chunks(path.read_bytes())].count(b"iTXt") == 0
        told = tmp_path / "told" / "stimuli" / path.name
        texts = [c for kind, c in chunks(told.read_bytes()) if kind == b"iTXt"]
        assert len(texts) == 1
        kinds = [kind for kind, _ in chunks(told.read_bytes())]
        assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")
        assert np.array_equal(read_image(path), read_image(told))
        with Image.open(told) as image:
            packet = image.info["XML:com.adobe.xmp"]
        ET.fromstring(packet)
        for word in ("digitalsourcetype/composite", "MR-NAP", "AG-U14"):
            assert word in packet
        for secret in ("ada", "happy", "sad", "s01", "0.25"):
            assert secret not in re.sub(r"sha256:\w+", "", packet).replace("made", "")
    assert before == {p: p.read_bytes() for p in (pack / "materials").rglob("*.png")}


def test_provenance_renews_sizes_and_hashes(pack, tmp_path):
    told = provenance.with_provenance(material(pack, None), tmp_path)
    for row in told.pack.stimuli:
        assert (tmp_path / row.file).stat().st_size == row.bytes
    plain = read_pack(pack).stimuli
    assert all(
        a.sha256 != b.sha256 for a, b in zip(plain, told.pack.stimuli, strict=True)
    )


@pytest.mark.parametrize(
    ("months", "code"),
    [(0, "U14"), (179, "U14"), (180, "A15"), (299, "A24"), (300, "A25"), (900, "A25")],
)
def test_ages_are_told_in_the_words_of_plus(months, code):
    assert provenance.age_code(months) == f"AG-{code}"


@pytest.mark.parametrize("number", [0, 1, 7, 999999, 1000000, 12345678, 1795395197335])
def test_opensesame_plays_the_list_of_every_front_end(pack, number):
    """Also where a number has more digits than count through the lists."""
    design = category()
    code = str(number)
    space = opensesame_space(subject_nr=number)
    about = material(pack, design)
    exec(opensesame_code.python.setup(about), space)
    assert space["var"].planned_list == list_of(code, len(design.lists))
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = (
        f"globalThis.vars = {{ subject_nr: {number} }};\n"
        f"{opensesame_code.javascript.setup(about)}\nconsole.log(vars.planned_list)"
    )
    done = subprocess.run(
        [node, "-"], input=script, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == space["var"].planned_list
