import json

import numpy as np
import pytest
from reference_numbers import OWN, load, sources
from scipy import integrate, optimize, special, stats

from morphkit.errors import InputError
from morphkit.psychophysics import laplace
from morphkit.psychophysics.crossed_counts import CrossedCounts
from morphkit.psychophysics.links import LINKS
from morphkit.psychophysics.pooling import pool
from morphkit.psychophysics.random_slopes import fit_random_slopes
from morphkit.psychophysics.slope_likelihood import SlopeModel

pytestmark = pytest.mark.slow


@pytest.fixture(
    scope="module",
    params=sources("psychometric.json", "psychometric_fixture.json"),
    ids=lambda path: path.stem,
)
def fixture(request):
    return load(request.param)


@pytest.fixture(scope="module")
def counts(fixture):
    if "answers" in fixture:
        K = np.array([[list(map(int, r)) for r in one] for one in fixture["answers"]])
        return CrossedCounts(np.tile(np.arange(1.0, 16), (len(K), 1)), K, K**0)
    data = fixture["data"]["glmm"]
    shape = max(data["identity"]), max(data["rater"]), 15
    K, N = np.zeros(shape), np.zeros(shape)
    where = tuple(np.array(data[name]) - 1 for name in ("identity", "rater", "x"))
    np.add.at(K, where, data["y"])
    np.add.at(N, where, 1)
    return CrossedCounts(np.tile(np.arange(1.0, 16), (shape[0], 1)), K, N)


def hierarchical(counts):
    return pool(counts, np.random.default_rng(1), n_samples=0).hierarchical


def test_hierarchical_fit_agrees_with_lme4(fixture, counts):
    """lme4 stops its search at 1e-4 or so; this maximum is not below its own.

    But for rounding: values are sums of thousands of logarithms.
    """
    wanted = fixture["R"]["glmm"]["glmer"]
    fit = hierarchical(counts)
    assert fit.converged
    assert -1e-6 < fit.log_likelihood - wanted["logLik"] < 1e-4
    assert fit.slope == pytest.approx(wanted["fixef"][1], rel=1e-5)
    assert fit.pse == pytest.approx(wanted["pse_pooled"], rel=1e-5)
    assert fit.spread == pytest.approx(wanted["sd_pooled"], rel=1e-5)
    assert fit.sd_identity == pytest.approx(wanted["sd_identity"], rel=1e-4)
    assert fit.sd_participant == pytest.approx(wanted["sd_rater"], rel=1e-4)
    assert fit.identity_pse == pytest.approx(wanted["pse_identity_blup"], rel=1e-5)


def test_naive_and_per_identity_fits_agree_with_r(fixture, counts):
    wanted = fixture["R"]["glmm"]
    found = pool(counts, np.random.default_rng(1), n_samples=0)
    assert found.naive.pse == pytest.approx(wanted["pooled_naive"][0], rel=1e-7)
    # Here R stopped at its default tolerance: its spread is 3e-7 from the maximum.
    assert found.naive.spread == pytest.approx(wanted["pooled_naive"][1], rel=1e-6)
    assert np.abs(score_of(found.naive)).max() < 1e-8
    pses = [fit.pse for fit in found.per_identity]
    assert pses == pytest.approx(wanted["per_identity_pse"], rel=1e-6)
    spreads = [fit.spread for fit in found.per_identity]
    assert spreads == pytest.approx(wanted["per_identity_sd"], rel=1e-6)
    assert found.intervals == {}


def score_of(fit):
    """Return the slope of the log-likelihood, 0 at its maximum."""
    eta = fit.intercept + fit.slope * fit.levels
    link = LINKS[fit.link]
    g = fit.chosen * link.hazard(eta) - (fit.shown - fit.chosen) * link.hazard(-eta)
    return np.array([g.sum(), g @ fit.levels])


