"""What a command loads before it does anything: no more than it needs.

Starting must not take longer than what is asked for. A library that only some commands
use is imported inside the function that needs it; of SciPy, ``import scipy`` loads a
part (``scipy.special``) with its first use.
"""

import subprocess
import sys
from importlib import resources

import pytest
from small_study import build_study, write_study

from morphkit._core.entry_names import FILE
from morphkit.pipeline.entries import text_of_tables

pytestmark = pytest.mark.slow

#: Every library of some size that morphkit uses, the parts of SciPy, and what Python
#: itself loads to speak to a network.
HEAVY = {
    *("numpy", "PIL", "pydantic", "jinja2", "cv2", "skimage", "pandas", "dlib", "rich"),
    *("scipy.special", "scipy.stats", "scipy.optimize", "scipy.sparse"),
    *("scipy.spatial", "scipy.ndimage", "scipy.interpolate", "scipy.linalg"),
    *("http.client", "ssl"),
}
TABLES = {"numpy", "PIL", "pydantic"}
#: What SciPy loads for the triangles beside mouths and eyes that open or close.
TRIANGLES = {f"scipy.{part}" for part in ("linalg", "sparse", "spatial", "special")}


#: Packages of morphkit that every command loads.
LEAST = {"morphkit._core", "morphkit.cli", "morphkit.errors"}
#: Those that read a pack and say what is wrong with it.
READING = LEAST | {
    *("morphkit.faces", "morphkit.geometry", "morphkit.morph", "morphkit.pack"),
    *("morphkit.pixels", "morphkit.quality", "morphkit.recipe"),
}


#: Modules of the rooms that make images which hold values, names and words alone.
WORDS = {
    *("morphkit.geometry", "morphkit.geometry.choices", "morphkit.geometry.hull"),
    *("morphkit.geometry.correspondence", "morphkit.geometry.polygon"),
    "morphkit.geometry.correspondence.frozen_mesh",
    *("morphkit.morph", "morphkit.morph.choices", "morphkit.morph.clipping"),
    *("morphkit.morph.mixture", "morphkit.morph.trajectory"),
    *("morphkit.pixels", "morphkit.pixels.choices", "morphkit.pixels.spec"),
    *("morphkit.quality", "morphkit.quality.agreement", "morphkit.quality.distances"),
    *("morphkit.quality.known_limits", "morphkit.quality.limits"),
    "morphkit.quality.measures",
}


def modules_loaded_by(*command: str) -> set[str]:
    """Return large libraries and modules of morphkit that a command has loaded."""
    code = (
        "import sys\n"
        "from morphkit.cli import main\n"
        f"main({list(command)!r}, standalone_mode=False)\n"
        f"found = {HEAVY!r} & set(sys.modules)\n"
        "own = [name for name in sys.modules if name.startswith('morphkit.')]\n"
        "print('loaded', *sorted(found), *sorted(own))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


def loaded_by(*command: str) -> set[str]:
    """Return large libraries and packages of morphkit that a command has loaded."""
    loaded = modules_loaded_by(*command)
    libraries = {name for name in loaded if name in HEAVY}
    return libraries | {".".join(m.split(".")[:2]) for m in loaded - libraries}


@pytest.mark.parametrize("command", ["--version", "--help"])
def test_nothing_is_loaded_to_say_what_there_is(command):
    assert loaded_by(command) == LEAST


@pytest.mark.parametrize("command", [["list"], ["list", "warps"]])
def test_a_list_is_read_from_a_file(command):
    assert loaded_by(*command) == LEAST | {"morphkit.pipeline"}


def test_the_file_says_what_the_tables_hold():
    """After a change of a table: python -m morphkit.pipeline.entries."""
    text = resources.files("morphkit._core").joinpath(FILE).read_text("utf-8")
    assert text == text_of_tables()


@pytest.mark.parametrize(
    "command",
    ["morph", "build", "demo", "init", "prototype", "transform", "symmetrise"],
)
def test_to_describe_what_makes_images_nothing_that_makes_them_is_loaded(command):
    names = {"faces", "geometry", "morph", "pixels"}
    assert loaded_by(command, "--help") <= LEAST | {f"morphkit.{n}" for n in names}


@pytest.mark.parametrize("command", ["serve", "studio", "calibrate", "landmarks"])
def test_to_describe_servers_and_groups_no_library_is_loaded(command):
    assert loaded_by(command, "--help") <= LEAST | {"morphkit.serving"}


@pytest.mark.parametrize("command", [["calibrate", "fit"], ["check"]])
def test_options_load_no_statistics_and_no_pages(command):
    loaded = loaded_by(*command, "--help")
    assert {name for name in loaded if "morphkit" not in name} <= TABLES
    assert loaded.isdisjoint({"morphkit.serving", "morphkit.studio"})


def test_a_pack_is_built_without_large_libraries_and_experiments(tmp_path):
    output = ("--output", str(tmp_path / "pack"), "--quiet")
    loaded = loaded_by("build", str(write_study(tmp_path / "study")), *output)
    libraries = {name for name in loaded if "morphkit" not in name}
    assert libraries <= TABLES | {"jinja2", "cv2"} | TRIANGLES
    answers = {"experiment", "export", "psychophysics", "serving", "studio"}
    assert loaded.isdisjoint({f"morphkit.{name}" for name in answers})


def test_a_pack_is_verified_with_what_reads_it(tmp_path):
    """What measures, matches or renders is not loaded: of those rooms, words alone."""
    build_study(write_study(tmp_path / "study"), tmp_path / "pack")
    command = ("verify", str(tmp_path / "pack"))
    assert loaded_by(*command) <= TABLES | READING
    rooms = tuple(f"morphkit.{n}" for n in ("geometry", "morph", "pixels", "quality"))
    loaded = modules_loaded_by(*command)
    assert {name for name in loaded if name.startswith(rooms)} <= WORDS
