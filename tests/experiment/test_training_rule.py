"""The rule of training: one table of cases for every language that has it."""

import json
import re
import shutil
import subprocess
from fractions import Fraction
from importlib.resources import files

import numpy as np
import pytest
from training_cases import cases, fitted, random_case, rounded, wanted

from morphkit.errors import InputError
from morphkit.experiment.design import Training
from morphkit.experiment.training_rule import (
    BALANCE_RULES,
    count_baseline,
    counts_as_first,
    fitted_balance,
    four_digits,
    move_boundary,
)
from morphkit.export.training_code import javascript_rule, python_rule

pytestmark = pytest.mark.slow

EXPORT = files("morphkit") / "export"
#: Every case under either rule.
CASES = [(case, rule) for rule in BALANCE_RULES for case in cases()]


def results():
    """Return what every language must say of the cases."""
    for (counts, shift), rule in CASES:
        found = fitted_balance(dict(counts)) if rule == "fit" else None
        own = None if found is None else Fraction(found, 1000)
        balance, boundary, first = wanted((counts, shift), own)
        yield [float(rounded(balance)), float(rounded(boundary)), first]


def plain(case):
    """Return a case as steps, first labels, answers, shift and rule."""
    (counts, shift), rule = case
    rows = list(counts.items())
    return [
        [step for step, _ in rows],
        [first for _, (first, _) in rows],
        [n for _, (_, n) in rows],
        int(1000 * shift),
        rule,
    ]


def said_by(space):
    """Return what functions in Python say of the cases."""
    for steps, first, answered, shift, rule in map(plain, CASES):
        counts = {}
        for step, a, n in zip(steps, first, answered, strict=True):
            for k in range(max(n, 1)):
                space["count_baseline"](counts, step, k < a, k < n)
        balance, boundary, units = space["move_boundary"](counts, shift, rule)
        yield [
            space["four_digits"](balance, units),
            space["four_digits"](boundary, units),
            [space["counts_as_first"](step, boundary, units) for step in steps],
        ]


def test_the_rule_is_exact():
    own = (count_baseline, move_boundary, counts_as_first, four_digits)
    said = list(said_by({function.__name__: function for function in own}))
    assert said == list(results())
    half = len(CASES) // 2
    differ = sum(a[0] != b[0] for a, b in zip(said[:half], said[half:], strict=True))
    assert differ > half / 2
    counts = {k: [3 * (k <= 7), 3] for k in range(1, 16)}
    balance, boundary, units = move_boundary(counts, 0, "count")
    assert (Fraction(balance, units), Fraction(boundary, units)) == (7, Fraction(15, 2))


def test_the_fit_has_the_greatest_penalised_likelihood():
    """By a general optimiser; also where labels are separated, or trials missed."""
    compared = 0
    for counts, _ in cases():
        found = fitted_balance({k: [*row] for k, row in counts.items()})
        own = fitted(counts)
        assert (found is None) == (own is None)
        if own is not None:
            assert found / 1000 == pytest.approx(own, abs=0.0006)
            compared += 1
    assert compared > 50
    assert fitted_balance({k: [3 * (k <= 7), 3] for k in range(1, 16)}) == 7000
    assert fitted_balance({k: [3 * (k > 7), 3] for k in range(1, 16)}) is None
    assert fitted_balance({k: [3, 3] for k in range(1, 16)}) is None


def test_missed_trials_of_the_baseline_take_no_image_away():
    """Four images get the first label, two of them with answers missing."""
    counts = {1: [3, 3], 2: [1, 1], 3: [2, 2], 4: [3, 3], 5: [0, 3]}
    balance, boundary, units = move_boundary(counts, 2000, "count")
    assert balance == 4 * units
    assert 2 * boundary == 13 * units


def test_front_ends_in_python_contain_the_rule():
    space = {}
    exec(python_rule(), space)
    assert list(said_by(space)) == list(results())
    assert "->" not in python_rule()
    assert "dict[" not in python_rule()


