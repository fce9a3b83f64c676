"""Sentences on labels and probes: every number in them is read back from the tables."""

import re

import pytest
from export_study import write_small_pack

import morphkit as mk
from morphkit.experiment.designs import DESIGNS
from morphkit.pack import read_pack

NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("methods")
    labels = (("neutral", "happy"), ("neutral", "sad"))
    write_small_pack(folder, labels=labels)
    return folder


def simulated(pack, kind, n=7, **options):
    design = DESIGNS[kind].make(read_pack(pack).stimuli, seed=1, **options)
    return mk.simulate_answers(design, pack, n_participants=n)


def read(text, pattern):
    """Return the numbers in the places of # in the only match of a pattern."""
    marked = re.escape(pattern).replace(r"\#", f"({NUMBER})")
    (found,) = re.findall(marked, text)
    return [float(one) for one in found]


def cells(row, *names):
    return pytest.approx(
        [row[f"{n}{end}"] for n in names for end in ("", "_low", "_high")],
        rel=6e-3,
        abs=1e-12,
    )


def test_labels_are_told_as_the_tables_have_them(pack):
    found = mk.measure_labels(simulated(pack, "labelling"), pack)
    text = found.files()["methods.txt"]
    tables = found.tables()
    n, kinds, images, used = read(
        text,
        "# participants chose one of # answers (happy, sad, neutral) for # images "
        "(# answers",
    )
    assert (n, kinds, images) == (7, 3, 20)
    assert used == found.account.used
    for row in tables["accuracy"]:
        if (row["identity_id"], row["band"]) != ("pooled", "all"):
            continue
        numbers = read(
            text,
            f"Of # answers to images meant to show {row['label']}, # [#, #] were right "
            "on average; the unbiased hit rate (Wagner, 1993) was # [#, #], by chance "
            "# [#, #].",
        )
        assert numbers[0] == row["n_answers"]
        assert numbers[1:] == cells(row, "hits", "unbiased", "chance")
    (row,) = (r for r in tables["sensitivity"] if r["identity_id"] == "pooled")
    numbers = read(
        text,
        "For happy against sad, d' was # [#, #] and the criterion # [#, #] (hits # "
        "[#, #], false alarms # [#, #];",
    )
    names = ("d_prime", "criterion", "hit_rate", "false_alarm_rate")
    assert numbers == cells(row, *names)
    assert read(text, "from # draws of the participants (seed #)") == [2000, 1]


def test_identification_is_told_with_those_who_never_saw_it(pack):
    found = mk.measure_labels(simulated(pack, "identification"), pack)
    text = found.files()["methods.txt"]
    for row in found.tables()["identified"]:
        if row["identity_id"] == "pooled":
            numbers = read(
                text,
                f"{row['label']} was identified from an intensity of # [#, #] on (# of "
                "# sequences;",
            )
            assert numbers[:3] == cells(row, "threshold")
            assert numbers[3:] == [row["n_identified"], row["n_sequences"]]


@pytest.mark.slow
def test_probes_are_told_as_the_tables_have_them(pack):
    found = mk.measure_attention(simulated(pack, "dot_probe", repeats=4), pack)
    text = found.files()["methods.txt"]
    assert read(text, "# participants found a dot in the place")[0] == 7
    wrong = sum(row["wrong"] for row in found.tables()["exclusions"])
    assert f"({wrong} wrong side" in text
    for row in found.tables()["biases"]:
        numbers = read(
            text,
            f"The bias towards {row['first']} against {row['second']} was # [#, #] ms "
            "(# participants, # answers; split-half reliability by Spearman and Brown "
            "# [#, #] from # random halves).",
        )
        assert numbers[:3] == cells(row, "bias")
        assert numbers[3:5] == [row["n_participants"], row["n_answers"]]
        assert numbers[5:8] == cells(row, "reliability")
