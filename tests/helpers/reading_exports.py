"""What participants read in an export, as each program makes it out of the files.

Each reader follows what the code or the manual of its program does with a file, and
knows nothing of morphkit. ``validators/`` lets the programs themselves read the same
texts.
"""

import ast
import csv
import html
import json
import math
import re
import shlex
import sys
import tarfile
import types
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import scipy.io

#: Question, then answers from the left, or both ends of the scale; of every trial.
Trials = list[tuple[str, ...]]


def numbered(row: Mapping[str, Any], name: str) -> list[Any]:
    """Return the cells ``name1``, ``name2``, … of a row."""
    found = [row[f"{name}{k}"] for k in range(1, 20) if f"{name}{k}" in row]
    assert len(found) >= 2, row
    return found


def html_text(markup: str) -> str:
    """Return what a browser shows of HTML whose only tags are ``<br>`` and images."""
    markup = re.sub(r"<img [^>]*>", "", markup)
    lines = re.split(r"<br>", markup)
    assert not any(re.search(r"<[A-Za-z/!?]", line) for line in lines), markup
    # Blanks at the ends of a line, and more than one, are left out.
    lines = [re.sub(r"[ \t\n]+", " ", line).strip(" ") for line in lines]
    return html.unescape("\n".join(lines)).replace("\u00a0", " ")


# ---- PsychoPy: data/utils.py (importConditions), and the code of the components


def import_conditions(path: Path) -> list[dict[str, Any]]:
    """Return a table of conditions as PsychoPy's function of that name does."""
    table = pd.read_csv(path, encoding="utf-8-sig", sep=",", decimal=".")
    rows = []
    for record in table.to_dict("records"):
        row = {}
        for name, value in record.items():
            if isinstance(value, str):
                try:
                    value = float(value.replace(",", "."))
                except ValueError:
                    value = value.replace("\\n", "\n")
            elif isinstance(value, float) and math.isnan(value):
                value = None
            if isinstance(value, str) and value[:1] == "[" and value[-1:] == "]":
                value = eval(value)
            row[name] = value
        rows.append(row)
    return rows


def psychopy_code(folder: Path, component: str) -> dict[str, str]:
    """Return the code of a component by its moment."""
    (path,) = folder.glob("*.psyexp")
    found = ET.parse(path).getroot().find(f".//CodeComponent[@name='{component}']")
    assert found is not None
    return {str(p.get("name")): str(p.get("val")) for p in found}


def psychopy_pages(folder: Path) -> set[str]:
    """Return the names of the variables that texts of the experiment show."""
    (path,) = folder.glob("*.psyexp")
    texts = ET.parse(path).getroot().findall(".//TextComponent/Param[@name='text']")
    shown = {str(text.get("val")) for text in texts} - {"+"}
    # Everything else would be read by Builder: a dollar sign, a backslash, a quote.
    assert all(re.fullmatch(r"\$\w+", name) for name in shown), shown
    return {name[1:] for name in shown}


