"""Intervals of one observer's PSE and slope by inverting Rao's score test.

A value is in the interval unless the likelihood rises too steeply there, with the other
parameter at its best. Nothing is asked of the maximum itself, so that data that a level
separates, of which a likelihood has none, are treated as any others; with few answers
a level such intervals hold the truth about as often as they say, where profiles hold it
too often or too rarely. Of one proportion the same is Wilson's interval.

Conventions
-----------
``P(second label) = F(a + b x)``; the PSE is ``-a / b``. An end at infinity is None.

References
----------
Rao (1948), doi:10.1017/S0305004100023987; Wilson (1927),
doi:10.1080/01621459.1927.10502953; Agresti (2011), doi:10.1177/0962280210392082 (score
intervals of discrete data).
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from morphkit.psychophysics.intervals import Answers, Interval, crossing
from morphkit.psychophysics.links import Array, Link

#: Iterations of Newton's method; a change of the linear predictor that ends it, and a
#: linear predictor beyond which answers are certain.
_ITERATIONS, _CONVERGED, _CERTAIN = 100, 1e-10, 30.0
#: Information below which nothing is known.
_NOTHING = 1e-200


@dataclass(frozen=True, eq=False)
class _Tested:
    """A value under test: ``η = offset + t · nuisance``; `direction` leads away."""

    offset: Array
    nuisance: Array
    direction: Array


def _of_pse(x: Array, value: float) -> _Tested:
    # Divided by the distance, far values are as well scaled as near ones.
    far = max(float(np.abs(x - value).max()), 1e-300)
    return _Tested(np.zeros_like(x), (x - value) / far, np.ones_like(x))


def _of_slope(x: Array, value: float) -> _Tested:
    centred = x - x.mean()
    return _Tested(value * centred, np.ones_like(x), centred)


def score_test_intervals(
    data: Answers,
    pse: float,
    slope: float,
    link: Link,
    *,
    separated: bool,
    level: float = 0.95,
) -> tuple[Interval, Interval]:
    """Return the intervals of PSE and slope.

    Parameters
    ----------
    data : Answers
        Independent of each other, not all alike.
    pse, slope : float
        Estimates, from which ends are looked for; both intervals hold them.
    link : Link
    separated : bool
        Whether a level separates all answers: then no function is too steep.
    level : float, optional

    Returns
    -------
    pse, slope : Interval
        That of the PSE is open on both sides where no slope at all is not rejected.

    Examples
    --------
    >>> import numpy as np
    >>> from morphkit.psychophysics.links import LINKS
    >>> answers = Answers(np.arange(4.0), np.array([0.0, 0, 5, 5]), np.full(4, 5.0))
    >>> pse, slope = score_test_intervals(
    ...     answers, 1.5, 3.0, LINKS["probit"], separated=True
    ... )
    >>> round(pse.low, 2), round(pse.high, 2), slope.high
    (1.0, 2.0, None)
    """
    limit = float(scipy.stats.chi2.ppf(level, 1))

    def of_pse(value: float) -> float:
        return limit - statistic_of_pse(data, value, link)

    def of_slope(value: float) -> float:
        return limit - _statistic(data, _of_slope(data.x, value), link)

    open_ended = math.copysign(1, slope) if separated else 0
    low, high = (
        None if sign == open_ended else crossing(of_slope, slope, sign * abs(slope) / 5)
        for sign in (-1, 1)
    )
    steep = Interval(low, high, level)
    if of_slope(0.0) >= 0:
        return Interval(None, None, level), steep
    step = float(np.ptp(data.x)) / 20
    low, high = (crossing(of_pse, pse, sign * step) for sign in (-1, 1))
    return Interval(low, high, level), steep


def statistic_of_pse(data: Answers, value: float, link: Link) -> float:
    """Return Rao's statistic of a PSE: of χ² of one degree, were answers many."""
    return _statistic(data, _of_pse(data.x, value), link)


def _statistic(data: Answers, tested: _Tested, link: Link) -> float:
    """Return Rao's statistic: score squared over information, χ² of one degree."""
    d = tested.nuisance
    eta = tested.offset + _best(data, tested, link) * d
    _, _, up, down = link.both(eta)
    W = data.N * up * down
    known = float(W @ (d * d))
    if known < _NOTHING:
        return 0.0
    # What the other parameter can take up by itself says nothing about this one.
    g = tested.direction - float(W @ (d * tested.direction)) / known * d
    information = float(W @ (g * g))
    if information < _NOTHING:
        return 0.0
    return float(g @ (data.K * up - (data.N - data.K) * down)) ** 2 / information


def _best(data: Answers, tested: _Tested, link: Link) -> float:
    """Return the ``t`` of the highest likelihood."""
    d, t = tested.nuisance, 0.0
    reach = float(np.abs(d).max())
    for _ in range(_ITERATIONS):
        eta = tested.offset + t * d
        _, _, up, down = link.both(eta)
        bend = link.bend(eta)
        score = float(d @ (data.K * up - (data.N - data.K) * down))
        curve = data.K * up * (up - bend) + (data.N - data.K) * down * (down + bend)
        newton = score / max(float(d**2 @ curve), 1e-300)
        step = math.copysign(min(abs(newton), 3 / reach), newton)
        t += step
        if abs(step) * reach < _CONVERGED or abs(t) * reach > _CERTAIN:
            break
    return t
