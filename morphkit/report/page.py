"""Templates of the page, compiled once, and plots on it."""

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup

from morphkit._core.plots import Plot
from morphkit._core.svg import draw_figure
from morphkit._core.text import counted

if TYPE_CHECKING:
    import jinja2

#: Where the enlarged view of a report finds the images of its pack.
BESIDE = "'self' file:"


def text_of(name: str) -> str:
    """Return a part of the page that ships with the package."""
    return (resources.files("morphkit.report") / name).read_text(encoding="utf-8")


@cache
def page_template(name: str = "template.html.j2") -> "jinja2.Template":
    """Return the template of a page: of the report, or another that ships with it."""
    return _environment().get_template(name)


def policy_of(style: str, script: str = "", *, beside: bool = False) -> str:
    """Return a security policy: only this style, this script, embedded pictures.

    With `beside`, pictures in the folder of the page are allowed, too.
    """

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    script_source = f"'sha256-{digest(script)}'" if script else "'none'"
    return (
        f"default-src 'none'; img-src data:{' ' + BESIDE if beside else ''}; "
        f"style-src 'sha256-{digest(style)}'; script-src {script_source}; "
        "base-uri 'none'; form-action 'none'"
    )


def draw_plots(drawn: tuple[Plot, ...]) -> Markup:
    """Return plots as figures side by side."""
    figures = Markup("").join(map(draw_figure, drawn))
    return Markup('<div class="plots even">\n{}</div>').format(figures)


@cache
def _environment() -> "jinja2.Environment":
    """Return what fills the templates in; it is loaded with the first page."""
    import jinja2

    from morphkit.report.compiled_templates import CompiledTemplates

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(text_of),
        bytecode_cache=CompiledTemplates(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"cell": _cell, "number": _number}
    environment.globals |= {"counted": counted, "draw": draw_figure}
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
