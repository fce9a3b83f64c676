"""Templates of the page, compiled once, and plots on it."""

from functools import cache
from importlib import resources

import jinja2
from markupsafe import Markup

from morphkit._core.plots import Plot
from morphkit._core.svg import draw_figure


def text_of(name: str) -> str:
    """Return a part of the page that ships with the package."""
    return (resources.files("morphkit.report") / name).read_text(encoding="utf-8")


@cache
def page_template() -> jinja2.Template:
    """Return the template of the page."""
    return _environment().get_template("template.html.j2")


def draw_plots(drawn: tuple[Plot, ...]) -> Markup:
    """Return plots as figures side by side."""
    figures = Markup("").join(map(draw_figure, drawn))
    return Markup('<div class="plots even">\n{}</div>').format(figures)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(text_of),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"cell": _cell, "number": _number}
    environment.globals |= {"draw": draw_figure}
    return environment


def _cell(value: object) -> str:
    """Format a value of a table."""
    if value is None or value == "":
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: float | None) -> str:
    """Format a measurement with three digits."""
    return "" if value is None else f"{value:.3g}"
