"""Edges of holes: pixels that are partly behind, against areas counted by hand."""

import numpy as np
import pytest

from morphkit.pixels import ONE, RenderJob, Source, render_samples
from morphkit.pixels.spec import WHITE

SIZE = WIDTH, HEIGHT = 24, 20
#: Corners of the hole, clockwise, px.
HOLE = np.array([[5.3, 4.1], [18.7, 6.4], [17.2, 14.9], [6.1, 12.2]])


def corners_of_frame() -> np.ndarray:
    """Return the corners of the frame, clockwise, px."""
    upper = np.array([[-0.5, -0.5], [WIDTH - 0.5, -0.5]])
    return np.concatenate([upper, np.array(SIZE) - 1 - upper])


def rendered(
    hole: np.ndarray, weights: tuple[int, ...] = (ONE // 2, ONE // 2)
) -> np.ndarray:
    """Return the light of a black skin with a hole before a white sheet, (H, W)."""
    sheet = hole + np.sign(hole - hole.mean(axis=0)) * 2
    nodes = np.concatenate([corners_of_frame(), hole, sheet])
    around = [[k, (k + 1) % 4, 4 + k] for k in range(4)]
    around += [[(k + 1) % 4, 4 + (k + 1) % 4, 4 + k] for k in range(4)]
    photo = np.zeros((20, 40, 3), np.uint8)
    photo[:, 20:] = 255
    is_sheet = np.arange(len(nodes))[:, None] >= 8
    place = np.where(is_sheet, (30, 10), (10, 10)) * 256
    job = RenderJob(
        [Source(photo)] * len(weights),
        [place] * len(weights),
        np.rint(nodes * 256).astype(np.int32),
        [[8, 9, 10], [8, 10, 11], *around],
        weights,
        size=SIZE,
        behind=2,
    )
    return render_samples(job)[..., 0]


def inside(corners: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return which places lie in a convex outline, clockwise in the frame."""
    found = np.ones(np.broadcast(x, y).shape, bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        found &= (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0
    return found


@pytest.fixture(params=["c", "numpy"])
def engine(request, monkeypatch):
    """Both implementations, one after the other."""
    if request.param == "c":
        pytest.importorskip("morphkit.pixels._native")
    else:
        monkeypatch.setattr("morphkit.pixels.rendering.native", lambda: None)


@pytest.mark.usefixtures("engine")
def test_the_edge_of_a_hole_is_as_light_as_its_area():
    light = rendered(HOLE)
    place = (np.arange(4) - 1.5) / 4
    x = np.arange(WIDTH)[:, None] + place
    y = np.arange(HEIGHT)[:, None] + place
    seen = inside(HOLE, x.reshape(1, -1), y.reshape(-1, 1))
    share = seen.reshape(HEIGHT, 4, WIDTH, 4).sum(axis=(1, 3)) / 16
    assert ((share > 0) & (share < 1)).sum() > 30
    np.testing.assert_array_equal(light, (share * WHITE + 0.5).astype(int))


@pytest.mark.usefixtures("engine")
def test_a_hole_narrower_than_a_pixel_is_a_line_and_no_dots():
    """Its light, from below to above, is its height."""
    low = np.array([[2.2, 9.1], [21.8, 9.6], [21.8, 10.1], [2.2, 9.6]])
    light = rendered(low)[:, 4:20].sum(axis=0) / WHITE
    np.testing.assert_allclose(light, 0.5, atol=0.13)


def test_without_a_sheet_nothing_is_smooth():
    """Triangles that share nodes with others are no sheet: the frame is plain."""
    nodes = np.rint(corners_of_frame() * 256).astype(np.int32)
    rng = np.random.default_rng(5)
    photo = Source(rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8))
    triangles, half = [[0, 1, 2], [0, 2, 3]], [ONE // 2, ONE // 2]
    plain, behind = (
        render_samples(
            RenderJob([photo] * 2, [nodes] * 2, nodes, triangles, half, SIZE, behind=n)
        )
        for n in (None, 1)
    )
    np.testing.assert_array_equal(behind, plain)


def test_the_ends_are_the_photographs():
    assert set(np.unique(rendered(HOLE, (ONE,)))) == {0, WHITE}
