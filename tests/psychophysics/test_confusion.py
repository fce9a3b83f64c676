"""Unbiased hit rates, d' and criterion, and means of participants drawn again."""

from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from morphkit.errors import InputError
from morphkit.psychophysics.confusion import chance_hit_rates, unbiased_hit_rates
from morphkit.psychophysics.detection import Detection
from morphkit.psychophysics.resampling import LEAST_PARTICIPANTS, mean_interval

#: Happy, distressed, neutral by these and "cannot tell".
COUNTS = [[14, 2, 3, 1], [1, 9, 7, 3], [0, 4, 25, 1]]


def test_unbiased_hit_rates_are_products_of_two_conditional_shares():
    """By hand: P(right | shown) P(right | used), in exact fractions."""
    hand = [
        Fraction(14, 20) * Fraction(14, 15),
        Fraction(9, 20) * Fraction(9, 15),
        Fraction(25, 30) * Fraction(25, 35),
    ]
    assert unbiased_hit_rates(COUNTS) == pytest.approx([float(one) for one in hand])
    chance = [Fraction(20 * 15, 70**2), Fraction(20 * 15, 70**2), Fraction(30, 140)]
    assert chance_hit_rates(COUNTS) == pytest.approx([float(one) for one in chance])


def test_unbiased_hit_rates_of_a_worked_table():
    """Happy, sad, angry, fearful: https://stats.stackexchange.com/q/156774."""
    shown = np.array([[4, 1, 0, 1], [0, 3, 2, 1], [0, 0, 6, 0], [2, 0, 0, 4]])
    found = unbiased_hit_rates(shown)
    assert found.round(3).tolist() == [0.444, 0.375, 0.75, 0.444]
    was, said = np.repeat(np.indices(shown.shape).reshape(2, -1), shown.ravel(), 1)
    for label, rate in enumerate(found):
        right = (said == label) & (was == label)
        both = right[was == label].mean() * right[said == label].mean()
        assert rate == pytest.approx(both)


def test_random_answers_come_to_chance():
    generator = np.random.default_rng(4)
    shown = np.repeat([0, 1, 2], [20_000, 50_000, 30_000])
    said = generator.choice(4, size=len(shown), p=[0.5, 0.1, 0.3, 0.1])
    counts = stats.contingency.crosstab(shown, said).count
    assert unbiased_hit_rates(counts) == pytest.approx(
        chance_hit_rates(counts), abs=0.004
    )


def test_one_label_for_everything_is_no_recognition():
    """All hits, and yet no more than chance: what a bias does."""
    counts = [[10, 0], [30, 0]]
    assert unbiased_hit_rates(counts).tolist() == [0.25, 0.0]
    assert chance_hit_rates(counts).tolist() == [0.25, 0.0]


def test_a_label_that_was_never_shown_has_no_rate():
    found = unbiased_hit_rates([[3, 1], [0, 0]])
    assert found[0] == pytest.approx(0.75)
    assert np.isnan(found[1])
    assert np.isnan(chance_hit_rates([[0, 0], [0, 0]])).all()


@pytest.mark.parametrize("counts", [[[1], [2]], [1, 2], [[1, -1], [0, 1]]])
def test_counts_must_be_a_table(counts):
    with pytest.raises(InputError, match="a column for each label shown"):
        unbiased_hit_rates(counts)


@pytest.mark.parametrize(
    ("n_signal", "n_noise", "hits", "false_alarms"),
    [(20, 20, 17, 5), (12, 30, 12, 0), (9, 4, 0, 4), (100, 100, 69, 31)],
)
def test_d_prime_and_criterion_by_another_normal(n_signal, n_noise, hits, false_alarms):
    one = Detection(n_signal, n_noise, hits, false_alarms)
    z = NormalDist().inv_cdf
    h = z((2 * hits + 1) / (2 * n_signal + 2))
    f = z((2 * false_alarms + 1) / (2 * n_noise + 2))
    assert one.d_prime == pytest.approx(h - f, abs=1e-12)
    assert one.criterion == pytest.approx(-(h + f) / 2, abs=1e-12)


def test_a_bias_moves_the_criterion_and_leaves_sensitivity():
    d, n = 1.3, 200_000
    generator = np.random.default_rng(1)
    signal, noise = generator.normal(d / 2, size=n), generator.normal(-d / 2, size=n)
    for c in (-0.8, 0.0, 0.5):
        found = Detection(n, n, int((signal > c).sum()), int((noise > c).sum()))
        assert found.d_prime == pytest.approx(d, abs=0.02)
        assert found.criterion == pytest.approx(c, abs=0.01)


def test_rates_need_both_kinds_of_images():
    with pytest.raises(InputError, match="0 of 0 images"):
        Detection(0, 3, 0, 1)
    with pytest.raises(InputError, match="4 of 3 images"):
        Detection(3, 3, 4, 1)


@pytest.mark.slow
def test_intervals_of_few_participants_hold_what_they_say():
    generator = np.random.default_rng(2)
    for n, runs in ((4, 1000), (6, 1000), (20, 500)):
        held = 0
        for _ in range(runs):
            values = generator.normal(0.6, 0.2, size=n)
            held += mean_interval(values, generator, samples=400).contains(0.6)
        assert held / runs == pytest.approx(0.95, abs=0.025)


def test_intervals_agree_with_students_where_both_hold():
    generator = np.random.default_rng(3)
    values = generator.normal(1.0, 0.5, size=60)
    found = mean_interval([*values, np.nan], generator, samples=20_000)
    low, high = stats.t.interval(0.95, 59, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.01)


def test_few_participants_have_no_interval():
    generator = np.random.default_rng(3)
    assert mean_interval([1.0] * (LEAST_PARTICIPANTS - 1), generator) is None
    assert mean_interval(np.arange(9.0), generator, samples=0) is None
