"""Which way up and which way round a face is, from its landmarks alone."""

import numpy as np

from morphkit.faces.landmarks import Landmarks

#: Largest plausible roll of a face, degrees.
MAX_ROLL_DEG = 60.0


def eyes_exchanged(landmarks: Landmarks) -> bool:
    """Return whether left and right are swapped, according to the eyes.

    Seen upright, the image-left eye comes first and the rest of the face lies below.
    This holds for a rotated face, but not for a mirrored one.

    Raises
    ------
    InputError
        If the template does not define the eyes.
    """
    left, right = landmarks.eye_centres()
    across = right - left
    down = landmarks.points.mean(axis=0) - (left + right) / 2
    return bool(across[0] * down[1] - across[1] * down[0] < 0)


def roll_deg(landmarks: Landmarks) -> float:
    """Return the roll of a face, degrees counter-clockwise as seen, -180 to 180.

    Left and right are those of the image, even if the labels are swapped.

    Raises
    ------
    InputError
        If the template does not define the eyes.
    """
    left, right = landmarks.eye_centres()
    x, y = left - right if eyes_exchanged(landmarks) else right - left
    return -float(np.degrees(np.arctan2(y, x)))


def is_upright(landmarks: Landmarks) -> bool:
    """Return whether a face is neither mirrored nor rotated by `MAX_ROLL_DEG`.

    Raises
    ------
    InputError
        If the template does not define the eyes.
    """
    return not eyes_exchanged(landmarks) and abs(roll_deg(landmarks)) <= MAX_ROLL_DEG
