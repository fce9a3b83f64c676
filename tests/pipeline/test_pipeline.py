"""Building packs: sources, plans, the working folder, and what is refused."""

import errno
import json
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
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
    SIDE,
    STEPS,
    STIMULI,
    build_study,
    files_below,
    recipe_data,
    sums,
    write_pair,
    write_study,
)

from morphkit._core import folders
from morphkit._core.files import sha256_of
from morphkit._core.progress import Progress
from morphkit.errors import InputError, OutputError
from morphkit.faces.formats.template_json import builtin_template, find_template
from morphkit.faces.images import read_image
from morphkit.morph import scene
from morphkit.pack import kept_images, read_pack, verify_pack
from morphkit.pack.frozen_mesh import read_frozen
from morphkit.pipeline import make_continuum
from morphkit.pipeline.build import build
from morphkit.pipeline.check_recipe import check_recipe, needed
from morphkit.pipeline.plan import plan_continua
from morphkit.pipeline.reproduction import End
from morphkit.pipeline.software import software_versions
from morphkit.pipeline.source_faces import SourceFiles, read_sources
from morphkit.pipeline.sources import resolve_sources, resolve_template
from morphkit.quality.spacing import probes_between
from morphkit.recipe import make_recipe, read_recipe

pytestmark = pytest.mark.slow


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return the path of the recipe of a study."""
    return write_study(tmp_path / "study")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a pack that was built without interruption."""
    root = tmp_path_factory.mktemp("whole")
    build_study(write_study(root / "study"), root / "pack")
    return root / "pack"


def partials_of(output: Path) -> list[Path]:
    """Return the folders in the making, and whatever else is called like them."""
    return sorted(output.parent.glob(f".{output.name}*.partial"))


def store_of(output: Path) -> Path:
    return output.with_name(f".{output.name}.store")


# The result


def test_a_build_gives_exactly_n_images_of_the_size_that_was_asked(whole: Path) -> None:
    images = sorted((whole / "materials" / "stimuli").rglob("*.png"))
    assert [file.stem for file in images] == STIMULI
    assert {read_image(file).shape for file in images} == {(SIDE + 16, SIDE, 3)}


def test_a_build_returns_the_pack_that_it_wrote(study: Path, tmp_path: Path) -> None:
    pack = build_study(study, tmp_path / "out" / "pack")
    back = read_pack(tmp_path / "out" / "pack")
    for part in ("stimuli", "continua", "identities", "findings", "recipe_toml"):
        assert getattr(back, part) == getattr(pack, part), part
    assert back.scores == json.loads(json.dumps(pack.scores))
    made = {path.name for path in (tmp_path / "out").iterdir()}
    assert made == {"pack", ".pack.store"}


def test_frames_change_from_one_end_to_the_other(whole: Path) -> None:
    folder = whole / "materials" / "stimuli" / FIRST
    first, *_, last = (
        read_image(file).astype(int) for file in sorted(folder.iterdir())
    )
    distances = []
    for file in sorted(folder.iterdir()):
        frame = read_image(file).astype(int)
        distances.append(np.abs(frame - first).sum() - np.abs(frame - last).sum())
    assert distances == sorted(distances)
    assert distances[0] < 0 < distances[-1]


def test_files_given_in_another_order_or_number_change_nothing(
    study: Path, whole: Path, tmp_path: Path
) -> None:
    recipe = read_recipe(study)
    files = resolve_sources(recipe, study.parent)
    turned: dict[tuple[str, str], SourceFiles] = dict(reversed(files.items()))
    turned["someone", "else"] = SourceFiles(Path("nowhere.png"))
    build(recipe, turned, tmp_path / "pack")
    assert sums(tmp_path / "pack") == sums(whole)


def test_exchanged_labels_give_the_same_images_in_the_opposite_order(
    whole: Path, tmp_path: Path
) -> None:
    turned = [{"from": LABELS[1], "to": LABELS[0], "steps": STEPS}]
    recipe = write_study(tmp_path / "study", continua=turned)
    build_study(recipe, tmp_path / "pack")
    there = [
        row.pixel_sha256
        for row in read_pack(whole).stimuli_of(f"{FIRST}_{LABELS[0]}_{LABELS[1]}")
    ]
    back = [
        row.pixel_sha256
        for row in read_pack(tmp_path / "pack").stimuli_of(
            f"{FIRST}_{LABELS[1]}_{LABELS[0]}"
        )
    ]
    assert there == back[::-1]


