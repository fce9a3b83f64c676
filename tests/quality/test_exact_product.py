"""Products whose bits do not depend on the order of summing, and what is made of them.

The order is changed here by permuting what is summed: it is what processors and
numbers of threads change.
"""

import numpy as np
import pytest

from morphkit._core.digits import estimated, measured, significant
from morphkit._core.finding import Finding
from morphkit.quality.metrics import gabor_jet
from morphkit.quality.metrics.exact_product import (
    LONGEST,
    Sliced,
    banded_product,
    bands_of,
    exact_product,
    left_factor,
    right_factor,
)
from morphkit.quality.metrics.frames import lab_of, luma_of

RNG = np.random.default_rng(20)


def factors(k=LONGEST):
    spread = np.exp(RNG.normal(0, 3, (40, 1)))
    return spread * RNG.normal(size=(40, k)), RNG.normal(0, 100, (k, 30))


def test_the_order_of_summing_changes_no_bit():
    left, right = factors()
    expected = exact_product(left_factor(left), right_factor(right))
    differs = False
    for _ in range(20):
        order = RNG.permutation(LONGEST)
        again = exact_product(left_factor(left[:, order]), right_factor(right[order]))
        assert np.array_equal(again, expected)
        differs |= not np.array_equal(left[:, order] @ right[order], left @ right)
    assert differs  # as a plain product does


def test_it_is_the_product_to_thirteen_digits():
    left, right = factors()
    exact = np.array(left, np.longdouble) @ np.array(right, np.longdouble)
    found = exact_product(left_factor(left), right_factor(right))
    size = np.abs(left).max(axis=1, keepdims=True) * np.abs(right).max(axis=0)
    assert (np.abs(found - exact) / size).max() < 256 * 2.0**-44


def test_zeros_stacks_and_sums_that_are_too_long():
    left, right = RNG.normal(size=(3, 4, 5)), RNG.normal(size=(3, 5, 6))
    left[1] = 0
    found = exact_product(left_factor(left), right_factor(right))
    assert found == pytest.approx(left @ right, abs=1e-11)
    assert (found[1] == 0).all()
    with pytest.raises(ValueError, match="257 products"):
        exact_product(*(f(m) for f, m in zip(_FACTORS, factors(257), strict=True)))


_FACTORS = (left_factor, right_factor)


def test_bands_leave_out_nothing_but_zeros():
    """Also where they go on at the other edge, or only the low slice is not 0."""
    left, right = factors()
    places = np.arange(LONGEST) - 9 * np.arange(40)[:, None]
    left *= np.minimum(places % LONGEST, -places % LONGEST) < 20
    left[:, 128] = 1e-9
    sliced = left_factor(left)
    bands = bands_of(sliced, 4)
    expected = exact_product(sliced, right_factor(right))
    assert np.array_equal(banded_product(bands, right_factor(right)), expected)
    assert max(band.slices[0].shape[1] for band in bands) < 70
    assert {type(columns) for band in bands for columns in band.columns} == {
        slice,
        np.ndarray,
    }


def test_jets_do_not_depend_on_the_order_of_rows(monkeypatch):
    """The picture and the kernels are permuted alike: the sums are the same."""
    grey = RNG.uniform(0, 255, (256, 256))
    expected = gabor_jet.jets(grey)
    order = RNG.permutation(256)

    def turned(left, n_rows):
        return bands_of(Sliced(left.high[:, order], left.low[:, order]), n_rows)

    monkeypatch.setattr(gabor_jet, "bands_of", turned)
    filters = gabor_jet._filters.__wrapped__(gabor_jet.GRID_YUE)
    monkeypatch.setattr(gabor_jet, "_filters", lambda grid: filters)
    assert np.array_equal(gabor_jet.jets(grey[order]), expected)


def test_colours_are_those_of_the_library():
    from skimage.color import rgb2lab

    codes = RNG.uniform(0, 1, (50, 40, 3))
    codes[0] = RNG.uniform(0, 0.05, (40, 3))
    assert lab_of(codes) == pytest.approx(rgb2lab(codes), abs=1e-11)
    assert luma_of(codes) == pytest.approx(codes @ [0.2126, 0.7152, 0.0722], abs=1e-15)


def test_digits_are_those_that_mean_something():
    assert significant(0.1 + 0.2, 6) == 0.3
    assert measured([1.2316168044746116, -3e-16, None, 7, "x"]) == [
        *(1.23162, 0.0, None, 7, "x")
    ]
    rounded = measured({"steps": np.array([1 / 3, 1e-15]), "levels": [1 / 3]})
    assert rounded["steps"].tolist() == [0.333333, 0.0]
    assert rounded["levels"] == [1 / 3]
    assert estimated((1e-20 / 3, float("nan")))[0] == 3.33333333e-21
    assert Finding("x", "note", "", value=1 / 3).value == 0.333333
    assert Finding("x", "note", "", value=12345678).value == 12345678
