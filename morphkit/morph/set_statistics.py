"""Statistics of a set, by which each of its images is finished."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.morph.normalise import Learned
from morphkit.morph.normalise.sets import frozen_array


@dataclass(frozen=True, eq=False)
class SetStatistics:
    """Statistics of a set, as they are frozen in its pack.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        ``"background"`` holds the code values of the mean background, shape (3,),
        dtype uint8; ``"GROUP.NAME"`` what matching learnt from a group. Empty if no
        image depends on the others.
    """

    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def learnt_of(self, group: str) -> Learned:
        """Return what matching learnt from an identity, or from the ``"set"``."""
        start = f"{group}."
        return {
            name.removeprefix(start): found
            for name, found in self.arrays.items()
            if name.startswith(start)
        }

    def background(self) -> tuple[int, int, int]:
        """Return the code values of the mean background.

        Raises
        ------
        InputError
            If it was not measured.
        """
        red, green, blue = frozen_array(self.arrays, "background", (3,)).tolist()
        return red, green, blue

    def is_same(self, other: "SetStatistics") -> bool:
        """Return whether all arrays of both are equal."""
        return self.arrays.keys() == other.arrays.keys() and all(
            np.array_equal(self.arrays[name], other.arrays[name])
            for name in self.arrays
        )