def test_bootstrap_resamples_participants(fixture, counts):
    found = pool(counts, np.random.default_rng(1), n_samples=200)
    assert found.n_failed == 0
    interval = found.intervals["hierarchical_pse"]
    assert interval.contains(found.hierarchical.pse)
    # Raters differ: their deviation over √30 in steps, twice, and a little.
    error = found.hierarchical.sd_participant * found.hierarchical.spread / np.sqrt(30)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.4)
    own = found.intervals["naive_pse"]
    assert own.contains(found.naive.pse)
    assert own.high - own.low == pytest.approx(interval.high - interval.low, rel=0.1)
    # Answers taken as independent make it far too narrow.
    naive = found.naive.pse_profile
    assert interval.high - interval.low > 1.5 * (naive.high - naive.low)
    ends = found.intervals["hierarchical_jnd"]
    assert ends.contains(found.hierarchical.jnd)
    assert not ends.contains(found.naive.jnd)
    for fit, ends in zip(
        found.per_identity, found.intervals["identity_pse"], strict=True
    ):
        assert ends.contains(fit.pse)
        assert ends.high - ends.low > 0.3 * (fit.pse_profile.high - fit.pse_profile.low)
    json.dumps(found.to_dict(), allow_nan=False)


def test_copies_of_a_participant_are_alike(counts):
    """A bootstrap sample by counts is the same as one written out."""
    chosen = np.array([2, 0, 1, 3, 0, 1])
    rows = np.repeat(np.arange(6), chosen)
    z = (counts.levels[:4] - 8) / 3.5
    K, N = counts.chosen[:4], counts.shown[:4]
    theta = np.array([[0.2, 1.5, 0.4, 0.5]])
    link = LINKS["probit"]
    compact = laplace.Crossed(z, K[:, :6], N[:, :6], chosen[None].astype(float), link)
    written = laplace.Crossed(z, K[:, rows], N[:, rows], np.ones((1, len(rows))), link)
    values = []
    for data in (compact, written):
        start = laplace.Modes(np.zeros((1, 4)), np.zeros((1, data.K.shape[1])))
        state = laplace.find_modes(data, theta, start, tolerance=1e-12)
        values.append((state.value[0], laplace.gradient(data, state)[0]))
    assert values[0][0] == pytest.approx(values[1][0], rel=1e-12)
    assert values[0][1] == pytest.approx(values[1][1], rel=1e-8)


@pytest.mark.parametrize("link", LINKS)
def test_gradient_is_that_of_the_value(link):
    generator = np.random.default_rng(0)
    N = generator.integers(0, 4, (3, 4, 5)).astype(float)
    K = generator.binomial(N.astype(int), 0.4).astype(float)
    z = np.sort(generator.normal(size=(3, 5)), 1)
    copies = np.array([[1, 2, 0, 1.0], [1, 1, 1, 1]])
    data = laplace.Crossed(z, K, N, copies, LINKS[link])
    theta = np.array([[0.3, 1.2, 0.5, 0.7], [0.1, 0.8, 0.4, -0.3]])
    start = laplace.Modes(np.zeros((2, 3)), np.zeros((2, 4)))

    def value(at):
        return laplace.find_modes(data, at, start, tolerance=1e-13).value

    found = laplace.gradient(
        data, laplace.find_modes(data, theta, start, tolerance=1e-13)
    )
    for k in range(4):
        step = np.zeros(4)
        step[k] = 1e-4
        slope = (value(theta + step) - value(theta - step)) / 2e-4
        assert found[:, k] == pytest.approx(slope, abs=2e-6)


def test_laplace_is_near_the_integral():
    """One participant effect only: the likelihood by quadrature."""
    generator = np.random.default_rng(4)
    z = np.linspace(-1.5, 1.5, 9)[None]
    N = np.full((1, 5, 9), 12.0)
    K = generator.binomial(12, stats.norm.cdf(1.1 * z[None]), (1, 5, 9)).astype(float)
    link, theta = LINKS["logit"], np.array([[0.1, 1.9, 0.0, 0.5]])
    data = laplace.Crossed(z, K, N, np.ones((1, 5)), link)
    start = laplace.Modes(np.zeros((1, 1)), np.zeros((1, 5)))
    found = laplace.find_modes(data, theta, start).value[0]
    total = 0.0
    for j in range(5):

        def likelihood(v, j=j):
            eta = 0.1 + 1.9 * z[0] + 0.5 * v
            log = K[0, j] @ link.log_cdf(eta) + (12 - K[0, j]) @ link.log_cdf(-eta)
            return np.exp(log + 45) * stats.norm.pdf(v)

        total += np.log(integrate.quad(likelihood, -6, 6)[0]) - 45
    assert found == pytest.approx(total, abs=0.02)


