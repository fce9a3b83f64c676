"""The trial list of a participant: the same in every language that has the rule."""

import json
import re
import shutil
import subprocess
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from morphkit.experiment.participant_codes import parted_code
from morphkit.experiment.trial_list import list_of, number_of
from morphkit.export.training_code import javascript_lists, python_lists

EXPORT = files("morphkit") / "export"
#: Codes as recruiting services give them: 24 hexadecimal digits.
_DRAWN = np.random.default_rng(4).bytes(12 * 4000).hex()
PROLIFIC = [_DRAWN[k : k + 24] for k in range(0, len(_DRAWN), 24)]
CODES = [
    *("1", "7", "P001", "P012", "sub-12", "P0", "0", "007", "999999", "1000000"),
    *("P001_s1", "P001_s2", "lab_s2", "x", "a-b_c", "9" * 24, "jatos-101"),
    *PROLIFIC[:200],
]
N_LISTS = 7
SAID = [list_of(code, N_LISTS) for code in CODES]


def test_successive_participants_are_given_successive_lists():
    assert [list_of(f"P{k:03d}", 4) for k in range(1, 6)] == [1, 2, 3, 4, 1]
    assert number_of("007") == 7


@pytest.mark.parametrize("n_lists", [2, 4])
def test_long_codes_spread_evenly(n_lists):
    counts = Counter(list_of(code, n_lists) for code in PROLIFIC)
    share = len(PROLIFIC) / n_lists
    # Four standard deviations of a fair draw.
    assert max(abs(n - share) for n in counts.values()) < 4 * share**0.5


def test_sessions_of_a_participant_have_one_list():
    for code in ("P001", "12", PROLIFIC[0].rstrip("abcdef")):
        lists = {list_of(f"{code}{s}", N_LISTS) for s in ("", "_s1", "_s2")}
        assert lists == {list_of(code, N_LISTS)}
        assert parted_code(f"{code}_s2") == (code, "s2")


def test_python_in_front_ends_says_the_same():
    space = {}
    exec(python_lists(), space)
    assert [space["list_of"](code, N_LISTS) for code in CODES] == SAID


def test_javascript_says_the_same():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = (
        f"{javascript_lists()}\nconsole.log(JSON.stringify({json.dumps(CODES)}.map("
        f"(code) => MorphkitLists.listOf(code, {N_LISTS}))))"
    )
    done = subprocess.run(
        [node], input=script, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == SAID


@pytest.mark.slow
def test_the_script_of_psychtoolbox_says_the_same(tmp_path):
    octave = shutil.which("octave-cli")
    if octave is None:
        pytest.skip("Octave is not installed")
    script = (EXPORT / "scripts" / "morphkit_run.m").read_text("utf-8")
    function = re.search(r"^function number = list_of.*?^end$", script, re.S | re.M)
    (tmp_path / "list_of.m").write_text(function[0], "utf-8")
    codes = ", ".join(f"'{code}'" for code in CODES)
    command = f"cellfun(@(c) printf('%d ', list_of(c, {N_LISTS})), {{{codes}}});"
    done = subprocess.run(
        [octave, "--quiet", "--eval", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [int(word) for word in done.stdout.split()] == SAID
