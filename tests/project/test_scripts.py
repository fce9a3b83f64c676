"""What scripts beside the package take from it is there."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository import ROOT

FOLDERS = ("benchmarks", "tools", "validators", "docs", "faces_generator")
SCRIPTS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
)


def taken(script: Path) -> Iterator[tuple[str, str]]:
    """Yield the modules of morphkit that a script imports from, and each name."""
    for node in ast.walk(ast.parse(script.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "morphkit"
        ):
            yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_a_script_takes_from_the_package_is_there(script: str) -> None:
    for module, name in taken(ROOT / script):
        found = importlib.import_module(module)
        if not hasattr(found, name):
            importlib.import_module(f"{module}.{name}")
