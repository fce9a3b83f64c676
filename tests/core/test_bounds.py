"""Files, paths and documents of strangers: what is opened, and how much is read."""

import ast
import os
import re
from pathlib import Path

import hostile
import pytest
from repository import DOCS, PACKAGE

from morphkit._core import bounds, documents
from morphkit._core.documents import parse_json, parse_toml, read_json
from morphkit._core.files import sha256_of
from morphkit._core.paths import inside
from morphkit._core.reading import read_bytes
from morphkit._core.text import visible
from morphkit.errors import InputError


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize("read", [read_bytes, sha256_of, read_json])
def test_a_pipe_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "a.json")
    with hostile.at_most(5), pytest.raises(InputError, match="a pipe or a device"):
        read(tmp_path / "a.json")


def test_a_device_is_no_file():
    if not Path("/dev/zero").exists():
        pytest.skip("this system has no such device")
    with pytest.raises(InputError, match="a pipe or a device"):
        read_bytes("/dev/zero")


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        file.truncate(bounds.HELD_BYTES + 1)  # takes no room on the disk
    with pytest.raises(InputError, match="bytes; at most"):
        read_bytes(tmp_path / "a")
    with pytest.raises(InputError, match="at most 5 are read"):
        read_bytes(tmp_path / "a", most=5)


def test_paths_stay_in_their_folder(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out.txt").write_text("x")
    assert inside(tmp_path / "in", "a/b.txt") == tmp_path / "in" / "a" / "b.txt"
    for path in ("../out.txt", "/out.txt", "a\\b", "", "a//b", "NUL.txt", "a\x00b"):
        with pytest.raises(InputError, match="is not a path inside"):
            inside(tmp_path / "in", path)
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out.txt")
    with pytest.raises(InputError, match="leads out of its folder"):
        inside(tmp_path / "in", "link")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "not JSON"),
        ("[" * 60 + "]" * 60, "levels deep"),
        ('"\\ud800"', "not JSON"),
        ("[NaN]", "NaN is not finite"),
        ("[1e999]", "Infinity is not finite"),
        (f"[{'9' * 5000}]", "not JSON"),
        ('{"a": 1,\n]', r"a\.json:2: not JSON"),
    ],
)
def test_what_is_no_json_is_told(text, message):
    with pytest.raises(InputError, match=message):
        parse_json(text, where="a.json")


@pytest.mark.parametrize(
    "text",
    [f"a = {'[' * 5000}", f"a = {'9' * 5000}", f"{'a.' * 100}a = 1", 'a = "\\ud800"'],
)
def test_what_is_no_toml_is_told(text):
    with pytest.raises(InputError, match=r"^a\.toml"):
        parse_toml(text, where="a.toml")


def test_too_many_values_are_told(monkeypatch):
    monkeypatch.setattr(documents, "VALUES", 10)
    with pytest.raises(InputError, match="more than 10 values"):
        parse_json(str(list(range(11))), where="a.json")


def test_texts_have_no_codes_of_terminals():
    assert visible("a\x1b[2J\x9b\u202e\ud800\n\tb") == (
        "a\\x1b[2J\\u009b\\u202e\\ud800\n\tb"
    )


def test_every_limit_is_in_the_docs():
    page = (DOCS / "limits.md").read_text("utf-8")
    said = {
        int(number.replace(",", "")) for number in re.findall(r"[0-9][0-9,]*", page)
    }
    said |= {int(n) * 2**30 for n in re.findall(r"([0-9]+) GiB", page)}
    said |= {int(n) * 2**20 for n in re.findall(r"([0-9]+) MiB", page)}
    values = {n: v for n, v in vars(bounds).items() if n.isupper()}
    assert not {name: value for name, value in values.items() if value not in said}


def calls_in(path: Path) -> set[str]:
    """Return what a module calls, by the last name."""
    return {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


#: What opens a file or parses a document.
READING = {"read_bytes", "read_text", "open", "imread", "loads", "fromfile", "loadtxt"}
#: Modules that do so themselves, and why no stranger's file comes in there unbounded.
OWN_READING = {
    "files that ship with morphkit": {
        *("experiment/texts/__init__.py", "export/browser_study.py"),
        *("export/expyriment.py", "export/psychtoolbox.py", "export/training_code.py"),
        *("faces/detectors/nets.py", "faces/formats/template_json.py"),
        *("report/page.py", "report/compiled_templates.py"),
        *("_core/entry_names.py", "_core/plug_ins.py", "_core/revision.py"),
    },
    "files are opened to be written": {
        *("_core/journal.py", "_core/leftovers.py", "_core/locks.py"),
        *("export/jatos.py", "export/media.py", "export/opensesame.py"),
        "serving/row_file.py",
    },
    "texts that were made or checked here": {
        "export/data_package.py",
        "pack/public.py",
    },
    "requests, of few bytes": {"serving/server.py", "studio/server.py"},
    "what processes of one build send each other, by their own pipes": {
        "_core/processes.py",
    },
    "bytes in memory, by Pillow": {"faces/images/read.py"},
    "the gate": {"_core/reading.py", "_core/documents.py"},
}


@pytest.mark.slow
def test_nothing_else_opens_what_strangers_send():
    """Every other module reads by `_core.reading`, `files`, `documents` or `tables`."""
    reading = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if calls_in(path) & READING
    }
    assert reading == set().union(*OWN_READING.values())


def test_only_the_console_prints():
    for path in (PACKAGE / "cli").rglob("*.py"):
        if path.name != "console.py":
            assert not calls_in(path) & {"echo", "secho"}, path
