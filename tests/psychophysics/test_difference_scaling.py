import itertools
import json

import numpy as np
import pytest
from reference_numbers import load, sources
from scipy import stats

from morphkit.errors import InputError
from morphkit.experiment.designs.mlds import balanced_sets
from morphkit.psychophysics import difference_scaling
from morphkit.psychophysics.comparisons import design_matrix, make_comparisons
from morphkit.psychophysics.difference_scale import with_covariance
from morphkit.psychophysics.difference_scaling import (
    compare_with_line,
    fit_scale,
    predict,
    resample_participants,
)
from morphkit.psychophysics.equivalence import certify, straight_line
from morphkit.psychophysics.neighbours import (
    largest_ratio,
    ratio_bound,
    ratio_exceeds,
)
from morphkit.psychophysics.scale_checks import check_scale
from morphkit.psychophysics.simultaneous_band import critical_value

SETS = ("sim_quad", "sim_triad")


@pytest.fixture(
    scope="module",
    params=sources("difference_scaling.json", "mlds_sim_fixture.json"),
    ids=lambda path: path.stem,
)
def fixture(request):
    return load(request.param)


def trials_of(fixture, name):
    data = fixture["data"][name]
    columns = [data[key] for key in ("S1", "S2", "S3", "S4") if key in data]
    return np.array(columns).T - 1, np.array(data["resp"], bool)


def simulate(psi, trials, sigma, generator):
    """Return whether the second pair looks larger, trial for trial as asked."""
    t = np.asarray(trials)
    if t.shape[1] == 3:
        t = t[:, [0, 1, 1, 2]]
    first, second = (
        np.abs(psi[t[:, 1]] - psi[t[:, 0]]),
        np.abs(psi[t[:, 3]] - psi[t[:, 2]]),
    )
    return second - first + generator.normal(0, sigma, len(t)) > 0


def triads(n, repeats=1):
    return np.array(list(itertools.combinations(range(n), 3)) * repeats)


def quads(n, repeats=1):
    return np.array(list(itertools.combinations(range(n), 4)) * repeats)


# --- reference numbers


@pytest.mark.parametrize("name", SETS)
def test_scale_agrees_with_r_and_with_the_exact_maximum(fixture, name):
    scale = fit_scale(make_comparisons(*trials_of(fixture, name)))
    r = fixture["R"][name]
    exact = fixture.get("exact", fixture["R"])[name]
    assert scale.method == "ml"
    # R cannot tell a chance near 1 from 1 beyond 1e-16, which shows in the tenth digit.
    close = 1e-10 if "exact" in fixture else 1e-8
    assert scale.raw == pytest.approx(exact["coef"], rel=close)
    assert scale.values == pytest.approx(exact["pscale_norm"], rel=close)
    assert scale.sigma == pytest.approx(exact["sigma_norm"], rel=close)
    ends = np.array([scale.sigma_interval.high, scale.sigma_interval.low])
    error = np.sqrt(scale.raw_covariance[-1, -1])
    assert 1 / ends == pytest.approx(
        scale.raw[-1] + [-1.959964 * error, 1.959964 * error]
    )
    errors = np.sqrt(np.diag(scale.raw_covariance))
    assert errors == pytest.approx(exact["se_expected"], rel=1e-6)
    if "pscale_raw" in r:  # of the package MLDS, which stops at 1e-6 or so
        assert scale.raw == pytest.approx(r["pscale_raw"][1:], rel=1e-6)
        assert errors == pytest.approx(r["se_raw"][1:], rel=1e-6)
    assert scale.log_likelihood == pytest.approx(exact["logLik"], abs=1e-9)
    assert scale.deviance == pytest.approx(r["deviance"], abs=1e-8)
    assert scale.null_deviance == pytest.approx(r["null_deviance"], abs=1e-8)
    assert scale.aic == pytest.approx(r["AIC"], abs=1e-8)
    assert scale.deviance_accounted == pytest.approx(r["DAF"], abs=1e-9)


