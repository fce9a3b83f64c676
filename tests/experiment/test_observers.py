"""Simulated observers do what they are said to do, and answer every design."""

import dataclasses

import numpy as np
import pytest
from scipy.special import ndtr
from small_rows import rows_for, stimuli_rows

from morphkit.errors import InputError
from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR
from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.training import make_training
from morphkit.experiment.observers import (
    SCALES,
    Observer,
    answer_design,
)
from morphkit.experiment.observers.observer import draw_looks, draw_person
from morphkit.experiment.observers.probabilities import (
    chance_of_different,
    chance_of_second_pair,
)

ROWS = stimuli_rows()
LEVEL = {row.stimulus_id: row.level for row in ROWS}
STEP = {row.stimulus_id: row.step for row in ROWS}
PLAIN = Observer(lapses=0.0).alike()


def answers_of(design, observer=PLAIN, *, n=1, seed=1, rows=ROWS):
    generator = np.random.default_rng(seed)
    return answer_design(design, rows, observer, n_participants=n, generator=generator)


def repeated(trial: Trial, n: int, **options) -> Design:
    return Design("categorisation", ((trial,) * n,), 1, **options)


def share(answers, response: str) -> float:
    return sum(a.response == response for a in answers) / len(answers)


def expect(found: float, chance: float, n: int) -> None:
    """Refuse what happens by chance once in 16 000 times."""
    assert abs(found - chance) < 4 * np.sqrt(chance * (1 - chance) / n) + 1e-12


@pytest.mark.parametrize("kind", DESIGNS)
def test_every_design_is_answered(kind):
    rows = rows_for(kind)
    design = DESIGNS[kind].make(rows, seed=4, lists=2)
    answers = answers_of(design, Observer(), n=3, rows=rows)
    assert answers == answers_of(design, Observer(), n=3, rows=rows)
    assert answers != answers_of(design, Observer(), n=3, seed=2, rows=rows)
    for number in range(3):
        mine = [a for a in answers if a.participant == f"sim{number + 1:03d}"]
        trials = design.lists[number % 2]
        assert [a.order for a in mine] == list(range(1, len(trials) + 1))
        for answer, trial in zip(mine, trials, strict=True):
            assert answer.stimuli == trial.stimuli
            assert (answer.phase, answer.question) == (trial.phase, trial.question)
            assert answer.design == kind
            if trial.choices:
                assert answer.response in trial.choices
            else:
                assert 0 <= float(answer.response) <= 100
                assert float(answer.response) == int(float(answer.response))
            assert 0.1 < answer.rt_seconds < 20


@pytest.mark.parametrize("flipped", [False, True])
def test_categorisation_has_its_boundary_and_noise(flipped):
    observer = dataclasses.replace(PLAIN, boundary=0.4, category_noise=0.2)
    for step in (4, 7, 12):
        name = f"ada_happy_distressed_s{step:02d}"
        # The side of the answers must not matter, nor the order of the choices.
        for choices in (("happy", "distressed"), ("distressed", "happy")):
            trial = Trial("main", 1, (name,), choices, flipped=flipped)
            found = share(answers_of(repeated(trial, 2000), observer), "distressed")
            expect(found, ndtr((LEVEL[name] - 0.4) / 0.2), 2000)


def test_lapses_and_guesses():
    observer = dataclasses.replace(PLAIN, lapses=0.3, guess=0.8)
    trial = Trial("main", 1, ("ada_happy_distressed_s01",), ("happy", "distressed"))
    expect(share(answers_of(repeated(trial, 3000), observer), "distressed"), 0.24, 3000)


def test_scaling_compares_differences_of_the_scale():
    observer = dataclasses.replace(PLAIN, scale="power", bend=2.0, noise=0.3)
    names = tuple(f"ada_happy_distressed_s{k:02d}" for k in (2, 8, 12))
    a, b, c = (LEVEL[name] ** 2 for name in names)
    trial = Trial("main", 1, names, (FIRST_PAIR, SECOND_PAIR))
    found = share(answers_of(repeated(trial, 4000), observer), SECOND_PAIR)
    expect(found, ndtr(((c - b) - (b - a)) / 0.3), 4000)
    names = tuple(f"ada_happy_distressed_s{k:02d}" for k in (2, 8, 9, 13))
    a, b, c, d = (LEVEL[name] ** 2 for name in names)
    trial = Trial("main", 1, names, (FIRST_PAIR, SECOND_PAIR))
    found = share(answers_of(repeated(trial, 4000), observer), SECOND_PAIR)
    expect(found, ndtr(((d - c) - (b - a)) / 0.3), 4000)


def test_same_or_different_by_simulation_of_its_model():
    generator = np.random.default_rng(3)
    noise = generator.standard_normal((2, 200_000)) * 0.07
    seen = np.abs(0.1 + noise[1] - noise[0]) > 0.12
    chance = float(chance_of_different(0.1, 0.07, 0.12))
    assert chance == pytest.approx(seen.mean(), abs=0.005)
    observer = dataclasses.replace(PLAIN, discrimination_noise=0.07, criterion=0.12)
    names = ("ada_happy_distressed_s03", "ada_happy_distressed_s05")
    for pair in (names, names[::-1]):
        trial = Trial("main", 1, pair, ("same", "different"))
        found = share(answers_of(repeated(trial, 3000), observer), "different")
        apart = 2 / 14
        expect(found, float(chance_of_different(apart, 0.07, 0.12)), 3000)


