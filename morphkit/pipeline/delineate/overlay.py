"""A picture of landmarks on their photograph, for inspection by eye."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Image, eight_bit
from morphkit.faces.landmarks import FaceBox, Landmarks

LINES = (0, 230, 255)
POINTS = (255, 70, 0)
DARK = (0, 0, 0)
#: Fractional bits of coordinates in OpenCV's drawing functions.
SHIFT = 4
#: Longer side of a picture of numbered faces, pixels.
LONGEST = 960


def draw_overlay(image: Image, landmarks: Landmarks) -> Frame:
    """Return the photograph with the landmarks and the lines of their template.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    landmarks : Landmarks
        In the frame of `image`.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint8

    Examples
    --------
    >>> import morphkit as mk
    >>> faces = mk.shipped_faces()
    >>> face = mk.read_face(
    ...     faces / "source_faces/maja_happy.png", faces / "landmarks/maja_happy.json"
    ... )
    >>> mk.draw_overlay(face.image, face.landmarks).shape
    (640, 640, 3)
    """
    import cv2

    drawn = _eight_bit(image)
    extent = float(np.ptp(landmarks.points, axis=0).max())
    thin = max(1, round(extent / 500))
    # Many points crowd: those of a mesh are drawn smaller.
    radius = max(1.0, extent / (150 if len(landmarks.points) < 250 else 300))
    near = np.clip(landmarks.points, -(2**20), 2**20)
    places = np.rint(near * 2**SHIFT).astype(np.int32)
    lines = zip(landmarks.template.lines, landmarks.template.closed, strict=True)
    for line, closed in lines:
        corners = places[list(line)][:, None]
        cv2.polylines(drawn, [corners], closed, LINES, thin, cv2.LINE_AA, SHIFT)
    for x, y in places.tolist():
        for colour, size in ((DARK, radius + 1), (POINTS, radius)):
            around = round(size * 2**SHIFT)
            cv2.circle(drawn, (x, y), around, colour, -1, cv2.LINE_AA, SHIFT)
    return drawn


def draw_faces(image: Image, boxes: Sequence[FaceBox]) -> Frame:
    """Return the photograph, made small, with boxes around faces and their numbers.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    boxes : sequence of (int, int, int, int)
        Left, top, width and height of every face, pixels, in the order of the numbers.

    Returns
    -------
    ndarray, shape (h, w, 3), dtype uint8
        Its longer side has at most `LONGEST` pixels.
    """
    import cv2

    scale = min(1.0, LONGEST / max(image.shape[:2]))
    drawn = _eight_bit(image)
    if scale < 1:
        size = [max(1, round(scale * side)) for side in drawn.shape[1::-1]]
        small = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
        drawn = np.asarray(small, np.uint8)
    for number, box in enumerate(boxes, 1):
        x, y, width, height = (round(scale * v) for v in box)
        for colour, thick in ((DARK, 4), (LINES, 2)):
            cv2.rectangle(drawn, (x, y), (x + width, y + height), colour, thick)
        at = (max(x, 0) + 6, max(y, 0) + 28)
        for colour, thick in ((DARK, 6), (LINES, 2)):
            cv2.putText(
                drawn, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, 1, colour, thick,
                cv2.LINE_AA,
            )  # fmt: skip
    return drawn


def _eight_bit(image: Image) -> npt.NDArray[np.uint8]:
    """Return a copy with 8 bits that may be drawn on."""
    return np.array(eight_bit(image), order="C")
