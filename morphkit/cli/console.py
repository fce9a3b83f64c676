"""Results, remarks, progress and errors of all commands.

Results go to stdout, everything else to stderr.
"""

import json
import sys
import warnings
from collections.abc import (
    Callable,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from morphkit._core.collector import uncollected
from morphkit._core.finding import Finding
from morphkit._core.locks import waiting
from morphkit._core.progress import Progress
from morphkit._core.text import counted, visible
from morphkit.errors import (
    InputError,
    MissingExtraError,
    OutputError,
    PlugInError,
    folded,
)

if TYPE_CHECKING:
    from morphkit.quality.groups import FindingGroup

_CONTINUA = ("continuum", "continua")
#: Exit codes besides 0 and 2, which click sets.
FAILURE = 1
BAD_INPUT = 3
DOES_NOT_HOLD = 4

Command = TypeVar("Command", bound=Callable[..., Any])


class Commands(MutableMapping[str, click.Command]):
    """Commands by name, each loaded on first use, so that the program starts quickly.

    Parameters
    ----------
    places : mapping of str to str
        Name of a command -> ``module:function`` in `morphkit.cli`.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        """Return a command."""
        if name not in self._loaded:
            module, function = self._places[name].split(":")
            with uncollected():
                loaded = import_module(f"morphkit.cli.{module}")
            self._loaded[name] = getattr(loaded, function)
        return self._loaded[name]

    def summary(self, name: str) -> str:
        """Return what a command is for; it is read, and nothing is loaded for it.

        Help names every command. Only what is compiled of a module is looked at, which
        holds the docstrings of its functions, so that nothing that it imports is run.
        """
        module, _, function = self._places[name].partition(":")
        place = f"morphkit.cli.{module}"
        spec = None if name in self._loaded else find_spec(place)
        code = spec.loader.get_code(place) if spec and spec.loader else None  # type: ignore[attr-defined]
        for part in code.co_consts if code else ():
            if isinstance(part, CodeType) and part.co_name == function:
                described = click.Command(name, help=part.co_consts[0])
                return described.get_short_help_str(limit=200)
        return self[name].get_short_help_str(limit=200)

    def __setitem__(self, name: str, command: click.Command) -> None:
        """Add a command."""
        self._places[name], self._loaded[name] = "", command

    def __delitem__(self, name: str) -> None:
        """Remove a command."""
        del self._places[name]
        self._loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        """Yield the names; nothing is loaded."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return the number of commands."""
        return len(self._places)


class MorphkitGroup(click.Group):
    """A group of commands that turns errors into messages and exit codes."""

    def sections(self) -> dict[str, tuple[str, ...]]:
        """Return the commands by heading, in the order in which they are shown."""
        return {"Commands": tuple(self.commands)}

    def summary(self, name: str) -> str:
        """Return what a command is for, in one line."""
        if isinstance(self.commands, Commands):
            return self.commands.summary(name)
        return self.commands[name].get_short_help_str(limit=200)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write every command with its full summary."""
        del ctx
        for heading, names in self.sections().items():
            rows = [(name, self.summary(name)) for name in names]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; no mistake of a user shows a traceback."""
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            try:
                return super().invoke(ctx)
            except (InputError, OutputError, MissingExtraError, PlugInError) as error:
                say(f"morphkit: {error}", err=True)
                ctx.exit(BAD_INPUT)
            except KeyboardInterrupt:
                say(
                    "morphkit: interrupted; no incomplete output is left. A build "
                    "keeps its finished parts, and the same command resumes it",
                    err=True,
                )
                ctx.exit(FAILURE)
            except MemoryError:
                say(
                    "morphkit: out of memory; use smaller photographs or --jobs 1",
                    err=True,
                )
                ctx.exit(FAILURE)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a warning as a remark, unless the command runs with ``--quiet``."""
    del category, filename, lineno, file, line
    context = click.get_current_context(silent=True)
    quiet = context is not None and bool(context.params.get("quiet"))
    remark(f"morphkit: note: {message}", quiet=quiet)


def quiet_option(command: Command) -> Command:
    """Give a command the option ``--quiet``."""
    return click.option(
        "--quiet", "-q", is_flag=True, help="Print only results and errors."
    )(command)


def json_option(command: Command) -> Command:
    """Give a command the option ``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print the result as JSON."
    )(command)