def test_without_alignment_the_ends_are_the_photographs(tmp_path: Path) -> None:
    recipe = write_study(
        tmp_path / "study",
        align={"method": "none"},
        continua=[
            {"identities": [FIRST], "from": LABELS[0], "to": LABELS[1], "steps": 2}
        ],
    )
    build_study(recipe, tmp_path / "pack")
    for label, row in zip(LABELS, read_pack(tmp_path / "pack").stimuli, strict=True):
        photo = recipe.parent / "source_faces" / f"{FIRST}_{label}.png"
        frame = tmp_path / "pack" / row.file
        assert (read_image(frame) == read_image(photo)).all()


def test_the_blend_sampling_and_warp_of_a_recipe_reach_the_pixels(
    whole: Path, tmp_path: Path
) -> None:
    base = [row.pixel_sha256 for row in read_pack(whole).stimuli]
    for key, value in (("blend", "srgb"), ("sampling", "bilinear")):
        recipe = write_study(tmp_path / key, morph={key: value})
        build_study(recipe, tmp_path / f"{key}-pack")
        pack = read_pack(tmp_path / f"{key}-pack")
        changed = [r.pixel_sha256 for r in pack.stimuli]
        middle = slice(1, STEPS - 1)
        assert not set(base[middle]) & set(changed[middle]), key
    recipe = write_study(tmp_path / "warp", morph={"warp": "piecewise_affine"})
    build_study(recipe, tmp_path / "warp-pack")
    pack = read_pack(tmp_path / "warp-pack")
    name = pack.continua[0].continuum_id
    assert pack.continua[0].warp == "piecewise_affine"
    meshes = [
        read_frozen(folder / "data" / "correspondence" / f"{name}.npz").correspondence
        for folder in (whole, tmp_path / "warp-pack")
    ]
    assert meshes[0].frame_nodes.tobytes() != meshes[1].frame_nodes.tobytes()


# Sources


def test_sources_are_found_by_pattern_and_by_name(tmp_path: Path) -> None:
    person = PERSON | {"files": {"happy": "sub/photo_17.png"}}
    recipe = write_study(
        tmp_path,
        identities={FIRST: person, SECOND: PERSON},
        sources={"pattern": "{identity}_{label}.png"},
    )
    faces = tmp_path / "source_faces"
    (faces / "sub").mkdir()
    (faces / f"{FIRST}_happy.png").rename(faces / "sub" / "photo_17.png")
    (tmp_path / "landmarks" / "sub").mkdir()
    (tmp_path / "landmarks" / f"{FIRST}_happy.json").rename(
        tmp_path / "landmarks" / "sub" / "photo_17.json"
    )
    found = resolve_sources(read_recipe(recipe), tmp_path)
    assert list(found) == needed(read_recipe(recipe))
    assert found[FIRST, "happy"].photo == faces / "sub" / "photo_17.png"
    assert found[FIRST, "happy"].landmarks == (
        tmp_path / "landmarks" / "sub" / "photo_17.json"
    )
    assert found[SECOND, "happy"].photo == faces / f"{SECOND}_happy.png"


def test_landmarks_are_detected_where_there_is_no_file(study: Path) -> None:
    for file in (study.parent / "landmarks").iterdir():
        if file.name != f"{FIRST}_happy.json":
            file.unlink()
    recipe = read_recipe(study)
    files = resolve_sources(recipe, study.parent)
    faces = read_sources(recipe, files, template=builtin_template("ibug_68"))
    assert faces[FIRST, "happy"].placed_by == "render"
    assert faces[SECOND, "happy"].placed_by == "detector mesh"
    assert faces[SECOND, "happy"].face.landmarks.template.name == "ibug_68"


def test_a_forbidden_detector_is_not_used(tmp_path: Path) -> None:
    recipe = write_study(tmp_path, sources={"detector": "none"})
    for file in (tmp_path / "landmarks").iterdir():
        file.unlink()
    with pytest.raises(
        InputError, match=r'the detector "none" forbids detection'
    ) as caught:
        build_study(recipe, tmp_path / "pack")
    assert str(caught.value).count("forbids detection") == len(IDENTITIES) * len(LABELS)


