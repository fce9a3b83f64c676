"""Random orders that come out the same on every machine.

NumPy promises that the raw output of a bit generator never changes; it promises no such
thing of the methods of ``Generator``. So the few draws that a trial list needs are made
here from raw 64-bit integers, by integer operations alone.

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
        Numbers that tell streams of one seed apart (list 3 of a design).

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
        """Return a whole number from 0 to `n` - 1, each as likely as the other."""
        most = _WORD - _WORD % n
        while True:
            word = int(self._bits.random_raw())
            if word < most:
                return word % n

    def shuffled(self, items: Iterable[Item]) -> list[Item]:
        """Return the items in an order of which each is equally likely."""
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
            Key of what stands before the first item.

        Returns
        -------
        list
            Where no such order exists, neighbours are equal as seldom as they can be.
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
