"""The report as a page: the content of a pack, rendered by the template.

A large pack has a page of findings and of all continua, and further pages with some
continua each. A page is self-contained: style, script and images are embedded, and its
security policy forbids anything else.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
from markupsafe import Markup

from morphkit._core.files import write_text_atomically
from morphkit._core.finding import SEVERITIES, Finding
from morphkit._core.paths import inside
from morphkit._core.plots import Plot, position
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.faces.formats.template_json import builtin_templates, find_template
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.morph.mixture import SHARES
from morphkit.pack.contents import mesh_of
from morphkit.pack.copy_sizes import ON_A_PAGE, PAGE_IMAGES
from morphkit.pack.documents import matched
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.layout import REPORT, mesh_file
from morphkit.pack.maker import present_maker
from morphkit.pack.model import Pack
from morphkit.pack.recheck import Rechecked, stored_evidence, trajectory_of
from morphkit.pack.rows import ContinuumRow
from morphkit.pack.small_copies import Preview
from morphkit.quality.distances import Spacing
from morphkit.quality.groups import group_findings
from morphkit.recipe import Recipe
from morphkit.report.embedded_films import embed_filmstrips
from morphkit.report.embedded_images import embed_previews
from morphkit.report.filmstrips import choose_findings, make_filmstrips
from morphkit.report.page import page_template, policy_of, text_of
from morphkit.report.plots import make_plots
from morphkit.report.sections import SECTIONS, Known
from morphkit.report.spacing_plots import make_spacing_plots

if TYPE_CHECKING:  # answers are seldom there, and load all of experiments
    from morphkit.experiment.analysis.results import Study


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


@dataclass(frozen=True)
class ContinuumLine:
    """A continuum in the table of all.

    Parameters
    ----------
    row : ContinuumRow
    findings : tuple of Finding
        Worst first.
    """

    row: ContinuumRow
    findings: tuple[Finding, ...]

    @property
    def rank(self) -> tuple[int, ...]:
        """Smaller for graver findings: minus the number of each severity."""
        counts = Counter(finding.severity for finding in self.findings)
        return tuple(-counts[severity] for severity in SEVERITIES)


@dataclass(frozen=True)
class Paging:
    """Where the continua of a report are shown.

    Parameters
    ----------
    n_continua : int
    page : str
        File name of the report.
    on_a_page : int
        Most continua that the report shows itself; those of more have pages.
    """

    n_continua: int
    page: str
    on_a_page: int

    @property
    def is_paged(self) -> bool:
        """Whether there are pages besides the report."""
        return self.n_continua > self.on_a_page

    @property
    def n_pages(self) -> int:
        """Number of pages besides the report."""
        return -(-self.n_continua // self.on_a_page) if self.is_paged else 0

    def file(self, number: int) -> str:
        """Return the path of a page, from 1, beside the report."""
        return f"{Path(self.page).stem}_pages/{number:03d}.html"

    def address(self, number: int) -> str:
        """Return what leads from the report to a continuum, numbered from 1."""
        page = (number - 1) // self.on_a_page + 1
        file = quote(self.file(page)) if self.is_paged else ""
        return f"{file}#{anchor_of(number)}"


def anchor_of(number: int) -> str:
    """Return the anchor of a continuum, numbered from 1."""
    return f"continuum-{number}"


def write_report(
    pack: Pack, folder: Path, kept: KeptImages | None = None, *, jobs: int = 1
) -> None:
    """Write the report of a pack, ``report.html``, with pages if it is large.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Folder of the pack; images and correspondences are there already.
    kept : KeptImages, optional
        The images, as far as they need not be read.
    jobs : int, optional
        Images read at once.

    Raises
    ------
    InputError
        If an image or a correspondence is missing or cannot be read.
    OutputError
        If a page cannot be written.
    """
    for path, text in make_pages(pack, folder, kept=kept, jobs=jobs):
        (folder / path).parent.mkdir(exist_ok=True)
        write_text_atomically(folder / path, text, overwrite=True)


def make_report(
    pack: Pack,
    folder: Path,
    seen: Rechecked | None = None,
    study: "Study | None" = None,
    *,
    kept: KeptImages | None = None,
) -> str:
    """Return the report of a pack as the text of one page, however large it is.

    Parameters and errors are those of `make_pages`.
    """
    pages = make_pages(pack, folder, seen, study, kept=kept, on_a_page=sys.maxsize)
    return "".join(text for _, text in pages)


def make_pages(
    pack: Pack,
    folder: Path,
    seen: Rechecked | None = None,
    study: "Study | None" = None,
    *,
    images: str = "",
    kept: KeptImages | None = None,
    page: str = REPORT,
    on_a_page: int = ON_A_PAGE,
    jobs: int = 1,
) -> Iterator[tuple[str, str]]:
    """Yield the report of a pack: paths and texts, the report itself first.

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
        What leads from the report to the folder of the pack, where the enlarged view
        finds its images: empty within the pack.
    kept : KeptImages, optional
        The images of the pack, as far as they need not be read.
    page : str, optional
        File name of the report.
    on_a_page : int, optional
        Most continua of a page. Those of a larger pack are shown on pages in a folder
        beside the report, which then begins with those of the gravest findings.
    jobs : int, optional
        Images read at once.

    Raises
    ------
    InputError
        As `write_report`.
    """
    report = _Report(pack, folder, seen, kept or KeptImages(folder), jobs)
    paging = Paging(len(pack.continua), page, on_a_page)
    views = () if paging.is_paged else report.views(1, pack.continua)
    yield page, _summary(report, paging, study, views, images)
    for number in range(1, paging.n_pages + 1):
        first = (number - 1) * on_a_page
        rows = pack.continua[first : first + on_a_page]
        shown = report.views(first + 1, rows, most=PAGE_IMAGES)
        text = page_template("page.html.j2").render(
            pack=pack,
            about=pack.recipe.pack,
            views=shown,
            anchors={},
            images=f"../{images}",
            number=number,
            n_pages=paging.n_pages,
            summary=f"../{quote(page)}",
            **_dressed(),
        )
        yield paging.file(number), text


def _dressed() -> dict[str, Markup]:
    """Return style, script and policy of a page."""
    style, script = text_of("report.css"), text_of("report.js")
    policy = policy_of(style, script, beside=True)
    found = {"style": style, "script": script, "policy": policy}
    return {name: Markup(text) for name, text in found.items()}


def _summary(
    report: "_Report",
    paging: Paging,
    study: "Study | None",
    views: Sequence[ContinuumView],
    images: str,
) -> str:
    """Return the text of the report itself."""
    pack, recipe, evidence = report.pack, report.pack.recipe, report.evidence
    anchors = {
        row.continuum_id: paging.address(number)
        for number, row in enumerate(pack.continua, start=1)
    }
    lines = [
        ContinuumLine(row, report.findings_of(row.continuum_id))
        for row in pack.continua
    ]
    most, spacings = sys.maxsize, report.spacings
    if paging.is_paged:
        lines.sort(key=lambda line: line.rank)
        most = paging.on_a_page
        first = [line.row.continuum_id for line in lines[:most]]
        spacings = {name: spacings[name] for name in first}
    limits = recipe.checks.table()
    if evidence:
        limits = dict(next(iter(evidence.values())).limits)
    known = Known(
        *(pack, report.folder, recipe, spacings, limits, anchors, study, evidence)
    )
    sections = {name: make(known) for name, make in SECTIONS.items()}
    groups = group_findings(report.findings)
    stored = partial(stored_evidence, pack, report.folder)
    evidence_of = evidence.get if evidence else stored
    strips = embed_filmstrips(
        make_filmstrips(
            pack,
            report.folder,
            choose_findings(groups),
            evidence_of,
            report.kept,
            report.jobs,
        )
    )
    return page_template().render(
        pack=pack,
        about=recipe.pack,
        recipe=_recipe_values(recipe),
        matched=matched(recipe),
        views=views,
        lines=lines,
        paged=paging.is_paged,
        most=most,
        images=images,
        anchors=anchors,
        sections={name: section for name, section in sections.items() if section},
        findings=report.findings,
        groups=groups,
        strips=strips,
        counts=Counter(finding.severity for finding in report.findings),
        here="" if pack.made_by == (here := present_maker()) else here,
        private=[
            row.identity_id for row in pack.identities if not row.may_redistribute
        ],
        **_dressed(),
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


class _Report:
    """What all pages of a report are made from."""

    def __init__(
        self,
        pack: Pack,
        folder: Path,
        seen: Rechecked | None,
        kept: KeptImages,
        jobs: int,
    ) -> None:
        self.pack, self.folder, self.kept, self.jobs = pack, folder, kept, jobs
        self.findings = pack.findings if seen is None else seen.findings
        self.spacings = _spacings(pack, seen)
        self.evidence = seen.evidence if seen else {}
        self._limits = pack.recipe.checks.table()
        self._template = _template(pack.recipe.sources.template)
        self._by_place: dict[str, list[Finding]] = {}
        for finding in self.findings:
            self._by_place.setdefault(finding.where, []).append(finding)

    def findings_of(self, name: str) -> tuple[Finding, ...]:
        """Return the findings on a continuum, worst first."""
        return _worst_first(self._by_place.get(name, ()))

    def views(
        self,
        first: int,
        rows: Sequence[ContinuumRow],
        *,
        most: int | None = None,
    ) -> tuple[ContinuumView, ...]:
        """Return the views of some continua in a row, numbered from `first`."""
        previews = embed_previews(self.pack, self.kept, rows, most)
        return tuple(
            self._view(number, row, previews[row.continuum_id])
            for number, row in enumerate(rows, start=first)
        )

    def _view(
        self, number: int, row: ContinuumRow, previews: tuple[Preview, ...]
    ) -> ContinuumView:
        """Return the view of a continuum."""
        name = row.continuum_id
        stimuli, spacings = self.pack.stimuli_of(name), self.spacings[name]
        levels = [s.level for s in stimuli if s.level is not None]
        # Without the level of an image there is no axis to draw over.
        known = len(levels) == len(stimuli)
        scores = self.pack.scores.get(name, {})
        shown = [p.stimulus.step - 1 for p in previews]
        positions: tuple[float, ...] = ()
        plots: tuple[Plot, ...] = ()
        landmarks = ""
        if known:
            positions = tuple(position(levels[k], levels) for k in shown)
            plots = (
                *make_spacing_plots(spacings),
                *make_plots(levels, scores, self._limits, difference=not spacings),
            )
            landmarks = _landmarks(self.pack, self.folder, name, self._template, shown)
        return ContinuumView(
            anchor=anchor_of(number),
            row=row,
            previews=previews,
            positions=positions,
            numbers=tuple(_measured(scores, k) for k in shown),
            plots=plots,
            findings=self.findings_of(name),
            landmarks=landmarks,
            size=(stimuli[0].width, stimuli[0].height),
        )


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
