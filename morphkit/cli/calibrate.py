"""The group of commands that measure perceptual spacing with participants."""

import click

from morphkit.cli.console import Commands, MorphkitGroup

#: Command -> where it is, in the order of a study; loaded when it is asked for.
COMMANDS = {
    name: f"calibrate_{module}:{name}"
    for module, names in (
        ("designs", ("design",)),
        ("course", ("course", "allocate", "balance")),
        ("designs", ("simulate",)),
        ("fits", ("fit", "scale", "discriminate", "labels", "attention", "norms")),
        ("course", ("training",)),
        ("designs", ("respace", "wording")),
    )
    for name in names
}


@click.group(cls=MorphkitGroup, commands=Commands(COMMANDS))
def calibrate() -> None:
    """Plan studies of perceptual spacing, fit their answers, respace a continuum.

    \b
    Examples:
      morphkit calibrate fit answers.csv --pack pack
      morphkit calibrate scale triads.csv --pack pack --output scale
    """  # noqa: D301 - click's mark
