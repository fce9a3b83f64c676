"""The size at which studies reach a goal, by the curve of several simulated sizes.

Conventions
-----------
Near the goal, the share of studies that reach it is a probit function of the logarithm
of their size, and precision a power of it.
"""

import numpy as np
import scipy

from morphkit.psychophysics.links import Array
from morphkit.psychophysics.scoring import score_many


def size_for_power(
    sizes: Array, reached: Array, studies: Array, power: float
) -> float | None:
    """Return the size of which a share of studies reaches its goal.

    Parameters
    ----------
    sizes : ndarray, shape (n,)
        More than 0.
    reached, studies : ndarray, shape (n,)
        Simulated studies of each size that reach the goal, and all of them.
    power : float
        The share, between 0 and 1.

    Returns
    -------
    float or None
        None if larger studies do not reach the goal more often.

    Examples
    --------
    >>> n = np.array([10.0, 20.0, 40.0])
    >>> at = size_for_power(n, np.array([10, 50, 90]), np.full(3, 100.0), 0.5)
    >>> round(at, 1)
    20.0
    """
    if len(sizes) < 2:
        return None
    X = np.column_stack([np.ones(len(sizes)), np.log(sizes)])
    K, N = np.asarray(reached, float), np.asarray(studies, float)
    # With a penalty, a step from no study to all of them has a finite slope.
    fit = score_many(X, K[None], N[None], penalised=True)
    a, b = fit.coefficients[0]
    if not fit.converged[0] or b <= 0:
        return None
    return float(np.exp(min((scipy.stats.norm.ppf(power) - a) / b, 50.0)))


def size_for_precision(sizes: Array, precisions: Array, wanted: float) -> float | None:
    """Return the size at which intervals have a half-width.

    Parameters
    ----------
    sizes, precisions : ndarray, shape (n,)
        Sizes, and half-widths in 80 % of studies of each; infinite ones are left out.
    wanted : float

    Returns
    -------
    float or None
        None if the intervals of larger studies are not narrower.

    Examples
    --------
    >>> n = np.array([10.0, 20.0, 40.0])
    >>> round(size_for_precision(n, 3 / np.sqrt(n), 0.5), 1)
    36.0
    """
    good = np.isfinite(precisions) & (precisions > 0)
    if good.sum() < 2:
        return None
    b, a = np.polyfit(np.log(sizes[good]), np.log(precisions[good]), 1)
    return float(np.exp(min((np.log(wanted) - a) / b, 50.0))) if b < 0 else None
