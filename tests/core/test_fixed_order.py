"""Systems and logarithms in a fixed order, against libraries and exact arithmetic."""

import hashlib
from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg
import scipy.ndimage

from morphkit._core.fixed_order import (
    directions,
    exp,
    interpolate,
    length,
    log,
    mean,
    nearest,
    pseudo_inverse,
    smoothed,
    solve,
    total,
)
from morphkit.errors import InputError
from morphkit.geometry.warp import tps

RNG = np.random.default_rng(6)
#: Hashes of logarithms, of a solution, of the places that a spline gives.
BITS = ["c8528308ab8a8b96", "4a221f60476d199e", "cacf7c509dd3e29d"]


def test_logarithms_are_exact_to_the_last_unit():
    values = np.concatenate(
        [
            10.0 ** RNG.uniform(-300, 300, 20_000),
            RNG.uniform(0.5, 2.0, 20_000),
            [
                2.3e-308,
                np.finfo(float).max,
                1.0,
                np.nextafter(1, 0),
                np.nextafter(1, 2),
            ],
        ]
    )
    wanted = np.log(values.astype(np.longdouble))
    # Where there is nothing longer than float64, both may be off by a unit.
    units = 1 if np.finfo(np.longdouble).eps < np.finfo(np.float64).eps else 2
    off = np.abs(log(values) - wanted)
    assert (off <= units * np.spacing(np.abs(log(values)))).all()


@pytest.mark.parametrize("n", [1, 2, 30, 120])
def test_systems_are_solved(n):
    matrix, right = RNG.normal(size=(n, n)), RNG.normal(size=(n, 4))
    wanted = scipy.linalg.solve(matrix, right)
    np.testing.assert_allclose(solve(matrix, right), wanted, rtol=1e-7, atol=1e-9)


def test_a_system_of_integers_is_solved_as_exactly_as_it_can_be():
    matrix = RNG.integers(-9, 10, (6, 6))
    wanted = RNG.integers(-9, 10, (6, 2))
    found = solve(matrix.astype(float), (matrix @ wanted).astype(float))
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_a_system_without_a_single_solution_is_refused():
    with pytest.raises(InputError, match="without a single solution"):
        solve(np.array([[1.0, 2.0], [2.0, 4.0]]), np.ones((2, 1)))


def eliminated(matrix, right):
    """Solve a system number by number, each operation rounded by itself."""
    rows = [
        [*map(float, a), *map(float, b)] for a, b in zip(matrix, right, strict=True)
    ]
    n = len(rows)
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: (abs(rows[i][k]), -i))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(k + 1, n):
            share = rows[i][k] / rows[k][k]
            for j in range(k, len(rows[i])):
                rows[i][j] = rounded(Fraction(rows[i][j]), share, rows[k][j])
    found = [row[n:] for row in rows]
    for k in range(n - 1, -1, -1):
        found[k] = [value / rows[k][k] for value in found[k]]
        for i in range(k):
            found[i] = [
                rounded(Fraction(a), rows[i][k], b)
                for a, b in zip(found[i], found[k], strict=True)
            ]
    return found


def rounded(before, share, value):
    """Return before - share · value, the product rounded first: never contracted."""
    return float(before - Fraction(float(Fraction(share) * Fraction(value))))


def test_every_operation_is_rounded_by_itself_and_in_its_place():
    """A contraction, or another order, changes a bit."""
    matrix, right = RNG.normal(size=(12, 12)), RNG.normal(size=(12, 2))
    assert solve(matrix, right).tolist() == eliminated(matrix, right)


