"""Masks and framing: outlines, fading, crop and pad, against definitions."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import points_in_poly

from morphkit.errors import InputError
from morphkit.faces.formats.template_json import find_template
from morphkit.geometry.correspondence.frozen_mesh import Correspondence, to_nodes
from morphkit.morph.framing import (
    Box,
    Framing,
    Sides,
    check_padding,
    cut_of,
    in_grey,
    inside_landmarks,
)
from morphkit.morph.masks import MASKS, MaskShape, Places, fade, feather_taps
from morphkit.morph.masks.shapes import FOREHEAD, OVAL_WIDTH
from morphkit.morph.scene import mask_of
from morphkit.morph.trajectory import Trajectory
from morphkit.pixels.spec import decode_table

WHITE = 32767
EYES = np.array([[80.0, 90.0], [140.0, 96.0]])
#: Landmarks of a leaning face that end at the brows.
POINTS = np.array(
    [
        *(
            [55, 90],
            [60, 140],
            [75, 175],
            [103, 196],
            [133, 180],
            [155, 147],
            [163, 99],
        ),
        *([78, 70], [110, 68], [146, 77], *EYES.tolist(), [107, 130], [103, 160]),
    ],
    dtype=float,
)
TEMPLATE = find_template("ibug_68")


def to_face(points: np.ndarray) -> np.ndarray:
    """Return points along and across the line between the eyes, from its middle."""
    across = (EYES[1] - EYES[0]) / np.linalg.norm(EYES[1] - EYES[0])
    down = np.array([-across[1], across[0]])
    return (points - EYES.mean(axis=0)) @ np.stack([across, down], axis=1)


@pytest.mark.parametrize("name", MASKS)
def test_an_outline_goes_from_chin_to_hairline(name):
    outline = to_face(MASKS[name].outline(Places(POINTS, EYES)) / 256)
    marks = to_face(POINTS)
    chin = marks[:, 1].max()
    assert outline[:, 1].max() == pytest.approx(chin, abs=0.01)
    assert outline[:, 1].min() == pytest.approx(-FOREHEAD * chin, abs=0.01)
    width = np.ptp(outline[:, 0]) / np.ptp(marks[:, 0])
    assert width == pytest.approx({"oval": OVAL_WIDTH, "face": 1.0}[name], abs=1e-3)


def test_an_oval_is_an_ellipse():
    outline = to_face(MASKS["oval"].outline(Places(POINTS, EYES)) / 256)
    middle = (outline.max(axis=0) + outline.min(axis=0)) / 2
    radii = np.ptp(outline, axis=0) / 2
    distance = (((outline - middle) / radii) ** 2).sum(axis=1)
    assert distance == pytest.approx(1, abs=1e-3)


def test_a_face_holds_every_landmark():
    outline = MASKS["face"].outline(Places(POINTS, EYES)) / 256
    larger = outline.mean(axis=0) + 1.001 * (outline - outline.mean(axis=0))
    assert points_in_poly(POINTS, larger).all()


def test_a_forehead_of_its_own_is_kept():
    top = np.array([[113.0, 12.0]])  # higher than 60 % of where a hairline is put
    marks = np.vstack([POINTS, top])
    for name in MASKS:
        outline = to_face(MASKS[name].outline(Places(marks, EYES)) / 256)
        assert outline[:, 1].min() == pytest.approx(to_face(top)[0, 1], abs=0.01)


def test_without_eyes_the_landmarks_decide():
    outline = MASKS["oval"].outline(Places(POINTS, None)) / 256
    assert outline[:, 1].min() == pytest.approx(POINTS[:, 1].min(), abs=0.01)
    assert outline[:, 1].max() == pytest.approx(POINTS[:, 1].max(), abs=0.01)


def test_a_turned_face_has_a_turned_outline():
    turn = np.deg2rad(25)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    for mask in MASKS.values():
        upright = mask.outline(Places(POINTS, EYES)) / 256
        turned = mask.outline(Places(POINTS @ matrix, EYES @ matrix)) / 256
        near = np.abs(turned[:, None] - (upright @ matrix)[None]).max(axis=2)
        assert near.min(axis=1).max() < 0.01  # corners may begin elsewhere


@pytest.mark.parametrize("name", MASKS)
def test_landmarks_on_a_line_are_refused(name):
    line = np.stack([np.arange(9.0), 2 * np.arange(9.0)], axis=1)
    for eyes in (None, line[:2], line[[0, 0]]):
        with pytest.raises(InputError, match=r"on one line|at one place"):
            MASKS[name].outline(Places(line, eyes))


def mesh_of(*ends: np.ndarray, size: tuple[int, int] = (200, 240)) -> Correspondence:
    """Return a correspondence with nothing in it but landmarks."""
    nodes = to_nodes(np.stack(ends))
    n = len(ends)
    return Correspondence(
        size,
        np.array([[0, 1, 2]], np.int32),
        nodes,
        nodes,
        (np.array([16384], np.int16),) * n,
        nodes,
    )


def face_68(mouth: float = 0.0) -> np.ndarray:
    """Return 68 landmarks whose chin lies `mouth` pixels lower."""
    turn = np.linspace(0, np.pi, 17)
    jaw = np.stack([100 - 60 * np.cos(turn), 110 + 85 * np.sin(turn)], axis=1)
    jaw[:, 1] += mouth * np.sin(turn)
    rest = np.random.default_rng(7).uniform([70, 85], [130, 150], (51, 2))
    points = np.vstack([jaw, rest])
    for eye, x in zip(TEMPLATE.eyes, (75, 125), strict=True):
        points[list(eye)] = [x, 110]
    return points


@pytest.mark.parametrize("levels", [(0.0, 0.5, 1.0), (-0.5, 0.2, 1.4)])
def test_one_mask_holds_the_face_of_every_frame(levels):
    ends = face_68(), face_68(mouth=25)
    mesh, trajectory = mesh_of(*ends), Trajectory.through(levels)
    shape = mask_of("face", mesh, trajectory, TEMPLATE, feather=0.0)
    outline = shape.outline / 256
    larger = outline.mean(axis=0) + 1.002 * (outline - outline.mean(axis=0))
    for level in levels:
        points = (1 - level) * ends[0] + level * ends[1]
        assert points_in_poly(points, larger).all()
    lowest = ends[0][8, 1] + max(levels) * 25
    assert outline[:, 1].max() == pytest.approx(lowest, abs=0.02)


def test_the_order_of_the_ends_does_not_matter():
    ends = face_68(), face_68(mouth=25)
    trajectory = Trajectory.equal_steps(5)
    first, second = (
        mask_of("oval", mesh_of(*e), trajectory, TEMPLATE, feather=0.05)
        for e in (ends, ends[::-1])
    )
    assert np.abs(first.outline - second.outline).max() <= 1
    assert (first.feather == second.feather).all()


# --- fading -------------------------------------------------------------------


@pytest.mark.parametrize("width", [0, 1, 2, 9, 24, 301])
def test_taps_are_a_filter(width):
    taps = feather_taps(width)
    assert taps.dtype == np.int16
    assert taps.sum(dtype=int) == 16384
    assert (taps == taps[::-1]).all()
    assert (taps >= 0).all()
    assert len(taps) == 2 * (width // 2) + 1


def square(feather: int) -> MaskShape:
    corners = np.array([[20, 16], [80, 16], [80, 60], [20, 60]]) * 256 - 128
    return MaskShape(corners.astype(np.int32), feather_taps(feather))


def test_an_edge_fades_over_its_width():
    cover = square(12).cover((100, 80))
    row = cover[40].astype(int)
    assert row[26] == WHITE  # half the width inside the edge, at 20
    assert row[13] == 0
    assert (np.diff(row[13:27]) > 0).all()
    assert row[19] + row[20] == pytest.approx(WHITE, abs=2)  # halfway at the edge
    assert np.abs(np.diff(row[:40])).max() < 0.17 * WHITE  # nowhere a corner


def test_without_a_feather_a_mask_is_as_sharp_as_pixels():
    cover = square(0).cover((100, 80))
    assert set(np.unique(cover)) == {0, WHITE}
    assert (cover[16:60, 20:80] == WHITE).all()
    assert (cover > 0).sum() == 44 * 60


def test_fading_mixes_light():
    frame = np.random.default_rng(1).integers(0, 256, (80, 100, 3), dtype=np.uint8)
    cover, background = square(14).cover((100, 80)), (10, 128, 240)
    result = fade(frame, cover, background)
    table = decode_table("uint8").astype(float) / WHITE
    share = (cover / WHITE)[..., None]
    light = share * table[frame] + (1 - share) * table[list(background)]
    codes = np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055
    )
    # Rounding of light to 1/32767 shows in the darkest codes alone.
    assert np.abs(result - 255 * codes).max() < 0.56
    assert (result[cover == WHITE] == frame[cover == WHITE]).all()
    assert (result[cover == 0] == background).all()


def test_fading_keeps_what_is_equal():
    frame = np.full((80, 100, 3), 77, np.uint8)
    assert (fade(frame, square(20).cover((100, 80)), (77, 77, 77)) == frame).all()


def test_no_halo():
    """Between a face and a background nothing is darker or brighter than both."""
    frame = np.full((80, 100, 3), 190, np.uint8)
    result = fade(frame, square(20).cover((100, 80)), (60, 60, 60))
    assert (result.min(), result.max()) == (60, 190)
    row = result[40, :50, 0].astype(int)
    assert (np.diff(row) >= 0).all()


@pytest.mark.parametrize(
    ("outline", "feather"),
    [
        (np.zeros((2, 2), np.int32), feather_taps(4)),
        (np.zeros((4, 2)), feather_taps(4)),
        (np.zeros((4, 3), np.int32), feather_taps(4)),
        (np.zeros((4, 2), np.int32), feather_taps(4) // 2),
        (np.zeros((4, 2), np.int32), np.array([8192, 8192], np.int16)),
    ],
)
def test_arrays_that_are_no_mask_are_refused(outline, feather):
    with pytest.raises(InputError, match="of a mask do not fit"):
        MaskShape(outline, feather)


# --- framing ------------------------------------------------------------------


def test_inside_is_the_hull_of_the_landmarks():
    points = face_68(mouth=10)
    found = inside_landmarks(to_nodes(points), (200, 240))
    from scipy.spatial import Delaunay

    places = np.stack(np.meshgrid(np.arange(200), np.arange(240)), axis=-1)
    exact = Delaunay(points).find_simplex(places) >= 0
    edge = ndimage.binary_dilation(exact) & ~ndimage.binary_erosion(exact)
    assert (found == exact)[~edge].all()
    assert found.sum() == pytest.approx(exact.sum(), rel=5e-3)


def test_grey_has_the_luminance_of_the_colour():
    light = np.random.default_rng(3).integers(0, 32768, (30, 40, 3)).astype(np.int16)
    grey = in_grey(light)
    assert grey.dtype == np.int16
    assert (grey[..., :1] == grey).all()
    assert grey[..., 0] == pytest.approx(light @ [0.2126, 0.7152, 0.0722], abs=1.5)
    assert (in_grey(grey) == grey).all()


def test_crop_and_pad():
    picture = np.random.default_rng(4).integers(0, 256, (50, 60, 3), dtype=np.uint8)
    cut = cut_of((60, 50), [3, 5, 7, 9])
    framing = Framing(cut, Sides(2, 0, 0, 4), (1, 2, 3))
    result = framing.finished(picture)
    assert result.shape == (50 - 14 + 4, 60 - 10 + 2, 3)
    assert (result[:36, 2:] == picture[5:41, 3:53]).all()
    assert (result[:, :2] == (1, 2, 3)).all()
    assert (result[36:] == (1, 2, 3)).all()
    x, y = framing.corner
    assert (result[0, 2] == picture[y, x + 2]).all()
    whole = Framing(cut_of((60, 50), "none"), Sides(0, 0, 0, 0), (0, 0, 0))
    assert (whole.finished(picture) == picture).all()


def test_what_was_cut_off_does_not_come_back():
    picture = np.full((50, 60, 3), 9, np.uint8)
    framing = Framing(cut_of((60, 50), [4] * 4), Sides(4, 4, 4, 4), (200, 0, 0))
    result = framing.finished(picture)
    assert result.shape == (50, 60, 3)
    assert (result[4:-4, 4:-4] == 9).all()
    assert (result[:4] == (200, 0, 0)).all()
    assert (result[:, -4:] == (200, 0, 0)).all()


def test_a_crop_to_masks_holds_all_of_them():
    size, shapes = (100, 80), [square(12), square(0)]
    left, top, right, bottom = cut_of(size, "mask", shapes)
    covered = np.any([shape.cover(size) > 0 for shape in shapes], axis=0)
    y, x = np.nonzero(covered)
    assert left <= x.min() <= left + 3
    assert top <= y.min() <= top + 3
    assert right - 4 <= x.max() < right
    assert bottom - 4 <= y.max() < bottom


def test_a_mask_at_the_edge_does_not_widen_the_frame():
    corners = [[-30, -20], [150, -20], [150, 120], [-30, 120]]
    shape = MaskShape(np.array(corners, np.int32) * 256, feather_taps(9))
    assert cut_of((100, 80), "mask", [shape]) == Box(0, 0, 100, 80)


@pytest.mark.parametrize(
    ("crop", "said"),
    [([30, 0, 20, 0], r"frame.crop.*leaves 10×50"), ([0, 40, 0, 40], "leaves 60×-30")],
)
def test_crops_that_leave_nothing(crop, said):
    with pytest.raises(InputError, match=said):
        cut_of((60, 50), crop)


def test_too_much_padding():
    with pytest.raises(InputError, match=r"frame.pad.*60×16434"):
        check_padding(Box(0, 0, 60, 50), Sides(0, 16384, 0, 0))
