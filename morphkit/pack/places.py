"""Where the findings of a pack are seen: a place in its frames, and steps to show."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from morphkit._core.arrays import Frame, Image, eight_bit
from morphkit._core.finding import Finding
from morphkit.errors import InputError
from morphkit.faces.template import Template
from morphkit.pack.contents import mesh_of, template_of
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.model import Pack
from morphkit.pack.recheck import in_frame
from morphkit.pack.rows import Stimulus
from morphkit.quality.checks import Evidence, Place, Sight, place_of

#: Memory limit for the images that were looked at last, bytes.
RECENT = 64 << 20
#: Continua whose meshes and measurements are kept while findings are looked at.
_LOOKS = 8


@dataclass(frozen=True, eq=False)
class SeenFinding:
    """A finding, and where it is seen.

    Parameters
    ----------
    finding : Finding
    place : Place
        In the images of the continuum: its marks are pixels of these.
    stimuli : tuple of Stimulus
        Its images, in order of steps.
    image : callable
        ``image(step)``: the image of a step, from 1, 8 bits.
    """

    finding: Finding
    place: Place
    stimuli: tuple[Stimulus, ...]
    image: Callable[[int], Frame]


def see_findings(
    pack: Pack,
    folder: Path,
    findings: Iterable[Finding],
    evidence_of: Callable[[str], Evidence | None],
    images: KeptImages | None = None,
) -> Iterator[SeenFinding]:
    """Yield those findings that are seen somewhere, and where; in their order.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Its folder.
    findings : iterable of Finding
    evidence_of : callable
        ``evidence_of(continuum_id)``, or None where nothing is known.
    images : KeptImages, optional
        The images of the pack, as far as they need not be read.

    Raises
    ------
    InputError
        If an image or a mesh of the pack cannot be read.
    """
    template = _template(pack, folder)
    recent = RecentImages(images or KeptImages(folder))

    @lru_cache(maxsize=_LOOKS)
    def look_at(name: str) -> _Look | None:
        evidence = evidence_of(name)
        if evidence is None:
            return None
        return _look(pack, folder, name, evidence, template, recent)

    for finding in findings:
        look = look_at(finding.where)
        if look is None:
            continue
        place = place_of(finding, look.evidence, look.sight)
        if place is not None and (at := _in_image(place, look)) is not None:
            yield SeenFinding(finding, at, look.stimuli, look.image)


class RecentImages:
    """The images of a pack, those that were looked at last from memory.

    Parameters
    ----------
    images : KeptImages
    max_bytes : int, optional
        Memory limit; the last image is kept, however large it is.
    """

    def __init__(self, images: KeptImages, max_bytes: int = RECENT) -> None:
        self._images, self._max = images, max_bytes
        self._recent: dict[str, Image] = {}  # the last one was asked for last
        self._keeping = threading.Lock()

    def image(self, row: Stimulus) -> Image:
        """Return an image; errors as in `morphkit.pack.contents.image_of`."""
        with self._keeping:
            found = self._recent.pop(row.pixel_sha256, None)
        if found is None:
            found = self._images.image(row)
        with self._keeping:
            self._recent[row.pixel_sha256] = found
            size = sum(each.nbytes for each in self._recent.values())
            for key in [*self._recent][:-1]:
                if size <= self._max:
                    break
                size -= self._recent.pop(key).nbytes
        return found


@dataclass(frozen=True, eq=False)
class _Look:
    """The images of a continuum, as files hold them and in the frame of the mesh."""

    stimuli: tuple[Stimulus, ...]
    image: Callable[[int], Frame]
    evidence: Evidence
    sight: Sight
    corner: tuple[int, int]


def _look(
    pack: Pack,
    folder: Path,
    name: str,
    evidence: Evidence,
    template: Template | None,
    images: RecentImages,
) -> _Look:
    """Return what is looked at of a continuum."""
    stimuli = pack.stimuli_of(name)
    frozen = None if pack.public else mesh_of(folder, name, stimuli)

    def image(step: int) -> Frame:
        return eight_bit(images.image(stimuli[step - 1]))

    def frame(step: int) -> Frame:
        if frozen is None:
            return image(step)
        return eight_bit(in_frame(images.image(stimuli[step - 1]), frozen))

    corner = (0, 0) if frozen is None else frozen.corner
    return _Look(stimuli, image, evidence, Sight(frame, template), corner)


def _in_image(place: Place, look: _Look) -> Place | None:
    """Return a place in pixels of the images; None if they do not show it.

    Images may be cropped from the frame of the mesh.
    """
    left, top = look.corner
    marks, tips = (
        tuple((x - left, y - top) for x, y in points)
        for points in (place.marks, place.tips)
    )
    row = look.stimuli[place.step - 1]
    if marks:
        x, y = marks[place.step - 1]
        if not (-0.5 <= x < row.width - 0.5 and -0.5 <= y < row.height - 0.5):
            return None
    # What a pack says of itself may be any number; a mark is no larger than an image.
    reach = min(max(place.reach, 1.0), float(max(row.width, row.height)))
    return replace(place, marks=marks, tips=tips, reach=reach)


def _template(pack: Pack, folder: Path) -> Template | None:
    """Return the template of the landmarks of a pack; None if it is not there."""
    try:
        return template_of(pack.recipe, folder)
    except InputError:
        return None
