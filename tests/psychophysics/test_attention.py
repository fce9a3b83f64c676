"""Bias of attention, and its reliability from halves."""

import numpy as np
import pytest
from scipy import stats

from morphkit.psychophysics.attention import (
    ProbeTimes,
    spearman_brown,
    split_half_reliability,
)

pytestmark = pytest.mark.slow


def people(n, n_trials, *, between, within, generator):
    """Return participants whose biases spread by `between`, trials by `within`."""
    found = []
    for bias in generator.normal(10, between, size=n):
        away = generator.normal(500 + bias / 2, within, size=n_trials)
        towards = generator.normal(500 - bias / 2, within, size=n_trials)
        found.append(ProbeTimes(towards, away))
    return found


def test_the_bias_is_away_less_towards():
    one = ProbeTimes(np.array([400.0, 420.0]), np.array([450.0, 430.0, 440.0]))
    assert one.bias == pytest.approx(30)


def test_reliability_is_that_of_the_variances():
    """Of a mean difference it is known: between / (between + error)."""
    generator = np.random.default_rng(5)
    between, within, n_trials = 20.0, 60.0, 40
    made = people(4000, n_trials, between=between, within=within, generator=generator)
    found = split_half_reliability(made, generator, splits=60)
    error = 2 * within**2 / n_trials
    wanted = between**2 / (between**2 + error)
    assert found.reliability == pytest.approx(wanted, abs=0.02)
    biases = [one.bias for one in made]
    assert np.var(biases) == pytest.approx(between**2 + error, rel=0.06)
    assert found.n_participants == 4000


def test_two_trials_of_each_kind_by_hand():
    """With two trials each, halves are single trials: two ways up to their exchange."""
    generator = np.random.default_rng(1)
    made = people(12, 2, between=40, within=30, generator=generator)
    a = np.array([p.away for p in made])
    t = np.array([p.towards for p in made])
    found = split_half_reliability(made, generator, splits=4000)
    # Every participant is halved apart: the mean over all of their combinations.
    signs = np.random.default_rng(2).integers(2, size=(4000, 2, 12))
    rs = []
    for one, other in signs:
        k = np.arange(12)
        first = a[k, one] - t[k, other]
        second = a[k, 1 - one] - t[k, 1 - other]
        rs.append(stats.pearsonr(first, second).statistic)
    r = np.mean(rs)
    assert found.reliability == pytest.approx(2 * r / (1 + abs(r)), abs=0.02)


def test_no_bias_between_people_has_no_reliability():
    generator = np.random.default_rng(7)
    made = people(2000, 20, between=0, within=60, generator=generator)
    found = split_half_reliability(made, generator, splits=50)
    assert abs(found.reliability) < 0.06
    assert found.interval.contains(0.0)


def test_what_cannot_be_halved_is_left_out():
    generator = np.random.default_rng(7)
    made = people(5, 2, between=5, within=60, generator=generator)
    single = ProbeTimes(np.array([400.0]), np.array([450.0, 430.0]))
    found = split_half_reliability([*made, single], generator, splits=50)
    assert found.n_participants == 5
    assert split_half_reliability(made[:3], generator) is None
    assert split_half_reliability(made, generator, splits=0) is None
    same = [ProbeTimes(np.full(4, 400.0), np.full(4, 410.0))] * 6
    assert split_half_reliability(same, generator, splits=20) is None


def test_spearman_brown_stays_within_one():
    assert spearman_brown(1.0) == 1.0
    assert spearman_brown(-1.0) == -1.0
