"""Lids that a detector placed are found in the photograph, others left alone."""

from dataclasses import replace

import numpy as np
import pytest

from morphkit.faces.formats.template_json import builtin_template
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.lids import (
    eye_beyond,
    follow_lids,
    moved_to_seam,
    reach_corners,
)
from morphkit.geometry.correspondence.openings import is_open, openness
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS

TEMPLATE = builtin_template("ibug_68")
EYES = TEMPLATE.openings[1:]
SIDE = 240
LEFT, RIGHT = 60.0, 124.0  # corners of the image-left eye in the pictures
Y, X = np.mgrid[:SIDE, :SIDE].astype(float)


def arch(x, height, left=LEFT, right=RIGHT):
    """Return how far a lid bows upwards at x: nothing at the corners."""
    at = np.clip((x - left) / (right - left), 0, 1)
    return 4 * height * at * (1 - at)


def picture(shade: np.ndarray, dtype=np.uint8) -> np.ndarray:
    """Return a picture from luma, 0 to 1, of noisy skin without colour."""
    noisy = shade + np.random.default_rng(3).normal(0, 0.005, shade.shape)
    codes = np.rint(np.clip(noisy, 0, 1) * np.iinfo(dtype).max)
    return np.repeat(codes[..., None], 3, axis=2).astype(dtype)


def open_eye(skin: float) -> np.ndarray:
    """Return the luma of an eye, pale, with a dark iris and dark upper lashes."""
    shade = np.full((SIDE, SIDE), skin)
    inside = (100 - arch(X, 10) < Y) & (100 + arch(X, 8) > Y) & (X > LEFT) & (X < RIGHT)
    shade[inside] = 0.9
    shade[inside & (np.hypot(X - 92, Y - 100) < 10)] = 0.15
    shade[inside & (102 - arch(X, 10) > Y)] = 0.3 * skin
    return shade


def shut_eye(skin: float, bow: float) -> np.ndarray:
    """Return the luma of an eye whose lids meet in a dark line that bows upwards."""
    off = Y - (100 - arch(X, bow))
    line = np.exp(-((off / 1.2) ** 2)) * ((X > LEFT) & (X < RIGHT))
    crease = 0.5 * np.exp(-(((Y - 84 + arch(X, 4)) / 1.2) ** 2))
    return skin * (1 - 0.5 * line - 0.2 * crease)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("skin", [0.7, 0.25])
@pytest.mark.parametrize("short", [0.0, 0.08, 0.15, 0.2])
def test_an_open_eye_goes_on_to_its_end(short, skin, dtype):
    whole = RIGHT - LEFT
    inner, outer = np.array([RIGHT, 100.0]), np.array([LEFT + short * whole, 100.0])
    found = eye_beyond(picture(open_eye(skin), dtype), inner, outer)
    # The last of a corner, narrower than a lash, is not told from skin.
    assert short - 0.08 <= found * (1 - short) <= short + 0.03


def test_nothing_is_told_where_there_is_no_end_of_an_eye():
    inner, outer = np.array([124.0, 100.0]), np.array([60.0, 100.0])
    assert eye_beyond(picture(np.full((SIDE, SIDE), 0.6)), inner, outer) == 0.0
    stripes = 0.5 + 0.4 * np.sign(np.sin(Y))  # the same contrast everywhere
    assert eye_beyond(picture(stripes), inner, outer) == 0.0
    # An eye at the edge of the picture, and one outside of it.
    for move in (LEFT, 3.0 * SIDE):
        gone = np.array([move, 0.0])
        part = picture(open_eye(0.7))[:, int(min(move, SIDE - 1)) :]
        assert 0.0 <= eye_beyond(part, inner - gone, outer - gone) <= 0.26


def turned(photo: np.ndarray, quarters: int) -> tuple[np.ndarray, Similarity]:
    """Return a picture turned by quarters of a turn, and how its points move."""
    a, b = (
        np.round(np.exp(-0.5j * np.pi * quarters).real),
        np.round(np.exp(-0.5j * np.pi * quarters).imag),
    )
    corner = Similarity(a, b, 0.0, 0.0)(np.array([[0.0, 0], [SIDE - 1.0, SIDE - 1.0]]))
    dx, dy = -corner.min(axis=0)
    return np.rot90(photo, quarters).copy(), Similarity(a, b, dx, dy)


