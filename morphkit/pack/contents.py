"""The files of a pack besides its tables, each read in one place.

A pack is input from a stranger: nothing outside its folder is opened, and what is read
is bounded, typed and held against the tables before anything uses it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from morphkit._core.array_files import read_arrays
from morphkit._core.arrays import Image
from morphkit._core.bounds import FRAME_PIXELS, FRAME_TIMES_IMAGE, IMAGE_PIXELS
from morphkit._core.documents import read_json, restore
from morphkit._core.files import read_text
from morphkit._core.paths import inside
from morphkit.errors import InputError
from morphkit.faces.images import read_image
from morphkit.faces.template import Template
from morphkit.pack.layout import FRAMING, ends_file, mesh_file
from morphkit.pack.rows import PLACED_PATTERN, Stimulus
from morphkit.pixels.spec import MAX_SOURCES
from morphkit.recipe import Recipe

# Loaded where they are used: to verify a pack, none of them is.
if TYPE_CHECKING:
    from morphkit.morph.set_statistics import SetStatistics
    from morphkit.pack.frozen_mesh import FrozenContinuum

#: What to do about a pack that is not as it was written.
AGAIN = "obtain the pack again from its source, or rebuild it"


def text_of(folder: Path, path: str, *, most: int) -> str:
    """Return the text of a file of a pack, with its line endings unchanged.

    Raises
    ------
    InputError
        If it is missing, lies elsewhere, cannot be read or has more than `most` bytes.
    """
    file = inside(folder, path)
    if not file.exists():
        raise InputError(
            "there is no such file",
            where=str(file),
            remedy="is this the folder of a morphkit pack?",
        )
    return read_text(file, most=most)


def image_of(row: Stimulus, folder: Path) -> Image:
    """Return an image of a pack.

    Raises
    ------
    InputError
        If it is missing, lies elsewhere, cannot be read, or has more pixels than its
        row in the table says; these are not decoded.
    """
    most = min(row.width * row.height, IMAGE_PIXELS)
    return read_image(inside(folder, row.file), most=most)


@dataclass(frozen=True)
class MeshEnd:
    """An end of a mesh: the face in its photograph, and who placed its landmarks."""

    identity: str
    label: str
    sha256: str = ""
    placed_by: str = ""
    mirrored: bool = False

    def __post_init__(self) -> None:
        if self.placed_by and not re.fullmatch(PLACED_PATTERN, self.placed_by):
            raise InputError(
                f"placed_by is {self.placed_by[:60]!r}",
                allowed=f"text that matches {PLACED_PATTERN}",
            )


@dataclass(frozen=True)
class AnchorShares:
    """The share of every end of a mesh in an anchor, in shape, colour and texture."""

    shares: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class MeshEnds:
    """What a continuum is made from, where it is not simply two photographs.

    Parameters
    ----------
    ends : tuple of MeshEnd
        Of the mesh, in order.
    anchors : tuple of AnchorShares
        First, (via,) second.

    Raises
    ------
    InputError
        If there are too few or too many of them, or an anchor has other ends.
    """

    ends: tuple[MeshEnd, ...]
    anchors: tuple[AnchorShares, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.ends) <= MAX_SOURCES:
            raise InputError(
                f"{len(self.ends)} ends of a mesh", allowed=f"1 to {MAX_SOURCES}"
            )
        if len(self.anchors) not in (2, 3):
            raise InputError(f"{len(self.anchors)} anchors", allowed="2 or 3")
        if any(len(anchor.shares) != len(self.ends) for anchor in self.anchors):
            raise InputError("an anchor has not as many shares as the mesh has ends")


def ends_of(folder: Path, continuum_id: str) -> MeshEnds | None:
    """Return what a continuum is made from; None for the two photographs of its row.

    Raises
    ------
    InputError
        If the file that says so cannot be read, or says something else.
    """
    path = inside(folder, ends_file(continuum_id))
    if not path.exists():
        return None
    return restore(MeshEnds, read_json(path), where=str(path), remedy=AGAIN)


def mesh_of(
    folder: Path, continuum_id: str, rows: Iterable[Stimulus]
) -> "FrozenContinuum":
    """Return the frozen mesh of a continuum.

    Parameters
    ----------
    folder : Path
        The pack.
    continuum_id : str
    rows : iterable of Stimulus
        Its images.

    Raises
    ------
    InputError
        If it is missing, lies elsewhere, cannot be read, has not the ends that the
        continuum has, or a frame far larger than its images.
    """
    from morphkit.pack.frozen_mesh import read_frozen

    path = inside(folder, mesh_file(continuum_id))
    frozen = read_frozen(path)
    ends = ends_of(folder, continuum_id)
    n_ends, expected = frozen.correspondence.n_ends, len(ends.ends) if ends else 2
    if n_ends != expected:
        raise InputError(
            f"a mesh of {n_ends} photographs",
            where=str(path),
            allowed=f"{expected}, as the continuum is made of",
            remedy=AGAIN,
        )
    points = frozen.photo_landmarks
    if (
        points.shape != frozen.correspondence.landmarks.shape
        or points.dtype != np.float64
        or not np.isfinite(points).all()
    ):
        raise InputError(
            f"landmarks of the shape {points.shape} in the photographs",
            where=str(path),
            allowed=f"{frozen.correspondence.landmarks.shape}, as in the mesh",
            remedy=AGAIN,
        )
    check_frame(frozen.correspondence.size, rows, where=str(path))
    return frozen


def check_frame(size: tuple[int, int], rows: Iterable[Stimulus], *, where: str) -> None:
    """Refuse a frame so large that the images cannot be what is left of it.

    Raises
    ------
    InputError
        With what is allowed.
    """
    largest = max((row.width * row.height for row in rows), default=0)
    most = max(FRAME_PIXELS, FRAME_TIMES_IMAGE * largest)
    if size[0] * size[1] > most:
        raise InputError(
            f"a frame of {size[0]} x {size[1]} px",
            where=where,
            allowed=f"at most {most:,} pixels for images of {largest:,}",
            remedy=AGAIN,
        )


def statistics_of(folder: Path) -> "SetStatistics | None":
    """Return the statistics of the whole set; None if the pack has none.

    Raises
    ------
    InputError
        If their file cannot be read.
    """
    from morphkit.morph.set_statistics import SetStatistics

    path = inside(folder, FRAMING)
    return SetStatistics(read_arrays(path)) if path.exists() else None


def template_of(recipe: Recipe, folder: Path) -> Template:
    """Return the template of the landmarks of a pack.

    Raises
    ------
    InputError
        If there is no such template, or its file lies outside the pack.
    """
    from morphkit.faces.formats.template_json import builtin_template, read_template

    name = recipe.sources.template
    if name.lower().endswith(".json"):
        return read_template(inside(folder, name))
    return builtin_template(name)
