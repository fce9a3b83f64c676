"""Agreement between raters: intraclass correlations and Krippendorff's alpha.

Conventions
-----------
Tables of ratings are ``(n, k)``: stimuli by raters.

References
----------
Shrout & Fleiss (1979), doi:10.1037/0033-2909.86.2.420; McGraw & Wong (1996),
doi:10.1037/1082-989X.1.1.30; Koo & Li (2016), doi:10.1016/j.jcm.2016.02.012; Hayes &
Krippendorff (2007), doi:10.1080/19312450709336664.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit.errors import InputError
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.links import Array

#: Name -> model, in the words of McGraw and Wong.
ICC_FORMS: Mapping[str, str] = {
    "ICC1": "one-way random, single rater, absolute agreement",
    "ICC2": "two-way random, single rater, absolute agreement",
    "ICC3": "two-way mixed, single rater, consistency",
    "ICC1k": "one-way random, mean of k raters, absolute agreement",
    "ICC2k": "two-way random, mean of k raters, absolute agreement",
    "ICC3k": "two-way mixed, mean of k raters, consistency",
}


@dataclass(frozen=True)
class IntraclassCorrelation:
    """An intraclass correlation with its interval.

    Parameters
    ----------
    form : str
        Entry of `ICC_FORMS`.
    value : float
    interval : Interval
    f_value, df1, df2 : float
        F test against 0.
    n_stimuli, n_raters : int
    """

    form: str
    value: float
    interval: Interval
    f_value: float
    df1: int
    df2: int
    n_stimuli: int
    n_raters: int

    def to_dict(self) -> dict[str, Any]:
        """Return the result as a JSON object."""
        return vars(self) | {
            "interval": self.interval.to_dict(),
            "model": ICC_FORMS[self.form],
        }


def intraclass_correlations(
    ratings: npt.ArrayLike, *, level: float = 0.95
) -> dict[str, IntraclassCorrelation]:
    """Return the six intraclass correlations of Shrout and Fleiss.

    Parameters
    ----------
    ratings : array-like, shape (n, k)
        Complete.
    level : float, optional

    Raises
    ------
    InputError
        If there are fewer than two stimuli or raters, a rating is missing, or all
        ratings are the same.
    """
    x = _table(ratings)
    n, k = x.shape
    between = k * x.mean(1).var(ddof=1)
    raters = n * x.mean(0).var(ddof=1)
    within = x.var(axis=1, ddof=1).mean()
    error = (within * n * (k - 1) - raters * (k - 1)) / ((n - 1) * (k - 1))
    if between + within == 0:
        raise InputError("all ratings are the same, so agreement is undefined")
    error = max(float(error), 1e-12 * float(between + within))
    within = max(float(within), 1e-12 * float(between + within))
    dfs = {"1": (n - 1, n * (k - 1)), "2": (n - 1, (n - 1) * (k - 1))}
    F = {"1": between / within, "2": between / error, "3": between / error}
    one = {
        "1": (between - within) / (between + (k - 1) * within),
        "2": (between - error) / (between + (k - 1) * error + k * (raters - error) / n),
        "3": (between - error) / (between + (k - 1) * error),
    }
    many = {
        "1k": (between - within) / between,
        "2k": (between - error) / (between + (raters - error) / n),
        "3k": (between - error) / between,
    }
    upper = (1 + level) / 2
    found = {}
    for form in ICC_FORMS:
        key = form[3]
        df1, df2 = dfs["1" if key == "1" else "2"]
        if key == "2":
            ends = _two_way_ends(n, k, between, raters, error, one["2"], upper)
        else:
            low = F[key] / scipy.stats.f.ppf(upper, df1, df2)
            high = F[key] * scipy.stats.f.ppf(upper, df2, df1)
            ends = (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)
        if form.endswith("k"):
            ends = tuple(e * k / (1 + e * (k - 1)) for e in ends)
        value = (many if form.endswith("k") else one)[form[3:]]
        found[form] = IntraclassCorrelation(
            form=form,
            value=float(value),
            interval=Interval(float(ends[0]), float(ends[1]), level),
            f_value=float(F[key]),
            df1=df1,
            df2=df2,
            n_stimuli=n,
            n_raters=k,
        )
    return found


def _two_way_ends(
    n: int,
    k: int,
    between: float,
    raters: float,
    error: float,
    icc: float,
    upper: float,
) -> tuple[float, ...]:
    """Return the interval of ICC2, after Shrout & Fleiss (1979), p. 424."""
    Fj = raters / error
    other = n * (1 + (k - 1) * icc) - k * icc
    v = (k - 1) * (n - 1) * (k * icc * Fj + other) ** 2
    v /= (n - 1) * (k * icc * Fj) ** 2 + other**2
    F_up, F_low = scipy.stats.f.ppf(upper, n - 1, v), scipy.stats.f.ppf(upper, v, n - 1)
    rest = k * raters + (k * n - k - n) * error
    low = n * (between - F_up * error) / (F_up * rest + n * between)
    high = n * (F_low * between - error) / (rest + n * F_low * between)
    return float(low), float(high)


def _table(ratings: npt.ArrayLike) -> Array:
    x = np.asarray(ratings, float)
    if x.ndim != 2 or min(x.shape) < 2:
        raise InputError(
            f"ratings of shape {x.shape}", allowed="at least 2 stimuli and 2 raters"
        )
    if not np.isfinite(x).all():
        raise InputError(
            f"{int((~np.isfinite(x)).sum())} ratings are missing",
            remedy="leave out raters who did not rate every stimulus",
        )
    return x


def krippendorff_alpha(ratings: npt.ArrayLike) -> float:
    """Return Krippendorff's alpha of numbers; missing ratings are allowed.

    Parameters
    ----------
    ratings : array-like, shape (n, k)
        Stimuli by raters, NaN where missing; an interval scale.

    Raises
    ------
    InputError
        If no stimulus has two ratings, or all ratings are the same.
    """
    x = np.asarray(ratings, float)
    values, codes = np.unique(x[np.isfinite(x)], return_inverse=True)
    filled = np.zeros((len(x), len(values)))
    np.add.at(filled, (np.nonzero(np.isfinite(x))[0], codes.reshape(-1)), 1)
    filled = filled[filled.sum(1) >= 2]
    if not len(filled):
        raise InputError("no stimulus has two ratings")
    n_each = filled.sum(1)[:, None]
    # Coincidences: pairs of ratings of a stimulus, each stimulus with its own weight.
    o = (filled / (n_each - 1)).T @ filled - np.diag((filled / (n_each - 1)).sum(0))
    totals = o.sum(1)
    apart = (values[:, None] - values) ** 2
    expected = float((np.outer(totals, totals) * apart).sum()) / (totals.sum() - 1)
    if expected == 0:
        raise InputError("all ratings are the same, so agreement is undefined")
    return float(1 - (o * apart).sum() / expected)


def bootstrap_stimuli(
    table: Array,
    statistic: Callable[[Array], float],
    generator: np.random.Generator,
    *,
    n_samples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Return a percentile interval of a measure of agreement, resampling stimuli.

    Samples in which the measure means nothing (one category left) are not counted.
    """
    found = []
    for _ in range(n_samples):
        rows = generator.integers(0, len(table), len(table))
        try:
            found.append(statistic(table[rows]))
        except InputError:
            continue
    if len(found) < n_samples / 2:
        return Interval(None, None, level)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level)
