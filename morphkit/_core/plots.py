"""Small plots as coordinates: curves, bands, bars, dots and intervals over a level.

Only numbers are made here; `morphkit._core.svg` draws them, on pages and as files.

Conventions
-----------
Coordinates are those of the drawing, `WIDTH` × `HEIGHT`, y downwards.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 340, 168
LEFT, RIGHT, TOP, BOTTOM = 46, 330, 10, 142

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
    alt_text : str
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
    across, up : str, optional
        What runs to the right and what upwards, for sheets: a page says it in the note.
    """

    title: str
    note: str
    alt_text: str
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
    across: str = "level"
    up: str = ""


def position(level: float, levels: Numbers) -> float:
    """Return where a level stands from left to right, in all plots of a continuum."""
    first, last = levels[0], levels[-1]
    return round(LEFT + (level - first) / (last - first) * (RIGHT - LEFT), 1)


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
