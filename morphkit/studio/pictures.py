"""Pictures of faces for the page: whole photographs and small crops."""

from functools import lru_cache

import numpy as np

from morphkit._core.arrays import Frame, Points, eight_bit
from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks
from morphkit.studio.documents import Document, image_of, stamp_of
from morphkit.studio.study import StudioFace

#: Side of a small picture, pixels.
THUMBNAIL = 240
#: Margin around the landmarks, as a fraction of their extent.
MARGIN = 0.3


def whole_picture(face: StudioFace) -> bytes:
    """Return the photograph of a face as it is morphed: upright, sRGB; a PNG."""
    return _whole(face, stamp_of(face.photo))


@lru_cache(maxsize=8)
def _whole(face: StudioFace, stamp: tuple[int, int]) -> bytes:
    """Return a photograph as PNG; kept while its file is the same."""
    del stamp
    return encoded(eight_bit(image_of(face)))


def encoded(image: Frame) -> bytes:
    """Return an image as a PNG, packed fast rather than small."""
    import cv2

    ok, data = cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not ok:
        raise InputError("the image cannot be encoded")
    return bytes(data.tobytes())


def thumbnail(document: Document) -> bytes:
    """Return a small square picture of a face with its lines; a PNG."""
    import cv2

    image = eight_bit(image_of(document.face))
    height, width = image.shape[:2]
    points = document.landmarks.points if document.landmarks else None
    centre, side = _crop(points, (width, height))
    scale = THUMBNAIL / side
    # From the photograph to the picture, pixels counted at their centres.
    shift = THUMBNAIL / 2 - 0.5 - scale * centre
    matrix = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    if scale < 0.5:  # reduced first, since warping alone would leave jagged edges
        factor = 2 * scale
        size = max(1, round(width * factor)), max(1, round(height * factor))
        reduced = cv2.resize(image, size, interpolation=how)
        image = reduced.astype(np.uint8, copy=False)
        matrix[:, :2] /= factor
    warped = cv2.warpAffine(
        np.ascontiguousarray(image),
        matrix,
        (THUMBNAIL, THUMBNAIL),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    made = warped.astype(np.uint8, copy=False)
    if document.landmarks is not None:
        _draw(made, document.landmarks, scale, shift)
    return encoded(made)


def _crop(points: Points | None, size: tuple[int, int]) -> tuple[Points, float]:
    """Return centre and side of the part of a photograph that is shown."""
    if points is None:
        return np.array(size) / 2 - 0.5, float(max(size))
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max()) * (1 + 2 * MARGIN)
    return (low + high) / 2, max(side, 8.0)


def _draw(made: Frame, landmarks: Landmarks, scale: float, shift: Points) -> None:
    """Draw the lines of a template into a small picture."""
    import cv2

    places = np.rint((landmarks.points * scale + shift) * 16).astype(np.int32)
    template = landmarks.template
    for line, closed in zip(template.lines, template.closed, strict=True):
        corners = places[list(line)][:, None]
        cv2.polylines(made, [corners], closed, (46, 230, 214), 1, cv2.LINE_AA, 4)
