"""What makes an infant this infant: shape, age, colours, hair, clothes, light."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from faces_generator.action_units import Act
from faces_generator.arrays import Array
from faces_generator.camera import EXTENT, Camera
from faces_generator.colour import smoothstep
from faces_generator.light import Light

INFANT = {
    "eyes/l-eye-scale-incr": 0.5,
    "ears/l-ear-scale-decr": 0.35,
    "ears/l-ear-wing-decr": 0.6,
    "nose/nose-scale-horiz-decr": 0.55,
    "mouth/mouth-upperlip-height-decr": 0.7,
    "mouth/mouth-lowerlip-height-decr": 0.3,
    "bump/nosetip": 1.0,
}
"""Shape of every infant on top of the mean head."""


@dataclass(frozen=True)
class Hair:
    """Scalp hair; `line` is the height of the hairline above the forehead at rest."""

    colour: tuple[int, int, int]
    n_strands: int = 9000
    length: float = 0.09
    opacity: float = 0.30
    line: float = 0.36
    tint: float = 0.22
    wave: float = 0.35
    curls: float = 0.0
    lift: float = 0.10
    edge: float = 0.06
    crown: tuple[float, float, float] = (0.05, 0.50, -0.30)

    @property
    def thickness(self) -> float:
        """Height of the visible outline of the hair above the scalp."""
        return 0.002 + 0.3 * self.lift * self.length + (0.004 if self.curls else 0.0)


@dataclass(frozen=True)
class Nature:
    """What makes skin, eyes and mouth look alive.

    Parameters
    ----------
    pores, mottle, vellus : float, optional
        Strength of pores, of uneven blood in the skin, and of the fine hair that shows
        at the outline; 1 is usual.
    teeth : int, optional
        Number of first teeth: 0, 2 (lower) or 4 (and upper).
    shoulders : float, optional
        Width of the shoulders relative to those of the base mesh.
    """

    pores: float = 1.0
    mottle: float = 1.0
    vellus: float = 1.0
    teeth: int = 0
    shoulders: float = 0.8


@dataclass(frozen=True)
class Identity:
    """One invented infant.

    Parameters
    ----------
    name : str
        Lower-case id.
    seed : int
        Seed of noise and strands.
    sex : str
        ``"f"`` or ``"m"``.
    months : int
        Age that the proportions are meant to suggest: 4, 8 or 12.
    monk : int
        Skin tone group on the Monk scale, 1 to 10.
    shape : dict of str to float
        Weights of shape modes.
    tone, iris, brow, cloth, background : tuple of int
        sRGB colours.
    hair : Hair
        On the scalp.
    pose_deg : tuple of float
        Yaw, pitch and roll of the head.
    light : Light, optional
        Where the light comes from.
    exposure, contrast, gloss, redness : float, optional
        Of the picture and of the skin.
    lips : tuple of float, optional
        Colour of the lips relative to the skin.
    brow_opacity : float, optional
        Of each hair of the brow.
    pattern : str, optional
        ``"knit"``, ``"stripes"`` or ``"dots"``.
    neckline : float, optional
        Height of the collar.
    gaze : tuple of float, optional
        Direction of both eyes.
    squint_out : float, optional
        Outward turn of each eye, so that the eyes do not look crossed.
    iris_size : float, optional
        Angle of the iris on the eyeball.
    repertoire : dict of str to Act, optional
        What this infant does for each label; without it, what the first set shares.
    nature : Nature, optional
        What makes skin and eyes look alive; without it they are as in the first set.
    extent : float, optional
        Width of the picture in units of the head: more shows more around the head.
    """

    name: str
    seed: int
    sex: str
    months: int
    monk: int
    shape: dict[str, float]
    tone: tuple[int, int, int]
    iris: tuple[int, int, int]
    brow: tuple[int, int, int]
    hair: Hair
    cloth: tuple[int, int, int]
    background: tuple[int, int, int]
    pose_deg: tuple[float, float, float]
    light: Light = field(default_factory=Light)
    exposure: float = 1.04
    contrast: float = 0.16
    gloss: float = 0.75
    redness: float = 1.0
    lips: tuple[float, float, float] = (0.88, 0.50, 0.52)
    brow_opacity: float = 0.34
    pattern: str = "knit"
    neckline: float = -0.80
    gaze: tuple[float, float] = (0.0, 0.0)
    squint_out: float = 0.13
    iris_size: float = 0.47
    repertoire: Mapping[str, Act] | None = None
    nature: Nature | None = None
    extent: float = EXTENT

    def camera(self, size: int) -> Camera:
        """Return the camera that makes the pictures of this infant.

        Parameters
        ----------
        size : int
            Width and height in pixels.
        """
        return Camera(size, self.extent)

    def all_shape_weights(self) -> dict[str, float]:
        """Return the weights of all shape modes, with what age adds."""
        age = (self.months - 8) / 4
        weights = INFANT | {"bump/cheekfat": 0.65 - 0.15 * age}
        grown = {
            "eyes/l-eye-scale-incr": -0.22 * age,
            "chin/chin-height-decr": max(0.0, -0.25 * age),
            "chin/chin-height-incr": max(0.0, 0.15 * age),
            "nose/nose-scale-vert-incr": max(0.0, 0.25 * age),
            "neck/neck-double-incr": max(0.0, -0.15 * age),
        }
        for extra in (grown, self.shape):
            for name, weight in extra.items():
                weights[name] = weights.get(name, 0.0) + weight
        return weights

    def proportion(self, vertices: Array) -> Array:
        """Return vertices with the face and cranium in the proportion of the age.

        Younger infants have a shorter lower face and a higher cranium.
        """
        age = (self.months - 8) / 4
        lower, upper, soft = 0.945 + 0.04 * age, 1.01 - 0.04 * age, 0.06
        out = vertices.copy()
        y = vertices[:, 1]
        down = np.clip(-y, 0, None)
        up = np.clip(y - 0.15, 0, None)
        below = -(down * lower + (1 - lower) * soft * (1 - np.exp(-down / soft)))
        above = y + (upper - 1) * (up - soft * (1 - np.exp(-up / soft)))
        out[:, 1] = np.where(y < 0, below, above)
        if self.nature is None:
            return out
        # An infant's shoulders are narrow and slope.
        low = smoothstep(-0.62, -0.82, y)
        out[:, 0] *= 1 - (1 - self.nature.shoulders) * low
        out[:, 1] -= 0.10 * low * smoothstep(0.35, 0.95, np.abs(vertices[:, 0]))
        return out
