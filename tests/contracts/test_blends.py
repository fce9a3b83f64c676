"""What every blend must hold, on whole images and in rendered frames."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_images import mix

from morphkit.errors import InputError
from morphkit.morph.blend import BLENDS
from morphkit.pixels import ONE, RenderJob, Source, render

CODES = np.arange(256, dtype=np.uint8)
PLAIN = settings(deadline=None, max_examples=30)


def image(seed, height=9, width=11):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def to_light(codes):
    v = np.asarray(codes, float) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def to_code(light):
    v = np.clip(light, 0, 1)
    return 255 * np.where(v <= 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055)


#: What a blend should give, in plain floating point, before it is rounded.
ORACLES = {
    "linear": lambda images, shares: to_code(
        sum(s * to_light(i) for i, s in zip(images, shares, strict=True))
    ),
    "srgb": lambda images, shares: np.clip(
        sum(s * i.astype(float) for i, s in zip(images, shares, strict=True)), 0, 255
    ),
}


def test_every_blend_has_an_oracle():
    assert set(ORACLES) == set(BLENDS)


@pytest.mark.parametrize("name", BLENDS)
@PLAIN
@given(st.integers(-ONE // 2, ONE + ONE // 2), st.integers(0, 99))
def test_agrees_with_floating_point(name, weight, seed):
    """Within half a code value, and what 15 bits of light leave open in the dark."""
    images = [image(seed), image(seed + 100)]
    weights = (ONE - weight, weight)
    expected = ORACLES[name](images, [w / ONE for w in weights])
    found = mix(images, weights, BLENDS[name])
    # One unit of light is 0.1 code values in the dark, less elsewhere; every image and
    # the sum are rounded once, and caricature magnifies.
    slack = 0.5 + 0.11 * (1 + sum(abs(w) for w in weights) / ONE)
    assert np.abs(found - expected).max() <= slack


@pytest.mark.parametrize("name", BLENDS)
@pytest.mark.parametrize("n", [2, 3, 5])
def test_constants_stay(name, n):
    """Images that agree are their own mean, every code value of them."""
    same = np.repeat(CODES[:, None, None], 3, axis=2)
    rng = np.random.default_rng(n)
    weights = rng.multinomial(ONE, np.full(n, 1 / n)).tolist()
    assert (mix([same] * n, weights, BLENDS[name]) == same).all()


@pytest.mark.parametrize("name", BLENDS)
@pytest.mark.parametrize("k", [0, 1, 2])
def test_weight_one_returns_that_image(name, k):
    images = [image(seed) for seed in range(3)]
    weights = [0, 0, 0]
    weights[k] = ONE
    assert (mix(images, weights, BLENDS[name]) == images[k]).all()


@pytest.mark.parametrize("name", BLENDS)
@PLAIN
@given(st.permutations(range(4)), st.integers(0, 99))
def test_order_does_not_matter(name, order, seed):
    images = [image(seed + k) for k in range(4)]
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(ONE, [0.1, 0.2, 0.3, 0.4]).tolist()
    plain = mix(images, weights, BLENDS[name])
    other = mix([images[k] for k in order], [weights[k] for k in order], BLENDS[name])
    assert (plain == other).all()


@pytest.mark.parametrize("name", BLENDS)
def test_stays_between_its_images(name):
    low, high = np.sort([image(1), image(2)], axis=0)
    for weight in range(0, ONE + 1, 1024):
        mixed = mix([low, high], (ONE - weight, weight), BLENDS[name])
        assert ((mixed >= low) & (mixed <= high)).all()


@pytest.mark.parametrize("name", BLENDS)
def test_grows_with_the_weight(name):
    low, high = np.sort([image(1), image(2)], axis=0)
    before = low.astype(int)
    for weight in range(0, ONE + 1, 512):
        mixed = mix([low, high], (ONE - weight, weight), BLENDS[name]).astype(int)
        assert (mixed >= before).all()
        before = mixed
    assert (before == high).all()


@pytest.mark.parametrize("name", BLENDS)
@pytest.mark.parametrize("weight", [-ONE // 2, 0, 1, 5000, ONE // 2, ONE, ONE + 3000])
def test_frames_are_blended_the_same_way(name, weight):
    """What the renderer does without a warp is what `mix` does, bit for bit."""
    images = [image(5), image(6)]
    height, width = images[0].shape[:2]
    right, bottom = 256 * width - 128, 256 * height - 128
    corners = np.array([[-128, -128], [right, -128], [right, bottom], [-128, bottom]])
    weights = (ONE - weight, weight)
    frame = render(
        RenderJob(
            [Source(i, scale=BLENDS[name].scale) for i in images],
            [corners, corners],
            corners,
            np.array([[0, 1, 2], [0, 2, 3]]),
            weights,
            size=(width, height),
        )
    )
    assert (frame == mix(images, weights, BLENDS[name])).all()


@pytest.mark.parametrize("name", BLENDS)
def test_refuses_what_does_not_fit(name):
    images = [image(1), image(2)]
    with pytest.raises(InputError, match=f"the weights sum to {ONE - 1}; {ONE}"):
        mix(images, (ONE - 2, 1), BLENDS[name])
    for wrong, weights in (
        ([image(1), image(2, height=8)], (ONE, 0)),
        (images, (ONE,)),
        ([], ()),
    ):
        with pytest.raises(InputError, match="one size and one weight each"):
            mix(wrong, weights, BLENDS[name])


@pytest.mark.parametrize("name", BLENDS)
def test_is_described(name):
    assert BLENDS[name].summary
    assert "\n" not in BLENDS[name].summary
