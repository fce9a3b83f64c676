"""Designs with several labels, from the trials to what is said of them."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from export_study import write_small_pack
from small_rows import stimuli_rows

import morphkit as mk
from morphkit.errors import InputError
from morphkit.experiment.answer import Answer
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import read_design, write_design
from morphkit.experiment.intended import CANNOT_TELL, intended_label, intensity
from morphkit.experiment.names_and_keys import default_keys

PAIRS = (("neutral", "happy"), ("neutral", "sad"))
ROWS = [row for pair in PAIRS for row in stimuli_rows(labels=pair, n_steps=6)]
QUIET = {"rater_spread": 0, "identity_spread": 0, "noise_spread": 0, "lapses": 0}


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelled")
    write_small_pack(folder, labels=PAIRS, n_steps=6)
    return folder


def make(kind="labelling", rows=ROWS, **options):
    return DESIGNS[kind].make(rows, seed=5, **options)


def test_every_image_comes_as_often_and_the_answers_turn():
    design = make(cannot_tell=True, repeats=3, practice=5, lists=2)
    assert design.keys == ("1", "2", "3", "4")
    for number, trials in enumerate(design.lists):
        main = [t.stimuli[0] for t in trials if t.phase == "main"]
        assert set(Counter(main).values()) == {3}
        assert len(set(main)) == len(ROWS)
        assert not any(a == b for a, b in pairwise(main))
        assert sum(t.phase == "practice" for t in trials) == 5
        shown = ("neutral", "happy", "sad", CANNOT_TELL)
        assert {t.shown_choices for t in trials} == {
            shown[::-1] if number % 2 else shown
        }


def test_sequences_rise_from_neutral_and_every_continuum_comes_first_once():
    rows = [*ROWS[:12], *stimuli_rows(labels=("sad", "neutral"), n_steps=6)]
    design = make("identification", rows, repeats=2, lists=2)
    for trials in design.lists:
        blocks = {}
        for trial in trials:
            blocks.setdefault(trial.block, []).append(trial.stimuli[0])
        by_id = {row.stimulus_id: row for row in rows}
        names = []
        for images in blocks.values():
            assert len({by_id[name].continuum_id for name in images}) == 1
            strengths = [intensity(by_id[name]) for name in images]
            assert strengths == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
            names.append(by_id[images[0]].continuum_id)
        assert len(names) == 8
        assert set(names[:4]) == set(names[4:]) == set(names)


def test_what_an_image_is_meant_to_show():
    happy = {row.step: row for row in stimuli_rows(("ada",), 5, ("neutral", "happy"))}
    between = {row.step: row for row in stimuli_rows(("ada",), 5, ("happy", "sad"))}
    assert [intended_label(happy[k]) for k in (1, 2, 5)] == ["neutral", *["happy"] * 2]
    assert [intended_label(between[k]) for k in (1, 2, 3, 4)] == [
        *("happy", "happy", "", "sad")
    ]
    assert intended_label(between[3], "neutral") == "neutral"
    assert [intensity(between[k]) for k in range(1, 6)] == [1, 0.5, 0, 0.5, 1]


def test_designs_come_back_from_their_files(tmp_path):
    for kind in ("labelling", "identification"):
        design = make(kind, cannot_tell=True, answer_keys=("a", "s", "k", "l"))
        folder = tmp_path / kind
        folder.mkdir()
        write_design(design, folder)
        back = read_design(folder)
        assert (back.lists, back.keys) == (design.lists, design.keys)


def test_what_cannot_be_asked_is_refused():
    two = stimuli_rows(labels=("happy", "sad"))
    with pytest.raises(InputError, match=r"the answers are happy, sad.*cannot tell"):
        make(rows=two, labels=())
    with pytest.raises(InputError, match="no end is neutral"):
        make("identification", two)
    with pytest.raises(InputError, match=r"3 answer keys.*4, from the left"):
        make(cannot_tell=True, answer_keys=("a", "s", "d"))
    many = [f"label_{k}" for k in range(8)]
    with pytest.raises(InputError, match="three to 9"):
        make(labels=many)
    assert default_keys(2) == ("f", "j")


def test_a_sure_observer_is_found_as_she_is(pack):
    """Boundary between steps 3 and 4 of 6, no noise: known to the last answer."""
    design = DESIGNS["labelling"].make(pack_rows(pack), seed=1, repeats=2, practice=0)
    who = mk.Observer(category_noise=1e-6, **QUIET)
    answers = mk.simulate_answers(design, pack, observer=who, n_participants=5)
    found = mk.measure_labels(answers, pack).result
    seen = {
        (one.shown, one.answered): one.n
        for one in found.confusions
        if (one.identity_id, one.band) == ("pooled", "all")
    }
    # Two identities, two showings, five people: 20 answers to each image.
    assert seen["happy", "happy"] == seen["sad", "sad"] == 60
    assert seen["happy", "neutral"] == seen["sad", "neutral"] == 40
    assert seen["neutral", "neutral"] == 40
    assert seen["happy", "sad"] == 0
    rates = {
        one.label: one
        for one in found.accuracies
        if (one.identity_id, one.band) == ("pooled", "all")
    }
    assert rates["happy"].hits.value == pytest.approx(0.6)
    assert rates["happy"].unbiased.value == pytest.approx(0.6 * 1.0)
    assert rates["neutral"].unbiased.value == pytest.approx(40 / 120)
    (pair,) = (one for one in found.pairs if one.identity_id == "pooled")
    assert (pair.signal, pair.noise) == ("happy", "sad")
    assert pair.false_alarm_rate.value == pytest.approx(0.5 / 21)
    assert found.answers.used == len(answers)


def pack_rows(pack):
    from morphkit.pack import read_pack

    return read_pack(pack).stimuli


@pytest.mark.parametrize("boundary", [0.3, 0.5, 0.7])
def test_the_intensity_of_identification_is_recovered(pack, boundary):
    design = DESIGNS["identification"].make(pack_rows(pack), seed=1, cannot_tell=True)
    who = mk.Observer(boundary=boundary, category_noise=1e-6, doubt=0, **QUIET)
    answers = mk.simulate_answers(design, pack, observer=who, n_participants=4)
    found = mk.measure_labels(answers, pack).result.identified
    levels = np.linspace(0, 1, 6)
    wanted = levels[levels > boundary].min()
    for one in found:
        assert one.threshold.value == one.first.value == pytest.approx(wanted)
        assert one.n_identified == one.n_sequences
    assert {one.label for one in found} == {"happy", "sad"}


def test_a_first_right_answer_is_not_identification(pack):
    """Right at .4, wrong at .6, right from .8 on; and somebody who never is."""
    said = ["neutral", "sad", "happy", "sad", "happy", "happy"]
    answers = [
        Answer(
            who,
            k,
            (f"ada_neutral_happy_s{k:02d}",),
            label if who == "a" else "cannot_tell",
            design="identification",
        )
        for who in ("a", "b")
        for k, label in enumerate(said, start=1)
    ]
    (one,) = mk.measure_labels(answers, pack).result.identified
    assert (one.n_sequences, one.n_identified) == (2, 1)
    assert one.threshold.value == pytest.approx((0.8 + 1.2) / 2)
    assert one.first.value == pytest.approx((0.4 + 1.2) / 2)
    assert one.threshold.interval is None


def test_rising_sequences_of_a_design_of_another_name_are_read_alike(pack, monkeypatch):
    monkeypatch.setitem(DESIGNS, "louder", DESIGNS["identification"])
    said = ["neutral", "sad", "happy", "happy", "happy", "happy"]
    answers = [
        Answer("a", k, (f"ada_neutral_happy_s{k:02d}",), label, design="louder")
        for k, label in enumerate(said, start=1)
    ]
    (one,) = mk.measure_labels(answers, pack).result.identified
    assert one.threshold.value == pytest.approx(0.4)


def test_a_tendency_shows_as_false_alarms_and_not_as_recognition(pack):
    """Lapses into every label: hits of chance come to chance."""
    design = DESIGNS["labelling"].make(pack_rows(pack), seed=1, repeats=6)
    who = mk.Observer(**(QUIET | {"lapses": 1.0}))
    answers = mk.simulate_answers(design, pack, observer=who, n_participants=8)
    for one in mk.measure_labels(answers, pack, samples=0).result.accuracies:
        if (one.identity_id, one.band) == ("pooled", "all"):
            assert one.hits.value == pytest.approx(1 / 3, abs=0.06)
            assert one.unbiased.value == pytest.approx(one.chance.value, abs=0.05)


def test_answers_are_words_and_visits_are_not_pooled(pack):
    def one(k, response, **more):
        image = f"ada_neutral_happy_s{k:02d}"
        return Answer("a", k, (image,), response, design="labelling", **more)

    with pytest.raises(InputError, match='the response "7"'):
        mk.measure_labels([one(2, "7"), one(3, "happy")], pack)
    both = [one(2, "happy", visit="visit-1"), one(3, "happy", visit="visit-2")]
    with pytest.raises(InputError, match="several visits"):
        mk.measure_labels(both, pack)
    odd = mk.measure_labels([one(2, "Happy"), one(3, "angry")], pack)
    assert [f.code for f in odd.findings if f.code == "label-not-in-pack"]
    assert odd.result.confusions[0].answered == "happy"
