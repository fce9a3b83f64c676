"""Sensitivity and criterion of answers that call one kind of images and not another.

References
----------
Macmillan & Creelman (2005), Detection Theory, 2nd ed., chapters 1 and 2; Hautus (1995),
doi:10.3758/BF03203619 (rates of 0 and 1).
"""

from dataclasses import dataclass
from typing import Any

import scipy

from morphkit.errors import InputError


def log_linear_rate(k: int, n: int) -> float:
    """Return a rate with half an answer added to both kinds: never 0 and never 1.

    Examples
    --------
    >>> log_linear_rate(0, 9), log_linear_rate(9, 9)
    (0.05, 0.95)
    """
    return (k + 0.5) / (n + 1)


@dataclass(frozen=True)
class Detection:
    """How well one kind of images is told from another, and how readily it is named.

    Parameters
    ----------
    n_signal, n_noise : int
        Answers to images that have the label, and to those that do not.
    hits, false_alarms : int
        How many of them were called by it.

    Raises
    ------
    InputError
        If there are no images of one kind, or more calls than answers.

    Examples
    --------
    >>> one = Detection(n_signal=20, n_noise=20, hits=17, false_alarms=5)
    >>> round(one.d_prime, 4), round(one.criterion, 4)
    (1.6049, -0.165)
    """

    n_signal: int
    n_noise: int
    hits: int
    false_alarms: int

    def __post_init__(self) -> None:
        both = ((self.n_signal, self.hits), (self.n_noise, self.false_alarms))
        for n, k in both:
            if not 0 <= k <= n or n < 1:
                raise InputError(f"{k} of {n} images called by the label")

    @property
    def hit_rate(self) -> float:
        """Share of hits, corrected log-linearly."""
        return log_linear_rate(self.hits, self.n_signal)

    @property
    def false_alarm_rate(self) -> float:
        """Share of false alarms, corrected log-linearly."""
        return log_linear_rate(self.false_alarms, self.n_noise)

    @property
    def d_prime(self) -> float:
        """Sensitivity d': distance of the two kinds in standard deviations."""
        return float(
            scipy.special.ndtri(self.hit_rate)
            - scipy.special.ndtri(self.false_alarm_rate)
        )

    @property
    def criterion(self) -> float:
        """Criterion c: below 0, the label is given readily; above 0, reluctantly."""
        return float(
            -(
                scipy.special.ndtri(self.hit_rate)
                + scipy.special.ndtri(self.false_alarm_rate)
            )
            / 2
        )

    def to_dict(self) -> dict[str, Any]:
        """Return counts, rates and measures as a JSON object."""
        names = ("hit_rate", "false_alarm_rate", "d_prime", "criterion")
        return dict(vars(self)) | {name: getattr(self, name) for name in names}
