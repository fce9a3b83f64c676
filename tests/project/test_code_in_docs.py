"""The code of the pages for Python and for R runs as it stands there."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from repository import DOCS

import morphkit as mk

API = (DOCS / "python_api.md").read_text("utf-8")


def code(page: str, language: str) -> str:
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.M | re.S
    )
    assert blocks
    return "\n".join(blocks)


@pytest.mark.parametrize("name", mk.__all__)
def test_every_public_name_is_on_the_page(name):
    assert re.search(rf"(?<![\w.])(mk\.)?{name}\b", API), name


@pytest.mark.slow
def test_the_code_of_the_python_page_runs(tmp_path):
    """In a process of its own, warnings as errors; it prints nothing."""
    script = tmp_path / "page.py"
    script.write_text(code("python_api.md", "python"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""


def _without_r() -> str:
    """Return why R cannot be used here; empty if it can."""
    if shutil.which("Rscript") is None:
        return "Rscript is not installed"
    asked = ["Rscript", "-e", 'stopifnot(requireNamespace("reticulate"))']
    done = subprocess.run(asked, capture_output=True, check=False)
    return "" if done.returncode == 0 else "reticulate is not installed in R"


@pytest.mark.slow
def test_the_code_of_the_page_for_r_runs(tmp_path):
    reason = _without_r()
    if reason:
        pytest.skip(reason)
    script = tmp_path / "page.R"
    script.write_text(code("r.md", "r"), "utf-8")
    done = subprocess.run(
        ["Rscript", script],
        cwd=tmp_path,
        env=os.environ | {"RETICULATE_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "<Pack from_r 1.0.0: 1 continuum, 7 images" in done.stdout
