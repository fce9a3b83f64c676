"""Consent at every front end: what opens the gate, and what does not."""

import csv
import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from export_study import export, write_small_pack
from small_study import run

from morphkit.errors import InputError
from morphkit.experiment.designs import DESIGNS
from morphkit.export import FRONT_ENDS
from morphkit.export.export_pack import export_pack
from morphkit.pack import verify_pack
from morphkit.pack.layout import MANIFEST, RECIPE, SUMS, TABLE_FILES
from morphkit.pack.read import read_pack
from morphkit.pack.write import format_sums
from morphkit.recipe import written_sha256

#: Packs are built, or a server is started, for nearly every test.
pytestmark = pytest.mark.slow

IDENTITIES = TABLE_FILES["identities"]
WHO = ("ada", "ben")
#: Ben may not be shown online, and may not be passed on.
MIXED = {"ben": {"may_show_online": False, "may_redistribute": False}}


@pytest.fixture(scope="module")
def free(tmp_path_factory) -> Path:
    """A pack of faces that may be shown and passed on."""
    folder = tmp_path_factory.mktemp("free") / "pack"
    write_small_pack(folder, n_steps=3)
    return folder


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("mixed") / "pack"
    write_small_pack(folder, n_steps=3, rights=MIXED)
    return folder


def seal(pack: Path, *, recipe: bool = False) -> None:
    """Make manifest and sums agree with the files again, as a forger would."""
    manifest = json.loads((pack / MANIFEST).read_text("utf-8"))
    for resource in manifest["resources"]:
        data = (pack / resource["path"]).read_bytes()
        resource["bytes"] = len(data)
        resource["hash"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
    if recipe:
        text = (pack / RECIPE).read_text("utf-8")
        manifest["morphkit"]["recipe_sha256"] = written_sha256(text)
    (pack / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    sums = {r["path"]: r["hash"].removeprefix("sha256:") for r in manifest["resources"]}
    sums[MANIFEST] = hashlib.sha256((pack / MANIFEST).read_bytes()).hexdigest()
    (pack / SUMS).write_text(format_sums(sums), "utf-8", newline="\n")


def edit_table(pack: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    path = pack / IDENTITIES
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = list(rows[0])
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def allow_all(rows: list[dict[str, str]]) -> None:
    for row in rows:
        row["may_show_online"] = row["may_redistribute"] = "1"


def edit_recipe(pack: Path) -> None:
    path = pack / RECIPE
    text = path.read_text("utf-8")
    changed = re.sub("may_(show_online|redistribute) = false", r"may_\1 = true", text)
    if changed == text:  # of a free pack: the recipe denies what the table allows
        changed = re.sub(
            "may_(show_online|redistribute) = true", r"may_\1 = false", text
        )
    path.write_text(changed, "utf-8", newline="\n")


def deny(rows: list[dict[str, str]]) -> None:
    for row in rows:
        row["may_show_online"] = row["may_redistribute"] = "0"


def swap_image(pack: Path) -> None:
    """Show ben under the name of ada."""
    rows = read_pack(pack).stimuli
    (first,) = (row for row in rows if (row.identity_id, row.step) == ("ada", 1))
    (second,) = (row for row in rows if (row.identity_id, row.step) == ("ben", 2))
    shutil.copy(pack / second.file, pack / first.file)


def claim_image(pack: Path) -> None:
    """Say that the images of ben show ada."""
    path = pack / TABLE_FILES["stimuli"]
    text = path.read_text("utf-8")
    path.write_text(text.replace(",ben,", ",ada,"), "utf-8", newline="\n")


Edit = Callable[[Path], None]
#: State of a pack -> (edit, is its consent whole, is every document as its sum).
STATES: dict[str, tuple[Edit, bool, bool]] = {
    "unedited": (lambda pack: None, True, True),
    "row missing": (lambda pack: edit_table(pack, lambda r: r.pop()), False, False),
    "row missing, sealed": (
        lambda pack: [edit_table(pack, lambda rows: rows.pop()), seal(pack)],
        False,
        True,
    ),
    "table allows": (lambda pack: edit_table(pack, allow_all), False, False),
    "table allows, sealed": (
        lambda pack: [edit_table(pack, allow_all), seal(pack)],
        False,
        True,
    ),
    "recipe edited": (edit_recipe, False, False),
    "recipe edited, sealed": (
        lambda pack: [edit_recipe(pack), seal(pack)],
        False,
        True,
    ),
    "recipe edited, hash too": (
        lambda pack: [edit_recipe(pack), seal(pack, recipe=True)],
        False,
        True,
    ),
    "both edited, sealed": (
        lambda pack: [edit_table(pack, allow_all), edit_recipe(pack), seal(pack)],
        False,
        True,
    ),
    "sums broken": (
        lambda pack: (pack / SUMS).write_text("0" * 64 + "  x\n", "utf-8"),
        False,
        False,
    ),
    "sums missing": (lambda pack: (pack / SUMS).unlink(), False, False),
    "image swapped": (swap_image, False, True),
    "image claimed": (claim_image, False, False),
}
GATED = [name for name, one in FRONT_ENDS.items() if one.online or one.public]


def is_accepted(pack: Path, front_end: str, output: Path, **options: object) -> bool:
    """Export to a front end; what is refused has written nothing."""
    shows = FRONT_ENDS[front_end].shows_trials
    design = None
    try:
        if shows:
            rows = read_pack(pack).stimuli
            design = DESIGNS["categorisation"].make(rows, seed=1, repeats=1, lists=1)
        export(pack, front_end, output, design, **options)
    except InputError:
        assert not output.exists()
        return False
    shutil.rmtree(output)
    return True


def about_of(folder: Path) -> dict[str, Any]:
    """Return the manifest of an export."""
    return json.loads((folder / "morphkit_export.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (kind, state)
        for kind in ("free", "mixed")
        for state in STATES
        # A table that allows everything is what a free pack has anyway.
        if kind == "mixed" or not state.startswith(("table allows", "both"))
    ],
)
def test_every_front_end_in_every_state(
    request, record_property, tmp_path, kind, state
):
    """The gate opens for whole packs with the right, and for nothing else."""
    pack = tmp_path / "pack"
    shutil.copytree(request.getfixturevalue(kind), pack)
    edit, whole, sums_hold = STATES[state]
    edit(pack)
    unchanged = sums_hold and state != "image swapped"
    counts: Counter[str] = Counter()
    for name, adapter in FRONT_ENDS.items():
        if name == "video":
            continue  # as media, and needs an extra
        gated = name in GATED
        for option, expected in {
            "plain": (whole and kind == "free") if gated else unchanged,
            # An image of another identity than its continuum is in no pack.
            "unverified": (whole and kind == "free")
            if gated
            else state != "image claimed",
            "approved": whole if gated else unchanged,
            "lab only": unchanged and adapter.runs_offline,
        }.items():
            options = {
                "plain": {},
                "unverified": {"unverified": True},
                "approved": {"approval": "REC 2026/17", "unverified": True},
                "lab only": {"lab_only": True},
            }[option]
            if option == "approved" and not gated:
                options.pop("unverified")
            found = is_accepted(pack, name, tmp_path / "out", **options)
            assert found is expected, (name, option)
            counts["accepted" if found else "refused"] += 1
    record_property(f"{kind}, {state}", dict(counts))


def test_an_unedited_pack_verifies_and_a_sealed_one_does_not(mixed, tmp_path):
    """`verify` sees that table and recipe differ, whoever sealed the pack again."""
    assert verify_pack(mixed) == ()
    for state in ("table allows, sealed", "recipe edited, hash too"):
        pack = tmp_path / state
        shutil.copytree(mixed, pack)
        STATES[state][0](pack)
        said = " ".join(finding.message for finding in verify_pack(pack))
        assert "may_show_online is" in said, state


@pytest.mark.parametrize("text", ["", " ", "...", "_-_", "a1", "\n\t"])
def test_an_approval_is_a_reference(mixed, tmp_path, text):
    arguments = ("export", mixed, "jspsych", "--output", tmp_path / "a")
    result = run(*arguments, "--i-have-approval", text)
    assert result.exit_code == 3
    assert "is no reference of an approval" in result.stderr
    assert not (tmp_path / "a").exists()


def test_a_reference_stays_on_one_line(mixed, tmp_path):
    done = export_pack(mixed, "jspsych", tmp_path / "a", approval=" REC\n 2026/17 ")
    assert done.consent.approval == "REC 2026/17"


@pytest.mark.parametrize("name", ["media", "psychopy", "bids", "psych_ds", "eprime"])
def test_exports_say_what_consent_they_rest_on(mixed, free, tmp_path, name):
    pack = mixed if name not in GATED else free
    result = run("export", pack, name, "--output", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    readme = (tmp_path / "a" / "README.txt").read_text("utf-8")
    about = about_of(tmp_path / "a")
    wanted = ["Consent as recorded in the pack: synthetic (ada, ben)."]
    if name in GATED:
        wanted.append("All of them may be passed on, which is needed here.")
    else:
        wanted += [
            "May NOT be shown over a network: ben.",
            "May NOT be passed on: ben.",
        ]
    for sentence in wanted:
        assert sentence in readme
        assert sentence in result.stderr
    people = about["consent"]["identities"]
    assert people["ben"]["may_redistribute"] is (name in GATED)
    told = run("export", pack, name, "--output", tmp_path / "b", "--json")
    assert json.loads(told.stdout)["consent"]["identities"] == people


@pytest.mark.parametrize("name", ["jspsych", "labjs"])
def test_a_laboratory_shows_a_page_without_a_network(mixed, tmp_path, name):
    result = run("export", mixed, name, "--lab-only", "--output", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    about = about_of(tmp_path / "a")
    assert about["consent"]["lab_only"] is True
    assert about["consent"]["needs"] == []
    readme = (tmp_path / "a" / "README.txt").read_text("utf-8")
    assert "For the laboratory only" in readme
    assert "to any web server" not in readme
    assert "builder" not in readme.partition("\n")[2]
    pages = list((tmp_path / "a").rglob("study.js"))
    assert all("For the laboratory only" in p.read_text("utf-8") for p in pages)
    assert pages
    run("export", mixed, name, "--without", "ben", "--output", tmp_path / "b")
    assert "lab_only" not in next((tmp_path / "b").rglob("study.js")).read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("jatos", "needs a network"),
        ("bids", "is made to be passed on"),
        ("psychopy", "runs in the laboratory anyway"),
    ],
)
def test_lab_only_is_for_pages_that_need_no_server(free, tmp_path, name, why):
    result = run("export", free, name, "--lab-only", "--output", tmp_path / "a")
    assert result.exit_code == 3
    assert why in result.stderr


def test_an_identity_is_left_out(mixed, tmp_path):
    """A design by name is drawn without it; films and tables are without it."""
    for name in ("jspsych", "media", "bids", "psych_ds"):
        result = run(
            *("export", mixed, name, "--without", "ben"),
            *("--output", tmp_path / name),
        )
        assert result.exit_code == 0, result.stderr
        about = json.loads(
            (tmp_path / name / "morphkit_export.json").read_text("utf-8")
        )
        assert about["left_out"] == ["ben"]
        assert list(about["consent"]["identities"]) == ["ada"]
        files = {p.name for p in (tmp_path / name).rglob("*")}
        assert not [f for f in files if f.startswith("ben_")]
        assert [f for f in files if f.startswith("ada_")]


def test_a_design_that_shows_who_is_left_out_is_refused(mixed, tmp_path):
    design = DESIGNS["categorisation"].make(read_pack(mixed).stimuli, seed=1)
    with pytest.raises(InputError, match="calibrate design PACK --identity"):
        export_pack(mixed, "jspsych", tmp_path / "a", design=design, without=["ben"])
    with pytest.raises(InputError, match='does not show the identity "bem"; one of'):
        export_pack(mixed, "media", tmp_path / "a", without=["bem"])
    with pytest.raises(InputError, match="no identity would be left"):
        export_pack(mixed, "media", tmp_path / "a", without=WHO)
    assert not (tmp_path / "a").exists()


def test_an_unverified_export_is_recorded(mixed, tmp_path):
    pack = tmp_path / "pack"
    shutil.copytree(mixed, pack)
    swap_image(pack)
    edit_table(pack, deny)
    result = run(
        *("export", pack, "media", "--unverified", "--output", tmp_path / "a"),
    )
    assert result.exit_code == 0, result.stderr
    row = next(row for row in read_pack(pack).stimuli)
    about = about_of(tmp_path / "a")
    assert about["pack"]["unverified"] == [IDENTITIES, row.file]
    readme = (tmp_path / "a" / "README.txt").read_text("utf-8")
    assert "NOT WHOLE" in readme
    assert "may_show_online is false in the table and true by the recipe" in readme
    assert row.file in result.stderr
