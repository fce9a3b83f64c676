"""Options that several commands share: how a picture is made of photographs."""

from collections.abc import Callable
from typing import Any

import click

from morphkit.blend import BLENDS
from morphkit.pixels import DETAILS, SAMPLINGS
from morphkit.refine import REFINEMENTS
from morphkit.warp import WARPS


def picture_options(*, refine: str) -> list[Callable[[Any], Any]]:
    """Return the options ``--warp`` to ``--sampling``, as decorators.

    Parameters
    ----------
    refine : str
        Default of ``--refine``.
    """
    return [
        click.option(
            "--warp",
            type=click.Choice(list(WARPS)),
            default="tps",
            show_default=True,
            help="How pixels follow the landmarks.",
        ),
        click.option(
            "--refine",
            type=click.Choice([*REFINEMENTS, "none"]),
            default=refine,
            show_default=True,
            help="Dense matching beyond the landmarks: hair, ears, collar, texture.",
        ),
        click.option(
            "--blend",
            type=click.Choice(list(BLENDS)),
            default="linear",
            show_default=True,
            help="Scale on which pixels are mixed.",
        ),
        click.option(
            "--detail",
            type=click.Choice(list(DETAILS)),
            default="level",
            show_default=True,
            help="Keep fine detail as strong as in the photographs, or mix plainly.",
        ),
        click.option(
            "--sampling",
            type=click.Choice(list(SAMPLINGS)),
            default="bicubic",
            show_default=True,
            help="How photographs are interpolated.",
        ),
    ]
