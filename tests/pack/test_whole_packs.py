"""Packs that are not whole: every command that reads one says so, and records it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_study import FACES, build_study, run, write_study

import morphkit as mk
from morphkit.errors import InputError
from morphkit.pack.layout import CHECKS, MANIFEST, RECIPE, SUMS, TABLE_FILES
from morphkit.pack.whole import find_changed, read_whole_pack

#: Options for designs of continua of five images.
LEAST: dict[str, dict[str, Any]] = {
    "categorisation": {},
    "mlds": {"images": 5},
    "rating": {},
}
CONTINUUM = "maja_happy_distressed"
MESH = f"data/correspondence/{CONTINUUM}.npz"


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    recipe = write_study(
        folder / "study",
        continua=[
            {"identities": ["maja"], "from": "happy", "to": "distressed", "steps": 5}
        ],
        checks={"measures": ["mean_difference_frame256"]},
        morph={"refine": "none"},
    )
    build_study(recipe, folder / "pack")
    (folder / "answers").mkdir()
    for design in ("categorisation", "mlds", "rating"):
        planned = mk.design_study(
            folder / "pack", design, n_participants=4, repeats=12, options=LEAST[design]
        ).design
        given = mk.simulate_answers(planned, folder / "pack", n_participants=4)
        mk.write_answers(folder / "answers" / f"{design}.csv", given)
    return folder / "pack"


@pytest.fixture
def pack(original, tmp_path) -> Path:
    shutil.copytree(original, tmp_path / "pack")
    return tmp_path / "pack"


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def add_norms(pack: Path) -> None:
    header = "stimulus_id,measure,mean,sd,n,rater_group,instrument,source_doi\n"
    (pack / TABLE_FILES["norms"]).write_text(header, "utf-8")


#: What is edited -> (edit, the file that is named).
EDITS: dict[str, tuple[Callable[[Path], object], str]] = {
    "manifest": (lambda pack: append(pack / MANIFEST), MANIFEST),
    "recipe": (lambda pack: append(pack / RECIPE), RECIPE),
    "checks": (lambda pack: append(pack / CHECKS), CHECKS),
    "identities": (
        lambda pack: (pack / TABLE_FILES["identities"]).write_text(
            (pack / TABLE_FILES["identities"]).read_text("utf-8").replace("7", "8"),
            "utf-8",
        ),
        TABLE_FILES["identities"],
    ),
    "an added table": (add_norms, TABLE_FILES["norms"]),
    "an added list of ends": (
        lambda pack: (
            (pack / MESH)
            .with_suffix(".json")
            .write_text(
                '{"ends": [], "anchors": [{"shares": [[1,1,1],[0,0,0]]},'
                '{"shares": [[0,0,0],[1,1,1]]}]}'
            )
        ),
        MESH.replace("npz", "json"),
    ),
    "a mesh": (lambda pack: append(pack / MESH), MESH),
    "sums of nothing": (lambda pack: (pack / SUMS).write_text(""), SUMS),
    "no sums": (lambda pack: (pack / SUMS).unlink(), SUMS),
}


def fitting(command: str, design: str, *options: object) -> tuple[object, ...]:
    answers = f"ANSWERS/{design}.csv"
    return ("calibrate", command, answers, "--pack", "PACK", "--json", *options)


COMMANDS: dict[str, tuple[object, ...]] = {
    "check": ("check", "PACK", "--json"),
    "compare": ("compare", "OTHER", "PACK", "--json"),
    "reproduce": ("reproduce", "PACK", "--sources", FACES, "--json"),
    "report": ("report", "PACK", "--output", "OUT"),
    "export": ("export", "PACK", "psychopy", "--output", "OUT", "--json"),
    "design": (
        *("calibrate", "design", "PACK", "--design", "categorisation"),
        *("--participants", 2, "--repeats", 2, "--runs", 20, "--json"),
    ),
    "fit": fitting("fit", "categorisation", "--samples", 0),
    "scale": fitting("scale", "mlds", "--samples", 0),
    "norms": fitting("norms", "rating"),
    "answers": (
        *("answers", "ANSWERS/categorisation.csv", "--from", "csv", "--pack", "PACK"),
        *("--output", "OUT.csv", "--json"),
    ),
    "respace": (
        *("calibrate", "respace", "PACK", "--metric", "mean_difference_frame256"),
        *("--sources", FACES, "--output", "OUT.toml", "--json"),
    ),
}
#: Those that record a pack that is not whole as a finding too.
FINDING = ("fit", "scale", "norms", "answers")


def called(name: str, pack: Path, other: Path, out: Path) -> list[str]:
    places = {
        "PACK": pack,
        "OTHER": other,
        "OUT": out / f"{name}.html",
        "OUT.csv": out / f"{name}.csv",
        "OUT.toml": out / f"{name}.toml",
    }
    texts = (str(places.get(str(part), part)) for part in COMMANDS[name])
    return [text.replace("ANSWERS", str(other.parent / "answers")) for text in texts]


def told_by(document: dict[str, Any]) -> object:
    """Return what the result of a command says of files that are not as they were."""
    about = document.get("pack")
    said = about if isinstance(about, dict) else document
    return said.get("unverified", [])


@pytest.mark.parametrize("edit", list(EDITS))
@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_pack_that_is_not_whole_is_refused(original, pack, tmp_path, name, edit):
    change, named = EDITS[edit]
    change(pack)
    command = called(name, pack, original, tmp_path)
    result = run(*command)
    assert result.exit_code == 3
    assert f"{pack}: the pack is not whole: " in result.stderr
    assert named in result.stderr
    assert "--unverified" in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pack"]


@pytest.mark.parametrize("name", list(COMMANDS))
def test_what_goes_on_says_so(original, pack, tmp_path, name):
    """The edited age is neither an error nor what the command looks at."""
    EDITS["identities"][0](pack)
    command = called(name, pack, original, tmp_path)
    result = run(*command, "--unverified")
    assert result.exit_code == 0, result.stderr
    named = TABLE_FILES["identities"]
    if name == "report":
        page = (tmp_path / "report.html").read_text("utf-8")
        assert f"not as its sums say: {named}." in page
        return
    document = json.loads(result.stdout)
    if name in FINDING:
        found = document["findings"][0]
        assert (found["code"], found["severity"]) == ("not-whole", "warning")
        assert named in found["message"]
    else:
        assert f"{pack}: not whole, and used nevertheless: {named}" in result.stderr
    if name != "answers":
        told = told_by(document)
        assert told == ([[], [named]] if name == "compare" else [named])


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_whole_pack_has_nothing_to_say(original, tmp_path, name):
    command = called(name, original, original, tmp_path)
    result = run(*command, "--unverified")
    assert result.exit_code == 0, result.stderr
    assert "not whole" not in result.stderr
    if name == "report":
        page = (tmp_path / "report.html").read_text("utf-8")
        assert "not whole" not in page
    else:
        document = json.loads(result.stdout)
        assert told_by(document) in ([], [[], []])
        assert "not-whole" not in result.stdout


def test_simulated_answers_say_so(original, pack):
    design = mk.design_study(original, "categorisation", n_participants=2, repeats=1)
    EDITS["identities"][0](pack)
    with pytest.raises(InputError, match="the pack is not whole"):
        mk.simulate_answers(design.design, pack)
    answers = mk.simulate_answers(design.design, pack, unverified=True)
    assert [finding.code for finding in answers.findings] == ["not-whole"]
    assert mk.simulate_answers(design.design, original).findings == ()


@pytest.mark.slow
def test_images_are_compared_as_they_are_used(original, pack, tmp_path):
    images = sorted(pack.rglob("maja_*.png"))
    shutil.copy(images[0], images[1])
    file = images[1].relative_to(pack).as_posix()
    assert find_changed(pack) == ()  # images are not looked at here
    with pytest.raises(InputError, match=f"not whole: {file} has changed"):
        mk.compare_packs(original, pack)
    assert mk.compare_packs(original, pack, unverified=True).unverified == ((), (file,))
    with pytest.raises(InputError, match="is not the image described in the pack"):
        mk.export_pack(pack, "psychopy", tmp_path / "a")
    done = mk.export_pack(pack, "psychopy", tmp_path / "a", unverified=True)
    assert done.unverified == (file,)
    copied = next((tmp_path / "a").rglob(images[1].name))
    assert copied.read_bytes() == images[0].read_bytes()
    assert not mk.check_pack(pack).holds
    assert mk.reproduce_pack(pack, [FACES]).damaged == (images[1].stem,)


def test_other_files_are_left_to_verify(pack):
    (pack / "README.md").write_text("mine", "utf-8")
    assert find_changed(pack) == ()
    assert read_whole_pack(pack).unverified == ()
    assert {f.where for f in mk.verify_pack(pack)} == {"README.md"}


def test_many_faults_are_counted(pack):
    for path in (MANIFEST, RECIPE, CHECKS, MESH, TABLE_FILES["continua"]):
        append(pack / path)
    with pytest.raises(InputError, match=r" and 1 more; obtain it again"):
        read_whole_pack(pack)
