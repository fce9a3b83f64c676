"""Warps: the spline and the triangles, their meshes, control points, and folds."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.tri import LinearTriInterpolator, Triangulation
from scipy.interpolate import RBFInterpolator

from morphkit.errors import InputError
from morphkit.faces.formats import read_landmarks, read_template
from morphkit.geometry.warp import piecewise_affine, tps
from morphkit.geometry.warp.controls import MERGE_WITHIN, make_controls
from morphkit.geometry.warp.mesh import (
    Mesh,
    area_within,
    centre_of_largest_group,
    regular_mesh,
    rim_anchors,
    signed_areas,
)
from morphkit.geometry.warp.unfold import MIN_AREA_RATIO, unfold

SIDE = 1350
SLOW = settings(deadline=None, max_examples=15)
SEEDS = st.integers(0, 2**32 - 1)


def scattered(n, seed, *, side=SIDE):
    """Return n points in the frame, no two closer than 1/300 of its side."""
    rng = np.random.default_rng(seed)
    cell = rng.choice(400, n, replace=False)
    places = np.stack([cell % 20, cell // 20], axis=1) + rng.uniform(0.03, 0.97, (n, 2))
    return places * (side - 1) / 20


def displaced(points, seed, by=25.0):
    """Return the points moved as landmarks of another expression are: not smoothly."""
    rng = np.random.default_rng(seed + 1)
    return points + rng.normal(0, by, points.shape)


def everywhere(seed, n=400, margin=60):
    return np.random.default_rng(seed + 2).uniform(-margin, SIDE + margin, (n, 2))


# ---- thin-plate spline


@SLOW
@given(st.integers(4, 190), SEEDS)
def test_spline_agrees_with_scipy(n, seed):
    start, at = scattered(n, seed), everywhere(seed)
    end = displaced(start, seed)
    oracle = RBFInterpolator(start, end, kernel="thin_plate_spline", degree=1)
    found = tps.fit(start, end)
    assert np.abs(found(at) - oracle(at)).max() < 1e-6
    assert np.abs(found(start) - end).max() < 1e-6


@pytest.mark.slow
@SLOW
@given(st.integers(4, 190), SEEDS, st.floats(-math.pi, math.pi), st.floats(0.01, 8))
def test_spline_does_not_depend_on_the_frame(n, seed, angle, scale):
    """Turning, scaling and shifting both faces turns, scales and shifts the result."""
    start, at = scattered(n, seed), everywhere(seed, 60)
    end = displaced(start, seed)
    turn = scale * np.array(
        [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]
    )

    def frame(points):
        return points @ turn + [4000, -9000]

    there = tps.fit(frame(start), frame(end))(frame(at))
    assert np.abs(there - frame(tps.fit(start, end)(at))).max() < 1e-6 * max(scale, 1)


@pytest.mark.slow
@SLOW
@given(st.integers(4, 190), SEEDS)
def test_spline_does_not_depend_on_the_order(n, seed):
    start, at = scattered(n, seed), everywhere(seed, 60)
    end = displaced(start, seed)
    order = np.random.default_rng(seed).permutation(n)
    other = tps.fit(start[order], end[order])
    assert np.abs(other(at) - tps.fit(start, end)(at)).max() < 1e-6


@pytest.mark.parametrize("fit", [tps.fit, piecewise_affine.fit])
@SLOW
@given(
    n=st.integers(3, 190),
    seed=SEEDS,
    matrix=st.lists(st.floats(-3, 3), min_size=6, max_size=6),
)
def test_affine_maps_are_exact_everywhere(fit, n, seed, matrix):
    start, at = scattered(n, seed), everywhere(seed, 80)
    A, shift = np.reshape(matrix[:4], (2, 2)), 100 * np.array(matrix[4:])
    found = fit(start, start @ A + shift)
    assert np.abs(found(at) - (at @ A + shift)).max() < 1e-6


def test_spline_through_a_grid():
    """Points as far apart as the spline's own unit of length are no special case."""
    start = np.array(list(itertools.product([0.0, 300, 600], repeat=2))) + 100
    end = displaced(start, 3)
    at = everywhere(3)
    oracle = RBFInterpolator(start, end, kernel="thin_plate_spline", degree=1)
    assert np.abs(tps.fit(start, end)(at) - oracle(at)).max() < 1e-6


