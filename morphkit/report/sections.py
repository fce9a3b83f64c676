"""The sections of the report below the continua: an extensible table.

A section is a function of the data of the report. It returns its content, or None if
there is none; its HTML is escaped unless it is `Markup`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from morphkit.pack.model import Pack
from morphkit.pack.recheck import limit_rows
from morphkit.quality.checks import Evidence
from morphkit.quality.distances import Spacing
from morphkit.quality.limits import Limit
from morphkit.recipe import Recipe
from morphkit.report.identity import identity_html
from morphkit.report.methods import methods_of
from morphkit.report.spacing_plots import title_of
from morphkit.report.tables import table_of

if TYPE_CHECKING:  # answers are seldom there, and load all of experiments
    from morphkit.experiment.analysis.results import Study


@dataclass(frozen=True, eq=False)
class Known:
    """The data of the sections.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Its folder; further files of it may be read.
    recipe : Recipe
    spacings : mapping
        Continuum -> measure -> spacing.
    limits : mapping of str to Limit
    anchors : mapping of str to str
        Continuum -> its anchor in the page.
    study : Study, optional
        Answers of participants to the pack.
    evidence : mapping of str to Evidence
        Continuum -> evidence measured anew; empty while a pack is built.
    """

    pack: Pack
    folder: Path
    recipe: Recipe
    spacings: Mapping[str, Mapping[str, Spacing]]
    limits: Mapping[str, Limit]
    anchors: Mapping[str, str] = field(default_factory=dict)
    study: "Study | None" = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Parameters
    ----------
    title : str
    html : Markup
        Its content below the title.
    """

    title: str
    html: Markup


def spacing_section(known: Known) -> Section | None:
    """Return the predicted spacing of every continuum in every measure."""
    if not any(known.spacings.values()):
        return None
    lead = (
        "Distances between neighbouring images in several measures. Equal levels are "
        "not equal distances, and measures differ: equal in one is not equal in "
        "another. A path length is given only where distances add up (exponent 0.95 to "
        "1.05)."
    )
    head = (
        ("Continuum", ""),
        ("Measure", ""),
        ("Mean step", "n"),
        ("Max/min", "n"),
        ("CV", "n"),
        ("Departure", "n"),
        ("Edges", "n"),
        ("Half way at", "n"),
        ("Straight", "n"),
        ("Exponent", "n"),
    )
    rows = []
    for name, table in known.spacings.items():
        for k, (measure, spacing) in enumerate(table.items()):
            first = (
                Markup(
                    '<th scope="rowgroup" rowspan="{}"><a href="{}">{}</a></th>'
                ).format(len(table), known.anchors.get(name, ""), name)
                if k == 0
                else Markup("")
            )
            rows.append(first + _spacing_cells(measure, spacing))
    body = table_of(head, rows)
    return Section(
        "Predicted spacing",
        Markup("<p>{}</p>").format(lead) + _identity_steps(known) + body,
    )


def _spacing_cells(measure: str, spacing: Spacing) -> Markup:
    """Return the cells of a row after the first."""
    values = (
        f"{spacing.steps.mean():.3g}",
        _fixed(spacing.max_min, 2),
        _fixed(spacing.cv, 3),
        _fixed(spacing.departure, 3),
        _fixed(spacing.edge_ratio, 2),
        _fixed(spacing.half_level, 3),
        _fixed(spacing.straightness, 2),
        _fixed(spacing.exponent, 3),
    )
    cells = Markup("").join(Markup('<td class="n">{}</td>').format(v) for v in values)
    how = "" if spacing.precision == "float" else f" ({spacing.precision})"
    return (
        Markup('<td title="{}">{}{}</td>').format(measure, title_of(measure), how)
        + cells
    )


