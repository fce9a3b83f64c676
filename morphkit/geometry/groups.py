"""Groups of what is linked, directly or through others."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt


def linked_groups(n: int, links: Iterable[Sequence[int]]) -> npt.NDArray[np.intp]:
    """Return the number of the group of every element.

    Parameters
    ----------
    n : int
        Number of elements.
    links : iterable of (int, int)
        Elements that are in one group.

    Returns
    -------
    ndarray, shape (n,), dtype intp
        Groups are numbered in the order of their first elements.

    Examples
    --------
    >>> linked_groups(5, [(3, 1), (4, 3)]).tolist()
    [0, 1, 2, 1, 1]
    """
    first = list(range(n))  # of every element one of its group with a smaller number

    def root(k: int) -> int:
        while first[k] != k:
            first[k] = first[first[k]]
            k = first[k]
        return k

    for a, b in links:
        low, high = sorted((root(a), root(b)))
        first[high] = low
    roots = np.array([root(k) for k in range(n)], dtype=np.intp)
    return np.asarray(np.unique(roots, return_inverse=True)[1], dtype=np.intp)
