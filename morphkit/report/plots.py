"""Small plots of measurements along a continuum, over the level."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from morphkit._core.plots import (
    Dot,
    Numbers,
    Plot,
    Scale,
    level_ticks,
    points_of,
    position,
)
from morphkit.quality.limits import LIMITS, Limit

#: Longer curves get no dots, which would hide them.
MAX_DOTS = 60


@dataclass(frozen=True)
class _Measure:
    """A measurement of frames, its name and its limit.

    Parameters
    ----------
    limit : str
        Name in `LIMITS` of the allowed departure, as a fraction.
    both : bool
        Whether the limit applies above the line too, not only below.
    """

    title: str
    note: str
    limit: str
    both: bool = False

    def allowed(self, limits: Mapping[str, Limit]) -> tuple[float, float]:
        """Return the allowed departures below and above the line, as fractions."""
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
    """Return the plots of one continuum; none for missing measurements.

    Parameters
    ----------
    levels : sequence of float
        Level of every frame, increasing.
    scores : mapping
        ``per_frame`` and ``per_step``, each name -> numbers.
    limits : mapping of str to Limit, optional
        Limits of the checks.
    difference : bool, optional
        Whether to show differences between neighbours, if no spacing is shown.
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


def _difference(levels: Numbers, steps: Numbers) -> Plot:
    """Return the plot of the differences between neighbours, with their mean."""
    middles = [(a + b) / 2 for a, b in pairwise(levels)]
    mean = math.fsum(steps) / len(steps)
    texts = [f"step {k} to {k + 1}: {v:.3g}" for k, v in enumerate(steps, start=1)]
    scale = Scale.over([0.0, *steps, mean], from_zero=True)
    return Plot(
        title="Difference between neighbours",
        note="mean absolute difference of code values in the face; dashed: the mean",
        alt_text=f"from {min(steps):.3g} to {max(steps):.3g}, mean {mean:.3g}",
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
        alt_text=f"from {values[0]:.3g} to {values[-1]:.3g} at the ends, between "
        f"{min(values):.3g} and {max(values):.3g} in between",
        curve=points_of(levels, values, levels, scale),
        line=points_of(ends, line, levels, scale),
        band=band,
        dots=_dots(levels, values, levels, scale, texts),
        x_ticks=level_ticks(levels),
        y_ticks=scale.ticks(),
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
