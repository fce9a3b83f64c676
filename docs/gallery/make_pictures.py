"""Makes the pictures and the page of the gallery.

Run it after a change: ``python docs/gallery/make_pictures.py``.
"""

import ast
import os
import runpy
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PICTURES = FOLDER.parent / "pictures" / "gallery"
PAGE = FOLDER.parent / "gallery.md"
#: Example -> heading and the text alternative of its picture, in the order of the page.
EXAMPLES = {
    "strip": ("Two faces to a strip", "A laughing infant becomes a crying one"),
    "landmarks": (
        "Landmarks over a photograph",
        "A face without, with 68 and with 478 landmarks",
    ),
    "recipe": ("A recipe in memory", "Three infants, nine images each, in ovals"),
    "prototype": (
        "A prototype and a transform",
        "Neutral and happy prototypes; an infant before and after the transform",
    ),
    "spacing": ("Equal steps", "Steps that differ, and the same after equalising"),
    "psychometric": (
        "From answers to a function",
        "Psychometric functions of twelve simulated observers and of all",
    ),
}
HEAD = """\
# Gallery

Six short programs with the faces that ship with morphkit, and what they make. Each runs
as it stands and writes its picture into the working directory; two of them plot with
matplotlib, which you install yourself. Every function is explained in
[the Python API](python_api.md).
"""


def make(name: str, into: Path) -> Path:
    """Run an example in a folder; return the picture that it makes there."""
    os.environ["MPLBACKEND"] = "agg"
    before = Path.cwd()
    os.chdir(into)
    try:
        runpy.run_path(str(FOLDER / f"{name}.py"))
    finally:
        os.chdir(before)
    return picture_of(name, into)


def picture_of(name: str, folder: Path = PICTURES) -> Path:
    """Return the picture of an example in a folder."""
    (picture,) = folder.glob(f"{name}.*")
    return picture


def page() -> str:
    """Return the text of the page: heading, picture and code of every example."""
    parts = [HEAD]
    for name, (heading, alternative) in EXAMPLES.items():
        code = (FOLDER / f"{name}.py").read_text("utf-8")
        about = ast.get_docstring(ast.parse(code))
        path = picture_of(name).relative_to(FOLDER.parent).as_posix()
        parts.append(
            f"## {heading}\n\n{about}\n\n![{alternative}]({path})\n\n"
            f"```python\n{code.split(chr(10), 2)[2]}```\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or EXAMPLES:
        sys.stdout.write(f"{make(name, PICTURES)}\n")
    PAGE.write_text(page(), "utf-8")
