"""Landmarks that were placed on a photograph as it is stored, not as it is seen.

EXIF may say that a photograph has to be turned or mirrored to be seen. Some programs
place landmarks on the pixels as they are stored; such landmarks fit nothing here, where
the orientation is applied.
"""

import numpy as np

from morphkit._core.arrays import Image
from morphkit.errors import InputError
from morphkit.faces.detectors import DETECTORS
from morphkit.faces.direction import is_upright, roll_deg
from morphkit.faces.formats.template_json import builtin_template
from morphkit.faces.images import Photo, turn_points
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
        turn_points(landmarks.points, photo.orientation, (width, height))
    )
    size = image.shape[1], image.shape[0]
    if not turned.inside(size).all():
        return
    stored = not landmarks.inside(size).all()
    if not stored and len(landmarks.template.eyes) == 2:
        stored = (
            not is_upright(landmarks)
            and is_upright(turned)
            and not _is_seen(landmarks, image)
        )
    if stored:
        raise InputError(
            f"the landmarks of {photo.name} lie in the frame of its pixels as they are "
            f"stored ({width}×{height}), not as the photograph is seen "
            f"({size[0]}×{size[1]}): its EXIF orientation is {photo.orientation}",
            where=where,
            allowed="landmarks on the photograph as it is seen",
            remedy="turn them (morphkit landmarks convert FILE NEW.json --image "
            f"{photo.name} --stored-frame), or place or detect them again",
        )


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


def seen_rolls(image: Image) -> tuple[float, ...]:
    """Return the roll of every face that the detector finds, degrees.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3)
        The photograph, upright.
    """
    return tuple(roll_deg(face) for face in DETECTORS[_DETECTOR].find(image))
