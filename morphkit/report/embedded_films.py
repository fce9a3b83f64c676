"""Filmstrips as parts of a page: pictures as addresses, marks as drawings over them."""

from collections.abc import Iterable
from dataclasses import dataclass

from morphkit._core.finding import Finding
from morphkit.pack.small_copies import encode_jpeg
from morphkit.report.filmstrips import Cell, Filmstrip, arrow

#: Maximum number of characters for all strips of a page together.
BUDGET = 3_000_000
#: JPEG quality of what is cut out, of which every pixel counts, and of small copies.
FINE, SMALL = 92, 80


@dataclass(frozen=True)
class EmbeddedCell:
    """A picture of a strip on a page.

    Parameters
    ----------
    step : int
    word : str
        What is said of its step.
    at : bool
        Whether the finding is seen most at its step.
    address : str
        The picture itself, as a ``data:`` address.
    width, height : int
        Size at which it is shown, pixels of the page.
    ring : (float, float, float) or None
        Middle and radius of the mark, pixels of the page.
    arrow : str or None
        A path of SVG from a dot in the ring, empty if it has no length; None if there
        is no dot.
    said, alt : str
        Its caption, and its description for those who do not see it.
    """

    step: int
    word: str
    at: bool
    address: str
    width: int
    height: int
    ring: tuple[float, float, float] | None
    arrow: str | None
    said: str
    alt: str


@dataclass(frozen=True)
class EmbeddedFilmstrip:
    """A strip on a page.

    Parameters
    ----------
    cells : tuple of EmbeddedCell
    said, caption : str
        A name for those who do not see it, and the line below it.
    locator : str
        Address of a small copy of the whole image; empty if the cells show whole ones.
    locator_size : (int, int)
        Width and height of it, pixels of the page.
    box : tuple of float
        Where the cells are cut from: left, top, width and height in the small copy.
    """

    cells: tuple[EmbeddedCell, ...]
    said: str
    caption: str
    locator: str = ""
    locator_size: tuple[int, int] = (0, 0)
    box: tuple[float, ...] = ()

    @property
    def length(self) -> int:
        """Number of characters of all its pictures."""
        return len(self.locator) + sum(len(cell.address) for cell in self.cells)


def embed_filmstrips(
    strips: Iterable[Filmstrip], *, budget: int = BUDGET
) -> dict[Finding, EmbeddedFilmstrip]:
    """Return strips by their finding; those that do not fit the budget are left out."""
    found: dict[Finding, EmbeddedFilmstrip] = {}
    for strip in strips:
        embedded = _embed(strip)
        budget -= embedded.length
        if budget < 0:
            break
        found[strip.finding] = embedded
    return found


def _embed(strip: Filmstrip) -> EmbeddedFilmstrip:
    """Return a strip on a page."""
    steps = ", ".join(str(cell.stimulus.step) for cell in strip.cells)
    name = strip.finding.where
    cells = tuple(_embed_cell(cell, strip) for cell in strip.cells)
    said = f"Filmstrip: steps {steps} of {strip.n_steps} of {name}"
    if strip.locator is None or strip.box is None:
        return EmbeddedFilmstrip(cells, said, "Whole images, made small.")
    height, width = strip.locator.shape[:2]
    return EmbeddedFilmstrip(
        cells,
        said,
        f"Cut from the images, at {100 * strip.zoom} %. {strip.explained}",
        encode_jpeg(strip.locator, SMALL),
        (width, height),
        tuple(round(side, 1) for side in strip.box),
    )


def _embed_cell(cell: Cell, strip: Filmstrip) -> EmbeddedCell:
    """Return a picture of a strip on a page."""
    height, width = (strip.zoom * side for side in cell.picture.shape[:2])
    ring = None
    if cell.mark is not None:
        # The middle of the first pixel is (0, 0), the corner of a drawing is (0, 0).
        x, y = (round(strip.zoom * (at + 0.5), 1) for at in cell.mark)
        ring = (x, y, round(strip.zoom * strip.reach, 1))
    what = f"at {100 * strip.zoom} %, marked" if ring else "as a whole"
    return EmbeddedCell(
        cell.stimulus.step,
        cell.word,
        cell.at,
        encode_jpeg(cell.picture, FINE if ring else SMALL, fine=ring is not None),
        width,
        height,
        ring,
        _arrow(cell, strip.zoom),
        cell.said,
        f"{strip.finding.code}: step {cell.stimulus.step} of {strip.n_steps} {what}",
    )


def _arrow(cell: Cell, zoom: int) -> str | None:
    """Return the arrow of a picture as a path of SVG; None if there is none."""
    if cell.mark is None or cell.tip is None:
        return None
    (x, y), (u, v) = ([zoom * (at + 0.5) for at in p] for p in (cell.mark, cell.tip))
    return " ".join(
        "M" + "L".join(f"{at:.1f} {down:.1f}" for at, down in line)
        for line in arrow((x, y), (u, v))
    )
