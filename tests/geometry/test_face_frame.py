"""The frame that is found from the faces: every face in it, wherever it lies."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repository import LANDMARKS
from scipy.spatial import ConvexHull

from morphkit.faces.formats import builtin_template, read_landmarks
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.align import ALIGNMENTS, SHARE, USUAL_SIZE, to_common_frame
from morphkit.geometry.align.common_frame import MOST_ENLARGED
from morphkit.geometry.align.face_frame import RAISED, photo_sides
from morphkit.geometry.extent import FOREHEAD, with_forehead
from morphkit.geometry.polygon import share_outside
from morphkit.geometry.similarity import Similarity

PLAIN = settings(deadline=None, max_examples=40)
TWO_POINT, PROCRUSTES = ALIGNMENTS["two_point"], ALIGNMENTS["procrustes"]
IBUG = builtin_template("ibug_68")
SHIPPED = [
    read_landmarks(LANDMARKS / f"{name}.json").points
    for name in ("maja_happy", "maja_distressed", "zola_neutral", "timo_happy")
]


class Shown:
    """A face in a photograph of a size."""

    def __init__(self, points, size):
        self.landmarks, self.size = Landmarks(IBUG, np.array(points)), size


def moved(points, *, roll, scale, to):
    """Return landmarks rolled and scaled, with their mean in another place."""
    turn, middle = math.radians(roll), points.mean(axis=0)
    a, b = scale * math.cos(turn), scale * math.sin(turn)
    move = Similarity(a, b, 0.0, 0.0)
    return move(points - middle) + to


def outlines(faces, moves):
    """Return the landmarks and foreheads of faces in the frame."""
    return [
        move(with_forehead(face.landmarks.points, IBUG))
        for face, move in zip(faces, moves, strict=True)
    ]


def box_of(outlines):
    every = np.vstack(outlines)
    return every.min(axis=0), every.max(axis=0)


anywhere = st.tuples(
    st.integers(0, len(SHIPPED) - 1),
    st.floats(0, 360),
    st.floats(0.2, 3.0),
    st.floats(-300, 300),
    st.floats(-300, 300),
)


def in_a_wide_photo(index, roll, scale, x, y):
    return Shown(
        moved(SHIPPED[index], roll=roll, scale=scale, to=(4000 + x, 4000 + y)),
        (8000, 8000),
    )


# ---- what is known of a face


@PLAIN
@given(st.floats(0, 360), st.floats(0.1, 9))
def test_the_forehead_turns_with_the_face(roll, scale):
    turned = moved(SHIPPED[0], roll=roll, scale=scale, to=(70.0, 90.0))
    found = with_forehead(turned, IBUG)
    upright = with_forehead(SHIPPED[0], IBUG) - SHIPPED[0].mean(axis=0)
    a, b = scale * math.cos(math.radians(roll)), scale * math.sin(math.radians(roll))
    assert found == pytest.approx(Similarity(a, b, 70.0, 90.0)(upright), abs=1e-6)


def test_the_forehead_is_three_quarters_of_the_way_from_eyes_to_chin():
    points = np.full((68, 2), [50.0, 80.0])
    points[36:42], points[42:48] = (30.0, 60.0), (70.0, 60.0)
    points[8] = (50.0, 120.0)
    arch = with_forehead(points, IBUG)[68:]
    assert arch[:, 1].min() == pytest.approx(60 - FOREHEAD * 60)
    assert arch[:, 0].min() == 30
    assert arch[:, 0].max() == 70


def test_a_set_with_a_forehead_keeps_it():
    points = SHIPPED[2].copy()
    points[24, 1] -= 500  # a brow that stands for a hairline
    assert len(with_forehead(points, IBUG)) == 68


@pytest.mark.parametrize(("x", "y"), [(0, 0), (-40.3, 9), (31, -50.5), (22.2, 38.7)])
def test_share_outside_a_box_is_an_area(x, y):
    points = with_forehead(SHIPPED[1] / 6, IBUG) + np.array([x, y])
    hull = points[ConvexHull(points).vertices]
    rows, columns = np.mgrid[-60:160, -80:150]
    places = np.stack([columns.ravel(), rows.ravel()], axis=1)
    ahead = np.roll(hull, -1, axis=0) - hull
    inside = np.ones(len(places), bool)
    for corner, way in zip(hull, ahead, strict=True):
        gap = places - corner
        inside &= way[0] * gap[:, 1] - way[1] * gap[:, 0] >= 0
    out = inside & ~((places >= (-0.5, -0.5)) & (places <= (95.5, 95.5))).all(axis=1)
    found = share_outside(points, (-0.5, -0.5), (95.5, 95.5))
    assert found == pytest.approx(out.sum() / inside.sum(), abs=0.02)
    assert (found == 0) == bool(((points >= -0.5) & (points <= 95.5)).all())


# ---- where everything is shown


@pytest.mark.parametrize("alignment", [TWO_POINT, PROCRUSTES])
@PLAIN
@given(
    st.lists(anywhere, min_size=1, max_size=4),
    st.sampled_from([(512, 512), (400, 600)]),
)
def test_the_mean_face_lies_upright_in_the_middle(alignment, places, size):
    faces = [in_a_wide_photo(*place) for place in places]
    moves, found = to_common_frame(faces, alignment=alignment, size=size, share=SHARE)
    assert found == size
    placed = [
        move(face.landmarks.points) for face, move in zip(faces, moves, strict=True)
    ]
    mean = with_forehead(np.mean(placed, axis=0), IBUG)
    low, high = mean.min(axis=0), mean.max(axis=0)
    height = high[1] - low[1]
    assert (low[0] + high[0]) / 2 == pytest.approx((size[0] - 1) / 2, abs=1e-6)
    middle = (size[1] - 1) / 2 + RAISED * height
    assert (low[1] + high[1]) / 2 == pytest.approx(middle, abs=1e-6)
    assert height <= SHARE * size[1] + 1e-6
    if size == (512, 512) and len({place[0] for place in places}) == 1:
        assert height == pytest.approx(SHARE * size[1])
    for outline in outlines(faces, moves):
        assert share_outside(outline, (-0.5, -0.5), np.array(size) - 0.5) == 0
    eyes = [mean[list(eye)].mean(axis=0) for eye in IBUG.eyes]
    assert eyes[1][0] > eyes[0][0]
    assert math.degrees(math.atan2(*(eyes[1] - eyes[0])[::-1])) == pytest.approx(
        0, abs=8
    )


def test_the_frame_does_not_depend_on_where_faces_lie():
    size = (256, 256)

    def placed(*changes):
        faces = [in_a_wide_photo(k, *change) for k, change in enumerate(changes)]
        moves, _ = to_common_frame(faces, alignment=TWO_POINT, size=size, share=SHARE)
        return [m(f.landmarks.points) for f, m in zip(faces, moves, strict=True)]

    plain = placed((0, 1, 0, 0), (0, 1, 0, 0))
    for changes in (
        ((180, 1, 0, 0), (0, 1, 90, 30)),
        ((75, 0.3, -200, 90), (310, 2.5, 10, 200)),
    ):
        for one, other in zip(placed(*changes), plain, strict=True):
            assert one == pytest.approx(other, abs=1e-6)


def test_the_order_of_the_faces_does_not_matter():
    faces = [in_a_wide_photo(k, 40.0 * k, 1.0, 5.0 * k, 0.0) for k in range(4)]
    moves, _ = to_common_frame(faces, alignment=TWO_POINT, size=(99, 120), share=0.5)
    back, _ = to_common_frame(
        faces[::-1], alignment=TWO_POINT, size=(99, 120), share=0.5
    )
    for one, other in zip(moves, back[::-1], strict=True):
        assert (one.a, one.b, one.dx, one.dy) == pytest.approx(
            (other.a, other.b, other.dx, other.dy), abs=1e-9
        )


# ---- where photographs show less


@PLAIN
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(SHIPPED) - 1),
            st.floats(0, 360),
            st.floats(0.3, 1.2),
            st.tuples(*[st.floats(0, 0.8)] * 4),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_every_face_that_photographs_show_is_in_the_frame(shown):
    """Photographs cut anywhere between the face and its height away from it."""
    faces = []
    for index, roll, scale, around in shown:
        points = moved(SHIPPED[index], roll=roll, scale=scale, to=(0.0, 0.0))
        outline = with_forehead(points, IBUG)
        low, high = outline.min(axis=0), outline.max(axis=0)
        room = np.array(around) * (high[1] - low[1])
        corner = low - room[:2]
        size = np.ceil(high + room[2:] - corner).astype(int) + 1
        faces.append(Shown(points - corner, tuple(size.tolist())))
    moves, size = to_common_frame(
        faces, alignment=TWO_POINT, size=(300, 300), share=SHARE
    )
    for outline in outlines(faces, moves):
        assert share_outside(outline, (-0.5, -0.5), np.array(size) - 0.5) < 1e-9


def test_a_frame_becomes_smaller_until_photographs_fill_it():
    """A portrait in which the face is larger than the share, and nothing is hidden."""
    points = SHIPPED[2]
    faces = [Shown(points, (640, 640))] * 2
    moves, size = to_common_frame(
        faces, alignment=TWO_POINT, size=(512, 512), share=0.4
    )
    sides, ends = photo_sides(moves, [face.size for face in faces])
    corners = np.array([(x, y) for x in (-0.5, 511.5) for y in (-0.5, 511.5)])
    assert (corners @ sides.T <= ends + 1e-6).all()
    low, high = box_of(outlines(faces, moves))
    assert (high - low)[1] > 0.4 * size[1]
    # All of a portrait, or nearly: neither crown nor shoulders are cut for the middle.
    assert moves[0].scale < 1.08 * 512 / 640


def test_hair_that_is_shown_is_kept_and_corners_are_given_up():
    """A rolled portrait: the crown matters more than the corners beside it."""
    points = moved(SHIPPED[2], roll=25, scale=1.0, to=SHIPPED[2].mean(axis=0))
    faces = [Shown(points, (640, 640))]
    moves, _ = to_common_frame(faces, alignment=TWO_POINT, size=(512, 512), share=0.55)
    low, high = box_of(outlines(faces, moves))
    height = high[1] - low[1]
    assert low[1] > 0.15 * height
    assert low[0] > 0.05 * height
    assert high[1] < 511.5 - 0.05 * height


# ---- the size that is found


def test_size_is_that_of_the_photographs_or_less():
    wide = [in_a_wide_photo(0, 0.0, 1.0, 0.0, 0.0)]
    moves, size = to_common_frame(wide, alignment=TWO_POINT, size=None, share=SHARE)
    assert size[0] == size[1] < 8000
    assert max(move.scale for move in moves) == pytest.approx(MOST_ENLARGED, rel=1e-2)
    assert max(move.scale for move in moves) <= MOST_ENLARGED
    portrait = [Shown(SHIPPED[2], (640, 640))]
    assert to_common_frame(portrait, alignment=TWO_POINT, size=None, share=SHARE)[
        1
    ] == (640, 640)
    differ = [Shown(SHIPPED[2], (640, 640)), Shown(SHIPPED[1], (640, 700))]
    assert (
        to_common_frame(differ, alignment=TWO_POINT, size=None, share=SHARE)[1]
        == USUAL_SIZE
    )
