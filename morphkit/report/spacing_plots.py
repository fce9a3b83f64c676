"""Spacing as small plots: a bar for every step, and the path against equal steps."""

from collections.abc import Mapping
from itertools import pairwise

from morphkit._core.plots import (
    BOTTOM,
    Bar,
    Curve,
    Plot,
    Scale,
    Tick,
    level_ticks,
    points_of,
    position,
    round_numbers,
)
from morphkit.faces.embeddings import EMBEDDINGS
from morphkit.quality.distances import Spacing
from morphkit.quality.measures import LANDMARKS, measure_names
from morphkit.quality.metrics import METRICS
from morphkit.quality.regions import REGIONS

#: Width of a bar, as a fraction of the interval between two levels.
_FILLED = 0.82


def title_of(measure: str) -> str:
    """Return the title of a measure.

    Examples
    --------
    >>> title_of("gabor_jet_face256")
    'Gabor jets, face'
    """
    if measure == LANDMARKS:
        return "Landmarks"
    if measure in EMBEDDINGS:
        return f"Embedding {measure}"
    if measure not in measure_names():
        return measure
    metric, region = measure_names()[measure]
    return f"{METRICS[metric].title}, {REGIONS[region].title}"


def summary_of(measure: str) -> str:
    """Return a one-line summary of a measure."""
    if measure == LANDMARKS:
        return "mean displacement of the landmarks"
    metric, _ = measure_names().get(measure, (measure, ""))
    return METRICS[metric].summary if metric in METRICS else measure


def make_spacing_plots(spacings: Mapping[str, Spacing]) -> tuple[Plot, ...]:
    """Return the bars of every measure, and the path of those that add up."""
    plots = [_bars(spacing) for spacing in spacings.values()]
    path = _cumulative(spacings)
    return (*plots, path) if path else tuple(plots)


def _bars(spacing: Spacing) -> Plot:
    """Return the steps of a measure, each as wide as its interval of levels."""
    levels, steps = spacing.levels.tolist(), spacing.steps.tolist()
    mean = sum(steps) / len(steps)
    scale = Scale.over([0.0, *steps, mean], from_zero=True)
    bars = []
    for k, ((a, b), step) in enumerate(zip(pairwise(levels), steps, strict=True), 1):
        left, right = position(a, levels), position(b, levels)
        room = (right - left) * (1 - _FILLED) / 2
        top = scale(step)
        text = f"step {k} to {k + 1}: {step:.3g}"
        width, height = right - left - 2 * room, BOTTOM - top
        bars.append(Bar(round(left + room, 1), top, round(width, 1), height, text))
    uneven = "" if spacing.max_min is None else f", max/min {spacing.max_min:.2f}"
    ends = [levels[0], levels[-1]]
    rounded = "" if spacing.precision == "float" else f", from {spacing.precision}"
    return Plot(
        title=title_of(spacing.measure),
        note=f"{spacing.unit} from image to image{uneven}, CV {spacing.cv:.2f}"
        f"{rounded}; dashed: the mean",
        alt_text=f"steps from {min(steps):.3g} to {max(steps):.3g}, mean {mean:.3g}",
        curve="",
        line=points_of(ends, [mean, mean], levels, scale),
        band="",
        dots=(),
        x_ticks=level_ticks(levels),
        y_ticks=scale.ticks(),
        bars=tuple(bars),
        up=spacing.unit,
    )


def _cumulative(spacings: Mapping[str, Spacing]) -> Plot | None:
    """Return the path of every measure that adds up, against equal steps."""
    paths = {
        name: each.cumulative.tolist()
        for name, each in spacings.items()
        if each.cumulative is not None
    }
    if not paths:
        return None
    n = len(next(iter(paths.values())))
    images = [float(k) for k in range(1, n + 1)]
    scale = Scale(0.0, 1.0)
    curves = tuple(
        Curve(
            1 + list(spacings).index(name),
            points_of(images, path, images, scale),
            f"{title_of(name)}: departure {spacings[name].departure or 0:.3f}",
        )
        for name, path in paths.items()
    )
    ticks = [v for v, _ in round_numbers(1.0, float(n)) if v == round(v) and v > 1]
    ticks = [1.0, *ticks]
    return Plot(
        title="Path from the first image",
        note="fraction of the path up to every image; dashed: equal steps",
        alt_text="; ".join(curve.name for curve in curves),
        curve="",
        line=points_of([1.0, float(n)], [0.0, 1.0], images, scale),
        band="",
        dots=(),
        x_ticks=tuple(Tick(position(v, images), f"{v:g}") for v in ticks),
        y_ticks=scale.ticks(),
        curves=curves,
        cursor=False,
        across="image",
        up="share of the way",
    )
