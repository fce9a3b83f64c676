"""What every metric must hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphkit.errors import InputError
from morphkit.metrics import METRICS

PLAIN = settings(deadline=None, max_examples=12)


def frame(seed, height=24, width=20):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def soft(seed, height=24, width=20):
    rng = np.random.default_rng(seed + 50)
    return rng.uniform(0, 1, (height, width)).astype(np.float32)


@pytest.fixture(params=METRICS)
def metric(request):
    return METRICS[request.param]


def test_identity(metric):
    for seed in range(3):
        assert metric.score(frame(seed), frame(seed)) == 0
        assert metric.score(frame(seed), frame(seed), mask=soft(seed)) == 0


@pytest.mark.parametrize("name", METRICS)
@PLAIN
@given(st.integers(0, 999), st.integers(0, 999))
def test_symmetric_and_within_bounds(name, first, second):
    metric = METRICS[name]
    a, b = frame(first), frame(second)
    there, back = metric.score(a, b), metric.score(b, a)
    assert there == pytest.approx(back, rel=1e-9)
    assert 0 <= there <= metric.upper
    if first != second:
        assert there > 0.01 * metric.upper


def test_bound_is_not_far_off(metric):
    """The upper bound holds for the farthest colours there are."""
    corners = np.array(np.meshgrid([0, 255], [0, 255], [0, 255])).T.reshape(-1, 1, 1, 3)
    corners = corners.astype(np.uint8)
    scores = [metric.score(a, b) for a in corners for b in corners]
    assert 0.5 * metric.upper < max(scores) <= metric.upper


def test_grows_along_a_ramp(metric):
    """Every step away from a frame is a larger difference."""
    a, b = frame(1).astype(float), frame(2).astype(float)
    ramp = [np.rint(a + t * (b - a)).astype(np.uint8) for t in np.linspace(0, 1, 9)]
    scores = [metric.score(ramp[0], other) for other in ramp]
    assert (np.diff(scores) > 0).all()


def test_blind_outside_of_the_mask(metric):
    a, b = frame(1), frame(2)
    mask = np.zeros(a.shape[:2], np.float32)
    mask[5:14, 3:17] = 1
    changed = b.copy()
    changed[mask == 0] = frame(3)[mask == 0]
    assert metric.score(a, b, mask=mask) == metric.score(a, changed, mask=mask)
    cut = slice(5, 14), slice(3, 17)
    assert metric.score(a, b, mask=mask) == pytest.approx(metric.score(a[cut], b[cut]))
    assert metric.score(a, b, mask=mask) != pytest.approx(metric.score(a, b), rel=1e-6)


def test_a_soft_mask_weighs(metric):
    """Half the weight on one half is the mean of both halves, one to two."""
    a, b = frame(1), frame(2)
    mask = np.ones(a.shape[:2], np.float32)
    mask[:12] = 0.5
    upper, lower = metric.score(a[:12], b[:12]), metric.score(a[12:], b[12:])
    assert metric.score(a, b, mask=mask) == pytest.approx((upper + 2 * lower) / 3)
    plain = np.ones(a.shape[:2], np.float32)
    assert metric.score(a, b, mask=plain) == pytest.approx(metric.score(a, b))


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (frame(1), frame(2, height=23), "frames of shapes"),
        (frame(1)[:1], frame(2), "frames of shapes"),
        (frame(1), frame(2)[..., 0], r"shape \(24, 20\) and dtype uint8; \(height"),
        (frame(1) / 255, frame(2), "dtype float64; .* uint8 are needed"),
    ],
)
def test_frames_that_do_not_fit(metric, a, b, said):
    with pytest.raises(InputError, match=said):
        metric.score(a, b)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.ones((24, 21), np.float32), "a mask of shape"),
        (np.zeros((24, 20), np.float32), "leaves nothing"),
        (np.full((24, 20), 255, np.float32), "beyond 0 to 1"),
        (np.full((24, 20), np.nan, np.float32), "beyond 0 to 1"),
    ],
)
def test_masks_that_do_not_fit(metric, mask, said):
    with pytest.raises(InputError, match=said):
        metric.score(frame(1), frame(2), mask=mask)


def test_is_described(metric):
    assert metric.unit
    assert metric.summary
    assert "\n" not in metric.summary
