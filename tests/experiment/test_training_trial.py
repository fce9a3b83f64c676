"""Arms, allocation, courses, and the outcome of a training trial."""

import dataclasses
from collections import Counter
from statistics import NormalDist

import numpy as np
import pytest
from small_rows import stimuli_rows

from morphkit.errors import InputError, OutputError
from morphkit.experiment.allocation import (
    allocate,
    check_allocation,
    read_allocation,
)
from morphkit.experiment.analysis.outcome_values import OutcomeSettings
from morphkit.experiment.analysis.thresholds import measure_thresholds
from morphkit.experiment.analysis.training import measure_outcome
from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Arm, Design, Training
from morphkit.experiment.designs.files import read_design, write_design
from morphkit.experiment.designs.training import make_training, showings_in_training
from morphkit.experiment.observers import Observer, answer_visits
from morphkit.experiment.parallel_sets import draw_parallel_set
from morphkit.experiment.trial_list import list_of
from morphkit.psychophysics.change import (
    covariance_analysis,
    fit_random_intercept,
    mean_effect,
    repeated_analysis,
)

ROWS = stimuli_rows()
NAMES = list(dict.fromkeys(row.continuum_id for row in ROWS))
STEP = {row.stimulus_id: row for row in ROWS}
ARMS = ("raised=2", "lowered=-2", "control=0", "placebo=sham")
LABELS = ("happy", "distressed")


def course(**options):
    """Return two sessions and a follow-up, the second continuum for transfer."""
    parts = {"visit-1": "first", "visit-2": "last", "follow-up": "follow-up"}
    return {
        visit: make_training(
            ROWS,
            seed=7,
            arms=ARMS,
            transfer=NAMES[1:],
            visit=visit,
            parts=part,
            **{"training_blocks": 2, "lists": 2} | options,
        )
        for visit, part in parts.items()
    }


def phases(design, number):
    return {(t.phase, STEP[t.stimuli[0]].continuum_id) for t in design.lists[number]}


def test_arms_have_the_same_orders_and_correspond_in_all_visits():
    visits = course()
    first = visits["visit-1"]
    assert len(first.lists) == 8
    assert len({d.list_arms for d in visits.values()}) == 1
    assert {arm.name for arm in first.arms} == {
        "raised",
        "lowered",
        "control",
        "placebo",
    }
    for start in (0, 4):
        lists = first.lists[start : start + 4]
        orders = {tuple(t.stimuli for t in trials) for trials in lists}
        assert len(orders) == 1
        assert len({*first.list_arms[start : start + 4]}) == 4
    shifts = Counter(first.shift_of(number) for number in range(1, 9))
    assert shifts == {2000: 2, -2000: 2, 0: 4}
    other = [t.stimuli for t in visits["visit-2"].lists[0] if t.phase == "training"]
    assert [t.stimuli for t in first.lists[0] if t.phase == "training"] != other


def test_visits_hold_what_their_place_in_the_course_asks_for():
    trained, apart = NAMES[0], NAMES[1]
    visits = course()
    whole = {(p, trained) for p in ("baseline", "training", "test")}
    assert phases(visits["visit-1"], 0) == whole | {("baseline", apart)}
    assert phases(visits["visit-2"], 0) == whole | {("test", apart)}
    assert phases(visits["follow-up"], 0) == {("test", trained), ("test", apart)}


def test_a_sham_says_nothing_about_where_the_boundary_lies():
    design = course(training_blocks=6)["visit-1"]
    letter = next(arm.code for arm in design.arms if arm.sham)
    number = design.list_arms.index(letter)
    said = {}
    for trial in design.lists[number]:
        assert bool(trial.correct) == (trial.phase == "training")
        if trial.correct:
            said.setdefault(trial.stimuli[0], []).append(trial.correct)
    for name, labels in said.items():
        row, counts = STEP[name], Counter(labels)
        if showings_in_training(row.step, row.n_steps) == 1:
            assert {*counts} == {LABELS[int(2 * row.step > row.n_steps)]}
        else:
            assert abs(counts[LABELS[0]] - counts[LABELS[1]]) <= 1
    for k, trials in enumerate(design.lists):
        if design.list_arms[k] != letter:
            assert not any(trial.correct for trial in trials)


