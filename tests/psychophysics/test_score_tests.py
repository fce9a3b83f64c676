"""Score intervals against Rao's statistic by numerical derivatives of SciPy's."""

import numpy as np
import pytest
from scipy import optimize, stats

from morphkit.psychophysics.psychometric import fit_psychometric

STEPS = np.arange(1.0, 16)
#: Answers of three, ten and twenty a level; a level separates the second.
DATA = (
    (3, [0, 0, 0, 1, 0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3]),
    (10, [0, 0, 0, 0, 0, 0, 0, 4, 10, 10, 10, 10, 10, 10, 10]),
    (20, [1, 0, 1, 2, 4, 3, 8, 11, 9, 15, 14, 17, 19, 20, 19]),
)
DISTRIBUTIONS = {"probit": stats.norm, "logit": stats.logistic}


def statistic(chosen, shown, parameters, k, link):
    """Return Rao's statistic of one of PSE and slope, the other at its best."""

    def share(v):
        return DISTRIBUTIONS[link].cdf(v[1] * (STEPS - v[0]))

    def minus(other):
        v = np.array(parameters)
        v[1 - k] = other
        p = np.clip(share(v), 1e-12, 1 - 1e-12)
        return -stats.binom.logpmf(chosen, shown, p).sum()

    start = parameters[1 - k]
    near = (start - 2, start + 2) if k else (start / 5, start * 5)
    found = optimize.minimize_scalar(
        minus, bounds=near, method="bounded", options={"xatol": 1e-9}
    )
    v = np.array(parameters)
    v[1 - k] = found.x
    p, h = share(v), 1e-5 * np.eye(2)
    D = np.stack([(share(v + step) - share(v - step)) / 2e-5 for step in h], 1)
    known = p * (1 - p) > 1e-10
    weight = np.where(known, 1 / np.where(known, p * (1 - p), 1), 0)
    U = D.T @ ((chosen - shown * p) * weight)
    return U @ np.linalg.solve((D.T * shown * weight) @ D, U)


@pytest.mark.parametrize("link", DISTRIBUTIONS)
@pytest.mark.parametrize(("shown", "chosen"), DATA)
def test_ends_are_where_raos_statistic_reaches_its_limit(shown, chosen, link):
    fit = fit_psychometric(STEPS, chosen, [shown] * 15, link=link)
    slopes = fit.slope_score
    ends = [(0, fit.pse_score.low), (0, fit.pse_score.high), (1, slopes.low)]
    assert (slopes.high is None) == fit.separated
    if not fit.separated:
        ends.append((1, slopes.high))
    for k, end in ends:
        guess = [fit.pse, fit.slope]
        guess[k] = end
        found = statistic(np.array(chosen), shown, guess, k, link)
        assert found == pytest.approx(3.8414588, rel=1e-4)


def test_an_interval_of_the_jnd_begins_at_0_where_a_function_may_jump():
    fit = fit_psychometric(STEPS, [0] * 7 + [3] * 8, [3] * 15)
    assert fit.jnd_score.low == 0
    assert fit.jnd_score.high == pytest.approx(0.6744897502 / fit.slope_score.low)
    # Any place between the two levels fits as well as any other.
    assert fit.pse_score.low < 7
    assert fit.pse_score.high > 8


def test_a_pse_is_bounded_where_no_slope_is_rejected_only():
    flat = fit_psychometric(STEPS, [0] * 14 + [1], [3] * 15)
    assert (flat.pse_score.low, flat.pse_score.high) == (None, None)
    assert flat.slope_score.contains(0)
    assert flat.jnd_score.high is None
    swapped = fit_psychometric(STEPS, DATA[0][1][::-1], [3] * 15)
    assert swapped.slope_score.high < 0
    assert swapped.pse_score.low < swapped.pse < swapped.pse_score.high
    assert (swapped.jnd_score.low, swapped.jnd_score.high) == (None, None)
