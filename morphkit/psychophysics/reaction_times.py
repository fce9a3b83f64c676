"""Typical reaction times of several people, with an interval.

Conventions
-----------
Reaction times are skewed to the right, and differ in size from person to person. So of
every person the median is taken, and of these the geometric mean: the mean of their
logarithms, with Student's interval, taken back to seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

#: How the numbers are defined, for tables and papers.
RT_DEFINITION = (
    "geometric mean over participants of their median reaction times, with Student's "
    "95 % interval of the logarithms"
)


@dataclass(frozen=True)
class TypicalTime:
    """The reaction time of the typical person.

    Parameters
    ----------
    n_participants, n_answers : int
        People, and answers of theirs that have a time.
    median : float
        Seconds: geometric mean of their medians.
    low, high : float or None
        95 % interval, seconds; None of one person.
    """

    n_participants: int
    n_answers: int
    median: float
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return dict(vars(self))


def typical_time(times: Sequence[Sequence[float]]) -> TypicalTime | None:
    """Return the reaction time of the typical person.

    Parameters
    ----------
    times : sequence of sequence of float
        Of every person, seconds; times that are not positive are left out.

    Returns
    -------
    TypicalTime or None
        None if nobody has a time.

    Examples
    --------
    >>> found = typical_time([[0.5, 0.6, 4.0], [0.7, 0.8, 0.9]])
    >>> round(found.median, 3), found.n_participants, found.n_answers
    (0.693, 2, 6)
    """
    kept = [[t for t in own if t > 0] for own in times]
    kept = [own for own in kept if own]
    if not kept:
        return None
    logs = np.log([float(np.median(own)) for own in kept])
    middle, n = float(logs.mean()), len(logs)
    low = high = None
    if n > 1:
        error = float(logs.std(ddof=1)) / np.sqrt(n)
        reach = float(scipy.stats.t.ppf(0.975, n - 1)) * error
        low, high = float(np.exp(middle - reach)), float(np.exp(middle + reach))
    return TypicalTime(n, sum(map(len, kept)), float(np.exp(middle)), low, high)