def test_the_bits_are_these_on_every_machine():
    """Of logarithms, of a system and of a spline, from numbers that are exact."""
    n = 40
    grid = np.arange(1, n * n + 1).reshape(n, n)
    matrix = ((grid * 7919) % 1009 - 500) / 128.0
    right = ((grid[:, :3] * 104_729) % 997) / 64.0
    start = np.stack([(grid[0] * 37) % 101 * 4.25, (grid[0] * 53) % 97 * 3.5], axis=1)
    end = start + right[:, :2] / 8
    points = np.stack([grid[:, 0] / 4.0, grid[:, 1] / 8.0], axis=1)
    found = [
        hashlib.sha256(values.astype("<f8").tobytes()).hexdigest()[:16]
        for values in (log(grid / 7), solve(matrix, right), tps.fit(start, end)(points))
    ]
    assert found == BITS


def test_a_spline_is_added_up_knot_by_knot():
    """The bits of the map of some points, number by number from its weights."""
    start, end = RNG.uniform(0, 400, (17, 2)), RNG.uniform(0, 400, (17, 2))
    points = RNG.uniform(-20, 420, (50, 2))
    whole = tps.fit(start, end)(points)
    alone = np.concatenate([tps.fit(start, end)(point[None]) for point in points])
    assert whole.tobytes() == alone.tobytes()


def test_exponentials_have_twelve_digits():
    values = np.concatenate([-RNG.uniform(0, 700, 5000), -RNG.uniform(0, 1, 5000)])
    assert np.allclose(exp(values), np.exp(values), rtol=1e-12, atol=0)
    assert exp(np.zeros(1)).tolist() == [1.0]


def test_sums_are_taken_one_after_the_other():
    values = RNG.normal(size=(300, 3)) * 10.0 ** RNG.integers(-6, 7, (300, 3))
    along = np.ascontiguousarray(values.T)  # here NumPy's own sum is by halves
    for array, axis in ((values, 0), (values, 1), (along, 0), (along, 1)):
        lines = array.T if axis == 0 else array
        wanted = []
        for line in lines.tolist():
            wanted.append(line[0])
            for value in line[1:]:
                wanted[-1] += value
        assert total(array, axis).tolist() == wanted
        assert mean(array, axis).tolist() == [w / len(lines.T) for w in wanted]
    assert (total(values) != total(values[::-1])).any()  # the order counts


def test_pseudo_inverses_are_those_of_numpy():
    """Of rows that are independent, the same, sums of others, and nothing."""
    rows = RNG.normal(size=(3, 6))
    rest = np.stack([rows[0], rows[1], rows[0] / 3 - 2 * rows[1]])
    for matrix in (rows, rows[:1], np.eye(2), rows[[0, 0]], rest, np.zeros((2, 3))):
        found = pseudo_inverse(matrix)
        assert np.allclose(found, np.linalg.pinv(matrix, rcond=1e-12), atol=1e-12)
    assert pseudo_inverse(np.eye(3)).tolist() == np.eye(3).tolist()


def test_places_and_lengths_are_those_of_libraries():
    points, others = RNG.normal(size=(40, 2)), RNG.normal(size=(30, 2))
    apart = np.hypot(*np.moveaxis(points[:, None] - others, -1, 0)).min(axis=1)
    assert np.allclose(nearest(points, others), apart, rtol=1e-14)
    assert np.allclose(length(points), np.hypot(*points.T), rtol=1e-15)
    angles = RNG.uniform(-7, 7, 1000)
    wanted = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert np.abs(directions(angles) - wanted).max() < 1e-15
    at, values = np.sort(RNG.normal(size=9)), RNG.normal(size=9)
    places = np.concatenate([at, RNG.uniform(-4, 4, 100)])
    assert np.allclose(interpolate(places, at, values), np.interp(places, at, values))
    assert interpolate(at, at, values).tolist() == values.tolist()


@pytest.mark.parametrize("sigma", [0.4, 1.0, 3.7])
def test_a_gaussian_filter_is_that_of_scipy(sigma):
    values = RNG.normal(size=(31, 12))
    for axis in (0, 1):
        wanted = scipy.ndimage.gaussian_filter1d(values, sigma, axis, mode="nearest")
        assert np.allclose(smoothed(values, sigma, axis), wanted, atol=1e-12)
