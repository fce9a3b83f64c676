"""What happens to a rendered frame: grey, mask, background, crop, padding.

All of it is integer arithmetic on the output of the pixel engine, the same for the
ends as for the frames between them, and so as reproducible as the frame itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, Nodes
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.morph.masks import MaskShape, fade
from morphkit.morph.masks.fading import in_depth_of
from morphkit.morph.masks.shapes import hull_corners
from morphkit.morph.normalise.light import luminance_of
from morphkit.pixels import cover_of
from morphkit.pixels.spec import MAX_SIDE, WHITE, Int16

#: Smallest width and height after cropping.
MIN_SIDE = 16


class Box(NamedTuple):
    """A rectangle of whole pixels within a frame."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top


class Sides(NamedTuple):
    """Numbers of pixels at the four sides."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, eq=False)
class Framing:
    """How the frames of a continuum are finished.

    Parameters
    ----------
    cut : Box
        The part of the rendered frame that is kept.
    pad : Sides
        Pixels added around it.
    background : (int, int, int)
        sRGB code values of masked and padded pixels.
    cover : ndarray, shape (H, W), dtype int16, or None
        The mask, 0 to 32767; None hides nothing.
    """

    cut: Box
    pad: Sides
    background: tuple[int, int, int]
    cover: Int16 | None = None

    @property
    def corner(self) -> tuple[int, int]:
        """Position of the top-left pixel of an image in the rendered frame."""
        return self.cut.left - self.pad.left, self.cut.top - self.pad.top

    @property
    def images(self) -> Box:
        """The whole image, with padding, in the rendered frame."""
        cut, pad = self.cut, self.pad
        return Box(
            cut.left - pad.left,
            cut.top - pad.top,
            cut.right + pad.right,
            cut.bottom + pad.bottom,
        )

    def finished(self, picture: Image) -> Image:
        """Return a frame of 8 or 16 bits masked, cropped and padded."""
        if self.cover is not None:
            picture = fade(picture, self.cover, self.background)
        left, top, right, bottom = self.cut
        return padded(picture[top:bottom, left:right], self.pad, self.background)


def inside_landmarks(landmarks: Nodes, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return which pixels of a frame lie inside the convex hull of landmarks.

    Parameters
    ----------
    landmarks : ndarray, shape (L, 2), dtype int32
        In units of 1/256 pixel.
    size : (int, int)
        Width and height of the frame.

    Returns
    -------
    ndarray, shape (H, W), dtype bool
        True where at least half of the pixel is inside.

    Raises
    ------
    InputError
        If the landmarks lie on one line.
    """
    hull = landmarks[hull_corners(landmarks.astype(np.float64))]
    return np.asarray(2 * cover_of([hull], size).astype(np.int32) > WHITE)


def in_grey(light: Int16) -> Int16:
    """Return achromatic light of the same luminance, in three equal channels.

    Parameters
    ----------
    light : ndarray, shape (H, W, 3), dtype int16
        Linear light, 0 to 32767.
    """
    return np.repeat(luminance_of(light)[..., None], 3, axis=2).astype(np.int16)


def padded(picture: Image, pad: Sides, background: tuple[int, int, int]) -> Image:
    """Return an image padded with the background, 8-bit code values."""
    if not any(pad):
        return picture if picture.flags.c_contiguous else picture.copy()
    height, width = picture.shape[:2]
    left, top, right, bottom = pad
    shape = (top + height + bottom, left + width + right, 3)
    result = np.empty(shape, picture.dtype)
    result[:] = in_depth_of(picture, background)
    result[top : top + height, left : left + width] = picture
    return result


def cut_of(
    size: tuple[int, int], crop: str | Sequence[int], masks: Sequence[MaskShape] = ()
) -> Box:
    """Return the part of the frames of a set that is kept.

    Parameters
    ----------
    size : (int, int)
        Width and height of a frame.
    crop : "none", "mask" or four int
        Pixels cut off at the left, top, right and bottom; ``"mask"`` keeps the
        smallest box that contains every mask of the set with its feather.
    masks : sequence of MaskShape
        The masks of the set, for ``"mask"``.

    Raises
    ------
    InputError
        If less than 16 × 16 pixels are left.
    """
    width, height = size
    cut = Box(0, 0, width, height)
    if crop == "mask":
        ends = [(mask.outline // UNITS_PER_PIXEL, mask.reach) for mask in masks]
        low = np.min([outline.min(axis=0) - reach for outline, reach in ends], axis=0)
        high = np.max([outline.max(axis=0) + reach for outline, reach in ends], axis=0)
        left, top = np.maximum(low, 0).tolist()
        right, bottom = np.minimum(high + 2, size).tolist()
        cut = Box(left, top, right, bottom)
    elif not isinstance(crop, str):
        left, top, right, bottom = crop
        cut = Box(left, top, width - right, height - bottom)
    if min(cut.size) < MIN_SIDE:
        raise InputError(
            f"cropping {width}×{height} leaves {cut.size[0]}×{cut.size[1]} pixels",
            where="frame.crop",
            allowed=f"at least {MIN_SIDE}×{MIN_SIDE}",
        )
    return cut


def check_padding(cut: Box, pad: Sides) -> None:
    """Refuse padding that makes images too large to write.

    Raises
    ------
    InputError
        If a side has more than 16384 pixels.
    """
    width = cut.size[0] + pad.left + pad.right
    height = cut.size[1] + pad.top + pad.bottom
    if max(width, height) > MAX_SIDE:
        raise InputError(
            f"padding makes images of {width}×{height} pixels",
            where="frame.pad",
            allowed=f"at most {MAX_SIDE}",
        )
