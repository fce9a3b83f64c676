"""The jsPsych export as a participant and a laboratory use it, in a real browser."""

import csv
import math
import shutil
from fractions import Fraction

import numpy as np
import pytest
from export_study import QUICK, export, write_small_pack
from playing import Eyes, outside, play, served
from training_cases import fitted, random_case, rounded, wanted

from morphkit.experiment.design import Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.readers.jspsych import read
from morphkit.pack import read_pack
from morphkit.psychophysics.balance import balance_point
from morphkit.psychophysics.psychometric import fit_psychometric

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder)
    return folder


@pytest.fixture
def make(pack, tmp_path):
    """Return ``make(kind, **options)`` -> (folder of the export, design)."""

    def make_one(kind, *, front_end="jspsych", timing=QUICK, of=pack, **options):
        rows = read_pack(of).stimuli
        design = DESIGNS[kind].make(rows, seed=3, timing=timing, **options)
        export(of, front_end, tmp_path / "export", design)
        return tmp_path / "export", design

    return make_one


def files_of_pack(pack):
    rows = read_pack(pack).stimuli
    return {row.stimulus_id: pack / row.file for row in rows}


def finish(page, tmp_path, steps):
    """Run `steps`, and return its result and the data file that was saved."""
    with page.expect_download(timeout=60000) as waiting:
        result = steps()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return result, path


