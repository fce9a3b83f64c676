"""Hooks of MkDocs that make a site of the files of the repository, unchanged.

The start page is the README; pages at the root of the repository and the reference of
the Python functions are added; a new file in ``docs/`` needs no entry in ``mkdocs.yml``
to be in the site. A page that would load a script, a style, a font or a picture from
elsewhere fails the build: readers are not followed.
"""

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]

#: Pages of the site that lie elsewhere in the repository.
PAGES = {
    "index.md": "README.md",
    "benchmarks.md": "benchmarks/README.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
}

REFERENCE = """# Reference

Every public name of `import morphkit as mk`, from its docstring.
"""

#: What a browser fetches by itself when it shows a page.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\bsrc=\"?(?:https?:)?//"
    r"|<link\b(?![^>]*\brel=\"?canonical)[^>]*?\bhref=\"?(?:https?:)?//"
    r"|(?:url\(|@import )[\"']?(?:https?:)?//"
)


def on_config(config: Any) -> Any:
    """Put every page in docs/ into the navigation, unnamed ones at its end."""
    docs = Path(config.docs_dir)
    there = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    unnamed = sorted(there - set(_named(config.nav)))
    if unnamed:
        config.nav.append({"More": unnamed})
    return config


def _named(entry: Any) -> Iterator[str]:
    """Yield every page that a part of the navigation names."""
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from _named(part)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that lie elsewhere, and the reference."""
    for name, source in PAGES.items():
        text = _moved((ROOT / source).read_text("utf-8"), source)
        files.append(File.generated(config, name, content=text))
    files.append(File.generated(config, "reference.md", content=_reference()))
    return files


def _moved(text: str, source: str) -> str:
    """Return a page with its links as they are from the top of the site."""
    places = {source: name for name, source in PAGES.items()}
    folder = posixpath.dirname(source)

    def link(match: re.Match[str]) -> str:
        target, anchor = match.group(1), match.group(2) or ""
        if target.startswith(("http://", "https://", "mailto:")):
            return match.group(0)
        place = posixpath.normpath(posixpath.join(folder, target))
        return f"]({places.get(place, place.removeprefix('docs/'))}{anchor})"

    return re.sub(r"\]\(([^)#\s]+)(#[^)]*)?\)", link, text)


def _reference() -> str:
    """Return the page of all public names, in the sections of the page on the API."""
    stub = ast.parse((ROOT / "morphkit" / "__init__.pyi").read_text("utf-8"))
    places = {
        alias.name: f"morphkit.{node.module}.{alias.name}"
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    page = (ROOT / "docs" / "python_api.md").read_text("utf-8")
    text = REFERENCE
    for section in page.split("\n## ")[1:]:
        named = dict.fromkeys(re.findall(r"`(\w+)", section))
        here = [places.pop(name) for name in named if name in places]
        text += _section(section.partition("\n")[0], here)
    return text + _section("Progress, findings, errors", places.values())


def _section(title: str, places: Iterable[str]) -> str:
    return f"\n## {title}\n\n" + "".join(f"::: {place}\n\n" for place in places)


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Refuse a page that fetches anything from elsewhere."""
    found = FETCHED.search(output)
    if found:
        where = page.file.src_uri
        raise PluginError(f"{where}: loads from elsewhere: {found.group(0)}")
    return output
