"""Photographs and landmark files as labs have them, from recipe or command to pack."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
import small_study as small
from PIL import Image
from repository import LANDMARKS, SOURCE_FACES

from morphkit.errors import InputError, SeveralInputsError
from morphkit.faces.formats import (
    read_collection,
    read_landmarks,
    write_collection,
    write_landmarks,
)
from morphkit.faces.images import (
    apply_orientation,
    read_image,
    read_photo,
    turn_points,
)
from morphkit.faces.stored_frame import check_frame
from morphkit.pipeline.delineate.detect import delineate_photos
from morphkit.pipeline.delineate.read import check_landmark_files
from morphkit.pipeline.make_pack import morph_photos
from morphkit.pipeline.source_faces import SourceFiles
from morphkit.pipeline.sources import resolve_sources
from morphkit.recipe import read_recipe

#: Packs are built, or photographs read, for nearly every test.
pytestmark = pytest.mark.slow

ENDS = ("maja_happy", "maja_distressed")
QUICK = {"morph": {"refine": "none"}}
SIZE = (96, 96)


def face(name: str) -> tuple[np.ndarray, object]:
    return (
        read_image(SOURCE_FACES / f"{name}.png"),
        read_landmarks(LANDMARKS / f"{name}.json"),
    )


def pair(folder: Path, change=lambda image: image) -> list[SourceFiles]:
    """Write both ends, changed, with their landmarks; return the files."""
    files = []
    for name in ENDS:
        image, landmarks = face(name)
        Image.fromarray(change(image)).save(folder / f"{name}.png")
        write_landmarks(folder / f"{name}.pts", landmarks)
        files.append(SourceFiles(folder / f"{name}.png", folder / f"{name}.pts"))
    return files


def morphed(folder: Path, files: list[SourceFiles], **settings):
    pack = morph_photos(
        *files,
        folder / "pack",
        n_steps=3,
        size=SIZE,
        align="two_point",
        settings=QUICK | settings,
    )
    return pack, [read_image(folder / "pack" / row.file) for row in pack.stimuli]


# --- transparent cut-outs


def cut_out(image: np.ndarray) -> np.ndarray:
    """Return an oval of a photograph; pure green lies hidden around it."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    inside = ((x - 320) / 190) ** 2 + ((y - 330) / 250) ** 2
    alpha = np.clip((1.1 - inside) / 0.2, 0, 1)
    hidden = np.where(alpha[..., None] > 0, image, (0, 255, 0)).astype(np.uint8)
    return np.dstack([hidden, np.rint(255 * alpha).astype(np.uint8)])


@pytest.mark.parametrize("background", [None, "#204060"])
def test_a_cut_out_stands_on_the_background(tmp_path, background):
    frame = {"frame": {"background": background}} if background else {}
    pack, frames = morphed(tmp_path, pair(tmp_path, cut_out), **frame)
    colour = (0x20, 0x40, 0x60) if background else (128, 128, 128)
    for image in frames:
        assert (image[:3, :3] == colour).all()
        red, green, blue = image.astype(int).transpose(2, 0, 1)
        assert (green - np.maximum(red, blue)).max() < 40  # nothing of the green
    found = [f for f in pack.findings if f.code == "transparent-photo"]
    assert [f.severity for f in found] == ["note", "note"]
    assert all(0.4 < f.value < 0.8 for f in found)
    assert background or "#808080" in found[0].message


def test_a_cut_out_is_the_photograph_on_that_background(tmp_path):
    """Compositing before is compositing here, byte for byte."""
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    _, frames = morphed(tmp_path / "a", pair(tmp_path / "a", cut_out))
    files = pair(tmp_path / "b")
    for name in ENDS:
        whole = read_image(tmp_path / "a" / f"{name}.png", background="#808080")
        Image.fromarray(whole).save(tmp_path / "b" / f"{name}.png")
    _, others = morphed(tmp_path / "b", files)
    assert all((a == b).all() for a, b in zip(frames, others, strict=True))


