"""Values between the points of a grid: against SciPy, and bit for bit."""

import hashlib

import numpy as np
import pytest
import scipy.ndimage

from morphkit._core.fixed_order import directions, nearest, smoothed
from morphkit.geometry.sampled import sample_cubic, sample_linear

RNG = np.random.default_rng(8)
#: Hashes of values between points, of a filter, of distances, of directions.
BITS = [
    "9c16753476ca2241",
    "93186d70d007844f",
    "cada0a8922299f63",
    "b4721d2667744c27",
    "eec3727695c0b6ec",
]


@pytest.mark.parametrize(("sample", "order"), [(sample_linear, 1), (sample_cubic, 3)])
def test_values_are_those_of_scipy(sample, order):
    values = RNG.normal(size=(30, 41, 2))
    rows, columns = RNG.uniform(0, 29, (50, 7)), RNG.uniform(0, 40, (50, 7))
    wanted = np.stack(
        [
            scipy.ndimage.map_coordinates(
                values[..., k], [rows, columns], order=order, mode="nearest"
            )
            for k in range(2)
        ],
        axis=-1,
    )
    assert np.abs(sample(values, rows, columns) - wanted).max() < 1e-13


@pytest.mark.parametrize("sample", [sample_linear, sample_cubic])
def test_points_are_met_and_edges_go_on(sample):
    values = RNG.normal(size=(5, 6))
    row, column = np.mgrid[-2:7, -2:8].astype(float)
    wanted = np.pad(values, 2, mode="edge")
    assert np.abs(sample(values, row, column) - wanted).max() < 1e-13


def test_the_bits_are_these_on_every_machine():
    """A contraction or another order of operations changes them."""
    grid = np.arange(1, 1601).reshape(40, 40)
    values = ((grid * 7919) % 1009 - 500) / 128.0
    places = ((grid * 104_729) % 997) / 26.0
    flat = np.stack([values.ravel(), places.ravel()], axis=1)
    found = [
        hashlib.sha256(one.astype("<f8").tobytes()).hexdigest()[:16]
        for one in (
            sample_linear(values, places, places.T),
            sample_cubic(values, places, places.T),
            smoothed(values, 2.5, axis=1),
            nearest(flat, flat[::7] + 0.3),
            directions(places[0] / 8.0),
        )
    ]
    assert found == BITS
