import itertools

import numpy as np
import pytest
from reference_numbers import OWN, load, sources
from scipy import optimize, special, stats

from morphkit.errors import InputError
from morphkit.psychophysics.balance import spearman_karber_error
from morphkit.psychophysics.goodness import goodness_of_fit
from morphkit.psychophysics.lapses import RATES, fit_with_lapses
from morphkit.psychophysics.links import LINKS
from morphkit.psychophysics.psychometric import (
    fit_many,
    fit_psychometric,
    separated_sets,
)
from morphkit.psychophysics.scoring import estimate_many, is_separated, score_many

STEPS = np.arange(1.0, 16)
#: Fifteen steps, three answers each, no overlap.
PARTED = ([0] * 7 + [3] * 8, [3] * 15)
NAMES = ("ert45", "lab300", "pooled5400")


@pytest.fixture(
    scope="module",
    params=sources("psychometric.json", "psychometric_fixture.json"),
    ids=lambda path: path.stem,
)
def fixture(request):
    return load(request.param)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("name", NAMES)
def test_maximum_likelihood_agrees_with_r(fixture, name, link):
    data, wanted = fixture["data"][name], fixture["R"][name][link]
    fit = fit_psychometric(data["x"], data["k"], data["n"], link=link)
    assert fit.method == "ml"
    assert [fit.intercept, fit.slope] == pytest.approx(wanted["coef"], rel=1e-7)
    errors = np.sqrt(np.diag(fit.covariance))
    assert errors == pytest.approx(wanted["se"], rel=1e-7)
    assert fit.covariance[0, 1] == pytest.approx(wanted["cov12"], rel=1e-7)
    assert fit.pse == pytest.approx(wanted["pse"], rel=1e-7)
    assert fit.pse_error == pytest.approx(wanted["pse_se_delta"], rel=1e-7)
    assert fit.spread == pytest.approx(wanted["scale"], rel=1e-7)
    assert fit.spread_error == pytest.approx(wanted["scale_se_delta"], rel=1e-7)
    assert fit.jnd == pytest.approx(wanted["jnd_75_25"], rel=1e-7)
    assert fit.deviance == pytest.approx(wanted["deviance"], rel=1e-10)
    assert fit.log_likelihood == pytest.approx(wanted["logLik"], rel=1e-10)
    ends = fit.pse_profile.low, fit.pse_profile.high
    assert ends == pytest.approx(wanted["pse_ci_profile"], rel=1e-9)
    ends = fit.pse_fieller.low, fit.pse_fieller.high
    assert ends == pytest.approx(wanted["pse_ci_fieller"], rel=1e-7)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("name", NAMES)
def test_slope_profile_is_where_the_likelihood_says(fixture, name, link):
    """R interpolates its profile of the slope; the definition is checked exactly."""
    data, wanted = fixture["data"][name], fixture["R"][name][link]
    fit = fit_psychometric(data["x"], data["k"], data["n"], link=link)
    ends = np.array([fit.slope_profile.low, fit.slope_profile.high])
    assert ends == pytest.approx(wanted["slope_ci_profile"], rel=2e-3)
    quartile = LINKS[link].quartile
    jnds = [fit.jnd_profile.high, fit.jnd_profile.low]
    assert jnds == pytest.approx(quartile / ends, rel=1e-12)
    for slope in ends:
        intercepts = np.linspace(-slope * 9.5, -slope * 6.5, 20001)
        eta = intercepts[:, None] + slope * fit.levels
        log = fit.chosen * LINKS[link].log_cdf(eta)
        log = log + (fit.shown - fit.chosen) * LINKS[link].log_cdf(-eta)
        eta = fit.intercept + fit.slope * fit.levels
        best = fit.chosen * LINKS[link].log_cdf(eta)
        best = best + (fit.shown - fit.chosen) * LINKS[link].log_cdf(-eta)
        drop = 2 * (best.sum() - log.sum(1).max())
        assert drop == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_bootstrap_of_the_deviance_agrees_with_r(fixture, name):
    data, wanted = fixture["data"][name], fixture["R"][name]["probit"]
    fit = fit_psychometric(data["x"], data["k"], data["n"])
    found = goodness_of_fit(fit, np.random.default_rng(5), n_samples=2000)
    p = wanted["p_boot"]
    error = np.sqrt(2 * p * (1 - p) / 2000)
    assert found.p_value == pytest.approx(p, abs=4 * error)
    if name == "ert45":
        assert wanted["p_chi2"] > found.p_value + 3 * error  # chi-square flatters