def simulate_scale(comparisons, scale, generator, *, n_samples):
    """Return the parametric bootstrap: simulated answers, fitted as resampled ones."""
    rows, _, N = comparisons.counts()
    X = design_matrix(rows, comparisons.n_levels)
    chance = stats.norm.cdf(X @ scale.raw)
    K = generator.binomial(N.astype(int), chance, (n_samples, len(N))).astype(float)
    return difference_scaling._refit(X, K, np.broadcast_to(N, K.shape), scale.raw)


@pytest.mark.parametrize("name", SETS)
def test_parametric_bootstrap_agrees_with_r(fixture, name):
    comparisons = make_comparisons(*trials_of(fixture, name))
    scale = fit_scale(comparisons)
    drawn = simulate_scale(comparisons, scale, np.random.default_rng(1), n_samples=2000)
    boot = fixture["R"][name]["boot"]
    assert (drawn.n_separated, drawn.n_failed) == (0, 0)
    spread = [*drawn.values.std(0)[1:], drawn.sigmas.std()]
    assert spread == pytest.approx(boot["sd"], rel=0.06, abs=1e-12)
    mean = [*drawn.values.mean(0)[1:], drawn.sigmas.mean()]
    assert mean == pytest.approx(boot["mean"], abs=0.002)
    intervals = drawn.intervals()
    low = [interval.low for interval in intervals[1:]]
    assert low == pytest.approx(boot["q025"][:7], abs=0.007)
    # The delta method says the same of these many trials.
    assert scale.errors[1:-1] == pytest.approx(boot["sd"][:6], rel=0.06)
    assert scale.errors[[0, -1]].tolist() == [0, 0]


def test_goodness_of_fit_agrees_with_r(fixture):
    comparisons = make_comparisons(*trials_of(fixture, "sim_quad"))
    scale = fit_scale(comparisons)
    found = check_scale(comparisons, scale, np.random.default_rng(2), n_samples=600)
    runs, six = fixture["R"]["sim_quad"]["gof"], fixture["R"]["sim_quad"]["sixpt"]
    assert found.runs.statistic == runs["obs_runs"]
    assert found.runs.mean == pytest.approx(runs["mean_runs"], abs=1.5)
    assert found.runs.sd == pytest.approx(runs["sd_runs"], rel=0.12)
    assert found.runs.p_value == pytest.approx(runs["p_runs"], abs=0.055)
    assert found.six_points.statistic == pytest.approx(six["lik6pt"], rel=1e-6)
    assert found.six_points.mean == pytest.approx(six["boot_mean"], abs=3)
    assert found.six_points.sd == pytest.approx(six["boot_sd"], rel=0.15)
    assert found.six_points.p_value == pytest.approx(six["p"], abs=0.09)
    json.dumps(found.to_dict(), allow_nan=False)


def test_test_against_the_line_agrees_with_r(fixture):
    comparisons = make_comparisons(*trials_of(fixture, "sim_quad"))
    found = compare_with_line(comparisons, fit_scale(comparisons))
    wanted = fixture["R"]["sim_quad"]["linear"]
    assert found.statistic == pytest.approx(wanted["LR"], rel=1e-8)
    assert found.degrees_of_freedom == wanted["df"]
    assert found.p_value == pytest.approx(wanted["p"], rel=1e-6)


# --- canonical order


@pytest.mark.parametrize("name", SETS)
def test_the_way_a_trial_is_stored_does_not_matter(fixture, name):
    """Pairs exchanged, and turned round, with the answer flipped as it should be."""
    trials, second = trials_of(fixture, name)
    generator = np.random.default_rng(3)
    wanted = make_comparisons(trials, second)
    assert (wanted.quads[:, 0] < wanted.quads[:, 1]).all()
    assert (wanted.quads[:, 1] <= wanted.quads[:, 2]).all()
    assert (wanted.quads[:, 2] < wanted.quads[:, 3]).all()
    turned = trials.copy()
    flip = generator.random(len(trials)) < 0.5
    turned[flip] = turned[flip][:, ::-1]
    found = make_comparisons(turned, second ^ flip)
    assert found.quads.tolist() == wanted.quads.tolist()
    assert found.second.tolist() == wanted.second.tolist()
    if trials.shape[1] == 4:
        inside = trials[:, [1, 0, 3, 2]]
        assert make_comparisons(inside, second).quads.tolist() == wanted.quads.tolist()