def test_a_design_with_arms_is_read_back(tmp_path):
    design = course()["visit-1"]
    write_design(design, tmp_path)
    again = read_design(tmp_path)
    assert again.arms == design.arms
    assert again.list_arms == design.list_arms
    assert (again.visit, again.lists) == ("visit-1", design.lists)


@pytest.mark.parametrize(
    ("arms", "message"),
    [
        (["raised=2"], "one arm"),
        (["raised", "control=0"], 'the arm "raised"'),
        (["raised=2", "raised=1"], "different names"),
        (["raised=2.00005", "control=0"], "three decimals"),
        (["1=2", "control=0"], "is not a name"),
    ],
)
def test_arms_that_cannot_be_are_refused(arms, message):
    with pytest.raises(InputError, match=message):
        make_training(ROWS, seed=1, arms=arms)


def test_arms_and_lists_must_belong_together():
    design = make_training(ROWS, seed=1, lists=2)
    arms = (Arm("A", "raised", 1.0), Arm("B", "control"))
    with pytest.raises(InputError, match="no shift of its own"):
        dataclasses.replace(design, arms=arms, list_arms=("A", "B"))
    plain = dataclasses.replace(design, training=Training(0.0, *LABELS))
    with pytest.raises(InputError, match="the lists belong to"):
        dataclasses.replace(plain, arms=arms, list_arms=("A", "A"))
    with pytest.raises(InputError, match="a sham with a shift"):
        Arm("A", "placebo", 1.0, sham=True)


@pytest.mark.parametrize("seed", range(5))
def test_an_allocation_is_balanced_in_blocks_and_leads_to_its_arms(seed):
    design = course()["visit-1"]
    found = allocate(design, 30, strata=["first", "later"], seed=seed)
    check_allocation(found, design)
    assert len({one.code for one in found.places}) == len(found.places)
    blocks = {}
    for one in found.places:
        number = list_of(one.code, len(design.lists))
        assert design.arm_of(number).name == one.arm_name
        blocks.setdefault((one.stratum, one.block), []).append(one.arm)
    for arms in blocks.values():
        assert len(set(Counter(arms).values())) == 1
        assert len(arms) in (4, 8)
    assert {len(arms) for arms in blocks.values()} == {4, 8}
    for stratum in ("first", "later"):
        lists = Counter(p.list_number for p in found.places if p.stratum == stratum)
        assert max(lists.values()) - min(lists.values()) <= 1


def test_no_arm_can_be_foreseen_from_the_order_or_the_code():
    """Over seeds, the first place and codes of any last digit have every arm."""
    design = course(lists=4)["visit-1"]
    firsts, digits = Counter(), {}
    for seed in range(200):
        places = allocate(design, 4, seed=seed, blocks=[4]).places
        firsts[places[0].arm] += 1
        for one in places:
            digits.setdefault(one.code[0], Counter())[one.arm] += 1
    assert set(firsts) == set("ABCD")
    assert min(firsts.values()) > 25
    assert all(len(counts) == 4 for counts in digits.values())


def test_the_list_for_enrolment_tells_codes_only(tmp_path):
    design = course()["visit-1"]
    found = allocate(design, 8, seed=3)
    codes, key = tmp_path / "codes.csv", tmp_path / "key.csv"
    found.write(codes, key)
    text = codes.read_text("utf-8")
    assert text.splitlines()[0] == "stratum,place,code"
    assert not any(word in text for word in ("raised", "control", "lowered", "placebo"))
    assert read_allocation(key) == found
    with pytest.raises(OutputError, match="already exists"):
        found.write(codes, key)
    with pytest.raises(OutputError, match="two files"):
        found.write(tmp_path / "one.csv", tmp_path / "one.csv")


