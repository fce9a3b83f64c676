"""Eyes and teeth, which lids and lips uncover: holes in the mesh, and sheets behind."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image, Points
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence.lower_jaw import lower_jaws
from morphkit.geometry.correspondence.openings import JAW, Openings, is_open
from morphkit.geometry.correspondence.reveal import (
    Sheets,
    inner_corners,
    plain_sheets,
    reveal,
)
from morphkit.geometry.correspondence.teeth import gum_below_teeth, shows_teeth
from morphkit.geometry.warp import Mesh

Measure = TypeVar("Measure")

#: Width of the rim that moves with an edge, as a fraction of the face's height.
RIM = 0.006
#: The same of rims of lips beside first teeth, which are small: wider ones would hold
#: parts of teeth, and be drawn with the lips.
_THIN_RIM = 0.002


def added_up(
    shares: npt.NDArray[np.float64], ends: Sequence[Points] | npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return sums of ends (K, N, 2), one for each row of shares, (A, N, 2)."""
    every = np.asarray(ends)
    return np.array([fixed_order.total(row[:, None, None] * every) for row in shares])


def uncover(
    mesh: Mesh,
    ends: Sequence[Points],
    opened: Openings,
    faces: Sequence[Landmarks],
    placed: Sequence[Points],
    photos: Sequence[Image] = (),
    sums: npt.NDArray[np.float64] | None = None,
) -> Sheets:
    """Return the mesh with a hole and a sheet behind it for what opens and stays.

    These are eyes, and mouths that show teeth: many, which stay with the upper jaw, or
    a few of the lower one. Other mouths are stretched, and so is everything where no
    hole fits without a fold.

    Parameters
    ----------
    mesh : Mesh
        A regular mesh, or one without `spacing`, which gets no holes.
    ends : sequence of ndarray, shape (N, 2)
        Its nodes in every end, pixels of the frame.
    opened : Openings
        Of the faces.
    faces : sequence of Landmarks
        In the frames of their photographs.
    placed : sequence of ndarray, shape (L, 2)
        `opened.points` in the common frame, in the order of `faces`.
    photos : sequence of ndarray, shape (H, W, 3), optional
        The photographs. Without them no teeth are found.
    sums : ndarray, shape (A, K), optional
        Shares of the ends in faces that are sums of them, if these are drawn and no
        end is: a face, and the same face once a difference is added. What is open in
        none of them gets no hole.
    """
    if sums is not None:
        placed = [*placed, *added_up(sums, placed)]
    of_sums = [] if sums is None else list(added_up(sums, ends))
    sheets = plain_sheets(mesh, ends, of_sums)
    if not mesh.spacing:
        return sheets
    height = float(np.ptp(placed[0], axis=0).max())
    for opening in opened.tied:
        opens = [is_open(face.points, opening) for face in faces]
        of_ends = opens.copy()
        opens += [is_open(points, opening) for points in placed[len(faces) :]]
        if not any(opens[len(faces) :] or opens):
            continue
        rim, gum = RIM * height, None
        if opening.name not in JAW:
            anchor = inner_corners(opening, placed)
        elif _all_show_teeth(opening, faces, of_ends, photos):
            anchor = _upper_jaws(faces, placed)
        elif sums is not None:
            continue  # mouths of sums have no lower jaw of their own
        elif (gum := _below_teeth(opening, faces, opens, photos)) is not None:
            rim = _THIN_RIM * height
            anchor = lower_jaws(opening, faces[0].template, placed, opens, gum)
        else:
            continue
        cut = reveal(
            sheets,
            mesh,
            opening,
            placed,
            opens,
            anchor=anchor,
            rim=rim,
            jaw=gum is not None,
        )
        sheets = cut or sheets
    return sheets


def _below_teeth(
    opening: Opening,
    faces: Sequence[Landmarks],
    opens: Sequence[bool],
    photos: Sequence[Image],
) -> float | None:
    """Return how much gum lies below a few lower teeth, None if a mouth shows none.

    It is the least of all open mouths, as a fraction of their width.
    """
    if not {"nose", "mouth"} <= {*faces[0].template.regions}:
        return None
    found = _in_all(gum_below_teeth, opening, faces, opens, photos)
    return min(found) if found else None


def _all_show_teeth(
    opening: Opening,
    faces: Sequence[Landmarks],
    opens: Sequence[bool],
    photos: Sequence[Image],
) -> bool:
    """Return whether every open mouth shows many teeth."""
    if "nose" not in faces[0].template.regions:
        return False
    found = _in_all(shows_teeth, opening, faces, opens, photos)
    return bool(found) and all(found)


def _in_all(
    measure: Callable[[Image, Landmarks, Opening], Measure | None],
    opening: Opening,
    faces: Sequence[Landmarks],
    opens: Sequence[bool],
    photos: Sequence[Image],
) -> list[Measure]:
    """Return what is measured in every open mouth; nothing if one has no measure."""
    if not photos:
        return []
    found = [
        measure(photo, face, opening)
        for photo, face, is_seen in zip(photos, faces, opens, strict=True)
        if is_seen
    ]
    seen = [one for one in found if one is not None]
    return seen if len(seen) == len(found) else []


def _upper_jaws(faces: Sequence[Landmarks], placed: Sequence[Points]) -> list[Points]:
    """Return in every end what moves as the upper jaw does: the middle of the nose."""
    nose = list(faces[0].template.regions["nose"])
    return [fixed_order.mean(points[nose]) for points in placed]
