"""What all commands share: results, remarks, progress and errors.

Results go to stdout, everything else to stderr.
"""

import json
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, TypeVar

import click

from morphkit.errors import InputError, MissingExtraError, OutputError
from morphkit.finding import Finding
from morphkit.pipeline import Progress

#: Exit codes beside 0, 1 and 2, which click knows.
BAD_INPUT = 3
DOES_NOT_HOLD = 4

Command = TypeVar("Command", bound=Callable[..., Any])


class MorphkitGroup(click.Group):
    """A group of commands that turns errors into messages and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; no mistake of a user shows a traceback."""
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            try:
                return super().invoke(ctx)
            except (InputError, OutputError, MissingExtraError) as error:
                click.echo(f"morphkit: {error}", err=True)
                ctx.exit(BAD_INPUT)
            except KeyboardInterrupt:
                click.echo(
                    "morphkit: interrupted; there is no half-made output. A build "
                    "keeps what it finished, and the same command goes on there",
                    err=True,
                )
                ctx.exit(BAD_INPUT)
            except MemoryError:
                click.echo(
                    "morphkit: out of memory; use smaller photographs or --jobs 1",
                    err=True,
                )
                ctx.exit(BAD_INPUT)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a warning as a remark, unless the command was told to be quiet."""
    del category, filename, lineno, file, line
    context = click.get_current_context(silent=True)
    quiet = context is not None and bool(context.params.get("quiet"))
    remark(f"morphkit: note: {message}", quiet=quiet)


def quiet_option(command: Command) -> Command:
    """Give a command the option ``--quiet``."""
    return click.option(
        "--quiet", "-q", is_flag=True, help="Say nothing but results and errors."
    )(command)


def json_option(command: Command) -> Command:
    """Give a command the option ``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print the result as JSON."
    )(command)


def print_json(data: Any) -> None:
    """Print data as JSON on stdout."""
    click.echo(json.dumps(data, indent=1, ensure_ascii=False))


def remark(text: str, *, quiet: bool = False) -> None:
    """Print a remark on stderr."""
    if not quiet:
        click.echo(text, err=True)


def print_findings(findings: Iterable[Finding]) -> None:
    """Print findings on stdout, one a line."""
    for finding in findings:
        where = f"{finding.where}: " if finding.where else ""
        click.echo(f"{finding.severity}: {where}{finding.message} [{finding.code}]")


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """Show what a build does: a bar on a terminal, plain lines otherwise."""
    if quiet:
        yield Progress()
    elif sys.stderr.isatty():
        with _rich_progress() as progress:
            yield progress
    else:
        yield Progress(stage=lambda text, total: remark(f"{text} ({total})"))


@contextmanager
def _rich_progress() -> Iterator[Progress]:
    """Show a bar for every stage."""
    from rich import progress as rich
    from rich.console import Console

    bar = rich.Progress(
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=False,
    )
    with bar:
        current: list[rich.TaskID] = []

        def stage(text: str, total: int) -> None:
            current[:] = [bar.add_task(text, total=total)]

        def advance(text: str) -> None:
            del text
            if current:
                bar.advance(current[0])

        yield Progress(stage, advance)
