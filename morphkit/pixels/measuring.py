"""What frames are measured by, by the selected implementation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.pixels import (
    colour_oracle,
    filters_oracle,
    measuring_oracle,
    smoothing_oracle,
)
from morphkit.pixels.backend import native
from morphkit.pixels.measuring_oracle import SUMS, TONES, Float64, Int64
from morphkit.pixels.spec import Int32, UInt8

Region = npt.NDArray[np.bool_]


def tally(
    frame: UInt8, before: UInt8 | None, region: Region, skin: Region, shares: Int32
) -> tuple[dict[str, int], Int64]:
    """Return sums over the pixels of a face, exact.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
    before : ndarray, shape (H, W, 3), dtype uint8, or None
        The frame before it.
    region, skin : ndarray, shape (H, W), dtype bool
        The pixels of the face, and which of them are skin.
    shares : ndarray, shape (3, 256), dtype int32
        The part of every code of red, green and blue in linear light, 1/65536.

    Returns
    -------
    sums : dict of str to int
        Of the region its pixels (``region``), those of them with a code of 0 or 255
        (``clipped``) and the absolute differences of all codes from the frame before
        (``difference``); of skin, red plus green less twice blue (``yellow``) and
        ``luma`` in 1/256. Of the pixels that have four neighbours: their number
        (``inner``), ``light``, its squares (``light_2``) and those of the Laplacian of
        luma (``laplacian_2``); and of those that are skin ``inner_skin``,
        ``skin_light``, ``skin_light_2``.
    tones : ndarray, shape (32, 5), dtype int64
        Of the pixels of the region, by luma in steps of 8 codes: their number, the sums
        of red less green and of its square, and of yellow less blue and of its square.
    """
    sums = np.empty(len(SUMS) + 5 * TONES, np.int64)
    both = frame, frame if before is None else before
    pictures = [np.ascontiguousarray(each) for each in both]
    masks = [np.ascontiguousarray(each).view(np.uint8) for each in (region, skin)]
    (native() or measuring_oracle).tally(
        *pictures, *masks, np.ascontiguousarray(shares, np.int32), sums
    )
    named = dict(zip(SUMS, sums[: len(SUMS)].tolist(), strict=True))
    return named, sums[len(SUMS) :].reshape(TONES, 5)


def resample(
    picture: npt.NDArray[Any],
    values: Float64 | None,
    down: tuple[Int32, Float64],
    across: tuple[Int32, Float64],
) -> Float64:
    """Return a square of a picture: weighted means along columns, then along rows.

    Parameters
    ----------
    picture : ndarray, shape (H, W, C)
        Of integers from 0 on, of 8 or 16 bits, in three channels, or of floats.
    values : ndarray, shape (N,), dtype float64, or None
        What the integers stand for; None for floats.
    down, across : (ndarray, shape (n,), dtype int32; ndarray, shape (n, k))
        Of every row and column of the square the first pixel, and the weights from
        there on.

    Returns
    -------
    ndarray, shape (n, n, C), dtype float64
        Summed in the order of the pixels, from 0.
    """
    square = np.empty((len(down[0]), len(across[0]), picture.shape[2]))
    engine = native()
    if engine is None or values is None:
        measuring_oracle.resample(picture, values, *down, *across, square)
        return square
    # The extension asks for a power of two: it looks at as many bits of a number.
    beyond = (1 << (len(values) - 1).bit_length()) - len(values)
    whole = np.pad(values, (0, beyond)) if beyond else values
    engine.resample(np.ascontiguousarray(picture), whole, *down, *across, square)
    return square


def compare_colours(first: Float64, second: Float64, series: Float64) -> Float64:
    """Return what differences of colours after CIE 2000 are made of.

    Parameters
    ----------
    first, second : ndarray, shape (n, 3), dtype float64
        CIELAB.
    series : ndarray, shape (9,), dtype float64
        T as polynomials of the cosine c of the mean hue, the highest power first: five
        coefficients, then four of the one that is multiplied by its sine.

    Returns
    -------
    ndarray, shape (6, n)
        The squared difference without the turn of the axes of blue; ΔC' / S_C;
        ΔH' / S_H; cosine and sine of the mean hue; the mean C'.
    """
    parts = np.empty((6, len(first)))
    whole = (np.ascontiguousarray(each, np.float64) for each in (first, second, series))
    (native() or colour_oracle).compare_colours(*whole, parts)
    return parts


def correlate(values: Float64, taps: Float64, odd: bool, axis: int) -> Float64:
    """Return the weighted sums around every value of a plane, along an axis.

    Parameters
    ----------
    values : ndarray, shape (H, W), dtype float64
        Mirrored beyond its edges.
    taps : ndarray, shape (n,), dtype float64
        From the middle on.
    odd : bool
        Whether the taps before the middle have the other sign.
    axis : int
        0 or 1.

    Returns
    -------
    ndarray, shape (H, W), dtype float64
        Both sides joined, the farthest taps first.
    """
    result = np.empty(values.shape)
    engine = native()
    if engine is None or len(taps) - 1 > values.shape[axis]:  # mirrored more than once
        smoothing_oracle.correlate(values, taps, odd, axis, result)
        return result
    whole = (np.ascontiguousarray(each, np.float64) for each in (values, taps))
    engine.correlate(*whole, odd, axis, result)
    return result


def means_apart(values: Float64, side: int, every: int) -> Float64:
    """Return means over squares of `side` values that lie `every` values apart.

    Of an even number, one more lies before the middle than after it. Beyond the edge a
    plane is 0.

    Parameters
    ----------
    values : ndarray, shape (H, W), dtype float64
    side, every : int
        1 or more.

    Returns
    -------
    ndarray, shape (⌈H / every⌉, ⌈W / every⌉)
        First of columns, then of rows.
    """
    result = np.empty([-(-n // every) for n in values.shape])
    whole = np.ascontiguousarray(values, np.float64)
    (native() or smoothing_oracle).means_apart(whole, side, every, result)
    return result


def filter_columns(
    values: Float64, places: Sequence[int], taps: Float64, reach: Int32
) -> Float64:
    """Return the answers of filters that read the columns of a plane at some places.

    Complex filters whose halves are mirror images, as those with a real spectrum are:
    even in the real part, odd in the imaginary one. Beyond its end a column begins
    again.

    Parameters
    ----------
    values : ndarray, shape (n, groups · columns), dtype float64
        Each group of neighbouring columns has filters of its own.
    places : sequence of int
        Rows, 0 to n - 1, around which filters are laid.
    taps : ndarray, shape (groups, filters, n // 2 + 1), dtype float64
        From the place on; in turn the real and the imaginary part of a filter.
    reach : ndarray, shape (groups, filters), dtype int32
        The last tap of each that counts.

    Returns
    -------
    ndarray, shape (groups · columns, filters, places), dtype float64
        Both halves joined, the nearest taps first.
    """
    result = np.empty((values.shape[1], taps.shape[1], len(places)))
    (native() or filters_oracle).filter_columns(
        np.ascontiguousarray(values, np.float64),
        np.array(places, np.int32),
        np.ascontiguousarray(taps, np.float64),
        np.ascontiguousarray(reach, np.int32),
        result,
    )
    return result
