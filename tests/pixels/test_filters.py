"""Filters that read columns at places: C against NumPy, and against FFT."""

import numpy as np
import pytest

from morphkit.pixels import filters_oracle
from morphkit.pixels.measuring import filter_columns

RNG = np.random.default_rng(8)


def filters(n, n_groups, n_filters):
    """Return taps of some filters, and how far they reach: one to the end, one not."""
    taps = RNG.normal(size=(n_groups, n_filters, n // 2 + 1))
    reach = RNG.integers(0, n // 2 + 1, (n_groups, n_filters)).astype(np.int32)
    reach.flat[0], reach.flat[-1] = n // 2, 0
    return taps, reach


@pytest.mark.parametrize(
    ("n", "n_groups", "columns", "n_filters"),
    [(64, 1, 45, 6), (64, 5, 20, 4), (7, 2, 3, 3), (1, 1, 1, 2), (2, 1, 21, 2)],
)
def test_native_and_scalar_filter_as_the_oracle(
    native, scalar, n, n_groups, columns, n_filters
):
    taps, reach = filters(n, n_groups, n_filters)
    values = RNG.normal(size=(n, n_groups * columns))
    places = RNG.integers(0, n, 5).astype(np.int32)
    wanted = np.full((n_groups * columns, n_filters, 5), np.nan)
    filters_oracle.filter_columns(values, places, taps, reach, wanted)
    assert np.isfinite(wanted).all()
    for code in (native, scalar):
        result = np.full_like(wanted, np.nan)
        code.filter_columns(values, places, taps, reach, result)
        assert result.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("n", [16, 15])
def test_filters_with_real_spectra_answer_as_a_product_of_spectra(n):
    spectra = RNG.normal(size=(2, 3, n))  # of groups, filters
    values, places = RNG.normal(size=(n, 2 * 4)), [0, 3, n - 1]
    impulse = np.fft.fft(spectra / n)[..., : n // 2 + 1]
    taps = np.stack([impulse.real, impulse.imag], axis=2).reshape(2, 6, -1)
    reach = np.full(taps.shape[:2], n // 2)
    found = filter_columns(values, places, taps, reach).reshape(2, 4, 3, 2, len(places))
    answers = found[:, :, :, 0] + 1j * found[:, :, :, 1]
    columns = np.fft.fft(values.T.reshape(2, 4, 1, n))
    wanted = np.fft.ifft(columns * spectra[:, None])
    np.testing.assert_allclose(answers, wanted[..., places], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"places": np.array([8], np.int32)}, "places"),
        ({"places": np.array([-1], np.int32)}, "places"),
        ({"values": np.zeros((0, 6)), "taps": np.zeros((2, 3, 1))}, "places"),
        ({"values": np.zeros((8, 7))}, "taps"),
        ({"values": np.zeros((10, 6))}, "taps"),
        ({"taps": np.zeros((0, 3, 5))}, "taps"),
        ({"reach": np.full((2, 3), 5, np.int32)}, "reach"),
        ({"reach": np.full((2, 3), -1, np.int32)}, "reach"),
        ({"reach": np.zeros((3, 2), np.int32)}, "reach"),
        ({"result": np.zeros((6, 3, 2))}, "result"),
        ({"result": np.zeros((6, 2, 1))}, "result"),
    ],
)
def test_native_refuses_what_does_not_fit(native, change, message):
    fits = {
        "values": np.zeros((8, 6)),
        "places": np.array([7], np.int32),
        "taps": np.zeros((2, 3, 5)),
        "reach": np.full((2, 3), 4, np.int32),
        "result": np.zeros((6, 3, 1)),
    }
    native.filter_columns(*fits.values())
    with pytest.raises(ValueError, match=message):
        native.filter_columns(*(fits | change).values())