def print_json(data: Any) -> None:
    """Print data as JSON on stdout, in ASCII if its encoding lacks a character."""
    shows_all = (sys.stdout.encoding or "").lower().startswith("utf")
    say(json.dumps(data, indent=1, ensure_ascii=not shows_all))


def say(text: object, *, err: bool = False) -> None:
    """Print a text; the only place that does.

    Texts of files may come from strangers: what would move the cursor, change a
    colour or turn the direction of writing is shown as its code.
    """
    click.echo(visible(str(text)), err=err)


def remark(text: str, *, quiet: bool = False) -> None:
    """Print a remark on stderr."""
    if not quiet:
        say(text, err=True)


def print_errors(errors: Sequence[InputError]) -> None:
    """Print errors on stderr, those of one kind together."""
    for text in folded(errors):
        say(f"morphkit: {text}", err=True)


def print_findings(findings: Iterable[Finding]) -> None:
    """Print findings on stdout, one per line."""
    for finding in findings:
        where = f"{finding.where}: " if finding.where else ""
        say(f"{finding.severity}: {where}{finding.message} [{finding.code}]")


def print_groups(groups: "Iterable[FindingGroup]", *, n_continua: int) -> None:
    """Print findings on stdout by kind: how many, the worst, and what to do.

    Kinds that ask for no decision take one line together.
    """
    recorded = []
    for group in groups:
        if not group.decides:
            recorded.append(group)
            continue
        worst, alone = group.worst, len(group.findings) == 1
        where = f"{worst.where}: " if worst.where else ""
        if alone:
            say(f"{group.severity}: {where}{worst.message} [{group.code}]")
        else:
            among = f"in {len(group.continua)} of {counted(n_continua, *_CONTINUA)}"
            of_each = f" ({group.said_counts()})" if len(group.counts) > 1 else ""
            say(f"{group.severity}: {group.title}, {among}{of_each} [{group.code}]")
            say(f"  worst: {where}{worst.message}")
        if group.remedy:
            say(f"  what to do: {group.remedy}")
    if recorded:
        n = sum(len(group.findings) for group in recorded)
        kinds = "; ".join(f"{g.title} ({len(g.findings)})" for g in recorded)
        say(f"{counted(n, 'note')} for the record: {kinds}")


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """Show the progress of a build: a bar on a terminal, plain lines otherwise."""
    if quiet:
        yield Progress()
    elif sys.stderr.isatty():
        with _rich_progress() as progress:
            yield progress
    else:
        yield Progress(stage=_remark_stage)


def _remark_stage(text: str, total: int) -> None:
    """Report the start of a stage, and its number of parts."""
    remark(text if total == 1 else f"{text} ({total})")


@contextmanager
def _rich_progress() -> Iterator[Progress]:
    """Show a bar for every stage."""
    from rich import progress as rich
    from rich.console import Console

    bar = rich.Progress(
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=False,
    )
    with bar:
        current: list[rich.TaskID] = []

        def stage(text: str, total: int) -> None:
            current[:] = [bar.add_task(visible(text), total=total)]

        def advance(text: str) -> None:
            del text
            if current:
                bar.advance(current[0])

        yield Progress(stage, advance)


def unverified_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option to go on with a pack that is not whole."""
    return click.option(
        "--unverified",
        is_flag=True,
        help="Go on with a pack that is not as its SHA256SUMS says, and record it.",
    )(command)


def remark_unverified(pack: Path, files: Sequence[str]) -> None:
    """Print a remark on what of a pack is not as it says, whatever is asked for."""
    if files:
        remark(f"{pack}: not whole, and used nevertheless: {', '.join(files)}")


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print rows with their columns aligned, names to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)]
        say("  ".join([row[0].ljust(widths[0]), *cells]))


def end_with(errors: Sequence[InputError], kept: str) -> None:
    """Exit with code 3 if there are errors, after reporting all of them."""
    if not errors:
        return
    print_errors(errors)
    say(f"morphkit: {kept}", err=True)
    click.get_current_context().exit(BAD_INPUT)


def wait_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that writes a folder the option ``--wait``."""

    def begin(context: click.Context, option: click.Parameter, wanted: bool) -> None:
        del option
        if wanted:
            context.with_resource(waiting())

    decorated: Callable[..., Any] = click.option(
        "--wait",
        is_flag=True,
        expose_value=False,
        callback=begin,
        help="Wait for another command that is writing the same place.",
    )(command)
    return decorated
