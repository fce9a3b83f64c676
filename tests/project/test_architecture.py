"""Who may import whom: the floors of the package, read from its source."""

import ast
import functools
import graphlib
from pathlib import Path

import pytest
from repository import DOCS, PACKAGE

#: Every module or package directly below morphkit, with the floor it stands on. A
#: module imports the same floor or a lower one only.
FLOORS = {
    "errors": 0,
    "_core": 0,
    "pixels": 1,
    "faces": 1,
    "psychophysics": 1,
    "geometry": 2,
    "morph": 3,
    "quality": 4,
    "recipe": 5,
    "pack": 6,
    "experiment": 7,
    "export": 8,
    "report": 8,
    "pipeline": 9,
    "studio": 10,
    "serving": 10,
    "cli": 11,
    "__main__": 12,
}

#: Packages and modules without files, network, clock, terminal or processes.
PURE = {
    "pixels",
    "psychophysics",
    "geometry",
    "morph",
    "quality",
    *(f"faces.{name}" for name in ("template", "landmarks", "face")),
    *(f"experiment.{name}" for name in ("design", "answer", "power", "observers")),
    *(f"_core.{name}" for name in ("arrays", "finding", "registry", "text")),
    "errors",
}
IMPURE = {
    *(
        "click",
        "rich",
        "pathlib",
        "io",
        "shutil",
        "tempfile",
        "glob",
        "PIL",
        "pydantic",
    ),
    *("socket", "ssl", "http", "urllib", "requests", "subprocess", "multiprocessing"),
    *("time", "datetime", "logging", "random", "secrets", "getpass", "platform"),
    *("threading", "concurrent", "asyncio"),
}
#: Slow to import, or not there on every machine: inside the function that needs them.
LAZY = {"cv2", "dlib", "skimage", "pandas", "rich", "pillow_heif", "uvicorn"}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@functools.cache
def parsed(module: str) -> ast.Module:
    """Return the source of a module as a tree."""
    return ast.parse(SOURCES[module].read_text("utf-8"), str(SOURCES[module]))


def place(module: str) -> str:
    """Return the entry of FLOORS that a module belongs to; "" for the root."""
    return module.split(".")[1] if "." in module else ""


def imports(
    tree: ast.AST,
    *,
    everywhere: bool,
    known: set[str] | dict[str, Path] = SOURCES,
) -> set[str]:
    """Return what a module imports, at its top level or everywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree) if everywhere else top_level(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in known else str(node.module))
    return found


def top_level(tree: ast.AST):
    """Yield what runs when a module is imported: everything outside of functions."""
    for node in ast.iter_child_nodes(tree):
        for_types = isinstance(node, ast.If) and (
            ast.unparse(node.test) == "TYPE_CHECKING"
        )
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if not (inside or for_types):
            yield node
            yield from top_level(node)


def own(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] == "morphkit"}


@functools.cache
def graph_of_modules() -> dict[str, set[str]]:
    """Return what each module imports of the others."""
    return {name: own(imports(parsed(name), everywhere=True)) for name in SOURCES}


def too_high(graph: dict[str, set[str]]) -> list[str]:
    """Return the imports that go upstairs."""
    return [
        f"{module} imports {other}"
        for module, others in graph.items()
        for other in sorted(others)
        if place(module) and place(other)
        if FLOORS[place(module)] < FLOORS[place(other)]
    ]


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return a circle of imports, or nothing."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def by_place(graph: dict[str, set[str]], depth: int = 1) -> dict[str, set[str]]:
    """Return the graph between packages, or between the packages in packages."""

    def home(module: str) -> str:
        parts = module.split(".")[1 : depth + 1]
        return ".".join(parts)

    joined: dict[str, set[str]] = {}
    for module, others in graph.items():
        of = joined.setdefault(home(module), set())
        of |= {home(other) for other in others} - {home(module), ""}
    return joined


def drawing(graph: dict[str, set[str]]) -> str:
    """Return the packages from top to bottom, each with what it imports."""
    arrows = by_place(graph)
    order = [name for name in FLOORS if name != "__main__"]
    lines = []
    for name in reversed(order):
        below = [other for other in order if other in arrows[name]]
        lines.append(f"{name:<14}→ {', '.join(below)}" if below else name)
    return "\n".join(lines)


def test_every_module_has_a_floor():
    missing = {place(name) for name in SOURCES} - {""} - set(FLOORS)
    assert not missing, f"give these a floor in FLOORS: {sorted(missing)}"


def test_modules_that_are_gone_have_no_floor():
    held = {place(name) for name in SOURCES}
    assert not set(FLOORS) - held


def test_imports_go_down():
    assert not too_high(graph_of_modules())


def test_no_circle_of_modules():
    assert not circle(graph_of_modules())


@pytest.mark.parametrize("depth", [1, 2])
def test_no_circle_of_packages(depth):
    """Nor of the packages in packages; what a package's face hands on is not one."""
    faces = {name for name in SOURCES if name.count(".") == 1}
    every = graph_of_modules()
    graph = {name: others for name, others in every.items() if name not in faces}
    assert not circle(by_place(graph, depth))


