"""Masks, framing and matching from the recipe to the pack and back."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from small_study import FIRST, IDENTITIES, build_study, run, sums
from small_study import write_study as write_whole_study

from morphkit._core.array_files import read_arrays, write_arrays
from morphkit._core.files import sha256_of
from morphkit.faces.images import read_image
from morphkit.morph.normalise.light import luminance_of
from morphkit.pack import read_pack, verify_pack
from morphkit.pack.frozen_mesh import read_frozen
from morphkit.pipeline.reproduce import reproduce_pack
from morphkit.pixels.spec import WHITE, decode_table

pytestmark = pytest.mark.slow

SIDE, STEPS = 72, 3
CONTINUUM = f"{FIRST}_happy_distressed"
TABLE = decode_table("uint8")


def write_study(folder: Path, **parts: Any) -> Path:
    """Write a study that is made quickly."""
    parts["morph"] = {"refine": "none"} | parts.get("morph", {})
    parts["align"] = {"method": "two_point", "width": SIDE, "height": SIDE + 8}
    continuum = {"from": "happy", "to": "distressed", "steps": STEPS}
    return write_whole_study(folder, **{"continua": [continuum]} | parts)


#: Continua of one identity.
ONE = [{"identities": [FIRST], "from": "happy", "to": "distressed", "steps": STEPS}]


def images_of(pack: Path) -> dict[str, np.ndarray]:
    """Return every image by its name, in order."""
    files = sorted((pack / "materials" / "stimuli").rglob("*.png"))
    return {file.stem: read_image(file) for file in files}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study without any finishing, and its pack."""
    root = tmp_path_factory.mktemp("plain")
    build_study(write_study(root), root / "pack")
    return root


