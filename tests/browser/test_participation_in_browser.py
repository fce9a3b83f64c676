"""Recruited participants: consent, window, parameters of the address, the way back."""

import csv

import pytest
from export_study import QUICK, export, write_small_pack
from playing import outside, play, served

from morphkit.experiment.answer_files import read_answers, write_answers
from morphkit.experiment.designs import DESIGNS
from morphkit.export.participation import Participation
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

PROLIFIC = "PROLIFIC_PID=5f3c1a2b9d8e7f6a5b4c3d2e&STUDY_ID=66aa&SESSION_ID=77bb"
RECRUITED = Participation(
    consent="I have read what this is about.\n\nI want to take part.",
    least_window=(700, 500),
    parameters=("group",),
    completion_code="C1ABC",
    completion_url="https://app.prolific.com/submissions/complete?cc=C1ABC&g={group}",
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder, identities=["ada"])
    return folder


@pytest.fixture
def make(pack, tmp_path):
    def make_one(front_end="jspsych", participation=RECRUITED):
        design = DESIGNS["categorisation"].make(
            read_pack(pack).stimuli, seed=3, timing=QUICK, practice=0, repeats=1
        )
        folder = tmp_path / front_end
        export(pack, front_end, folder, design, participation=participation)
        return folder / "standalone" if front_end == "labjs" else folder

    return make_one


def alternate(seen):
    return seen.choices[seen.order % 2]


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_a_recruited_participant_from_consent_to_the_way_back(
    open_page, make, tmp_path, front_end
):
    with served(make(front_end)) as address:
        watched = open_page(f"{address}/index.html?{PROLIFIC}&group=a%26b")
        page = watched.page
        page.wait_for_selector("[data-mk=consent]")
        assert "I want to take part." in page.inner_text("main")
        assert page.evaluate("localStorage.length") == 0
        page.click("[data-choose=consent]")
        with page.expect_download() as waiting:
            done = play(page, alternate)
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        # Nobody is led away before the answers are known to be saved.
        assert "C1ABC" not in page.inner_text("main")
        page.click("[data-choose=confirm]")
        assert "C1ABC" in page.inner_text("[data-mk=code]")
        back = "https://app.prolific.com/submissions/complete?cc=C1ABC&g=a%26b"
        assert page.get_attribute("a.mk-button", "href") == back
        assert outside(watched) == []
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    rows = [row for row in rows if row.get("screen_type", "trial") == "trial"]
    assert len(rows) == len(done)
    for row in rows:
        assert row["participant"] == row["prolific_pid"] == "5f3c1a2b9d8e7f6a5b4c3d2e"
        assert (row["prolific_study_id"], row["prolific_session_id"]) == (
            "66aa",
            "77bb",
        )
        assert (row["param_group"], row["sona_id"]) == ("a&b", "")
        assert row["consented"] <= row["started"]
    answers = read_answers(path, front_end)
    assert {one.details["param_group"] for one in answers} == {"a&b"}
    write_answers(tmp_path / "all.csv", answers)
    again = read_answers(tmp_path / "all.csv")
    assert [one.details for one in again] == [one.details for one in answers]


def test_without_consent_nothing_starts(open_page, make):
    page = open_page(make() / "index.html").page
    page.click("[data-choose=refuse]")
    page.wait_for_selector("[data-mk=refused]")
    page.keyboard.press("Space")
    assert page.locator("button, input").count() == 0
    assert page.evaluate("localStorage.length") == 0


def test_a_small_window_is_asked_to_grow(open_page, make):
    size = {"width": 699, "height": 800}
    page = open_page(make() / "index.html", viewport=size).page
    page.wait_for_selector("[data-mk=window]")
    assert "too small" in page.inner_text("main")
    page.set_viewport_size({"width": 700, "height": 499})
    assert page.locator("[data-mk=window]").count() == 1
    page.set_viewport_size({"width": 700, "height": 500})
    page.wait_for_selector("[data-mk=consent]")


def test_pages_of_recruitment_are_accessible(open_page, make, axe):
    with served(make()) as address:
        page = open_page(f"{address}/index.html").page
        page.wait_for_selector("[data-mk=consent]")
        assert axe.run(page).violations_count == 0


def test_a_person_of_sona_is_the_participant(open_page, make):
    folder = make(participation=None)
    page = open_page(f"{(folder / 'index.html').as_uri()}?SONA_ID=123456").page
    play(page, alternate, stop_after=1)
    (text,) = page.evaluate("Object.values(localStorage)")
    assert '"sona_id":"123456"' in text
    assert '"participant":"123456"' in text
