"""Exported pages in Firefox ESR: kinds of trials, reloads, files that are blocked."""

import json
import time

import pytest
from export_study import QUICK, export, write_small_pack
from firefox import PATIENCE
from open_serve import serving
from playing import READY

from morphkit.experiment.answer_files import read_answers
from morphkit.experiment.design import Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

#: Pictures that are masked after some frames.
MASKED = Timing(fixation=50, stimulus=100, mask=50, feedback=40)
#: A run of every kind of trial: name -> design, its options, timing.
KINDS = {
    "categorisation": ("categorisation", {"practice": 1, "repeats": 1}, QUICK),
    "masked": ("categorisation", {"practice": 0, "repeats": 1}, MASKED),
    "triads": ("mlds", {}, QUICK),
    "quadruples": ("mlds", {"form": "quadruples"}, QUICK),
    "rating": ("rating", {}, QUICK),
    "same_different": ("same_different", {}, QUICK),
    "training": ("training", {"training_blocks": 1}, QUICK),
}


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder, identities=["ada"])
    return folder


@pytest.fixture
def make(pack, tmp_path):
    def make_one(name, front_end="jspsych"):
        kind, options, timing = KINDS[name]
        rows = read_pack(pack).stimuli
        design = DESIGNS[kind].make(rows, seed=3, timing=timing, **options)
        export(pack, front_end, tmp_path / front_end, design)
        folder = tmp_path / front_end
        return folder / "standalone" if front_end == "labjs" else folder, design

    return make_one


def play(page, *, stop_after=None):
    """Play by turns with buttons and keys; return what was answered."""
    done, last = [], None
    while True:
        found, until = None, time.monotonic() + PATIENCE
        while found is None:
            assert time.monotonic() < until, page.evaluate("document.body.innerText")
            found = page.evaluate(f"({READY})({json.dumps(last)})")
        if found["mk"] == "trial" and len(done) != stop_after:
            last = found["order"]
            done.append(answer(page, found, int(last)))
        elif found["mk"] == "participant":
            page.evaluate("(document.getElementById('mk-code').value = 'P001')")
            page.evaluate(
                "document.getElementById('mk-code').dispatchEvent(new Event('input'))"
            )
            page.press("Enter")
            page.wait("document.querySelector('[data-mk=instructions]')")
        elif found["mk"] in ("instructions", "between"):
            page.evaluate("(window.old = document.querySelector('main'), 1)")
            if len(done) % 2:
                page.click(".mk-go")
            else:
                page.press(" ")
            page.wait("!window.old.isConnected")
        else:
            return done


def answer(page, found, order):
    """Answer a trial; return what was answered."""
    if not found["choices"]:
        least = page.evaluate("Number(document.querySelector('.mk-slider').min)")
        page.press("Home")
        for _ in range(order % 5):
            page.press("ArrowRight")
        page.press("Enter")
        return str(least + order % 5)
    side = order % 2
    if order % 3:
        page.click(f"[data-choice={found['choices'][side]}]")
    else:
        page.press("fj"[side])
    return found["choices"][side]


def file_in(folder):
    """Return the file that arrived in a folder."""
    until = time.monotonic() + PATIENCE
    while not (files := list(folder.glob("*.csv"))) or list(folder.glob("*.part")):
        assert time.monotonic() < until
        time.sleep(0.1)
    return files[0]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_trial_is_played_to_its_end(firefox, make, tmp_path, name):
    folder, design = make(name)
    target = tmp_path / "downloads"
    target.mkdir()
    firefox.downloads(target)
    firefox.open((folder / "index.html").as_uri())
    done = play(firefox)
    answers = read_answers(file_in(target), "jspsych")
    assert [one.response for one in answers] == done
    assert [one.stimuli for one in answers] == [t.stimuli for t in design.lists[0]]
    assert {one.details["resampling"] for one in answers} == {"exact"}


def test_lab_js_too(firefox, make, tmp_path):
    folder, _ = make("categorisation", "labjs")
    target = tmp_path / "downloads"
    target.mkdir()
    firefox.downloads(target)
    firefox.open((folder / "index.html").as_uri())
    done = play(firefox)
    answers = read_answers(file_in(target), "labjs")
    assert [one.response for one in answers] == done


def test_a_session_goes_on_and_a_blocked_file_loses_nothing(firefox, make, tmp_path):
    folder, design = make("categorisation")
    address = f"{(folder / 'index.html').as_uri()}?participant=P001"
    firefox.downloads(None)
    firefox.open(address)
    done = play(firefox, stop_after=4)
    firefox.open("about:blank")
    firefox.open(address)
    firefox.wait("document.querySelector('[data-mk=resume]')")
    firefox.click("[data-choose=resume_button]")
    firefox.wait("document.querySelector('[data-mk=instructions]')")
    done += play(firefox)
    assert len(done) == len(design.lists[0])
    assert "have been saved" not in firefox.evaluate("document.body.innerText")
    firefox.open("about:blank")
    firefox.open(address)
    firefox.wait("document.querySelector('[data-mk=kept]')")
    target = tmp_path / "downloads"
    target.mkdir()
    firefox.downloads(target)
    firefox.click("[data-choose=save_button]")
    answers = read_answers(file_in(target), "jspsych")
    assert [one.response for one in answers] == done
    firefox.click("[data-choose=confirm_button]")
    firefox.wait("document.querySelector('[data-mk=instructions]')")
    assert firefox.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_a_served_session(firefox, make, tmp_path, front_end):
    """Every row arrives, once; nothing is saved as a file."""
    _, design = make("categorisation", front_end)
    with serving(tmp_path / front_end) as server:
        firefox.open(server.address)
        done = play(firefox)
        firefox.wait("document.body.innerText.includes('have been saved')")
        assert firefox.evaluate("localStorage.length") == 0
    answers = read_answers(server.file, "serve")
    assert [a.order for a in answers] == [*range(1, len(design.lists[0]) + 1)]
    assert len(answers) == len(done) == len(server.lines)
