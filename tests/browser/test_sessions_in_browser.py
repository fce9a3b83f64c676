"""Nothing that a participant answered is lost: reloads, windows, downloads, servers."""

import csv
import json
import zipfile

import pytest
from export_study import QUICK, export, write_small_pack
from playing import outside, play, served

from morphkit.experiment.answer_files import read_answers
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.readers.jspsych import read
from morphkit.export.participation import Participation
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

SHORT = {"identities": ["ada"], "repeats": 1}
KEPT = "Object.values(localStorage).map((text) => JSON.parse(text))"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder)
    return folder


@pytest.fixture
def make(pack, tmp_path):
    """Return ``make(front_end, kind, **options)`` -> (folder of pages, design)."""

    def make_one(
        front_end="jspsych", kind="categorisation", participation=None, **options
    ):
        rows = read_pack(pack).stimuli
        if kind == "categorisation":
            options["practice"] = 0
        design = DESIGNS[kind].make(rows, seed=3, timing=QUICK, **SHORT, **options)
        folder = tmp_path / front_end
        export(pack, front_end, folder, design, participation=participation)
        if front_end == "labjs":
            folder /= "standalone"
        if front_end == "jatos":
            with zipfile.ZipFile(next(folder.glob("*.jzip"))) as archive:
                archive.extractall(tmp_path / "server")
            folder = next((tmp_path / "server").glob("*/"))
        return folder, design

    return make_one


def alternate(seen):
    return seen.choices[seen.order % 2]


def leave(page):
    """Close the page as a crash does, and open it again."""
    address = page.url
    page.goto("about:blank")
    page.goto(address)


def chosen(done):
    return [response for _, response in done]


def saved(page, tmp_path, steps):
    """Run `steps`, which end with a download; return its file."""
    with page.expect_download() as waiting:
        steps()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def table(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_a_session_goes_on_where_it_was_broken_off(
    open_page, make, tmp_path, front_end
):
    """With the code in the address too: the same list, the next trial, one file."""
    folder, design = make(front_end, lists=2, block_trials=3)
    trials = design.lists[1]
    page = open_page(f"{(folder / 'index.html').as_uri()}?participant=P7&list=2").page
    first = play(page, alternate, stop_after=4)
    leave(page)
    page.wait_for_selector("[data-mk=resume]")
    assert f"4 of {len(trials)}" in page.inner_text("main")
    page.click("[data-choose=resume_button]")
    rest = []
    path = saved(page, tmp_path, lambda: rest.extend(play(page, alternate)))
    assert [seen.stimuli for seen, _ in first + rest] == [t.stimuli for t in trials]
    assert [seen.choices for seen, _ in first + rest] == [
        t.shown_choices for t in trials
    ]
    answers = read(path)
    assert [a.response for a in answers] == chosen(first + rest)
    assert [a.order for a in answers] == list(range(1, len(trials) + 1))
    rows = table(path)
    assert [row["resumed"] for row in rows] == ["0"] * 4 + ["1"] * (len(trials) - 4)
    assert {a.session for a in answers} == {rows[0]["started"]}
    # The copy stays until somebody has seen the file.
    assert [one["complete"] for one in page.evaluate(KEPT)] == [True]
    page.click("[data-choose=confirm]")
    page.wait_for_selector("main [role=status]")
    assert page.evaluate(KEPT) == []


def test_the_copy_of_a_broken_session_and_the_whole_one_are_one_session(
    open_page, make, tmp_path
):
    folder, _ = make(lists=1)
    page = open_page(folder / "index.html").page
    first = play(page, alternate, participant="P1", stop_after=3)
    leave(page)
    page.wait_for_selector("[data-mk=participant]")
    part = saved(page, tmp_path, page.locator("[data-mk=rescue] button").first.click)
    assert part.name.endswith("_P1_unfinished.csv")
    page.fill("#mk-code", "P1")
    page.keyboard.press("Enter")
    page.click("[data-choose=resume_button]")
    rest = []
    whole = saved(page, tmp_path, lambda: rest.extend(play(page, alternate)))
    answers = read_answers([part, whole], "jspsych")
    assert [a.response for a in answers] == chosen(first + rest)


def test_training_goes_on_with_the_same_balance_point(open_page, make, tmp_path):
    folder, design = make(kind="training", lists=1, training_blocks=1)
    phases = [trial.phase for trial in design.lists[0]]
    page = open_page(folder / "index.html").page
    play(page, alternate, stop_after=phases.index("training") + 1)
    leave(page)
    page.fill("#mk-code", "P001")
    page.keyboard.press("Enter")
    page.click("[data-choose=resume_button]")
    path = saved(page, tmp_path, lambda: play(page, alternate))
    taught = [row for row in table(path) if row["phase"] == "training"]
    assert {row["resumed"] for row in taught} == {"0", "1"}
    assert len({(row["balance_point"], row["boundary"]) for row in taught}) == 1


def test_another_window_neither_overwrites_nor_takes_over(open_page, make):
    folder, _ = make(lists=1)
    with served(folder) as address:
        first = open_page(f"{address}/index.html?participant=P2").page
        play(first, alternate, stop_after=4)
        second = first.context.new_page()
        second.goto(first.url)
        second.wait_for_selector("[data-mk=elsewhere]")
        second.click("[data-choose=begin_button]")
        play(second, alternate, stop_after=2)
        counts = sorted(len(one["records"]) for one in second.evaluate(KEPT))
        assert counts == [2, 4]
        play(first, alternate, stop_after=1)
        counts = sorted(len(one["records"]) for one in first.evaluate(KEPT))
        assert counts == [2, 5]
        second.close()


def test_nothing_is_said_to_be_saved_when_a_download_is_blocked(
    open_page, make, tmp_path
):
    """The copy is there the next day, and goes when the file is confirmed."""
    folder, _ = make(lists=1)
    page = open_page(folder / "index.html", accept_downloads=False).page
    done = play(page, alternate, participant="P3")
    assert "have been saved" not in page.inner_text("main")
    assert "small_pack_categorisation_P3.csv" in page.inner_text("main")
    leave(page)
    page.fill("#mk-code", "P3")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-mk=kept]")
    (kept,) = page.evaluate(KEPT)
    assert [record["response"] for record in kept["records"]] == chosen(done)
    page.click("[data-choose=save_button]")
    page.click("[data-choose=back_button]")
    assert len(page.evaluate(KEPT)) == 1
    page.click("[data-choose=save_button]")
    page.click("[data-choose=confirm_button]")
    page.wait_for_selector("[data-mk=instructions]")
    assert page.evaluate(KEPT) == []


