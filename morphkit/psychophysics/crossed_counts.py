"""Counts of answers by identity, participant and level.

Conventions
-----------
Counts have the shape ``(I, J, m)``: identities, participants, levels. Identities may
have different levels; where nothing was shown the count is 0.
"""

from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.psychophysics.links import Array


@dataclass(frozen=True, eq=False)
class CrossedCounts:
    """Counts of answers by identity, participant and level.

    Parameters
    ----------
    levels : ndarray, shape (I, m)
        Levels of each identity, growing.
    chosen, shown : ndarray, shape (I, J, m)
        Answers for the second label, and answers.

    Raises
    ------
    InputError
        If the shapes do not fit, levels do not increase or counts are impossible.
    """

    levels: Array
    chosen: Array
    shown: Array

    def __post_init__(self) -> None:
        for name in ("levels", "chosen", "shown"):
            array = frozen(np.asarray(getattr(self, name), float))
            object.__setattr__(self, name, array)
        n, m = self.levels.shape
        if self.chosen.shape != self.shown.shape or self.shown.shape[::2] != (n, m):
            raise InputError(
                f"levels {self.levels.shape}, chosen {self.chosen.shape} and shown "
                f"{self.shown.shape} do not match",
                allowed="(I, m), (I, J, m) and (I, J, m)",
            )
        if not (np.diff(self.levels, axis=1) > 0).all():
            raise InputError("the levels of an identity do not increase")
        if not ((self.chosen >= 0) & (self.chosen <= self.shown)).all():
            raise InputError("the counts are impossible")

    def per_identity(self, copies: Array | None = None) -> tuple[Array, Array]:
        """Return counts summed over participants, weighted by `copies (R, J)`."""
        if copies is None:
            copies = np.ones((1, self.shown.shape[1]))
        total = [np.einsum("rj,ijm->rim", copies, a) for a in (self.chosen, self.shown)]
        return total[0], total[1]

    def together(self, copies: Array | None = None) -> tuple[Array, Array, Array]:
        """Return all levels, and counts over identities and participants at each."""
        K, N = self.per_identity(copies)
        x, place = np.unique(self.levels, return_inverse=True)
        member = np.eye(len(x))[place.reshape(-1)]
        return x, K.reshape(len(K), -1) @ member, N.reshape(len(N), -1) @ member
