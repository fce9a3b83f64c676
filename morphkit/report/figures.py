"""Tables and figures of a report, as files for a paper."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from morphkit._core.finding import Finding
from morphkit._core.svg import draw_sheet
from morphkit._core.tables import table_text
from morphkit.pack.model import Pack
from morphkit.pack.recheck import Rechecked, limit_rows
from morphkit.quality.distances import Spacing
from morphkit.quality.limits import Limit
from morphkit.report.identity import identity_rows, looked_at
from morphkit.report.methods import methods_of
from morphkit.report.spacing_plots import make_spacing_plots

if TYPE_CHECKING:  # answers are seldom there, and load all of experiments
    from morphkit.experiment.analysis.results import Study

#: Measurements of a frame in the table of images.
_PER_FRAME = ("luminance", "contrast", "detail", "clipped")
_SUMMARY = (
    "unit",
    "precision",
    "exponent",
    "additive",
    "mean_step",
    "cv",
    "max_min",
    "departure",
    "edge_ratio",
    "half_level",
    "straightness",
    "monotone",
)


def make_tables(
    pack: Pack, seen: Rechecked, study: "Study | None" = None
) -> dict[str, bytes]:
    """Return the tables of a pack as CSV, and the paragraph on methods, by file name.

    Returns
    -------
    dict of str to bytes
        ``images.csv``, ``spacing_steps.csv``, ``spacing.csv``, ``findings.csv``,
        ``limits.csv`` and ``methods.txt``; for answers, the tables of `human_tables`.
    """
    spacings = {name: each.shown_spacings for name, each in seen.evidence.items()}
    limits = next((each.limits for each in seen.evidence.values()), {})
    methods = methods_of(pack, pack.recipe, spacings, study, seen.evidence)
    texts = {
        "images.csv": table_text(_images(pack, seen)),
        "spacing_steps.csv": table_text(_steps(spacings)),
        "spacing.csv": table_text(_spacing(pack, spacings)),
        "findings.csv": table_text(_findings(seen.findings)),
        "limits.csv": table_text(_limits(limits)),
        "methods.txt": methods + "\n",
    }
    if looked_at(seen.evidence):
        texts["identity.csv"] = table_text(identity_rows(seen.evidence))
    if study:
        from morphkit.report.answer_files import human_tables

        texts |= dict(human_tables(study, pack))
    return {name: text.encode("utf-8") for name, text in texts.items()}


def _images(pack: Pack, seen: Rechecked) -> Iterable[Sequence[Any]]:
    """Yield the measurements of every image."""
    yield "continuum_id", "stimulus_id", "step", "level", *_PER_FRAME
    for name, evidence in seen.evidence.items():
        values = evidence.scores.per_frame
        for k, row in enumerate(pack.stimuli_of(name)):
            numbers = [float(values[key][k]) for key in _PER_FRAME]
            yield name, row.stimulus_id, row.step, row.level, *numbers


def _steps(
    spacings: Mapping[str, Mapping[str, Spacing]],
) -> Iterable[Sequence[Any]]:
    """Yield every step in every measure."""
    yield (
        "continuum_id",
        "measure",
        "unit",
        "precision",
        "from_step",
        "to_step",
        "from_level",
        "to_level",
        "distance",
        "path_share",
    )
    for name, table in spacings.items():
        for measure, one in table.items():
            path = one.cumulative
            for k, step in enumerate(one.steps.tolist()):
                levels = one.levels[k : k + 2].tolist()
                share = None if path is None else float(path[k + 1])
                yield (
                    *(name, measure, one.unit, one.precision, k + 1, k + 2),
                    *(*levels, step, share),
                )


def _spacing(
    pack: Pack, spacings: Mapping[str, Mapping[str, Spacing]]
) -> Iterable[Sequence[Any]]:
    """Yield the statistics of the steps."""
    yield "continuum_id", "identity_id", "measure", *_SUMMARY
    identities = {row.continuum_id: row.identity_id for row in pack.continua}
    for name, table in spacings.items():
        for measure, one in table.items():
            summary = one.summary()
            values = [summary[key] for key in _SUMMARY]
            cells = [int(v) if isinstance(v, bool) else v for v in values]
            yield name, identities.get(name), measure, *cells


def _findings(findings: Iterable[Finding]) -> Iterable[Sequence[Any]]:
    """Yield the findings."""
    yield "severity", "code", "where", "value", "limit", "message"
    for f in findings:
        yield f.severity, f.code, f.where, f.value, f.limit, f.message


def _limits(limits: Mapping[str, Limit]) -> Iterable[Sequence[Any]]:
    """Yield the limits of the checks."""
    yield "limit", "of_what", "told_above", "source"
    yield from limit_rows(limits)


def make_figures(
    pack: Pack, seen: Rechecked, study: "Study | None" = None
) -> dict[str, bytes]:
    """Return a figure of the spacing of every continuum, as SVG.

    Returns
    -------
    dict of str to bytes
        ``spacing_<continuum>.svg``; for answers, the figures of `human_figures`.
    """
    found = {
        f"spacing_{name}.svg": draw_sheet(
            name, make_spacing_plots(evidence.shown_spacings)
        )
        for name, evidence in seen.evidence.items()
        if evidence.spacings
    }
    if study:
        from morphkit.report.answer_files import human_figures

        found |= dict(human_figures(study, pack))
    return {name: text.encode("utf-8") for name, text in found.items()}
