"""Intervals of the point of equality and the slope of a psychometric function.

Conventions
-----------
The model is ``P(second label) = F(a + b x)``; the PSE is ``-a / b``. An end of an
interval at infinity is None: the data do not bound it.

References
----------
Fieller (1954), doi:10.1111/j.2517-6161.1954.tb00159.x; Venzon & Moolgavkar (1988),
doi:10.2307/2347496 (profiles); Heinze & Schemper (2002), doi:10.1002/sim.1047 (profiles
of the penalised likelihood).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from morphkit.psychophysics.links import Array, Link

_FARTHEST = 60
#: Stands for an infinite penalty.
_HIGHEST = 1e9


@dataclass(frozen=True)
class Interval:
    """A confidence interval; an open end is None."""

    low: float | None
    high: float | None
    level: float = 0.95

    def contains(self, value: float) -> bool:
        """Return whether `value` lies in the interval.

        Examples
        --------
        >>> Interval(None, 2.0).contains(-5), Interval(0.0, 2.0).contains(3)
        (True, False)
        """
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)

    def including(self, value: float) -> "Interval":
        """Return the smallest interval that holds this one and `value`.

        Examples
        --------
        >>> Interval(0.5, 2.0).including(3)
        Interval(low=0.5, high=3, level=0.95)
        """
        low = None if self.low is None else min(self.low, value)
        return Interval(
            low, None if self.high is None else max(self.high, value), self.level
        )

    def times(self, factor: float) -> "Interval":
        """Return the interval of `factor`, above 0, times as large a value."""
        low, high = (None if e is None else factor * e for e in (self.low, self.high))
        return Interval(low, high, self.level)

    def to_dict(self) -> dict[str, Any]:
        """Return the interval as a JSON object."""
        return {"low": self.low, "high": self.high, "level": self.level}


@dataclass(frozen=True, eq=False)
class Answers:
    """Counts of one data set: levels, answers for the second label, all answers."""

    x: Array
    K: Array
    N: Array


def delta_interval(value: float, error: float, level: float = 0.95) -> Interval:
    """Return the interval of `value` ± a normal quantile times its standard error."""
    reach = float(scipy.stats.norm.ppf((1 + level) / 2)) * error
    return Interval(value - reach, value + reach, level)


def fieller_interval(
    coefficients: Array, covariance: Array, *, level: float = 0.95
) -> Interval:
    """Return Fieller's interval of ``-a / b``; open if the slope may be 0."""
    a, b = map(float, coefficients)
    z2 = float(scipy.stats.norm.ppf((1 + level) / 2)) ** 2
    v11, v12, v22 = covariance[0, 0], covariance[0, 1], covariance[1, 1]
    # (a + b c)² = z² (v11 + 2 c v12 + c² v22), a quadratic in the PSE c
    A, B, C = b * b - z2 * v22, a * b - z2 * v12, a * a - z2 * v11
    if A <= 0 or B * B - A * C < 0:
        return Interval(None, None, level)
    root = math.sqrt(B * B - A * C)
    return Interval(float((-B - root) / A), float((-B + root) / A), level)


def profile_pse(
    data: Answers, coefficients: Array, link: Link, *, penalised: bool, level: float
) -> Interval:
    """Return the profile-likelihood interval of the PSE."""
    best = _best(data, coefficients, link, penalised=penalised)
    target = best - float(scipy.stats.chi2.ppf(level, 1)) / 2
    flat = _peak(data, np.ones_like(data.x), 0 * data.x, 0.0, link, penalised=False)
    a, b = coefficients
    # Far away the slope is 0 and the curve flat: if a flat curve fits, nothing is
    # bounded. (A flat curve has no information about the level, so it carries no
    # penalty.)
    if not penalised and flat >= target:
        return Interval(None, None, level)

    def value(c: float) -> float:
        shifted = data.x - c
        return _peak(data, shifted, 0 * shifted, b, link, penalised=penalised) - target

    reach = float(np.ptp(data.x)) / 20
    low, high = (crossing(value, -a / b, s * reach) for s in (-1, 1))
    return Interval(low, high, level)


