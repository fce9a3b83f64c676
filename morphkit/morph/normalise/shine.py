"""SHINE's measures: mean and contrast, histogram, spectrum, matched over a set.

Same results as SHINE, bit for bit, with two exceptions. SHINE breaks ties of the
histogram at random, seeded from the clock; here they are broken by the neighbourhood of
a pixel, so that the result is reproducible and flat skin shows no scanning order. If a
frequency is missing from an image, SHINE divides by zero; here nothing is added.

Conventions
-----------
Images are (H, W) uint8 grey code values (sRGB), as in SHINE: nothing is decoded to
light. `inside` is an (H, W) bool array; None is the whole image. Every operation is
exact or rounds as IEEE 754 defines, so results do not depend on the machine.

References
----------
Willenbockel, Sadr, Fiset, Horne, Gosselin & Tanaka 2010, Behavior Research Methods 42,
671, doi:10.3758/BRM.42.3.671
Coltuc, Bolon & Chassery 2006, IEEE Transactions on Image Processing 15, 1143,
doi:10.1109/TIP.2005.864170 (the order of equal pixels)
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit.errors import InputError
from morphkit.morph.normalise.fourier import Complex, forward, inverse

Float = npt.NDArray[np.float64]
Grey = npt.NDArray[np.uint8]
Inside = npt.NDArray[np.bool_]
Limits = tuple[float, float]

#: Sides of the windows whose sums order equal pixels, in pixels.
_WINDOWS = (3, 5, 9)


def tone(image: Grey, inside: Inside | None = None) -> tuple[float, float]:
    """Return mean and standard deviation (n - 1) of code values.

    Raises
    ------
    InputError
        If fewer than two pixels are inside.
    """
    values = (image if inside is None else image[inside]).astype(np.int64)
    n = values.size
    if n < 2:
        raise InputError("a mask without pixels has no luminance to match")
    total, squares = int(values.sum()), int((values * values).sum())
    # The numerator of the variance is an exact integer: no cancellation.
    return total / n, math.sqrt((n * squares - total * total) / (n * (n - 1)))


def mean_tone(tones: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the mean of the means and of the standard deviations."""
    mean, deviation = fixed_order.mean(np.array(tones)).tolist()
    return mean, deviation


def with_tone(
    image: Grey, target: tuple[float, float], inside: Inside | None = None
) -> Grey:
    """Return the image with a target mean and standard deviation inside."""
    mean, spread = tone(image, inside)
    codes = np.arange(256, dtype=np.float64)
    line = (
        (codes - mean) / spread * target[1] + target[0]
        if spread
        else np.full(256, target[0])
    )
    changed = to_codes(line)[image]
    return changed if inside is None else np.where(inside, changed, image)


def histogram(image: Grey, inside: Inside | None = None) -> npt.NDArray[np.int64]:
    """Return how many pixels have each of the 256 code values."""
    values = image.ravel() if inside is None else image[inside]
    return np.bincount(values, minlength=256).astype(np.int64)


