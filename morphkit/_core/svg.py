"""The one way that plots are drawn: as SVG, on a page or as a sheet for a paper.

The same plot is the same text on every machine and with every version of every library,
so that a page with plots can stand among the hashed files of a pack.
"""

import textwrap
from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from morphkit._core.plots import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Plot

#: Colours and strokes of a sheet; those of a page stand in its style sheet.
_STYLE = """\
text { font: 10.5px Helvetica, Arial, "Liberation Sans", sans-serif; fill: #5c666e; }
.sheet { font-size: 14px; font-weight: 600; fill: #1d2226; }
.title { font-size: 12px; font-weight: 600; fill: #1d2226; }
.y { text-anchor: end; }
.x, .axis { text-anchor: middle; }
.axis { fill: #1d2226; }
.key { font-size: 9.5px; }
.grid { stroke: #e2e4e3; }
.band { fill: #1f6f8b; fill-opacity: .13; }
.straight { fill: none; stroke: #5c666e; stroke-dasharray: 4 4; }
.curve { fill: none; stroke: #1f6f8b; stroke-width: 1.8; stroke-linejoin: round; }
.curve-2 { stroke: #c2571a; }
.curve-3 { stroke: #5b7f2b; }
.curve-4 { stroke: #7a5195; }
.curve-5 { stroke: #5c666e; }
circle { fill: #1f6f8b; stroke: #fff; }
.bar { fill: #1f6f8b; fill-opacity: .75; }
.whisker { stroke: #1f6f8b; stroke-opacity: .55; }
.reach { stroke: #c2571a; stroke-width: 4; stroke-opacity: .55; }
.point { stroke: #c2571a; stroke-width: 1.4; }
.margin { stroke: #5c666e; stroke-dasharray: 1.5 3; }
.cursor { display: none; }
"""
#: Room on a sheet: between plots, for the label upwards, below for the one across.
_GAP, _UP, _ACROSS = 26, 16, 18
_COLUMNS, _LINE, _LETTERS = 3, 13, 66
_NOTHING = Plot(
    title="Nothing to draw",
    note="answers that are all alike have no curve",
    alt_text="no values",
    curve="",
    line="",
    band="",
    dots=(),
    x_ticks=(),
    y_ticks=(),
    across="",
)


def draw_figure(plot: Plot) -> Markup:
    """Return a plot as a figure of a page, with its caption."""
    head = _filled(
        '<figure class="plot">\n<figcaption><strong>{}</strong> {}</figcaption>\n'
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}: {}">\n',
        *(plot.title, plot.note, WIDTH, HEIGHT, plot.title, plot.alt_text),
    )
    return head + _lines(plot) + Markup("</svg>\n</figure>\n")