def test_a_middle_that_lies_outside_is_still_two_pairs():
    """Triad (2, 0, 5) compares 0-2 with 0-5."""
    made = make_comparisons([[2, 0, 5], [5, 0, 2]], [True, True])
    assert made.quads.tolist() == [[0, 2, 0, 5]] * 2
    assert made.second.tolist() == [True, False]
    assert design_matrix(made.quads, 6)[0].tolist() == [0, -1, 0, 0, 1]


def test_trials_that_compare_nothing_are_refused():
    for trial, said in (
        ([1, 1, 2], "with itself"),
        ([[1, 2, 3, 3]], "with itself"),
        ([[1, 2, 2, 1]], "a pair with itself"),
        ([[0, 1, -1]], "does not exist"),
        ([[0, 1]], "three or four levels"),
    ):
        with pytest.raises(InputError, match=said):
            make_comparisons(np.atleast_2d(trial), [True])
    with pytest.raises(InputError, match="does not exist"):
        make_comparisons([[0, 1, 7]], [True], n_levels=7)


# --- recovery, separation


@pytest.mark.parametrize("design", [triads, quads])
def test_a_known_scale_is_recovered(design):
    psi = np.linspace(0, 1, 8) ** 1.6
    generator = np.random.default_rng(6)
    trials = design(8, 40)
    comparisons = make_comparisons(trials, simulate(psi, trials, 0.15, generator))
    scale = fit_scale(comparisons)
    assert scale.values == pytest.approx(psi, abs=0.035)
    z = (scale.values - psi)[1:-1] / scale.errors[1:-1]
    assert np.abs(z).max() < 3.5
    assert scale.sigma == pytest.approx(0.15, rel=0.08)
    assert all(b.contains(v) for b, v in zip(scale.band, psi, strict=True))
    shares = predict(scale, comparisons.quads)
    assert np.corrcoef(shares, comparisons.second)[0, 1] > 0.4


def test_noiseless_answers_are_separated_and_certify_nothing():
    psi = np.linspace(0, 1, 6)
    trials = quads(6, 2)
    keep = np.abs(design_matrix(trials, 6) @ psi[1:]) > 1e-9
    trials = trials[keep]
    answers = simulate(psi, trials, 1e-6, np.random.default_rng(0))
    scale = fit_scale(make_comparisons(trials, answers))
    assert scale.separated
    assert scale.method == "firth"
    assert np.isfinite(scale.raw).all()
    assert certify(scale, margin=0.4).verdict != "uniform"


@pytest.mark.slow
def test_short_studies_of_sharp_observers_are_separated_as_often_as_known():
    """Triads, 8 levels, sigma 0.1: about a fifth of studies with 70 trials."""
    psi, generator = np.linspace(0, 1, 8), np.random.default_rng(9)
    found = []
    for _ in range(40):
        rows = generator.permutation(np.concatenate([triads(8), triads(8)]))[:70]
        answers = simulate(psi, rows, 0.1, generator)
        found.append(fit_scale(make_comparisons(rows, answers, n_levels=8)).separated)
    assert 0.05 < np.mean(found) < 0.45


@pytest.mark.parametrize(
    ("trials", "answers", "n", "said"),
    [
        ([[0, 1, 2]] * 4, [True, False] * 2, 2, "does not exist"),
        ([[0, 1, 2]] * 4, [True, False] * 2, 5, "no trial shows the level"),
        ([[0, 1, 2], [3, 4, 5]] * 2, [True, False] * 2, 6, "do not determine"),
    ],
)
def test_scales_that_cannot_be_known_are_refused(trials, answers, n, said):
    with pytest.raises(InputError, match=said):
        fit_scale(make_comparisons(trials, answers, n_levels=n))


def test_answers_that_name_the_wrong_pair_are_refused():
    trials = quads(6, 4)
    answers = simulate(
        np.linspace(0, 1, 6) ** 1.5, trials, 0.1, np.random.default_rng(0)
    )
    fit_scale(make_comparisons(trials, answers))
    with pytest.raises(InputError, match="does not differ from the first"):
        fit_scale(make_comparisons(trials, ~answers))


