"""Every option that a message, a help text or a page names is one of some command."""

import ast
import re

import click
import pytest
from repository import DOCS, ROOT

import morphkit
from morphkit.cli import main

PACKAGE = ROOT / "morphkit"
#: What runs git, whose options are no messages.
GIT = PACKAGE / "_core" / "revision.py"
SOURCES = sorted({*PACKAGE.rglob("*.py")} - {GIT})
#: An option in a text; "morphkit-" and dashes between words are none.
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
#: A call of a benchmark or of pip, whose options are not those of a command.
OTHER_CALL = re.compile(r"`(?:python )?benchmarks/[^`]*`|.*pip .*")


def options_of(command):
    """Yield the options of a command and of those below it."""
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    yield from ("--help", "--version")
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from options_of(command.get_command(context, name))


KNOWN = frozenset(options_of(main))


def texts_of(path):
    """Yield the texts of a source file, with their lines."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def named_in(path):
    return {
        (line, option)
        for line, text in texts_of(path)
        for option in OPTION.findall(text)
    }


def test_commands_have_options():
    assert {"--recode", "--missing", "--range", "--sessions", "--unite"} <= KNOWN
    assert len(KNOWN) > 60


@pytest.mark.slow
@pytest.mark.skipif(not PACKAGE.is_dir(), reason="without the source")
def test_messages_name_options_that_exist():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {option}"
        for path in SOURCES
        for line, option in sorted(named_in(path))
        if option not in KNOWN
    ]
    assert not found, "\n".join(found)
    assert sum(len(named_in(path)) for path in SOURCES) > 100
    assert morphkit.__version__


def test_pages_on_answers_name_options_that_exist():
    for name in ("calibration.md", "report.md", "checks.md"):
        text = OTHER_CALL.sub("", (DOCS / name).read_text("utf-8"))
        assert set(OPTION.findall(text)) - KNOWN == set(), name
