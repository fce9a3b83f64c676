import json

import numpy as np
import pytest
from reference_numbers import load

from morphkit.errors import InputError
from morphkit.psychophysics.agreement import (
    ICC_FORMS,
    bootstrap_stimuli,
    cohen_kappa,
    fleiss_kappa,
    intraclass_correlations,
    krippendorff_alpha,
)
from morphkit.psychophysics.bradley_terry import fit_paired
from morphkit.psychophysics.dprime import (
    dprime_abx,
    dprime_forced_choice,
    dprime_oddity,
    dprime_same_different,
    dprime_yes_no,
)
from morphkit.psychophysics.ratings import NORMS_COLUMNS, rating_table, summarise


@pytest.fixture(scope="module")
def fixture():
    return load("agreement_bt_fixture.json")["ref"]


def test_intraclass_correlations_agree_with_r(fixture):
    wanted = fixture["shrout_fleiss"]
    found = intraclass_correlations(wanted["data"])
    assert list(found) == wanted["type"] == list(ICC_FORMS)
    for name, key in (("value", "ICC"), ("f_value", "F")):
        values = [getattr(one, name) for one in found.values()]
        assert values == pytest.approx(wanted[key], rel=1e-12)
    lows = [one.interval.low for one in found.values()]
    assert lows == pytest.approx(wanted["lower"], rel=1e-11)
    highs = [one.interval.high for one in found.values()]
    assert highs == pytest.approx(wanted["upper"], rel=1e-11)
    assert json.loads(json.dumps(found["ICC2k"].to_dict()))["n_raters"] == 4


def test_kappas_and_alpha_agree_with_references(fixture):
    a, b = fixture["cohen"]["a"], fixture["cohen"]["b"]
    assert cohen_kappa(a, b) == pytest.approx(fixture["cohen"]["kappa"], rel=1e-12)
    weighted = cohen_kappa(a, b, weighted=True)
    assert weighted == pytest.approx(fixture["cohen"]["weighted"], rel=1e-12)
    kappa = fleiss_kappa(fixture["fleiss_counts"])
    assert kappa == pytest.approx(fixture["fleiss_kappa_statsmodels"], rel=1e-12)
    data = np.array(fixture["krippendorff"]["data"], float).T
    for measure in ("nominal", "ordinal", "interval"):
        alpha = krippendorff_alpha(data, measure=measure)
        assert alpha == pytest.approx(fixture["krippendorff"][measure], rel=1e-12)


def test_agreement_that_means_nothing_is_refused():
    with pytest.raises(InputError, match="all ratings are the same"):
        intraclass_correlations(np.ones((4, 3)))
    with pytest.raises(InputError, match="1 ratings are missing"):
        intraclass_correlations([[1, 2], [3, np.nan]])
    with pytest.raises(InputError, match="at least 2 stimuli"):
        intraclass_correlations([[1, 2, 3]])
    with pytest.raises(InputError, match="one category"):
        cohen_kappa([1, 1], [1, 1])
    with pytest.raises(InputError, match="shapes"):
        cohen_kappa([1, 1], [1])
    with pytest.raises(InputError, match="Krippendorff"):
        fleiss_kappa([[2, 1], [1, 1]])
    with pytest.raises(InputError, match="one category"):
        fleiss_kappa([[3, 0], [3, 0]])
    with pytest.raises(InputError, match="no stimulus has two ratings"):
        krippendorff_alpha([[1, np.nan], [np.nan, 2]])
    with pytest.raises(InputError, match="all ratings are the same"):
        krippendorff_alpha([[1, 1], [1, 1]])


def test_perfect_agreement_has_a_finite_interval():
    ratings = np.repeat([[1.0], [4], [2], [7]], 3, axis=1)
    found = intraclass_correlations(ratings)
    for one in found.values():
        assert one.value == pytest.approx(1, abs=1e-9)
        assert np.isfinite([one.interval.low, one.interval.high]).all()


def test_resampled_stimuli_give_an_interval_round_the_value():
    generator = np.random.default_rng(1)
    truth = generator.normal(0, 2, (40, 1))
    table = truth + generator.normal(0, 1, (40, 5))
    alpha = krippendorff_alpha(table)
    interval = bootstrap_stimuli(table, krippendorff_alpha, generator, n_samples=100)
    assert interval.low < alpha < interval.high
    assert interval.contains(0.8)
    assert interval.high - interval.low < 0.3
    same = np.ones((6, 2))
    none = bootstrap_stimuli(same, krippendorff_alpha, generator, n_samples=20)
    assert (none.low, none.high) == (None, None)


# --- paired comparisons


def wins_of(fixture):
    names = fixture["citations"]["journals"]
    wins = np.zeros((4, 4))
    for a, b, first, second in fixture["citations"]["wins"]:
        wins[names.index(a), names.index(b)] = first
        wins[names.index(b), names.index(a)] = second
    return wins


def test_bradley_terry_and_thurstone_agree_with_r(fixture):
    wanted, wins = fixture["citations"], wins_of(fixture)
    found = fit_paired(wins)
    assert found.abilities == pytest.approx(wanted["bt_ability"], rel=1e-9)
    assert found.errors == pytest.approx(wanted["bt_se"], rel=1e-8)
    assert found.deviance == pytest.approx(wanted["deviance"], rel=1e-9)
    assert found.log_likelihood == pytest.approx(wanted["logLik"], rel=1e-10)
    probit = fit_paired(wins, link="probit")
    assert probit.abilities == pytest.approx(wanted["thurstone_probit"], rel=1e-7)
    assert found.out_of_order() == ((0, 1),)
    assert json.loads(json.dumps(found.to_dict()))["method"] == "ml"


