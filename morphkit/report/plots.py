"""What was measured along a continuum, as coordinates of small plots.

Only numbers are made here; the page's template draws them. The level runs to the right.

Conventions
-----------
Coordinates are those of the drawing, `WIDTH` × `HEIGHT`, y downwards.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from morphkit.quality.limits import LIMITS, Limit

WIDTH, HEIGHT = 340, 168
LEFT, RIGHT, TOP, BOTTOM = 46, 330, 10, 142
#: Longer curves get no dots: they would hide the curve.
MAX_DOTS = 60

Numbers = Sequence[float]


@dataclass(frozen=True)
class Tick:
    """A number on an axis and where it stands."""

    at: float
    text: str


@dataclass(frozen=True)
class Dot:
    """A measured value, and what to say about it."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Bar:
    """A bar that stands on the axis, and what to say about it."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True)
class Curve:
    """One of several curves, by its number from 1, and what it is called."""

    number: int
    points: str
    name: str


@dataclass(frozen=True)
class Stroke:
    """A straight stroke: how it is drawn, where from and to, what to say about it."""

    kind: str
    x1: float
    y1: float
    x2: float
    y2: float
    text: str = ""


@dataclass(frozen=True)
class Plot:
    """A small plot, ready to be drawn.

    Parameters
    ----------
    title, note : str
        What is shown, and how it is measured.
    spoken : str
        The same for those who do not see it.
    curve, line, band : str
        Points of the values, of the straight line they are compared with, and of the
        outline of what the checks allow (may be empty).
    dots : tuple of Dot
    x_ticks, y_ticks : tuple of Tick
    bars : tuple of Bar, optional
    curves : tuple of Curve, optional
        Instead of one curve.
    strokes : tuple of Stroke, optional
        Intervals and other marks.
    cursor : bool, optional
        Whether levels run to the right, so that the level in view can be marked.
    """

    title: str
    note: str
    spoken: str
    curve: str
    line: str
    band: str
    dots: tuple[Dot, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...] = ()
    curves: tuple[Curve, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    cursor: bool = True


@dataclass(frozen=True)
class _Measure:
    """A measurement of frames: what it is called, and how far it may be off the line.

    Parameters
    ----------
    limit : str
        Name in `LIMITS` of how far it may be off, as a fraction.
    both : bool
        Whether that holds above the line too, not only below.
    """

    title: str
    note: str
    limit: str
    both: bool = False

    def allowed(self, limits: Mapping[str, Limit]) -> tuple[float, float]:
        """Return how far below and above the line nothing is told, as fractions."""
        values = limits[self.limit].to_dict().values()
        least = min(values, default=0.0)
        return least, least if self.both else 0.0


MEASURES: Mapping[str, _Measure] = {
    "luminance": _Measure(
        "Luminance of the face",
        "mean, linear light, white = 1",
        "luminance-drift",
        both=True,
    ),
    "contrast": _Measure(
        "Contrast of the face",
        "standard deviation of the luminance",
        "contrast-drift",
        both=True,
    ),
    "detail": _Measure(
        "Detail of the face", "mean squared Laplacian of code values", "detail-loss"
    ),
}


def make_plots(
    levels: Numbers,
    scores: Mapping[str, Mapping[str, Numbers]],
    limits: Mapping[str, Limit] = LIMITS,
    *,
    difference: bool = True,
) -> tuple[Plot, ...]:
    """Return the plots of one continuum; of what was not measured there is none.

    Parameters
    ----------
    levels : sequence of float
        Level of every frame, growing.
    scores : mapping
        ``per_frame`` and ``per_step``, each name -> numbers.
    limits : mapping of str to Limit, optional
        What the checks allow.
    difference : bool, optional
        Whether to show differences between neighbours, where no spacing is shown.
    """
    plots = []
    steps = scores.get("per_step", {}).get("difference", ())
    if difference and len(levels) >= 2 and len(steps) == len(levels) - 1:
        plots.append(_difference(levels, steps))
    for name, measure in MEASURES.items():
        values = scores.get("per_frame", {}).get(name, ())
        if len(levels) >= 2 and len(values) == len(levels):
            plots.append(
                _against_line(levels, values, measure, measure.allowed(limits))
            )
    return tuple(plots)


def position(level: float, levels: Numbers) -> float:
    """Return where a level stands from left to right, in all plots of a continuum."""
    first, last = levels[0], levels[-1]
    return round(LEFT + (level - first) / (last - first) * (RIGHT - LEFT), 1)


def _difference(levels: Numbers, steps: Numbers) -> Plot:
    """Return the plot of the differences between neighbours, with their mean."""
    middles = [(a + b) / 2 for a, b in pairwise(levels)]
    mean = math.fsum(steps) / len(steps)
    texts = [f"step {k} to {k + 1}: {v:.3g}" for k, v in enumerate(steps, start=1)]
    scale = Scale.over([0.0, *steps, mean], from_zero=True)
    return Plot(
        title="Difference between neighbours",
        note="mean absolute difference of code values in the face; dashed: the mean",
        spoken=f"from {min(steps):.3g} to {max(steps):.3g}, mean {mean:.3g}",
        curve=points_of(middles, steps, levels, scale),
        line=points_of([levels[0], levels[-1]], [mean, mean], levels, scale),
        band="",
        dots=_dots(middles, steps, levels, scale, texts),
        x_ticks=level_ticks(levels),
        y_ticks=scale.ticks(),
    )


def _against_line(
    levels: Numbers,
    values: Numbers,
    measure: _Measure,
    allowed: tuple[float, float],
) -> Plot:
    """Return the plot of a measurement beside the straight line between the ends."""
    ends = [levels[0], levels[-1]]
    line = [values[0], values[-1]]
    lower = [v * (1 - allowed[0]) for v in line]
    upper = [v * (1 + allowed[1]) for v in line]
    scale = Scale.over([*values, *lower, *upper])
    note = f"{measure.note}; dashed: the line between the ends"
    band = ""
    if any(allowed):
        band = points_of(ends + ends[::-1], lower + upper[::-1], levels, scale)
        note += "; shaded: what the check allows"
    texts = [f"step {k}: {v:.3g}" for k, v in enumerate(values, start=1)]
    return Plot(
        title=measure.title,
        note=note,
        spoken=f"from {values[0]:.3g} to {values[-1]:.3g} at the ends, between "
        f"{min(values):.3g} and {max(values):.3g} on the way",
        curve=points_of(levels, values, levels, scale),
        line=points_of(ends, line, levels, scale),
        band=band,
        dots=_dots(levels, values, levels, scale, texts),
        x_ticks=level_ticks(levels),
        y_ticks=scale.ticks(),
    )


@dataclass(frozen=True)
class Scale:
    """The range of a vertical axis."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Numbers, *, from_zero: bool = False) -> "Scale":
        """Return the range that shows all values with a little room around them."""
        low, high = min(values), max(values)
        room = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
        return cls(0.0 if from_zero else low - room, high + room)

    def __call__(self, value: float) -> float:
        """Return where a value stands from top to bottom."""
        share = (value - self.low) / (self.high - self.low)
        return round(BOTTOM - share * (BOTTOM - TOP), 1)

    def ticks(self) -> tuple[Tick, ...]:
        """Return round numbers on the axis."""
        return tuple(Tick(self(v), t) for v, t in round_numbers(self.low, self.high))


