"""Commands between packs and experiment software: export, answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit._core.text import counted
from morphkit.cli.answer_options import read_with_options, reading_options
from morphkit.cli.answer_tables import print_quality
from morphkit.cli.console import (
    json_option,
    print_findings,
    print_json,
    quiet_option,
    remark,
    remark_unverified,
    say,
    unverified_option,
    wait_option,
)
from morphkit.cli.options import EntryName, OutputFile
from morphkit.experiment.choices import DEFAULT_DESIGN

if TYPE_CHECKING:
    from morphkit.export.write_export import Exported

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("pack", type=_PATH)
@click.argument("front_end", metavar="FRONT_END")
@click.option("--output", type=_PATH, required=True, help="Folder of the export.")
@click.option(
    "--design",
    metavar="NAME|DIR",
    help=f"{', '.join(NamesOf('designs'))}, or a folder made by calibrate design; "
    f"default: {DEFAULT_DESIGN}.",
)
@click.option(
    "--language",
    default="en",
    show_default=True,
    metavar="TAG|FILE",
    help=f"Language of the texts: {', '.join(NamesOf('languages'))}, or a file made by "
    "calibrate wording.",
)
@click.option(
    "--keys",
    nargs=2,
    metavar="LEFT RIGHT",
    help="Answer keys; f and j unless the design sets them.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Random seed of all orders.",
)
@click.option(
    "--i-have-approval",
    "approval",
    metavar="REFERENCE",
    help="Approval that overrides the recorded consent; it is recorded too.",
)
@click.option(
    "--lab-only",
    is_flag=True,
    help="jspsych, labjs: for the laboratory's own computers, without a network; no "
    "right to show faces online is needed. The page refuses to run on a server.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="NAME",
    help="Leave an identity out; repeatable.",
)
@click.option(
    "--provenance/--strip",
    default=False,
    help="Describe the images in their exported copies (XMP), or not.  "
    "[default: strip]",
)
@click.option(
    "--participation",
    type=_PATH,
    metavar="FILE",
    help="jspsych, labjs, jatos: consent, window, size on the screen, questionnaires, "
    "checks of attention, parameters of the address, a code or an address at the end; "
    "psychopy, expyriment: size on the screen (TOML).",
)
@click.option(
    "--send-to",
    metavar="URL|datapipe:ID",
    help="jspsych, labjs: send answers as they come to an address (https), or to an "
    "experiment of DataPipe (OSF); by default they are saved as a file.",
)
@click.option(
    "--markers",
    default="",
    metavar="PORT",
    help="psychopy, opensesame: send codes of events to serial:PORT, parallel:ADDRESS "
    "or lsl.",
)
@click.option(
    "--balance-points",
    type=_PATH,
    metavar="TABLE",
    help="Balance points of an earlier session, by calibrate balance, for a design "
    "that carries them over.",
)
@unverified_option
@click.option("--overwrite", is_flag=True, help="Replace an existing export.")
@wait_option
@json_option
@quiet_option
def export(
    pack: Path,
    front_end: str,
    output: Path,
    design: str | None,
    language: str,
    keys: tuple[str, str] | None,
    seed: int,
    approval: str | None,
    lab_only: bool,
    without: tuple[str, ...],
    provenance: bool,
    participation: Path | None,
    send_to: str | None,
    markers: str,
    balance_points: Path | None,
    unverified: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Export a PACK as a folder that a FRONT_END runs as it is.

    \b
    Examples:
      morphkit export output/demo jspsych --output study
      morphkit export pack psychopy --design training --language da --output study
      morphkit calibrate design pack --design mlds --output plan
      morphkit export pack labjs --design plan --output study
      morphkit export pack jspsych --lab-only --without nilo --output study
      morphkit export pack jspsych --send-to https://lab.example.org/rows --output study

    "morphkit list front-ends" lists them. Only the pack is read; its images are checked
    against their hashes. Front ends for the web refuse identities that may not be shown
    online, and never take a pack that is not whole.
    """  # noqa: D301 - click's mark
    from morphkit.export.export_pack import export_pack

    done = export_pack(
        pack,
        front_end,
        output,
        design=design,
        language=language,
        keys=keys,
        seed=seed,
        approval=approval,
        lab_only=lab_only,
        without=without,
        provenance=provenance,
        participation=participation,
        send_to=send_to,
        markers=markers,
        balance_points=balance_points,
        unverified=unverified,
        overwrite=overwrite,
    )
    remark_unverified(pack, done.unverified)
    if as_json:
        print_json(done.to_dict())
    elif not quiet:
        _print_export(done)