def test_a_kept_session_is_deleted_by_two_presses_only(open_page, make):
    folder, _ = make(lists=1)
    page = open_page(folder / "index.html").page
    play(page, alternate, stop_after=2)
    leave(page)
    drop = page.locator("[data-mk=rescue] button").nth(1)
    drop.click()
    assert len(page.evaluate(KEPT)) == 1
    drop.click()
    assert page.evaluate(KEPT) == []
    assert page.locator("[data-mk=rescue]").count() == 0


def test_a_browser_that_keeps_nothing_saves_at_the_end(open_page, make, tmp_path):
    folder, _ = make(lists=1)
    watched = open_page("about:blank")
    page = watched.page
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{ get() { throw new DOMException('denied', 'SecurityError'); } })"
    )
    page.goto((folder / "index.html").as_uri())
    done = []
    path = saved(page, tmp_path, lambda: done.extend(play(page, alternate)))
    assert [a.response for a in read(path)] == chosen(done)


def test_the_second_half_of_a_double_click_answers_nothing(
    open_page, pack, make, tmp_path
):
    rows = read_pack(pack).stimuli
    timing = type(QUICK)(**{**vars(QUICK), "fixation": 0, "feedback": 0})
    design = DESIGNS["categorisation"].make(
        rows, seed=3, timing=timing, practice=0, **SHORT
    )
    export(pack, "jspsych", tmp_path / "export", design)
    page = open_page(tmp_path / "export" / "index.html").page
    play(page, alternate, stop_after=0)
    total = len(design.lists[0])
    for order in range(1, total):
        button = page.locator(f"[data-order='{order}'] .mk-choice").first
        button.dblclick()
        page.wait_for_selector(f"[data-order='{order + 1}']:not([data-state=fixation])")
    (kept,) = page.evaluate(KEPT)
    assert [record["order"] for record in kept["records"]] == list(range(1, total))


def test_leaving_the_full_screen_is_recorded(open_page, make):
    """The trial in which it is left counts as one that did not fill the screen."""
    folder, _ = make(lists=1)
    page = open_page(folder / "index.html").page
    page.wait_for_selector("[data-mk=participant]")
    page.context.new_cdp_session(page).send(
        "Runtime.evaluate",
        {
            "expression": "document.documentElement.requestFullscreen()",
            "awaitPromise": True,
            "userGesture": True,
        },
    )
    play(page, alternate, stop_after=2)
    page.evaluate("document.exitFullscreen()")
    play(page, alternate, stop_after=2)
    (kept,) = page.evaluate(KEPT)
    full = [record["was_full_screen"] for record in kept["records"]]
    assert full == [True, True, False, False]


