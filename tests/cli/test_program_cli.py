"""The program itself: started as users start it, and stopped while it starts."""

import json
import os
import subprocess
import sys

import pytest
from small_study import RUNNER

import morphkit
from morphkit.cli import main
from morphkit.pipeline.entry_tables import KINDS


def test_the_module_runs_as_the_program():
    done = subprocess.run(
        [sys.executable, "-m", "morphkit", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout == f"morphkit {morphkit.__version__}\n"


def test_the_help_names_every_command_with_its_whole_summary():
    shown = " ".join(RUNNER.invoke(main, ["--help"]).stdout.split())
    shown = shown[shown.index(" Make: ") :]
    assert "..." not in shown
    for name, command in main.commands.items():
        assert f" {name} {command.get_short_help_str(limit=500)}" in shown
    assert " Other:" not in shown


@pytest.mark.slow
def test_output_into_a_file_is_written_in_any_code_page():
    """Windows writes files in the code page of the country; none has every sign."""
    encoding = "cp1252"

    def output(*arguments: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "morphkit", "list", *arguments],
            capture_output=True,
            env=os.environ | {"PYTHONIOENCODING": encoding},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    summaries = KINDS["metrics"]()
    assert json.loads(output("metrics", "--json").decode(encoding)) == summaries
    assert any("√" in summary for summary in summaries.values())
    assert "\\u221a(1 - SSIM)" in output("metrics").decode(encoding)


def test_the_kinds_that_can_be_listed_are_listed():
    result = RUNNER.invoke(main, ["list"])
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(KINDS)
    wrong = RUNNER.invoke(main, ["list", "warp"])
    assert wrong.exit_code == 3
    assert 'did you mean "warps"?' in wrong.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "said"),
    [("click", "nothing was begun"), ("scipy", "no incomplete output is left")],
)
def test_an_interruption_while_loading_leaves_no_traceback(tmp_path, package, said):
    # A stand-in for the user's hand: what is loaded first, or takes most of the time,
    # is interrupted as it is imported.
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("raise KeyboardInterrupt\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "morphkit", "morph", "a.png", "b.png"),
            *("--steps", "3", "--output", str(tmp_path / "pack")),
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"morphkit: interrupted; {said}")
    assert "Traceback" not in done.stderr


def test_a_command_is_loaded_when_it_is_asked_for():
    code = (
        "import sys; from morphkit.cli import main; "
        "main(['--version'], standalone_mode=False); "
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
