"""What every front end calls right in training, worked out again from its trials.

Two hundred trials of training in every arm, after a baseline with missed trials. Each
program runs the code of its export; what it needs of its front end is given.
"""

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from export_study import export, write_small_pack
from feedback_programs import PROGRAMS, in_training
from lab_exports import LABELS, face
from training_cases import fitted, rounded, wanted

from morphkit.errors import InputError
from morphkit.experiment.analysis.departures import departures
from morphkit.experiment.answer import Answer
from morphkit.experiment.balance_points import BalancePoint, BalancePoints
from morphkit.experiment.design import Design, Training, Trial
from morphkit.experiment.designs.files import write_design
from morphkit.experiment.designs.training import make_training
from morphkit.experiment.texts import read_wording
from morphkit.export import trial_rows
from morphkit.export.adapter import Material
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

SHIFTS = ("-1", "0", "1.25")
N_STEPS = 9


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training") / "pack"
    write_small_pack(folder, identities=["ada"], n_steps=N_STEPS)
    return folder


def make_design(shift, rule="count", balance_from="session"):
    """Return a list: every image three times, then two hundred trials of training."""
    generator = np.random.default_rng(int(100 * float(shift)) + 500)
    steps = [*range(1, N_STEPS + 1)] * 3
    taught = generator.integers(1, N_STEPS + 1, 200)
    trials = [
        Trial(phase, block, (face(int(k)),), LABELS, bool(generator.integers(2)))
        for phase, block, part in (("baseline", 1, steps), ("training", 2, taught))
        for k in part
    ]
    training = Training(float(shift), *LABELS, rule, balance_from)
    return Design("training", (tuple(trials),), seed=1, training=training)


def answers_to(rows, seed):
    """Return what a participant answers, "none" where it comes too late."""
    generator = np.random.default_rng(seed)
    place = generator.uniform(4, 6)
    return [
        "none"
        if generator.random() < 0.15
        else LABELS[int(generator.normal(0, 1.5) < row["step_1"] - place)]
        for row in rows
    ]


def expected(rows, answers, shift, rule="count"):
    """Return balance point, boundary and right label of every trial of training."""
    counts = {}
    for row, answer in zip(rows, answers, strict=True):
        if row["phase_name"] == "baseline":
            first, n = counts.get(row["step_1"], (0, 0))
            said = (first + (answer == LABELS[0]), n + (answer != "none"))
            counts[row["step_1"]] = said
    counts = dict(sorted(counts.items()))
    own = None
    if rule == "fit":
        # Of the optimiser, to the thousandth that the rule rounds to.
        own = Fraction(round(1000 * fitted(counts)), 1000)
    balance, boundary, first = wanted((counts, Fraction(shift)), own)
    return [
        (
            float(rounded(balance)),
            float(rounded(boundary)),
            LABELS[0] if first[row["step_1"] - 1] else LABELS[1],
        )
        for row in rows
        if row["phase_name"] == "training"
    ]


