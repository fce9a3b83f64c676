"""Faces as 478 points: MediaPipe's face mesh and irises, run by OpenCV.

Conventions
-----------
Inside, coordinates are continuous (see `nets`); `find` returns pixel centres.

References
----------
.. [1] Kartynnik, Y., Ablavatski, A., Grishchenko, I., & Grundmann, M. (2019). Real-time
   facial surface geometry from monocular video on mobile GPUs.
   https://doi.org/10.48550/arXiv.1907.06724
.. [2] Ablavatski, A. et al. (2020). Real-time pupil tracking from monocular video for
   digital puppetry. https://doi.org/10.48550/arXiv.2006.11341
"""

from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import Frame, Image, Points, eight_bit
from morphkit.faces.detectors import nets
from morphkit.faces.detectors.boxes import bounding_box, reading_order, same_face
from morphkit.faces.detectors.candidates import Candidate, find_in_tile, tiles
from morphkit.faces.detectors.mouth_corners import seat_corners
from morphkit.faces.detectors.nets import apply, net, square_crop
from morphkit.faces.detectors.shut_eyes import close_shut_eyes
from morphkit.faces.detectors.shut_lips import close_shut_lips
from morphkit.faces.formats import builtin_template
from morphkit.faces.landmarks import Landmarks, Placement

N_MESH = 468
# Both lids from the outer to the inner corner.
LEFT_UPPER = [33, 246, 161, 160, 159, 158, 157, 173, 133]
LEFT_LOWER = [33, 7, 163, 144, 145, 153, 154, 155, 133]
OUTER_CORNERS = [33, 263]
# Lips from the image-left to the image-right corner: inner edges, then outer ones.
INNER_UPPER = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308]
INNER_LOWER = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308]
OUTER_UPPER = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291]
OUTER_LOWER = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291]
# The left lids in the order of the iris network, which resolves them better than the
# mesh.
LEFT_MARGIN = [
    33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
]  # fmt: skip
MESH_SIDE = 192
IRIS_SIDE = 64
# The mesh network's score separates faces from other things better than the detector's:
# on adults, rendered infants, turned and small faces it was above 0.99, on textures,
# cats and skies at most 0.90, on faces mistaken for upside-down ones 0.82 to 0.92.
MESH_THRESHOLD = 0.95
# From here on, a place that the detector found may be a face that turns away or is half
# hidden: rendered infants squeezed, half covered or blurred until they were not found
# had 0.02 to 0.92; on 68 photographs and rendered faces, everything else had at most
# 0.01. Smaller places are none beside a face.
MAYBE_THRESHOLD = 0.1
SMALLEST_MAYBE = 0.25
# Shift (in sides of the region), scale and rotation (in radians) of the last four
# passes: two and their mirror images.
JITTER = (
    (-0.01, -0.01, 0.97, -0.05),
    (0.01, -0.01, 0.97, 0.05),
    (-0.01, 0.01, 1.03, 0.05),
    (0.01, 0.01, 1.03, -0.05),
)
MAX_DEPTH = 3
SMALLEST_TILE = 128


@dataclass(frozen=True, eq=False)
class Region:
    """A rotated square of the image around a face or an eye."""

    centre: Points
    size: float
    angle: float


@dataclass(frozen=True, eq=False)
class Fit:
    """The mesh of one face and the confidence of both networks."""

    points: Points
    detector_score: float
    mesh_score: float

    @property
    def is_face(self) -> bool:
        """Whether the mesh network is sure."""
        return self.mesh_score >= MESH_THRESHOLD


def find(image: Image) -> tuple[Landmarks, ...]:
    """Return the 478 points of every face in an image, in reading order.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values; 16 bits are reduced to 8 for detection.

    Returns
    -------
    tuple of Landmarks
        Template ``mesh_478``; empty if there is no face. Points may lie outside the
        image where a face is cut off.
    """
    return look(image)[0]


def find_as_drawn(image: Image) -> tuple[Landmarks, ...]:
    """Return what `find` does, with the lids of shut eyes where the networks draw them.

    Detectors that were trained learnt from these.
    """
    frame = eight_bit(image)
    return _in_order(frame, find_meshes(frame), closing=False)


def look(image: Image) -> tuple[tuple[Landmarks, ...], tuple[Landmarks, ...]]:
    """Return the points of every face, and of places that may be faces.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        As for `find`.

    Returns
    -------
    faces, maybe : tuple of Landmarks
        Each in reading order. The second are places that the detector takes for faces
        and the mesh network does not rule out, as of a face that turns away.
    """
    frame = eight_bit(image)
    fits, maybe = find_all_meshes(frame)
    return _in_order(frame, fits), _in_order(frame, maybe)


