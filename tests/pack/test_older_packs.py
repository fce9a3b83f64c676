"""Packs of earlier states of morphkit, as those states wrote them, and of later ones.

``tests/golden/packs/freeze.py`` made them from commits of the history.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT
from small_study import run

from morphkit._core.files import sha256_of
from morphkit.errors import InputError, OtherVersionError
from morphkit.pack import read_pack, verify_pack
from morphkit.pack.compare import compare_packs
from morphkit.pack.frozen_mesh import read_frozen
from morphkit.pack.maker import Maker, maker_of, present_maker
from morphkit.pack.manifest import read_manifest
from morphkit.pack.older import SCHEMAS, is_named_before
from morphkit.pack.schema import PACK_SCHEMA
from morphkit.pipeline.check_recipe import stimulus_id
from morphkit.pipeline.publish import publish_pack
from morphkit.pipeline.reproduce import reproduce_pack
from morphkit.pipeline.reproduction import name_now
from morphkit.pixels import PIXEL_SPECIFICATION
from morphkit.recipe import written_sha256

GOLDEN = ROOT / "tests" / "golden" / "packs"
#: The photographs that they were made of.
FACES = GOLDEN.parent / "faces"
#: Commit -> schema of the pack that it wrote.
COMMITS = {"b1fc9d8": 1, "092aab3": 1, "dea72f5": 2, "5e9b5ec": 3}
BEFORE_NUMBERS = [commit for commit, schema in COMMITS.items() if schema < 3]
OLD = "morphkit 0.1.0 (revision unknown)"


@pytest.fixture
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the pack that a commit wrote."""
    folder = tmp_path / "pack"
    shutil.unpack_archive(GOLDEN / f"{request.param}.zip", folder)
    return folder


every = pytest.mark.parametrize("frozen", COMMITS, indirect=True)
before_numbers = pytest.mark.parametrize("frozen", BEFORE_NUMBERS, indirect=True)
of_the_first = pytest.mark.parametrize("frozen", ["092aab3"], indirect=True)
with_numbers = pytest.mark.parametrize("frozen", ["5e9b5ec"], indirect=True)


def change(folder: Path, path: str, edit: Callable[[Any], None]) -> None:
    """Change a JSON file of a pack, and make manifest and sums agree with it."""
    data = json.loads((folder / path).read_text("utf-8"))
    edit(data)
    (folder / path).write_text(json.dumps(data), "utf-8")
    settle(folder)


def settle(folder: Path) -> None:
    """Make manifest and sums agree with the files, as a careful forger would."""
    manifest = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in manifest["resources"]:
        file = folder / resource["path"]
        resource["bytes"] = file.stat().st_size
        resource["hash"] = f"sha256:{sha256_of(file)}"
    (folder / "datapackage.json").write_text(json.dumps(manifest), "utf-8")
    sums = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    paths = [line.partition("  ")[2] for line in sums]
    text = "".join(f"{sha256_of(folder / path)}  {path}\n" for path in paths)
    (folder / "SHA256SUMS").write_text(text, "utf-8", newline="\n")


# What is frozen


def test_a_pack_of_every_schema_is_frozen() -> None:
    assert set(COMMITS.values()) == set(SCHEMAS) == {*range(1, PACK_SCHEMA + 1)}
    assert {file.stem for file in GOLDEN.glob("*.zip")} == set(COMMITS)


@every
def test_a_frozen_pack_tells_its_schema(
    frozen: Path, request: pytest.FixtureRequest
) -> None:
    commit = request.node.callspec.params["frozen"]
    assert read_manifest(frozen).schema == COMMITS[commit]
    maker = read_pack(frozen).made_by
    if commit in BEFORE_NUMBERS:
        assert maker == Maker("0.1.0")
        assert str(maker) == OLD
    else:
        assert maker.revision.startswith(commit)
        assert (maker.pixel_specification, maker.correspondence_specification) == (1, 1)


# Every command says what is true


@every
def test_a_frozen_pack_is_whole(frozen: Path) -> None:
    assert verify_pack(frozen) == ()
    result = run("verify", frozen)
    assert result.exit_code == 0
    assert ": intact, " in result.stdout
    maker = read_pack(frozen).made_by
    told = f"made by {maker}, pack schema {read_manifest(frozen).schema}\n"
    assert result.stderr == ("" if maker == present_maker() else told)


@every
def test_one_changed_byte_of_a_frozen_pack_is_found(frozen: Path) -> None:
    for path in ("data/description-continua_data.csv", "recipe.toml"):
        file = frozen / path
        file.write_bytes(file.read_bytes().replace(b"happy", b"hoppy", 1))
        assert path in {finding.where for finding in verify_pack(frozen)}


@before_numbers
def test_columns_and_arrays_of_older_packs_are_completed(frozen: Path) -> None:
    pack = read_pack(frozen)
    assert [row.via_label for row in pack.continua] == [""]
    assert [row.level for row in pack.stimuli] == [0.0, 0.5, 1.0]
    mesh = read_frozen(frozen / "data/correspondence/ada_happy_distressed.npz")
    assert mesh.corner == (0, 0)
    assert [feather.sum() for feather in mesh.correspondence.feathers] == [16384] * 2


