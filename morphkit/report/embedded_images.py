"""Previews of the images of a pack, embedded in a page.

Their size depends on their number, so that the page stays small enough to be sent and
opened anywhere.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow

from morphkit._core.arrays import Frame
from morphkit.pack.contents import image_of
from morphkit.pack.model import Pack
from morphkit.pack.previews import evenly_spaced, thumbnail
from morphkit.pack.rows import Stimulus

#: Maximum number of images in a page; of more, evenly spaced ones are shown.
MOST_IMAGES = 1500
#: Maximum number of characters for all images together.
BUDGET = 9_000_000
#: Width and JPEG quality to try, best first.
SIZES = ((384, 85), (384, 75), (320, 75), (256, 75), (192, 75), (128, 75), (96, 60))
#: Number of images from which the total size is estimated.
TRIED = 12


@dataclass(frozen=True)
class Preview:
    """A small copy of an image.

    Parameters
    ----------
    stimulus : Stimulus
    width, height : int
        Pixels of the preview.
    address : str
        The picture itself, as a ``data:`` address.
    """

    stimulus: Stimulus
    width: int
    height: int
    address: str


def embed_previews(pack: Pack, folder: Path) -> Mapping[str, tuple[Preview, ...]]:
    """Return previews of every continuum of a pack, by its id and in order of steps.

    Raises
    ------
    InputError
        If an image is missing or cannot be read.
    """
    at_most = max(MOST_IMAGES // max(len(pack.continua), 1), 2)
    chosen = {}
    for continuum in pack.continua:
        name = continuum.continuum_id
        stimuli = pack.stimuli_of(name)
        shown = evenly_spaced(len(stimuli), at_most)
        chosen[name] = [stimuli[k] for k in shown]
    size = _choose_size([row for rows in chosen.values() for row in rows], folder)
    return {
        name: tuple(_preview(row, folder, *size) for row in rows)
        for name, rows in chosen.items()
    }


def _choose_size(rows: list[Stimulus], folder: Path) -> tuple[int, int]:
    """Return the best width and quality with which all images fit the budget."""
    tried = [rows[k] for k in evenly_spaced(len(rows), TRIED)]
    images = [thumbnail(image_of(row, folder), SIZES[0][0]) for row in tried]
    for width, quality in SIZES:
        used = sum(len(encode_jpeg(thumbnail(i, width), quality)) for i in images)
        if used * len(rows) <= BUDGET * len(tried):
            return width, quality
    return SIZES[-1]


def _preview(row: Stimulus, folder: Path, width: int, quality: int) -> Preview:
    """Return the preview of one image."""
    small = thumbnail(image_of(row, folder), width)
    return Preview(row, small.shape[1], small.shape[0], encode_jpeg(small, quality))


def encode_jpeg(image: Frame, quality: int, *, fine: bool = False) -> str:
    """Return an image as a ``data:`` address; `fine` keeps the colours of pixels."""
    file = io.BytesIO()
    colours = {"subsampling": 0} if fine else {}
    picture = Pillow.fromarray(image)
    picture.save(file, "JPEG", quality=quality, optimize=True, **colours)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
