"""The values that are passed about: what they hold, and what they refuse."""

import dataclasses
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_rows import stimuli_rows

from morphkit._core.arrays import as_image, as_points, frozen
from morphkit._core.finding import SEVERITIES, Finding
from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import (
    UNITS_PER_PIXEL,
    Correspondence,
    to_nodes,
)
from morphkit.geometry.similarity import Similarity
from morphkit.morph.continuum import Continuum
from morphkit.morph.trajectory import LEVEL_MAX, LEVEL_MIN, Trajectory
from morphkit.pack.model import MAX_NAME, Pack, check_name

RNG = np.random.default_rng(20)
PLAIN = settings(deadline=None, max_examples=60)


def template(**changes) -> Template:
    parts = {
        "name": "five",
        "points": ("left eye", "right eye", "nose", "left mouth", "right mouth"),
        "lines": ((0, 1), (3, 2, 4)),
        "closed": (False, True),
        "mirror": (1, 0, 2, 4, 3),
        "eyes": ((0,), (1,)),
        "description": "a face",
    }
    return Template(**(parts | changes))


def landmarks(points=None) -> Landmarks:
    if points is None:
        points = [[20.5, 20], [43, 21.25], [31, 33], [23, 41], [39, 40]]
    return Landmarks(template(), points)


# ---- arrays


def test_frozen_owns_what_it_holds():
    array = np.asfortranarray(RNG.uniform(size=(4, 3)))
    copy = frozen(array)
    array[0, 0] = 99
    assert copy[0, 0] != 99
    assert copy.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        copy[0, 0] = 1


def test_points_keep_every_digit():
    value = [[1 / 3, 2e-9], [-5, 1e6 + 1 / 7]]
    points = as_points(value)
    assert points.dtype == np.float64
    assert points.tolist() == value
    assert not points.flags.writeable


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([1.0, 2.0], r"shape \(2,\); \(N, 2\) is needed"),
        ([[1, 2, 3]], r"shape \(1, 3\)"),
        ([[1, 2], [3]], "not numbers"),
        ([["a", "b"]], "not numbers"),
        ([[0, 0], [1, math.nan]], r"point 1 is \(1.0, nan\); .* finite"),
        ([[0, 0], [1, 1], [-math.inf, 0]], r"point 2 is \(-inf, 0.0\)"),
    ],
)
def test_points_that_are_refused(value, said):
    with pytest.raises(InputError, match=said):
        as_points(value)


def test_number_of_points():
    with pytest.raises(InputError, match="expected 3 points, found 2"):
        as_points([[0, 0], [1, 1]], n_points=3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_image_is_kept(dtype):
    array = RNG.integers(0, np.iinfo(dtype).max, (7, 5, 3)).astype(dtype)
    image = as_image(array)
    assert image.dtype == dtype
    assert (image == array).all()
    assert not image.flags.writeable


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((4, 4), np.uint8), r"shape \(4, 4\); \(height, width, 3\)"),
        (np.zeros((4, 4, 4), np.uint8), r"shape \(4, 4, 4\)"),
        (np.zeros((0, 4, 3), np.uint8), r"shape \(0, 4, 3\)"),
        (np.zeros((4, 4, 3)), "dtype float64; uint8 or uint16"),
        (np.zeros((4, 4, 3), np.int16), "dtype int16"),
    ],
)
def test_images_that_are_refused(array, said):
    with pytest.raises(InputError, match=said):
        as_image(array)


# ---- template


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": ("a", "b")}, "2 points; a template has at least 3"),
        ({"points": ("a", "b", "c", "d", "b")}, 'two points are called "b"'),
        ({"closed": (True,)}, "2 lines but 1 closed flags"),
        ({"lines": ((0, 5), (1, 2))}, "index 5; points are numbered from 0 to 4"),
        ({"lines": ((0, -1), (1, 2))}, "index -1"),
        ({"eyes": ((0,), (7,))}, "index 7"),
        ({"eyes": ((0,),)}, r"eyes of \[1\] points; two eyes"),
        ({"eyes": ((0,), ())}, r"eyes of \[1, 0\] points"),
        ({"mirror": (1, 0, 2, 4)}, "mirror map; partners must point at each other"),
        ({"mirror": (1, 2, 0, 4, 3)}, "mirror map"),
        ({"mirror": (1, 0, 2, 4, 3, 4)}, "mirror map"),
        ({"mirror": (1, 0, 2, 4, 9)}, "index 9"),
    ],
)
def test_templates_that_are_refused(changes, said):
    with pytest.raises(InputError, match=rf"\Atemplate five: invalid: .*{said}"):
        template(**changes)


