"""Landmarks that were placed on a photograph as it is stored, not as it is seen.

EXIF may say that a photograph has to be turned or mirrored to be seen. Some programs
place landmarks on the pixels as they are stored; such landmarks fit nothing here, where
the orientation is applied.
"""

import numpy as np

from morphkit._core.arrays import Image, Points
from morphkit.errors import InputError
from morphkit.faces.detectors import DETECTORS
from morphkit.faces.formats.template_json import builtin_template
from morphkit.faces.images import Photo
from morphkit.faces.landmarks import Landmarks

#: The detector that decides where landmarks could be of either frame.
_DETECTOR = "mesh"


def check_frame(landmarks: Landmarks, photo: Photo, image: Image, where: str) -> None:
    """Refuse landmarks of the pixels as they are stored.

    Parameters
    ----------
    landmarks : Landmarks
    photo : Photo
    image : ndarray, shape (H, W, 3)
        The photograph, upright.
    where : str
        The landmark file, for the message.

    Raises
    ------
    InputError
        If the landmarks fit the photograph before its orientation is applied, and not
        after.
    """
    if photo.orientation not in range(2, 9):
        return
    width, height = photo.original_size
    turned = landmarks.with_points(
        apply_to_points(landmarks.points, photo.orientation, (width, height))
    )
    size = image.shape[1], image.shape[0]
    if not turned.inside(size).all():
        return
    stored = not landmarks.inside(size).all()
    if not stored and len(landmarks.template.eyes) == 2:
        stored = (
            not _is_upright(landmarks)
            and _is_upright(turned)
            and not _is_seen(landmarks, image)
        )
    if stored:
        raise InputError(
            f"the landmarks of {photo.name} lie in the frame of its pixels as they are "
            f"stored ({width}×{height}), not as the photograph is seen "
            f"({size[0]}×{size[1]}): its EXIF orientation is {photo.orientation}",
            where=where,
            allowed="landmarks on the photograph as it is seen",
            remedy="place or detect them again, or delete the orientation from the "
            f'photograph (exiftool "-Orientation=" {photo.name}), so that pixels and '
            "landmarks are both as stored",
        )


def apply_to_points(points: Points, orientation: int, size: tuple[int, int]) -> Points:
    """Return points of the stored pixels where an EXIF orientation shows them.

    Parameters
    ----------
    points : ndarray, shape (N, 2)
    orientation : int
        EXIF value 1 to 8.
    size : (int, int)
        Width and height as stored.
    """
    x, y = points[:, 0], points[:, 1]
    across, down = size[0] - 1 - x, size[1] - 1 - y
    places = {
        2: (across, y),
        3: (across, down),
        4: (x, down),
        5: (y, x),
        6: (down, x),
        7: (down, across),
        8: (y, across),
    }
    return np.column_stack(places.get(orientation, (x, y)))


def _is_upright(landmarks: Landmarks) -> bool:
    """Return whether the eyes are level within 45 degrees, and above the rest."""
    left, right = landmarks.eye_centres()
    across = right - left
    rest = landmarks.points.mean(axis=0) - (left + right) / 2
    below = float(across[0] * rest[1] - across[1] * rest[0])
    return bool(across[0] > abs(across[1])) and below > 0


def _is_seen(landmarks: Landmarks, image: Image) -> bool:
    """Return whether the detector sees a face that lies as the landmarks do.

    A person who lies on the side is not upright in a photograph that is.
    """
    entry = DETECTORS[_DETECTOR]
    template = builtin_template(entry.template)
    placed, rest = landmarks.eye_centres(), landmarks.points.mean(axis=0)
    for face in entry.find(image):
        eyes = Landmarks(template, face.points).eye_centres()
        reach = float(np.hypot(*(eyes[1] - eyes[0])))
        apart = np.hypot(*(eyes - placed).T)
        down = face.points.mean(axis=0) - eyes.mean(axis=0)
        if apart.max() < reach / 2 and (rest - placed.mean(axis=0)) @ down > 0:
            return True
    return False
