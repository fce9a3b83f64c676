"""Exports to programs that cannot be run here, held against structures of real files.

Each reader below knows what public experiments of that program consist of, and nothing
of morphkit: which sections, elements and tags there are, how lines are written, what
may refer to what. The rules were read off files that laboratories published: scripts of
PsyToolkit with bitmaps, tables and tasklists (reaction times, Posner cueing, go/no-go,
task switching), scripts of Inquisit (implicit association tests and their like),
surveys in Qualtrics' Advanced Format and the programs that write them, spreadsheets of
Gorilla's Task Builder, and lists of E-Prime. A file that holds to them can still do the
wrong thing in the program; that stays unverified and is said so. A grammar is read best
in one piece: its functions are longer than elsewhere.
"""

import csv
import io
import re

import pytest
from export_study import export, write_small_pack
from lab_exports import DESIGNS

from morphkit.export import FRONT_ENDS

NAME = r"[A-Za-z]\w*"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "pack"
    write_small_pack(folder, identities=["ada"])
    return folder


def require(condition, told):
    if not condition:
        raise ValueError(told)


# ---- PsyToolkit ------------------------------------------------------------------

SECTIONS = {"options", "bitmaps", "fonts", "table", "task", "block", "message"}
STATEMENTS = {
    *("table", "keys", "set", "show", "clear", "delay", "readkey", "readmouse"),
    *("if", "fi", "save"),
}


def check_psytoolkit(script, files):  # noqa: C901
    """Sections start at the margin, what belongs to them is indented.

    Bitmaps have a name, and a file unless it is NAME.png. Rows of a table have equally
    many cells, text in double quotes; a task picks them as @1, @2, … What is shown is
    counted from 1, and cleared by that number.
    """
    bitmaps, tables, tasks, blocks = set(), {}, {}, {}
    section, body = "", []
    for line in [*script.splitlines(), "options"]:
        text = line.partition("#")[0].rstrip() if '"' not in line else line.rstrip()
        if not text:
            continue
        if text[0] != " ":
            word, _, rest = section.partition(" ")
            if word == "bitmaps":
                for entry in body:
                    name, *file = entry.split()
                    require(re.fullmatch(NAME, name), f"bitmap {name}")
                    require((file or [f"{name}.png"])[0] in files, f"no file {entry}")
                    bitmaps.add(name)
            elif word == "table":
                tables[rest] = [re.findall(r'"[^"]*"|\S+', row) for row in body]
                widths = {len(row) for row in tables[rest]}
                require(len(widths) == 1, f"rows of {widths} cells")
            elif word == "task":
                tasks[rest] = body
            elif word == "block":
                blocks[rest] = body
            section, body = text, []
            require(text.split()[0] in SECTIONS, f"no section {text}")
        else:
            body.append(text.strip())
    require(tasks and blocks, "no task or no block")
    for task in tasks.values():
        _check_task(task, bitmaps, tables)
    for block in blocks.values():
        start, end = block.index("tasklist"), block.index("end")
        for entry in block[start + 1 : end]:
            require(
                re.fullmatch(rf"({NAME}) \d+( fixed)?", entry)
                and entry.split()[0] in tasks,
                f"tasklist: {entry}",
            )


def _check_task(task, bitmaps, tables):  # noqa: C901
    rows, keys, n_shown = [], [], 0
    for line in task:
        word, *rest = re.findall(r'"[^"]*"|\S+', line)
        require(word in STATEMENTS, f"no statement {line}")
        for column in re.findall(r"@(\d+)", re.sub(r'"[^"]*"', "", line)):
            require(rows and 1 <= int(column) <= len(rows[0]), f"{line}: no column")
        if word == "table":
            rows = tables[rest[0]]
        elif word == "keys":
            keys = rest
            require(all(re.fullmatch(r"[a-z0-9]|space", k) for k in keys), line)
        elif word == "show":
            require(rest[0] in ("bitmap", "text", "rectangle"), line)
            if rest[0] == "bitmap" and rest[1].startswith("@"):
                cells = {row[int(rest[1][1:]) - 1] for row in rows}
                require(cells <= bitmaps, f"{line}: {cells - bitmaps}")
            elif rest[0] == "bitmap":
                require(rest[1] in bitmaps, f"{line}: no such bitmap")
            n_shown += 1
        elif word == "clear" and rest != ["screen"]:
            require(all(-n_shown <= int(n) <= n_shown for n in rest), line)
        elif word == "delay":
            require(rest[0].isdigit(), line)
        elif word == "readkey":
            require(len(rest) == 2 and rest[1].isdigit(), line)
            if rest[0].startswith("@"):
                right = {int(row[int(rest[0][1:]) - 1]) for row in rows}
            else:
                right = {int(rest[0])}
            require(right <= set(range(len(keys) + 1)), f"{line}: keys {right}")


