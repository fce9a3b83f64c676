"""Designs: what is shown how often, in which order, and that it never changes."""

import hashlib
import itertools
from collections import Counter
from dataclasses import replace

import pytest
from small_rows import rows_for, stimuli_rows

from morphkit.errors import InputError, SeveralInputsError
from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.categorisation import make_categorisation
from morphkit.experiment.designs.files import trials_text
from morphkit.experiment.designs.mlds import make_mlds, spread_steps
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.designs.rating import make_rating
from morphkit.experiment.designs.same_different import make_same_different
from morphkit.experiment.designs.training import make_training, showings_in_training

ROWS = stimuli_rows()
STEP = {row.stimulus_id: row.step for row in ROWS}
#: Hash of the whole trial table with seed 2026. It changes only if the lists do: then
#: studies that are running cannot be continued, and CHANGELOG has to say so.
GOLDEN = {
    "categorisation": "a1095d366ce8ba28",
    "training": "63947bd582b98aaa",
    "mlds": "d4e6112ab53ea621",
    "rating": "e2d063cbf088f70b",
    "same_different": "94c8e933315f3c82",
    "labelling": "5b46aff691cf38d7",
    "identification": "97c57a5bbfadee64",
    "dot_probe": "7e95b65bcffe6afc",
}


@pytest.mark.parametrize("kind", DESIGNS)
def test_the_lists_of_a_seed_never_change(kind):
    design = DESIGNS[kind].make(rows_for(kind), seed=2026)
    digest = hashlib.sha256(trials_text(design).encode()).hexdigest()
    assert digest[:16] == GOLDEN[kind]


def test_categorisation_with_feedback_is_the_design_of_earlier_versions():
    """Practice had feedback before it had to be asked for: such studies can go on."""
    design = DESIGNS["categorisation"].make(ROWS, seed=2026, feedback=True)
    digest = hashlib.sha256(trials_text(design).encode()).hexdigest()
    assert digest[:16] == "fe2af35982418fef"


@pytest.mark.parametrize("kind", DESIGNS)
def test_contract_of_a_design(kind):
    make, rows = DESIGNS[kind].make, rows_for(kind)
    design = make(rows, seed=7)
    assert design.kind == kind
    assert design.seed == 7
    assert trials_text(design) == trials_text(make(rows, seed=7))
    assert trials_text(design) != trials_text(make(rows, seed=8))
    assert set(design.stimuli()) <= {row.stimulus_id for row in rows}
    for trials in design.lists:
        blocks = [trial.block for trial in trials]
        assert blocks[0] == 1
        assert all(b - a in (0, 1) for a, b in itertools.pairwise(blocks))
        # Nothing comes twice in a row, over breaks neither, where there is enough.
        if len({frozenset(t.stimuli) for t in trials}) > 2:
            for one, other in itertools.pairwise(trials):
                assert set(one.stimuli) != set(other.stimuli)
    assert len({tuple(t.stimuli for t in trials) for trials in design.lists}) > 1


@pytest.mark.parametrize("kind", DESIGNS)
def test_subsets_of_identities_and_continua(kind):
    rows = rows_for(kind, ("ada", "ben", "cleo"))
    ada = sorted({row.continuum_id for row in rows if row.identity_id == "ada"})
    design = DESIGNS[kind].make(rows, seed=1, identities=["ben", "cleo"])
    assert {name.split("_")[0] for name in design.stimuli()} == {"ben", "cleo"}
    design = DESIGNS[kind].make(rows, seed=1, continua=ada)
    assert {name.split("_")[0] for name in design.stimuli()} == {"ada"}
    with pytest.raises(InputError, match=r'no identity is called "bem".*did you mean'):
        DESIGNS[kind].make(rows, seed=1, identities=["bem"])
    with pytest.raises(SeveralInputsError, match=r"(?s)identity.*continuum"):
        DESIGNS[kind].make(rows, seed=1, identities=["x"], continua=["y"])
    with pytest.raises(InputError, match="no continuum matches both"):
        DESIGNS[kind].make(rows, seed=1, identities=["ben"], continua=ada)


def test_categorisation_shows_every_image_before_any_comes_again():
    design = make_categorisation(
        ROWS, seed=3, repeats=2, practice=4, lists=4, block_trials=25
    )
    for number, trials in enumerate(design.lists):
        practice = [t for t in trials if t.phase == "practice"]
        main = [t.stimuli[0] for t in trials if t.phase == "main"]
        assert sorted(main[:30]) == sorted(main[30:]) == sorted(STEP)
        assert {t.correct for t in practice} == {""}
        assert Counter(STEP[t.stimuli[0]] for t in practice) == {1: 2, 15: 2}
        assert {t.flipped for t in trials} == {number % 2 == 1}
        assert max(Counter(t.block for t in trials).values()) <= 25
        assert {t.phase for t in trials if t.block == 1} == {"practice"}


