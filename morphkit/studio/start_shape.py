"""Landmarks to start from where no detector finds a face: from three clicks.

The mean shape of the faces at hand is placed by the two pupils and the middle of the
mouth, as in PsychoMorph and WebMorph.
"""

from collections.abc import Sequence

import numpy as np

from morphkit._core.arrays import Points, as_points
from morphkit.errors import InputError
from morphkit.faces.detectors import DETECTORS, conversions_from
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.faces.template import Template
from morphkit.geometry.align import procrustes
from morphkit.pipeline.demo import demo_identities, shipped_faces

#: Clicks: image-left pupil, image-right pupil, middle of the mouth.
CLICKS = 3


def start_points(
    clicks: Sequence[Sequence[float]],
    template: Template,
    others: Sequence[Points],
    size: tuple[int, int],
) -> Points:
    """Return landmarks that fit three clicks, inside the photograph.

    Parameters
    ----------
    clicks : sequence of (float, float)
        Image-left pupil, image-right pupil, middle of the mouth; pixels.
    template : Template
    others : sequence of ndarray, shape (N, 2)
        Landmarks of other faces of the study.
    size : (int, int)
        Width and height of the photograph.

    Returns
    -------
    ndarray, shape (N, 2)

    Raises
    ------
    InputError
        If there are not three clicks, they lie on one line, or the template does not
        say where eyes and mouth are.
    """
    if len(clicks) != CLICKS:
        raise InputError(f"{len(clicks)} clicks", allowed="two pupils and the mouth")
    wanted = as_points(np.asarray(clicks, np.float64), n_points=CLICKS)
    shape = _reference(template, others)
    marks = np.array([shape[list(part)].mean(axis=0) for part in _anchors(template)])
    system = np.column_stack([marks, np.ones(CLICKS)])
    if min(_area(wanted), _area(marks)) < 1e-6 * np.ptp(marks):
        raise InputError(
            "the three places lie on one line",
            remedy="click both pupils, then the middle of the mouth",
        )
    affine = np.linalg.solve(system, wanted)
    placed = np.column_stack([shape, np.ones(len(shape))]) @ affine
    return np.asarray(np.clip(placed, 0.0, np.array(size) - 1.0))


def _area(corners: Points) -> float:
    """Return the area of a triangle."""
    a, b = corners[1] - corners[0], corners[2] - corners[0]
    return float(abs(a[0] * b[1] - a[1] * b[0]) / 2)


def _anchors(template: Template) -> tuple[tuple[int, ...], ...]:
    """Return the landmarks whose means are both eyes and the mouth."""
    mouth = template.regions.get("mouth") or next(
        (
            (*opening.upper, *opening.lower)
            for opening in template.openings
            if opening.name == "mouth"
        ),
        (),
    )
    if len(template.eyes) != 2 or not mouth:
        raise InputError(
            f"template {template.name} does not say where eyes and mouth are",
            remedy="detect landmarks, or start from the file of a similar face",
        )
    return (*template.eyes, tuple(mouth))


def _reference(template: Template, others: Sequence[Points]) -> Points:
    """Return a shape: of the faces of the study, else of the faces that ship."""
    shapes = list(others) or _shipped(template)
    return procrustes.mean_shape(shapes)


def _shipped(template: Template) -> list[Points]:
    """Return shapes of the shipped faces in a template."""
    root = shipped_faces()
    names = [f"{identity}_neutral" for identity in demo_identities()]
    files = [root / "landmarks" / f"{name}.json" for name in names]
    known = [read_landmarks(file) for file in files if file.is_file()]
    ways = conversions_from(known[0].template.name) if known else {}
    if template.name in ways:
        return [ways[template.name](one.points) for one in known]
    for detector in DETECTORS.values():
        way = conversions_from(detector.template).get(template.name)
        if way is not None:
            image = read_image(root / "source_faces" / f"{names[0]}.png")
            found = detector.find(image)
            if found:
                return [way(found[0].points)]
    raise InputError(
        f"no face of the study has landmarks of template {template.name} yet",
        remedy="place those of one face with another program, convert the file, and "
        "start the others from it",
    )
