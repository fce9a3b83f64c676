"""A training trial from the allocation to the table of outcomes, in a real browser."""

import csv
import json
from collections import defaultdict
from fractions import Fraction

import pytest
from export_study import export, write_small_pack
from open_serve import serving
from playing import play
from training_cases import rounded, wanted

import morphkit as mk
from morphkit.experiment.balance_points import BalancePoint, BalancePoints
from morphkit.experiment.design import Timing
from morphkit.experiment.designs.training import make_training, showings_in_training
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

ARMS = ("raised=1", "control=0", "placebo=sham")
SHIFTS = {"raised": Fraction(1), "control": Fraction(0), "placebo": None}
N_STEPS = 5


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return pack, course and exports of its visits."""
    folder = tmp_path_factory.mktemp("trial")
    pack = folder / "pack"
    write_small_pack(pack, identities=["ada"], n_steps=N_STEPS)
    plan = mk.plan_course(
        pack,
        arms=ARMS,
        n_sessions=1,
        follow_ups=[2],
        repeats=2,
        training_blocks=2,
        lists=1,
        timing=Timing(fixation=0, feedback=1),
    )
    plan.write(folder / "course")
    for visit, design in plan.visits.items():
        export(pack, "jspsych", folder / visit, design)
    return folder, plan


def rows_of(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def step_of(name):
    return int(name[-2:])


def take_part(page, folder, visit, code, place, goal, data):
    """Play a visit as somebody who learns; `place` is her boundary in half steps."""
    page.goto((folder / visit / "index.html").as_uri())
    seen_before = defaultdict(int)

    def judge(seen):
        step = step_of(seen.stimuli[0])
        seen_before[step] += 1
        if seen.order > goal[1]:
            place[0] = goal[0]
        # On her boundary she answers either way by turns.
        at = 2 * step - place[0]
        happy = at < 0 or (at == 0 and seen_before[step] % 2 == 1)
        return "happy" if happy else "sad"

    with page.expect_download(timeout=60000) as waiting:
        play(page, judge, participant=code, clicks=False)
    target = data / waiting.value.suggested_filename
    assert code in target.name
    assert visit in target.name
    waiting.value.save_as(target)
    return rows_of(target)


def check_feedback(rows, name):
    """Hold what was called right against the baseline, worked out again."""
    counts = {step: [0, 0] for step in range(1, N_STEPS + 1)}
    for row in rows:
        if row["phase"] == "baseline":
            counts[step_of(row["stimuli"])][0] += row["response"] == "happy"
            counts[step_of(row["stimuli"])][1] += 1
    taught = [row for row in rows if row["phase"] == "training"]
    if SHIFTS[name] is None:
        for step in counts:
            said = [r["correct_label"] for r in taught if step_of(r["stimuli"]) == step]
            if showings_in_training(step, N_STEPS) == 1:
                assert set(said) == {"happy" if 2 * step <= N_STEPS else "sad"}
            else:
                assert abs(said.count("happy") - said.count("sad")) <= 1
        return
    known = {step: tuple(found) for step, found in counts.items()}
    balance, boundary, first = wanted((known, SHIFTS[name]))
    for row in taught:
        assert float(row["balance_point"]) == float(rounded(balance))
        assert float(row["boundary"]) == float(rounded(boundary))
        right = "happy" if first[step_of(row["stimuli"]) - 1] else "sad"
        assert row["correct_label"] == right
        assert row["feedback"] == ("right" if row["response"] == right else "wrong")


def test_two_participants_of_every_arm(open_page, course, tmp_path):
    folder, plan = course
    key = mk.allocate_participants(folder / "course", 6, blocks=[3], seed=8)
    data = tmp_path / "data"
    data.mkdir()
    page = open_page("about:blank").page
    n_before = sum(t.phase != "test" for t in plan.visits["visit-1"].lists[0])
    for k, one in enumerate(key.places):
        place = [5 + k % 2]
        goal = place[0] + 2 * (one.arm_name == "raised")
        rows = take_part(
            page, folder, "visit-1", one.code, place, (goal, n_before), data
        )
        assert {row["arm"] for row in rows} == {one.arm}
        assert {row["visit"] for row in rows} == {"visit-1"}
        assert {int(row["list"]) for row in rows} == {one.list_number}
        check_feedback(rows, one.arm_name)
        later = take_part(
            page, folder, "follow-up-2-weeks", one.code, place, (goal, 0), data
        )
        assert {row["phase"] for row in later} == {"test"}
    answers = mk.read_answers(data, "jspsych")
    found = mk.analyse_training(answers, folder / "pack", allocation=key)
    changes = {one.arm: one.change.estimate for one in found.result.arms}
    assert changes == pytest.approx({"raised": 1.0, "control": 0.0, "placebo": 0.0})
    flow = {row["stage"]: row["total"] for row in found.result.flow}
    assert (flow["allocated"], flow["analysed"]) == (6, 6)
    assert flow["tested in follow-up-2-weeks"] == 6


def test_nothing_in_an_export_names_an_arm(course):
    """In plain words, that is: shifts must stand in it."""
    folder, plan = course
    names = {arm.name for arm in plan.visits["visit-1"].arms}
    for visit in plan.visits:
        texts = [
            path.read_text("utf-8", errors="replace")
            for path in (folder / visit).rglob("*")
            if path.is_file() and "vendor" not in path.parts
        ]
        assert not any("placebo" in text or "raised" in text for text in texts)
        assert not any(name in str(p) for p in folder.rglob("*") for name in names)
        study = (folder / visit / "study.js").read_text("utf-8")
        data = json.loads(study.partition("=")[2].rstrip().rstrip(";"))
        assert sorted(data["training"]["arms"]) == ["A", "B", "C"]


def test_a_balance_point_of_an_earlier_session_is_looked_up(open_page, tmp_path):
    """By the code of the participant; one that the table lacks is asked for again.

    The page is that of `serve`, whose rows say where the balance point is from.
    """
    pack, folder = tmp_path / "pack", tmp_path / "visit-2"
    write_small_pack(pack, identities=["ada"], n_steps=N_STEPS)
    design = make_training(
        read_pack(pack).stimuli,
        seed=3,
        shift_steps=0.75,
        balance_from="table",
        repeats=1,
        training_blocks=1,
        lists=1,
        timing=Timing(fixation=0, feedback=1),
    )
    point = BalancePoint("4711", "ada_happy_sad", 22500, "visit-1", "count")
    export(pack, "jspsych", folder, design, balance_points=BalancePoints((point,)))
    with serving(folder) as server:
        page = open_page(server.address.rstrip("/") + "?participant=4712").page
        page.wait_for_selector("#mk-code-wrong:not(:empty)")
        assert "not known from an earlier session" in page.inner_text("#mk-code-wrong")
        page.press("#mk-code", "Enter")
        assert page.locator("[data-mk=participant]").count() == 1
        done = play(page, lambda seen: "sad", participant="4711_s2", clicks=False)
        page.get_by_text("have been saved").wait_for(timeout=60_000)
        rows = [line["answer"] for line in server.lines]
    assert len(rows) == len(done)
    assert {row["balance_source"] for row in rows} == {"visit-1"}
    taught = [row for row in rows if row["phase"] == "training"]
    assert {
        (float(row["balance_point"]), float(row["boundary"])) for row in taught
    } == {(2.25, 3.5)}
    assert {(row["correct_label"], step_of(row["stimuli"]) <= 3) for row in taught} == {
        ("happy", True),
        ("sad", False),
    }
    answers = mk.read_answers([server.file], "serve")
    assert {one.details["balance_source"] for one in answers} == {"visit-1"}