# ---- Inquisit --------------------------------------------------------------------

#: Element -> whether it has a name.
ELEMENTS = {
    **dict.fromkeys(("defaults", "values", "data", "expt"), False),
    **dict.fromkeys(
        ("item", "picture", "text", "list", "trial", "block", "page", "likert"), True
    ),
}
ATTRIBUTES = {
    *("screencolor", "txcolor", "items", "select", "position", "selectionmode"),
    *("columns", "stimulustimes", "beginresponsetime", "validresponse", "timeout"),
    *("ontrialbegin", "ontrialend", "trials", "blocks", "preinstructions"),
    *("trialduration", "response", "correctresponse", "size", "fontstyle"),
    *("stimulusframes", "postinstructions", "posttrialpause", "anchors", "points"),
    *("numpoints", "mouse", "anchorwidth", "quickanswer", "buttonvalues"),
}


def check_inquisit(script, files):  # noqa: C901
    """Elements are tags with attributes "/ name = value", each closed in turn.

    Names are unique without regard to case. Trials show stimuli that exist, blocks run
    trials, the experiment runs blocks and shows pages, expressions balance brackets.
    """
    script = re.sub(r"^//.*$", "", script, flags=re.M)
    found = re.findall(r"<(\w+)(?: (\w+))?>\n(.*?)</(\w+)>", script, re.S)
    rest = re.sub(r"<(\w+)(?: (\w+))?>\n.*?</\w+>", "", script, flags=re.S)
    require(not rest.strip(), f"outside of elements: {rest.strip()[:40]!r}")
    names = {}
    for tag, name, body, end in found:
        require(tag == end and tag in ELEMENTS, f"<{tag}> … </{end}>")
        require(bool(name) is ELEMENTS[tag], f"<{tag} {name}>")
        require(not name or name.lower() not in names, f"{name} twice")
        if name:
            names[name.lower()] = tag
        if tag == "page":
            require("<" not in body, f"page {name}")
            continue
        for line in body.strip().splitlines():
            told = re.fullmatch(r"/ (\w+) = (.+)", line)
            require(told, f"{tag} {name}: {line!r}")
            free = tag in ("item", "values")
            require(free or told[1] in ATTRIBUTES, f"{tag} {name}: / {told[1]}")
            bare = re.sub(r'"[^"]*"', "", told[2])
            require('"' not in bare, f"{line}: a quote is open")
            for left, right in ("()", "[]"):
                require(bare.count(left) == bare.count(right), f"{line}: brackets")
            if tag == "item":
                require(told[1].isdigit(), line)
    for tag, name, body, _ in found:
        given = dict(re.findall(r"/ (\w+) = (.+)", body))
        kinds = ("picture", "text", "shape")
        for part in given.get("stimulustimes", "[]")[1:-1].split(";"):
            for stimulus in part.partition("=")[2].split(","):
                known = names.get(stimulus.strip().lower())
                asked = stimulus.strip()
                require(not asked or asked == "clearscreen" or known in kinds, part)
        for key, kind in (("trials", ("trial", "likert")), ("blocks", ("block",))):
            for part in given.get(key, "[]")[1:-1].split(";"):
                runs = part.partition("=")[2].strip().lower()
                require(not part or names.get(runs) in kind, f"{tag} {name}: {part}")
        for page in re.findall(r"\w+", given.get("preinstructions", "")):
            require(names.get(page.lower()) == "page", f"no page {page}")
        items = given.get("items", "")
        if re.fullmatch(NAME, items):
            require(names.get(items.lower()) == "item", f"no items {items}")
        for kind, used in re.findall(r"\b(list|item|picture|trial)\.(\w+)\.", body):
            require(names.get(used.lower()) == kind, f"{kind}.{used} is not there")
    for file in re.findall(r'"stimuli/([^"]+)"', script):
        require(file in files, f"no file {file}")
    tags = [tag for tag, *_ in found]
    require(tags.count("expt") == 1 and "block" in tags, "no experiment")


