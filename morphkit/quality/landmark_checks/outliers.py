"""Landmarks far from where their neighbours predict them.

Each landmark is predicted from its nearest neighbours by ridge regression on the other
faces of the set. The reference is the set itself: infants differ from adults by more
than adults differ from each other, so a shape learned from adults would flag every
infant.

References
----------
.. [1] Hoerl, A. E., & Kennard, R. W. (1970). Ridge regression: biased estimation for
       nonorthogonal problems. Technometrics 12(1), 55-67.
       https://doi.org/10.1080/00401706.1970.10488634
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.align import procrustes
from morphkit.quality.landmark_checks.measures import scale_of

#: Minimum number of faces of one template.
MIN_FACES = 8
N_NEIGHBOURS = 12
#: Strength of the ridge, in mean variances of the predictors.
RIDGE = 1.0
#: Shrinkage of a landmark's usual residual towards that of all landmarks: a few faces
#: estimate the residual of one landmark poorly.
SHARED = 0.4
#: Precision of careful placement, as a fraction of the inter-ocular distance.
FINEST = 0.002
#: Residuals above this multiple of the usual one are flagged: about 2 of 189 landmarks
#: of a clean face (10 London faces delineated by hand).
FLAGGED = 3.8
#: Maximum number of matrix elements in one block.
BLOCK = 4_000_000

#: The same landmarks of M faces, (M, N, 2).
Shapes = Sequence[Points] | npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


@dataclass(frozen=True)
class Outlier:
    """A landmark far from where its neighbours predict it.

    Parameters
    ----------
    face : int
        Index of the face in the set.
    point : int
        Index of the landmark.
    distance : float
        From the predicted position, as a fraction of the inter-ocular distance.
    score : float
        `distance` over the usual one of this landmark in the other faces.
    """

    face: int
    point: int
    distance: float
    score: float


def find_outliers(
    faces: Sequence[Landmarks], *, min_score: float = FLAGGED
) -> list[Outlier]:
    """Return the outlying landmarks, the worst first.

    Parameters
    ----------
    faces : sequence of Landmarks
        All of one template, at least `MIN_FACES` of them.
    min_score : float, optional
        Minimum score of those returned; 0 ranks every landmark.

    Raises
    ------
    InputError
        If there are too few faces or several templates.
    """
    if len(faces) < MIN_FACES:
        raise InputError(
            f"{len(faces)} faces", allowed=f"outliers need at least {MIN_FACES}"
        )
    if any(face.template != faces[0].template for face in faces):
        raise InputError("the faces have several templates", allowed="one template")
    lengths = np.array([scale_of(face).length for face in faces])
    shapes = np.array([face.points for face in faces], np.float64)
    off = residuals(shapes)
    first = _scores(np.hypot(*off.T).T / lengths[:, None])
    # A bad point distorts the prediction of its neighbours and of the other faces: the
    # worst of each landmark is moved to its prediction, and the rest judged again.
    bad = (first >= FLAGGED) & (first == first.max(axis=0))
    again = residuals(np.where(bad[..., None], shapes - off, shapes))
    off = np.where(bad[..., None], off, again)
    distances = np.hypot(*off.T).T / lengths[:, None]
    scores = np.where(bad, first, _scores(distances))
    found = [
        Outlier(int(i), int(p), float(distances[i, p]), float(scores[i, p]))
        for i, p in np.argwhere(scores >= min_score)
    ]
    return sorted(found, key=lambda one: -one.score)


def residuals(shapes: Shapes) -> npt.NDArray[np.float64]:
    """Return the residual of each landmark from the prediction by the other faces.

    Parameters
    ----------
    shapes : sequence of ndarray, shape (N, 2)
        The same landmarks of M faces, pixels.

    Returns
    -------
    ndarray, shape (M, N, 2)
        Landmark minus prediction, in the pixels of each face.
    """
    mean = procrustes.mean_shape(list(shapes))
    maps = [procrustes.fit(shape, mean) for shape in shapes]
    aligned = np.array([to(shape) for to, shape in zip(maps, shapes, strict=True)])
    aligned -= aligned.mean(axis=1, keepdims=True)
    z = aligned[..., 0] + 1j * aligned[..., 1]
    reference = z.mean(axis=0)
    distance = np.abs(reference[:, None] - reference[None])
    neighbours = _nearest(distance)
    found = np.empty(z.shape, complex)
    block = max(1, BLOCK // len(z) ** 2)
    for start in range(0, z.shape[1], block):
        some = slice(start, start + block)
        near = z[:, neighbours[some]].transpose(1, 0, 2)
        found[:, some] = _left_out(near, z[:, some].T).T
    found /= np.array([complex(to.a, to.b) for to in maps])[:, None]
    return np.stack([found.real, found.imag], axis=-1)


def _nearest(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Return for each landmark the indices of its nearest others, (N, K)."""
    order = np.argsort(distance, axis=1, kind="stable")
    n = len(distance)
    others = order[order != np.arange(n)[:, None]].reshape(n, n - 1)
    return np.asarray(others[:, :N_NEIGHBOURS])


def _left_out(neighbours: Complex, points: Complex) -> Complex:
    """Return each face's residual when it is left out of the regression.

    Points are complex numbers, so that one factor rotates and scales the neighbours in
    each face onto their mean: the regression learns differences of shape only.

    Parameters
    ----------
    neighbours : ndarray, shape (P, M, K), dtype complex128
        Of P landmarks in M faces.
    points : ndarray, shape (P, M), dtype complex128
        The landmarks.

    Returns
    -------
    ndarray, shape (P, M), dtype complex128
    """
    centre = neighbours.mean(axis=2)
    x, y = neighbours - centre[..., None], points - centre
    mean = x.mean(axis=1, keepdims=True)
    size = (np.abs(x) ** 2).sum(axis=2)
    factor = np.ones(size.shape, complex)
    np.divide((x.conj() * mean).sum(axis=2), size, out=factor, where=size > 0)
    factor[np.abs(factor) < 1e-9] = 1  # coincident neighbours have no direction
    x, y = x * factor[..., None], y * factor
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    # Ridge regression with an unpenalised intercept; leaving face i out divides its
    # residual by 1 - H_ii, exactly.
    gram = (x @ x.conj().transpose(0, 2, 1)).real
    n = gram.shape[1]
    ridge = RIDGE * np.trace(gram, axis1=1, axis2=2) / n + np.finfo(float).tiny
    shrunk = gram + ridge[:, None, None] * np.eye(n)
    fitted = np.linalg.solve(shrunk, gram).transpose(0, 2, 1)
    leverage = np.diagonal(fitted, axis1=1, axis2=2) + 1 / n
    residual = (y - (fitted @ y[..., None])[..., 0]) / (1 - leverage)
    return np.asarray(residual / factor)


def _scores(distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the distances over the usual ones in the other faces."""
    everywhere = float(np.median(distances))
    scores = np.empty_like(distances)
    for i, one in enumerate(distances):
        here = np.median(np.delete(distances, i, axis=0), axis=0)
        usual = SHARED * everywhere**2 + (1 - SHARED) * here**2 + FINEST**2
        scores[i] = one / np.sqrt(usual)
    return scores
