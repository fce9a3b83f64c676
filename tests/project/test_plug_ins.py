"""Entries of other distributions: one entry point is all that they need.

A real distribution is installed with pip into a folder; its entries of every kind go
through recipe, commands, report and export, in this process and in one of their own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from plug_ins.distributions import OTHERS, install_broken, install_example
from repository import ROOT
from small_study import FIRST, LABELS, command, run, write_study

from morphkit._core import registry
from morphkit._core.registry import TABLES, look_up
from morphkit.errors import InputError, PlugInError
from morphkit.experiment.designs import DESIGNS
from morphkit.geometry.warp import WARPS
from morphkit.pack.read import read_pack
from morphkit.pipeline.entry_tables import KINDS

pytestmark = pytest.mark.slow

ENTRIES = {
    **OTHERS,
    "warps": {"radial": ""},
    "metrics": {"edges": ""},
    "designs": {"match_to_sample": ""},
}
#: What `morphkit list` calls a table, if not by its name.
LISTED = {
    "readers": "answers",
    "front_ends": "front-ends",
    "landmark_checks": "landmark-checks",
    "cross_checks": "cross-checks",
}
OWN = {"morphkit-lab": "1.2.0"}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    install_example(folder / "source", folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def broken_site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("broken")
    install_broken(folder / "source", folder / "site")
    return folder / "site"


@pytest.fixture
def installed(site, monkeypatch) -> None:
    """Make the distribution known in this process."""
    monkeypatch.syspath_prepend(str(site))


def morphkit(*arguments, sites=(), code=0) -> subprocess.CompletedProcess:
    """Run a command in a process that knows the distributions in some folders."""
    paths = [*map(str, sites), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        command(*arguments),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def study(folder: Path, site: Path) -> Path:
    """Write a study that takes every entry that a recipe can name."""
    one = {"identities": [FIRST], "from": LABELS[0], "to": LABELS[1], "steps": 5}
    recipe = write_study(
        folder,
        continua=[one],
        align={"method": "halves", "width": 96, "height": 112},
        morph={
            "warp": "radial",
            "blend": "evening_light",
            "refine": "still",
            "outline": "disc",
            "mask": "box",
            "detail": "plain",
        },
        match={"method": "alike"},
        checks={
            "measures": ["edges_face256", "ssim_root_face256"],
            "limits": {"many-steps": {"warning": 4.0}},
        },
        sources={"detector": "second_mesh"},
    )
    # One face is detected, the other has its landmarks in the own format.
    ends = [folder / "landmarks" / f"{FIRST}_{label}.json" for label in LABELS]
    converted = ("landmarks", "convert", ends[0], ends[0].with_suffix(".bare"))
    morphkit(*converted, sites=[site])
    for file in ends:
        file.unlink()
    return recipe


@pytest.fixture(scope="module")
def pack(site, tmp_path_factory) -> Path:
    """Return a pack that a process of its own made of entries of every kind."""
    folder = tmp_path_factory.mktemp("study")
    recipe = study(folder / "study", site)
    morphkit("build", recipe, "--output", folder / "pack", sites=[site])
    return folder / "pack"


@pytest.mark.parametrize("kind", ENTRIES)
def test_entries_are_listed_and_looked_up(kind, installed):
    table = TABLES[f"morphkit.{kind}"]
    listed = run("list", LISTED.get(kind, kind)).stdout
    for name in ENTRIES[kind]:
        assert name in table
        assert list(table)[-1] == name
        assert name in listed
        assert str(table.plug_in(name)) == "morphkit-lab 1.2.0"
        assert table[name] is look_up(table, name, kind="entry")


def test_plug_ins_are_listed_with_what_offers_them(installed):
    listed = json.loads(run("list", "plug-ins", "--json").stdout)
    assert listed["warps radial"] == "morphkit-lab 1.2.0"
    assert len(listed) == len(ENTRIES)


def test_every_table_has_a_door():
    assert {group.removeprefix("morphkit.") for group in TABLES} == set(ENTRIES)
    kinds = {LISTED.get(kind, kind).replace("_", "-") for kind in ENTRIES}
    assert kinds <= set(KINDS)


def test_without_the_distribution_nothing_is_there():
    for kind, names in ENTRIES.items():
        assert not set(names) & set(TABLES[f"morphkit.{kind}"])
        with pytest.raises(KeyError):
            TABLES[f"morphkit.{kind}"][next(iter(names))]


def test_nothing_is_loaded_before_it_is_looked_up(site):
    """Not even when the whole library is imported: a plug-in imports parts of it.

    Commands are another matter: one that offers the options of formats asks them.
    """
    code = """
import importlib, pkgutil, sys
import morphkit
for found in pkgutil.walk_packages(morphkit.__path__, "morphkit."):
    if not found.name.startswith(("morphkit.cli", "morphkit.__main__")):
        importlib.import_module(found.name)