# ---- Qualtrics -------------------------------------------------------------------

QUESTIONS = {"MC:SingleAnswer", "MC:SingleAnswer:Horizontal", "DB", "Text", "TE"}


def check_qualtrics(script, files):  # noqa: C901
    """Tags in double square brackets, alone on their line, in this order.

    [[AdvancedFormat]] opens the file and [[Block:NAME]] a block; a question is
    [[Question:TYPE]], perhaps [[ID:NAME]], its text, and for a choice [[Choices]] with
    one a line. [[PageBreak]] stands between questions.
    """
    lines = script.splitlines()
    require(lines[0] == "[[AdvancedFormat]]", "the first line")
    blocks, ids, question = 0, set(), None
    for line in [*lines[1:], "[[Block:]]"]:
        tag = re.fullmatch(r"\[\[(\w+)(?::(.*))?\]\]", line)
        if tag is None:
            require("[[" not in line, line)
            if line and question is None:
                raise ValueError(f"outside of a question: {line}")
            if line:
                question[-1].append(line)
            continue
        kind, told = tag[1], tag[2]
        if kind in ("Block", "Question", "PageBreak"):
            if question is not None:
                _check_question(question)
            question = None
        if kind == "Block":
            blocks += 1
        elif kind == "Question":
            require(blocks and told in QUESTIONS, line)
            question = [told, []]
        elif kind == "ID":
            require(question is not None and question[1:] == [[]], line)
            require(told not in ids and re.fullmatch(r"\w+", told), line)
            ids.add(told)
        elif kind == "Choices":
            require(question is not None and len(question) == 2, line)
            question.append([])
        else:
            require(kind == "PageBreak", line)
    require(ids, "no question has a name")
    for file in re.findall(r'src="[^"]*/([^"/]+)"', script):
        require(file in files, f"no file {file}")


def _check_question(question):
    kind, text, *choices = question
    require(text, f"{kind} without a text")
    require(bool(choices) is kind.startswith("MC"), f"{kind}: choices {choices}")
    require(not choices or len(choices[0]) >= 2, f"{kind}: {choices}")


# ---- Gorilla, E-Prime ------------------------------------------------------------


def check_gorilla(text, files):
    """A row for each screenful; the column "display" names what is shown there.

    All other columns are the experimenter's; images are named as they were uploaded.
    """
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    require("display" in head and len(set(head)) == len(head), f"columns {head}")
    require(all(re.fullmatch(NAME, name) for name in head), f"columns {head}")
    require(all(len(row) == len(head) for row in rows), "rows of different length")
    at = head.index("display")
    require(all(row[at] for row in rows), "a row without a display")
    images = [k for k, name in enumerate(head) if name.startswith("Image")]
    shown = {row[k] for row in rows for k in images if row[k]}
    require(shown and shown <= set(files), f"no files {shown - set(files)}")


def check_eprime(text, files):
    """A List: Weight, Nested and Procedure, then attributes; tabs; no quoting.

    Weights are whole numbers; names are of letters and digits; rows have a procedure.
    """
    head, *rows = (line.split("\t") for line in text.rstrip().split("\r\n"))
    require(head[:3] == ["Weight", "Nested", "Procedure"], f"columns {head[:3]}")
    require(all(re.fullmatch(NAME, name) for name in head), f"columns {head}")
    require(len(set(map(str.lower, head))) == len(head), "a column comes twice")
    require(text.isascii() and rows, "not ASCII, or no rows")
    for row in rows:
        require(len(row) == len(head), f"{len(row)} cells")
        require(row[0].isdigit() and int(row[0]) >= 1 and row[2], f"row {row[:3]}")
        require(not any(cell.startswith('"') for cell in row), "quoted")
    images = [k for k, name in enumerate(head) if name.startswith("Image")]
    shown = {row[k] for row in rows for k in images}
    require(shown and shown <= set(files), f"no files {shown - set(files)}")


