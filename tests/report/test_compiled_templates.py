"""Templates that were compiled earlier are taken only where they are still right."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CODE = """
import jinja2, sys
made = []
generate = jinja2.Environment.compile
def compile(self, source, name=None, *rest):
    made.append(name)
    return generate(self, source, name, *rest)
jinja2.Environment.compile = compile
from morphkit.report.page import page_template
page_template("page.html.j2")
print(*made)
"""


@pytest.fixture
def compiled_by(tmp_path):
    """Return what a new process compiles, bytecode being kept in a folder."""

    def run(**variables):
        # Nothing of the surroundings: not whether bytecode is written, nor where.
        kept = {"PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")} | variables
        done = subprocess.run(
            [sys.executable, "-c", CODE],
            env=kept,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    return run


def files_in(folder):
    return sorted(folder.rglob("*.html.j2.*"))


def test_a_template_is_compiled_once(compiled_by, tmp_path):
    first = compiled_by(PYTHONDONTWRITEBYTECODE="1")
    assert "page.html.j2" in first
    assert not files_in(tmp_path)  # not where Python may not write either
    assert compiled_by() == first
    assert len(files_in(tmp_path)) == len(first)
    assert compiled_by() == []
    for file in files_in(tmp_path):
        file.write_bytes(file.read_bytes()[:-9])  # cut short
    assert compiled_by() == first
    assert compiled_by() == []
    for file in files_in(tmp_path):  # of another template, page or release
        head, _, code = file.read_bytes().partition(b"\n")
        file.write_bytes(head[::-1] + b"\n" + code)
    assert compiled_by() == first


def test_a_template_is_compiled_where_nothing_can_be_kept(compiled_by, tmp_path):
    (tmp_path / "bytecode").write_text("no folder")
    first = compiled_by()
    assert "page.html.j2" in first
    assert compiled_by() == first
