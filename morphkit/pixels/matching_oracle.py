"""Dense matching in readable NumPy: the oracle of the C code.

For every pixel of one plane the place in another that looks the same. Patches of 8 x 8
pixels, 4 apart, are matched from coarse to fine by least squares on their structure
[1]_, with the patch of the first plane as the template, so that its slopes are computed
once [2]_. Neighbouring patches are tied to each other, which carries displacements into
what has no structure, and along edges [3]_. The light of a patch does not count:
differences are taken about their mean.

``docs/correspondence_specification.md``, section "Dense matching", is the text that
this follows. Everything is integer arithmetic: the order of sums does not matter.

Conventions
-----------
Planes are (H, W) uint8; displacements are int32 in 1/4096 pixel, x before y.

References
----------
.. [1] Lucas, B. D. & Kanade, T. (1981). An iterative image registration technique with
       an application to stereo vision. IJCAI, 674-679.
.. [2] Baker, S. & Matthews, I. (2004). Lucas-Kanade 20 years on: a unifying framework.
       International Journal of Computer Vision, 56(3), 221-255.
       https://doi.org/10.1023/B:VISI.0000011205.11775.fd
.. [3] Bruhn, A., Weickert, J. & Schnörr, C. (2005). Lucas/Kanade meets Horn/Schunck:
       combining local and global optic flow methods. International Journal of Computer
       Vision, 61(3), 211-231. https://doi.org/10.1023/B:VISI.0000045324.43199.43
"""

from dataclasses import dataclass

import numpy as np

from morphkit.pixels.spec import ONE, Int16, Int32, Int64, UInt8

#: Pixels along a side of a patch, pixels between patches, pixels of a patch.
PATCH, STRIDE = 8, 4
N = PATCH * PATCH
#: Replicated pixels around a plane.
PAD = 2 * PATCH
#: Most levels, and pixels of the shorter side of the coarsest one.
LEVELS, SMALLEST = 12, 40
#: Bits behind the point of a code value, a displacement, a system, an inverse.
CODE_BITS, UNIT_BITS, SYSTEM_BITS, INVERSE_BITS = 4, 12, 4, 30
#: Units in one pixel.
UNIT = 1 << UNIT_BITS
#: Largest displacement at a level, in pixels.
FARTHEST = 32 * UNIT
#: Squared differences of a patch that are noise.
NOISE = N << 12
#: Largest entry of a system.
LARGEST = 1 << 17
#: Weight of every neighbour, and of no displacement.
SMOOTHNESS, RETURN = 4, 1
#: Rounds in which the systems are set up, and sweeps in which each is solved.
ROUNDS, SWEEPS = 8, 6
#: Rounds in which a displacement is carried to the middle.
MIDDLE_ROUNDS = 4


def divide(part: Int64, whole: Int64 | int) -> Int64:
    """Return a quotient rounded to the nearest, halves upwards; `whole` is positive."""
    return (2 * part + whole) // (2 * whole)


def _towards_zero(part: Int64, whole: Int64 | int) -> Int64:
    """Return a quotient without its fraction: a swap of sign stays one."""
    quotient = abs(part) // whole
    return np.where(part < 0, -quotient, quotient)


# -- planes and patches ----------------------------------------------------------------


def halve(plane: Int64) -> Int64:
    """Return means of 2 x 2 pixels; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in plane.shape)
    columns = plane[:height:2, :width] + plane[1:height:2, :width]
    means: Int64 = (columns[:, ::2] + columns[:, 1::2] + 2) >> 2
    return means


def corners(side: int) -> Int64:
    """Return the first pixels of patches along a side; the last ends with the plane."""
    count = 1 + -(-(side - PATCH) // STRIDE)
    first = STRIDE * np.arange(count, dtype=np.int64)
    return np.minimum(first, side - PATCH)


def _patches(padded: Int64, y: Int64, x: Int64) -> Int64:
    """Return patches, (..., 8, 8), whose first pixels are at y, x of a padded plane."""
    down, across = np.mgrid[:PATCH, :PATCH]
    first = (y + PAD) * padded.shape[1] + x + PAD
    places = first[..., None, None] + down * padded.shape[1] + across
    patches: Int64 = padded.ravel()[places]
    return patches


def _displaced(padded: Int64, y: Int64, x: Int64) -> Int64:
    """Return patches whose first pixels are at y, x in 1/256 px, bilinear."""
    height, width = (side - 2 * PAD for side in padded.shape)
    y = np.clip(y, -256 * PATCH, 256 * height)
    x = np.clip(x, -256 * PATCH, 256 * width)
    below, right = (y & 255)[..., None, None], (x & 255)[..., None, None]
    row, column = y >> 8, x >> 8
    across = [
        (
            _patches(padded, row + k, column) * (256 - right)
            + _patches(padded, row + k, column + 1) * right
            + 128
        )
        >> 8
        for k in (0, 1)
    ]
    return (across[0] * (256 - below) + across[1] * below + 128) >> 8


def _about_means(a: Int64, b: Int64) -> Int64:
    """Return sums over patches of products of values about their means."""
    sums = a.sum((-2, -1)), b.sum((-2, -1))
    products: Int64 = N * (a * b).sum((-2, -1)) - sums[0] * sums[1]
    return products >> 6


# -- one level -------------------------------------------------------------------------


@dataclass
class _Systems:
    """The systems ``[xx xy; xy yy] d = (x, y)`` of all patches and their inverses."""

    xx: Int64
    yy: Int64
    xy: Int64
    x: Int64
    y: Int64

    def __post_init__(self) -> None:
        whole = np.maximum(self.xx * self.yy - self.xy * self.xy, 1)
        self.inverse_xx = (self.yy << INVERSE_BITS) // whole
        self.inverse_yy = (self.xx << INVERSE_BITS) // whole
        self.inverse_xy = -divide(self.xy << INVERSE_BITS, whole)

    def sweep(self, u: Int64, v: Int64) -> tuple[Int64, Int64]:
        """Return displacements after one step of Jacobi's method."""
        most, half = 1 << 34, 1 << (INVERSE_BITS - 1)
        x = self.x + SMOOTHNESS * _around(u) - self.xx * u - self.xy * v
        y = self.y + SMOOTHNESS * _around(v) - self.xy * u - self.yy * v
        x, y = np.clip(x, -most, most), np.clip(y, -most, most)
        du = (self.inverse_xx * x + self.inverse_xy * y + half) >> INVERSE_BITS
        dv = (self.inverse_xy * x + self.inverse_yy * y + half) >> INVERSE_BITS
        return (
            np.clip(u + du, -FARTHEST, FARTHEST),
            np.clip(v + dv, -FARTHEST, FARTHEST),
        )