def table(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def alternate(seen):
    return seen.choices[seen.order % 2]


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_categorisation_shows_what_it_logs(open_page, make, pack, tmp_path, scheme):
    """Every picture on the screen is the logged one; every answer comes back."""
    folder, design = make(
        "categorisation", repeats=1, practice=2, lists=2, block_trials=6
    )
    size = {"viewport": {"width": 801, "height": 703}}
    with served(folder) as address:
        target = folder / "index.html" if scheme == "file" else f"{address}/"
        watched = open_page(target, **size)
        page = watched.page
        eyes = Eyes(page, files_of_pack(pack))
        number = {"file": 1, "http": 2}[scheme]
        done, data = finish(
            page,
            tmp_path,
            lambda: play(page, alternate, look=eyes, participant=f"P{number:03d}"),
        )
    trials = design.lists[number - 1]
    assert data.name == f"small_pack_categorisation_P{number:03d}.csv"
    assert eyes.looked == len(done) == len(trials) == 12
    answers = read(data)
    assert [a.stimuli for a in answers] == [t.stimuli for t in trials]
    assert [a.stimuli for a in answers] == [seen.stimuli for seen, _ in done]
    assert [a.response for a in answers] == [chosen for _, chosen in done]
    assert [seen.choices for seen, _ in done] == [t.shown_choices for t in trials]
    assert [a.phase for a in answers] == [t.phase for t in trials]
    assert [a.order for a in answers] == list(range(1, 13))
    assert {a.participant for a in answers} == {f"P{number:03d}"}
    assert all(0 < a.rt_seconds < 8 for a in answers)
    assert outside(watched) == []
    rows = table(data)
    assert {row["list"] for row in rows} == {str(number)}
    assert {row["device_pixel_ratio"] for row in rows} == {"1"}
    assert {row["picture_scale"] for row in rows} == {"1"}
    by = [row["answered_by"] for row in rows]
    assert set(by[::2]) == {"button"}
    assert {word.split()[0] for word in by[1::2]} == {"key"}


@pytest.mark.parametrize("form", ["triads", "quadruples"])
def test_mlds_answers_name_the_pair_and_not_its_side(
    open_page, make, pack, tmp_path, form
):
    folder, design = make("mlds", form=form, trials=4, practice=0, lists=1)
    page = open_page(folder / "index.html").page
    eyes = Eyes(page, files_of_pack(pack))
    done, data = finish(
        page, tmp_path, lambda: play(page, lambda s: s.choices[0], look=eyes)
    )
    trials = design.lists[0]
    assert {t.flipped for t in trials} == {False, True}
    for (seen, _), trial in zip(done, trials, strict=True):
        left_to_right = trial.stimuli[::-1] if trial.flipped else trial.stimuli
        assert seen.stimuli == left_to_right
        assert [box[0] for box in seen.boxes] == sorted(box[0] for box in seen.boxes)
    # The left pair was chosen in every trial.
    expected = ["pair_2" if t.flipped else "pair_1" for t in trials]
    answers = read(data)
    assert [a.response for a in answers] == expected
    assert [a.stimuli for a in answers] == [t.stimuli for t in trials]
    assert eyes.looked == len(trials) * len(trials[0].stimuli)


def test_ratings(open_page, make, tmp_path):
    folder, design = make(
        "rating", lists=1, identities=["ada"], scales=["valence", "clarity"]
    )
    page = open_page(folder / "index.html").page
    done, data = finish(
        page, tmp_path, lambda: play(page, lambda seen: str(seen.order % 4))
    )
    answers = read(data)
    least, _, step = design.scales["valence"]
    assert [float(a.response) for a in answers] == [
        least + step * (k % 4) for k in range(1, len(done) + 1)
    ]
    assert [a.question for a in answers] == [t.question for t in design.lists[0]]


def test_a_rating_is_not_given_by_itself(open_page, make):
    folder, _ = make("rating", lists=1, scales=["valence"])
    page = open_page(folder / "index.html").page
    play(page, lambda seen: "1", stop_after=0)
    page.wait_for_selector("[data-state=stimulus]")
    assert page.locator(".mk-go").is_disabled()
    page.keyboard.press("Enter")
    assert page.locator("main").get_attribute("data-order") == "1"
    page.mouse.click(*_middle(page.locator(".mk-slider")))  # the middle, as it stands
    assert page.locator(".mk-go").is_enabled()


def _middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_same_different(open_page, make, pack, tmp_path):
    folder, design = make(
        "same_different", identities=["ada"], repeats=1, practice=2, lists=1
    )
    page = open_page(folder / "index.html").page
    eyes = Eyes(page, files_of_pack(pack))

    def judge(seen):
        return "same" if seen.stimuli[0] == seen.stimuli[1] else "different"

    _, data = finish(page, tmp_path, lambda: play(page, judge, look=eyes))
    rows = table(data)
    assert {row["correct"] for row in rows} == {"true"}
    feedback = [row["feedback"] for row in rows]
    assert feedback == [
        "right" if t.phase == "practice" else "" for t in design.lists[0]
    ]


def test_training_moves_the_balance_point(open_page, make, tmp_path):
    """Feedback follows a boundary that is computed here again, from the data."""
    timing = Timing(fixation=0, feedback=20)
    options = {"identities": ["ada"], "repeats": 2, "training_blocks": 1, "lists": 1}
    folder, design = make("training", timing=timing, shift_steps=1.0, **options)
    page = open_page(folder / "index.html").page
    shown = {}

    def judge(seen):
        """The observer calls 2.5 images happy in the baseline, and never changes."""
        step = int(seen.stimuli[0][-2:])
        shown[seen.order] = step
        often = sum(other == step for other in shown.values())
        happy = step < 3 or (step == 3 and often == 1)
        return "happy" if happy else "sad"

    _, data = finish(page, tmp_path, lambda: play(page, judge))
    rows = table(data)
    baseline = [row for row in rows if row["phase"] == "baseline"]
    sad = [
        sum(r["response"] == "sad" for r in baseline if r["stimuli"][-2:] == f"{k:02d}")
        for k in range(1, 6)
    ]
    balance = balance_point(np.array(sad), np.full(5, 2))
    assert balance == 2.5
    training = [row for row in rows if row["phase"] == "training"]
    assert training
    for row in training:
        step = int(row["stimuli"][-2:])
        # The point of equality is step 3, the boundary 4: even steps on it are first.
        goal = "happy" if step <= 4 else "sad"
        assert float(row["boundary"]) == balance + 0.5 + 1.0
        assert float(row["balance_point"]) == balance
        assert row["correct_label"] == goal
        assert row["feedback"] == ("right" if row["response"] == goal else "wrong")
    assert {row["feedback"] for row in training} == {"right", "wrong"}
    silent = [row for row in rows if row["phase"] != "training"]
    assert {row["feedback"] for row in silent} == {""}
    assert [row["phase"] for row in rows] == [t.phase for t in design.lists[0]]


@pytest.mark.parametrize(
    ("shift", "rule"),
    [("-1", "count"), ("0", "count"), ("1.25", "count"), ("1.25", "fit")],
)
def test_feedback_agrees_in_every_trial(open_page, make, shift, rule):
    """Two hundred trials of training after baselines with missed trials."""
    options = {"identities": ["ada"], "repeats": 1, "training_blocks": 1, "lists": 1}
    options |= {"shift_steps": float(shift), "balance": rule}
    folder, _ = make("training", **options)
    page = open_page(folder / "index.html").page
    generator = np.random.default_rng(8)
    for _ in range(4):
        case = random_case(generator, n_steps=5, missed=0.2, shift=shift)
        # By the optimiser, to the thousandth that the rule rounds to.
        by_fit = fitted(case[0]) if rule == "fit" else None
        own = None if by_fit is None else Fraction(round(1000 * by_fit), 1000)
        balance, boundary, first = wanted(case, own)
        records = [
            {
                "phase": "baseline",
                "stimuli": f"ada_happy_sad_s{step:02d}",
                "response": ("happy" if k < happy else "sad") if k < n else "",
            }
            for step, (happy, n) in case[0].items()
            for k in range(3)
        ]
        steps = [int(step) for step in generator.integers(1, 6, 50)]
        said = page.evaluate(
            """([records, names]) => names.map((name) => MorphkitStage.goalOf(
              { phase: "training", stimuli: [name] },
                { records, list: 1, participant: "7" }))""",
            [records, [f"ada_happy_sad_s{step:02d}" for step in steps]],
        )
        assert said == [
            {
                "correct": "happy" if first[step - 1] else "sad",
                "balance": float(rounded(balance)),
                "boundary": float(rounded(boundary)),
                "source": "session",
            }
            for step in steps
        ]


def test_a_missing_picture_stops_the_experiment_with_its_name(open_page, make):
    folder, _ = make("categorisation", repeats=1, lists=1)
    gone = sorted((folder / "stimuli").iterdir())[3]
    kept = gone.read_bytes()
    gone.unlink()
    watched = open_page(folder / "index.html")
    watched.page.wait_for_selector("[data-mk=missing]")
    assert f"stimuli/{gone.name}" in watched.page.inner_text("main")
    assert watched.page.locator("[data-mk=participant]").count() == 0
    assert any("ERR_FILE_NOT_FOUND" in problem for problem in watched.problems)
    watched.problems.clear()
    gone.write_bytes(kept)  # and goes on when it is there again
    watched.page.click(".mk-button")
    watched.page.wait_for_selector("[data-mk=participant]")


def test_a_picture_of_another_size_stops_it_too(open_page, make, tmp_path):
    other = tmp_path / "other"
    write_small_pack(other, size=(50, 64))
    folder, _ = make("categorisation", repeats=1, lists=1)
    swapped = sorted((folder / "stimuli").iterdir())[0]
    same_name = next(other.rglob(swapped.name))
    shutil.copy(same_name, swapped)
    page = open_page(folder / "index.html").page
    page.wait_for_selector("[data-mk=missing]")
    assert swapped.name in page.inner_text("main")


def test_times_are_kept_and_recorded(open_page, make, tmp_path):
    timing = Timing(fixation=60, stimulus=120, mask=60, answer=400, feedback=40)
    folder, design = make(
        "categorisation",
        timing=timing,
        identities=["ada"],
        repeats=1,
        practice=0,
        lists=1,
    )
    page = open_page(folder / "index.html").page
    page.evaluate(
        """() => {
        window.states = [];
        const note = () => {
          const main = document.querySelector("main[data-mk=trial]");
          const { order, state } = main?.dataset ?? {};
          const last = window.states[window.states.length - 1];
          if (main && !(last?.order === order && last?.state === state)) {
            window.states.push({ order, state, time: performance.now() });
          }
          requestAnimationFrame(note);
        };
        note();
        }"""
    )
    _, data = finish(page, tmp_path, lambda: play(page, lambda s: ""))
    answers = read(data)
    assert len(answers) == len(design.lists[0])
    assert {a.response for a in answers} == {""}
    assert {a.rt_seconds for a in answers} == {None}
    states = page.evaluate("window.states")
    first = [s for s in states if s["order"] == "1"]
    assert [s["state"] for s in first] == [
        *("fixation", "stimulus", "mask", "answer", "feedback")
    ]
    times = {s["state"]: s["time"] for s in first}
    assert times["feedback"] - times["stimulus"] >= 400 - 34
    rows = table(data)
    # One frame is 17 ms; a busy machine may drop some, and then says so.
    measured = [float(row["stimulus_ms"]) for row in rows]
    assert min(measured) > 120 - 17
    assert {row["feedback"] for row in rows} == {"late"}


def test_participants_spread_over_the_lists(open_page, make):
    folder, _ = make("categorisation", repeats=1, lists=4)
    page = open_page(folder / "index.html").page
    page.wait_for_selector("[data-mk=participant]")
    found = {}
    for code in ("P001", "P002", "7", "sub-12", "P0"):
        page.fill("#mk-code", code)
        found[code] = int(page.input_value("#mk-list"))
    assert [found[c] for c in ("P001", "P002", "7", "sub-12")] == [1, 2, 3, 4]
    assert 1 <= found["P0"] <= 4  # a code without a number is hashed
    spread = page.evaluate(
        "Array.from({length: 400}, (_, k) => MorphkitStage.listOf('5f3c' + k + 'x'))"
    )
    counts = [spread.count(n) for n in range(1, 5)]
    assert min(counts) > 60
    page.fill("#mk-code", "Anna Müller")
    page.keyboard.press("Enter")
    assert "name" in page.inner_text("#mk-code-wrong")
    page.fill("#mk-code", "P3")
    page.fill("#mk-list", "9")
    page.keyboard.press("Enter")
    assert "1 to 4" in page.inner_text("#mk-list-wrong")


def test_codes_and_lists_may_stand_in_the_address(open_page, make):
    folder, design = make("categorisation", repeats=1, practice=0, lists=2)
    address = (folder / "index.html").as_uri() + "?participant=P001&list=2"
    page = open_page(address).page
    seen, _ = play(page, alternate, stop_after=1)[0]
    assert seen.stimuli == design.lists[1][0].stimuli
    assert seen.choices == ("sad", "happy")


def test_a_simulated_observer_comes_back(open_page, tmp_path):
    """Clicks of an observer with a known point of equality, fitted after import."""
    folder = tmp_path / "pack"
    write_small_pack(folder, identities=["ada"], n_steps=9)
    rows = read_pack(folder).stimuli
    repeats, truth, sigma = 6, 0.4375, 0.15
    design = DESIGNS["categorisation"].make(
        rows, seed=5, repeats=repeats, practice=0, lists=2, timing=Timing(0)
    )
    export(folder, "jspsych", tmp_path / "export", design)
    levels = {row.stimulus_id: row.level for row in rows}
    showings = dict.fromkeys(levels, 0)

    def judge(seen):
        name = seen.stimuli[0]
        share = 0.5 * (1 + math.erf((levels[name] - truth) / (sigma * math.sqrt(2))))
        showings[name] += 1
        return "sad" if (showings[name] - 0.5) / repeats < share else "happy"

    page = open_page(tmp_path / "export" / "index.html").page
    _, data = finish(page, tmp_path, lambda: play(page, judge, participant="P002"))
    answers = read(data)
    assert len(answers) == 9 * repeats
    sad = [
        sum(a.response == "sad" for a in answers if a.stimuli == (name,))
        for name in sorted(levels, key=levels.get)
    ]
    fit = fit_psychometric(sorted(levels.values()), sad, [repeats] * len(levels))
    assert fit.pse == pytest.approx(truth, abs=0.02)
    assert fit.spread == pytest.approx(sigma, abs=0.03)


@pytest.mark.parametrize("kind", ["categorisation", "mlds", "rating", "same_different"])
def test_everything_fits_on_small_screens(open_page, large, kind):
    page = open_page(large / kind / "index.html", has_touch=True).page
    play(page, alternate, stop_after=0)
    page.wait_for_selector("[data-state=stimulus]")
    # The last is a screen of 1280 x 800 at a zoom of 300 %.
    sizes = ((320, 568), (390, 780), (820, 1100), (740, 360), (427, 267))
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            "(w) => innerWidth === w && new Promise((r) => requestAnimationFrame(r))"
            ".then(() => true)",
            arg=width,
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.scrollHeight") <= height
        boxes = page.evaluate(BOXES)
        assert len(boxes) > 3
        for name, left, top, right, bottom in boxes:
            where = (width, name)
            assert left >= 0, where
            assert top >= 0, where
            assert right <= width + 0.5, where
            assert bottom <= height + 0.5, where
            assert name != "BUTTON" or bottom - top >= 44, where
        pictures = [box for box in boxes if box[0] == "CANVAS"]
        assert min(box[3] - box[1] for box in pictures) > 60


#: Every part of a trial: its kind, left, top, right, bottom.
BOXES = """() => [...document.querySelectorAll("canvas, button, .mk-slider, h1")].map(
  (part) => {
    const box = part.getBoundingClientRect();
    return [part.tagName, box.left, box.top, box.right, box.bottom];
  })"""


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return a folder with exports of large pictures in four designs."""
    folder = tmp_path_factory.mktemp("large")
    write_small_pack(folder / "pack", size=(512, 512), n_steps=4)
    rows = read_pack(folder / "pack").stimuli
    for kind in ("categorisation", "mlds", "rating", "same_different"):
        more = {} if kind == "rating" else {"practice": 0}
        design = DESIGNS[kind].make(rows, seed=3, lists=1, timing=QUICK, **more)
        export(folder / "pack", "jspsych", folder / kind, design)
    return folder


@pytest.mark.parametrize("language", ["da", "de"])
def test_other_languages(open_page, pack, tmp_path, language):
    design = DESIGNS["categorisation"].make(read_pack(pack).stimuli, seed=3, lists=1)
    export(pack, "jspsych", tmp_path / "export", design, language=language)
    page = open_page(tmp_path / "export" / "index.html").page
    page.wait_for_selector("[data-mk=participant]")
    assert page.get_attribute("html", "lang") == language
    words = {"da": "Deltager", "de": "Teilnahmecode"}[language]
    assert words in page.inner_text("main")


def test_text_can_be_read(open_page, make):
    folder, _ = make("categorisation", repeats=1, lists=1)
    page = open_page(folder / "index.html").page
    play(page, alternate, stop_after=0)
    page.wait_for_selector("[data-state=stimulus]")
    contrast = """([element, ground]) => {
      const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
          .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const find = (s) => getComputedStyle(document.querySelector(s));
      const [a, b] = [light(find(element).color), light(find(ground).backgroundColor)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }"""
    pairs = [(".mk-question", "body"), (".mk-choice", ".mk-choice")]
    pairs += [(".mk-key", ".mk-key")]
    for pair in pairs:
        assert page.evaluate(contrast, list(pair)) >= 4.5, pair


def test_an_export_for_the_laboratory_does_not_start_from_a_server(
    browser, pack, tmp_path
):
    """From this computer it starts and says so; from elsewhere it stops."""
    rows = read_pack(pack).stimuli
    design = DESIGNS["categorisation"].make(rows, seed=3, repeats=1, lists=2)
    export(pack, "jspsych", tmp_path / "export", design, lab_only=True)
    with served(tmp_path / "export") as address:
        page = browser.new_page()
        elsewhere = "http://lab.example/"

        def answer(route):
            path = route.request.url.removeprefix(elsewhere) or "index.html"
            route.fulfill(path=tmp_path / "export" / path)

        page.route(f"{elsewhere}**", answer)
        for target, starts in (
            ((tmp_path / "export" / "index.html").as_uri(), True),
            (f"{address}/", True),
            (elsewhere, False),
        ):
            page.goto(target)
            kind = "participant" if starts else "not-here"
            shown = page.wait_for_selector(f'[data-mk="{kind}"]', timeout=10000)
            assert "For the laboratory only" in shown.inner_text()
            assert page.locator("#mk-code").count() == int(starts)
        page.close()
