import json

import numpy as np
import pytest
from reference_numbers import load, sources

from morphkit.errors import InputError
from morphkit.psychophysics.agreement import (
    ICC_FORMS,
    bootstrap_stimuli,
    intraclass_correlations,
    krippendorff_alpha,
)
from morphkit.psychophysics.ratings import NORMS_COLUMNS, rating_table, summarise


@pytest.mark.parametrize(
    "path", sources("agreement.json", "agreement_bt_fixture.json"), ids=lambda p: p.stem
)
def test_intraclass_correlations_agree_with_r(path):
    wanted = load(path)
    if "ref" in wanted:
        wanted = wanted["ref"]["shrout_fleiss"]
        wanted["ratings"] = wanted["data"]
    ratings = np.array(wanted["ratings"])
    found = intraclass_correlations(ratings)
    assert list(found) == wanted["type"] == list(ICC_FORMS)
    for name, key in (("value", "ICC"), ("f_value", "F")):
        values = [getattr(one, name) for one in found.values()]
        assert values == pytest.approx(wanted[key], rel=1e-12)
    lows = [one.interval.low for one in found.values()]
    assert lows == pytest.approx(wanted["lower"], rel=1e-11)
    highs = [one.interval.high for one in found.values()]
    assert highs == pytest.approx(wanted["upper"], rel=1e-11)
    assert (
        json.loads(json.dumps(found["ICC2k"].to_dict()))["n_raters"] == ratings.shape[1]
    )


def test_alpha_is_that_of_krippendorffs_own_example():
    """Four observers, twelve units: the table of his note of 2011, 0.849 there."""
    gap = np.nan
    ratings = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
        [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
    ]
    alpha = krippendorff_alpha(np.array(ratings).T)
    assert alpha == pytest.approx(0.849, abs=5e-4)
    assert alpha == pytest.approx(0.8491071428571428, rel=1e-12)


def test_agreement_that_means_nothing_is_refused():
    with pytest.raises(InputError, match="all ratings are the same"):
        intraclass_correlations(np.ones((4, 3)))
    with pytest.raises(InputError, match="1 ratings are missing"):
        intraclass_correlations([[1, 2], [3, np.nan]])
    with pytest.raises(InputError, match="at least 2 stimuli"):
        intraclass_correlations([[1, 2, 3]])
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
    with pytest.raises(InputError, match="a rating is missing"):
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
