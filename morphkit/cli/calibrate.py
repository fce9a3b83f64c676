"""The group of commands that measure perceptual spacing with participants."""

import click

from morphkit.cli.calibrate_course import allocate, balance, course, training
from morphkit.cli.calibrate_designs import design, respace, simulate, wording
from morphkit.cli.calibrate_fits import (
    attention,
    discriminate,
    fit,
    labels,
    norms,
    scale,
)
from morphkit.cli.console import MorphkitGroup


@click.group(cls=MorphkitGroup)
def calibrate() -> None:
    """Plan studies of perceptual spacing, fit their answers, respace a continuum.

    \b
    Examples:
      morphkit calibrate fit answers.csv --pack pack
      morphkit calibrate scale triads.csv --pack pack --output scale
    """  # noqa: D301 - click's mark


for command in (
    *(design, course, allocate, balance, simulate),
    *(fit, scale, discriminate, labels, attention, norms, training, respace, wording),
):
    calibrate.add_command(command)
