"""Plots of a training trial: a line for every participant, and the mean of each arm."""

from collections.abc import Sequence

import numpy as np

from morphkit._core.plots import LEFT, RIGHT, Plot, Scale, Stroke, Tick
from morphkit._core.text import counted
from morphkit.experiment.analysis.outcome_values import Change, Outcome
from morphkit.psychophysics.change import mean_effect

#: Where before and after stand between the sides of a plot.
_BEFORE, _AFTER = LEFT + 70, RIGHT - 70


def outcome_plots(outcome: Outcome) -> tuple[Plot, ...]:
    """Return one plot for each arm and set of identities, all on one scale."""
    if not outcome.changes:
        return ()
    values = [v for one in outcome.changes for v in (one.before, one.after)]
    scale = Scale.over(values)
    plots = []
    for summary in outcome.arms:
        own = [
            one
            for one in outcome.changes
            if (one.identities, one.arm) == (summary.identities, summary.arm)
        ]
        plots.append(_plot(own, scale))
    return tuple(plots)


def _plot(own: Sequence[Change], scale: Scale) -> Plot:
    """Return the plot of one arm."""
    first = own[0]
    strokes = [
        Stroke(
            "whisker",
            _BEFORE,
            scale(one.before),
            _AFTER,
            scale(one.after),
            f"{one.participant}: {one.before:.2f} to {one.after:.2f}",
        )
        for one in own
    ]
    means = [np.array([getattr(one, at) for one in own]) for at in ("before", "after")]
    ends = [(x, float(m.mean())) for x, m in zip((_BEFORE, _AFTER), means, strict=True)]
    for x, values in zip((_BEFORE, _AFTER), means, strict=True):
        mean = mean_effect(values)
        if mean is not None:
            text = f"mean {mean.estimate:.2f} [{mean.low:.2f}, {mean.high:.2f}]"
            strokes.append(
                Stroke("reach", x, scale(mean.low), x, scale(mean.high), text)
            )
    change = mean_effect(np.array([one.change for one in own]))
    said = f"{counted(len(own), 'participant')}"
    if change is not None:
        said += (
            f"; mean change {change.estimate:+.2f} steps "
            f"[{change.low:+.2f}, {change.high:+.2f}]"
        )
    return Plot(
        title=f"{first.arm}, {first.identities} identities",
        note=said,
        alt_text=said,
        curve=" ".join(f"{x:g},{scale(y):g}" for x, y in ends),
        line="",
        band="",
        dots=(),
        x_ticks=(Tick(_BEFORE, "before"), Tick(_AFTER, "after")),
        y_ticks=scale.ticks(),
        strokes=tuple(strokes),
        cursor=False,
        across="",
        up="threshold, step",
    )