from morphkit.geometry.warp import WARPS
known = list(WARPS)
before = "morphkit_lab" in sys.modules
WARPS["radial"]
print(known[-1], before, "morphkit_lab.radial" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["radial", "False", "True"]


def test_a_pack_says_which_distribution_made_it(pack):
    about = json.loads((pack / "datapackage.json").read_text("utf-8"))["morphkit"]
    assert about["plug_ins"] == OWN
    content = read_pack(pack)
    assert content.plug_ins == OWN
    placed = {content.continua[0].from_placed_by, content.continua[0].to_placed_by}
    assert placed == {"hand", "detector second_mesh"}
    (many,) = [f for f in content.findings if f.code == "many-steps"]
    assert (many.severity, many.value, many.limit) == ("warning", 5.0, 4.0)


def test_a_report_names_entries_as_they_say(pack):
    report = (pack / "report.html").read_text("utf-8")
    for words in (
        "aligned by every second landmark",
        "warped by radial splines of distances",
        "blended in evening light",
        "Edges, face",
        "root mean square difference of the slopes of grey",
        "morphkit-lab 1.2.0",
    ):
        assert words in report, words


def test_a_pack_of_a_distribution_proves_itself_where_it_is_installed(pack, site):
    for proof in ("verify", "reproduce", "check"):
        morphkit(proof, pack, sites=[site])


def test_who_lacks_the_distribution_is_told_what_to_install(pack):
    told = morphkit("reproduce", pack, code=3).stderr
    assert 'pip install "morphkit-lab==1.2.0"' in told
    assert "halves" in told


def test_a_study_is_planned_answered_and_shown(pack, site, tmp_path, installed):
    """In this process, with the design, the observer, the reader and the front end."""
    plan, table = tmp_path / "plan", tmp_path / "answers.csv"
    design = ("--design", "match_to_sample", "--apart", "3", "--precision", "0.2")
    made = run(
        *("calibrate", "design", pack, *design, "--observer", "drowsy"),
        *("--output", plan, "--json"),
    )
    assert made.exit_code == 0, made.output
    need = json.loads(made.stdout)["need"]
    assert 0 < need["precision"] <= 0.2
    simulated = run(
        *("calibrate", "simulate", plan, "--pack", pack, "--output", table),
        *("--raters", "6", "--observer", "drowsy"),
    )
    assert simulated.exit_code == 0, simulated.output
    lines = [line.split(",") for line in table.read_text("utf-8").splitlines()[1:]]
    assert {line[2] for line in lines} == {"match_to_sample"}
    pipes = tmp_path / "answers.pipes"
    pipes.write_text(
        "".join(
            f"{p}|{order}|{kind}|{a}+{b}+{c}|{response}\n"
            for p, order, kind, _, _, a, b, c, _, response, _ in lines
        ),
        "utf-8",
    )
    again = tmp_path / "again.csv"
    read = run(
        *("answers", pipes, "--from", "pipes", "--pack", pack, "--output", again)
    )
    assert read.exit_code == 0, read.output
    responses = [line.split(",")[9] for line in again.read_text("utf-8").splitlines()]
    assert responses == [
        line.split(",")[9] for line in table.read_text("utf-8").splitlines()
    ]
    for front_end in ("paper", "jspsych", "psychopy", "expyriment"):
        shown = run(
            *("export", pack, front_end, "--design", plan),
            *("--output", tmp_path / front_end, "--i-have-approval", "EC 1/26"),
        )
        assert shown.exit_code == 0, shown.output
        manifest = tmp_path / front_end / "morphkit_export.json"
        about = json.loads(manifest.read_text("utf-8"))
        assert about["plug_ins"] == OWN
        assert about["design"]["settings"]["apart"] == 3
    asked = "Which picture is the same as the middle one?"
    assert asked in (tmp_path / "jspsych" / "study.js").read_text("utf-8")
    assert len((tmp_path / "paper" / "list_1.txt").read_text("utf-8")) > 100


def test_the_same_commands_in_a_process_of_their_own(pack, site, tmp_path):
    design = ("--design", "match_to_sample", "--raters", "4")
    morphkit(
        *("calibrate", "design", pack, *design, "--output", tmp_path / "plan"),
        sites=[site],
    )
    for front_end in ("paper", "labjs"):
        out = ("--output", tmp_path / front_end, "--i-have-approval", "EC 1/26")
        plan = ("--design", tmp_path / "plan")
        morphkit("export", pack, front_end, *plan, *out, sites=[site])


def test_the_example_passes_the_contracts_of_its_kinds(site):
    """Contracts look at whatever is in a table."""
    files = [
        ROOT / "tests" / "contracts" / "test_warps.py",
        ROOT / "tests" / "contracts" / "test_metrics_contract.py",
        ROOT / "tests" / "experiment" / "test_designs.py",
    ]
    chosen = "radial or edges or (contract_of_a_design and match_to_sample)"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *map(str, files), "-k", chosen],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 20


