"""Facial action units as weights of the units of the head, and what an infant does.

An act is a set of action units with intensities. Infants differ in these intensities,
so each identity has a repertoire of its own.

References
----------
Ekman, Friesen & Hager (2002), Facial Action Coding System.
Oster (2006), Baby FACS: Facial Action Coding System for infants and young children.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ACTION_UNITS = {
    "AU1": {"fu/browInnerUp": 0.8, "wrinkle/forehead": 0.5},
    "AU2": {"fu/browOuterUpLeft": 0.5, "bump/browraise": 0.5},
    "AU4": {
        "fu/browDownLeft": 1.0,
        "expr/eyebrows-left-down": 0.6,
        "bump/browbulge": 1.5,
        "bump/browtogether": 1.0,
        "furrow/glabella": 0.3,
        "wrinkle/glabella": 1.0,
        "wrinkle/brow": 1.0,
        "wrinkle/root": 1.0,
    },
    "AU6": {
        "fu/cheekSquintLeft": 0.6,
        "bump/cheekball": 0.45,
        "furrow/under": 0.7,
        "wrinkle/under": 0.8,
    },
    "AU7": {"fu/eyeSquintLeft": 1.0, "bump/lowlid": 1.0, "wrinkle/crow": 1.0},
    "AU9": {
        "fu/noseSneerLeft": 1.0,
        "furrow/bunny": 0.7,
        "wrinkle/bunny": 1.0,
        "bump/wingup": 1.0,
        "furrow/naso": 0.85,
        "wrinkle/naso": 0.9,
    },
    "AU10": {
        "fu/mouthUpperUpLeft": 0.8,
        "bump/squareup": 1.0,
        "furrow/naso": 0.15,
        "wrinkle/naso": 0.2,
    },
    "AU12": {
        "fu/mouthSmileLeft": 0.50,
        "expr/mouth-corner-puller": 0.50,
        "bump/smilewide": 1.0,
        "bump/cheeklow": 1.0,
        "wrinkle/naso": 0.18,
        "wrinkle/corner": 0.5,
    },
    "AU15": {"fu/mouthFrownLeft": 0.5, "bump/cornerdown": 0.8},
    "AU16": {"fu/mouthLowerDownLeft": 1.0, "bump/smileround": 1.0},
    "AU17": {"bump/chinup": 0.6, "furrow/chin": 0.8, "wrinkle/chin": 1.0},
    "AU20": {
        "fu/mouthStretchLeft": 1.0,
        "bump/mouthwide": 0.8,
        "bump/squarelow": 1.0,
        "fu/mouthRollLower": 0.4,
        "furrow/naso-low": 0.7,
    },
    "AU25": {"bump/lipseal": -1.0, "bump/gumshow": 1.0},
    "AU27": {
        "fu/jawOpen": 1.0,
        "bump/jawdrop": 1.4,
        "bump/gum-deep": 1.0,
        "bump/lipthin": 1.0,
        "fu/mouthRollLower": 0.9,
    },
    "AU43": {
        "expr/eye-left-slit": 0.9,
        "bump/lidpuff": 1.0,
        "wrinkle/lid": 1.0,
    },
    "tongue-cup": {"bump/tonguecup": 1.0},
}
"""Weights of the head's units for each action unit at intensity 1."""

AT_REST = {
    "furrow/lid": 0.6,
    "furrow/nose-lip": 0.5,
    "expr/eye-left-slit": 0.06,
    "bump/lipseal": 1.0,
    "wrinkle/philtrum": 1.0,
    "wrinkle/fold": 1.0,
}
"""Weights of every face that does nothing."""


@dataclass(frozen=True)
class Act:
    """What a face does.

    Parameters
    ----------
    units : dict of str to float
        Intensity of action units.
    flush : float, optional
        Redness from crying, 0 to 1.
    tears : float, optional
        How wet the cheeks are, 0 to 1.
    """

    units: Mapping[str, float] = field(default_factory=dict)
    flush: float = 0.0
    tears: float = 0.0

    def weights(self) -> dict[str, float]:
        """Return the weights of the units of the head."""
        total = dict(AT_REST)
        for name, intensity in self.units.items():
            for unit, weight in ACTION_UNITS[name].items():
                total[unit] = total.get(unit, 0.0) + intensity * weight
        total["bump/lipseal"] = max(0.0, total["bump/lipseal"])
        return total
