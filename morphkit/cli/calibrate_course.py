"""Commands of a training trial: course, allocate and training."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.text import counted
from morphkit.cli.answer_options import (
    from_option,
    read_with_options,
    reading_options,
)
from morphkit.cli.answer_tables import print_outcome
from morphkit.cli.console import (
    json_option,
    print_findings,
    print_json,
    progress_bar,
    quiet_option,
    remark,
    remark_unverified,
    say,
    unverified_option,
    wait_option,
)
from morphkit.cli.design_options import TIMES, fixation_option
from morphkit.cli.observer_options import chosen_observer, observer_options
from morphkit.cli.options import OutputFile
from morphkit.experiment.choices import (
    CHANGE_SD,
    ESTIMATORS,
    FOLLOW_UP_WEEKS,
    N_SESSIONS,
)
from morphkit.experiment.training_rule import (
    BALANCE_RULES,
    BALANCE_SOURCES,
    OWN_SESSION,
)

if TYPE_CHECKING:
    from morphkit.experiment.course import Course
    from morphkit.experiment.design import Timing

_PATH = click.Path(path_type=Path)


def _timing(options: Mapping[str, Any]) -> "Timing":
    """Return the durations of a training, those that were given changed."""
    from morphkit.experiment.design import Timing
    from morphkit.experiment.designs import DESIGNS

    given = {name: options[name] for name in TIMES if options[name] is not None}
    return Timing(**{**vars(DESIGNS["training"].timing), **given})


@click.command()
@click.argument("pack", type=_PATH)
@click.option(
    "--arm",
    "arms",
    multiple=True,
    metavar="NAME=STEPS",
    help="An arm, and the steps by which its feedback moves the boundary; NAME=sham "
    "for feedback that was drawn beforehand. Repeatable.",
)
@click.option(
    "--sessions",
    type=click.IntRange(1),
    default=N_SESSIONS,
    show_default=True,
    help="Sessions of training.",
)
@click.option(
    "--follow-up",
    "follow_ups",
    type=click.IntRange(0),
    multiple=True,
    default=FOLLOW_UP_WEEKS,
    show_default=True,
    help="Weeks after the last session at which participants are only tested; "
    "repeatable, 0 for none.",
)
@click.option(
    "--transfer",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Continua that are tested and never trained: the set whose norms are nearest "
    "to those of the others.",
)
@click.option("--identity", "identities", multiple=True, help="Only this identity.")
@click.option("--continuum", "continua", multiple=True, help="Only this continuum.")
@click.option(
    "--repeats",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="Showings of every image in baseline and test.",
)
@click.option(
    "--balance",
    type=click.Choice(tuple(BALANCE_RULES)),
    default="count",
    show_default=True,
    help="How feedback estimates the balance point: counted as published, or by a fit.",
)
@click.option(
    "--balance-from",
    type=click.Choice(tuple(BALANCE_SOURCES)),
    default=OWN_SESSION,
    show_default=True,
    help="Where sessions after the first take the balance point from: their own "
    "baseline, or a table of an earlier visit, by calibrate balance; a code that is "
    "not in it is refused, or measured anew.",
)
@click.option(
    "--training-blocks",
    type=click.IntRange(1),
    default=6,
    show_default=True,
    help="Blocks of training in a session.",
)
@click.option(
    "--lists",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="Trial orders of each arm.",
)
@click.option(
    "--difference",
    type=float,
    help="Steps by which an arm differs from the reference in its mean change: how "
    "many participants find that is simulated.",
)
@click.option(
    "--change-sd",
    type=float,
    default=CHANGE_SD,
    show_default=True,
    help="With --difference: standard deviation of true changes within an arm, steps.",
)
@click.option(
    "--dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    show_default=True,
    help="With --difference: share of the participants lost before the last test.",
)
@observer_options
@click.option("--runs", type=click.IntRange(20), default=200, show_default=True)
@fixation_option
@click.option("--stimulus", type=click.IntRange(1), help="Milliseconds.")
@click.option("--mask", type=click.IntRange(0), help="Milliseconds.")
@click.option("--answer", type=click.IntRange(1), help="Time to answer, milliseconds.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--output", type=_PATH, required=True, help="Folder for the designs.")
@unverified_option
@click.option("--overwrite", is_flag=True, help="Replace an existing course.")
@wait_option
@json_option
@quiet_option
def course(
    pack: Path,
    follow_ups: tuple[int, ...],
    sessions: int,
    observer: str,
    settings: tuple[str, ...],
    runs: int,
    output: Path,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Plan a training trial with PACK: sessions, follow-ups, arms.

    \b
    Examples:
      morphkit calibrate course pack --arm raised=2 --arm control=0 --output course
      morphkit calibrate course pack --arm raised=2 --arm lowered=-2 --arm sham=sham \\
          --sessions 1 --follow-up 0 --transfer 1 --output course
      morphkit calibrate course pack --arm raised=2 --arm control=0 \\
          --difference 1 --dropout 0.15 --output course

    Every visit is a design of its own, in a folder of its own, which export takes. All
    have the same lists and arms, so that one code of a participant serves for all.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.course import check_course_folder, plan_course

    check_course_folder(output, overwrite=overwrite)
    timing = _timing(options)
    who = chosen_observer(observer, settings)
    with progress_bar(quiet=quiet) as progress:
        plan = plan_course(
            pack,
            n_sessions=sessions,
            follow_ups=[week for week in follow_ups if week],
            timing=timing,
            observer=who,
            n_runs=runs,
            progress=progress,
            **{name: value for name, value in options.items() if name not in TIMES},
        )
    remark_unverified(pack, plan.about.get("unverified", ()))
    plan.write(output, overwrite=overwrite)
    if as_json:
        print_json({"course": str(output)} | plan.to_dict())
    else:
        _print_course(plan, output)
    remark(
        f"allocate participants next: morphkit calibrate allocate {output}", quiet=quiet
    )


def _print_course(plan: "Course", output: Path) -> None:
    """Print the visits of a course."""
    data = plan.to_dict()
    for one in data["visits"]:
        trials = counted(one["trials"], "trial")
        say(f"{one['visit']}: {trials}, about {counted(one['minutes'], 'minute')}")
    arms = ", ".join(sorted(one["name"] for one in data["arms"])) or "none"
    say(f"arms: {arms}; trained: {', '.join(data['trained'])}")
    if data["transfer"]:
        how = "drawn" if not data["transfer_norms"] else "nearest in norms"
        say(f"tested only: {', '.join(data['transfer'])} ({how})")
    if "need" in data:
        _print_need(data["goal"], data["need"])
    say(f"{output}: {counted(len(data['visits']), 'design')}, course.json")


def _print_need(goal: Mapping[str, Any], need: Mapping[str, Any]) -> None:
    """Print how many participants a trial needs."""
    lost = f", {goal['dropout']:.0%} of them lost" if goal["dropout"] else ""
    say(
        f"{counted(need['per_arm'], 'participant')} in each arm, "
        f"{need['participants']} in all{lost} ({need['n_runs']} simulated trials): a "
        f"difference of {goal['difference']:g} steps is found in {need['power']:.0%}, "
        f"its 95 % interval is at most ± {need['precision']:.2f} in 80 %"
    )


@click.command()
@click.argument("course", type=_PATH)
@click.option(
    "--participants",
    type=click.IntRange(1),
    required=True,
    help="Participants of each stratum; the last block is completed.",
)
@click.option(
    "--stratum",
    "strata",
    multiple=True,
    metavar="NAME",
    help="A stratum, such as first-child; repeatable.",
)
@click.option(
    "--block",
    "blocks",
    type=click.IntRange(1),
    multiple=True,
    help="A size of blocks, of which one is drawn each time; repeatable. Default: once "
    "and twice the number of arms.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    required=True,
    help="A number of your own, as secret as the key.",
)
@click.option(
    "--output",
    type=OutputFile("a table (CSV)", ".csv"),
    required=True,
    help="List of codes, for those who enrol.",
)
@click.option(
    "--key",
    type=OutputFile("a table (CSV)", ".csv"),
    required=True,
    help="Codes with their arms, for nobody who meets participants.",
)
@click.option("--overwrite", is_flag=True, help="Replace existing tables.")
@json_option
@quiet_option
def allocate(
    course: Path,
    participants: int,
    output: Path,
    key: Path,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Draw codes of participants for the arms of a COURSE: a concealed allocation.

    \b
    Example:
      morphkit calibrate allocate course --participants 60 --stratum first-child \\
          --stratum later-child --seed 71934 --output codes.csv --key key.csv

    Codes are numbers, from which every front end finds list and arm; those who enrol
    give them out in the order of the list, and cannot see the arm.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.allocation import allocate_participants

    found = allocate_participants(course, participants, **options)
    found.write(output, key, overwrite=overwrite)
    if as_json:
        print_json({"codes": str(output), "key": str(key)} | found.to_dict())
        return
    for stratum, n in found.to_dict()["strata"].items():
        say(f"stratum {stratum}: {counted(n, 'code')}")
    say(f"{output}: codes in the order in which they are given out")
    say(f"{key}: the key; keep it from everybody who meets participants")
    remark("checked: every code leads to the arm of its key", quiet=quiet)


@click.command()
@click.argument("answers", type=_PATH, nargs=-1, required=True)
@click.option("--pack", type=_PATH, required=True, help="Pack that was shown.")
@from_option
@reading_options
@click.option(
    "--allocation",
    type=_PATH,
    metavar="KEY",
    help="Key of the allocation: names the arms, and says who is missing. Without it "
    "arms are letters.",
)
@click.option(
    "--threshold",
    type=click.Choice(list(ESTIMATORS)),
    default="count",
    show_default=True,
    help="How thresholds are estimated: counted, as published, or fitted.",
)
@click.option(
    "--reference",
    default="",
    metavar="ARM",
    help="Arm that others are compared with; default: control, or sham.",
)
@unverified_option
@click.option("--output", type=_PATH, help="Folder for JSON, CSV and figure.")
@click.option("--overwrite", is_flag=True, help="Replace files in the folder.")
@wait_option
@json_option
@quiet_option
def training(
    answers: tuple[Path, ...],
    pack: Path,
    allocation: Path | None,
    threshold: str,
    reference: str,
    unverified: bool,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Compare thresholds before and after training in ANSWERS, and between arms.

    \b
    Examples:
      morphkit calibrate training answers.csv --pack pack --output outcome
      morphkit calibrate training data --from jspsych --pack pack \\
          --allocation key.csv --reference control

    Before is the baseline of the first visit, after the test of the last one with
    training. Phases and visits are never pooled.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.analysis.documents import check_folder
    from morphkit.experiment.analysis.trial_outcome import analyse_training

    if output is not None:
        check_folder(output, overwrite=overwrite)
    found = analyse_training(
        read_with_options(answers, **options),
        pack,
        allocation=allocation,
        threshold=threshold,
        reference=reference,
        unverified=unverified,
    )
    if output is not None:
        written = found.write(output, overwrite=overwrite)
        names = ", ".join(path.name for path in written)
        remark(f"written to {output}: {names}", quiet=quiet)
    if as_json:
        print_json(found.to_dict())
    else:
        print_outcome(found)


@click.command()
@click.argument("answers", type=_PATH, nargs=-1, required=True)
@click.option("--pack", type=_PATH, required=True, help="Pack that was shown.")
@from_option
@reading_options
@click.option(
    "--visit", default="", help="Visit whose baseline is taken; default: the first."
)
@click.option(
    "--rule",
    type=click.Choice(tuple(BALANCE_RULES)),
    default="count",
    show_default=True,
    help="How the balance point is estimated, as --balance of the course has it.",
)
@unverified_option
@click.option(
    "--output",
    type=OutputFile("a table (CSV)", ".csv"),
    required=True,
    help="The table of balance points (CSV).",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing table.")
@wait_option
@json_option
@quiet_option
def balance(
    answers: tuple[Path, ...],
    pack: Path,
    visit: str,
    rule: str,
    unverified: bool,
    output: Path,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Measure balance points in ANSWERS to a baseline, for later sessions.

    \b
    Examples:
      morphkit calibrate balance answers.csv --pack pack --output balance.csv
      morphkit calibrate balance data --from psychopy --pack pack --visit visit-1 \\
          --output run/visit-2/balance_points.csv --overwrite

    Balance points are those of the front ends, by the same rule. The table has a row
    for each participant and continuum. It tells no arm. "morphkit export" takes it for
    a course that was planned with --balance-from.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.analysis.measured_balance import measure_balance_points

    found = measure_balance_points(
        read_with_options(answers, **options),
        pack,
        visit=visit,
        rule=rule,
        unverified=unverified,
    )
    print_findings(found.findings)
    found.write(output, overwrite=overwrite)
    n = len(found.participants)
    if as_json:
        findings = [finding.to_dict() for finding in found.findings]
        print_json({"table": str(output), "participants": n, "findings": findings})
    elif not quiet:
        said = counted(len(found.points), "balance point")
        say(f"{output}: {said} of {counted(n, 'participant')}")
