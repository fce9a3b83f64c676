"""Results as files: JSON with everything, CSV tables for a spreadsheet or R."""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import morphkit
from morphkit._core.digits import estimated
from morphkit._core.documents import read_json
from morphkit._core.files import write_text_atomically, write_together
from morphkit._core.folders import claimed, written_whole
from morphkit._core.leftovers import settle_files
from morphkit._core.tables import table_text
from morphkit._core.text import counted
from morphkit.errors import InputError, OutputError
from morphkit.experiment.analysis.categories import (
    SCORE_TESTS,
    CategoryResult,
    ScopedFit,
)
from morphkit.experiment.analysis.discrimination import DiscriminationResult
from morphkit.experiment.analysis.dot_probe import ProbeResult
from morphkit.experiment.analysis.fit_findings import is_determined
from morphkit.experiment.analysis.label_values import LabelResult
from morphkit.experiment.analysis.norms import Agreement, NormsResult
from morphkit.experiment.analysis.outcome_values import Outcome
from morphkit.experiment.analysis.scale_values import ScaleResult, equal_steps
from morphkit.pack.link import link_to
from morphkit.pack.model import Pack
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.ratings import NORMS_COLUMNS

FIT_SCHEMA, SCALE_SCHEMA = "morphkit-fit/1", "morphkit-scale/1"
NORMS_SCHEMA = "morphkit-norms/1"
TRAINING_SCHEMA = "morphkit-training/1"
DISCRIMINATION_SCHEMA = "morphkit-discrimination/1"
LABELS_SCHEMA = "morphkit-labels/1"
ATTENTION_SCHEMA = "morphkit-attention/1"
_PAIR = ("pse", "jnd")

Cell = str | int | float | None
Table = list[dict[str, Cell]]
_Row = dict[str, Cell]


def _head(
    schema: str, kind: str, pack: Pack, settings: Any, stimuli: Iterable[str]
) -> dict[str, Any]:
    """Return the common fields at the start of every document."""
    return {
        "schema": schema,
        "kind": kind,
        "pack": {
            "name": pack.name,
            "version": pack.version,
            **link_to(pack, stimuli),
            **({"unverified": list(pack.unverified)} if pack.unverified else {}),
        },
        "settings": dict(vars(settings)) if settings is not None else {},
        "software": software_versions(),
    }


def software_versions() -> dict[str, str]:
    """Return the version of every library that affects a fit."""
    return {
        "morphkit": morphkit.__version__,
        "numpy": version("numpy"),
        "scipy": version("scipy"),
    }


def fit_document(result: CategoryResult, pack: Pack, settings: Any) -> dict[str, Any]:
    """Return everything about psychometric functions as a JSON object."""
    found = {
        "labels": list(result.labels),
        "continua": list(result.continua),
        "participants": list(result.participants),
        "fits": [fit.to_dict() for fit in result.fits],
        "pooled": result.pooled.to_dict() if result.pooled else None,
        "answers": result.answers.to_dict() if result.answers else None,
        "findings": [finding.to_dict() for finding in result.findings],
    }
    head = _head(FIT_SCHEMA, "psychometric-functions", pack, settings, result.stimuli)
    return head | dict(estimated(found))


def scale_document(result: ScaleResult, pack: Pack, settings: Any) -> dict[str, Any]:
    """Return everything about difference scales as a JSON object."""
    found = {
        "scales": [scale.to_dict() for scale in result.scales],
        "heterogeneity": result.heterogeneity.to_dict()
        if result.heterogeneity
        else None,
        "answers": result.answers.to_dict() if result.answers else None,
        "findings": [finding.to_dict() for finding in result.findings],
    }
    head = _head(SCALE_SCHEMA, "difference-scale", pack, settings, result.stimuli)
    return head | dict(estimated(found))


def norms_document(result: NormsResult, pack: Pack, settings: Any) -> dict[str, Any]:
    """Return everything about ratings as a JSON object."""
    found = {
        "norms": [one.to_dict() for one in result.summaries],
        "agreement": [one.to_dict() for one in result.agreement],
        "answers": result.answers.to_dict() if result.answers else None,
        "findings": [finding.to_dict() for finding in result.findings],
    }
    head = _head(NORMS_SCHEMA, "norms", pack, settings, result.stimuli)
    return head | dict(estimated(found))


