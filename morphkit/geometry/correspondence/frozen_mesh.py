"""Correspondence between photographs, frozen as a mesh of integers.

Everything that may differ between machines (detection, linear algebra, optical flow)
ends here; everything later is computed from these integers alone.

Conventions
-----------
Node coordinates are int32 in units of 1/256 pixel, pixel centres at whole pixels, x to
the right, y downwards.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Nodes, frozen
from morphkit.errors import InputError
from morphkit.pixels.spec import MAX_SIDE

#: Number of the rules by which photographs and landmarks become a frozen mesh: raised
#: whenever a node may move. ``docs/correspondence_specification.md`` says what may
#: still differ between machines under the same number.
CORRESPONDENCE_SPECIFICATION = 11
#: Units of a node coordinate in one pixel.
UNITS_PER_PIXEL = 256
#: The filter that softens nothing, units 1/16384.
SHARP = frozen(np.array([16384], np.int16))


@dataclass(frozen=True, eq=False)
class Correspondence:
    """The frozen mesh between the photographs of a continuum and their common frame.

    Parameters
    ----------
    size : (int, int)
        Width and height of the frame, pixels.
    triangles : ndarray, shape (M, 3), dtype int32
        Indices of nodes.
    frame_nodes : ndarray, shape (K, N, 2), dtype int32
        Positions of the nodes in the frame when only endpoint k is shown.
    photo_nodes : ndarray, shape (K, N, 2), dtype int32
        Positions of the same nodes in the photograph of endpoint k.
    taps : tuple of ndarray, dtype int16
        The low-pass filter of each photograph, against aliasing, units 1/16384.
    landmarks : ndarray, shape (K, L, 2), dtype int32
        The landmarks of the endpoints in the frame, for reports and checks.
    insides : tuple of tuple of ndarray, shape (P, 2), dtype int32, optional
        For each photograph the outlines of what it alone shows: mouths and eyes that
        are closed in another endpoint. Units of 1/256 pixel of the photograph.
    feathers : tuple of ndarray, dtype int16, optional
        The filter that softens the outlines of each photograph, units 1/16384.
    mixed : bool, optional
        Whether an end of the continuum mixes several photographs, so that all frames
        keep detail level by the method for many photographs.
    shaded : bool, optional
        Whether what only one of two photographs shows lies behind openings, where it is
        shaded as they close.
    surroundings : tuple of tuple of ndarray, shape (P, 2), dtype int32, optional
        For each photograph the outlines around a face of which it alone shows the
        surroundings. Units of 1/256 pixel of the photograph.
    fades : tuple of ndarray, dtype int16, optional
        The filter that softens these outlines in each photograph, units 1/16384.
    behind : int or None, optional
        Number of triangles, the first ones, that show what lies behind an opening or
        move with its edges. None in meshes that do not say so: their openings fade,
        and are shaded less.

    Raises
    ------
    InputError
        If shapes or dtypes do not match or an index is out of range.
    """

    size: tuple[int, int]
    triangles: npt.NDArray[np.int32]
    frame_nodes: Nodes
    photo_nodes: Nodes
    taps: tuple[npt.NDArray[np.int16], ...]
    landmarks: Nodes
    insides: tuple[tuple[Nodes, ...], ...] = ()
    feathers: tuple[npt.NDArray[np.int16], ...] = ()
    mixed: bool = False
    shaded: bool = True
    behind: int | None = None
    surroundings: tuple[tuple[Nodes, ...], ...] = ()
    fades: tuple[npt.NDArray[np.int16], ...] = ()

    def __post_init__(self) -> None:
        nodes = self.frame_nodes
        width, height = self.size
        if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
            raise InputError(
                f"a frame of {width} x {height} px", allowed=f"sides up to {MAX_SIDE}"
            )
        fits = (
            nodes.ndim == 3
            and nodes.shape[2] == 2
            and self.photo_nodes.shape == nodes.shape
            and self.triangles.ndim == 2
            and self.triangles.shape[1] == 3
            and len(self.taps) == len(nodes)
            and all(tap.ndim == 1 for tap in (*self.taps, *self.feathers, *self.fades))
            and self.landmarks.ndim == 3
            and self.landmarks.shape[::2] == nodes.shape[::2]
        )
        if not fits:
            raise InputError("the arrays of a correspondence do not match")
        if self.behind is not None and not 0 <= self.behind <= len(self.triangles):
            raise InputError(
                f"{self.behind} of {len(self.triangles)} triangles are behind others"
            )
        wrong = [
            name
            for name in ("triangles", "frame_nodes", "photo_nodes", "landmarks")
            if getattr(self, name).dtype != np.int32
        ]
        if wrong or any(tap.dtype != np.int16 for tap in self.taps):
            raise InputError(
                f"arrays of a correspondence have the wrong dtype: {wrong or 'taps'}"
            )
        if self.triangles.size and not (
            self.triangles.min() >= 0 and self.triangles.max() < nodes.shape[1]
        ):
            raise InputError("a triangle of a correspondence refers to a missing node")
        for name in ("triangles", "frame_nodes", "photo_nodes", "landmarks"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        object.__setattr__(self, "taps", tuple(frozen(tap) for tap in self.taps))
        self._check_outlines("insides", "feathers")
        self._check_outlines("surroundings", "fades")

    def _check_outlines(self, name: str, filters: str) -> None:
        """Check the outlines; none at all means none in every photograph."""
        of_photos = getattr(self, name) or ((),) * self.n_ends
        feathers = getattr(self, filters) or (SHARP,) * self.n_ends
        outlines = [outline for photo in of_photos for outline in photo]
        if {len(of_photos), len(feathers)} != {self.n_ends} or any(
            outline.dtype != np.int32 or outline.ndim != 2 or outline.shape[1] != 2
            for outline in outlines
        ):
            raise InputError("the outlines of a correspondence do not match its ends")
        kept = tuple(tuple(frozen(outline) for outline in photo) for photo in of_photos)
        object.__setattr__(self, name, kept)
        object.__setattr__(self, filters, tuple(frozen(f) for f in feathers))

    @property
    def n_ends(self) -> int:
        """Number of endpoints."""
        return len(self.frame_nodes)

    def swapped(self) -> "Correspondence":
        """Return the correspondence with the endpoints in reverse order."""
        return Correspondence(
            self.size,
            self.triangles,
            self.frame_nodes[::-1],
            self.photo_nodes[::-1],
            self.taps[::-1],
            self.landmarks[::-1],
            self.insides[::-1],
            self.feathers[::-1],
            self.mixed,
            self.shaded,
            self.behind,
            self.surroundings[::-1],
            self.fades[::-1],
        )


def to_nodes(points: npt.NDArray[np.float64]) -> Nodes:
    """Return points in pixels as node coordinates, rounded to 1/256 pixel.

    Raises
    ------
    InputError
        If a point is too far away for 32 bits.
    """
    units = np.rint(points * UNITS_PER_PIXEL)
    if not (np.abs(units) < 2**30).all():
        raise InputError(
            "a node of the mesh lies more than four million pixels away",
            remedy="check the landmarks: the warp between them makes no sense",
        )
    return units.astype(np.int32)
