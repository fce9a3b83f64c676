"""Intervals of means over participants, by drawing participants again.

References
----------
Hesterberg (2015), doi:10.1080/00031305.2015.1089789: percentiles that are widened as
Student's quantiles are, without which intervals of few participants are too short.
"""

import numpy as np
import numpy.typing as npt
import scipy

from morphkit.psychophysics.intervals import Interval

Array = npt.NDArray[np.float64]
#: Fewer participants have no interval: there are too few different draws of them.
LEAST_PARTICIPANTS = 4


def mean_interval(
    values: npt.ArrayLike,
    generator: np.random.Generator,
    *,
    samples: int = 2000,
    level: float = 0.95,
) -> Interval | None:
    """Return the interval of the mean of participants who are drawn again.

    Parameters
    ----------
    values : array_like, shape (n,)
        One of each participant; those that are not a number are left out.
    generator : numpy.random.Generator
    samples : int, optional
        Draws; 0 for no interval.
    level : float, optional

    Returns
    -------
    Interval or None
        None of fewer than `LEAST_PARTICIPANTS`, or without draws.
    """
    own = np.asarray(values, np.float64)
    own = own[~np.isnan(own)]
    n = len(own)
    if n < LEAST_PARTICIPANTS or samples == 0:
        return None
    drawn = generator.integers(n, size=(samples, n))
    means = own[drawn].mean(1)
    tail = (1 - level) / 2
    quantile = float(scipy.stats.t.ppf(tail, n - 1)) * np.sqrt(n / (n - 1))
    wide = float(scipy.stats.norm.cdf(quantile))
    low, high = np.quantile(means, [wide, 1 - wide])
    return Interval(float(low), float(high), level)
