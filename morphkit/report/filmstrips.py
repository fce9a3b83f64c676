"""Filmstrips of the worst places: what a finding means, at a glance.

A strip shows the surroundings of a place at 200 % in the steps before, at and after the
one at which the finding is seen most, between both ends. The pictures are cut from the
images of the pack and are not changed; the mark is drawn beside them, not into them.
"""

import cmath
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from morphkit._core.arrays import Frame
from morphkit._core.finding import Finding
from morphkit._core.workers import made_ahead
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.model import Pack
from morphkit.pack.places import SeenFinding, see_findings
from morphkit.pack.rows import Stimulus
from morphkit.pack.small_copies import page_copy
from morphkit.quality.checks import Evidence, Place
from morphkit.quality.groups import FindingGroup

#: Sides of a square that is cut out, pixels of the images; what needs a larger one is
#: not enlarged.
LEAST, MOST = 88, 176
#: Distance of a mark from the edge of the square, radii of the mark.
ROOM = 1.7
#: Enlargement of what is cut out.
ZOOM = 2
#: Width of the picture that shows where the square lies, and of whole frames, pixels.
LOCATOR, WHOLE = 112, 200

#: Barbs of an arrow: their length, pixels as shown, and half their angle, degrees.
BARB, BARB_ANGLE = 7.0, 28.0

#: A point of a picture, pixels.
Point = tuple[float, float]
#: Left, top, width and height in an image, pixels.
Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Cell:
    """A picture of a strip.

    Parameters
    ----------
    stimulus : Stimulus
        The image that it is cut from.
    picture : ndarray, shape (h, w, 3), dtype uint8
    mark : (float, float), optional
        Middle of the mark, pixels of the picture; None in a whole frame.
    tip : (float, float), optional
        Where an arrow from there leads, pixels of the picture.
    word : str
        What is said of its step, if anything.
    at : bool
        Whether it is the step at which the finding is seen most.
    """

    stimulus: Stimulus
    picture: Frame
    mark: Point | None
    tip: Point | None
    word: str
    at: bool

    @property
    def said(self) -> str:
        """Step and level in words."""
        level = self.stimulus.level
        known = "" if level is None else f" · level {level:.3g}"
        return f"step {self.stimulus.step}{known}"


@dataclass(frozen=True, eq=False)
class Filmstrip:
    """The pictures that show what a finding means.

    Parameters
    ----------
    finding : Finding
    cells : tuple of Cell
        In order of steps.
    reach : float
        Radius of the marks, pixels of the pictures.
    zoom : int
        Enlargement at which they are shown; 1 for whole frames.
    locator : ndarray or None
        Small copy of the whole image at the step of the finding; None where the cells
        show whole frames.
    box : (float, float, float, float) or None
        Where the cells are cut from, pixels of the locator.
    """

    finding: Finding
    cells: tuple[Cell, ...]
    reach: float
    zoom: int
    locator: Frame | None = None
    box: tuple[float, float, float, float] | None = None

    @property
    def explained(self) -> str:
        """What the marks mean, in a sentence; empty of whole frames."""
        if self.locator is None:
            return ""
        if self.cells[0].tip is None:
            return "The ring follows one point of the face through the steps."
        return (
            "The dot is the landmark; the arrow leads to its match, the place that "
            "shows what the first photograph shows at its landmark."
        )

    @property
    def n_steps(self) -> int:
        """Number of images of the continuum."""
        return self.cells[0].stimulus.n_steps


def choose_findings(groups: Iterable[FindingGroup]) -> tuple[Finding, ...]:
    """Return the findings to show: the worst of every group, then what is no note.

    Parameters
    ----------
    groups : iterable of FindingGroup
        In order; groups that ask for no decision are left out.
    """
    deciding = [group for group in groups if group.decides]
    first = [group.worst for group in deciding]
    more = [f for g in deciding for f in g.findings[1:] if f.severity != "note"]
    return (*first, *more)


