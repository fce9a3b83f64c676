"""A study in a laboratory's network: every answer arrives once, whatever breaks."""

import json

import pytest
from export_study import QUICK, export, write_small_pack
from open_serve import serving
from playing import outside, play
from serving_load import Participant

from morphkit.experiment.answer_files import read_answers
from morphkit.experiment.designs import DESIGNS
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

KEPT = "Object.values(localStorage).map((text) => JSON.parse(text))"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder)
    return folder


@pytest.fixture
def make(pack, tmp_path):
    """Return ``make(front_end)`` -> (exported study, design)."""

    def make_one(front_end="jspsych", *, repeats=2, **options):
        design = DESIGNS["categorisation"].make(
            read_pack(pack).stimuli,
            seed=3,
            timing=QUICK,
            practice=0,
            identities=["ada"],
            repeats=repeats,
            lists=1,
        )
        export(pack, front_end, tmp_path / front_end, design, **options)
        return tmp_path / front_end, design

    return make_one


@pytest.fixture
def open_served(open_page):
    """Return ``open_served(address)``: a page whose broken requests are no problem."""
    opened = []

    def open_one(address):
        watched = open_page(address)
        opened.append(watched)
        return watched

    yield open_one
    for watched in opened:
        assert outside(watched) == []
        watched.problems[:] = [
            text for text in watched.problems if "Failed to load resource" not in text
        ]


def alternate(seen):
    return seen.choices[seen.order % 2]


def chosen(done):
    return [response for _, response in done]


def is_saved(page):
    """Wait until the page says that the answers are saved."""
    page.get_by_text("have been saved").wait_for(timeout=60_000)


def arrived(page, server, number):
    """Wait until so many rows are in the file."""
    for _ in range(600):
        if len(server.lines) >= number:
            break
        page.wait_for_timeout(100)
    assert len(server.lines) == number


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_a_session_from_the_address_to_the_table(open_served, make, front_end):
    """Every row is there before the page says so, and nothing is downloaded."""
    study, design = make(front_end)
    with serving(study) as server:
        watched = open_served(server.address)
        downloads = []
        watched.page.on("download", lambda one: downloads.append(one))
        done = play(watched.page, alternate, participant="P7")
        watched.page.wait_for_selector("main [role=status]")
        assert "have been saved" in watched.page.inner_text("main")
        assert watched.page.evaluate(KEPT) == []
        assert downloads == []
        assert watched.problems == []
        said = server.stop()
    total = len(design.lists[0])
    assert f"{total} rows came in" in said
    assert f"holds {total} rows of 1 participant" in said
    answers = read_answers(server.file, "serve")
    assert [a.response for a in answers] == chosen(done)
    assert [a.order for a in answers] == list(range(1, total + 1))
    assert {a.participant for a in answers} == {"P7"}
    assert [line["row"] for line in server.lines] == list(range(1, total + 1))


def test_a_server_that_is_killed_and_started_again(open_served, make):
    """Rows given meanwhile are kept in the page, and arrive once, in their order."""
    study, design = make()
    total = len(design.lists[0])
    with serving(study) as server:
        page = open_served(server.address).page
        done = play(page, alternate, stop_after=3)
        arrived(page, server, 3)
        server.kill()
        done += play(page, alternate, stop_after=4)
        assert len(server.lines) == 3
        server.start()
        arrived(page, server, 7)
        server.kill()
        # To the end without a server: nothing is said to be saved.
        done += play(page, alternate)
        assert "could not be saved" in page.inner_text("[role=alert]")
        assert "have been saved" not in page.inner_text("main")
        assert len(page.evaluate(KEPT)) == 1
        server.start()
        is_saved(page)
        assert page.evaluate(KEPT) == []
        answers = read_answers(server.file, "serve")
        assert [a.response for a in answers] == chosen(done)
        assert len(server.lines) == total


def test_a_tab_that_is_closed_at_the_last_trial_but_one(open_served, make):
    """Offline at the end of it: the next page that is opened there sends the rest."""
    study, design = make()
    total = len(design.lists[0])
    with serving(study) as server:
        first = open_served(server.address)
        done = play(first.page, alternate, stop_after=total - 3)
        arrived(first.page, server, total - 3)
        first.page.context.set_offline(True)
        server.kill()  # a browser may still send while a tab is closed
        done += play(first.page, alternate, stop_after=2)
        first.page.close()
        assert len(server.lines) == total - 3
        server.start()
        context = first.page.context
        context.set_offline(False)
        second = context.new_page()
        second.goto(server.address)
        arrived(second, server, total - 1)
        second.fill("#mk-code", "P001")
        second.keyboard.press("Enter")
        second.click("[data-choose=resume_button]")
        done += play(second, alternate)
        is_saved(second)
        answers = read_answers(server.file, "serve")
        assert [a.response for a in answers] == chosen(done)
        assert len({line["session"] for line in server.lines}) == 1


