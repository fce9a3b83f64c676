"""Certification that the steps of a continuum are equal, by equivalence tests.

A test that does not find a scale uneven has not shown it to be even. Only bounds do:
that no image departs from equal steps by more than a margin, and that no two
neighbouring steps differ by more than a ratio. Departures add up along the continuum,
so that a small one may hide steps that alternate; and a ratio bounds only images that
were compared.

References
----------
Lakens (2017), doi:10.1177/1948550617697177 (equivalence); the margins are those for
which simulated studies of 1,120 and 2,240 triads certify a straight scale at sigma 0.2.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from morphkit.errors import InputError
from morphkit.psychophysics.choices import STANDARD_MARGIN, STANDARD_RATIO
from morphkit.psychophysics.difference_scale import DifferenceScale
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.neighbours import (
    largest_ratio,
    ratio_bound,
    some_ratio_exceeds,
)
from morphkit.psychophysics.simultaneous_band import MIN_PARTICIPANTS

#: Why a mean of continua has no verdict.
DIFFERING: Final = "the continua differ, so that each has its own"
#: The three verdicts.
Verdict = Literal["uniform", "uneven", "undecided"]
UNIFORM: Final = "uniform"
UNEVEN: Final = "uneven"
UNDECIDED: Final = "undecided"


@dataclass(frozen=True)
class Certificate:
    """The verdict on uniformity, and what was bounded for it.

    Parameters
    ----------
    verdict : str
        ``"uniform"``: every image of the continuum was compared, the whole band lies
        within the margin of the straight line, and neighbouring steps differ by less
        than the limit. ``"uneven"``: at some level the whole band lies outside the
        margin, or two neighbouring steps certainly differ by more than the limit.
        ``"undecided"``: neither.
    margin : float
        Largest departure that still counts as straight, in units of the scale.
    largest_departure : float
        Of the fitted scale from the line.
    upper_bound : float
        Of the band from the line: a margin above this would be met.
    level : float
        Of the band, and of the bound on the ratio.
    held : bool, optional
        Whether the band holds. That of several participants does only if they were
        drawn again, from `MIN_PARTICIPANTS` of them on; otherwise there is no verdict.
    ratio, ratio_bound : float or None, optional
        Largest ratio of neighbouring steps of the fitted scale, and what any is at
        most; None if unbounded, as where images were left out.
    ratio_limit : float or None, optional
        Largest ratio that still counts as equal; None in documents of version 0.1,
        which bounded no ratio.
    n_images, n_compared : int, optional
        Images of the continuum, and how many of them were compared.
    differing : bool, optional
        Whether the scale is a mean of continua that certainly differ: it then has no
        verdict, and each has its own.
    """

    verdict: Verdict
    margin: float
    largest_departure: float
    upper_bound: float
    level: float
    held: bool = True
    ratio: float | None = None
    ratio_bound: float | None = None
    ratio_limit: float | None = None
    n_images: int = 0
    n_compared: int = 0
    differing: bool = False

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
        if self.differing:
            return f"no verdict: {DIFFERING}; {self.bounds()}"
        said = {
            UNIFORM: "perceptually uniform",
            UNEVEN: "perceptually uneven",
            UNDECIDED: "not decided, more trials are needed",
        }[self.verdict]
        if self.verdict == UNDECIDED and self.n_compared < self.n_images:
            said = "not decided, not every image was compared"
        return f"{said}: {self.bounds()}"

    def bounds(self) -> str:
        """Return in words what was bounded."""
        compared = ""
        if self.n_compared < self.n_images:
            compared = f" of the {self.n_compared} compared"
        said = (
            f"no image{compared} departs from equal steps by more than "
            f"{self.upper_bound:.3f} (margin {self.margin:g}, fitted "
            f"{self.largest_departure:.3f})"
        )
        return f"{said}; {self._neighbours()}" if self.ratio_limit else said

    def _neighbours(self) -> str:
        """Return in words what is known of neighbouring steps."""
        if self.n_compared < self.n_images:
            return (
                f"{self.n_images - self.n_compared} of {self.n_images} images were not "
                "compared, so neighbouring steps are not bounded"
            )
        limit = f"limit {self.ratio_limit:g}:1"
        if self.ratio is not None:
            limit += f", fitted {self.ratio:.2f}:1"
        if self.ratio_bound is None:
            return f"how much neighbouring steps differ is not bounded ({limit})"
        return f"neighbouring steps differ at most {self.ratio_bound:.2f}:1 ({limit})"


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
    scale: DifferenceScale,
    *,
    margin: float = STANDARD_MARGIN,
    ratio_limit: float = STANDARD_RATIO,
    n_participants: int = 1,
    n_images: int | None = None,
    differing: bool = False,
) -> Certificate:
    """Return whether the steps of a continuum are equal within margin and limit.

    Parameters
    ----------
    scale : DifferenceScale
        With its simultaneous band, over the images that were compared.
    margin : float, optional
        0.05 is strict, 0.075 standard.
    ratio_limit : float, optional
        Largest ratio of neighbouring steps that counts as equal.
    n_participants : int, optional
        How many people answered.
    n_images : int, optional
        Images of the continuum; by default all were compared.
    differing : bool, optional
        Whether the scale is a mean of continua that certainly differ.

    Raises
    ------
    InputError
        If the margin is not between 0 and 0.5, or the limit not above 1.
    """
    if not 0 < margin < 0.5:
        raise InputError(f"a margin of {margin:g}", allowed="between 0 and 0.5")
    if not ratio_limit > 1:
        raise InputError(f"a ratio of {ratio_limit:g}", allowed="more than 1")
    line, n = straight_line(scale.levels), len(scale.levels)
    images = n if n_images is None else n_images
    low = np.array([-np.inf if b.low is None else b.low for b in scale.band]) - line
    high = np.array([np.inf if b.high is None else b.high for b in scale.band]) - line
    bound = float(np.maximum(np.abs(low), np.abs(high)).max())
    fitted = most = float("inf")
    exceeds = False
    if n >= images:
        fitted = largest_ratio(scale.values)
        most = ratio_bound(scale.values, scale.covariance)
        exceeds = some_ratio_exceeds(ratio_limit, scale.values, scale.covariance)
    outside = exceeds or bool(((low > margin) | (high < -margin)).any())
    even = bound <= margin and most <= ratio_limit and not scale.separated
    held = band_holds(scale.source, n_participants)
    verdict: Verdict = UNIFORM if even else UNEVEN if outside else UNDECIDED
    if not held or differing:
        verdict = UNDECIDED
    return Certificate(
        verdict=verdict,
        margin=margin,
        largest_departure=float(np.abs(scale.values - line).max()),
        upper_bound=bound,
        level=scale.band[0].level,
        held=held,
        ratio=fitted if np.isfinite(fitted) else None,
        ratio_bound=most if np.isfinite(most) and not scale.separated else None,
        ratio_limit=ratio_limit,
        n_images=images,
        n_compared=n,
        differing=differing,
    )