def test_faces_are_compared_by_another_embedding(pack, tmp_path, installed):
    done = run("check", pack, "--embedding", "landmark_shape", "--json")
    assert '"embedding": "landmark_shape"' in done.stdout, done.output
    page = tmp_path / "page.html"
    shown = run("report", pack, "--embedding", "landmark_shape", "--output", page)
    assert shown.exit_code == 0, shown.output
    assert "landmark_shape" in page.read_text("utf-8")


def test_fits_are_compared_with_those_of_another_program(pack, tmp_path, installed):
    plan, table = tmp_path / "plan", tmp_path / "answers.csv"
    for asked in (
        ("design", pack, "--design", "categorisation", "--output", plan),
        ("simulate", plan, "--pack", pack, "--output", table, "--raters", "3"),
    ):
        assert run("calibrate", *asked).exit_code == 0
    fitted = ("fit", table, "--pack", pack, "--output", tmp_path / "fit")
    done = run("calibrate", *fitted, "--cross-check", "again", "--json")
    assert done.exit_code == 0, done.output
    assert "again" in (tmp_path / "fit" / "fit.json").read_text("utf-8")


def test_other_languages_need_a_file_of_their_own(pack, site, tmp_path, installed):
    export = ("export", pack, "paper", "--design", "match_to_sample")
    told = run(*export, "--language", "da", "--output", tmp_path / "a")
    assert told.exit_code == 3
    assert "calibrate wording da" in told.stderr
    file = tmp_path / "da.toml"
    written = run("calibrate", "wording", "da", "--output", file)
    assert written.exit_code == 0, written.output
    assert "same as the middle one" in file.read_text("utf-8")
    done = run(*export, "--language", file, "--output", tmp_path / "b")
    assert done.exit_code == 0, done.output


def test_options_of_a_design_are_its_own(pack, installed):
    wrong = run("calibrate", "design", pack, "--design", "mlds", "--apart", "3")
    assert wrong.exit_code == 3
    assert '--apart: the design "mlds" has no such option' in wrong.stderr
    assert "--form" in wrong.stderr
    shown = run("calibrate", "design", "--help").stdout
    assert "(match_to_sample)" in " ".join(shown.split())


def test_landmark_checks_of_a_distribution_look_at_landmarks(installed, tmp_path):
    write_study(tmp_path / "study")
    done = run("landmarks", "check", tmp_path / "study" / "landmarks", "--json")
    assert "low-chin" in done.stdout


def test_a_broken_plug_in_is_named_and_does_not_break_the_others(
    site, broken_site, monkeypatch
):
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.syspath_prepend(str(broken_site))
    monkeypatch.setattr(registry, "_SAID", set())
    with (
        pytest.warns(UserWarning, match='offers morphkit.warps "tps", which is'),
        pytest.raises(PlugInError, match=r'"gone" of morphkit-broken 0\.1 cannot be'),
    ):
        WARPS["gone"]
    with pytest.raises(PlugInError, match=r'"text" of morphkit-broken.* is a str; it'):
        WARPS["text"]
    with pytest.raises(PlugInError, match=r"morphkit-broken 0\.1 and by morphkit-lab"):
        WARPS["radial"]
    assert WARPS["tps"].in_methods == "thin-plate splines"
    assert DESIGNS["match_to_sample"].task == "match"
    with pytest.raises(InputError, match='no warp is called "tsp"; known: tps, piece'):
        look_up(WARPS, "tsp", kind="warp")


def test_a_process_goes_on_beside_broken_plug_ins(broken_site, tmp_path):
    listed = morphkit("list", "warps", sites=[broken_site])
    assert "thin-plate spline" in listed.stdout
    assert 'left out: morphkit.warps "gone" of morphkit-broken 0.1' in listed.stderr
    told = 'offers morphkit.warps "tps", which is morphkit\'s own name'
    assert told in listed.stderr
    recipe = write_study(tmp_path / "study", morph={"refine": "none"})
    built = ("build", recipe, "--output", tmp_path / "pack")
    done = morphkit(*built, sites=[broken_site])
    assert "torn in two" in done.stderr
    about = json.loads((tmp_path / "pack" / "datapackage.json").read_text("utf-8"))
    assert "plug_ins" not in about["morphkit"]
    shutil.rmtree(tmp_path / "pack")
    text = recipe.read_text("utf-8").replace("[morph]\n", '[morph]\nwarp = "gone"\n')
    recipe.write_text(text, "utf-8")
    told = morphkit(*built, sites=[broken_site], code=3).stderr
    assert "cannot be loaded from morphkit_broken.gone:WARP" in told
    assert "pip uninstall morphkit-broken" in told
    assert "Traceback" not in told
