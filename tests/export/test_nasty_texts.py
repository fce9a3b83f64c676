"""Texts that programs would run, fill in or cut arrive as written, or are refused.

One list of them (tests/helpers/nasty_texts.py) goes through every front end.
"""

import dataclasses
import gzip
import html
import json
import re
from pathlib import Path
from urllib.parse import unquote

import nasty_texts
import pytest
from export_study import write_small_pack
from lab_exports import category, face
from nasty_texts import CODE, INVISIBLE, NASTY
from reading_exports import READERS, psychopy_pages, psytoolkit
from small_study import RUNNER

from morphkit.cli import main
from morphkit.errors import InputError
from morphkit.experiment.design import Training, Trial
from morphkit.experiment.designs.files import write_design
from morphkit.experiment.texts import read_wording, wording_text
from morphkit.export import FRONT_ENDS
from morphkit.export.write_export import write_export
from morphkit.pack import write_pack

#: Texts that a program cannot show, by front end.
BACKSLASH_N = {"a\\nb"}
LINE_ENDS = {"one\ntwo", "one\n\nthree"}
FORMULAS = {"=1+1", "+1-2", "- or +", "@SUM(A1)", "=cmd|' /C calc'!A0", "'=quoted"}
BLANKS = {" before", "after "}
TAGS = {"</script><script>ran()</script>", "<b>bold</b> & <br>", "<!-- x"}
EXPRESSION = {"<% script.elapsedtime %>"}
REFUSED = {
    "psychtoolbox": BACKSLASH_N,
    "gorilla": LINE_ENDS
    | FORMULAS
    | BLANKS
    | TAGS
    | EXPRESSION
    | {"two  blanks", "&lt; &amp; &#36;", "${header}", "${e://Field/x}"},
    "eprime": LINE_ENDS
    | FORMULAS
    | BLANKS
    | BACKSLASH_N
    | {CODE, "[Which word?]", "[subject_nr]", "[=1 + 1]", "\\[x\\]", "[[PageBreak]]"}
    | {"5 $ or \\$5", "C:\\faces\\", '"""'},
    "inquisit": LINE_ENDS | BLANKS | TAGS | EXPRESSION | {"~n ^ @1"},
    "psytoolkit": LINE_ENDS
    | BLANKS
    | BACKSLASH_N
    | {'say "yes"', '"""', "$instruction_text", "5 $ or \\$5", "C:\\faces\\"}
    | {"# no comment", "\\[x\\]", "${header}", "${e://Field/x}", "$& and $1"}
    | {"~n ^ @1", "<b>bold</b> & <br>", "a < b & c", "&lt; &amp; &#36;"}
    | {"@SUM(A1)"},
}
#: What E-Prime refuses as letters, all together.
NOT_ASCII = {text for text in NASTY if not text.isascii()}


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "pack"
    write_small_pack(folder, identities=["ada"])
    return folder


def export(pack, name, output, design, words):
    write_export(pack, name, output, design=design, wording=words)
    return output


def texts_for(name):
    left_out = REFUSED.get(name, set()) | (NOT_ASCII if name == "eprime" else set())
    return nasty_texts.without(left_out)


def in_lines(text):
    """Return a text without what breaking it into lines changes."""
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("name", READERS)
def test_answers_arrive_as_they_are_written(pack, tmp_path, name):
    texts = texts_for(name)
    design = nasty_texts.choices(texts, face(2))
    words = nasty_texts.wording(texts, common="Hello.")
    trials, _ = READERS[name](export(pack, name, tmp_path / "out", design, words))
    assert [left for _, left, _ in trials] == [texts[0], *texts]
    assert {right for _, _, right in trials} == {"sad"}


@pytest.mark.parametrize(
    "name",
    [n for n in READERS if not FRONT_ENDS[n].lacks(nasty_texts.rating("a", "s"))],
)
def test_questions_and_scales_arrive_as_they_are_written(pack, tmp_path, name):
    texts = texts_for(name)
    design = nasty_texts.rating(texts, face(2))
    words = nasty_texts.wording(texts, common="Hello.")
    trials, _ = READERS[name](export(pack, name, tmp_path / "out", design, words))
    if name == "qualtrics":
        wanted = [(f"{text}\n{text} = 0, {text} = 10", "", "") for text in texts]
    else:
        wanted = [(text, text, text) for text in texts]
    assert trials == wanted