def test_the_mean_of_the_faces_cannot_lie_behind(tmp_path):
    with pytest.raises(InputError, match=r"maja_happy\.png: .*transparent.*#808080"):
        morphed(tmp_path, pair(tmp_path, cut_out), frame={"background": "mean"})


def test_opaque_photographs_do_not_change(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()

    def opaque(image):
        return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])

    _, plain = morphed(tmp_path / "a", pair(tmp_path / "a"))
    pack, frames = morphed(tmp_path / "b", pair(tmp_path / "b", opaque))
    assert all((a == b).all() for a, b in zip(plain, frames, strict=True))
    assert "transparent-photo" not in {f.code for f in pack.findings}


# --- grey and colour


@pytest.mark.parametrize("kind", ["grey file", "equal channels", "sepia"])
def test_one_end_without_colour_is_an_error(tmp_path, kind):
    files = pair(tmp_path)
    grey = Image.open(files[1].photo).convert("L")
    toned = np.asarray(grey)[..., None] * np.array([1.0, 0.85, 0.65])
    path = files[1].photo
    if kind == "equal channels":
        path = path.with_suffix(".jpg")
        grey = grey.convert("RGB")
    if kind == "sepia":
        grey = Image.fromarray(np.rint(toned).astype(np.uint8))
    grey.save(path)
    files[1] = SourceFiles(path, files[1].landmarks)
    pack, _ = morphed(tmp_path, files)
    (found,) = (f for f in pack.findings if f.code == "grey-end")
    assert found.severity == "error"
    assert "less colour than another" in found.message
    assert small.run("check", tmp_path / "pack").exit_code == 4
    (tmp_path / "grey").mkdir()
    pack, _ = morphed(tmp_path / "grey", files, frame={"grey": True})
    assert not {"grey-end", "colour-cast"} & {f.code for f in pack.findings}


def test_another_white_balance_is_a_warning(tmp_path):
    files = pair(tmp_path)
    codes = np.asarray(Image.open(files[1].photo)) * np.array([1.06, 1.0, 0.92])
    warm = np.rint(codes).clip(0, 255).astype(np.uint8)
    Image.fromarray(warm).save(files[1].photo)
    pack, _ = morphed(tmp_path, files)
    (found,) = (f for f in pack.findings if f.code == "colour-cast")
    assert found.severity == "warning"
    assert "white balance" in found.message


@pytest.mark.parametrize("identity", ["maja", "oona", "yaro", "zola"])
def test_expressions_are_no_difference_in_colour(tmp_path, identity):
    files = [
        SourceFiles(
            SOURCE_FACES / f"{identity}_{label}.png",
            LANDMARKS / f"{identity}_{label}.json",
        )
        for label in small.LABELS
    ]
    pack, _ = morphed(tmp_path, files)
    assert not {"grey-end", "colour-cast"} & {f.code for f in pack.findings}


# --- names


def renamed(tmp_path: Path, change) -> Path:
    """Write a study and rename its photographs; return its recipe."""
    recipe = small.write_study(tmp_path)
    for file in (tmp_path / "source_faces").iterdir():
        file.rename(file.with_name(change(file.name)))
    return recipe


def test_photographs_are_found_by_names_in_capitals(tmp_path):
    recipe = renamed(tmp_path, str.upper)
    found = resolve_sources(read_recipe(recipe), tmp_path)
    for (identity, label), source in found.items():
        assert source.photo.name == f"{identity}_{label}.png".upper()
        assert source.landmarks is not None
        assert source.landmarks.name == f"{identity}_{label}.json"


def test_landmarks_of_other_case_are_used(tmp_path):
    recipe = small.write_study(tmp_path)
    for file in (tmp_path / "landmarks").iterdir():
        file.rename(file.with_name(file.name.upper()))
    found = resolve_sources(read_recipe(recipe), tmp_path)
    assert all(source.landmarks is not None for source in found.values())


def test_twins_by_case_are_one_error(tmp_path):
    recipe = small.write_study(tmp_path)
    photos = tmp_path / "source_faces"
    twin = photos / "MAJA_HAPPY.png"
    if twin.exists():
        pytest.skip("this system takes the two names as one")
    twin.write_bytes((photos / "maja_happy.png").read_bytes())
    with pytest.raises(InputError, match="differ by upper and lower case alone"):
        resolve_sources(read_recipe(recipe), tmp_path)