def test_several_splines_at_once():
    start, at = scattered(68, 5), everywhere(5, 30)
    ends = [displaced(start, k) for k in (1, 2)]
    both = tps.fit(start, np.hstack(ends))(at)
    for k, end in enumerate(ends):
        assert np.abs(both[:, 2 * k : 2 * k + 2] - tps.fit(start, end)(at)).max() < 1e-9


def test_spline_at_many_points():
    """Points are evaluated in pieces; the pieces join."""
    start = scattered(20, 6)
    found = tps.fit(start, displaced(start, 6))
    at = everywhere(6, 4096 * 2 + 5)
    whole = found(at)
    for k in (0, 4095, 4096, 8191, 8192, len(at) - 1):
        assert found(at[k : k + 1])[0] == pytest.approx(whole[k], abs=1e-9)
    assert found(at[:0]).shape == (0, 2)


@pytest.mark.parametrize("fit", [tps.fit, piecewise_affine.fit])
@pytest.mark.parametrize("n", [3, 4, 17, 190])
@pytest.mark.parametrize("angle", [0, 0.3, math.pi / 4, 1.2, math.pi / 2, 2.9])
def test_landmarks_on_one_line(fit, n, angle):
    along = np.random.default_rng(n).uniform(0, 900, n)
    start = 200 + np.outer(along, [math.cos(angle), math.sin(angle)])
    with pytest.raises(InputError, match="all landmarks lie on one line"):
        fit(start, displaced(start, 1))


@pytest.mark.parametrize("fit", [tps.fit, piecewise_affine.fit])
@pytest.mark.parametrize("pair", [(0, 1), (3, 67), (66, 67)])
def test_coincident_starts(fit, pair):
    start = scattered(68, 9)
    start[pair[1]] = start[pair[0]]
    with pytest.raises(InputError, match="same place; merge coincident landmarks"):
        fit(start, displaced(start, 1))


@pytest.mark.parametrize("fit", [tps.fit, piecewise_affine.fit])
@pytest.mark.parametrize("gap", [1e-11, 1e-12, 3e-13])
def test_starts_that_nearly_coincide(fit, gap):
    """Either every landmark is hit or the map is refused; never something between."""
    start = scattered(68, 9)
    start[11] = start[40] + [gap, 0]
    end = displaced(start, 1)
    with pytest.raises(InputError, match="so close together"):
        fit(start, end)


def test_splines_through_too_few():
    with pytest.raises(InputError, match="through 2 points; 3 or more"):
        tps.fit(np.eye(2), np.eye(2))


# ---- piecewise affine


@SLOW
@given(st.integers(4, 120), SEEDS)
def test_triangles_agree_with_matplotlib(n, seed):
    start, at = scattered(n, seed), everywhere(seed, 150)
    end = displaced(start, seed)
    mesh = Triangulation(*start.T)
    expected = np.ma.stack(
        [LinearTriInterpolator(mesh, end[:, k])(*at.T) for k in (0, 1)], axis=1
    )
    inside = ~np.ma.getmaskarray(expected).any(axis=1)
    found = piecewise_affine.fit(start, end)
    off = found(at)[inside] - expected.data[inside]
    assert np.abs(off).max(initial=0) < 1e-6
    assert np.abs(found(start) - end).max() < 1e-6


def test_triangles_by_hand():
    """A square with a lifted middle: four triangles, worked out with a ruler."""
    start = np.array([[0, 0], [100, 0], [100, 100], [0, 100], [50.0, 40]])
    end = start.copy()
    end[4] += 10, -20
    found = piecewise_affine.fit(start, end)
    # Half-way from the middle to the middle of each side; a third at the centroid.
    at = np.array(
        [[50, 20], [75, 45], [50, 70], [25, 45], [(0 + 100 + 50) / 3, 40 / 3]]
    )
    shift = np.array([[5, -10], [5, -10], [5, -10], [5, -10], [10 / 3, -20 / 3]])
    assert found(at) - at == pytest.approx(shift, abs=1e-9)


def test_triangles_do_not_depend_on_the_order():
    start, at = scattered(90, 12), everywhere(12, 200)
    end = displaced(start, 12)
    order = np.random.default_rng(0).permutation(90)
    other = piecewise_affine.fit(start[order], end[order])
    assert np.abs(other(at) - piecewise_affine.fit(start, end)(at)).max() < 1e-9