def test_the_rule_in_javascript_agrees():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program = (
        javascript_rule()
        + f"const cases = {json.dumps([plain(case) for case in CASES])};"
        + """
const rule = globalThis.MorphkitRule;
const said = cases.map(([steps, first, answered, shift, kind]) => {
  const counts = {};
  steps.forEach((step, i) => {
    for (let k = 0; k < Math.max(answered[i], 1); k += 1) {
      rule.countBaseline(counts, step, k < first[i], k < answered[i]);
    }
  });
  const [balance, boundary, units] = rule.moveBoundary(counts, shift, kind);
  return [rule.fourDigits(balance, units), rule.fourDigits(boundary, units),
    steps.map((step) => rule.countsAsFirst(step, boundary, units))];
});
console.log(JSON.stringify(said));
"""
    )
    done = subprocess.run(
        [node, "-"], input=program, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == list(results())


def test_the_rule_for_psychtoolbox_agrees(tmp_path):
    octave = shutil.which("octave-cli") or shutil.which("octave")
    if octave is None:
        pytest.skip("Octave is not installed")
    script = (EXPORT / "scripts" / "morphkit_run.m").read_text("utf-8")
    names = "count_baseline|move_boundary|counts_as_first|four_digits"
    names += "|counted_balance|fitted_balance|penalised_move|logistic"
    found = re.findall(rf"^function [^\n]*(?:{names})\(.*?^end$", script, re.M | re.S)
    assert len(found) == 8
    lines = ["1;", *found]
    for steps, first, answered, shift, rule in map(plain, CASES):
        lines.append("counts = struct('steps', [], 'first', [], 'answered', []);")
        for step, a, n in zip(steps, first, answered, strict=True):
            lines.append(
                f"for k = 0:{max(n, 1) - 1}; counts = "
                f"count_baseline(counts, {step}, k < {a}, k < {n}); end"
            )
        lines.append(f"[a, b, u] = move_boundary(counts, {shift}, '{rule}');")
        lines.append("printf('%.4f %.4f ', four_digits(a, u), four_digits(b, u));")
        lines.append(
            f"printf('%d', arrayfun(@(s) counts_as_first(s, b, u), {steps}));"
            "printf('\\n');"
        )
    program = tmp_path / "cases.m"
    program.write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(
        [octave, "--no-gui", "--quiet", "--no-init-file", program.name],
        cwd=tmp_path,  # where Octave leaves its variables if it is stopped
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line.split() for line in done.stdout.splitlines()]
    assert said == [
        [f"{a:.4f}", f"{b:.4f}", "".join(str(int(one)) for one in first)]
        for a, b, first in results()
    ]


@pytest.mark.parametrize("repeats", [1, 2, 3, 4])
@pytest.mark.parametrize("shift", [-2, 0, 2])
@pytest.mark.parametrize("rule", BALANCE_RULES)
def test_feedback_shifts_by_what_is_asked(shift, repeats, rule):
    """Over participants the boundary lies as far from their own as the shift says."""
    generator = np.random.default_rng(repeats)
    moved = []
    for _ in range(1500):
        case = random_case(generator, repeats=repeats, shift=str(shift))
        found = fitted_balance(dict(case[0])) if rule == "fit" else None
        balance, _, first = wanted(
            case, None if found is None else Fraction(found, 1000)
        )
        if all(first) or not any(first):
            continue
        moved.append(float(sum(first) + Fraction(1, 2) - balance - Fraction(1, 2)))
    assert len(moved) > 1000
    assert np.mean(moved) == pytest.approx(shift, abs=0.05)


def test_shifts_have_three_decimals():
    assert Training(0.333, "happy", "sad").shift == 333
    assert Training(-1.5, "happy", "sad").shift == -1500
    with pytest.raises(InputError, match="three decimals"):
        Training(1 / 3, "happy", "sad")
