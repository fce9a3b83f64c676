"""Where the files of the repository are that no wheel carries.

The tests run on the morphkit that is installed, which may be a wheel: the repository
itself is never on the path, so that its ``morphkit/`` cannot be imported by accident.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import morphkit

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SOURCE_FACES = ROOT / "source_faces"
LANDMARKS = ROOT / "landmarks"
GOLDEN = ROOT / "tests" / "golden"

#: Photographs and reference numbers that are not part of the repository.
SHARED = ROOT.parent / "shared"

#: The package that is tested, wherever it is installed.
PACKAGE = Path(morphkit.__file__).parent


def load(path: str) -> ModuleType:
    """Import a package or a script of the repository, such as "faces_generator"."""
    place = ROOT / path
    package = place.is_dir()
    if place.stem not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            place.stem,
            place / "__init__.py" if package else place,
            submodule_search_locations=[str(place)] if package else None,
        )
        assert spec is not None, place
        assert spec.loader is not None, place
        module = importlib.util.module_from_spec(spec)
        sys.modules[place.stem] = module
        spec.loader.exec_module(module)
    return sys.modules[place.stem]