def test_a_recipe_says_which_face_of_a_photograph_is_meant(study: Path) -> None:
    root = study.parent
    write_pair(root / "source_faces" / f"{FIRST}_happy.png")
    (root / "landmarks" / f"{FIRST}_happy.json").unlink()
    chosen = PERSON | {"faces": {"happy": 2}}
    recipe = make_recipe(recipe_data(identities={FIRST: chosen}))
    files = resolve_sources(recipe, root)
    assert files[FIRST, "happy"].face == 2
    told: list[str] = []
    faces = read_sources(
        recipe, files, template=builtin_template("ibug_68"), progress=told.append
    )
    assert faces[FIRST, "happy"].placed_by == "detector mesh, face 2 of 2"
    assert f"{FIRST}_happy.png: face 2 of 2, " in "".join(told)
    assert "faces" not in recipe.resolved()["identities"][FIRST]
    silent = make_recipe(recipe_data(identities={FIRST: PERSON}))
    with pytest.raises(InputError, match=r"2 faces .*faces = \{label = N\}"):
        read_sources(
            silent,
            resolve_sources(silent, root),
            template=builtin_template("ibug_68"),
        )


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, "biggest"])
def test_a_recipe_names_faces_by_number_or_as_the_largest(wrong: object) -> None:
    for right in (1, 12, "largest"):
        person = PERSON | {"faces": {"happy": right}}
        recipe = make_recipe(recipe_data(identities={FIRST: person}))
        assert recipe.face_choice((FIRST, "happy")) == right
        assert recipe.face_choice((FIRST, "distressed")) is None
    with pytest.raises(InputError, match=f"identities.{FIRST}.faces.happy"):
        make_recipe(
            recipe_data(identities={FIRST: PERSON | {"faces": {"happy": wrong}}})
        )


def end_of(placed_by: str) -> End:
    """Return an end of a mesh whose landmarks were placed so."""
    return End((FIRST, "happy"), "0" * 64, placed_by)


def test_one_of_several_faces_can_be_chosen(study: Path, tmp_path: Path) -> None:
    faces = study.parent / "source_faces"
    both = tmp_path / "both.png"
    write_pair(both)
    recipe = make_recipe(recipe_data(identities={FIRST: PERSON}))
    files = {
        (FIRST, "happy"): SourceFiles(both, face=2),
        (FIRST, "distressed"): SourceFiles(faces / f"{FIRST}_distressed.png"),
    }
    pack = build(recipe, files, tmp_path / "pack")
    assert pack.continua[0].from_placed_by == "detector mesh, face 2 of 2"
    assert pack.continua[0].to_placed_by == "detector mesh"
    again = end_of(pack.continua[0].from_placed_by)
    assert (again.face, again.detected) == (2, True)
    files[FIRST, "happy"] = SourceFiles(both)
    with pytest.raises(InputError, match="2 faces were found"):
        build(recipe, files, tmp_path / "other")


def test_files_renamed_with_their_photographs_are_known_by_hash(study: Path) -> None:
    for folder in ("source_faces", "landmarks"):
        for file in (study.parent / folder).iterdir():
            file.rename(file.with_name(file.name.replace(FIRST, "zoe")))
    recipe = make_recipe(recipe_data(identities={"zoe": PERSON, SECOND: PERSON}))
    files = resolve_sources(recipe, study.parent)
    faces = read_sources(recipe, files, template=builtin_template("ibug_68"))
    assert faces["zoe", "happy"].placed_by == "render"
    data = json.loads((study.parent / "landmarks" / "zoe_happy.json").read_text())
    data["image_sha256"] = ""
    (study.parent / "landmarks" / "zoe_happy.json").write_text(json.dumps(data))
    with pytest.raises(InputError, match=r'no face for "zoe_happy\.png"'):
        read_sources(recipe, files, template=builtin_template("ibug_68"))


def test_all_bad_sources_are_told_together(study: Path) -> None:
    faces, landmarks = study.parent / "source_faces", study.parent / "landmarks"
    (faces / f"{FIRST}_happy.png").unlink()
    (faces / f"{FIRST}_distressed.png").write_bytes(b"\xff\xd8\xff not a JPEG")
    shutil.copy(landmarks / f"{SECOND}_happy.json", landmarks / f"{SECOND}_happy.csv")
    (landmarks / f"{SECOND}_distressed.json").write_text("{}", "utf-8")
    with pytest.raises(InputError) as caught:
        resolve_sources(read_recipe(study), study.parent)
    told = str(caught.value).splitlines()
    assert len(told) == 4
    for name, problem in (
        (f"{FIRST}_happy.png", "there is no such photograph"),
        (f"{FIRST}_distressed.png", "JPEG"),
        (f"{SECOND}_happy.png", "2 landmark files for one photograph"),
        (f"{SECOND}_distressed.json", "landmark"),
    ):
        assert any(name in line and problem in line for line in told), (name, told)


