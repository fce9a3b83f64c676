"""Questionnaires, checks of attention, phones: what surrounds the trials of a study."""

import csv
import io
from urllib.parse import quote

import pytest
import tomli_w
from export_study import QUICK, export, write_small_pack
from nasty_texts import CODE, NASTY
from playing import outside, play, served

from morphkit._core.tables import is_formula
from morphkit.errors import InputError
from morphkit.experiment.answer_files import read_answers, write_answers
from morphkit.experiment.data_quality import data_quality
from morphkit.experiment.designs import DESIGNS
from morphkit.export.participation import read_participation
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

STUDY = """
attention = [2, 5]
before = ["about.toml"]
after = ["mood.toml"]
"""
ABOUT = """
title = {en = "About you", da = "Om dig"}
[[items]]
name = "age"
kind = "number"
text = {en = "How old are you?", da = "Hvor gammel er du?"}
least = 16
most = 99
[[items]]
name = "parent"
kind = "choice"
text = {en = "Do you have children?", da = "Har du børn?"}
answers = [{value = "yes", text = {en = "Yes", da = "Ja"}},
           {value = "no", text = {en = "No", da = "Nej"}}]
"""
MOOD = """
text = "In the last seven days …"
[[items]]
name = "days"
kind = "likert"
text = "How often?"
answers = ["never", "sometimes", "often"]
rows = [{name = "calm", text = "I was calm"}, {name = "tired", text = "I was tired"}]
[[items]]
name = "now"
kind = "slider"
text = "How are you now?"
low = "bad"
high = "good"
[[items]]
name = "remark"
kind = "text"
text = "Anything else?"
required = false
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder, identities=["ada"])
    return folder


@pytest.fixture
def make(pack, tmp_path):
    def make_one(
        front_end="jspsych", *, study=STUDY, kind="categorisation", language="en"
    ):
        options = {"practice": 0, "repeats": 2} if kind == "categorisation" else {}
        design = DESIGNS[kind].make(
            read_pack(pack).stimuli, seed=3, timing=QUICK, **options
        )
        (tmp_path / "about.toml").write_text(ABOUT, "utf-8")
        (tmp_path / "mood.toml").write_text(MOOD, "utf-8")
        (tmp_path / "study.toml").write_text(study, "utf-8")
        given = read_participation(tmp_path / "study.toml")
        folder = tmp_path / front_end
        options = {"participation": given, "language": language}
        export(pack, front_end, folder, design, **options)
        return folder / "standalone" if front_end == "labjs" else folder

    return make_one


def alternate(seen):
    return seen.choices[seen.order % 2]


def tell_about(page, *, code=True):
    """Answer what comes before the trials."""
    if code:
        page.fill("#mk-code", "P001")
        page.keyboard.press("Enter")
    page.wait_for_selector("[data-mk=questions]")
    page.fill("#mk-age", "31")
    page.get_by_label("Yes").check()
    page.click("[type=submit]")
    page.wait_for_selector("[data-mk=instructions]")


def pass_check(page, *, right=True):
    """Answer a check by the words that stand there."""
    words = page.inner_text("[data-mk=check] h1")
    for button in page.locator("[data-choice]").all():
        # inside the quotation marks
        if (f"“{button.locator('span').inner_text()}”" in words) == right:
            button.click()
            return


def play_with_checks(page, results=(True, True)):
    """Play to the questionnaire at the end."""
    done = []
    for right in results:
        done += play_to(page, "check")
        pass_check(page, right=right)
        page.wait_for_selector("[data-mk=check]", state="detached")
    return done + play_to(page, "questions")


def play_to(page, kind):
    """Answer trials until a page of another kind comes."""
    done = []
    while True:
        page.wait_for_selector(
            f"[data-mk={kind}], [data-mk=trial]:not([data-state=fixation]), .mk-go"
        )
        main = page.locator("main")
        mk = main.get_attribute("data-mk")
        if mk == kind:
            return done
        if mk == "trial":
            order = main.get_attribute("data-order")
            choice = page.locator("[data-choice]").nth(int(order) % 2)
            done.append(choice.get_attribute("data-choice"))
            choice.click()
            page.wait_for_selector(f"[data-order='{order}']", state="detached")
        else:
            page.click(".mk-go")


def tell_mood(page):
    for row, value in (("calm", 3), ("tired", 1)):
        page.check(f"[name='days.{row}'][value='{value}']")
    page.locator("#mk-now").press("End")
    page.click("[type=submit]")


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_every_item_and_every_check_is_in_the_data(
    open_page, make, tmp_path, front_end
):
    with served(make(front_end)) as address:
        watched = open_page(f"{address}/index.html")
        page = watched.page
        tell_about(page)
        done = play_with_checks(page, (True, False))
        with page.expect_download() as waiting:
            tell_mood(page)
        path = tmp_path / "data.csv"
        waiting.value.save_as(path)
        assert outside(watched) == []
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    items = {
        r["question"]: r["response"] for r in rows if r["screen_type"] == "question"
    }
    assert items == {
        "about.age": "31",
        "about.parent": "yes",
        "mood.days.calm": "3",
        "mood.days.tired": "1",
        "mood.now": "100",
        "mood.remark": "",
    }
    checks = [r for r in rows if r["screen_type"] == "check"]
    assert [(r["order"], r["correct"]) for r in checks] == [
        ("2", "true"),
        ("5", "false"),
    ]
    answers = read_answers(path, front_end)
    assert [a.response for a in answers] == done
    for one in answers:
        assert one.details["item_about_parent"] == "yes"
        assert one.details["item_mood_days_calm"] == "3"
        assert "item_mood_remark" not in one.details
    (quality,) = data_quality(answers).sessions
    assert (quality.checks_given, quality.checks_passed) == (2, 1)
    write_answers(tmp_path / "all.csv", answers)
    again = read_answers(tmp_path / "all.csv")
    assert [one.details for one in again] == [one.details for one in answers]
    assert len(read_answers(tmp_path / "all.csv", exclude={"inattentive": 0.5})) == len(
        done
    )
    with pytest.raises(InputError, match="every answer is excluded"):
        read_answers(tmp_path / "all.csv", exclude={"inattentive": 1.0})


def test_nobody_goes_on_without_what_is_required(open_page, make, axe):
    with served(make(language="da")) as address:
        page = open_page(f"{address}/index.html?participant=P1").page
        page.wait_for_selector("[data-mk=questions]")
        assert "Hvor gammel er du?" in page.inner_text("main")
        assert axe.run(page).violations_count == 0
        page.click("[type=submit]")
        assert page.locator(".mk-wrong:not(:empty)").count() == 2
        page.check("[value=no]")
        for wrong in ("15", "100", "31 years", "0x20", "2e1"):
            page.fill("#mk-age", wrong)
            page.keyboard.press("Enter")
            assert "16" in page.locator(".mk-wrong:not(:empty)").inner_text(), wrong
        page.fill("#mk-age", "16,5")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-mk=instructions]")


def nasty_study(folder):
    """Write a recruitment that consists of texts that programs run or change."""
    said = "\n".join(NASTY)
    items = [
        {"name": f"t{k}", "kind": "text", "text": text} for k, text in enumerate(NASTY)
    ]
    both = [{"value": text, "text": text} for text in NASTY if text == text.strip()]
    rows = [{"name": "r", "text": said}]
    items += [
        {"name": "one", "kind": "choice", "text": said, "answers": both},
        {"name": "row", "kind": "likert", "text": said, "answers": both, "rows": rows},
        {"name": "end", "kind": "slider", "text": "?", "low": said, "high": said},
    ]
    page = {"title": said, "text": said, "items": items}
    (folder / "about.toml").write_text(tomli_w.dumps(page), "utf-8")
    study = {"consent": said, "before": ["about.toml"], "completion_code": CODE}
    return tomli_w.dumps(study | {"parameters": ["group"]})


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_nasty_texts_are_shown_and_come_back_as_they_are(
    open_page, make, tmp_path, front_end, monkeypatch
):
    """Those that a spreadsheet would run have an apostrophe in the file."""
    study = nasty_study(tmp_path)
    monkeypatch.setattr(
        f"{__name__}.ABOUT", (tmp_path / "about.toml").read_text("utf-8")
    )
    formula = "=cmd|' /C calc'!A0"
    with served(make(front_end, study=study)) as address:
        watched = open_page(f"{address}/index.html?group={quote(formula)}")
        page = watched.page
        page.wait_for_selector("[data-mk=consent]")
        wanted = " ".join("\n".join(NASTY).split())
        assert wanted in " ".join(page.locator("main").text_content().split())
        page.click(".mk-choose button >> nth=0")
        page.fill("#mk-code", "P001")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-mk=questions]")
        shown = " ".join(page.locator("main").text_content().split())
        assert shown.count(wanted) == 7
        for k, text in enumerate(NASTY):
            page.fill(f"#mk-t{k}", text)
        page.locator("[name=one]").evaluate_all(
            "(all, value) => all.find((one) => one.value === value).click()", formula
        )
        page.locator("[name='row.r']").evaluate_all(
            "(all, value) => all.find((one) => one.value === value).click()", "-3"
        )
        page.locator("#mk-end").press("End")
        page.click("[type=submit]")
        play_to(page, "trial")
        with page.expect_download() as waiting:
            play(page, alternate)
        path = tmp_path / "data.csv"
        waiting.value.save_as(path)
        page.get_by_role("button", name="The file is there").click()
        page.wait_for_function(
            "(code) => document.body.textContent.includes(code)", arg=CODE
        )
        assert outside(watched) == []
    lines = io.StringIO(path.read_text("utf-8"), newline="")
    cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if is_formula(cell) and cell[0] != "'"]
    (details, *_) = [one.details for one in read_answers(path, front_end)]
    assert details["param_group"] == details["item_about_one"] == formula
    assert details["item_about_row_r"] == "-3"
    typed = [details.get(f"item_about_t{k}", "") for k in range(len(NASTY))]
    assert typed == [text.strip() for text in NASTY]


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_questions_and_checks_that_were_answered_do_not_come_again(
    open_page, make, tmp_path, front_end
):
    page = open_page(make(front_end) / "index.html").page
    tell_about(page)
    play_to(page, "check")
    pass_check(page)
    come_back(page)
    play_with_checks(page, (True,))
    # And after the last trial: the questions at the end alone are left.
    come_back(page)
    page.wait_for_selector("[data-mk=questions]")
    with page.expect_download() as waiting:
        tell_mood(page)
    path = tmp_path / "data.csv"
    waiting.value.save_as(path)
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    kinds = [r["screen_type"] for r in rows]
    assert (kinds.count("question"), kinds.count("check")) == (6, 2)
    assert read_answers(path, front_end)[0].details["checks_passed"] == "2"


def come_back(page):
    """Close the page as a crash does, open it again, and go on."""
    leave(page)
    page.fill("#mk-code", "P001")
    page.keyboard.press("Enter")
    page.click("[data-choose=resume_button]")


def leave(page):
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("[data-mk=participant]")


def test_what_was_written_and_not_sent_is_there_after_a_reload(
    open_page, make, tmp_path
):
    page = open_page(make() / "index.html").page
    page.fill("#mk-code", "P001")
    page.keyboard.press("Enter")
    page.fill("#mk-age", "31")
    page.get_by_label("Yes").check()
    # Nothing to save as rows yet, but something to delete.
    leave(page)
    assert page.locator("[data-mk=rescue] button").count() == 1
    come_back(page)
    assert page.input_value("#mk-age") == "31"
    page.click("[type=submit]")
    play_with_checks(page)
    # The page after the trials has a draft of its own.
    assert page.locator("input:checked").count() == 0
    page.check("[name='days.calm'][value='3']")
    page.fill("#mk-remark", "Half of a sent")
    come_back(page)
    page.wait_for_selector("[data-mk=questions]")
    assert page.input_value("#mk-remark") == "Half of a sent"
    # Who walks past the slider with the tab key has not answered it.
    page.focus("#mk-now")
    page.keyboard.press("Tab")
    page.check("[name='days.tired'][value='1']")
    page.click("[type=submit]")
    assert page.locator(".mk-wrong:not(:empty)").count() == 1
    page.locator("#mk-now").press("End")
    come_back(page)
    with page.expect_download() as waiting:
        page.click("[type=submit]")
    waiting.value.save_as(tmp_path / "data.csv")
    rows = list(csv.DictReader((tmp_path / "data.csv").read_text("utf-8").splitlines()))
    items = {
        r["question"]: r["response"] for r in rows if r["screen_type"] == "question"
    }
    assert items == {
        "about.age": "31",
        "about.parent": "yes",
        "mood.days.calm": "3",
        "mood.days.tired": "1",
        "mood.now": "100",
        "mood.remark": "Half of a sent",
    }
    assert {r["resumed"] for r in rows} == {"1", "3"}


PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 3,
}


def test_phones_are_told_before_consent_where_a_study_needs_a_mouse(
    open_page, make, axe
):
    folder = make(study='phones = false\nconsent = "I agree."')
    with served(folder) as address:
        page = open_page(f"{address}/index.html", **PHONE).page
        page.wait_for_selector("[data-mk=phone]")
        assert page.locator("button, input").count() == 0
        assert axe.run(page).violations_count == 0
    page = open_page(folder / "index.html").page
    page.wait_for_selector("[data-mk=consent]")


def test_triads_stand_one_below_the_other_on_a_phone(open_page, make):
    folder = make(kind="mlds", study="phones = true")
    boxes = []
    page = open_page(folder / "index.html", **PHONE).page
    page.fill("#mk-code", "P001")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-mk=instructions]")
    assert "one below the other" in page.inner_text("main")
    play(page, alternate, look=lambda seen: boxes.extend(seen.boxes), stop_after=1)
    (x1, y1, *_), (x2, y2, *_), (x3, y3, *_) = boxes[:3]
    assert [x1, x2] == pytest.approx([x2, x3], abs=1)
    assert y1 < y2 < y3
    words = page.locator("[data-choice] span").all_inner_texts()
    assert words == ["upper pair", "lower pair"]
    # Turned on its side it shows a row, and says left and right.
    page.set_viewport_size({"width": 844, "height": 390})
    page.wait_for_function(
        "document.querySelector('[data-choice] span').textContent === 'left pair'"
    )