# ---- meshes


def edges_of(triangles):
    pairs = np.concatenate(
        [triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]
    )
    return np.sort(pairs, axis=1)


def assert_mesh_covers(mesh, low, high):
    """No triangle is turned over, none overlap, and together they fill a rectangle."""
    areas = signed_areas(mesh.nodes, mesh.triangles)
    assert areas.min() > 0
    width, height = np.subtract(high, low)
    assert areas.sum() / 2 == pytest.approx(width * height, rel=1e-9)
    assert mesh.nodes.min(axis=0) == pytest.approx(low)
    assert mesh.nodes.max(axis=0) == pytest.approx(high)
    low, high = mesh.nodes.min(axis=0), mesh.nodes.max(axis=0)
    # An edge belongs to two triangles, or to one on the border: no gap, no overlap.
    edges, count = np.unique(edges_of(mesh.triangles), axis=0, return_counts=True)
    border = edges[count == 1]
    assert count.max() == 2
    ends = mesh.nodes[border]
    on_side = ((ends == low) | (ends == high)) & (ends[:, :1] == ends[:, 1:])
    assert on_side.any(axis=(1, 2)).all()
    assert len(np.unique(mesh.triangles)) == len(mesh.nodes)


@SLOW
@given(st.integers(16, 300), st.integers(16, 300), st.integers(2, 64))
def test_regular_mesh(width, height, spacing):
    mesh = regular_mesh((width, height), spacing)
    low = np.array([-spacing, -spacing], float)
    high = mesh.nodes.max(axis=0)
    assert_mesh_covers(mesh, low, high)
    # One whole cell or more beyond the last pixel, and less than two.
    beyond = high - [width - 1, height - 1]
    assert ((beyond >= spacing) & (beyond < 2 * spacing)).all()
    assert (signed_areas(mesh.nodes, mesh.triangles) == spacing**2).all()
    on_border = ((mesh.nodes == low) | (mesh.nodes == high)).any(axis=1)
    assert (mesh.rim == on_border).all()
    assert mesh.triangles.dtype == np.int32


def test_diagonals_alternate():
    """Inside, four and eight triangles meet at nodes in turn, like a chessboard."""
    mesh = regular_mesh((90, 70), 10)
    meeting = np.bincount(mesh.triangles.ravel())
    inner = ~mesh.rim
    x, y = np.rint(mesh.nodes[inner] / 10).astype(int).T
    eight = (x + y) % 2 == 0
    assert (meeting[inner] == np.where(eight, 8, 4)).all() or (
        meeting[inner] == np.where(eight, 4, 8)
    ).all()


@SLOW
@given(st.integers(4, 150), SEEDS, st.integers(2, 64))
def test_triangle_mesh_covers_frame_and_rim(n, seed, spacing):
    size = (400, 520)
    start = scattered(n, seed, side=400)
    controls = make_controls([start, displaced(start, seed, by=4)], size)
    mesh = piecewise_affine.mesh(controls.mean, size, spacing)
    low = np.minimum(controls.mean.min(axis=0), 0) - spacing
    high = np.maximum(controls.mean.max(axis=0), [399, 519]) + spacing
    assert_mesh_covers(mesh, low, high)
    n_rim = int(mesh.rim.sum())
    assert n_rim == 32
    assert mesh.rim[-n_rim:].all()
    assert (mesh.nodes[~mesh.rim] == controls.mean).all()


def test_landmarks_outside_of_the_frame_stay_within_the_rim():
    """One that comes in leaves no part of the frame without a triangle."""
    start = np.vstack([scattered(30, 3, side=200), [[-40, 90], [260, -70]]])
    mesh = piecewise_affine.mesh(start, (200, 200), 8)
    assert_mesh_covers(mesh, [-48, -78], [268, 207])
    nodes = mesh.nodes.copy()
    nodes[30] = 12, 90
    areas = signed_areas(nodes, mesh.triangles)
    assert areas.sum() == pytest.approx(signed_areas(mesh.nodes, mesh.triangles).sum())


