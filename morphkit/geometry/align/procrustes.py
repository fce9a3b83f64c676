"""Procrustes alignment of landmark sets, single and generalised.

References
----------
.. [1] Umeyama, S. (1991). Least-squares estimation of transformation parameters
       between two point patterns. IEEE PAMI 13(4), 376-380.
       https://doi.org/10.1109/34.88573
.. [2] Gower, J. C. (1975). Generalized Procrustes analysis. Psychometrika 40(1),
       33-51. https://doi.org/10.1007/BF02291478
"""

import math
from collections.abc import Sequence

import numpy as np

from morphkit._core.arrays import Points
from morphkit._core.fixed_order import mean as mean_of
from morphkit._core.fixed_order import total
from morphkit.errors import InputError
from morphkit.geometry.similarity import Similarity


def fit(points: Points, reference: Points) -> Similarity:
    """Return the similarity that brings `points` closest to `reference`.

    Least squares over rotation, scale and shift, without reflection. In the plane the
    solution of [1]_ has a closed form: with the centred points as complex numbers p
    and q, the best factor is conj(p)·q / conj(p)·p.

    Parameters
    ----------
    points, reference : ndarray, shape (N, 2)
        Pixels; the same landmarks in the same order.

    Raises
    ------
    InputError
        If the sets differ in size or all `points` coincide.
    """
    if points.shape != reference.shape:
        raise InputError(
            f"cannot align {len(points)} points with {len(reference)} points"
        )
    centre, target = mean_of(points), mean_of(reference)
    p, q = points - centre, reference - target
    norm = float(total((p * p).ravel()))
    if norm == 0.0:
        raise InputError("cannot align landmarks that all coincide")
    a = float(total((p * q).ravel())) / norm
    b = float(total(p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])) / norm
    if a == 0.0 and b == 0.0:
        raise InputError("cannot align to landmarks that all coincide")
    shift = target - np.array(
        [a * centre[0] - b * centre[1], b * centre[0] + a * centre[1]]
    )
    return Similarity(a, b, float(shift[0]), float(shift[1]))


def mean_shape(
    shapes: Sequence[Points], *, tolerance: float = 1e-10, most: int = 200
) -> Points:
    """Return the mean of `shapes` after generalised Procrustes analysis [2]_.

    Parameters
    ----------
    shapes : sequence of ndarray, shape (N, 2)
        Pixels; the same landmarks in the same order.
    tolerance : float, optional
        Stop when the mean moves less than this fraction of its size.
    most : int, optional
        Maximum number of rounds.

    Returns
    -------
    ndarray, shape (N, 2)
        Centred on (0, 0), root mean square distance of the points from it 1, rotated
        as the mean of the shapes. Independent of the order of the shapes.

    Raises
    ------
    InputError
        If there is no shape, sizes differ or the landmarks of one coincide.
    """
    if not shapes:
        raise InputError("there is no face to align")
    # Summing sorted shapes makes the result exactly independent of their order.
    shapes = sorted(shapes, key=lambda shape: shape.tobytes())
    mean = _normalised(shapes[0])
    for _ in range(most):
        aligned = [fit(shape, mean)(shape) for shape in shapes]
        new = _normalised(mean_of(np.array([_normalised(one) for one in aligned])))
        moved = radius(new - mean)
        mean = new
        if moved < tolerance:
            break
    # Sum of conj(mean)·shape as complex numbers: the mean rotation back to the photos.
    back = [
        (total((mean * q).ravel()), total(mean[:, 0] * q[:, 1] - mean[:, 1] * q[:, 0]))
        for q in map(_normalised, shapes)
    ]
    a, b = total(np.array(back)).tolist()
    norm = math.sqrt(a * a + b * b)
    if norm == 0.0:  # the rotations of the photos cancel: there is no mean rotation
        return mean
    return Similarity(a / norm, b / norm, 0.0, 0.0)(mean)


def _normalised(shape: Points) -> Points:
    """Return the shape centred on the origin with unit root mean square radius."""
    centred = shape - mean_of(shape)
    size = radius(centred)
    if size == 0.0:
        raise InputError("cannot align landmarks that all coincide")
    return np.asarray(centred / size)


def radius(shape: Points) -> float:
    """Return the root mean square distance of points from the origin."""
    return math.sqrt(float(total((shape * shape).ravel())) / len(shape))
