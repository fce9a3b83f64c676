"""Ratings of stimuli: means with intervals, and rows for the norms of a pack."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit.errors import InputError
from morphkit.psychophysics.intervals import Interval

#: Columns of a pack's norms table.
NORMS_COLUMNS = (
    "stimulus_id",
    "measure",
    "mean",
    "sd",
    "n",
    "rater_group",
    "instrument",
    "source_doi",
)


@dataclass(frozen=True)
class RatingSummary:
    """Ratings of one stimulus on one scale.

    Parameters
    ----------
    stimulus_id, measure : str
    mean : float
        Over raters; a rater who rated more than once contributes the mean.
    sd : float or None
        Between raters; None for a single one.
    n : int
        Raters.
    interval : Interval
        Of the mean, by Student's t; open for a single rater.
    """

    stimulus_id: str
    measure: str
    mean: float
    sd: float | None
    n: int
    interval: Interval

    def norms_row(
        self, *, rater_group: str = "", instrument: str = "", source_doi: str = ""
    ) -> Mapping[str, str | int | float | None]:
        """Return the row of the norms table."""
        return {
            "stimulus_id": self.stimulus_id,
            "measure": self.measure,
            "mean": self.mean,
            "sd": self.sd,
            "n": self.n,
            "rater_group": rater_group,
            "instrument": instrument,
            "source_doi": source_doi,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as a JSON object."""
        return vars(self) | {"interval": self.interval.to_dict()}


def summarise(
    stimulus_id: str,
    measure: str,
    ratings: Mapping[str, Iterable[float]],
    *,
    level: float = 0.95,
) -> RatingSummary:
    """Return mean, spread and interval of the ratings of one stimulus.

    Parameters
    ----------
    stimulus_id, measure : str
    ratings : mapping
        Rater -> ratings, at least one each.
    level : float, optional

    Raises
    ------
    InputError
        If there is no rating, or one is not a finite number.

    Examples
    --------
    >>> found = summarise("a_s01", "valence", {"p1": [1, 3], "p2": [4]})
    >>> found.mean, found.n
    (3.0, 2)
    """
    means = np.array([np.mean(list(values)) for values in ratings.values()])
    if not len(means) or not np.isfinite(means).all():
        raise InputError("a rating is missing or not a number", where=stimulus_id)
    n, mean = len(means), float(means.mean())
    if n == 1:
        interval = Interval(None, None, level)
        return RatingSummary(stimulus_id, measure, mean, None, 1, interval)
    sd = float(means.std(ddof=1))
    reach = float(scipy.stats.t.ppf((1 + level) / 2, n - 1)) * sd / math.sqrt(n)
    interval = Interval(mean - reach, mean + reach, level)
    return RatingSummary(stimulus_id, measure, mean, sd, n, interval)


def rating_table(
    ratings: Mapping[str, Mapping[str, Iterable[float]]],
) -> tuple[npt.NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    """Return ratings as a table of stimuli by raters, NaN where one is missing.

    Parameters
    ----------
    ratings : mapping
        Stimulus -> rater -> ratings.

    Returns
    -------
    table : ndarray, shape (n, k)
    stimuli, raters : tuple of str
        Rows and columns, sorted.
    """
    stimuli = tuple(sorted(ratings))
    raters = tuple(sorted({rater for row in ratings.values() for rater in row}))
    table = np.full((len(stimuli), len(raters)), np.nan)
    for i, stimulus in enumerate(stimuli):
        for rater, values in ratings[stimulus].items():
            table[i, raters.index(rater)] = np.mean(list(values))
    return table, stimuli, raters