def test_many_twins_are_one_message(tmp_path):
    """Photographs that were copied twice, as .jpg and as .JPG."""
    people = [f"p{k:02}" for k in range(4)]
    identities = dict.fromkeys(people, small.PERSON)
    sources = {"pattern": "{identity}_{label}.jpg"}
    recipe = small.write_study(tmp_path, identities=identities, sources=sources)
    photos = tmp_path / "source_faces"
    for name in people:
        for label in small.LABELS:
            for suffix in (".jpg", ".JPG"):
                (photos / f"{name}_{label}{suffix}").write_bytes(b"")
    if len([*photos.glob("p0*")]) < 16:
        pytest.skip("this system takes the two names as one")
    with pytest.raises(SeveralInputsError) as caught:
        resolve_sources(read_recipe(recipe), tmp_path)
    assert len(caught.value.errors) == 8
    first, more = str(caught.value).split("\n")
    assert "differ by upper and lower case alone" in first
    assert more.startswith("(and 7 more of this kind: ")


def test_umlauts_of_another_system(tmp_path):
    image, landmarks = face("maja_happy")
    names = [unicodedata.normalize(form, "Jörg.png") for form in ("NFC", "NFD")]
    Image.fromarray(image).save(tmp_path / names[1])
    write_collection(tmp_path / "all.csv", {names[0]: landmarks})
    found = read_landmarks(tmp_path / "all.csv", image=names[1])
    assert (found.points == landmarks.points).all()
    checked = check_landmark_files([tmp_path / "all.csv"], images=tmp_path)
    assert not checked.errors
    assert "changed-image" not in checked.left_out  # the photograph was found


def test_many_missing_photographs_are_one_message(tmp_path):
    recipe = small.write_study(tmp_path)
    text = recipe.read_text("utf-8")
    people = [f"p{k:02}" for k in range(8)]
    for name in people:
        text += f"\n[identities.{name}]\nmay_morph = true\n"
    recipe.write_text(text, "utf-8")
    with pytest.raises(SeveralInputsError) as caught:
        resolve_sources(read_recipe(recipe), tmp_path)
    assert len(caught.value.errors) == 16
    first, more = str(caught.value).split("\n")
    assert "there is no such photograph" in first
    assert more.startswith("(and 15 more of this kind: p00_happy.png, p01_")


