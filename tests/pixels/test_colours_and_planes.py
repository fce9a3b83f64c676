"""Colour differences and filters of planes in doubles: C against NumPy, bit for bit."""

import numpy as np
import pytest

from morphkit.pixels import colour_oracle, measuring, smoothing_oracle

RNG = np.random.default_rng(15)
SERIES = RNG.normal(size=9)
PLANE = RNG.normal(size=(33, 45))


def pairs_of_colours(n):
    """Return pairs of colours: near ones, far ones, greys and exact opposites."""
    first = RNG.normal(0, 40, (n, 3))
    second = first + RNG.normal(0, 1, (n, 3)) * RNG.choice([0.01, 1, 60], (n, 1))
    first[: n // 9, 1:] = second[n // 18 : n // 7, 1:] = 0.0
    opposite = slice(n // 6, n // 3)
    second[opposite] = first[opposite] * [1, -1, -1]
    first[n // 4 : n // 3, 2] = second[n // 4 : n // 3, 2] = 0.0
    return first, second


@pytest.mark.parametrize("n", [0, 1, 2, 5, 5001])
def test_native_and_scalar_compare_colours_as_the_oracle(native, scalar, n):
    first, second = pairs_of_colours(n)
    wanted = np.full((6, n), np.nan)
    colour_oracle.compare_colours(first, second, SERIES, wanted)
    assert np.isfinite(wanted).all()
    for code in (native, scalar):
        parts = np.full((6, n), np.nan)
        code.compare_colours(first, second, SERIES, parts)
        np.testing.assert_array_equal(parts, wanted)
    found = measuring.compare_colours(first, second, SERIES)
    np.testing.assert_array_equal(found, wanted)


def test_hues_on_both_sides_and_opposite_ones_are_compared():
    first, second = pairs_of_colours(5001)
    _, _, apart, cos, sin, _ = measuring.compare_colours(first, second, SERIES * 0)
    turn = (first[:, 1:] * second[:, 1:]).sum(axis=1)
    for there in (turn < 0, turn > 0):
        for sign in (-1, 1):
            assert (np.sign(apart[there]) == sign).sum() > 50
    coloured = np.hypot(cos, sin) > 0
    assert np.hypot(cos, sin)[coloured] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("n_taps", [1, 2, 12, 34])
def test_native_and_scalar_correlate_as_the_oracle(native, scalar, n_taps, odd, axis):
    taps = RNG.normal(size=n_taps)
    wanted = np.empty_like(PLANE)
    smoothing_oracle.correlate(PLANE, taps, odd, axis, wanted)
    for code in (native, scalar):
        result = np.full_like(PLANE, np.nan)
        code.correlate(PLANE, taps, odd, axis, result)
        np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize("n_taps", [46, 50, 120])
def test_a_plane_is_mirrored_as_often_as_taps_reach(n_taps):
    taps = RNG.normal(size=n_taps)
    padded = np.pad(PLANE, [(0, 0), (n_taps - 1,) * 2], "symmetric")
    both = np.concatenate([taps[:0:-1], taps])
    wanted = [np.convolve(row, both, "valid") for row in padded]
    found = measuring.correlate(PLANE, taps, False, 1)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize(("side", "every"), [(17, 4), (4, 3), (1, 1), (2, 7), (90, 5)])
def test_native_and_scalar_average_squares_as_the_oracle(native, scalar, side, every):
    wanted = np.empty([-(-n // every) for n in PLANE.shape])
    smoothing_oracle.means_apart(PLANE, side, every, wanted)
    for code in (native, scalar):
        result = np.full_like(wanted, np.nan)
        code.means_apart(PLANE, side, every, result)
        np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize(
    ("kernel", "arguments", "message"),
    [
        ("compare_colours", [np.zeros((4, 2)), np.zeros((4, 3))], "first"),
        ("compare_colours", [np.zeros((4, 3)), np.zeros((5, 3))], "second"),
        ("compare_colours", [np.zeros((4, 3)), np.zeros((4, 3)), np.zeros(8)], "serie"),
        ("correlate", [PLANE, np.zeros(0), False, 0], "taps"),
        ("correlate", [PLANE, np.zeros(35), False, 0], "taps"),
        ("correlate", [PLANE, np.zeros(3), False, 2], "axis"),
        ("correlate", [PLANE, np.zeros(3), False, 0, np.zeros((3, 3))], "result"),
        ("means_apart", [PLANE, 0, 1], "side"),
        ("means_apart", [PLANE, 3, 0], "every"),
        ("means_apart", [PLANE, 3, 2, np.zeros((16, 23))], "result"),
    ],
)
def test_native_refuses_what_does_not_fit(native, kernel, arguments, message):
    rest = {
        "compare_colours": [np.zeros(9), np.zeros((6, 4))][len(arguments) - 2 :],
        "correlate": [np.zeros_like(PLANE)][len(arguments) - 4 :],
        "means_apart": [np.zeros((17, 23))][len(arguments) - 3 :],
    }
    with pytest.raises(ValueError, match=message):
        getattr(native, kernel)(*arguments, *rest[kernel])