def outcome_document(
    tables: Mapping[str, Table], result: Outcome, pack: Pack, settings: Any
) -> dict[str, Any]:
    """Return everything about the outcome of a training as a JSON object."""
    found = {
        "occasions": list(result.occasions),
        **tables,
        "answers": result.answers.to_dict() if result.answers else None,
        "findings": [finding.to_dict() for finding in result.findings],
    }
    shown = sorted({one.continuum for one in result.thresholds})
    stimuli = [row.stimulus_id for row in pack.stimuli if row.continuum_id in shown]
    head = _head(TRAINING_SCHEMA, "training-outcome", pack, settings, stimuli)
    return head | dict(estimated(found))


def discrimination_document(result: DiscriminationResult, pack: Pack) -> dict[str, Any]:
    """Return everything about same or different as a JSON object."""
    found = {
        "continua": [one.to_dict() for one in result.continua],
        "pairs": [one.to_row() for one in result.pairs],
        "answers": result.answers.to_dict() if result.answers else None,
        "findings": [finding.to_dict() for finding in result.findings],
    }
    head = _head(DISCRIMINATION_SCHEMA, "discrimination", pack, None, result.stimuli)
    return head | dict(estimated(found))


def labels_document(
    tables: Mapping[str, Table], result: LabelResult, pack: Pack, settings: Any
) -> dict[str, Any]:
    """Return everything about answers with several labels as a JSON object."""
    found = {
        "labels": list(result.answered),
        "participants": list(result.participants),
        **tables,
        "answers": result.answers.to_dict() if result.answers else None,
        "findings": [finding.to_dict() for finding in result.findings],
    }
    head = _head(LABELS_SCHEMA, "labels", pack, settings, result.stimuli)
    return head | dict(estimated(found))


def attention_document(
    tables: Mapping[str, Table], result: ProbeResult, pack: Pack, settings: Any
) -> dict[str, Any]:
    """Return everything about answers to a probe as a JSON object."""
    found = {
        **tables,
        "answers": result.answers.to_dict() if result.answers else None,
        "findings": [finding.to_dict() for finding in result.findings],
    }
    head = _head(ATTENTION_SCHEMA, "attention", pack, settings, result.stimuli)
    return head | dict(estimated(found))


def read_document(path: Path, schema: str) -> dict[str, Any]:
    """Return a document that one of the commands wrote.

    Raises
    ------
    InputError
        If it is not a JSON object of that schema.
    """
    where = str(path)
    data = read_json(path)
    found = data.get("schema") if isinstance(data, dict) else None
    if found != schema:
        raise InputError(f"the schema is {found!r}", where=where, allowed=f'"{schema}"')
    return dict(data)