@pytest.mark.parametrize(
    "name",
    [n for n in READERS if not FRONT_ENDS[n].lacks(nasty_texts.labels("abcd", "s"))],
)
def test_several_labels_arrive_as_they_are_written(pack, tmp_path, name):
    texts = texts_for(name)
    design = nasty_texts.labels(texts, face(2))
    words = nasty_texts.wording(texts, common="Hello.")
    trials, _ = READERS[name](export(pack, name, tmp_path / "out", design, words))
    shown = [text for _, *answers in trials for text in answers]
    assert shown[: len(texts)] == list(texts)


#: Pages that a front end does not write into its files.
WITHOUT_PAGES = ("eprime", "psych_ds")


@pytest.mark.parametrize("name", [n for n in READERS if n not in WITHOUT_PAGES])
def test_pages_and_feedback_arrive_as_they_are_written(pack, tmp_path, name):
    texts = texts_for(name)
    design = nasty_texts.choices(texts, face(2))
    words = nasty_texts.wording(texts)
    _, pages = READERS[name](export(pack, name, tmp_path / "out", design, words))
    wanted = in_lines("\n".join(texts))
    assert pages
    for page in _MADE_OF_THEM.get(name, pages):
        label = texts[0] if page == "feedback" else "{label}"
        said = wanted if "feedback" not in page else f"{wanted}{label}{wanted}"
        assert in_lines(said) in in_lines(pages[page]), page


#: Pages that consist of the texts, where others do not.
_PAGES = ("title", "welcome", "thanks", "break", "too_slow", "feedback_correct")
_MADE_OF_THEM = {"jspsych": _PAGES, "labjs": _PAGES}


@pytest.mark.parametrize("text", [t for t in NASTY if t not in REFUSED["psytoolkit"]])
def test_captions_of_psytoolkit_arrive_as_they_are_written(pack, tmp_path, text):
    design = nasty_texts.choices([text], face(2))
    words = nasty_texts.wording([text], common="Hello.")
    trials, _ = psytoolkit(export(pack, "psytoolkit", tmp_path / "out", design, words))
    assert trials == [("", text, "sad")]


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_program_cannot_show_is_refused_by_name(pack, tmp_path, name):
    """Every text, with its key, its file and what to do; nothing is written."""
    texts = nasty_texts.without(NOT_ASCII) if name == "eprime" else NASTY
    words = nasty_texts.wording(texts, common="Hello.") | {"file": "mine.toml"}
    with pytest.raises(InputError) as caught:
        export(pack, name, tmp_path / "out", nasty_texts.choices(texts, face(2)), words)
    errors = getattr(caught.value, "errors", (caught.value,))
    told = {text for text in texts for e in errors if f" {text!r}: it has" in e.problem}
    assert told == REFUSED[name]
    for error in errors:
        assert re.match(r"mine\.toml: [a-z_]+_l\d{3}[a-z_]*: ", str(error)), error
        assert "reword it there" in str(error)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", INVISIBLE)
@pytest.mark.parametrize("name", ["jspsych", "psychopy", "eprime"])
def test_what_cannot_be_seen_is_refused_everywhere(pack, tmp_path, name, text):
    words = nasty_texts.wording(["a"], common="Hello.") | {"thanks": text}
    design = nasty_texts.choices(["a"], face(2))
    told = (
        re.escape(repr(text)[1:-1]) + r".*has the character U\+.*write the text again"
    )
    with pytest.raises(InputError, match=rf'(?s)wording "en": thanks: .*{told}'):
        export(pack, name, tmp_path / "out", design, words)