def test_levels_must_grow_and_be_as_many():
    comparisons = make_comparisons(quads(5, 4), [True, False] * 10)
    for levels in ([0, 1, 2], [0, 0.5, 0.4, 0.8, 1]):
        with pytest.raises(InputError, match="levels for 5"):
            fit_scale(comparisons, np.array(levels))
    with pytest.raises(InputError, match="at least 3"):
        fit_scale(make_comparisons(np.zeros((0, 3)), [], n_levels=2))


def test_equal_steps_of_unequal_levels_are_not_straight():
    levels = np.array([0, 0.1, 0.15, 0.4, 0.7, 1])
    trials = triads(6, 60)
    answers = simulate(np.linspace(0, 1, 6), trials, 0.2, np.random.default_rng(1))
    comparisons = make_comparisons(trials, answers)
    scale = fit_scale(comparisons, levels)
    assert compare_with_line(comparisons, scale).p_value < 1e-10
    assert certify(scale).verdict == "uneven"
    assert straight_line(levels).tolist() == levels.tolist()
    assert compare_with_line(comparisons, fit_scale(comparisons)).p_value > 0.001


# --- uncertainty


@pytest.mark.slow
def test_the_band_holds_all_values_together_as_often_as_it_says():
    """Coverage of intervals and of the band over studies with a known scale."""
    psi = np.linspace(0, 1, 7) + np.sin(2 * np.pi * np.linspace(0, 1, 7)) / 20
    generator, rows = np.random.default_rng(12), triads(7, 8)
    single, together = [], []
    for _ in range(160):
        answers = simulate(psi, rows, 0.2, generator)
        scale = fit_scale(make_comparisons(rows, answers))
        pairs = list(zip(scale.intervals, scale.band, psi, strict=True))[1:-1]
        single += [interval.contains(v) for interval, _, v in pairs]
        together.append(all(band.contains(v) for _, band, v in pairs))
    assert np.mean(single) == pytest.approx(0.95, abs=0.025)
    assert np.mean(together) == pytest.approx(0.95, abs=0.045)


def test_critical_value_is_that_of_independent_and_of_equal_values():
    independent = np.diag([0.0, 1, 4, 9, 0])
    wanted = stats.norm.ppf((1 + 0.95 ** (1 / 3)) / 2)
    assert critical_value(independent) == pytest.approx(wanted, abs=0.02)
    equal = np.ones((5, 5))
    assert critical_value(equal) == pytest.approx(1.96, abs=0.02)
    assert critical_value(independent) == critical_value(independent)
    assert critical_value(np.zeros((3, 3))) == 0


@pytest.mark.parametrize("degrees", [4, 9, 39])
def test_critical_value_of_few_is_that_of_student(degrees):
    one = stats.t.ppf(0.975, degrees)
    assert critical_value(np.ones((5, 5)), degrees=degrees) == pytest.approx(one, 0.03)
    R = np.array([[1, 0.6, 0.1], [0.6, 1, 0.5], [0.1, 0.5, 1]])
    found = critical_value(9 * R, degrees=degrees)
    held = stats.multivariate_t(shape=R, df=degrees, seed=1)
    inside = held.cdf(np.full(3, found), lower_limit=np.full(3, -found))
    assert inside == pytest.approx(0.95, abs=0.004)


def test_uncertainty_of_few_participants_is_that_of_student():
    """Intervals by Student's quantile; the covariance makes the band by itself."""
    comparisons = make_comparisons(
        triads(6, 5),
        simulate(np.linspace(0, 1, 6), triads(6, 5), 0.2, np.random.default_rng(3)),
    )
    scale = fit_scale(comparisons)
    C = scale.covariance
    few = with_covariance(scale, C, source="participants", degrees=9)
    for k in range(1, 5):
        reach = stats.t.ppf(0.975, 9) * np.sqrt(C[k, k])
        assert few.intervals[k].high - few.values[k] == pytest.approx(reach)
        wide = few.band[k].high - few.values[k]
        assert wide == pytest.approx(critical_value(C, degrees=9) * np.sqrt(C[k, k]))
        again = critical_value(few.covariance) * np.sqrt(few.covariance[k, k])
        assert wide == pytest.approx(again)
    assert few.values == pytest.approx(scale.values)


