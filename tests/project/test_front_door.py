"""The front door: ``import morphkit as mk``."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import morphkit as mk

PACKAGE = Path(mk.__file__).parent
STUB = ast.parse((PACKAGE / "__init__.pyi").read_text("utf-8"))
NAMED = {
    alias.name: node.module
    for node in STUB.body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}
#: Their examples are on the page of the Python API, in the gallery or in a doctest of
#: a sister: they take long, or need two of something.
WITHOUT_EXAMPLE = {
    *("build_demo", "draw_comparison", "prototype_photos", "transform_photo"),
}
FUNCTIONS = sorted(name for name in mk.__all__ if inspect.isfunction(getattr(mk, name)))


def in_a_new_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_every_name_of_the_stub_is_there():
    assert set(mk.__all__) == set(NAMED) == set(dir(mk))
    for name, module in NAMED.items():
        value = getattr(mk, name)
        assert value.__module__ == f"morphkit.{module}", name


def test_type_checkers_see_the_names_as_public():
    for node in STUB.body:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 1
            assert all(alias.asname == alias.name for alias in node.names)


def test_no_name_is_that_of_a_package():
    """Importing the package would take its place: ``mk.morph`` must stay one thing."""
    packages = {path.stem for path in PACKAGE.iterdir()}
    assert not set(mk.__all__) & packages


def test_importing_loads_no_library():
    code = (
        "import sys, morphkit; "
        "print(sorted({'numpy', 'scipy', 'cv2', 'PIL', 'click', 'pydantic', 'pandas'}"
        " & set(sys.modules)), [m for m in sys.modules if m.startswith('morphkit.')])"
    )
    assert in_a_new_process(code).strip() == "[] []"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="build_pak"):
        mk.build_pak  # noqa: B018 - looking is what is tested


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_documented(name):
    """Numpydoc: a sentence, every parameter by name and typed, and what comes out."""
    function = getattr(mk, name)
    text = inspect.getdoc(function) or ""
    assert text.split("\n")[0].endswith("."), text
    for parameter in inspect.signature(function).parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty
        assert parameter.name in text, (name, parameter.name)
        assert f"\n{parameter.name}" in text or f", {parameter.name}" in text
    if inspect.signature(function).parameters:
        assert "Parameters\n---" in text, name
    if inspect.signature(function).return_annotation is not None:
        assert "Returns\n---" in text, name
    assert "Examples\n---" in text or name in WITHOUT_EXAMPLE, name


@pytest.mark.parametrize("name", sorted(set(NAMED) - set(FUNCTIONS)))
def test_every_value_is_documented(name):
    assert (getattr(mk, name).__doc__ or "").strip(), name


def test_nothing_prints():
    """What the front door names says nothing by itself."""
    for module in set(NAMED.values()):
        path = PACKAGE / Path(*module.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        called = {
            node.func.id
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "print" not in called, module
