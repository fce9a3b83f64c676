"""Convex polygons: the pixels inside, against a program that asks each of them."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull
from skimage.draw import polygon2mask

from morphkit.geometry.polygon import filled

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
