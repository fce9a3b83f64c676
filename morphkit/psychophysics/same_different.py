"""Sensitivity of people who say whether two images are the same or different.

Conventions
-----------
*Hits* are pairs that differ and are called different, *false alarms* pairs of twice the
same image that are. Observers who compare the two images by their difference
(differencing) and those who tell each by itself and compare what it is (independent
observations, without bias) need another d' for the same answers: the truth of most
tasks with few kinds of pairs lies near the second, with many kinds near the first.

References
----------
Macmillan & Creelman (2005), Detection Theory, 2nd ed., chapter 9; Hautus (1995),
doi:10.3758/BF03203619 (rates of 0 and 1).
"""

import math
from dataclasses import dataclass
from typing import Any

import scipy

from morphkit.errors import InputError
from morphkit.psychophysics.detection import log_linear_rate

#: Larger sensitivities are not told apart.
MAX_D_PRIME = 12.0


@dataclass(frozen=True)
class Sensitivity:
    """How well one participant sees a difference.

    Parameters
    ----------
    n_different, n_same : int
        Pairs of both kinds.
    hits, false_alarms : int
        How many of them were called different.
    """

    n_different: int
    n_same: int
    hits: int
    false_alarms: int

    def __post_init__(self) -> None:
        for n, k in ((self.n_different, self.hits), (self.n_same, self.false_alarms)):
            if not 0 <= k <= n or n < 1:
                raise InputError(f"{k} of {n} pairs called different")

    @property
    def hit_rate(self) -> float:
        """Share of hits, half an answer added to both kinds (log-linear)."""
        return log_linear_rate(self.hits, self.n_different)

    @property
    def false_alarm_rate(self) -> float:
        """Share of false alarms, half an answer added to both kinds (log-linear)."""
        return log_linear_rate(self.false_alarms, self.n_same)

    @property
    def differencing(self) -> float:
        """Sensitivity d' of an observer who looks at the difference."""
        return d_prime_differencing(self.hit_rate, self.false_alarm_rate)

    @property
    def independent(self) -> float:
        """Sensitivity d' of an observer who tells each image by itself."""
        return d_prime_independent(self.hit_rate, self.false_alarm_rate)

    def to_dict(self) -> dict[str, Any]:
        """Return counts, rates and sensitivities as a JSON object."""
        names = ("hit_rate", "false_alarm_rate", "differencing", "independent")
        return dict(vars(self)) | {name: getattr(self, name) for name in names}


def criterion(false_alarms: float) -> float:
    """Return the difference from which on images are called different.

    It is in standard deviations of one image, by the model of differencing.
    """
    return -math.sqrt(2) * float(scipy.stats.norm.ppf(false_alarms / 2))


def d_prime_differencing(hits: float, false_alarms: float) -> float:
    """Return d' of an observer who compares the difference with a criterion.

    Examples
    --------
    >>> round(d_prime_differencing(0.75, 0.2), 6)
    2.763562
    """
    _check(hits, false_alarms)
    if hits <= false_alarms:
        return 0.0
    k, cdf = criterion(false_alarms), scipy.stats.norm.cdf

    def excess(d: float) -> float:
        root = math.sqrt(2)
        return float(cdf((d - k) / root) + cdf((-d - k) / root)) - hits

    if excess(MAX_D_PRIME) <= 0:
        return MAX_D_PRIME
    return float(scipy.optimize.brentq(excess, 0.0, MAX_D_PRIME, xtol=1e-12))


def d_prime_independent(hits: float, false_alarms: float) -> float:
    """Return d' of an unbiased observer of independent images.

    Examples
    --------
    >>> round(d_prime_independent(0.75, 0.2), 6)
    2.265524
    """
    _check(hits, false_alarms)
    if hits <= false_alarms:
        return 0.0
    ppf, cdf = scipy.stats.norm.ppf, scipy.stats.norm.cdf
    best = float(cdf((ppf(hits) - ppf(false_alarms)) / 2))
    return 2 * float(ppf((1 + math.sqrt(2 * best - 1)) / 2))


def _check(hits: float, false_alarms: float) -> None:
    """Refuse rates that have no sensitivity."""
    if not (0 < hits < 1 and 0 < false_alarms < 1):
        raise InputError(
            f"hits of {hits:g}, false alarms of {false_alarms:g}",
            allowed="between 0 and 1",
        )
