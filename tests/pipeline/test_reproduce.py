"""Building a pack again from its recipe and photographs."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from small_study import (
    FIRST,
    IDENTITIES,
    LABELS,
    PERSON,
    SECOND,
    STEPS,
    STIMULI,
    build_study,
    recipe_data,
    write_pair,
    write_study,
)

from morphkit.errors import InputError
from morphkit.faces.images import read_image, write_png
from morphkit.morph.mixture import Ingredient, Mixture
from morphkit.pack import read_pack
from morphkit.pack.frozen_mesh import read_frozen, write_frozen
from morphkit.pipeline.build import build
from morphkit.pipeline.check_recipe import continuum_id
from morphkit.pipeline.reproduce import Reproduction, reproduce_pack
from morphkit.pipeline.reproduction import is_repeatable
from morphkit.pipeline.source_faces import SourceFiles
from morphkit.recipe import make_recipe

#: Packs are built, or photographs read, for nearly every test.
pytestmark = pytest.mark.slow

OF_FIRST, OF_SECOND = STIMULI[:STEPS], STIMULI[STEPS:]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study and its pack; one face was detected."""
    root = tmp_path_factory.mktemp("original")
    recipe = write_study(root)
    (root / "landmarks" / f"{SECOND}_happy.json").unlink()
    build_study(recipe, root / "pack")
    return root


@pytest.fixture
def pack(original: Path, tmp_path: Path) -> Path:
    """Return a pack that a test may change."""
    return Path(shutil.copytree(original / "pack", tmp_path / "pack"))


@pytest.fixture
def sources(original: Path, tmp_path: Path) -> Path:
    """Return photographs that a test may change."""
    return Path(shutil.copytree(original / "source_faces", tmp_path / "photos"))


