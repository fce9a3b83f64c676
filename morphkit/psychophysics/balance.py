"""Points of equality without a model: balance point and Spearman-Kärber estimate.

References
----------
Miller & Ulrich (2001), doi:10.3758/BF03194476 (Spearman-Kärber for psychometric
functions).
"""

import numpy as np

from morphkit.psychophysics.links import Array


def balance_point(chosen: Array, shown: Array) -> float:
    """Return the number of steps answered with the first label.

    Parameters
    ----------
    chosen, shown : ndarray, shape (m,)
        Answers for the second label, and answers.

    Examples
    --------
    >>> round(balance_point(np.array([0.0, 1, 3]), np.array([3.0, 3, 3])), 6)
    1.666667
    """
    return float((1 - chosen / shown).sum())


def spearman_karber(levels: Array, chosen: Array, shown: Array) -> float:
    """Return the Spearman-Kärber mean of the distribution of the shares.

    The function is assumed to reach 0 and 1 one step beyond the ends. On steps
    1, 2, … it is the balance point plus one half.

    Parameters
    ----------
    levels, chosen, shown : ndarray, shape (m,)
        Levels, growing; answers for the second label, and answers.

    Examples
    --------
    >>> chosen, shown = np.array([0.0, 1, 3]), np.full(3, 3.0)
    >>> found = spearman_karber(np.arange(1.0, 4), chosen, shown)
    >>> round(found, 6)
    2.166667
    """
    share = np.concatenate([[0], chosen / shown, [1]])
    ends = 2 * levels[0] - levels[1], 2 * levels[-1] - levels[-2]
    at = np.concatenate([[ends[0]], levels, [ends[1]]])
    return float((np.diff(share) * (at[1:] + at[:-1]) / 2).sum())


def spearman_karber_error(levels: Array, chosen: Array, shown: Array) -> float | None:
    """Return the standard error; None if a level was answered only once."""
    if (shown < 2).any():
        return None
    share = chosen / shown
    ends = 2 * levels[0] - levels[1], 2 * levels[-1] - levels[-2]
    at = np.concatenate([[ends[0]], levels, [ends[1]]])
    width = (at[2:] - at[:-2]) / 2
    return float(np.sqrt((width**2 * share * (1 - share) / (shown - 1)).sum()))
