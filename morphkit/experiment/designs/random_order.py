"""Random orders that are the same on every machine.

NumPy guarantees that the raw output of a bit generator never changes, but makes no such
guarantee for the methods of ``Generator``. So the few draws that a trial list needs are
made here from raw 64-bit integers, by integer operations only.

References
----------
O'Neill, M. E. (2014). PCG: a family of simple fast space-efficient statistically good
algorithms for random number generation. HMC-CS-2014-0905.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from numpy.random import PCG64

from morphkit.errors import InputError

Item = TypeVar("Item")
_WORD = 1 << 64


class Draws:
    """A stream of random draws.

    Parameters
    ----------
    seed : int
        Not negative.
    *path : int
        Numbers that distinguish streams of one seed (list 3 of a design).

    Raises
    ------
    InputError
        If the seed is negative.

    Examples
    --------
    >>> Draws(1).shuffled("abcdef")
    ['a', 'c', 'd', 'e', 'f', 'b']
    """

    def __init__(self, seed: int, *path: int) -> None:
        if seed < 0:
            raise InputError(f"a seed of {seed}", allowed="0 or more")
        self._bits = PCG64([seed, *path])

    def below(self, n: int) -> int:
        """Return an integer from 0 to `n` - 1, all equally likely."""
        most = _WORD - _WORD % n
        while True:
            word = int(self._bits.random_raw())
            if word < most:
                return word % n

    def shuffled(self, items: Iterable[Item]) -> list[Item]:
        """Return the items in random order, all orders equally likely."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def apart(
        self,
        items: Sequence[Item],
        *,
        key: Callable[[Item], Hashable],
        after: Hashable = None,
    ) -> list[Item]:
        """Return the items in random order, equal keys never next to each other.

        Parameters
        ----------
        items : sequence
        key : callable
            What must differ between neighbours.
        after : hashable, optional
            Key of the item before the first.

        Returns
        -------
        list
            If no such order exists, neighbours are equal as rarely as possible.
        """
        left = self.shuffled(items)
        counts = Counter(map(key, left))
        order: list[Item] = []
        while left:
            rest = len(left) - 1
            most, fullest = _fullest(counts)
            # A key that fills more than half of what is left has to come now.
            needed = most > (rest + 1) // 2 and fullest != after
            places = (
                place
                for place, item in enumerate(left)
                if (key(item) == fullest if needed else key(item) != after)
            )
            others = (n for n, item in enumerate(left) if key(item) != after)
            item = left.pop(next(places, next(others, 0)))
            after = key(item)
            counts[after] -= 1
            order.append(item)
        return order


def _fullest(counts: Counter[Hashable]) -> tuple[int, Hashable]:
    """Return the largest count and a key that has it."""
    name = max(counts, key=lambda each: counts[each])
    return counts[name], name
