"""The report as a page: the content of a pack, rendered by the template.

The page is self-contained: style, script and images are embedded, and its security
policy forbids anything else.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from morphkit._core.files import write_text_atomically
from morphkit._core.finding import SEVERITIES, Finding
from morphkit._core.paths import inside
from morphkit._core.plots import Plot, position
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.experiment.analysis.results import Study
from morphkit.faces.formats.template_json import builtin_templates, find_template
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.morph.mixture import SHARES
from morphkit.pack.contents import mesh_of
from morphkit.pack.documents import matched
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.layout import REPORT, mesh_file
from morphkit.pack.maker import present_maker
from morphkit.pack.model import Pack
from morphkit.pack.recheck import Rechecked, stored_evidence, trajectory_of
from morphkit.pack.rows import ContinuumRow
from morphkit.pack.small_copies import Preview
from morphkit.quality.groups import group_findings
from morphkit.quality.spacing import Spacing
from morphkit.recipe import Recipe
from morphkit.report.embedded_films import embed_filmstrips
from morphkit.report.embedded_images import embed_previews
from morphkit.report.filmstrips import choose_findings, make_filmstrips
from morphkit.report.page import page_template, policy_of, text_of
from morphkit.report.plots import make_plots
from morphkit.report.sections import SECTIONS, Known
from morphkit.report.spacing_plots import make_spacing_plots


@dataclass(frozen=True)
class ContinuumView:
    """A continuum as shown on the page.

    Parameters
    ----------
    anchor : str
        Its anchor in the page.
    row : mapping
        Its row in the table of continua.
    previews : tuple of Preview
    positions : tuple of float
        Position of the level of every preview in the plots.
    numbers : tuple of mapping
        Measurements at the step of every preview.
    plots : tuple of Plot
    findings : tuple of Finding
    landmarks : str
        Landmarks of its anchors as JSON for the script, with the share that each has
        at every preview; empty if they are not known.
    size : (int, int)
        Width and height of its images, pixels.
    """

    anchor: str
    row: ContinuumRow
    previews: tuple[Preview, ...]
    positions: tuple[float, ...]
    numbers: tuple[Mapping[str, float], ...]
    plots: tuple[Plot, ...]
    findings: tuple[Finding, ...]
    landmarks: str
    size: tuple[int, int]


def write_report(pack: Pack, folder: Path, kept: KeptImages | None = None) -> None:
    """Write the report of a pack, ``report.html``.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Folder of the pack; images and correspondences are there already.
    kept : KeptImages, optional
        The images, as far as they need not be read.

    Raises
    ------
    InputError
        If an image or a correspondence is missing or cannot be read.
    OutputError
        If the page cannot be written.
    """
    text = make_report(pack, folder, kept=kept)
    write_text_atomically(folder / REPORT, text, overwrite=True)


def make_report(
    pack: Pack,
    folder: Path,
    seen: Rechecked | None = None,
    study: Study | None = None,
    *,
    images: str = "",
    kept: KeptImages | None = None,
) -> str:
    """Return the report of a pack as the text of a page.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Folder of the pack.
    seen : Rechecked, optional
        Findings and measurements; by default those in the pack.
    study : Study, optional
        Answers of participants to the pack.
    images : str, optional
        What leads from the page to the folder of the pack, where the enlarged view
        finds its images: empty within the pack.
    kept : KeptImages, optional
        The images of the pack, as far as they need not be read.

    Raises
    ------
    InputError
        As `write_report`.
    """
    recipe = pack.recipe
    findings = pack.findings if seen is None else seen.findings
    spacings = _spacings(pack, seen)
    template = _template(recipe.sources.template)
    kept = kept or KeptImages(folder)
    views = _views(pack, template, folder, kept, recipe, findings, spacings)
    anchors = {str(v.row.continuum_id): v.anchor for v in views}
    limits = recipe.checks.table()
    if seen is not None and seen.evidence:
        limits = dict(next(iter(seen.evidence.values())).limits)
    evidence = seen.evidence if seen else {}
    known = Known(pack, folder, recipe, spacings, limits, anchors, study, evidence)
    sections = {name: make(known) for name, make in SECTIONS.items()}
    groups = group_findings(findings)
    strips = embed_filmstrips(
        make_filmstrips(
            pack,
            folder,
            choose_findings(groups),
            evidence or stored_evidence(pack, folder),
            kept,
        )
    )
    style, script = text_of("report.css"), text_of("report.js")
    return page_template().render(
        pack=pack,
        about=recipe.pack,
        recipe=_recipe_values(recipe),
        matched=matched(recipe),
        views=views,
        images=images,
        anchors=anchors,
        sections={name: section for name, section in sections.items() if section},
        findings=findings,
        groups=groups,
        strips=strips,
        counts=Counter(finding.severity for finding in findings),
        here="" if pack.made_by == (here := present_maker()) else here,
        private=[
            row.identity_id for row in pack.identities if not row.may_redistribute
        ],
        style=Markup(style),
        script=Markup(script),
        policy=Markup(policy_of(style, script, beside=True)),
    )


def _spacings(pack: Pack, seen: Rechecked | None) -> dict[str, dict[str, Spacing]]:
    """Return the spacing of every continuum by measure."""
    if seen is not None:
        return {name: dict(each.shown_spacings) for name, each in seen.evidence.items()}
    return {
        name: {
            measure: Spacing.from_dict(measure, data)
            for measure, data in (
                pack.scores.get(name, {}).get("spacing") or {}
            ).items()
        }
        for name in (row.continuum_id for row in pack.continua)
    }


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by severity, otherwise in their order."""
    return tuple(sorted(findings, key=lambda f: SEVERITIES.index(f.severity)))


