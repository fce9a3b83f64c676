"""Ghosting: edges that appear twice, side by side.

A blend shows both faces, each warped to the shape between them. Where the warps do not
meet, an edge appears twice, at half strength. So the warped faces are compared before
they are blended: cell by cell the gradients of one are correlated with those of the
other, in place and shifted by a few pixels. Where they agree only after a shift, the
edge is doubled. What only one of the faces has, teeth or a wrinkle, agrees nowhere and
does not count.

Cells count by their contrast, up to a point, as in the gain control of human vision
[1]_: were it the energy of edges, the whites of the eyes and the teeth would outweigh
everything else in a dark face, and a doubled brow, which stands out less from dark
skin, would count for less than in a light one.

Conventions
-----------
Pictures are the 256 × 256 pixels of a region; lengths are pixels of that square.

References
----------
.. [1] Carandini, M., & Heeger, D. J. (2012). Normalization as a canonical neural
   computation. Nature Reviews Neuroscience, 13, 51-62. doi:10.1038/nrn3136
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Mask
from morphkit.errors import InputError
from morphkit.pixels.measuring import means_apart
from morphkit.quality.filters import gaussian
from morphkit.quality.metrics.frames import Codes, luma_of

Numbers = npt.NDArray[np.float64]

#: Standard deviation of the Gaussian derivative that finds edges, pixels.
FINE = 2.0
#: Sampling interval of the gradients, pixels.
STRIDE = 2
#: Side of the window in which gradients are compared, and distance of windows, pixels.
WINDOW, EVERY = 34, 8
#: Largest shift that is tried, pixels; 6 % of the crop of a face.
REACH = 16
#: Correlation of gradients from which two windows count as showing the same edge.
SAME = 0.6
#: Energy at which a window counts half as much as the strongest edges, in means of
#: the energy of the face.
HALF = 0.25


@dataclass(frozen=True)
class Ghosting:
    """Ghosting in a blend of two faces.

    Parameters
    ----------
    ghosting : float
        Fraction of the edges that is doubled, 0 to 1; strong edges count alike.
    agreement : float
        Correlation of all gradients in place, -1 to 1.
    place : (float, float)
        Centre of the doubled edges, pixels of the square.
    shift : float
        Distance between the doubled edges there, pixels.
    """

    ghosting: float
    agreement: float
    place: tuple[float, float]
    shift: float


def measure_ghosting(first: Codes, second: Codes, mask: Mask | None) -> Ghosting:
    """Measure the ghosting that a blend of two images would show.

    Parameters
    ----------
    first, second : ndarray, shape (H, W, 3)
        The same shape, shown with the colours of either face; code values in [0, 1].
    mask : ndarray, shape (H, W), or None
        What counts.

    Raises
    ------
    InputError
        If the pictures differ in size or nothing counts.
    """
    if first.shape != second.shape or first.ndim != 3:
        raise InputError(f"cannot compare images of {first.shape} and {second.shape}")
    weights = np.ones(first.shape[:2]) if mask is None else mask.astype(np.float64)
    weights = weights[::STRIDE, ::STRIDE]
    if not weights.any():
        raise InputError("the mask is empty")
    a, b = (_gradients(luma_of(picture)) for picture in (first, second))
    ones = _window(weights * (a[0] * a[0] + a[1] * a[1]))
    reach = REACH // STRIDE
    around = np.pad(b, [(0, 0), (reach, reach), (reach, reach)], mode="wrap")
    strength = around[0] * around[0] + around[1] * around[1]
    height, width = weights.shape

    def compare(dy: int, dx: int) -> tuple[Numbers, Numbers]:
        rows = slice(reach - dy, reach - dy + height)
        columns = slice(reach - dx, reach - dx + width)
        along, across = around[:, rows, columns]
        product = _window(weights * (a[0] * along + a[1] * across))
        energy = (ones + _window(weights * strength[rows, columns])) / 2
        return product, np.maximum(energy, 1e-12)

    product, energy = compare(0, 0)
    here = product / energy
    best, far = here, np.zeros_like(here)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            if not 0 < dx * dx + dy * dy <= reach * reach:
                continue
            there, size = compare(dy, dx)
            better = there / size > best
            best = np.where(better, there / size, best)
            far = np.where(better, STRIDE * np.hypot(dx, dy), far)
    gain = np.where(best >= SAME, best - np.maximum(here, 0.0), 0.0)
    inside = _window(weights)
    half = HALF * float(energy.sum() / inside.sum())
    counts = inside * energy / (energy + half * inside + 1e-15)
    doubled = counts * np.maximum(gain, 0.0)
    y, x = np.unravel_index(int(doubled.argmax()), doubled.shape)
    return Ghosting(
        ghosting=float(doubled.sum() / counts.sum()),
        agreement=float(product.sum() / energy.sum()),
        place=(float(x * EVERY), float(y * EVERY)),
        shift=float(far[y, x]),
    )


def _gradients(luma: Numbers) -> Numbers:
    """Return the gradient, (2, H, W)."""
    found = [gaussian(luma, FINE, order=order) for order in ((0, 1), (1, 0))]
    return np.stack([part[::STRIDE, ::STRIDE] for part in found])


def _window(values: Numbers) -> Numbers:
    """Return means over windows that lie `EVERY` pixels apart."""
    return means_apart(values, WINDOW // STRIDE, EVERY // STRIDE)