def test_triangles_are_delaunay():
    """No node lies in the circle through the corners of a triangle."""
    start = scattered(60, 3, side=400)
    mesh = piecewise_affine.mesh(start, (400, 400), 8)
    a, b, c = (mesh.nodes[mesh.triangles[:, k]] for k in range(3))
    d = 2 * np.linalg.det(np.stack([b - a, c - a], axis=1))
    bb, cc = ((b - a) ** 2).sum(1), ((c - a) ** 2).sum(1)
    ux = ((c - a)[:, 1] * bb - (b - a)[:, 1] * cc) / d
    uy = ((b - a)[:, 0] * cc - (c - a)[:, 0] * bb) / d
    centre, radius = a + np.stack([ux, uy], 1), np.hypot(ux, uy)
    away = np.hypot(*np.moveaxis(mesh.nodes[None] - centre[:, None], 2, 0))
    assert (away > radius[:, None] * (1 - 1e-9)).all()


@pytest.mark.parametrize("size", [(181, 240), (512, 512), (16, 17)])
@pytest.mark.parametrize("per_side", [8, 3])
def test_rim_anchors(size, per_side):
    right, bottom = size[0] - 1, size[1] - 1
    rim = rim_anchors(size, per_side)
    assert len(np.unique(rim, axis=0)) == 4 * per_side
    for corner in ((0, 0), (right, 0), (right, bottom), (0, bottom)):
        assert (rim == corner).all(axis=1).any()
    x, y = rim.T
    assert ((x == 0) | (x == right) | (y == 0) | (y == bottom)).all()
    steps = np.hypot(*(np.roll(rim, -1, axis=0) - rim).T)
    expected = np.repeat([right, bottom, right, bottom], per_side) / per_side
    assert steps == pytest.approx(expected)
    assert (x @ np.roll(y, -1) - np.roll(x, -1) @ y) > 0  # clockwise, y down


@SLOW
@given(SEEDS, st.floats(-9, 9), st.floats(0, 12))
def test_area_within_a_rectangle(seed, edge, size):
    """Against counting: triangles over a square, cut by a rectangle anywhere."""
    nodes = np.array([[0, 0], [10, 0], [10, 10], [0, 10], [4, 7.0]])
    triangles = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], np.int32)
    mirror = nodes[:, ::-1] * [1, -1]  # the same places in another frame
    corners = np.hstack([nodes, mirror])[triangles]
    low, high = [edge, 1, -99, -99], [edge + size, 8, 99, 99]
    expected = 7 * max(min(edge + size, 10) - max(edge, 0), 0)
    assert area_within(corners, low, high) == pytest.approx(expected, abs=1e-9)
    # A limit on the other coordinates: y' = -x, so -4 <= y' cuts at x = 4.
    low[3] = -4
    expected = 7 * max(min(edge + size, 4) - max(edge, 0), 0)
    assert area_within(corners, low, high) == pytest.approx(expected, abs=1e-9)


def test_place_of_the_largest_group():
    mesh = regular_mesh((100, 100), 10)
    centres = mesh.nodes[mesh.triangles].mean(axis=1)
    near = np.hypot(*(centres - [25, 35]).T) < 12
    other = np.hypot(*(centres - [80, 80]).T) < 8
    assert near.sum() > other.sum() > 0
    place = centre_of_largest_group(mesh.nodes, mesh.triangles[near | other])
    assert place == pytest.approx(centres[near].mean(axis=0))


# ---- control points


def test_controls_are_landmarks_and_a_rim():
    ends = [scattered(68, 3, side=300) + 100, scattered(68, 4, side=300) + 100]
    controls = make_controls(ends, (500, 500))
    assert controls.merged == ()
    for end, points in zip(controls.ends, ends, strict=True):
        assert (end[:68] == points).all()
        assert (end[68:] == rim_anchors((500, 500))).all()
    assert np.allclose(controls.mean, (controls.ends[0] + controls.ends[1]) / 2)


def test_coincident_landmarks_are_merged_and_told():
    first, second = (scattered(10, k, side=300) + 100 for k in (3, 4))
    mean = (first + second) / 2
    # 2, 5 and 9 form a chain in the mean: its ends are further apart than the limit.
    for k, link in ((5, 0.4), (9, 0.8)):
        first[k] = first[2] + [30, 0]
        second[k] = 2 * (mean[2] + [link, 0]) - first[k]
    second[7], first[7] = second[1], first[1]
    controls = make_controls([first, second], (500, 500))
    assert controls.merged == ((1, 7), (2, 5, 9))
    kept = [0, 1, 2, 3, 4, 6, 8]
    for end, points in zip(controls.ends, (first, second), strict=True):
        expected = points[kept].copy()
        expected[1] = points[1]
        expected[2] = points[[2, 5, 9]].mean(axis=0)
        assert np.allclose(end[:7], expected, rtol=0, atol=1e-12)
        assert len(end) == 7 + 32