def test_categorisation_tells_what_was_right_only_if_asked_for():
    """The same trials otherwise; the label of the end that is shown is right."""
    silent = make_categorisation(ROWS, seed=3, practice=4)
    told = make_categorisation(ROWS, seed=3, practice=4, feedback=True)
    assert not any(t.correct for trials in silent.lists for t in trials)
    for one, other in zip(silent.lists, told.lists, strict=True):
        assert one == tuple(replace(trial, correct="") for trial in other)
        practice = [t for t in other if t.phase == "practice"]
        assert Counter(t.correct for t in practice) == {"happy": 2, "distressed": 2}
        for trial in practice:
            assert STEP[trial.stimuli[0]] == (1 if trial.correct == "happy" else 15)
        assert not any(t.correct for t in other if t.phase == "main")


def test_categorisation_asks_for_one_pair_of_labels():
    rows = stimuli_rows() + stimuli_rows(labels=("happy", "neutral"))
    with pytest.raises(InputError, match="happy–distressed, happy–neutral"):
        make_categorisation(rows, seed=1)
    chosen = [row.continuum_id for row in rows if row.to_label == "neutral"]
    assert make_categorisation(rows, seed=1, continua=chosen).lists[0][0].choices == (
        "happy",
        "neutral",
    )


def test_training_is_as_published_with_15_images():
    design = make_training(stimuli_rows(("ada",)), seed=5)
    for number, trials in enumerate(design.lists):
        phases = [t.phase for t in trials]
        assert [p for p, _ in itertools.groupby(phases)] == [
            *("baseline", "training", "test")
        ]
        assert Counter(phases) == {"baseline": 45, "training": 6 * 31, "test": 45}
        for phase in ("baseline", "test"):
            shown = [t.stimuli[0] for t in trials if t.phase == phase]
            assert set(Counter(shown).values()) == {3}
        for block in range(2, 8):
            shown = Counter(STEP[t.stimuli[0]] for t in trials if t.block == block)
            assert [shown[k] for k in range(1, 16)] == [
                *(1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 2, 2, 2, 1, 1)
            ]
        assert {t.flipped for t in trials} == {number % 2 == 1}
        assert not any(t.correct for t in trials)  # depends on the participant
    assert design.training.shift_steps == 2.0
    assert design.training.balance == "count"
    assert (design.training.from_label, design.training.to_label) == (
        "happy",
        "distressed",
    )
    assert (design.timing.stimulus, design.timing.mask) == (150, 150)


