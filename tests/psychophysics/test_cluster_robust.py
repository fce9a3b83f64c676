"""Sandwich errors are Welch's where they must be, and hold where arms spread apart."""

import numpy as np
import pytest

from morphkit.psychophysics.change import fit_random_intercept, repeated_analysis
from morphkit.psychophysics.cluster_robust import robust_errors

pytestmark = pytest.mark.slow


def test_of_two_groups_it_is_welch():
    """Error of Welch (1947), degrees of freedom of Bell & McCaffrey, by hand."""
    generator = np.random.default_rng(1)
    first, second = generator.normal(0, 1, 7), generator.normal(2, 3, 12)
    y = np.concatenate([first, second])
    group = np.repeat([0.0, 1.0], [7, 12])
    X = np.column_stack([np.ones(19), group])
    beta = np.array([first.mean(), second.mean() - first.mean()])
    errors, degrees = robust_errors(X, y, np.arange(19), beta, between=0.0, within=1.7)
    welch = np.sqrt(first.var(ddof=1) / 7 + second.var(ddof=1) / 12)
    assert errors[1] == pytest.approx(welch, rel=1e-12)
    a, b = 1 / 7, 1 / 12
    assert degrees[1] == pytest.approx((a + b) ** 2 / (a * a / 6 + b * b / 11))
    assert degrees[0] == pytest.approx(6.0)


def people_of(generator, n=18, p_missing=0.2):
    """Return the design of three occasions and two arms, some people missing some."""
    person, occasion = np.repeat(np.arange(n), 3), np.tile(np.arange(3), n)
    kept = (generator.random(3 * n) > p_missing) | (occasion == 0)
    person, occasion = person[kept], occasion[kept]
    return person, person % 2, occasion


def test_where_the_model_is_right_it_is_unbiased():
    """Averaged over many data sets, squared errors are the model's variances."""
    generator = np.random.default_rng(2)
    person, arm, occasion = people_of(generator)
    X = np.column_stack(
        [np.ones(len(arm)), occasion == 1, occasion == 2]
        + [(occasion == k) & (arm == 1) for k in (1, 2)]
    ).astype(float)
    V = 0.8**2 * (person[:, None] == person) + 0.5**2 * np.eye(len(arm))
    W = np.linalg.inv(V)
    M = np.linalg.inv(X.T @ W @ X)
    root, found = np.linalg.cholesky(V), []
    for _ in range(900):
        y = root @ generator.standard_normal(len(arm))
        beta = M @ X.T @ W @ y
        errors, degrees = robust_errors(X, y, person, beta, between=0.8, within=0.5)
        found.append(errors**2)
    assert np.mean(found, 0) == pytest.approx(np.diag(M), rel=0.08)
    # Satterthwaite's degrees are those of the variance of the estimate.
    expected = 2 * np.mean(found, 0) ** 2 / np.var(found, 0)
    assert degrees == pytest.approx(expected, rel=0.2)


def test_differences_hold_where_one_arm_spreads_more():
    """Nominal 95 % intervals; those of the model alone hold in 90 % here."""
    generator = np.random.default_rng(3)
    person = np.concatenate([np.arange(32)] * 2)
    arm = np.concatenate([np.repeat([0, 1], [22, 10])] * 2)
    occasion = np.repeat([0, 1], 32)
    held, usual = [], []
    for _ in range(250):
        before = generator.normal(0, 1, 32)
        change = generator.normal(0, np.where(arm[:32] == 1, 2.0, 0.7))
        values = np.concatenate([before, before + change])
        values += generator.normal(0, 0.5, 64)
        one = repeated_analysis(values, person, arm, occasion)[1][0]
        held.append(one.low <= 0 <= one.high)
        X = np.column_stack(
            [np.ones(64), occasion == 1, (occasion == 1) & (arm == 1)]
        ).astype(float)
        fit = fit_random_intercept(X, values, person)
        usual.append(abs(fit.coefficients[2]) < 2.05 * np.sqrt(fit.covariance[2, 2]))
    assert np.mean(held) > 0.92
    assert np.mean(usual) < 0.90