def round_numbers(
    low: float, high: float, about: int = 4
) -> tuple[tuple[float, str], ...]:
    """Return round numbers in a range, each with its text.

    Examples
    --------
    >>> [text for _, text in round_numbers(0, 1)]
    ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']
    >>> [text for _, text in round_numbers(0.341, 0.36)]
    ['0.345', '0.350', '0.355', '0.360']
    """
    rough = (high - low) / about
    power = math.floor(math.log10(rough))
    step = next(s for m in (1, 2, 5, 10) if (s := m * 10.0**power) >= rough * 0.8)
    decimals = max(-math.floor(math.log10(step) + 1e-9), 0)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple((k * step, f"{k * step:.{decimals}f}") for k in range(first, last + 1))


def level_ticks(levels: Numbers) -> tuple[Tick, ...]:
    """Return round levels on the horizontal axis."""
    return tuple(
        Tick(position(value, levels), f"{value:g}" if value else "0")
        for value, _ in round_numbers(levels[0], levels[-1])
    )


def points_of(at: Numbers, values: Numbers, levels: Numbers, scale: Scale) -> str:
    """Return the points of a curve as SVG writes them."""
    return " ".join(
        f"{position(x, levels):g},{scale(y):g}" for x, y in zip(at, values, strict=True)
    )


def _dots(
    at: Numbers, values: Numbers, levels: Numbers, scale: Scale, texts: Sequence[str]
) -> tuple[Dot, ...]:
    if len(values) > MAX_DOTS:
        return ()
    return tuple(
        Dot(position(x, levels), scale(y), text)
        for x, y, text in zip(at, values, texts, strict=True)
    )