def test_the_drawing_in_the_docs_is_true():
    """Run as a program, with tests/helpers on the path, this file prints it."""
    assert drawing(graph_of_modules()) in (DOCS / "architecture.md").read_text("utf-8")


def test_every_folder_is_in_the_docs():
    text = (DOCS / "architecture.md").read_text("utf-8")
    folders = {
        folder.name
        for file in PACKAGE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
        for folder in file.relative_to(PACKAGE).parents
    }
    assert {"trained", "vendor", "geometry"} <= folders
    assert not [name for name in sorted(folders - {""}) if f"{name}/" not in text]


def test_root_imports_only_the_lazy_loader():
    """Importing the package loads no library and reads no model."""
    assert imports(parsed("morphkit"), everywhere=True) == {"lazy_loader"}


@pytest.mark.parametrize(
    ("module", "text", "found"),
    [
        (
            "morphkit._core.arrays",
            "from morphkit.geometry.warp import tps",
            "morphkit.geometry.warp.tps",
        ),
        (
            "morphkit.quality.checks",
            "import morphkit.pack.read",
            "morphkit.pack.read",
        ),
        (
            "morphkit.geometry.warp.tps",
            "def f():\n from morphkit import cli",
            "morphkit.cli",
        ),
    ],
)
def test_the_check_sees_a_wrong_import(module, text, found):
    wrong = {module: own(imports(ast.parse(text), everywhere=True))}
    assert too_high(graph_of_modules() | wrong) == [f"{module} imports {found}"]


def test_the_check_sees_a_circle():
    graph = graph_of_modules()
    wrong = {"morphkit.errors": {"morphkit._core.arrays"}}
    assert set(circle(graph | wrong)) == {"morphkit.errors", "morphkit._core.arrays"}
    mesh = "morphkit.geometry.warp.mesh"
    wrong = {mesh: graph[mesh] | {"morphkit.geometry.align"}}
    wrong |= {"morphkit.geometry.align.two_point": {"morphkit.geometry.warp.tps"}}
    assert not circle(by_place(graph | wrong))
    found = set(circle(by_place(graph | wrong, 2)))
    assert {"geometry.align", "geometry.warp"} <= found
    wrong = {mesh: graph[mesh] | {"morphkit.pack.model"}}
    assert {"geometry", "pack"} <= set(circle(by_place(graph | wrong)))


def is_pure(module: str) -> bool:
    """Return whether PURE names a module, or a package that it lies in."""
    parts = module.split(".")[1:]
    return any(".".join(parts[:n]) in PURE for n in range(1, len(parts) + 1))


def test_what_is_to_be_pure_is_there():
    assert not {f"morphkit.{name}" for name in PURE} - set(SOURCES)


@pytest.mark.parametrize("module", [*filter(is_pure, SOURCES)])
def test_pure_packages_have_no_files_clock_or_terminal(module):
    tree = parsed(module)
    heads = {name.split(".")[0] for name in imports(tree, everywhere=True)}
    assert not heads & IMPURE
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "exec", "eval"}


@pytest.mark.parametrize("module", SOURCES)
def test_heavy_libraries_are_imported_where_they_are_needed(module):
    heads = {name.split(".")[0] for name in imports(parsed(module), everywhere=False)}
    assert not heads & LAZY


@pytest.mark.parametrize("module", SOURCES)
def test_no_assert_and_no_global_randomness(module):
    for node in ast.walk(parsed(module)):
        assert not isinstance(node, ast.Assert), f"assert in line {node.lineno}"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except in line {node.lineno}"
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith(
            ("np.random", "numpy.random")
        ):
            allowed = {"Generator", "default_rng", "SeedSequence"}
            assert node.attr in allowed, f"{ast.unparse(node)} in line {node.lineno}"


@pytest.mark.parametrize("module", SOURCES)
def test_every_module_says_what_it_is(module):
    """One sentence ends with a full stop; no machine path, no issue number."""
    head = ast.get_docstring(parsed(module))
    assert head, "a module begins with a docstring"
    assert head.split("\n\n")[0].rstrip().endswith("."), head


if __name__ == "__main__":
    print(drawing(graph_of_modules()))  # noqa: T201 - the drawing of the docs