def psychopy(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials and of pages."""
    space: dict[str, Any] = {
        "expInfo": {"participant": "1"},
        "win": SimpleNamespace(size=(1280, 800)),
        "thisExp": SimpleNamespace(addData=lambda *_: None),
    }
    exec(psychopy_code(folder, "setup")["Begin Experiment"], space)
    trials = []
    feedback = pause = ""
    rows = import_conditions(folder / "conditions" / "list_01.csv")
    for row in rows:
        space |= row
        exec(psychopy_code(folder, "before_pause")["Begin Routine"], space)
        if row["pause_text"] != "none":
            pause = space["pause_shown"]
        exec(psychopy_code(folder, "before")["Begin Routine"], space)
        if "choice_1" in row:
            captions = numbered(space, "choice_caption_")
            right = [str(caption).partition(" = ")[2] for caption in captions]
            space["answer_key"] = SimpleNamespace(keys="f", rt=0.5)
            exec(psychopy_code(folder, "after")["End Routine"], space)
            feedback = feedback or space["feedback_text"]
        else:
            right = [space[f"scale_shown_{side}"] for side in ("left", "right")]
        trials.append((space["question_shown"], *right))
    names = ("instruction_text", "start_hint", "continue_hint", "thanks_text")
    pages = {name: space[name] for name in names}
    return trials, pages | {"pause": pause, "feedback": feedback}


# ---- OpenSesame: libopensesame/syntax.py, loop.py, sketchpad_elements, RichText


def _auto_type(value: str) -> str | int | float:
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if math.isfinite(number) and int(number) == number else number


def _evaluated(text: Any, space: Mapping[str, Any]) -> Any:
    if not isinstance(text, str):
        return text
    if re.search(r"(?<!{){(?!{)", text):
        escaped = text.replace("'''", r"\'\'\'")
        text = eval(f"f'''{escaped}'''", dict(space))
    else:
        assert not re.search(r"(?<!\\)(\\\\)*\[[_a-zA-Z=]", text), text
        text = text.replace("\\[", "[").replace("\\]", "]")
    return _auto_type(text)


def osexp_script(folder: Path) -> str:
    """Return the script of an experiment."""
    (path,) = folder.glob("*.osexp")
    with tarfile.open(path) as archive:
        member = archive.extractfile("script.opensesame")
        assert member is not None
        return member.read().decode("utf-8")


def _items(script: str) -> dict[str, list[list[str]]]:
    """Return the lines of every item in words; code is left out."""
    script = re.sub(r"\t___run__\n.*?\t__end__\n", "", script, flags=re.S)
    items: dict[str, list[list[str]]] = {"": []}
    name = ""
    for line in script.partition("\n---\n")[2].split("\n"):
        words = shlex.split(line)
        if words[:1] == ["define"]:
            name = words[2]
            items[name] = []
        elif words:
            items[name].append(words)
    return items


def _drawn(item: list[list[str]], space: Mapping[str, Any]) -> list[str]:
    """Return the texts that a sketchpad shows, one after the other."""
    texts = []
    for words in item:
        if words[:2] == ["draw", "textline"]:
            (text,) = (w.removeprefix("text=") for w in words if w.startswith("text="))
            found = _evaluated(_auto_type(text), space)
            texts.append(html_text(str(found)))
    return texts


def opensesame(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials and of pages."""
    script = osexp_script(folder)
    items = _items(script)
    space: dict[str, Any] = {w[1]: _auto_type(w[2]) for w in items[""] if w[0] == "set"}
    rows: dict[int, dict[str, Any]] = {}
    for words in items["list_01"]:
        if words[0] == "setcycle":
            rows.setdefault(int(words[1]), {})[words[2]] = _auto_type(words[3])
    trials, pause, feedback = [], "", ""
    n_rows = next(int(w[2]) for w in items["list_01"] if w[:2] == ["set", "cycles"])
    for number in range(n_rows):
        now = space | rows.get(number, {})
        now = {name: _evaluated(value, now) for name, value in now.items()}
        texts = _drawn(items["face"], now)
        if "choice_1" in now:
            texts[1:] = [text.partition(" = ")[2] for text in texts[1:]]
            feedback = feedback or _opensesame_feedback(script, now)
        trials.append(tuple(texts if "choice_1" in now else texts[:3]))
        if now["pause_text"] != "none":
            pause = _drawn(items["pause"], now)[0]
    pages = {name: _drawn(items[name], space)[0] for name in ("welcome_01", "thanks")}
    pages["pause"] = pause
    if feedback:
        pages["feedback"] = feedback
    return trials, pages


def _opensesame_feedback(script: str, row: Mapping[str, Any]) -> str:
    """Return what the code in Python says to the left key; OSWeb has none."""
    code = r"define inline_script score\n\t___run__\n(.*?)\t__end__"
    found = re.search(code, script, re.S)
    if not found:
        return ""
    var = SimpleNamespace(**row, response="f", response_time=1, time_face=1)
    var.get = lambda name, default=None: getattr(var, name, default)
    exec(re.sub(r"^\t", "", found[1], flags=re.M), {"var": var})
    return html_text(var.feedback_text) if var.show_feedback else ""


# ---- Psychtoolbox: load, DrawFormattedText


def psychtoolbox(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials and of pages."""

    def text(codes: Any) -> str:
        found = "".join(map(chr, np.atleast_1d(codes).astype(float).astype(int)))
        return found.replace("\\n", "\n")  # as DrawFormattedText does

    data = scipy.io.loadmat(folder / "trials.mat", simplify_cells=True)
    settings = data["settings"]
    names = ("instructions", "key_to_start", "key_to_continue", "too_slow", "thanks")
    pages = {name: text(settings[name]) for name in names}
    trials = []
    for row in data["lists"]:
        if "caption_1" in row:
            captions = map(text, numbered(row, "caption_"))
            both = [caption.partition(" = ")[2] for caption in captions]
            pages.setdefault("feedback", text(row["said_right_1"]))
        else:
            both = [text(row["left_codes"]), text(row["right_codes"])]
        if np.size(row["pause_codes"]):
            pages["pause"] = text(row["pause_codes"])
        trials.append((text(row["question_codes"]), *both))
    return trials, pages


# ---- Expyriment: design.Block.add_trials_from_csv_file, and the script


def expyriment(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials and of pages."""
    drawn: list[str] = []

    class Block:
        def __init__(self) -> None:
            self.trials: list[SimpleNamespace] = []

        def add_trials_from_csv_file(self, path: str, encoding: str) -> None:
            with Path(path).open(newline="", encoding=encoding) as file:
                for row in csv.DictReader(file):
                    get = row.__getitem__
                    one = SimpleNamespace(factor_names=list(row), get_factor=get)
                    self.trials.append(one)

    class TextLine:
        def __init__(self, text: str, **_: object) -> None:
            drawn.append(text)

        def plot(self, _: object) -> None:
            pass

    stand_in: Any = types.ModuleType("expyriment")
    stand_in.design = SimpleNamespace(Block=Block)
    stand_in.stimuli = SimpleNamespace(TextLine=TextLine)
    stand_in.control = stand_in.io = stand_in.misc = None
    source = (folder / "run_expyriment.py").read_text("utf-8")
    script: dict[str, Any] = {"__name__": "script", "__file__": str(folder / "x.py")}
    sys.modules["expyriment"] = stand_in
    try:
        exec(compile(ast.parse(source), "run_expyriment.py", "exec"), script)
    finally:
        del sys.modules["expyriment"]

    def read(text: str) -> str:
        drawn.clear()
        script["write"](None, text, 0, 0)
        return "\n".join(drawn)

    trials, pause = [], ""
    for row in script["read_trials"](1):
        if "choice_1" in row:
            shown = numbered(row, "choice_text_")
        else:
            shown = [row["scale_text_left"], row["scale_text_right"]]
        trials.append((row["question_text"], *shown))
        pause = row["pause_text"] if row["pause_text"] != "none" else pause
    study = script["STUDY"]
    assert read("one\ntwo\n\nthree") == "one\ntwo\nthree"  # an empty line is a gap
    pages = {"instructions": study["instructions"][0], **study["texts"]}
    return trials, pages | {"pause": pause}


# ---- browsers: a script of JSON (tests/browser runs it)


def browser(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials and of pages."""
    (path,) = folder.rglob("study.js")
    script = path.read_text("utf-8")
    study = json.loads(script.removeprefix("window.MORPHKIT = ").rstrip().rstrip(";"))
    asks = [study["asks"][trial[3]] for trial in study["lists"][0]]
    trials = [(a["question"], *(a["answers"] or a["ends"])) for a in asks]
    return trials, study["texts"]


# ---- spreadsheets, surveys and scripts


def psych_ds(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials, as a spreadsheet shows them: none is run."""
    (path,) = (folder / "data").glob("task-*.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for cell in (cell for row in rows for cell in row.values()):
        number = re.fullmatch(r"[+-]?[\d.]+(e-?\d+)?", cell)
        assert number or cell[:1] not in "=+-@\t\r" or not cell, cell
    trials = []
    for row in rows:
        if "choice_1" in row:
            shown = numbered(row, "choice_text_")
        else:
            shown = [row["scale_text_left"], row["scale_text_right"]]
        trials.append(tuple(map(_without_apostrophe, (row["question_text"], *shown))))
    return trials, {}


def _without_apostrophe(cell: str) -> str:
    """Return a cell without the apostrophe with which a spreadsheet marks a text."""
    return cell[1:] if re.match(r"'+\s*[=+\-@]", cell) else cell


def gorilla(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials and pages; shown alike as HTML and as they stand."""
    with (folder / "gorilla_list_01.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for cell in row.values():
            assert html_text(cell) == cell.replace("<br>", "\n"), cell
            assert not re.match(r"\s*[=+@]|-\D", cell), cell
    trials = [
        (html_text(r["Question"]), r["ChoiceLeft"], r["ChoiceRight"])
        for r in rows
        if r["display"] == "Trial"
    ]
    pages = {r["display"]: html_text(r["Text"]) for r in rows if r["Text"]}
    return trials, pages


def qualtrics(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials and pages: marks are read first, then HTML."""
    lines = (folder / "qualtrics_list_01.txt").read_text("utf-8").split("\n")
    assert not any("${" in line for line in lines)
    parts: list[list[str]] = []
    for line in lines:
        if line.startswith("[["):
            parts.append([line])
        elif line.strip():
            parts[-1].append(line)
    trials: Trials = []
    pages = {}
    for (mark, *words), after in zip(parts, [*parts[1:], [""]], strict=True):
        if mark.startswith("[[ID:"):
            question = html_text(words[0]).removeprefix("\n")
            if after[0] == "[[Choices]]":
                shown = tuple(html_text(word) for word in after[1:])
            else:
                shown = ("", "")  # the ends are in the text
            trials.append((question, *shown))
        elif mark == "[[Question:DB]]":
            (text,) = words
            pages[f"page {len(pages)}"] = html_text(text)
    return trials, pages


def eprime(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials: cells between tabs, as they stand."""
    text = (folder / "eprime_list_01.txt").read_bytes().decode("ascii")
    head, *rows = (line.split("\t") for line in text.removesuffix("\r\n").split("\r\n"))
    found = [dict(zip(head, row, strict=True)) for row in rows]
    return [(r["Question"], r["TextLeft"], r["TextRight"]) for r in found], {}


_INQUISIT = {'"': '"', "n": "\n", "t": "\t"}


def inquisit(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the texts of trials and the page, with the manual's special characters."""
    script = (folder / "inquisit_list_01.iqx").read_text("utf-8")

    def items(name: str) -> list[str]:
        body = script.split(f"<item {name}>\n")[1].split("\n</item>")[0]
        found = []
        for line in body.split("\n"):
            told = re.fullmatch(r'/ \d+ = "((?:[^"~]|~.)*)"', line)
            assert told, line
            found.append(re.sub("~(.)", lambda m: _INQUISIT[m[1]], told[1]))
        return found

    page = script.split("<page welcome>\n")[1].split("\n</page>")[0]
    names = ("texts_question", "texts_left", "texts_right")
    return list(zip(*map(items, names), strict=True)), {
        "welcome": page.replace("^", "\n")
    }


def psytoolkit(folder: Path) -> tuple[Trials, dict[str, str]]:
    """Return the captions of the only trial."""
    script = (folder / "script_list_01.txt").read_text("utf-8")
    told = re.findall(r'^  show text "([^"\n]*)" (-?\d+) -?\d+$', script, re.M)
    both = sorted((int(x), text) for text, x in told if " = " in text)
    left, right = (text.partition(" = ")[2] for _, text in both)
    return [("", left, right)], {}


READERS = {
    "jspsych": browser,
    "labjs": browser,
    "psychopy": psychopy,
    "pavlovia": psychopy,
    "opensesame": opensesame,
    "osweb": opensesame,
    "psychtoolbox": psychtoolbox,
    "expyriment": expyriment,
    "gorilla": gorilla,
    "qualtrics": qualtrics,
    "eprime": eprime,
    "inquisit": inquisit,
    "psych_ds": psych_ds,
}
