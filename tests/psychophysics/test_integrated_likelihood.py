"""Integrated likelihoods against means over points that are drawn from the prior."""

import numpy as np
import pytest
from scipy import stats

from morphkit.psychophysics.integrated_likelihood import integrated_intervals
from morphkit.psychophysics.intervals import Answers
from morphkit.psychophysics.lapses import RATES, fit_with_lapses
from morphkit.psychophysics.links import LINKS

STEPS = np.arange(1.0, 16)
FEW = (3, [1, 0, 0, 0, 0, 2, 1, 1, 2, 3, 3, 3, 3, 2, 3])
MANY = (20, [1, 2, 1, 1, 2, 2, 6, 11, 13, 17, 18, 19, 19, 20, 18])


def drawn(n_rates):
    """Return thresholds, spreads, guess and lapse rates from the prior."""
    unit = stats.qmc.Sobol(2 + n_rates, rng=np.random.default_rng(1)).random(2**14)
    return -13 + 42 * unit[:, 0], 14 * unit[:, 1], 0.2 * unit[:, 2:] ** 2


def heights(shown, chosen, rates, k, values):
    """Return the logarithms of the mean likelihood at some thresholds or spreads."""
    place, spread, free = drawn(len(rates))
    gamma, lapse = ((free @ rates).T)[..., None]
    found = []
    for value in values:
        m, s = (value, spread[:, None]) if k == 0 else (place[:, None], value)
        p = gamma + (1 - gamma - lapse) * stats.norm.cdf((STEPS - m) / s)
        p = np.clip(p, 1e-15, 1 - 1e-15)
        log = np.log(p) @ chosen + np.log1p(-p) @ (shown - np.array(chosen))
        found.append(log.max() + np.log(np.exp(log - log.max()).mean()))
    return np.array(found)


@pytest.mark.parametrize(
    ("shown", "chosen", "rates"),
    [(*FEW, "both"), (*MANY, "both"), (*FEW, "symmetric"), (*FEW, "lapse")],
)
def test_ends_are_where_the_mean_likelihood_has_fallen(shown, chosen, rates):
    design = RATES[rates]
    data = Answers(STEPS, np.array(chosen, float), np.full(15, float(shown)))
    near = np.array([8, 1.8, *[0.03] * len(design)])
    found = integrated_intervals(data, LINKS["probit"], design, near)
    m, s, *free = found.node
    gamma, lapse = np.array(free) @ design
    p = gamma + (1 - gamma - lapse) * stats.norm.cdf((STEPS - m) / s)
    log = np.log(p) @ data.K + np.log1p(-p) @ (data.N - data.K)
    assert found.log_likelihood == pytest.approx(log, abs=1e-9)
    for k, interval in enumerate((found.threshold, found.spread)):
        inner = np.linspace(max(interval.low, 0.3), interval.high, 11)
        low, *inside, high = heights(shown, chosen, design, k, inner)
        for end, value in ((interval.low, low), (interval.high, high)):
            if end > 0.3:
                assert 2 * (max(inside) - value) == pytest.approx(3.84, abs=0.35)


@pytest.mark.slow
def test_an_interval_holds_its_estimate():
    generator = np.random.default_rng(4)
    share = 0.02 + 0.96 * stats.norm.cdf((STEPS - 8) / 1.8)
    for chosen in generator.binomial(3, share, (20, 15)):
        fit = fit_with_lapses(STEPS, chosen, [3] * 15)
        assert fit.threshold_interval.contains(fit.threshold)
        assert fit.jnd_interval.contains(fit.jnd)


def test_intervals_do_not_depend_on_the_unit_of_levels():
    one = fit_with_lapses(STEPS, MANY[1], [20] * 15)
    other = fit_with_lapses(1e-4 * STEPS + 3, MANY[1], [20] * 15)
    assert 1e4 * other.jnd_interval.high == pytest.approx(
        one.jnd_interval.high, rel=1e-6
    )
    assert 1e4 * (other.threshold_interval.low - 3) == pytest.approx(
        one.threshold_interval.low, rel=1e-6
    )


def test_a_rate_at_its_limit_leaves_the_jnd_no_lower_end():
    careless = [25] * 7 + [50] + [75] * 7
    fit = fit_with_lapses(STEPS, careless, [100] * 15)
    assert fit.at_bound == ("guess", "lapse")
    assert fit.jnd_interval.low == 0


@pytest.mark.parametrize("shown", [20_000, 1_000_000])
def test_many_answers_leave_the_intervals_of_the_information(shown):
    """Far from every limit the grid finds the peak, and it is normal."""
    truth = np.array([5, 0.4, 0.1, 0.01])

    def share(v):
        return v[2] + (1 - v[2] - v[3]) * stats.norm.cdf((STEPS - v[0]) / v[1])

    steps = 1e-5 * np.eye(4)
    D = np.stack([share(truth + h) - share(truth - h) for h in steps], 1) / 2e-5
    p = share(truth)
    error = np.sqrt(np.diag(np.linalg.inv((D.T * shown / (p * (1 - p))) @ D)))
    fit = fit_with_lapses(STEPS, np.rint(shown * p), [shown] * 15)
    wide = 0.6744897502 * error[1]
    for interval, value, one in (
        (fit.threshold_interval, 5, error[0]),
        (fit.jnd_interval, 0.6744897502 * 0.4, wide),
    ):
        for end, side in ((interval.low, -1), (interval.high, 1)):
            assert (end - value) / one == pytest.approx(1.96 * side, abs=0.15)
