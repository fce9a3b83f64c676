"""Photographs taken anyhow: the face stays in the frame, or there is an error."""

import math
import tomllib

import numpy as np
import pytest
import small_study as study
from PIL import Image
from repository import LANDMARKS, SOURCE_FACES

import morphkit as mk
from morphkit.errors import InputError
from morphkit.faces.formats import read_landmarks, write_landmarks
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.extent import with_forehead
from morphkit.geometry.polygon import share_outside
from morphkit.morph.settings import MorphSettings
from morphkit.pack.contents import mesh_of
from morphkit.pipeline.source_faces import SourceFiles

pytestmark = pytest.mark.slow

GREY = (128, 128, 128)


def copy_of(folder, name, *, roll=0.0, scale=1.0, at=(0.5, 0.5), size=(320, 320)):
    """Write a photograph of a shipped face as it would be if held otherwise.

    The middle of the shipped photograph lies at a place, in fractions of the new one;
    around it is plain colour.
    """
    image = Image.open(SOURCE_FACES / f"{name}.png").convert("RGB")
    marks = read_landmarks(LANDMARKS / f"{name}.json")
    c, s = scale * math.cos(math.radians(roll)), scale * math.sin(math.radians(roll))
    middle = np.array(image.size) / 2 - 0.5
    place = np.array(size) * at - 0.5
    # Pillow asks where a pixel of the copy comes from, in corners of pixels.
    back = np.array([[c, s], [-s, c]]) / scale**2
    shift = middle + 0.5 - back @ (place + 0.5)
    new = image.transform(
        size,
        Image.Transform.AFFINE,
        (*back[0], shift[0], *back[1], shift[1]),
        Image.Resampling.BICUBIC,
        fillcolor=(190, 200, 210),
    )
    path = folder / f"{name}_{roll:g}_{scale:g}_{at[0]:g}_{at[1]:g}.png"
    new.save(path)
    points = (marks.points - middle) @ np.array([[c, s], [-s, c]]) + place
    return path, Landmarks(marks.template, points)


def source(folder, name, **how):
    path, marks = copy_of(folder, name, **how)
    file = path.with_suffix(".pts")
    write_landmarks(file, marks)
    return SourceFiles(path, file)


def morphed(folder, files, **more):
    return mk.morph_photos(
        *files,
        folder / "pack",
        n_steps=2,
        settings={"morph": {"refine": "none"}},
        overwrite=True,
        **more,
    )


def faces_in(folder, pack):
    """Return the largest share of any end's face outside the images."""
    mesh = mesh_of(folder, pack.continua[0].continuum_id, pack.stimuli).correspondence
    template = read_landmarks(LANDMARKS / "maja_happy.json").template
    high = np.array([pack.stimuli[0].width, pack.stimuli[0].height]) - 0.5
    return max(
        share_outside(with_forehead(points / 256, template), (-0.5, -0.5), high)
        for points in mesh.landmarks
    )


PLAIN = {"scale": 0.4}
#: One photograph is as it was taken, the other is not.
COPIES = {
    "rolled": {"scale": 0.35, "roll": 70},
    "upside down": {"scale": 0.35, "roll": 180},
    "rolled the other way": {"scale": 0.35, "roll": -140},
    "beside the middle": {"scale": 0.3, "at": (0.28, 0.3)},
    "small, in a corner": {"scale": 0.15, "at": (0.85, 0.8)},
    "large": {"scale": 0.55},
    "of another size": {"scale": 0.3, "size": (500, 260), "at": (0.7, 0.5)},
}


@pytest.mark.parametrize("how", COPIES)
def test_every_face_is_in_the_images(tmp_path, how):
    name = "zola" if "rolled" in how else "maja"
    files = [
        source(tmp_path, f"{name}_happy", **PLAIN),
        source(tmp_path, f"{name}_distressed", **COPIES[how]),
    ]
    pack = morphed(tmp_path, files)
    assert not [f for f in pack.findings if f.code.startswith("face-outside")]
    assert faces_in(tmp_path / "pack", pack) == 0


@pytest.mark.parametrize(
    "how", ["rolled", "beside the middle", "small, in a corner", "of another size"]
)
def test_the_same_faces_leave_a_frame_of_what_photographs_show_or_it_is_told(
    tmp_path, how
):
    """Where they lie half outside, it is an error; where they do not, they are in."""
    files = [
        source(tmp_path, "maja_happy", **PLAIN),
        source(tmp_path, "maja_distressed", **COPIES[how]),
    ]
    pack = morphed(tmp_path, files, frame="photos", size=(96, 96))
    told = [f for f in pack.findings if f.code == "face-outside-frame"]
    assert bool(told) == (faces_in(tmp_path / "pack", pack) > 0.0005)