def test_template_round_trip():
    held = template()
    assert Template.from_dict(held.to_dict()) == held
    assert Template.from_dict(held.to_dict()).description == "a face"
    assert held.n_points == 5
    # Prose does not tell templates apart, everything else does.
    assert held == template(description="another", source="s")
    for changes in ({"name": "other"}, {"mirror": ()}, {"closed": (True, True)}):
        assert held != template(**changes)


@pytest.mark.parametrize("key", ["name", "points", "lines", "closed"])
def test_template_lacks_a_key(key):
    data = template().to_dict()
    del data[key]
    with pytest.raises(InputError, match=f"lacks the key '{key}'; name, points"):
        Template.from_dict(data)


@pytest.mark.parametrize(
    "change",
    [
        {"lines": [[0, 1.7], [1, 2]]},
        {"lines": 4},
        {"mirror": [1, 0, 2, 4, "3"]},
        {"eyes": [[0], [None]]},
        {"points": None},
    ],
)
def test_template_of_another_kind(change):
    with pytest.raises(InputError, match="not a template definition"):
        Template.from_dict(template().to_dict() | change)


# ---- landmarks and face


def test_landmarks_keep_their_points():
    source = np.array([[20.125, 20], [43, 21.25], [31, 33], [23, 41], [39, 40 + 1 / 3]])
    held = landmarks(source)
    source[0, 0] = 0
    assert held.points[0, 0] == 20.125
    assert held.points[4, 1] == 40 + 1 / 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        held.points = source
    with pytest.raises(ValueError, match="read-only"):
        held.points[0] = 0


def test_landmarks_of_another_number():
    with pytest.raises(
        InputError, match="expected 5 points, found 4; template five has 5"
    ):
        landmarks(np.zeros((4, 2)))


def test_moved_keeps_the_rest():
    placement = Placement(by="detector", detector="mesh", score=0.5)
    held = Landmarks(template(), landmarks().points, placement, "ab" * 32)
    moved = held.with_points(held.points + np.array([3, -1]))
    assert (moved.points - held.points == [3, -1]).all()
    assert (moved.template, moved.placement, moved.image_sha256) == (
        held.template,
        placement,
        "ab" * 32,
    )
    with pytest.raises(InputError, match="expected 5 points, found 1"):
        held.with_points([[0, 0]])


def test_eye_centres():
    eyes = template(eyes=((0, 3), (1, 2, 4)))
    points = RNG.uniform(0, 50, (5, 2))
    left, right = Landmarks(eyes, points).eye_centres()
    assert np.allclose(left, (points[0] + points[3]) / 2)
    assert np.allclose(right, (points[1] + points[2] + points[4]) / 3)
    with pytest.raises(InputError, match="does not define the eyes; give it"):
        Landmarks(template(eyes=()), points).eye_centres()


def test_inside_reaches_half_a_pixel():
    points = [[-0.5, -0.5], [63.5, 47.5], [63.51, 0], [0, 47.6], [-0.51, 3]]
    assert landmarks(points).inside((64, 48)).tolist() == [1, 1, 0, 0, 0]
    assert landmarks(points).inside((48, 64)).tolist() == [1, 0, 0, 1, 0]


def test_placement():
    for by in ("hand", "detector", "render", "unknown"):
        assert Placement(by=by).by == by
    with pytest.raises(InputError, match=r'unknown placement "guess"; one of .*hand'):
        Placement(by="guess")


