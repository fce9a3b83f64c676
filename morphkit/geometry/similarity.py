"""Similarities: rotation, uniform scale and shift.

Modelled on ``affine.Affine``, which is small and complete. There is no reflection.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit.errors import InputError


@dataclass(frozen=True)
class Similarity:
    """The map ``(x, y) -> (a x - b y + dx, b x + a y + dy)``.

    Parameters
    ----------
    a, b : float
        Scale times cosine and sine of the rotation; not both zero.
    dx, dy : float
        Shift in pixels.
    """

    a: float
    b: float
    dx: float
    dy: float

    def __post_init__(self) -> None:
        values = (self.a, self.b, self.dx, self.dy)
        if not all(math.isfinite(value) for value in values):
            raise InputError(f"a similarity of {values}", allowed="finite numbers only")
        if self.a * self.a + self.b * self.b == 0.0:
            raise InputError("a similarity of scale 0 has no inverse")

    @classmethod
    def identity(cls) -> "Similarity":
        """Return the identity map."""
        return cls(1.0, 0.0, 0.0, 0.0)

    @classmethod
    def scaling(cls, scale: float, *, shift: tuple[float, float]) -> "Similarity":
        """Return scaling by `scale`, followed by a `shift` in pixels."""
        return cls(scale, 0.0, *shift)

    @property
    def scale(self) -> float:
        """Scale factor: the length of a mapped unit segment."""
        return math.sqrt(self.a * self.a + self.b * self.b)

    @property
    def angle_deg(self) -> float:
        """Rotation in degrees, counter-clockwise as seen (y points down)."""
        return -math.degrees(math.atan2(self.b, self.a))

    def __call__(self, points: npt.ArrayLike) -> Points:
        """Return the mapped points.

        Parameters
        ----------
        points : array-like, shape (N, 2)

        Returns
        -------
        ndarray, shape (N, 2), dtype float64
        """
        xy = np.asarray(points, dtype=np.float64)
        x, y = xy[..., 0], xy[..., 1]
        return np.stack(
            [self.a * x - self.b * y + self.dx, self.b * x + self.a * y + self.dy],
            axis=-1,
        )

    def after(self, first: "Similarity") -> "Similarity":
        """Return the map that applies `first`, then this one."""
        shift = self(np.array([[first.dx, first.dy]]))[0]
        return Similarity(
            self.a * first.a - self.b * first.b,
            self.b * first.a + self.a * first.b,
            float(shift[0]),
            float(shift[1]),
        )

    def inverse(self) -> "Similarity":
        """Return the inverse map."""
        norm = self.a * self.a + self.b * self.b
        a, b = self.a / norm, -self.b / norm
        return Similarity(
            a, b, -(a * self.dx - b * self.dy), -(b * self.dx + a * self.dy)
        )
