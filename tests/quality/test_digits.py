"""Colours in a fixed order of summing, and how many digits of measurements are kept."""

import numpy as np
import pytest

from morphkit._core.digits import estimated, measured, significant
from morphkit._core.finding import Finding
from morphkit.quality.metrics.frames import lab_of, luma_of

RNG = np.random.default_rng(20)


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