def test_one_photograph_for_two_faces_is_refused(tmp_path: Path) -> None:
    recipe = write_study(tmp_path, sources={"pattern": "{label}.png"})
    for label in LABELS:
        shutil.copy(
            tmp_path / "source_faces" / f"{FIRST}_{label}.png",
            tmp_path / "source_faces" / f"{label}.png",
        )
    with pytest.raises(InputError, match=r"happy\.png: is the photograph of") as caught:
        resolve_sources(read_recipe(recipe), tmp_path)
    assert len(str(caught.value).splitlines()) == 2


def test_copies_of_one_photograph_are_refused(study: Path, tmp_path: Path) -> None:
    faces = study.parent / "source_faces"
    shutil.copy(faces / f"{FIRST}_happy.png", faces / f"{SECOND}_distressed.png")
    for file in (study.parent / "landmarks").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="is the same photograph as") as caught:
        build_study(study, tmp_path / "pack")
    assert f"{FIRST}_happy.png" in str(caught.value)
    assert f"{SECOND}_distressed.png" in str(caught.value)


def test_a_missing_photograph_tells_what_there_is(study: Path) -> None:
    faces = study.parent / "source_faces"
    for file in faces.iterdir():
        file.rename(file.with_suffix(".jpg"))
    (faces / "README.md").touch()  # is no photograph
    with pytest.raises(InputError, match=rf"there are: {FIRST}_distressed\.jpg"):
        resolve_sources(read_recipe(study), study.parent)
    shutil.rmtree(faces)
    with pytest.raises(InputError, match="source_faces does not exist"):
        resolve_sources(read_recipe(study), study.parent)
    faces.mkdir()
    with pytest.raises(InputError, match="source_faces is empty"):
        resolve_sources(read_recipe(study), study.parent)


def test_files_that_were_not_given_are_told(study: Path, tmp_path: Path) -> None:
    recipe = read_recipe(study)
    files = resolve_sources(recipe, study.parent)
    del files[FIRST, "happy"], files[SECOND, "distressed"]
    with pytest.raises(InputError) as caught:
        build(recipe, files, tmp_path / "pack")
    assert str(caught.value).splitlines() == [
        f'no photograph was given for "happy" of "{FIRST}"',
        f'no photograph was given for "distressed" of "{SECOND}"',
    ]


def test_landmarks_of_another_photograph_are_refused(study: Path) -> None:
    landmarks = study.parent / "landmarks" / f"{FIRST}_happy.json"
    data = json.loads(landmarks.read_text("utf-8"))
    landmarks.write_text(json.dumps(data | {"image_sha256": "0" * 64}), "utf-8")
    recipe = read_recipe(study)
    files = resolve_sources(recipe, study.parent)
    with pytest.raises(InputError, match="another photograph or version"):
        read_sources(recipe, files, template=builtin_template("ibug_68"))


# Templates of the user's own


def own_template(folder: Path) -> Path:
    """Write a template of the user's own, with landmarks for every photograph."""
    data = find_template("ibug_68").to_dict() | {"name": "laboratory"}
    (folder / "templates").mkdir()
    path = folder / "templates" / "geheim.json"
    path.write_text(json.dumps(data), "utf-8")
    for file in (folder / "landmarks").iterdir():
        points = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps(points | {"template": "laboratory"}), "utf-8")
    return path


def test_a_template_of_ones_own_goes_into_the_pack(whole: Path, tmp_path: Path) -> None:
    recipe = write_study(
        tmp_path / "study", sources={"template": "templates/geheim.json"}
    )
    own = own_template(tmp_path / "study")
    build_study(recipe, tmp_path / "pack")
    back = read_pack(tmp_path / "pack")
    assert "geheim" not in back.recipe_toml
    written = read_recipe(tmp_path / "pack" / "recipe.toml")
    assert resolve_template(written, tmp_path / "pack") == find_template(own)
    assert verify_pack(tmp_path / "pack") == ()
    assert [r.pixel_sha256 for r in back.stimuli] == [
        r.pixel_sha256 for r in read_pack(whole).stimuli
    ]


def test_landmarks_of_another_template_are_refused(tmp_path: Path) -> None:
    recipe = write_study(tmp_path, sources={"template": "templates/geheim.json"})
    own_template(tmp_path)
    data = json.loads((tmp_path / "landmarks" / f"{FIRST}_happy.json").read_text())
    (tmp_path / "landmarks" / f"{FIRST}_happy.json").write_text(
        json.dumps(data | {"template": "ibug_68"})
    )
    with pytest.raises(InputError, match=f"{FIRST}_happy.json") as caught:
        build_study(recipe, tmp_path / "pack")
    assert "ibug_68" in str(caught.value)
    assert "laboratory" in str(caught.value)


