"""Figures of psychometric functions, scales and ratings, with fixed bytes."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from morphkit.experiment.analysis.categories import (
    CategoryResult,
    ScopedFit,
    is_determined,
)
from morphkit.experiment.analysis.norms import NormsResult
from morphkit.experiment.analysis.scales import ScaleResult, ScopedScale, equal_steps
from morphkit.pack.model import Pack
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.psychometric import PsychometricFit
from morphkit.psychophysics.scoring import look_up_link

#: A pair of axes of matplotlib, which is loaded only where something is drawn.
Axes = Any

_INK, _CURVE, _BAND = "#222222", "#0b6e99", "#bcd8e5"
#: Settings under which the same result is the same file.
_STYLE: Any = {
    "svg.hashsalt": "morphkit",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.size": 8.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_COLUMNS = 3


def draw_fits(result: CategoryResult, axis: str) -> str:
    """Return the psychometric functions of everybody and of each identity, as SVG."""
    return _text(save_fits(result, axis, "svg"))


def save_fits(result: CategoryResult, axis: str, suffix: str) -> bytes:
    """Return that figure as a file: ``"svg"`` or ``"pdf"``."""
    shown = [*result.of("pooled"), *result.of("continuum")]

    def draw(one: ScopedFit, axes: Axes) -> None:
        _draw_fit(one, axes, axis, result.labels[1])

    return _panels(shown, draw, suffix)


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
    link = look_up_link(fit.link)
    return link.cdf(eta - 1.959964 * error), link.cdf(eta + 1.959964 * error)


def draw_scales(result: ScaleResult, pack: Pack) -> str:
    """Return the scales of everybody and of each continuum, with bands, as SVG."""
    return _text(save_scales(result, pack, "svg"))


def save_scales(result: ScaleResult, pack: Pack, suffix: str) -> bytes:
    """Return that figure as a file: ``"svg"`` or ``"pdf"``."""

    def draw(one: ScopedScale, axes: Axes) -> None:
        _draw_scale(one, axes, equal_steps(one, pack))

    return _panels([*result.of("pooled"), *result.of("continuum")], draw, suffix)


def _draw_scale(one: ScopedScale, axes: Axes, line: Array) -> None:
    scale = one.scale
    low = np.array([b.low for b in scale.band], float)
    high = np.array([b.high for b in scale.band], float)
    margin = one.certificate.margin
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


def save_norms(result: NormsResult, pack: Pack, suffix: str) -> bytes:
    """Return mean ratings of each continuum, a panel per question, as a file."""
    means = {(s.measure, s.stimulus_id): s for s in result.summaries}

    def draw(measure: str, axes: Axes) -> None:
        for continuum in pack.continua:
            name = continuum.continuum_id
            rows = [
                (row.level, means[measure, row.stimulus_id])
                for row in pack.stimuli_of(name)
                if (measure, row.stimulus_id) in means and row.level is not None
            ]
            if rows:
                at, told = zip(*rows, strict=True)
                axes.plot(at, [s.mean for s in told], "o-", ms=2.5, lw=1.0, label=name)
        axes.set(title=measure, xlabel="level", ylabel="mean rating")
        axes.legend(fontsize=5, frameon=False)

    return _panels([one.measure for one in result.agreement], draw, suffix)


def _panels(
    shown: Sequence[Any], draw: Callable[[Any, Axes], None], suffix: str
) -> bytes:
    """Return a sheet of small drawings as a file."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    columns = min(_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(2.6 * columns, 2.2 * rows))
        grid = figure.subplots(rows, columns, squeeze=False).reshape(-1)
        for one, axes in zip(shown, grid, strict=False):
            draw(one, axes)
        for axes in grid[len(shown) :]:
            axes.set_visible(False)
        figure.tight_layout()
        file = io.BytesIO()
        about = {"Date" if suffix == "svg" else "CreationDate": None, "Creator": None}
        figure.savefig(file, format=suffix, metadata=about)
    if suffix != "svg":
        return file.getvalue()
    # Line ends with spaces differ between editors and hashes; matplotlib leaves some.
    lines = file.getvalue().decode().splitlines()
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()


def _text(svg: bytes) -> str:
    """Return the text of an SVG file."""
    return svg.decode()
