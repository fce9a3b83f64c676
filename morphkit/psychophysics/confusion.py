"""Accuracy in tasks with several labels, corrected for how often each is used.

Conventions
-----------
Counts are a matrix: rows are what was shown, columns what was answered, in the same
order as far as both have a label; further columns are answers that are never right
("cannot tell").

References
----------
Wagner (1993), doi:10.1007/BF00987006.
"""

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError

Array = npt.NDArray[np.float64]


def unbiased_hit_rates(counts: npt.ArrayLike) -> Array:
    """Return Wagner's unbiased hit rate of each label.

    It is the share of showings that were called by the label, times the share of its
    uses that were right: 1 only if it is always used where it should be, and nowhere
    else.

    Parameters
    ----------
    counts : array_like, shape (k, m)
        Answers, m at least k.

    Returns
    -------
    ndarray, shape (k,)
        0 to 1; 0 for a label that was never used, NaN for one that was never shown.

    Raises
    ------
    InputError
        If the matrix has fewer columns than rows, or a negative number.

    Examples
    --------
    Wagner's measure is the square of the hits over both margins.

    >>> unbiased_hit_rates([[8, 2], [6, 4]]).round(4).tolist()
    [0.4571, 0.2667]
    """
    table = _checked(counts)
    hits = np.diag(table)
    margins = table.sum(1) * table.sum(0)[: len(table)]
    rates = np.divide(hits**2, margins, out=np.zeros(len(table)), where=margins > 0)
    return np.where(table.sum(1) > 0, rates, np.nan)


def chance_hit_rates(counts: npt.ArrayLike) -> Array:
    """Return the unbiased hit rate of each label that comes about by chance.

    It is the chance that a showing and a use of the label meet: the product of how
    often it was shown and used, both as shares of all answers.

    Parameters and errors as for `unbiased_hit_rates`.

    Examples
    --------
    >>> chance_hit_rates([[8, 2], [6, 4]]).tolist()
    [0.35, 0.15]
    """
    table = _checked(counts)
    total = table.sum()
    if total == 0:
        return np.full(len(table), np.nan)
    return np.asarray(table.sum(1) * table.sum(0)[: len(table)] / total**2)


def _checked(counts: npt.ArrayLike) -> Array:
    """Return the counts, or say what is wrong with them."""
    table = np.asarray(counts, np.float64)
    if table.ndim != 2 or table.shape[1] < table.shape[0] or (table < 0).any():
        raise InputError(
            f"counts of shape {table.shape}",
            allowed="labels shown by answers, 0 or more, a column for each label shown",
        )
    return table
