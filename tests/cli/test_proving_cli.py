"""The commands that prove packs: verify and reproduce."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from repository import DOCS
from small_study import (
    FIRST,
    STEPS,
    STIMULI,
    build_study,
    run,
    run_alone,
    write_study,
)

from morphkit.faces.images import read_image, write_png
from morphkit.pack.write import files_of

pytestmark = pytest.mark.slow

IMAGE = f"materials/stimuli/{FIRST}/{STIMULI[1]}.png"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study and its pack."""
    root = tmp_path_factory.mktemp("original")
    build_study(write_study(root), root / "pack")
    return root


@pytest.fixture
def pack(original: Path, tmp_path: Path) -> Path:
    """Return a pack that a test may change."""
    return Path(shutil.copytree(original / "pack", tmp_path / "pack"))


def change_byte(pack: Path) -> None:
    data = bytearray((pack / IMAGE).read_bytes())
    data[len(data) // 2] ^= 1
    (pack / IMAGE).write_bytes(data)


def change_cell(pack: Path) -> None:
    file = pack / "data" / "description-stimuli_data.csv"
    text = file.read_text("utf-8")
    file.write_text(text.replace("0.3333", "0.3334", 1), "utf-8", newline="\n")


def add(pack: Path) -> None:
    (pack / "data" / "extra.csv").write_text("a\n")


def remove(pack: Path) -> None:
    (pack / IMAGE).unlink()


def change_recipe(pack: Path) -> None:
    file = pack / "recipe.toml"
    text = file.read_text("utf-8").replace("steps = 4", "steps = 6")
    file.write_text(text, "utf-8", newline="\n")


def edit_sums(pack: Path) -> None:
    file = pack / "SHA256SUMS"
    text = file.read_text("utf-8")
    digit = "1" if text[0] == "0" else "0"
    file.write_text(digit + text[1:], "utf-8", newline="\n")


def swap(pack: Path) -> None:
    other = (pack / IMAGE).with_name(f"{STIMULI[2]}.png")
    (pack / IMAGE).rename(pack / "x")
    other.rename(pack / IMAGE)
    (pack / "x").rename(other)


def empty(pack: Path) -> None:
    (pack / IMAGE).write_bytes(b"")


def link(pack: Path) -> None:
    shutil.move(pack / IMAGE, pack.parent / "elsewhere.png")
    (pack / IMAGE).symlink_to(pack.parent / "elsewhere.png")


def break_manifest(pack: Path) -> None:
    (pack / "datapackage.json").write_text("{")


def remove_manifest(pack: Path) -> None:
    (pack / "datapackage.json").unlink()


def remove_sums(pack: Path) -> None:
    (pack / "SHA256SUMS").unlink()


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a byte of an image": (change_byte, f"{IMAGE}: has changed"),
    "a cell of a table": (change_cell, "description-stimuli_data.csv: has changed"),
    "a file too many": (add, "data/extra.csv: does not belong"),
    "a file too few": (remove, f"{IMAGE}: is missing"),
    "another recipe": (change_recipe, "recipe.toml: has changed"),
    "edited sums": (edit_sums, "SHA256SUMS: has another sum for CITATION.cff"),
    "swapped files": (swap, f"{STIMULI[2]}.png: has changed"),
    "an emptied file": (empty, f"{IMAGE}: the file is empty"),
    "a link": (link, f"{IMAGE}: is a symbolic link"),
    "a broken manifest": (break_manifest, "datapackage.json: has changed"),
    "no manifest": (remove_manifest, "datapackage.json: is missing"),
    "no sums": (remove_sums, "SHA256SUMS: is missing"),
}


def test_verify_passes(original: Path) -> None:
    pack = original / "pack"
    result = run("verify", pack)
    assert result.exit_code == 0
    assert result.stdout == f"{pack}: intact, {len(files_of(pack))} files\n"
    assert result.stderr == ""
    assert run("verify", pack, "--quiet").output == ""
    result = run("verify", pack, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"holds": True, "findings": []}


@pytest.mark.parametrize("name", DAMAGES)
def test_verify_finds_damage_and_names_the_file(name: str, pack: Path) -> None:
    damage, told = DAMAGES[name]
    damage(pack)
    result = run("verify", pack)
    assert result.exit_code == 4
    assert any(
        line.startswith("error: ") and told in line
        for line in result.stdout.splitlines()
    ), result.stdout
    assert result.stderr == ""
    assert run("verify", pack, "-q").stdout == result.stdout
    as_json = run("verify", pack, "--json")
    assert as_json.exit_code == 4
    data = json.loads(as_json.stdout)
    assert not data["holds"]
    assert len(data["findings"]) == len(result.stdout.splitlines())


def test_verify_as_a_process_of_its_own(pack: Path) -> None:
    good = run_alone("verify", pack.name, cwd=pack.parent)
    assert (good.returncode, good.stderr) == (0, "")
    change_byte(pack)
    bad = run_alone("verify", pack, "--json")
    assert (bad.returncode, bad.stderr) == (4, "")
    (finding,) = json.loads(bad.stdout)["findings"]
    assert finding["where"] == IMAGE
    assert finding["severity"] == "error"


