"""Small copies of images, for viewing only: thumbnails, and previews in pages."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image as Pillow

from morphkit._core.arrays import Frame, Image, eight_bit
from morphkit.pack.rows import Stimulus
from morphkit.pixels.scaling import scale_down

#: Times the size of a page's copy to which an image is first reduced, at least.
_GAP = 1.5


@dataclass(frozen=True)
class Preview:
    """A small copy of an image, as a page embeds it.

    Parameters
    ----------
    stimulus : Stimulus
    width, height : int
        Pixels of the preview.
    address : str
        The picture itself, as a ``data:`` address.
    """

    stimulus: Stimulus
    width: int
    height: int
    address: str


def thumbnail(image: Image, width: int) -> Frame:
    """Return the image scaled down to a width; a smaller image stays as it is.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
    width : int
        Largest width, pixels. A very tall image is made narrower, so that its height is
        at most twice this.

    Returns
    -------
    ndarray, shape (h, w, 3), dtype uint8
    """
    return _scaled(image, width)


def page_copy(image: Image, width: int) -> Frame:
    """Return the image scaled down for a page, in a third of the time of `thumbnail`.

    What is reduced by 3 or more is first reduced by means of whole pixels to 1.5 times
    the size or more. A page keeps it as JPEG, which changes it more than this does.
    """
    return _scaled(image, width, _GAP)


def _scaled(image: Image, width: int, gap: float | None = None) -> Frame:
    """Return the image scaled down to a width, as `thumbnail`."""
    small = eight_bit(image)
    high, wide = small.shape[:2]
    scale = min(width / wide, 2 * width / high, 1.0)
    if scale == 1.0:
        return small
    size = max(round(wide * scale), 1), max(round(high * scale), 1)
    # As Pillow's resize with a reducing gap, whose pixels these are.
    factors = [
        int(n / to / gap) or 1 if gap else 1
        for n, to in zip((wide, high), size, strict=True)
    ]
    if max(factors) > 1:
        reduced = Pillow.fromarray(small).reduce((factors[0], factors[1]))
        small = np.asarray(reduced, dtype=np.uint8)
    return scale_down(small, size, (wide / factors[0], high / factors[1]))


def preview_of(row: Stimulus, image: Image, width: int, quality: int) -> Preview:
    """Return the preview of an image."""
    small = page_copy(image, width)
    return Preview(row, small.shape[1], small.shape[0], encode_jpeg(small, quality))


def encode_jpeg(image: Frame, quality: int, *, fine: bool = False) -> str:
    """Return an image as a ``data:`` address; `fine` keeps the colours of pixels."""
    file = io.BytesIO()
    colours = {"subsampling": 0} if fine else {}
    picture = Pillow.fromarray(image)
    picture.save(file, "JPEG", quality=quality, optimize=True, **colours)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
