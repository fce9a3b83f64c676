"""Expressions as weights of facial units, and two paths between them.

The *linear* path changes every weight in proportion to the level, so each point of the
surface, and each landmark fixed to it, moves along a straight line at constant speed.
On the *eased* path each unit follows its own power of the level and the jaw swings
about its hinge: points move on curves, at different times. The true landmarks half way
are then not the mean of the landmarks at the ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from faces_generator.action_units import Act
from faces_generator.arrays import Array

LABELS = ("happy", "neutral", "distressed")
PATHS = ("linear", "eased")

NEUTRAL = {
    "furrow/lid": 0.6,
    "furrow/nose-lip": 0.5,
    "expr/eye-left-slit": 0.12,
    "bump/lipseal": 1.0,
}
HAPPY = {
    "furrow/lid": 0.6,
    "furrow/nose-lip": 0.3,
    "expr/eye-left-slit": 0.12,
    "fu/mouthSmileLeft": 0.45,
    "expr/mouth-corner-puller": 0.75,
    "fu/jawOpen": 0.50,
    "fu/cheekSquintLeft": 0.75,
    "fu/eyeSquintLeft": 0.35,
    "fu/mouthUpperUpLeft": 0.30,
    "fu/mouthLowerDownLeft": 0.2,
    "fu/browOuterUpLeft": 0.15,
    "fu/mouthDimpleLeft": 0.3,
    "bump/cheekball": 1.3,
    "bump/jawdrop": 0.15,
    "bump/mouthwide": 0.5,
    "bump/gum-deep": 0.4,
    "bump/browraise": 0.35,
    "furrow/naso": 0.40,
    "furrow/under": 0.6,
}
DISTRESSED = {
    "fu/jawOpen": 0.66,
    "expr/mouth-depression-retraction": 0.20,
    "fu/mouthStretchLeft": 0.85,
    "fu/mouthUpperUpLeft": 0.75,
    "fu/mouthFrownLeft": 0.40,
    "fu/mouthRollLower": 0.8,
    "fu/cheekSquintLeft": 0.7,
    "fu/eyeSquintLeft": 1.0,
    "expr/eye-left-slit": 0.85,
    "fu/browDownLeft": 0.6,
    "expr/eyebrows-left-inner-up": 0.55,
    "expr/eyebrows-left-down": 0.35,
    "fu/noseSneerLeft": 0.9,
    "bump/cheekball-cry": 1.0,
    "bump/browbulge": 1.0,
    "bump/mouthwide": 0.9,
    "bump/jawdrop": 1.0,
    "bump/cornerdown": 0.4,
    "bump/chinup": 0.35,
    "bump/browlow": 0.1,
    "bump/browin": 0.5,
    "bump/gum-deep": 1.0,
    "furrow/naso": 1.3,
    "furrow/naso-low": 0.9,
    "furrow/glabella": 1.2,
    "furrow/bunny": 1.0,
    "furrow/under": 1.0,
    "furrow/under-low": 0.8,
    "furrow/forehead": 0.5,
    "furrow/chin": 0.8,
    "furrow/nose-lip": 0.9,
}
WEIGHTS = {"happy": HAPPY, "neutral": NEUTRAL, "distressed": DISTRESSED}
FLUSH = {"happy": 0.0, "neutral": 0.0, "distressed": 0.55}

JAW_UNITS = ("fu/jawOpen", "bump/jawdrop", "bump/gum-deep")
JAW_SWING_DEG = 26.0
"""Turn of the jaw about its hinge for a change of its units by 1 in sum."""

EASING = (
    ("brow", 0.7),
    ("glabella", 0.7),
    ("forehead", 0.7),
    ("eye", 1.5),
    ("under", 1.5),
    ("cheek", 0.8),
    ("naso", 1.2),
    ("Frown", 1.6),
    ("corner", 1.5),
    ("Smile", 1.5),
    ("Stretch", 1.4),
    ("mouth", 1.3),
    ("nose", 0.8),
)
"""Power of the level for units whose name contains a word; the first word counts."""


Combine = Callable[[Mapping[str, float]], Array]
"""What gives the displacement of a head's coarse vertices for weights of units."""


