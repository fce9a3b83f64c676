"""Sizes are found where a known curve reaches the goal."""

import numpy as np
import pytest
from scipy.stats import norm

from morphkit.psychophysics.size_curve import size_for_power, size_for_precision


@pytest.mark.parametrize(("slope", "at"), [(1.0, 12.0), (4.0, 150.0)])
def test_the_size_of_a_known_curve_is_found(slope, at):
    sizes = at * np.array([0.3, 0.6, 0.9, 1.3, 2.0])
    power = norm.cdf(norm.ppf(0.8) + slope * np.log(sizes / at))
    studies = np.full(5, 1e6)
    found = size_for_power(sizes, power * studies, studies, 0.8)
    assert found == pytest.approx(at, rel=1e-3)


def test_luck_at_one_size_does_not_decide():
    sizes = np.array([20.0, 22, 24, 26, 28, 30, 32])
    power = norm.cdf(norm.ppf(0.8) + 3 * np.log(sizes / 28))
    power[1] = 0.9
    at = size_for_power(sizes, 100 * power, np.full(7, 100.0), 0.8)
    assert 24 < at < 30


def test_larger_studies_that_are_no_better_have_no_size():
    sizes = np.array([10.0, 20, 40])
    assert size_for_power(sizes, np.array([9, 5, 1]), np.full(3, 10.0), 0.8) is None
    assert size_for_power(sizes[:1], np.array([9]), np.array([10]), 0.8) is None
    assert size_for_precision(sizes, np.array([1.0, 1.1, 1.2]), 0.5) is None
    assert size_for_precision(sizes, np.array([np.inf, np.inf, 1.0]), 0.5) is None


def test_a_step_from_none_to_all_lies_between():
    at = size_for_power(np.array([8.0, 16]), np.array([0, 100]), np.full(2, 100.0), 0.8)
    assert 8 < at < 16
