"""Balance points that are carried over from one visit to the next."""

import dataclasses

import numpy as np
import pytest
from export_study import write_small_pack
from small_rows import stimuli_rows
from training_cases import fitted

import morphkit as mk
from morphkit.errors import InputError
from morphkit.experiment.balance_points import BalancePoint, BalancePoints
from morphkit.experiment.designs.files import read_design, write_design
from morphkit.experiment.designs.training import make_training
from morphkit.experiment.observers import Observer, answer_visits
from morphkit.experiment.training_rule import BALANCE_SOURCES

HEAD = "participant,continuum,balance_point,source,rule\n"


def visits(balance_from, n=4):
    """Return visits of an arm that is raised by two steps, and a control."""
    return {
        f"visit-{k}": make_training(
            stimuli_rows(("ada",)),
            seed=3,
            arms=("raised=2", "control=0"),
            visit=f"visit-{k}",
            parts="middle",
            balance_from=balance_from if k > 1 else "session",
            lists=1,
        )
        for k in range(1, n + 1)
    }


def test_the_source_is_kept_with_the_design(tmp_path):
    assert list(BALANCE_SOURCES) == ["session", "table", "table-or-session"]
    design = visits("table-or-session")["visit-2"]
    write_design(design, tmp_path)
    read = read_design(tmp_path).training
    assert read.balance_from == "table-or-session"
    assert read.is_carried
    assert not dataclasses.replace(read, balance_from="session").is_carried
    with pytest.raises(InputError, match="source of balance points"):
        dataclasses.replace(read, balance_from="memory")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("balance_from", "least", "most"), [("session", 3, 9), ("table", 1, 2.7)]
)
def test_feedback_of_a_table_stays_where_it_began(balance_from, least, most):
    """Taken anew, two steps each session add up; carried over, two are two."""
    plan = visits(balance_from)
    raised = next(
        k for k in (1, 2) if plan["visit-1"].arm_of(k).name.startswith("raised")
    )
    who = Observer(learning=0.7, retention=1.0, rater_spread=0.0, noise_spread=0.0)
    answers = answer_visits(
        plan,
        stimuli_rows(("ada",)),
        who,
        codes={str(2 * k + raised): raised for k in range(30)},
        dropout=0.0,
        generator=np.random.default_rng(2),
    )

    def happy(visit, phase):
        """Return images called happy, on average."""
        found = [
            a.response == "happy"
            for a in answers
            if a.visit == visit and a.phase == phase
        ]
        return 15 * np.mean(found)

    moved = happy("visit-4", "test") - happy("visit-1", "baseline")
    assert least < moved < most


def test_the_points_of_a_visit_are_those_of_its_baseline(tmp_path):
    """Worked out with fractions; who answered too little has none, and is named."""
    write_small_pack(tmp_path / "pack", identities=["ada"], n_steps=5)
    said = {
        ("p1", "visit-1"): {1: "hhh", 2: "hh-", 3: "hs-", 4: "sss", 5: "sss"},
        ("p1", "visit-2"): {1: "hhh", 2: "hhh", 3: "hhh", 4: "hss", 5: "sss"},
        ("p2", "visit-1"): {1: "hhh", 2: "---", 3: "h--", 4: "sss", 5: "sss"},
    }
    words = {"h": "happy", "s": "sad", "-": ""}
    answers = [
        mk.Answer(
            participant=who,
            order=10 * step + k,
            stimuli=(f"ada_happy_sad_s{step:02d}",),
            response=words[letter],
            design="training",
            phase="baseline",
            visit=visit,
        )
        for (who, visit), steps in said.items()
        for step, letters in steps.items()
        for k, letter in enumerate(letters)
    ]
    found = mk.measure_balance_points(answers, tmp_path / "pack")
    (one,) = found.points
    # 1 + 1 + 1/2 images.
    assert (one.participant, one.point, one.source) == ("p1", 25000, "visit-1")
    (few,) = [f for f in found.findings if f.code == "no-balance-point"]
    assert (few.where, few.value) == ("p2, ada_happy_sad", 10)
    later = mk.measure_balance_points(answers, tmp_path / "pack", visit="visit-2")
    assert [one.point for one in later.points] == [33333]
    fitted_too = mk.measure_balance_points(answers, tmp_path / "pack", rule="fit")
    counts = {1: (3, 3), 2: (2, 2), 3: (1, 2), 4: (0, 3), 5: (0, 3)}
    assert fitted_too.points[0].point == pytest.approx(1e4 * fitted(counts), abs=6)
    with pytest.raises(InputError, match='in the visit "visit-3"'):
        mk.measure_balance_points(answers, tmp_path / "pack", visit="visit-3")


def test_a_table_is_read_as_it_was_written(tmp_path):
    points = BalancePoints(
        (
            BalancePoint("P1", "ada", 63333, "visit-1", "count"),
            BalancePoint("P1", "ben", 0, "visit-1", "count"),
            BalancePoint("10234", "ada", 140005, "visit-1", "fit"),
        )
    )
    points.write(tmp_path / "points.csv")
    text = (tmp_path / "points.csv").read_text("utf-8")
    assert "P1,ada,6.3333,visit-1,count" in text.splitlines()
    assert mk.read_balance_points(tmp_path / "points.csv") == points
    # As a spreadsheet of another country saves it.
    lines = text.replace(",", ";").replace(".", ",")
    (tmp_path / "other.csv").write_text(lines, "utf-8")
    assert mk.read_balance_points(tmp_path / "other.csv") == points
    assert points.participants == ("P1", "10234")


def test_every_wrong_row_of_a_table_is_told(tmp_path):
    path = tmp_path / "points.csv"
    good = "P1,ada,6.3333,visit-1,count\n"
    path.write_text(
        HEAD
        + good
        + good
        + "P 2,ada,1,visit-1,count\n"
        + "P3,ada,six,visit-1,count\n"
        + "P4,ada,1,session,count\n"
        + "P5,ada,1,visit-1,mean\n",
        "utf-8",
    )
    with pytest.raises(InputError) as told:
        mk.read_balance_points(path)
    said = str(told.value)
    for part in (
        ":3: P1 has two balance points for ada",
        ':4: participant is "P 2"',
        ':5: balance_point is "six"',
        ':6: source is "session"',
        ':7: rule is "mean"',
    ):
        assert part in said
