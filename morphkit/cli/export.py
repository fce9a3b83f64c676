"""Commands between packs and experiment software: export, answers."""

import dataclasses
from pathlib import Path
from typing import Any

import click

from morphkit._core.registry import did_you_mean, look_up
from morphkit._core.text import counted
from morphkit.cli.answer_options import read_table_options, table_options
from morphkit.cli.console import json_option, print_json, quiet_option, remark
from morphkit.cli.options import EntryName, OutputFile
from morphkit.errors import InputError
from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR
from morphkit.experiment.answer_files import join_answers, write_answers
from morphkit.experiment.design import Ability, Design
from morphkit.experiment.designs import DESIGNS, current_name
from morphkit.experiment.designs.files import DESIGN_FILE, design_about, read_design
from morphkit.experiment.readers import READERS
from morphkit.experiment.texts import languages, promises_feedback, read_wording
from morphkit.export import FRONT_ENDS
from morphkit.export.export_pack import Exported, export_pack
from morphkit.pack import read_pack
from morphkit.pack.model import Pack

_PATH = click.Path(path_type=Path)
#: What is exported where nobody says what.
DEFAULT_DESIGN = "categorisation"


def choose_design(
    pack: Pack, front_end: str, name: str | None, *, seed: int, quiet: bool = False
) -> Design | None:
    """Return the design that an export shows.

    Parameters
    ----------
    pack : Pack
    front_end : str
        Name in the table of front ends.
    name : str or None
        Name in the table of designs, or a folder made by ``calibrate design``; None
        takes a categorisation task where the front end shows trials, else nothing.
    seed : int
        Orders are drawn from it; a design in a folder brings its own.
    quiet : bool, optional
        Whether remarks are kept back.

    Raises
    ------
    InputError
        If there is no such design.
    """
    if name is None:
        if not look_up(FRONT_ENDS, front_end, kind="front end").shows_trials:
            return None
        name = DEFAULT_DESIGN
    if current_name(name) in DESIGNS:
        return DESIGNS[current_name(name)].make(pack.stimuli, seed=seed)
    folder = Path(name)
    if folder.name == DESIGN_FILE:
        folder = folder.parent
    if not (folder / DESIGN_FILE).is_file():
        raise InputError(
            f'no design is called "{name}", and no folder of that name holds a design',
            where="--design",
            allowed=f"{', '.join(DESIGNS)}, or a folder made by "
            '"morphkit calibrate design"',
            remedy=did_you_mean(name, DESIGNS),
        )
    recipe = design_about(folder).get("recipe_sha256", pack.recipe_sha256)
    if recipe != pack.recipe_sha256:
        remark(f"note: {folder} was made for a pack of another recipe", quiet=quiet)
    return read_design(folder)


def wording_for(language: str, design: Design | None) -> dict[str, str]:
    """Return the texts of a language, with those of the answers of a design.

    Raises
    ------
    InputError
        If there is no such language or file, or it lacks a text.
    """
    labels: dict[str, None] = {}
    if design is not None:
        labels = dict.fromkeys(
            choice
            for trials in design.lists
            for trial in trials
            for choice in trial.choices
            if choice not in (FIRST_PAIR, SECOND_PAIR)
        )
    return read_wording(language, labels=labels)