@dataclass(frozen=True)
class Hinge:
    """A change of the jaw units along the arc of a hinge instead of a straight line.

    Parameters
    ----------
    change : dict of str to float
        Change of the weights from the start to the end.
    level : float
        How far along the arc, 0 to 1.
    angle_deg : float
        Angle of the whole arc.
    """

    change: dict[str, float]
    level: float
    angle_deg: float

    def displacement(self, combine: Combine) -> Array:
        """Return the displacement of the coarse vertices relative to the start.

        A turn by the angle θ takes r to R(θ)r and so displaces it by d = (R(θ) - I)r.
        Part of the way, the same point is displaced by (R(tθ) - I)(R(θ) - I)⁻¹ d.
        """
        d = combine(self.change)
        theta = np.deg2rad(self.angle_deg)
        if abs(theta) < 1e-6:
            return self.level * d

        def turn(angle: float) -> Array:
            c, s = np.cos(angle), np.sin(angle)
            return np.array([[c - 1, -s], [s, c - 1]])

        part = turn(self.level * theta) @ np.linalg.inv(turn(theta))
        out = self.level * d
        out[:, 1:] = d[:, 1:] @ part.T
        return out


@dataclass(frozen=True)
class Expression:
    """What the face does: weights of units, redness from crying, and the jaw's swing.

    Parameters
    ----------
    weights : dict of str to float
        Weight of every unit; names as in `Head.combine`.
    flush : float
        Redness from crying, 0 to 1.
    hinge : Hinge, optional
        Change of the jaw on top of its weights.
    tears : float, optional
        How wet the cheeks are, 0 to 1.
    """

    weights: dict[str, float] = field(default_factory=dict)
    flush: float = 0.0
    hinge: Hinge | None = None
    tears: float = 0.0

    def displacement(self, combine: Combine) -> Array:
        """Return the displacement of the coarse vertices of a head.

        Parameters
        ----------
        combine : callable
            Gives that head's displacement for weights of units, as `Head.combine`.
        """
        still = combine(self.weights)
        return still if self.hinge is None else still + self.hinge.displacement(combine)

    def jaw_opening(self) -> float:
        """Return the weight of the opening jaw."""
        extra = 0.0
        if self.hinge is not None:
            extra = self.hinge.level * self.hinge.change.get("fu/jawOpen", 0.0)
        return self.weights.get("fu/jawOpen", 0.0) + extra


class Shown(NamedTuple):
    """What one label shows."""

    weights: dict[str, float]
    flush: float
    tears: float

    @classmethod
    def shared(cls, label: str) -> Shown:
        """Return what all infants of the first set show."""
        return cls(WEIGHTS[label], FLUSH[label], 0.0)

    @classmethod
    def of(cls, act: Act) -> Shown:
        """Return what an infant's own act shows."""
        return cls(act.weights(), act.flush, act.tears)


def easing_power(unit: str) -> float:
    """Return the power of the level that a unit follows on the eased path."""
    return next((power for word, power in EASING if word in unit), 1.0)


def express(
    start: str,
    end: str,
    level: float,
    path: str,
    repertoire: Mapping[str, Act] | None = None,
) -> Expression:
    """Return the expression at a level between two labelled ones.

    Parameters
    ----------
    start, end : str
        One of `LABELS`.
    level : float
        0 is `start`, 1 is `end`.
    path : str
        One of `PATHS`.
    repertoire : dict of str to Act, optional
        What this infant does for each label; without it, what the first set shares.

    Raises
    ------
    ValueError
        If a label, the path or the level is not allowed.
    """
    for label in (start, end):
        if label not in LABELS:
            raise ValueError(f'label "{label}"; one of {LABELS} is needed')
    if path not in PATHS:
        raise ValueError(f'path "{path}"; one of {PATHS} is needed')
    if not 0 <= level <= 1:
        raise ValueError(f"level {level}; 0 to 1 is needed")
    first, last = (
        Shown.shared(label) if repertoire is None else Shown.of(repertoire[label])
        for label in (start, end)
    )
    a, b = first.weights, last.weights
    flush = (1 - level) * first.flush + level * last.flush
    tears = (1 - level) * first.tears + level * last.tears
    units = sorted({*a, *b})
    if path == "linear":
        mixed = {u: (1 - level) * a.get(u, 0) + level * b.get(u, 0) for u in units}
        return Expression(mixed, flush, tears=tears)
    change = {u: b.get(u, 0) - a.get(u, 0) for u in JAW_UNITS}
    mixed = {
        u: a.get(u, 0) + level ** easing_power(u) * (b.get(u, 0) - a.get(u, 0))
        for u in units
        if u not in JAW_UNITS
    }
    mixed |= {u: a.get(u, 0) for u in JAW_UNITS}
    swing = abs(change["fu/jawOpen"]) + abs(change["bump/jawdrop"])
    hinge = Hinge(change, level, JAW_SWING_DEG * swing)
    return Expression(mixed, flush, hinge, tears)
