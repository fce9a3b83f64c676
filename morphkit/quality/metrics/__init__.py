"""Metrics: how different two frames look.

A metric first turns a frame into what it compares (`Metric.prepare`), then measures
the distance of two of them (`Metric.distance`), so that a frame that is compared with
many is looked at once. 0 means alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from morphkit._core.arrays import Frame, Mask
from morphkit._core.registry import Table
from morphkit.quality.metrics import (
    ciede2000,
    cvvdp,
    flip,
    gabor_jet,
    mean_difference,
    ssim_root,
)
from morphkit.quality.metrics.frames import AnyFrame, check_frames


@dataclass(frozen=True)
class Metric:
    """A measure of the difference between two frames.

    Parameters
    ----------
    prepare : callable
        ``prepare(frame, mask) -> features`` for a frame ``(H, W, 3)``, uint8, uint16
        or float code values in [0, 1], and a mask ``(H, W)`` in [0, 1] or None.
    distance : callable
        ``distance(a, b) -> float`` of two features; grows with the difference, 0 for
        equal frames, the same both ways.
    unit : str
        Of the distance.
    upper : float
        Largest possible distance.
    title : str
        A word or two for plots and tables.
    summary : str
        One line for listings.
    extra, library : str, optional
        The extra of morphkit that it needs, and the library in it; empty for none.
    """

    prepare: Callable[[AnyFrame, Mask | None], Any]
    distance: Callable[[Any, Any], float]
    unit: str
    upper: float
    title: str
    summary: str
    extra: str = ""
    library: str = ""

    def score(self, a: AnyFrame, b: AnyFrame, *, mask: Mask | None = None) -> float:
        """Return the distance of two frames of one size.

        Raises
        ------
        InputError
            If frames or mask cannot be compared; see `check_frames`.
        MissingExtraError
            If the metric needs a library that is not installed.
        """
        check_frames(a, b, mask)
        return self.distance(self.prepare(a, mask), self.prepare(b, mask))


METRICS = Table(
    "metrics",
    Metric,
    {
        "gabor_jet": Metric(
            title="Gabor jets",
            prepare=gabor_jet.prepare,
            distance=gabor_jet.distance,
            unit="Gabor magnitude",
            upper=51_000.0,
            summary="Euclidean distance of Gabor-jet magnitudes, after Yue et al. 2012",
        ),
        "gabor_jet_applet": Metric(
            title="Gabor jets (applet)",
            prepare=gabor_jet.prepare_applet,
            distance=gabor_jet.distance,
            unit="applet units",
            upper=100_000.0,
            summary="Gabor-jet dissimilarity as the applet of Margalit et al. 2016",
        ),
        "ciede2000_mean": Metric(
            title="Colour, mean",
            prepare=ciede2000.prepare,
            distance=ciede2000.mean,
            unit="CIEDE2000",
            upper=150.0,
            summary="mean colour difference after CIE 2000",
        ),
        "ciede2000_rms": Metric(
            title="Colour, RMS",
            prepare=ciede2000.prepare,
            distance=ciede2000.root_mean_square,
            unit="CIEDE2000",
            upper=150.0,
            summary="root mean square of the colour difference after CIE 2000",
        ),
        "ssim_root": Metric(
            title="Structure",
            prepare=ssim_root.prepare,
            distance=ssim_root.distance,
            unit="√(1 - SSIM)",
            upper=2**0.5,
            summary="root of the structural dissimilarity",
        ),
        "mean_difference": Metric(
            title="Code values",
            prepare=mean_difference.prepare,
            distance=mean_difference.distance,
            unit="sRGB code values",
            upper=255.0,
            summary="mean absolute difference of the code values",
        ),
        "flip": Metric(
            title="FLIP",
            prepare=flip.prepare,
            distance=flip.distance,
            unit=f"FLIP at {flip.PIXELS_PER_DEGREE:g} pixels per degree",
            upper=1.0,
            summary="difference seen when pictures alternate; needs the extra flip",
            extra="flip",
            library="flip_evaluator",
        ),
        "cvvdp": Metric(
            title="ColorVideoVDP",
            prepare=cvvdp.prepare,
            distance=cvvdp.distance,
            unit=f"JOD below equal, on {cvvdp.DISPLAY}",
            upper=cvvdp.BEST,
            summary="visible difference after ColorVideoVDP; needs the extra cvvdp",
            extra="cvvdp",
            library="pycvvdp",
        ),
    },
)

__all__ = ["METRICS", "AnyFrame", "Frame", "Mask", "Metric"]