def test_photographs_that_the_detector_cannot_place_are_named(tmp_path: Path) -> None:
    recipe = write_study(tmp_path, sources={"template": "templates/geheim.json"})
    own_template(tmp_path)
    (tmp_path / "landmarks" / f"{FIRST}_happy.json").unlink()
    said = (
        rf"for {FIRST}_happy\.png, and the detector \"mesh\" cannot place "
        r'"laboratory"; mesh_478 converts to .*; give every photograph a landmark file'
    )
    with pytest.raises(InputError, match=said):
        build_study(recipe, tmp_path / "pack")


def test_an_unknown_template_is_refused(tmp_path: Path) -> None:
    for name, message in (
        ("ibug_86", 'did you mean "ibug_68"'),
        ("no.json", "there is no such file"),
    ):
        recipe = make_recipe(recipe_data(sources={"template": name}))
        with pytest.raises(InputError, match=message):
            resolve_template(recipe, tmp_path)


# What a recipe alone can be refused for


def test_consent_is_enforced_for_the_identities_that_are_used() -> None:
    people = {FIRST: PERSON | {"may_morph": False}, SECOND: {"sex": "female"}}
    with pytest.raises(InputError) as caught:
        check_recipe(make_recipe(recipe_data(identities=people)))
    told = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in told] == [
        f"identities.{FIRST}",
        f"identities.{SECOND}",
    ]
    people[SECOND] = PERSON
    continua = [{"identities": [SECOND], "from": "a", "to": "b", "steps": 2}]
    check_recipe(make_recipe(recipe_data(identities=people, continua=continua)))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"identities": {"nan": PERSON}}, r"continua\[0\]: .*nan"),
        (
            {"continua": [{"from": "none", "to": "happy", "steps": 2}]},
            r"continua\[0\]: .*none",
        ),
        (
            {
                "identities": {"a" * 24: PERSON},
                "continua": [{"from": "b" * 12, "to": "c" * 8, "steps": 2}],
            },
            "has 50 characters; at most 48",
        ),
        (
            {
                "identities": {"a": PERSON, "a_b": PERSON},
                "continua": [
                    {"identities": ["a"], "from": "b_c", "to": "d", "steps": 2},
                    {"identities": ["a_b"], "from": "c", "to": "d", "steps": 2},
                ],
            },
            r'continua\[1\]: the continua of "a" and "a_b" would both be called',
        ),
        ({"sources": {"detector": "mash"}}, r'sources.detector: .* "mesh"\?'),
    ],
)
def test_recipes_that_no_sources_could_make_good_are_refused(
    parts: dict[str, Any], message: str, tmp_path: Path
) -> None:
    recipe = make_recipe(recipe_data(**parts))
    with pytest.raises(InputError, match=message):
        check_recipe(recipe)
    with pytest.raises(InputError, match=message):
        resolve_sources(recipe, tmp_path)  # before any file is looked for


def test_photographs_of_several_sizes_need_an_alignment(tmp_path: Path) -> None:
    recipe = write_study(tmp_path, align={"method": "none"})
    for identity in IDENTITIES:
        file = tmp_path / "source_faces" / f"{identity}_happy.png"
        Pillow.open(file).crop((0, 0, 600, 640)).save(file)
        (tmp_path / "landmarks" / f"{identity}_happy.json").unlink()
    with pytest.raises(InputError) as caught:
        build_study(recipe, tmp_path / "pack")
    told = str(caught.value).splitlines()
    assert len(told) == len(IDENTITIES)
    for line, identity in zip(told, IDENTITIES, strict=True):
        assert line.startswith(f"{identity}: the photographs differ in size")


# The working folder


class Stop(Progress):
    """Progress that stops the build at one image."""

    def __new__(cls, name: str, error: BaseException) -> Progress:  # type: ignore[misc]
        def advance(text: str) -> None:
            if text == name:
                raise error

        return Progress(advance=advance)


LAST = STIMULI[-1]


