"""Figures of psychometric functions and scales, as SVG with fixed bytes."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from morphkit.calibration.categories import CategoryResult, ScopedFit, is_determined
from morphkit.calibration.scales import ScaleResult, ScopedScale
from morphkit.psychophysics.equivalence import straight_line
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.psychometric import PsychometricFit
from morphkit.psychophysics.scoring import link_called

#: A pair of axes of matplotlib, which is loaded only where something is drawn.
Axes = Any

_INK, _CURVE, _BAND = "#222222", "#0b6e99", "#bcd8e5"
#: Settings under which the same result is the same file.
_STYLE: Any = {
    "svg.hashsalt": "morphkit",
    "svg.fonttype": "none",
    "font.size": 8.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_COLUMNS = 3


def draw_fits(result: CategoryResult, axis: str) -> str:
    """Return the psychometric functions of everybody and of each identity."""
    shown = [*result.of("pooled"), *result.of("continuum")]

    def draw(one: ScopedFit, axes: Axes) -> None:
        _draw_fit(one, axes, axis, result.labels[1])

    return _panels(shown, draw)


def _draw_fit(one: ScopedFit, axes: Axes, axis: str, label: str) -> None:
    axes.set_title(one.continuum_id or "all answers")
    axes.set_xlabel(axis)
    axes.set_ylabel(f"share of “{label}”")
    axes.set_ylim(-0.03, 1.03)
    fit = one.fit
    if fit is None:
        axes.text(0.5, 0.5, "all answers are alike", ha="center", va="center")
        return
    share = fit.chosen / fit.shown
    error = score_intervals(fit.chosen, fit.shown)
    axes.errorbar(
        fit.levels,
        share,
        yerr=np.abs(error - share),
        fmt="o",
        ms=3,
        lw=0.8,
        color=_INK,
        zorder=3,
    )
    x = np.linspace(fit.levels[0], fit.levels[-1], 201)
    axes.fill_between(x, *curve_band(fit, x), color=_BAND, lw=0)
    axes.plot(x, fit.predict(x), color=_CURVE, lw=1.4)
    if is_determined(fit):
        low, high = fit.pse_profile.low, fit.pse_profile.high
        ends = axes.get_xlim()
        reach = [ends[0] if low is None else low, ends[1] if high is None else high]
        axes.plot(np.clip(reach, *ends), [0.5, 0.5], color=_CURVE, lw=3, alpha=0.5)
        axes.plot([fit.pse], [0.5], "|", ms=12, color=_CURVE)
        note = f"PSE {fit.pse:.3g}, JND {fit.jnd:.3g}"
        axes.annotate(note, (0.03, 0.95), xycoords="axes fraction", va="top")


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
    link = link_called(fit.link)
    return link.cdf(eta - 1.959964 * error), link.cdf(eta + 1.959964 * error)


def draw_scales(result: ScaleResult) -> str:
    """Return the scales of everybody and of each continuum, with their bands."""
    return _panels([*result.of("pooled"), *result.of("continuum")], _draw_scale)


def _draw_scale(one: ScopedScale, axes: Axes) -> None:
    scale = one.scale
    low = np.array([b.low for b in scale.band], float)
    high = np.array([b.high for b in scale.band], float)
    line, margin = straight_line(scale.levels), one.certificate.margin
    axes.fill_between(scale.levels, low, high, color=_BAND, lw=0)
    axes.plot(scale.levels, line, color=_INK, lw=0.8, ls="--")
    for sign in (-1, 1):
        axes.plot(scale.levels, line + sign * margin, color=_INK, lw=0.5, ls=":")
    bars = np.array([[i.low, i.high] for i in scale.intervals], float).T
    axes.errorbar(
        scale.levels,
        scale.values,
        yerr=np.abs(bars - scale.values),
        fmt="o-",
        ms=3,
        lw=1.2,
        elinewidth=0.8,
        color=_CURVE,
    )
    axes.set_title(f"{one.continuum_id or 'all answers'}: {one.certificate.verdict}")
    axes.set_xlabel("level")
    axes.set_ylabel("perceptual scale")
    note = f"sigma {scale.sigma:.3g}, {scale.n_trials} trials"
    axes.annotate(note, (0.03, 0.95), xycoords="axes fraction", va="top")


def _panels(shown: Sequence[Any], draw: Any) -> str:
    """Return a sheet of small drawings as SVG."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    columns = min(_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(2.6 * columns, 2.2 * rows))
        FigureCanvasSVG(figure)
        grid = figure.subplots(rows, columns, squeeze=False).reshape(-1)
        for one, axes in zip(shown, grid, strict=False):
            draw(one, axes)
        for axes in grid[len(shown) :]:
            axes.set_visible(False)
        figure.tight_layout()
        text = io.StringIO()
        about = {"Date": None, "Creator": None}
        figure.savefig(text, format="svg", metadata=about)
    # Line ends with spaces differ between editors and hashes; matplotlib leaves some.
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
