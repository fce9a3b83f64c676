"""Dense matching of two planes, by the selected implementation."""

import numpy as np
import numpy.typing as npt

from morphkit.pixels import matching_oracle, planes_oracle
from morphkit.pixels.backend import native
from morphkit.pixels.spec import ONE, Int16, Int32, UInt8

#: Units of a displacement in one pixel.
UNITS_PER_PIXEL = matching_oracle.UNIT


def luma_of(frame: UInt8) -> UInt8:
    """Return the luma of a frame.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8

    Returns
    -------
    ndarray, shape (H, W), dtype uint8

    Examples
    --------
    >>> luma_of(np.array([[[255, 255, 255], [255, 0, 0]]], np.uint8)).tolist()
    [[255, 76]]
    """
    red, green, blue = np.moveaxis(frame.astype(np.int32), -1, 0)
    luma = (4899 * red + 9617 * green + 1868 * blue + 8192) >> 14
    return np.asarray(luma, dtype=np.uint8)


def reduce_frame(frame: UInt8, size: tuple[int, int]) -> UInt8:
    """Return a smaller frame, every pixel the mean of the area that it covers.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
    size : (int, int)
        Width and height, pixels; not more than those of the frame.

    Returns
    -------
    ndarray, shape (height, width, 3), dtype uint8

    Examples
    --------
    >>> row = np.array([[[0, 30, 60], [10, 30, 30], [50, 30, 0]]], np.uint8)
    >>> reduce_frame(row, (2, 1)).tolist()
    [[[3, 30, 50], [37, 30, 10]]]
    """
    small = np.empty((size[1], size[0], 3), np.uint8)
    (native() or planes_oracle).reduce_area(np.ascontiguousarray(frame), small)
    return small


def even_contrast(codes: UInt8, half: int) -> UInt8:
    """Return code values minus their local mean, divided by their local variation.

    Parameters
    ----------
    codes : ndarray, shape (H, W), dtype uint8
    half : int
        Half of the width of the neighbourhood, pixels.

    Returns
    -------
    ndarray, shape (H, W), dtype uint8
        128 is the local mean, 40 code values one standard deviation.
    """
    result = np.empty_like(codes)
    (native() or planes_oracle).even_contrast(codes, half, result)
    return result


def match_halfway(
    first: UInt8, second: UInt8, *, apart: float, most: float
) -> tuple[Int32, Int32]:
    """Return the displacement between two planes, defined halfway, and its trust.

    Parameters
    ----------
    first, second : ndarray, shape (H, W), dtype uint8
        Sides of 8 px or more.
    apart : float
        Pixels by which the two directions may disagree for a quarter of full trust.
    most : float
        Largest displacement, pixels; longer ones are cut, and less trusted.

    Returns
    -------
    middle : ndarray, shape (H, W, 2), dtype int32
        Displacement d in 1/4096 px, x before y: first(x - d/2) matches second(x + d/2).
        A swap of the planes changes nothing but its sign.
    trust : ndarray, shape (H, W), dtype int32
        0 to 16384.
    """
    code = native() or matching_oracle
    planes = [np.ascontiguousarray(plane, np.uint8) for plane in (first, second)]
    shape = planes[0].shape
    there, back, middle = (np.empty((*shape, 2), np.int32) for _ in range(3))
    trust = np.empty(shape, np.int32)
    code.match(planes[0], planes[1], there)
    code.match(planes[1], planes[0], back)
    limits = (round(pixels * UNITS_PER_PIXEL) for pixels in (apart, most))
    code.halfway(there, back, *limits, middle, trust)
    return middle, trust


def spread(
    middle: Int32, trust: Int32, taps: Int16, *, still: float
) -> npt.NDArray[np.float64]:
    """Return the mean displacement around every pixel, weighted by trust.

    Parameters
    ----------
    middle : ndarray, shape (H, W, 2), dtype int32
        1/4096 px.
    trust : ndarray, shape (H, W), dtype int32
        0 to 16384.
    taps : ndarray, shape (2 r + 1,), dtype int16
        A symmetric filter, used along rows and columns, of the sum 16384.
    still : float
        Weight of no displacement, as a share of full trust: where nothing nearby can be
        trusted, nothing moves.

    Returns
    -------
    ndarray, shape (H, W, 2), dtype float64
        Pixels.
    """
    code = native() or matching_oracle
    result = np.empty(middle.shape, np.int32)
    weight = round(still * ONE) * ONE * ONE
    code.spread(middle, trust, np.ascontiguousarray(taps), weight, result)
    return result / UNITS_PER_PIXEL
