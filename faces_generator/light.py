"""Where the light comes from, and how much of it from each direction."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faces_generator.arrays import Array


@dataclass(frozen=True)
class Light:
    """Where the light comes from.

    Parameters
    ----------
    key_direction, fill_direction : tuple of float
        Directions towards the main and the filling light.
    key, fill, rim, ambient : float
        Their strengths.
    warmth : float
        Colour of the main light: 1 daylight through a window, 0 grey, 2 a lamp.
    """

    key_direction: tuple[float, float, float] = (-0.55, 0.55, 0.75)
    key: float = 3.6
    fill_direction: tuple[float, float, float] = (0.8, 0.25, 0.6)
    fill: float = 0.8
    rim: float = 1.2
    ambient: float = 0.85
    warmth: float = 1.0

    def radiance(self, directions: Array) -> Array:
        """Return the light, shape (N, 3), from directions of shape (N, 3)."""

        def lobe(
            towards: npt.ArrayLike, sharpness: float, colour: npt.ArrayLike
        ) -> Array:
            axis = np.array(towards, float)
            axis /= np.linalg.norm(axis)
            cosine = (directions * axis).sum(1)
            return np.exp((cosine - 1) * sharpness)[:, None] * np.array(colour)

        up = directions[:, 1:2]
        sky = (0.55 + 0.45 * up) * np.array([0.80, 0.87, 1.0]) * 0.55
        floor = np.clip(-up, 0, 1) * np.array([0.5, 0.36, 0.28]) * 0.5
        warm = 1 - self.warmth * np.array([0, 0.07, 0.16])
        return (
            (sky + floor) * self.ambient
            + lobe(self.key_direction, 9, warm) * self.key
            + lobe(self.fill_direction, 6, (0.75, 0.85, 1.0)) * self.fill
            + lobe((0.75, 0.5, -0.6), 10, (1, 0.97, 0.92)) * self.rim
        )