@pytest.mark.parametrize(
    ("at", "how"),
    [
        (STIMULI[1], {"jobs": 2}),
        (STIMULI[1], {"jobs": 2, "processes": True}),
        (LAST, {"jobs": 1}),
        ("contact sheet", {"jobs": 1}),
        ("report", {"jobs": 2}),
    ],
)
def test_an_interrupted_build_goes_on_and_ends_in_the_same_bytes(
    at: str, how: dict[str, Any], study: Path, whole: Path, tmp_path: Path
) -> None:
    output = tmp_path / "pack"
    with pytest.raises(KeyboardInterrupt):
        build_study(study, output, **how, progress=Stop(at, KeyboardInterrupt()))
    assert not output.exists()
    assert not partials_of(output)
    build_study(study, output, **how)
    assert sums(output) == sums(whole)
    assert not partials_of(output)


def test_frames_are_drawn_once_and_not_read_back(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measuring and viewing take what was in hand when an image was written."""
    drawn: list[str] = []

    def counted(name: str) -> None:
        real = getattr(scene, name)

        def call(*arguments: Any, **options: Any) -> Any:
            drawn.append(name)
            return real(*arguments, **options)

        monkeypatch.setattr(scene, name, call)

    counted("render_with_samples")
    counted("render_unrounded")
    counted("render_mixed")
    pack = build_study(study, tmp_path / "pack")
    assert drawn.count("render_with_samples") == len(pack.stimuli)
    assert drawn.count("render_mixed") == 0
    n_probes = sum(
        len({level for probe in probes_between(levels) for level in probe} - {*levels})
        for row in pack.continua
        for levels in [[s.level for s in pack.stimuli_of(row.continuum_id)]]
    )
    # Between the steps, and both ends halfway between them.
    assert drawn.count("render_unrounded") == n_probes + 2 * len(pack.continua)

    def refused(row: Any, folder: Path) -> None:
        raise AssertionError(f"{row.file} is read again")

    monkeypatch.setattr(kept_images, "image_of", refused)
    again = build_study(study, tmp_path / "again")
    assert again.stimuli == pack.stimuli


def count_renderings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by a name for every continuum that is rendered."""
    made: list[str] = []
    real = make_continuum.Measuring

    def counting(*arguments: Any) -> Any:
        made.append(threading.current_thread().name)
        return real(*arguments)

    monkeypatch.setattr(make_continuum, "Measuring", counting)
    return made


def test_finished_continua_are_kept(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        build_study(study, tmp_path / "p", progress=Stop(LAST, KeyboardInterrupt()))
    made = count_renderings(monkeypatch)
    build_study(study, tmp_path / "p")
    assert len(made) == 1


@pytest.mark.parametrize("what", ["image", "mesh", "note", "folder in the making"])
def test_a_damaged_continuum_is_made_again(
    what: str,
    study: Path,
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "pack"
    with pytest.raises(KeyboardInterrupt):
        build_study(study, output, progress=Stop("report", KeyboardInterrupt()))
    name = f"{FIRST}_{LABELS[0]}_{LABELS[1]}"
    damaged = {
        "image": whole / "materials" / "stimuli" / FIRST / f"{STIMULI[0]}.png",
        "mesh": whole / "data" / "correspondence" / f"{name}.npz",
    }
    store, left = store_of(output), output.with_name(".pack.0123456789ab.partial")
    if what == "note":
        (note,) = [
            file
            for file in (store / "notes").iterdir()
            if f'"continuum_id": "{name}"' in file.read_text()
        ]
        note.write_text(note.read_text().replace("0.", "1.", 1))
    elif what in damaged:
        file = store / "files" / sha256_of(damaged[what])
        data = file.read_bytes()
        file.unlink()  # it may be the same file as one that is right
        file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    else:
        images = left / "new" / "materials" / "stimuli" / FIRST
        images.mkdir(parents=True)
        (images / ".morphkit-0123456789abcdef.tmp").write_bytes(b"half")
        (images / f"{STIMULI[0]}.png").write_bytes(b"damaged")
    made = count_renderings(monkeypatch)
    build_study(study, output)
    assert len(made) == (0 if what == "folder in the making" else 1)
    assert sums(output) == sums(whole)
    assert verify_pack(output) == ()
    assert not partials_of(output)


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), OutputError("x: full")],
)
@pytest.mark.parametrize("at", [STIMULI[2], LAST, "report"])
def test_what_was_finished_survives_a_full_disk(
    at: str,
    error: OSError,
    study: Path,
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "pack"
    with pytest.raises(OutputError, match=r"(No space left|x: full).*finished is kept"):
        build_study(study, output, progress=Stop(at, error))
    assert {path.name for path in tmp_path.iterdir()} == {"study", ".pack.store"}
    made = count_renderings(monkeypatch)
    build_study(study, output)
    assert len(made) == {STIMULI[2]: 2, LAST: 1, "report": 0}[at]
    assert sums(output) == sums(whole)


def test_other_failures_leave_no_folder_in_the_making(
    study: Path, tmp_path: Path
) -> None:
    with pytest.raises(ZeroDivisionError):
        build_study(study, tmp_path / "p", progress=Stop(LAST, ZeroDivisionError()))
    assert not partials_of(tmp_path / "p")


def test_the_first_failure_stops_the_others(study: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    failing = threading.Event()

    def advance(text: str) -> None:
        seen.append(text)
        if text == STIMULI[0]:
            failing.set()
            raise OSError(errno.EIO, "broken")
        if text == STIMULI[STEPS]:  # the other continuum waits for the failure
            failing.wait(10)

    with pytest.raises(OutputError, match="broken"):
        build_study(study, tmp_path / "p", jobs=2, progress=Progress(advance=advance))
    assert LAST not in seen


def test_an_output_that_exists_is_kept(study: Path, tmp_path: Path) -> None:
    output = tmp_path / "pack"
    output.write_text("x")
    with pytest.raises(OutputError, match="already exists; choose another"):
        build_study(study, output)
    output.unlink()
    output.mkdir()
    (output / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="already exists; choose another"):
        build_study(study, output)
    shutil.rmtree(output)
    output.symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputError, match="already exists"):
        build_study(study, output)


def test_overwriting_replaces_a_pack_and_nothing_else(
    study: Path, whole: Path, tmp_path: Path
) -> None:
    output = Path(shutil.copytree(whole, tmp_path / "pack"))
    (output / "recipe.toml").write_text("changed\n")
    (output / "materials" / ".DS_Store").write_bytes(b"where the icons are")
    build_study(study, output, overwrite=True)
    assert sums(output) == sums(whole)
    assert verify_pack(output) == ()
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"pack", ".pack.store", "study"}