def test_a_key_that_was_changed_is_refused(tmp_path):
    design = course()["visit-1"]
    found = allocate(design, 8, seed=3)
    one = found.places[0]
    other = next(p for p in found.places if p.arm != one.arm)
    moved = dataclasses.replace(one, arm=other.arm, arm_name=other.arm_name)
    with pytest.raises(InputError, match="in this design it leads to"):
        check_allocation(
            dataclasses.replace(found, places=(moved, *found.places[1:])), design
        )
    with pytest.raises(InputError, match="comes 2 times"):
        check_allocation(
            dataclasses.replace(found, places=(one, *found.places)), design
        )
    with pytest.raises(InputError, match="equally many"):
        check_allocation(dataclasses.replace(found, places=found.places[1:]), design)
    path = tmp_path / "key.csv"
    found.write(tmp_path / "codes.csv", path)
    path.write_text(path.read_text("utf-8").replace(one.code, "anna"), "utf-8")
    with pytest.raises(InputError, match='code is "anna"'):
        read_allocation(path)


def test_allocations_that_cannot_be_are_refused():
    design = course()["visit-1"]
    with pytest.raises(InputError, match="a block of 6"):
        allocate(design, 8, blocks=[6], seed=1)
    with pytest.raises(InputError, match="has no arms"):
        allocate(make_training(ROWS, seed=1), 8, seed=1)
    with pytest.raises(InputError, match="participants"):
        allocate(design, 90_000, seed=1)


def test_parallel_sets_are_alike_in_their_norms():
    generator = np.random.default_rng(5)
    norms = {f"c{k}": generator.normal(5, 1, 2).tolist() for k in range(9)}
    drawn = draw_parallel_set(norms, 4, seed=2)
    inside = np.mean([norms[name] for name in drawn], axis=0)
    outside = np.mean([norms[n] for n in norms if n not in drawn], axis=0)
    assert np.abs(inside - outside).max() < 0.12
    without = {f"c{k}": [] for k in range(9)}
    assert len({draw_parallel_set(without, 4, seed=s) for s in range(20)}) > 10


#: Thresholds of 24 simulated people at three occasions, and what lme4 1.1-31 makes of
#: them: ``lmer(y ~ o1 + o2 + o1:a1 + o1:a2 + o2:a1 + o2:a2 + (1 | p))``.
LMER = {
    "coefficients": (
        *(7.94832067428, -0.30711952380, -0.13348025124),
        *(1.98854193780, -1.04872441018, 1.48905047894, -1.72633657181),
    ),
    "errors": (
        *(0.281685267402, 0.418213041793, 0.371307355932),
        *(0.534717343938, 0.540499114249, 0.499295793093, 0.520741933960),
    ),
    "between": 1.1189350467,
    "within": 0.7591357461,
    "log_likelihood": -97.6038224646,
}


def repeated_data():
    generator = np.random.default_rng(4)
    n = 24
    people, occasions = np.repeat(np.arange(n), 3), np.tile(np.arange(3), n)
    arms = people % 3
    between = generator.normal(0, 1, n)
    effect = np.where(occasions > 0, np.array([0.0, 1.5, -1.5])[arms], 0)
    values = 8 + between[people] + effect + generator.normal(0, 0.7, 3 * n)
    kept = generator.random(3 * n) > 0.12
    return values[kept], people[kept], arms[kept], occasions[kept]


