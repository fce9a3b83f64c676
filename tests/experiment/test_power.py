"""Planned studies reach what was asked for; numbers are checked against other ways."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from small_rows import stimuli_rows

from morphkit.errors import InputError
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.kind import StudySize
from morphkit.experiment.observers import Observer, answer_design
from morphkit.experiment.power import Planner, find_need
from morphkit.experiment.size_search import smallest

pytestmark = pytest.mark.slow

ROWS = stimuli_rows(("ada",))
ALIKE = Observer(lapses=0.0).alike()


def planner(kind, observer=ALIKE, *, n_runs=200, rows=ROWS, **more):
    return Planner(kind, rows, observer, 1, n_runs=n_runs, **more)


#: A continuum of eight images, as the published tables have it.
EIGHT = stimuli_rows(("ada",), n_steps=8)


@pytest.mark.parametrize(
    ("trials", "low", "high"), [(112, 0.25, 0.75), (224, 0.90, 1.0)]
)
def test_equivalence_is_as_likely_as_in_the_published_tables(trials, low, high):
    """At noise 0.2, 560 and 1120 of all quadruples: 0.33 and 0.955, by R's method."""
    plan = planner("mlds", rows=EIGHT, options={"form": "quadruples"}, ratio=100)
    power = plan.evaluate(StudySize(1, 5 * trials), 0.075)[1]
    assert low < power < high
    # Two to four participants have no verdict, so no power.
    assert plan.evaluate(StudySize(4, trials), 0.075)[1] == 0
    # Twenty participants are redrawn: not taking answers as independent has its price.
    precision, redrawn = plan.evaluate(StudySize(20, trials // 4), 0.075)
    assert redrawn <= power
    assert precision == pytest.approx({112: 0.055, 224: 0.039}[trials], rel=0.25)


def test_an_uneven_scale_is_seldom_certified():
    """Amplitude 0.314 departs by 0.049; with a margin of 0.05 that never passes."""
    observer = dataclasses.replace(ALIKE, scale="wave", bend=0.3142, noise=0.1)
    plan = planner("mlds", observer, rows=EIGHT, n_runs=100)
    assert plan.evaluate(StudySize(20, 112), 0.05)[1] < 0.05


def test_neighbours_and_images_left_out_decide_too():
    even = planner("mlds", rows=EIGHT, n_runs=60)
    loose = planner("mlds", rows=EIGHT, n_runs=60, ratio=3)
    size = StudySize(10, 60)
    assert even.evaluate(size, 0.2)[1] < loose.evaluate(size, 0.2)[1]
    some = planner("mlds", options={"images": 8})
    with pytest.raises(InputError, match="a margin with 8 of 15 images compared"):
        some.evaluate(size, 0.1)
    assert some.evaluate(size, None)[0] > 0


def test_raters_that_differ_in_shape_cost_power():
    apart = dataclasses.replace(ALIKE, shape_spread=0.8)
    size = StudySize(12, 100)
    alike = planner("mlds", rows=EIGHT, n_runs=60, ratio=3).evaluate(size, 0.075)[1]
    other = planner("mlds", apart, rows=EIGHT, n_runs=60, ratio=3)
    assert other.evaluate(size, 0.075)[1] < alike - 0.2


def test_margins_have_the_unit_of_their_design():
    with pytest.raises(InputError, match=r"a margin of 0\.5; 0\.4 of the scale"):
        find_need(planner("mlds"), margin=0.5)
    need = find_need(planner("categorisation", n_runs=60), margin=1.5)
    assert need.power >= 0.8
    assert 5 <= need.study.participants <= 40


@pytest.mark.parametrize(("n", "half_width"), [(10, 0.65), (30, 0.38)])
def test_points_of_equality_are_as_precise_as_fisher_information_says(n, half_width):
    observer = dataclasses.replace(ALIKE, category_noise=2 / 14)
    precision, power = planner("categorisation", observer).evaluate(
        StudySize(n, 1), None
    )
    # Printed intervals have Student's quantiles, and a spread that studies vary in.
    wide = half_width * float(stats.t.ppf(0.975, n - 1)) / 1.96
    wide *= np.sqrt(stats.chi2.ppf(0.8, n - 1) / (n - 1))
    assert precision == pytest.approx(wide, rel=0.15)
    assert power is None


def test_raters_that_differ_cost_precision():
    apart = dataclasses.replace(ALIKE, rater_spread=0.15)
    one = planner("categorisation").evaluate(StudySize(20, 10), None)[0]
    other = planner("categorisation", apart).evaluate(StudySize(20, 10), None)[0]
    # 0.15 of 14 steps between 20 participants: 1.96 * 2.1 / sqrt(20)
    assert other > 2 * one
    assert other == pytest.approx(0.92, rel=0.25)


def test_ratings_need_as_many_raters_as_their_spread_says():
    observer = dataclasses.replace(ALIKE, rating_noise=0.08)
    need = find_need(planner("rating", observer), precision=2.0)
    spread = 8 * np.sqrt(1 + 0.5**2)  # noise and a shift of half of it
    assert need.study.participants == pytest.approx((1.96 * spread / 2) ** 2, rel=0.25)
    assert need.study.repeats == 1
    assert need.precision <= 2.0


def test_training_and_same_different_have_a_precision():
    for kind in ("training", "same_different"):
        few = planner(kind).evaluate(StudySize(10, 3), None)[0]
        many = planner(kind).evaluate(StudySize(40, 3), None)[0]
        assert few == pytest.approx(2 * many, rel=0.3)
        with pytest.raises(InputError, match=f"a margin for {kind}"):
            planner(kind).evaluate(StudySize(10, 3), 0.1)


def test_training_is_planned_by_how_far_balance_points_move():
    """Counted by hand: images called happy in the test minus those in the baseline."""
    apart = Observer(rater_spread=0.15)  # most of which a difference takes away
    design = DESIGNS["training"].make(ROWS, seed=1, lists=2)
    answers = answer_design(
        design,
        ROWS,
        apart,
        n_participants=200,
        generator=np.random.default_rng(5),
    )
    shifts = {}
    for answer in answers:
        sign = {"baseline": -1, "test": 1}.get(answer.phase, 0)
        happy = answer.response == ROWS[0].from_label
        mine = shifts.setdefault(answer.participant, 0.0)
        shifts[answer.participant] = mine + sign * happy / 3
    spread = np.std(list(shifts.values()), ddof=1)
    precision = planner("training", apart).evaluate(StudySize(25, 3), None)[0]
    assert precision == pytest.approx(1.96 * spread / 5, rel=0.25)


def test_a_need_is_read_off_the_curve_and_simulated_anew():
    plan = planner("mlds", n_runs=60, rows=EIGHT, ratio=3)
    need = find_need(plan, margin=0.1, participants=10)
    assert need.study.participants == 10
    assert need.power >= 0.8
    assert need.n_runs == 240
    powers = {one["repeats"]: one["power"] for one in need.tried}
    assert powers[need.study.repeats] == need.power
    assert any(n < need.study.repeats for n in powers)


def test_what_is_promised_of_a_study_comes_true():
    """The smallest of many sizes that reach 0.8 in 40 runs does so less often.

    Taken as it is, it promised 0.06 too much, and lay between 64 and 86 participants.
    """
    apart = dataclasses.replace(ALIKE, rater_spread=0.06)
    gaps, sizes = [], []
    for seed in range(10):
        plan = planner("categorisation", apart, n_runs=40)
        plan = dataclasses.replace(plan, seed=seed)
        need = find_need(plan, margin=0.4)
        new = dataclasses.replace(plan, seed=1000 + seed, n_runs=200)
        gaps.append(need.power - new.evaluate(need.study, 0.4)[1])
        sizes.append(need.study.participants)
    # The error of their mean is 0.01.
    assert abs(np.mean(gaps)) < 0.045
    assert np.std(sizes) < 0.05 * np.mean(sizes)


def test_pooling_continua_saves_raters():
    rows = stimuli_rows(("ada", "ben", "cleo", "dan"))
    one = planner("mlds", rows=rows).evaluate(StudySize(10, 56), None)[0]
    pooled = planner("mlds", rows=rows, pooled=True).evaluate(StudySize(10, 56), None)[
        0
    ]
    assert pooled == pytest.approx(one / 2, rel=0.25)


def test_the_smallest_size_is_found():
    for threshold in (1, 2, 3, 17, 100, 1000):
        found = smallest(lambda size, least=threshold: size >= least)
        assert threshold <= found <= max(2, threshold * 1.14 + 1)
    assert smallest(lambda size: False) is None


def test_what_cannot_be_asked_is_told():
    with pytest.raises(InputError, match="a precision or a margin"):
        find_need(planner("mlds"))
    with pytest.raises(InputError, match="a precision or a margin"):
        find_need(planner("mlds"), precision=0.1, margin=0.1)
    with pytest.raises(InputError, match="the target is 0; more than 0"):
        find_need(planner("mlds"), precision=0.0)
    with pytest.raises(InputError, match="is not reached with 5000 participants"):
        find_need(planner("rating"), precision=0.001)
