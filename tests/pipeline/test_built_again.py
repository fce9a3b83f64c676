"""A build makes what has changed and nothing else, and the bytes of a clean build."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tomli_w
from PIL import Image as Pillow
from small_study import (
    FACES,
    FIRST,
    LABELS,
    LANDMARKS,
    PERSON,
    SECOND,
    build_study,
    recipe_data,
    run,
    sums,
    write_study,
)

import morphkit as mk
from morphkit._core.progress import Progress
from morphkit.errors import OutputError
from morphkit.pack import maker
from morphkit.pipeline import keys, source_faces
from morphkit.pipeline.software import software_versions

#: Packs are built, or a server is started, for nearly every test.
pytestmark = pytest.mark.slow

STEPS = 3
TINY = {
    "align": {"method": "two_point", "width": 48, "height": 48},
    "checks": {"measures": ["mean_difference_frame256"]},
    "continua": [{"from": LABELS[0], "to": LABELS[1], "steps": STEPS}],
}


@pytest.fixture(autouse=True)
def fresh_software() -> Iterator[None]:
    keys.software_key.cache_clear()
    yield
    keys.software_key.cache_clear()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study, its pack and its store."""
    folder = tmp_path_factory.mktemp("built")
    build_study(write_study(folder / "study", **TINY), folder / "pack")
    return folder


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


def build(place: Path, **options: object) -> tuple[list[str], int]:
    """Build; return the stages that began, and the number of images rendered."""
    stages: list[tuple[str, int]] = []
    build_study(
        place / "study" / "study.toml",
        place / "pack",
        progress=Progress(lambda text, total: stages.append((text, total))),
        **options,
    )
    return [text for text, _ in stages], dict(stages).get("rendering", 0)


def check_bytes(place: Path) -> None:
    """Compare the pack with a clean build, and look what is left."""
    build_study(place / "study" / "study.toml", place / "clean")
    assert sums(place / "pack") == sums(place / "clean")
    assert mk.verify_pack(place / "pack") == ()
    assert {path.name for path in place.iterdir()} == {
        *("study", "pack", ".pack.store", "clean", ".clean.store")
    }
    check_store(place)


def check_store(place: Path) -> None:
    """Look that the store holds no picture, and nothing that the pack is not of."""
    for file in (place / ".pack.store" / "files").iterdir():
        assert file.read_bytes()[:4] == b"PK\x03\x04", file  # arrays of a mesh
    built = json.loads(
        (place / ".pack.store/notes/built.json").read_bytes().partition(b"\n")[2]
    )
    notes = {file.stem for file in (place / ".pack.store" / "notes").iterdir()}
    assert notes == {"built", *built["data"]["keys"]}


def set_recipe(place: Path, **parts: object) -> None:
    text = tomli_w.dumps(recipe_data(**TINY | parts))
    (place / "study" / "study.toml").write_text(text, "utf-8")


def test_nothing_is_done_where_nothing_has_changed(place: Path) -> None:
    before = {file: file.stat().st_ino for file in (place / "pack").rglob("*")}
    assert build(place) == (["up to date"], 0)
    assert {f: f.stat().st_ino for f in (place / "pack").rglob("*")} == before
    again = run("build", place / "study/study.toml", "--output", place / "pack")
    assert again.exit_code == 0
    assert again.stderr.splitlines()[0] == "up to date"
    assert again.stdout.splitlines()[-2].endswith(
        f"pack: {2 * STEPS} images in 2 continua"
    )
    check_store(place)


def move_landmark(place: Path) -> None:
    file = place / "study" / "landmarks" / f"{FIRST}_happy.json"
    data = json.loads(file.read_text("utf-8"))
    data["points"][30][0] += 0.5
    file.write_text(json.dumps(data), "utf-8")


def move_eye(place: Path) -> None:
    file = place / "study" / "landmarks" / f"{FIRST}_happy.json"
    data = json.loads(file.read_text("utf-8"))
    data["points"][36][0] += 0.5
    file.write_text(json.dumps(data), "utf-8")


def change_photo(place: Path) -> None:
    photo = place / "study" / "source_faces" / f"{FIRST}_happy.png"
    image = mk.read_photo(photo).image.copy()
    image[300:310, 300:310] //= 2
    mk.write_png(photo, image, overwrite=True)
    forget_photo(place)


def forget_photo(place: Path) -> None:
    """Let landmarks be of any photograph."""
    marks = place / "study" / "landmarks" / f"{FIRST}_happy.json"
    data = json.loads(marks.read_text("utf-8"))
    data.pop("image_sha256", None)
    data.get("image", {}).pop("sha256", None) if isinstance(
        data.get("image"), dict
    ) else 0
    marks.write_text(json.dumps(data), "utf-8")