def test_redrawn_raters_see_differences_between_raters():
    """Participants with scales of their own: answers are not independent."""
    generator = np.random.default_rng(5)
    rows = triads(6)
    answers, participants, trials = [], [], []
    base = np.linspace(0, 1, 6)
    for participant in range(20):
        psi = base + generator.normal(0, 0.12) * np.sin(np.pi * base)
        many = np.concatenate([rows] * 8)
        answers.append(simulate(psi, many, 0.15, generator))
        trials.append(many)
        participants += [participant] * len(many)
    comparisons = make_comparisons(np.concatenate(trials), np.concatenate(answers))
    scale = fit_scale(comparisons)
    drawn = resample_participants(
        comparisons,
        np.array(participants),
        scale,
        np.random.default_rng(1),
        n_samples=400,
    )
    wider = with_covariance(scale, drawn.covariance(), source="participants")
    assert wider.source == "participants"
    assert (wider.errors[1:-1] > 1.5 * scale.errors[1:-1]).all()
    # The spread of the mean of 20 participants, who differ by 0.12 in the middle.
    assert wider.errors[2:4].max() == pytest.approx(0.12 / np.sqrt(20), rel=0.5)
    widths = [b.high - b.low for b in wider.band[1:-1]]
    assert (np.array(widths) > [b.high - b.low for b in scale.band[1:-1]]).all()


def test_raters_alike_are_as_good_as_independent_answers():
    generator, rows = np.random.default_rng(15), triads(6, 5)
    trials = np.concatenate([rows] * 40)
    participants = np.repeat(np.arange(40), len(rows))
    answers = simulate(np.linspace(0, 1, 6), trials, 0.2, generator)
    comparisons = make_comparisons(trials, answers)
    scale = fit_scale(comparisons)
    drawn = resample_participants(
        comparisons, participants, scale, generator, n_samples=500
    )
    errors = np.sqrt(np.diag(drawn.covariance()))
    assert errors[1:-1] == pytest.approx(scale.errors[1:-1], rel=0.35)


def test_checks_see_a_wrong_model():
    """Differences that do not add up, and answers that follow another rule."""
    generator, rows = np.random.default_rng(7), quads(8, 6)
    _, b, c, d = rows.T
    # Only the last element counts: no scale of differences can do this.
    shares = stats.norm.cdf((d % 3 - 1) * 2.5 + 0.1 * (c - b))
    comparisons = make_comparisons(rows, generator.random(len(rows)) < shares)
    scale = fit_scale(comparisons)
    found = check_scale(comparisons, scale, generator, n_samples=200)
    assert found.six_points.p_value < 0.05
    psi = np.linspace(0, 1, 8)
    good = make_comparisons(rows, simulate(psi, rows, 0.2, generator))
    found = check_scale(good, fit_scale(good), generator, n_samples=200)
    assert found.six_points.p_value > 0.01
    assert found.deviance.p_value > 0.01
    assert found.runs.p_value > 0.01


def test_triads_have_no_six_point_sets():
    rows = triads(6, 6)
    answers = simulate(np.linspace(0, 1, 6), rows, 0.2, np.random.default_rng(1))
    comparisons = make_comparisons(rows, answers)
    found = check_scale(
        comparisons, fit_scale(comparisons), np.random.default_rng(1), n_samples=50
    )
    assert found.six_points is None


# --- equivalence


def straight(n_repeats, bend=0.0, sigma=0.1, seed=1):
    psi = np.linspace(0, 1, 8)
    psi = psi + bend * np.sin(2 * np.pi * psi) / (2 * np.pi)
    rows = triads(8, n_repeats)
    answers = simulate(psi, rows, sigma, np.random.default_rng(seed))
    return fit_scale(make_comparisons(rows, answers))