@pytest.mark.parametrize("code", ["null", "NaN", "Müller", "a b", "x@y"])
def test_a_code_that_cannot_be_is_refused_with_a_word(open_page, make, code):
    folder, _ = make(lists=1)
    address = (folder / "index.html").as_uri()
    page = open_page(f"{address}?participant={code}").page
    page.wait_for_selector("[data-mk=participant]")
    assert page.input_value("#mk-code") == code
    assert "code" in page.inner_text("#mk-code-wrong")
    page.keyboard.press("Enter")
    assert page.locator("[data-mk=participant]").count() == 1


def test_a_picture_that_does_not_come_is_named(open_page, make):
    folder, _ = make(lists=1)
    with served(folder) as address:
        page = open_page("about:blank").page
        held = []
        page.route(
            "**/stimuli/*",
            lambda route: held.append(route) if held is not None else route.continue_(),
        )
        page.goto(f"{address}/", wait_until="commit")
        page.wait_for_function(
            "document.querySelector('main [role=status]')?.textContent.includes('.png')"
        )
        first, held = held, None
        for route in first:
            route.continue_()
        page.wait_for_selector("[data-mk=participant]")


# JATOS

#: What a JATOS server gives the page; JATOS itself needs Java. Its functions take what
#: to do in the end, as those of all its versions do.
JATOS = """
window.jatos = (() => {
  const store = (name) => JSON.parse(sessionStorage.getItem(name) ?? "null");
  const put = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));
  const answer = (works, done, failed, action) => setTimeout(() => {
    if (works) { action(); done(); } else { failed("no server"); }
  }, 0);
  const component = (store("component") ?? 0) + 1;
  put("component", component);
  return {
    studyResultId: 101, urlQueryParameters: window.asked ?? {},
    studySessionData: store("study") ?? {},
    onLoad: (run) => window.addEventListener("load", run),
    setStudySessionData: (data, done, failed) => answer(true, done, failed, () => {
      put("study", data); jatos.studySessionData = data; }),
    appendResultData: (data, done, failed) => {
      if (window.busy) throw new Error("one at a time");
      window.busy = true;
      answer(!window.offline, (x) => { window.busy = false; done(x); },
        (x) => { window.busy = false; failed(x); },
        () => put(`result${component}`, (store(`result${component}`) ?? "") + data));
    },
    batchSession: {
      get: (name) => (store("batch") ?? {})[name],
      set: (name, value, done, failed) => {
        const rivals = window.rivals ?? 0;
        window.rivals = rivals - 1;
        // Somebody else takes the number first.
        if (rivals > 0) put("batch", { ...store("batch"), [name]: value });
        answer(rivals <= 0, done, failed,
          () => put("batch", { ...store("batch"), [name]: value }));
      },
    },
    endStudy: (successful) => { window.ended = successful; },
    endStudyAndRedirect: (url, successful) => { window.went = [url, successful]; },
  };
})();
"""
RESULTS = "Object.entries(sessionStorage).filter(([n]) => n.startsWith('result'))"


def results(page, tmp_path):
    """Return the file that JATOS exports: the results of all components, joined."""
    found = sorted((name, json.loads(text)) for name, text in page.evaluate(RESULTS))
    path = tmp_path / "jatos_results.txt"
    path.write_text("\n".join(text for _, text in found), "utf-8", newline="")
    return path


@pytest.fixture
def jatos(open_page, make):
    """Return ``jatos(before="", **options)`` -> (page, design): a study on a server."""
    opened, pages = [], []

    def start(before="", **options):
        folder, design = make("jatos", **options)
        (folder / "jatos.js").write_text(before + JATOS, "utf-8")
        server = served(folder)
        opened.append(server)
        watched = open_page(f"{server.__enter__()}/index.html")
        pages.append(watched)
        return watched.page, design

    yield start
    assert [outside(watched) for watched in pages] == [[] for _ in pages]
    for server in opened:
        server.__exit__(None, None, None)


