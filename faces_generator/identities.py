"""Twelve invented infants: shape, age, colours, hair, clothes, pose and light."""

from dataclasses import dataclass, field

import numpy as np

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
    def thickness(self):
        """Height of the visible outline of the hair above the scalp."""
        return 0.002 + 0.3 * self.lift * self.length + (0.004 if self.curls else 0.0)


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
    """

    name: str
    seed: int
    sex: str
    months: int
    monk: int
    shape: dict
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

    def all_shape_weights(self):
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

    def proportion(self, vertices):
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
        return out


_LEFT = (-0.55, 0.55, 0.75)
_RIGHT = (0.6, 0.5, 0.75)

_ALL = (
    Identity(
        "ada",
        3,
        "f",
        8,
        2,
        {"macro/caucasian-female": 1.0, "macro/female-maxweight": 0.5},
        (240, 196, 172),
        (92, 118, 146),
        (128, 92, 60),
        Hair((168, 128, 84)),
        (222, 226, 214),
        (188, 200, 208),
        (2, 0, -1.5),
    ),
    Identity(
        "ben",
        11,
        "m",
        12,
        8,
        {
            "macro/african-male": 1.0,
            "macro/male-maxweight": 0.4,
            "nose/nose-scale-horiz-decr": -0.35,
            "mouth/mouth-upperlip-height-decr": -0.45,
            "head/head-oval": 0.25,
        },
        (128, 84, 60),
        (96, 54, 28),
        (24, 18, 16),
        Hair((24, 18, 16), 34000, 0.05, 0.45, 0.32, 0.6, 0.8, curls=9, edge=0.03),
        (196, 142, 72),
        (208, 205, 198),
        (-2.5, 1, 1.5),
        exposure=1.32,
        gloss=1.0,
        redness=0.6,
        lips=(0.88, 0.58, 0.60),
    ),
    Identity(
        "cleo",
        23,
        "f",
        8,
        4,
        {
            "macro/asian-female": 1.0,
            "eyes/l-eye-epicanthus-in": 0.4,
            "head/head-round": 0.30,
            "macro/female-maxweight": 0.6,
            "bump/cheekfat": 0.15,
        },
        (232, 184, 148),
        (66, 42, 26),
        (44, 32, 26),
        Hair((30, 22, 19), 34000, 0.13, 0.55, 0.33, 0.55, 0.25),
        (150, 176, 196),
        (214, 206, 196),
        (3, -1, 2),
        Light(_RIGHT, 3.3, (-0.8, 0.2, 0.6), warmth=0.8),
        squint_out=0.24,
        neckline=-0.78,
        pattern="stripes",
        brow_opacity=0.28,
    ),
    Identity(
        "dov",
        37,
        "m",
        12,
        5,
        {
            "macro/caucasian-male": 0.6,
            "macro/asian-male": 0.4,
            "chin/chin-width-incr": 0.3,
            "nose/nose-point-up": 0.4,
        },
        (206, 160, 128),
        (92, 62, 34),
        (44, 30, 22),
        Hair((50, 34, 24), 28000, 0.11, 0.50, 0.33, 0.45, 0.5),
        (180, 120, 120),
        (178, 190, 180),
        (-1, 2, -2),
        Light((-0.3, 0.75, 0.7), 3.4, fill=1.0, warmth=1.4),
        exposure=1.12,
    ),
    Identity(
        "esi",
        53,
        "f",
        12,
        9,
        {
            "macro/african-female": 1.0,
            "macro/female-maxweight": 0.7,
            "nose/nose-scale-horiz-decr": -0.5,
            "mouth/mouth-upperlip-height-decr": -0.6,
            "head/head-round": 0.35,
        },
        (100, 64, 46),
        (70, 40, 24),
        (18, 14, 13),
        Hair((20, 15, 14), 30000, 0.06, 0.45, 0.31, 0.65, 0.9, curls=8, edge=0.03),
        (206, 196, 220),
        (166, 178, 192),
        (2, -1, -1),
        Light(_RIGHT, 4.0, (-0.8, 0.25, 0.6), 1.5, 1.2, 1.0),
        exposure=1.72,
        gloss=0.85,
        redness=0.5,
        lips=(0.92, 0.62, 0.64),
        pattern="dots",
    ),
    Identity(
        "finn",
        71,
        "m",
        8,
        1,
        {
            "macro/caucasian-male": 1.0,
            "macro/male-maxweight": 1.0,
            "head/head-square": 0.2,
            "nose/nose-point-up": 0.3,
            "chin/chin-height-decr": 0.4,
        },
        (246, 206, 184),
        (104, 120, 92),
        (150, 88, 52),
        Hair((190, 112, 60), 14000, 0.11, 0.34, 0.36, 0.25, 0.6),
        (112, 136, 120),
        (206, 200, 190),
        (-3, 0, 2),
        redness=1.25,
    ),
    Identity(
        "gita",
        89,
        "f",
        4,
        6,
        {
            "macro/caucasian-female": 0.6,
            "macro/african-female": 0.25,
            "macro/asian-female": 0.15,
            "macro/female-maxweight": 0.3,
            "nose/nose-point-width-incr": 0.2,
            "eyes/l-eye-height2-incr": 0.2,
        },
        (170, 124, 95),
        (62, 38, 24),
        (30, 22, 20),
        Hair((28, 21, 19), 26000, 0.08, 0.45, 0.34, 0.5, 0.4),
        (232, 214, 160),
        (196, 186, 190),
        (1, 2, 3),
        Light((-0.7, 0.4, 0.7), 3.6, fill=1.1),
        exposure=1.2,
        gloss=0.85,
        redness=0.8,
        lips=(0.88, 0.54, 0.56),
        pattern="dots",
        neckline=-0.77,
    ),
    Identity(
        "hugo",
        97,
        "m",
        4,
        3,
        {
            "macro/caucasian-male": 0.85,
            "macro/asian-male": 0.15,
            "macro/male-minweight": 0.2,
            "head/head-oval": 0.3,
            "ears/l-ear-wing-incr": 0.35,
        },
        (238, 200, 168),
        (84, 100, 116),
        (124, 92, 60),
        Hair((176, 140, 96), 5000, 0.06, 0.26, 0.40, 0.12, 0.3),
        (120, 150, 180),
        (222, 214, 200),
        (-2, -2, -3),
        Light(_RIGHT, 3.4, (-0.8, 0.25, 0.6), 0.9),
        pattern="stripes",
        brow_opacity=0.36,
    ),
    Identity(
        "inka",
        113,
        "f",
        12,
        5,
        {
            "macro/asian-female": 0.6,
            "macro/caucasian-female": 0.4,
            "eyes/l-eye-epicanthus-in": 0.2,
            "macro/female-maxweight": 0.4,
            "mouth/mouth-scale-horiz-incr": 0.2,
            "nose/nose-point-width-incr": 0.2,
        },
        (196, 150, 118),
        (70, 44, 28),
        (36, 26, 20),
        Hair((38, 26, 20), 36000, 0.16, 0.52, 0.31, 0.55, 0.3, lift=0.14),
        (168, 72, 72),
        (206, 208, 200),
        (4, 0, -2),
        Light(_LEFT, 3.5, warmth=1.3),
        exposure=1.14,
        squint_out=0.18,
        neckline=-0.82,
    ),
    Identity(
        "juno",
        131,
        "f",
        4,
        7,
        {
            "macro/african-female": 0.7,
            "macro/caucasian-female": 0.3,
            "macro/female-maxweight": 0.8,
            "mouth/mouth-upperlip-height-decr": -0.3,
            "nose/nose-scale-horiz-decr": -0.25,
        },
        (148, 104, 80),
        (80, 48, 28),
        (34, 24, 20),
        Hair((36, 26, 22), 12000, 0.05, 0.34, 0.36, 0.35, 0.8, curls=7, edge=0.04),
        (226, 226, 230),
        (172, 190, 186),
        (-4, 1, 1),
        Light(_LEFT, 3.8, fill=1.2, ambient=0.95),
        exposure=1.28,
        gloss=0.9,
        redness=0.65,
        lips=(0.9, 0.56, 0.58),
        pattern="stripes",
    ),
    Identity(
        "kofi",
        149,
        "m",
        8,
        9,
        {
            "macro/african-male": 1.0,
            "macro/male-maxweight": 0.6,
            "nose/nose-scale-horiz-decr": -0.3,
            "head/head-oval": 0.15,
            "mouth/mouth-upperlip-height-decr": -0.4,
            "chin/chin-prominent-incr": 0.2,
        },
        (86, 56, 42),
        (64, 38, 24),
        (16, 13, 12),
        Hair((17, 14, 13), 24000, 0.035, 0.42, 0.35, 0.55, 0.9, curls=8, edge=0.03),
        (92, 150, 134),
        (196, 190, 178),
        (1, -2, 2.5),
        Light(_LEFT, 4.2, fill=1.7, rim=1.4, ambient=1.05),
        exposure=1.95,
        gloss=0.8,
        redness=0.5,
        lips=(0.94, 0.64, 0.66),
    ),
    Identity(
        "lumi",
        167,
        "f",
        8,
        3,
        {
            "macro/asian-female": 0.8,
            "macro/caucasian-female": 0.2,
            "eyes/l-eye-epicanthus-in": 0.3,
            "macro/female-maxweight": 0.9,
            "head/head-round": 0.2,
            "nose/nose-volume-decr": 0.3,
        },
        (240, 200, 170),
        (58, 38, 26),
        (50, 38, 32),
        Hair((40, 31, 28), 12000, 0.09, 0.30, 0.38, 0.22, 0.3),
        (214, 160, 150),
        (182, 190, 206),
        (0, 1, -3.5),
        Light((0.3, 0.7, 0.75), 3.4, (-0.8, 0.2, 0.6), 0.9, warmth=0.7),
        squint_out=0.22,
        brow_opacity=0.26,
        neckline=-0.79,
    ),
)

IDENTITIES = {identity.name: identity for identity in _ALL}
