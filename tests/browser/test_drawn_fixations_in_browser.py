"""Fixations that are drawn for each trial, as pages show them, in a real browser.

The clock of the page is the test's own and gives every frame one millisecond, so that
durations are exact and take no time, however busy the machine is.
"""

import csv

import pytest
from export_study import export, write_small_pack
from playing import READY

from morphkit.experiment.design import Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

#: Frames come one after the other, as fast as the machine makes them; the clock stands
#: while nothing waits for a frame. Every change of a trial is noted with its time.
CLOCK = """(() => {
  let now = 0;
  let waiting = [];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    now += 1;
    const due = waiting;
    waiting = [];
    due.forEach((then) => then(now));
  };
  performance.now = () => now;
  window.requestAnimationFrame = (then) => {
    if (waiting.push(then) === 1) channel.port2.postMessage(null);
    return 0;
  };
  window.changes = [];
  new MutationObserver(() => {
    const main = document.querySelector("main[data-mk=trial]");
    if (!main) return;
    const { order, state } = main.dataset;
    const cross = !main.querySelector(".mk-cross").classList.contains("mk-off");
    const last = window.changes[window.changes.length - 1];
    if (last?.order !== order || last?.state !== state) {
      window.changes.push({ order, state, cross, time: now });
    }
  }).observe(document, { subtree: true, childList: true, attributes: true });
})()"""


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_the_cross_of_each_trial_stays_as_long_as_its_row_says(
    open_page, tmp_path, front_end
):
    pack = tmp_path / "pack"
    write_small_pack(pack, identities=["ada"])
    design = DESIGNS["categorisation"].make(
        read_pack(pack).stimuli,
        seed=3,
        timing=Timing(fixation=(1500, 2500)),
        repeats=1,
        practice=0,
        lists=2,
    )
    export(pack, front_end, tmp_path / "out", design)
    page = open_page("about:blank").page
    page.add_init_script(CLOCK)
    folder = tmp_path / "out" / ("standalone" if front_end == "labjs" else "")
    page.goto((folder / "index.html").as_uri())
    page.wait_for_selector("[data-mk=participant]")
    page.fill("#mk-code", "P002")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-mk=instructions]")
    page.keyboard.press("Space")
    last = None
    with page.expect_download() as waiting:
        for _ in design.lists[1]:
            found = page.wait_for_function(READY, arg=last, polling=20).json_value()
            last = found["order"]
            page.keyboard.press("f")
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)

    changes = page.evaluate("window.changes")
    times = {(int(c["order"]), c["state"]): c["time"] for c in changes}
    crosses = {(int(c["order"]), c["state"]): c["cross"] for c in changes}
    wanted = [trial.fixation for trial in design.lists[1]]
    assert len({*wanted}) > 1
    for order, fixation in enumerate(wanted, start=1):
        # The cross is there from the first frame after the page was laid out.
        from_frame = times[order, "fixation"] + 1
        assert times[order, "stimulus"] - from_frame == fixation
        assert crosses[order, "fixation"]
        assert not crosses[order, "stimulus"]
    with saved.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["order"]]
    assert [int(row["fixation_ms"]) for row in rows] == wanted
