"""Agreement of the two ends of a blend, warped to the shape between them.

The ends are compared before they are blended: whether their edges coincide, whether a
mouth or an eye is open in only one image although the landmarks say otherwise, and
whether the landmarks agree with the correspondence of the frozen mesh.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit.faces.template import Opening, Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.geometry.correspondence.openings import JAW, is_open
from morphkit.geometry.polygon import inside
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks.ghosting import measure_ghosting
from morphkit.quality.checks.spots import find_doubled_spot
from morphkit.quality.metrics.ciede2000 import colour_difference
from morphkit.quality.metrics.frames import AnyFrame, Codes, Unrounded, lab_of
from morphkit.quality.regions import SIDE, Region

#: Minimum height of the compared area inside an opening, in widths of it.
_MIN_HEIGHT = 0.10


def compare_ends(
    pictures: Iterable[AnyFrame | Unrounded],
    region: Region,
    correspondence: Correspondence,
    ends: tuple[int, int],
    states: Mapping[str, tuple[bool, bool]],
    template: Template,
) -> EndAgreement:
    """Return how well two ends of a continuum match.

    Parameters
    ----------
    pictures : iterable of two ndarrays, shape (H, W, 3), or Unrounded
        Both ends in the shape halfway between them, as metrics take frames.
    region : Region
        The face.
    correspondence : Correspondence
    ends : (int, int)
        Which ends of the correspondence they are.
    states : mapping of str to (bool, bool)
        For every opening of the template whether it is open at either end.
    template : Template
        Of the landmarks.
    """
    first, second = (region.cut(picture) for picture in pictures)
    found = measure_ghosting(first, second, region.mask)
    scale = region.side / SIDE

    def in_frame(place: tuple[float, float]) -> tuple[float, float]:
        x, y = (
            (c + 0.5) * scale + r for c, r in zip(place, region.corner, strict=True)
        )
        return x, y

    spot = find_doubled_spot(first, second, region.mask)
    landmarks = correspondence.landmarks[list(ends)] / UNITS_PER_PIXEL
    alike = [o for o in template.openings if len(set(states[o.name])) == 1]
    # Edges are tied where one end alone is open, and mouths that are open at both are
    # matched by what is in them: there the mesh rightly departs from the landmarks.
    matched = [o for o in alike if not (o.name in JAW and all(states[o.name]))]
    error, name, place = _worst_landmark(correspondence, ends, template, matched)
    return EndAgreement(
        ghosting=found.ghosting,
        ghosting_place=in_frame(found.place),
        ghosting_shift=found.shift * scale,
        agreement=found.agreement,
        openings=opening_states(first, second, region, landmarks.mean(axis=0), alike),
        landmark_error=error,
        landmark=name,
        landmark_place=place,
        spot=spot.darkness if spot else 0.0,
        spot_places=(in_frame(spot.places[0]), in_frame(spot.places[1]))
        if spot
        else None,
    )


def states_of(
    first: Points, second: Points, template: Template
) -> dict[str, tuple[bool, bool]]:
    """Return whether each opening is open in two photographs, by their landmarks."""
    return {o.name: (is_open(first, o), is_open(second, o)) for o in template.openings}


def opening_states(
    first: Codes,
    second: Codes,
    region: Region,
    landmarks: Points,
    openings: list[Opening],
) -> dict[str, float]:
    """Return how different both ends look inside mouths and eyes.

    Parameters
    ----------
    first, second : ndarray, shape (256, 256, 3)
        The region of both ends in one shape.
    region : Region
    landmarks : ndarray, shape (L, 2)
        Of that shape, pixels of the frame.
    openings : list of Opening
        Those to look at.

    Returns
    -------
    dict of str to float
        Median CIEDE2000 inside each, less that of the whole region; below 0 where the
        inside differs less than the face. Eyes of small faces may lie a pixel apart.
    """
    if not openings:
        return {}
    colours = lab_of(first), lab_of(second)
    difference = colour_difference(*colours)
    in_eyes = _least_beside(difference, *colours, region.side)
    counts = np.ones((SIDE, SIDE), bool) if region.mask is None else region.mask > 0
    face = float(np.median(difference[counts]))
    states = {}
    for opening in openings:
        outline = (_inner_ellipse(landmarks, opening) - region.corner) * (
            SIDE / region.side
        ) - 0.5
        area = inside(outline, (SIDE, SIDE))
        seen = difference if opening.name in JAW else in_eyes
        if area.any():
            states[opening.name] = float(np.median(seen[area])) - face
    return states


def _least_beside(
    difference: npt.NDArray[np.float64],
    first: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
    side: float,
) -> npt.NDArray[np.float64]:
    """Return the least difference of every pixel from one and its neighbours.

    A pixel of the frame is as wide as the white of an eye in a small face: of a region
    with fewer pixels of the frame than the square has, neighbours count, too.
    """
    step = round(SIDE / side)
    if step < 2:
        return difference
    for shift in ((step, 0), (-step, 0), (0, step), (0, -step)):
        beside = np.roll(second, shift, axis=(0, 1))
        difference = np.minimum(difference, colour_difference(first, beside))
    return difference


def _inner_ellipse(points: Points, opening: Opening) -> Points:
    """Return an ellipse inside an opening; of a closed one a band along its lips."""
    upper, lower = points[list(opening.upper)], points[list(opening.lower)]
    along = upper[-1] - upper[0]
    width = max(float(np.hypot(*along)), 1e-6)
    along = along / width
    across = np.array([-along[1], along[0]])
    height = float(np.abs(((lower - upper)[1:-1] * across).sum(axis=1)).mean())
    turn = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
    centre = np.concatenate([upper, lower]).mean(axis=0)
    half_height = max(height / 2, _MIN_HEIGHT * width)
    return np.asarray(
        centre
        + np.outer(np.cos(turn), along) * 0.4 * width
        + np.outer(np.sin(turn), across) * half_height
    )


def _worst_landmark(
    correspondence: Correspondence,
    ends: tuple[int, int],
    template: Template,
    matched: list[Opening],
) -> tuple[float | None, str, tuple[float, float]]:
    """Return the error, name and position of the landmark that fits the mesh worst.

    Edges of openings count only in those that are `matched` by their landmarks.
    """
    if len(template.eyes) != 2:
        return None, "", (0.0, 0.0)
    first, second = correspondence.landmarks[list(ends)] / UNITS_PER_PIXEL
    eyes = [first[list(eye)].mean(axis=0) for eye in template.eyes]
    eye_distance = max(float(np.hypot(*(eyes[1] - eyes[0]))), 1e-6)
    error = across_lines(
        carry_landmarks(correspondence, ends) - second, second, template
    )
    for opening in template.openings:
        if opening not in matched:
            error[list(opening.upper + opening.lower)] = 0.0
    worst = int(error.argmax())
    x, y = second[worst].tolist()
    return 100.0 * float(error[worst]) / eye_distance, template.points[worst], (x, y)


def carry_landmarks(correspondence: Correspondence, ends: tuple[int, int]) -> Points:
    """Map the landmarks of one end to the other end by the mesh.

    Returns
    -------
    ndarray, shape (L, 2)
        Pixels of the frame; a landmark outside the mesh stays where it is.
    """
    triangles = correspondence.triangles
    start, end = correspondence.frame_nodes[list(ends)].astype(np.float64)
    corners = start[triangles]
    (left, top), (right, bottom) = corners.min(axis=1).T, corners.max(axis=1).T
    places = correspondence.landmarks[ends[0]].astype(np.float64)
    for k, point in enumerate(places.copy()):
        x, y = point
        across, down = (left <= x) & (x <= right), (top <= y) & (y <= bottom)
        near = np.flatnonzero(across & down)
        a, b, c = (corners[near, j] for j in range(3))
        area = _cross(b - a, c - a)
        flat = area == 0
        safe = np.where(flat, 1.0, area)
        two, three = _cross(point - a, c - a) / safe, _cross(b - a, point - a) / safe
        shares = np.stack([1.0 - two - three, two, three], axis=1)
        shares[flat] = -np.inf
        if not near.size or shares.min(axis=1).max() < -1e-6:
            continue
        best = int(shares.min(axis=1).argmax())
        places[k] = (shares[best][:, None] * end[triangles[near[best]]]).sum(axis=0)
    return np.asarray(places / UNITS_PER_PIXEL)


def across_lines(
    away: Points, points: Points, template: Template
) -> npt.NDArray[np.float64]:
    """Return the component of displacements across the lines of a template.

    Along a jaw or a lip the image does not mark a position, and a match may slide.
    """
    error = np.full(len(points), np.inf)
    for line, closed in zip(template.lines, template.closed, strict=True):
        n = len(line)
        for k, index in enumerate(line):
            before = line[(k - 1) % n] if closed or k else index
            after = line[(k + 1) % n] if closed or k < n - 1 else index
            along = points[after] - points[before]
            length = float(np.hypot(*along))
            part = (
                abs(float(_cross(along, away[index]))) / length
                if length > 0
                else float(np.hypot(*away[index]))
            )
            error[index] = min(error[index], part)
    return np.where(np.isinf(error), np.hypot(away[:, 0], away[:, 1]), error)


def eye_distance_of(correspondence: Correspondence, template: Template) -> float | None:
    """Return the mean distance of the eyes over the ends, pixels; None without eyes."""
    if len(template.eyes) != 2:
        return None
    points = correspondence.landmarks / UNITS_PER_PIXEL
    left, right = (points[:, list(eye)].mean(axis=1) for eye in template.eyes)
    return float(np.hypot(*(right - left).T).mean())


def _cross(
    a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the z component of the cross product of plane vectors."""
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
