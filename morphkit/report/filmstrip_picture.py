"""Filmstrips as one picture: for a mail, a slide or a notebook."""

import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from morphkit._core.arrays import Frame
from morphkit._core.text import counted
from morphkit.pack.previews import label_font, text_width
from morphkit.quality.groups import FindingGroup
from morphkit.report.filmstrips import Cell, Filmstrip, Point, arrow

#: Largest height of the picture, pixels; what is below it is counted.
HIGHEST = 12_000
#: Width of the text, pixels.
TEXT_WIDTH = 900

_MARGIN, _GAP, _LINE = 24, 8, 17
_INK, _GREY, _PAPER = (29, 34, 38), (92, 102, 110), (255, 255, 255)
_MARK, _RULE = (194, 87, 26), (226, 228, 227)
#: The ring: a dark line below a light one, so that it is seen on every skin.
_UNDER, _OVER = (16, 38, 46), (255, 255, 255)


def draw_filmstrips(
    strips: Sequence[Filmstrip],
    groups: Sequence[FindingGroup],
    *,
    private: Sequence[str] = (),
) -> Frame:
    """Return strips below each other, each with its sentence and remedy.

    Parameters
    ----------
    strips : sequence of Filmstrip
        At least one.
    groups : sequence of FindingGroup
        Of their findings.
    private : sequence of str, optional
        Identities whose faces may not be passed on; they are named.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint8
    """
    kinds = {finding: group for group in groups for finding in group.findings}
    rows = [_draw(strip, kinds[strip.finding]) for strip in strips]
    kept: list[Pillow.Image] = []
    height = 2 * _MARGIN
    for row in rows:
        if kept and height + row.height > HIGHEST:
            break
        kept.append(row)
        height += row.height + _MARGIN
    said = []
    if len(kept) < len(rows):
        said.append(f"{counted(len(rows) - len(kept), 'further finding')} not shown.")
    if private:
        said.append(f"These faces may not be passed on: {', '.join(private)}.")
    foot = _text(" ".join(said), _GREY) if said else None
    width = 2 * _MARGIN + max(part.width for part in (*kept, *([foot] if foot else [])))
    sheet = Pillow.new("RGB", (width, height + (foot.height if foot else 0)), _PAPER)
    top = _MARGIN
    for row in kept:
        sheet.paste(row, (_MARGIN, top))
        top += row.height + _MARGIN
    if foot:
        sheet.paste(foot, (_MARGIN, top))
    return np.asarray(sheet, dtype=np.uint8)


def _draw(strip: Filmstrip, group: FindingGroup) -> Pillow.Image:
    """Return one strip with its words."""
    finding = strip.finding
    title = f"{finding.severity}: {group.title} [{group.code}] in {finding.where}"
    words = [_text(title, _INK), _text(finding.message, _INK)]
    if group.remedy:
        words.append(_text(f"What to do: {group.remedy}", _GREY))
    if strip.explained:
        words.append(_text(strip.explained, _GREY))
    cells = [_cell(cell, strip) for cell in strip.cells]
    if strip.locator is not None:
        cells.insert(0, _locator(strip))
    wide = sum(cell.width for cell in cells) + (len(cells) - 1) * _GAP
    high = sum(part.height for part in words) + _GAP + max(c.height for c in cells)
    size = (max(wide, *(part.width for part in words)), high)
    row = Pillow.new("RGB", size, _PAPER)
    top = 0
    for part in words:
        row.paste(part, (0, top))
        top += part.height
    left = 0
    for cell in cells:
        row.paste(cell, (left, top + _GAP))
        left += cell.width + _GAP
    return row


def _cell(cell: Cell, strip: Filmstrip) -> Pillow.Image:
    """Return a picture of a strip, enlarged, with its mark and its caption."""
    height, width = cell.picture.shape[:2]
    size = (width * strip.zoom, height * strip.zoom)
    picture = Pillow.fromarray(cell.picture).resize(size, Pillow.Resampling.BICUBIC)
    if cell.mark is not None:
        x, y = (strip.zoom * (at + 0.5) for at in cell.mark)
        reach = strip.zoom * strip.reach
        draw = ImageDraw.Draw(picture)
        for away, ink in ((1, _UNDER), (0, _OVER)):
            r = reach + away
            draw.ellipse((x - r, y - r, x + r, y + r), outline=ink)
        if cell.tip is not None:
            u, v = (strip.zoom * (at + 0.5) for at in cell.tip)
            _draw_arrow(draw, (x, y), (u, v))
    font = label_font()
    lines = [cell.said, *([cell.word] if cell.word else [])]
    broad = max(size[0] + 4, *(text_width(line, font) for line in lines))
    whole = Pillow.new("RGB", (broad, size[1] + 4 + _GAP + 2 * _LINE), _PAPER)
    draw = ImageDraw.Draw(whole)
    if cell.at and cell.word:
        draw.rectangle((0, 0, size[0] + 3, size[1] + 3), fill=_MARK)
    whole.paste(picture, (2, 2))
    for number, (line, ink) in enumerate(zip(lines, (_GREY, _MARK), strict=False)):
        at = (2, size[1] + 4 + _GAP // 2 + number * _LINE)
        draw.text(at, line, fill=ink, font=font)
    return whole


def _draw_arrow(draw: ImageDraw.ImageDraw, start: Point, tip: Point) -> None:
    """Draw a dot and an arrow from it, light on dark."""
    for wider, ink in ((2, _UNDER), (0, _OVER)):
        for line in arrow(start, tip):
            draw.line(line, fill=ink, width=1 + wider)
        (x, y), r = start, 2 + wider / 2
        draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)


def _locator(strip: Filmstrip) -> Pillow.Image:
    """Return the whole image, made small, with a frame where the cells are cut from."""
    picture = Pillow.fromarray(np.asarray(strip.locator))
    if strip.box is not None:
        left, top, width, height = strip.box
        draw = ImageDraw.Draw(picture)
        for away, ink in ((1, _UNDER), (0, _OVER)):
            corners = (
                left - away,
                top - away,
                left + width + away,
                top + height + away,
            )
            draw.rectangle(corners, outline=ink)
    return picture


def _text(words: str, ink: tuple[int, int, int]) -> Pillow.Image:
    """Return words in lines of one width."""
    font = label_font()
    per_line = max(TEXT_WIDTH * len(words) // max(text_width(words, font), 1), 20)
    lines = textwrap.wrap(words, per_line) or [""]
    width = max(text_width(line, font) for line in lines)
    block = Pillow.new("RGB", (max(width, 1), len(lines) * _LINE + 2), _PAPER)
    draw = ImageDraw.Draw(block)
    for number, line in enumerate(lines):
        draw.text((0, number * _LINE), line, fill=ink, font=font)
    return block