def test_the_mixed_model_is_that_of_lme4():
    values, people, arms, occasions = repeated_data()
    cells = [(occasions == o) & (arms == a) for o in (1, 2) for a in (1, 2)]
    columns = [np.ones(len(values)), occasions == 1, occasions == 2, *cells]
    fit = fit_random_intercept(np.column_stack(columns).astype(float), values, people)
    assert fit.coefficients == pytest.approx(LMER["coefficients"], abs=1e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(LMER["errors"], abs=1e-6)
    assert fit.between == pytest.approx(LMER["between"], abs=1e-6)
    assert fit.within == pytest.approx(LMER["within"], abs=1e-6)
    assert fit.log_likelihood == pytest.approx(LMER["log_likelihood"], abs=1e-8)
    found = repeated_analysis(values, people, arms, occasions)
    estimates = [one.estimate for k in (1, 2) for one in found[k]]
    assert estimates == pytest.approx(LMER["coefficients"][3:], abs=1e-6)


def test_a_mixed_model_without_differences_between_people_is_a_plain_one():
    generator = np.random.default_rng(8)
    people = np.repeat(np.arange(12), 2)
    X = np.column_stack([np.ones(24), np.tile([0.0, 1.0], 12)])
    noise = generator.normal(0, 1, 24)
    values = noise - np.bincount(people, noise)[people] / 2
    fit = fit_random_intercept(X, values, people)
    assert fit.between == 0
    assert fit.coefficients == pytest.approx(np.linalg.lstsq(X, values)[0])


def test_covariance_analysis_is_a_regression_worked_out_by_hand():
    generator = np.random.default_rng(6)
    before = generator.normal(8, 1, 40)
    arms = np.arange(40) % 3
    after = 2 + 0.7 * before + np.array([0, 1.2, -0.8])[arms]
    exact = covariance_analysis(before, after, arms)
    assert [one.estimate for one in exact] == pytest.approx([1.2, -0.8])
    noisy = after + generator.normal(0, 0.5, 40)
    first, second = covariance_analysis(before, noisy, arms)
    X = np.column_stack([np.ones(40), arms == 1, arms == 2, before])
    beta, left, *_ = np.linalg.lstsq(X, noisy)
    V = left[0] / 36 * np.linalg.inv(X.T @ X)
    assert (first.estimate, second.estimate) == pytest.approx(tuple(beta[1:3]))
    assert (first.error, second.error) == pytest.approx(tuple(np.sqrt(np.diag(V))[1:3]))
    assert first.df == 36
    assert mean_effect(np.array([1.0])) is None


def answered(observer, allocation, visits, seed=3, dropout=0.0):
    return answer_visits(
        visits,
        ROWS,
        observer,
        codes={one.code: one.list_number for one in allocation.places},
        dropout=dropout,
        generator=np.random.default_rng(seed),
    )


def outcome(answers, allocation=None, **settings):
    return measure_outcome(
        answers,
        STEP,
        LABELS,
        settings=OutcomeSettings(**settings),
        allocation=allocation,
    )


@pytest.fixture(scope="module")
def study():
    """Return visits, allocation and answers of a trial in which people learn."""
    visits = course(training_blocks=4)
    allocation = allocate(visits["visit-1"], 40, seed=11)
    observer = Observer(learning=0.1, generalisation=0.5)
    return visits, allocation, answered(observer, allocation, visits, dropout=0.04)


@pytest.mark.parametrize("threshold", ["count", "fit"])
def test_the_outcome_shows_what_the_arms_learned(study, threshold):
    _, allocation, answers = study
    found = outcome(answers, allocation, threshold=threshold)
    arms = {(one.identities, one.arm): one for one in found.arms}
    assert arms["trained", "raised"].change.low > 0
    assert arms["trained", "lowered"].change.high < 0
    for name in ("control", "placebo"):
        assert arms["trained", name].change.low < 0.3
        assert arms["trained", name].change.high > -0.3
    assert arms["trained", "raised"].raised > arms["trained", "control"].raised
    changes = {
        (c.identities, c.model, c.occasion, c.arm): c.effect for c in found.comparisons
    }
    for model in ("ancova", "mixed"):
        assert changes["trained", model, "visit-2 test", "raised"].low > 0
        assert changes["trained", model, "visit-2 test", "lowered"].high < 0
    assert changes["trained", "mixed", "follow-up test", "raised"].estimate > 0.3
    assert changes["transfer", "mixed", "visit-2 test", "raised"].estimate > 0
    assert found.occasions == ("visit-1 baseline", "visit-2 test", "follow-up test")


def test_observers_learn_from_a_sham_what_its_table_says():
    design = make_training(
        ROWS, seed=3, arms=ARMS, continua=NAMES[:1], training_blocks=4, lists=1
    )
    number = design.list_arms.index(next(a.code for a in design.arms if a.sham))
    one_sided = tuple(
        dataclasses.replace(trial, correct=LABELS[1] if trial.correct else "")
        for trial in design.lists[number]
    )
    lists = [one_sided if k == number else t for k, t in enumerate(design.lists)]
    answers = answer_visits(
        {"": dataclasses.replace(design, lists=tuple(lists))},
        ROWS,
        Observer(),
        codes={f"p{k}": number + 1 for k in range(12)},
        dropout=0.0,
        generator=np.random.default_rng(4),
    )
    (arm,) = outcome(answers).arms
    assert arm.change.high < -1


def test_everybody_who_was_allocated_is_accounted_for(study):
    _, allocation, answers = study
    flow = outcome(answers, allocation).flow
    allocated = next(row for row in flow if row["stage"] == "allocated")
    ends = [row for row in flow if row["stage"] in ("excluded", "analysed")]
    for name in ("raised", "lowered", "control", "placebo", "total"):
        assert allocated[name] == sum(row[name] for row in ends)
    assert {row["reason"] for row in ends} >= {"no test after the last training"}


@pytest.mark.slow
def test_without_a_key_arms_are_letters(study):
    _, allocation, answers = study
    blind = outcome(answers)
    named = outcome(answers, allocation)
    letters = allocation.arms
    changes = {(c.participant, c.identities): c for c in named.changes}
    assert {one.arm for one in blind.changes} == {*letters}
    for one in blind.changes:
        other = changes[one.participant, one.identities]
        assert (letters[one.arm], one.change) == (other.arm, other.change)


def test_errors_of_few_answers_are_as_large_as_thresholds_vary():
    """Functions of highest likelihood are too steep: their variance is 0.88 of it."""
    rows = {row.stimulus_id: row for row in stimuli_rows(("ada",))}
    ids = sorted(rows, key=lambda one: rows[one].step)
    generator = np.random.default_rng(5)
    chance = np.array([NormalDist(8, 1.8).cdf(step) for step in range(1, 16)])
    trials = [
        Answer(f"p{k}", 1, (one,), LABELS[int(generator.random() < p)])
        for k in range(120)
        for one, p in zip(ids, chance, strict=True)
        for _ in range(3)
    ]
    found = [one.value("count") for one in measure_thresholds(trials, rows, LABELS)]
    variance = float((chance * (1 - chance)).sum()) / 3
    assert np.mean([error**2 for _, error in found]) / variance == pytest.approx(
        1.06, abs=0.07
    )


def test_counted_thresholds_are_the_balance_point_and_one_half():
    steps = sorted({row.step for row in ROWS if row.continuum_id == NAMES[0]})
    images = {STEP[n].step: n for n in STEP if STEP[n].continuum_id == NAMES[0]}

    def answers(phase, first, start):
        return [
            Answer(
                "p1",
                start + 3 * k + n,
                (images[step],),
                LABELS[int(step > first + (n == 0))],
                "training",
                phase,
            )
            for k, step in enumerate(steps)
            for n in range(3)
        ]

    given = answers("baseline", 4, 1)
    given += [dataclasses.replace(given[0], phase="training", order=100)]
    given += answers("test", 6, 200)
    (change,) = outcome(given).changes
    assert (change.before, change.after) == pytest.approx((4 + 5 / 6, 6 + 5 / 6))
    assert change.change == pytest.approx(2)
    assert change.verdict == "raised"


def spoilt(kind, answers, allocation):
    """Return the answers of a trial with one participant spoilt, and her code."""
    who = next(p.code for p in allocation.places if p.arm_name == "raised")
    own = [a for a in answers if a.participant == who]
    others = [a for a in answers if a.participant != who]
    letter = next(p.arm for p in allocation.places if p.arm_name == "control")
    seen = Counter()

    def by_turns(answer):
        place = (answer.visit, answer.phase, answer.stimuli)
        seen[place] += 1
        return dataclasses.replace(answer, response=LABELS[seen[place] > 1])

    changed = {
        "other-arm": [dataclasses.replace(a, arm=letter) for a in own],
        "no-baseline": [a for a in own if a.phase != "baseline"],
        "no-test": [a for a in own if a.visit == "visit-1"],
        "all-alike": [dataclasses.replace(a, response=LABELS[0]) for a in own],
        "flat": [by_turns(a) for a in own],
        "reversed": [
            dataclasses.replace(a, response=LABELS[1 - LABELS.index(a.response)])
            for a in own
        ],
        "few-answers": [
            dataclasses.replace(a, response="" if a.order % 3 == 0 else a.response)
            for a in own
        ],
        "not-allocated": [dataclasses.replace(a, participant="99999") for a in own],
    }[kind]
    return [*others, *changed]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("other-arm", "another arm than allocated"),
        ("no-baseline", "no baseline of the first visit"),
        ("no-test", "no test after the last training"),
        ("all-alike", "all answers alike"),
        ("flat", "answers that are the same for all images"),
        ("reversed", "answers with the labels exchanged"),
        ("few-answers", "fewer than 80 % of trials answered"),
        ("not-allocated", "a code that was not allocated"),
    ],
)
def test_participants_are_excluded_for_a_reason(kind, said):
    visits = course(training_blocks=1)
    allocation = allocate(visits["visit-1"], 8, blocks=[4], seed=2)
    answers = answered(Observer(lapses=0.0), allocation, visits)
    whole = outcome(answers, allocation)
    assert whole.flow[-1]["total"] == 8
    found = outcome(spoilt(kind, answers, allocation), allocation)
    assert found.flow[-1]["total"] == 7
    assert said in {row["reason"] for row in found.flow}


