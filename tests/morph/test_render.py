"""From a frozen mesh to frames: exact where the contract says exact."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_faces import SIDE, shipped
from whole_images import mix

from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.faces.formats import builtin_template
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.align import ALIGNMENTS, to_common_frame
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.geometry.correspondence.refinements import REFINEMENTS
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.morph.blend import BLENDS
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.settings import MorphSettings
from morphkit.morph.trajectory import Trajectory
from morphkit.pipeline.continuum import continuum
from morphkit.pixels import ONE, SAMPLINGS, blend_nodes

A, B, OTHER = (shipped(n) for n in ("maja_happy", "maja_distressed", "nilo_distressed"))
LEVELS = [-0.4, 0.0, 1e-5, 0.125, 1 / 3, 0.5, 0.61, 1 - 2**-15, 1.0, 1.3]
#: (alignment, warp, refinement, sampling, blend), so that each option is met.
WAYS = [
    ("procrustes", "tps", "none", "bicubic", "linear"),
    ("none", "tps", "flow", "bicubic", "linear"),
    ("two_point", "piecewise_affine", "none", "bilinear", "srgb"),
    ("none", "piecewise_affine", "none", "bicubic", "linear"),
    ("none", "tps", "wide-flow", "bilinear", "srgb"),
    ("none", "tps", "integer-flow", "bicubic", "linear"),
    ("none", "tps", "wide-integer-flow", "bicubic", "linear"),
]


#: Landmarks alone, nothing done to detail, aligned as most of these tests want it.
PLAIN = MorphSettings(align="procrustes", refine="none", detail="plain")
LAID = dataclasses.replace(PLAIN, align="none")


def settings_of(align, warp, refine, sampling, blend):
    return MorphSettings(
        align=align,
        warp=warp,
        refine=refine,
        sampling=sampling,
        blend=blend,
        detail="plain",
    )


def test_ways_meet_every_entry():
    met = {entry for way in WAYS for entry in way}
    assert {*ALIGNMENTS, *WARPS, *REFINEMENTS, *SAMPLINGS, *BLENDS} <= met


# ---- exchange, ends, number


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("second", [B, OTHER], ids=["expression", "person"])
def test_backwards_is_the_same_bit_for_bit(way, second):
    """The frame from A to B at t is the one from B to A at 1 - t."""
    there = continuum(A, second, LEVELS, settings=settings_of(*way))
    levels = [1 - level for level in reversed(LEVELS)]
    back = continuum(second, A, levels, settings=settings_of(*way))
    for one, other in zip(there.frames, reversed(back.frames), strict=True):
        assert (one == other).all()
    assert (there.frames[4] != back.frames[4]).any()


@pytest.mark.parametrize("way", [way for way in WAYS if way[0] == "none"])
@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("blend", BLENDS)
def test_ends_are_the_photographs_bit_for_bit(way, sampling, blend):
    made = continuum(A, OTHER, 3, settings=settings_of(*way[:3], sampling, blend))
    assert (made.frames[0] == A.image).all()
    assert (made.frames[2] == OTHER.image).all()
    assert (made.frames[1] != A.image).mean() > 0.5


@pytest.mark.parametrize("n", [2, 3, 7, 15])
def test_exactly_as_many_frames_as_steps(n):
    made = continuum(A, B, n, settings=PLAIN)
    assert len(made.frames) == n
    assert len({frame.tobytes() for frame in made.frames}) == n
    assert all(frame.shape == (SIDE, SIDE, 3) for frame in made.frames)


@pytest.mark.slow
def test_twice_is_the_same():
    one, two = (continuum(A, OTHER, [0.2, 0.7]) for _ in range(2))
    for first, second in zip(one.frames, two.frames, strict=True):
        assert (first == second).all()


# ---- weights


@given(st.floats(-0.999, 1.999))
@settings(deadline=None)
def test_weights_of_one_minus_a_level(level):
    assume(1 - (1 - level) == level)  # what the subtraction itself loses is lost
    first, second = integer_weights(level)
    assert integer_weights(1 - level) == (second, first)
    assert first + second == ONE
    assert abs(second - level * ONE) <= 0.5


def test_weights_of_ties_go_to_even():
    assert [integer_weights(k / (2 * ONE))[1] for k in (1, 3, 5)] == [0, 2, 2]


def test_weights_of_equal_steps_mirror():
    """Whatever the number of steps, and whatever i/(n - 1) loses."""
    for n in range(2, 1000):
        weights = [
            integer_weights(t) for t in Trajectory.equal_steps(n).levels.tolist()
        ]
        assert weights == [(b, a) for a, b in reversed(weights)]
        assert weights[0] == (ONE, 0)


# ---- motion


@pytest.mark.parametrize("n", [5, 15, 40])
def test_every_step_moves_every_node_equally(n):
    """Within one unit of 1/256 px: no step is skipped, and none is doubled."""
    matched = correspond(
        [A.landmarks, OTHER.landmarks],
        to_common_frame((A, OTHER), alignment=ALIGNMENTS["procrustes"], size=None)[0],
        warp=WARPS["tps"],
        size=(SIDE, SIDE),
    )
    ends = matched.correspondence.frame_nodes.astype(float)
    whole = ends[1] - ends[0]
    # Levels are rounded to 1/16384 of the whole way, places to one unit.
    slack = 0.5 + np.abs(whole) * 0.5 / ONE
    before = None
    for level in Trajectory.equal_steps(n).levels.tolist():
        nodes = blend_nodes(
            list(matched.correspondence.frame_nodes), integer_weights(level)
        )
        assert (np.abs(nodes - (ends[0] + level * whole)) <= slack).all()
        if before is not None:
            assert (
                np.abs((nodes - before) - whole / (n - 1)) < 1 + 2 * slack - 1
            ).all()
        before = nodes
    assert np.abs(whole).max() > 3 * UNITS_PER_PIXEL


SPOTS = Template("spots", tuple("abcdefghi"))


def spotted(points, size=(140, 120)) -> Face:
    """Return a grey photograph with a bright spot at each landmark."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    light = np.full(x.shape, 60.0)
    for px, py in points:
        light += 150 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 2.2**2))
    image = np.repeat(np.rint(light).astype(np.uint8)[..., None], 3, axis=2)
    return Face(image, Landmarks(SPOTS, points))


