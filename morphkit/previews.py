"""Small pictures of a pack: thumbnails, and the contact sheet that shows every step.

Previews are for looking at; the stimuli are the PNG files themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from morphkit.arrays import Frame, Image
from morphkit.files import write_bytes_atomically
from morphkit.images import read_image
from morphkit.pack import Pack, Row
from morphkit.pixels import MAX_SIDE, encode_png

CONTACT_SHEET = "materials/preview/contact_sheet.png"

#: Images in a row of the sheet; a longer continuum shows evenly spaced ones.
MAX_COLUMNS = 15
#: Continua on the sheet: more would be too small to see.
MAX_ROWS = 200
THUMBNAIL = 112
#: Least width of a column: room for a level.
COLUMN = 44

_MARGIN, _GAP, _LINE, _TEXT = 24, 6, 17, 13
_HEAD = 2 * _LINE
_INK, _GREY, _PAPER = (20, 20, 20), (110, 110, 110), (255, 255, 255)


@dataclass(frozen=True)
class _SheetRow:
    """A continuum on the sheet: its label and the steps that are shown."""

    label: tuple[str, ...]
    stimuli: tuple[Row, ...]


def evenly_spaced(n: int, at_most: int) -> tuple[int, ...]:
    """Return up to `at_most` of the indices 0 … n-1, evenly spaced, with both ends.

    Parameters
    ----------
    n : int
    at_most : int
        At least 2.

    Examples
    --------
    >>> evenly_spaced(9, 3), evenly_spaced(3, 15)
    ((0, 4, 8), (0, 1, 2))
    """
    if n <= at_most:
        return tuple(range(n))
    # Integers, rounded to nearest: half-way cases go up on every machine.
    last, gaps = n - 1, at_most - 1
    return tuple((2 * k * last + gaps) // (2 * gaps) for k in range(at_most))


def thumbnail(image: Image, width: int) -> Frame:
    """Return the image scaled down to a width; a smaller image stays as it is.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
    width : int
        Most pixels across. A very tall image becomes narrower still, so that it is at
        most twice as high as this.

    Returns
    -------
    ndarray, shape (h, w, 3), dtype uint8
    """
    codes = image if image.dtype == np.uint8 else (image + np.uint32(128)) // 257
    small = np.asarray(codes, dtype=np.uint8)
    high, wide = small.shape[:2]
    scale = min(width / wide, 2 * width / high, 1.0)
    if scale == 1.0:
        return small
    size = max(round(wide * scale), 1), max(round(high * scale), 1)
    scaled = Pillow.fromarray(small).resize(size, Pillow.Resampling.LANCZOS)
    return np.asarray(scaled, dtype=np.uint8)


def write_contact_sheet(pack: Pack, folder: Path) -> None:
    """Write the contact sheet of a pack: a row for each continuum, an image per step.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Folder of the pack; the images are there already.

    Raises
    ------
    InputError
        If an image is missing or cannot be read.
    OutputError
        If the sheet cannot be written.
    """
    path = folder / CONTACT_SHEET
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet = _draw(pack, [_row(pack, row) for row in pack.continua[:MAX_ROWS]], folder)
    write_bytes_atomically(path, encode_png(sheet), overwrite=True)


def _row(pack: Pack, continuum: Row) -> _SheetRow:
    """Return what the sheet shows of a continuum."""
    name = str(continuum["continuum_id"])
    stimuli = pack.stimuli_of(name)
    shown = evenly_spaced(len(stimuli), MAX_COLUMNS)
    label = [name, f"{continuum['from_label']} to {continuum['to_label']}"]
    if len(shown) < len(stimuli):
        label.append(f"{len(shown)} of {len(stimuli)} steps")
    return _SheetRow(tuple(label), tuple(stimuli[k] for k in shown))


def _draw(pack: Pack, rows: Sequence[_SheetRow], folder: Path) -> Frame:
    """Return the sheet."""
    # Basic layout: shaping libraries differ between installations.
    font = ImageFont.load_default(_TEXT)
    if isinstance(font, ImageFont.FreeTypeFont):
        font = font.font_variant(layout_engine=ImageFont.Layout.BASIC)
    title = f"{pack.name} {pack.version}: {_counted(pack)}"
    across, heights = _thumbnail_sizes(rows)
    column = max(across, COLUMN) + _GAP
    labels = [text for row in rows for text in row.label]
    left = _MARGIN + 2 * _MARGIN + int(max(map(font.getlength, labels), default=0))
    most = max((len(row.stimuli) for row in rows), default=0)
    tops = [_MARGIN + _HEAD]
    for height in heights:
        tops.append(tops[-1] + height)
    width = max(left + most * column, 2 * _MARGIN + int(font.getlength(title)))
    sheet = Pillow.new("RGB", (width + _MARGIN, tops[-1] + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, _MARGIN), title, fill=_INK, font=font)
    for row, (top, bottom) in zip(rows, pairwise(tops), strict=True):
        for line, text in enumerate(row.label):
            ink = _GREY if line else _INK
            draw.text((_MARGIN, top + line * _LINE), text, fill=ink, font=font)
        for k, stimulus in enumerate(row.stimuli):
            image = thumbnail(read_image(folder / str(stimulus["file"])), across)
            x = left + k * column
            picture = Pillow.fromarray(image)
            sheet.paste(picture, (x + (column - _GAP - picture.width) // 2, top))
            place = (x + (column - _GAP) // 2, bottom - _LINE - 2 * _GAP)
            said = f"{float(stimulus['level'] or 0):.3g}"
            draw.text(place, said, fill=_GREY, font=font, anchor="ma")
    return np.asarray(sheet, dtype=np.uint8)


def _counted(pack: Pack) -> str:
    """Return how much is in the pack, and what of it the sheet leaves out."""
    said = f"{len(pack.continua)} continua, {len(pack.stimuli)} images"
    if len(pack.continua) > MAX_ROWS:
        said += f"; the first {MAX_ROWS} continua are shown"
    return said + "; the level is below each image"


def _thumbnail_sizes(rows: Sequence[_SheetRow]) -> tuple[int, list[int]]:
    """Return the width of all thumbnails, and the height of every row in pixels."""
    shapes = [
        [(int(s["width"] or 1), int(s["height"] or 1)) for s in row.stimuli]
        for row in rows
    ]
    below = _LINE + 3 * _GAP
    room = (MAX_SIDE - 2 * _MARGIN - _HEAD) // max(len(rows), 1) - below
    tallest = max((min(h / w, 2.0) for row in shapes for w, h in row), default=1.0)
    across = min(THUMBNAIL, max(int(room / tallest), 1))
    heights = [
        max(
            below + max(min(h, round(h * across / w), 2 * across) for w, h in row),
            3 * _LINE + 2 * _GAP,
        )
        for row in shapes
    ]
    return across, heights
