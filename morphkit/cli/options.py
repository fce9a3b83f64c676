"""Shared options of commands that make images from photographs."""

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit._core.registry import names_in
from morphkit.errors import InputError
from morphkit.faces.choices import LARGEST, FaceChoice
from morphkit.geometry.choices import OUTLINE
from morphkit.pixels.choices import DETAILS, SAMPLINGS


class OutputFile(click.Path):
    """An output file, whose suffix must match its content.

    Parameters
    ----------
    what : str
        What is written: ``"a picture (PNG)"``.
    suffixes : str
        Suffixes of such files; the first is suggested.
    """

    def __init__(self, what: str, *suffixes: str) -> None:
        super().__init__(path_type=Path, dir_okay=False)
        self.what = what
        self.suffixes = suffixes

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Return the path.

        Raises
        ------
        InputError
            If its name says that it is something else.
        """
        path = Path(str(super().convert(value, param, ctx)))
        if path.suffix.lower() not in self.suffixes:
            option = param.opts[0] if param else ""
            raise InputError(
                f'"{path.name}" is not a valid name for {self.what}',
                where=option,
                remedy=f"choose NAME{self.suffixes[0]}",
            )
        return path


def options_of_formats(
    keyword: str, *, ending: str = "", what: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of all landmark formats, together in one keyword.

    Parameters
    ----------
    keyword : str
        Parameter of the command that takes them, a dict by name.
    ending : str, optional
        Ends their names, where a command has them twice.
    what : str, optional
        Begins their help.
    """
    from morphkit.faces.formats import format_options  # not for other commands

    known = format_options()

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def call(*arguments: Any, **named: Any) -> Any:
            ends = ending.replace("-", "_")
            named[keyword] = {name: named.pop(f"{name}{ends}") for name in known}
            return command(*arguments, **named)

        decorated: Callable[..., Any] = call
        for name, option in known.items():
            decorated = click.option(
                f"--{name.replace('_', '-')}{ending}",
                type=click.IntRange(min(option.values), max(option.values)),
                default=option.values[0],
                show_default=True,
                help=f"{what}{option.about}",
            )(decorated)
        return decorated

    return decorate


class FaceNumber(click.ParamType[FaceChoice]):
    """Which of several faces: a number from 1 in reading order, or "largest"."""

    name = "N|largest"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> FaceChoice:
        """Return the number, or "largest"."""
        if value == LARGEST:
            return LARGEST
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = 0
        if number < 1:
            self.fail(
                f'"{value}" is no face: a number from 1 in reading order, or largest',
                param,
                ctx,
            )
        return number


def face_option(name: str, said: str) -> Callable[[Any], Any]:
    """Return the option that says which of several faces is meant, as a decorator."""
    return click.option(name, type=FaceNumber(), metavar="N|largest", help=said)


class EntryName(click.Choice[str]):
    """The name of an entry of a table, which is asked when it is needed.

    Parameters
    ----------
    names : str, or iterable or callable of str
        Single names, and tables.
    """

    def __init__(
        self, *names: str | Iterable[str] | Callable[[], Iterable[str]]
    ) -> None:
        self._names = names
        self.case_sensitive = True

    @property
    def choices(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names, in order."""
        return names_in(*self._names)


class DesignName(EntryName):
    """The name of a design; names of older versions are understood."""

    def __init__(self) -> None:
        super().__init__(NamesOf("designs"))

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Return the name that the design has now."""
        from morphkit.experiment.designs import current_name

        return super().convert(current_name(str(value)), param, ctx)


def placing_options() -> list[Callable[[Any], Any]]:
    """Return the options ``--template`` and ``--detector``, as decorators."""
    return [
        click.option(
            "--template",
            default="auto",
            show_default=True,
            help="Landmark set, by name or file; auto is that of the landmark files, "
            "or ibug_68 where all are detected.",
        ),
        click.option(
            "--detector",
            default="mesh",
            show_default=True,
            help="Detector for photographs without a landmark file, by name or the "
            "file of a trained one (.npz); none forbids it.",
        ),
    ]


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
            type=EntryName(NamesOf("warps")),
            default="tps",
            show_default=True,
            help="Warping method.",
        ),
        click.option(
            "--refine",
            type=EntryName(NamesOf("refinements"), "none"),
            default=refine,
            show_default=True,
            help="Dense matching beyond the landmarks: hair, ears, collar, texture.",
        ),
        click.option(
            "--outline",
            type=EntryName(NamesOf("outlines"), OUTLINE, "none"),
            default=OUTLINE,
            show_default=True,
            help="Match the outlines of heads, too, in front of plain backgrounds; "
            "auto: in means of several people whose heads are alike.",
        ),
        click.option(
            "--blend",
            type=EntryName(NamesOf("blends")),
            default="linear",
            show_default=True,
            help="Colour scale on which pixels are blended.",
        ),
        click.option(
            "--detail",
            type=click.Choice(list(DETAILS)),
            default="level",
            show_default=True,
            help="Keep fine detail as strong as in the photographs, or blend plainly.",
        ),
        click.option(
            "--sampling",
            type=click.Choice(list(SAMPLINGS)),
            default="bicubic",
            show_default=True,
            help="Interpolation of the photographs.",
        ),
    ]
