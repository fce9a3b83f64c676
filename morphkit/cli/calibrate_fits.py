"""Commands that fit the answers of participants: fit, scale and norms."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.cli.answer_options import from_option, read_table_options, table_options
from morphkit.cli.console import (
    json_option,
    print_findings,
    print_json,
    progress_bar,
    quiet_option,
    remark,
)
from morphkit.cli.options import EntryName
from morphkit.experiment.analysis.cross_checks import CROSS_CHECKS, CrossChecked
from morphkit.experiment.analysis.documents import (
    Table,
    check_folder,
    fit_table,
    scale_table,
)
from morphkit.experiment.analysis.fitting import (
    Analysis,
    DifferenceScales,
    PsychometricFunctions,
    Ratings,
    fit_difference_scales,
    fit_psychometric_functions,
    summarise_ratings,
)
from morphkit.experiment.analysis.scales import ScaleResult
from morphkit.experiment.answer import Answers
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.lapses import RATES
from morphkit.psychophysics.links import LINKS
from morphkit.psychophysics.psychometric import JND_DEFINITION

_PATH = click.Path(path_type=Path)
#: Columns of a scale that fit on a terminal.
_LEVELS = ("level", "value", "straight", "low", "high", "band_low", "band_high")


def _answer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the arguments that select answers."""
    options = [
        click.argument("answers", type=_PATH, nargs=-1, required=True),
        click.option("--pack", type=_PATH, required=True, help="Pack that was shown."),
        from_option,
        *table_options(),
        click.option(
            "--continuum",
            "continua",
            multiple=True,
            metavar="ID",
            help="Only this continuum; repeatable.",
        ),
        click.option(
            "--phase",
            "phases",
            multiple=True,
            help="Only this phase; default: all but practice and training.",
        ),
        click.option(
            "--design",
            type=_PATH,
            metavar="DIR",
            help="Design of the study, to report where pack or participants depart "
            "from it.",
        ),
        click.option(
            "--seed",
            type=int,
            default=1,
            show_default=True,
            help="Random seed of the bootstrap.",
        ),
        click.option("--output", type=_PATH, help="Folder for JSON, CSV and figures."),
        click.option("--overwrite", is_flag=True, help="Replace files in the folder."),
        json_option,
        quiet_option,
    ]
    for option in reversed(options):
        command = option(command)
    return command


_SAMPLES = click.option(
    "--samples",
    type=click.IntRange(0, 100_000),
    default=2000,
    show_default=True,
    help="Bootstrap samples; 0 for none.",
)


