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
    second : tuple of ndarray, shape (N, 2), optional
        The same of another detector: where the two disagree, neither is evidence.
    rolls_deg : tuple of float, optional
        Roll of every face that the detector found, degrees.
    """

    name: str
    size: tuple[int, int]
    sha256: str
    detected: tuple[Points, ...] | None = None
    second: tuple[Points, ...] = ()
    rolls_deg: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Delineation:
    """The landmarks of a face and, if available, facts about its photograph.

    Parameters
    ----------
    where : str
        File, and image if a file holds several.
    landmarks : Landmarks
    photo : PhotoInfo, optional
    sought_in : str, optional
        Folder in which a photograph was looked for and not found.
    identity, label : str, optional
        Who is shown, with which expression; empty if unknown.
    """

    where: str
    landmarks: Landmarks
    photo: PhotoInfo | None = None
    sought_in: str = ""
    identity: str = ""
    label: str = ""

    @property
    def on_this_photo(self) -> bool:
        """Whether the landmarks are known to be placed on this photograph as shown."""
        digest = self.landmarks.image_sha256
        placed = self.landmarks.placement.by in ("detector", "propagated", "render")
        return placed and self.photo is not None and digest == self.photo.sha256