@pytest.mark.parametrize("name", NAMES)
def test_lapses_agree_with_r(fixture, name):
    data, wanted = fixture["data"][name], fixture["R"][name]["probit_lapse_ml"]
    fit = fit_with_lapses(data["x"], data["k"], data["n"])
    other = fixture["R"][name].get("psyphy_2asym", wanted)["logLik"]
    assert fit.log_likelihood >= max(wanted["logLik"], other) - 1e-9
    assert fit.log_likelihood == pytest.approx(wanted["logLik"], abs=1e-5)
    assert fit.threshold == pytest.approx(wanted["pse_of_sigmoid"], rel=1e-6)
    assert fit.spread == pytest.approx(wanted["sigma"], rel=1e-6)
    assert fit.guess == pytest.approx(wanted["gamma"], abs=1e-6)
    assert fit.lapse == pytest.approx(wanted["lambda"], abs=1e-6)
    assert fit.jnd == pytest.approx(0.6744897502 * fit.spread)
    assert fit.threshold_interval.contains(fit.threshold)
    assert fit.jnd_interval.contains(fit.jnd)


def test_lapses_agree_with_psignifit_without_overdispersion(fixture):
    """Its estimate is a posterior mode, so near, and its width is of the same curve."""
    data = fixture["data"]["pooled5400"]
    fits = fixture.get("psignifit_4.3") or load(OWN / "psignifit.json")["fits"]
    wanted = fits["pooled5400|yes/no|norm|MAP"]["estimate"]
    fit = fit_with_lapses(data["x"], data["k"], data["n"])
    assert fit.threshold == pytest.approx(wanted["threshold"], abs=0.005)
    assert fit.width == pytest.approx(wanted["width"], rel=0.005)


def test_pse_with_lapses_is_where_both_labels_are_as_likely(fixture):
    data = fixture["data"]["lab300"]
    for rates in RATES:
        fit = fit_with_lapses(data["x"], data["k"], data["n"], rates=rates)
        z = (fit.pse - fit.threshold) / fit.spread
        share = fit.guess + (1 - fit.guess - fit.lapse) * stats.norm.cdf(z)
        assert share == pytest.approx(0.5, abs=1e-9)
        if rates == "symmetric":
            assert fit.guess == fit.lapse
            assert fit.pse == pytest.approx(fit.threshold)
        if rates == "lapse":
            assert fit.guess == 0


def test_balance_point_plus_half_is_spearman_and_karber(fixture):
    data = fixture["data"]["ert45"]
    fit = fit_psychometric(data["x"], data["k"], data["n"])
    shares = np.array(data["k"]) / np.array(data["n"])
    assert fit.balance == pytest.approx((1 - shares).sum())
    assert fit.spearman_karber == pytest.approx(fit.balance + 0.5)


def test_answers_at_the_ends_reach_one_step_further():
    """Nobody sees steps 0 and 5, so the function is taken to end there."""
    fit = fit_psychometric([1, 2, 3, 4], [1, 2, 3, 3], [4, 4, 4, 4])
    assert fit.spearman_karber == pytest.approx(0.5 + (3 + 2 + 1 + 1) / 4)
    turned = fit_psychometric([1, 2, 3, 4], [1, 1, 2, 3], [4, 4, 4, 4])
    assert turned.spearman_karber == pytest.approx(5 - fit.spearman_karber)


def test_spearman_karber_error_is_that_of_repetitions():
    p = stats.norm.cdf((STEPS - 8) / 2)
    generator = np.random.default_rng(3)
    K = generator.binomial(10, p, (4000, 15))
    N = np.full(15, 10.0)
    spread = (0.5 + (1 - K / 10).sum(1)).std()
    errors = [spearman_karber_error(STEPS, k, N) for k in K[:400]]
    assert np.mean(errors) == pytest.approx(spread, rel=0.03)
    assert spearman_karber_error(STEPS, K[0] > 5, np.ones(15)) is None


def test_unequal_levels_give_the_mean_of_the_steps():
    """Spearman and Kärber on unequal levels, by integrating the function."""
    x = np.array([0.0, 0.1, 0.4, 0.5, 0.9, 1.0])
    fit = fit_psychometric(x, [0, 1, 3, 6, 9, 10], [10] * 6)
    at = np.concatenate([[-0.1], x, [1.1]])
    grid = np.linspace(-0.1, 1.1, 120001)
    curve = np.interp(grid, at, [0, 0, 0.1, 0.3, 0.6, 0.9, 1, 1])
    mean = 1.1 - np.trapezoid(curve, grid) if hasattr(np, "trapezoid") else None
    if mean is not None:
        assert fit.spearman_karber == pytest.approx(mean, abs=1e-6)