def image(width=64, height=48) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_face():
    pixels = image()
    mask = RNG.uniform(size=(48, 64))
    face = Face(pixels, landmarks(), "ada", mask)
    assert face.size == (64, 48)
    assert face.mask.dtype == np.float32
    assert np.allclose(face.mask, mask)
    held = pixels[0, 0, 0]
    pixels[0, 0, 0] = 255 - held
    assert face.image[0, 0, 0] == held
    for array in (face.image, face.mask):
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.ones((64, 48)), r"ada: the mask is \(64, 48\), the image \(48, 64\)"),
        (
            np.full((48, 64), 255.0),
            "the mask has values from 255.0 to 255.0; from 0 \\(background",
        ),
        (np.full((48, 64), -0.1), "mask has values"),
        (np.full((48, 64), np.nan), "mask has values"),
    ],
)
def test_masks_that_are_refused(mask, said):
    with pytest.raises(InputError, match=said):
        Face(image(), landmarks(), "ada", mask)


def test_landmarks_outside_of_the_image():
    points = landmarks().points.copy()
    points[2] = 70.26, 33
    points[4] = 3, -1
    with pytest.raises(InputError) as caught:
        Face(image(), landmarks(points), "ada_happy.png")
    assert str(caught.value) == (
        "ada_happy.png: 2 landmarks outside the image, the first "
        '"nose" at (70.3, 33.0); the image is 64×48 pixels; check that the landmarks '
        "belong to this image"
    )


# ---- similarity

SCALES = st.floats(0.05, 20)
ANGLES = st.floats(-180, 180)
SHIFTS = st.floats(-2000, 2000)


@st.composite
def similarities(draw) -> Similarity:
    scale, angle = draw(SCALES), math.radians(draw(ANGLES))
    return Similarity(
        scale * math.cos(angle), scale * math.sin(angle), draw(SHIFTS), draw(SHIFTS)
    )


POINTS = RNG.uniform(-700, 700, (23, 2))


@PLAIN
@given(similarities())
def test_similarity_against_complex_numbers(move):
    z = POINTS[:, 0] + 1j * POINTS[:, 1]
    expected = (move.a + 1j * move.b) * z + (move.dx + 1j * move.dy)
    moved = move(POINTS)
    assert np.allclose(moved[:, 0] + 1j * moved[:, 1], expected, rtol=0, atol=1e-8)


@PLAIN
@given(similarities(), similarities())
def test_similarity_composed_and_undone(first, second):
    both = second.after(first)
    size = 1 + second.scale * (1e3 * first.scale + 3e3)
    assert np.allclose(both(POINTS), second(first(POINTS)), rtol=0, atol=1e-12 * size)
    assert both.scale == pytest.approx(first.scale * second.scale)
    turn = (both.angle_deg - first.angle_deg - second.angle_deg + 180) % 360 - 180
    assert turn == pytest.approx(0, abs=1e-9)
    assert np.allclose(first.inverse()(first(POINTS)), POINTS, rtol=0, atol=1e-8)
    assert np.allclose(first(first.inverse()(POINTS)), POINTS, rtol=0, atol=1e-8)


def test_angles_count_counter_clockwise_as_seen():
    """y points down: what lies to the right goes up."""
    move = Similarity(math.cos(0.5), -math.sin(0.5), 0, 0)
    assert move.angle_deg == pytest.approx(math.degrees(0.5))
    assert move([[1.0, 0.0]])[0, 1] < 0
    assert Similarity.identity().angle_deg == 0


def test_named_similarities():
    assert (Similarity.identity()(POINTS) == POINTS).all()
    assert Similarity.scaling(2.5, shift=(3, -4))(POINTS) == pytest.approx(
        2.5 * POINTS + [3, -4]
    )


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", range(4))
def test_similarity_of_finite_numbers(bad, place):
    values = [1.0, 0.5, 2.0, 3.0]
    values[place] = bad
    with pytest.raises(InputError, match="finite numbers only"):
        Similarity(*values)


@pytest.mark.parametrize("tiny", [0.0, 1e-170, 1e-320])
def test_similarity_that_cannot_be_undone(tiny):
    with pytest.raises(InputError, match="scale 0 has no inverse"):
        Similarity(tiny, tiny, 0, 0)


# ---- trajectory


@given(st.integers(2, 999))
@settings(deadline=None, max_examples=80)
def test_equal_steps(n):
    plan = Trajectory.equal_steps(n)
    assert plan.n_steps == n
    assert (plan.levels[0], plan.levels[-1]) == (0.0, 1.0)
    assert np.allclose(np.diff(plan.levels), 1 / (n - 1), rtol=0, atol=1e-15)
    assert np.allclose(plan.weights().sum(axis=1), 1, rtol=0, atol=1e-15)
    assert (plan.weights()[:, 1] == plan.levels).all()
    assert np.allclose(plan.weights()[::-1, ::-1], plan.weights(), rtol=0, atol=1e-15)


