"""Every number of the sentences on a trial is in its outcome, counted anew."""

import re

import numpy as np
import pytest
from scipy import stats
from small_rows import stimuli_rows

from morphkit.experiment.analysis.outcome_values import OutcomeSettings
from morphkit.experiment.analysis.training import measure_outcome
from morphkit.experiment.analysis.training_methods import outcome_sentences
from morphkit.experiment.answer import Answer

ROWS = stimuli_rows(("ada",))
STIMULI = {row.stimulus_id: row for row in ROWS}
FIRST, SECOND = ROWS[0].from_label, ROWS[0].to_label
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-\d+)?")
#: Participant -> arm, and images called by the first label before and after.
PEOPLE = {
    "a1": ("control", 7, 7), "a2": ("control", 8, 9), "a3": ("control", 6, 6),
    "b1": ("raised", 7, 10), "b2": ("raised", 8, 10), "b3": ("raised", 9, 12),
    "b4": ("raised", 6, 9), "gone": ("raised", 7, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def said():
    """Return the sentences on a trial whose answers are known."""
    answers = []
    for who, (arm, *called) in PEOPLE.items():
        for phase, n in zip(("baseline", "test"), called, strict=True):
            for k, row in enumerate([] if n is None else ROWS):
                # One image on either side of the boundary is answered both ways.
                labels = [FIRST if row.step <= n else SECOND] * 2
                if row.step in (n, n + 1):
                    labels = [FIRST, SECOND]
                answers += [
                    Answer(
                        who,
                        2 * k + j + 1,
                        (row.stimulus_id,),
                        one,
                        phase=phase,
                        arm=arm,
                    )
                    for j, one in enumerate(labels)
                ]
        answers.append(
            Answer(who, 999, (ROWS[0].stimulus_id,), FIRST, phase="training", arm=arm)
        )
    settings = OutcomeSettings(reference="control")
    outcome = measure_outcome(answers, STIMULI, (FIRST, SECOND), settings=settings)
    return [*outcome_sentences(outcome, settings)]


def numbers(text):
    return [float(found) for found in NUMBER.findall(text)]


def test_people_are_counted_by_arm_and_reason(said):
    assert said[0] == "8 participants answered: control 3, raised 5."
    excluded, analysed = said[1:3]
    assert excluded == (
        "1 participant was excluded (no test after the last training): control 0, "
        "raised 1."
    )
    assert analysed == "7 participants were analysed: control 3, raised 4."


def test_thresholds_changes_and_differences_are_those_of_the_answers(said):
    assert "each from 30 trials of 1 continuum, before (baseline)" in said[3]
    for text, arm in zip(said[4:6], ("control", "raised"), strict=True):
        own = np.array([p[1:] for p in PEOPLE.values() if p[0] == arm and p[2]], float)
        n, change = len(own), own[:, 1] - own[:, 0]
        half = stats.t.ppf(0.975, n - 1) * change.std(ddof=1) / np.sqrt(n)
        before, after = own.mean(0) + 0.5
        expected = [n, before, after, change.mean()]
        expected += [change.mean() - half, change.mean() + half]
        found = numbers(text)
        assert found[:6] == pytest.approx(expected, abs=0.0051), text
        assert found[-1] == 95
    kept = [p for p in PEOPLE.values() if p[2]]
    X = np.array([[1, p[0] == "raised", p[1]] for p in kept], float)
    y = np.array([p[2] + 0.5 for p in kept])
    beta, rest, *_ = np.linalg.lstsq(X, y, rcond=None)
    error = np.sqrt(rest[0] / 4 * np.linalg.inv(X.T @ X)[1, 1])
    half = stats.t.ppf(0.975, 4) * error
    p = 2 * stats.t.sf(abs(beta[1]) / error, 4)
    (text,) = (one for one in said if one.startswith("Trained") and "t(4.0)" in one)
    found = numbers(text)
    expected = [7, beta[1], beta[1] - half, beta[1] + half]
    assert found[:4] == pytest.approx(expected, abs=0.0051), text
    assert found[-1] == pytest.approx(p, rel=0.01)
    assert any("analysis of covariance" in one for one in said)
    assert any("CR2" in one for one in said)
