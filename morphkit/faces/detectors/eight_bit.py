"""Images as the networks take them: 8 bits per channel."""

import numpy as np

from morphkit._core.arrays import Frame, Image


def eight_bit(image: Image) -> Frame:
    """Return the image with 8 bits per channel, rounded to nearest."""
    if image.dtype == np.uint8:
        return np.asarray(image, np.uint8)
    # Code 255 of 8 bits is code 65535 = 255 × 257 of 16.
    return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
