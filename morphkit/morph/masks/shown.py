"""The mask that hides what a photograph does not show: its edge is not repeated."""

from collections.abc import Sequence

import numpy as np

from morphkit._core.arrays import Points
from morphkit.geometry.align.face_frame import photo_sides
from morphkit.geometry.correspondence.frozen_mesh import (
    UNITS_PER_PIXEL,
    Correspondence,
    to_nodes,
)
from morphkit.geometry.polygon import area, cut
from morphkit.geometry.similarity import Similarity
from morphkit.morph.masks.fading import MaskShape, feather_taps

#: Largest share of the frame outside a photograph in which its edge is repeated.
REPEATED = 0.02
#: Largest distance by which a warp may draw the edge of a photograph into the frame and
#: have it hidden, as a share of the width.
DRAWN_IN = 0.05


def shown_mask(
    mesh: Correspondence,
    moves: Sequence[Similarity],
    photo_sizes: Sequence[tuple[int, int]],
    *,
    feather: float,
) -> MaskShape | None:
    """Return the mask that leaves what all photographs show.

    Parameters
    ----------
    mesh : Correspondence
    moves : sequence of Similarity
        From the photograph of every end to the frame.
    photo_sizes : sequence of (int, int)
        Width and height of these photographs, pixels.
    feather : float
        Width of the fading edge as a fraction of the width of the frame.

    Returns
    -------
    MaskShape or None
        None if every photograph shows all but `REPEATED` of the frame, or no part of
        the frame is shown by all.
    """
    width, height = mesh.size
    sides, ends = photo_sides(moves, photo_sizes)
    whole = _rectangle(mesh.size, 0.0)
    parts = [
        _within(whole, sides[4 * k : 4 * k + 4], ends[4 * k : 4 * k + 4])
        for k in range(mesh.n_ends)
    ]
    if all(area(part) >= (1 - REPEATED) * width * height for part in parts):
        return None
    taps = feather_taps(round(feather * width))
    reach = len(taps) // 2 + 1
    nodes = mesh.frame_nodes / UNITS_PER_PIXEL
    photos = mesh.photo_nodes / UNITS_PER_PIXEL
    for j, side in enumerate(sides):
        k, (axis, last) = j // 4, (j % 2, j % 4 >= 2)
        places = photos[k][:, axis]
        beyond = places > photo_sizes[k][axis] - 0.5 if last else places < -0.5
        if beyond.any():
            # What the warp draws in is hidden, too.
            there = nodes[:, beyond]
            drawn = float((there[..., 0] * side[0] + there[..., 1] * side[1]).min())
            ends[j] = max(min(ends[j], drawn), ends[j] - DRAWN_IN * width)
    outline = _within(_rectangle(mesh.size, 2.0 * reach), sides, ends - reach)
    return MaskShape(to_nodes(outline), taps) if len(outline) >= 3 else None


def _rectangle(size: tuple[int, int], around: float) -> Points:
    """Return the corners of a frame with so many pixels around it."""
    left = top = -0.5 - around
    right, bottom = (side - 0.5 + around for side in size)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _within(polygon: Points, sides: Points, ends: Points) -> Points:
    """Return the part of a polygon within half planes."""
    for side, end in zip(sides, ends, strict=True):
        if len(polygon):
            along = polygon[:, 0] * side[0] + polygon[:, 1] * side[1]
            polygon = cut(polygon, end - along)
    return polygon
