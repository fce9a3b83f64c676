"""What commands share that read files of answers: their options, and reading them."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from morphkit.cli.console import Command
from morphkit.cli.options import EntryName
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers import READERS, plain_csv


def from_option(command: Command) -> Command:
    """Give a command the option ``--from`` for files of answers."""
    return click.option(
        "--from",
        "format_name",
        type=EntryName(READERS),
        default="csv",
        show_default=True,
        help="What wrote the answers.",
    )(command)


def table_options() -> list[Callable[[Any], Any]]:
    """Return the options that say how a plain table is read, as decorators."""
    return [
        click.option(
            "--columns",
            callback=_pairs,
            default="",
            metavar="NAME=COLUMN,…",
            help="Columns of a plain table with other names.",
        ),
        click.option(
            "--recode",
            callback=_pairs,
            default="",
            metavar="CODE=LABEL,…",
            help="Responses of a plain table that are codes.",
        ),
    ]


def _pairs(
    context: click.Context, parameter: click.Parameter, value: str
) -> dict[str, str]:
    """Return ``a=b,c=d`` as a mapping."""
    del context
    pairs = [part for part in value.split(",") if part.strip()]
    if any("=" not in part for part in pairs):
        raise click.BadParameter("write it as name=value,name=value", param=parameter)
    split = [part.partition("=") for part in pairs]
    return {name.strip(): other.strip() for name, _, other in split}


def read_answers(
    files: Iterable[Path],
    reader: str,
    *,
    columns: Mapping[str, str],
    recode: Mapping[str, str],
) -> list[Answer]:
    """Return the answers in several files.

    Parameters
    ----------
    files : iterable of Path
    reader : str
        Name in `morphkit.experiment.readers.READERS`.
    columns, recode : mapping of str to str
        What the options of a plain table say.

    Raises
    ------
    click.UsageError
        If a data file of an experiment is read as if it were a plain table.
    InputError
        With every file that cannot be read.
    """
    if reader != "csv" and (columns or recode):
        raise click.UsageError("--columns and --recode belong to --from csv")
    found: list[Answer] = []
    errors: list[InputError] = []
    for path in files:
        try:
            if reader == "csv":
                found += plain_csv.read(path, columns=columns, recode=recode)
            else:
                found += READERS[reader].read(path)
        except InputError as error:
            errors.append(error.at(str(path)))
    raise_all(errors)
    return found