def _around(values: Int64) -> Int64:
    """Return sums of the four neighbours; beyond the edge counts the patch itself."""
    padded = np.pad(values, 1, mode="edge")
    return padded[1:-1, :-2] + padded[1:-1, 2:] + padded[:-2, 1:-1] + padded[2:, 1:-1]


def _improve(first: Int64, second: Int64, u: Int64, v: Int64) -> tuple[Int64, Int64]:
    """Return the displacements of patches, improved at one level."""
    y, x = np.meshgrid(*(corners(side) for side in first.shape), indexing="ij")
    around = np.pad(first, 1, mode="edge")
    across = around[1:-1, 2:] - around[1:-1, :-2]
    down = around[2:, 1:-1] - around[:-2, 1:-1]
    padded = [np.pad(plane, PAD, mode="edge") for plane in (first, second)]
    template = _patches(padded[0], y, x)
    across, down = (_patches(np.pad(p, PAD), y, x) for p in (across, down))
    xx, yy = _about_means(across, across), _about_means(down, down)
    xy = _about_means(across, down)
    half, one = 1 << (UNIT_BITS - 9), 1 << SYSTEM_BITS
    for _ in range(ROUNDS):
        places = (
            256 * start + ((shift + half) >> (UNIT_BITS - 8))
            for start, shift in ((y, v), (x, u))
        )
        apart = _displaced(padded[1], *places) - template
        scale = NOISE + (_about_means(apart, apart) >> 2)
        pull_x, pull_y = (
            divide(-2 * one * UNIT * _about_means(slope, apart), scale)
            for slope in (across, down)
        )
        a: Int64 = np.minimum(xx * one // scale, LARGEST)
        b: Int64 = np.clip(divide(xy * one, scale), -LARGEST, LARGEST)
        c: Int64 = np.minimum(yy * one // scale, LARGEST)
        systems = _Systems(
            a + 4 * SMOOTHNESS + RETURN,
            c + 4 * SMOOTHNESS + RETURN,
            b,
            a * u + b * v + pull_x,
            b * u + c * v + pull_y,
        )
        for _ in range(SWEEPS):
            u, v = systems.sweep(u, v)
    return u, v


# -- from level to level ---------------------------------------------------------------


def _centres(side: int) -> Int64:
    """Return the centres of patches along a side, in eighths of a pixel."""
    return 8 * corners(side) + 4 * (PATCH - 1)


def _between(grid: Int64, positions: Int64, side: int) -> Int64:
    """Return values of a grid of patches at positions along its first axis."""
    centres = _centres(side)
    if len(centres) < 2:
        return np.repeat(grid, len(positions), axis=0)
    before = np.clip((positions - centres[0]) // (8 * STRIDE), 0, len(centres) - 2)
    whole = (centres[before + 1] - centres[before])[:, None]
    part = np.clip(positions - centres[before], 0, whole[:, 0])[:, None]
    return divide(grid[before] * (whole - part) + grid[before + 1] * part, whole)


def _values_at(grid: Int64, shape: tuple[int, int], y: Int64, x: Int64) -> Int64:
    """Return values of a grid of patches of a plane at rows y and columns x."""
    return _between(_between(grid, y, shape[0]).T, x, shape[1]).T


def match(first: UInt8, second: UInt8, flow: Int32) -> None:
    """Write the displacement at which every pixel of `first` is found in `second`.

    Parameters
    ----------
    first, second : ndarray, shape (H, W), dtype uint8
    flow : ndarray, shape (H, W, 2), dtype int32
        Written to; 1/4096 px.
    """
    levels = [[plane.astype(np.int64) << CODE_BITS for plane in (first, second)]]
    while len(levels) < LEVELS and min(levels[-1][0].shape) // 2 >= SMALLEST:
        levels.append([halve(plane) for plane in levels[-1]])
    shape = levels[-1][0].shape
    u = v = np.zeros([len(corners(side)) for side in shape], np.int64)
    for fine in levels[::-1]:
        if fine is not levels[-1]:
            y, x = (((_centres(side) + 4) >> 1) - 4 for side in fine[0].shape)
            u, v = (2 * _values_at(grid, shape, y, x) for grid in (u, v))
        shape = fine[0].shape
        u, v = _improve(fine[0], fine[1], u, v)
    y, x = (8 * np.arange(side, dtype=np.int64) for side in shape)
    for k, grid in enumerate((u, v)):
        flow[..., k] = _values_at(grid, shape, y, x)


# -- halfway, and smoothed -------------------------------------------------------------


def _field_at(field: Int64, y: Int64, x: Int64) -> Int64:
    """Return a field at positions in units, bilinear, times 65536."""
    height, width = field.shape[:2]
    y = np.clip(y, 0, (height - 1) * UNIT)
    x = np.clip(x, 0, (width - 1) * UNIT)
    row, column = y >> UNIT_BITS, x >> UNIT_BITS
    below, right = ((p & (UNIT - 1)) >> 4 for p in (y, x))
    next_row = np.minimum(row + 1, height - 1)
    next_column = np.minimum(column + 1, width - 1)
    weights = (
        ((256 - right) * (256 - below), row, column),
        (right * (256 - below), row, next_column),
        ((256 - right) * below, next_row, column),
        (right * below, next_row, next_column),
    )
    return sum(
        (weight[..., None] * field[r, c] for weight, r, c in weights),
        start=np.zeros_like(field),
    )


def halfway(
    there: Int32, back: Int32, apart: int, most: int, middle: Int32, trust: Int32
) -> None:
    """Write the displacement halfway between two planes, and how far it is trusted.

    Parameters
    ----------
    there, back : ndarray, shape (H, W, 2), dtype int32
        Displacements from the first plane to the second, and back.
    apart : int
        Displacement by which they may disagree for a quarter of full trust.
    most : int
        Largest displacement; longer ones are cut, and less trusted.
    middle : ndarray, shape (H, W, 2), dtype int32
        Written to: first(x - d/2) matches second(x + d/2). A swap of the planes changes
        nothing but its sign.
    trust : ndarray, shape (H, W), dtype int32
        Written to; 16384 is full trust.
    """
    to, fro = there.astype(np.int64), back.astype(np.int64)
    height, width = trust.shape
    y, x = np.mgrid[:height, :width].astype(np.int64) << UNIT_BITS
    share = 1 << 17
    shift = _towards_zero(to - fro, 2)
    for _ in range(MIDDLE_ROUNDS):
        half = _towards_zero(shift, 2)
        from_first = _field_at(to, y - half[..., 1], x - half[..., 0])
        from_second = _field_at(fro, y + half[..., 1], x + half[..., 0])
        shift = _towards_zero(from_first - from_second, share)
    disagree = (_towards_zero(from_first + from_second, share // 2) ** 2).sum(-1)
    agree = apart * apart * ONE // (apart * apart + disagree)
    length = np.sqrt((shift**2).sum(-1).astype(np.float64)).astype(np.int64)
    within = np.where(length > most, most * ONE // np.maximum(length, 1), ONE)
    middle[:] = _towards_zero(shift * within[..., None], ONE)
    trust[:] = (agree * agree // ONE) * within // ONE * within // ONE


def spread(middle: Int32, trust: Int32, taps: Int16, still: int, result: Int32) -> None:
    """Write the mean displacement around every pixel, weighted by trust.

    Parameters
    ----------
    middle : ndarray, shape (H, W, 2), dtype int32
    trust : ndarray, shape (H, W), dtype int32
    taps : ndarray, shape (2 r + 1,), dtype int16
        A symmetric filter, used along rows and columns.
    still : int
        Weight of no displacement; the sum of taps squared times 16384 is that of full
        trust.
    result : ndarray, shape (H, W, 2), dtype int32
        Written to.
    """
    weights = trust.astype(np.int64)[..., None]
    sums = np.concatenate([weights * middle, weights], axis=-1)
    reach = len(taps) // 2
    for axis in (1, 0):
        sums = np.moveaxis(sums, axis, 0)
        length = len(sums)
        padded = np.pad(sums, [(reach, reach), (0, 0), (0, 0)])
        sums = np.zeros_like(sums)
        for k, tap in enumerate(taps.astype(np.int64)):
            sums += tap * padded[k : k + length]
        sums = np.moveaxis(sums, 0, axis)
    result[:] = _towards_zero(sums[..., :2], sums[..., 2:] + still)
