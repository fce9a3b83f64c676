"""Gabor-jet distance: how different two faces are to the first stage of vision.

A picture of 256 × 256 pixels is filtered by 40 complex Gabor kernels (five scales,
eight orientations) and the answers are read at a grid of 10 × 10 places. Two published
programs differ in the grid and in what they compare; both are here, exactly.

Conventions
-----------
Grey from 0 to 255 is the mean of the three channels, as in the applet [2]_; rounded,
as there, where the frame itself is of 8 bits. Kernels are given by their spectrum at
angular frequencies w, in radians per pixel, y upwards; with k the centre frequency of a
kernel and s = 2π

    2π · (exp(-(s/|k|)²/2 · |k - w|²) - exp(-(s/|k|)²/2 · (|k|² + |w|²)))

which is 0 at w = 0: constant light has no answer.

References
----------
.. [1] Yue, X., Biederman, I., Mangini, M. C., von der Malsburg, C., & Amir, O. (2012).
       Predicting the psychophysical similarity of faces and non-face complex shapes by
       image-based measures. Vision Research 55, 41-46.
       https://doi.org/10.1016/j.visres.2011.12.012
.. [2] Margalit, E., Biederman, I., Herald, S. B., Yue, X., & von der Malsburg, C.
       (2016). An applet for the Gabor similarity scaling of the differences between
       complex stimuli. Attention, Perception, & Psychophysics 78, 2298-2306.
       https://doi.org/10.3758/s13414-016-1191-7
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Mask
from morphkit.pixels.measuring import filter_columns
from morphkit.quality.metrics.frames import (
    FILL,
    AnyFrame,
    as_codes,
    check_frame,
    check_mask,
)
from morphkit.quality.metrics.resampling import resample

SIDE = 256
N_SCALES, N_ORIENTATIONS = 5, 8
#: Orientations that are mirror images have the same height.
_HEIGHTS = N_ORIENTATIONS // 2 + 1
#: Share of the largest tap of a filter below which one is as good as nothing.
_NOTHING = 2.0**-50
SIGMA = 2 * np.pi
#: Where jets are read in each program, pixels from 0, along both axes.
GRID_YUE = tuple(range(39, 220, 20))
GRID_APPLET = tuple(range(20, 201, 20))
#: The applet scales kernels by 30π instead of 2π, leaves out the 1/256² of the inverse
#: transform, and divides by 1e5 and by 10.
_APPLET_SCALE = 15.0 * SIDE * SIDE / 1e5 / 10.0
Jets = npt.NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Filters:
    """Filters along one axis, for `filter_columns`.

    Parameters
    ----------
    taps : ndarray, shape (groups, 2 · filters, 129)
        In turn real and imaginary part, from the place on.
    reach : ndarray, shape (groups, 2 · filters), dtype int32
        The last tap that counts.
    """

    taps: npt.NDArray[np.float64]
    reach: npt.NDArray[np.int32]

    @classmethod
    def of(cls, spectra: npt.NDArray[np.float64]) -> "Filters":
        """Return the filters with real spectra, of shape (groups, filters, 256)."""
        answers = np.fft.fft(spectra / SIDE)[..., : SIDE // 2 + 1]
        parts = np.stack([answers.real, answers.imag], axis=2)
        # A Gaussian around 0 has a real answer, the ends of any are real: the rest is
        # rounding, and as good as nothing.
        size = np.abs(answers).max(axis=-1)[:, :, None, None]
        parts[np.abs(parts) < _NOTHING * size] = 0.0
        taps = parts.reshape(len(spectra), -1, parts.shape[-1])
        last = np.where(taps != 0, np.arange(taps.shape[-1]), 0).max(axis=-1)
        return cls(taps, last.astype(np.int32))


@cache
def _filters() -> tuple[Filters, Filters]:
    """Return the kernels as two filters each, down and across.

    Both terms of a kernel are products of a Gaussian in x and one in y, so that its
    answer at a place is a row filter times the picture times a column filter.

    Returns
    -------
    down : Filters
        One group of 25: scale; the five heights of the centre frequency, of which the
        first, 0, is that of the term around 0, too. A fine kernel sees little beside
        its place.
    across : Filters
        25 groups, scale and height, of the two filters of this height. They are those
        of an orientation and of its mirror image, which a height of 0 has in the term
        around 0, and the last, upright one in itself.
    """
    # fftfreq puts the Nyquist frequency at -1/2, as both programs do.
    w = 2 * np.pi * np.rint(np.fft.fftfreq(SIDE) * SIDE) / SIDE
    angles = np.pi * np.arange(N_ORIENTATIONS) / N_ORIENTATIONS
    down = np.empty((N_SCALES, _HEIGHTS, SIDE))
    across = np.empty((N_SCALES, N_ORIENTATIONS + 1, SIDE))
    for scale in range(N_SCALES):
        k = np.pi / 2 * 2 ** (-scale / 2)
        c = (SIGMA / k) ** 2 / 2
        for index, angle in enumerate(angles):
            across[scale, index] = 2 * np.pi * np.exp(-c * (k * np.cos(angle) - w) ** 2)
        for index, angle in enumerate(angles[:_HEIGHTS]):
            # Angles go upwards, rows downwards.
            down[scale, index] = np.exp(-c * (k * np.sin(angle) + w) ** 2)
        across[scale, -1] = 2 * np.pi * np.exp(-c * k**2) * np.exp(-c * w**2)
    pairs = np.stack([across[:, :_HEIGHTS], across[:, : -_HEIGHTS - 1 : -1]], axis=2)
    return Filters.of(down.reshape(1, -1, SIDE)), Filters.of(pairs.reshape(-1, 2, SIDE))


def jets(grey: npt.NDArray[np.floating], grid: tuple[int, ...] = GRID_YUE) -> Jets:
    """Return the answers of all kernels at the places of a grid.

    Parameters
    ----------
    grey : ndarray, shape (256, 256)
        0 to 255.
    grid : tuple of int, optional
        Rows and columns of the places.

    Returns
    -------
    ndarray, shape (40, 10, 10), dtype complex128
        Kernel (scales from fine to coarse, orientations within), row, column.
    """
    down, across = _filters()
    # Constant light has no answer: without it, fewer digits cancel.
    varying = np.asarray(grey, np.float64) - np.rint(grey.mean())
    seen = _filtered(down, varying, grid)
    found = filter_columns(seen, grid, across.taps, across.reach)
    # of a filter down and of two across, each of which has a real and an imaginary part
    parts = found.reshape(N_SCALES, _HEIGHTS, 2, len(grid), 2, 2, len(grid))
    (rr, ri), (ir, ii) = np.moveaxis(parts, (2, 5), (0, 1))
    terms = (rr - ii) + 1j * (ri + ir)
    own, mirrored = terms[:, :, :, 0], terms[:, :, :, 1]
    kernels = np.concatenate([own, mirrored[:, -2:0:-1]], axis=1)
    answers = kernels - mirrored[:, :1]
    return np.asarray(answers.reshape(-1, len(grid), len(grid)))


def _filtered(
    down: Filters, varying: npt.NDArray[np.float64], grid: tuple[int, ...]
) -> npt.NDArray[np.float64]:
    """Return a picture filtered down; columns beside a face are alike: one of them."""
    first, end = 1, SIDE
    differ = np.flatnonzero((varying[:, 1:] != varying[:, :1]).any(axis=0))
    if differ.size:
        first, end = int(differ[0]) + 1, int(differ[-1]) + 2
    columns = np.concatenate([varying[:, first:end], varying[:, :1]], axis=1)
    answers = filter_columns(columns, grid, down.taps, down.reach)
    answers = answers.reshape(len(answers), -1)
    seen = np.empty((SIDE, answers.shape[1]))
    seen[first:end] = answers[:-1]
    seen[:first] = seen[end:] = answers[-1]
    return seen


def prepare(frame: AnyFrame, mask: Mask | None = None) -> npt.NDArray[np.float64]:
    """Return the 4000 magnitudes of a frame, after Yue et al. [1]_.

    A frame of another size than 256 × 256 is brought to it, in the middle of a grey
    square if it is not square itself; outside a mask it is grey.
    """
    return np.abs(jets(_grey(frame, mask), GRID_YUE)).ravel()


def prepare_applet(frame: AnyFrame, mask: Mask | None = None) -> Jets:
    """Return the 4000 complex answers of a frame, after Margalit et al. [2]_."""
    return jets(_grey(frame, mask), GRID_APPLET).ravel() * _APPLET_SCALE


def distance(
    a: npt.NDArray[np.float64] | Jets, b: npt.NDArray[np.float64] | Jets
) -> float:
    """Return the Euclidean distance of what `prepare` or `prepare_applet` gave."""
    apart = a - b
    # Not by a library for linear algebra, whose sums depend on the processor.
    return float(np.sqrt((apart.real**2 + apart.imag**2).sum()))


def _grey(frame: AnyFrame, mask: Mask | None) -> npt.NDArray[np.float64]:
    """Return the grey picture that is filtered, 256 × 256, 0 to 255."""
    check_frame(frame)
    check_mask(mask, frame)
    red, green, blue = (as_codes(frame)[..., k] for k in range(3))
    grey = 255.0 * ((red + green + blue) / 3)
    if frame.dtype == np.uint8:
        grey = np.rint(grey)
    if mask is not None:
        grey = 255.0 * FILL + mask * (grey - 255.0 * FILL)
    height, width = grey.shape
    if (height, width) == (SIDE, SIDE):
        return np.asarray(grey)
    side = max(height, width)
    corner = ((width - side) / 2 - 0.5, (height - side) / 2 - 0.5)
    return resample(grey[..., None], corner, float(side), SIDE, 255.0 * FILL)[..., 0]