def _in_order(
    frame: Frame, fits: list[Fit], *, closing: bool = True
) -> tuple[Landmarks, ...]:
    """Return meshes as landmarks in reading order, shut eyes closed if asked for."""
    order = reading_order([bounding_box(fit.points) for fit in fits])
    return tuple(_landmarks(frame, fits[i], closing=closing) for i in order)


def find_meshes(frame: Frame) -> list[Fit]:
    """Return the mesh of every face, the most confident first."""
    return find_all_meshes(frame)[0]


def find_all_meshes(frame: Frame) -> tuple[list[Fit], list[Fit]]:
    """Return the mesh of every face and of places that may be one, the surest first.

    Tiles get smaller until the smallest face found is large in its tile: as long as
    faces are small in theirs, others may have been missed.
    """
    candidates: list[Candidate] = []
    tried: dict[Candidate, Fit | None] = {}
    faces: list[Fit] = []
    for level in range(MAX_DEPTH + 1):
        grid = tiles(frame.shape[1], frame.shape[0], level)
        if level and grid[0].size < SMALLEST_TILE:
            break
        candidates += [c for tile in grid for c in find_in_tile(frame, tile)]
        faces = _distinct(frame, candidates, tried)
        sizes = [float(np.ptp(face.points, axis=0).max()) for face in faces]
        if level and sizes and min(sizes) > 0.3 * grid[0].size:
            break
    return faces, _maybe(faces, tried)


def _maybe(faces: list[Fit], tried: dict[Candidate, Fit | None]) -> list[Fit]:
    """Return the places beside the faces that may be faces, too."""
    least = SMALLEST_MAYBE * max((_side(face) for face in faces), default=0.0)
    found: list[Fit] = []
    for fit in sorted(
        (f for f in tried.values() if f is not None), key=lambda f: -f.mesh_score
    ):
        box = bounding_box(fit.points)
        if _side(fit) < least or fit.is_face:
            continue
        if not any(same_face(box, bounding_box(f.points)) for f in (*faces, *found)):
            found.append(fit)
    return found


def _side(fit: Fit) -> float:
    """Return the larger side of the box around a mesh, pixels."""
    return float(np.ptp(fit.points, axis=0).max())


def _distinct(
    frame: Frame, candidates: list[Candidate], tried: dict[Candidate, Fit | None]
) -> list[Fit]:
    """Return one mesh per face among the candidates, in its best rotation."""
    faces: list[Fit] = []
    for candidate in sorted(candidates, key=lambda c: -c.score):
        if any(same_face(candidate.box, bounding_box(face.points)) for face in faces):
            continue
        if candidate not in tried:
            tried[candidate] = fit_mesh(frame, candidate)
        fit = tried[candidate]
        if fit is None or not fit.is_face:
            continue
        if not any(
            same_face(bounding_box(fit.points), bounding_box(f.points)) for f in faces
        ):
            faces.append(fit)
    return faces


def fit_mesh(frame: Frame, candidate: Candidate) -> Fit | None:
    """Return the mesh at a candidate, or None if the mesh network rules a face out.

    Two passes find the position, size and angle better than the detector did; four
    more, slightly displaced, are averaged.
    """
    region = Region(candidate.centre, 1.5 * candidate.size, candidate.angle)
    for _ in range(2):
        points, score = _run_mesh(frame, region)
        if score < MESH_THRESHOLD:
            unsure = Fit(points, candidate.score, score)
            return unsure if score >= MAYBE_THRESHOLD else None
        region = _region_of(points)
    looks = [_run_mesh(frame, _shifted(region, *jitter)) for jitter in JITTER]
    score = float(np.mean([look[1] for look in looks]))
    return Fit(np.mean([look[0] for look in looks], axis=0), candidate.score, score)


def _shifted(
    region: Region, right: float, down: float, scale: float, turn: float
) -> Region:
    """Return a region near another, moved along its own axes."""
    c, s = np.cos(region.angle), np.sin(region.angle)
    move = np.array([c * right - s * down, s * right + c * down]) * region.size
    return Region(region.centre + move, region.size * scale, region.angle + turn)


def _run_mesh(frame: Frame, region: Region) -> tuple[Points, float]:
    """Return the 468 points of the face in a region and the network's score.

    The mean of the crop and its mirror image, so that no side is favoured.
    """
    crop, affine = square_crop(
        frame, region.centre, region.size, region.angle, MESH_SIDE
    )
    partner = list(builtin_template("mesh_478").mirror[:N_MESH])
    straight, logit = _mesh_of_crop(crop)
    mirrored, mirrored_logit = _mesh_of_crop(crop[:, ::-1])
    mirrored[:, 0] = MESH_SIDE - mirrored[:, 0]
    points = (straight + mirrored[partner]) / 2
    score = 1 / (1 + np.exp(-(logit + mirrored_logit) / 2))
    return apply(affine, points), float(score)