#: Settings that go through everything that a pack can be finished by.
SETTINGS: dict[str, dict[str, Any]] = {
    "mask": {
        "morph": {"mask": "oval"},
        "frame": {"crop": "mask", "pad": [3, 0, 0, 5], "background": "mean"},
    },
    "sources": {"match": {"method": "luminance"}},
    "frames": {
        "morph": {"mask": "face"},
        "match": {"method": "luminance", "over": "frames", "within": "identity"},
    },
    "line": {
        "match": {"method": "line"},
        "frame": {"crop": [4, 0, 2, 1]},
    },
    "histogram": {
        "continua": ONE,
        "morph": {"mask": "oval"},
        "frame": {"grey": True, "background": "#203040"},
        "match": {"method": "shine-histogram"},
    },
    "spectrum": {
        "continua": ONE,
        "frame": {"grey": True},
        "match": {"method": "shine-spectrum"},
    },
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a folder with a study and its pack for every setting."""
    roots = {}
    for name, parts in SETTINGS.items():
        roots[name] = tmp_path_factory.mktemp(name)
        build_study(write_study(roots[name], **parts), roots[name] / "pack")
    return roots


@pytest.mark.parametrize("name", SETTINGS)
def test_a_finished_pack_is_whole_and_reproduced(built, name):
    pack = built[name] / "pack"
    assert not verify_pack(pack)
    result = reproduce_pack(pack, [built[name] / "source_faces"])
    assert result.holds
    assert not result.different
    assert not result.rebuilt_different
    assert result.n_frames == len(images_of(pack))
    assert len({image.shape for image in images_of(pack).values()}) == 1
    rows = read_pack(pack).stimuli
    height, width = next(iter(images_of(pack).values())).shape[:2]
    assert {(row.width, row.height) for row in rows} == {(width, height)}


def test_every_image_is_frozen_by_itself(built, plain, monkeypatch):
    """The pixels of a pack follow from what is frozen, not from the set as it is."""
    pack = built["frames"] / "pack"
    learned = read_arrays(pack / "data" / "framing.npz")
    assert set(learned) == {
        f"{identity}.{name}"
        for identity in IDENTITIES
        for name in ("target", f"lines_{identity}_happy_distressed")
    }
    copy = Path(shutil.copytree(pack, built["frames"] / "copy"))
    learned[f"{FIRST}.lines_{CONTINUUM}"][1, 0] += 3000
    write_arrays(copy / "data" / "framing.npz", learned)
    assert {finding.code for finding in verify_pack(copy)} == {"changed-file"}
    result = reproduce_pack(copy, [built["frames"] / "source_faces"], unverified=True)
    assert result.different == (f"{CONTINUUM}_s02",)
    assert not result.holds


def test_a_mask_hides_the_same_in_every_frame(built, plain):
    pack = built["mask"] / "pack"
    frozen = read_frozen(pack / "data" / "correspondence" / f"{CONTINUUM}.npz")
    assert frozen.mask is not None
    left, top = frozen.corner
    background = read_arrays(pack / "data" / "framing.npz")["background"]
    cover = frozen.mask.cover(frozen.correspondence.size)
    whole = images_of(plain / "pack")
    for name, image in images_of(pack).items():
        if not name.startswith(FIRST):
            continue
        height, width = image.shape[:2]
        assert (image[:, :3] == background).all()
        assert (image[-5:] == background).all()
        inside = image[0 : height - 5, 3:width]
        part = (slice(top, top + height - 5), slice(left + 3, left + width))
        shown, hidden = cover[part] == WHITE, cover[part] == 0
        assert shown.sum() > 0.3 * shown.size
        assert (inside[shown] == whole[name][part][shown]).all()
        assert (inside[hidden] == background).all()
        # Nothing of the mask was cut off.
        assert (cover > 0).sum() == (cover[part] > 0).sum()


def test_the_mean_background_has_the_luminance_of_the_faces(built, plain):
    pack = built["mask"] / "pack"
    background = read_arrays(pack / "data" / "framing.npz")["background"]
    assert len(set(background.tolist())) == 1
    lights, whole = [], images_of(plain / "pack")
    for identity in IDENTITIES:
        name = f"{identity}_happy_distressed"
        frozen = read_frozen(pack / "data" / "correspondence" / f"{name}.npz")
        inside = frozen.mask.cover(frozen.correspondence.size) > WHITE // 2
        for step in (1, STEPS):
            light = TABLE[whole[f"{name}_s{step:02d}"]]
            lights += luminance_of(light[inside]).tolist()
    # A code value is about 1 % of light.
    assert TABLE[background[0]] == pytest.approx(np.mean(lights), rel=0.01)


def test_matched_sources_have_one_tone_at_the_ends(built, plain):
    found = {
        name: np.array(
            [
                (
                    scores["per_frame"]["luminance"][k],
                    scores["per_frame"]["contrast"][k],
                )
                for scores in read_pack(root / "pack").scores.values()
                for k in (0, -1)
            ]
        )
        for name, root in (("before", plain), ("after", built["sources"]))
    }
    spread = {name: np.ptp(t, axis=0) / t.mean(axis=0) for name, t in found.items()}
    assert (spread["before"] > 0.9).all()  # light skin and dark skin
    # Highlights of the darker face are cut off at white, which costs contrast.
    assert (spread["after"] < [0.02, 0.15]).all()


def test_frames_on_a_line_are_on_the_line(built, plain):
    """What the report prints follows the line; the ends are those of the plain pack."""
    pack = read_pack(built["line"] / "pack")
    before = read_pack(plain / "pack").scores[CONTINUUM]["per_frame"]
    after = pack.scores[CONTINUUM]["per_frame"]
    off = {"before": 0.0, "after": 0.0}
    for name in ("luminance", "contrast"):
        line = (after[name][0] + after[name][2]) / 2
        assert after[name][1] == pytest.approx(line, rel=0.005)
        off["before"] += abs(before[name][1] / line - 1)
        off["after"] += abs(after[name][1] / line - 1)
    assert off["before"] > 2 * off["after"]
    whole = images_of(plain / "pack")
    for name, image in images_of(built["line"] / "pack").items():
        same = (image == whole[name][0:-1, 4:-2]).all()
        assert same == name.endswith(("_s01", "_s03"))


def test_histograms_are_alike_where_the_mask_shows(built):
    pack = built["histogram"] / "pack"
    seen = []
    for name, image in images_of(pack).items():
        assert (image[0, 0] == (0x20, 0x30, 0x40)).all()
        continuum = name.rpartition("_s")[0]
        frozen = read_frozen(pack / "data" / "correspondence" / f"{continuum}.npz")
        cover = frozen.mask.cover(frozen.correspondence.size)
        # The edge is mixed with the background afterwards.
        values = image[cover == WHITE, 0].astype(int)
        seen.append((values.mean(), values.std()))
        target = read_arrays(pack / "data" / "framing.npz")["set.target"]
        # What the mask hides has no say; counts are rounded one by one.
        assert abs(target.sum() - (cover > 0).sum()) < 128
    spread = np.ptp(seen, axis=0)
    assert spread[0] < 12


def test_a_match_is_told(built, plain):
    for name, said in (
        ("sources", "Photographs were matched over the whole set by luminance"),
        ("frames", "Images were matched over each identity by luminance"),
        ("line", "Images were matched over each continuum by line"),
    ):
        readme = (built[name] / "pack" / "README.md").read_text("utf-8")
        report = (built[name] / "pack" / "report.html").read_text("utf-8")
        assert said in readme
        assert said in report
    assert "Matched" not in (plain / "pack" / "README.md").read_text("utf-8")
    assert "Matched" not in (plain / "pack" / "report.html").read_text("utf-8")
    assert not (plain / "pack" / "data" / "framing.npz").exists()


def test_the_number_of_jobs_changes_no_byte(built, tmp_path):
    recipe = write_study(tmp_path / "again", **SETTINGS["mask"])
    build_study(recipe, tmp_path / "pack", jobs=2)
    assert sums(tmp_path / "pack") == sums(built["mask"] / "pack")


def test_a_photograph_that_is_too_flat_is_named(tmp_path):
    recipe = write_study(tmp_path, match={"method": "luminance"}, continua=ONE)
    photo = tmp_path / "source_faces" / f"{FIRST}_happy.png"
    with Pillow.open(photo) as image:
        Pillow.new("RGB", image.size, (90, 80, 70)).save(photo)
    marks = tmp_path / "landmarks" / f"{FIRST}_happy.json"
    data = json.loads(marks.read_text("utf-8"))
    data["image_sha256"] = sha256_of(photo)
    marks.write_text(json.dumps(data), "utf-8")
    result = run("build", recipe, "--output", tmp_path / "pack")
    assert result.exit_code == 3
    assert f"{CONTINUUM}: the contrast inside the mask is 0.0000" in result.stderr
    assert not (tmp_path / "pack").exists()


def test_two_photographs_are_masked_by_options(plain, tmp_path):
    photos = [
        plain / "source_faces" / f"{FIRST}_{k}.png" for k in ("happy", "distressed")
    ]
    marks = [plain / "landmarks" / f"{FIRST}_{k}.json" for k in ("happy", "distressed")]
    result = run(
        "morph", *photos, "--steps", 3, "--output", tmp_path / "pack",
        "--landmarks-a", marks[0], "--landmarks-b", marks[1], "--size", 64, 64,
        "--refine", "none", "--mask", "oval", "--crop", "mask", "--grey",
        "--background", "#112233", "--match", "shine-luminance",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    images = images_of(tmp_path / "pack")
    assert len(images) == 3
    for image in images.values():
        assert min(image.shape[:2]) < 64
        assert (image[0, 0] == (0x11, 0x22, 0x33)).all()
        middle = image[20:-20, 12:-12]
        assert (middle[..., :1] == middle).all()
    again = run("reproduce", tmp_path / "pack", "--sources", plain / "source_faces")
    assert again.exit_code == 0


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"frame": {"crop": "mask"}}, 'frame.crop is "mask", but morph.mask is "none"'),
        ({"match": {"method": "shine-sf"}}, "set frame.grey = true"),
        (
            {"match": {"method": "line", "over": "sources"}},
            "line cannot be matched over",
        ),
        ({"frame": {"background": "grey"}}, 'a colour such as "#808080", or "mean"'),
        ({"frame": {"crop": [40, 0, 30, 0]}}, "frame.crop: cropping 72×80 leaves 2×80"),
        ({"frame": {"pad": -1}}, "frame.pad"),
        ({"morph": {"mask": "ovall"}}, 'did you mean "oval"?'),
        ({"match": {"method": "luminanse"}}, 'did you mean "luminance"?'),
    ],
)
def test_recipes_that_are_refused(tmp_path, parts, said):
    recipe = write_study(tmp_path, **parts)
    result = run("build", recipe, "--output", tmp_path / "pack")
    assert result.exit_code == 3
    assert said in result.stderr
    assert not (tmp_path / "pack").exists()
