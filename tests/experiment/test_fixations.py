"""Fixations that are drawn for each trial from a range."""

import csv
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from export_study import write_small_pack
from small_rows import rows_for, stimuli_rows, timing_for

from morphkit.cli import main
from morphkit.errors import InputError
from morphkit.experiment.course import plan_course
from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import (
    COLUMNS,
    read_design,
    trials_file,
    write_design,
)
from morphkit.experiment.designs.fixations import with_fixations
from morphkit.experiment.session_length import session_minutes

DRAWN = Timing(fixation=(1500, 2500), stimulus=150, mask=150)
TRIAL = Trial("main", 1, ("a",), ("happy", "sad"))


def fixations(design):
    return [[trial.fixation for trial in trials] for trials in design.lists]


@pytest.mark.parametrize("kind", DESIGNS)
def test_every_trial_of_every_design_has_its_own(kind):
    rows, timing = rows_for(kind), timing_for(kind, DRAWN)
    drawn = DESIGNS[kind].make(rows, seed=3, timing=timing)
    fixed = DESIGNS[kind].make(rows, seed=3, timing=replace(timing, fixation=2))
    every = [one for each in fixations(drawn) for one in each]
    assert all(1500 <= one <= 2500 for one in every)
    assert len({*every}) > len(every) / 20
    assert len({tuple(each) for each in fixations(drawn)}) == len(drawn.lists)
    # Nothing else is drawn in another way for it.
    without = [[replace(t, fixation=None) for t in each] for each in drawn.lists]
    assert without == [list(each) for each in fixed.lists]
    again = DESIGNS[kind].make(rows, seed=3, timing=timing)
    assert fixations(again) == fixations(drawn)


def test_the_whole_range_is_drawn_and_all_of_it_equally():
    timing = Timing(fixation=(7, 10))
    (drawn,) = with_fixations([[TRIAL] * 4000], timing, seed=1)
    counts = [sum(t.fixation == ms for t in drawn) for ms in range(7, 11)]
    assert sum(counts) == 4000
    # Five standard deviations of a count around its mean of 1000.
    assert all(abs(count - 1000) < 5 * (4000 * 0.25 * 0.75) ** 0.5 for count in counts)


def test_a_design_with_a_range_comes_back_from_its_files(tmp_path):
    design = DESIGNS["training"].make(stimuli_rows(), seed=3, timing=DRAWN)
    write_design(design, tmp_path)
    found = read_design(tmp_path)
    assert found.lists == design.lists
    assert found.timing == DRAWN
    rest = json.loads((tmp_path / "design.json").read_text("utf-8"))
    assert rest["timing"]["fixation"] == [1500, 2500]
    with (tmp_path / trials_file("training")).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(rest["columns"]) == [*COLUMNS, "fixation"]
    said = [int(row["fixation"]) for row in rows]
    assert said == [one for each in fixations(design) for one in each]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("", 'csv:2: fixation is ""'),
        ("1.5", 'csv:2: fixation is "1.5"'),
        ("99", "fixation of their own of 99"),
    ],
)
def test_a_fixation_that_cannot_be_right_is_told(tmp_path, cell, said):
    lists = with_fixations([[TRIAL]], DRAWN, 1)
    table, _ = write_design(Design("categorisation", lists, 1, DRAWN), tmp_path)
    text = table.read_text("utf-8")
    assert text.count(f",{lists[0][0].fixation}\n") == 1
    table.write_text(text.replace(f",{lists[0][0].fixation}\n", f",{cell}\n"), "utf-8")
    with pytest.raises(InputError, match=said):
        read_design(tmp_path)


@pytest.mark.parametrize("fixation", [(0, 5), (9, 9), (9, 5), (5, 3_600_001), (-4, -1)])
def test_a_range_that_is_none_is_refused(fixation):
    with pytest.raises(InputError, match="fixation"):
        Timing(fixation=fixation)


def test_trials_and_timing_agree_on_the_fixation():
    with pytest.raises(InputError, match="of their own of none"):
        Design("categorisation", ((TRIAL,),), 1, DRAWN)
    with pytest.raises(InputError, match="of their own of 1600"):
        Design("categorisation", ((replace(TRIAL, fixation=1600),),), 1)


@pytest.mark.slow
def test_a_session_is_as_long_as_with_the_middle_of_the_range():
    for kind in DESIGNS:
        of = {
            fixation: DESIGNS[kind].make(
                rows_for(kind),
                seed=3,
                timing=replace(timing_for(kind, DRAWN), fixation=fixation),
            )
            for fixation in ((1500, 2500), 2000, 500)
        }
        minutes = {fixation: session_minutes(one) for fixation, one in of.items()}
        assert minutes[1500, 2500] == minutes[2000] > minutes[500]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder)
    return folder


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_visits_of_a_course_have_draws_of_their_own(pack):
    course = plan_course(pack, n_sessions=3, follow_ups=[], timing=DRAWN)
    first, second, third = map(fixations, course.visits.values())
    assert first != second
    n = min(len(second[0]), len(third[0]))
    assert second[0][:n] != third[0][:n]


@pytest.mark.slow
def test_the_commands_take_a_range(pack, tmp_path):
    for command, design in (("design", "a"), ("course", "b/visit-1")):
        output = tmp_path / design.partition("/")[0]
        asked = ("calibrate", command, pack, "--fixation", "1500-2500")
        made = run(*asked, "--output", output)
        assert made.exit_code == 0, made.output
        assert read_design(tmp_path / design).timing.fixation == (1500, 2500)


@pytest.mark.parametrize(
    ("fixation", "code", "said"),
    [
        ("fast", 2, '"fast" is neither 500 nor 1500-2500'),
        ("-5", 2, '"-5" is neither'),
        ("2500-1500", 3, "fixation drawn from 2500 to 1500 ms"),
    ],
)
def test_a_fixation_that_is_none_is_told(pack, tmp_path, fixation, code, said):
    asked = ("calibrate", "design", pack, "--fixation", fixation)
    told = run(*asked, "--output", tmp_path / "trials")
    assert told.exit_code == code
    assert said in told.output
    assert not (tmp_path / "trials").exists()
