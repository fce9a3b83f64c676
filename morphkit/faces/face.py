"""A photograph of a face with its landmarks."""

from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import Image, Mask, as_image, frozen
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks


@dataclass(frozen=True, eq=False)
class Face:
    """An image, its landmarks and, where there is one, its mask.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    landmarks : Landmarks
        In the frame of `image`.
    name : str, optional
        File or identity, for messages.
    mask : ndarray, shape (H, W), dtype float32, optional
        Foreground, 0 to 1.

    Raises
    ------
    InputError
        If a landmark lies outside the image, or the mask differs in size or has values
        outside 0 to 1.
    """

    image: Image
    landmarks: Landmarks
    name: str = ""
    mask: Mask | None = None

    def __post_init__(self) -> None:
        image = as_image(self.image)
        object.__setattr__(self, "image", image)
        outside = np.flatnonzero(~self.landmarks.inside(self.size))
        if outside.size:
            first = outside[0]
            x, y = self.landmarks.points[first]
            raise InputError(
                f"{counted(outside.size, 'landmark')} outside the image, the first "
                f'"{self.landmarks.template.points[first]}" at ({x:.1f}, {y:.1f})',
                where=self.name,
                allowed=f"the image is {self.size[0]}×{self.size[1]} pixels",
                remedy="check that the landmarks belong to this image",
            )
        if self.mask is not None:
            if self.mask.shape != image.shape[:2]:
                raise InputError(
                    f"the mask is {self.mask.shape}, the image {image.shape[:2]}",
                    where=self.name,
                )
            if not ((self.mask >= 0) & (self.mask <= 1)).all():
                raise InputError(
                    f"the mask has values from {self.mask.min()} to {self.mask.max()}",
                    where=self.name,
                    allowed="from 0 (background) to 1 (foreground)",
                )
            object.__setattr__(self, "mask", frozen(self.mask.astype(np.float32)))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]

    def mirrored(self) -> "Face":
        """Return the face mirrored left to right, pixel for pixel.

        Raises
        ------
        InputError
            If the template does not define mirror partners.
        """
        return Face(
            self.image[:, ::-1],
            self.landmarks.mirrored(self.size[0]),
            self.name,
            None if self.mask is None else self.mask[:, ::-1],
        )