def simulate(levels, *, n_participants, sd, participant_sd, seed, n=4, miss=0.0):
    generator = np.random.default_rng(seed)
    shift = generator.normal(0, participant_sd, (1, n_participants, 1))
    shown = np.full((len(levels), n_participants, levels.shape[1]), n)
    shown = generator.binomial(shown, 1 - miss)
    chance = stats.norm.cdf((levels[:, None] - 0.5 - shift) / sd)
    return CrossedCounts(levels, generator.binomial(shown, chance), shown)


def test_identities_may_have_levels_of_their_own():
    levels = np.array([np.linspace(0, 1, 7), np.linspace(0, 1, 7) ** 1.3])
    counts = simulate(
        levels, n_participants=25, sd=0.15, participant_sd=0.1, seed=2, miss=0.3
    )
    fit = hierarchical(counts)
    assert fit.converged
    assert fit.pse == pytest.approx(0.5, abs=3 * fit.pse_error)
    assert fit.spread == pytest.approx(0.15, rel=0.2)
    assert fit.sd_participant * fit.spread == pytest.approx(0.1, rel=0.5)
    found = pool(counts, np.random.default_rng(1), n_samples=30)
    assert found.naive.spread > fit.spread
    assert len(found.naive.levels) == 12


def test_participants_without_differences_have_no_spread():
    counts = simulate(
        np.linspace(0, 1, 9)[None],
        n_participants=15,
        sd=0.2,
        participant_sd=0.0,
        seed=8,
    )
    fit = hierarchical(counts)
    assert fit.converged
    assert fit.sd_identity == 0
    assert fit.sd_participant < 0.25
    naive = pool(counts, np.random.default_rng(1), n_samples=0).naive
    assert fit.pse == pytest.approx(naive.pse, abs=0.01)


def test_few_participants_get_no_interval_and_alike_identities_no_fit():
    levels = np.array([[0, 0.5, 1.0]] * 2)
    K = np.array([[[0, 1, 2]] * 3, [[0, 0, 0]] * 3])
    N = np.full((2, 3, 3), 2)
    found = pool(CrossedCounts(levels, K, N), np.random.default_rng(1))
    assert found.intervals == {}
    assert found.per_identity[0] is not None
    assert found.per_identity[1] is None


def test_answers_that_one_level_parts_have_no_hierarchical_fit():
    K = np.repeat([[[0, 0, 2, 2]]], 6, axis=1)
    counts = CrossedCounts(np.array([[1, 2, 3, 4.0]]), K, np.full((1, 6, 4), 2))
    found = pool(counts, np.random.default_rng(1), n_samples=50)
    assert found.hierarchical is None
    assert found.naive.separated
    with pytest.raises(InputError, match="same label"):
        pool(
            CrossedCounts(counts.levels, 0 * K, counts.shown), np.random.default_rng(1)
        )


def test_counts_must_fit_together():
    levels = np.array([[1, 2.0]])
    with pytest.raises(InputError, match="do not match"):
        CrossedCounts(levels, np.zeros((1, 2, 3)), np.ones((1, 2, 3)))
    with pytest.raises(InputError, match="do not increase"):
        CrossedCounts(levels[:, ::-1], np.zeros((1, 2, 2)), np.ones((1, 2, 2)))
    with pytest.raises(InputError, match="impossible"):
        CrossedCounts(levels, np.full((1, 2, 2), 2), np.ones((1, 2, 2)))


# ---- random slopes -----------------------------------------------------------------


def slopes_data(name):
    data = load(OWN / "random_slopes.json")[name]
    rows = [[int(row[k : k + 2]) for k in range(0, 30, 2)] for row in data["chosen"]]
    K = np.array(rows, float).reshape(data["identities"], -1, 15)
    return np.tile(np.arange(1.0, 16), (len(K), 1)), K, np.full_like(K, data["n"])