def add_identity(place: Path) -> None:
    people = dict.fromkeys((FIRST, SECOND, "oona"), PERSON)
    set_recipe(place, identities=people)
    for label in LABELS:
        shutil.copy(FACES / f"oona_{label}.png", place / "study" / "source_faces")
        shutil.copy(LANDMARKS / f"oona_{label}.json", place / "study" / "landmarks")


def change_title(place: Path) -> None:
    set_recipe(place, pack={"name": "small_study", "title": "Another"})


def change_consent(place: Path) -> None:
    set_recipe(
        place, identities={FIRST: PERSON | {"age_months": 9}, SECOND: dict(PERSON)}
    )


def change_frame(place: Path) -> None:
    set_recipe(place, frame={"grey": True})


def change_background(place: Path) -> None:
    set_recipe(place, morph={"mask": "oval"}, frame={"background": "mean"})


def change_limits(place: Path) -> None:
    limits = {"ghosting": {"note": 0.0, "warning": 0.001, "error": 0.002}}
    set_recipe(place, checks=TINY["checks"] | {"limits": limits})


def change_warp(place: Path) -> None:
    set_recipe(place, morph={"warp": "piecewise_affine"})


@pytest.mark.parametrize(
    ("change", "n_images"),
    [
        (move_landmark, STEPS),
        (change_photo, STEPS),
        (move_eye, 2 * STEPS),  # the eyes of all faces decide the common frame
        (add_identity, 3 * STEPS),
        (change_title, 0),
        (change_consent, 0),
        (change_frame, 2 * STEPS),
        (change_background, 2 * STEPS),
        (change_warp, 2 * STEPS),
        (change_limits, 2 * STEPS),
    ],
)
def test_a_change_costs_what_depends_on_it(
    change: Callable[[Path], None], n_images: int, place: Path
) -> None:
    change(place)
    assert build(place)[1] == n_images
    check_bytes(place)


def test_what_is_seen_behind_a_transparent_photograph_counts(place: Path) -> None:
    photo = place / "study" / "source_faces" / f"{FIRST}_happy.png"
    image = Pillow.open(photo).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 640, 120))
    image.save(photo)
    forget_photo(place)
    set_recipe(place, frame={"background": "#ffffff"})
    build(place)
    set_recipe(place, frame={"background": "#201008"})
    build(place)
    check_bytes(place)


def test_a_set_without_a_common_frame_grows_by_what_is_new(place: Path) -> None:
    for photo in (place / "study" / "source_faces").glob("*.png"):
        shutil.copy(FACES / photo.name, photo)
    alone: dict[str, object] = {
        "align": {"method": "none"},
        "morph": {"refine": "none"},
    }
    set_recipe(place, **alone)
    assert build(place)[1] == 2 * STEPS
    add_identity(place)
    set_recipe(
        place,
        **alone,
        identities=dict.fromkeys((FIRST, SECOND, "oona"), PERSON),
    )
    assert build(place)[1] == STEPS
    check_bytes(place)
    set_recipe(place, **alone, identities={FIRST: PERSON})
    assert build(place)[1] == 0
    check_store(place)
    notes = [*(place / ".pack.store" / "notes").iterdir()]
    assert len(notes) == 3  # the pack, a mesh and its images


def test_what_depends_on_the_whole_set_is_made_again_with_it(place: Path) -> None:
    whole = {"morph": {"mask": "oval"}, "match": {"method": "luminance"}}
    set_recipe(place, **whole)
    build(place)
    stages, n_images = build(place)
    assert (stages, n_images) == (["up to date"], 0)
    set_recipe(place, **whole, pack={"name": "small_study", "title": "T"})
    assert build(place) == (
        ["reading photographs", "matching faces", "writing the pack"],
        0,
    )
    move_landmark(place)
    stages, n_images = build(place)
    assert "measuring the whole set" in stages
    assert n_images == 2 * STEPS  # the statistics have changed for all
    check_bytes(place)


def test_a_changed_mind_costs_nothing_that_was_kept(place: Path) -> None:
    """A build that was stopped keeps what the earlier pack needs, too."""
    text = (place / "study" / "study.toml").read_text("utf-8")
    change_frame(place)

    def stop(name: str) -> None:
        if name.startswith(SECOND) and "_s" in name:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_study(
            place / "study" / "study.toml",
            place / "pack",
            progress=Progress(advance=stop),
        )
    images = [*(place / ".pack.store" / "files").iterdir()]
    assert any(file.read_bytes()[1:4] == b"PNG" for file in images)
    (place / "study" / "study.toml").write_text(text, "utf-8")
    assert build(place) == (["up to date"], 0)
    check_store(place)  # no picture of the other build is left


