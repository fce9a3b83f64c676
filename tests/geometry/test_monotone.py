"""The smooth curve of edges, against another program that draws the same one."""

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from morphkit.geometry.monotone import monotone_curve

RNG = np.random.default_rng(8)


@pytest.mark.parametrize("n", [2, 3, 4, 9, 30])
@pytest.mark.parametrize("kind", ["any", "flat", "turning", "steep ends"])
def test_it_is_the_curve_of_scipy(n, kind):
    for _ in range(60):
        at = np.concatenate([[0.0], np.cumsum(RNG.uniform(1e-6, 40, n - 1))])
        values = RNG.normal(300, 80, (n, 2))
        if kind == "flat":
            values = np.rint(values / 100)
        elif kind == "turning":
            values[::2] *= -1
        elif kind == "steep ends":
            values[[0, -1]] *= 50
        places = np.sort(np.concatenate([at, RNG.uniform(0, at[-1], 100)]))
        found = monotone_curve(at, values, places)
        wanted = PchipInterpolator(at, values)(places)
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-10)


def test_it_stays_between_its_points():
    at = np.arange(6.0)
    values = np.array([[0.0], [0.1], [5.0], [5.1], [5.1], [9.0]])
    curve = monotone_curve(at, values, np.linspace(0, 5, 501))
    assert (np.diff(curve[:, 0]) >= 0).all()
    assert (curve[::100] == values).all()
