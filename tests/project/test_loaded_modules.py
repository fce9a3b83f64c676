"""What a command loads before it does anything: no more than it needs.

Starting must not take longer than what is asked for. A library that only some commands
use is imported inside the function that needs it; of SciPy, ``import scipy`` loads a
part (``scipy.special``) with its first use.
"""

import subprocess
import sys
from importlib import resources

import click
import pytest
from small_study import build_study, write_study

from morphkit._core.entry_names import FILE
from morphkit.cli import main
from morphkit.cli.check import _default_embedding, report
from morphkit.experiment.choices import RULE_TEXTS
from morphkit.experiment.data_quality import RULES
from morphkit.faces.embeddings import DEFAULT
from morphkit.pack.layout import REPORT
from morphkit.pipeline.entries import text_of_tables
from morphkit.psychophysics.choices import LINK_NAMES, RATE_NAMES
from morphkit.psychophysics.lapses import RATES
from morphkit.psychophysics.links import LINKS

pytestmark = pytest.mark.slow

#: Every library of some size that morphkit uses, the parts of SciPy, and what Python
#: itself loads to speak to a network and to processes of its own.
HEAVY = {
    *("numpy", "PIL", "pydantic", "jinja2", "cv2", "skimage", "pandas", "dlib", "rich"),
    *("scipy.special", "scipy.stats", "scipy.optimize", "scipy.sparse"),
    *("scipy.spatial", "scipy.ndimage", "scipy.interpolate", "scipy.linalg"),
    *("http.client", "ssl"),
    "multiprocessing",
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
        "from morphkit.errors import InputError\n"
        "try:\n"
        f"    main({list(command)!r}, standalone_mode=False)\n"
        "except InputError:\n"
        "    pass\n"
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


def commands(group, *before):
    """Yield every command of the program that is no group."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield (*before, name)


@pytest.mark.parametrize("command", [*commands(main)], ids=" ".join)
def test_to_describe_a_command_nothing_of_what_it_does_is_loaded(command):
    """Only what reads landmark files and makes designs says itself what it offers."""
    loaded = loaded_by(*command, "--help")
    libraries = {name for name in loaded if "morphkit" not in name}
    if command == ("calibrate", "design"):
        assert libraries <= TABLES
        assert loaded.isdisjoint({"morphkit.report", "morphkit.export"})
        return
    assert libraries <= ({"numpy"} if command[0] == "landmarks" else set())
    words = {
        *("experiment", "faces", "geometry", "morph", "pipeline", "pixels"),
        *("psychophysics", "quality", "serving"),
    }
    assert loaded - libraries <= LEAST | {f"morphkit.{name}" for name in words}


def test_what_a_morph_loads_before_it_reads_its_photographs(tmp_path):
    """No detector's library, no pages, no part of SciPy, nothing of experiments."""
    missing = str(tmp_path / "missing.png")
    output = ("--output", str(tmp_path / "pack"))
    loaded = loaded_by("morph", missing, missing, *output, "--steps", "3")
    assert {name for name in loaded if "morphkit" not in name} <= TABLES
    others = {"experiment", "export", "psychophysics", "report", "serving", "studio"}
    assert loaded.isdisjoint({f"morphkit.{name}" for name in others})


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


def test_names_kept_beside_tables_are_those_of_the_tables():
    assert tuple(LINKS) == LINK_NAMES
    assert tuple(RATES) == RATE_NAMES
    assert tuple(RULES) == tuple(RULE_TEXTS)
    output = next(p for p in report.params if p.name == "output")
    assert f"PACK_{REPORT}" in output.help
    assert _default_embedding() == DEFAULT