def _mesh_of_crop(crop: Frame) -> tuple[Points, float]:
    """Return the points in continuous crop coordinates and the logit of the score."""
    outputs = net(nets.MESH).run(crop, low=0)
    points = outputs[3 * N_MESH].reshape(N_MESH, 3)[:, :2].astype(np.float64)
    return points, float(outputs[1].ravel()[0])


def _region_of(points: Points) -> Region:
    """Return the region to look at next, given the mesh found so far."""
    left, right = points[OUTER_CORNERS]
    angle = float(np.arctan2(right[1] - left[1], right[0] - left[0]))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    upright = points @ turn
    low, high = upright.min(axis=0), upright.max(axis=0)
    return Region(turn @ ((low + high) / 2), 1.5 * float((high - low).max()), angle)


def _run_iris(frame: Frame, corners: Points, *, mirror: bool) -> tuple[Points, Points]:
    """Return the lid margin (16 points) and the iris (5) between two eye corners."""
    left, right = corners
    across = right - left
    crop, affine = square_crop(
        frame,
        (left + right) / 2,
        2.3 * float(np.hypot(*across)),
        float(np.arctan2(across[1], across[0])),
        IRIS_SIDE,
    )
    # The network was trained on left eyes only.
    outputs = net(nets.IRIS).run(crop[:, ::-1] if mirror else crop, low=0)
    margin = outputs[213].reshape(71, 3)[: len(LEFT_MARGIN), :2]
    points = np.concatenate([margin, outputs[15].reshape(5, 3)[:, :2]])
    points = points.astype(np.float64)
    if mirror:
        points[:, 0] = IRIS_SIDE - points[:, 0]
    points = apply(affine, points)
    return points[: len(LEFT_MARGIN)], points[len(LEFT_MARGIN) :]


def _with_eyes(frame: Frame, mesh: Points) -> Points:
    """Return the mesh with refined lids, followed by the left and the right iris."""
    partner = builtin_template("mesh_478").mirror
    right_margin = [partner[i] for i in LEFT_MARGIN]
    points = mesh.copy()
    points[LEFT_MARGIN], left = _run_iris(frame, mesh[[33, 133]], mirror=False)
    points[right_margin], right = _run_iris(frame, mesh[[362, 263]], mirror=True)
    return np.concatenate([points, left, right])


def _with_shut_eyes(frame: Frame, points: Points) -> Points:
    """Return the points with the lids of shut eyes on the line between them."""
    partner = builtin_template("mesh_478").mirror
    right = [[partner[i] for i in edge[::-1]] for edge in (LEFT_UPPER, LEFT_LOWER)]
    eyes = [(LEFT_UPPER, LEFT_LOWER), (right[0], right[1])]
    drawn = [(points[upper], points[lower]) for upper, lower in eyes]
    closed = points.copy()
    for edges, lids in zip(eyes, close_shut_eyes(frame, drawn), strict=True):
        for edge, moved in zip(edges, lids, strict=True):
            closed[edge] = moved
    return closed


def _with_shut_lips(frame: Frame, points: Points) -> Points:
    """Return the points with the inner lips of a shut mouth on the line between."""
    inner = points[INNER_UPPER], points[INNER_LOWER]
    outer = points[OUTER_UPPER], points[OUTER_LOWER]
    closed = points.copy()
    closed[INNER_UPPER], closed[INNER_LOWER] = close_shut_lips(frame, inner, outer)
    return closed


def _with_corners(frame: Frame, points: Points) -> Points:
    """Return the points with the corners of a wide open mouth where the lips meet."""
    inner = points[INNER_UPPER], points[INNER_LOWER]
    lips = INNER_UPPER + OUTER_UPPER, INNER_LOWER[1:-1] + OUTER_LOWER[1:-1]
    seated = points.copy()
    found = seat_corners(frame, inner, [points[lip] for lip in lips])
    for lip, moved in zip(lips, found, strict=True):
        seated[lip] = moved
    return seated


def _landmarks(frame: Frame, fit: Fit, *, closing: bool) -> Landmarks:
    """Return a mesh with its irises as landmarks, in pixel centres."""
    points = _with_eyes(frame, fit.points)
    if closing:
        points = _with_shut_lips(frame, _with_shut_eyes(frame, points))
        points = _with_corners(frame, points)
    placement = Placement(
        by="detector",
        detector="mesh",
        models=dict(nets.model_hashes()),
        score=fit.detector_score * fit.mesh_score,
    )
    return Landmarks(builtin_template("mesh_478"), points - 0.5, placement)