@pytest.mark.parametrize("n_steps", [2, 5, 9, 21, 40])
def test_training_showings_are_symmetric_and_most_in_the_middle(n_steps):
    shown = [showings_in_training(k, n_steps) for k in range(1, n_steps + 1)]
    assert shown == shown[::-1]
    assert sorted(shown[: (n_steps + 1) // 2]) == shown[: (n_steps + 1) // 2]


def test_training_has_every_continuum_after_the_other_in_turning_order():
    design = make_training(ROWS, seed=5, training_blocks=1, lists=4)
    first = [trials[0].stimuli[0].split("_")[0] for trials in design.lists]
    assert first == ["ada", "ada", "ben", "ben"]
    for trials in design.lists:
        names = [(t.phase, t.stimuli[0].split("_")[0]) for t in trials]
        parts = [name for name, _ in itertools.groupby(names)]
        assert len(parts) == 6
        # What is learned about one face must not be in the baseline of another.
        assert [phase for phase, _ in parts] == [
            phase for phase in ("baseline", "training", "test") for _ in range(2)
        ]


@pytest.mark.parametrize(
    ("form", "size", "n"), [("triads", 3, 133), ("quadruples", 4, 525)]
)
def test_mlds_has_every_set_once_in_canonical_order(form, size, n):
    design = make_mlds(stimuli_rows(("ada",)), seed=9, form=form, lists=3)
    for trials in design.lists:
        main = [t for t in trials if t.phase == "main"]
        sets = {tuple(STEP[name] for name in t.stimuli) for t in main}
        assert len(main) == len(sets) == n
        every = itertools.combinations(range(1, 16), size)
        assert sets == {k for k in every if abs(k[-1] - k[-2] - k[1] + k[0]) <= 1}
        assert sum(t.flipped for t in main) == n // 2
        assert {t.choices for t in main} == {(FIRST_PAIR, SECOND_PAIR)}


@pytest.mark.slow
def test_mlds_practice_has_a_clear_answer():
    for form in ("triads", "quadruples"):
        design = make_mlds(ROWS, seed=9, form=form, lists=6, practice=4)
        for trials in design.lists:
            for trial in trials[:4]:
                steps = [STEP[name] for name in trial.stimuli]
                first, second = steps[1] - steps[0], steps[-1] - steps[-2]
                larger = FIRST_PAIR if first > second else SECOND_PAIR
                assert trial.correct == larger
                assert max(first, second) >= 10 * min(first, second)


def test_mlds_deals_sets_over_the_lists():
    design = make_mlds(stimuli_rows(("ada",)), seed=2, images=8, trials=20, lists=6)
    counts = Counter(
        t.stimuli for trials in design.lists for t in trials if t.phase == "main"
    )
    assert set(counts.values()) == {4}  # 6 x 20 of 30
    assert len(counts) == 30


def test_spread_steps():
    assert spread_steps(9, 9) == spread_steps(9, 20) == list(range(1, 10))
    for n_steps in range(3, 40):
        for n in range(3, n_steps + 1):
            steps = spread_steps(n_steps, n)
            assert len(set(steps)) == n
            assert (steps[0], steps[-1]) == (1, n_steps)
            gaps = [b - a for a, b in itertools.pairwise(steps)]
            assert max(gaps) - min(gaps) <= 1


def test_rating_turns_its_scales():
    design = make_rating(ROWS, seed=4, lists=4, block_trials=15)
    firsts = []
    for trials in design.lists:
        order = [q for q, _ in itertools.groupby(t.question for t in trials)]
        assert sorted(order) == ["clarity", "genuineness", "intensity", "valence"]
        firsts.append(order[0])
        for question in order:
            shown = [t.stimuli[0] for t in trials if t.question == question]
            assert sorted(shown) == sorted(STEP)
        assert all(t.choices == () for t in trials)
    assert len(set(firsts)) == 4
    assert dict(make_rating(ROWS, seed=4, scales=["clarity"]).scales) == {
        "clarity": (0.0, 100.0, 1.0)
    }
    with pytest.raises(InputError, match=r'"valance".*did you mean "valence"'):
        make_rating(ROWS, seed=4, scales=["valance"])


def test_same_different_is_balanced():
    design = make_same_different(ROWS, seed=6, lag=3, repeats=2, practice=4)
    for trials in design.lists:
        assert Counter(t.correct for t in trials[:4]) == {"same": 2, "different": 2}
        main = trials[4:]
        assert Counter(t.correct for t in main) == {"same": 48, "different": 48}
        pairs = Counter(t.stimuli for t in main if t.correct == "different")
        for (one, other), n in pairs.items():
            assert abs(STEP[one] - STEP[other]) == 3
            assert n == pairs[other, one] == 1  # either side once
        same = Counter(STEP[t.stimuli[0]] for t in main if t.correct == "same")
        assert max(same) - min(same) >= 12
        assert all(
            (t.stimuli[0] == t.stimuli[1]) == (t.correct == "same") for t in main
        )


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("categorisation", {"repeats": 0}, "repeats is 0; 1 or more"),
        ("categorisation", {"seed": -1}, "a seed of -1"),
        ("training", {"training_blocks": 0}, "training_blocks is 0"),
        ("mlds", {"form": "pairs"}, 'form is "pairs"; triads or quadruples'),
        ("mlds", {"images": 2}, "images is 2; 3 or more"),
        ("mlds", {"trials": 0}, "trials is 0"),
        ("rating", {"scales": []}, "the number of scales is 0"),
        (
            "same_different",
            {"lag": 15},
            "none of them 15 steps apart; a lag from 1 to 14",
        ),
    ],
)
def test_bad_numbers_are_refused(kind, options, message):
    with pytest.raises(InputError, match=message):
        DESIGNS[kind].make(ROWS, **({"seed": 1} | options))
    few = stimuli_rows(n_steps=2)
    with pytest.raises(InputError, match="ada_happy_distressed: 2 images"):
        make_mlds(few, seed=1)


def test_draws_are_even():
    draws = Draws(11)
    counts = Counter(draws.below(6) for _ in range(6000))
    assert set(counts) == set(range(6))
    assert sum((n - 1000) ** 2 / 1000 for n in counts.values()) < 20.5  # p = 0.001
    firsts = Counter(draws.shuffled("abcd")[0] for _ in range(4000))
    assert sum((n - 1000) ** 2 / 1000 for n in firsts.values()) < 16.3


def test_draws_keep_equal_items_apart_wherever_that_is_possible():
    draws = Draws(12)
    for text in ("aab", "aaabb", "aaabbcc", "aaaaabbcd", "abcabcabc"):
        for after in (None, "b", "c"):
            for _ in range(50):
                order = draws.apart(text, key=str, after=after)
                assert Counter(order) == Counter(text)
                joined = [after, *order]
                if after is None or text.count(after) <= len(text) // 2:
                    assert all(a != b for a, b in itertools.pairwise(joined)), joined
    assert draws.apart("aaab", key=str).count("a") == 3  # cannot, and does not hang