def test_jpeg_beside_jpeg_in_capitals_is_one_message(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    image, _ = face("maja_happy")
    for k in range(8):
        for suffix in (".jpg", ".JPG"):
            Image.fromarray(image[::8, ::8]).save(folder / f"f{k}{suffix}", "JPEG")
    if len([*folder.iterdir()]) < 16:
        pytest.skip("this system takes the two names as one")
    with pytest.raises(InputError) as caught:
        delineate_photos([folder], tmp_path / "out")
    lines = str(caught.value).split("\n")
    assert len(lines) == 2
    assert "would share the landmark file f0.json" in lines[0]
    assert lines[1].startswith("(and 7 more of this kind: ")


# --- files that are passed over


def test_pictures_that_are_not_read_are_named(tmp_path):
    image, _ = face("maja_happy")
    Image.fromarray(image).save(tmp_path / "a.bmp")
    for name in ("IMG_1.CR2", "b.nef", "notes.txt", "a.pts"):
        (tmp_path / name).write_bytes(b"not a picture")
    (tmp_path / "no_suffix").write_bytes(b"GIF89a" + bytes(20))
    with pytest.warns(UserWarning, match=r"3 pictures passed over") as caught:
        found = delineate_photos([tmp_path], tmp_path / "out", agreement=False)
    (said,) = [str(w.message) for w in caught]
    assert "IMG_1.CR2, b.nef, no_suffix" in said
    assert "notes.txt" not in said
    assert [one.job.image.name for one in found.done] == ["a.bmp"]
    (tmp_path / "a.bmp").unlink()
    with pytest.raises(InputError, match=r"no image that is read, but 3 others: IMG_1"):
        delineate_photos([tmp_path], tmp_path / "out")


# --- landmark files


def stored(orientation: int, image: np.ndarray) -> np.ndarray:
    """Return the pixels that an orientation turns into an image."""
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    return np.ascontiguousarray(apply_orientation(image, inverse))


def photograph(path: Path, orientation: int, image: np.ndarray) -> None:
    tags = Image.Exif()
    tags[274] = orientation
    Image.fromarray(stored(orientation, image)).save(path, exif=tags, quality=92)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_points_follow_their_pixels(orientation):
    pixels = np.zeros((5, 7), int)
    pixels[1, 4] = 1
    (point,) = turn_points(np.array([[4.0, 1.0]]), orientation, (7, 5))
    turned = apply_orientation(pixels, orientation)
    assert turned[int(point[1]), int(point[0])] == 1


@pytest.mark.parametrize("orientation", range(2, 9))
def test_landmarks_of_the_stored_pixels_are_refused(tmp_path, orientation):
    image, landmarks = face("maja_happy")
    image = image[:, 20:620]  # not square
    upright = landmarks.with_points(landmarks.points - (20, 0))
    path = tmp_path / "a.jpg"
    photograph(path, orientation, image)
    height, width = stored(orientation, image).shape[:2]
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    moved = turn_points(upright.points, inverse, (600, 640))
    write_landmarks(tmp_path / "a.pts", upright.with_points(moved))
    photo = read_photo(path)
    assert photo.original_size == (width, height)
    with pytest.raises(InputError, match=r"a\.pts: .*as they are stored .*600×640"):
        small_read(tmp_path / "a.jpg", tmp_path / "a.pts")
    checked = check_landmark_files([tmp_path / "a.pts"], images=tmp_path)
    assert f"its EXIF orientation is {orientation}" in str(checked.errors[0])
    # The right ones are taken.
    write_landmarks(tmp_path / "a.pts", upright, overwrite=True)
    assert small_read(tmp_path / "a.jpg", tmp_path / "a.pts").image.shape == image.shape


def small_read(photo: Path, landmarks: Path):
    from morphkit.pipeline.face_files import read_face

    return read_face(photo, landmarks)


def test_a_person_who_lies_on_the_side_is_no_mistake(tmp_path):
    """Turned once more, the landmarks would look upright; the face is not there."""
    image, landmarks = face("maja_happy")
    side = np.ascontiguousarray(np.rot90(image[:, 20:620]))
    moved = turn_points(landmarks.points - (20, 0), 8, (600, 640))
    path = tmp_path / "a.jpg"
    photograph(path, 6, side)
    lying = landmarks.with_points(moved)
    assert check_frame(lying, read_photo(path), read_image(path), "a.pts") is None
    write_landmarks(tmp_path / "a.pts", lying)
    assert small_read(path, tmp_path / "a.pts").size == (640, 600)


@pytest.mark.parametrize("name", ["a.csv", "a.pts", "a.tem", "a.json", "a.tps"])
def test_fractions_of_the_image_are_refused(tmp_path, name):
    _, landmarks = face("maja_happy")
    for points in (landmarks.points / 640, landmarks.points / 320 - 1):
        small = landmarks.with_points(points)
        write_collection(
            tmp_path / name, {"a.png": small}, size=(640, 640), overwrite=True
        )
        with pytest.raises(InputError, match=r"points lie within . pixel.*multiply x"):
            read_collection(tmp_path / name, size=(640, 640))


def tps(points: np.ndarray, image: str, missing: str = "", at: tuple = ()) -> str:
    rows = [f"{x:.5f} {640 - y:.5f}" for x, y in points]
    for k in at:
        rows[k] = missing
    return "\n".join([f"LM={len(points)}", *rows, f"IMAGE={image}", "ID=0", ""])


@pytest.mark.parametrize("missing", ["-1.00000 -1.00000", "-1 -1", "NA NA", "na NA"])
def test_missing_points_of_tps(tmp_path, missing):
    _, landmarks = face("maja_happy")
    file = tmp_path / "a.tps"
    file.write_text(tps(landmarks.points, "a.png", missing, (10, 20)))
    with pytest.raises(InputError, match=r'a\.tps:1: 2 of 68 points .* 10 ".*20 "'):
        read_landmarks(file, size=(640, 640))
    whole = tps(landmarks.points, "b.png")
    file.write_text(file.read_text() + whole)
    with pytest.warns(UserWarning, match=r"a\.tps:1: 2 of 68 .*; passed over"):
        found = read_collection(file, size=(640, 640))
    assert list(found) == ["b.png"]
    assert np.abs(found["b.png"].points - landmarks.points).max() < 1e-4


def test_specimens_without_points_yet(tmp_path):
    _, landmarks = face("maja_happy")
    file = tmp_path / "a.tps"
    empty = "LM=0\nIMAGE=b.png\nID=1\n"
    file.write_text(tps(landmarks.points, "a.png") + empty)
    with pytest.warns(UserWarning, match=r'a\.tps:72: .*"b\.png" has no points yet'):
        found = read_landmarks(file, size=(640, 640), image="a.png")
    assert np.abs(found.points - landmarks.points).max() < 1e-4
    with (
        pytest.warns(UserWarning, match="no points yet"),
        pytest.raises(InputError, match=r'no face for "b\.png"'),
    ):
        read_landmarks(file, size=(640, 640), image="b.png")
    file.write_text(empty)
    with pytest.raises(InputError, match="has no points yet"):
        read_landmarks(file, size=(640, 640))


def tem(points: np.ndarray) -> str:
    rows = [f"{x:.3f}\t{y:.3f}" for x, y in points]
    return "\n".join([str(len(points)), *rows, "1", "0", "3", "0 1 2", ""])


def many_points(landmarks) -> np.ndarray:
    """Return 189 points: those of a face, and points between them."""
    points = landmarks.points
    between = (points[:-1] + points[1:]) / 2
    more = (points[:-2] + points[1:-1] + points[2:]) / 3
    return np.vstack([points, between, more])[:189]


def test_189_points_choose_their_template(tmp_path):
    files = pair(tmp_path)
    for source, name in zip(files, ENDS, strict=True):
        points = many_points(face(name)[1])
        source.photo.with_suffix(".tem").write_text(tem(points))
    files = [SourceFiles(f.photo, f.photo.with_suffix(".tem")) for f in files]
    pack = morph_photos(*files, tmp_path / "p", n_steps=3, size=SIZE, settings=QUICK)
    assert pack.recipe.sources.template != "ibug_68"
    assert len(pack.stimuli) == 3
    asked = QUICK | {"sources": {"template": "ibug_68"}}
    with pytest.raises(InputError, match=r"found 189 points; .* has 189: choose it"):
        morph_photos(*files, tmp_path / "q", n_steps=3, size=SIZE, settings=asked)


def test_a_number_of_points_names_its_template(tmp_path):
    _, landmarks = face("maja_happy")
    (tmp_path / "a.tem").write_text(tem(landmarks.points[:5]))
    with pytest.raises(InputError, match=r"template dlib_5 has 5: choose it"):
        read_landmarks(tmp_path / "a.tem", template=landmarks.template)


# --- colours that are declared without a profile


def test_adobe_rgb_of_a_camera_reaches_the_stimuli(tmp_path):
    def saved(folder: Path, exif: bytes) -> list[SourceFiles]:
        files = pair(folder)
        for source in files:
            image = Image.open(source.photo)
            image.load()
            image.save(source.photo, exif=exif)
        return files

    from image_files import with_exif

    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    adobe = with_exif(Image.new("RGB", (2, 2)), space=0xFFFF, index="R03")
    _, plain = morphed(tmp_path / "a", pair(tmp_path / "a"))
    _, wide = morphed(tmp_path / "b", saved(tmp_path / "b", adobe))
    more = np.mean([b.astype(int) - a for a, b in zip(plain, wide, strict=True)], 0)
    red, green, _ = more[30:70, 30:70].mean(axis=(0, 1))
    assert red > 5  # skin is redder than the same codes in sRGB
    assert abs(green) < 5
