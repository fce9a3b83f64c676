"""Small plots of the answers: psychometric functions, scales, ratings."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from morphkit._core.plots import (
    LEFT,
    RIGHT,
    Dot,
    Numbers,
    Plot,
    Scale,
    Stroke,
    Tick,
    level_ticks,
    points_of,
    position,
    round_numbers,
)
from morphkit._core.text import counted
from morphkit.experiment.analysis.categories import (
    SCORE_TESTS,
    ScopedFit,
)
from morphkit.experiment.analysis.fit_findings import is_determined
from morphkit.experiment.analysis.results import CategoryStudy, ScaleStudy
from morphkit.experiment.analysis.scale_values import ScopedScale, equal_steps, steps_at
from morphkit.pack.model import Pack
from morphkit.psychophysics.equivalence import UNDECIDED, UNEVEN, UNIFORM
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.psychometric import PsychometricFit
from morphkit.psychophysics.ratings import RatingSummary
from morphkit.psychophysics.scoring import look_up_link

ALL = "All answers"
VERDICTS = {
    UNIFORM: "perceptually uniform",
    UNEVEN: "perceptually uneven",
    UNDECIDED: "undecided",
}
#: Points of a drawn curve.
_FINE = 61
_One = TypeVar("_One")


def shown_scopes(pooled: Sequence[_One], continua: Sequence[_One]) -> tuple[_One, ...]:
    """Return the plotted scopes: all answers first, unless there is one continuum."""
    first = pooled if len(continua) != 1 else pooled[:0]
    return (*first, *continua)


def category_plots(study: CategoryStudy) -> tuple[Plot, ...]:
    """Return the psychometric functions of all answers and of every identity."""
    result = study.result
    shown = shown_scopes(result.of("pooled"), result.of("continuum"))
    fitted = [(one, one.fit) for one in shown if one.fit is not None]
    if not fitted:
        return ()
    lows, highs = zip(*((f.levels[0], f.levels[-1]) for _, f in fitted), strict=True)
    ends = [float(min(lows)), float(max(highs))]
    return tuple(
        _category_plot(one, fit, ends, result.labels[1], study.settings.axis)
        for one, fit in fitted
    )


def _category_plot(
    one: ScopedFit, fit: PsychometricFit, ends: Numbers, label: str, axis: str
) -> Plot:
    """Return one psychometric function with data, intervals and PSE."""
    scale = Scale(-0.04, 1.04)
    fine = np.linspace(fit.levels[0], fit.levels[-1], _FINE)
    low, high = (part.tolist() for part in curve_band(fit, fine))
    x = fine.tolist()
    shares = fit.chosen / fit.shown
    bars = score_intervals(fit.chosen, fit.shown).T
    determined = is_determined(fit)
    found = f"PSE {fit.pse:.3g}, JND {fit.jnd:.3g}" if determined else "no reliable PSE"
    strokes = [
        Stroke("whisker", position(at, ends), scale(a), position(at, ends), scale(b))
        for at, (a, b) in zip(fit.levels.tolist(), bars.tolist(), strict=True)
    ]
    if determined:
        strokes += _pse_strokes(fit, one.intervals[0], ends, scale)
    return Plot(
        title=one.continuum_id or ALL,
        note=f"proportion of “{label}” by {axis}; {found}",
        alt_text=f"{found}; proportions from {shares[0]:.2f} to {shares[-1]:.2f}",
        curve=points_of(x, fit.predict(fine).tolist(), ends, scale),
        line=points_of(ends, [0.5, 0.5], ends, scale),
        band=points_of(x + x[::-1], low + high[::-1], ends, scale)
        if one.interval_source in ("", SCORE_TESTS)
        else "",
        dots=tuple(
            Dot(
                position(at, ends),
                scale(share),
                f"{axis} {at:.3g}: {k:.0f} of {n:.0f} “{label}”",
            )
            for at, share, k, n in zip(
                fit.levels.tolist(),
                shares.tolist(),
                fit.chosen.tolist(),
                fit.shown.tolist(),
                strict=True,
            )
        ),
        x_ticks=level_ticks(ends),
        y_ticks=tuple(Tick(scale(v), f"{v:g}") for v in (0.0, 0.25, 0.5, 0.75, 1.0)),
        strokes=tuple(strokes),
        cursor=False,
        across=axis,
        up=f"share of “{label}”",
    )


def score_intervals(K: Array, N: Array) -> Array:
    """Return 95 % score intervals of shares, lower and upper."""
    z2 = 1.959964**2
    middle = (K + z2 / 2) / (N + z2)
    half = 1.959964 * np.sqrt(K * (N - K) / N + z2 / 4) / (N + z2)
    return np.stack([middle - half, middle + half])


def curve_band(fit: PsychometricFit, x: Array) -> tuple[Array, Array]:
    """Return the pointwise 95 % band of the curve, by the delta method."""
    X = np.stack([np.ones_like(x), x], 1)
    eta = fit.intercept + fit.slope * x
    error = np.sqrt(np.einsum("ni,ij,nj->n", X, fit.covariance, X))
    link = look_up_link(fit.link)
    return link.cdf(eta - 1.959964 * error), link.cdf(eta + 1.959964 * error)


def _pse_strokes(
    fit: PsychometricFit, interval: Interval | None, ends: Numbers, scale: Scale
) -> list[Stroke]:
    """Return the interval of the PSE on the line at one half, and the PSE line."""
    text = f"PSE {fit.pse:.3g}"
    strokes = []
    if interval is not None:
        low, high = interval.low, interval.high
        text += f", 95 % interval {interval_text(interval)}"
        left = _inside(ends[0] if low is None else low, ends)
        right = _inside(ends[1] if high is None else high, ends)
        strokes.append(Stroke("reach", left, scale(0.5), right, scale(0.5), text))
    if ends[0] <= fit.pse <= ends[1]:
        at = position(fit.pse, ends)
        strokes.append(Stroke("point", at, scale(0.5), at, scale(0.0), text))
    return strokes


def _inside(value: float, ends: Numbers) -> float:
    """Return the position of a value, clipped to the plot."""
    return min(max(position(value, ends), LEFT), RIGHT)


def interval_text(interval: Interval | None) -> str:
    """Format an interval; an open end is an ellipsis."""
    if interval is None:
        return "–"
    low, high = (
        "…" if end is None else f"{end:.3g}" for end in (interval.low, interval.high)
    )
    return f"{low} to {high}"


def scale_plots(study: ScaleStudy, pack: Pack) -> tuple[Plot, ...]:
    """Return the difference scales of all answers and of every continuum."""
    result = study.result
    shown = shown_scopes(result.of("pooled"), result.of("continuum"))
    return tuple(_scale_plot(one, pack) for one in shown)


def _scale_plot(one: ScopedScale, pack: Pack) -> Plot:
    """Return one scale over the images, with its band, the margin and the line."""
    scaled, certificate = one.certified, one.certificate
    images, line = steps_at(one, pack).tolist(), equal_steps(one, pack)
    ends = [images[0], images[-1]]
    values = scaled.values.tolist()
    low = [
        v if b.low is None else b.low for v, b in zip(values, scaled.band, strict=True)
    ]
    high = [
        v if b.high is None else b.high
        for v, b in zip(values, scaled.band, strict=True)
    ]
    margin = certificate.margin
    scale = Scale.over([*low, *high, -margin, 1 + margin])
    strokes = [
        Stroke(
            "margin",
            position(ends[0], ends),
            scale(float(line[0]) + side * margin),
            position(ends[1], ends),
            scale(float(line[-1]) + side * margin),
            f"margin: {margin:g} around equal steps",
        )
        for side in (-1, 1)
    ]
    strokes += [
        Stroke(
            "whisker",
            position(at, ends),
            scale(value if own.low is None else own.low),
            position(at, ends),
            scale(value if own.high is None else own.high),
        )
        for at, value, own in zip(images, values, scaled.intervals, strict=True)
    ]
    verdict = VERDICTS[certificate.verdict]
    return Plot(
        title=f"{one.continuum_id or ALL}: {verdict}",
        note=f"scale over the images; {certificate.bounds()}; σ {scaled.sigma:.3g}, "
        + counted(scaled.n_trials, "trial"),
        alt_text=certificate.sentence(),
        curve=points_of(images, values, ends, scale),
        line=points_of(images, line.tolist(), ends, scale),
        band=points_of(images + images[::-1], low + high[::-1], ends, scale),
        dots=tuple(
            Dot(
                position(at, ends),
                scale(value),
                f"image {at:g}: {value:.3f}, 95 % interval {interval_text(own)}; "
                f"equal steps {straight:.3f}",
            )
            for at, value, own, straight in zip(
                images, values, scaled.intervals, line.tolist(), strict=True
            )
        ),
        x_ticks=image_ticks(ends),
        y_ticks=scale.ticks(),
        strokes=tuple(strokes),
        cursor=False,
        across="image",
        up="perceptual scale",
    )


def image_ticks(ends: Numbers) -> tuple[Tick, ...]:
    """Return numbers of images on the horizontal axis, the first among them."""
    first, last = ends[0], ends[1]
    whole = {round(v) for v, _ in round_numbers(first, last) if v == round(v)}
    near = (last - first) / 12
    shown = [first, *sorted(v for v in whole if v - first > near)]
    return tuple(Tick(position(v, ends), f"{v:g}") for v in shown)


def rating_plots(
    summaries: Sequence[RatingSummary], measure: str, pack: Pack
) -> tuple[Plot, ...]:
    """Return the mean ratings of every continuum, all of them on one scale."""
    own = {s.stimulus_id: s for s in summaries if s.measure == measure}
    reached = [
        end
        for s in own.values()
        for end in (s.mean, s.interval.low, s.interval.high)
        if end is not None
    ]
    if not reached:
        return ()
    scale = Scale.over(reached)
    plots = []
    for row in pack.continua:
        name = row.continuum_id
        rated = [
            (r.level, own[r.stimulus_id])
            for r in pack.stimuli_of(name)
            if r.stimulus_id in own and r.level is not None
        ]
        if len(rated) > 1:
            plots.append(_rating_plot(name, measure, rated, scale))
    return tuple(plots)


def _rating_plot(
    name: str, measure: str, rated: Sequence[tuple[float, RatingSummary]], scale: Scale
) -> Plot:
    """Return the mean ratings of one continuum with their intervals."""
    levels = [level for level, _ in rated]
    means = [each.mean for _, each in rated]
    strokes = []
    for level, each in rated:
        low, high = each.interval.low, each.interval.high
        if low is not None and high is not None:
            at = position(level, levels)
            strokes.append(Stroke("whisker", at, scale(low), at, scale(high)))
    return Plot(
        title=name,
        note=f"mean {measure} by level, 95 % intervals",
        alt_text=f"from {means[0]:.3g} to {means[-1]:.3g}",
        curve=points_of(levels, means, levels, scale),
        line="",
        band="",
        dots=tuple(
            Dot(
                position(level, levels),
                scale(each.mean),
                f"{each.stimulus_id}: {each.mean:.3g}, n = {each.n}",
            )
            for level, each in rated
        ),
        x_ticks=level_ticks(levels),
        y_ticks=scale.ticks(),
        strokes=tuple(strokes),
        cursor=False,
        up=f"mean {measure}",
    )
