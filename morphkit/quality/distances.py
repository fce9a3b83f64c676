"""Distances along a continuum, as they were measured, and how even they are.

`morphkit.quality.spacing` measures them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import frozen
from morphkit.errors import InputError

Numbers = npt.NDArray[np.float64]

#: Local exponents with which a distance is summed up to a length.
ADDITIVE = (0.95, 1.05)
#: How predicted steps were seen: before or after rounding to the 8 bits of a file.
Precision = Literal["float", "8-bit"]
FLOAT: Final = "float"
EIGHT_BIT: Final = "8-bit"


@dataclass(frozen=True, eq=False)
class Spacing:
    """Distances along a continuum, in one measure.

    Parameters
    ----------
    measure : str
        Metric, crop, mask and size in one name.
    unit : str
        Of the distances.
    levels : array-like, shape (N,)
    steps : array-like, shape (N - 1,)
        Distance of every frame to the next.
    from_first, from_last : array-like, shape (N,)
        Distance of every frame to the first and to the last.
    exponent : float or None
        Median local exponent; None where it could not be measured.
    precision : str
        ``"float"`` before rounding, ``"8-bit"`` from the files.
    """

    measure: str
    unit: str
    levels: Numbers
    steps: Numbers
    from_first: Numbers
    from_last: Numbers
    exponent: float | None
    precision: Precision = FLOAT

    def __post_init__(self) -> None:
        n = len(self.levels)
        for name, length in (
            ("levels", n),
            ("steps", n - 1),
            ("from_first", n),
            ("from_last", n),
        ):
            values = np.asarray(getattr(self, name), np.float64)
            if n < 2 or values.shape != (length,) or not np.isfinite(values).all():
                raise InputError(f"{values.size} {name} of a spacing of {n} levels")
            object.__setattr__(self, name, frozen(values))

    @property
    def additive(self) -> bool:
        """Whether distances may be summed up to the length of a path."""
        return self.exponent is not None and ADDITIVE[0] <= self.exponent <= ADDITIVE[1]

    @property
    def cumulative(self) -> Numbers | None:
        """Share of the path up to every frame, 0 to 1; None if it has no length."""
        total = self.steps.sum()
        if not self.additive or total == 0:
            return None
        return np.concatenate([[0.0], np.cumsum(self.steps) / total])

    @property
    def cv(self) -> float:
        """Standard deviation of the steps over their mean; 0 if nothing changes."""
        mean = float(self.steps.mean())
        return float(self.steps.std()) / mean if mean else 0.0

    @property
    def max_min(self) -> float | None:
        """Largest step over the smallest; None if two neighbours are alike."""
        least = float(self.steps.min())
        return float(self.steps.max()) / least if least > 0 else None

    @property
    def departure(self) -> float | None:
        """Largest departure of the cumulative curve from a line of equal steps."""
        path = self.cumulative
        if path is None:
            return None
        return float(np.abs(path - np.linspace(0, 1, len(path))).max())

    @property
    def edge_ratio(self) -> float | None:
        """Mean of the first and last step over the median of those between."""
        inner = self.steps[1:-1]
        if not inner.size or not np.median(inner) > 0:
            return None
        return float((self.steps[0] + self.steps[-1]) / 2 / np.median(inner))

    @property
    def half_level(self) -> float | None:
        """Level halfway along the path."""
        path = self.cumulative
        if path is None:
            return None
        return float(np.interp(0.5, path, self.levels))

    @property
    def straightness(self) -> float | None:
        """Distance of the ends over the length of the path; 1 is straight."""
        if self.cumulative is None:
            return None
        return float(self.from_first[-1] / self.steps.sum())

    @property
    def setbacks(self) -> tuple[int, ...]:
        """Frames, from 1, that are not farther from an end than the one before."""
        away = np.flatnonzero(np.diff(self.from_first) <= 0) + 2
        near = np.flatnonzero(np.diff(self.from_last) >= 0) + 2
        return tuple(sorted({*away.tolist(), *near.tolist()}))

    @property
    def monotone(self) -> bool:
        """Whether every frame is farther from the first and nearer to the last."""
        return not self.setbacks

    def summary(self) -> dict[str, Any]:
        """Return everything that is computed from the steps, as a JSON object."""
        return {
            "unit": self.unit,
            "precision": self.precision,
            "exponent": self.exponent,
            "additive": self.additive,
            "mean_step": float(self.steps.mean()),
            "cv": self.cv,
            "max_min": self.max_min,
            "departure": self.departure,
            "edge_ratio": self.edge_ratio,
            "half_level": self.half_level,
            "straightness": self.straightness,
            "monotone": self.monotone,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the spacing as a JSON object that `from_dict` reads."""
        return {
            "unit": self.unit,
            "levels": self.levels.tolist(),
            "steps": self.steps.tolist(),
            "from_first": self.from_first.tolist(),
            "from_last": self.from_last.tolist(),
            "exponent": self.exponent,
            "precision": self.precision,
        }

    @classmethod
    def from_dict(cls, measure: str, data: Mapping[str, Any]) -> "Spacing":
        """Return the spacing of a JSON object.

        Raises
        ------
        InputError
            If something in it is missing or does not fit.
        """
        try:
            return cls(measure, **data)
        except (TypeError, ValueError) as error:
            raise InputError(f"no spacing ({error})", where=measure) from None
