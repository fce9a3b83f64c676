"""The plan of a continuum: which share every endpoint has at every step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit.arrays import frozen
from morphkit.errors import InputError

#: Levels beyond the endpoints are caricatures; the pixel specification takes weights
#: in a 16-bit integer with 14 bits after the point.
LEVEL_MIN, LEVEL_MAX = -0.999, 1.999


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Levels of the steps of a continuum between two endpoints.

    Parameters
    ----------
    levels : array-like, shape (N,)
        Strictly growing fractions: 0 first endpoint, 1 second.

    Raises
    ------
    InputError
        If there are fewer than two levels, they do not grow, or one is out of range.
    """

    levels: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        levels = np.asarray(self.levels, dtype=np.float64)
        if levels.ndim != 1 or len(levels) < 2:
            raise InputError(
                f"a continuum of {levels.size} steps", allowed="at least 2 steps"
            )
        if not (np.isfinite(levels).all() and (np.diff(levels) > 0).all()):
            raise InputError(
                "the levels do not grow from step to step",
                allowed="strictly increasing fractions, 0 first label, 1 second",
            )
        if levels[0] < LEVEL_MIN or levels[-1] > LEVEL_MAX:
            raise InputError(
                f"levels from {levels[0]:g} to {levels[-1]:g}",
                allowed=f"from {LEVEL_MIN} to {LEVEL_MAX}",
                remedy="levels are fractions, not percent",
            )
        object.__setattr__(self, "levels", frozen(levels))

    @classmethod
    def equal_steps(cls, n_steps: int) -> "Trajectory":
        """Return `n_steps` equally spaced levels, both ends among them.

        Raises
        ------
        InputError
            If `n_steps` is below 2.
        """
        if n_steps < 2:
            raise InputError(
                f"a continuum of {n_steps} steps",
                allowed="at least 2 steps: both ends are among them",
            )
        # i/(n-1) mirrors exactly: level k from one end is 1 - level k from the other
        # up to one rounding, which the integer weights do not see.
        return cls(np.arange(n_steps) / (n_steps - 1))

    @classmethod
    def through(cls, levels: Sequence[float]) -> "Trajectory":
        """Return the trajectory with just these levels."""
        return cls(np.array(levels, dtype=np.float64))

    @property
    def n_steps(self) -> int:
        """Number of images of the continuum."""
        return len(self.levels)

    def weights(self) -> npt.NDArray[np.float64]:
        """Return the share of both endpoints at every step.

        Returns
        -------
        ndarray, shape (N, 2)
            Rows sum to 1.
        """
        return np.stack([1.0 - self.levels, self.levels], axis=1)