def spot_near(frame, place):
    """Return where a spot is, by its centre of mass."""
    x, y = np.meshgrid(np.arange(frame.shape[1]), np.arange(frame.shape[0]))
    weight = frame[..., 1].astype(float) - 60
    weight[np.hypot(x - place[0], y - place[1]) > 7] = 0
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


GRID = np.array([[x, y] for y in (30, 60, 90) for x in (35.0, 70, 105)])
START = GRID + np.random.default_rng(1).uniform(-6, 6, GRID.shape)
END = GRID + np.random.default_rng(2).uniform(-6, 6, GRID.shape)


@pytest.mark.parametrize("warp", WARPS)
def test_landmarks_are_seen_where_they_should_be(warp):
    """The way from landmarks to pixels as a whole: spots move on straight lines."""
    made = continuum(
        spotted(START),
        spotted(END),
        [0, 0.31, 0.5, 0.8, 1.25],
        settings=dataclasses.replace(LAID, warp=warp),
    )
    for frame, level in zip(made.frames, made.trajectory.levels, strict=True):
        expected = START + level * (END - START)
        found = np.array([spot_near(frame, place) for place in expected])
        assert np.abs(found - expected).max() < 0.9
        assert np.abs(found - expected).mean() < 0.15
    # The spots of both photographs lie on each other: no ghosts, hardly any loss.
    middle = made.frames[2][..., 1].astype(float)
    for place in (START + END) / 2:
        x, y = np.rint(place).astype(int)
        assert middle[y - 1 : y + 2, x - 1 : x + 2].max() > 190


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_alignment_brings_a_moved_photograph_back(name):
    """The same face, photographed smaller and elsewhere: both ends look alike."""
    template = dataclasses.replace(SPOTS, eyes=((0,), (2,)))
    spots = spotted(START)
    first = Face(spots.image, Landmarks(template, START))
    move = Similarity(0.8, 0.1, 22.0, 5.0)
    small = spotted(move(START))
    second = Face(small.image, Landmarks(template, move(START)))
    made = continuum(
        first,
        second,
        2,
        settings=dataclasses.replace(PLAIN, align=name),
    )
    places = made.correspondence.landmarks / UNITS_PER_PIXEL
    assert np.abs(places[0] - places[1]).max() < 0.01
    for k, frame in enumerate(made.frames):
        found = np.array([spot_near(frame, place) for place in places[k]])
        assert np.abs(found - places[k]).max() < 0.2


