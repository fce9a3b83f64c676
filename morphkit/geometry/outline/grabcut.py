"""Foreground by GrabCut, seeded from the eyes.

References
----------
.. [1] Rother, C., Kolmogorov, V., & Blake, A. (2004). "GrabCut": interactive foreground
       extraction using iterated graph cuts. ACM Transactions on Graphics 23(3),
       309-314. https://doi.org/10.1145/1015706.1015720
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, Points

#: The distance between the eyes in the reduced photograph, pixels, and its longer side
#: at most: small enough to be fast, large enough for the edge of hair.
_EYES = 32.0
_MAX_SIDE = 480
#: GrabCut iterations.
_ROUNDS = 3
#: Margin that is assumed to be background, as a fraction of a photograph's sides.
_MARGIN = 0.02


class _Guess(NamedTuple):
    """An assumption about the size of the head and where background is certain."""

    size: float
    corners_alone: bool


#: Assumptions under which a reliable edge must not change.
_GUESSES = (
    _Guess(1.0, corners_alone=False),
    _Guess(0.85, corners_alone=False),
    _Guess(1.15, corners_alone=False),
    _Guess(1.0, corners_alone=True),
)


def find(photo: Image, eyes: Points) -> tuple[npt.NDArray[np.bool_], ...]:
    """Return the foreground of a photograph under four assumptions.

    The face between and below the eyes is foreground, the upper edge and the sides down
    to the chin are background; head, neck and shoulders, in the proportions of a face
    seen from the front, are likely foreground. The assumptions differ in the size of
    the head, and in whether only the corners of the photograph are background.

    Parameters
    ----------
    photo : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    eyes : ndarray, shape (2, 2)
        Centres of the image-left and the image-right eye, pixels.

    Returns
    -------
    tuple of ndarray, dtype bool
        All of one size, at most 480 pixels in the longer side.
    """
    import cv2

    small, places = _reduced(photo, eyes)
    codes = np.ascontiguousarray(small[..., ::-1])
    mode = cv2.GC_INIT_WITH_MASK
    found = []
    # Neither the random start of the colour models nor the number of threads may affect
    # the result; both are global in OpenCV.
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for guess in _GUESSES:
            cv2.setRNGSeed(1)
            state = _seeds(small.shape[:2], places, guess)
            background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
            models = background, foreground
            cv2.grabCut(codes, state, (0, 0, 1, 1), *models, _ROUNDS, mode)
            found.append(
                _of_the_face(np.isin(state, (cv2.GC_FGD, cv2.GC_PR_FGD)), places)
            )
    finally:
        cv2.setNumThreads(n_threads)
    return tuple(found)


def _reduced(photo: Image, eyes: Points) -> tuple[npt.NDArray[np.uint8], Points]:
    """Return a photograph of 8 bits, reduced, and the eyes in it."""
    import cv2

    codes = (photo >> 8 if photo.dtype == np.uint16 else photo).astype(np.uint8)
    height, width = codes.shape[:2]
    apart = float(np.hypot(*(eyes[1] - eyes[0])))
    factor = min(1.0, _EYES / apart, _MAX_SIDE / max(height, width))
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    small = cv2.resize(codes, size, interpolation=cv2.INTER_AREA)
    scale = np.array([size[0] / width, size[1] / height])
    return np.asarray(small, dtype=np.uint8), (eyes + 0.5) * scale - 0.5


def _seeds(
    shape: tuple[int, ...], eyes: Points, guess: _Guess
) -> npt.NDArray[np.uint8]:
    """Return certain and likely foreground and background, as GrabCut takes them.

    Lengths are in distances between the eyes, along and across the line between them.
    """
    import cv2

    height, width = shape[:2]
    across = eyes[1] - eyes[0]
    apart = float(np.hypot(*across))
    across = across / apart
    y, x = np.mgrid[:height, :width]
    away = np.stack([x, y], axis=-1) - eyes.mean(axis=0)
    u = away @ across / apart
    v = away @ np.array([-across[1], across[0]]) / apart
    size = guess.size
    state = np.full((height, width), cv2.GC_PR_BGD, dtype=np.uint8)
    head = (u / (1.75 * size)) ** 2 + ((v + 0.25) / (2.45 * size)) ** 2 < 1
    neck = (np.abs(u) < 0.65) & (v > 1.2)
    shoulders = (np.abs(u) < 2.7 * size) & (v > 1.8 + size)
    state[head | neck | shoulders] = cv2.GC_PR_FGD
    margin = max(2, round(_MARGIN * max(height, width)))
    at_side = (x < margin) | (x >= width - margin)
    if guess.corners_alone:
        edge = ((y < margin) | at_side) & (np.abs(u) > 2.0) & (v < 0.0)
    else:
        edge = (y < margin) | (at_side & (v < 1.8))
    state[edge] = cv2.GC_BGD
    state[(u / 0.95) ** 2 + ((v - 0.25) / 0.9) ** 2 < 1] = cv2.GC_FGD
    return state


def _of_the_face(
    foreground: npt.NDArray[np.bool_], eyes: Points
) -> npt.NDArray[np.bool_]:
    """Return the part of a foreground that contains the face, without holes."""
    import cv2

    labels: Any = cv2.connectedComponents(foreground.astype(np.uint8))[1]
    x, y = np.rint(eyes.mean(axis=0)).astype(int)
    own = labels == labels[y, x]
    around = cv2.connectedComponents(
        np.pad(~own, 1, constant_values=True).astype(np.uint8)
    )[1]
    whole = np.asarray(around != around[0, 0])[1:-1, 1:-1]
    # Single hairs are not part of the outline.
    opened = cv2.morphologyEx(
        whole.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    return np.asarray(opened, dtype=bool)
