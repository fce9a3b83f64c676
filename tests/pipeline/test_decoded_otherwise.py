"""A photograph whose file is the same and whose decoded pixels are not.

The other decoder is a real one: Pillow asked for the colours that a JPEG stores, which
it then converts itself instead of libjpeg, one unit apart in a third of the pixels.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from small_study import FIRST, SECOND, STIMULI, build_study, run, write_study

from morphkit.faces.images import decoder_of, pixel_sha256, read, read_image, write_png
from morphkit.pack import read_pack
from morphkit.pack.public import public_pack
from morphkit.pipeline.find_photographs import _Below
from morphkit.pipeline.reproduce import reproduce_pack

#: Packs are built, or photographs read, for nearly every test.
pytestmark = pytest.mark.slow

OF_FIRST = {name for name in STIMULI if name.startswith(FIRST)}
JPEG = f"{FIRST}_happy.jpg"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study with its pack; one photograph is a JPEG."""
    root = tmp_path_factory.mktemp("study")
    recipe = write_study(root, morph={"refine": "none"})
    data = recipe.read_text("utf-8")
    data = data.replace(f"[identities.{FIRST}]", f"[identities.{FIRST}]\nfiles = FILES")
    files = f'{{ happy = "{JPEG}" }}'
    recipe.write_text(data.replace("FILES", files), "utf-8")
    stored = root / "source_faces" / f"{FIRST}_happy.png"
    Pillow.open(stored).save(stored.with_suffix(".jpg"), quality=92)
    stored.unlink()
    marks = root / "landmarks" / f"{FIRST}_happy.json"
    placed = json.loads(marks.read_text("utf-8"))
    del placed["image_sha256"]
    marks.write_text(json.dumps(placed | {"image": JPEG}), "utf-8")
    build_study(recipe, root / "pack")
    return root


@pytest.fixture
def photos(study: Path, tmp_path: Path) -> Path:
    """Return photographs that a test may change."""
    return Path(shutil.copytree(study / "source_faces", tmp_path / "photos"))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decode JPEG as another program does."""
    opened = read._open

    def open_it(data: bytes, kind: str) -> Pillow.Image:
        image = opened(data, kind)
        if kind == "JPEG":
            image.draft("YCbCr", image.size)
        return image

    monkeypatch.setattr(read, "_open", open_it)


def test_a_pack_records_what_its_photographs_decoded_to(study: Path) -> None:
    pack = read_pack(study / "pack")
    jpeg = study / "source_faces" / JPEG
    known = {photo.pixel_sha256: photo for photo in pack.photographs}
    assert len(known) == 4
    assert known[pixel_sha256(read_image(jpeg))].decoder == decoder_of("JPEG")
    assert sorted(pack.photographs) == list(pack.photographs)
    ends = {end.sha256 for row in pack.continua for end in row.ends}
    assert {photo.sha256 for photo in pack.photographs} == ends
    assert public_pack(pack).photographs == pack.without([FIRST]).photographs == ()


@pytest.mark.usefixtures("elsewhere")
def test_other_pixels_of_the_same_file_are_told_as_such(
    study: Path, photos: Path
) -> None:
    result = reproduce_pack(study / "pack", [photos])
    assert result.holds is None
    (told,) = result.decoded_otherwise
    assert (told.photo, told.recorded) == (str(photos / JPEG), decoder_of("JPEG"))
    assert result.changed_sources == ()
    assert set(result.different) == set(result.undecided) != set()
    assert set(result.undecided) <= OF_FIRST
    assert result.repeatable == (f"{SECOND}_happy_distressed",)
    assert set(result.moved.values()) == {0.0}

    shown = run("reproduce", study / "pack", "--sources", photos)
    assert shown.exit_code == 3
    line, *_, undecided, _ = shown.stdout.splitlines()
    assert line == (
        f"error: {photos / JPEG}: the file is that of the pack, but its decoded pixels "
        f"differ (decoder here: {told.here}; of the pack: {told.recorded})"
    )
    assert undecided.startswith(f"undecided: {len(result.undecided)} images that")
    assert "a PNG holds every pixel" in shown.stderr
    as_json = run("reproduce", study / "pack", "--sources", photos, "--json")
    said = json.loads(as_json.stdout)["decoded_otherwise"]
    assert said == [{"photo": told.photo, "recorded": told.recorded, "here": told.here}]


@pytest.mark.usefixtures("elsewhere")
def test_what_other_photographs_give_still_counts(study: Path, photos: Path) -> None:
    photo = photos / f"{SECOND}_happy.png"
    image = read_image(photo).copy()
    image[320, 320] ^= 128
    write_png(photo, image, overwrite=True)
    result = reproduce_pack(study / "pack", [photos])
    assert len(result.decoded_otherwise) == 1
    assert result.changed_sources == (str(photo),)
    assert set(result.different) - set(result.undecided) != set()
    assert result.holds is False


@pytest.mark.parametrize("keep", [True, False])
def test_a_copy_that_holds_the_pixels_stands_in(
    study: Path, photos: Path, keep: bool, request: pytest.FixtureRequest
) -> None:
    write_png(photos / "copy.png", read_image(photos / JPEG))
    if not keep:
        (photos / JPEG).unlink()
    request.getfixturevalue("elsewhere")
    result = reproduce_pack(study / "pack", [photos])
    assert result.holds is True
    assert result.copies == (str(photos / "copy.png"),)
    assert result.decoded_otherwise == result.different == result.undecided == ()


@pytest.mark.usefixtures("elsewhere")
def test_a_pack_that_records_no_pixels_is_compared_as_before(
    study: Path, photos: Path, tmp_path: Path
) -> None:
    pack = Path(shutil.copytree(study / "pack", tmp_path / "pack"))
    file = pack / "datapackage.json"
    manifest: dict[str, Any] = json.loads(file.read_text("utf-8"))
    del manifest["morphkit"]["photographs"]
    file.write_text(json.dumps(manifest), "utf-8")
    result = reproduce_pack(pack, [photos], unverified=True)
    assert result.holds is False
    assert set(result.different) <= OF_FIRST
    assert result.decoded_otherwise == result.undecided == ()


def test_another_library_for_jpeg_gives_other_pixels(
    study: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The one in dlib's own build, where it is not the one of Pillow."""
    dlib = pytest.importorskip("dlib")
    jpeg = study / "source_faces" / JPEG
    pixels = pixel_sha256(read_image(jpeg))
    (was,) = (
        photo
        for photo in read_pack(study / "pack").photographs
        if photo.pixel_sha256 == pixels
    )
    below = _Below([study / "source_faces"], "#ffffff")
    assert below.by_hash[was.sha256] == jpeg
    assert below.decoded_otherwise(jpeg, was) is None

    def decode(source: object, kind: str, data: bytes, profile: bytes) -> Any:
        file = tmp_path / "photo.jpg"
        file.write_bytes(data)
        return dlib.load_rgb_image(str(file)), None, 1

    monkeypatch.setattr(read, "_decode_8", decode)
    if pixel_sha256(read_image(jpeg)) == pixels:
        pytest.skip("this dlib was built with the decoder of Pillow")
    assert below.decoded_otherwise(jpeg, was) is not None
