"""Landmarks far from where their neighbours predict them.

Each landmark is predicted from its nearest neighbours by ridge regression on the other
faces of the set and, where the template names mirror partners, on the mirror images of
all of them. The reference is the set itself: infants differ from adults by more than
adults differ from each other, so a shape learned from adults would flag every infant.

A residual is judged in the directions in which this landmark usually strays: along a
contour more than across it. Scores are comparable between landmarks and sets.

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
from morphkit.faces.template import Template
from morphkit.geometry.align import procrustes
from morphkit.quality.landmark_checks.measures import scale_of

#: Minimum number of faces of one template; without mirror partners one more.
MIN_FACES = 2
#: Number of faces from which points are findings; of fewer they are ranked only, since
#: too little is known of what is usual.
FOR_FINDINGS = 8
#: Score of a finding: fewer than 1 of 20 correct faces have a point that reaches it.
FLAGGED = 6.5
#: The same of displacements between ends, and of differences from a detector within a
#: set: of 1,080 correct pairs of rendered infants 0.3 % reached 4.5 and one 5.0; of 624
#: correct faces none reached 4.9 (``benchmarks/landmark_checks.py``). Hands stray more
#: than the errors that were added there, hence the margin.
STRAYED = 5.0
N_NEIGHBOURS = 12
#: Strength of the ridge, in mean variances of the predictors.
RIDGE = 1.0
#: Shrinkage of a landmark's usual residual towards that of all landmarks: a few faces
#: estimate the residual of one landmark poorly.
SHARED = 0.3
#: Shrinkage of its directions towards none.
ROUND = 0.3
#: Precision of careful placement, as a fraction of the inter-ocular distance.
FINEST = 0.002
#: Other residuals count at most as this multiple of the usual one.
CAPPED = 3.0
#: From this score on, a point is moved to its prediction before the others are judged.
CLEANED = 3.8
#: Median of a two-dimensional Gaussian distance, in its standard deviations per axis.
MEDIAN = float(np.sqrt(2 * np.log(2)))
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
        `distance` over the usual one of this landmark in this direction.
    """

    face: int
    point: int
    distance: float
    score: float


def find_outliers(
    faces: Sequence[Landmarks], *, min_score: float = 0.0
) -> list[Outlier]:
    """Return the outlying landmarks, the worst first.

    Parameters
    ----------
    faces : sequence of Landmarks
        All of one template, at least `min_faces` of them.
    min_score : float, optional
        Minimum score of those returned; by default every landmark is ranked.

    Raises
    ------
    InputError
        If there are too few faces or several templates.
    """
    least = min_faces(faces[0].template) if faces else MIN_FACES
    if len(faces) < least:
        raise InputError(
            f"{len(faces)} faces", allowed=f"outliers need at least {least}"
        )
    if any(face.template != faces[0].template for face in faces):
        raise InputError("the faces have several templates", allowed="one template")
    mirror = faces[0].template.mirror
    lengths = np.array([scale_of(face).length for face in faces])
    shapes = np.array([face.points for face in faces], np.float64)
    off, upright = residuals(shapes, mirror)
    first = stray_scores(upright / lengths[:, None], mirror)
    # A bad point distorts the prediction of its neighbours and of the other faces: the
    # worst of each landmark is moved to its prediction, and the rest judged again.
    bad = (first >= CLEANED) & (first == first.max(axis=0))
    _, again = residuals(np.where(bad[..., None], shapes - off, shapes), mirror)
    upright = np.where(bad, upright, again) / lengths[:, None]
    scores = np.where(bad, first, stray_scores(upright, mirror))
    distances = np.abs(upright)
    found = [
        Outlier(int(i), int(p), float(distances[i, p]), float(scores[i, p]))
        for i, p in np.argwhere(scores >= min_score)
    ]
    return sorted(found, key=lambda one: -one.score)


def min_faces(template: Template) -> int:
    """Return how many faces of a template can be compared with each other."""
    return MIN_FACES if template.mirror else MIN_FACES + 1