def test_items_that_always_win_are_penalised():
    wins = np.triu(np.full((4, 4), 6.0), 1).T
    found = fit_paired(wins)
    assert found.method == "firth"
    assert np.isfinite(found.abilities).all()
    assert found.out_of_order() == ()
    assert fit_paired(wins.T).out_of_order() == ((0, 1), (1, 2), (2, 3))


def test_items_that_never_met_are_refused():
    wins = np.zeros((4, 4))
    wins[0, 1] = wins[1, 0] = wins[2, 3] = wins[3, 2] = 2
    with pytest.raises(InputError, match="never compared"):
        fit_paired(wins)
    with pytest.raises(InputError, match="a square of counts"):
        fit_paired(np.ones((2, 3)))


# --- d'


def test_dprime_agrees_with_psyphy():
    """psyphy looks for its roots to about 1e-5; the closed form is exact."""
    wanted = load("psychometric_fixture.json")["R"]["dprime"]
    same = wanted["dprime.SD.H"]
    assert dprime_same_different(0.75, 0.2) == pytest.approx(same["diff"], abs=2e-5)
    found = dprime_same_different(0.75, 0.2, independent=True)
    assert found == pytest.approx(same["ios"], rel=1e-12)
    abx = wanted["dprime.ABX"]
    assert dprime_abx(0.75) == pytest.approx(abx["diff"], abs=2e-5)
    assert dprime_abx(0.75, independent=True) == pytest.approx(abx["ios"], abs=2e-5)
    choice = wanted["dprime.mAFC"]
    assert dprime_forced_choice(0.75) == pytest.approx(choice["m2_.75"], abs=2e-5)
    assert dprime_forced_choice(0.75, 3) == pytest.approx(choice["m3_.75"], abs=2e-5)
    correct, value = wanted["dprime.oddity"]
    assert dprime_oddity(correct) == pytest.approx(value, abs=2e-5)


def test_dprime_is_that_of_simulated_observers():
    generator, d, n = np.random.default_rng(4), 1.3, 400_000
    signal, noise = generator.normal(d, 1, n), generator.normal(0, 1, (3, n))
    three = (signal > noise[:2].max(0)).mean()
    assert dprime_forced_choice(three, 3) == pytest.approx(d, abs=0.015)
    # The odd one lies farther from the other two than they from each other.
    far = np.abs(signal - noise[:2])
    odd = ((far > np.abs(noise[0] - noise[1])).all(0)).mean()
    assert dprime_oddity(odd) == pytest.approx(d, abs=0.04)
    apart = (np.abs(signal - noise[0]) > 1.5).mean()
    equal = (np.abs(noise[1] - noise[2]) > 1.5).mean()
    assert dprime_same_different(apart, equal) == pytest.approx(d, abs=0.03)
    # X is of the same kind as B: nearer to B is correct.
    x = generator.normal(d, 1, n)
    right = (np.abs(x - signal) < np.abs(x - noise[0])).mean()
    assert dprime_abx(right) == pytest.approx(d, abs=0.03)
    assert dprime_yes_no(
        (signal > 0.5).mean(), (noise[0] > 0.5).mean()
    ) == pytest.approx(d, abs=0.015)


def test_shares_without_a_finite_dprime_are_refused():
    for call in (
        lambda: dprime_forced_choice(1.0),
        lambda: dprime_forced_choice(0.5),
        lambda: dprime_abx(0.4),
        lambda: dprime_oddity(0.33),
        lambda: dprime_same_different(0.2, 0.3),
        lambda: dprime_yes_no(0.0, 0.2),
        lambda: dprime_yes_no(float("nan"), 0.2),
    ):
        with pytest.raises(InputError, match="a share of"):
            call()
    with pytest.raises(InputError, match="at least 2"):
        dprime_forced_choice(0.8, 1)


# --- ratings


def test_means_have_students_interval():
    found = summarise(
        "a", "valence", {f"p{k}": [v] for k, v in enumerate([2, 4, 6, 8])}
    )
    assert (found.mean, found.n) == (5, 4)
    assert found.sd == pytest.approx(2.581989)
    # t(3) = 3.182446 times 2.581989 / 2
    assert found.interval.high - 5 == pytest.approx(4.108518, rel=1e-6)
    assert list(found.norms_row(rater_group="parents")) == list(NORMS_COLUMNS)
    alone = summarise("a", "valence", {"p1": [2, 4]})
    assert (alone.mean, alone.sd, alone.interval.low) == (3, None, None)
    with pytest.raises(InputError, match="no rating"):
        summarise("a", "valence", {})
    with pytest.raises(InputError, match="not a number"):
        summarise("a", "valence", {"p1": [float("nan")]})


def test_ratings_become_a_table_with_gaps():
    table, stimuli, raters = rating_table(
        {"b": {"p2": [1.0, 3]}, "a": {"p1": [5.0], "p2": [4.0]}}
    )
    assert (stimuli, raters) == (("a", "b"), ("p1", "p2"))
    assert table[0].tolist() == [5, 4]
    assert np.isnan(table[1, 0])
    assert table[1, 1] == 2