def test_psychopy_shows_variables_alone(pack, tmp_path):
    """A text in a field of Builder would be read by Builder."""
    words = nasty_texts.wording()
    for kind in (nasty_texts.choices, nasty_texts.rating):
        out = export(
            pack, "psychopy", tmp_path / kind.__name__, kind(NASTY, face(2)), words
        )
        assert {"start_hint", "continue_hint", "thanks_text"} <= psychopy_pages(out)
    assert not Path("ran").exists()


def test_the_builder_of_labjs_fills_in_its_own_header_alone(pack, tmp_path):
    words = nasty_texts.wording(["a"], common="${ header } & ${header}")
    words["language"] = "${ header }"
    design = nasty_texts.choices(["a"], face(2))
    write_export(
        pack, "labjs", tmp_path / "out", design=design, wording=words, language="${x}"
    )
    (path,) = (tmp_path / "out").glob("*.study.json")
    files = json.loads(path.read_text("utf-8"))["files"]["files"]
    page = unquote(files["index.html"]["content"].partition(",")[2])
    assert page.count("$") == 1
    assert "\n  ${ header }\n" in page
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert html.unescape(title) == words["title"]


@pytest.mark.parametrize(
    "name", ["none", "nan", "a,b", "=x", "[x]", "x' or 'x", "a|b", "é", "{x}", "1"]
)
def test_labels_and_scales_are_names(name):
    """They stand in tables, data files and code of every program."""
    for trial in (
        lambda: Trial("main", 1, (face(2),), (name, "sad")),
        lambda: Trial("main", 1, (face(2),), (), question=name),
        lambda: Trial("main", 1, (name,), ("happy", "sad")),
        lambda: Training(1.0, name, "sad"),
    ):
        with pytest.raises(InputError, match="is not a name; a letter, then"):
            trial()


#: Names of files, which a pack from strangers may have, and which stand in scripts.
FILES = ("{1+1}", "[x]", "a' b", "&$x", "=x,y")


@pytest.fixture(scope="module")
def renamed(tmp_path_factory):
    """Return a pack whose images are called otherwise than their stimuli."""
    folder = tmp_path_factory.mktemp("packs") / "pack"
    made = write_small_pack(folder, identities=["ada"])
    rows = []
    for row, name in zip(made.stimuli, FILES, strict=True):
        rows.append(dataclasses.replace(row, file=f"materials/stimuli/ada/{name}.png"))
        (folder / row.file).rename(folder / rows[-1].file)
    for path in folder.rglob("*"):
        if path.is_file() and path.parts[-4:-2] != ("materials", "stimuli"):
            path.unlink()
    write_pack(dataclasses.replace(made, stimuli=tuple(rows)), folder)
    return folder


#: All but a data set, which keeps the files of the pack.
SHOWN = [n for n, a in FRONT_ENDS.items() if a.shows_trials and n != "psych_ds"]


@pytest.mark.parametrize("name", SHOWN)
def test_images_are_called_as_the_stimulus_whatever_their_file(renamed, tmp_path, name):
    words = read_wording("en", labels=("happy", "sad"))
    export(renamed, name, tmp_path / "out", category(), words)
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    for file in FILES:
        assert not [path for path in written if file in path.name]
        for path in written:
            data = path.read_bytes()
            data = gzip.decompress(data) if path.suffix == ".osexp" else data
            assert f"{file}.png".encode() not in data, path


def test_a_wording_of_ones_own_is_named_on_the_command_line(pack, tmp_path):
    own = tmp_path / "mine.toml"
    text = wording_text("en").replace('happy = "happy"', 'happy = "a\\\\nb"')
    own.write_text(text, "utf-8")
    (tmp_path / "design").mkdir()
    write_design(category(), tmp_path / "design")
    told = RUNNER.invoke(
        main,
        [
            *("export", str(pack), "psychtoolbox", "--output", str(tmp_path / "out")),
            *("--design", str(tmp_path / "design"), "--language", str(own)),
        ],
    )
    assert told.exit_code == 3
    assert f"{own}: label_happy: Psychtoolbox cannot show the text" in told.stderr
    assert "reword it there" in told.stderr
    assert not (tmp_path / "out").exists()