def to_json(document: Mapping[str, Any]) -> str:
    """Return the text of a document."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def fit_table(fits: Iterable[ScopedFit]) -> Table:
    """Return one row per fit; cells that do not apply are empty."""
    return [_fit_row(one) for one in fits]


def _fit_row(one: ScopedFit) -> dict[str, Cell]:
    fit, determined = one.fit, one.fit is not None and is_determined(one.fit)
    row: dict[str, Cell] = {
        "scope": one.scope,
        "continuum_id": one.continuum_id,
        "participant": one.participant,
        "n_answers": one.n_answers,
        "balance": one.balance,
        "spearman_karber": one.spearman_karber,
    }
    names = ("method", "pse", "pse_low", "pse_high", "jnd", "jnd_low", "jnd_high")
    row |= dict.fromkeys((*names, "interval_source"))
    if fit is not None:
        row["method"] = fit.method
    if fit is not None and determined:
        pse, jnd = one.intervals
        row |= {"pse": fit.pse, "jnd": fit.jnd} | _ends("pse", pse) | _ends("jnd", jnd)
        row["interval_source"] = one.interval_source or SCORE_TESTS
    row |= {"slope": fit.slope if fit else None}
    row |= {"deviance": one.goodness.deviance if one.goodness else None}
    row |= {"p_deviance": one.goodness.p_value if one.goodness else None}
    lapses = one.lapses
    unknown = set(lapses.at_bound if lapses else ())
    # Like the score tests, these intervals take answers as independent.
    alone = lapses if one.interval_source == SCORE_TESTS else None
    row["threshold_with_lapses"] = (
        lapses.threshold if lapses and "threshold" not in unknown else None
    )
    row |= _ends("threshold_with_lapses", alone.threshold_interval if alone else None)
    row["jnd_with_lapses"] = (
        lapses.jnd if lapses and unknown.isdisjoint({"threshold", "spread"}) else None
    )
    row |= _ends("jnd_with_lapses", alone.jnd_interval if alone else None)
    row |= {"guess": lapses.guess if lapses else None}
    row |= {"lapse": lapses.lapse if lapses else None}
    return row


#: What the hierarchical fits are called in tables.
_INTERCEPTS, _SLOPES = "hierarchical", "hierarchical, random slopes"


def pooled_table(result: CategoryResult) -> Table:
    """Return one row per method of pooling, with intervals over participants."""
    pooled = result.pooled
    if pooled is None:
        return []
    determined = [f for f in pooled.per_identity if f is not None and is_determined(f)]
    rows: Table = []
    if is_determined(pooled.naive):
        rows.append(_pooled_row("naive", pooled.naive.pse, pooled.naive.jnd))
        rows[-1] |= _ends("pse", pooled.interval_of("naive_pse"))
        rows[-1] |= _ends("jnd", pooled.interval_of("naive_jnd"))
    if determined:
        n = len(determined)
        pse, jnd = (sum(getattr(f, name) for f in determined) / n for name in _PAIR)
        rows.append(
            _pooled_row(f"mean of {counted(n, 'identity', 'identities')}", pse, jnd)
        )
    random = pooled.hierarchical
    if random is not None and random.slope > 0:
        rows.append(_pooled_row(_INTERCEPTS, random.pse, random.jnd))
        rows[-1] |= _ends("pse", pooled.interval_of("hierarchical_pse"))
        rows[-1] |= _ends("jnd", pooled.interval_of("hierarchical_jnd"))
        rows[-1]["sd_identity"] = random.sd_identity * random.spread
        rows[-1]["sd_participant"] = random.sd_participant * random.spread
    slopes = pooled.random_slopes
    if slopes is not None:
        rows.append(_pooled_row(_SLOPES, slopes.pse, slopes.jnd))
        rows[-1] |= _ends("pse", slopes.pse_interval)
        rows[-1] |= _ends("jnd", slopes.jnd_interval)
        rows[-1]["sd_identity"] = slopes.sd_identity
        rows[-1]["sd_participant"] = slopes.sd_participant
        rows[-1] |= {"guess": slopes.guess, "lapse": slopes.lapse}
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in names} for row in rows]


def _pooled_row(method: str, pse: float, jnd: float) -> _Row:
    row: _Row = {"method": method, "pse": pse, "jnd": jnd}
    row |= dict.fromkeys(("pse_low", "pse_high", "jnd_low", "jnd_high"))
    return row


def _ends(name: str, interval: Interval | None) -> dict[str, Cell]:
    return {
        f"{name}_low": interval.low if interval else None,
        f"{name}_high": interval.high if interval else None,
    }


def scale_table(result: ScaleResult, pack: Pack) -> Table:
    """Return one row per scale and level; "straight" is the value for equal steps.

    Values of continua that were pooled in part are drawn towards their mean;
    "own_value" is that of their own answers.
    """
    rows: Table = []
    for one in result.scales:
        scale, own = one.certified, one.scale
        line = equal_steps(one, pack)
        for k, level in enumerate(scale.levels):
            rows.append(
                {
                    "scope": one.scope,
                    "continuum_id": one.continuum_id,
                    "participant": one.participant,
                    "level": float(level),
                    "value": float(scale.values[k]),
                    "own_value": float(own.values[k]),
                    "straight": float(line[k]),
                    "error": float(scale.errors[k]),
                    "low": scale.intervals[k].low,
                    "high": scale.intervals[k].high,
                    "band_low": scale.band[k].low,
                    "band_high": scale.band[k].high,
                }
            )
    return rows


def scale_summary(result: ScaleResult) -> Table:
    """Return one row per scale."""
    rows: Table = []
    for one in result.scales:
        checks = one.checks
        rows.append(
            {
                "scope": one.scope,
                "continuum_id": one.continuum_id,
                "participant": one.participant,
                "n_participants": one.n_participants,
                "n_trials": one.scale.n_trials,
                "method": one.scale.method,
                "source": one.certified.source,
                "sigma": one.scale.sigma,
                "sigma_low": one.sigma_interval[0] if one.sigma_interval else None,
                "sigma_high": one.sigma_interval[1] if one.sigma_interval else None,
                "departure": one.certificate.largest_departure,
                "upper_bound": one.certificate.upper_bound,
                "ratio": one.certificate.ratio,
                "ratio_bound": one.certificate.ratio_bound,
                "n_compared": one.certificate.n_compared or None,
                "n_images": one.certificate.n_images or None,
                "verdict": one.certificate.verdict,
                "p_straight": one.linear.p_value,
                "p_deviance": checks.deviance.p_value if checks else None,
                "p_runs": checks.runs.p_value if checks else None,
                "p_six_points": checks.six_points.p_value
                if checks and checks.six_points
                else None,
            }
        )
    return rows


def norms_table(
    result: NormsResult, *, rater_group: str, instrument: str, source_doi: str
) -> Table:
    """Return the rows of a pack's norms table."""
    return [
        dict(
            one.norms_row(
                rater_group=rater_group, instrument=instrument, source_doi=source_doi
            )
        )
        for one in result.summaries
    ]


