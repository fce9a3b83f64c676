"""Dense matching: C against NumPy bit for bit, and against known displacements."""

import cv2
import numpy as np
import pytest
import scipy.ndimage

from morphkit.pixels import matching, matching_oracle, planes_oracle
from morphkit.pixels.matching import even_contrast, luma_of, match_halfway, spread

SIZES = [(8, 8), (9, 31), (16, 90), (83, 81), (97, 165)]


def texture(shape, *scales, seed=0):
    """Return code values with structure of some sizes, in pixels."""
    rng = np.random.default_rng(seed)
    total = np.zeros(shape)
    for scale in scales:
        noise = rng.standard_normal(shape)
        smooth = scipy.ndimage.gaussian_filter(noise, scale, mode="wrap")
        total += smooth / smooth.std()
    return np.uint8(np.clip(128 + 45 * total / total.std(), 0, 255))


def pairs(shape):
    """Return pairs of planes: alike, unlike, hard edges, without structure."""
    rng = np.random.default_rng(3)
    first = texture(shape, 2)
    yield first, np.roll(first, (1, 2), (0, 1))
    yield first, texture(shape, 3, seed=1)
    yield tuple(np.uint8(255 * rng.integers(0, 2, (2, *shape))))
    yield np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)


@pytest.mark.parametrize("shape", SIZES)
def test_native_and_scalar_match_as_the_oracle(native, scalar, shape):
    for first, second in pairs(shape):
        found = [np.empty((*shape, 2), np.int32) for _ in range(3)]
        for code, flow in zip((native, scalar, matching_oracle), found, strict=True):
            code.match(first, second, flow)
        assert np.array_equal(found[0], found[2])
        assert np.array_equal(found[1], found[2])


@pytest.mark.parametrize("shape", SIZES)
def test_native_and_scalar_meet_halfway_and_smooth_as_the_oracle(native, scalar, shape):
    rng = np.random.default_rng(5)
    there, back = rng.integers(-60_000, 60_000, (2, *shape, 2)).astype(np.int32)
    back[: shape[0] // 2] = -there[: shape[0] // 2] + 900
    taps = np.array([500, 3000, 9384, 3000, 500], np.int16)
    found = []
    for code in (native, scalar, matching_oracle):
        middle, result = np.empty((2, *shape, 2), np.int32)
        trust = np.empty(shape, np.int32)
        code.halfway(there, back, 9000, 20_000, middle, trust)
        code.spread(middle, trust, taps, 1 << 36, result)
        found.append((middle, trust, result))
    for other in found[:2]:
        for mine, wanted in zip(other, found[2], strict=True):
            assert np.array_equal(mine, wanted)
    assert len(np.unique(found[2][1])) > 4  # trust differs from pixel to pixel


@pytest.mark.parametrize("still", [0, 1])
def test_halfway_goes_on_while_one_of_two_displacements_stands_still(
    native, scalar, still
):
    shape = (31, 40)
    there = np.random.default_rng(6).integers(-60_000, 60_000, (*shape, 2))
    there[..., still] = 20_000
    there, back = there.astype(np.int32), -np.roll(there, 7, 1).astype(np.int32)
    found = []
    for code in (native, scalar, matching_oracle):
        middle, trust = np.empty((*shape, 2), np.int32), np.empty(shape, np.int32)
        code.halfway(there, back, 9000, 200_000, middle, trust)
        found.append((middle, trust))
    assert np.all(found[2][0][..., still] == 20_000)
    for other in found[:2]:
        for mine, wanted in zip(other, found[2], strict=True):
            assert np.array_equal(mine, wanted)


@pytest.mark.parametrize(
    ("shape", "small"), [((8, 8), (8, 8)), ((31, 50), (7, 50)), ((135, 97), (80, 33))]
)
def test_native_and_scalar_planes_as_the_oracle(native, scalar, shape, small):
    frame = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    frames = [np.empty((*small, 3), np.uint8) for _ in range(3)]
    evened = [np.empty(small, np.uint8) for _ in range(3)]
    for k, code in enumerate((native, scalar, planes_oracle)):
        code.reduce_area(frame, frames[k])
        code.even_contrast(luma_of(frames[k]), 3, evened[k])
    for found in (frames, evened):
        assert np.array_equal(found[0], found[2])
        assert np.array_equal(found[1], found[2])
    area = cv2.resize(frame, small[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(area.astype(int) - frames[0]).max() <= 1


def test_even_contrast_is_what_its_formula_says():
    codes = texture((60, 70), 2)
    values = codes.astype(float)

    def twice(plane, side):
        for _ in range(2):
            plane = cv2.blur(plane, (side, side), borderType=cv2.BORDER_REPLICATE)
        return plane

    fine = values - twice(values, 9)
    wanted = 128 + 40 * fine / np.sqrt(twice(fine * fine, 17) + 4)
    assert np.abs(even_contrast(codes, 4) - np.clip(wanted, 0, 255)).max() < 1.5


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-7, 5), (12, 0)])
def test_a_shift_is_found(shift):
    first = texture((220, 260), 2, 6, 18)  # of all sizes, as faces have them
    second = np.roll(first, shift, (0, 1))
    middle, trust = match_halfway(first, second, apart=2.5, most=30)
    inner = np.s_[40:-40, 40:-40]
    off = np.abs(middle[inner] / matching.UNITS_PER_PIXEL - np.array(shift[::-1]))
    assert off.mean() < 0.02 + 0.01 * np.hypot(*shift)
    assert off.max() < 0.3 + 0.05 * np.hypot(*shift)
    assert trust[inner].mean() > 16_300


