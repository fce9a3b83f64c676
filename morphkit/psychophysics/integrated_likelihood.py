"""Intervals of threshold and spread from likelihoods with guesses and lapses averaged.

Where answers are few, the likelihood of a function with guess and lapse rates has
several maxima: a rate takes stray answers for its own, and what is left is steep. A
profile follows these maxima, and its intervals are too narrow. The mean of the
likelihood over everything that is not asked for knows how much room each of them has.
Twice the fall of its logarithm is compared with the quantile of χ² of one degree of
freedom, as that of a profile is.

Conventions
-----------
``P(second label at x) = γ + (1 - γ - λ) F((x - threshold) / spread)``. A priori the
threshold is uniform over the levels and their range on either side, the spread uniform
up to that range, and the density of a rate r is as ``r^-½`` up to `MAX_RATE` (Jeffreys'
prior of a rare event): uniform in ``√r``. All are averaged over a grid that is drawn
together around where the likelihood is.

References
----------
Berger, Liseo & Wolpert (1999), doi:10.1214/ss/1009211804 (integrated likelihood).
"""

from dataclasses import dataclass

import numpy as np
import scipy

from morphkit.psychophysics.intervals import Answers, Interval
from morphkit.psychophysics.links import Array, Link

#: Largest guess and lapse rate considered; beyond it nobody is observing.
MAX_RATE = 0.2
#: Nodes of thresholds, spreads and roots of each rate: of all that is considered, and
#: of the part that matters.
_COARSE, _FINE = (43, 25, 7), (37, 21, 9)
#: The steepest functions considered jump within this share of the smallest gap.
_JUMP = 1 / 20
#: Log-likelihoods lower than the highest by more do not matter.
_DEPTH = 10.0
#: Grids that are drawn, at most; a grid this much narrower is worth another.
_GRIDS, _NARROWER = 8, 0.8
#: Points between neighbouring nodes at which a fall is looked for.
_BETWEEN = 50


@dataclass(frozen=True, eq=False)
class Integrated:
    """Intervals, and the best node of the grid.

    Parameters
    ----------
    threshold, spread : Interval
        Open where nothing that is considered is rejected; a spread begins at 0 where
        a function that jumps is not.
    node : ndarray, shape (2 + rates,)
        Threshold, spread and free rates of the highest likelihood of any node.
    log_likelihood : float
        There, without binomial coefficients.
    """

    threshold: Interval
    spread: Interval
    node: Array
    log_likelihood: float


def integrated_intervals(
    data: Answers, link: Link, rates: Array, estimate: Array, *, level: float = 0.95
) -> Integrated:
    """Return intervals of threshold and spread, the other parameters integrated out.

    Parameters
    ----------
    data : Answers
        Independent of each other; answers for the second label become more frequent
        with the level.
    link : Link
    rates : ndarray, shape (1 or 2, 2)
        How guess and lapse rate follow from the free rates.
    estimate : ndarray, shape (2 + rates,)
        Threshold, spread and free rates of high likelihood: of very many answers, no
        other node might be near the highest.
    level : float, optional
    """
    known = np.append(estimate[:2], np.sqrt(estimate[2:]))
    axes = [
        np.unique(np.append(axis, np.clip(one, axis[0], axis[-1])))
        for axis, one in zip(_considered(data.x, len(rates)), known, strict=True)
    ]
    value = _log_likelihood(axes, data, link, rates)
    for number in range(_GRIDS):
        near = _around(axes, value > value.max() - _DEPTH)
        narrower = any(
            _extent(new) < _NARROWER * _extent(old)
            for new, old in zip(near, axes, strict=True)
        )
        if number and not narrower:
            break
        axes, value = near, _log_likelihood(near, data, link, rates)
    best = np.unravel_index(int(value.argmax()), value.shape)
    node = np.array([axis[k] for axis, k in zip(axes, best, strict=True)])
    node[2:] **= 2
    mass = np.exp(value - value.max())
    for roots in axes[:1:-1]:
        mass = mass @ _weights(roots)
    places, spreads = axes[:2]
    low, high = _ends(np.log(spreads), _weights(places) @ mass, level)
    return Integrated(
        Interval(*_ends(places, mass @ _weights(spreads), level), level),
        Interval(
            0.0 if low is None else float(np.exp(low)),
            None if high is None else float(np.exp(high)),
            level,
        ),
        node,
        float(value.max()),
    )


def _considered(x: Array, n_rates: int) -> list[Array]:
    """Return thresholds, spreads and roots of rates, as far as any are considered."""
    width, gap = float(np.ptp(x)), float(np.diff(x).min())
    roots = np.linspace(0, np.sqrt(MAX_RATE), _COARSE[2])
    return [
        np.linspace(x[0] - width, x[-1] + width, _COARSE[0]),
        np.geomspace(_JUMP * gap, width, _COARSE[1]),
        *[roots] * n_rates,
    ]


def _around(axes: list[Array], matters: Array) -> list[Array]:
    """Return axes of the smallest box of nodes, one more on every side, that matter."""
    found = []
    for k, axis in enumerate(axes):
        others = tuple(j for j in range(len(axes)) if j != k)
        some = np.flatnonzero(matters.any(axis=others))
        low, high = axis[max(some[0] - 1, 0)], axis[min(some[-1] + 1, len(axis) - 1)]
        draw = np.geomspace if k == 1 else np.linspace
        found.append(draw(low, high, _FINE[min(k, 2)]))
    return found


def _extent(axis: Array) -> float:
    return float(axis[-1] - axis[0])


def _log_likelihood(
    axes: list[Array], data: Answers, link: Link, rates: Array
) -> Array:
    """Return the log-likelihood at every node, shape of the lengths of the axes."""
    each = np.meshgrid(*[roots**2 for roots in axes[2:]], indexing="ij")
    shape = [len(axis) for axis in axes]
    gamma, lapse = (np.stack([r.ravel() for r in each], 1) @ rates).T[:, :, None]
    z = (data.x - axes[0][:, None, None]) / axes[1][:, None]
    F = link.cdf(z)[:, :, None, :]
    P = np.clip(gamma + (1 - gamma - lapse) * F, 1e-300, 1 - 1e-16)
    value = np.log(P) @ data.K + np.log1p(-P) @ (data.N - data.K)
    return np.asarray(value.reshape(shape))


def _weights(axis: Array) -> Array:
    """Return the weights of the trapezoidal rule."""
    gaps = np.diff(axis) / 2
    return np.asarray(np.append(gaps, 0) + np.append(0, gaps))


def _ends(axis: Array, mass: Array, level: float) -> tuple[float | None, float | None]:
    """Return where a likelihood falls below what is rejected, on both sides."""
    spline = scipy.interpolate.CubicSpline(axis, np.log(np.maximum(mass, 1e-300)))
    x = np.linspace(axis[0], axis[-1], _BETWEEN * (len(axis) - 1) + 1)
    height = spline(x)
    top = int(height.argmax())
    height -= height[top] - float(scipy.stats.chi2.ppf(level, 1)) / 2
    below = np.flatnonzero(height < 0)
    before, after = below[below < top], below[below > top]
    return (
        float(x[before[-1]]) if before.size else None,
        float(x[after[0]]) if after.size else None,
    )