def test_verify_of_something_else_is_bad_input(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        result = run("verify", folder)
        assert result.exit_code == 3
        assert result.stdout == ""
        assert result.stderr.startswith(f"morphkit: {folder}")


def test_reproduce_passes(original: Path) -> None:
    pack, sources = original / "pack", original / "source_faces"
    result = run("reproduce", pack, "--sources", sources)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"pixels: {len(STIMULI)} of {len(STIMULI)} images identical",
        "everything: the meshes are identical, node for node",
    ]
    assert result.stderr.splitlines() == [
        "reading photographs (4)",
        f"comparing ({len(STIMULI)})",
    ]
    result = run("reproduce", pack, "--sources", sources, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_reproduce_finds_the_shipped_faces_and_the_folder_of_the_recipe(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("reproduce", original / "pack").exit_code == 0
    monkeypatch.setattr(
        "morphkit.pipeline.reproduce.shipped_faces", lambda: tmp_path / "no"
    )
    assert run("reproduce", original / "pack").exit_code == 3
    monkeypatch.chdir(original)
    assert run("reproduce", "pack").exit_code == 0


def test_reproduce_with_a_changed_photograph(original: Path, tmp_path: Path) -> None:
    sources = Path(shutil.copytree(original / "source_faces", tmp_path / "photos"))
    photo = sources / f"{FIRST}_distressed.png"
    image = read_image(photo).copy()
    image[320, 320] = np.where(image[320, 320] < 128, 255, 0)
    write_png(photo, image, overwrite=True)
    result = run("reproduce", original / "pack", "--sources", sources)
    assert result.exit_code == 4
    told = result.stdout.splitlines()
    assert f"error: {photo}: not the photograph that the pack was made from" in told
    for name in STIMULI[1:STEPS]:
        assert f"error: {name}: pixels from the frozen mesh differ" in told
    assert (
        f"pixels: {len(STIMULI) - STEPS + 1} of {len(STIMULI)} images identical" in told
    )
    as_json = run("reproduce", original / "pack", "--sources", sources, "--json")
    assert as_json.exit_code == 4
    assert as_json.stderr == ""
    data = json.loads(as_json.stdout)
    assert data["holds"] is False
    assert data["different"] == STIMULI[1:STEPS]
    assert data["changed_sources"] == [str(photo)]


def test_reproduce_with_a_changed_recipe(original: Path, pack: Path) -> None:
    change_recipe(pack)
    result = run("reproduce", pack, "--unverified", "--sources", original)
    assert result.exit_code == 4
    told = result.stdout.splitlines()
    assert "error: recipe.toml: not the recipe that the pack was made from" in told
    only = f"{FIRST}_happy_distressed_s06"
    assert f"error: {only}: only the recipe or only the pack has this image" in told
    assert f"error: {STIMULI[1]}: pixels from the frozen mesh differ" in told
    assert f"pixels: 2 of {len(STIMULI)} images identical" in told


def test_reproduce_with_another_warp_compares_everything(
    original: Path, pack: Path
) -> None:
    file = pack / "recipe.toml"
    text = file.read_text("utf-8").replace('"tps"', '"piecewise_affine"')
    file.write_text(text, "utf-8", newline="\n")
    result = run("reproduce", pack, "--unverified", "--sources", original)
    assert result.exit_code == 4
    assert f"error: {STIMULI[1]}: pixels differ when everything is repeated" in (
        result.stdout.splitlines()
    )
    assert "everything: the meshes moved by up to " in result.stdout
    json.loads(
        run("reproduce", pack, "--unverified", "--sources", original, "--json").stdout
    )


def test_reproduce_without_the_photographs_says_what_to_do(
    original: Path, tmp_path: Path
) -> None:
    result = run("reproduce", original / "pack", "--sources", tmp_path)
    assert result.exit_code == 3
    assert result.stdout == ""
    told = [line for line in result.stderr.splitlines() if "was not found" in line]
    assert len(told) == 4
    assert all("give its folder with --sources" in line for line in told)


def test_reproduce_with_other_software_is_no_failure(
    original: Path, pack: Path
) -> None:
    file = pack / "datapackage.json"
    manifest = json.loads(file.read_text("utf-8"))
    manifest["morphkit"]["software"]["scipy"] = "0.1"
    file.write_text(json.dumps(manifest), "utf-8")
    result = run("reproduce", pack, "--unverified", "--sources", original)
    assert result.exit_code == 0
    assert "differs from that of the pack" in result.stderr
    data = json.loads(
        run("reproduce", pack, "--unverified", "--sources", original, "--json").stdout
    )
    assert data["holds"] is True
    assert data["same_software"] is False


def test_the_commands_for_the_ci_of_another_laboratory(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (DOCS / "pack.md").read_text("utf-8").partition("### In the CI of")[2]
    shown = re.findall(r"(?:- run: |^)morphkit (.*)$", text, re.MULTILINE)
    assert [line.split()[0] for line in shown] == ["verify", "reproduce", "build"]
    repository = Path(shutil.copytree(original, tmp_path / "repository"))
    monkeypatch.chdir(repository)
    for line in shown:
        assert run(*line.split()).exit_code == 0, line
    if not shutil.which("sha256sum"):
        pytest.skip("the last line needs sha256sum")
    (compare,) = re.findall(r"^(cd again && .*)$", text, re.MULTILINE)
    done = subprocess.run(compare, shell=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(files_of(repository / "pack")) - 3
    change_byte(repository / "again")
    done = subprocess.run(compare, shell=True, capture_output=True, check=False)
    assert done.returncode == 1


def test_reproduce_of_no_pack_is_bad_input(tmp_path: Path) -> None:
    result = run("reproduce", tmp_path)
    assert result.exit_code == 3
    assert "is this the folder of a morphkit pack?" in result.stderr
    assert run("reproduce", tmp_path, "--sources", tmp_path / "x").exit_code == 2