def make_foreign(folder: Path, whole: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")


def make_file(folder: Path, whole: Path) -> None:
    folder.write_text("years of work")


def make_extended(folder: Path, whole: Path) -> None:
    shutil.copytree(whole, folder)
    (folder / "data" / "responses.csv").write_text("years of work")


def make_link(folder: Path, whole: Path) -> None:
    folder.symlink_to(whole)


def make_other_package(folder: Path, whole: Path) -> None:
    folder.mkdir()
    (folder / "datapackage.json").write_text('{"resources": []}')


@pytest.mark.parametrize(
    "make",
    [
        make_foreign,
        make_file,
        make_extended,
        make_link,
        make_other_package,
    ],
)
def test_overwriting_never_removes_what_is_no_pack(
    make: Callable[[Path, Path], None], study: Path, whole: Path, tmp_path: Path
) -> None:
    output = tmp_path / "mine"
    make(output, whole)
    before = files_below(tmp_path)
    with pytest.raises(OutputError, match="is not replaced"):
        build_study(study, output, overwrite=True)
    assert files_below(tmp_path) == before
    assert whole.is_dir()


def test_what_is_called_like_a_folder_in_the_making_is_kept(
    study: Path, tmp_path: Path
) -> None:
    work = tmp_path / ".pack.partial"
    work.mkdir()
    (work / "thesis.txt").write_text("years of work")
    (tmp_path / ".pack.012345678.partial").mkdir()
    (tmp_path / ".pack.0123456789ab.partial").write_text("a file")
    (tmp_path / ".other.0123456789ab.partial").mkdir()
    build_study(study, tmp_path / "pack")
    assert (work / "thesis.txt").is_file()
    assert len(partials_of(tmp_path / "pack")) == 3
    assert (tmp_path / ".other.0123456789ab.partial").is_dir()


def test_a_folder_in_the_place_of_the_store_is_kept(
    study: Path, tmp_path: Path
) -> None:
    store = store_of(tmp_path / "pack")
    store.mkdir()
    (store / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="in the way and is not a store"):
        build_study(study, tmp_path / "pack")
    assert (store / "thesis.txt").is_file()
    shutil.rmtree(store)
    store.write_text("a file")
    with pytest.raises(OutputError, match="in the way and is not a store"):
        build_study(study, tmp_path / "pack")
    assert store.read_text() == "a file"


def test_a_replacement_that_fails_puts_the_old_pack_back(
    study: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = Path(shutil.copytree(whole, tmp_path / "pack"))
    study.write_text(study.read_text().replace("steps = 4", "steps = 5"))
    real = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(errno.EACCES, "denied")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    # As on a system that cannot exchange two folders.
    monkeypatch.setattr(folders, "exchange", lambda one, other: False)
    with pytest.raises(OutputError, match="denied"):
        build_study(study, output)
    monkeypatch.undo()
    assert sums(output) == sums(whole)
    assert verify_pack(output) == ()
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"pack", ".pack.store", "study"}


def test_the_output_appears_only_when_everything_is_done(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, seen = tmp_path / "pack", []

    def advance(text: str) -> None:
        assert not output.exists(), text
        seen.append(text)

    real = Path.replace

    def watching(self: Path, target: Path) -> Path:
        if Path(target) == output:
            assert verify_pack(self) == ()
            seen.append("moved")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", watching)
    build_study(study, output, progress=Progress(advance=advance))
    assert seen[-2:] == ["manifest", "moved"]
    assert [name for name in seen if name in STIMULI] == STIMULI


@pytest.mark.parametrize("below", ["file/pack", "file/deep/er/pack"])
def test_an_output_below_a_file_is_refused_before_any_work(
    below: str, study: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    progress = Progress(stage=lambda text, total: pytest.fail(f"began {text}"))
    with pytest.raises(OutputError, match="file is a file, not a folder"):
        build_study(study, tmp_path / below, progress=progress)


@pytest.mark.parametrize("below", ["new", "materials/stimuli/deep/er"])
def test_an_output_inside_a_pack_is_refused_before_any_work(
    below: str, study: Path, whole: Path
) -> None:
    progress = Progress(stage=lambda text, total: pytest.fail(f"began {text}"))
    with pytest.raises(OutputError, match="lies inside the pack"):
        build_study(study, whole / below, progress=progress)
    assert verify_pack(whole) == ()


def test_an_output_name_that_is_too_long_is_refused(
    study: Path, tmp_path: Path
) -> None:
    for name in ("x" * 250, "x" * 300):  # the second cannot even be looked at
        with pytest.raises(OutputError, match="cannot be written"):
            build_study(study, tmp_path / name)


def test_progress_counts_every_unit_once(study: Path, tmp_path: Path) -> None:
    stages: list[tuple[str, int]] = []
    counts: list[int] = []

    def stage(text: str, total: int) -> None:
        stages.append((text, total))
        counts.append(0)

    def advance(text: str) -> None:
        counts[-1] += 1

    build_study(study, tmp_path / "pack", progress=Progress(stage, advance))
    assert stages == [
        ("reading photographs", 4),
        ("matching faces", 2),
        ("rendering", len(STIMULI)),
        ("writing the pack", 3),
    ]
    assert counts == [total for _, total in stages]


# Plans


def test_identities_keep_their_frames_without_alignment(tmp_path: Path) -> None:
    recipe = write_study(tmp_path, align={"method": "none"})
    for label in LABELS:
        file = tmp_path / "source_faces" / f"{SECOND}_{label}.png"
        Pillow.open(file).crop((20, 20, 600, 620)).save(file)
        (tmp_path / "landmarks" / f"{SECOND}_{label}.json").unlink()
    read = read_recipe(recipe)
    files = resolve_sources(read, tmp_path)
    faces = read_sources(read, files, template=builtin_template("ibug_68"))
    plans = plan_continua(read, faces)
    assert [plan.matched.correspondence.size for plan in plans] == [
        (640, 640),
        (580, 600),
    ]


def test_one_photograph_twice_is_no_continuum(study: Path) -> None:
    recipe = read_recipe(study)
    files = resolve_sources(recipe, study.parent)
    faces = read_sources(recipe, files, template=builtin_template("ibug_68"))
    twice = {
        **faces,
        (FIRST, "happy"): replace(faces[FIRST, "happy"], sha256="a"),
        (FIRST, "distressed"): replace(faces[FIRST, "distressed"], sha256="a"),
    }
    with pytest.raises(InputError, match="is the same photograph as"):
        plan_continua(recipe, twice)


def test_the_hash_of_a_source_is_that_of_its_file(study: Path) -> None:
    recipe = read_recipe(study)
    files = resolve_sources(recipe, study.parent)
    faces = read_sources(recipe, files, template=builtin_template("ibug_68"))
    for key, source in faces.items():
        assert source.sha256 == sha256_of(files[key].photo)


def test_the_software_that_matters_is_recorded() -> None:
    found = software_versions()
    import cv2
    import PIL

    assert found["numpy"] == np.__version__
    assert found["pillow"] == PIL.__version__
    assert found["opencv"].startswith(cv2.__version__)
    assert found["platform"].split()[0] in ("linux", "darwin", "windows")
