"""Backward masks of laboratory programs: each trial of a session has its own.

A mask is a pattern of grey squares. There are as many as the longest list has trials,
and the order in which a list shows them is drawn from the seed of the design: no mask
comes twice in a session, and none belongs to a place in it. Browsers make their masks
of the picture itself (``pages/stage_pictures.js``).
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.random import PCG64

from morphkit._core.files import write_bytes_atomically
from morphkit.experiment.design import Design
from morphkit.experiment.designs.random_order import Draws
from morphkit.export.adapter import Material
from morphkit.export.stimuli import used_rows
from morphkit.pixels import encode_png

#: Stream of draws for masks; the patterns are drawn from it alone.
MASKS_STREAM = zlib.crc32(b"mask")
#: Squares of a pattern from left to right.
_ACROSS = 64


def mask_names(design: Design) -> tuple[str, ...]:
    """Return the names of all masks of a design; none if it shows none."""
    if not design.timing.mask:
        return ()
    return tuple(f"mask_{k:03d}" for k in range(1, max(map(len, design.lists)) + 1))


def mask_file(name: str) -> str:
    """Return the file of a mask."""
    return f"{name}.png"


def masks_of_list(design: Design, number: int) -> list[str]:
    """Return the mask of each trial of a list, empty where the design shows none.

    Parameters
    ----------
    design : Design
    number : int
        Number of the list, from 1.
    """
    names = mask_names(design)
    if not names:
        return [""] * len(design.lists[number - 1])
    visit = [zlib.crc32(design.visit.encode())] if design.visit else []
    draws = Draws(design.seed, MASKS_STREAM, *visit, number)
    return draws.shuffled(names)[: len(design.lists[number - 1])]


def mask_pngs(material: Material) -> Iterator[tuple[str, bytes]]:
    """Yield name and file of every mask, in the size of the largest stimulus.

    The values come from raw draws of a bit generator by the number of the mask: a mask
    is the same in every export of images of one size.
    """
    names = mask_names(material.design) if material.design else ()
    rows = used_rows(material)
    width, height = max(r.width for r in rows), max(r.height for r in rows)
    for number, name in enumerate(names, start=1):
        yield name, _pattern(number, width, height)


def write_masks(material: Material, folder: Path, below: str) -> dict[str, str]:
    """Write the masks of a design.

    Parameters
    ----------
    material : Material
    folder : Path
        Folder of the export.
    below : str
        Folder in it, which exists.

    Returns
    -------
    dict of str to str
        Name of the mask -> path relative to `folder`.
    """
    files = {}
    for name, data in mask_pngs(material):
        files[name] = f"{below}/{mask_file(name)}"
        write_bytes_atomically(folder / files[name], data)
    return files


def _pattern(number: int, width: int, height: int) -> bytes:
    """Return a pattern of grey squares as a PNG file."""
    side = max(2, width // _ACROSS)
    n = (-(-height // side), -(-width // side))
    raw = PCG64([MASKS_STREAM, number]).random_raw(n[0] * n[1])
    squares = (np.asarray(raw) >> np.uint64(56)).astype(np.uint8).reshape(n)
    grey = squares.repeat(side, axis=0).repeat(side, axis=1)[:height, :width]
    return encode_png(np.ascontiguousarray(np.stack([grey] * 3, axis=2)))
