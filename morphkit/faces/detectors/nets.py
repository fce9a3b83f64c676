"""The vendored networks: read once per process, run one crop at a time.

Conventions
-----------
Inside the detector, coordinates are *continuous*: the corner of the top-left pixel is
(0, 0) and its centre (0.5, 0.5), so that a crop of n pixels reaches from 0 to n. Only
`mesh.find` subtracts the half pixel.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Points

FACE = "face_detection_short_range.tflite"
MESH = "face_landmark.tflite"
IRIS = "iris_landmark.tflite"

Tensor = npt.NDArray[np.float32]

_reading = threading.Lock()


@dataclass(frozen=True, eq=False)
class Net:
    """A network and the lock that lets one thread at a time through it."""

    net: Any
    busy: threading.Lock

    def run(self, crop: Frame, *, low: float) -> dict[int, Tensor]:
        """Return the network's outputs by their number of elements.

        Parameters
        ----------
        crop : ndarray, shape (n, n, 3), dtype uint8
            RGB, in the size that the network takes.
        low : float
            Value that code 0 stands for; code 255 stands for 1.
        """
        blob = crop.astype(np.float32) * np.float32((1 - low) / 255) + np.float32(low)
        with self.busy:
            self.net.setInput(np.ascontiguousarray(blob.transpose(2, 0, 1)[None]))
            outputs = self.net.forward(self.net.getUnconnectedOutLayersNames())
            return {output.size: np.array(output) for output in outputs}


@cache
def model_hashes() -> Mapping[str, str]:
    """Return the SHA-256 of every vendored model by file name."""
    return {
        name: hashlib.sha256(_model(name).read_bytes()).hexdigest()
        for name in (FACE, MESH, IRIS)
    }


def net(name: str) -> Net:
    """Return the network of a vendored model, read on the first call."""
    with _reading:
        return _read_net(name)


def _model(name: str) -> Traversable:
    """Return the location of a vendored model."""
    return resources.files("morphkit.faces.detectors") / "models" / name


@cache
def _read_net(name: str) -> Net:
    import cv2

    # OpenCV 5 has several engines; the classic one is that of OpenCV 4. The model is
    # passed as a path, because from a buffer OpenCV 5.0 takes another engine.
    engine = (cv2.dnn.ENGINE_CLASSIC,) if int(cv2.__version__.split(".")[0]) > 4 else ()
    with resources.as_file(_model(name)) as path:
        return Net(cv2.dnn.readNetFromTFLite(str(path), *engine), threading.Lock())


def square_crop(
    image: Frame, centre: Points, size: float, angle: float, n: int
) -> tuple[Frame, Points]:
    """Cut a rotated square out of an image.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8
        Beyond its border the outermost pixels are repeated.
    centre : ndarray, shape (2,)
        Centre of the square, continuous pixels.
    size : float
        Side of the square, pixels.
    angle : float
        Direction of the crop's x axis in the image, radians, clockwise as seen.
    n : int
        Side of the crop, pixels.

    Returns
    -------
    crop : ndarray, shape (n, n, 3), dtype uint8
    affine : ndarray, shape (2, 3)
        Takes continuous crop coordinates to continuous image coordinates.
    """
    import cv2

    # Reducing averages k × k samples; otherwise the crop would alias.
    k = min(max(1, round(size / n)), 8)
    step = size / n
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    affine = np.column_stack([turn * step, centre - turn @ np.full(2, size / 2)])
    fine = np.column_stack([affine[:, :2] / k, affine[:, 2]])
    fine[:, 2] += fine[:, :2] @ np.full(2, 0.5) - 0.5  # to pixel centres
    crop = cv2.warpAffine(
        image, fine, (n * k, n * k), borderMode=cv2.BORDER_REPLICATE,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )  # fmt: skip
    if k > 1:
        crop = cv2.resize(crop, (n, n), interpolation=cv2.INTER_AREA)
    return np.asarray(crop, np.uint8), affine


def apply(affine: Points, points: Points) -> Points:
    """Return `points` transformed by a 2 × 3 affine."""
    moved: Points = points @ affine[:, :2].T + affine[:, 2]
    return moved