def test_answers_of_a_whole_session_that_never_arrived_are_sent_by_the_next_page(
    open_served, make
):
    study, design = make()
    with serving(study) as server:
        page = open_served(server.address).page
        page.wait_for_selector("[data-mk=participant]")
        server.kill()
        done = play(page, alternate)
        page.goto("about:blank")
        server.start()
        page.goto(server.address)
        page.wait_for_selector("[data-mk=participant]")
        arrived(page, server, len(design.lists[0]))
        assert page.evaluate(KEPT) == []
        assert page.locator("[data-mk=rescue]").count() == 0
        answers = read_answers(server.file, "serve")
        assert [a.response for a in answers] == chosen(done)


def test_a_slow_line_holds_up_nobody_and_loses_nothing(open_served, make):
    study, design = make(repeats=1)
    with serving(study) as server:
        page = open_served(server.address).page
        page.wait_for_selector("[data-mk=participant]")
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 1500,
                "downloadThroughput": 20000,
                "uploadThroughput": 20000,
            },
        )
        done = play(page, alternate, stop_after=len(design.lists[0]) - 1)
        assert len(server.lines) < len(done)
        done += play(page, alternate)
        is_saved(page)
        assert [line["answer"]["response"] for line in server.lines] == chosen(done)


def test_two_windows_that_go_on_with_one_session_lose_nothing(open_served, make):
    """Without locks (no encryption, no locks) both can; each row is kept."""
    study, _ = make()
    with serving(study) as server:
        first = open_served("about:blank").page
        first.context.add_init_script(
            "Object.defineProperty(Navigator.prototype, 'locks', "
            "{ get: () => undefined })"
        )
        first.goto(server.address)
        done = play(first, alternate, stop_after=3)
        second = first.context.new_page()
        second.goto(server.address)
        second.fill("#mk-code", "P001")
        second.keyboard.press("Enter")
        second.click("[data-choose=resume_button]")
        one = play(first, lambda seen: seen.choices[0])
        two = play(second, lambda seen: seen.choices[1])
        for page in (first, second):
            is_saved(page)
        sessions = {}
        for line in server.lines:
            sessions.setdefault(line["session"], []).append(line["answer"]["response"])
        both = sorted([chosen(done) + chosen(one), chosen(done) + chosen(two)])
        assert sorted(sessions.values()) == both


def test_pages_that_wait_for_a_server_are_accessible(open_served, make, axe):
    study, design = make()
    with serving(study) as server:
        page = open_served(server.address).page
        page.wait_for_selector("[data-mk=participant]")
        server.kill()
        play(page, alternate, stop_after=len(design.lists[0]) - 1)
        page.keyboard.press("f")
        page.wait_for_selector("[data-mk=sending]")
        assert axe.run(page).violations_count == 0
        play(page, alternate)
        assert axe.run(page).violations_count == 0


def test_the_code_of_the_address_is_kept_in_it(open_served, make):
    study, _ = make()
    with serving(study, "--access-code", "spring26") as server:
        assert server.address.endswith("/spring26/")
        page = open_served(server.address.rstrip("/") + "?participant=P9").page
        done = play(page, alternate, stop_after=2)
        arrived(page, server, 2)
        assert [one["answer"]["response"] for one in server.lines] == chosen(done)
        assert {one["answer"]["participant"] for one in server.lines} == {"P9"}
        assert json.dumps(server.lines).count("spring26") == 0


def test_two_browsers_among_thirty_others_and_a_server_that_is_killed(
    open_served, make
):
    study, design = make()
    total = len(design.lists[0])
    with serving(study) as server:
        pages = [open_served(server.address).page for _ in range(2)]
        codes = ("A1", "A2")
        done = [
            play(page, alternate, participant=code, stop_after=4)
            for page, code in zip(pages, codes, strict=True)
        ]
        others = [Participant(number, 8, server) for number in range(1, 31)]
        for one in others:
            one.start()
        for _ in range(2):
            server.kill()
            for page, answers in zip(pages, done, strict=True):
                answers += play(page, alternate, stop_after=2)
            server.start()
        for page, answers in zip(pages, done, strict=True):
            answers += play(page, alternate)
            is_saved(page)
        for one in others:
            one.join()
        kept = {}
        for line in server.lines:
            answer = line["answer"]
            kept.setdefault(answer["participant"], []).append(answer["response"])
    assert [kept[code] for code in codes] == [chosen(answers) for answers in done]
    assert {len(kept[code]) for code in codes} == {total}
    assert len(kept) == 32
    assert sum(map(len, kept.values())) == 2 * total + 30 * 8
