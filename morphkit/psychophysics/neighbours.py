"""Bounds on the ratio of neighbouring steps of a scale.

Conventions
-----------
The ratio of two steps is that of the larger to the smaller, 1 or more. One that holds
of every pair of neighbours is bounded from above by the largest of their one-sided
bounds: the pair that differs most exceeds its own in 5 % of studies, whatever the
others do. That one pair exceeds a limit is said from simultaneous bounds of all.

References
----------
Fieller (1954), doi:10.1111/j.2517-6161.1954.tb00159.x (bounds of a ratio); Berger
(1982), doi:10.1080/00401706.1982.10487790 (tests that all of several hold).
"""

import numpy as np
import scipy

from morphkit.psychophysics.links import Array

#: Larger ratios are not told apart: one step may be none at all.
MAX_RATIO = 1000.0


def largest_ratio(values: Array) -> float:
    """Return the largest ratio of neighbouring steps; infinite if one is not positive.

    Examples
    --------
    >>> round(largest_ratio(np.array([0.0, 0.4, 0.6, 1.0])), 6)
    2.0
    """
    steps = np.diff(values)
    if (steps <= 0).any():
        return float("inf")
    ratios = steps[1:] / steps[:-1]
    return float(np.maximum(ratios, 1 / ratios).max()) if len(ratios) else 1.0


def ratio_bound(values: Array, covariance: Array, level: float = 0.95) -> float:
    """Return what the ratio of any two neighbouring steps is at most.

    Parameters
    ----------
    values : ndarray, shape (n,)
        A scale of neighbouring images.
    covariance : ndarray, shape (n, n)
        Of the values, such that normal quantiles hold.
    level : float, optional
        Confidence, one-sided.

    Returns
    -------
    float
        Infinite if some step may be none.
    """
    if ratio_exceeds(MAX_RATIO, values, covariance, level):
        return float("inf")
    low, high = 1.0, MAX_RATIO
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        if ratio_exceeds(middle, values, covariance, level):
            low = middle
        else:
            high = middle
    return high


def ratio_exceeds(
    limit: float, values: Array, covariance: Array, level: float = 0.95
) -> bool:
    """Return whether the bound on the ratio of neighbouring steps is above a limit."""
    z = float(scipy.stats.norm.ppf(level))
    return bool(_excess(limit, values, covariance, z).max() > 0)


def some_ratio_exceeds(
    limit: float, values: Array, covariance: Array, alpha: float = 0.025
) -> bool:
    """Return whether the ratio of some neighbouring steps is certainly above a limit.

    Where none is, this says that one is in at most `alpha` of studies.
    """
    n_tests = 2 * max(len(values) - 2, 1)
    z = float(scipy.stats.norm.isf(alpha / n_tests))
    return bool(len(values) > 2 and _excess(limit, values, covariance, -z).max() > 0)


def _excess(ratio: float, values: Array, covariance: Array, z: float) -> Array:
    """Return bounds of how far each step exceeds `ratio` times its neighbour."""
    D = np.diff(np.eye(len(values)), axis=0)
    if len(D) < 2:
        return np.array([-np.inf])
    contrasts = np.concatenate([D[1:] - ratio * D[:-1], D[:-1] - ratio * D[1:]])
    variances = np.einsum("ki,ij,kj->k", contrasts, covariance, contrasts)
    return np.asarray(contrasts @ values + z * np.sqrt(np.maximum(variances, 0)))