# --- separation


def test_separation_is_found_exactly_where_there_is_no_maximum():
    """Against the linear programme, over every pattern of few answers."""
    X = np.stack([np.ones(4), np.arange(4.0)], 1)
    patterns = np.array(list(itertools.product(range(3), repeat=4)), float)
    N = np.full_like(patterns, 2.0)
    mixed = (patterns.sum(1) > 0) & (patterns.sum(1) < 8)
    found = separated_sets(patterns, N)
    programme = [is_separated(X, k, n) for k, n in zip(patterns, N, strict=True)]
    assert found[mixed].tolist() == np.array(programme)[mixed].tolist()
    assert 10 < found[mixed].sum() < mixed.sum()
    converged = score_many(X, patterns, N, tolerance=1e-10).converged
    assert converged[mixed & ~found].all()


def test_separated_answers_are_penalised_and_say_so():
    fit = fit_psychometric(STEPS, *PARTED)
    assert fit.separated
    assert fit.method == "firth"
    assert fit.pse == pytest.approx(7.5)
    assert 0.05 < fit.jnd < 1
    assert fit.pse_profile.contains(7.5)
    assert 7 > fit.pse_profile.low > 5
    assert fit.jnd_profile.high < 3
    found = goodness_of_fit(fit, np.random.default_rng(1))
    assert (found.deviance, found.p_value) == (0, 1)


def penalised_by_hand(x, K, N, link):
    """Maximise the likelihood times Jeffreys' prior on a fine grid."""
    slope, pse = np.meshgrid(np.linspace(0.3, 9, 700), np.linspace(6, 9, 601))
    eta = slope[..., None] * (x - pse[..., None])
    log = (K * link.log_cdf(eta) + (N - K) * link.log_cdf(-eta)).sum(-1)
    W = N * link.weight(eta)
    centred = x - 7.5
    determinant = (W.sum(-1) * (W @ centred**2)) - (W @ centred) ** 2
    value = log + 0.5 * np.log(np.maximum(determinant, 1e-300))
    k = np.unravel_index(value.argmax(), value.shape)
    return pse[k], slope[k]


@pytest.mark.slow
@pytest.mark.parametrize("link", LINKS)
def test_penalty_is_that_of_jeffreys(link):
    K, N = np.array(PARTED, float)
    K[6], K[4] = 1, 0
    fit = fit_psychometric(STEPS, K, N, link=link)
    assert fit.separated
    pse, slope = penalised_by_hand(STEPS, K, N, LINKS[link])
    assert fit.pse == pytest.approx(pse, abs=0.006)
    assert fit.slope == pytest.approx(slope, abs=0.02)


def test_a_model_of_more_parameters_is_penalised_alone_where_separated():
    generator = np.random.default_rng(2)
    X = generator.normal(size=(12, 3))
    eta = X @ np.array([1.0, -0.5, 0.3])
    K = np.stack([(eta > 0) * 4.0, generator.binomial(4, stats.norm.cdf(eta))])
    N = np.full_like(K, 4.0)
    scored, separated = estimate_many(X, K, N)
    assert separated.tolist() == [True, False]
    assert scored.converged.all()
    assert np.abs(scored.coefficients).max() < 20
    alone = score_many(X, K[1:], N[1:])
    assert scored.coefficients[1] == pytest.approx(alone.coefficients[0], rel=1e-9)


def test_undetermined_parameters_are_refused():
    with pytest.raises(InputError, match="do not determine the scale"):
        estimate_many(np.ones((3, 2)), np.ones((1, 3)), np.full((1, 3), 2.0))


# --- what cannot be


def test_all_answers_alike_have_no_point_of_equality():
    for K in ([0, 0, 0], [3, 3, 3]):
        with pytest.raises(InputError, match="all answers are the same label"):
            fit_psychometric([1, 2, 3], K, [3, 3, 3])
        with pytest.raises(InputError, match="all answers are the same label"):
            fit_with_lapses(np.arange(5), [K[0]] * 5, [3] * 5)


@pytest.mark.parametrize(
    ("levels", "chosen", "shown", "said"),
    [
        ([1, 2], [1], [2, 2], "the same length"),
        ([1], [1], [2], "at least 2"),
        ([1, 1, 2], [0, 1, 2], [2, 2, 2], "do not increase"),
        ([1, float("nan")], [0, 1], [2, 2], "do not increase"),
        ([1, 2], [0, 3], [2, 2], "impossible"),
        ([1, 2], [0, 0.5], [2, 2], "impossible"),
        ([1, 2], [-1, 1], [2, 2], "impossible"),
        ([1, 2], [0, 0], [2, 0], "impossible"),
    ],
)
def test_counts_that_cannot_be_are_refused(levels, chosen, shown, said):
    with pytest.raises(InputError, match=said):
        fit_psychometric(levels, chosen, shown)


