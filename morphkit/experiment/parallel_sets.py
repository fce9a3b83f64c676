"""Parallel sets of continua: alike in their norms, drawn among equally good ones."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import comb

import numpy as np

from morphkit.errors import InputError
from morphkit.experiment.designs.random_order import Draws
from morphkit.pack.model import Pack

#: Most sets that are all compared; of more, as many are drawn.
_MOST = 5000
#: Stream of the draws.
_STREAM = (3, 1)


def norms_of_continua(pack: Pack, continua: Sequence[str]) -> Mapping[str, list[float]]:
    """Return the mean ratings of each continuum on every measure that all of them have.

    Parameters
    ----------
    pack : Pack
    continua : sequence of str

    Returns
    -------
    mapping of str to list of float
        Continuum -> means, by measure; empty lists if the pack has no norms.
    """
    by_measure: dict[str, dict[str, list[float]]] = {}
    for row in pack.norms:
        name = pack.by_id[row.stimulus_id].continuum_id
        if row.mean is not None:
            by_measure.setdefault(row.measure, {}).setdefault(name, []).append(row.mean)
    shared = [
        found
        for found in by_measure.values()
        if all(name in found for name in continua)
    ]
    return {name: [float(np.mean(m[name])) for m in shared] for name in continua}


def draw_parallel_set(
    norms: Mapping[str, Sequence[float]], n: int, *, seed: int
) -> tuple[str, ...]:
    """Return `n` of the continua whose mean norms are nearest to those of the others.

    Parameters
    ----------
    norms : mapping of str to sequence of float
        Continuum -> its means, on the same measures for all.
    n : int
        Fewer than there are.
    seed : int
        Of the draw among sets that are equally near; without norms, among all.

    Returns
    -------
    tuple of str
        In the order of `norms`.

    Raises
    ------
    InputError
        If no continuum would be left, or none is asked for.

    Examples
    --------
    >>> draw_parallel_set({"a": [1.0], "b": [2.0], "c": [2.1], "d": [3.0]}, 1, seed=1)
    ('b',)
    """
    names = list(norms)
    if not 1 <= n < len(names):
        raise InputError(
            f"{n} of {len(names)} continua for transfer",
            allowed=f"1 to {len(names) - 1}" if len(names) > 1 else "",
            remedy="" if len(names) > 1 else "make a pack of more identities",
        )
    draws = Draws(seed, *_STREAM)
    values = np.array([list(norms[name]) for name in names], dtype=float)
    if comb(len(names), n) <= _MOST:
        sets = draws.shuffled(combinations(range(len(names)), n))
    else:
        sets = [
            tuple(sorted(draws.shuffled(range(len(names)))[:n])) for _ in range(_MOST)
        ]
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0
    scaled = values / spread

    def distance(chosen: tuple[int, ...]) -> float:
        """Return how far the means of a set are from those of the others."""
        inside = np.zeros(len(names), dtype=bool)
        inside[list(chosen)] = True
        apart = scaled[inside].mean(axis=0) - scaled[~inside].mean(axis=0)
        # Sums in another order must not decide between sets that are alike.
        return round(float((apart**2).sum()), 9)

    nearest = min(sets, key=distance)
    return tuple(names[k] for k in sorted(nearest))