def _identity_steps(known: Known) -> Markup:
    """Return the sentence on step sizes of different continua."""
    primary = known.recipe.checks.measures[0]
    steps = {
        name: float(table[primary].steps.mean())
        for name, table in known.spacings.items()
        if primary in table
    }
    if len(steps) < 2 or not min(steps.values()) > 0:
        return Markup("")
    least, most = (pick(steps, key=lambda n: steps[n]) for pick in (min, max))
    return Markup(
        "<p>The amount of change per step differs between continua: in {} the "
        "mean step is {:.3g} for {} and {:.3g} for {}, {:.1f} times as much.</p>"
    ).format(
        title_of(primary),
        steps[least],
        least,
        steps[most],
        most,
        steps[most] / steps[least],
    )


def identity_section(known: Known) -> Section | None:
    """Return the section on identity, if it was measured."""
    html = identity_html(known.evidence)
    return Section("Identity", html) if html else None


def methods_section(known: Known) -> Section:
    """Return the methods paragraph, ready for a paper."""
    text = methods_of(
        known.pack, known.recipe, known.spacings, known.study, known.evidence
    )
    return Section("Methods", Markup('<p class="methods">{}</p>').format(text))


def limits_section(known: Known) -> Section:
    """Return the limits of all checks and their sources."""
    rows = [
        Markup(
            '<th scope="row"><code>{}</code></th><td>{}</td><td>{}</td><td>{}</td>'
        ).format(*row)
        for row in limit_rows(known.limits)
    ]
    head = (("Limit", ""), ("Measurement", ""), ("Reported above", ""), ("Source", ""))
    return Section(
        "Limits of the checks",
        Markup(
            "<p>Set in the recipe under <code>[checks.limits]</code>. A fold and "
            "frames that do not progress are always reported.</p>"
        )
        + table_of(head, rows),
    )


def categories_section(known: Known) -> Section | None:
    """Return the section on psychometric functions."""
    if known.study is None or not known.study.categories:
        return None
    from morphkit.report.answers import categories_html

    return Section("Categorisation by participants", categories_html(known.study))


def scale_section(known: Known) -> Section | None:
    """Return the section on difference scales."""
    if known.study is None or not known.study.scales:
        return None
    from morphkit.report.answers import scales_html

    return Section(
        "Difference scales of participants", scales_html(known.study, known.pack)
    )


def ratings_section(known: Known) -> Section | None:
    """Return the section on ratings."""
    if known.study is None or not known.study.norms:
        return None
    from morphkit.report.answers import ratings_html

    return Section("Ratings", ratings_html(known.study, known.pack))


def discrimination_section(known: Known) -> Section | None:
    """Return the section on same or different."""
    if known.study is None or not known.study.discriminations:
        return None
    from morphkit.report.answers import discriminations_html

    return Section("Same or different", discriminations_html(known.study))


def labels_section(known: Known) -> Section | None:
    """Return the section on answers that are one of several labels."""
    if known.study is None or not known.study.labels:
        return None
    from morphkit.report.answers_of_labels import labels_html

    return Section("Labels given by participants", labels_html(known.study))


def attention_section(known: Known) -> Section | None:
    """Return the section on a dot in the place of a face."""
    if known.study is None or not known.study.probes:
        return None
    from morphkit.report.answers_of_labels import attention_html

    return Section("Attention to faces", attention_html(known.study))


def times_section(known: Known) -> Section | None:
    """Return the section on reaction times."""
    if known.study is None or not known.study.reaction_times:
        return None
    from morphkit.report.answers import times_html

    return Section("Reaction times", times_html(known.study))


def _fixed(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


#: Anchor of a section -> what makes it, in the order of the page.
SECTIONS: Mapping[str, Callable[[Known], Section | None]] = {
    "spacing": spacing_section,
    "identity": identity_section,
    "categories": categories_section,
    "scale": scale_section,
    "ratings": ratings_section,
    "discrimination": discrimination_section,
    "labels": labels_section,
    "attention": attention_section,
    "times": times_section,
    "methods": methods_section,
    "limits": limits_section,
}