def agreement_table(result: NormsResult) -> Table:
    """Return one row per question and measure of agreement."""
    rows: Table = []
    for one in result.agreement:
        for icc in one.icc:
            rows.append(_agreed(one, icc.form, icc.value, icc.interval, icc.n_raters))
        if one.alpha is not None and one.alpha_interval is not None:
            rows.append(_agreed(one, "alpha", one.alpha, one.alpha_interval, None))
    return rows


def _agreed(
    one: Agreement, measure: str, value: float, interval: Interval, raters: int | None
) -> _Row:
    return {
        "question": one.measure,
        "measure": measure,
        "value": value,
        "low": interval.low,
        "high": interval.high,
        "n_stimuli": one.n_stimuli,
        "n_raters": raters,
    }


def to_csv(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str] = ()) -> str:
    """Return a table as CSV; empty cells are unknown."""
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    cells = ([row.get(name) for name in names] for row in map(estimated, rows))
    return table_text([names, *cells])


def norms_csv(rows: Table) -> str:
    """Return the norms table in the columns of a pack."""
    return to_csv(rows, NORMS_COLUMNS)


def check_folder(output: Path, *, overwrite: bool) -> None:
    """Refuse an output folder that must not be used, before any work.

    Raises
    ------
    OutputError
        If it exists and may not be written into.
    """
    with claimed(output):  # what a killed command has left there goes first
        if output.exists() and not (overwrite and output.is_dir()):
            raise OutputError(
                f"{output}: already exists; choose another folder, or add --overwrite"
            )


def write_results(output: Path, files: Mapping[str, str], *, overwrite: bool) -> None:
    """Write files into a new folder, all of them or none.

    Parameters
    ----------
    output : Path
    files : mapping
        Name -> text.
    overwrite : bool
        Replace files with these names in an existing folder.

    Raises
    ------
    OutputError
        If the folder exists and may not be used, or cannot be written.
    """
    with claimed(output):
        check_folder(output, overwrite=overwrite)
        if output.is_dir():
            texts = {output / name: text.encode() for name, text in files.items()}
            settle_files(output)
            write_together(texts, overwrite=True)
            return
        with written_whole(output) as folder:
            for name, text in files.items():
                write_text_atomically(folder / name, text)
