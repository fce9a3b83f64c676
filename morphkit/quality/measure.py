"""Measurements on the frames of a continuum.

They are sums of integers, hence reproducible on every machine.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Image, Nodes, eight_bit
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.geometry.hull import convex_hull
from morphkit.geometry.polygon import filled, inside
from morphkit.morph.continuum import Scores
from morphkit.pixels import ONE, blend_nodes
from morphkit.pixels.measuring import tally
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
        before = None if self._before is None else self._before[box]
        sums, tones = tally(frame[box], before, region, skin, _shares())
        self._frames.append(_measured(sums, tones))
        if self._before is not None:
            mean = sums["difference"] / max(3 * sums["region"], 1)
            self._steps.append({"difference": mean})
        self._before = frame

    def _inside_openings(
        self, level: float, shape: Sequence[int] | None
    ) -> npt.NDArray[np.bool_]:
        """Return the pixels of eyes and mouth, with their lids and lips."""
        points = _landmarks(self._correspondence, level, shape) / UNITS_PER_PIXEL
        width, height = self._correspondence.size
        found = np.zeros((height, width), bool)
        for opening in self._openings:
            edge = points[[*opening.upper, *opening.lower[-2:0:-1]]]
            middle = edge.mean(axis=0)
            outline = middle + LIDS * (edge - middle)
            found |= inside(outline, (height, width))
        return found

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
    hull = convex_hull(_landmarks(correspondence, level, shape))
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


def _measured(
    sums: Mapping[str, int], tones: npt.NDArray[np.int64]
) -> dict[str, float]:
    """Return the measurements of one frame, from `morphkit.pixels.measuring.tally`."""
    n = max(sums["inner"], 1)
    light, skin = (
        (sums[part], sums[whole], sums[f"{whole}_2"])
        for part, whole in (("inner", "light"), ("inner_skin", "skin_light"))
    )
    return {
        "luminance": sums["light"] / n / 32767,
        "contrast": _contrast(*light),
        "skin_contrast": _contrast(*skin),
        # Detail is measured on code values, where noise and edges count as they look.
        "detail": sums["laplacian_2"] / n / 256**2,
        "clipped": sums["clipped"] / max(sums["region"], 1),
        "colour": _colour(tones, sums["region"]),
        # The mean of yellow less blue, as a fraction of the mean lightness. Of skin: a
        # mouth that opens is dark and red, and no cast.
        "cast": 256 * sums["yellow"] / max(sums["luma"], 1),
    }


def _contrast(n: int, total: int, squares: int) -> float:
    """Return the standard deviation of luminance, of white = 1, from its sums."""
    mean = total / max(n, 1) / 32767
    spread = squares / max(n, 1) / 32767**2 - mean**2
    return float(max(spread, 0.0) ** 0.5)


@cache
def _shares() -> npt.NDArray[np.int32]:
    """Return the part of every code of red, green and blue in luminance (Rec. 709).

    In linear light, in 1/65536: the sum of three is below 2^31.
    """
    light = decode_table("uint8").astype(np.int32)
    return np.stack([light * weight for weight in (13933, 46871, 4732)])


def _colour(tones: npt.NDArray[np.int64], n_pixels: int) -> float:
    """Return the spread of colour of pixels, in code values.

    It is that of red less green, and yellow less blue, among pixels of about one
    lightness: 0 in grey, little in one tone such as sepia, in which the lightness
    determines the colour.
    """
    spread = 0.0
    # All sums are of integers below 2^53, and so exact.
    n, *sums = tones.T.astype(np.float64)
    for total, squares in (sums[:2], sums[2:]):
        spread += float((squares - total * total / np.maximum(n, 1)).sum())
    return float((max(spread, 0.0) / max(n_pixels, 1)) ** 0.5)