def _print_export(done: "Exported") -> None:
    """Print what was exported, what it rests on, and what to open next."""
    for text in done.remarks:
        remark(f"note: {text}")
    for sentence in done.consent.sentences():
        remark(sentence)
    images, files = counted(done.n_stimuli, "image"), counted(done.n_files, "file")
    say(f"{done.folder}: {images}, {files}")
    say(_next(done))


def _next(done: "Exported") -> str:
    """Return the line on what to open next."""
    from morphkit.export import FRONT_ENDS

    adapter = FRONT_ENDS[done.front_end]
    if done.open_first:
        return f"Open next: {done.folder / done.open_first}"
    return f"Next: {adapter.start}"


@click.command()
@click.argument("files", type=_PATH, nargs=-1, required=True)
@click.option(
    "--from",
    "format_name",
    type=EntryName(NamesOf("answers", "readers")),
    required=True,
    help="Program that wrote the files.",
)
@reading_options
@click.option(
    "--pack", type=_PATH, help="Pack that was shown, to check the names of stimuli."
)
@unverified_option
@click.option(
    "--output",
    type=OutputFile("a table (CSV)", ".csv", ".txt"),
    required=True,
    help="The table (CSV).",
)
@click.option(
    "--quality",
    type=OutputFile("a table (CSV)", ".csv", ".txt"),
    help="Also a table of the quality of every participant's data (CSV).",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing table.")
@json_option
@quiet_option
def answers(
    files: tuple[Path, ...],
    pack: Path | None,
    unverified: bool,
    output: Path,
    quality: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Join the data FILES of participants into one table of answers.

    \b
    Examples:
      morphkit answers data/*.csv --from jspsych --pack pack --output answers.csv
      morphkit answers lab.csv --from csv --columns participant=Subj --output all.csv
      morphkit answers data --from jspsych --sessions longest --output all.csv
      morphkit answers data --from jspsych --exclude too-fast=0.1,incomplete=0.9 \\
          --quality quality.csv --output all.csv

    Answers are coded by labels, never by keys or sides. All faulty files are reported
    together. The table is what "morphkit calibrate fit" and the others take. The
    quality of the data of every participant is printed: trials expected and given, fast
    and missing answers, hidden pages, answers on one side.
    """  # noqa: D301 - click's mark
    from morphkit.experiment.answer_files import join_answers, write_answers
    from morphkit.experiment.data_quality import data_quality

    given = read_with_options(files, **options)
    joined = join_answers(given, pack, unverified=unverified)
    found = data_quality(joined)
    write_answers(output, joined, overwrite=overwrite)
    if quality is not None:
        found.write(quality, overwrite=overwrite)
    people = {answer.participant for answer in joined}
    late = sum(not answer.response for answer in joined)
    if as_json:
        print_json(
            {
                "table": str(output),
                "n_answers": len(joined),
                "n_participants": len(people),
                "n_without_answer": late,
                "answers": joined.account.to_dict(),
                "quality": found.table(),
                "findings": [finding.to_dict() for finding in joined.findings],
            }
        )
        return
    print_findings(joined.findings)
    if late:
        remark(f"note: no answer in time in {counted(late, 'trial')}", quiet=quiet)
    if not quiet:
        said = counted(len(joined), "answer")
        say(f"{output}: {said} of {counted(len(people), 'participant')}")
        if joined.account.excluded:
            say(joined.account.sentence())
        print_quality(found)
