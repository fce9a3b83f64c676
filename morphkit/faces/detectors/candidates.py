"""Face candidates: the detector run over tiles of several sizes in four rotations.

The detector (BlazeFace, short range) sees a square of 128 pixels and misses faces that
fill less than about a fifth of it, or that are turned by more than about 60 degrees.
Hence tiles of the whole image and of fractions of it, each in four rotations.

References
----------
.. [1] Bazarevsky, V. et al. (2019). BlazeFace: sub-millisecond neural face detection on
   mobile GPUs. https://doi.org/10.48550/arXiv.1907.05047
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import Frame, Points
from morphkit.faces.detectors import nets
from morphkit.faces.detectors.boxes import Box, overlap

SIDE = 128
THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class Candidate:
    """A place that may be a face, in continuous image coordinates.

    Parameters
    ----------
    score : float
        The detector's, 0 to 1.
    box : ndarray, shape (4,)
        Around the face from the brows to the chin.
    centre : ndarray, shape (2,)
        Centre of the detector's (possibly turned) box.
    size : float
        Its larger side, pixels.
    angle : float
        Direction from the image-left eye to the other of the upright face, radians,
        clockwise as seen.
    """

    score: float
    box: Box
    centre: Points
    size: float
    angle: float


@dataclass(frozen=True)
class Tile:
    """A square of the image; it may reach beyond the border."""

    x: int
    y: int
    size: int


def tiles(width: int, height: int, level: int) -> list[Tile]:
    """Return the tiles of one level, half overlapping.

    Level 0 is one tile around the whole image; with each level the side halves.
    """
    longest = max(width, height)
    size = max(1, round(longest / 2**level))

    def starts(length: int) -> list[int]:
        if length <= size:
            return [(length - size) // 2]
        n = int(np.ceil((length - size) / (size / 2))) + 1
        return [round(x) for x in np.linspace(0, length - size, n)]

    return [Tile(x, y, size) for y in starts(height) for x in starts(width)]


def find_in_tile(image: Frame, tile: Tile) -> list[Candidate]:
    """Return the faces that the detector finds in one tile, in four rotations."""
    small = _shrink(image, tile)
    if int(small.max()) - int(small.min()) < 8:
        return []  # a flat colour
    found = []
    for turns in range(4):
        for score, points in _run(np.rot90(small, turns)):
            found.append(_to_image(score, _rotate_back(points, turns), tile))
    return found


def _shrink(image: Frame, tile: Tile) -> Frame:
    """Return the tile in the detector's size, black beyond the image."""
    import cv2

    height, width = image.shape[:2]
    x0, y0 = max(tile.x, 0), max(tile.y, 0)
    x1, y1 = min(tile.x + tile.size, width), min(tile.y + tile.size, height)
    square = np.zeros((tile.size, tile.size, 3), np.uint8)
    square[y0 - tile.y : y1 - tile.y, x0 - tile.x : x1 - tile.x] = image[y0:y1, x0:x1]
    method = cv2.INTER_AREA if tile.size >= SIDE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (SIDE, SIDE), interpolation=method), np.uint8)


def _anchors() -> Points:
    """Return the anchor centres of the network's boxes, 0 to 1."""
    rows = []
    for cells, per_cell in ((16, 2), (8, 6)):
        for y in range(cells):
            for x in range(cells):
                rows += [((x + 0.5) / cells, (y + 0.5) / cells)] * per_cell
    return np.array(rows)


ANCHORS = _anchors()


def _run(square: Frame) -> Iterator[tuple[float, Points]]:
    """Yield score and points (two box corners, six parts of the face; 0 to 1)."""
    outputs = nets.net(nets.FACE).run(square, low=-1)
    logits = outputs[len(ANCHORS)].ravel().astype(np.float64)
    scores = 1 / (1 + np.exp(-np.clip(logits, -100, 100)))
    raw = outputs[16 * len(ANCHORS)].reshape(-1, 16).astype(np.float64) / SIDE
    left = [i for i in np.argsort(-scores, kind="stable") if scores[i] > THRESHOLD]
    points = {i: _points(raw[i], ANCHORS[i]) for i in left}
    while left:
        best = points[left[0]][:2].ravel()
        group = [i for i in left if overlap(points[i][:2].ravel(), best) > 0.3]
        # Overlapping boxes are averaged, not dropped: steadier from shift to shift.
        mean = np.average([points[i] for i in group], axis=0, weights=scores[group])
        yield float(scores[left[0]]), mean
        left = [i for i in left if i not in group]


def _points(raw: Points, anchor: Points) -> Points:
    """Return the network's output for one anchor as eight points."""
    middle, size = raw[:2] + anchor, np.clip(raw[2:4], 1e-3, None)
    parts = raw[4:].reshape(6, 2) + anchor
    return np.concatenate([[middle - size / 2, middle + size / 2], parts])


def _rotate_back(points: Points, turns: int) -> Points:
    """Return points of a tile that was rotated counter-clockwise, rotated back."""
    for _ in range(turns):
        points = np.column_stack([1 - points[:, 1], points[:, 0]])
    return points


def _to_image(score: float, points: Points, tile: Tile) -> Candidate:
    """Return a detection in unit coordinates of the tile as a candidate."""
    points = points * tile.size + np.array([tile.x, tile.y])
    corners, (eye, other_eye) = points[:2], points[2:4]
    low, high = corners.min(axis=0), corners.max(axis=0)
    across = other_eye - eye
    return Candidate(
        score=score,
        box=np.concatenate([low, high]),
        centre=(low + high) / 2,
        size=float((high - low).max()),
        angle=float(np.arctan2(across[1], across[0])),
    )
