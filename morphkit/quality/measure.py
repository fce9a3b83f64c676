"""Measurements on the frames of a continuum.

They are sums of integers, hence reproducible on every machine.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Image, Nodes, eight_bit
from morphkit.errors import InputError
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.geometry.polygon import filled
from morphkit.morph.continuum import Scores
from morphkit.pixels import ONE, blend_nodes
from morphkit.pixels.spec import decode_table

#: Outlines of openings, in sizes of those of the landmarks: lids and lips are no skin.
LIDS = 1.4


class FrameMeasurements:
    """Measurements of frames, collected one after the other.

    Parameters
    ----------
    correspondence : Correspondence
        Locates the face.
    template : Template, optional
        Of its landmarks; says what is not skin.
    """

    def __init__(
        self, correspondence: Correspondence, template: Template | None = None
    ) -> None:
        self._correspondence = correspondence
        self._openings = template.openings if template else ()
        self._frames: list[dict[str, float]] = []
        self._steps: list[dict[str, float]] = []
        self._before: Frame | None = None

    def add(
        self, frame: Image, level: float, shape: Sequence[int] | None = None
    ) -> None:
        """Measure the next frame; `shape` gives its weights if the level does not.

        A frame of 16 bits is measured as it is with 8.
        """
        frame = eight_bit(frame)
        whole = face_region(self._correspondence, level, shape)
        box = _box_around(whole)
        region = whole[box]
        skin = region & ~self._inside_openings(level, shape)[box]
        self._frames.append(_measure(frame[box], region, skin))
        if self._before is not None:
            a, b = frame[box][region], self._before[box][region]
            difference = np.maximum(a, b) - np.minimum(a, b)
            mean = difference.sum(dtype=np.int64) / max(difference.size, 1)
            self._steps.append({"difference": float(mean)})
        self._before = frame

    def _inside_openings(
        self, level: float, shape: Sequence[int] | None
    ) -> npt.NDArray[np.bool_]:
        """Return the pixels of eyes and mouth, with their lids and lips."""
        from skimage.draw import polygon2mask

        points = _landmarks(self._correspondence, level, shape) / UNITS_PER_PIXEL
        width, height = self._correspondence.size
        inside = np.zeros((height, width), bool)
        for opening in self._openings:
            edge = points[[*opening.upper, *opening.lower[-2:0:-1]]]
            middle = edge.mean(axis=0)
            outline = middle + LIDS * (edge - middle)
            inside |= polygon2mask((height, width), outline[:, ::-1])
        return inside

    def scores(self) -> Scores:
        """Return the measurements so far."""

        def columns(rows: list[dict[str, float]]) -> dict[str, npt.NDArray[np.float64]]:
            return {
                k: np.array([r[k] for r in rows]) for k in (rows[0] if rows else {})
            }

        return Scores(columns(self._frames), columns(self._steps))


def face_region(
    correspondence: Correspondence, level: float, shape: Sequence[int] | None = None
) -> npt.NDArray[np.bool_]:
    """Return the pixels of a frame inside the hull of the landmarks.

    Parameters
    ----------
    correspondence : Correspondence
    level : float
        Between two photographs.
    shape : sequence of int, optional
        Shares of every photograph in shape, in units of 1/16384, instead of a level.

    Returns
    -------
    ndarray, shape (H, W), dtype bool

    Raises
    ------
    InputError
        If the landmarks lie on one line.
    """
    from scipy.spatial import ConvexHull, QhullError

    points = _landmarks(correspondence, level, shape)
    try:
        hull = points[ConvexHull(points).vertices]
    except QhullError:
        raise InputError("all landmarks lie on one line") from None
    return filled(hull, UNITS_PER_PIXEL, correspondence.size)


def _landmarks(
    correspondence: Correspondence, level: float, shape: Sequence[int] | None
) -> Nodes:
    """Return the landmarks of a frame, 1/256 px."""
    second = round(level * ONE)
    shares = (ONE - second, second) if shape is None else shape
    return blend_nodes(list(correspondence.landmarks), shares)


def _box_around(region: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return rows and columns of a region with its neighbours, all if it is empty.

    Pixels on the edge of the frame have no four neighbours; here as there, they are
    those on the edge of what is cut out.
    """
    rows, columns = (np.flatnonzero(region.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(None), slice(None)
    down, across = (
        slice(max(int(found[0]) - 1, 0), int(found[-1]) + 2)
        for found in (rows, columns)
    )
    return down, across


def _contrast(luminance: npt.NDArray[np.int64]) -> float:
    """Return the standard deviation of luminance, of white = 1."""
    n = max(luminance.size, 1)
    mean = int(luminance.sum()) / n / 32767
    spread = int(luminance @ luminance) / n / 32767**2 - mean**2
    return float(max(spread, 0.0) ** 0.5)


def _measure(
    frame: Frame, region: npt.NDArray[np.bool_], skin: npt.NDArray[np.bool_]
) -> dict[str, float]:
    """Return the measurements of one frame."""
    red, green, blue = (np.ascontiguousarray(frame[..., k]) for k in range(3))
    # Rec. 709 luminance of linear light, weights in 1/65536: below 2^31.
    light = [
        table[codes] for table, codes in zip(_shares(), (red, green, blue), strict=True)
    ]
    luminance = (light[0] + light[1] + light[2]) >> 16
    inner = region[1:-1, 1:-1]
    n = max(int(inner.sum()), 1)
    # Detail is measured on code values, where noise and edges count as they look.
    grey = np.multiply(red, 54, dtype=np.int32)
    grey += np.multiply(green, 183, dtype=np.int32)
    grey += np.multiply(blue, 19, dtype=np.int32)
    laplacian = (
        4 * grey[1:-1, 1:-1]
        - grey[:-2, 1:-1]
        - grey[2:, 1:-1]
        - grey[1:-1, :-2]
        - grey[1:-1, 2:]
    )[inner].astype(np.int64)
    face = luminance[1:-1, 1:-1][inner].astype(np.int64)
    mean = int(face.sum()) / n / 32767
    return {
        "luminance": mean,
        "contrast": _contrast(face),
        "skin_contrast": _contrast(
            luminance[1:-1, 1:-1][skin[1:-1, 1:-1]].astype(np.int64)
        ),
        "detail": int(laplacian @ laplacian) / n / 256**2,
        "clipped": clipped_share(frame, region),
        "colour": _colour(frame[region]),
        "cast": _cast(frame[skin]),
    }


@cache
def _shares() -> tuple[npt.NDArray[np.int32], ...]:
    """Return the part of every code of red, green and blue in luminance."""
    light = decode_table("uint8").astype(np.int32)
    return tuple(light * weight for weight in (13933, 46871, 4732))


def _colour(codes: npt.NDArray[np.uint8]) -> float:
    """Return the spread of colour of pixels, shape (n, 3), in code values.

    It is that of red less green, and yellow less blue, among pixels of about one
    lightness: 0 in grey, little in one tone such as sepia, in which the lightness
    determines the colour.
    """
    red, green, blue = codes.astype(np.int64).T
    tones = _luma(codes) >> 11  # 32 tones of 8 codes
    spread = 0.0
    for difference in (red - green, red + green - 2 * blue):
        # All sums are of integers below 2^53, and so exact.
        n, total, squares = (
            np.bincount(tones, weights, 32)
            for weights in (None, difference, difference * difference)
        )
        spread += float((squares - total * total / np.maximum(n, 1)).sum())
    return float((max(spread, 0.0) / max(len(codes), 1)) ** 0.5)


def _cast(codes: npt.NDArray[np.uint8]) -> float:
    """Return the mean of yellow less blue, as a fraction of the mean lightness.

    Of skin, shape (n, 3): a mouth that opens is dark and red, and no cast.
    """
    red, green, blue = codes.astype(np.int64).T
    yellow = int((red + green - 2 * blue).sum())
    return 256 * yellow / max(int(_luma(codes).sum()), 1)


def _luma(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return the luma of pixels, shape (n, 3), in 1/256 of a code value."""
    return np.asarray(codes.astype(np.int64) @ [54, 183, 19])


def clipped_share(frame: Frame, region: npt.NDArray[np.bool_]) -> float:
    """Return the share of a region whose pixels have a code value of 0 or 255.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
    region : ndarray, shape (H, W), dtype bool
    """
    inside = frame[region]
    clipped = ((inside == 0) | (inside == 255)).any(axis=1)
    return int(clipped.sum()) / max(len(inside), 1)