@click.command()
@click.argument("pack", type=_PATH)
@click.argument("front_end", metavar="FRONT_END")
@click.option("--output", type=_PATH, required=True, help="Folder of the export.")
@click.option(
    "--design",
    metavar="NAME|DIR",
    help=f"{', '.join(DESIGNS)}, or a folder made by calibrate design; "
    f"{DEFAULT_DESIGN} if left out.",
)
@click.option(
    "--language",
    default="en",
    show_default=True,
    metavar="TAG|FILE",
    help=f"What participants read: {', '.join(languages())}, or a file made by "
    "calibrate wording.",
)
@click.option(
    "--keys",
    nargs=2,
    metavar="LEFT RIGHT",
    help="Answer keys; f and j if the design does not say.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="All orders are drawn from it.",
)
@click.option(
    "--i-have-approval",
    "approval",
    default="",
    metavar="REFERENCE",
    help="Approval that overrides the recorded consent; it is recorded too.",
)
@click.option(
    "--provenance/--strip",
    default=False,
    help="Say in the copies of the images what they are (XMP), or nothing.  "
    "[default: strip]",
)
@click.option("--overwrite", is_flag=True, help="Replace the export that is there.")
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
    approval: str,
    provenance: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a PACK as a folder that a FRONT_END runs as it is.

    \b
    Examples:
      morphkit export output/demo jspsych --output study
      morphkit export pack psychopy --design training --language da --output study
      morphkit calibrate design pack --design mlds --output plan
      morphkit export pack labjs --design plan --output study

    "morphkit list front-ends" shows what there is. Only the pack is read; its images
    are compared with their hashes. Identities that may not be shown online are refused
    by front ends for the web.
    """  # noqa: D301 - click's mark
    adapter = look_up(FRONT_ENDS, front_end, kind="front end")
    content = read_pack(pack)
    chosen = choose_design(content, front_end, design, seed=seed, quiet=quiet)
    if chosen is not None and keys is not None:
        chosen = dataclasses.replace(chosen, keys=check_keys(keys))
    if (
        chosen is not None
        and promises_feedback(chosen)
        and Ability.FEEDBACK not in adapter.abilities
    ):
        remark(
            f"note: {front_end} gives no feedback in practice, and announces none",
            quiet=quiet,
        )
    wording = wording_for(language, chosen)
    done = export_pack(
        pack,
        front_end,
        output,
        design=chosen,
        wording=wording,
        language=wording["language"],
        approval=approval,
        provenance=provenance,
        overwrite=overwrite,
    )
    if as_json:
        print_json(_told(done))
        return
    if done.approved:
        remark(
            f"note: exported under the approval {approval}: {', '.join(done.approved)}",
            quiet=quiet,
        )
    if not quiet:
        images, files = counted(done.n_stimuli, "image"), counted(done.n_files, "file")
        click.echo(f"{output}: {images}, {files}")
        click.echo(_next(done))


def check_keys(keys: tuple[str, str]) -> tuple[str, str]:
    """Return two answer keys that every front end knows.

    Raises
    ------
    InputError
        If one is no letter, digit or "space", or both are the same.
    """
    left, right = (key.lower() for key in keys)
    for key in (left, right):
        if key != "space" and not (len(key) == 1 and key.isascii() and key.isalnum()):
            raise InputError(
                f'"{key}" is no answer key',
                where="--keys",
                allowed='a letter from a to z, a digit, or "space"',
            )
    if left == right:
        raise InputError("both answers have the same key", where="--keys")
    return left, right


def _told(done: Exported) -> dict[str, object]:
    """Return what was written as JSON."""
    return {
        "folder": str(done.folder),
        "front_end": done.front_end,
        "n_files": done.n_files,
        "n_images": done.n_stimuli,
        "open_first": str(done.folder / done.open_first) if done.open_first else None,
        "approved": list(done.approved),
    }


def _next(done: Exported) -> str:
    """Return the line that says what to open next."""
    adapter = FRONT_ENDS[done.front_end]
    if done.open_first:
        return f"Open next: {done.folder / done.open_first}"
    return f"Next: {adapter.start}"


def _of_a_table(command: Any) -> Any:
    """Give a command the options of plain tables."""
    for option in reversed(table_options()):
        command = option(command)
    return command


@click.command()
@click.argument("files", type=_PATH, nargs=-1, required=True)
@click.option(
    "--from",
    "reader",
    type=EntryName(READERS),
    required=True,
    help="What wrote the files.",
)
@_of_a_table
@click.option("--pack", type=_PATH, help="Pack that was shown; its names are checked.")
@click.option(
    "--output",
    type=OutputFile("a table (CSV)", ".csv", ".txt"),
    required=True,
    help="The table (CSV).",
)
@click.option("--overwrite", is_flag=True, help="Replace a table that is there.")
@json_option
@quiet_option
def answers(
    files: tuple[Path, ...],
    reader: str,
    columns: dict[str, str],
    recode: dict[str, str],
    pack: Path | None,
    output: Path,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Join the data FILES of participants into one table of answers.

    \b
    Examples:
      morphkit answers data/*.csv --from jspsych --pack pack --output answers.csv
      morphkit answers lab.csv --from csv --columns participant=Subj --output all.csv

    Answers are coded by labels, never by keys or sides. All faulty files are told at
    once. The table is what "morphkit calibrate fit" and the others take.
    """  # noqa: D301 - click's mark
    given = read_table_options(
        files, format_name=reader, columns=columns, recode=recode
    )
    joined = join_answers(given, pack)
    write_answers(output, joined, overwrite=overwrite)
    people = {answer.participant for answer in joined}
    late = sum(not answer.response for answer in joined)
    if as_json:
        print_json(
            {
                "table": str(output),
                "n_answers": len(joined),
                "n_participants": len(people),
                "n_without_answer": late,
            }
        )
        return
    if late:
        remark(f"note: no answer in time in {counted(late, 'trial')}", quiet=quiet)
    if not quiet:
        said = counted(len(joined), "answer")
        click.echo(f"{output}: {said} of {counted(len(people), 'participant')}")
