"""The documentation names what there is, and what it shows works."""

import configparser
import re
import tomllib
from pathlib import Path

import click
import pytest
from repository import DOCS as FOLDER
from repository import PACKAGE, ROOT

from morphkit.cli import main
from morphkit.errors import DISTRIBUTION, install_command
from morphkit.pipeline.entries import KINDS
from morphkit.quality.checks import CHECKS
from morphkit.quality.landmark_checks import LANDMARK_CHECKS
from morphkit.recipe import (
    AlignPart,
    CalibrationPart,
    ChecksPart,
    ContinuumPart,
    FramePart,
    GridPart,
    Identity,
    MatchPart,
    MorphPart,
    PackPart,
    PrototypePart,
    SourcesPart,
    SymmetrisedPart,
    TransformPart,
)

DOCS = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
README = (ROOT / "README.md").read_text("utf-8")
SOURCES = [path.read_text("utf-8") for path in PACKAGE.rglob("*.py")]


def fenced(text: str, language: str = "") -> list[str]:
    return re.findall(rf"^```{language}\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_first_block_of_the_readme_holds_the_two_commands():
    first = fenced(README)[0].splitlines()
    assert len(first) == 2
    assert "morphkit demo --output output/demo" in first[0]
    assert "pytest" in first[1]


@pytest.mark.parametrize(
    "part",
    [
        AlignPart,
        CalibrationPart,
        ChecksPart,
        ContinuumPart,
        FramePart,
        GridPart,
        Identity,
        MatchPart,
        MorphPart,
        PackPart,
        PrototypePart,
        SymmetrisedPart,
        TransformPart,
        SourcesPart,
    ],
)
def test_every_key_of_a_recipe_is_documented(part):
    for name, field in part.model_fields.items():
        key = field.alias or name
        assert re.search(rf"`[\w….]*\.?{key}`", DOCS["recipe.md"]), key


def test_every_code_of_a_finding_is_documented():
    used = {*CHECKS, *LANDMARK_CHECKS}
    for text in SOURCES:
        used |= set(re.findall(r'(?:Finding|_wrong)\(\s*"([a-z]+(?:-[a-z]+)*)"', text))
    assert {"fold", "opening", "missing-file"} <= used
    for code in used:
        assert f"`{code}`" in DOCS["checks.md"], code


def commands(group: click.Group, path: str = "morphkit") -> dict[str, click.Command]:
    found = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, f"{path} {name}")
        else:
            found[f"{path} {name}"] = command
    return found


@pytest.mark.parametrize("name", sorted(commands(main)))
def test_every_command_is_documented_and_shows_an_example(name):
    command = commands(main)[name]
    text = README + "".join(DOCS.values())
    assert name in text
    assert name.split()[-1] in (command.help or "")
    assert "Example" in (command.help or "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_of_a_table_is_documented(kind):
    text = README + "".join(DOCS.values())
    for name in KINDS[kind]():
        assert f"`{name}`" in text or f" {name} " in text, name


def test_every_link_leads_somewhere():
    for source, text in {"README.md": README, **DOCS}.items():
        folder = ROOT if source == "README.md" else FOLDER
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if not target.startswith(("http://", "https://")):
                assert (folder / target).exists(), (source, target)


def test_every_recipe_shown_is_valid_toml():
    for text in DOCS.values():
        for block in fenced(text, "toml"):
            tomllib.loads(block)


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
        if place == str(Path("tests") / "test_errors.py"):
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
