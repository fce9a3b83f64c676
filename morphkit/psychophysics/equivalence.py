"""Certification that a scale is straight, by an equivalence test.

A test that does not find a scale uneven has not shown it to be even. Only a band that
lies entirely within a stated margin of the straight line shows that.

References
----------
Lakens (2017), doi:10.1177/1948550617697177 (equivalence); the margins are those for
which simulated studies of 1,120 and 2,240 triads certify a straight scale at sigma 0.2.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from morphkit.errors import InputError
from morphkit.psychophysics.difference_scaling import (
    MIN_PARTICIPANTS,
    DifferenceScale,
)
from morphkit.psychophysics.links import Array

STANDARD_MARGIN = 0.075
#: The three verdicts.
Verdict = Literal["uniform", "uneven", "undecided"]
UNIFORM: Final = "uniform"
UNEVEN: Final = "uneven"
UNDECIDED: Final = "undecided"


@dataclass(frozen=True)
class Certificate:
    """The verdict on uniformity from the simultaneous band.

    Parameters
    ----------
    verdict : str
        ``"uniform"``: the whole band lies within the margin of the straight line.
        ``"uneven"``: at some level the whole band lies outside the margin.
        ``"undecided"``: neither; more trials are needed.
    margin : float
        Largest departure that still counts as straight, in units of the scale.
    largest_departure : float
        Of the fitted scale from the line.
    upper_bound : float
        Of the band from the line: a margin above this would be met.
    level : float
        Of the band.
    held : bool, optional
        Whether the band holds. That of several participants does only if they were
        drawn again, from `MIN_PARTICIPANTS` of them on; otherwise there is no verdict.
    """

    verdict: Verdict
    margin: float
    largest_departure: float
    upper_bound: float
    level: float
    held: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the certificate as a JSON object."""
        return dict(vars(self))

    def sentence(self) -> str:
        """Return the verdict in words."""
        if not self.held:
            return (
                "no verdict: its band takes the answers of several participants as "
                f"independent; {MIN_PARTICIPANTS} participants are needed, drawn again "
                f"(fitted departure {self.largest_departure:.3f})"
            )
        said = {
            UNIFORM: "perceptually uniform",
            UNEVEN: "perceptually uneven",
            UNDECIDED: "not decided, more trials are needed",
        }[self.verdict]
        return (
            f"{said}: the simultaneous {self.level:.0%} band departs from the straight "
            f"line by at most {self.upper_bound:.3f} (margin {self.margin:g}, fitted "
            f"departure {self.largest_departure:.3f})"
        )


def straight_line(levels: Array) -> Array:
    """Return the scale that equal steps of the levels would have."""
    return np.asarray((levels - levels[0]) / np.ptp(levels))


def band_holds(source: str, n_participants: int) -> bool:
    """Return whether the uncertainty of a scale is that of the people who answered.

    Answers of different people to one trial are not independent. Where three
    to nine of them differed, bands that take them to be held the truth in 36 to 58 % of
    studies.
    """
    return n_participants == 1 or source != "wald"


def certify(
    scale: DifferenceScale, *, margin: float = STANDARD_MARGIN, n_participants: int = 1
) -> Certificate:
    """Return whether a scale is straight within a margin.

    Parameters
    ----------
    scale : DifferenceScale
        With its simultaneous band.
    margin : float, optional
        0.05 is strict, 0.075 standard.
    n_participants : int, optional
        How many people answered.

    Raises
    ------
    InputError
        If the margin is not between 0 and 0.5, or the scale is penalised: its band
        says nothing.
    """
    if not 0 < margin < 0.5:
        raise InputError(f"a margin of {margin:g}", allowed="between 0 and 0.5")
    line = straight_line(scale.levels)
    low = np.array([-np.inf if b.low is None else b.low for b in scale.band]) - line
    high = np.array([np.inf if b.high is None else b.high for b in scale.band]) - line
    bound = float(np.maximum(np.abs(low), np.abs(high)).max())
    outside = bool(((low > margin) | (high < -margin)).any())
    verdict: Verdict
    verdict = UNIFORM if bound <= margin else UNEVEN if outside else UNDECIDED
    if scale.separated and verdict == UNIFORM:
        verdict = UNDECIDED
    held = band_holds(scale.source, n_participants)
    if not held:
        verdict = UNDECIDED
    return Certificate(
        verdict=verdict,
        margin=margin,
        largest_departure=float(np.abs(scale.values - line).max()),
        upper_bound=bound,
        level=scale.band[0].level,
        held=held,
    )
