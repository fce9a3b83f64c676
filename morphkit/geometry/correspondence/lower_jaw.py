"""First teeth: the lower jaw takes them along, and lips that close leave no light.

Lower teeth, gum and tongue rise with the lower lip as it closes. Where gum is seen
below the teeth, the lip closes over it; where teeth begin at the lip, they stay there.
Halfway the upper lip hides their tips, so nothing is squeezed.

What is uncovered is blended with the darkest place of the face whose mouth is closed:
between lips that part there is little light, and none where they meet.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image, Points
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Opening, Template
from morphkit.geometry.correspondence.openings import edges
from morphkit.pixels.spec import decode_table

#: Depth below the corners of points on the outer edge of the lower lip, at least, as a
#: fraction of that of the lowest.
_LOW = 1 / 3
#: Room between what is seen alone, with its soft edge, and the dark of a face, as a
#: fraction of its larger side.
_BESIDE = 0.03
#: Red, green and blue in luminance, tenthousandths.
_LUMA = np.array([2126, 7152, 722], np.int64)


def lower_jaws(
    opening: Opening,
    template: Template,
    placed: Sequence[Points],
    opens: Sequence[bool],
    gum: float,
) -> list[Points]:
    """Return in every end the place of what moves as the lower jaw does.

    Of rendered infants, lower teeth move as the outer edge of the lower lip: 0.6 times
    as far as its inner edge.

    Parameters
    ----------
    opening : Opening
        The mouth.
    template : Template
        Of the landmarks; it has a region "mouth".
    placed : sequence of ndarray, shape (L, 2)
        Landmarks of every end in the common frame, pixels.
    opens : sequence of bool
        Whether the mouth is open, for every end.
    gum : float
        Distance from the teeth to the lip, as a fraction of the width of the mouth: the
        lip rises over the teeth by no more.

    Returns
    -------
    list of ndarray, shape (2,)
        At the inner edge of the lower lip where the mouth is open.
    """
    first = list(opens).index(True)
    left, right = (placed[first][opening.upper[end]] for end in (0, -1))
    width = float(fixed_order.length(right - left))
    down = np.array([left[1] - right[1], right[0] - left[0]]) / width
    lips = [edges(points, opening)[1] for points in placed]
    inner = [lip[len(lip) // 2] for lip in lips]
    outer = _outer_edges(opening, template, placed, first, down)
    sinks = [
        float(fixed_order.dot(out - outer[first] - (at - inner[first]), down))
        for at, out in zip(inner, outer, strict=True)
    ]
    return [
        at if is_open else at + min(max(sink, 0.0), gum * width) * down
        for at, sink, is_open in zip(inner, sinks, opens, strict=True)
    ]


def _outer_edges(
    opening: Opening,
    template: Template,
    placed: Sequence[Points],
    first: int,
    down: npt.NDArray[np.float64],
) -> list[Points]:
    """Return in every end the middle of the outer edge of the lower lip."""
    deep = fixed_order.dot(placed[first] - placed[first][opening.upper[0]], down)
    others = {*template.regions["mouth"]} - {*opening.upper, *opening.lower}
    lowest = max((deep[k] for k in others), default=0.0)
    low = [k for k in sorted(others) if deep[k] > _LOW * lowest > 0.0]
    low = low or [opening.lower[len(opening.lower) // 2]]
    return [fixed_order.mean(points[low]) for points in placed]


def darkest_place(
    photo: Image, face: Landmarks, alone: Sequence[Points] = ()
) -> Points:
    """Return the place around the landmarks where 3 × 3 pixels have the least light.

    What a photograph shows alone keeps others out wherever it is drawn, so the place
    lies beside that.

    Parameters
    ----------
    photo : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    face : Landmarks
        In the frame of the photograph.
    alone : sequence of ndarray, shape (n, 2), optional
        Outlines of what the photograph shows alone, pixels: open eyes, where another
        one has them shut.

    Returns
    -------
    ndarray, shape (2,)
        x and y, pixels of the photograph: a pupil, a nostril or a lash. Of several the
        first in reading order.
    """
    last = np.array(photo.shape[1::-1]) - 2
    low = np.clip(np.floor(face.points.min(axis=0)).astype(int), 1, last)
    high = np.clip(np.ceil(face.points.max(axis=0)).astype(int), low, last)
    seen = photo[low[1] - 1 : high[1] + 2, low[0] - 1 : high[0] + 2]
    light = (decode_table(photo.dtype.name)[seen].astype(np.int64) * _LUMA).sum(axis=2)
    rows = light[:-2] + light[1:-1] + light[2:]
    around = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    room = _BESIDE * float(np.ptp(face.points, axis=0).max())
    for outline in alone:
        first = np.floor(outline.min(axis=0) - room - low).astype(int).clip(0)
        end = np.ceil(outline.max(axis=0) + room - low).astype(int).clip(0) + 1
        around[first[1] : end[1], first[0] : end[0]] = np.iinfo(np.int64).max
    row, column = divmod(int(around.argmin()), around.shape[1])
    return np.asarray(low + np.array([column, row]), np.float64)
