"""The commands check, report and compare on packs that were really built."""

import csv
import json
import re
import shutil

import numpy as np
import pytest
import small_study as small
from PIL import Image as Pillow

import morphkit as mk
from morphkit._core.finding import Finding
from morphkit.faces.images import read_image
from morphkit.pack import read_pack
from morphkit.pack.compare import compare_packs
from morphkit.pack.verify import verify_pack
from morphkit.pixels import encode_png
from morphkit.quality.measures import LANDMARKS

pytestmark = pytest.mark.slow

MAJA = f"{small.FIRST}_happy_distressed"
MEASURES = ["gabor_jet_face256", "mean_difference_frame256"]
UNEVEN = [0.0, 0.12, 0.3, 0.55, 0.8, 1.0]


def study(folder, **checks):
    """Write a study of one identity with uneven levels."""
    continua = [
        {"from": "happy", "to": "distressed", "levels": UNEVEN}
        | {"identities": [small.FIRST]}
    ]
    parts = {"continua": continua, "checks": {"measures": MEASURES} | checks}
    return small.write_study(folder, **parts)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checked")
    small.build_study(study(folder), folder / "pack")
    return folder / "pack"


@pytest.fixture
def copied(pack, tmp_path):
    shutil.copytree(pack, tmp_path / "copy")
    return tmp_path / "copy"


def test_check_tells_what_was_measured_before_rounding(pack):
    result = small.run("check", pack, "--json")
    told = json.loads(result.stdout)
    spacing = told["spacing"][MAJA]
    assert list(spacing) == [*MEASURES, LANDMARKS]
    assert {one["precision"] for one in spacing.values()} == {"float"}
    stored = json.loads((pack / "checks.json").read_text())
    # What was judged is what was written, to the last digit.
    assert told["findings"] == stored["findings"]
    # Landmarks move in proportion to the levels.
    moved = np.array(spacing[LANDMARKS]["steps"])
    assert moved / moved.sum() == pytest.approx(np.diff(UNEVEN), rel=2e-3)
    for measure in MEASURES:
        assert spacing[measure]["max_min"] > 1.5
        assert spacing[measure]["monotone"]
    codes = {f["code"] for f in told["findings"]}
    assert "spacing-uneven" in codes
    uneven = next(f for f in told["findings"] if f["code"] == "spacing-uneven")
    assert uneven["value"] == spacing[MEASURES[0]]["max_min"]
    assert told["holds"] == (result.exit_code == 0)
    assert result.exit_code == (4 if uneven["value"] > 2 else 0)


def test_check_for_people(pack):
    result = small.run("check", pack)
    assert MAJA in result.stdout
    assert "gabor_jet_face256" in result.stdout
    assert "[spacing-uneven]" in result.stdout
    quiet = small.run("check", pack, "--quiet")
    assert "max/min" not in quiet.stdout
    assert "[spacing-uneven]" in quiet.stdout


def test_check_tells_one_kind_at_a_time(tmp_path):
    small.build_study(small.write_study(tmp_path / "study"), tmp_path / "pack")
    told = small.run("check", tmp_path / "pack", "--quiet").stdout
    every = small.run("check", tmp_path / "pack", "--quiet", "--all").stdout
    assert every.count("[opening]") == 2
    assert "[opening]" not in told
    assert re.search(
        r"^\d+ notes for the record: .*an eye that opens \(2\)", told, re.M
    )
    for line in told.splitlines():
        assert re.match(r"(error|warning|note): |  (worst|what to do): |\d+ note", line)
    codes = re.findall(r"\[([a-z-]+)\]$", told, re.M)
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("name", ["worst.html", "worst.png"])
def test_check_writes_a_filmstrip(pack, tmp_path, name):
    file = tmp_path / name
    result = small.run("check", pack, "--filmstrip", file)
    assert f"filmstrip: {file}" in result.stderr.replace("filmstrips", "filmstrip")
    again = tmp_path / f"again_{name}"
    mk.write_filmstrips(mk.check_pack(pack), pack, again)
    assert again.read_bytes() == file.read_bytes()
    refused = small.run("check", pack, "--filmstrip", file)
    assert refused.exit_code == 3
    assert "already exists" in refused.stderr
    assert refused.stdout == ""
    assert small.run("check", pack, "--filmstrip", pack / name).exit_code == 3
    assert verify_pack(pack) == ()