@pytest.mark.parametrize("quarters", [0, 1, 2])
@pytest.mark.parametrize("off", [-5.0, 0.0, 5.0])
@pytest.mark.parametrize("skin", [0.7, 0.2])
def test_shut_lids_lie_on_the_line_where_they_meet(skin, off, quarters):
    x = np.linspace(LEFT, RIGHT, 4)
    true = np.column_stack([x, 100 - arch(x, 6)])
    photo, move = turned(picture(shut_eye(skin, 6)), quarters)
    drawn = true + np.array([0.0, off])  # and straight, not bowed, in between
    drawn[1:3, 1] += 3
    found = move.inverse()(moved_to_seam(photo, move(drawn)))
    before = np.abs(drawn - true)[1:3].max()
    # The line lies a little below the middle of lashes.
    assert found[1:3, 1] - true[1:3, 1] == pytest.approx(
        0.012 * (RIGHT - LEFT), abs=0.8
    )
    assert before >= 2
    np.testing.assert_allclose(found[:, 0], drawn[:, 0], atol=1e-6 + 0.2 * abs(off))


def test_lids_without_a_dark_line_stay():
    x = np.linspace(LEFT, RIGHT, 4)
    drawn = np.column_stack([x, np.full(4, 100.0)])
    np.testing.assert_array_equal(
        moved_to_seam(picture(np.full((SIDE, SIDE), 0.6)), drawn), drawn
    )
    point = np.zeros((4, 2))
    np.testing.assert_array_equal(
        moved_to_seam(picture(shut_eye(0.6, 6)), point), point
    )


def faces(by: str) -> tuple[list[Landmarks], list[np.ndarray]]:
    """Return a face with open and one with shut eyes, drawn roughly, and pictures."""
    rng = np.random.default_rng(5)
    points = np.column_stack([rng.uniform(20, 220, 68), rng.uniform(150, 230, 68)])
    shut = points.copy()
    for eye, left in zip(EYES, (LEFT, SIDE - 1 - RIGHT), strict=True):
        x = np.linspace(0, 64, 4)
        for edge, sign in ((eye.upper, -1), (eye.lower, 1)):
            bow = arch(x, 10 if sign < 0 else 8, 0, 64)
            points[list(edge)] = np.column_stack([left + x, 100 + sign * bow])
            shut[list(edge)] = np.column_stack([left + x, 98.0 - arch(x, 2, 0, 64)])
    points[36, 0] += 9  # the outer corners, too far inside
    points[45, 0] -= 9
    both = np.minimum(open_eye(0.7), 1), shut_eye(0.7, 6)
    whole = [np.where(X < SIDE / 2, one, one[:, ::-1]) for one in both]
    placed = Placement(by=by)
    found = [Landmarks(TEMPLATE, one, placed) for one in (points, shut)]
    return found, [picture(one) for one in whole]


@pytest.mark.parametrize("by", ["detector", "hand"])
def test_only_landmarks_of_detectors_are_moved(by):
    drawn, photos = faces(by)
    moves = [Similarity.identity()] * 2
    mesh = correspond(
        drawn, moves, warp=WARPS["tps"], size=(SIDE, SIDE), photos=photos
    ).correspondence
    opened, shut = mesh.landmarks / 256
    others = np.delete(np.arange(68), np.arange(36, 48))
    for found, one in zip((opened, shut), drawn, strict=True):
        np.testing.assert_allclose(found[others], one.points[others], atol=0.01)
    if by == "hand":
        np.testing.assert_allclose(opened, drawn[0].points, atol=0.01)
        np.testing.assert_allclose(shut, drawn[1].points, atol=0.01)
        return
    assert opened[36] == pytest.approx([LEFT, 100], abs=2.5)
    assert opened[45] == pytest.approx([SIDE - 1 - LEFT, 100], abs=2.5)
    lids = [37, 38, 43, 44]
    x = np.minimum(shut[lids, 0], SIDE - 1 - shut[lids, 0])
    assert shut[lids, 1] == pytest.approx(100 - arch(x, 6) + 0.8, abs=1.0)
    assert openness(shut, EYES[0]) == pytest.approx(0, abs=1e-6)


def test_eyes_in_one_state_are_left_alone():
    drawn, photos = faces("detector")
    both = [drawn[0]] * 2
    for before, after in zip(both, reach_corners(both, photos[:1] * 2), strict=True):
        assert after is before
    assert reach_corners(drawn, []) == list(drawn)
    moved = reach_corners(drawn, photos)
    assert moved[0] is not drawn[0]
    assert moved[1] is drawn[1]
    assert all(is_open(moved[0].points, eye) for eye in EYES)


def test_a_corner_does_not_pass_other_landmarks():
    drawn, photos = faces("detector")
    points = drawn[0].points.copy()
    points[17] = points[36] - [4.0, 0.0]
    near = [replace(drawn[0], points=points), drawn[1]]
    assert (reach_corners(near, photos)[0].points[36] == points[36]).all()


def test_mouths_stay_where_they_are():
    drawn, photos = faces("detector")
    shut = drawn[1].points
    np.testing.assert_array_equal(
        follow_lids(shut, [TEMPLATE.openings[0]], photos[1]), shut
    )
    assert (follow_lids(shut, EYES, photos[1]) != shut).any()
