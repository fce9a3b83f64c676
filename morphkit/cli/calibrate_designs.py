"""Commands that plan studies and act on their results: design, simulate, respace."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit._core.text import counted
from morphkit.cli.console import (
    json_option,
    print_json,
    progress_bar,
    quiet_option,
    remark,
    remark_unverified,
    say,
    unverified_option,
    wait_option,
)
from morphkit.cli.design_options import DesignCommand, fixation_option, own_options
from morphkit.cli.observer_options import chosen_observer, observer_options
from morphkit.cli.options import DesignName, EntryName, OutputFile
from morphkit.errors import OutputError
from morphkit.psychophysics.choices import STANDARD_MARGIN, STANDARD_RATIO
from morphkit.quality.measures import measure_names

if TYPE_CHECKING:
    from morphkit.experiment.study_plan import StudyPlan

_PATH = click.Path(path_type=Path)


@click.command(cls=DesignCommand)
@click.argument("pack", type=_PATH)
@click.option(
    "--design",
    "kind",
    type=DesignName(),
    default="mlds",
    show_default=True,
    help="Task of the participants.",
)
@click.option("--precision", type=float, help="Target half-width of 95 % intervals.")
@click.option(
    "--margin",
    type=click.FloatRange(0.001),
    help="Target margin of equivalence: mlds, of the scale; categorisation, steps.",
)
@click.option(
    "--ratio",
    type=click.FloatRange(1, min_open=True),
    default=STANDARD_RATIO,
    show_default=True,
    help="With --margin in mlds: largest ratio of neighbouring steps to be met.",
)
@click.option(
    "--participants",
    "--raters",
    "participants",
    type=click.IntRange(1),
    help="Number of participants; by default it is found.",
)
@click.option(
    "--repeats",
    type=click.IntRange(1),
    help="Showings of every image; in mlds, trials of every continuum.",
)
@click.option("--identity", "identities", multiple=True, help="Only this identity.")
@click.option("--continuum", "continua", multiple=True, help="Only this continuum.")
@click.option(
    "--each", is_flag=True, help="One result per continuum instead of a pooled one."
)
@click.option("--lists", type=click.IntRange(1), help="Number of trial orders.")
@fixation_option
@click.option("--stimulus", type=click.IntRange(1), help="Milliseconds; else it stays.")
@click.option("--mask", type=click.IntRange(0), help="Milliseconds.")
@click.option("--answer", type=click.IntRange(1), help="Time to answer, milliseconds.")
@observer_options
@click.option("--runs", type=click.IntRange(20), default=200, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--output", type=_PATH, help="Folder for the trial table.")
@unverified_option
@click.option("--overwrite", is_flag=True, help="Replace an existing design.")
@wait_option
@json_option
@quiet_option
def design(
    pack: Path,
    kind: str,
    precision: float | None,
    margin: float | None,
    ratio: float,
    participants: int | None,
    repeats: int | None,
    identities: tuple[str, ...],
    continua: tuple[str, ...],
    each: bool,
    observer: str,
    settings: tuple[str, ...],
    runs: int,
    seed: int,
    output: Path | None,
    unverified: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    lists: int | None,
    **options: Any,
) -> None:
    """Plan a study with PACK: how many trials and participants, and every trial of it.

    \b
    Examples:
      morphkit calibrate design pack --margin 0.075 --output study
      morphkit calibrate design pack --design categorisation --precision 0.5 \\
          --participants 20
      morphkit calibrate design pack --design rating --participants 30 --repeats 1 \\
          --output ratings

    With --precision or --margin, studies of increasing size are simulated until one
    reaches it (in 80 % of studies, for a margin). With --participants, the number of
    trials of each is found, otherwise the number of participants. With neither, the
    design is written as given.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.study_plan import check_design_folder, design_study

    if output is not None:
        check_design_folder(output, overwrite=overwrite)
    with progress_bar(quiet=quiet or as_json) as progress:
        plan = design_study(
            pack,
            kind,
            precision=precision,
            margin=margin,
            ratio=ratio,
            n_participants=participants,
            repeats=repeats,
            identities=identities,
            continua=continua,
            pooled=not each,
            n_lists=lists,
            observer=chosen_observer(observer, settings),
            n_runs=runs,
            seed=seed,
            options=own_options(kind, options),
            unverified=unverified,
            progress=progress,
        )
    remark_unverified(pack, plan.about.get("unverified", ()))
    if output is not None:
        plan.write(output, overwrite=overwrite)
    if as_json:
        written = None if output is None else str(output)
        print_json({"design": written} | plan.to_dict())
    else:
        _print_plan(plan, output)


def _print_plan(plan: "StudyPlan", output: Path | None) -> None:
    """Print the plan of a study."""
    from morphkit.experiment.designs import DESIGNS
    from morphkit.experiment.designs.files import trials_file

    design, study, need = plan.design, plan.size, plan.need
    most = max(len(trials) for trials in design.lists)
    planning = DESIGNS[design.kind].planning
    repeats = planning.counted(study.repeats)
    if need is not None:
        reached = (
            f"95 % intervals are at most ± {need.precision:.3g} {planning.unit} in "
            "80 % of studies"
        )
        if need.power is not None:
            reached += f"; the margin is met in {need.power:.0%}"
        say(
            f"{counted(study.participants, 'participant')}, {repeats} "
            f"({need.n_runs} simulated studies): {reached}"
        )
    say(
        f"{design.kind}: {counted(len(design.lists), 'list')} of up to "
        f"{counted(most, 'trial')}, {counted(len(design.stimuli()), 'image')}, "
        f"seed {design.seed}; about {counted(plan.minutes, 'minute')} a session"
    )
    if output is not None:
        say(f"{output}: {trials_file(design.kind)}, design.json")