def test_check_by_another_recipe(pack, tmp_path):
    """Other limits make other findings, other measures are made good from files."""
    limits = {"spacing-uneven": {"note": 8.0, "warning": 9.0, "error": 9.0}}
    measures = ["ssim_root_frame256", MEASURES[0]]
    limits["spacing-departure"] = {"note": 1.0, "warning": 1.0}
    parts = {"limits": limits, "measures": measures}
    recipe = study(tmp_path / "other", **parts)
    told = json.loads(small.run("check", pack, "--recipe", recipe, "--json").stdout)
    codes = {f["code"] for f in told["findings"]}
    assert "spacing-uneven" not in codes
    assert "spacing-8bit" in codes
    spacing = told["spacing"][MAJA]
    assert spacing["ssim_root_frame256"]["precision"] == "8-bit"
    assert spacing["gabor_jet_face256"]["precision"] == "float"


def test_check_of_a_pack_that_was_not_measured(pack, copied):
    """Measured on its images, a pack is about as uneven as before rounding."""
    checks = json.loads((copied / "checks.json").read_text())
    for scores in checks["scores"].values():
        del scores["spacing"], scores["ends"]
    (copied / "checks.json").write_text(json.dumps(checks))
    before = json.loads(small.run("check", pack, "--json").stdout)
    after = json.loads(small.run("check", copied, "--unverified", "--json").stdout)
    assert "spacing-8bit" in {f["code"] for f in after["findings"]}
    assert after["ends"][MAJA] is None
    for measure in MEASURES:
        exact, rounded = (d["spacing"][MAJA][measure] for d in (before, after))
        assert rounded["precision"] == "8-bit"
        assert rounded["steps"] == pytest.approx(exact["steps"], rel=0.05)


def test_check_sees_images_that_changed(copied):
    image = next((copied / "materials" / "stimuli").rglob("*_s02.png"))
    image.write_bytes(encode_png(255 - read_image(image)))
    result = small.run("check", copied)
    assert result.exit_code == 4
    assert "[changed-pixels]" in result.stdout


