"""Real distributions with entries for morphkit, installed with pip into a folder.

The distribution of docs/extending.md, its code taken from there, with entries of every
other kind beside it; and one that is broken in every way.
"""

import re
import subprocess
import sys
from pathlib import Path

from repository import DOCS

HERE = Path(__file__).parent
#: Group of entry points -> name of an entry -> object in `other_kinds`.
OTHERS = {
    "alignments": {"halves": "HALVES"},
    "blends": {"evening_light": "EVENING_LIGHT"},
    "masks": {"box": "BOX"},
    "matchings": {"alike": "ALIKE"},
    "refinements": {"still": "STILL"},
    "outlines": {"disc": "DISC"},
    "detectors": {"second_mesh": "SECOND_MESH"},
    "formats": {"bare": "BARE"},
    "checks": {"many-steps": "MANY_STEPS"},
    "landmark_checks": {"low-chin": "LOW_CHIN"},
    "observers": {"drowsy": "DROWSY"},
    "readers": {"pipes": "PIPES"},
    "front_ends": {"paper": "PAPER"},
    "embeddings": {"landmark_shape": "SHAPE"},
    "cross_checks": {"again": "AGAIN"},
}
BROKEN = """
[build-system]
requires = ["setuptools>=68"]
build-backend = "setuptools.build_meta"

[project]
name = "morphkit-broken"
version = "0.1"

[project.entry-points."morphkit.warps"]
gone = "morphkit_broken.gone:WARP"
text = "morphkit_broken:TEXT"
tps = "morphkit_broken:TEXT"
radial = "morphkit_broken:TEXT"

[project.entry-points."morphkit.checks"]
torn = "morphkit_broken.torn:CHECK"

[tool.setuptools]
packages = ["morphkit_broken"]
"""


def documented_files() -> dict[str, str]:
    """Return the files that docs/extending.md shows, by their path."""
    text = (DOCS / "extending.md").read_text("utf-8")
    blocks = re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```", text, re.M | re.S)
    return dict(blocks)


def install_example(folder: Path, target: Path) -> None:
    """Install the distribution of the documentation, and entries of the other kinds."""
    files = documented_files()
    files["morphkit_lab/__init__.py"] = ""
    files["morphkit_lab/other_kinds.py"] = (HERE / "other_kinds.py").read_text("utf-8")
    for kind, entries in OTHERS.items():
        files["pyproject.toml"] += f'\n[project.entry-points."morphkit.{kind}"]\n'
        for name, thing in entries.items():
            line = f'{name} = "morphkit_lab.other_kinds:{thing}"\n'
            files["pyproject.toml"] += line
    install(folder, files, target)


def install_broken(folder: Path, target: Path) -> None:
    """Install a distribution whose entries cannot be used."""
    files = {
        "pyproject.toml": BROKEN,
        "morphkit_broken/__init__.py": 'TEXT = "no warp"\n',
        "morphkit_broken/torn.py": 'raise RuntimeError("torn in two")\n',
    }
    install(folder, files, target)


def install(folder: Path, files: dict[str, str], target: Path) -> None:
    """Write a distribution into a folder, and install it into another."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index"]
    how = ["--no-deps", "--no-build-isolation", "--target", str(target)]
    subprocess.run([*pip, *how, str(folder)], check=True, capture_output=True)
