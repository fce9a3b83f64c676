"""Commands on landmark files: detect, check and convert."""

from pathlib import Path

import click

from morphkit.formats import FORMATS

_FILE = click.Path(path_type=Path)
_format = click.option(
    "--format", "format_name", type=click.Choice(list(FORMATS)), default="json",
    show_default=True, help="Format to write.",
)


@click.group()
def landmarks() -> None:
    """Delineate photographs, check landmark files, change their format.

    \b
    Examples:
      morphkit landmarks detect photos/*.jpg --output landmarks
      morphkit landmarks check landmarks/*.json --images photos
      morphkit landmarks convert anna.tem anna.json
    """
