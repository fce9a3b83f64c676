"""How many faces detectors find in photographs, and how far they agree.

For photographs that must not leave a place, and of which nothing may be stored: nothing
is written, and the result has neither names nor places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.arrays import Image
from morphkit._core.progress import Progress
from morphkit.errors import InputError, MissingExtraError
from morphkit.faces.detectors import DETECTORS, find_detector, recorded_name
from morphkit.faces.detectors.agreement import agreement
from morphkit.faces.detectors.boxes import bounding_box, overlap
from morphkit.faces.formats.template_json import builtin_template
from morphkit.faces.images import read_photo
from morphkit.faces.landmarks import Landmarks
from morphkit.pipeline.delineate.photos import images_in

#: Template in which detectors are compared.
COMPARED = "ibug_68"
#: Overlap of boxes, intersection over union, from which two faces are the same.
SAME = 0.3


@dataclass(frozen=True)
class FoundFaces:
    """How many photographs a detector finds faces in.

    Parameters
    ----------
    detector : str
    one, several, none : int
        Photographs in which it finds one face, more, and none.
    """

    detector: str
    one: int
    several: int
    none: int


@dataclass(frozen=True)
class Apart:
    """How far two detectors place the landmarks of the same faces apart.

    Parameters
    ----------
    first, second : str
        Detectors.
    n_faces : int
        Faces that both find.
    median, p95 : mapping of str to float
        Mean distance in a region, or of all points: of half of the faces it is not
        above the median, of 95 % not above `p95`. Percent of the distance of the outer
        eye corners.
    """

    first: str
    second: str
    n_faces: int
    median: Mapping[str, float]
    p95: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Survey:
    """What detectors find in photographs; no name, no place, no picture.

    Parameters
    ----------
    n_photos : int
        Photographs that were looked at.
    found : tuple of FoundFaces
        One for each detector.
    apart : tuple of Apart
        One for each two detectors.
    not_asked : mapping of str to str
        Detector -> why it was not asked.
    errors : tuple of InputError
        One for each photograph that cannot be read; these have names, and are not in
        `to_dict`.
    """

    n_photos: int
    found: tuple[FoundFaces, ...]
    apart: tuple[Apart, ...]
    not_asked: Mapping[str, str]
    errors: tuple[InputError, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the names of files as a JSON object."""
        return {
            "n_photos": self.n_photos,
            "n_unusable": len(self.errors),
            "unit": "percent of the distance of the outer eye corners",
            "found": [asdict(one) for one in self.found],
            "apart": [asdict(one) for one in self.apart],
            "not_asked": dict(self.not_asked),
        }


def survey_photos(
    images: Sequence[str | Path],
    *,
    detectors: Sequence[str] = (),
    progress: Progress | None = None,
) -> Survey:
    """Measure how many faces detectors find in photographs, and how far they agree.

    Nothing is written. The result has numbers alone, so that it can be passed on where
    the photographs cannot.

    Parameters
    ----------
    images : sequence of str or Path
        Photographs, or folders of them.
    detectors : sequence of str, optional
        Names, and files of trained detectors; by default all that can run here.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Survey

    Raises
    ------
    InputError
        If a detector is not known, or a folder holds no photograph.

    Examples
    --------
    >>> import morphkit as mk
    >>> photos = mk.shipped_faces() / "source_faces"
    >>> found = mk.survey_photos([photos / "maja_happy.png"], detectors=["mesh"])
    >>> found.found[0].one, found.apart
    (1, ())
    """
    progress = progress or Progress()
    names, not_asked = _usable(detectors)
    photos = list(dict.fromkeys(_photos([Path(path) for path in images])))
    progress.stage("looking", len(photos))
    seen: list[dict[str, list[Landmarks]]] = []
    errors = []
    for photo in photos:
        try:
            image = read_photo(photo).image
            seen.append({names[name]: _faces(name, image) for name in names})
        except InputError as error:
            errors.append(error.at(str(photo)))
        except MissingExtraError as error:
            errors.append(InputError(str(error), where=str(photo)))
        progress.advance(photo.name)
    return Survey(
        len(seen),
        tuple(_found(name, seen) for name in names.values()),
        tuple(_apart(a, b, seen) for a, b in combinations(names.values(), 2)),
        not_asked,
        tuple(errors),
    )


def _usable(wanted: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return detectors that run here with their recorded names, and why others not."""
    names: dict[str, str] = {}
    not_asked: dict[str, str] = {}
    for name in wanted or list(DETECTORS):
        try:
            find_detector(name).find(np.zeros((64, 64, 3), np.uint8))
        except MissingExtraError as error:
            if wanted:
                raise
            not_asked[name] = str(error)
        else:
            names[name] = recorded_name(name)
    return names, not_asked


def _photos(given: Sequence[Path]) -> list[Path]:
    """Return the photographs that are meant."""
    return [
        photo
        for path in given
        for photo in (images_in(path) if path.is_dir() else [path])
    ]


def _faces(name: str, image: Image) -> list[Landmarks]:
    """Return all faces that a detector finds, in `COMPARED` where it can be had."""
    entry = find_detector(name)
    faces = list(entry.find(image))
    try:
        way = entry.way_to(COMPARED)
    except InputError:
        return faces
    template = builtin_template(COMPARED)
    return [Landmarks(template, way(face.points), face.placement) for face in faces]


def _found(name: str, seen: Sequence[Mapping[str, list[Landmarks]]]) -> FoundFaces:
    """Return how many photographs a detector finds faces in."""
    counts = [len(faces[name]) for faces in seen]
    one, none = counts.count(1), counts.count(0)
    return FoundFaces(name, one, len(counts) - one - none, none)


def _apart(
    first: str, second: str, seen: Sequence[Mapping[str, list[Landmarks]]]
) -> Apart:
    """Return how far two detectors are apart on faces that both find."""
    rows = []
    for faces in seen:
        for face in faces[first]:
            box = bounding_box(face.points)
            same = [
                other
                for other in faces[second]
                if overlap(box, bounding_box(other.points)) > SAME
                and other.template == face.template
            ]
            if len(same) == 1 and face.template.outer_eye_corners:
                rows.append(agreement(face, same[0]))
    regions = list(rows[0]) if rows else []

    def over(quantile: float) -> dict[str, float]:
        return {
            region: float(np.quantile([row[region] for row in rows], quantile))
            for region in regions
        }

    return Apart(first, second, len(rows), over(0.5), over(0.95))