def change_recipe(pack: Path, old: str, new: str) -> None:
    file = pack / "recipe.toml"
    text = file.read_text("utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), "utf-8", newline="\n")


def change_manifest(pack: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = pack / "datapackage.json"
    manifest = json.loads(file.read_text("utf-8"))
    change(manifest)
    file.write_text(json.dumps(manifest), "utf-8")


def test_a_pack_is_reproduced(original: Path) -> None:
    result = reproduce_pack(original / "pack", [original / "source_faces"])
    assert result.holds
    assert result == Reproduction(
        n_frames=len(STIMULI),
        moved={f"{identity}_happy_distressed": 0.0 for identity in IDENTITIES},
        repeatable=(f"{FIRST}_happy_distressed",),  # one of the other was detected
    )


def test_outlines_alone_that_means_find_may_differ_elsewhere(original: Path) -> None:
    """``outline = "auto"`` finds none between photographs."""
    pack = read_pack(original / "pack")
    assert pack.recipe.morph.outline == "auto"
    half = (0.5, 0.5, 0.5)
    both = {Ingredient(identity, "happy"): half for identity in IDENTITIES}
    assert is_repeatable(pack, (), [Mixture.of(FIRST, "happy")])
    assert not is_repeatable(pack, (), [Mixture(both, averaged=True)])


def test_photographs_are_found_by_hash_under_any_name_and_in_folders_below(
    pack: Path, sources: Path
) -> None:
    (sources / "deep").mkdir()
    for number, photo in enumerate(sorted(sources.glob("*.png"))):
        photo.rename(sources / "deep" / f"IMG_{number}.png")
    (sources / "folder.png").mkdir()
    (sources / "empty.png").touch()
    (sources / "broken.png").symlink_to(sources / "nowhere")
    assert reproduce_pack(pack, [sources.parent / "none", sources]).holds


def test_one_pixel_of_a_photograph_names_its_frames(pack: Path, sources: Path) -> None:
    photo = sources / f"{FIRST}_happy.png"
    image = read_image(photo).copy()
    image[320, 320] = np.where(image[320, 320] < 128, 255, 0)
    write_png(photo, image, overwrite=True)
    result = reproduce_pack(pack, [sources])
    assert not result.holds
    assert result.changed_sources == (str(photo),)
    # At the far end its share is nothing.
    assert result.different == tuple(OF_FIRST[:-1])
    assert not result.recipe_changed
    assert result.not_shared == ()


def test_another_file_with_the_same_pixels_is_a_copy(pack: Path, sources: Path) -> None:
    photo = sources / f"{FIRST}_happy.png"
    Pillow.open(photo).save(photo, compress_level=1)
    result = reproduce_pack(pack, [sources])
    assert result.holds
    assert result.copies == (str(photo),)
    assert result.changed_sources == result.different == ()


def test_a_change_that_no_frame_shows_is_told_all_the_same(
    pack: Path, sources: Path
) -> None:
    photo = sources / f"{FIRST}_happy.png"
    image = read_image(photo).copy()
    image[0, 0, 2] ^= 1
    write_png(photo, image, overwrite=True)
    result = reproduce_pack(pack, [sources])
    assert not result.holds
    assert result.different == ()
    assert result.changed_sources == (str(photo),)


def test_a_photograph_without_a_face_in_place_of_a_detected_one(
    pack: Path, sources: Path
) -> None:
    photo = sources / f"{SECOND}_happy.png"
    write_png(photo, np.full((640, 640, 3), 90, np.uint8), overwrite=True)
    result = reproduce_pack(pack, [sources])
    assert not result.holds
    assert set(result.different) >= set(OF_SECOND[:-1])


def test_a_missing_photograph_is_an_error_that_says_what_to_do(
    pack: Path, sources: Path
) -> None:
    (sources / f"{FIRST}_happy.png").unlink()
    (sources / f"{SECOND}_happy.png").unlink()
    with pytest.raises(InputError) as caught:
        reproduce_pack(pack, [sources])
    told = str(caught.value).splitlines()
    assert len(told) == 2
    for line, identity in zip(told, IDENTITIES, strict=True):
        assert line.startswith(f"{identity}_happy.png: ")
        assert "SHA-256" in line
        assert "--sources" in line
        assert str(sources) in line


def level_of(step: int, n_steps: int) -> float:
    return (step - 1) / (n_steps - 1)


def test_another_number_of_steps_names_the_frames(pack: Path, sources: Path) -> None:
    change_recipe(pack, "steps = 4", "steps = 7")
    result = reproduce_pack(pack, [sources], unverified=True)
    assert not result.holds
    assert result.recipe_changed
    added = [f"{i}_happy_distressed_s{s:02d}" for i in IDENTITIES for s in (5, 6, 7)]
    assert result.not_shared == tuple(sorted(added))
    assert result.n_frames == len(STIMULI)
    # Of the images that both have, only the first is at the same level.
    assert set(result.different) == {*added, *OF_FIRST[1:], *OF_SECOND[1:]}


def test_another_blend_or_sampling_names_the_frames_in_between(
    pack: Path, sources: Path
) -> None:
    for old, new in (
        ('blend = "linear"', 'blend = "srgb"'),
        ('sampling = "bicubic"', 'sampling = "bilinear"'),
        ('detail = "level"', 'detail = "plain"'),
    ):
        change_recipe(pack, old, new)
        result = reproduce_pack(pack, [sources], unverified=True)
        assert not result.holds
        assert result.recipe_changed
        assert set(result.different) >= {*OF_FIRST[1:-1], *OF_SECOND[1:-1]}
        change_recipe(pack, new, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('warp = "tps"', 'warp = "piecewise_affine"'),
        ('method = "procrustes"', 'method = "two_point"'),
        ("width = 96", "width = 80"),
        ("spacing = 8", "spacing = 16"),
    ],
)
def test_another_warp_or_alignment_is_found_when_everything_is_done_again(
    old: str, new: str, pack: Path, sources: Path
) -> None:
    change_recipe(pack, old, new)
    result = reproduce_pack(pack, [sources], unverified=True)
    assert not result.holds
    assert result.recipe_changed
    assert result.different == ()  # the frozen meshes are those of the pack
    assert set(result.rebuilt_different) >= {*OF_FIRST[1:-1], *OF_SECOND[1:-1]}
    assert all(moved > 0 for moved in result.moved.values())


def test_another_title_is_another_recipe(pack: Path, sources: Path) -> None:
    change_recipe(pack, 'title = ""', 'title = "Mine"')
    result = reproduce_pack(pack, [sources], unverified=True)
    assert not result.holds
    assert result.recipe_changed
    assert result.different == result.rebuilt_different == ()


def test_fewer_continua_are_found(pack: Path, sources: Path) -> None:
    change_recipe(pack, 'identities = "*"', f'identities = ["{FIRST}"]')
    result = reproduce_pack(pack, [sources], unverified=True)
    assert not result.holds
    assert result.not_shared == tuple(OF_SECOND)


def test_other_software_is_told_and_no_failure(pack: Path, sources: Path) -> None:
    change_manifest(
        pack, lambda manifest: manifest["morphkit"]["software"].update(numpy="1.0")
    )
    result = reproduce_pack(pack, [sources], unverified=True)
    assert result.holds
    assert not result.same_software


def shift_mesh(pack: Path) -> None:
    """Move the nodes of a frozen mesh a little, as other software might."""
    file = pack / "data" / "correspondence" / f"{FIRST}_happy_distressed.npz"
    frozen = read_frozen(file)
    nodes = frozen.correspondence.photo_nodes.copy()
    nodes[0, len(nodes[0]) // 2] += [0, 192]
    mesh = frozen.correspondence
    object.__setattr__(mesh, "photo_nodes", nodes)
    write_frozen(file, frozen)


def test_a_mesh_that_moved_counts_with_the_same_software_only(
    pack: Path, sources: Path
) -> None:
    shift_mesh(pack)
    result = reproduce_pack(pack, [sources], unverified=True)
    assert result.moved[f"{FIRST}_happy_distressed"] == 0.75
    assert result.moved[f"{SECOND}_happy_distressed"] == 0
    assert set(result.different) <= set(OF_FIRST)
    assert result.different
    assert result.rebuilt_different == ()
    assert not result.holds


@pytest.mark.parametrize("part", ["insides", "feathers", "surroundings"])
def test_every_part_of_a_mesh_is_compared(part: str, pack: Path, sources: Path) -> None:
    file = pack / "data" / "correspondence" / f"{FIRST}_happy_distressed.npz"
    frozen = read_frozen(file)
    mesh = frozen.correspondence
    outline = np.array([[4000, 4000], [9000, 4000], [9000, 9000]], np.int32)
    if part != "feathers":
        changed: Any = tuple((*end, outline) for end in getattr(mesh, part))
    else:
        changed = tuple(np.array([8192, 4096], np.int16) for _ in mesh.feathers)
    object.__setattr__(mesh, part, changed)
    write_frozen(file, frozen)
    result = reproduce_pack(pack, [sources], unverified=True)
    assert result.moved[f"{FIRST}_happy_distressed"] == float("inf")
    assert result.moved[f"{SECOND}_happy_distressed"] == 0
    assert result.rebuilt_different == ()


def test_other_software_may_move_what_a_detector_placed_alone(
    original: Path, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from morphkit.pipeline import reproduce as reproducing
    from morphkit.pipeline import reproduction

    real = reproducing.plan_continua

    which = 0

    def moved(*arguments: Any) -> Any:
        plans = real(*arguments)
        mesh = plans[which].matched.correspondence
        nodes = mesh.photo_nodes.copy()
        nodes[0] += 64
        object.__setattr__(mesh, "photo_nodes", nodes)
        return plans

    monkeypatch.setattr(reproducing, "plan_continua", moved)
    result = reproduce_pack(original / "pack", [sources])
    assert not result.holds  # the same software should give the same meshes
    assert result.different == ()
    assert result.moved[f"{FIRST}_happy_distressed"] == 0.25
    assert set(result.rebuilt_different) == set(OF_FIRST[:-1])
    monkeypatch.setattr(reproduction, "software_versions", lambda: {"morphkit": "9"})
    result = reproduce_pack(original / "pack", [sources])
    assert not result.same_software
    assert not result.holds  # no detector, nor anything that differs, has a say
    which = 1  # a detector has one
    result = reproduce_pack(original / "pack", [sources])
    assert result.holds
    assert set(result.rebuilt_different) == set(OF_SECOND[:-1])


def test_changed_and_damaged_images_of_the_pack_are_named(
    pack: Path, sources: Path
) -> None:
    folder = pack / "materials" / "stimuli" / FIRST
    image = read_image(folder / f"{OF_FIRST[0]}.png").copy()
    image[5, 5, 1] ^= 1
    write_png(folder / f"{OF_FIRST[0]}.png", image, overwrite=True)
    (folder / f"{OF_FIRST[1]}.png").write_bytes(b"no image")
    (folder / f"{OF_FIRST[2]}.png").unlink()
    result = reproduce_pack(pack, [sources])
    assert not result.holds
    assert result.different == tuple(OF_FIRST[:3])


def test_a_missing_mesh_is_an_error(pack: Path, sources: Path) -> None:
    (pack / "data" / "correspondence" / f"{FIRST}_happy_distressed.npz").unlink()
    with pytest.raises(InputError, match=r"distressed\.npz: there is no such file"):
        reproduce_pack(pack, [sources], unverified=True)


def test_a_face_that_was_chosen_is_chosen_again(original: Path, tmp_path: Path) -> None:
    faces = original / "source_faces"
    write_pair(tmp_path / "both.png")
    recipe = make_recipe(recipe_data(identities={FIRST: PERSON}))
    files = {
        (FIRST, "happy"): SourceFiles(tmp_path / "both.png", face=2),
        (FIRST, "distressed"): SourceFiles(faces / f"{FIRST}_distressed.png"),
    }
    build(recipe, files, tmp_path / "pack")
    assert reproduce_pack(tmp_path / "pack", [tmp_path, faces]).holds


def test_a_template_of_ones_own_comes_from_the_pack(tmp_path: Path) -> None:
    from morphkit.faces.formats.template_json import find_template

    recipe = write_study(tmp_path, sources={"template": "mine.json"})
    data = find_template("ibug_68").to_dict() | {"name": "laboratory"}
    (tmp_path / "mine.json").write_text(json.dumps(data), "utf-8")
    for file in (tmp_path / "landmarks").iterdir():
        points = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps(points | {"template": "laboratory"}), "utf-8")
    build_study(recipe, tmp_path / "pack")
    (tmp_path / "mine.json").unlink()
    assert reproduce_pack(tmp_path / "pack", [tmp_path / "source_faces"]).holds


def test_names_of_continua_are_built_in_one_place() -> None:
    part = make_recipe(recipe_data()).continua[0]
    assert continuum_id(FIRST, part) == f"{FIRST}_{LABELS[0]}_{LABELS[1]}"


def test_a_grid_whose_rows_are_photographs_is_reproduced(tmp_path: Path) -> None:
    """Its landmarks were placed by hand and are not detected again under new names."""
    grid = {
        "identities": list(IDENTITIES),
        "identity_steps": 2,
        "from": LABELS[0],
        "to": LABELS[1],
        "steps": 2,
    }
    study = write_study(tmp_path, grids=[grid], continua=[], morph={"refine": "none"})
    build_study(study, tmp_path / "pack")
    photos = Path(shutil.copytree(tmp_path / "source_faces", tmp_path / "photos"))
    for k, photo in enumerate(sorted(photos.iterdir())):
        photo.rename(photos / f"renamed_{k}.png")  # found by hash all the same
    result = reproduce_pack(tmp_path / "pack", [photos])
    assert result.holds
    assert set(result.moved.values()) == {0.0}