# ---- colours


@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("level", [-0.3, 0.2, 0.5, 0.9, 1.4])
def test_without_motion_frames_are_mixed_photographs(blend, level):
    second = Face(B.image, A.landmarks)
    made = continuum(
        A,
        second,
        [level, 1.5],
        settings=dataclasses.replace(LAID, blend=blend),
    )
    expected = mix([A.image, B.image], integer_weights(level), BLENDS[blend])
    assert (made.frames[0] == expected).all()


@pytest.mark.slow
def test_options_change_pixels():
    def made(**changes):
        settings = dataclasses.replace(PLAIN, **changes)
        made = continuum(A, OTHER, [0.4, 0.6], size=(SIDE, SIDE), settings=settings)
        return made.frames[0].astype(int)

    plain = made()
    for changes in (
        {"sampling": "bilinear"},
        {"blend": "srgb"},
        {"warp": "piecewise_affine"},
        {"align": "none"},
        {"refine": "flow"},
        {"detail": "level"},
    ):
        assert np.abs(made(**changes) - plain).mean() > 0.05, changes


def test_bicubic_keeps_more_detail_than_bilinear():
    def detail(sampling):
        settings = MorphSettings(sampling=sampling, detail="plain")
        made = continuum(A, B, [0.5, 0.6], settings=settings)
        return float(np.var(np.diff(made.frames[0].astype(float), 2, axis=1)))

    assert detail("bicubic") > 1.1 * detail("bilinear")


def test_sixteen_bits_give_the_same_frames():
    """A code value of 8 bits is its 257-fold in 16 bits."""
    deep = [Face(f.image.astype(np.uint16) * 257, f.landmarks) for f in (A, B)]
    plain = continuum(A, B, 4, settings=LAID)
    other = continuum(*deep, 4, settings=LAID)
    for one, two in zip(plain.frames, other.frames, strict=True):
        assert (one == two).all()


# ---- sizes


def enlarged(face: Face, factor: int) -> Face:
    image = face.image.repeat(factor, axis=0).repeat(factor, axis=1)
    points = (face.landmarks.points + 0.5) * factor - 0.5
    return Face(image, face.landmarks.with_points(points), face.name)


def test_photographs_of_different_sizes():
    """Four times the pixels, the same face: it is reduced, and looks the same."""
    large = enlarged(B, 4)
    held = {"settings": PLAIN, "size": (SIDE, SIDE)}
    plain = continuum(A, B, 3, **held)
    mixed = continuum(A, large, 3, **held)
    assert [len(tap) for tap in plain.correspondence.taps] == [1, 1]
    assert len(mixed.correspondence.taps[0]) == 1
    assert len(mixed.correspondence.taps[1]) >= 9
    for one, two in zip(plain.frames, mixed.frames, strict=True):
        assert one.shape == two.shape == (SIDE, SIDE, 3)
        assert np.abs(one.astype(int) - two.astype(int)).mean() < 2.5
    off = np.abs(plain.correspondence.landmarks - mixed.correspondence.landmarks)
    assert off.max() <= 1


