"""Options defined by designs, all offered by the command that plans a study."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, raise_all

if TYPE_CHECKING:
    from morphkit.experiment.designs.kind import Option

#: Options for durations.
TIMES = ("fixation", "stimulus", "mask", "answer")


class Fixation(click.ParamType[int | tuple[int, int]]):
    """Milliseconds, or the least and the most of them."""

    name = "MS|LEAST-MOST"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | tuple[int, int]:
        """Return a number, or two."""
        found = re.fullmatch("([0-9]{1,9})(?:-([0-9]{1,9}))?", str(value))
        if not found:
            self.fail(f'"{value}" is neither 500 nor 1500-2500', param, ctx)
        first, second = found.groups()
        return int(first) if second is None else (int(first), int(second))


fixation_option = click.option(
    "--fixation",
    type=Fixation(),
    help="Milliseconds; of a range such as 1500-2500, drawn for each trial.",
)


class DesignCommand(click.Command):
    """A command with the options of all designs besides its own."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return all parameters; designs are asked once for each call."""
        place = f"{__name__}.options"
        if place not in ctx.meta:
            ctx.meta[place] = _click_options()
        *own, help_option = super().get_params(ctx)
        return [*own, *ctx.meta[place], help_option]


def own_options(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options for making a kind of design.

    Parameters
    ----------
    kind : str
        Name in the table of designs.
    given : mapping of str to value
        Options of all designs, and durations in milliseconds; None or empty if not
        given.

    Raises
    ------
    InputError
        Lists every given option that belongs to another design.
    """
    from morphkit.experiment.design import Timing
    from morphkit.experiment.designs import DESIGNS

    entry = DESIGNS[kind]
    said = {name: value for name, value in given.items() if value not in (None, ())}
    times = {name: said.pop(name) for name in TIMES if name in said}
    flags = {name: _flag(name, option) for name, option in entry.options.items()}
    raise_all(
        InputError(
            f'the design "{kind}" has no such option',
            where=_flag(name, _options()[name]),
            allowed=f"it has {', '.join(flags.values()) or 'none of its own'}",
            remedy=did_you_mean(name, flags),
        )
        for name in said
        if name not in flags
    )
    if times:
        said["timing"] = Timing(**{**vars(entry.timing), **times})
    return said


def _options() -> "dict[str, Option]":
    """Return the options of all designs; of two with the same name, the first."""
    from morphkit.experiment.designs import DESIGNS

    found: dict[str, Option] = {}
    for entry in DESIGNS.values():
        found = {**entry.options, **found}
    return found


def _flag(name: str, option: "Option") -> str:
    """Return the name of an option on the command line."""
    return f"--{(option.flag or name).replace('_', '-')}"


def _click_options() -> list[click.Option]:
    """Return the options of all designs, each with its designs."""
    return [
        click.Option(
            [_flag(name, option), name],
            type=_type(option),
            is_flag=option.type is bool,
            multiple=option.many,
            default=None,
            help=f"{option.help} ({', '.join(_designs_with(name))})",
        )
        for name, option in _options().items()
    ]


def _designs_with(name: str) -> list[str]:
    """Return the designs that have an option."""
    from morphkit.experiment.designs import DESIGNS

    return [kind for kind, entry in DESIGNS.items() if name in entry.options]


def _type(option: "Option") -> Any:
    """Return the click type of an option."""
    if option.choices:
        return click.Choice(option.choices)
    if option.type is int and option.least is not None:
        return click.IntRange(option.least)
    return option.type