def test_ratings_follow_the_face_and_keep_to_their_scale():
    design = DESIGNS["rating"].make(ROWS, seed=1, repeats=20, lists=1)
    answers = answers_of(design, dataclasses.replace(PLAIN, rating_noise=0.2))
    for question, low, high in (("valence", 15, 1), ("clarity", 8, 1)):
        means = [
            np.mean(
                [
                    float(a.response)
                    for a in answers
                    if a.question == question and STEP[a.stimuli[0]] == step
                ]
            )
            for step in (low, high)
        ]
        assert means[0] + 20 < means[1]


@pytest.mark.slow
def test_training_moves_those_who_learn():
    design = make_training(ROWS, seed=2, shift_steps=3, lists=1)

    def shift(observer, seed):
        answers = answers_of(design, observer, seed=seed, n=20)
        balance = {
            phase: sum(a.response == "happy" for a in answers if a.phase == phase) / 120
            for phase in ("baseline", "test")
        }
        return balance["test"] - balance["baseline"]

    learner = dataclasses.replace(PLAIN, learning=0.2)
    other = dataclasses.replace(PLAIN, learning=0.0)
    assert shift(learner, 1) > 1.5
    assert abs(shift(other, 1)) < 0.3
    back = make_training(ROWS, seed=2, shift_steps=-3, lists=1)
    answers = answers_of(back, learner, n=20)
    test = [a.response for a in answers if a.phase == "test"]
    assert test.count("happy") / 120 < 6


@pytest.mark.slow
def test_feedback_is_by_the_own_balance_point():
    """Nobody is moved by feedback that agrees: shift 0 leaves the boundary."""
    design = make_training(ROWS, seed=2, shift_steps=0, lists=1)
    biased = dataclasses.replace(PLAIN, boundary=0.7, learning=0.2)
    answers = answers_of(design, biased, n=20)
    balance = {
        phase: sum(a.response == "happy" for a in answers if a.phase == phase) / 120
        for phase in ("baseline", "test")
    }
    assert balance["baseline"] > 9.5
    assert abs(balance["test"] - balance["baseline"]) < 1


def test_clear_answers_are_faster_and_late_ones_are_lost():
    def times(step, **options):
        name = f"ada_happy_distressed_s{step:02d}"
        trial = Trial("main", 1, (name,), ("happy", "distressed"))
        return answers_of(repeated(trial, 400, **options))

    clear, unclear = times(1), times(8)
    assert np.median([a.rt_seconds for a in clear]) < 0.6
    assert 1.0 < np.median([a.rt_seconds for a in unclear]) < 1.2
    limited = times(8, timing=Timing(answer=1100))
    late = [a for a in limited if not a.response]
    assert 120 < len(late) < 280
    assert all(a.rt_seconds is None for a in late)
    assert all(a.rt_seconds <= 1.1 for a in limited if a.response)


def test_raters_and_identities_differ():
    generator = np.random.default_rng(8)
    observer = Observer(
        rater_spread=0.1, noise_spread=0.3, identity_spread=0.05, bend_spread=0.2
    )
    people = [draw_person(observer, generator) for _ in range(4000)]
    assert np.std([p.shift for p in people]) == pytest.approx(0.1, rel=0.05)
    logs = np.log([p.noise_factor for p in people])
    assert np.std(logs) == pytest.approx(0.3, rel=0.05)
    looks = [
        draw_looks(dataclasses.replace(observer, scale="wave"), generator)
        for _ in range(4000)
    ]
    assert np.std([one.shift for one in looks]) == pytest.approx(0.05, rel=0.05)
    assert np.std([one.bend for one in looks]) == pytest.approx(0.2, rel=0.1)
    alike = [draw_person(observer.alike(), generator) for _ in range(5)]
    assert {(p.shift, p.noise_factor) for p in alike} == {(0.0, 1.0)}


@pytest.mark.parametrize("name", SCALES)
def test_scales_grow_from_0_to_1(name):
    shape = SCALES[name]
    levels = np.linspace(-0.2, 1.2, 401)
    for bend in {shape.least, shape.greatest, shape.usual}:
        places = shape.at(levels, bend)
        assert shape.at([0.0, 1.0], bend) == pytest.approx([0, 1], abs=1e-12)
        assert (np.diff(places) >= 0).all()
    with pytest.raises(InputError, match="a bend of 99"):
        shape.at([0.0], 99.0)


def test_the_wave_is_that_of_the_power_tables():
    """Amplitude 1/3 over 15 frames has the stated largest over smallest step."""
    steps = np.diff(SCALES["wave"].at(np.linspace(0, 1, 8), 1 / 3))
    assert steps.max() / steps.min() == pytest.approx(1.903876852972946)


def test_bad_observers_are_refused():
    with pytest.raises(InputError, match=r"(?s)noise is 0.*lapses is 2"):
        Observer(noise=0, lapses=2)
    with pytest.raises(InputError, match=r'no scale is called "liner".*linear'):
        Observer(scale="liner")
    with pytest.raises(InputError, match="a bend of 3"):
        Observer(scale="wave", bend=3)
    design = DESIGNS["categorisation"].make(ROWS, seed=1)
    with pytest.raises(InputError, match="which is not in the pack"):
        answers_of(design, rows=stimuli_rows(("ada",)))
    with pytest.raises(InputError, match="0 participants"):
        answers_of(design, n=0)


def test_chances_are_those_of_the_order_of_images():
    places = np.array([[0.0, 0.2, 0.9], [0.0, 0.7, 0.9]])
    chance = chance_of_second_pair(places, 0.2)
    assert chance[0] > 0.99
    assert chance[1] < 0.01
    assert chance_of_second_pair(places[0], 0.2, lapses=1.0, guess=0.25) == 0.25
