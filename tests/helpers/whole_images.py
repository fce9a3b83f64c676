"""The blends of the pixel specification, on whole images that are already aligned."""

from collections.abc import Sequence

import numpy as np

from morphkit._core.arrays import Frame
from morphkit.errors import InputError
from morphkit.morph.blend import Blend
from morphkit.pixels.spec import HALF, ONE, ONE_BITS, WHITE, decode_table, encode_table


def mix(images: Sequence[Frame], weights: Sequence[int], blend: Blend) -> Frame:
    """Return the weighted mean of aligned images, as frames are blended.

    Parameters
    ----------
    images : sequence of ndarray, shape (H, W, 3), dtype uint8
        sRGB code values; all of one size.
    weights : sequence of int
        One for each image, units of 1/16384, of the sum 16384.
    blend : Blend
        An entry of `morphkit.morph.blend.BLENDS`.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint8

    Raises
    ------
    InputError
        If the sizes differ or the weights do not sum to 1.
    """
    if len({image.shape for image in images}) != 1 or len(images) != len(weights):
        raise InputError("images to mix must have one size and one weight each")
    if sum(weights) != ONE:
        raise InputError(f"the weights sum to {sum(weights)}", allowed=f"{ONE}")
    samples = decode_table("uint8", blend.scale)
    total = np.full(images[0].shape, HALF, dtype=np.int64)
    for image, weight in zip(images, weights, strict=True):
        total += weight * samples[image].astype(np.int64)
    mixed = np.clip(total >> ONE_BITS, 0, WHITE)
    return np.asarray(encode_table(blend.scale)[mixed])
