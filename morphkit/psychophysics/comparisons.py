"""Comparisons of two differences: triads and quadruples in one canonical form.

Conventions
-----------
A trial asks which of two pairs of levels differs more. Levels are numbered from 0 in
increasing order. In canonical form each pair is sorted and the pair with the smaller
levels comes first; ``second`` says whether the second pair was chosen. The form is
derived from the numbers themselves, never from a note on how the trials were stored.

A triad (a, b, c) compares (a, b) with (b, c).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.psychophysics.links import Array

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Trials in canonical form.

    Parameters
    ----------
    quads : ndarray of int, shape (n, 4)
        ``(a, b, c, d)``: pairs (a, b) and (c, d), ``a < b``, ``c < d``.
    second : ndarray of bool, shape (n,)
        Whether (c, d) was judged to differ more.
    n_levels : int
    """

    quads: Indices
    second: npt.NDArray[np.bool_]
    n_levels: int

    def counts(self) -> tuple[Indices, Array, Array]:
        """Return distinct trials, answers for the second pair, and all answers."""
        rows, place = np.unique(self.quads, axis=0, return_inverse=True)
        place = place.reshape(-1)
        N = np.bincount(place, minlength=len(rows)).astype(float)
        K = np.bincount(place, self.second, minlength=len(rows)).astype(float)
        return rows, K, N


def make_comparisons(
    pairs: npt.ArrayLike, second: npt.ArrayLike, *, n_levels: int | None = None
) -> Comparisons:
    """Return trials in canonical form.

    Parameters
    ----------
    pairs : array-like of int, shape (n, 3) or (n, 4)
        Levels from 0, as presented: triads or quadruples.
    second : array-like of bool, shape (n,)
        Whether the second pair in `pairs` was judged to differ more.
    n_levels : int, optional
        Number of levels; by default as many as occur.

    Raises
    ------
    InputError
        If the shape is wrong, a level does not exist, a pair compares a level with
        itself, or both pairs are the same.

    Examples
    --------
    >>> made = make_comparisons([[5, 3, 0]], [True])
    >>> made.quads.tolist(), made.second.tolist()
    ([[0, 3, 3, 5]], [False])
    """
    given, chosen = np.asarray(pairs), np.asarray(second, bool)
    if (
        given.ndim != 2
        or given.shape[1] not in (3, 4)
        or chosen.shape != given.shape[:1]
    ):
        raise InputError(
            f"trials of shape {given.shape} and answers of shape {chosen.shape}",
            allowed="three or four levels and one answer per trial",
        )
    given = given.astype(np.intp)
    if given.shape[1] == 3:
        given = given[:, [0, 1, 1, 2]]
    n = n_levels if n_levels is not None else int(given.max(initial=-1)) + 1
    if (given < 0).any() or (given >= n).any():
        raise InputError("a level does not exist", allowed=f"0 to {n - 1}")
    first, other = np.sort(given[:, :2], axis=1), np.sort(given[:, 2:], axis=1)
    if (first[:, 0] == first[:, 1]).any() or (other[:, 0] == other[:, 1]).any():
        raise InputError("a pair compares a level with itself")
    swap = (first[:, 0] > other[:, 0]) | (
        (first[:, 0] == other[:, 0]) & (first[:, 1] > other[:, 1])
    )
    if (first == other).all(1).any():
        raise InputError("a trial compares a pair with itself")
    quads = np.where(
        swap[:, None], np.hstack([other, first]), np.hstack([first, other])
    )
    return Comparisons(frozen(quads), frozen(chosen ^ swap), n)


def design_matrix(quads: Indices, n_levels: int) -> Array:
    """Return the contrast of each trial over the levels after the first.

    Row: +1 at d, -1 at c, -1 at b, +1 at a, so that a positive value is for the
    second pair; level 0 is the origin and has no column.
    """
    X = np.zeros((len(quads), n_levels))
    rows = np.arange(len(quads))
    for column, sign in enumerate((1, -1, -1, 1)):
        np.add.at(X, (rows, quads[:, column]), sign)
    return X[:, 1:]