def test_keys_that_an_older_recipe_does_not_have_are_what_was_done(
    tmp_path: Path,
) -> None:
    asked = {}
    for commit in COMMITS:
        shutil.unpack_archive(GOLDEN / f"{commit}.zip", tmp_path / commit)
        morph = read_pack(tmp_path / commit).recipe.morph
        asked[commit] = morph.refine, morph.detail
    assert asked == {
        "b1fc9d8": ("none", "plain"),
        "092aab3": ("flow", "plain"),
        "dea72f5": ("flow", "level"),
        "5e9b5ec": ("flow", "level"),
    }


@pytest.mark.slow
@before_numbers
def test_a_pack_of_unknown_rules_is_compared_but_not_judged(frozen: Path) -> None:
    result = reproduce_pack(frozen, [FACES])
    assert result.n_frames == 3
    assert not result.same_software
    assert not result.same_pixel_specification
    if result.different:
        assert result.holds is None
    else:
        assert result.holds
    told = run("reproduce", frozen, "--sources", FACES, "--json")
    data = json.loads(told.stdout)
    assert data["made_by"] == Maker("0.1.0").to_dict()
    assert data["compared_by"] == present_maker().to_dict()
    assert (data["holds"], data["same_software"]) == (result.holds, False)
    assert told.exit_code == (3 if result.holds is None else 0)


@pytest.mark.slow
@of_the_first
def test_who_can_judge_is_named(frozen: Path) -> None:
    result = run("reproduce", frozen, "--sources", FACES)
    assert result.exit_code == 3
    here = present_maker()
    assert result.stdout.splitlines()[:2] == [
        f"made by {OLD}, pixel specification not recorded; this is {here}, pixel "
        f"specification {PIXEL_SPECIFICATION}",
        "pixels: 2 of 3 images identical",
    ]
    assert f"install {OLD} to reproduce it" in result.stderr
    assert "error" not in result.stdout + result.stderr


@pytest.mark.slow
@of_the_first
def test_a_damaged_image_is_damaged_under_any_rules(frozen: Path) -> None:
    folder = frozen / "materials" / "stimuli" / "ada"
    first, second = sorted(folder.glob("*.png"))[:2]
    shutil.copy(second, first)
    result = reproduce_pack(frozen, [FACES])
    assert result.damaged == (first.stem,)
    assert result.holds is False


@pytest.mark.slow
@with_numbers
def test_the_same_pixel_specification_promises_the_same_pixels(frozen: Path) -> None:
    result = reproduce_pack(frozen, [FACES])
    if PIXEL_SPECIFICATION == 1:
        assert result.same_pixel_specification
        assert not result.different
    assert result.holds is not False
    assert read_pack(frozen).made_by == present_maker() or not result.same_software


@pytest.mark.slow
@with_numbers
def test_other_pixels_of_the_same_specification_do_not_hold(frozen: Path) -> None:
    def claim(manifest: dict[str, Any]) -> None:
        manifest["morphkit"]["made_by"]["pixel_specification"] = PIXEL_SPECIFICATION

    archive = GOLDEN / "dea72f5.zip"
    shutil.unpack_archive(archive, frozen.parent / "other")
    other = frozen.parent / "other" / "materials" / "stimuli"
    shutil.copytree(other, frozen / "materials" / "stimuli", dirs_exist_ok=True)
    table = "data/description-stimuli_data.csv"
    shutil.copy(frozen.parent / "other" / table, frozen / table)
    change(frozen, "datapackage.json", claim)
    result = reproduce_pack(frozen, [FACES])
    assert result.same_pixel_specification
    assert "ada_happy_distressed_s02" in result.different
    assert not result.damaged
    assert result.holds is False


@pytest.mark.slow
@every
def test_check_report_compare_and_export_read_it(frozen: Path, tmp_path: Path) -> None:
    checked = run("check", frozen, "--json")
    assert checked.exit_code in (0, 4)
    assert "ada_happy_distressed" in json.loads(checked.stdout)["spacing"]
    assert run("report", frozen, "--output", tmp_path / "r.html").exit_code == 0
    page = (tmp_path / "r.html").read_text("utf-8")
    maker, here = read_pack(frozen).made_by, present_maker()
    told = f"made by {maker}; this page was written by {here}"
    assert (told in page) == (maker != here)
    result = run("export", frozen, "jspsych", "--output", tmp_path / "out")
    assert result.exit_code == 0, result.stderr


@every
def test_it_is_published(frozen: Path, tmp_path: Path) -> None:
    """The copy is of the present schema, and says what made its images."""
    done = publish_pack(frozen, tmp_path / "public")
    assert verify_pack(tmp_path / "public") == ()
    assert done.pack.recipe_sha256 == read_pack(frozen).recipe_sha256
    assert read_pack(tmp_path / "public").made_by == read_pack(frozen).made_by
    assert compare_packs(frozen, tmp_path / "public").same_images
    assert run("check", tmp_path / "public", "--quiet").exit_code in (0, 4)


