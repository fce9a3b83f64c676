"""The command that lists the available choices."""

import shutil
import sys
import textwrap

import click

from morphkit.cli.console import json_option, print_json, remark, say
from morphkit.pipeline.entries import list_entries


@click.command(name="list")
@click.argument("kind", required=False)
@json_option
def list_command(kind: str | None, as_json: bool) -> None:
    """List the choices of a KIND: detectors, formats, templates, warps.

    \b
    Examples:
      morphkit list
      morphkit list warps

    Without a KIND, the kinds are listed.
    """  # noqa: D301 - click's mark
    entries = list_entries(kind)
    if as_json:
        print_json(entries)
        return
    if not entries:
        remark(f"there are no {kind}")
    width = max(map(len, entries), default=0)
    for name, summary in entries.items():
        say(_hanging(name, summary, width))


def _hanging(name: str, summary: str, width: int) -> str:
    """Return a line, with its summary wrapped to the width of a terminal, if any."""
    if not sys.stdout.isatty():
        return f"{name:<{width}}  {summary}"
    return textwrap.fill(
        summary,
        shutil.get_terminal_size().columns,
        initial_indent=f"{name:<{width}}  ",
        subsequent_indent=" " * (width + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
