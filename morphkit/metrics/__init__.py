"""Metrics: how different two frames look.

Every metric is ``score(a, b, *, mask) -> float`` with a stated unit, direction and
bounds; 0 means alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from morphkit.arrays import Frame, Mask
from morphkit.metrics import ciede2000, mean_difference

Score = Callable[..., float]


@dataclass(frozen=True)
class Metric:
    """A measure of the difference between two frames.

    Parameters
    ----------
    score : callable
        ``score(a, b, *, mask) -> float`` for frames ``(H, W, 3)`` uint8 and a mask
        ``(H, W)`` in [0, 1]; grows with the difference, 0 for equal frames.
    unit : str
        Of the score.
    upper : float
        Largest possible score.
    summary : str
        One line for listings.
    """

    score: Score
    unit: str
    upper: float
    summary: str


METRICS: Mapping[str, Metric] = {
    "mean_difference": Metric(
        score=mean_difference.score,
        unit="sRGB code values",
        upper=255.0,
        summary="mean absolute difference of the code values",
    ),
    "ciede2000": Metric(
        score=ciede2000.score,
        unit="CIEDE2000",
        upper=150.0,
        summary="mean colour difference after CIE 2000",
    ),
}

__all__ = ["METRICS", "Frame", "Mask", "Metric", "Score"]