def make_filmstrips(
    pack: Pack,
    folder: Path,
    findings: Sequence[Finding],
    evidence_of: Callable[[str], Evidence | None],
    kept: KeptImages | None = None,
    jobs: int = 1,
) -> Iterator[Filmstrip]:
    """Yield a strip for every finding that is seen somewhere, in order.

    Their images are read by several jobs, a little ahead; `evidence_of` is that of
    `morphkit.pack.places.see_findings`.

    Raises
    ------
    InputError
        If an image or a mesh of the pack cannot be read.
    """
    images = kept or KeptImages(folder)
    seen = see_findings(pack, folder, findings, evidence_of, images)
    for _, strip in made_ahead(seen, _strip, jobs=jobs):
        yield strip


def arrow(start: Point, tip: Point) -> tuple[tuple[Point, ...], ...]:
    """Return an arrow as lines: its shaft and its head; none if it would be a dot.

    Examples
    --------
    >>> [len(line) for line in arrow((0.0, 0.0), (20.0, 0.0))]
    [2, 3]
    >>> arrow((0.0, 0.0), (1.0, 0.0))
    ()
    """
    away = complex(*tip) - complex(*start)
    if abs(away) < BARB / 2:
        return ()
    back = -away / abs(away) * min(BARB, abs(away))
    barbs = [
        complex(*tip) + back * cmath.rect(1.0, math.radians(turn))
        for turn in (-BARB_ANGLE, BARB_ANGLE)
    ]
    one, other = ((barb.real, barb.imag) for barb in barbs)
    return (start, tip), (one, tip, other)


def _strip(seen: SeenFinding) -> Filmstrip:
    """Return the strip of a finding."""
    place = seen.place
    steps = place.steps(len(seen.stimuli))
    row = seen.stimuli[place.step - 1]

    def cell(
        step: int, picture: Frame, mark: Point | None = None, tip: Point | None = None
    ) -> Cell:
        stimulus = seen.stimuli[step - 1]
        return Cell(stimulus, picture, mark, tip, steps[step], step == place.step)

    if not place.marks:
        whole = tuple(cell(s, page_copy(seen.image(s), WHOLE)) for s in steps)
        return Filmstrip(seen.finding, whole, 0.0, 1)
    side = _side(place, steps)
    zoom = ZOOM if side <= MOST else 1
    left, top, width, height = _box(
        place.marks[place.step - 1], min(side, ZOOM * MOST), (row.width, row.height)
    )
    marked = []
    for step in steps:
        # A copy: what is shown must not hold the whole image.
        cut = seen.image(step)[top : top + height, left : left + width].copy()
        points = [
            (x - left, y - top)
            for x, y in (*place.marks[step - 1 : step], *place.tips[step - 1 : step])
        ]
        marked.append(cell(step, cut, *points))
    locator = page_copy(seen.image(place.step), LOCATOR)
    scale = locator.shape[1] / row.width
    return Filmstrip(
        seen.finding,
        tuple(marked),
        place.reach,
        zoom,
        locator,
        (left * scale, top * scale, width * scale, height * scale),
    )


def _side(place: Place, steps: Iterable[int]) -> int:
    """Return the side of a square around a place in which it lies at every step."""
    x, y = place.marks[place.step - 1]
    moved = (place.marks[step - 1] for step in steps)
    spread = max(max(abs(a - x), abs(b - y)) for a, b in moved)
    return max(round(2 * (spread + ROOM * place.reach)), LEAST)


def _box(middle: tuple[float, float], side: int, size: tuple[int, int]) -> Box:
    """Return the square around a point, moved and cut so that it lies in the image."""
    (left, width), (top, height) = (
        (
            min(max(round(at - min(side, long) / 2), 0), long - min(side, long)),
            min(side, long),
        )
        for at, long in zip(middle, size, strict=True)
    )
    return left, top, width, height
