"""Trials are planned by the very analysis they get, and as a formula says."""

import numpy as np
import pytest
from scipy import stats
from small_rows import stimuli_rows

from morphkit.errors import InputError
from morphkit.experiment.analysis.outcome_values import OutcomeSettings
from morphkit.experiment.analysis.training import measure_outcome
from morphkit.experiment.answer import Answer
from morphkit.experiment.observers import Observer
from morphkit.experiment.trial_power import (
    TrialGoal,
    TrialSize,
    answer_chances,
    draw_thresholds,
    find_trial_need,
    simulate_trials,
)
from morphkit.psychophysics.change import covariance_analysis

pytestmark = pytest.mark.slow

ROWS = stimuli_rows(("ada", "ben"))
NAMES = list(dict.fromkeys(row.continuum_id for row in ROWS))
N_IMAGES = ROWS[0].n_steps
SIZE = TrialSize(2, 2, N_IMAGES, 3)
ARMS = np.repeat([0, 1], 6)
GROUPS = ("control", "raised")


def answers_of(goal, generator):
    """Return the answers of which the planner draws only the counts."""
    chances = answer_chances(goal, SIZE, ARMS, generator)
    first = generator.binomial(SIZE.repeats, 1 - chances)
    answers = []
    for k, name in enumerate(NAMES):
        images = sorted(
            (row for row in ROWS if row.continuum_id == name), key=lambda row: row.step
        )
        for time, phase in enumerate(("baseline", "test")):
            for person, arm in enumerate(ARMS):
                who, where = f"p{person:02}", GROUPS[arm]
                for image, n in zip(images, first[k, time, person], strict=True):
                    labels = [image.from_label] * n
                    labels += [image.to_label] * (SIZE.repeats - n)
                    answers += [
                        Answer(
                            *(who, len(answers) + j + 1, (image.stimulus_id,), label),
                            phase=phase,
                            arm=where,
                        )
                        for j, label in enumerate(labels)
                    ]
    return answers


def test_thresholds_and_effect_are_those_of_the_analysis():
    goal = TrialGoal(1.5, observer=Observer(lapses=0.0))
    before, after = draw_thresholds(goal, SIZE, ARMS, np.random.default_rng(3))
    answers = answers_of(goal, np.random.default_rng(3))
    stimuli = {row.stimulus_id: row for row in ROWS}
    taught = [
        Answer(
            *(f"p{k:02}", 10**6, (row.stimulus_id,), row.from_label),
            phase="training",
            arm=GROUPS[arm],
        )
        for k, arm in enumerate(ARMS)
        for row in ROWS
        if row.step == 1
    ]
    found = measure_outcome(
        [*answers, *taught],
        stimuli,
        (ROWS[0].from_label, ROWS[0].to_label),
        settings=OutcomeSettings(reference="control"),
    )
    changes = {one.participant: one for one in found.changes}
    assert len(changes) == len(ARMS)
    for k, one in enumerate(changes[f"p{n:02}"] for n in range(len(ARMS))):
        assert (one.before, one.after) == pytest.approx((before[k], after[k]))
    effect = next(one.effect for one in found.comparisons if one.model == "ancova")
    assert vars(effect) == pytest.approx(
        vars(covariance_analysis(before, after, ARMS)[0])
    )


@pytest.mark.parametrize(("difference", "change_sd"), [(1.2, 1.0), (0.77, 0.3)])
def test_so_many_participants_are_needed_as_a_formula_says(difference, change_sd):
    """Of the analysis of covariance, doi:10.1016/j.jclinepi.2007.02.006."""
    size = TrialSize(2, 1, 15, 3)
    alike = np.zeros(4000, int)
    goal = TrialGoal(difference, change_sd)
    before, after = draw_thresholds(goal, size, alike, np.random.default_rng(1))
    rest = after.var() * (1 - np.corrcoef(before, after)[0, 1] ** 2)
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    usual = 2 * z**2 * rest / difference**2 + 1
    need = find_trial_need(goal, size, n_runs=100)
    assert need.per_arm == pytest.approx(usual, rel=0.2)
    assert need.participants == 2 * need.per_arm
    assert 0.8 <= need.power < 0.88
    # Half-widths: of the usual trial Student's quantile of its error.
    half = stats.t.ppf(0.975, 2 * need.per_arm - 3) * np.sqrt(2 * rest / need.per_arm)
    assert half < need.precision < 1.3 * half


def test_who_is_lost_has_to_be_replaced():
    size = TrialSize(2, 1, 15, 3)
    whole = simulate_trials(TrialGoal(1), size, 20, 200, np.random.default_rng(1))
    lost = TrialGoal(1, dropout=0.4)
    fewer = simulate_trials(lost, size, 20, 200, np.random.default_rng(1))
    assert fewer[1] < whole[1] - 0.1
    assert fewer[0] > 1.15 * whole[0]
    # Somebody has to be left in both arms.
    none = simulate_trials(
        TrialGoal(1, dropout=0.999), size, 2, 20, np.random.default_rng(1)
    )
    assert none == (np.inf, 0.0)


def test_arms_that_are_alike_are_seldom_found_to_differ():
    goal = TrialGoal(1e-9, 1.0, 0.1)
    size = TrialSize(3, 1, 15, 3)
    found = simulate_trials(goal, size, 15, 600, np.random.default_rng(8))[1]
    # In the direction that is asked for.
    assert found == pytest.approx(0.025, abs=0.02)


def test_what_cannot_be_planned_is_told():
    with pytest.raises(InputError, match="a difference of 0; above 0") as raised:
        TrialGoal(0, -1, 1)
    assert "change_sd is -1" in str(raised.value)
    assert "dropout is 1" in str(raised.value)
    with pytest.raises(InputError, match="a difference between 1 arms; two arms"):
        find_trial_need(TrialGoal(1), TrialSize(1, 1, 15, 3))
    with pytest.raises(InputError, match=r"0\.001 steps is not found with 5000"):
        find_trial_need(TrialGoal(0.001), TrialSize(2, 1, 5, 1), n_runs=3)