def test_a_magnification_is_found_to_a_tenth_of_a_pixel():
    first = texture((240, 240), 3)
    scale = 1.04
    move = np.array([[scale, 0, 120 * (1 - scale)], [0, scale, 120 * (1 - scale)]])
    second = cv2.warpAffine(first, move, (240, 240), flags=cv2.INTER_CUBIC)
    middle, _ = match_halfway(first, second, apart=2.5, most=30)
    y, x = np.mgrid[:240, :240].astype(float)
    # Halfway between x and s x lies (1 + s) x / 2, and they are (s - 1) x apart.
    wanted = np.stack([x - 120, y - 120], -1) * 2 * (scale - 1) / (scale + 1)
    off = np.abs(middle / matching.UNITS_PER_PIXEL - wanted)[30:-30, 30:-30]
    assert np.sqrt((off**2).mean()) < 0.1


def test_light_does_not_move_anything():
    first = texture((120, 120), 3) // 2
    middle, _ = match_halfway(first, first + np.uint8(60), apart=2.5, most=30)
    assert np.abs(middle).max() < 0.05 * matching.UNITS_PER_PIXEL


def test_a_swap_changes_the_sign_alone():
    first, second = texture((90, 110), 2), texture((90, 110), 2, seed=4)
    there, trust = match_halfway(first, second, apart=2.5, most=12)
    back, again = match_halfway(second, first, apart=2.5, most=12)
    assert np.array_equal(there, -back)
    assert np.array_equal(trust, again)
    assert np.abs(there).max() > 0


def test_nothing_without_structure_is_trusted_to_move():
    first = np.full((80, 80), 90, np.uint8)
    middle, _ = match_halfway(first, first, apart=2.5, most=12)
    assert not middle.any()


def test_what_cannot_be_trusted_takes_what_lies_around():
    middle = np.zeros((40, 40, 2), np.int32)
    trust = np.zeros((40, 40), np.int32)
    middle[:, :10], trust[:, :10] = (4096, -8192), 16_384
    middle[:, 30:] = 99_999  # not trusted
    taps = np.full(21, 780, np.int16)
    found = spread(middle, trust, taps, still=0.001)
    assert found[20, 15] == pytest.approx([1, -2], rel=0.01)
    assert found[20, 39] == pytest.approx([0, 0])


def rgb(plane):
    """Return a grey frame."""
    return plane[..., None].repeat(3, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n, p, f: n.match(p, p[:, :-1].copy(), f), "second"),
        (lambda n, p, f: n.match(p[:4].copy(), p[:4].copy(), f), "8 to 8192"),
        (lambda n, p, f: n.match(p, p, f[:-1].copy()), "a field"),
        (lambda n, p, f: n.match(p, p, f.astype(np.int64)), "flow"),
        (lambda n, p, f: n.halfway(f, f, 0, 5, f, np.int32(p)), "apart"),
        (lambda n, p, f: n.spread(f, np.int32(p), np.int16([1, 1]), 1, f), "odd"),
        (lambda n, p, f: n.spread(f, np.int32(p), np.int16([1]), 0, f), "still"),
        (lambda n, p, f: n.even_contrast(p, 0, p), "half"),
        (lambda n, p, f: n.reduce_area(rgb(p), p), "small"),
        (lambda n, p, f: n.reduce_area(rgb(p[:9]), rgb(p)), "larger"),
    ],
)
def test_native_refuses_what_does_not_fit(native, call, message):
    plane, field = np.zeros((20, 20), np.uint8), np.zeros((20, 20, 2), np.int32)
    with pytest.raises(ValueError, match=message):
        call(native, plane, field)


def test_luma_of_a_frame_is_that_of_its_weights():
    frame = np.random.default_rng(1).integers(0, 256, (9, 9, 3)).astype(np.uint8)
    wanted = frame @ np.array([0.299, 0.587, 0.114])
    assert np.abs(luma_of(frame) - wanted).max() <= 0.51
