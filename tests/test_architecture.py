"""Who may import whom: the floors of the package, read from its source."""

import ast
import graphlib
from pathlib import Path

import pytest

import morphkit

PACKAGE = Path(morphkit.__file__).parent

#: Every module or package directly below morphkit, with the floor it stands on. A
#: module imports the same floor or a lower one only.
FLOORS = {
    # 0: words, checks and errors
    "errors": 0,
    "registry": 0,
    "arrays": 0,
    "words": 0,
    "progress": 0,
    # 1: values
    "template": 1,
    "landmarks": 1,
    "face": 1,
    "similarity": 1,
    "mixture": 1,
    "trajectory": 1,
    "correspondence": 1,
    "continuum": 1,
    "finding": 1,
    "limits": 1,
    "pack": 1,
    "design": 1,
    "answer": 1,
    # 2: pure mathematics on arrays
    "align": 2,
    "warp": 2,
    "blend": 2,
    "metrics": 2,
    "pixels": 2,
    "outline": 2,
    "refine": 2,
    "masks": 2,
    "matching": 2,
    "psychophysics": 2,
    "designs": 2,
    "observers": 2,
    # 3: pure composition
    "correspond": 3,
    "shares": 3,
    "exact": 3,
    "render": 3,
    "unfolding": 3,
    "verbs": 3,
    "quality": 3,
    "respacing": 3,
    "power": 3,
    "framing": 3,
    "regions": 3,
    "spacing": 3,
    "equalising": 3,
    # 4: files, models and pictures of results
    "files": 4,
    "images": 4,
    "formats": 4,
    "detect": 4,
    "embeddings": 4,
    "recipe": 4,
    "packs": 4,
    "previews": 4,
    "report": 4,
    "rechecking": 4,
    "comparing": 4,
    "delineation": 4,
    "export": 4,
    "answers": 4,
    "calibration": 4,
    "demo": 4,
    "starter": 4,
    "wording": 4,
    "design_files": 4,
    # 5: from a recipe to a pack
    "pipeline": 5,
    # 6: the command line
    "cli": 6,
    "__main__": 6,
}

#: Floors 0 to 3 have no files, network, clock, terminal or processes.
PURE_FLOOR = 3
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
LAZY = {"cv2", "dlib", "skimage", "matplotlib", "pandas", "rich", "pillow_heif"}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {
    module_name(path): ast.parse(path.read_text("utf-8"), str(path))
    for path in sorted(PACKAGE.rglob("*.py"))
}


def place(module: str) -> str:
    """Return the entry of FLOORS that a module belongs to; "" for the root."""
    return module.split(".")[1] if "." in module else ""


def imports(
    tree: ast.AST,
    *,
    everywhere: bool,
    known: set[str] | dict[str, ast.Module] = SOURCES,
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
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from top_level(node)


def own(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] == "morphkit"}


GRAPH = {name: own(imports(tree, everywhere=True)) for name, tree in SOURCES.items()}


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


def by_place(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the graph between the entries of FLOORS."""
    joined: dict[str, set[str]] = {}
    for module, others in graph.items():
        of = joined.setdefault(place(module), set())
        of |= {place(other) for other in others} - {place(module), ""}
    return joined


def test_every_module_has_a_floor():
    missing = {place(name) for name in SOURCES} - {""} - set(FLOORS)
    assert not missing, f"give these a floor in FLOORS: {sorted(missing)}"


def test_modules_that_are_gone_have_no_floor():
    held = {place(name) for name in SOURCES}
    planned = {"export"}
    assert not set(FLOORS) - held - planned


def test_imports_go_down():
    assert not too_high(GRAPH)


def test_no_circle_of_modules():
    assert not circle(GRAPH)


def test_no_circle_of_packages():
    assert not circle(by_place(GRAPH))


def test_root_imports_nothing():
    """Importing the package loads no library and reads no model."""
    assert not imports(SOURCES["morphkit"], everywhere=True)


@pytest.mark.parametrize(
    ("module", "text", "found"),
    [
        ("morphkit.arrays", "from morphkit.warp import tps", "morphkit.warp.tps"),
        ("morphkit.quality", "import morphkit.images", "morphkit.images"),
        ("morphkit.warp.tps", "def f():\n from morphkit import cli", "morphkit.cli"),
    ],
)
def test_the_check_sees_a_wrong_import(module, text, found):
    graph = GRAPH | {module: own(imports(ast.parse(text), everywhere=True))}
    assert too_high(graph) == [f"{module} imports {found}"]


def test_the_check_sees_a_circle():
    wrong = {"morphkit.errors": {"morphkit.arrays"}}
    assert set(circle(GRAPH | wrong)) == {"morphkit.errors", "morphkit.arrays"}
    wrong = {"morphkit.warp.mesh": GRAPH["morphkit.warp.mesh"] | {"morphkit.align"}}
    wrong |= {"morphkit.align.two_point": {"morphkit.warp.tps"}}
    assert {"align", "warp"} <= set(circle(by_place(GRAPH | wrong)))


PURE = [m for m in SOURCES if place(m) and FLOORS.get(place(m), 9) <= PURE_FLOOR]


@pytest.mark.parametrize("module", PURE)
def test_lower_floors_are_pure(module):
    tree = SOURCES[module]
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
    heads = {name.split(".")[0] for name in imports(SOURCES[module], everywhere=False)}
    assert not heads & LAZY


@pytest.mark.parametrize("module", SOURCES)
def test_no_assert_and_no_global_randomness(module):
    for node in ast.walk(SOURCES[module]):
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
    head = ast.get_docstring(SOURCES[module])
    assert head, "a module begins with a docstring"
    assert head.split("\n\n")[0].rstrip().endswith("."), head