@pytest.mark.parametrize("name", ["slopes", "one_identity"])
def test_linear_slopes_agree_with_lme4(name):
    wanted = load(OWN / "random_slopes.json")[name]["lme4"]
    x, K, N = slopes_data(name)
    model = SlopeModel((x - 8) / 3.5, K, N, LINKS["probit"], log_slopes=False)
    several = len(K) > 1
    free = np.array([0, 1, *[2] * several, 3, 4, 5])
    first = np.array([0, 1.4, 0.3 * several, 0.4, 0, 0.3, 0, 0])
    theta, state = model.maximum(first, free)
    assert -1e-6 < state.value[0] - wanted["logLik"] < 1e-4
    assert theta[:2] == pytest.approx(wanted["fixef"], abs=2e-4)
    assert abs(theta[2]) == pytest.approx(wanted["sd_identity"], rel=1e-3)
    slope = np.hypot(theta[4], theta[5])
    assert [abs(theta[3]), slope] == pytest.approx(wanted["sd_rater"], rel=1e-3)
    correlation = np.sign(theta[3]) * theta[4] / slope
    assert correlation == pytest.approx(wanted["correlation"], abs=1e-3)


def of_people(parameters, x, K, N, guess=0.0, lapse=0.0):
    """The likelihood of log slopes, integrated over a dense grid of both effects."""
    place, log_slope, a, b, c = parameters
    grid = np.meshgrid(np.linspace(-4, 4, 121), np.linspace(-4, 4, 61))
    v, w = (one.ravel() for one in grid)
    density = np.exp(-0.5 * (v * v + w * w))
    eta = np.exp(log_slope + b * v + c * w)[:, None] * (x - (place + a * v)[:, None])
    yes, no = (
        np.log(rate + (1 - guess - lapse) * special.ndtr(z) + 1e-300)
        for rate, z in ((guess, eta), (lapse, -eta))
    )
    weight = np.log(density / density.sum())[:, None]
    return special.logsumexp(yes @ K.T + no @ (N - K).T + weight, axis=0)


@pytest.mark.parametrize(
    ("rates", "close", "of_one"), [((0, 0), 0.02, 0.012), ((0.03, 0.05), 0.12, 0.06)]
)
def test_laplace_of_log_slopes_is_near_the_integral(rates, close, of_one):
    """With a place that all participants share, as they do that of an identity."""
    x, K, N = slopes_data("one_identity")
    model = SlopeModel(x, K, N, LINKS["probit"])
    theta = np.array([7.6, -0.5, 0.4, 0.8, 0.25, 0.3, *rates])
    u, shape = np.linspace(-4, 4, 33), theta[[1, 3, 4, 5]]
    people = np.array(
        [of_people([7.6 + 0.4 * one, *shape], x[0], K[0], N[0], *rates) for one in u]
    )
    weight = -0.5 * u * u - special.logsumexp(-0.5 * u * u)
    exact = special.logsumexp(people.sum(1) + weight)
    assert model.at(theta[None]).value[0] == pytest.approx(exact, abs=close)
    theta[2] = 0
    assert model.at(theta[None]).each[0] == pytest.approx(people[16], abs=of_one)


def test_log_slopes_agree_with_the_integrated_likelihood():
    x, K, N = slopes_data("one_identity")
    fit = fit_random_slopes(x, K, N, start=(-3.0, 0.4), rates=False)
    sd, r = fit.sd_log_slope, fit.correlation
    pair = [r * sd, np.sqrt(1 - r * r) * sd]
    found = [fit.pse, -np.log(fit.spread), fit.sd_participant, *pair]
    exact = optimize.minimize(
        lambda p: -of_people(p, x[0], K[0], N[0]).sum(), found, options={"gtol": 1e-3}
    )
    assert fit.log_likelihood == pytest.approx(-exact.fun, abs=0.03)
    assert found == pytest.approx(exact.x, abs=3e-3)


