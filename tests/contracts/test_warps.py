"""What every warp must hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphkit.errors import InputError
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.controls import make_controls
from morphkit.geometry.warp.mesh import signed_areas

SIDE = 1350
FEW = settings(deadline=None, max_examples=12)
SEEDS = st.integers(0, 2**32 - 1)


def landmarks(n, seed):
    """Return n points all over the frame, and where another face has them."""
    rng = np.random.default_rng(seed)
    cell = rng.choice(400, n, replace=False)
    start = np.stack([cell % 20, cell // 20], axis=1) + rng.uniform(0.05, 0.95, (n, 2))
    start *= SIDE / 20
    return start, start + rng.normal(0, 30, (n, 2))


@pytest.fixture(params=WARPS)
def fit(request):
    return WARPS[request.param].fit


def within(start, seed, n=200):
    """Return points among the landmarks."""
    shares = np.random.default_rng(seed).dirichlet(np.full(3, 0.7), n)
    trios = np.random.default_rng(seed).integers(0, len(start), (n, 3))
    return (shares[:, None] @ start[trios])[:, 0]


@pytest.mark.slow
@pytest.mark.parametrize("name", WARPS)
@FEW
@given(st.integers(4, 190), SEEDS)
def test_carries_every_landmark(name, n, seed):
    start, end = landmarks(n, seed)
    found = WARPS[name].fit(start, end)
    assert np.abs(found(start) - end).max() < 1e-6
    # The inverse is a fit of its own.
    back = WARPS[name].fit(end, start)
    assert np.abs(back(end) - start).max() < 1e-6


@pytest.mark.parametrize("name", WARPS)
@FEW
@given(st.integers(4, 190), SEEDS)
def test_exact_on_affine_maps(name, n, seed):
    start, _ = landmarks(n, seed)
    rng = np.random.default_rng(seed)
    A, shift = rng.normal(0, 1, (2, 2)), rng.normal(0, 200, 2)
    at = rng.uniform(-100, SIDE + 100, (200, 2))
    found = WARPS[name].fit(start, start @ A + shift)
    assert np.abs(found(at) - (at @ A + shift)).max() < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("name", WARPS)
@FEW
@given(st.integers(4, 190), SEEDS)
def test_depends_on_neither_order_nor_frame(name, n, seed):
    start, end = landmarks(n, seed)
    at = within(start, seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    a, b = rng.normal(0, 2, 2)
    turn = np.array([[a, b], [-b, a]])
    shift = rng.normal(0, 3000, 2)
    plain = WARPS[name].fit(start, end)(at)
    other = WARPS[name].fit(start[order] @ turn + shift, end[order] @ turn + shift)
    size = max(np.hypot(a, b), 1)
    assert np.abs(other(at @ turn + shift) - (plain @ turn + shift)).max() < 1e-6 * size


def test_does_not_turn_over_or_jump(fit):
    """Small landmark steps give a small, continuous displacement everywhere."""
    start, _ = landmarks(60, 4)
    end = start + np.random.default_rng(4).normal(0, 2, start.shape)
    found = fit(start, end)
    at = within(start, 4, 500)
    assert np.abs(found(at) - at).max() < 30
    near = at + 1e-6
    assert np.abs(found(near) - found(at)).max() < 1e-4


def test_several_ends_share_a_fit(fit):
    start, end = landmarks(68, 3)
    other = end[::-1]
    at = within(start, 3)
    both = fit(start, np.hstack([end, other]))(at)
    assert np.abs(both[:, :2] - fit(start, end)(at)).max() < 1e-8
    assert np.abs(both[:, 2:] - fit(start, other)(at)).max() < 1e-8


@pytest.mark.parametrize("pair", [(0, 1), (10, 67)])
def test_refuses_coincident_landmarks(fit, pair):
    start, end = landmarks(68, 5)
    start[pair[1]] = start[pair[0]]
    with pytest.raises(InputError, match="two landmarks start at the same place"):
        fit(start, end)


def test_refuses_landmarks_on_a_line(fit):
    start, end = landmarks(20, 5)
    start[:, 1] = 3 * start[:, 0] - 40
    with pytest.raises(InputError, match="all landmarks lie on one line"):
        fit(start, end)


@pytest.mark.parametrize("name", WARPS)
@pytest.mark.parametrize("size", [(200, 160), (90, 301)])
@pytest.mark.parametrize("spacing", [4, 8, 24])
def test_mesh_covers_the_frame(name, size, spacing):
    """Positive triangles whose area fills a rectangle larger than the frame."""
    start = landmarks(40, 6)[0] / SIDE * (np.array(size) - 1)
    controls = make_controls([start, start + 1.5], size)
    mesh = WARPS[name].mesh(controls.mean, size, spacing)
    areas = signed_areas(mesh.nodes, mesh.triangles)
    low, high = mesh.nodes.min(axis=0), mesh.nodes.max(axis=0)
    assert (low <= -0.5).all()
    assert (high >= np.array(size) - 0.5).all()
    assert areas.min() > 0
    assert areas.sum() / 2 == pytest.approx(np.prod(high - low))
    outside = ((mesh.nodes < -0.5) | (mesh.nodes > np.array(size) - 0.5)).any(axis=1)
    assert outside[mesh.rim].all()
    assert set(np.unique(mesh.triangles)) == set(range(len(mesh.nodes)))


@pytest.mark.parametrize("name", WARPS)
def test_is_described(name):
    assert WARPS[name].summary
    assert "\n" not in WARPS[name].summary