def test_a_reduced_photograph_does_not_alias():
    """A chessboard of single pixels is grey from afar, not another pattern."""
    x, y = np.meshgrid(np.arange(560), np.arange(480))
    board = np.repeat((255 * ((x + y) % 2)).astype(np.uint8)[..., None], 3, axis=2)
    faces = [Face(board, Landmarks(SPOTS, 4 * p)) for p in (START, END)]
    made = continuum(*faces, [0.3, 0.5], size=(140, 120), settings=PLAIN)
    inner = made.frames[0][20:-20, 20:-20]
    assert inner.std() < 3
    assert abs(inner.mean() - 188) < 3  # half of the light


def test_frames_of_another_shape():
    made = continuum(A, B, 2, size=(90, 150), settings=PLAIN)
    assert made.correspondence.size == (90, 150)
    assert all(frame.shape == (150, 90, 3) for frame in made.frames)


def test_size_of_the_photographs_is_kept():
    moves, size = to_common_frame((A, B), alignment=None, size=None)
    assert size == (SIDE, SIDE)
    assert moves == [Similarity.identity()] * 2
    assert to_common_frame((A, B), alignment=None, size=(SIDE, SIDE))[1] == size
    assert (
        to_common_frame((A, B), alignment=ALIGNMENTS["procrustes"], size=None)[1]
        == size
    )


# ---- what is refused


@pytest.mark.parametrize("alignment", [None, "procrustes"])
def test_mixed_sizes_need_a_frame(alignment):
    with pytest.raises(
        InputError, match="differ in size: 128×128, 256×256; align them to a frame of a"
    ):
        to_common_frame(
            (A, enlarged(B, 2)), alignment=ALIGNMENTS.get(alignment), size=None
        )


def test_a_continuum_of_mixed_sizes_has_a_frame_where_it_is_aligned():
    large = enlarged(B, 2)
    # Of the size to which the smaller face may be enlarged.
    assert continuum(A, large, 2, settings=PLAIN).frames[0].shape == (155, 155, 3)
    with pytest.raises(InputError, match="differ in size: 128×128, 256×256"):
        continuum(A, large, 2, settings=LAID)


def test_mixed_sizes_are_not_kept():
    with pytest.raises(InputError, match="differ in size"):
        to_common_frame((A, enlarged(B, 2)), alignment=None, size=(64, 64))


def test_a_size_needs_an_alignment():
    with pytest.raises(
        InputError, match="frame of 64×96 for photographs of 128×128 without alignment"
    ):
        to_common_frame((A, B), alignment=None, size=(64, 96))


@pytest.mark.parametrize("align", ["none", "procrustes"])
def test_different_templates(align):
    own = dataclasses.replace(builtin_template("ibug_68"), name="own")
    second = Face(B.image, Landmarks(own, B.landmarks.points))
    with pytest.raises(InputError, match="different templates: ibug_68, own"):
        continuum(A, second, 2, settings=MorphSettings(align=align))


def test_one_photograph_for_every_end():
    mesh = continuum(A, B, 2, settings=PLAIN).correspondence
    with pytest.raises(InputError, match="1 photographs for 2 endpoints"):
        prepare_sources(mesh, [A.image])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"blend": "linaer"}, 'no blend is called "linaer".*did you mean "linear"'),
        ({"sampling": "cubic"}, "unknown sampling 'cubic'.*bicubic and bilinear"),
        ({"detail": "full"}, "unknown detail 'full'.*plain and level"),
        ({"align": "eyes"}, 'no alignment is called "eyes".*two_point, none'),
        ({"warp": "tsp"}, 'no warp is called "tsp".*did you mean "tps"'),
        ({"refine": "flaw"}, 'no refinement is called "flaw".*did you mean "flow"'),
        ({"outline": "cut"}, 'no outline is called "cut".*grabcut, auto, none'),
    ],
)
def test_unknown_names(wrong, said):
    with pytest.raises(InputError, match=said):
        continuum(A, B, 2, settings=dataclasses.replace(PLAIN, **wrong))


def test_a_frame_alone():
    """The frame of a level does not depend on the others."""
    made = continuum(A, B, [0.1, 0.45, 0.9], settings=PLAIN)
    mesh = made.correspondence
    frame = render_frame(mesh, prepare_sources(mesh, [A.image, B.image]), 0.45)
    assert (frame == made.frames[1]).all()