def _views(
    pack: Pack,
    template: Template | None,
    folder: Path,
    kept: KeptImages,
    recipe: Recipe,
    findings: Sequence[Finding],
    spacings: Mapping[str, Mapping[str, Spacing]],
) -> tuple[ContinuumView, ...]:
    """Return the view of every continuum."""
    previews = embed_previews(pack, kept)
    limits = recipe.checks.table()
    views = []
    for number, row in enumerate(pack.continua, start=1):
        name = row.continuum_id
        stimuli = pack.stimuli_of(name)
        levels = [s.level for s in stimuli if s.level is not None]
        # Without the level of an image there is no axis to draw over.
        known = len(levels) == len(stimuli)
        scores = pack.scores.get(name, {})
        shown = [p.stimulus.step - 1 for p in previews[name]]
        view = ContinuumView(
            anchor=f"continuum-{number}",
            row=row,
            previews=previews[name],
            positions=tuple(position(levels[k], levels) for k in shown)
            if known
            else (),
            numbers=tuple(_measured(scores, k) for k in shown),
            plots=(
                *make_spacing_plots(spacings[name]),
                *make_plots(levels, scores, limits, difference=not spacings[name]),
            )
            if known
            else (),
            findings=_worst_first(f for f in findings if f.where == name),
            landmarks=_landmarks(pack, folder, name, template, shown) if known else "",
            size=(stimuli[0].width, stimuli[0].height),
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


def _landmarks(
    pack: Pack,
    folder: Path,
    name: str,
    template: Template | None,
    shown: Sequence[int],
) -> str:
    """Return the landmarks of a continuum, their lines and names, as JSON.

    The faces that it leads through (two, or three with a via) may be sums of many
    source faces; their landmarks are the same sums, and those of an image lie between.
    """
    path = inside(folder, mesh_file(name))
    if not path.exists():
        return ""
    frozen = mesh_of(folder, name, pack.stimuli_of(name))
    nodes = frozen.correspondence.landmarks
    plan = trajectory_of(pack.stimuli_of(name), folder, name)
    n_faces = plan.n_anchors if plan.anchors is None else plan.anchors.shape[2]
    if n_faces != len(nodes):
        raise InputError(
            f"{counted(len(nodes), 'face')}, but the continuum is made of {n_faces}",
            where=str(path),
        )
    points = nodes / UNITS_PER_PIXEL
    if plan.anchors is not None:
        shares = plan.anchors[SHARES.index("shape")]
        points = np.einsum("ak,kpx->apx", shares, points)
    return json.dumps(
        {
            "anchors": (points - frozen.corner).round(2).tolist(),
            "weights": plan.weights("shape")[list(shown)].round(5).tolist(),
            "lines": _lines(template, nodes.shape[1], str(path)),
            "names": template.points
            if template
            else [f"point {i}" for i in range(nodes.shape[1])],
        },
        separators=(",", ":"),
    )


def _lines(template: Template | None, n_points: int, where: str) -> list[list[int]]:
    """Return the lines of a template, closed ones with their first point again."""
    if template is None:
        return []
    if template.n_points != n_points:
        raise InputError(
            f"{n_points} landmarks, but template {template.name} has "
            f"{template.n_points}",
            where=where,
        )
    return [
        [*line, line[0]] if closed else list(line)
        for line, closed in zip(template.lines, template.closed, strict=True)
    ]


def _recipe_values(recipe: Recipe) -> dict[str, Any]:
    """Return the values of the recipe by key."""
    data = recipe.resolved()
    return {
        f"{part}.{key}": value
        for part in ("sources", "align", "morph", "frame", "match", "checks")
        for key, value in data[part].items()
        if key != "limits"  # have a table of their own
    }
