"""Shared options of the commands that read files of answers."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit.cli.console import Command
from morphkit.cli.options import EntryName
from morphkit.experiment.choices import RULE_TEXTS, SESSIONS

if TYPE_CHECKING:
    from morphkit.experiment.answer import Answers


def from_option(command: Command) -> Command:
    """Give a command the option ``--from`` for files of answers."""
    return click.option(
        "--from",
        "format_name",
        type=EntryName(NamesOf("answers", "readers")),
        default="csv",
        show_default=True,
        help="Program that wrote the answers.",
    )(command)


def reading_options(command: Command) -> Command:
    """Give a command the options on how answers are read."""
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--columns",
            callback=_pairs,
            default="",
            metavar="NAME=COLUMN,…",
            help="Columns of a plain table that have other names.",
        ),
        click.option(
            "--recode",
            callback=_pairs,
            default="",
            metavar="CODE=LABEL,…",
            help="Responses of a plain table that are coded.",
        ),
        click.option(
            "--missing",
            callback=_codes,
            multiple=True,
            metavar="CODE,…",
            help="Responses that stand for no answer, such as -99; repeatable.",
        ),
        click.option(
            "--range",
            "rating_range",
            callback=_ranges,
            multiple=True,
            metavar="[SCALE=]LEAST,GREATEST",
            help="Ratings that a scale has; others are excluded. Repeatable.",
        ),
        click.option(
            "--sessions",
            type=click.Choice(list(SESSIONS)),
            help="Session that counts where a participant began again; refused by "
            "default.",
        ),
        click.option(
            "--unite",
            is_flag=True,
            help="Count codes such as P01, p01 and P1 as one participant.",
        ),
        click.option(
            "--other-build",
            is_flag=True,
            help="Go on with answers to images of the same names from another build "
            "of the pack; reported.",
        ),
        click.option(
            "--exclude",
            callback=_rules,
            multiple=True,
            metavar="RULE[=N],…",
            help="Answers to exclude for the quality of the data; repeatable. "
            + "; ".join(f"{name}: {about}" for name, about in RULE_TEXTS.items())
            + ".",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


#: What `reading_options` gives a command, by the names of its parameters.
_READING = (
    *("columns", "recode", "missing", "rating_range", "sessions", "unite"),
    *("other_build", "exclude"),
)


def reading(options: Mapping[str, Any], format_name: str) -> dict[str, Any]:
    """Return the arguments of `morphkit.read_answers` that options state.

    Raises
    ------
    click.UsageError
        If options of plain tables are given for data files of an experiment.
    """
    if format_name != "csv" and (options["columns"] or options["recode"]):
        raise click.UsageError("--columns and --recode need --from csv")
    given = {name: options[name] for name in _READING}
    return {("range" if k == "rating_range" else k): v for k, v in given.items()}


def _pairs(
    context: click.Context, parameter: click.Parameter, value: str
) -> dict[str, str]:
    """Return ``a=b,c=d`` as a mapping."""
    del context
    pairs = [part for part in value.split(",") if part.strip()]
    if any("=" not in part for part in pairs):
        raise click.BadParameter("write name=value,name=value", param=parameter)
    split = [part.partition("=") for part in pairs]
    return {name.strip(): other.strip() for name, _, other in split}


def _rules(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, float | None]:
    """Return ``too-fast=0.1,hidden`` as rules with their values."""
    del context
    found: dict[str, float | None] = {}
    for part in (part.strip() for value in values for part in value.split(",")):
        name, equals, number = part.partition("=")
        try:
            found[name.strip()] = float(number) if equals else None
        except ValueError:
            raise click.BadParameter(
                f"{part!r}: write RULE or RULE=N, such as too-fast=0.1", param=parameter
            ) from None
    return {name: value for name, value in found.items() if name}


def _codes(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return ``-99,999`` as codes."""
    del context, parameter
    parts = [part.strip() for value in values for part in value.split(",")]
    return tuple(filter(None, parts))


def _ranges(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, tuple[float, float]] | None:
    """Return ``1,7`` and ``valence=0,100`` as ranges by the name of the scale."""
    del context
    found = {}
    for value in values:
        name, _, pair = value.rpartition("=")
        ends = pair.split(",")
        try:
            least, greatest = map(float, ends)
        except ValueError:
            least, greatest = 1.0, 0.0
        if not least < greatest:
            raise click.BadParameter(
                f"{value!r}: write LEAST,GREATEST, such as 1,7", param=parameter
            )
        found[name.strip()] = (least, greatest)
    return found or None


def read_with_options(paths: Iterable[Path], **options: Any) -> "Answers":
    """Return the answers that the options of a command name.

    Raises
    ------
    click.UsageError
        If options of plain tables are given for data files of an experiment.
    InputError
        Lists every file that cannot be read.
    """
    from morphkit.experiment.answer_files import read_answers

    name = options["format_name"]
    return read_answers(paths, name, **reading(options, name))
