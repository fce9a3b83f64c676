"""The difference between two faces, added to a third in proportion to its light.

What an expression does to a face is shade and shine. Shade takes a part of the light
that is there: a fold that takes 0.1 of the 0.4 on light skin takes a quarter, and all
the light that dark skin has if 0.1 is subtracted there. So the change is that of the
ratio [1]_, target over source. On a face lighter than the source the ratio exaggerates
shine, which does not depend on the skin; the change is then the geometric mean of that
of the ratio and the plain difference. This follows ``docs/pixel_specification.md``,
section "Differences", in integers.

References
----------
.. [1] Liu, Z., Shan, Y. & Zhang, Z. (2001). Expressive expression mapping with ratio
       images. SIGGRAPH 2001, 271-276. https://doi.org/10.1145/383259.383289

Conventions
-----------
Light is (H, W, 3), 0 to 32767; factors of covers are (H, W), 0 to 32767; shares and
changes are in units of 1/16384.
"""

from collections.abc import Sequence

import numpy as np

from morphkit.pixels.spec import HALF, ONE, ONE_BITS, WHITE, Int16, Int64

#: Added to the light of source and target, so that black gives no infinite ratio.
FLOOR = 64


def changed(
    light: Int64,
    photos: Sequence[Int16],
    shares: Sequence[int],
    change: Sequence[int],
    factors: Sequence[Int64] | None,
) -> Int64:
    """Return a blend with its difference between faces added by ratio.

    Parameters
    ----------
    light : ndarray, shape (H, W, 3)
        The blend by `shares`, in which the difference is a sum; it stays where no photo
        is seen.
    photos : sequence of ndarray, shape (H, W, 3)
    shares : sequence of int
        Of the sum 16384.
    change : sequence of int
        The part of the shares that is the difference, of the sum 0.
    factors : sequence of ndarray, shape (H, W), or None
        Factor of each photo due to covers, 0 to 32767; None without covers.
    """
    whole = np.full(light.shape[:2], WHITE, np.int64)
    seen = [whole] * len(photos) if factors is None else list(factors)
    target, more = _mean(photos, [max(c, 0) for c in change], seen)
    source, less = _mean(photos, [max(-c, 0) for c in change], seen)
    paired = np.minimum(more, less)
    total = np.zeros_like(whole)
    mixed = np.zeros(light.shape, np.int64)
    for photo, share, factor in zip(photos, shares, seen, strict=True):
        total += share * factor
        mixed += (share * factor)[..., None] * photo
    known = (total > 0) & (paired > 0)
    divisor = np.where(known, total, 1)
    mixed -= paired[..., None] * (target - source)
    base = (mixed + (divisor // 2)[..., None]) // divisor[..., None]
    amount = np.minimum(ONE * paired // divisor, 4 * ONE)
    moved = _moved(np.clip(base, 0, WHITE), source, target, amount[..., None])
    return np.asarray(np.where(known[..., None], moved, light))


def _mean(
    photos: Sequence[Int16], shares: Sequence[int], factors: Sequence[Int64]
) -> tuple[Int64, Int64]:
    """Return the mean of photos as far as they are seen, and their whole share."""
    total = np.zeros_like(factors[0])
    mixed = np.zeros(photos[0].shape, np.int64)
    for photo, share, factor in zip(photos, shares, factors, strict=True):
        total += share * factor
        mixed += (share * factor)[..., None] * photo
    divisor = np.maximum(total, 1)[..., None]
    return (mixed + divisor // 2) // divisor, total


def _moved(base: Int64, source: Int64, target: Int64, amount: Int64) -> Int64:
    """Return light changed by a multiple of the step from a source to a target."""
    added = (amount * np.abs(target - source) + HALF) >> ONE_BITS
    darker = target < source
    below = np.where(darker, target + FLOOR + added, source + FLOOR)
    by_ratio = (base * added + below // 2) // below
    # The root is below 2^22, its square below 2^44: that of IEEE 754 is exact.
    between = np.floor(np.sqrt((by_ratio * added).astype(np.float64))).astype(np.int64)
    change = np.minimum(by_ratio, between)
    return np.asarray(np.clip(np.where(darker, base - change, base + change), 0, WHITE))