def draw_sheet(title: str, plots: Sequence[Plot]) -> str:
    """Return plots beside each other as an SVG file, with a title and labelled axes.

    Parameters
    ----------
    title : str
        Stands above; may be empty.
    plots : sequence of Plot
        Without any, the sheet says so.
    """
    if not plots:
        return draw_sheet("", [_NOTHING])
    columns = min(_COLUMNS, len(plots))
    notes = [textwrap.wrap(plot.note, _LETTERS) for plot in plots]
    above = _LINE * (1 + max(map(len, notes))) + 6
    across, down = _UP + WIDTH + _GAP, above + HEIGHT + _ACROSS + _GAP
    top = 34 if title else 12
    width = columns * across - _GAP + 24
    height = top + -(-len(plots) // columns) * down - _GAP + 12
    named = title or ", ".join(plot.title for plot in plots)
    described = "; ".join(f"{plot.title}: {plot.alt_text}" for plot in plots)
    parts = [
        Markup('<?xml version="1.0" encoding="UTF-8"?>\n'),
        _filled(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" '
            'width="{0}" height="{1}" role="img" aria-labelledby="t d">\n'
            '<title id="t">{2}</title>\n<desc id="d">{3}</desc>\n',
            *(width, height, named, described),
        ),
        _filled("<style>\n{}</style>\n", Markup(_STYLE)),
        Markup('<rect width="100%" height="100%" fill="#fff"/>\n'),
    ]
    if title:
        parts.append(_filled('<text class="sheet" x="12" y="22">{}</text>\n', title))
    for k, (plot, lines) in enumerate(zip(plots, notes, strict=True)):
        x, y = 12 + k % columns * across, top + k // columns * down
        parts.append(_filled('<g transform="translate({} {})">\n', x, y))
        parts += _caption(plot, lines)
        parts.append(
            _filled('<g transform="translate({} {})">\n', _UP, above)
            + Markup("").join(_labels(plot))
            + _lines(plot)
            + Markup("</g>\n</g>\n")
        )
    return str(Markup("").join([*parts, Markup("</svg>\n")]))


def _filled(text: str, *values: object) -> Markup:
    """Return markup with values in it, as `Markup.format` in a quarter of the time."""
    return Markup(text.format(*map(escape, values)))


def _caption(plot: Plot, note: Sequence[str]) -> Iterator[Markup]:
    """Yield the title and the note of a plot on a sheet."""
    yield _filled('<text class="title" x="0" y="11">{}</text>\n', plot.title)
    for k, line in enumerate(note, start=1):
        yield _filled('<text x="0" y="{}">{}</text>\n', 11 + _LINE * k, line)


def _labels(plot: Plot) -> Iterator[Markup]:
    """Yield the labels of both axes."""
    label = '<text class="axis" {}>{}</text>\n'
    middle = (LEFT + RIGHT) / 2
    yield _filled(label, Markup(f'x="{middle:g}" y="{BOTTOM + 36}"'), plot.across)
    middle = (TOP + BOTTOM) / 2
    place = f'transform="translate({2 - _UP / 2:g} {middle:g}) rotate(-90)"'
    yield _filled(label, Markup(place), plot.up)


def _lines(plot: Plot) -> Markup:
    """Return everything within the axes, one element a line."""
    return Markup("").join(line + "\n" for line in _elements(plot))


def _elements(plot: Plot) -> Iterator[Markup]:
    """Yield the elements of a plot, those behind first."""
    for tick in plot.y_ticks:
        yield _filled(
            '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
            '<text class="y" x="{}" y="{}">{}</text>',
            *(LEFT, RIGHT, tick.at, tick.at, LEFT - 6, tick.at + 3.5, tick.text),
        )
    for tick in plot.x_ticks:
        text = '<text class="x" x="{}" y="{}">{}</text>'
        yield _filled(text, tick.at, BOTTOM + 18, tick.text)
    if plot.band:
        yield _filled('<polygon class="band" points="{}"/>', plot.band)
    for bar in plot.bars:
        yield _filled(
            '<rect class="bar" x="{}" y="{}" width="{}" height="{}">'
            "<title>{}</title></rect>",
            *(bar.x, bar.y, bar.width, bar.height, bar.text),
        )
    yield _filled('<polyline class="straight" points="{}"/>', plot.line)
    yield from _strokes(plot)
    yield from _curves(plot)
    for dot in plot.dots:
        circle = '<circle cx="{}" cy="{}" r="3"><title>{}</title></circle>'
        yield _filled(circle, dot.x, dot.y, dot.text)


def _strokes(plot: Plot) -> Iterator[Markup]:
    """Yield intervals and marks, and the cursor that a page moves."""
    for s in plot.strokes:
        title = _filled("<title>{}</title>", s.text) if s.text else ""
        stroke = '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}">{}</line>'
        yield _filled(stroke, s.kind, s.x1, s.y1, s.x2, s.y2, title)
    if plot.cursor:
        cursor = '<line class="cursor" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
        yield _filled(cursor, LEFT, TOP, BOTTOM)


def _curves(plot: Plot) -> Iterator[Markup]:
    """Yield the curve, or several with a key."""
    if plot.curve:
        yield _filled('<polyline class="curve" points="{}"/>', plot.curve)
    for k, c in enumerate(plot.curves):
        curve = '<polyline class="curve curve-{}" points="{}"/>'
        yield _filled(curve, c.number, c.points)
        yield _filled(
            '<line class="curve curve-{0}" x1="{1}" x2="{2}" y1="{3}" y2="{3}"/>'
            '<text class="key" x="{4}" y="{5}">{6}</text>',
            *(c.number, LEFT + 8, LEFT + 24, TOP + 4 + 13 * k),
            *(LEFT + 29, TOP + 7.5 + 13 * k, c.name),
        )