@click.command()
@click.argument("design", type=_PATH)
@click.option("--pack", type=_PATH, required=True, help="Pack to be shown.")
@observer_options
@click.option(
    "--participants",
    "--raters",
    "participants",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Number of simulated participants.",
)
@click.option(
    "--allocation",
    type=_PATH,
    metavar="KEY",
    help="Of a course: key of its allocation; every code is a participant.",
)
@click.option(
    "--dropout",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Of a course: chance of staying away from a visit, and all later ones.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--output",
    type=OutputFile("a table (CSV)", ".csv", ".txt"),
    required=True,
    help="Table of answers (CSV).",
)
@unverified_option
@click.option("--overwrite", is_flag=True, help="Replace an existing table.")
@quiet_option
def simulate(
    design: Path,
    pack: Path,
    observer: str,
    settings: tuple[str, ...],
    participants: int,
    allocation: Path | None,
    dropout: float,
    seed: int,
    output: Path,
    unverified: bool,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Let simulated observers answer a DESIGN or a course, to try out the analysis.

    \b
    Examples:
      morphkit calibrate simulate study --pack pack --observer curved \\
          --participants 20 --output answers.csv
      morphkit calibrate simulate course --pack pack --allocation key.csv \\
          --dropout 0.05 --output answers.csv
    """  # noqa: D301 - click's mark
    from morphkit.experiment.answer_files import write_answers
    from morphkit.experiment.simulate import simulate_answers

    answers = simulate_answers(
        design,
        pack,
        observer=chosen_observer(observer, settings),
        n_participants=participants,
        allocation=allocation,
        dropout=dropout,
        seed=seed,
        unverified=unverified,
    )
    for finding in answers.findings:
        remark(f"note: {finding.message} [{finding.code}]", quiet=quiet)
    write_answers(output, answers, overwrite=overwrite)
    if not quiet:
        said = counted(len(answers), "answer")
        people = len({one.participant for one in answers})
        say(f"{output}: {said} of {counted(people, 'simulated participant')}")


@click.command()
@click.argument("source", type=_PATH)
@click.option("--scale", type=_PATH, help="Fitted scale: scale.json, or its folder.")
@click.option(
    "--metric", type=EntryName(measure_names), help="Metric to use instead of a scale."
)
@click.option(
    "--pooled",
    is_flag=True,
    help="Use the scale over all answers for every continuum, not that of each.",
)
@click.option(
    "--margin",
    type=click.FloatRange(0.001, 0.4),
    default=STANDARD_MARGIN,
    show_default=True,
    help="Negligible departure from equal steps.",
)
@click.option(
    "--sources",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    metavar="DIR",
    help="With --metric and a pack: folder of its photographs.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--output",
    type=OutputFile("a recipe (TOML)", ".toml"),
    required=True,
    help="The new recipe.",
)
@unverified_option
@click.option("--overwrite", is_flag=True, help="Replace an existing recipe.")
@json_option
@quiet_option
def respace(
    source: Path,
    scale: Path | None,
    metric: str | None,
    pooled: bool,
    margin: float,
    sources: tuple[Path, ...],
    seed: int,
    output: Path,
    unverified: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a new recipe whose steps are equal on a scale; SOURCE is recipe or pack.

    \b
    Examples:
      morphkit calibrate respace study.toml --scale scale --output even.toml
      morphkit calibrate respace study.toml --metric gabor_jet_face256 \\
          --output even.toml

    It never makes things worse: where the spacing is certainly even within the margin,
    may well be even, or is not predicted to improve, it says so, and it writes nothing
    if that holds for every continuum.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.respace import respace_recipe

    if (scale is None) == (metric is None):
        raise click.UsageError("give either --scale or --metric")
    if output.exists() and not overwrite:
        raise OutputError(f"{output}: already exists; add --overwrite to replace it")
    with progress_bar(quiet=quiet or as_json) as progress:
        found = respace_recipe(
            source,
            scale=scale,
            metric=metric,
            pooled=pooled,
            margin=margin,
            sources=sources,
            seed=seed,
            unverified=unverified,
            progress=progress,
        )
    remark_unverified(source, found.unverified)
    if found.other_recipe:
        remark("note: the scale was measured with a pack of another recipe")
    if found.recipe is not None:
        found.write(output, overwrite=overwrite)
        images = found.recipe.sources.images
        if not (output.parent / images).is_dir():
            remark(
                f"note: the recipe expects photographs in {images} beside it",
                quiet=quiet,
            )
    if as_json:
        written = str(output) if found.recipe else None
        said = {"recipe": written, "continua": found.to_dict()}
        print_json(said | {"unverified": list(found.unverified)})
        return
    for name, sentence in found.sentences().items():
        say(f"{name}: {sentence}")
    say(f"{output}: new recipe" if found.recipe else "nothing changed")


@click.command()
@click.argument("language", type=EntryName(NamesOf("languages")))
@click.option(
    "--output",
    type=OutputFile("a wording (TOML)", ".toml"),
    required=True,
    help="File to edit.",
)
def wording(language: str, output: Path) -> None:
    """Write the texts of a LANGUAGE to a file, for translation or editing.

    \b
    Example:
      morphkit calibrate wording en --output fr.toml
    """  # noqa: D301 - click's mark
    from morphkit.experiment.texts import write_wording

    write_wording(output, language)
    say(f"{output}: change the texts, keep the keys and the words in braces")