def test_unknown_words_are_refused():
    with pytest.raises(InputError, match='no link is called "probitt"'):
        fit_psychometric([1, 2], [0, 1], [2, 2], link="probitt")
    with pytest.raises(InputError, match="no choice of rates"):
        fit_with_lapses([1, 2, 3], [0, 1, 2], [2, 2, 2], rates="some")
    with pytest.raises(InputError, match="at least 4"):
        fit_with_lapses([1, 2, 3], [0, 1, 2], [2, 2, 2])
    with pytest.raises(InputError, match="become rarer"):
        fit_with_lapses(STEPS, [3] * 7 + [1] + [0] * 7, [3] * 15)


def test_answers_that_do_not_depend_on_the_level_bound_nothing():
    fit = fit_psychometric(STEPS, [2, 1] * 7 + [2], [3] * 14 + [4])
    assert (fit.pse_profile.low, fit.pse_profile.high) == (None, None)
    assert fit.jnd_profile.high is None
    assert fit.slope_profile.contains(0)
    assert fit.slope == pytest.approx(0, abs=0.02)


def test_exchanged_labels_mirror_the_fit():
    K = np.array([0, 1, 0, 2, 4, 7, 9, 9, 10, 10])
    N = np.full(10, 10)
    one, other = (
        fit_psychometric(range(10), K, N),
        fit_psychometric(range(10), N - K, N),
    )
    assert other.slope == pytest.approx(-one.slope)
    assert other.pse == pytest.approx(one.pse)
    assert other.pse_profile.low == pytest.approx(one.pse_profile.low)
    assert other.jnd_profile.low is None


def test_units_of_the_level_do_not_matter():
    K, N = [0, 1, 0, 2, 4, 7, 9, 9, 10, 10], [10] * 10
    steps = np.arange(1.0, 11)
    one = fit_psychometric(steps, K, N)
    levels = (steps - 1) / 9e5
    other = fit_psychometric(levels, K, N)
    assert other.pse * 9e5 + 1 == pytest.approx(one.pse, rel=1e-9)
    assert other.jnd_profile.high * 9e5 == pytest.approx(one.jnd_profile.high, rel=1e-8)


def test_many_fits_are_the_same_as_one():
    generator = np.random.default_rng(1)
    K = generator.binomial(6, stats.norm.cdf((STEPS - 8) / 1.2), (30, 15)).astype(float)
    N = np.full_like(K, 6.0)
    scored, separated = fit_many(STEPS, K, N)
    for k in (0, 7, 29):
        one = fit_psychometric(STEPS, K[k], N[k])
        assert [one.intercept, one.slope] == pytest.approx(
            scored.coefficients[k], rel=1e-9
        )
        assert one.separated == separated[k]


def test_hazards_are_exact_far_out():
    """Against the asymptotic series of Mills' ratio, where the distribution is 0."""
    link = LINKS["probit"]
    z = np.array([-38.0, -200.0])
    assert link.hazard(z) == pytest.approx(-z - 1 / z, rel=1e-5)
    assert link.hazard(-z) == pytest.approx(0, abs=1e-300)
    z = np.linspace(-30, 30, 121)
    for name in LINKS.values():
        logs = name.log_cdf(z), name.log_cdf(-z)
        both = name.both(z)
        assert both[0] == pytest.approx(logs[0], rel=1e-12, abs=1e-300)
        assert both[1] == pytest.approx(logs[1], rel=1e-12, abs=1e-300)
        assert both[2] == pytest.approx(name.hazard(z), rel=1e-10, abs=1e-300)
        assert both[3] == pytest.approx(name.hazard(-z), rel=1e-10, abs=1e-300)
        h = 1e-6
        slope = (np.log(name.hazard(z + h)) - np.log(name.hazard(z - h))) / (2 * h)
        wanted = name.bend(z) - name.hazard(z)
        assert slope[40:80] == pytest.approx(wanted[40:80], abs=1e-6)


def test_results_are_json():
    import json

    fit = fit_psychometric(STEPS, *PARTED)
    told = json.loads(json.dumps(fit.to_dict(), allow_nan=False))
    assert told["method"] == "firth"
    assert told["jnd_definition"] == "JND = (x75 - x25) / 2"
    assert told["pse_fieller"] == {"low": None, "high": None, "level": 0.95}
    lapses = fit_with_lapses(STEPS, [0, 1, 2] * 2 + [3] * 9, [4] * 15)
    assert json.loads(json.dumps(lapses.to_dict(), allow_nan=False))["guess"] >= 0