@pytest.mark.parametrize(("gap", "merged"), [(0.99, True), (1.01, False)])
def test_the_mean_shape_decides_what_is_merged(gap, merged):
    """Coincident in one end only: merged if they part by less than twice the limit."""
    first = scattered(10, 3, side=300) + 100
    second = first + np.array([3, 2])
    first[4] = first[3]
    second[4] = second[3] + [0, gap * 2 * MERGE_WITHIN]
    controls = make_controls([first, second], (500, 500))
    assert (controls.merged == ((3, 4),)) is merged
    assert len(controls.mean) - 32 == 10 - merged


def test_a_landmark_on_the_edge_takes_the_place_of_an_anchor():
    """In either end: an anchor that a landmark comes near would hold it back."""
    first = scattered(10, 3, side=300) + 100
    second = first.copy()
    first[0] = 2, 250
    second[1] = 250, 498
    controls = make_controls([first, second], (500, 500))
    gone = {tuple(p) for p in rim_anchors((500, 500))} - {
        tuple(p) for p in controls.ends[0][10:]
    }
    assert gone == {(0.0, 249.5), (249.5, 499.0)}
    assert (controls.ends[0][10:] == controls.ends[1][10:]).all()


# ---- folds


def planted(*places):
    """Return a mesh and its nodes with some pushed past their neighbours."""
    mesh = regular_mesh((200, 160), 10)
    nodes = mesh.nodes + 2 * np.sin(mesh.nodes[:, ::-1] / 30)
    nodes[mesh.rim] = mesh.nodes[mesh.rim]
    assert signed_areas(nodes, mesh.triangles).min() > 0.6 * 100
    for x, y, push in places:
        k = int(np.argmin(np.hypot(*(mesh.nodes - [x, y]).T)))
        nodes[k] += push
    return mesh, nodes


def test_a_mesh_without_folds_is_not_touched():
    mesh, nodes = planted((90, 80, [4, 1]))  # pushed, and not over
    assert 0 < signed_areas(nodes, mesh.triangles).min() / 100 < 0.5
    result = unfold(mesh, nodes)
    assert result.nodes is nodes
    assert (result.n_folded, result.moved, result.where, result.clean) == (
        *(0, 0.0, None),
        True,
    )


def test_a_planted_fold_is_removed():
    mesh, nodes = planted((90, 80, [23, 4]))
    folded = signed_areas(nodes, mesh.triangles) < MIN_AREA_RATIO * 100
    before = nodes.copy()
    result = unfold(mesh, nodes)
    assert (nodes == before).all()
    assert result.clean
    assert result.n_folded == folded.sum() > 1
    assert np.hypot(result.where[0] - 100, result.where[1] - 80) < 12
    areas = signed_areas(result.nodes, mesh.triangles)
    assert areas.min() >= MIN_AREA_RATIO * 100
    moved = np.hypot(*(result.nodes - nodes).T)
    assert result.moved == pytest.approx(moved.max())
    assert 5 < result.moved < 30
    # Not further than it takes: a little back towards the fold, and it is there again.
    nearly = nodes + 0.95 * (result.nodes - nodes)
    assert signed_areas(nearly, mesh.triangles).min() < MIN_AREA_RATIO * 100
    # Only there: the rest of the mesh keeps its place to the last bit.
    far = np.hypot(*(mesh.nodes - [90, 80]).T) > 60
    assert (moved[far] == 0).all()
    assert (moved[mesh.rim] == 0).all()


def test_the_place_is_that_of_the_larger_fold():
    small = [(40, 40, [21, 0])]
    large = [(150, 120, [24, 7]), (150, 110, [24, 7])]
    one, two, both = (unfold(*planted(*p)) for p in (small, large, small + large))
    assert 0 < one.n_folded < two.n_folded
    assert both.n_folded == one.n_folded + two.n_folded
    assert both.where == pytest.approx(two.where)
    assert both.where != pytest.approx(one.where, abs=50)
    assert both.clean