def residuals(
    shapes: Shapes, mirror: Sequence[int] = ()
) -> tuple[npt.NDArray[np.float64], Complex]:
    """Return the residual of each landmark from the prediction by the other faces.

    Parameters
    ----------
    shapes : sequence of ndarray, shape (N, 2)
        The same landmarks of M faces, pixels.
    mirror : sequence of int, optional
        Mirror partners; empty if they are not known.

    Returns
    -------
    off : ndarray, shape (M, N, 2)
        Landmark minus prediction, in the pixels of each face.
    upright : ndarray, shape (M, N), dtype complex128
        The same, turned as the face is turned upright.
    """
    pool = np.asarray(shapes, np.float64)
    n_faces = len(pool)
    if len(mirror):
        pool = np.concatenate([pool, (pool * [-1, 1])[:, list(mirror)]])
    mean = procrustes.mean_shape(list(pool))
    maps = [procrustes.fit(shape, mean) for shape in pool]
    aligned = np.array([to(shape) for to, shape in zip(maps, pool, strict=True)])
    aligned -= aligned.mean(axis=1, keepdims=True)
    z = aligned[..., 0] + 1j * aligned[..., 1]
    reference = z.mean(axis=0)
    distance = np.abs(reference[:, None] - reference[None])
    neighbours = _nearest(distance)
    found = np.empty((n_faces, z.shape[1]), complex)
    block = max(1, BLOCK // len(z) ** 2)
    for start in range(0, z.shape[1], block):
        some = slice(start, start + block)
        near = z[:, neighbours[some]].transpose(1, 0, 2)
        found[:, some] = _left_out(near, z[:, some].T, n_faces).T
    turns = np.array([complex(to.a, to.b) for to in maps[:n_faces]])[:, None]
    off = found / turns
    return np.stack([off.real, off.imag], axis=-1), found / np.abs(turns)


def find_odd_displacements(
    pairs: Sequence[tuple[Landmarks, Landmarks]],
) -> list[Outlier]:
    """Return the landmarks that move otherwise than their neighbours say, worst first.

    The displacement of each landmark from the first to the second end is predicted from
    those of its nearest neighbours, by ridge regression on the other pairs and the
    mirror images of all.

    Parameters
    ----------
    pairs : sequence of (Landmarks, Landmarks)
        Both ends of several continua, all of one template, at least `min_faces`.

    Raises
    ------
    InputError
        If there are too few pairs.
    """
    template = pairs[0][0].template if pairs else None
    if template is None or len(pairs) < min_faces(template):
        raise InputError(f"{len(pairs)} pairs", allowed="displacements need two")
    shapes = np.array([a.points for a, _ in pairs])
    mean = procrustes.mean_shape(list(shapes))
    moved = []
    for first, second in pairs:
        upright = procrustes.fit(first.points, mean)
        start = upright(first.points)
        end = procrustes.fit(second.points, start)(second.points)
        unit = scale_of(first).length * abs(complex(upright.a, upright.b))
        moved.append((end - start) @ [1, 1j] / unit)
    z = np.array(moved)
    partners = list(template.mirror)
    pool = np.concatenate([z, -z[:, partners].conj()]) if partners else z
    reference = mean @ [1, 1j]
    neighbours = _nearest(np.abs(reference[:, None] - reference[None]))
    x, y = pool[:, neighbours].transpose(1, 0, 2), pool.T
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    off = _ridge_left_out(x, y, len(z)).T
    scores = stray_scores(off, template.mirror)
    found = [
        Outlier(int(i), int(p), float(abs(off[i, p])), float(scores[i, p]))
        for i, p in np.ndindex(*off.shape)
    ]
    return sorted(found, key=lambda one: -one.score)


def _nearest(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Return for each landmark the indices of its nearest others, (N, K).

    In a shape that is its own mirror image both partners are as far from a landmark of
    the middle: of distances that rounding alone tells apart the lower index is nearer.
    """
    parts = np.round(distance / distance.max(), 9)
    order = np.argsort(parts, axis=1, kind="stable")
    n = len(distance)
    others = order[order != np.arange(n)[:, None]].reshape(n, n - 1)
    return np.asarray(others[:, :N_NEIGHBOURS])


def _left_out(neighbours: Complex, points: Complex, n_faces: int) -> Complex:
    """Return each face's residual when it is left out of the regression.

    Its mirror image, if there is one, is left out with it.

    Points are complex numbers, so that one factor rotates and scales the neighbours in
    each face onto their mean: the regression learns differences of shape only.

    Parameters
    ----------
    neighbours : ndarray, shape (P, M, K), dtype complex128
        Of P landmarks in M faces.
    points : ndarray, shape (P, M), dtype complex128
        The landmarks.
    n_faces : int
        Number of faces; their mirror images, if any, come after all of them.

    Returns
    -------
    ndarray, shape (P, n_faces), dtype complex128
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
    return _ridge_left_out(x, y, n_faces) / factor[:, :n_faces]


def _ridge_left_out(x: Complex, y: Complex, n_faces: int) -> Complex:
    """Return the residuals of centred `y` from centred `x`, each face left out.

    Parameters
    ----------
    x : ndarray, shape (P, M, K), dtype complex128
    y : ndarray, shape (P, M), dtype complex128
    n_faces : int
        As in `_left_out`.
    """
    # Ridge regression with an unpenalised intercept; leaving faces S out multiplies
    # their residuals by (1 - H_SS)^-1, exactly.
    gram = (x @ x.conj().transpose(0, 2, 1)).real
    n = gram.shape[1]
    ridge = RIDGE * np.trace(gram, axis1=1, axis2=2) / n + np.finfo(float).tiny
    shrunk = gram + ridge[:, None, None] * np.eye(n)
    fitted = np.linalg.solve(shrunk, gram).transpose(0, 2, 1)
    rest = y - (fitted @ y[..., None])[..., 0]
    hat = fitted + 1 / n
    i = np.arange(n_faces)
    own = 1 - hat[:, i, i]
    if n == n_faces:
        return np.asarray(rest / own)
    j = i + n_faces
    mirrored, between, back = 1 - hat[:, j, j], -hat[:, i, j], -hat[:, j, i]
    left_out = (mirrored * rest[:, :n_faces] - between * rest[:, n_faces:]) / (
        own * mirrored - between * back
    )
    return np.asarray(left_out)


def stray_scores(upright: Complex, mirror: Sequence[int]) -> npt.NDArray[np.float64]:
    """Return residuals over the usual ones in the other faces, by direction.

    Parameters
    ----------
    upright : ndarray, shape (M, N), dtype complex128
        Residuals of upright faces, as fractions of the inter-ocular distance.
    mirror : sequence of int
        Mirror partners; empty if they are not known.
    """
    distances = np.abs(upright)
    everywhere = float(np.median(distances))
    here = (
        distances if not mirror else np.concatenate([distances, distances[:, mirror]])
    )
    usual = SHARED * everywhere**2 + (1 - SHARED) * np.median(here, axis=0) ** 2
    cap = CAPPED * np.sqrt(usual)
    shrink = np.minimum(1, cap / np.maximum(distances, np.finfo(float).tiny))
    capped = upright * shrink
    flipped = -capped[:, mirror].conj() if mirror else capped[:0]
    # Variances per axis of a Gaussian with these medians.
    floor = SHARED * (everywhere / MEDIAN) ** 2 + FINEST**2 / 2
    scores = np.empty_like(distances)
    for i, one in enumerate(upright):
        others = [np.delete(part, i, axis=0) for part in (capped, flipped) if len(part)]
        pool = np.concatenate(others)
        xx, yy = (pool.real**2).mean(axis=0), (pool.imag**2).mean(axis=0)
        xy = (pool.real * pool.imag).mean(axis=0)
        mean = ROUND * (xx + yy) / 2
        a = (1 - SHARED) * ((1 - ROUND) * xx + mean) + floor
        b = (1 - SHARED) * ((1 - ROUND) * yy + mean) + floor
        c = (1 - SHARED) * (1 - ROUND) * xy
        x, y = one.real, one.imag
        squared = (b * x**2 - 2 * c * x * y + a * y**2) / (a * b - c**2)
        scores[i] = np.sqrt(squared) / MEDIAN
    return scores
