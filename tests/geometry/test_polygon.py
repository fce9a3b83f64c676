"""Polygons and hulls, against programs that ask every pixel, SciPy and by hand."""

import cv2
import numpy as np
import pytest
import scipy
from scipy.spatial import ConvexHull
from skimage.draw import polygon2mask

from morphkit.errors import InputError
from morphkit.geometry.groups import linked_groups
from morphkit.geometry.hull import convex_hull
from morphkit.geometry.polygon import area, cut, drawn, filled, inside

RNG = np.random.default_rng(3)


def hulls(unit: int) -> list[np.ndarray]:
    """Return hulls inside, across and around the frame, some with corners on pixels."""
    found = []
    for k in range(40):
        points = RNG.integers(-12 * unit, 52 * unit, (RNG.integers(3, 12), 2))
        if k % 3 == 0:
            points = points // unit * unit
        hull = points[ConvexHull(points, qhull_options="QJ").vertices]
        found.append(hull[::-1] if k % 2 else hull)
    return found


@pytest.mark.parametrize("unit", [1, 4, 256])
def test_inside_is_what_another_program_finds_pixel_by_pixel(unit):
    width, height = 41, 33
    seen = 0
    for hull in hulls(unit):
        wanted = polygon2mask((height, width), (hull / unit)[:, ::-1])
        assert (filled(hull, unit, (width, height)) == wanted).all()
        seen += int(wanted.sum())
    assert 2000 < seen < 40 * width * height


def test_pixels_on_the_edge_are_inside():
    square = np.array([[256, 256], [768, 256], [768, 512], [256, 512]])
    found = filled(square, 256, (5, 4))
    assert np.argwhere(found).tolist() == [[y, x] for y in (1, 2) for x in (1, 2, 3)]


@pytest.mark.parametrize("n", [3, 4, 9, 40])
def test_any_polygon_is_drawn_as_by_opencv(n):
    """Also one that crosses itself, is a line, or has the same corner twice."""
    rng = np.random.default_rng(n)
    for spread in (3, 40):
        for _ in range(150):
            corners = rng.integers(0, spread, (n, 2)).astype(np.int32)
            wanted = np.zeros((40, 44), np.uint8)
            cv2.fillPoly(wanted, [corners], 1)
            assert (drawn(corners, (44, 40)) == wanted).all(), corners.tolist()


def test_what_lies_outside_of_the_image_is_left_out():
    rng = np.random.default_rng(1)
    for _ in range(50):
        corners = rng.integers(-30, 60, (7, 2))
        whole = drawn(corners + 30, (90, 90))
        assert (drawn(corners, (30, 25)) == whole[30:55, 30:60]).all()


@pytest.mark.parametrize("steps", [None, 1, 4])
def test_inside_of_any_polygon_is_what_another_program_finds(steps):
    """Also where polygons overlap themselves, and corners and edges lie on pixels."""
    seen = 0
    for _ in range(60):
        corners = RNG.uniform(-5, 45, (RNG.integers(3, 14), 2))
        if steps:
            corners = np.round(corners * steps) / steps
        wanted = polygon2mask((35, 40), corners[:, ::-1])
        np.testing.assert_array_equal(inside(corners, (35, 40)), wanted)
        seen += int(wanted.sum())
    assert 5000 < seen < 60 * 35 * 40


def test_nothing_is_inside_beside_the_frame():
    far = np.array([[50.0, 3.0], [60.0, 3.0], [50.0, 9.0]])
    assert not inside(far, (20, 30)).any()
    assert not inside(np.array([[3.2, 3.2], [3.4, 3.2], [3.2, 3.4]]), (20, 30)).any()


def test_a_hull_is_that_of_scipy():
    for k in range(60):
        points = RNG.normal(size=(70, 2))
        if k % 2:  # many on one line, and twice
            points = RNG.integers(0, 20, (RNG.integers(5, 60), 2))
        found, wanted = convex_hull(points), points[ConvexHull(points).vertices]
        assert {*map(tuple, found.tolist())} == {*map(tuple, wanted.tolist())}
        assert len(found) == len(wanted)
        assert area(found.astype(float)) == pytest.approx(ConvexHull(points).volume)


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.1])
def test_points_on_one_line_have_no_hull(angle):
    line = np.outer(RNG.uniform(-300, 300, 50), [np.cos(angle), np.sin(angle)])
    with pytest.raises(InputError, match="on one line"):
        convex_hull(line + np.array([400, 300]))


def test_groups_are_those_of_scipy():
    for _ in range(60):
        n = int(RNG.integers(2, 40))
        links = RNG.integers(0, n, (RNG.integers(0, 30), 2))
        graph = scipy.sparse.coo_array((np.ones(len(links)), tuple(links.T)), (n, n))
        _, wanted = scipy.sparse.csgraph.connected_components(graph, directed=False)
        np.testing.assert_array_equal(linked_groups(n, links.tolist()), wanted)


def test_a_polygon_is_cut_along_a_line():
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    corner = cut(square, square.sum(axis=1) - 6)
    assert corner.tolist() == [[4, 2], [4, 4], [2, 4]]
    assert cut(square, square.sum(axis=1) + 1).tolist() == square.tolist()
    assert len(cut(square, -1 - square.sum(axis=1))) == 0
    assert area(np.empty((0, 2))) == 0.0