#: Front end -> its reader, and the files it is for.
READERS = {
    "psytoolkit": (check_psytoolkit, "script_list_*.txt"),
    "inquisit": (check_inquisit, "inquisit_list_*.iqx"),
    "qualtrics": (check_qualtrics, "qualtrics_list_*.txt"),
    "gorilla": (check_gorilla, "gorilla_list_*.csv"),
    "eprime": (check_eprime, "eprime_list_*.txt"),
}


def exported(pack, name, folder, kind="categorisation"):
    """Return the scripts of an export, and the names of its images."""
    export(pack, name, folder, DESIGNS[kind]())
    paths = sorted(folder.glob(READERS[name][1]))
    scripts = [path.read_bytes().decode("utf-8") for path in paths]
    return scripts, {path.name for path in folder.rglob("*.png")}


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("name", READERS)
def test_exports_have_the_structure_of_real_files(pack, tmp_path, name, kind):
    if FRONT_ENDS[name].lacks(DESIGNS[kind]()):
        return  # refused, which test_export_lab holds
    scripts, files = exported(pack, name, tmp_path / "out", kind)
    assert scripts
    for script in scripts:
        READERS[name][0](script, files)


#: Front end, what is replaced, by what, and what its reader says then.
FAULTS = [
    ("psytoolkit", "bitmaps\n", "pictures\n", "no section"),
    ("psytoolkit", "  readkey @7", "  readkey @8", "no column"),
    ("psytoolkit", "onetrial 3", "othertrial 3", "tasklist"),
    ("psytoolkit", '"main" 0', '"main"', "cells"),
    ("psytoolkit", "  clear 2", "  clear 9", "clear 9"),
    ("psytoolkit", "  show bitmap @2", "  show bitmap @3", "show bitmap"),
    ("inquisit", "</picture>", "</text>", "<picture>"),
    ("inquisit", "<trial onetrial>", "<trial>", "<trial >"),
    ("inquisit", "1-3 = onetrial", "1-3 = anothertrial", "anothertrial"),
    ("inquisit", "/ validresponse", "/ validresponses", "validresponses"),
    ("inquisit", "preinstructions = (welcome)", "preinstructions = (hello)", "hello"),
    ("inquisit", "list.trialorder.next", "list.order.next", "list.order"),
    ("inquisit", "[0 = fixation", "[0 = cross", "cross"),
    ("qualtrics", "[[Choices]]\n", "", "choices"),
    ("qualtrics", "[[ID:l01_t002]]", "[[ID:l01_t001]]", "ID"),
    ("qualtrics", "[[Question:DB]]", "[[Question:Picture]]", "Picture"),
    ("qualtrics", "[[AdvancedFormat]]\n", "", "first line"),
    ("gorilla", "display,", "screen,", "columns"),
    ("gorilla", "Trial,", "Trial,,", "length"),
    ("gorilla", "_s01.png", "_s09.png", "no files"),
    ("eprime", "Weight\t", "Weights\t", "columns"),
    ("eprime", "TrialProc", "", "row"),
    ("eprime", "Image1\t", "Image 1\t", "columns"),
    ("eprime", "1\t\tTrialProc", "1\tTrialProc", "cells"),
]


@pytest.mark.parametrize(("name", "old", "new", "told"), FAULTS)
def test_readers_find_faults(pack, tmp_path, name, old, new, told):
    scripts, files = exported(pack, name, tmp_path / "out")
    assert old in scripts[0]
    with pytest.raises(ValueError, match=re.escape(told)):
        READERS[name][0](scripts[0].replace(old, new), files)
