"""Arrays of points and images, checked once where they enter.

Conventions
-----------
Points
    ``(N, 2)`` float64, columns (x, y), pixels; the centre of the top-left pixel is
    (0, 0); x grows to the right, y downwards. Never rounded.
Images
    ``(H, W, 3)`` uint8 or uint16 sRGB code values in RGB order, orientation already
    applied. Integer codes are what the files hold and what the pixel specification
    computes from, so reading and writing lose nothing.
Masks
    ``(H, W)`` float32 in [0, 1].
Levels
    Fractions: 0 is the first endpoint, 1 the second, outside is caricature.
Angles
    Degrees, counter-clockwise as seen on the screen.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError

Points = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Frame = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.float32]
Nodes = npt.NDArray[np.int32]


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a contiguous read-only copy of `array` that owns its memory."""
    copy = np.array(array, order="C", copy=True)
    copy.flags.writeable = False
    return copy


def as_points(value: npt.ArrayLike, *, n_points: int | None = None) -> Points:
    """Return `value` as a read-only array of points.

    Parameters
    ----------
    value : array-like, shape (N, 2)
        Coordinates in pixels.
    n_points : int, optional
        Number of points required.

    Returns
    -------
    ndarray, shape (N, 2), dtype float64
        A read-only copy.

    Raises
    ------
    InputError
        If the shape is wrong, the number of points is not `n_points`, or a
        coordinate is not a finite number.
    """
    try:
        points = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"the points are not numbers ({error})") from None
    if points.ndim != 2 or points.shape[1] != 2:
        raise InputError(
            f"the points have shape {points.shape}", allowed="(N, 2) is needed"
        )
    if n_points is not None and len(points) != n_points:
        raise InputError(f"expected {n_points} points, found {len(points)}")
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if bad.size:
        raise InputError(
            f"point {bad[0]} is {tuple(points[bad[0]].tolist())}",
            allowed="coordinates must be finite numbers",
        )
    return frozen(points)


def eight_bit(image: Image) -> Frame:
    """Return an image with 8 bits, rounded to nearest (65535 is 255 times 257)."""
    if image.dtype == np.uint8:
        return np.asarray(image, np.uint8)
    return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)


def as_image(value: npt.NDArray[Any]) -> Image:
    """Return `value` as a read-only RGB image of 8 or 16 bits.

    Parameters
    ----------
    value : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.

    Raises
    ------
    InputError
        If the shape or dtype is wrong.
    """
    array = np.asarray(value)
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise InputError(
            f"the image has shape {array.shape}", allowed="(height, width, 3) is needed"
        )
    if array.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"the image has dtype {array.dtype}", allowed="uint8 or uint16 is needed"
        )
    return frozen(array)
