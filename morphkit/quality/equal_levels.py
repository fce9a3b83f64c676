"""Levels at which the steps of a continuum are equal in a measure.

Equally spaced levels are read off the measured path, and measured again. Where the path
bends sharply between two of its points, for example where an eye shuts, a curve through
them keeps missing it; the path is then walked, step by measured step.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.quality.distances import Numbers
from morphkit.quality.spacing import FrameAt, Measure


@dataclass(frozen=True, eq=False)
class EqualLevels:
    """Levels whose steps are equal in one measure.

    Parameters
    ----------
    levels : ndarray, shape (N,)
    steps : ndarray, shape (N - 1,)
        Distances between neighbours at these levels.
    history : tuple of float
        Largest over smallest step, at equal levels and after every round.
    """

    levels: Numbers
    steps: Numbers
    history: tuple[float, ...]

    @property
    def max_min(self) -> float:
        """Largest over smallest step at these levels."""
        return float(self.steps.max() / self.steps.min())


def equal_levels(
    frame_at: FrameAt,
    measure: Measure,
    n_steps: int,
    *,
    ends: tuple[float, float] = (0.0, 1.0),
    enough: float = 1.002,
    max_rounds: int = 8,
) -> EqualLevels:
    """Return levels at which neighbours are equally far apart.

    The path is measured at equal levels, new levels that divide it equally are read off
    a monotone cubic through its points, and this is repeated, since the path between
    the points was not measured. Where it bends sharply between them, for example where
    an eye shuts, such a curve keeps missing it; once a round no longer halves the
    remaining unevenness, the path is walked instead, in measured steps of one length,
    which is adjusted until the last frame is reached.

    Parameters
    ----------
    frame_at : callable
        ``frame_at(level)`` returns a frame, preferably of unrounded code values.
    measure : Measure
    n_steps : int
        Images, both ends among them; at least 2.
    ends : (float, float), optional
        First and last level, which are kept.
    enough : float, optional
        Largest over smallest step at which the search stops.
    max_rounds : int, optional
        Maximum number of rounds; the best levels of all rounds are returned.

    Raises
    ------
    InputError
        If there are fewer than two steps, or neighbours do not differ.
    """
    if n_steps < 2 or not ends[0] < ends[1]:
        raise InputError(f"{n_steps} steps from level {ends[0]} to {ends[1]}")
    path = _Path(frame_at, measure, ends)
    levels = np.linspace(*ends, n_steps)
    best = EqualLevels(levels, path.steps(levels), ())
    if not (best.steps > 0).all():
        step = int(np.argmin(best.steps)) + 1
        raise InputError(
            f"steps {step} and {step + 1} are identical in {measure.name}",
            remedy="choose fewer steps, or a measure that distinguishes them",
        )
    history = [best.max_min]
    walk: _Walk | None = None
    in_vain = 0
    for _ in range(max_rounds):
        if best.max_min <= enough or in_vain == 2:
            break
        if walk is None:
            levels = _equal_shares(levels, path.steps(levels))
        else:
            levels = walk.next_levels()
        steps = path.steps(levels)
        if (steps > 0).all():
            history.append(float(steps.max() / steps.min()))
        slow = not (steps > 0).all() or history[-1] - 1 > (history[-2] - 1) / 2
        in_vain = in_vain + 1 if walk and slow else 0
        if (steps > 0).all() and history[-1] < best.max_min:
            best = EqualLevels(levels, steps, ())
            in_vain = 0
        if walk is None and slow:
            walk = _Walk(path, best, (enough - 1) / 2)
    return EqualLevels(frozen(best.levels), frozen(best.steps), tuple(history))


class _Path:
    """Distances between frames of a path; the frames of the last levels are kept."""

    def __init__(
        self, frame_at: FrameAt, measure: Measure, ends: tuple[float, float]
    ) -> None:
        self._frame_at, self._measure = frame_at, measure
        self.ends = ends
        self._kept: dict[float, Any] = {}

    def features(self, level: float) -> Any:
        """Return the features of the frame at a level."""
        if level not in self._kept:
            self._kept[level] = self._measure.features(self._frame_at(level))
        return self._kept[level]

    def keep(self, levels: Numbers) -> None:
        """Drop the frames of all levels but these and the ends."""
        kept = {*levels.tolist(), *self.ends}
        self._kept = {level: f for level, f in self._kept.items() if level in kept}

    def distance(self, a: float, b: float) -> float:
        """Return the distance between the frames at two levels."""
        return self._measure.distance(self.features(a), self.features(b))

    def steps(self, levels: Numbers) -> Numbers:
        """Return the distances between neighbours; frames between them are dropped."""
        found = np.array([self.distance(a, b) for a, b in pairwise(levels.tolist())])
        self.keep(levels)
        return found


def _equal_shares(levels: Numbers, steps: Numbers) -> Numbers:
    """Return levels that divide a path equally, by a monotone interpolant."""
    from scipy.interpolate import PchipInterpolator

    path = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
    path[-1] = 1.0  # the sum of all steps may differ from it in the last digit
    found = PchipInterpolator(path, levels)(np.linspace(0.0, 1.0, len(levels)))
    found[0], found[-1] = levels[0], levels[-1]
    return np.asarray(found)


class _Walk:
    """A walk along a path in steps of one length that ends where the path ends.

    Parameters
    ----------
    path : _Path
    first : EqualLevels
        Approximate levels and steps.
    tolerance : float
        Of every step, as a fraction.
    """

    #: Levels closer than this fraction of the whole range count as equal.
    FINEST = 2.0**-17

    def __init__(self, path: _Path, first: EqualLevels, tolerance: float) -> None:
        self._path, self._tolerance = path, tolerance
        self._slopes = first.steps / np.diff(first.levels)
        self._length = float(first.steps.mean())
        self._too_short, self._too_long = 0.0, float("inf")
        self._finest = self.FINEST * (path.ends[1] - path.ends[0])

    def next_levels(self) -> Numbers:
        """Return the levels of the next walk; the last step takes the remainder.

        If the last frame is reached too early, all further levels are its own.
        """
        first, last = self._path.ends
        levels = [first]
        for slope in self._slopes[:-1].tolist():
            levels.append(self._step(levels[-1], slope) if levels[-1] < last else last)
        rest = self._path.distance(levels[-1], last) - self._length
        if rest > 0:
            self._too_short = self._length
        else:
            self._too_long = self._length
        found = np.array([*levels, last])
        if levels[-1] < last:
            self._slopes = self._length / np.diff(found)
        # The remainder is spread over all steps, between lengths known to be too short
        # or long.
        length = self._length + rest / len(levels)
        if not self._too_short < length < self._too_long:
            length = (self._too_short + self._too_long) / 2
        self._length = length
        return found

    def _step(self, start: float, slope: float) -> float:
        """Return the level one length beyond `start`, at most the last.

        Parameters
        ----------
        start : float
        slope : float
            Expected distance per level.
        """
        from scipy.optimize import brentq

        last = self._path.ends[1]
        seen: dict[float, float] = {}

        def beyond(level: float) -> float:
            """Return how much too far a level is; 0 within the tolerance."""
            if level not in seen:
                seen[level] = self._path.distance(start, level) - self._length
            fine = abs(seen[level]) <= self._tolerance * self._length
            return 0.0 if fine else seen[level]

        low, high = start, min(start + self._length / slope, last)
        while (rest := beyond(high)) < 0 and high < last:
            # Twice as far if the remaining path was not long enough.
            way = max(-rest / slope, high - low if low > start else 0.0, self._finest)
            low, high = high, min(high + way, last)
        if rest > 0:
            seen[start] = -self._length
            brentq(beyond, low, high, xtol=self._finest, rtol=1e-15)
            del seen[start]
        return min(seen, key=lambda level: abs(seen[level]))
