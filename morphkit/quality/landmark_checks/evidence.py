"""What the checks of landmarks look at: numbers only, no pixels."""

from dataclasses import dataclass

from morphkit._core.arrays import Points
from morphkit.faces.landmarks import Landmarks


@dataclass(frozen=True, eq=False)
class PhotoInfo:
    """What the photograph of a face told.

    Parameters
    ----------
    name : str
        File name of the photograph.
    size : (int, int)
        Width and height, pixels.
    sha256 : str
        Hash of the file.
    detected : tuple of ndarray, shape (N, 2), optional
        Every face that the default detector found, in the template of the landmarks;
        None if nothing leads to that template.
    """

    name: str
    size: tuple[int, int]
    sha256: str
    detected: tuple[Points, ...] | None = None


@dataclass(frozen=True, eq=False)
class Delineation:
    """The landmarks of a face, and what its photograph told if it is there.

    Parameters
    ----------
    where : str
        File, and the image where a file holds several.
    landmarks : Landmarks
    photo : PhotoInfo, optional
    """

    where: str
    landmarks: Landmarks
    photo: PhotoInfo | None = None