def test_through():
    levels = [-0.5, 0.0, 0.3, 1 / 3, 1.25]
    plan = Trajectory.through(levels)
    assert plan.levels.tolist() == levels
    assert not plan.levels.flags.writeable
    assert Trajectory.through([LEVEL_MIN, LEVEL_MAX]).n_steps == 2


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ([], "a continuum of 0 steps; at least 2 steps"),
        ([0.5], "a continuum of 1 steps"),
        ([[0, 1], [2, 3]], "at least 2 steps"),
        ([0, 0.5, 0.5, 1], "do not increase from step to step; strictly increasing"),
        ([1, 0], "do not increase"),
        ([0, math.nan, 1], "do not increase"),
        ([0, math.inf], "do not increase"),
        ([0, 50, 100], "levels from 0 to 100; .* fractions, not percent"),
        ([0, 2], "levels from 0 to 2; from -0.999 to 1.999"),
        ([-1, 1], "levels from -1 to 1"),
    ],
)
def test_levels_that_are_refused(levels, said):
    with pytest.raises(InputError, match=said):
        Trajectory.through(levels)


@pytest.mark.parametrize("n", [1, 0, -3])
def test_too_few_steps(n):
    with pytest.raises(InputError, match=rf"{n} steps; at least 2 .* both ends"):
        Trajectory.equal_steps(n)


# ---- correspondence and continuum


def correspondence(**changes) -> Correspondence:
    nodes = np.array([[[0, 0], [640, 0], [0, 480]], [[9, 5], [600, 7], [3, 500]]])
    parts = {
        "size": (3, 2),
        "triangles": np.array([[0, 1, 2]], np.int32),
        "frame_nodes": nodes.astype(np.int32),
        "photo_nodes": (nodes * 2).astype(np.int32),
        "taps": (np.array([16384], np.int16), np.array([1, 16382, 1], np.int16)),
        "landmarks": nodes[:, :2].astype(np.int32),
    }
    return Correspondence(**(parts | changes))


def test_correspondence_exchanged():
    held = correspondence()
    other = held.swapped()
    assert held.n_ends == 2
    for name in ("frame_nodes", "photo_nodes", "landmarks"):
        assert (getattr(other, name) == getattr(held, name)[::-1]).all()
        assert not getattr(other, name).flags.writeable
    assert [len(tap) for tap in other.taps] == [3, 1]
    assert (other.triangles == held.triangles).all()
    twice = other.swapped()
    assert (twice.photo_nodes == held.photo_nodes).all()


NODES = correspondence().frame_nodes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"photo_nodes": NODES[:, :2]}, "do not match"),
        ({"photo_nodes": NODES[:1]}, "do not match"),
        ({"frame_nodes": NODES[..., :1]}, "do not match"),
        ({"landmarks": NODES[:1]}, "do not match"),
        ({"landmarks": NODES[0]}, "do not match"),
        ({"taps": ()}, "do not match"),
        ({"triangles": np.zeros((1, 4), np.int32)}, "do not match"),
        (
            {"frame_nodes": NODES.astype(np.int64)},
            r"the wrong dtype: \['frame_nodes'\]",
        ),
        ({"triangles": np.zeros((1, 3))}, r"the wrong dtype: \['triangles'\]"),
        ({"taps": (np.ones(1),) * 2}, "the wrong dtype: taps"),
        ({"triangles": np.array([[0, 1, 3]], np.int32)}, "refers to a missing node"),
        ({"triangles": np.array([[0, -1, 2]], np.int32)}, "refers to a missing node"),
    ],
)
def test_correspondences_that_are_refused(changes, said):
    with pytest.raises(InputError, match=said):
        correspondence(**changes)


@PLAIN
@given(st.lists(st.tuples(st.floats(-9e3, 9e3), st.floats(-9e3, 9e3)), min_size=1))
def test_nodes_are_within_half_a_unit(points):
    array = np.array(points)
    nodes = to_nodes(array)
    assert nodes.dtype == np.int32
    assert np.abs(nodes / UNITS_PER_PIXEL - array).max() <= 0.5 / UNITS_PER_PIXEL


