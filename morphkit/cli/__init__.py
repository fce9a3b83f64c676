"""The command line: parse, one library call, report."""

import click

import morphkit
from morphkit.cli.calibrate import calibrate
from morphkit.cli.checking import check, compare, report
from morphkit.cli.console import MorphkitGroup
from morphkit.cli.exporting import answers, export
from morphkit.cli.landmarks import landmarks
from morphkit.cli.listing import list_entries
from morphkit.cli.making import build, demo, init, morph
from morphkit.cli.proving import reproduce, verify
from morphkit.cli.verbs import prototype, symmetrise, transform


@click.group(cls=MorphkitGroup)
@click.version_option(morphkit.__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Make and prove face-morph continua for perception research.

    \b
    Start here:
      morphkit demo                        a finished set from the shipped faces
      morphkit morph a.jpg b.jpg --steps 15 --output pack
      morphkit init my_study               a study of your own, with a recipe

    Exit codes: 0 done, 1 failure, 2 wrong usage, 3 bad input or a place that cannot
    be written, 4 a check that does not hold.
    """  # noqa: D301 - click's mark


for command in (
    demo,
    morph,
    init,
    build,
    landmarks,
    export,
    answers,
    calibrate,
    prototype,
    transform,
    symmetrise,
    check,
    report,
    compare,
    verify,
    reproduce,
    list_entries,
):
    main.add_command(command)
