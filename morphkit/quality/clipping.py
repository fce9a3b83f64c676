"""Clipping in a single face: skin that is blown out or blocked up."""

from collections.abc import Iterator

from morphkit._core.arrays import Frame, Points
from morphkit._core.finding import Finding
from morphkit.geometry.hull import convex_hull
from morphkit.geometry.polygon import inside
from morphkit.quality.limits import LIMITS
from morphkit.quality.measure import clipped_share


def find_clipping_in(frame: Frame, points: Points) -> Iterator[Finding]:
    """Find a face with much skin at black or white, within the hull of its landmarks.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
    points : ndarray, shape (L, 2)
        Pixels; they may lie outside.
    """
    height, width = frame.shape[:2]
    share = clipped_share(frame, inside(convex_hull(points), (height, width)))
    if judged := LIMITS["clipping"].judge(share):
        severity, limit = judged
        yield Finding(
            "clipping",
            severity,
            f"{share:.1%} of the face is clipped to black or white (allowed "
            f"{limit:.0%}); smaller fractions, or prototypes of similar skin, change "
            "less",
            value=share,
            limit=limit,
        )