def average_histogram(
    histograms: Iterable[npt.NDArray[np.int64]],
) -> npt.NDArray[np.int64]:
    """Return the mean of histograms, each count rounded half up (avgHist)."""
    every = list(histograms)
    n = len(every)
    total: npt.NDArray[np.int64] = np.sum(every, axis=0, dtype=np.int64)
    return np.asarray((2 * total + n) // (2 * n), np.int64)


def with_histogram(
    image: Grey, target: npt.NDArray[np.int64], inside: Inside | None = None
) -> Grey:
    """Return the image with a target histogram: rank r gets the r-th value.

    Equal pixels are ordered by the sum over a window of 3, then 5, then 9 pixels around
    each, edges repeated; remaining ties are broken in reading order.

    Raises
    ------
    InputError
        If fewer than two pixels are inside.
    """
    at = np.arange(image.size) if inside is None else np.flatnonzero(inside)
    n, last = at.size, int(target.sum()) - 1
    if n < 2:
        raise InputError("a mask without pixels has no histogram to match")
    sums = [around(image, side) for side in reversed(_WINDOWS)]
    keys = np.stack([*sums, image]).reshape(len(sums) + 1, -1)[:, at]
    order = np.lexsort(keys)  # the last key counts first
    ranks = (2 * np.arange(n, dtype=np.int64) * last + (n - 1)) // (2 * (n - 1))
    values = np.searchsorted(np.cumsum(target), ranks, side="right")
    result = image.copy().ravel()
    result[at[order]] = values
    return result.reshape(image.shape)


def around(image: Grey, side: int) -> npt.NDArray[np.int64]:
    """Return the sum over a square window around every pixel, edges repeated."""
    sums = np.pad(image.astype(np.int64), side // 2, mode="edge")
    for axis in (0, 1):
        n = image.shape[axis]
        total = np.cumsum(sums, axis=axis)
        total = np.insert(total, 0, 0, axis=axis)
        upper = np.take(total, range(side, side + n), axis=axis)
        sums = upper - np.take(total, range(n), axis=axis)
    return sums


def amplitude(spectrum: Complex) -> Float:
    """Return the amplitude of every frequency."""
    real, imaginary = spectrum
    return np.sqrt(real * real + imaginary * imaginary)


def spectrum_of(image: Grey) -> Complex:
    """Return the spectrum of an image, scaled so that white is 1."""
    return forward(image.astype(np.float64) / 255)


def mean_amplitude(images: Iterable[Grey]) -> Float:
    """Return the mean amplitude spectrum of images of one size.

    Raises
    ------
    InputError
        If the images differ in size.
    """
    total: Float | None = None
    n = 0
    for image in images:
        found = amplitude(spectrum_of(image))
        if total is not None and total.shape != found.shape:
            raise InputError("images differ in size, so they have no common spectrum")
        total = found if total is None else total + found
        n += 1
    if total is None:
        raise InputError("there is no image to match")
    return total / n


def with_spectrum(image: Grey, target: Float) -> Float:
    """Return the image, white 1, with a target amplitude spectrum and its phases."""
    real, imaginary = spectrum_of(image)
    own = amplitude((real, imaginary))
    some = np.where(own == 0, 1.0, own)
    # A missing frequency has phase 0.
    cosine = np.where(own == 0, 1.0, real / some)
    return inverse((cosine * target, imaginary / some * target))


def with_rotational_average(image: Grey, target: Float) -> Float:
    """Return the image, white 1, with the sums over rings of a target spectrum.

    Frequencies beyond the highest of the longer side are removed, as in SHINE.
    """
    spectrum = spectrum_of(image)
    ring = rings(image.shape[0], image.shape[1])
    old = np.bincount(ring.ravel(), amplitude(spectrum).ravel())
    new = np.bincount(ring.ravel(), target.ravel())
    factor = np.where(old == 0, 0.0, new / np.where(old == 0, 1.0, old))
    factor[max(image.shape) // 2 + 1 :] = 0.0
    return inverse((spectrum[0] * factor[ring], spectrum[1] * factor[ring]))


def rings(height: int, width: int) -> npt.NDArray[np.int64]:
    """Return the ring of every frequency, in the order of a transform.

    SHINE counts frequencies from -n/2, which are half-integers for odd n, and then
    subtracts 1 from the rounded radius.
    """
    rows = np.fft.ifftshift(2 * np.arange(height) - height)
    columns = np.fft.ifftshift(2 * np.arange(width) - width)
    square = rows[:, None] ** 2 + columns[None, :] ** 2  # four times the radius squared
    ring = np.floor(np.sqrt(square.astype(np.float64)) / 2 + 0.5).astype(np.int64)
    return ring - 1 if height % 2 or width % 2 else ring


def limits(images: Iterable[Float], rescale: int) -> Limits | None:
    """Return the values that become black and white, or None for no rescaling."""
    found = [(float(image.min()), float(image.max())) for image in images]
    if rescale == 0:
        return None
    low, high = zip(*found, strict=True)
    if rescale == 1:
        return min(low), max(high)
    black, white = fixed_order.mean(np.array(found)).tolist()
    return black, white


def scaled(image: Float, between: Limits | None) -> Grey:
    """Return an image as code values; white is 1, or the upper of two limits."""
    if between is None:
        return to_codes(image * 255)
    return to_codes((image - between[0]) / (between[1] - between[0]) * 255)


def to_codes(values: Float) -> Grey:
    """Return values rounded to the nearest code, halves up, clipped to 0 to 255."""
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)