@pytest.mark.parametrize(
    ("shift", "rule"), [*((shift, "count") for shift in SHIFTS), ("1.25", "fit")]
)
@pytest.mark.parametrize(
    ("name", "run"),
    [(name, run) for name, programs in PROGRAMS.items() for run in programs],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_feedback_agrees_in_every_trial(pack, tmp_path, name, run, shift, rule):
    design = make_design(shift, rule)
    export(pack, name, tmp_path / "out", design)
    material = Material(
        read_pack(pack), Path(pack), design, read_wording("en", labels=LABELS), "en"
    )
    names = {r.stimulus_id: f"{r.stimulus_id}.png" for r in material.pack.stimuli}
    rows = trial_rows.rows_of_list(material, 1, names)
    answers = answers_to(rows, seed=len(name))
    assert answers.count("none") > 10
    found = in_training(rows, run(material, tmp_path / "out", rows, answers))
    assert len(found) == 200
    assert found == expected(rows, answers, shift, rule)
    assert {right for _, _, right in found} == set(LABELS)


@pytest.mark.parametrize(
    ("name", "run"),
    [(name, run) for name, programs in PROGRAMS.items() for run in programs],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_feedback_agrees_in_every_arm_of_one_export(pack, tmp_path, name, run):
    """The list says the arm: its shift, or the labels that a sham drew beforehand."""
    read = read_pack(pack)
    design = make_training(
        read.stimuli,
        seed=4,
        arms=("raised=1.25", "lowered=-1", "control=0", "placebo=sham"),
        training_blocks=3,
        lists=1,
    )
    export(pack, name, tmp_path / "out", design)
    material = Material(
        read, Path(pack), design, read_wording("en", labels=LABELS), "en"
    )
    names = {r.stimulus_id: f"{r.stimulus_id}.png" for r in read.stimuli}
    for number in range(1, 5):
        rows = trial_rows.rows_of_list(material, number, names)
        assert {row["arm_code"] for row in rows} == {design.list_arms[number - 1]}
        answers = answers_to(rows, seed=number)
        found = in_training(rows, run(material, tmp_path / "out", rows, answers))
        arm = design.arm_of(number)
        if arm.sham:
            wanted_labels = [t.correct for t in design.lists[number - 1] if t.correct]
            assert [right for *_, right in found] == wanted_labels
            assert {balance for balance, *_ in found} <= {None, "none"}
        else:
            assert found == expected(rows, answers, str(arm.shift_steps))


def carried(code, point, continuum="ada_happy_sad"):
    """Return a table of one balance point, and of one of somebody else."""
    rows = ((code, point), ("10", 15000))
    return BalancePoints(
        tuple(BalancePoint(who, continuum, at, "visit-1", "count") for who, at in rows)
    )


def run_carried(pack, folder, program, points, balance_from, code):
    """Return what a program does with a table for one participant."""
    name, run = program
    design = make_design("1.25", balance_from=balance_from)
    export(pack, name, folder, design, balance_points=points)
    wording = read_wording("en", labels=LABELS)
    material = Material(read_pack(pack), pack, design, wording, "en", points=points)
    names = {r.stimulus_id: f"{r.stimulus_id}.png" for r in material.pack.stimuli}
    rows = trial_rows.rows_of_list(material, 1, names)
    answers = answers_to(rows, seed=5)
    return rows, answers, run(material, folder, rows, answers, code)


@pytest.mark.parametrize(
    ("name", "run"),
    [(name, run) for name, programs in PROGRAMS.items() for run in programs],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_balance_point_is_carried_over_or_the_code_refused(pack, tmp_path, name, run):
    program, points = (name, run), carried("4711", 22500)
    rows, _, found = run_carried(
        pack, tmp_path / "in", program, points, "table", "4711_s2"
    )
    # 2.25 + 1/2 + 1.25: step 4 lies on the boundary, and is even.
    taught = [row["step_1"] for row in rows if row["phase_name"] == "training"]
    wanted_labels = [(2.25, 4.0, LABELS[int(step > 4)]) for step in taught]
    assert in_training(rows, found, ["visit-1"]) == wanted_labels
    rows, answers, found = run_carried(
        pack, tmp_path / "anew", program, points, "table-or-session", "99"
    )
    assert in_training(rows, found) == expected(rows, answers, "1.25")
    with pytest.raises((ValueError, subprocess.CalledProcessError)) as told:
        run_carried(pack, tmp_path / "out", program, points, "table", "99")
    said = getattr(told.value, "stderr", None) or str(told.value)
    assert "99: there is no balance point of this code" in said


def test_a_table_has_to_suit_the_design(pack, tmp_path):
    def refused(message, points, **options):
        with pytest.raises(InputError, match=message):
            export(
                pack,
                "psychtoolbox",
                tmp_path / "out",
                make_design("1", **options),
                balance_points=points,
            )

    table = {"balance_from": "table"}
    refused("carries balance points over", None, **table)
    refused("measures them in each session", carried("7", 20000))
    refused('by the rule "count"', carried("7", 20000), rule="fit", **table)
    refused("0 to 9", carried("7", 90001), **table)
    refused("no balance point for ada_happy_sad", carried("7", 1, "ben"), **table)


def test_a_boundary_beyond_all_images_is_told(pack, tmp_path):
    design = make_design("2")
    (tmp_path / "design").mkdir()
    write_design(design, tmp_path / "design")
    read = read_pack(pack)

    def told(own):
        answers = [
            Answer(
                participant="p1",
                order=k,
                stimuli=trial.stimuli,
                response=LABELS[int(trial.stimuli[0][-1]) > own],
                design="training",
                phase=trial.phase,
            )
            for k, trial in enumerate(design.lists[0], start=1)
        ]
        return departures(tmp_path / "design", read, n_participants=1, answers=answers)

    assert told(6) == ()
    (one,) = told(8)
    assert (one.code, one.where) == ("one-sided-training", "p1, ada_happy_sad")
    assert (one.value, one.limit) == (10.5, 9)
    assert 'always said "happy"' in one.message