def test_the_archive_is_one_that_jatos_imports(make, tmp_path):
    make("jatos", lists=1)
    with zipfile.ZipFile(
        tmp_path / "jatos" / "small_pack_categorisation.jzip"
    ) as archive:
        names = archive.namelist()
        about = json.loads(archive.read("small_pack_categorisation.jas"))
    assert [n for n in names if "/" not in n] == ["small_pack_categorisation.jas"]
    assert {n.split("/")[0] for n in names if "/" in n} == {"small_pack_categorisation"}
    assert about["version"] == "3"
    assert about["data"]["dirName"] == "small_pack_categorisation"
    (component,) = about["data"]["componentList"]
    assert component["reloadable"] is True


def test_jatos_has_every_answer_as_it_is_given(jatos, tmp_path):
    """A tab that is closed at the last trial but one has lost nothing."""
    page, design = jatos(lists=1)
    total = len(design.lists[0])
    done = play(page, alternate, stop_after=total - 1)
    page.wait_for_function(
        f"JSON.parse(sessionStorage.result1).split('\\r\\n').length === {total + 1}"
    )
    answers = read(results(page, tmp_path))
    assert [a.response for a in answers] == chosen(done)
    page.reload()
    page.click("[data-choose=resume_button]")
    done += play(page, alternate)
    page.wait_for_function("window.ended === true")
    assert page.evaluate(KEPT) == []
    answers = read_answers([results(page, tmp_path)], "jspsych")
    assert [a.response for a in answers] == chosen(done)
    assert {a.participant for a in answers} == {"jatos-101"}


def test_answers_without_a_connection_arrive_with_the_next_ones(jatos, tmp_path):
    page, _ = jatos(lists=1)
    done = play(page, alternate, stop_after=2)
    page.evaluate("window.offline = true")
    done += play(page, alternate, stop_after=2)
    page.evaluate("window.offline = false")
    done += play(page, alternate)
    page.wait_for_function("window.ended === true")
    assert [a.response for a in read(results(page, tmp_path))] == chosen(done)


def test_answers_that_never_arrive_are_kept_and_can_be_saved(jatos, tmp_path):
    page, _ = jatos("window.offline = true;", lists=1)
    done = play(page, alternate)
    assert "could not be saved" in page.inner_text("[role=alert]")
    assert len(page.evaluate(KEPT)) == 1
    path = saved(page, tmp_path, page.locator("[data-choose=save]").click)
    assert [a.response for a in read(path)] == chosen(done)
    assert page.evaluate("window.ended") is None


def test_jatos_leads_back_with_the_parameters_of_its_own_address(jatos, tmp_path):
    """The page of a component has another address than the one that people follow."""
    asked = {"PROLIFIC_PID": "5f3c1a2b9d8e7f6a5b4c3d2e", "group": "a&b"}
    back = "https://app.prolific.com/submissions/complete?cc=C1&g={group}"
    given = Participation(parameters=("group",), completion_url=back)
    page, _ = jatos(f"window.asked = {json.dumps(asked)};", participation=given)
    play(page, alternate)
    page.wait_for_function("window.went")
    address = "https://app.prolific.com/submissions/complete?cc=C1&g=a%26b"
    assert page.evaluate("window.went") == [address, True]
    assert page.evaluate("window.ended") is None
    answers = read(results(page, tmp_path))
    for one in answers:
        assert one.participant == one.details["prolific_pid"] == asked["PROLIFIC_PID"]
        assert one.details["param_group"] == "a&b"


def test_jatos_does_not_lead_back_before_the_answers_are_there(jatos, tmp_path):
    given = Participation(completion_url="https://example.org/done")
    page, _ = jatos("window.offline = true;", participation=given)
    play(page, alternate)
    assert "could not be saved" in page.inner_text("[role=alert]")
    assert page.evaluate("window.went") is None


@pytest.mark.parametrize("rivals", [0, 3])
def test_jatos_gives_the_lists_of_a_batch_in_turn(jatos, rivals):
    """Numbers of the server skip: those of the batch do not, whoever is faster."""
    page, design = jatos(f"window.rivals = {rivals};", lists=4)
    seen, _ = play(page, alternate, stop_after=1)[0]
    assert seen.stimuli == design.lists[rivals][0].stimuli
    (kept,) = page.evaluate(KEPT)
    assert kept["list"] == 1 + rivals
    page.reload()
    page.wait_for_selector("[data-mk=resume]")
    page.click("[data-choose=begin_button]")
    play(page, alternate, stop_after=1)
    assert {one["list"] for one in page.evaluate(KEPT)} == {1 + rivals}
