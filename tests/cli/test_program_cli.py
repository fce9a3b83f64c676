"""The program itself: started as users start it, and stopped while it starts."""

import os
import subprocess
import sys
from pathlib import Path

import morphkit

ROOT = Path(morphkit.__file__).parents[1]


def test_the_module_runs_as_the_program():
    done = subprocess.run(
        [sys.executable, "-m", "morphkit", "--version"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout == f"morphkit {morphkit.__version__}\n"


def test_an_interruption_while_loading_leaves_no_traceback(tmp_path):
    # A stand-in for the user's hand: scipy, which takes most of the time, is
    # interrupted as it is imported.
    (tmp_path / "scipy").mkdir()
    (tmp_path / "scipy" / "__init__.py").write_text("raise KeyboardInterrupt\n")
    done = subprocess.run(
        [sys.executable, "-m", "morphkit", "--version"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr == "morphkit: interrupted; nothing was begun\n"
