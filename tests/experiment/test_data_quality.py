"""Quality of the data of participants, and what is excluded for it."""

import csv

import pytest
from small_study import RUNNER

import morphkit as mk
from morphkit.cli import main
from morphkit.errors import InputError
from morphkit.experiment.answer import EXCLUSIONS
from morphkit.experiment.data_quality import RULES

N_TRIALS = 10


def row(order, **changes):
    """Return what the pages for browsers save of a trial."""
    return {
        "participant": "P1",
        "started": "2026-11-29T10:00:00Z",
        "order": order,
        "n_trials": N_TRIALS,
        "design": "categorisation",
        "phase": "main",
        "question": "",
        "stimuli": f"ada_s{order:02d}",
        "choice_order": "happy|sad" if order % 2 else "sad|happy",
        "response": "happy",
        "rt": 600.5,
        "picture_scale": 1,
        "was_hidden": "false",
        "was_blurred": "false",
    } | changes


@pytest.fixture
def study(tmp_path):
    """A good participant, a hasty one, one who left, and one with one button."""
    rows = [row(k, was_hidden=str(k == 3).lower()) for k in range(1, N_TRIALS + 1)]
    rows += [row(k, participant="P2", rt=90 if k < 4 else 300) for k in range(1, 11)]
    rows += [row(k, participant="P3", picture_scale=0.5) for k in range(1, 5)]
    one_key = [(k, "happy" if k % 2 else "sad") for k in range(1, 10)]
    rows += [row(k, participant="P4", response=said) for k, said in one_key]
    rows += [row(10, participant="P4", response="", rt="")]
    path = tmp_path / "data.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
        table.writeheader()
        table.writerows(rows)
    return path


def test_every_participant_has_a_row(study):
    table = mk.data_quality(mk.read_answers(study, "jspsych")).table()
    good, hasty, left, one = table
    assert [r["participant"] for r in table] == ["P1", "P2", "P3", "P4"]
    assert [r["given"] for r in table] == [10, 10, 4, 10]
    assert {r["expected"] for r in table} == {N_TRIALS}
    assert (good["hidden"], good["under_250_ms"], good["same_side"]) == (0.1, 0, 0.5)
    assert (hasty["under_100_ms"], hasty["median_seconds"]) == (0.3, 0.3)
    assert left["least_scale"] == 0.5
    assert (one["same_side"], one["unanswered"]) == (1, 1)
    assert good["left_full_screen"] is None


@pytest.mark.parametrize(
    ("rules", "n", "excluded"),
    [
        ({"too-fast": None}, 31, {"too-fast": 3}),
        ({"too-slow": 0.5}, 11, {"too-slow": 23}),
        ({"hidden": None}, 33, {"hidden": 1}),
        ({"shrunk": None}, 30, {"shrunk": 4}),
        ({"incomplete": None}, 30, {"incomplete": 4}),
        ({"hasty": 0.2}, 24, {"hasty": 10}),
        ({"one-sided": None}, 24, {"one-sided": 10}),
        ({"too-fast": 0.1, "hasty": 0.2}, 24, {"too-fast": 3, "hasty": 7}),
    ],
)
def test_what_is_excluded_is_counted(study, rules, n, excluded):
    answers = mk.read_answers(study, "jspsych", exclude=rules)
    assert len(answers) == n
    assert dict(answers.account.excluded) == excluded
    assert str(sum(excluded.values())) in answers.account.sentence() or len(rules) > 1


def test_rules_need_what_was_recorded(study, tmp_path):
    text = study.read_text("utf-8").replace("n_trials", "unknown")
    (tmp_path / "without.csv").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"without.csv: trial 1: .* did not record"):
        mk.read_answers(
            tmp_path / "without.csv", "jspsych", exclude={"incomplete": None}
        )
    with pytest.raises(InputError, match="needs a number"):
        mk.read_answers(study, "jspsych", exclude={"too-slow": None})
    with pytest.raises(InputError, match="no rule"):
        mk.read_answers(study, "jspsych", exclude={"slow": 1})
    with pytest.raises(InputError, match="every answer"):
        mk.read_answers(study, "jspsych", exclude={"too-fast": 9})


def test_the_command_prints_and_writes_the_table(study, tmp_path):
    table, quality = tmp_path / "answers.csv", tmp_path / "quality.csv"
    arguments = ["answers", study, "--from", "jspsych", "--output", table]
    arguments += ["--quality", quality, "--exclude", "too-fast,one-sided=0.9"]
    done = RUNNER.invoke(main, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    assert "3 answers that came too fast" in done.output
    assert "one side" in done.output
    rows = list(csv.DictReader(quality.read_text("utf-8").splitlines()))
    assert [r["participant"] for r in rows] == ["P1", "P2", "P3"]
    # The table keeps what is needed to judge again.
    again = mk.data_quality(mk.read_answers(table)).table()
    assert [str(r["given"]) for r in again] == [r["given"] for r in rows]
    assert again[0]["hidden"] == 0.1


def test_every_rule_is_a_reason_in_the_account():
    assert set(RULES) <= set(EXCLUSIONS)
