"""What every metric must hold."""

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphkit.errors import InputError
from morphkit.quality.metrics import METRICS

PLAIN = settings(deadline=None, max_examples=12)


def frame(seed, height=24, width=20):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def soft(seed, height=24, width=20):
    rng = np.random.default_rng(seed + 50)
    return rng.uniform(0, 1, (height, width)).astype(np.float32)


#: Metrics whose library is an extra are tested where it is installed.
HERE = [n for n, m in METRICS.items() if not m.library or find_spec(m.library)]
#: Means over pixels; the others look at pixels together.
POINTWISE = ["mean_difference", "ciede2000_mean"]


@pytest.fixture(params=HERE)
def metric(request):
    return METRICS[request.param]


@pytest.fixture(params=POINTWISE)
def pointwise(request):
    return METRICS[request.param]


def test_identity(metric):
    for seed in range(3):
        assert metric.score(frame(seed), frame(seed)) == 0
        assert metric.score(frame(seed), frame(seed), mask=soft(seed)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", HERE)
@PLAIN
@given(st.integers(0, 999), st.integers(0, 999))
def test_symmetric_and_within_bounds(name, first, second):
    metric = METRICS[name]
    a, b = frame(first), frame(second)
    there, back = metric.score(a, b), metric.score(b, a)
    assert there == pytest.approx(back, rel=1e-9)
    assert 0 <= there <= metric.upper
    if first != second:
        assert there > 0.001 * metric.upper


def test_bound_is_not_far_off(pointwise):
    """The upper bound holds for the farthest colours there are."""
    corners = np.array(np.meshgrid([0, 255], [0, 255], [0, 255])).T.reshape(-1, 1, 1, 3)
    corners = corners.astype(np.uint8)
    scores = [pointwise.score(a, b) for a in corners for b in corners]
    assert 0.5 * pointwise.upper < max(scores) <= pointwise.upper


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
    assert metric.score(a, b, mask=mask) != pytest.approx(metric.score(a, b), rel=1e-6)


def test_a_mask_is_a_crop(pointwise):
    a, b = frame(1), frame(2)
    mask = np.zeros(a.shape[:2], np.float32)
    mask[5:14, 3:17] = 1
    cut = slice(5, 14), slice(3, 17)
    alone = pointwise.score(a[cut], b[cut])
    assert pointwise.score(a, b, mask=mask) == pytest.approx(alone)


def test_floats_of_code_values_are_those_code_values(metric):
    """Frames that were not rounded are measured on the same scale."""
    a, b = frame(1), frame(2)
    grey = np.repeat(a[..., :1], 3, 2), np.repeat(b[..., :1], 3, 2)
    for first, second in ((a, b), grey):
        exact = metric.score(first / 255, second / 255)
        # The grey of Gabor jets is rounded where the frame is.
        assert exact == pytest.approx(metric.score(first, second), rel=2e-3)
    assert metric.score(*(g / 255 for g in grey)) == pytest.approx(metric.score(*grey))


def test_a_soft_mask_weighs(pointwise):
    """Half the weight on one half is the mean of both halves, one to two."""
    a, b = frame(1), frame(2)
    mask = np.ones(a.shape[:2], np.float32)
    mask[:12] = 0.5
    upper, lower = pointwise.score(a[:12], b[:12]), pointwise.score(a[12:], b[12:])
    assert pointwise.score(a, b, mask=mask) == pytest.approx((upper + 2 * lower) / 3)
    plain = np.ones(a.shape[:2], np.float32)
    assert pointwise.score(a, b, mask=plain) == pytest.approx(pointwise.score(a, b))


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (frame(1), frame(2, height=23), "frames of shapes"),
        (frame(1)[:1], frame(2), "frames of shapes"),
        (frame(1), frame(2)[..., 0], r"shape \(24, 20\) and dtype uint8; \(height"),
        (frame(1) / 200, frame(2), "floats beyond 0 to 1"),
        (frame(1).astype(np.int32), frame(2), "dtype int32; .* uint8, uint16 or float"),
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