def test_report_with_tables_and_figures(pack, tmp_path):
    page = tmp_path / "page.html"
    before = small.sums(pack)
    arguments = ["--output", page, "--tables", tmp_path / "t", "--figures", tmp_path]
    result = small.run("report", pack, *arguments)
    assert result.exit_code == 0
    assert small.run("verify", pack).exit_code == 0
    assert small.sums(pack) == before
    text = page.read_text("utf-8")
    assert "Predicted spacing" in text
    assert "local exponent" in text
    with (tmp_path / "t" / "spacing_steps.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    stored = json.loads((pack / "checks.json").read_text())["scores"][MAJA]["spacing"]
    found = [float(r["distance"]) for r in rows if r["measure"] == MEASURES[0]]
    assert found == stored[MEASURES[0]]["steps"]
    assert [float(r["from_level"]) for r in rows[:5]] == UNEVEN[:5]
    images = (tmp_path / "t" / "images.csv").read_text().splitlines()
    assert len(images) == 1 + len(UNEVEN)
    figure = (tmp_path / f"spacing_{MAJA}.svg").read_text()
    assert "Gabor jets, face" in figure
    # Nothing is written over, and the same is written again.
    again = small.run("report", pack, *arguments)
    assert again.exit_code == 3
    assert "exists" in again.stderr
    small.run("report", pack, *arguments, "--overwrite")
    assert page.read_text("utf-8") == text
    assert (tmp_path / f"spacing_{MAJA}.svg").read_text() == figure


def test_report_goes_beside_the_pack(copied):
    result = small.run("report", copied)
    assert result.exit_code == 0
    assert (copied.parent / "copy_report.html").is_file()


def test_compare_of_a_pack_with_itself(pack, copied):
    result = small.run("compare", pack, copied)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["6 of 6 shared images are identical"]
    again = small.run("compare", pack, copied, "--picture", copied / "no.png")
    assert again.exit_code == 3
    assert "no two images of one size differ" in again.stderr


def test_compare_tells_image_by_image(pack, copied, tmp_path):
    file = next((copied / "materials" / "stimuli").rglob("*_s03.png"))
    image = read_image(file).copy()
    image[:10, :20] ^= 16
    file.write_bytes(encode_png(image))
    picture = tmp_path / "apart.png"
    how = ("--unverified", "--json", "--picture", picture)
    result = small.run("compare", pack, copied, *how)
    told = json.loads(result.stdout)
    assert not told["same_images"]
    changed = [one for one in told["images"] if not one["same"]]
    assert [one["stimulus_id"] for one in changed] == [f"{MAJA}_s03"]
    pixels = image.shape[0] * image.shape[1]
    assert changed[0]["changed_pixels"] == pytest.approx(200 / pixels)
    assert changed[0]["mean_difference"] == pytest.approx(16 * 200 / pixels)
    assert changed[0]["largest_difference"] == 16
    with Pillow.open(picture) as drawn:
        assert drawn.size == (3 * image.shape[1] + 2 * 6, image.shape[0])
        apart = np.asarray(drawn)[:, -image.shape[1] :]
    assert (apart[:10, :20] == 128).all()
    assert apart[10:].max() == 0


def test_compare_tells_recipe_levels_and_missing_images(pack, tmp_path):
    recipe = small.write_study(
        tmp_path / "study",
        continua=[
            {"from": "happy", "to": "distressed", "steps": 3},
            {"from": "distressed", "to": "happy", "steps": 2},
        ],
        identities={small.FIRST: small.PERSON},
        checks={"measures": ["mean_difference_frame256"]},
        morph={"blend": "srgb"},
    )
    small.build_study(recipe, tmp_path / "pack")
    found = compare_packs(pack, tmp_path / "pack")
    assert found.recipe["morph.blend"] == ("linear", "srgb")
    assert found.only_first == tuple(f"{MAJA}_s{k:02d}" for k in (4, 5, 6))
    assert len(found.only_second) == 2
    levels = {image.stimulus_id: image.levels for image in found.images}
    assert levels[f"{MAJA}_s02"] == (0.12, 0.5)
    told = small.run("compare", pack, tmp_path / "pack").stdout
    assert "recipe morph.blend: linear -> srgb" in told
    assert "level 0.12 -> 0.5" in told
    assert "recipe continua: 1 entry (see --json) -> 2 entries (see --json)" in told


@pytest.mark.parametrize("command", ["check", "report"])
def test_no_pack(command, tmp_path):
    result = small.run(command, tmp_path)
    assert result.exit_code == 3
    assert "no such file" in result.stderr


def test_a_pack_that_people_saw_as_even_and_its_norms(tmp_path):
    """Levels that are even to people are a note, however uneven to the measure."""
    names = [f"{MAJA}_s{step:02d}" for step in (1, 6)]
    head = "stimulus_id,measure,mean,sd,n,rater_group,instrument,source_doi"
    rows = [f"{name},intensity,{k}.5,1.25,31,parents,," for k, name in enumerate(names)]
    entry = {"from": "happy", "to": "distressed", "levels": UNEVEN}
    entry |= {"identities": [small.FIRST], "positions": np.linspace(0, 1, 6).tolist()}
    calibration = {"scale": "triads", "kind": "human", "departure": 0.2}
    limits = {"spacing-uneven": {"note": 1.1, "warning": 1.2, "error": 1.3}}
    recipe = small.write_study(
        tmp_path / "study",
        pack={"name": "small_study", "norms": "norms.csv"},
        continua=[entry],
        calibration=calibration | {"predicted": 0.02},
        checks={"measures": MEASURES, "limits": limits},
    )
    norms = tmp_path / "study" / "norms.csv"
    norms.write_text("\n".join([head, *rows, "nobody_s01,a,1,1,1,,,"]), "utf-8")
    pack = tmp_path / "pack"
    result = small.run("build", recipe, "--output", pack)
    assert result.exit_code == 3
    assert 'norms.csv:4: there is no stimulus "nobody_s01"' in result.stderr
    assert not pack.exists()
    norms.write_text("\n".join([head, *rows]), "utf-8")
    assert small.run("build", recipe, "--output", pack).exit_code == 0
    table = (pack / "data" / "description-norms_data.csv").read_text("utf-8")
    assert table.splitlines() == [head, *rows]
    assert small.run("verify", pack).exit_code == 0
    assert small.run("reproduce", pack, "--sources", recipe.parent).exit_code == 0
    for found in (
        read_pack(pack).findings,
        [
            Finding(**f)
            for f in json.loads(small.run("check", pack, "--json").stdout)["findings"]
        ],
    ):
        (told,) = [f for f in found if f.code == "spacing-uneven"]
        assert told.severity == "note"
        assert told.value > 1.3
        assert "equalised on a perceptual scale (triads)" in told.message
