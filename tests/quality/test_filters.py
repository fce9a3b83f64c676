"""Filters of planes against SciPy."""

import numpy as np
import pytest
import scipy.ndimage

from morphkit.pixels.measuring import means_apart
from morphkit.quality.filters import (
    eroded,
    gaussian,
    greatest,
    laplacian,
    window_means,
)

PLANE = np.random.default_rng(4).random((161, 183))


@pytest.mark.parametrize("sigma", [0.7, 1.5, 6.3])
def test_a_gaussian_is_that_of_scipy_bit_for_bit(sigma):
    wanted = scipy.ndimage.gaussian_filter(PLANE, sigma)
    np.testing.assert_array_equal(gaussian(PLANE, sigma), wanted)
    wanted = scipy.ndimage.gaussian_filter(PLANE, sigma, truncate=5 / sigma)
    np.testing.assert_array_equal(gaussian(PLANE, sigma, reach=5), wanted)


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (2, 0), (0, 2), (1, 1)])
def test_derivatives_of_a_gaussian_are_those_of_scipy(order):
    wanted = scipy.ndimage.gaussian_filter(PLANE, 1.5, order=order)
    found = gaussian(PLANE, 1.5, order=order)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-13)


def test_a_gaussian_reaches_beyond_a_small_plane():
    small = PLANE[:3, :2]
    wanted = scipy.ndimage.gaussian_filter(small, 2.0)
    np.testing.assert_array_equal(gaussian(small, 2.0), wanted)


def test_second_differences_are_those_of_scipy():
    np.testing.assert_array_equal(laplacian(PLANE), scipy.ndimage.laplace(PLANE))


@pytest.mark.parametrize("side", [1, 4, 17])
@pytest.mark.parametrize("axis", [0, 1])
def test_running_means_are_those_of_scipy_bit_for_bit(side, axis):
    wanted = scipy.ndimage.uniform_filter1d(PLANE, side, axis=axis)
    np.testing.assert_array_equal(window_means(PLANE, side, axis=axis), wanted)


@pytest.mark.parametrize(("side", "every"), [(17, 4), (4, 3), (1, 1)])
def test_means_apart_are_those_of_scipy(side, every):
    wanted = scipy.ndimage.uniform_filter(PLANE, side, mode="constant")
    found = means_apart(PLANE, side, every)
    np.testing.assert_allclose(found, wanted[::every, ::every], rtol=0, atol=1e-14)


@pytest.mark.parametrize("around", [np.ones((5, 5)), np.indices((9, 7)).sum(0) % 3])
def test_the_greatest_around_is_that_of_scipy(around):
    wanted = scipy.ndimage.maximum_filter(PLANE, footprint=around > 0)
    np.testing.assert_array_equal(greatest(PLANE, around > 0), wanted)


def test_what_is_eroded_is_that_of_scipy():
    inside = PLANE > 0.05
    wanted = scipy.ndimage.binary_erosion(inside, iterations=3)
    assert 100 < wanted.sum() < inside.sum()
    np.testing.assert_array_equal(eroded(inside, 3), wanted)