def test_a_design_without_arms_is_one_arm():
    design = make_training(ROWS, seed=3, training_blocks=2, continua=NAMES[:1])
    answers = answer_visits(
        {"": design},
        ROWS,
        Observer(),
        codes={f"p{k}": 1 + k % len(design.lists) for k in range(12)},
        dropout=0.0,
        generator=np.random.default_rng(4),
    )
    found = outcome(answers)
    (arm,) = found.arms
    assert (arm.arm, arm.n, found.comparisons) == ("all", 12, ())
    assert arm.change.low > 0


def test_needs_of_a_design_with_arms_are_those_of_training():
    plain = make_training(ROWS, seed=3)
    assert isinstance(plain, Design)
    assert course()["visit-1"].needs == plain.needs


def answers_to(who, arm, phase, counts):
    """Return answers of a phase: step -> how often happy, of four."""
    order = 0
    for step, happy in counts.items():
        for k in range(4):
            order += 1
            yield Answer(
                who,
                order,
                (f"ada_happy_distressed_s{step:02d}",),
                "happy" if k < happy else "distressed",
                design="training",
                phase=phase,
                arm=arm,
            )


def test_more_of_one_answer_is_a_criterion_and_not_sensitivity():
    """By hand: steps 1 and 2 of 5 show happy, 4 and 5 do not, 3 is neither."""
    stimuli = {row.stimulus_id: row for row in stimuli_rows(("ada",), n_steps=5)}
    before = {1: 4, 2: 3, 3: 2, 4: 1, 5: 0}
    biased = {1: 4, 2: 4, 3: 4, 4: 2, 5: 1}
    sharper = {1: 4, 2: 4, 3: 0, 4: 0, 5: 0}
    trials = [
        one
        for who, arm, after in (
            *(("a", "A", biased), ("b", "A", biased)),
            *(("c", "B", sharper), ("d", "B", sharper)),
        )
        for phase, counts in (
            *(("baseline", before), ("training", before), ("test", after)),
        )
        for one in answers_to(who, arm, phase, counts)
    ]
    found = measure_outcome(
        trials, stimuli, ("happy", "distressed"), settings=OutcomeSettings()
    )
    z = NormalDist().inv_cdf

    def by_hand(hits, alarms):
        h, f = z((hits + 0.5) / 9), z((alarms + 0.5) / 9)
        return h - f, -(h + f) / 2

    rows = {one.participant: one for one in found.detection}
    for who, (hits, alarms) in {"a": (8, 3), "d": (8, 0)}.items():
        d, c = by_hand(hits, alarms)
        assert rows[who].d_prime_after == pytest.approx(d)
        assert rows[who].criterion_after == pytest.approx(c)
        d, c = by_hand(7, 1)
        assert rows[who].d_prime_before == pytest.approx(d)
        assert rows[who].criterion_before == pytest.approx(c)
    change = {
        (one.arm, one.measure): one.change.estimate for one in found.detection_arms
    }
    assert change["A", "criterion"] < -0.5
    assert abs(change["A", "d_prime"]) < 0.25
    assert change["B", "d_prime"] > 0.8
    assert abs(change["B", "criterion"]) < 0.25
