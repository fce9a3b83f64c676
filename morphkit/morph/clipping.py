"""Clipping in a face: skin that is blown out or blocked up."""

from morphkit._core.arrays import Frame, Points
from morphkit._core.finding import Finding
from morphkit.geometry.hull import convex_hull
from morphkit.geometry.polygon import inside

#: Share of a face at code value 0 or 255 above which clipping is reported; judgement.
CLIPPED = 0.02


def find_clipping_in(frame: Frame, points: Points) -> tuple[Finding, ...]:
    """Find a face with much skin at black or white, within the hull of its landmarks.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
    points : ndarray, shape (L, 2)
        Pixels; they may lie outside.
    """
    height, width = frame.shape[:2]
    codes = frame[inside(convex_hull(points), (height, width))]
    clipped = ((codes == 0) | (codes == 255)).any(axis=1)
    share = int(clipped.sum()) / max(len(codes), 1)
    if share <= CLIPPED:
        return ()
    return (
        Finding(
            "clipping",
            "warning",
            f"{share:.1%} of the face is clipped to black or white (allowed "
            f"{CLIPPED:.0%}); smaller fractions, or prototypes of similar skin, change "
            "less",
            value=share,
            limit=CLIPPED,
        ),
    )
