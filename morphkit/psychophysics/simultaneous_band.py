"""Simultaneous bands: how many standard errors hold many values together.

References
----------
Montiel Olea & Plagborg-Møller (2019), doi:10.1002/jae.2656 (sup-t bands).
"""

from functools import cache

import numpy as np

from morphkit._core.arrays import frozen
from morphkit.psychophysics.links import Array

#: Random draws for the critical value of the simultaneous band.
_BAND_DRAWS = 20_000
#: Number of participants from which uncertainty comes from resampling them.
MIN_PARTICIPANTS = 5


def stabilised(drawn: Array, wald: Array, n_participants: int) -> Array:
    """Return a covariance from few participants that is not too sure anywhere.

    Variances of single values that came out small by chance are at least as large,
    beside those by the curvature of the likelihood, as they are on average, the more
    so the fewer participants there are. Correlations are drawn towards those by the
    curvature: draws of fewer participants than values have directions without any
    variance.

    Parameters
    ----------
    drawn, wald : ndarray, shape (n, n)
        From drawing participants again, and from the curvature.
    n_participants : int
    """
    inside = np.flatnonzero(np.diag(wald) > 0)
    D, W = drawn[np.ix_(inside, inside)], wald[np.ix_(inside, inside)]
    own, other = np.diag(D), np.diag(W)
    shift = min(1.0, MIN_PARTICIPANTS / n_participants)
    usual = float(np.mean(own / other)) * other
    wide = np.sqrt(np.maximum(own, (1 - shift) * own + shift * usual))
    share = len(inside) / (len(inside) + n_participants)
    least = np.sqrt(np.maximum(own, 1e-300))
    R = (1 - share) * D / np.outer(least, least)
    R = R + share * W / np.sqrt(np.outer(other, other))
    result = np.zeros_like(drawn)
    result[np.ix_(inside, inside)] = R * np.outer(wide, wide)
    return result


def critical_value(
    covariance: Array, level: float = 0.95, degrees: int | None = None
) -> float:
    """Return the number of standard errors of a simultaneous band (sup-t).

    This is a quantile of the largest of correlated normal values, from draws with a
    fixed seed: the same covariance always gives the same band. With degrees of freedom
    the values have a multivariate Student distribution.
    """
    error = np.sqrt(np.diag(covariance))
    inside = error > 1e-12
    if not inside.any():
        return 0.0
    R = covariance[np.ix_(inside, inside)] / np.outer(error[inside], error[inside])
    eigen, vectors = np.linalg.eigh(R)
    root = vectors * np.sqrt(np.maximum(eigen, 0))
    largest = np.abs(_draws(len(R)) @ root.T).max(1)
    if degrees is not None:
        largest = largest / _scales(degrees)
    return float(np.quantile(largest, level))


@cache
def _draws(n: int) -> Array:
    """Return independent normal values, the same on every call."""
    return frozen(np.random.default_rng(2019).normal(size=(_BAND_DRAWS, n)))


@cache
def _scales(degrees: int) -> Array:
    """Return estimates of a standard deviation of 1, the same on every call."""
    squares = np.random.default_rng(1908).chisquare(degrees, _BAND_DRAWS)
    return frozen(np.sqrt(squares / degrees))
