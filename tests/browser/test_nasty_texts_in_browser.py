"""Texts that a page could run, fill in or cut, in a real browser.

The pages of jsPsych, JATOS and lab.js, and the JavaScript that PsychoJS and OSWeb run.
"""

import csv
import json
import re
import zipfile

import nasty_texts
import pytest
from export_study import write_small_pack
from lab_exports import face
from nasty_texts import NASTY
from playing import play
from reading_exports import html_text, osexp_script, psychopy_code

from morphkit.experiment.design import Timing
from morphkit.export.opensesame_text import shown
from morphkit.export.write_export import write_export

pytestmark = pytest.mark.slow

#: What a participant sees of a page, line by line.
PARTS = """() => [...document.querySelectorAll(
  "main h1, main p, .mk-choice span, .mk-scale span, .mk-feedback span:last-child")]
  .map((part) => part.innerText)"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder, identities=["ada"])
    return folder


def export(pack, name, output, design):
    words = nasty_texts.wording()
    write_export(pack, name, output, design=design, wording=words)
    return words


@pytest.mark.parametrize(
    ("name", "kind"),
    [("jspsych", "choices"), ("jspsych", "rating"), ("labjs", "choices")],
)
def test_pages_show_texts_as_they_are_written(open_page, pack, tmp_path, name, kind):
    design = getattr(nasty_texts, kind)(NASTY, face(2))
    words = export(pack, name, tmp_path / "out", design)
    place = tmp_path / "out" / ("standalone" if name == "labjs" else "")
    page = open_page(place / "index.html").page
    texts = [*(NASTY[:1] if kind == "choices" else ()), *NASTY]
    parts = []

    def look(seen):
        parts.append(page.evaluate(PARTS))

    def answer(seen):
        return seen.choices[0] if kind == "choices" else "1"

    assert page.title() == " ".join(words["title"].split())
    with page.expect_download(timeout=240000):
        done = play(page, answer, look=look)
    assert len(done) == len(texts)
    for text, found in zip(texts, parts, strict=True):
        if kind == "choices":
            assert found[1:] == [text, "sad"]
        else:
            assert found == [text, text, text]
    thanks = page.evaluate(PARTS)
    assert thanks[:2] == [words["title"], words["thanks"]]
    assert page.evaluate("typeof window.ran") == "undefined"


def test_instructions_and_feedback_are_shown_as_they_are_written(
    open_page, pack, tmp_path
):
    timing = Timing(fixation=0, feedback=20000)
    design = nasty_texts.choices(NASTY, face(2), timing=timing)
    words = export(pack, "jspsych", tmp_path / "out", design)
    page = open_page(tmp_path / "out" / "index.html").page
    page.fill("#mk-code", "P1")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-mk=instructions]")
    assert words["welcome"] in page.evaluate(PARTS)
    for _ in range(2):
        page.click(".mk-go")
    page.wait_for_selector("[data-state=stimulus]")
    page.keyboard.press("f")
    page.wait_for_selector(".mk-told")
    told = words["feedback_correct"].replace("{label}", NASTY[0])
    assert page.evaluate(PARTS)[-1] == told


def test_the_page_of_jatos_is_the_same(open_page, pack, tmp_path):
    export(pack, "jatos", tmp_path / "out", nasty_texts.choices(NASTY, face(2)))
    (path,) = (tmp_path / "out").glob("*.jzip")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "study")
    (page,) = (tmp_path / "study").rglob("index.html")
    other = tmp_path / "jspsych"
    export(pack, "jspsych", other, nasty_texts.choices(NASTY, face(2)))
    found = [
        json.loads(folder.joinpath("study.js").read_text("utf-8")[18:-2])
        for folder in (page.parent, other)
    ]
    # The answers go elsewhere; all else is one page.
    assert [study.pop("sending") is None for study in found] == [False, True]
    assert found[0].pop("export_id") != found[1].pop("export_id")
    assert found[0] == found[1]


#: What the code of the experiment asks PsychoJS for.
PSYCHOJS = """
var expInfo = { participant: "1" };
var psychoJS = { window: { size: [1280, 800] }, experiment: { addData: () => {} } };
var answer_key = { keys: "f", rt: 0.5 };
var rating_slider = { getRating: () => undefined };
"""


def variables(page, names):
    return page.evaluate(f"[{', '.join(names)}]")


@pytest.mark.parametrize("kind", ["choices", "rating"])
def test_javascript_of_psychopy_shows_texts_as_they_are_written(
    open_page, pack, tmp_path, kind
):
    design = getattr(nasty_texts, kind)(NASTY, face(2))
    words = export(pack, "pavlovia", tmp_path / "out", design)
    (tmp_path / "empty.html").write_text("<!doctype html><title>x</title>", "utf-8")
    page = open_page(tmp_path / "empty.html").page
    code = {name: psychopy_code(tmp_path / "out", name) for name in ("setup", "before")}
    code["pause"] = psychopy_code(tmp_path / "out", "before_pause")
    code["after"] = psychopy_code(tmp_path / "out", "after")
    page.add_script_tag(content=PSYCHOJS + code["setup"]["Begin JS Experiment"])
    pages = ("instruction_text", "start_hint", "continue_hint", "thanks_text")
    found = variables(page, pages)
    assert found[1:] == [words["key_to_start"]] * 3
    assert words["welcome"] in found[0]
    path = tmp_path / "out" / "conditions" / "list_01.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts = [*(NASTY[:1] if kind == "choices" else ()), *NASTY]
    for place, (row, text) in enumerate(zip(rows, texts, strict=True)):
        page.evaluate("(row) => Object.assign(window, row)", row)
        page.add_script_tag(content=code["pause"]["Begin JS Routine"])
        page.add_script_tag(content=code["before"]["Begin JS Routine"])
        if kind == "rating":
            names = ("question_shown", "scale_shown_left", "scale_shown_right")
            assert variables(page, names) == [text, text, text]
            continue
        names = ("choice_caption_1", "choice_caption_2")
        assert variables(page, names) == [f"F = {text}", "J = sad"]
        right = {"feedback_rule": "by_table", "correct_choice": row["choice_1"]}
        page.evaluate("(row) => Object.assign(window, row)", right)
        page.add_script_tag(content=code["after"]["End JS Routine"])
        told = words["feedback_correct"].replace("{label}", text)
        assert variables(page, ["feedback_text"]) == [told]
        if place == 0:
            assert variables(page, ["pause_shown"]) == [words["phase_practice"]]


def test_javascript_of_osweb_gives_feedback_as_it_is_written(open_page, pack, tmp_path):
    (tmp_path / "empty.html").write_text("<!doctype html><title>x</title>", "utf-8")
    page = open_page(tmp_path / "empty.html").page
    design = nasty_texts.choices(NASTY, face(2))
    words = export(pack, "osweb", tmp_path / "out", design)
    script = osexp_script(tmp_path / "out")
    code = r"define inline_javascript score\n\t___run__\n(.*?)\t__end__"
    code = re.search(code, script, re.S)[1]
    for text in NASTY:
        row = {
            "response": "f",
            "response_time": 1,
            "time_face": 1,
            "choice_1": "l001",
            "choice_text_1": shown(text),
            "correct_choice": "l001",
            "feedback_rule": "by_table",
        }
        page.evaluate("(row) => { window.vars = row; }", row)
        page.add_script_tag(content=code)
        told = words["feedback_correct"].replace("{label}", text)
        assert html_text(page.evaluate("vars.feedback_text")) == told