def profile_slope(
    data: Answers, coefficients: Array, link: Link, *, penalised: bool, level: float
) -> Interval:
    """Return the profile-likelihood interval of the slope."""
    best = _best(data, coefficients, link, penalised=penalised)
    target = best - float(scipy.stats.chi2.ppf(level, 1)) / 2
    a, b = coefficients
    middle = float(-a / b)
    centred = data.x - middle
    one = np.ones_like(data.x)

    def value(slope: float) -> float:
        return (
            _peak(data, one, slope * centred, 0.0, link, penalised=penalised) - target
        )

    low, high = (crossing(value, b, s * abs(b) / 5) for s in (-1, 1))
    return Interval(low, high, level)


def jnd_interval(slope: Interval, link: Link) -> Interval:
    """Return the interval of the JND from that of the slope."""
    if slope.high is not None and slope.high <= 0:
        return Interval(None, None, slope.level)
    low = 0.0 if slope.high is None else link.quartile / slope.high
    steep = slope.low is not None and slope.low > 0
    high = link.quartile / slope.low if steep and slope.low else None
    return Interval(low, high, slope.level)


def _best(data: Answers, beta: Array, link: Link, *, penalised: bool) -> float:
    return _value(data, beta[0] + beta[1] * data.x, link, penalised=penalised)


def _value(data: Answers, eta: Array, link: Link, *, penalised: bool) -> float:
    """Return the (penalised) log-likelihood of a linear predictor."""
    value = data.K @ link.log_cdf(eta) + (data.N - data.K) @ link.log_cdf(-eta)
    if penalised:
        W = data.N * link.weight(eta)
        x = data.x - data.x.mean()
        s0, s1, s2 = W.sum(), W @ x, W @ (x * x)
        information = s0 * s2 - s1 * s1
        value += 0.5 * np.log(information) if information > 0 else -np.inf
    return float(value)


def _peak(
    data: Answers,
    direction: Array,
    offset: Array,
    start: float,
    link: Link,
    *,
    penalised: bool,
) -> float:
    """Return the largest log-likelihood over ``t`` of ``offset + t · direction``."""

    def height(t: float) -> float:
        return _value(data, offset + t * direction, link, penalised=penalised)

    if penalised:
        width = max(abs(start), 1.0)
        # Far out the penalty is infinite; the search needs numbers.
        found = scipy.optimize.minimize_scalar(
            lambda t: min(-height(t), _HIGHEST),
            bracket=(start - 0.1 * width, start + 0.1 * width),
            options={"xtol": 1e-10},
        )
        return float(-found.fun)
    t = start
    reach = float(np.abs(direction).max())
    for _ in range(100):
        eta = offset + t * direction
        up, down = link.hazard(eta), link.hazard(-eta)
        slope = direction @ (data.K * up - (data.N - data.K) * down)
        bend = link.bend(eta)
        curve = data.K * up * (up - bend) + (data.N - data.K) * down * (down + bend)
        newton = float(slope) / max(float(direction**2 @ curve), 1e-300)
        step = min(max(newton, -3 / reach), 3 / reach)
        t += step
        if abs(step) * reach < 1e-13 * max(1.0, abs(t) * reach):
            break
    return height(t)


def crossing(
    value: Callable[[float], float], inside: float, step: float
) -> float | None:
    """Return where `value` falls below 0 outwards from `inside`, if it does.

    Where it is below 0 at `inside` already, that is the end.
    """
    if value(inside) < 0:
        return inside
    near, far = float(inside), float(inside + step)
    for _ in range(_FARTHEST):
        if value(far) < 0:
            break
        near, far, step = far, far + 1.5 * step, 1.5 * step
    else:
        return None
    scale = max(abs(near), abs(far), 1e-300)
    return float(
        scipy.optimize.brentq(value, near, far, xtol=1e-13 * scale, rtol=1e-14)
    )


def half_width(spread: float, n_participants: int, share: float = 0.8) -> float:
    """Return the half-width that 95 % intervals of a mean reach in a share of studies.

    Parameters
    ----------
    spread : float
        Standard deviation between participants.
    n_participants : int
        One has no interval.
    share : float, optional
        The spread that a study finds varies; this share finds one so small.

    Examples
    --------
    >>> round(half_width(2.0, 20), 3)
    1.05
    """
    if n_participants < 2:
        return float("inf")
    degrees = n_participants - 1
    found = spread * float(np.sqrt(scipy.stats.chi2.ppf(share, degrees) / degrees))
    return (
        float(scipy.stats.t.ppf(0.975, degrees))
        * found
        / float(np.sqrt(n_participants))
    )
