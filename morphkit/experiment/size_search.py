"""The smallest size of a study that reaches a goal, found by simulating studies.

What is promised of a study is not what made its size the chosen one. Of many sizes that
are simulated, the smallest that reaches a goal is likely to have done so by luck. So a
curve is fitted to all of them, the size is read off it, and studies of this size are
simulated anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from morphkit.experiment.designs.kind import POWER, Outcome
from morphkit.psychophysics.size_curve import size_for_power, size_for_precision

#: Largest size to try.
LARGEST = 5000
#: How many times as many studies are simulated of the size that is found.
_ANEW = 4
#: Sizes read off the curve that are simulated anew, at most.
_ROUNDS = 6


@dataclass(eq=False)
class SizeSearch:
    """A search for the size of a study: participants, or trials of each.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(size, stream) -> (precision, power)`` of `n_runs` simulated studies;
        other draws for another stream.
    n_runs : int
        Studies of one call.
    precision : float or None, optional
        Largest half-width that is wanted. None if power is: of 0.8.
    advance : callable, optional
        Called with every size that was tried.
    tried : dict
        Of every size tried: precision and power.
    """

    evaluate: Callable[[int, int], Outcome]
    n_runs: int
    precision: float | None = None
    advance: Callable[[int], None] = lambda size: None
    tried: dict[int, Outcome] = field(default_factory=dict, init=False)
    _times: dict[int, int] = field(default_factory=dict, init=False)

    def find(self) -> int | None:
        """Return the size that reaches the goal; None if `LARGEST` does not."""
        size = smallest(self._reached)
        if size is None:
            return None
        least = 1
        for _ in range(_ROUNDS):
            size = max(self._by_curve(size), least)
            found = self._anew(size)
            if self._enough(found):
                break
            least = size + 1
        return size

    def studies(self, size: int) -> int:
        """Return how many studies of a size stand behind its precision and power."""
        return self._times[size] * self.n_runs

    def _reached(self, size: int) -> bool:
        """Return whether simulated studies of a size reach the goal."""
        if size not in self.tried:
            self.tried[size], self._times[size] = self.evaluate(size, 0), 1
            self.advance(size)
        return self._enough(self.tried[size])

    def _enough(self, found: Outcome) -> bool:
        precision, power = found
        if self.precision is not None:
            return precision <= self.precision
        return power is not None and power >= POWER

    def _by_curve(self, usual: int) -> int:
        """Return the size at which the curve of all sizes reaches the goal."""
        near = [n for n in sorted(self.tried) if usual / 4 <= n <= 4 * usual]
        sizes = np.array(near, float)
        if self.precision is not None:
            found = np.array([self.tried[n][0] for n in near])
            at = size_for_precision(sizes, found, self.precision)
        else:
            studies = np.array([self.studies(n) for n in near], float)
            shares = np.array([self.tried[n][1] or 0.0 for n in near])
            at = size_for_power(sizes, np.rint(shares * studies), studies, POWER)
        if at is None:
            return usual
        # Beyond the sizes that were tried the curve says little.
        return int(np.clip(np.ceil(at), near[0], 2 * near[-1]))

    def _anew(self, size: int) -> Outcome:
        """Return what new studies of a size reach, and keep it."""
        found = [self.evaluate(size, k + 1) for k in range(_ANEW)]
        precision = float(np.mean([one for one, _ in found]))
        powers = [power for _, power in found if power is not None]
        self.tried[size] = precision, float(np.mean(powers)) if powers else None
        self._times[size] = _ANEW
        self.advance(size)
        return self.tried[size]


def smallest(reached: Callable[[int], bool]) -> int | None:
    """Return the smallest sufficient size to within 12 %, by doubling and bisection."""
    high = 2
    while not reached(high):
        high *= 2
        if high > LARGEST:
            return None
    low = high // 2
    while high - low > max(1, high // 8):
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    return high
