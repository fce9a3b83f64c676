"""Options of the commands that simulate participants."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit._core.registry import did_you_mean
from morphkit.cli.options import EntryName
from morphkit.errors import InputError, raise_all

if TYPE_CHECKING:
    from morphkit.experiment.observers import Observer


def observer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that select the observer."""
    command = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="A parameter of the observer, such as noise=0.1; repeatable.",
    )(command)
    return click.option(
        "--observer",
        type=EntryName(NamesOf("observers")),
        default="linear",
        show_default=True,
        help="Simulated observer.",
    )(command)


def chosen_observer(name: str, settings: tuple[str, ...]) -> "Observer":
    """Return an observer with its values changed.

    Raises
    ------
    InputError
        Lists every setting that cannot be read.
    """
    from morphkit.experiment.observers import OBSERVERS, Observer

    # numbers, but for the scale
    numbers = {f.name for f in dataclasses.fields(Observer)} - {"scale"}
    values: dict[str, Any] = {}
    faults = []
    for setting in settings:
        key, equals, text = setting.partition("=")
        where = f"--set {setting}"
        if key == "scale" and equals:
            values[key] = text
            continue
        if key not in numbers or not equals:
            known = sorted({*numbers, "scale"})
            faults.append(
                InputError(
                    f'observers have no parameter "{key}"',
                    where=where,
                    allowed=f"NAME=VALUE with one of {', '.join(known)}",
                    remedy=did_you_mean(key, known),
                )
            )
            continue
        try:
            values[key] = float(text)
        except ValueError:
            faults.append(InputError(f'"{text}" is not a number', where=where))
    raise_all(faults)
    if "scale" in values and "bend" not in values:
        values["bend"] = None
    return dataclasses.replace(OBSERVERS[name], **values)
