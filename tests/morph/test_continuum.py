"""A continuum in Python: the frames of a build, byte for byte."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_study import FACES, FIRST, LANDMARKS, build_study, run, write_study

from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.morph.continuum import Continuum
from morphkit.morph.settings import FinishSettings, MatchSettings, MorphSettings
from morphkit.pack.read import read_pack
from morphkit.pipeline.continuum import continuum

pytestmark = pytest.mark.slow


def face_of(label: str, identity: str = FIRST) -> Face:
    """Return a face that ships with morphkit."""
    return Face(
        read_image(FACES / f"{identity}_{label}.png"),
        read_landmarks(LANDMARKS / f"{identity}_{label}.json"),
    )


def assert_same(made: Continuum, pack: Path) -> None:
    """Compare frames and findings of a continuum with those of a pack."""
    files = sorted((pack / "materials" / "stimuli").rglob("*.png"))
    assert len(files) == len(made.frames)
    for file, frame in zip(files, made.frames, strict=True):
        assert (read_image(file) == frame).all(), file.name
    assert len({frame.tobytes() for frame in made.frames}) == len(made.frames)
    found = read_pack(pack).findings
    assert [replace(one, where="") for one in found] == list(made.findings)
    assert {one.code for one in found} > {one.code for one in made.matching}


OTHERS = (
    "--size 96 96 --align procrustes --warp piecewise_affine --refine wide-flow "
    "--detail plain --sampling bilinear"
)
#: Options of the command, and the same in Python.
WAYS = {
    "defaults": ("", {}),
    "size": ("--size 96 112", {"size": (96, 112)}),
    "none": (
        "--align none --refine none --blend srgb",
        {"settings": MorphSettings(align="none", refine="none", blend="srgb")},
    ),
    "others": (
        OTHERS,
        {
            "size": (96, 96),
            "settings": MorphSettings(
                align="procrustes",
                warp="piecewise_affine",
                refine="wide-flow",
                detail="plain",
                sampling="bilinear",
            ),
        },
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_what_the_command_makes(way, tmp_path):
    arguments, options = WAYS[way]
    photos = [FACES / f"{FIRST}_{label}.png" for label in ("happy", "distressed")]
    marks = [LANDMARKS / f"{FIRST}_{label}.json" for label in ("happy", "distressed")]
    result = run(
        *("morph", *photos, "--steps", "3", "--output", tmp_path / "pack"),
        *("--landmarks-a", marks[0], "--landmarks-b", marks[1], *arguments.split()),
    )
    assert result.exit_code == 0, result.stderr
    made = continuum(face_of("happy"), face_of("distressed"), 3, **options)
    assert_same(made, tmp_path / "pack")


def test_it_is_what_a_recipe_makes(tmp_path):
    """With a third face, and levels of its own for shape."""
    levels, shape = [0.0, 0.2, 0.5, 0.7, 1.1], [0.1, 0.3, 0.5, 0.5, 0.9]
    part = {"identities": [FIRST], "from": "happy", "to": "distressed"}
    study = write_study(
        tmp_path / "study",
        morph={"refine": "none"},
        align={"method": "two_point", "width": 96, "height": 112, "frame": "faces"},
        continua=[part | {"via": "neutral", "levels": levels, "shape_levels": shape}],
    )
    for folder, suffix in ((FACES, "png"), (LANDMARKS, "json")):
        name = f"{FIRST}_neutral.{suffix}"
        (study.parent / folder.name / name).write_bytes((folder / name).read_bytes())
    build_study(study, tmp_path / "pack")
    made = continuum(
        face_of("happy"),
        face_of("distressed"),
        levels,
        via=face_of("neutral"),
        shape_levels=shape,
        size=(96, 112),
        settings=MorphSettings(refine="none"),
    )
    assert_same(made, tmp_path / "pack")
    assert made.levels.tolist() == levels


def test_what_is_noticed_is_handed_on():
    happy = face_of("happy")
    points = np.array(happy.landmarks.points)
    points[37], points[38] = points[38].copy(), points[37].copy()
    crossed = Face(happy.image, happy.landmarks.with_points(points))
    made = continuum(crossed, face_of("distressed"), 2, size=(96, 96))
    assert "crossed-landmarks" in {finding.code for finding in made.findings}


def test_frames_are_read_only():
    made = continuum(face_of("happy"), face_of("distressed"), 2, size=(96, 96))
    with pytest.raises(ValueError, match="read-only"):
        made.frames[0][0, 0] = 0


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (1, "a continuum of 1 steps; at least 2 steps"),
        ([0.5, 0.5], "the levels do not increase"),
        ([0, 50, 100], "levels are fractions, not percent"),
    ],
)
def test_steps_that_are_none(steps, said):
    with pytest.raises(InputError, match=said):
        continuum(face_of("happy"), face_of("distressed"), steps)


def test_finished_frames_are_what_the_command_makes(tmp_path):
    """Mask, background, crop and grey, and a match within the continuum."""
    photos = [FACES / f"{FIRST}_{label}.png" for label in ("happy", "distressed")]
    marks = [LANDMARKS / f"{FIRST}_{label}.json" for label in ("happy", "distressed")]
    options = (
        "--refine none --mask oval --crop mask --background mean --grey "
        "--match shine-histogram --size 96 112"
    )
    result = run(
        *("morph", *photos, "--steps", "3", "--output", tmp_path / "pack"),
        *("--landmarks-a", marks[0], "--landmarks-b", marks[1], *options.split()),
    )
    assert result.exit_code == 0, result.stderr
    made = continuum(
        face_of("happy"),
        face_of("distressed"),
        3,
        size=(96, 112),
        settings=MorphSettings(refine="none"),
        finish=FinishSettings(
            grey=True,
            match=MatchSettings("shine-histogram"),
            mask="oval",
            crop="mask",
            background="mean",
        ),
    )
    assert_same(made, tmp_path / "pack")
    assert made.frames[0].shape < made.correspondence.size[::-1]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mask": "ovel"}, 'no mask is called "ovel".*did you mean "oval"'),
        ({"crop": "mask"}, 'crop is "mask", but mask is "none"'),
        ({"background": "red"}, 'the background "red" is not a colour'),
        ({"match": MatchSettings("shine-sf")}, "shine-sf is defined on grey images"),
    ],
)
def test_finishes_that_cannot_be(wrong, said):
    with pytest.raises(InputError, match=said):
        FinishSettings(**wrong)


def test_matches_that_cannot_be():
    with pytest.raises(InputError, match='no match is called "lumi"'):
        MatchSettings("lumi")
    with pytest.raises(InputError, match="line cannot be matched over sources; frames"):
        MatchSettings("line", over="sources")
    assert MatchSettings("luminance").over == "sources"