def test_a_flattened_triangle_counts_as_folded():
    mesh = regular_mesh((60, 60), 10)
    for share, n_folded in ((1.5 * MIN_AREA_RATIO, 0), (0.5 * MIN_AREA_RATIO, 2)):
        nodes = mesh.nodes.copy()
        k = int(np.flatnonzero((mesh.nodes == [20, 30]).all(axis=1))[0])
        nodes[k, 0] += 10 * (1 - share)
        assert unfold(mesh, nodes).n_folded == n_folded


def test_a_fold_of_the_rim_cannot_be_removed():
    mesh, nodes = planted()
    nodes[0] += 25  # the corner of the rim, which nothing may move
    result = unfold(mesh, nodes)
    assert not result.clean
    assert result.n_folded > 0
    assert (result.nodes[mesh.rim] == nodes[mesh.rim]).all()
    assert np.hypot(*np.subtract(result.where, [0, 0])) < 12


# ---- real templates with closed and open mouths


def lips():
    """Return the inner edges of both lips of the 189-point template."""
    return np.arange(94, 99), np.arange(99, 104)


@pytest.fixture(scope="module")
def london(shared):
    template = read_template(shared / "webmorph/tem_defs/frl.json")
    files = sorted((shared / "london").glob("*.tem"))
    return [read_landmarks(path, template=template).points for path in files]


def opened(points, by):
    """Return a face whose lower lip and jaw hang lower."""
    upper, lower = lips()
    mouth = points[[*upper, *lower]].mean(axis=0)
    x, y = (points - mouth).T
    below = np.zeros(len(points))
    below[[*lower, *range(104, 109)]] = 1.0
    below[(y > 40) & (np.abs(x) < 250)] = 0.8
    return points + by * below[:, None] * [0, 1]


def test_london_mouths_are_closed(london):
    """What the tests below rest on."""
    assert len(london) == 10
    n_coincident = [189 - len(np.unique(points, axis=0)) for points in london]
    assert min(n_coincident) >= 1
    upper, lower = lips()
    gaps = [np.hypot(*(p[upper] - p[lower]).T).max() for p in london]
    assert max(gaps) < 12
    assert min(gaps) == 0


@pytest.mark.slow
@pytest.mark.parametrize("warp", [tps, piecewise_affine])
@pytest.mark.parametrize("by", [0.0, 30.0, 90.0])
def test_closed_mouths_open_without_a_fold(london, warp, by):
    """Lips at one place in one end and apart in the other stay two, and do not fold."""
    scale = 400 / SIDE
    for points in london[::2]:
        ends = [points * scale, opened(points, by) * scale]
        controls = make_controls(ends, (400, 400))
        # Where the mouth opens the lips part; where it stays closed they are merged.
        both = {*range(94, 99)}, {*range(99, 104)}
        n_joined = sum(all(side & {*g} for side in both) for g in controls.merged)
        upper, lower = lips()
        closed = int((points[upper] == points[lower]).all(axis=1).sum())
        assert (n_joined >= closed) if by == 0 else (n_joined == 0)
        mesh = warp.mesh(controls.mean, (400, 400), 8)
        carry = warp.fit(controls.mean, np.hstack(controls.ends))
        columns = carry(mesh.nodes)
        for k in (0, 1):
            nodes = columns[:, 2 * k : 2 * k + 2].copy()
            nodes[mesh.rim] = mesh.nodes[mesh.rim]
            result = unfold(mesh, nodes)
            assert result.clean
            areas = signed_areas(result.nodes, mesh.triangles)
            rest = signed_areas(mesh.nodes, mesh.triangles)
            assert (areas >= MIN_AREA_RATIO * rest).all()
            assert result.moved < 8
            if result.where is not None:
                x, y = result.where
                centre = controls.ends[k][:100].mean(axis=0)
                assert np.hypot(x - centre[0], y - centre[1]) < 150


def test_mesh_is_a_value():
    mesh = Mesh(np.eye(3, 2), np.array([[0, 1, 2]], np.int32), np.ones(3, bool))
    with pytest.raises(AttributeError):
        mesh.nodes = mesh.nodes
