"""Which part of a frame is measured, and at which size.

What a metric says depends on the crop, on what is left out and on the size: on one face
the largest step was 1.5 times the smallest in a masked crop of the face and 2.2 times
in the whole frame. So a region is part of the name of every measure, and the same for
all frames of a continuum.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import Mask, frozen
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.geometry.hull import convex_hull
from morphkit.geometry.polygon import inside
from morphkit.quality.metrics.frames import (
    AnyFrame,
    Codes,
    Unrounded,
    check_frame,
    code_values,
)
from morphkit.quality.metrics.resampling import resample

#: Side of the square that is measured, pixels.
SIDE = 256
#: Side of the crop of a face, in widths or heights of the face.
MARGIN = 1.2


@dataclass(frozen=True, eq=False)
class Region:
    """A square part of frames, brought to 256 × 256 pixels.

    Parameters
    ----------
    corner : (float, float)
        x and y of its outer top-left corner, pixels of the frame.
    side : float
        Pixels of the frame.
    mask : ndarray, shape (256, 256), dtype float32, or None
        What counts of the square, 0 to 1; None for all.
    """

    corner: tuple[float, float]
    side: float
    mask: Mask | None

    def __post_init__(self) -> None:
        if not self.side > 0:
            raise InputError(f"a region {self.side} pixels wide")
        if self.mask is not None:
            if self.mask.shape != (SIDE, SIDE) or not self.mask.any():
                raise InputError("a region without any pixel")
            object.__setattr__(self, "mask", frozen(self.mask))

    def cut(self, frame: AnyFrame | Unrounded) -> Codes:
        """Return the square of a frame.

        Returns
        -------
        ndarray, shape (256, 256, 3), dtype float64
            Code values in [0, 1], middle grey beyond the frame.
        """
        if isinstance(frame, Unrounded):
            cut = resample(
                frame.samples, self.corner, self.side, SIDE, values=frame.values
            )
        else:
            check_frame(frame)
            values = code_values(frame)
            cut = resample(frame, self.corner, self.side, SIDE, values=values)
        # Means of values in [0, 1] leave it by the last digit at most.
        return np.clip(cut, 0.0, 1.0)


def face_region(correspondence: Correspondence) -> Region:
    """Return the region of the face: the hull of the landmarks of every end."""
    points = correspondence.landmarks.reshape(-1, 2) / UNITS_PER_PIXEL
    hull = convex_hull(points)
    low, high = hull.min(axis=0), hull.max(axis=0)
    side = float(MARGIN * (high - low).max())
    x, y = ((low + high) / 2 - side / 2).tolist()
    # From pixels of the frame to those of the square.
    outline = (hull - [x, y]) * (SIDE / side) - 0.5
    mask = inside(outline, (SIDE, SIDE)).astype(np.float32)
    return Region((x, y), side, mask)


def whole_frame(correspondence: Correspondence) -> Region:
    """Return the region of the whole frame, in the middle of a grey square."""
    width, height = correspondence.size
    side = float(max(width, height))
    corner = ((width - side) / 2 - 0.5, (height - side) / 2 - 0.5)
    if width == height:
        return Region(corner, side, None)
    places = (np.arange(SIDE) + 0.5) * side / SIDE
    across, down = (
        (start + places >= -0.5) & (start + places < length - 0.5)
        for start, length in zip(corner, (width, height), strict=True)
    )
    return Region(corner, side, np.outer(down, across).astype(np.float32))


@dataclass(frozen=True)
class RegionKind:
    """A part of frames that can be measured.

    Parameters
    ----------
    find : callable
        ``find(correspondence) -> Region``: where it is in the frames of a continuum.
    title : str
        A word or two for plots and tables.
    in_methods : str
        What a paper says after "measured on".
    """

    find: Callable[[Correspondence], Region]
    title: str
    in_methods: str


REGIONS: Mapping[str, RegionKind] = {
    "face256": RegionKind(
        find=face_region,
        title="face",
        in_methods="the face (the convex hull of the landmarks of all ends, in a "
        f"square of {MARGIN} times its longer side, resampled to {SIDE} × {SIDE} "
        "pixels, middle grey outside)",
    ),
    "frame256": RegionKind(
        find=whole_frame,
        title="whole frame",
        in_methods=f"the whole frame (resampled to {SIDE} × {SIDE} pixels)",
    ),
}
