"""Bias of attention from reaction times, and how far it can be relied on.

References
----------
MacLeod, Mathews & Tata (1986), doi:10.1037/0021-843X.95.1.15 (the index); Spearman
(1910), doi:10.1111/j.2044-8295.1910.tb00206.x, and Brown (1910),
doi:10.1111/j.2044-8295.1910.tb00207.x (reliability of the whole from its halves);
Parsons, Kruijt & Fox (2019), doi:10.1177/2515245919879695 (many random halves).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit.psychophysics.intervals import Interval

Array = npt.NDArray[np.float64]
#: Fewer trials of a kind cannot be halved.
LEAST_TRIALS = 2
#: Halves of which the correlation is averaged whenever participants are drawn again.
_SPLITS_AGAIN = 20
#: Fewer participants have no correlation worth the name.
LEAST_PARTICIPANTS = 4


@dataclass(frozen=True, eq=False)
class ProbeTimes:
    """Reaction times of one participant, in any unit.

    Parameters
    ----------
    towards, away : ndarray
        With the probe in the place of the first face of a pair, and of the second.
    """

    towards: Array
    away: Array

    @property
    def bias(self) -> float:
        """Mean time away less mean time towards; above 0, the first is attended."""
        return float(self.away.mean() - self.towards.mean())

    @property
    def can_be_halved(self) -> bool:
        """Whether each half would have trials of both kinds."""
        return min(len(self.towards), len(self.away)) >= LEAST_TRIALS


def spearman_brown(r: float) -> float:
    """Return the reliability of the whole from the correlation of its halves.

    Below 0 it mirrors what is above, and stays within -1.

    Examples
    --------
    >>> round(spearman_brown(0.6), 10), round(spearman_brown(-0.6), 10)
    (0.75, -0.75)
    """
    return 2 * r / (1 + abs(r))


@dataclass(frozen=True)
class SplitHalf:
    """Reliability from many random halves.

    Parameters
    ----------
    reliability : float
        Mean correlation over the halves, corrected by Spearman and Brown.
    interval : Interval
        2.5 and 97.5 % of participants drawn again, each time with other halves.
    n_participants, n_splits : int
    """

    reliability: float
    interval: Interval
    n_participants: int
    n_splits: int


def split_half_reliability(
    people: Sequence[ProbeTimes],
    generator: np.random.Generator,
    *,
    splits: int = 2000,
) -> SplitHalf | None:
    """Return how reliable the biases of participants are.

    The trials of each kind are halved at random, the bias of every participant is
    worked out from either half, both are correlated over participants, and the mean
    correlation is corrected for the halved length.

    Parameters
    ----------
    people : sequence of ProbeTimes
        Those who cannot be halved are left out.
    generator : numpy.random.Generator
    splits : int, optional
        Random halves; 0 for no reliability.

    Returns
    -------
    SplitHalf or None
        None of fewer than `LEAST_PARTICIPANTS`, or where biases do not differ.
    """
    able = [one for one in people if one.can_be_halved]
    if len(able) < LEAST_PARTICIPANTS or splits == 0:
        return None
    halves = np.stack([_half_biases(one, generator, splits) for one in able])
    whole = _correlation(halves)
    n = len(able)
    again = []
    for chosen in generator.integers(n, size=(splits, n)):
        columns = generator.integers(splits, size=_SPLITS_AGAIN)
        again.append(_correlation(halves[chosen][:, :, columns]))
    if np.isnan(whole) or np.isnan(again).all():
        return None
    low, high = (spearman_brown(r) for r in np.nanquantile(again, [0.025, 0.975]))
    return SplitHalf(spearman_brown(whole), Interval(low, high), n, splits)


def _half_biases(one: ProbeTimes, generator: np.random.Generator, n: int) -> Array:
    """Return the bias in either half of the trials, shape (2, n)."""
    means = []
    for times in (one.away, one.towards):
        order = generator.random((n, len(times))).argsort(axis=1)
        mixed = times[order]
        middle = len(times) // 2
        means.append(np.stack([mixed[:, :middle].mean(1), mixed[:, middle:].mean(1)]))
    return np.asarray(means[0] - means[1])


def _correlation(halves: Array) -> float:
    """Return the mean correlation of halves over participants, (people, 2, n)."""
    a, b = halves[:, 0], halves[:, 1]
    a, b = a - a.mean(0), b - b.mean(0)
    spread = np.sqrt((a**2).sum(0) * (b**2).sum(0))
    there = spread > 0
    if not there.any():
        return float("nan")
    return float(((a * b).sum(0)[there] / spread[there]).mean())
