"""Convex polygons: the pixels inside, against a program that asks each of them."""

import cv2
import numpy as np
import pytest
from scipy.spatial import ConvexHull
from skimage.draw import polygon2mask

from morphkit.geometry.polygon import drawn, filled

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