def test_compare_tells_what_made_both(tmp_path: Path) -> None:
    for commit in ("092aab3", "5e9b5ec"):
        shutil.unpack_archive(GOLDEN / f"{commit}.zip", tmp_path / commit)
    found = compare_packs(tmp_path / "092aab3", tmp_path / "5e9b5ec")
    assert found.recipe["morph.detail"] == ("plain", "level")
    assert found.software["revision"] == ("unknown", "5e9b5ecc0883")
    assert found.software["pixel_specification"] == (None, 1)
    assert len(found.images) == 3


def test_images_are_found_under_the_names_of_the_first_packs(tmp_path: Path) -> None:
    shutil.unpack_archive(GOLDEN / "092aab3.zip", tmp_path)
    frozen_rows = read_pack(tmp_path).stimuli
    now = stimulus_id("ada_happy_distressed", 7, 120)
    (row,) = (r for r in frozen_rows if r.step == 2)
    before = replace(row, step=7, n_steps=120, stimulus_id="ada_happy_distressed_s07")
    assert is_named_before(before)
    assert not is_named_before(replace(before, stimulus_id=now))
    assert not is_named_before(row)
    assert name_now(before) == now
    assert name_now(row) == row.stimulus_id


# Later packs, and recipes that are not taken any more


def later(manifest: dict[str, Any]) -> None:
    """Make a manifest one of a later morphkit."""
    manifest["morphkit"]["schema"] = f"morphkit-pack/{PACK_SCHEMA + 4}"
    manifest["morphkit"]["made_by"] = {"version": "7.1.0", "revision": "0123456789ab"}


@with_numbers
def test_a_newer_pack_is_told_so(frozen: Path, tmp_path: Path) -> None:
    change(frozen, "datapackage.json", later)
    name = "morphkit 7.1.0 (revision 0123456789ab)"
    commands = (
        ("verify", frozen),
        ("check", frozen),
        ("report", frozen, "--output", tmp_path / "r.html"),
        ("compare", frozen, frozen),
        ("reproduce", frozen),
        ("export", frozen, "jspsych", "--output", tmp_path / "out"),
    )
    for arguments in commands:
        result = run(*arguments)
        assert result.exit_code == 3, arguments
        assert f"made by {name}, pack schema {PACK_SCHEMA + 4}" in result.stderr
        assert f"this is {present_maker()}, which reads schemas up to" in result.stderr
        assert f"install {name} to reproduce it" in result.stderr
        assert "invalid" not in result.stderr
    assert "every file is as SHA256SUMS says" in run("verify", frozen).stderr


@with_numbers
def test_changed_files_of_a_newer_pack_are_found_all_the_same(frozen: Path) -> None:
    change(frozen, "datapackage.json", later)
    (frozen / "README.md").write_text("another", "utf-8")
    result = run("verify", frozen)
    assert result.exit_code == 4
    assert "README.md" in result.stdout


@of_the_first
def test_a_recipe_that_is_not_taken_any_more_is_no_fault_of_the_pack(
    frozen: Path,
) -> None:
    recipe = frozen / "recipe.toml"
    text = recipe.read_text("utf-8").replace('warp = "tps"', 'warp = "moving_squares"')
    recipe.write_text(text, "utf-8", newline="\n")
    change(
        frozen,
        "datapackage.json",
        lambda manifest: manifest["morphkit"].update(
            recipe_sha256=written_sha256(text)
        ),
    )
    for arguments in (("verify", frozen), ("reproduce", frozen), ("check", frozen)):
        result = run(*arguments)
        assert result.exit_code == 3
        assert "moving_squares" in result.stderr
        assert f"made by {OLD}; install {OLD} to reproduce it" in result.stderr
    with pytest.raises(OtherVersionError):
        verify_pack(frozen)
    # A recipe that is not the pack's own is a fault, whatever made it.
    recipe.write_text(text + "\n[more]\n", "utf-8", newline="\n")
    settle(frozen)
    assert "bad-recipe" in {finding.code for finding in verify_pack(frozen)}


@with_numbers
def test_what_made_a_pack_is_checked_before_it_is_printed(frozen: Path) -> None:
    for told in (
        {"version": "1\x1b[2J"},
        {"version": "0.1.0", "revision": ""},
        {"version": "0.1.0", "pixel_specification": 0},
        {"version": "0.1.0", "pixel_specification": True},
        {"version": "0.1.0", "host": "lab-3"},
        {},
        [],
    ):
        change(
            frozen,
            "datapackage.json",
            lambda manifest, told=told: manifest["morphkit"].update(made_by=told),
        )
        with pytest.raises(InputError, match="made_by") as caught:
            read_pack(frozen)
        assert "\x1b" not in str(caught.value)
        (finding,) = verify_pack(frozen)
        assert finding.code == "invalid-content"


def test_older_manifests_without_a_version_are_refused() -> None:
    for about in ({}, {"software": {}}, {"software": []}, {"software": None}):
        with pytest.raises(InputError, match="does not record which morphkit"):
            maker_of(about)
