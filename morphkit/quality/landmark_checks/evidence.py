"""The evidence of landmark checks: numbers only, no pixels."""

from dataclasses import dataclass

from morphkit._core.arrays import Points
from morphkit.faces.landmarks import Landmarks


@dataclass(frozen=True, eq=False)
class PhotoInfo:
    """Facts about the photograph of a face.

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
        None if it cannot be converted to that template.
    """

    name: str
    size: tuple[int, int]
    sha256: str
    detected: tuple[Points, ...] | None = None


@dataclass(frozen=True, eq=False)
class Delineation:
    """The landmarks of a face and, if available, facts about its photograph.

    Parameters
    ----------
    where : str
        File, and image if a file holds several.
    landmarks : Landmarks
    photo : PhotoInfo, optional
    """

    where: str
    landmarks: Landmarks
    photo: PhotoInfo | None = None
