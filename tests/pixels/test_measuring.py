"""Sums over faces and squares at another size: C against NumPy, and both by hand."""

import numpy as np
import pytest

from morphkit.pixels import measuring, measuring_oracle
from morphkit.pixels.measuring import SUMS, resample, tally

RNG = np.random.default_rng(9)
FRAME, BEFORE = RNG.integers(0, 256, (2, 37, 29, 3), dtype=np.uint8)
FRAME[:5, :7] = RNG.integers(0, 2, (5, 7, 3)) * 255
REGION, SKIN = RNG.random((37, 29)) < 0.7, RNG.random((37, 29)) < 0.4
SHARES = RNG.integers(0, 2**30 // 3, (3, 256), dtype=np.int32)


def sums_by(code, region=REGION, skin=SKIN):
    """Return the sums of one implementation."""
    sums = np.full(len(SUMS) + 160, -1, np.int64)
    masks = region.view(np.uint8), skin.view(np.uint8)
    code.tally(FRAME, BEFORE, *masks, SHARES, sums)
    return sums


@pytest.mark.parametrize("region", [REGION, np.ones_like(REGION), REGION & False])
def test_native_and_scalar_sum_as_the_oracle(native, scalar, region):
    wanted = sums_by(measuring_oracle, region)
    for code in (native, scalar):
        np.testing.assert_array_equal(sums_by(code, region), wanted)


def test_sums_are_those_of_a_loop_over_pixels():
    named, tones = tally(FRAME, BEFORE, REGION, SKIN, SHARES)
    wanted, colours = dict.fromkeys(SUMS, 0), np.zeros((32, 5), int)
    luma = FRAME.astype(int) @ [54, 183, 19]
    for y, x in np.argwhere(REGION).tolist():
        red, green, blue = FRAME[y, x].tolist()
        yellow = red + green - 2 * blue
        wanted["region"] += 1
        wanted["clipped"] += bool({red, green, blue} & {0, 255})
        wanted["difference"] += np.abs(FRAME[y, x].astype(int) - BEFORE[y, x]).sum()
        pair = (red - green, (red - green) ** 2, yellow, yellow**2)
        colours[luma[y, x] // 2048] += [1, *pair]
        if SKIN[y, x]:
            wanted["yellow"] += yellow
            wanted["luma"] += luma[y, x]
        if not (0 < y < 36 and 0 < x < 28):
            continue
        light = sum(int(SHARES[k, FRAME[y, x, k]]) for k in range(3)) // 65536
        beside = luma[y - 1, x] + luma[y + 1, x] + luma[y, x - 1] + luma[y, x + 1]
        wanted["inner"] += 1
        wanted["light"] += light
        wanted["light_2"] += light**2
        wanted["laplacian_2"] += (4 * luma[y, x] - beside) ** 2
        if SKIN[y, x]:
            wanted["inner_skin"] += 1
            wanted["skin_light"] += light
            wanted["skin_light_2"] += light**2
    assert named == wanted
    assert 0 < named["inner_skin"] < named["inner"] < named["region"]
    np.testing.assert_array_equal(tones, colours)


def taps_of(n, k, length):
    """Return first pixels and weights."""
    first = np.sort(RNG.integers(0, length - k + 1, n)).astype(np.int32)
    weights = RNG.random((n, k)) * (RNG.random((n, k)) < 0.8)
    return first, weights


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16])
def test_a_square_is_a_product_with_its_weights(native, scalar, dtype):
    picture = RNG.integers(0, np.iinfo(dtype).max + 1, (23, 31, 3)).astype(dtype)
    values = RNG.random(int(np.iinfo(dtype).max) + 1)
    down, across = taps_of(14, 4, 23), taps_of(14, 6, 31)
    found = resample(picture, values, down, across)
    matrices = []
    for (first, weights), length in ((down, 23), (across, 31)):
        whole = np.zeros((14, length))
        for row, start, part in zip(whole, first, weights, strict=True):
            row[start : start + len(part)] = part
        matrices.append(whole)
    wanted = np.einsum("ay,yxc,bx->abc", matrices[0], values[picture], matrices[1])
    np.testing.assert_allclose(found, wanted, rtol=1e-13)
    oracle = np.empty_like(found)
    measuring_oracle.resample(picture, values, *down, *across, oracle)
    np.testing.assert_array_equal(found, oracle)
    table = np.zeros(1 << 8 * picture.itemsize)
    table[: len(values)] = values
    for code in (native, scalar):
        square = np.empty_like(found)
        code.resample(picture, table, *down, *across, square)
        np.testing.assert_array_equal(square, oracle)
    floats = measuring.resample(values[picture], None, down, across)
    np.testing.assert_array_equal(floats, oracle)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"picture": np.zeros((9, 9, 4), np.uint8)}, "picture"),
        ({"values": np.zeros(255)}, "values"),
        ({"down": np.int32([7, 0])}, "weights"),
        ({"down": np.int32([-1, 0])}, "weights"),
        ({"across": np.int32([0, 0, 0])}, "weights"),
        ({"square": np.zeros((2, 3, 3))}, "square"),
        ({"square": np.zeros((2, 2, 3), np.float32)}, "square"),
    ],
)
def test_native_refuses_squares_that_do_not_fit(native, change, message):
    first, weights = np.zeros(2, np.int32), np.ones((2, 3))
    arguments = {"picture": np.zeros((9, 9, 3), np.uint8), "values": np.zeros(256)}
    arguments |= {"down": first, "down_weights": weights}
    arguments |= {"across": first, "across_weights": weights}
    arguments |= {"square": np.zeros((2, 2, 3))} | change
    with pytest.raises(ValueError, match=message):
        native.resample(*arguments.values())


@pytest.mark.parametrize(
    ("place", "wrong"),
    [(1, BEFORE[:-1]), (2, SKIN[:, :-1]), (4, SHARES[:2]), (5, np.zeros(9, np.int64))],
)
def test_native_refuses_faces_that_do_not_fit(native, place, wrong):
    sums = np.zeros(len(SUMS) + 160, np.int64)
    arguments = [FRAME, BEFORE, REGION, SKIN, SHARES, sums]
    arguments[place] = wrong
    whole = [np.ascontiguousarray(one) for one in arguments]
    whole[2:4] = [mask.view(np.uint8) for mask in whole[2:4]]
    with pytest.raises(ValueError, match=r"size|shape|length"):
        native.tally(*whole)
