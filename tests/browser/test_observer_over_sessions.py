"""A simulated observer in two sessions, from the export to the fitted function."""

import json
import math

import numpy as np
import pytest
from export_study import export, write_small_pack
from playing import play

from morphkit.experiment.analysis.fitting import fit_psychometric_functions
from morphkit.experiment.answer_files import read_answers
from morphkit.experiment.design import Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.trial_list import list_of
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

#: What the observer is; a press without a look says "happy" within a frame.
PSE, SIGMA, MISSES, IMPULSES = 0.4375, 0.15, 0.05, 0.15
#: Milliseconds of the shortest look, and seconds that are too fast for one.
LOOK, TOO_FAST = 130, 0.12
#: Presses at the sight of a picture, by a script on the page: no hand is so fast.
IMPULSE = """(orders) => {
  new MutationObserver(() => {
    const main = document.querySelector("main[data-state=stimulus]");
    if (!main || !orders.includes(Number(main.dataset.order)) || main.pressed) return;
    main.pressed = true;
    const shown = [...main.querySelectorAll("[data-choice]")];
    const key = "fj"[shown.findIndex((one) => one.dataset.choice === "happy")];
    document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  }).observe(document, { subtree: true, attributeFilter: ["data-state"] });
}"""


def observe(rng, trials, levels):
    """Return what the observer does in each trial: a label, a miss, an impulse."""
    done = []
    for trial in trials:
        level = levels[trial.stimuli[0]]
        share = 0.5 * (1 + math.erf((level - PSE) / (SIGMA * math.sqrt(2))))
        looked = "sad" if rng.random() < share else "happy"
        kinds = ["miss", "impulse", looked]
        chances = [MISSES, IMPULSES, 1 - MISSES - IMPULSES]
        done.append(str(rng.choice(kinds, p=chances)))
    return done


def test_an_observer_is_recovered_over_two_sessions(open_page, tmp_path):
    pack = tmp_path / "pack"
    write_small_pack(pack, identities=["ada"], n_steps=9)
    rows = read_pack(pack).stimuli
    design = DESIGNS["categorisation"].make(
        rows, seed=5, repeats=4, practice=0, lists=2, timing=Timing(0, answer=2000)
    )
    export(pack, "jspsych", tmp_path / "export", design)
    trials = design.lists[list_of("P002", 2) - 1]
    levels = {row.stimulus_id: row.level for row in rows}
    rng = np.random.default_rng(13)
    files, did = [], []
    for session in ("P002_s1", "P002_s2"):
        plan = observe(rng, trials, levels)
        did += plan
        orders = [k for k, what in enumerate(plan, 1) if what == "impulse"]

        address = (tmp_path / "export" / "index.html").as_uri()
        page = open_page(f"{address}?participant={session}").page
        page.evaluate(f"({IMPULSE})({json.dumps(orders)})")

        def judge(seen, plan=plan, page=page):
            if plan[seen.order - 1] in ("miss", "impulse"):
                return ""
            page.wait_for_timeout(LOOK)
            return plan[seen.order - 1]

        with page.expect_download(timeout=240000) as waiting:
            play(page, judge, clicks=False)
        files.append(tmp_path / waiting.value.suggested_filename)
        waiting.value.save_as(files[-1])

    too_fast = {"too-fast": TOO_FAST}
    answers = read_answers(files, "jspsych", sessions="all", exclude=too_fast)
    everything = read_answers(files, "jspsych", sessions="all")
    assert {(a.participant, a.session) for a in everything} == {
        ("P002", "s1"),
        ("P002", "s2"),
    }
    said = ["" if w == "miss" else "happy" if w == "impulse" else w for w in did]
    assert [a.response for a in everything] == said
    assert answers.account.excluded == {"too-fast": did.count("impulse")}
    assert did.count("impulse") > 9
    assert did.count("miss") > 2

    def fitted(some):
        return fit_psychometric_functions(some, pack, samples=0).result.of("pooled")[0]

    found = fitted(answers)
    assert found.n_answers == len(did) - did.count("impulse") - did.count("miss")
    low, high = found.pse_interval.low, found.pse_interval.high
    assert low < PSE < high
    assert high - low < 0.2
    assert found.fit.spread == pytest.approx(SIGMA, abs=0.06)
    # The presses without a look move the point of equality, and are seen to.
    assert fitted(everything).fit.pse > found.fit.pse + 0.02