# ---- guess and lapse rates where answers are few -----------------------------------

#: Answers with a local maximum of the likelihood, of three or twenty answers per level.
STRAY = (
    (3, [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 3, 3, 3, 3]),
    (3, [0, 0, 0, 0, 0, 2, 1, 1, 0, 3, 3, 3, 3, 2, 3]),
    (3, [1, 0, 0, 0, 0, 1, 0, 0, 3, 2, 3, 3, 3, 3, 3]),
    (20, [0, 1, 1, 3, 0, 2, 0, 3, 5, 0, 3, 13, 14, 13, 18]),
)


def rival(chosen, shown):
    """Return the best log-likelihood of an optimiser of another kind, and its own."""
    chosen, shown = np.asarray(chosen, float), float(shown)

    def minus(v):
        gamma, lapse = 0.2 * special.expit(v[2:])
        share = stats.norm.cdf((STEPS - v[0]) / np.exp(np.clip(v[1], -6, 6)))
        p = np.clip(gamma + (1 - gamma - lapse) * share, 1e-15, 1 - 1e-15)
        return -stats.binom.logpmf(chosen, shown, p).sum()

    starts = itertools.product((5, 8, 11), (-1.0, 0.7), (-4.0, 1.0), (-4.0, 1.0))
    options = {"maxiter": 300, "xatol": 1e-3, "fatol": 1e-5}
    found = [
        optimize.minimize(minus, start, method="Nelder-Mead", options=options)
        for start in starts
    ]
    best = min(found, key=lambda one: one.fun)
    options = {"maxiter": 4000, "xatol": 1e-8, "fatol": 1e-12}
    return -optimize.minimize(minus, best.x, method="Nelder-Mead", options=options).fun


@pytest.mark.slow
@pytest.mark.parametrize(("shown", "chosen"), STRAY)
def test_lapses_find_the_highest_of_several_maxima(shown, chosen):
    fit = fit_with_lapses(STEPS, chosen, [shown] * 15)
    assert fit.log_likelihood > rival(chosen, shown) - 1e-6
    assert fit.threshold_interval.contains(fit.threshold)
    assert fit.jnd_interval.contains(fit.jnd)


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rates", RATES)
def test_no_small_data_set_is_left_without_a_result(rates):
    """Three answers per step: where profiles are rough and separation is common."""
    generator = np.random.default_rng(4)
    for place, sigma in ((8, 1.0), (8, 1.8), (5, 1.8), (8, 3.0)):
        share = stats.norm.cdf((STEPS - place) / sigma)
        for chosen in generator.binomial(3, share, (4, 15)):
            fit = fit_with_lapses(STEPS, chosen, [3] * 15, rates=rates)
            assert fit.threshold_interval.contains(fit.threshold)
            if "spread" not in fit.at_bound:
                assert fit.jnd_interval.contains(fit.jnd)


def test_rates_that_reach_their_limit_are_told():
    shown = [100] * 15
    careless = [25] * 7 + [50] + [75] * 7
    assert fit_with_lapses(STEPS, careless, shown).at_bound == ("guess", "lapse")
    assert fit_with_lapses(STEPS, [0] * 7 + [3] * 8, [3] * 15).at_bound == ("spread",)
    gradual = [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99]
    assert fit_with_lapses(STEPS, gradual, shown).at_bound == ()
    tossed = [1, 0, 2, 0, 2, 1, 2, 0, 1, 1, 1, 1, 2, 0, 1]
    assert "threshold" in fit_with_lapses(STEPS, tossed, [3] * 15).at_bound


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("link", ["probit", "logit"])
@pytest.mark.parametrize(
    ("levels", "chosen", "shown"),
    [([0, 0.5, 1], [0, 0, 2], 2), ([0, 0.5, 1], [0, 0, 3], 10), ([0, 1], [0, 3], 3)],
)
def test_fits_of_few_levels_are_quiet(levels, chosen, shown, link):
    fit = fit_psychometric(levels, chosen, [shown] * len(levels), link=link)
    assert np.isfinite(fit.pse)


@pytest.mark.filterwarnings("error")
def test_answers_that_do_not_change_with_the_level_have_no_pse():
    for chosen in ([1, 1], [1, 0, 1], [2, 1, 1, 2]):
        n = len(chosen)
        with pytest.raises(InputError, match="do not change with the level at all"):
            fit_psychometric(np.arange(n), chosen, [2] * n)
