"""Distances of the faces of a continuum from those at its ends, in an embedding."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.quality.distances import Spacing

#: Age in months from which a person counts as an adult.
ADULT = 216


@dataclass(frozen=True, eq=False)
class IdentityDistances:
    """Distances of the face of every image from the faces at both ends.

    Parameters
    ----------
    embedding : str
        Name of the embedding.
    from_first, from_last : array-like, shape (N,)
        Distances between its descriptors.
    adults_only : bool
        Whether the embedding was trained on adults.
    age_months : float or None
        Age of the person; None if the recipe does not give it.
    spacing : Spacing or None
        Distances between neighbouring images in the embedding, for comparison with
        other measures: no check judges them.
    """

    embedding: str
    from_first: npt.NDArray[np.float64]
    from_last: npt.NDArray[np.float64]
    adults_only: bool = True
    age_months: float | None = None
    spacing: Spacing | None = None

    def __post_init__(self) -> None:
        for name in ("from_first", "from_last"):
            values = np.asarray(getattr(self, name), np.float64)
            if len(values) < 2 or values.shape != np.shape(self.from_first):
                raise InputError(f"{values.size} distances in {self.embedding}")
            object.__setattr__(self, name, frozen(values))

    @property
    def ends(self) -> float:
        """Distance between the two ends."""
        return float(self.from_first[-1])

    @property
    def nearer_end(self) -> npt.NDArray[np.float64]:
        """Distance of every image from its nearer end, shape (N,)."""
        return np.minimum(self.from_first, self.from_last)

    @property
    def largest(self) -> float:
        """Largest distance of an image from the nearer end."""
        return float(self.nearer_end.max())

    @property
    def farthest(self) -> int:
        """Step, from 1, that is farthest from the nearer end."""
        return int(self.nearer_end.argmax()) + 1

    @property
    def measured(self) -> float:
        """The larger of both: ends of two people make every image a mixture of them."""
        return max(self.ends, self.largest)

    @property
    def judged(self) -> bool:
        """Whether the embedding applies to people of this age."""
        young = self.age_months is not None and self.age_months < ADULT
        return not (self.adults_only and young)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object."""
        return {
            "embedding": self.embedding,
            "from_first": self.from_first.tolist(),
            "from_last": self.from_last.tolist(),
            "ends": self.ends,
            "largest_to_nearer_end": self.largest,
            "farthest_step": self.farthest,
            "age_months": self.age_months,
            "judged": self.judged,
        }
