"""Shared options of the commands that read files of answers."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from morphkit.cli.console import Command
from morphkit.cli.options import EntryName
from morphkit.experiment.answer import Answers
from morphkit.experiment.answer_files import read_answers
from morphkit.experiment.readers import READERS


def from_option(command: Command) -> Command:
    """Give a command the option ``--from`` for files of answers."""
    return click.option(
        "--from",
        "format_name",
        type=EntryName(READERS),
        default="csv",
        show_default=True,
        help="Program that wrote the answers.",
    )(command)


def table_options() -> list[Callable[[Any], Any]]:
    """Return the options for reading a plain table, as decorators."""
    return [
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
    ]


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


def read_table_options(
    paths: Iterable[Path],
    *,
    format_name: str,
    columns: Mapping[str, str],
    recode: Mapping[str, str],
    **others: Any,
) -> Answers:
    """Return the answers that the options of a command name.

    Raises
    ------
    click.UsageError
        If options of plain tables are given for data files of an experiment.
    InputError
        Lists every file that cannot be read.
    """
    del others
    if format_name != "csv" and (columns or recode):
        raise click.UsageError("--columns and --recode need --from csv")
    return read_answers(paths, format_name, columns=columns, recode=recode)
