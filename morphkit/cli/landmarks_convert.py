"""The command that converts landmark files from one format to another."""

from pathlib import Path
from typing import Any

import click

from morphkit.cli.console import quiet_option, remark, say
from morphkit.cli.options import options_of_formats

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("source", type=_PATH, metavar="INPUT")
@click.argument("output", type=_PATH)
@click.option("--from", "read_as", default="", help="Format of INPUT, else by suffix.")
@click.option("--to", "write_as", default="", help="Format of OUTPUT, else by suffix.")
@click.option("--template", help="Template of the points, by name or definition file.")
@click.option("--to-template", default="", help="Convert to this template.")
@click.option(
    "--image",
    type=_PATH,
    help="Photograph, or folder of photographs, for sizes, names and hashes.",
)
@click.option(
    "--size",
    nargs=2,
    type=click.IntRange(1),
    metavar="W H",
    help="Size of the photograph, if it is not available.",
)
@click.option(
    "--stored-frame",
    is_flag=True,
    help="INPUT counts pixels of the photograph as stored; turn them as its EXIF "
    "orientation says.",
)
@options_of_formats("read_options")
@options_of_formats("write_options", ending="-out", what="OUTPUT: ")
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@quiet_option
def convert(
    source: Path, output: Path, template: str | None, quiet: bool, **options: Any
) -> None:
    """Write the landmarks in INPUT to OUTPUT, in another format or landmark set.

    \b
    Examples:
      morphkit landmarks convert anna.tem anna.json --image photos/anna.jpg
      morphkit landmarks convert all.tps all.csv --image photos
      morphkit landmarks convert all.csv folder --to pts
      morphkit landmarks convert anna.json small.json --to-template dlib_5
      morphkit landmarks convert a.pts a.json --image a.jpg --stored-frame

    A file of several images goes into one file, or into a folder where the format holds
    one face only. A .tps needs the sizes of the images: --image or --size.
    """  # noqa: D301 - click's mark
    from morphkit.faces.formats import find_template
    from morphkit.pipeline.delineate.convert import Conversion, convert_landmarks

    definition = find_template(template) if template else None
    wanted = Conversion(template=definition, **options)
    result = convert_landmarks(source, output, wanted)
    for text in result.remarks:
        remark(f"note: {text}", quiet=quiet)
    if not quiet:
        for file in result.files:
            say(str(file))