def test_intervals_of_random_slopes_are_those_of_leaving_people_out():
    x, K, N = slopes_data("one_identity")
    fit = fit_random_slopes(x, K, N, start=(-3.0, 0.4), rates=False)
    left = []
    for j in range(10):
        k, n = (np.delete(one, j, axis=1) for one in (K, N))
        one = fit_random_slopes(x, k, n, start=(-3.0, 0.4), rates=False)
        left.append((one.pse, np.log(one.jnd)))
    errors = np.std(left, axis=0) * 3  # times the root of J - 1
    wanted = errors * stats.t.ppf(0.975, 9)
    assert fit.pse_interval.high - fit.pse == pytest.approx(wanted[0], rel=0.03)
    factor = np.log(fit.jnd_interval.high / fit.jnd)
    assert factor == pytest.approx(wanted[1], rel=0.1)


def test_a_pse_of_identities_like_these_takes_students_quantile_of_identities():
    generator = np.random.default_rng(3)
    x, moved = np.arange(1.0, 16), np.array([-2.5, -1, 1.2, 2.4])[:, None, None]
    places = generator.normal(0, 0.2, (1, 30, 1))
    K = generator.binomial(3, stats.norm.cdf((x - 8 - moved - places) / 1.8))
    fit = fit_random_slopes(
        np.tile(x, (4, 1)), K, np.full_like(K, 3), start=(-4.0, 0.5)
    )
    reach = fit.pse_interval.high - fit.pse
    wanted = stats.t.ppf(0.975, 3) * np.std(moved, ddof=1) / 2
    assert reach == pytest.approx(wanted, rel=0.1)


def test_a_participant_without_answers_adds_nothing():
    x, K, N = slopes_data("slopes")
    more = [np.concatenate([one, np.zeros((3, 1, 15))], axis=1) for one in (K, N)]
    theta = np.array([[0.1, 0.6, 0.2, 0.3, -0.1, 0.2, 0.01, 0.02]])
    z = (x - 8) / 3.5
    plain, padded = (
        SlopeModel(z, *counts, LINKS["probit"]).at(theta) for counts in ((K, N), more)
    )
    assert padded.value == pytest.approx(plain.value, abs=1e-9)
    assert padded.each[0, -1] == pytest.approx(0, abs=1e-12)


def test_random_slopes_find_the_typical_jnd_despite_lapses():
    """Random intercepts alone are too flat where slopes differ and people lapse."""
    generator = np.random.default_rng(2)
    places = 8 + generator.normal(0, 0.8, (20, 1))
    slopes = np.exp(generator.normal(0, 0.4, (20, 1))) / 1.8
    x = np.arange(1.0, 16)
    share = 0.02 + 0.96 * stats.norm.cdf((x - places) * slopes)
    K = generator.binomial(12, share)[None]
    found = pool(CrossedCounts(x[None], K, np.full_like(K, 12)), generator, n_samples=0)
    truth = 0.6745 * 1.8
    assert found.hierarchical.jnd > 1.2 * truth
    assert found.random_slopes.jnd == pytest.approx(truth, rel=0.15)
    assert found.random_slopes.jnd_interval.contains(truth)
    assert 0.005 < found.random_slopes.lapse < 0.04
    json.dumps(found.to_dict(), allow_nan=False)


def test_random_slopes_of_somebody_who_answers_the_other_way_are_refused():
    x = np.arange(1.0, 16)
    slope = np.array([1, 1.2, 0.8, 1.1, -1, 0.9])[:, None] / 1.5
    K = np.rint(10 * stats.norm.cdf((x - 8) * slope))[None]
    with pytest.raises(InputError, match="do not determine"):
        fit_random_slopes(x[None], K, np.full_like(K, 10), start=(-2.0, 0.25))


def test_random_slopes_are_refused_where_they_cannot_be(counts):
    few = CrossedCounts(counts.levels, counts.chosen[:, :4], counts.shown[:, :4])
    assert pool(few, np.random.default_rng(1), n_samples=0).random_slopes is None
    with pytest.raises(InputError, match="participants"):
        fit_random_slopes(
            few.levels, few.chosen[:, :2], few.shown[:, :2], start=(-4.0, 0.5)
        )