def test_nodes_are_rounded_half_to_even():
    half = 0.5 / UNITS_PER_PIXEL
    assert to_nodes(np.array([half, 3 * half, -half, -3 * half])).tolist() == [
        *(0, 2, 0, -2)
    ]


@pytest.mark.parametrize("bad", [4.2e6, -4.2e6, math.nan, math.inf])
def test_nodes_far_away(bad):
    with pytest.raises(InputError, match="four million pixels away; check the landmar"):
        to_nodes(np.array([[1.0, 2.0], [3.0, bad]]))


def frames(n, width=3, height=2):
    return tuple(np.full((height, width, 3), k, np.uint8) for k in range(n))


def test_continuum():
    made = frames(4)
    held = Continuum(Trajectory.equal_steps(4), correspondence(), made)
    made[2][:] = 99
    assert [int(frame.max()) for frame in held.frames] == [0, 1, 2, 3]
    assert not held.frames[0].flags.writeable


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (frames(3), "3 frames for 4 levels"),
        (frames(5), "5 frames for 4 levels"),
        (
            (*frames(3), *frames(1, 2, 3)),
            r"frame 4 has shape \(3, 2, 3\) .*; \(2, 3, 3\) and uint8",
        ),
        ((*frames(3), np.zeros((2, 3, 3))), "frame 4 has .* dtype float64"),
    ],
)
def test_continua_that_are_refused(made, said):
    with pytest.raises(InputError, match=said):
        Continuum(Trajectory.equal_steps(4), correspondence(), made)


# ---- finding and pack


def test_finding():
    for severity in SEVERITIES:
        found = Finding("fold", severity, "it folds", "ada", 3.0, 0.0)
        assert Finding(**found.to_dict()) == found
    with pytest.raises(InputError, match=r'severity "fatal"; one of .*warning'):
        Finding("fold", "fatal", "it folds")


@pytest.mark.parametrize(
    "name", ["ada_happy_distressed_s01", "A", "x-1", "nancy", "e5", "a" * MAX_NAME]
)
def test_names_that_every_front_end_takes(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a" * (MAX_NAME + 1), "49 characters; at most 48; choose shorter"),
        ("", "cannot be the name"),
        ("1e5", "cannot be the name of a stimulus; a letter, then letters"),
        (".5", "cannot be the name"),
        ("-x", "cannot be the name"),
        ("_x", "cannot be the name"),
        ("a/b", "cannot be the name"),
        ("..", "cannot be the name"),
        ("a b", "cannot be the name"),
        ("a.png", "cannot be the name"),
        ("a\n", "cannot be the name"),
        ("ädä", "cannot be the name"),
        *((word, "can be read as") for word in ("NA", "na", "NaN", "inf", "Infinity")),
        *((word, "can be read as") for word in ("null", "None", "TRUE", "false", "T")),
    ],
)
def test_names_that_are_refused(name, said):
    with pytest.raises(InputError, match=said):
        check_name(name)


@pytest.mark.parametrize(
    "name", ["nan", "INFINITY", "+inf", "1_0", "0x1", "7.", "\u0661\u0662", "-1e-3"]
)
def test_a_name_is_never_a_number(name):
    with pytest.raises(InputError):
        check_name(name)


def pack(*ids: str) -> Pack:
    (row,) = stimuli_rows(("ada",), n_steps=2)[:1]
    rows = tuple(
        replace(row, stimulus_id=name, continuum_id=name.partition("_")[0])
        for name in ids
    )
    return Pack("demo", "1.0.0", "", "0" * 64, {}, rows, (), ())


def test_pack_finds_the_stimuli_of_a_continuum():
    held = pack("ada_1", "ben_1", "ada_2", "adam_1")
    rows = held.stimuli_of("ada")
    assert [row.stimulus_id for row in rows] == ["ada_1", "ada_2"]


def test_pack_refuses_names():
    with pytest.raises(InputError, match='two stimuli are called "ada_1"'):
        pack("ben_1", "ada_1", "ada_1")
    with pytest.raises(InputError, match='"1_ada" cannot be the name'):
        pack("ben_1", "1_ada")
