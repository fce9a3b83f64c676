"""Intervals over participants, by drawing participants again.

References
----------
Hesterberg (2015), doi:10.1080/00031305.2015.1089789: percentiles of few participants
are too narrow. Here the spread of the draws takes Student's quantile. Percentiles that
were widened in the same proportion held the truth in 85 % of studies of 4 participants
and in 92 % of 6, since draws of so few have no wider ones; these do in 93 to 96 %.
"""

import math

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
    # Draws of n vary by (n - 1)/n of what studies do, and know the spread too well.
    error = float(means.std()) * np.sqrt(n / (n - 1))
    reach = float(scipy.stats.t.ppf((1 + level) / 2, n - 1) * error)
    middle = float(own.mean())
    return Interval(middle - reach, middle + reach, level)


def resampled_interval(
    value: float,
    drawn: Array,
    n_participants: int,
    level: float,
    *,
    ratio: bool = False,
) -> Interval | None:
    """Return Student's interval of a value from samples with participants resampled.

    Resampling participants makes a spread that is too small by (J - 1)/J, and quantiles
    of the samples take it for known: of 12 participants such intervals held the truth
    in 85 to 91 % of simulated studies instead of 95 %. So the spread is enlarged and
    takes Student's quantile. It is read off the quantiles, which samples without an end
    do not reach.

    A JND of few participants is too small on average, since they lie closer to their
    own mean than to that of everybody, and samples of them have a JND that is smaller
    by as much again (the bias that a bootstrap estimates). The interval of a JND is
    moved by that, not so far that it leaves the JND: unmoved, those of 10 participants
    held the truth in 89 to 91 % of studies, moved in 92 to 94 %.

    Parameters
    ----------
    value : float
        Fitted to the answers themselves.
    drawn : ndarray, shape (B,)
        Fitted to the samples; NaN where there was no fit.
    n_participants : int
        J.
    level : float
    ratio : bool, optional
        Whether values are positive and errors are ratios, as of a JND.

    Returns
    -------
    Interval or None
        None if hardly any sample gave a value.
    """
    ratio = ratio and value > 0
    drawn = drawn[np.isfinite(drawn) & ((drawn > 0) | (not ratio))]
    if len(drawn) < 20:
        return None
    samples = np.log(drawn) if ratio else drawn
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2])
    error = (high - low) / (2 * scipy.stats.norm.ppf((1 + level) / 2))
    error *= math.sqrt(n_participants / (n_participants - 1))
    reach = float(scipy.stats.t.ppf((1 + level) / 2, n_participants - 1) * error)
    if ratio:
        bias = float(np.median(samples)) - math.log(value)
        middle = math.log(value) - min(max(bias, -reach), reach)
        return Interval(math.exp(middle - reach), math.exp(middle + reach), level)
    return Interval(value - reach, value + reach, level)
