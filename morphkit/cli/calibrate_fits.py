"""Commands that fit the answers of participants: fit, scale, labels and norms."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit.cli.answer_options import (
    from_option,
    read_with_options,
    reading_options,
)
from morphkit.cli.answer_tables import (
    print_attention,
    print_discrimination,
    print_fits,
    print_labels,
    print_ratings,
    print_scales,
)
from morphkit.cli.console import (
    json_option,
    print_json,
    progress_bar,
    quiet_option,
    remark,
    unverified_option,
    wait_option,
)
from morphkit.cli.options import EntryName
from morphkit.experiment.analysis.probe_settings import ProbeSettings
from morphkit.psychophysics.choices import LINK_NAMES, RATE_NAMES, STANDARD_RATIO

if TYPE_CHECKING:
    from morphkit.experiment.analysis.values import Analysis
    from morphkit.experiment.answer import Answers

_PATH = click.Path(path_type=Path)


def _answer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the arguments that select answers."""
    options: list[Callable[[Any], Any]] = [
        click.argument("answers", type=_PATH, nargs=-1, required=True),
        click.option("--pack", type=_PATH, required=True, help="Pack that was shown."),
        from_option,
        reading_options,
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
        unverified_option,
        click.option("--output", type=_PATH, help="Folder for JSON, CSV and figures."),
        click.option("--overwrite", is_flag=True, help="Replace files in the folder."),
        wait_option,
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
    "--link", type=click.Choice(LINK_NAMES), default="probit", show_default=True
)
@click.option(
    "--lapses",
    type=click.Choice(["none", *RATE_NAMES]),
    default="none",
    show_default=True,
    help="Also fit guess and lapse rates.",
)
@click.option(
    "--cross-check",
    "program",
    type=EntryName(NamesOf("cross-checks")),
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
      morphkit calibrate fit lab.csv --pack pack --columns participant=Subj \\
          --recode h=happy,d=distressed
      morphkit calibrate fit answers.csv --pack pack --cross-check psignifit
      morphkit calibrate fit lab.csv --pack pack --missing 9 --sessions longest --unite

    Reports the balance point, Spearman-Kärber and maximum-likelihood PSE, JND and
    goodness of fit, per participant, per identity and for all answers together.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.analysis.fitting import fit_psychometric_functions

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
        print_fits(found)


@click.command()
@_answer_options
@click.option(
    "--margin",
    type=click.FloatRange(0.001, 0.4),
    default=0.075,
    show_default=True,
    help="Largest departure from equal steps that counts as uniform.",
)
@click.option(
    "--ratio",
    type=click.FloatRange(1, min_open=True),
    default=STANDARD_RATIO,
    show_default=True,
    help="Largest ratio of neighbouring steps that counts as uniform.",
)
@_SAMPLES
def scale(
    answers: tuple[Path, ...],
    pack: Path,
    margin: float,
    ratio: float,
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

    A continuum is called uniform only if all of its images were compared, the
    simultaneous 95 % band of its scale lies within the margin of the straight line, and
    no two neighbouring steps differ by more than the ratio. Several continua are pooled
    in part, as much as they are alike.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.analysis.fitting import fit_difference_scales

    given = _read(answers, **options)
    with progress_bar(quiet=quiet) as progress:
        found = fit_difference_scales(
            given,
            pack,
            margin=margin,
            ratio=ratio,
            samples=samples,
            progress=progress,
            **_chosen(options),
        )
    _write(found, quiet=quiet, **options)
    if as_json:
        print_json(found.to_dict())
    else:
        print_scales(found)


@click.command()
@_answer_options
def discriminate(
    answers: tuple[Path, ...],
    pack: Path,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Measure which steps people see, from ANSWERS of same or different.

    \b
    Examples:
      morphkit calibrate discriminate pairs.csv --pack pack
      morphkit calibrate discriminate pairs.csv --pack pack --output discrimination

    Prints the sensitivity d' of the participants to steps of each continuum, by both
    models of how two images are compared, with 95 % intervals over participants, and
    reaction times to pairs of both kinds.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.analysis.fitting import measure_discrimination

    given = _read(answers, **options)
    chosen = {k: v for k, v in _chosen(options).items() if k != "seed"}
    found = measure_discrimination(given, pack, **chosen)
    _write(found, quiet=quiet, **options)
    if as_json:
        print_json(found.to_dict())
    else:
        print_discrimination(found)


@click.command()
@_answer_options
@_SAMPLES
def labels(
    answers: tuple[Path, ...],
    pack: Path,
    samples: int,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Measure how well images are labelled, from ANSWERS with several labels.

    \b
    Examples:
      morphkit calibrate labels answers.csv --pack pack
      morphkit calibrate labels data --from jspsych --pack pack --output labels

    Prints what was answered to what was shown, hit rates and Wagner's unbiased hit
    rates beside those of chance, d' and criterion of every pair of expressions, and for
    sequences of rising intensity where the expression is identified. Tables by identity
    are in the files.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.analysis.fitting import measure_labels

    given = _read(answers, **options)
    found = measure_labels(given, pack, samples=samples, **_chosen(options))
    _write(found, quiet=quiet, **options)
    if as_json:
        print_json(found.to_dict())
    else:
        print_labels(found)


@click.command()
@_answer_options
@click.option(
    "--fastest",
    type=click.FloatRange(0),
    default=ProbeSettings.fastest,
    show_default=True,
    help="Milliseconds; faster answers do not count.",
)
@click.option(
    "--slowest",
    type=click.FloatRange(1),
    default=ProbeSettings.slowest,
    show_default=True,
    help="Milliseconds; slower answers do not count.",
)
@click.option(
    "--outliers",
    type=click.FloatRange(0, min_open=True),
    default=ProbeSettings.outliers,
    show_default=True,
    help="Standard deviations from a participant's own mean beyond which answers do "
    "not count.",
)
@_SAMPLES
def attention(
    answers: tuple[Path, ...],
    pack: Path,
    fastest: float,
    slowest: float,
    outliers: float,
    samples: int,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Measure biases of attention, from ANSWERS to a dot behind one of two faces.

    \b
    Examples:
      morphkit calibrate attention answers.csv --pack pack
      morphkit calibrate attention data --from psychopy --pack pack --slowest 1000

    Prints the bias index of every pair of labels with a 95 % interval over
    participants, its split-half reliability (Spearman and Brown), and how many answers
    were left out for which reason.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.analysis.fitting import measure_attention

    given = _read(answers, **options)
    chosen = _chosen(options)
    settings = ProbeSettings(fastest, slowest, outliers, samples, chosen.pop("seed"))
    found = measure_attention(given, pack, settings=settings, **chosen)
    _write(found, quiet=quiet, **options)
    if as_json:
        print_json(found.to_dict())
    else:
        print_attention(found)


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
    Examples:
      morphkit calibrate norms ratings.csv --pack pack --rater-group parents
      morphkit calibrate norms ratings.csv --pack pack --missing -99 --range 1,7

    To attach norms to a pack, put norms.csv beside its recipe, write
    norms = "norms.csv" under [pack], and build again.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.analysis.fitting import summarise_ratings

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
        print_ratings(found)


def _read(paths: Sequence[Path], **options: Any) -> "Answers":
    """Return the answers selected by options; first check that the output is free."""
    from morphkit.experiment.analysis.documents import check_folder

    if options["output"] is not None:
        check_folder(options["output"], overwrite=options["overwrite"])
    return read_with_options(paths, **options)


def _chosen(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that restrict the answers to analyse."""
    names = ("continua", "phases", "design", "seed", "unverified")
    return {name: options[name] for name in names}


def _write(
    found: "Analysis",
    *,
    output: Path | None,
    overwrite: bool,
    quiet: bool,
    **others: Any,
) -> None:
    """Write results to the output given by options."""
    del others
    if output is not None:
        written = found.write(output, overwrite=overwrite)
        names = ", ".join(path.name for path in written)
        remark(f"written to {output}: {names}", quiet=quiet)
