"""Tables and figures of the answers, as files for a paper."""

from collections import Counter
from collections.abc import Iterator

from morphkit._core.svg import draw_sheet
from morphkit.experiment.analysis.documents import (
    Table,
    agreement_table,
    fit_table,
    norms_csv,
    norms_table,
    pooled_table,
    scale_summary,
    scale_table,
    to_csv,
)
from morphkit.experiment.analysis.label_plots import label_plots, probe_plots
from morphkit.experiment.analysis.plots import (
    category_plots,
    rating_plots,
    scale_plots,
)
from morphkit.experiment.analysis.results import CategoryStudy, Study
from morphkit.pack.model import Pack


def human_tables(study: Study, pack: Pack) -> Iterator[tuple[str, str]]:
    """Yield the name and text of every table."""
    for k, one in enumerate(study.categories, start=1):
        yield _name("fits", k, "csv"), to_csv(fit_table(one.result.fits))
        yield _name("fit_points", k, "csv"), to_csv(_points(one))
        yield _name("pooled", k, "csv"), to_csv(pooled_table(one.result))
    for k, scales in enumerate(study.scales, start=1):
        yield _name("scales", k, "csv"), to_csv(scale_summary(scales.result))
        values = to_csv(scale_table(scales.result, pack))
        yield _name("scale_values", k, "csv"), values
    for k, norms in enumerate(study.norms, start=1):
        rows = norms_table(norms, rater_group="", instrument="", source_doi="")
        yield _name("norms", k, "csv"), norms_csv(rows)
        yield _name("agreement", k, "csv"), to_csv(agreement_table(norms))
    for k, pairs in enumerate(study.discriminations, start=1):
        rows = [one.to_row() for one in pairs.continua]
        yield _name("discrimination", k, "csv"), to_csv(rows)
        yield _name("pairs", k, "csv"), to_csv([one.to_row() for one in pairs.pairs])
    yield from _tables_of_faces(study)
    times = [
        {"task": task} | one.to_row()
        for task, found in study.reaction_times.items()
        for one in found
    ]
    if times:
        yield "reaction_times.csv", to_csv(times)


def _tables_of_faces(study: Study) -> Iterator[tuple[str, str]]:
    """Yield the tables of answers with several labels, and of attention."""
    found = [("", one.result.tables()) for one in study.labels]
    found += [("attention_", one.result.tables()) for one in study.probes]
    numbers: Counter[str] = Counter()
    for before, tables in found:
        numbers[before] += 1
        for stem, rows in tables.items():
            if rows:
                yield _name(before + stem, numbers[before], "csv"), to_csv(rows)


def human_figures(study: Study, pack: Pack) -> Iterator[tuple[str, str]]:
    """Yield name and text of every figure, as SVG."""
    for k, one in enumerate(study.categories, start=1):
        yield _name("fits", k, "svg"), draw_sheet("", category_plots(one))
    for k, scales in enumerate(study.scales, start=1):
        yield _name("scales", k, "svg"), draw_sheet("", scale_plots(scales, pack))
    for k, norms in enumerate(study.norms, start=1):
        for measure in [agreed.measure for agreed in norms.agreement]:
            drawn = rating_plots(norms.summaries, measure, pack)
            yield _name(f"ratings_{measure}", k, "svg"), draw_sheet(measure, drawn)
    for k, labels in enumerate(study.labels, start=1):
        yield _name("labels", k, "svg"), draw_sheet("", label_plots(labels.result))
    for k, probes in enumerate(study.probes, start=1):
        yield _name("attention", k, "svg"), draw_sheet("", probe_plots(probes.result))


def _name(stem: str, number: int, suffix: str) -> str:
    """Return the name of a file; the second of a kind has its number."""
    return f"{stem}.{suffix}" if number == 1 else f"{stem}_{number}.{suffix}"


def _points(study: CategoryStudy) -> Table:
    """Return the data of every function, one row per point."""
    return [
        {
            "scope": one.scope,
            "continuum_id": one.continuum_id,
            "participant": one.participant,
            study.settings.axis: float(at),
            "chosen": int(chosen),
            "shown": int(shown),
            "fitted": float(fitted),
        }
        for one in study.result.fits
        if one.fit is not None
        for at, chosen, shown, fitted in zip(
            one.fit.levels,
            one.fit.chosen,
            one.fit.shown,
            one.fit.predict(one.fit.levels),
            strict=True,
        )
    ]
