"""How large the small copies of a set are shown, and of which images there are any.

A contact sheet knows it from the numbers and sizes of images alone. How much room the
previews in a report take is known only of those that were made: `ExpectedCopies`
guesses it from the first images of a build, so that copies can be made while an image
is at hand.
"""

import math
from collections.abc import Sequence

from morphkit._core.arrays import Image
from morphkit.pack.rows import Stimulus
from morphkit.pack.small_copies import encode_jpeg, thumbnail
from morphkit.pixels import MAX_SIDE

#: Width of the thumbnails on a contact sheet, pixels.
THUMBNAIL = 112
#: Largest number of pixels of all thumbnails together: larger sets get smaller ones.
MAX_AREA = 6_000_000
#: Largest number of images in a row; of longer continua, evenly spaced ones are shown.
MAX_COLUMNS = 15
#: Largest number of continua on the sheet: more would be too small to see.
MAX_ROWS = 200
#: Around the sheet; between images; height of a line of text; above the first row.
MARGIN, GAP, LINE = 24, 6, 17
HEAD = 2 * LINE
#: Room below an image: the level, and a gap to the next row.
BELOW = LINE + 3 * GAP

#: Width and JPEG quality of the previews in a report: those to try, best first.
LARGEST = (384, 85)
SIZES = (LARGEST, (384, 75), (320, 75), (256, 75), (192, 75), (128, 75), (96, 60))
#: Maximum number of characters for all previews of a page together.
BUDGET = 9_000_000
#: Number of images from which the total size is estimated.
TRIED = 12
#: So few images never take more than that in their largest previews.
FEW = 120
#: Most continua that one page shows.
ON_A_PAGE = 100
#: Maximum number of images in a page, and in one of several; of more, evenly spaced
#: ones are shown.
MOST_IMAGES, PAGE_IMAGES = 1500, 500


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
    # Integers, rounded to nearest: halves go up on every machine.
    last, gaps = n - 1, at_most - 1
    return tuple((2 * k * last + gaps) // (2 * gaps) for k in range(at_most))


def thumbnail_width(rows: Sequence[Sequence[tuple[int, int]]]) -> int:
    """Return the width of all thumbnails on a contact sheet, pixels.

    Parameters
    ----------
    rows : sequence of sequences of (int, int)
        Width and height of the images that are shown of every continuum.
    """
    room = (MAX_SIDE - 2 * MARGIN - HEAD) // max(len(rows), 1) - BELOW
    tallest = max((min(h / w, 2.0) for row in rows for w, h in row), default=1.0)
    n = sum(len(row) for row in rows)
    across = min(THUMBNAIL, int(room / tallest), math.isqrt(MAX_AREA // max(n, 1)))
    widest = max((w for row in rows for w, _ in row), default=1)
    return max(min(across, widest), 1)


class ExpectedCopies:
    """The small copies that contact sheet and report will show, as far as is known.

    Parameters
    ----------
    n_steps : sequence of int
        Of every continuum of the set, all of which have images of one size. Of a set
        without any, no copies are expected.
    """

    def __init__(self, n_steps: Sequence[int]) -> None:
        self._on_sheet = [min(n, MAX_COLUMNS) for n in n_steps[:MAX_ROWS]]
        page = n_steps[:ON_A_PAGE]
        most = MOST_IMAGES if len(n_steps) <= ON_A_PAGE else PAGE_IMAGES
        self._each = max(most // max(len(page), 1), 2)
        self._on_page = sum(min(n, self._each) for n in page)
        self._seen: dict[tuple[int, int], list[int]] = {size: [] for size in SIZES}

    @property
    def n_tried(self) -> int:
        """Number of images whose previews were tried."""
        return len(self._seen[LARGEST])

    def thumbnail(self, row: Stimulus) -> int:
        """Return the width of the thumbnail of an image; 0 if none is shown."""
        shown = evenly_spaced(row.n_steps, MAX_COLUMNS)
        if not self._on_sheet or row.step - 1 not in shown:
            return 0
        size = row.width, row.height
        return thumbnail_width([[size] * n for n in self._on_sheet])

    def preview(self, row: Stimulus, image: Image) -> tuple[int, int] | None:
        """Return width and quality of the preview of an image; None if none is shown.

        It may turn out to be another one, when all images were made.
        """
        shown = evenly_spaced(row.n_steps, self._each)
        if not self._on_page or row.step - 1 not in shown:
            return None
        if self._on_page <= FEW:
            return LARGEST
        trying = self.n_tried < TRIED
        large = thumbnail(image, LARGEST[0]) if trying else None
        for size in SIZES:
            seen = self._seen[size]
            if large is not None:
                copy = thumbnail(large, size[0])
                seen.append(len(encode_jpeg(copy, size[1])))
            if not seen or sum(seen) * self._on_page <= BUDGET * len(seen):
                return size
        return SIZES[-1]