def test_a_face_outside_the_frame_ends_with_an_error(tmp_path):
    """A frame that is enlarged until rolled photographs fill it cuts faces beside."""
    files = [
        source(tmp_path, "maja_happy", scale=0.4, roll=roll, at=(0.27, 0.42))
        for roll in (0, 25)
    ]
    given = [
        *("morph", files[0].photo, files[1].photo, "--steps", "2", "--refine", "none"),
        *("--landmarks-a", files[0].landmarks, "--landmarks-b", files[1].landmarks),
        *("--size", "96", "96", "--quiet"),
    ]
    out = tmp_path / "photos"
    found = study.run(*given, "--output", out, "--frame", "photos")
    assert found.exit_code == 4
    (line,) = [s for s in found.stdout.splitlines() if "face-outside-frame" in s]
    assert line.startswith("error: ")
    assert "% of the face of photograph" in line
    assert "--frame faces" in line
    again = study.run("check", out)
    assert again.exit_code == 4
    assert line.split(": ", 2)[2] in again.stdout
    # The remedy that is named helps.
    found = study.run(*given, "--output", tmp_path / "faces", "--frame", "faces")
    assert "face-outside-frame" not in found.stdout


def test_a_face_that_its_photograph_cuts_off_is_an_error(tmp_path):
    """Landmarks outside are refused; a forehead outside is told."""
    cut = {"scale": 0.4, "at": (0.5, 0.22)}
    files = [
        source(tmp_path, "maja_happy", **PLAIN),
        source(tmp_path, "maja_happy", **cut),
    ]
    pack = morphed(tmp_path, files, size=(96, 96))
    (found,) = [f for f in pack.findings if f.code == "face-outside-photo"]
    assert found.severity == "error"
    assert "photograph 2" in found.message
    files[1] = source(tmp_path, "maja_happy", scale=0.4, at=(0.2, 0.5))
    with pytest.raises(InputError, match="outside the image"):
        morphed(tmp_path, files)


def test_what_a_photograph_does_not_show_is_hidden_in_all_images(tmp_path):
    tight = {"scale": 0.5, "size": (320, 320), "roll": 30}
    files = [
        source(tmp_path, "maja_happy", **PLAIN),
        source(tmp_path, "maja_happy", **tight),
    ]
    pack = morphed(tmp_path, files, size=(160, 160))
    images = [read_image(tmp_path / "pack" / row.file) for row in pack.stimuli]
    hidden = [(image == GREY).all(axis=2) for image in images]
    assert 0.01 < hidden[0].mean() < 0.4
    for one in hidden[1:]:
        assert (one & hidden[0]).sum() > 0.97 * hidden[0].sum()
    notes = [f for f in pack.findings if f.code == "outside-photo"]
    assert {f.severity for f in notes} == {"note"}
    assert any("hidden by background" in f.message for f in notes)


def test_the_pack_has_the_frame_in_numbers_and_repeats_it(tmp_path):
    files = [
        source(tmp_path, "maja_happy", **PLAIN),
        source(tmp_path, "maja_distressed", scale=0.3, roll=50, at=(0.4, 0.6)),
    ]
    pack = morphed(tmp_path, files)
    told = tomllib.loads((tmp_path / "pack/recipe.toml").read_text("utf-8"))["align"]
    row = pack.stimuli[0]
    assert told == {
        "method": "two_point",
        "width": row.width,
        "height": row.height,
        "frame": "faces",
        "share": 0.55,
    }
    again = mk.reproduce_pack(tmp_path / "pack", [tmp_path])
    assert again.holds
    assert again.rebuilt_different == ()


LOOSE = mk.PhotoSettings(morph=MorphSettings(refine="none"), overwrite=True)


def share_in_image(written):
    """Return the share of a face outside its image."""
    height, width = written.made.frame.shape[:2]
    marks = written.made.landmarks
    outline = with_forehead(marks.points, marks.template)
    return share_outside(outline, (-0.5, -0.5), (width - 0.5, height - 0.5))


