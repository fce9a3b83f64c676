"""The frame in which two photographs of a face are compared: upright, of one size.

Conventions
-----------
The inter-ocular distance, between the outer corners of the eyes, is about `UNIT` pixels
there; the middle of the eyes stands at `EYES` of the square.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from morphkit._core.arrays import Frame, Image, Points, eight_bit
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.align import procrustes
from morphkit.geometry.similarity import Similarity

#: Inter-ocular distance, pixels.
UNIT = 128.0
#: Distance of the centres of the eyes, in inter-ocular distances.
EYES_APART = 0.714
#: Side of the square frame, pixels.
SIDE = 460
#: Where the middle of the eyes stands, pixels.
EYES = (230.0, 184.0)


@dataclass(frozen=True, eq=False)
class View:
    """A face as a detector sees it.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
    seen : Landmarks
        In the detector's own template.
    """

    image: Image
    seen: Landmarks


@dataclass(frozen=True, eq=False)
class Standing:
    """A view in the common frame.

    Parameters
    ----------
    to : Similarity
        From the pixels of the photograph to those of the frame.
    points : ndarray, shape (N, 2)
        What the detector sees.
    view : View
    """

    to: Similarity
    points: Points
    view: View

    def frame(self) -> Frame:
        """Return the photograph in the common frame; its border goes on outside."""
        import cv2

        back = self.to.inverse()
        image: Any = eight_bit(self.view.image)
        reduced = min(1.0, 1.5 * self.to.scale)
        if reduced < 1:
            image = cv2.resize(
                image, None, fx=reduced, fy=reduced, interpolation=cv2.INTER_AREA
            )
        # Pixel centres of a reduced photograph lie between those of the whole one.
        scale = Similarity.scaling(
            1 / reduced, shift=((1 / reduced - 1) / 2, (1 / reduced - 1) / 2)
        )
        there = scale.inverse().after(back)
        matrix = np.array([[there.a, -there.b, there.dx], [there.b, there.a, there.dy]])
        return np.asarray(
            cv2.warpAffine(
                image,
                matrix,
                (SIDE, SIDE),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.uint8,
        )


def upright(seen: Landmarks) -> Similarity:
    """Return the map of a face into the common frame, by its eyes."""
    left, right = seen.eye_centres()
    factor = UNIT * EYES_APART / complex(*(right - left))
    turn = Similarity(factor.real, factor.imag, 0.0, 0.0)
    shift = np.array(EYES) - turn((left + right) / 2)
    return Similarity(factor.real, factor.imag, float(shift[0]), float(shift[1]))


def stand(start: View, end: View) -> tuple[Standing, Standing]:
    """Return two views of one face in the common frame.

    The first stands upright; the second is turned, scaled and moved onto it, so that
    what the detector sees of both agrees as far as a similarity can.
    """
    first = upright(start.seen)
    points = first(start.seen.points)
    second = procrustes.fit(end.seen.points, points)
    return (
        Standing(first, points, start),
        Standing(second, second(end.seen.points), end),
    )
