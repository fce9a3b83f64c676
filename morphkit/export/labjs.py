"""lab.js: a study file for its builder, and a folder that a browser runs by itself.

References
----------
Henninger, F., Shevchenko, Y., Mertens, U. K., Kieslich, P. J., & Hilbig, B. E. (2022).
lab.js: A free, open, online study builder. Behavior Research Methods, 54, 556–573.
https://doi.org/10.3758/s13428-019-01283-5
"""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from morphkit._core.paths import inside
from morphkit.export.adapter import Material
from morphkit.export.browser_study import (
    STYLE,
    design_of,
    page_text,
    stage_scripts,
    study_of,
    study_script,
    vendored,
    write_new,
)
from morphkit.export.jspsych import render_page
from morphkit.export.stimuli import copy_stimuli, image_name, shown_stimulus, used_rows

#: Version of lab.js that ships, and of the layout of its study files.
VERSION = (20, 2, 4)
_VENDORED = {
    "labjs/lab.js": "lib/lab.js",
    "labjs/LICENSE.txt": "lib/LICENSE-lab.js.txt",
    "labjs/LICENSE-parts.txt": "lib/LICENSE-lab.js-parts.txt",
}
#: Files that the builder adds to every study it exports.
_BUNDLED = {
    "lib/lab.js": "application/javascript",
    "lib/lab.js.map": "text/plain",
    "lib/lab.fallback.js": "application/javascript",
    "lib/lab.legacy.js": "application/javascript",
    "lib/lab.legacy.js.map": "text/plain",
    "lib/lab.css": "text/css",
    "lib/loading.svg": "image/svg+xml",
}


def write(material: Material, folder: Path) -> None:
    """Write the folder ``standalone`` and ``<pack>_<design>.study.json``.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty.
    """
    name = f"{material.pack.name}_{design_of(material).kind}"
    _write_standalone(material, folder / "standalone")
    write_new(
        inside(folder, f"{name}.study.json"),
        json.dumps(builder_study(material), indent=1, ensure_ascii=False) + "\n",
    )


def _pages(material: Material) -> tuple[str, ...]:
    """Return the page files that both need."""
    return (*stage_scripts(material), STYLE, "labjs_screens.js")


def _write_standalone(material: Material, folder: Path) -> None:
    """Write the folder that a double click on its ``index.html`` starts."""
    folder.mkdir()
    sources = copy_stimuli(material, folder)
    write_new(folder / "study.js", study_script(study_of(material, sources)))
    for name in _pages(material):
        write_new(folder / name, page_text(name))
    write_new(folder / "script.js", page_text("labjs_script.js"))
    for name, target in _VENDORED.items():
        write_new(folder / target, vendored(name))
    write_new(folder / "index.html", _index(material, builder=False))


def _index(material: Material, *, builder: bool) -> str:
    """Return the page of the study; the builder fills in its own header."""
    return render_page(
        "labjs_index.html",
        language=material.language,
        title=material.wording["title"],
        builder=builder,
        scripts=stage_scripts(material),
        below="static/" if builder else "",
    )


def builder_study(material: Material) -> dict[str, Any]:
    """Return the study as the builder saves and opens it, all files inside."""
    rows = used_rows(material)
    sources = {row.stimulus_id: f"static/{image_name(row)}" for row in rows}
    study = study_of(material, sources)
    longest = max(_n_screens(study, trials) for trials in study["lists"])
    files = {
        "index.html": _file(_index(material, builder=True), "text/html", "library"),
        "style.css": _file("\n", "text/css", "library"),
        "static/study.js": _file(study_script(study), "application/javascript"),
    }
    for name in _pages(material):
        kind = "text/css" if name.endswith(".css") else "application/javascript"
        files[f"static/{name}"] = _file(page_text(name), kind)
    for row in rows:
        data = shown_stimulus(row, material.folder)
        files[sources[row.stimulus_id]] = _file(data, "image/png")
    return {
        "components": _components(material, longest),
        "version": list(VERSION),
        "files": {
            "files": files,
            "bundledFiles": {name: {"type": kind} for name, kind in _BUNDLED.items()},
        },
    }


def _n_screens(study: dict[str, Any], trials: list[list[Any]]) -> int:
    """Return an upper bound on the screens of a list: a page before every block."""
    pages = sum(map(len, study["questionnaires"].values()))
    checks = len(study["participation"]["attention"])
    return len(trials) + len({trial[1] for trial in trials}) + 1 + pages + checks


def _file(
    data: bytes | str, kind: str, source: str = "embedded-global"
) -> dict[str, str]:
    """Return a file as the builder stores it.

    Texts are percent-encoded: the builder edits its page as text, and would show base64
    literally.
    """
    if isinstance(data, str):
        return {"content": f"data:{kind},{quote(data, safe='')}", "source": source}
    words = base64.b64encode(data).decode("ascii")
    return {"content": f"data:{kind};base64,{words}", "source": source}


def _components(material: Material, longest: int) -> dict[str, Any]:
    """Return the tree of components, by number."""
    pack, design = material.pack, design_of(material)

    def component(number: str, kind: str, title: str, **more: Any) -> dict[str, Any]:
        empty: dict[str, Any] = {"files": [], "parameters": [], "messageHandlers": []}
        return {"id": number, "type": kind, "title": title, **empty, **more}

    def handler(message: str, code: str) -> list[dict[str, str]]:
        return [{"title": "morphkit", "message": message, "code": code}]

    return {
        "root": component(
            "root",
            "lab.flow.Sequence",
            "root",
            children=["1", "2"],
            plugins=[],
            metadata={
                "title": f"{pack.name} {pack.version} {design.kind}",
                "description": f"Made with morphkit from the pack {pack.name} "
                f"{pack.version}, recipe {pack.recipe_sha256}, seed {design.seed}.",
                "repository": "",
                "contributors": "",
            },
            messageHandlers=handler(
                "end", "window.MorphkitLab.finish({ save: false })"
            ),
        ),
        "1": component(
            "1",
            "lab.html.Screen",
            "start",
            content="",
            responses=[],
            messageHandlers=handler("run", "window.MorphkitLab.begin(this)"),
        ),
        "2": component(
            "2",
            "lab.flow.Loop",
            "screens",
            children=["3"],
            tardy=True,
            sample={"mode": "sequential", "n": ""},
            templateParameters={
                "columns": [{"name": "screen", "type": "number"}],
                "rows": [[str(place)] for place in range(1, longest + 1)],
            },
            messageHandlers=handler(
                "before:prepare",
                "this.options.templateParameters = window.MorphkitLab.rows()",
            ),
        ),
        "3": component(
            "3",
            "lab.html.Screen",
            "screen",
            content="",
            responses=[],
            messageHandlers=handler("run", "window.MorphkitLab.play(this)"),
        ),
    }
