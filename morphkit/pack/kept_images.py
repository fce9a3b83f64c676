"""Images of a pack while it is made: what was just written is not decoded again.

Contact sheet, report and filmstrips look at images that a build has in its hands before
they are files. What they need of each is kept when it is written, as far as the memory
set aside allows; anything else is read. Nothing that is made depends on what was kept.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from morphkit._core.arrays import Frame, Image
from morphkit.pack.contents import image_of
from morphkit.pack.copy_sizes import BUDGET, MAX_AREA, ExpectedCopies
from morphkit.pack.rows import Stimulus
from morphkit.pack.small_copies import Preview, preview_of, thumbnail

#: Memory limit for whole images, bytes.
MAX_BYTES = 96 << 20


@dataclass(frozen=True, eq=False)
class SmallCopies:
    """Small copies of images, known by the hashes of their pixels and by their sizes.

    Parameters
    ----------
    thumbnails : mapping of (str, int) to Frame
    previews : mapping of (str, int, int) to Preview
    expected : ExpectedCopies
        What is known of the copies that will be shown.
    """

    thumbnails: Mapping[tuple[str, int], Frame]
    previews: Mapping[tuple[str, int, int], Preview]
    expected: ExpectedCopies


class KeptImages:
    """The images of a pack, from memory or from its files.

    Images are known by the hash of their pixels, so that another image of the same name
    is never taken for them.

    Parameters
    ----------
    folder : Path
        The pack.
    expected : ExpectedCopies, optional
        The small copies that will be shown; none unless said, here or to `expect`.
    max_bytes : int, optional
        Memory limit for whole images; those of small copies are the limits of the
        contact sheet and of the report.
    """

    def __init__(
        self,
        folder: Path,
        expected: ExpectedCopies | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._folder = folder
        self._free = max_bytes
        self._whole: dict[str, Image] = {}
        self._thumbnails: dict[tuple[str, int], Frame] = {}
        self._previews: dict[tuple[str, int, int], Preview] = {}
        self._area = self._characters = 0
        self._adding = threading.Lock()
        self.expected = expected or ExpectedCopies(())

    def expect(self, n_steps: Sequence[int]) -> None:
        """Be told how many images every continuum of the pack will have."""
        self.expected = ExpectedCopies(n_steps)

    def add(self, row: Stimulus, image: Image) -> None:
        """Keep of an image that was written what will be looked at."""
        width = self.expected.thumbnail(row)
        if width and self._area <= MAX_AREA:
            self._keep_thumbnail((row.pixel_sha256, width), thumbnail(image, width))
        size = self.expected.preview(row, image)
        if size and self._characters <= BUDGET:
            preview = preview_of(row, image, *size)
            self._keep_preview((row.pixel_sha256, *size), preview)
        with self._adding:
            if image.nbytes <= self._free:
                self._free -= image.nbytes
                self._whole[row.pixel_sha256] = image

    def _keep_thumbnail(self, key: tuple[str, int], small: Frame) -> None:
        """Keep a thumbnail under the hash of its image and its width."""
        with self._adding:
            self._area += small.shape[0] * small.shape[1]
            self._thumbnails[key] = small

    def _keep_preview(self, key: tuple[str, int, int], preview: Preview) -> None:
        """Keep a preview under the hash of its image, its width and quality."""
        with self._adding:
            self._characters += len(preview.address)
            self._previews[key] = preview

    @property
    def wanted(self) -> ExpectedCopies:
        """What others shall make of small copies: none where there is no more room."""
        full = self._area > MAX_AREA and self._characters > BUDGET
        return ExpectedCopies(()) if full else self.expected

    def copies(self) -> SmallCopies:
        """Return the small copies, for another process."""
        return SmallCopies(self._thumbnails, self._previews, self.expected)

    def take(self, copies: SmallCopies) -> None:
        """Keep small copies that another process made, as far as there is room."""
        for place, small in copies.thumbnails.items():
            if self._area <= MAX_AREA:
                self._keep_thumbnail(place, small)
        for key, preview in copies.previews.items():
            if self._characters <= BUDGET:
                self._keep_preview(key, preview)
        if copies.expected.n_tried > self.expected.n_tried:
            self.expected = copies.expected

    def image(self, row: Stimulus) -> Image:
        """Return an image; errors as in `image_of`."""
        kept = self._whole.get(row.pixel_sha256)
        return image_of(row, self._folder) if kept is None else kept

    def thumbnail(self, row: Stimulus, width: int) -> Frame:
        """Return an image scaled down to a width; errors as in `image_of`."""
        kept = self._thumbnails.get((row.pixel_sha256, width))
        return thumbnail(self.image(row), width) if kept is None else kept

    def preview(self, row: Stimulus, width: int, quality: int) -> Preview:
        """Return the preview of an image; errors as in `image_of`."""
        kept = self._previews.get((row.pixel_sha256, width, quality))
        if kept is None:
            return preview_of(row, self.image(row), width, quality)
        return replace(kept, stimulus=row)  # other images may have the same pixels