def test_a_straight_scale_is_certified_only_with_enough_trials():
    few, many = straight(3), straight(60)
    assert certify(many, margin=0.05).verdict == "uniform"
    # Few trials do not find it uneven either, and that is not called uniform.
    assert certify(few, margin=0.05).verdict == "undecided"
    found = certify(few, margin=0.05)
    bound, ratio = found.upper_bound, found.ratio_bound
    for margin, limit, verdict in (
        (bound + 1e-9, ratio + 1e-4, "uniform"),
        (bound - 1e-9, ratio + 1e-4, "undecided"),
        (bound + 1e-9, ratio - 1e-4, "undecided"),
    ):
        again = certify(few, margin=margin, ratio_limit=limit)
        assert again.verdict == verdict, (margin, limit)
    assert "not decided" in certify(few, margin=0.05).sentence()


def test_a_bent_scale_is_uneven():
    found = certify(straight(60, bend=0.8), margin=0.05)
    assert found.verdict == "uneven"
    assert found.largest_departure > 0.05
    assert "uneven" in found.sentence()
    json.dumps(found.to_dict(), allow_nan=False)


def zigzag(ratio, n_levels=9, n_repeats=60, sigma=0.1, seed=3):
    """Return the scale of steps that alternate, which cumulative departures hide."""
    gaps = np.where(np.arange(n_levels - 1) % 2 == 0, ratio, 1.0)
    psi = np.concatenate([[0], np.cumsum(gaps)]) / gaps.sum()
    rows = np.array(balanced_sets(n_levels, 3) * n_repeats)
    answers = simulate(psi, rows, sigma, np.random.default_rng(seed))
    return fit_scale(make_comparisons(rows, answers))


def test_steps_that_alternate_are_not_uniform_however_small_their_departure():
    found = certify(zigzag(1.6))
    assert found.upper_bound < found.margin  # the departures alone would pass
    assert found.verdict != "uniform"
    assert found.ratio_bound > 1.6
    assert f"at most {found.ratio_bound:.2f}:1" in found.sentence()
    # Strong enough an alternation is called uneven, an even continuum uniform.
    assert certify(zigzag(2.5)).verdict == "uneven"
    assert certify(zigzag(1.0)).verdict == "uniform"


def test_nothing_is_certified_of_images_that_were_not_compared():
    scale = straight(60)
    found = certify(scale, n_images=15)
    assert found.verdict == "undecided"
    assert found.ratio_bound is None
    assert "7 of 15 images were not compared" in found.sentence()
    assert "no image of the 8 compared departs" in found.sentence()
    assert certify(scale, n_images=8).verdict == "uniform"


def test_the_bound_of_a_ratio_is_that_of_fieller():
    values = np.array([0.0, 0.4, 1.0])
    variance = 0.03**2
    covariance = np.diag([0.0, variance, 0.0])
    # Of one value between fixed ends: where (1 - v) / v is largest, one-sided.
    low = 0.4 - stats.norm.ppf(0.95) * 0.03
    assert ratio_bound(values, covariance) == pytest.approx((1 - low) / low, rel=1e-5)
    # Whichever of the two is the larger.
    turned, variances = 1 - values[::-1], covariance[::-1, ::-1]
    assert ratio_bound(turned, variances) == ratio_bound(values, covariance)
    assert largest_ratio(values) == pytest.approx(1.5)
    assert not ratio_exceeds(1.9, values, covariance)
    assert ratio_exceeds(1.8, values, covariance)
    assert np.isinf(ratio_bound(values, np.diag([0.0, 0.3**2, 0.0])))


@pytest.mark.slow
def test_ratios_are_bounded_as_often_as_said():
    """The largest of true ratios is below its bound in 95 % of studies or more."""
    held, runs = 0, 200
    for seed in range(runs):
        scale = zigzag(1.4, n_levels=5, n_repeats=40, sigma=0.2, seed=seed)
        held += ratio_bound(scale.values, scale.covariance) >= 1.4
    assert held / runs > 0.93


def test_margins_that_mean_nothing_are_refused():
    for margin in (0, -0.1, 0.5, 2):
        with pytest.raises(InputError, match="a margin of"):
            certify(straight(3), margin=margin)


def test_scale_is_json():
    told = json.loads(json.dumps(straight(5).to_dict(), allow_nan=False))
    assert told["values"][0] == 0
    assert told["values"][-1] == 1
    assert len(told["band"]) == len(told["covariance"]) == 8
    assert told["source"] == "wald"
