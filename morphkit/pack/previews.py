"""Previews of a pack: thumbnails, and the contact sheet that shows every step.

Previews are for viewing only; the stimuli are the PNG files.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from morphkit._core.arrays import Frame
from morphkit._core.files import write_bytes_atomically
from morphkit._core.text import counted
from morphkit.pack.copy_sizes import (
    BELOW,
    GAP,
    HEAD,
    LINE,
    MARGIN,
    MAX_COLUMNS,
    MAX_ROWS,
    evenly_spaced,
    thumbnail_width,
)
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.layout import CONTACT_SHEET
from morphkit.pack.model import Pack
from morphkit.pack.rows import ContinuumRow, Stimulus
from morphkit.pixels import encode_png

#: Smallest width of a column: room for a level.
COLUMN = 44

_TEXT = 13
_INK, _GREY, _PAPER = (20, 20, 20), (110, 110, 110), (255, 255, 255)


@dataclass(frozen=True)
class _SheetRow:
    """A continuum on the sheet: its label and the steps that are shown."""

    label: tuple[str, ...]
    stimuli: tuple[Stimulus, ...]


def write_contact_sheet(
    pack: Pack, folder: Path, images: KeptImages | None = None
) -> None:
    """Write the contact sheet of a pack: a row for each continuum, an image per step.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Folder of the pack; the images are there already.
    images : KeptImages, optional
        The same images, as far as they need not be read.

    Raises
    ------
    InputError
        If an image is missing or cannot be read.
    OutputError
        If the sheet cannot be written.
    """
    path = folder / CONTACT_SHEET
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [_row(pack, row) for row in pack.continua[:MAX_ROWS]]
    sheet = _draw(pack, rows, images or KeptImages(folder))
    write_bytes_atomically(path, encode_png(sheet), overwrite=True)


def _row(pack: Pack, continuum: ContinuumRow) -> _SheetRow:
    """Return the row of a continuum on the sheet."""
    name = continuum.continuum_id
    stimuli = pack.stimuli_of(name)
    shown = evenly_spaced(len(stimuli), MAX_COLUMNS)
    label = [name, f"{continuum.from_label} to {continuum.to_label}"]
    if len(shown) < len(stimuli):
        label.append(f"{len(shown)} of {len(stimuli)} steps")
    return _SheetRow(tuple(label), tuple(stimuli[k] for k in shown))


def _draw(pack: Pack, rows: Sequence[_SheetRow], images: KeptImages) -> Frame:
    """Return the sheet."""
    font = label_font()
    title = f"{pack.name} {pack.version}: {_counted(pack)}"
    across, heights = _thumbnail_sizes(rows)
    left = 3 * MARGIN + max(
        (text_width(text, font) for row in rows for text in row.label), default=0
    )
    most = max((len(row.stimuli) for row in rows), default=0)
    column = max(across, COLUMN) + GAP
    width = max(left + most * column, 2 * MARGIN + text_width(title, font))
    height = 2 * MARGIN + HEAD + sum(heights)
    sheet = Pillow.new("RGB", (width + MARGIN, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), title, fill=_INK, font=font)
    top = MARGIN + HEAD
    for row, high in zip(rows, heights, strict=True):
        for line, text in enumerate(row.label):
            ink = _GREY if line else _INK
            draw.text((MARGIN, top + line * LINE), text, fill=ink, font=font)
        for k, stimulus in enumerate(row.stimuli):
            middle = left + k * column + (column - GAP) // 2
            image = images.thumbnail(stimulus, across)
            sheet.paste(Pillow.fromarray(image), (middle - image.shape[1] // 2, top))
            said = "" if stimulus.level is None else f"{stimulus.level:.3g}"
            place = (middle - text_width(said, font) // 2, top + high - BELOW + GAP)
            draw.text(place, said, fill=_GREY, font=font)
        top += high
    return np.asarray(sheet, dtype=np.uint8)


def label_font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Return Pillow's own font, with the same layout on every machine."""
    font = ImageFont.load_default(_TEXT)
    if isinstance(font, ImageFont.FreeTypeFont):
        # Shaping libraries differ between installations; the basic layout does not.
        return font.font_variant(layout_engine=ImageFont.Layout.BASIC)
    return font


def text_width(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> int:
    """Return the width of a text, pixels."""
    return math.ceil(ImageDraw.Draw(Pillow.new("L", (1, 1))).textlength(text, font))


def _counted(pack: Pack) -> str:
    """Return the line that counts the pack's content and what the sheet leaves out."""
    n = len(pack.continua)
    images = counted(len(pack.stimuli), "image")
    said = f"{counted(n, 'continuum', 'continua')}, {images}"
    if n > MAX_ROWS:
        said += f"; of the continua, the first {MAX_ROWS} are shown"
    return said + "; the level is below each image"


def _thumbnail_sizes(rows: Sequence[_SheetRow]) -> tuple[int, list[int]]:
    """Return the width of all thumbnails, and the height of every row in pixels."""
    shapes = [[(s.width, s.height) for s in row.stimuli] for row in rows]
    across = thumbnail_width(shapes)
    heights = [
        max(
            BELOW + max(min(h, round(h * across / w), 2 * across) for w, h in row),
            3 * LINE + 2 * GAP,
        )
        for row in shapes
    ]
    return across, heights
