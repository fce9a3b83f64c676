"""The group of commands on landmark files."""

import click

from morphkit.cli.console import Commands, MorphkitGroup

#: Command -> where it is; loaded when it is asked for.
COMMANDS = {
    "detect": "landmarks_place:detect",
    "propagate": "landmarks_place:propagate",
    "check": "landmarks_judge:check",
    "agreement": "landmarks_judge:agreement",
    "convert": "landmarks_convert:convert",
    "train": "landmarks_place:train",
    "survey": "landmarks_judge:survey",
}


@click.group(cls=MorphkitGroup, commands=Commands(COMMANDS))
def landmarks() -> None:
    """Delineate photographs, check landmark files, change their format.

    \b
    Examples:
      morphkit landmarks detect photos --output landmarks --overlay look
      morphkit landmarks propagate study.toml --from happy
      morphkit landmarks check landmarks/*.json --images photos
      morphkit landmarks convert anna.tem anna.json --image photos/anna.jpg
      morphkit landmarks train landmarks --images photos --output own.npz
    """  # noqa: D301 - click's mark
