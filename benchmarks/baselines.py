"""The programs that morphkit is compared with, written out as they work.

`tutorial_frame` is the Delaunay morph that most scripts on the web are copies of:
triangles of the mean shape, one ``warpAffine`` per triangle and photograph, blended in
sRGB code values and truncated to bytes. `facemorpher_frame` does what the package
facemorpher 5 does per frame: landmarks cut to whole pixels, the triangulation found
anew for the frame, a look-up of the triangle of every pixel, bilinear samples.
`cross_dissolve` only mixes the photographs.

All take photographs ``(H, W, 3)`` uint8, points ``(N, 2)`` in pixels that include the
border, and a level from 0 to 1.
"""

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

Picture = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]


def with_border(points: Points, size: tuple[int, int]) -> Points:
    """Return the points with the eight border points that the tutorial adds."""
    right, bottom = size[0] - 1, size[1] - 1
    border = [
        (0, 0), (right // 2, 0), (right, 0), (right, bottom // 2),
        (right, bottom), (right // 2, bottom), (0, bottom), (0, bottom // 2),
    ]  # fmt: skip
    return np.vstack([points, np.array(border, dtype=float)])


def triangles_of(points_a: Points, points_b: Points) -> npt.NDArray[np.int32]:
    """Return the Delaunay triangles of the mean shape."""
    return Delaunay((points_a + points_b) / 2).simplices.astype(np.int32)


def tutorial_frame(
    a: npt.NDArray[np.float32],
    b: npt.NDArray[np.float32],
    points_a: Points,
    points_b: Points,
    level: float,
    triangles: npt.NDArray[np.int32],
) -> Picture:
    """Return a frame of the common OpenCV tutorial; photographs are float32."""
    points = (1 - level) * points_a + level * points_b
    out = np.zeros(a.shape, np.float32)
    for corners in triangles:
        _tutorial_triangle(
            a, b, out, points_a[corners], points_b[corners], points[corners], level
        )
    return out.astype(np.uint8)


def _tutorial_triangle(a, b, out, corners_a, corners_b, corners, level) -> None:
    """Paint one triangle."""
    x, y, w, h = cv2.boundingRect(np.float32([corners]))
    mask = np.zeros((h, w, 3), np.float32)
    cv2.fillConvexPoly(mask, np.int32(corners - (x, y)), (1.0, 1.0, 1.0), 16, 0)
    pieces = []
    for photo, place in ((a, corners_a), (b, corners_b)):
        px, py, pw, ph = cv2.boundingRect(np.float32([place]))
        affine = cv2.getAffineTransform(
            np.float32(place - (px, py)), np.float32(corners - (x, y))
        )
        pieces.append(
            cv2.warpAffine(
                photo[py : py + ph, px : px + pw],
                affine,
                (w, h),
                None,
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT_101,
            )
        )
    mixed = (1.0 - level) * pieces[0] + level * pieces[1]
    part = out[y : y + h, x : x + w]
    h, w = part.shape[:2]
    part[:] = part * (1 - mask[:h, :w]) + (mixed * mask)[:h, :w]


def facemorpher_frame(
    a: Picture, b: Picture, points_a: Points, points_b: Points, level: float
) -> Picture:
    """Return a frame as facemorpher makes it, over the whole picture."""
    whole_a, whole_b = points_a.astype(np.int32), points_b.astype(np.int32)
    points = (whole_a * (1 - level) + whole_b * level).astype(np.int32)
    warped_a = _facemorpher_warp(a, whole_a, points)
    warped_b = _facemorpher_warp(b, whole_b, points)
    return cv2.addWeighted(warped_a, 1 - level, warped_b, level, 0)


def _facemorpher_warp(photo, start, end) -> Picture:
    """Warp a photograph from start to end points."""
    mesh = Delaunay(end)
    left, top = end.min(axis=0)
    right, bottom = end.max(axis=0) + 1
    roi = np.array(
        [(x, y) for y in range(top, bottom) for x in range(left, right)], np.uint32
    )
    simplex = mesh.find_simplex(roi)
    out = np.zeros_like(photo)
    one = np.ones((1, 3))
    for index, corners in enumerate(mesh.simplices):
        coords = roi[simplex == index]
        from_end = np.linalg.inv(np.vstack([end[corners].T, one]))
        affine = (np.vstack([start[corners].T, one]) @ from_end)[:2]
        at = affine @ np.vstack([coords.T, np.ones(len(coords))])
        x, y = coords.T
        out[y, x] = _facemorpher_bilinear(photo, at)
    return out


def _facemorpher_bilinear(photo, coords):
    """Sample bilinearly; the last row and column are held, as border points need."""
    whole = np.int32(coords)
    height, width = photo.shape[:2]
    dx, dy = coords - whole
    x0, y0 = np.clip(whole[0], 0, width - 1), np.clip(whole[1], 0, height - 1)
    x1, y1 = np.minimum(x0 + 1, width - 1), np.minimum(y0 + 1, height - 1)
    lower = photo[y0, x1].T * dx + photo[y0, x0].T * (1 - dx)
    upper = photo[y1, x1].T * dx + photo[y1, x0].T * (1 - dx)
    return (upper * dy + lower * (1 - dy)).T


def cross_dissolve(a: Picture, b: Picture, level: float) -> Picture:
    """Return the photographs mixed in code values, without any warp."""
    return np.rint((1 - level) * a.astype(float) + level * b).astype(np.uint8)