def test_means_of_faces_have_the_frame_that_is_found_from_them(tmp_path):
    ways = (PLAIN, {"scale": 0.5, "roll": 30, "size": (340, 320)})
    photos = [source(tmp_path, "maja_happy", **how).photo for how in ways]
    out = tmp_path / "mean.png"
    mean = mk.prototype_photos(photos, out, settings=LOOSE)
    assert mean.holds
    assert share_in_image(mean) == 0
    assert mean.about["settings"]["frame"] == "faces"
    (note,) = [f for f in mean.made.findings if f.code == "outside-photo"]
    assert "hidden by background" in note.message
    hidden = (mean.made.frame == GREY).all(axis=2).mean()
    assert 0.5 * note.value < hidden < note.value
    same = mk.prototype_photos(
        photos, out, frame="photos", size=(96, 96), settings=LOOSE
    )
    assert "outside-photo" not in {f.code for f in same.made.findings}
    with pytest.raises(InputError, match='no frame "face"'):
        mk.prototype_photos(photos, out, frame="face", settings=LOOSE)


def test_a_symmetrised_face_lies_in_the_middle_with_its_crown(tmp_path):
    photo = source(tmp_path, "maja_happy", scale=0.4, roll=40, at=(0.4, 0.62)).photo
    even = mk.symmetrise_photo(photo, tmp_path / "even.png", settings=LOOSE)
    assert even.holds
    points, width = even.made.landmarks.points, even.made.frame.shape[1]
    left, right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    assert left[1] == pytest.approx(right[1], abs=1e-6)
    assert left[0] + right[0] == pytest.approx(width - 1, abs=1e-6)
    chin = points[8, 1]
    # As much above the hairline as hair takes.
    assert points[:, 1].min() > 0.4 * (chin - points[:, 1].min())
    mirrored = even.made.frame[:, ::-1].astype(int)
    assert np.abs(even.made.frame - mirrored).mean() < 0.5


def test_a_face_that_is_not_whole_in_its_image_is_an_error(tmp_path):
    """A transform keeps the frame of its photograph."""
    photo = source(tmp_path, "maja_happy", scale=0.4, at=(0.5, 0.22)).photo
    new = mk.transform_photo(
        photo, tmp_path / "new.png", source=[photo], target=[photo], settings=LOOSE
    )
    (found,) = [f for f in new.made.findings if f.code == "face-outside-frame"]
    assert "outside the image" in found.message
    assert not new.holds


def test_recipes_without_the_key_build_as_before(tmp_path):
    """They say how the photographs show the faces, as an explicit key does."""
    data = study.recipe_data()
    data["align"].pop("frame", None)
    plain = mk.make_recipe(data)
    data["align"]["frame"] = "photos"
    assert plain == mk.make_recipe(data)
    assert plain.align.share is None


@pytest.mark.parametrize(
    ("align", "message"),
    [
        ({"method": "none", "frame": "faces"}, "method"),
        ({"share": 0.5}, "share"),
        ({"frame": "faces", "share": 1.5}, "share"),
        ({"frame": "face"}, "faces"),
    ],
)
def test_contradictions_of_a_frame_are_refused(align, message):
    data = study.recipe_data(align={"method": "two_point", **align})
    with pytest.raises(InputError, match=message):
        mk.make_recipe(data)


def test_shared_photographs_taken_anyhow(shared, tmp_path):
    """Detected faces of people, rolled, beside the middle, small, cut off."""
    for person in ("036",):
        with Image.open(shared / f"london/{person}_08.jpg") as image:
            smile = image.convert("RGB").resize((300, 300))
        fill = smile.getpixel((4, 4))
        copies = {
            "rolled": smile.rotate(65, expand=True, fillcolor=fill),
            "turned": smile.rotate(180),
            "beside": smile.crop((93, 0, 300, 300)),
            "small": smile.resize((180, 180)),
            "cut": smile.crop((150, 0, 300, 300)),
        }
        other = tmp_path / f"{person}.png"
        with Image.open(shared / f"london/{person}_03.jpg") as image:
            image.convert("RGB").resize((300, 300)).save(other)
        for how, copy in copies.items():
            path = tmp_path / f"{person}_{how}.png"
            copy.save(path)
            files = [SourceFiles(other), SourceFiles(path)]
            if how == "cut":
                with pytest.raises(InputError):
                    morphed(tmp_path, files)
                continue
            pack = morphed(tmp_path, files)
            told = [f for f in pack.findings if f.code.startswith("face-outside")]
            assert not told, how
            assert faces_in(tmp_path / "pack", pack) == 0