@click.command()
@_answer_options
@click.option(
    "--axis",
    type=click.Choice(["level", "step"]),
    default="level",
    show_default=True,
    help="Unit of PSE and JND.",
)
@click.option(
    "--link", type=click.Choice(list(LINKS)), default="probit", show_default=True
)
@click.option(
    "--lapses",
    type=click.Choice(["none", *RATES]),
    default="none",
    show_default=True,
    help="Also fit guess and lapse rates.",
)
@click.option(
    "--cross-check",
    "program",
    type=EntryName(CROSS_CHECKS),
    help="Fit identities and all answers with this program too, to compare. Needs an "
    "extra.",
)
@_SAMPLES
def fit(
    answers: tuple[Path, ...],
    pack: Path,
    axis: str,
    link: str,
    lapses: str,
    program: str | None,
    samples: int,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Fit psychometric functions to ANSWERS: categories such as happy or distressed.

    \b
    Examples:
      morphkit calibrate fit answers.csv --pack pack
      morphkit calibrate fit answers.csv --pack pack --axis step --output fit
      morphkit calibrate fit lab.csv --pack pack --columns participant=Subj
          --recode h=happy,d=distressed
      morphkit calibrate fit answers.csv --pack pack --cross-check psignifit

    Reports the balance point, Spearman-Kärber and maximum-likelihood PSE, JND and
    goodness of fit, per participant, per identity and for all answers together.
    """  # noqa: D301 - click's mark
    given = _read(answers, **options)
    with progress_bar(quiet=quiet) as progress:
        found = fit_psychometric_functions(
            given,
            pack,
            axis=axis,
            link=link,
            lapses=lapses,
            samples=samples,
            cross_check_by=program,
            progress=progress,
            **_chosen(options),
        )
    _write(found, quiet=quiet, **options)
    if as_json:
        print_json(found.to_dict())
    else:
        _print_fits(found)


def _print_fits(found: PsychometricFunctions) -> None:
    """Print psychometric functions as text."""
    result, axis = found.result, found.settings.axis
    click.echo(f"{axis} at which “{result.labels[1]}” is chosen half of the time (PSE)")
    click.echo(
        f"{JND_DEFINITION}; 95 % profile intervals; p: bootstrap of the deviance"
    )
    for scope in ("continuum", "participant"):
        click.echo("")
        _print_table(_shown(fit_table(result.of(scope)), scope))
    click.echo("")
    pooled = result.pooled
    if pooled is not None and pooled.n_samples:
        click.echo(
            f"all answers; intervals: {pooled.n_samples} resamples of participants"
        )
    else:
        click.echo("all answers")
    _print_table(_rounded(found.tables()["pooled"]))
    if found.cross_checked:
        _print_cross_check(found.cross_checked)
    _print_findings(found.findings)


def _print_cross_check(checked: CrossChecked) -> None:
    """Print these fits beside those of another program."""
    program = checked.program
    click.echo(
        f"\nbeside {program} {checked.version}: functions with equal guess and lapse "
        "rates, 95 % posterior intervals"
    )
    _print_table(
        [
            {
                "continuum": one.continuum_id or "all answers",
                "PSE": _number(one.pse),
                f"{program}": _number(one.elsewhere.pse),
                "95 %": _span(one.elsewhere.pse_interval),
                "JND": _number(one.jnd),
                f"{program} ": _number(one.elsewhere.jnd),
                "95 % ": _span(one.elsewhere.jnd_interval),
                "lapse": _number(one.elsewhere.lapse),
                "eta": _number(one.elsewhere.overdispersion),
                "agrees": "yes" if one.agrees else "NO",
            }
            for one in checked.compared
        ]
    )


@click.command()
@_answer_options
@click.option(
    "--margin",
    type=click.FloatRange(0.001, 0.4),
    default=0.075,
    show_default=True,
    help="Largest departure from equal steps that counts as uniform.",
)
@_SAMPLES
def scale(
    answers: tuple[Path, ...],
    pack: Path,
    margin: float,
    samples: int,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Fit difference scales to ANSWERS: triads or quadruples.

    \b
    Examples:
      morphkit calibrate scale triads.csv --pack pack
      morphkit calibrate scale triads.csv --pack pack --margin 0.05 --output scale

    A continuum is called uniform only if the simultaneous 95 % band of its scale lies
    within the margin of the straight line.
    """  # noqa: D301 - click's mark
    given = _read(answers, **options)
    with progress_bar(quiet=quiet) as progress:
        found = fit_difference_scales(
            given,
            pack,
            margin=margin,
            samples=samples,
            progress=progress,
            **_chosen(options),
        )
    _write(found, quiet=quiet, **options)
    if as_json:
        print_json(found.to_dict())
    else:
        _print_scales(found)


def _print_scales(found: DifferenceScales) -> None:
    """Print difference scales as text."""
    result = found.result
    for one in result.of("pooled") or result.of("continuum"):
        name = one.continuum_id or "all answers"
        click.echo(
            f"{name} ({counted(one.scale.n_trials, 'trial')}): "
            f"{one.certificate.sentence()}"
        )
        rows = scale_table(ScaleResult((one,), ()), found.pack)
        _print_table(_rounded([{key: row[key] for key in _LEVELS} for row in rows]))
        click.echo("")
    _print_table(_rounded([_brief(row) for row in found.tables()["scales"]]))
    _print_findings(found.findings)


@click.command()
@_answer_options
@click.option("--rater-group", default="", help="Who rated: parents, students, …")
@click.option("--instrument", default="", help="Rating scale or questionnaire.")
@click.option("--source-doi", default="", help="Publication of the instrument (DOI).")
def norms(
    answers: tuple[Path, ...],
    pack: Path,
    rater_group: str,
    instrument: str,
    source_doi: str,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Summarise ANSWERS that are ratings: norms and agreement between raters.

    \b
    Example:
      morphkit calibrate norms ratings.csv --pack pack --rater-group parents

    To attach norms to a pack, put norms.csv beside its recipe, write
    norms = "norms.csv" under [pack], and build again.
    """  # noqa: D301 - click's mark
    given = _read(answers, **options)
    found = summarise_ratings(
        given,
        pack,
        rater_group=rater_group,
        instrument=instrument,
        source_doi=source_doi,
        **_chosen(options),
    )
    _write(found, quiet=quiet, **options)
    if options["output"]:
        remark(
            "to attach them to the pack, put norms.csv beside its recipe, write "
            'norms = "norms.csv" under [pack], and build again',
            quiet=quiet,
        )
    if as_json:
        print_json(found.to_dict())
    else:
        _print_ratings(found)


def _print_ratings(found: Ratings) -> None:
    """Print norms and agreement as text."""
    tables = found.tables()
    named = ("stimulus_id", "measure", "mean", "sd", "n")
    _print_table(
        _rounded([{name: row[name] for name in named} for row in tables["norms"]])
    )
    click.echo("")
    _print_table(_rounded(tables["agreement"]))
    _print_findings(found.findings)


def _read(paths: Sequence[Path], **options: Any) -> Answers:
    """Return the answers that the options name, once the output is known to be free."""
    if options["output"] is not None:
        check_folder(options["output"], overwrite=options["overwrite"])
    return read_table_options(paths, **options)


def _chosen(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that say which answers count."""
    return {name: options[name] for name in ("continua", "phases", "design", "seed")}


def _write(
    found: Analysis,
    *,
    output: Path | None,
    overwrite: bool,
    quiet: bool,
    **others: Any,
) -> None:
    """Write results where the options say."""
    del others
    if output is not None:
        written = found.write(output, overwrite=overwrite)
        names = ", ".join(path.name for path in written)
        remark(f"written to {output}: {names}", quiet=quiet)


def _shown(rows: Table, scope: str) -> list[dict[str, str]]:
    """Return the columns of fits that fit on a terminal."""
    name = "continuum_id" if scope == "continuum" else "participant"
    return [
        {
            scope: str(row[name]),
            "n": str(row["n_answers"]),
            "balance": _number(row["balance"]),
            "SK": _number(row["spearman_karber"]),
            "PSE": _number(row["pse"]),
            "95 %": _interval(row["pse_low"], row["pse_high"], row["pse"]),
            "JND": _number(row["jnd"]),
            "95 % ": _interval(row["jnd_low"], row["jnd_high"], row["jnd"]),
            "p": _number(row["p_deviance"]),
            "fit": str(row["method"] or "-"),
        }
        for row in rows
    ]


def _brief(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("n_trials", "method", "source", "sigma", "departure", "upper_bound")
    name = row["continuum_id"] or row["participant"] or "all answers"
    shown = {"scale": name} | {key: row[key] for key in kept}
    return shown | {"verdict": row["verdict"], "p (straight)": row["p_straight"]}


def _interval(low: Any, high: Any, value: Any) -> str:
    if value is None:
        return "-"
    ends = ["…" if end is None else _number(end) for end in (low, high)]
    return f"{ends[0]} to {ends[1]}"


def _span(interval: Interval) -> str:
    return _interval(interval.low, interval.high, interval.level)


def _number(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _rounded(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{name: _number(value) for name, value in row.items()} for row in rows]


def _print_table(rows: Sequence[Mapping[str, str]]) -> None:
    """Print rows under their names, the first column to the left."""
    if not rows:
        return
    lines = [list(rows[0]), *([*row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True)]
        click.echo("  ".join([line[0].ljust(widths[0]), *cells]).rstrip())


def _print_findings(findings: Sequence[Finding]) -> None:
    if findings:
        click.echo("")
        print_findings(findings)
