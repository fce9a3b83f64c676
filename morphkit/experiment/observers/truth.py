"""Shapes of perceptual scales: perceived position as a function of level.

Conventions
-----------
A scale gives 0 at level 0, 1 at level 1, and grows between. ``bend`` says how far it is
from the straight line, in the units of each shape.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from morphkit.errors import InputError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """A shape of a perceptual scale.

    Parameters
    ----------
    summary : str
        One line for people.
    value : callable
        ``value(levels, bend)``.
    least, greatest : float
        Range of bends for which it is increasing.
    usual : float
        Default bend of an observer.
    """

    summary: str
    value: Callable[[Array, float], Array]
    least: float
    greatest: float
    usual: float

    def within(self, bend: float) -> float:
        """Return the nearest bend for which the scale is increasing."""
        return min(max(bend, self.least), self.greatest)

    def at(self, levels: npt.ArrayLike, bend: float) -> Array:
        """Return the scale at levels.

        Raises
        ------
        InputError
            If it would not be increasing with this bend.
        """
        if not self.least <= bend <= self.greatest:
            raise InputError(
                f"a bend of {bend:g}",
                allowed=f"{self.least:g} to {self.greatest:g} for this scale",
            )
        return self.value(np.asarray(levels, np.float64), bend)


def _wave(levels: Array, bend: float) -> Array:
    """Return a scale with a slope of 1 + bend at the ends, 1 - bend in the middle."""
    return np.asarray(levels + bend * np.sin(2 * np.pi * levels) / (2 * np.pi))


def _power(levels: Array, bend: float) -> Array:
    return np.asarray(np.sign(levels) * np.abs(levels) ** bend)


def _categorical(levels: Array, bend: float) -> Array:
    """Return a scale with a Gaussian boundary; `bend` is one over its width."""
    low, high = scipy.special.ndtr(-0.5 * bend), scipy.special.ndtr(0.5 * bend)
    return np.asarray((scipy.special.ndtr((levels - 0.5) * bend) - low) / (high - low))


SCALES = {
    "linear": Scale(
        "equal steps look equal; who departs from it does so by a wave",
        _wave,
        -0.95,
        0.95,
        0.0,
    ),
    "wave": Scale(
        "large steps at the ends, small ones in the middle; bend is the amplitude",
        _wave,
        -0.95,
        0.95,
        1 / 3,
    ),
    "power": Scale(
        "steps that grow along the continuum; bend is the exponent",
        _power,
        0.2,
        5.0,
        1.5,
    ),
    "categorical": Scale(
        "large steps across the middle; bend is one over the width of the boundary",
        _categorical,
        0.01,
        12.0,
        4.0,
    ),
}
