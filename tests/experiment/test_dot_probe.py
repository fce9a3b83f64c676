"""The dot-probe task: trials, observers, what is left out and what is found."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from export_study import write_small_pack
from small_rows import stimuli_rows

import morphkit as mk
from morphkit.errors import InputError
from morphkit.experiment.analysis.probe_settings import ProbeSettings
from morphkit.experiment.answer import PROBE_SIDES, Answer
from morphkit.experiment.design import Ability, Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import read_design, write_design
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

PAIRS = (("neutral", "happy"), ("neutral", "sad"))
ROWS = [row for pair in PAIRS for row in stimuli_rows(labels=pair, n_steps=5)]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probes")
    write_small_pack(folder, labels=PAIRS)
    return folder


def make(rows=ROWS, **options):
    return DESIGNS["dot_probe"].make(rows, seed=3, **options)


def test_pairs_sides_and_places_are_balanced():
    design = make(repeats=3, practice=4, lists=2)
    assert design.needs == {Ability.CHOICES, Ability.PICTURES, Ability.PROBE}
    for trials in design.lists:
        main = [t for t in trials if t.phase == "main"]
        counts = Counter((t.stimuli, t.correct) for t in main)
        # Two identities, three pairs, two orders, two places.
        assert len(counts) == 2 * 3 * 2 * 2
        assert set(counts.values()) == {3}
        assert {t.stimuli[::-1] for t in main} == {t.stimuli for t in main}
        assert {t.shown_choices for t in main} == {PROBE_SIDES}
        names = [t.stimuli[0].split("_")[0] for t in main]
        assert not any(a == b for a, b in pairwise(names))


def test_a_pair_is_of_one_identity_and_neutral_comes_second():
    design = make(pairs=["sad:neutral"], practice=0, repeats=1)
    shown = {t.stimuli for trials in design.lists for t in trials}
    assert len(shown) == 4
    for pair in shown:
        assert len({name.split("_")[0] for name in pair}) == 1
        assert {name[-3:] for name in pair} == {"s01", "s05"}


def test_designs_come_back_from_their_files(tmp_path):
    design = make()
    write_design(design, tmp_path)
    back = read_design(tmp_path)
    assert (back.lists, back.probe, back.timing) == (design.lists, True, design.timing)


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(InputError, match=r'"sad:angry" is no pair.*LABEL:LABEL'):
        make(pairs=["sad:angry"])
    with pytest.raises(InputError, match=r"no moment at which it appears.*--stimulus"):
        make(timing=Timing())
    plain = make()
    with pytest.raises(InputError, match="a probe in a trial of another kind"):
        replace(plain, lists=((replace(plain.lists[0][0], correct=""),),))


def test_the_attention_of_observers_is_recovered(pack):
    design = make(read_pack(pack).stimuli, repeats=8)
    who = mk.Observer(attention=0.04, rt_spread=0.15, noise_spread=0, lapses=0.03)
    answers = mk.simulate_answers(design, pack, observer=who, n_participants=60)
    found = mk.measure_attention(answers, pack).result
    biases = {(one.first, one.second): one.bias for one in found.pairs}
    assert list(biases) == [("happy", "sad"), ("happy", "neutral"), ("sad", "neutral")]
    for (_, second), bias in biases.items():
        wanted = 40.0 if second == "neutral" else 0.0
        assert bias.interval.low < bias.value < bias.interval.high
        assert bias.value == pytest.approx(wanted, abs=9)
    # Lapses take either side.
    wrong = sum(int(row["wrong"]) for row in found.excluded)
    n = sum(int(row["answers"]) for row in found.excluded)
    assert wrong / n == pytest.approx(0.015, abs=0.006)


def one(order, side, response, ms, who="a", **more):
    images = ("ada_neutral_happy_s05", "ada_neutral_happy_s01")
    details = {"probe_side": side}
    return Answer(
        *(who, order, images, response),
        design="dot_probe",
        rt_seconds=None if ms is None else ms / 1000,
        details=details,
        **more,
    )


def test_every_answer_is_used_or_left_out_for_one_reason(pack):
    """The happy face stands on the left: with the dot there it is towards."""
    answers = [
        one(1, "left", "left", 400),
        one(2, "left", "left", 420),
        one(3, "right", "right", 450),
        one(4, "right", "right", 430),
        one(5, "right", "left", 300),
        one(6, "left", "right", 100),
        one(7, "left", "left", 150),
        one(8, "right", "right", 1600),
        one(9, "right", "right", None),
    ]
    found = mk.measure_attention(answers, pack).result
    (row,) = found.excluded
    assert row == {
        "participant": "a",
        "answers": 9,
        "wrong": 2,
        "untimed": 1,
        "too_fast": 1,
        "too_slow": 1,
        "outlier": 0,
        "used": 4,
    }
    (person,) = found.people
    assert (person.towards, person.away, person.bias) == (410, 440, 30)
    assert person.error == pytest.approx(np.sqrt(200 / 2 + 200 / 2))
    (pair,) = found.pairs
    assert pair.bias.interval is None
    assert pair.reliability is None
    assert found.findings


def test_outliers_are_of_the_participants_own_times(pack):
    answers = [
        one(k, side, side, 400 + k, who=who)
        for who in ("a", "b")
        for k, side in enumerate(PROBE_SIDES * 8, start=1)
    ]
    answers.append(one(17, "left", "left", 900))
    found = mk.measure_attention(answers, pack).result
    assert [row["outlier"] for row in found.excluded] == [1, 0]
    wide = ProbeSettings(outliers=9.0)
    again = mk.measure_attention(answers, pack, settings=wide).result
    assert [row["outlier"] for row in again.excluded] == [0, 0]


def test_answers_that_do_not_say_where_the_dot_was_are_refused(pack):
    lost = replace(one(1, "left", "left", 400), details={})
    with pytest.raises(InputError, match="does not say where the probe was"):
        mk.measure_attention([lost], pack)
    with pytest.raises(InputError, match="in both places of a pair"):
        mk.measure_attention([one(1, "left", "left", 400)], pack)
    with pytest.raises(InputError, match="from less to more"):
        ProbeSettings(fastest=900, slowest=300)
