"""The report as a page: what a pack holds, put into the template.

The page needs nothing but itself: style, script and pictures are inside, and its
security policy forbids anything else.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from morphkit.correspondence import UNITS_PER_PIXEL
from morphkit.errors import InputError
from morphkit.files import write_text_atomically
from morphkit.finding import SEVERITIES, Finding
from morphkit.formats.template_json import builtin_templates, find_template
from morphkit.pack import Pack, Row
from morphkit.packs.frozen import read_frozen
from morphkit.recipe import Recipe, parse_recipe
from morphkit.report import plots
from morphkit.report.embedding import Preview, embed_previews
from morphkit.template import Template

REPORT = "report.html"


@dataclass(frozen=True)
class ContinuumView:
    """What the page shows of a continuum.

    Parameters
    ----------
    anchor : str
        Where it stands in the page.
    row : mapping
        Its row in the table of continua.
    previews : tuple of Preview
    positions : tuple of float
        Where the level of every preview stands in the plots.
    numbers : tuple of mapping
        Measurements at the step of every preview.
    plots : tuple of Plot
    findings : tuple of Finding
    landmarks : str
        Landmarks of both ends as JSON for the script; empty if they are not known.
    size : (int, int)
        Width and height of its images, pixels.
    """

    anchor: str
    row: Row
    previews: tuple[Preview, ...]
    positions: tuple[float, ...]
    numbers: tuple[Mapping[str, float], ...]
    plots: tuple[plots.Plot, ...]
    findings: tuple[Finding, ...]
    landmarks: str
    size: tuple[int, int]


def write_report(pack: Pack, folder: Path) -> None:
    """Write the report of a pack, ``report.html``.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Folder of the pack; images and correspondences are there already.

    Raises
    ------
    InputError
        If an image or a correspondence is missing or cannot be read.
    OutputError
        If the page cannot be written.
    """
    write_text_atomically(folder / REPORT, make_report(pack, folder), overwrite=True)


def make_report(pack: Pack, folder: Path) -> str:
    """Return the report of a pack as the text of a page; errors as `write_report`."""
    recipe = parse_recipe(pack.recipe_toml)
    views = _views(pack, _template(recipe.sources.template), folder)
    style, script = _text("report.css"), _text("report.js")
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"cell": _cell, "number": _number}
    return environment.from_string(_text("template.html.j2")).render(
        pack=pack,
        about=recipe.pack,
        recipe=_recipe_values(recipe),
        views=views,
        anchors={str(v.row["continuum_id"]): v.anchor for v in views},
        findings=_worst_first(pack.findings),
        counts=Counter(finding.severity for finding in pack.findings),
        private=[
            str(row["identity_id"])
            for row in pack.identities
            if not row["may_redistribute"]
        ],
        plot=plots,
        style=Markup(style),
        script=Markup(script),
        policy=Markup(_policy(style, script)),
    )


def _text(name: str) -> str:
    """Return a part of the page that ships with the package."""
    return (resources.files("morphkit.report") / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the security policy: only this style, this script, embedded pictures."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        "default-src 'none'; img-src data:; "
        f"style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by severity, otherwise in their order."""
    return tuple(sorted(findings, key=lambda f: SEVERITIES.index(f.severity)))


def _views(
    pack: Pack, template: Template | None, folder: Path
) -> tuple[ContinuumView, ...]:
    """Return what the page shows of every continuum."""
    previews = embed_previews(pack, folder)
    views = []
    for number, row in enumerate(pack.continua, start=1):
        name = str(row["continuum_id"])
        stimuli = pack.stimuli_of(name)
        levels = [float(s["level"] or 0) for s in stimuli]
        scores = pack.scores.get(name, {})
        shown = [int(p.stimulus["step"] or 1) - 1 for p in previews[name]]
        view = ContinuumView(
            anchor=f"continuum-{number}",
            row=row,
            previews=previews[name],
            positions=tuple(plots.position(levels[k], levels) for k in shown),
            numbers=tuple(_measured(scores, k) for k in shown),
            plots=plots.make_plots(levels, scores),
            findings=_worst_first(f for f in pack.findings if f.where == name),
            landmarks=_landmarks(
                folder / "data" / "correspondence" / f"{name}.npz", template
            ),
            size=(int(stimuli[0]["width"] or 1), int(stimuli[0]["height"] or 1)),
        )
        views.append(view)
    return tuple(views)


def _measured(scores: Mapping[str, Any], index: int) -> dict[str, float]:
    """Return every measurement at one step; the last step has no next one."""
    both = {**scores.get("per_frame", {}), **scores.get("per_step", {})}
    return {n: values[index] for n, values in both.items() if index < len(values)}


def _template(name: str) -> Template | None:
    """Return the template of a recipe; None if it is a file, which may not be here."""
    return find_template(name) if name in builtin_templates() else None


def _landmarks(path: Path, template: Template | None) -> str:
    """Return the landmarks of both ends and the lines between them, as JSON."""
    if not path.exists():
        return ""
    nodes = read_frozen(path).correspondence.landmarks
    lines: list[list[int]] = []
    if template is not None:
        if template.n_points != nodes.shape[1]:
            raise InputError(
                f"{nodes.shape[1]} landmarks, but template {template.name} has "
                f"{template.n_points}",
                where=str(path),
            )
        for line, closed in zip(template.lines, template.closed, strict=True):
            lines.append([*line, line[0]] if closed else list(line))
    ends = (nodes / UNITS_PER_PIXEL).round(2).tolist()
    return json.dumps({"ends": ends, "lines": lines}, separators=(",", ":"))


def _recipe_values(recipe: Recipe) -> dict[str, Any]:
    """Return what the recipe asked for, by its keys."""
    data = recipe.resolved()
    return {
        f"{part}.{key}": value
        for part in ("sources", "align", "morph")
        for key, value in data[part].items()
    }


def _cell(value: object) -> str:
    """Return a value of a table in words."""
    if value is None or value == "":
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: float | None) -> str:
    """Return a measurement with three digits."""
    return "" if value is None else f"{value:.3g}"
