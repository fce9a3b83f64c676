"""Two-point alignment: two points, usually the eyes, at fixed positions."""

from morphkit._core.arrays import Points
from morphkit.errors import InputError
from morphkit.geometry.align import procrustes
from morphkit.geometry.similarity import Similarity


def fit(points: Points, reference: Points) -> Similarity:
    """Return the similarity that maps two points exactly to two others.

    Parameters
    ----------
    points, reference : ndarray, shape (2, 2)
        The image-left and the image-right point, pixels.

    Raises
    ------
    InputError
        If there are not two points, or the two coincide.
    """
    if points.shape != (2, 2):
        raise InputError(f"two-point alignment got {len(points)} points")
    return procrustes.fit(points, reference)
