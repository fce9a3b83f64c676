"""What is shipped, under which name and version; hints of how to install it."""

import configparser
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from repository import PACKAGE, ROOT, load

import morphkit
from morphkit.errors import DISTRIBUTION, install_command


def packaging() -> configparser.ConfigParser:
    """Return setup.cfg."""
    read = configparser.ConfigParser()
    read.read(ROOT / "setup.cfg", "utf-8")
    return read


def pages() -> dict[str, str]:
    """Return every text of the repository that may tell how to install something."""
    kinds = ("*.md", "*.py", "*.toml", "*.cfg", "*.yml", "*.yaml", "*.cff", "*.sh")
    files = [file for kind in kinds for file in ROOT.rglob(kind)]
    places = [file.relative_to(ROOT) for file in (*files, ROOT / ".ci" / "run")]
    return {
        str(place): (ROOT / place).read_text("utf-8")
        for place in places
        if not {"output", "build", ".venv", "venv", "vendor"} & set(place.parts)
    }


def test_the_distribution_is_the_one_that_hints_name():
    assert packaging()["metadata"]["name"] == DISTRIBUTION


def test_every_hint_to_install_names_the_distribution_and_an_extra_there_is():
    extras = set(packaging()["options.extras_require"])
    found = 0
    for place, text in pages().items():
        if Path(place).name == "test_errors.py":
            continue  # tests the wording with extras that it makes up
        assert not re.search(r"pip install\W+morphkit(\[|\b(?!-))", text), place
        for names in re.findall(rf"{DISTRIBUTION}\[([\w, ]+)\]", text):
            assert {name.strip() for name in names.split(",")} <= extras, place
        for hint in re.findall(rf'pip install "?{DISTRIBUTION}\[[\w,]+\]"?', text):
            names = hint[hint.index("[") + 1 : hint.index("]")].split(",")
            assert hint == install_command(*names), place
            found += 1
    assert found >= 6  # the pages that name an extra


def test_every_hint_in_the_code_is_worded_by_one_function():
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text("utf-8")
        assert text.count("pip install") == 4 * (file.name == "errors.py"), file


def test_the_version_is_the_same_everywhere():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    top = re.search(r"^## (.*)$", changelog, re.MULTILINE)
    assert top
    version = re.escape(morphkit.__version__)
    assert re.fullmatch(rf"\[{version}\] - (Unreleased|\d{{4}}-\d\d-\d\d)", top[1])
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {morphkit.__version__}\n" in citation


# The programs of tools/ that a release is tested with


def test_the_checkout_is_refused_where_a_wheel_is_to_be_tested(tmp_path):
    (tmp_path / "tools").mkdir()
    program = tmp_path / "tools" / "check_installed.py"
    program.write_bytes((ROOT / "tools" / "check_installed.py").read_bytes())
    # As if the morphkit that is installed lay in the repository of the program.
    text = program.read_text("utf-8")
    found = "ROOT = Path(__file__).resolve().parents[1]"
    assert found in text
    program.write_text(text.replace(found, f"ROOT = Path({str(PACKAGE.parent)!r})"))
    done = subprocess.run(
        [sys.executable, program, "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "that is the checkout" in done.stdout


def hash_files(folder: Path, **changes: str) -> list[Path]:
    """Write what two machines found, the second with some hashes changed."""
    golden = json.loads(
        (ROOT / "tests" / "golden" / "pixels" / "hashes.json").read_text("utf-8")
    )
    number = max(golden, key=int)
    files = []
    for name, hashes in (
        ("linux", golden[number]),
        ("macos", golden[number] | changes),
    ):
        one = {"machine": name, "implementation": "c", "hashes": hashes}
        files.append(folder / f"{name}.json")
        text = json.dumps(one | {"pixel_specification": int(number)})
        files[-1].write_text(text, "utf-8")
    return files


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"grey": "0" * 64}, ["macos.json (macos, c): grey is 000000000000"]),
        (
            {"another": "0" * 64},
            [
                "macos.json: other scenes than in hashes.json",
                "macos.json (macos, c): another is 000000000000",
            ],
        ),
    ],
)
def test_pixels_of_two_machines_are_compared(tmp_path, changes, said):
    compare = load("tools/pixel_hashes.py")
    assert compare.differences(hash_files(tmp_path, **changes)) == said
