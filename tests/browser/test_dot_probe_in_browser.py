"""The dot-probe in real pages: where the dot stands, when, and what comes back."""

import json

import pytest
from export_study import export, write_small_pack
from playing import play

import morphkit as mk
from morphkit.experiment.analysis.probe_settings import ProbeSettings
from morphkit.experiment.design import Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

SEEN = """() => {
  const box = (found) => { const b = found.getBoundingClientRect();
    return [b.x + b.width / 2, b.y + b.height / 2]; };
  const hidden = (found) => getComputedStyle(found).visibility === "hidden";
  const faces = [...document.querySelectorAll("canvas")];
  const dot = document.querySelector(".mk-dot");
  return { dot: box(dot), dot_hidden: hidden(dot), faces: faces.map(box),
    faces_hidden: faces.map(hidden) };
}"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probes") / "pack"
    labels = (("neutral", "happy"), ("neutral", "sad"))
    write_small_pack(folder, identities=["ada"], labels=labels)
    return folder


@pytest.mark.parametrize(
    ("front_end", "page"),
    [("jspsych", "index.html"), ("labjs", "standalone/index.html")],
)
def test_the_dot_stands_where_the_table_says(
    open_page, pack, tmp_path, front_end, page
):
    design = DESIGNS["dot_probe"].make(
        read_pack(pack).stimuli,
        seed=2,
        repeats=2,
        practice=2,
        lists=2,
        timing=Timing(fixation=60, stimulus=120, feedback=40),
    )
    export(pack, front_end, tmp_path / "out", design)
    watched = open_page(tmp_path / "out" / page)
    trials = design.lists[0]
    looked = []

    def find(seen):
        # A trial is on the screen from its faces on; the answer begins with the dot.
        watched.page.wait_for_selector("main[data-state=answer]")
        here = watched.page.evaluate(SEEN)
        assert not here["dot_hidden"]
        assert all(here["faces_hidden"])
        right = trials[seen.order - 1].correct
        face = here["faces"][["left", "right"].index(right)]
        assert here["dot"] == pytest.approx(face, abs=1)
        looked.append(right)
        return right

    with watched.page.expect_download(timeout=60000) as waiting:
        play(watched.page, find)
    target = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(target)
    assert set(looked) == {"left", "right"}
    answers = mk.read_answers(target, front_end)
    assert [a.stimuli for a in answers] == [t.stimuli for t in trials]
    assert [a.details["probe_side"] for a in answers] == [t.correct for t in trials]
    assert [a.response for a in answers] == looked
    assert all(float(a.details["stimulus_ms"]) >= 90 for a in answers)
    settings = ProbeSettings(fastest=0, slowest=60_000, samples=0)
    found = mk.measure_attention(answers, pack, settings=settings).result
    assert len(found.pairs) == 3
    assert sum(int(row["wrong"]) for row in found.excluded) == 0


def test_a_key_before_the_dot_is_no_answer(open_page, pack, tmp_path):
    design = DESIGNS["dot_probe"].make(
        read_pack(pack).stimuli,
        seed=2,
        repeats=1,
        practice=0,
        lists=1,
        timing=Timing(fixation=0, stimulus=700, feedback=1),
    )
    export(pack, "jspsych", tmp_path / "out", design)
    page = open_page(tmp_path / "out" / "index.html").page
    play(page, lambda seen: "", stop_after=0)
    page.wait_for_selector("main[data-state=stimulus]")
    here = page.evaluate(SEEN)
    assert here["dot_hidden"]
    assert not any(here["faces_hidden"])
    page.keyboard.press("f")
    page.wait_for_selector("main[data-state=answer]")
    assert page.get_attribute("main", "data-order") == "1"
    page.keyboard.press("j")
    page.wait_for_selector("main[data-order='2']")
    kept = page.evaluate("JSON.stringify({...localStorage})")
    records = [
        row
        for value in json.loads(kept).values()
        if value.startswith("{")
        for row in json.loads(value).get("records", [])
    ]
    (row,) = records
    assert row["response"] == "right"
    assert 0 < row["rt"] < 60_000
