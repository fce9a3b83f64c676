"""Every path of a pack is stated once, and a pack holds nothing but these paths."""

import ast
import re
from pathlib import Path

import pytest
from repository import DOCS, PACKAGE

from morphkit.pack import layout

STATED = {
    value
    for name, value in vars(layout).items()
    if name.isupper() and isinstance(value, str)
} | set(layout.TABLE_FILES.values())
#: Writers of other folders that have files of these names too, by their standards.
OTHERS = {"export/bids.py": {"dataset_description.json", "CITATION.cff"}}
OTHERS["export/__init__.py"] = {"README.md"}


def strings(path: Path) -> set[str]:
    """Return the texts in a module, without its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    explained = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node not in explained
    }


@pytest.mark.parametrize(
    "module", [str(p.relative_to(PACKAGE)) for p in sorted(PACKAGE.rglob("*.py"))]
)
def test_no_other_module_spells_a_path_of_a_pack(module):
    if module == "pack/layout.py":
        return
    spelled = strings(PACKAGE / module) & STATED
    assert spelled <= OTHERS.get(module, set())


def test_the_page_about_packs_names_every_path():
    page = (DOCS / "pack.md").read_text("utf-8")
    stated = page.partition("\n    datapackage.json")[2].partition("\n\n")[0]
    for path in STATED:
        assert re.search(rf"(^|\s){re.escape(path)}", "datapackage.json" + stated), path


def test_paths_of_images_and_meshes():
    assert layout.mesh_file("ada_happy_sad") == "data/correspondence/ada_happy_sad.npz"
    assert layout.ends_file("ada_happy_sad") == "data/correspondence/ada_happy_sad.json"
    found = layout.stimulus_file("ada", "ada_happy_sad_s01")
    assert found == "materials/stimuli/ada/ada_happy_sad_s01.png"
