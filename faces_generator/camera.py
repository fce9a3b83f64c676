"""The camera: pose of the head, perspective, and the developing of linear light.

Conventions
-----------
`Camera.project` returns landmark coordinates: pixels, x right, y down, and the centre
of the top-left pixel is (0, 0). Raster coordinates are larger by half a pixel.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from faces_generator.arrays import Array
from faces_generator.colour import to_srgb

PIVOT = np.array([0, -0.25, -0.25])
POSITION = np.array([0, -0.05, 7.5])
EXTENT = 1.70
"""Width of a picture in units of the head, at the eyes."""


@dataclass(frozen=True)
class Camera:
    """A camera in front of the face that makes square pictures.

    Parameters
    ----------
    size : int
        Width and height in pixels.
    extent : float, optional
        Width of the picture in units of the head, at the eyes.
    centre_y : float, optional
        Height of the picture's centre.
    """

    size: int
    extent: float = EXTENT
    centre_y: float = -0.075

    def raster(self, points: Array, supersampling: int = 1) -> Array:
        """Return raster coordinates, shape (..., 2), of points in space."""
        near = POSITION[2] / (POSITION[2] - points[..., 2])
        n = self.size * supersampling
        scale = n / self.extent * near
        return np.stack(
            [
                n / 2 + points[..., 0] * scale,
                n / 2 - (points[..., 1] - self.centre_y) * scale,
            ],
            -1,
        )

    def project(self, points: Array) -> Array:
        """Return landmark coordinates, shape (..., 2), of points in space."""
        return self.raster(points) - 0.5


def pose_matrix(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Array:
    """Return the rotation of the head, shape (3, 3)."""
    (cy, cp, cr), (sy, sp, sr) = (
        f(np.deg2rad([yaw_deg, pitch_deg, roll_deg])) for f in (np.cos, np.sin)
    )
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return roll @ pitch @ yaw


def turn(points: Array, matrix: Array) -> Array:
    """Return points turned about the pivot of the neck."""
    x, y, z = (points - PIVOT).T
    return np.stack([m[0] * x + m[1] * y + m[2] * z for m in matrix], 1) + PIVOT


def develop(
    light: Array,
    size: int,
    *,
    exposure: float,
    contrast: float,
    grain_seed: int,
    grain: float = 0.6,
) -> Array:
    """Return the finished picture of supersampled linear light.

    Parameters
    ----------
    light : ndarray, shape (k * size, k * size, 3)
        Linear light.
    size : int
        Width and height of the result.
    exposure, contrast : float
        Factor of the light; strength of the S-shaped tone curve.
    grain_seed : int
        Seed of the film grain.
    grain : float, optional
        Standard deviation of the grain, in code values.

    Returns
    -------
    ndarray, shape (size, size, 3), dtype uint8
        sRGB.
    """
    light = light * exposure
    shoulder = 0.6 + 0.4 * (1 - np.exp(-(light - 0.6) / 0.4))
    light = np.where(light > 0.6, shoulder, light)
    light = cv2.resize(light, (size, size), interpolation=cv2.INTER_AREA)
    light = cv2.GaussianBlur(light, (0, 0), 0.45 * size / 768)
    code = to_srgb(light)
    code = code + 1.3 * contrast * (code - 0.56) * (1 - np.abs(2 * code - 1) ** 2)
    noise = np.random.default_rng(grain_seed).standard_normal((size, size, 1)) * grain
    return np.clip(code * 255 + noise + 0.5, 0, 255).astype(np.uint8)
