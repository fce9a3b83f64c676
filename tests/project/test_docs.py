"""The documentation names what there is, and what it shows works."""

import json
import re
import tomllib

import click
import pytest
from repository import DOCS as FOLDER
from repository import PACKAGE, ROOT

import morphkit
from morphkit.cli import main
from morphkit.geometry.correspondence.frozen_mesh import CORRESPONDENCE_SPECIFICATION
from morphkit.pipeline.entry_tables import KINDS
from morphkit.pixels.spec import PIXEL_SPECIFICATION
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


def test_the_pack_that_is_shown_has_the_numbers_of_the_specifications():
    (shown,) = (
        block for block in fenced(DOCS["pack.md"], "json") if "made_by" in block
    )
    made_by = json.loads(f"{{{shown}}}")["made_by"]
    assert made_by["pixel_specification"] == PIXEL_SPECIFICATION
    assert made_by["correspondence_specification"] == CORRESPONDENCE_SPECIFICATION
    assert made_by["version"] == morphkit.__version__


def test_every_recipe_shown_is_valid_toml():
    for text in DOCS.values():
        for block in fenced(text, "toml"):
            tomllib.loads(block)