@pytest.mark.parametrize("what", ["library", "code", "plug-in"])
def test_other_software_makes_everything_again(
    what: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, value = {
        "library": ("software_versions", software_versions() | {"scipy": "0"}),
        "code": ("code_sha256", "0"),
        "plug-in": ("plug_in_code", {"morphkit-lab 1 morphkit_lab": "0"}),
    }[what]
    monkeypatch.setattr(keys, name, lambda: value)
    keys.software_key.cache_clear()
    assert build(place)[1] == 2 * STEPS


def test_a_commit_that_changes_no_code_changes_the_documents_alone(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = maker.Maker("0.2.0", "fedcba987654", 1, 1)
    monkeypatch.setattr(keys, "present_maker", lambda: other)
    stages, n_images = build(place)
    assert n_images == 0
    assert "writing the pack" in stages


def test_a_pack_in_which_a_file_was_changed_is_not_up_to_date(place: Path) -> None:
    (place / "pack" / "README.md").write_text("notes of mine")
    with pytest.raises(OutputError, match="add --overwrite"):
        build(place)
    assert (place / "pack" / "README.md").read_text() == "notes of mine"
    assert build(place, overwrite=True)[1] == 0
    assert mk.verify_pack(place / "pack") == ()


def test_the_pack_of_another_study_is_kept(place: Path) -> None:
    before = sums(place / "pack")
    set_recipe(place, pack={"name": "other_study"})
    with pytest.raises(OutputError, match="add --overwrite"):
        build(place)
    for label in LABELS:  # the same name, and no photograph in common
        for folder, kind in (("source_faces", "png"), ("landmarks", "json")):
            source = {"png": FACES, "json": LANDMARKS}[kind]
            shutil.copy(source / f"oona_{label}.{kind}", place / "study" / folder)
    set_recipe(place, identities={"oona": PERSON})
    with pytest.raises(OutputError, match="add --overwrite"):
        build(place)
    set_recipe(
        place,
        calibration={
            "scale": "scale.json",
            "kind": "human",
            "departure": 0.1,
            "predicted": 0.01,
        },
    )
    with pytest.raises(OutputError, match="add --overwrite"):
        build(place)  # the parent of a respaced recipe
    assert sums(place / "pack") == before


def test_without_the_store_the_pack_is_made_again(place: Path) -> None:
    before = sums(place / "pack")
    cleaned = mk.clean_folder(place)
    assert [path.name for path in cleaned.removed] == [".pack.store"]
    assert build(place)[1] == 2 * STEPS
    assert sums(place / "pack") == before


def test_landmarks_are_detected_once(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(place / "study" / "landmarks")
    (place / "study" / "landmarks").mkdir()
    seen: list[str] = []
    real = source_faces.detect

    def counting(*arguments: object, **named: object) -> object:
        seen.append(str(named["where"]))
        return real(*arguments, **named)

    monkeypatch.setattr(source_faces, "detect", counting)
    build(place)
    assert len(seen) == 4
    set_recipe(place, pack={"name": "small_study", "title": "T"})
    assert build(place)[1] == 0
    assert len(seen) == 4
    check_store(place)


def test_a_morph_of_other_photographs_is_another_pack(tmp_path: Path) -> None:
    def morph(second: str, **options: object) -> mk.Pack:
        files = [
            mk.SourceFiles(
                FACES / f"maja_{label}.png", LANDMARKS / f"maja_{label}.json"
            )
            for label in ("happy", second)
        ]
        where = tmp_path / "pack"
        return mk.morph_photos(*files, where, n_steps=2, size=(48, 48), **options)

    morph("neutral")
    before = sums(tmp_path / "pack")
    morph("neutral")  # up to date
    assert sums(tmp_path / "pack") == before
    with pytest.raises(OutputError, match="add --overwrite"):
        morph("distressed")
    assert sums(tmp_path / "pack") == before
    morph("distressed", overwrite=True)
    assert sums(tmp_path / "pack") != before


def test_a_demo_replaces_only_a_demo(place: Path) -> None:
    before = sums(place / "pack")
    result = run("demo", "--output", place / "pack")
    assert result.exit_code == 3
    assert "is not a morphkit demo, so it is not replaced" in result.stderr
    assert sums(place / "pack") == before
