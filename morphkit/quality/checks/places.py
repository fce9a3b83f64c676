"""Where findings are seen in the frames of a continuum.

A mark is a point of the face: it is found in one shape and followed through the steps
by the mesh. Where only a measurement of the whole face is known, the pixels say where
most of it comes from.
"""

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit._core.finding import Finding
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.morph.integer_weights import step_shares
from morphkit.morph.trajectory import VIA
from morphkit.quality.checks.end_agreement import states_of
from morphkit.quality.checks.evidence import Evidence
from morphkit.quality.checks.kinds import Place, Point, Sight
from morphkit.quality.filters import gaussian, laplacian, window_means
from morphkit.quality.measure import face_region

Numbers = npt.NDArray[np.float64]

#: How a sentence names a place and a step.
_POINT = re.compile(r"\((-?\d+), (-?\d+)\)")
_STEP = re.compile(r"\bstep (\d+)")
#: Edges are most visibly doubled where both ends are shown by equal shares.
_HALF = "doubled most here"
#: Radius of the surroundings that are searched by pixels, sides of the face.
_NEAR = 1 / 14


def at_said_point(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return the place that a sentence names as ``(x, y)``, at the step it names."""
    del sight
    said, number = _POINT.search(finding.message), _STEP.search(finding.message)
    if said is None:
        return None
    left, top, _, _ = evidence.images
    point = (float(said[1]) + left, float(said[2]) + top)
    step = int(number[1]) if number else _half_way(evidence)
    if not 1 <= step <= evidence.trajectory.n_steps:
        return None
    shape = evidence.trajectory.face_weights("shape")[step - 1]
    return Place(step, _followed(evidence, point, shape), _face_side(evidence) / 24)


def at_ghosting(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return where edges are doubled: the ends are compared halfway."""
    del finding, sight
    ends = evidence.ends
    if ends is None:
        return None
    marks = _followed(evidence, ends.ghosting_place, _half_way_shape(evidence))
    reach = max(ends.ghosting_shift, _face_side(evidence) / 16)
    return Place(_half_way(evidence), marks, reach, _HALF, _quarters(evidence))


def at_doubled_spot(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return where a spot appears twice; the mark is between both places, halfway."""
    del finding, sight
    ends = evidence.ends
    if ends is None or ends.spot_places is None:
        return None
    (x, y), (u, v) = ends.spot_places
    middle = ((x + u) / 2, (y + v) / 2)
    marks = _followed(evidence, middle, _half_way_shape(evidence))
    reach = max(0.8 * float(np.hypot(u - x, v - y)), _face_side(evidence) / 32)
    return Place(_half_way(evidence), marks, reach, _HALF, _quarters(evidence))


def at_worst_landmark(
    finding: Finding, evidence: Evidence, sight: Sight
) -> Place | None:
    """Return where the worst landmark is, and an arrow to where it is matched.

    At the second end both lie apart: the landmark there, and what the mesh carries
    there from the landmark of the first end.
    """
    del finding
    ends, template = evidence.ends, sight.template
    if ends is None or ends.landmark_place is None:
        return None
    least = _face_side(evidence) / 30
    shapes = evidence.trajectory.face_weights("shape")
    if template is None or ends.landmark not in template.points:
        marks = _followed(evidence, ends.landmark_place, shapes[-1])
        return _at_second_end(evidence, len(shapes), marks, least)
    index = template.points.index(ends.landmark)
    places = evidence.mesh.landmarks[:, index] / UNITS_PER_PIXEL
    off = np.linalg.norm(places[1:] - np.array(ends.landmark_place), axis=1)
    second = 1 + int(off.argmin())
    first = np.eye(len(places))[second - 1]
    tips = _followed(evidence, _points(places)[second - 1], first)
    marks = _points(_paths(evidence)[:, index])
    step = 1 + int(shapes[:, second].argmax())
    (x, y), (u, v) = marks[step - 1], tips[step - 1]
    reach = max(least, 1.3 * float(np.hypot(u - x, v - y)))
    return _at_second_end(evidence, step, marks, reach, tips)


def _at_second_end(
    evidence: Evidence,
    step: int,
    marks: tuple[Point, ...],
    reach: float,
    tips: tuple[Point, ...] = (),
) -> Place:
    """Return a place that is looked at where the second of two ends is shown."""
    between = ((_half_way(evidence), ""), (step - 1, ""))
    word = "arrow: its match" if tips else ""
    return Place(step, marks, reach, word, between, tips)


def at_differing_opening(
    finding: Finding, evidence: Evidence, sight: Sight
) -> Place | None:
    """Return where the opening is that differs most between the ends."""
    del finding
    ends, template = evidence.ends, sight.template
    if ends is None or not ends.openings or template is None:
        return None
    name = max(ends.openings, key=lambda opening: ends.openings[opening])
    return _around_openings(evidence, (o for o in template.openings if o.name == name))


def at_tied_openings(
    finding: Finding, evidence: Evidence, sight: Sight
) -> Place | None:
    """Return where a mouth or an eye is open in one face and closed in the other.

    Of several the largest is shown.
    """
    del finding
    if sight.template is None:
        return None
    faces = evidence.mesh.landmarks / UNITS_PER_PIXEL
    states = states_of(faces[0], faces[-1], sight.template)
    tied = [o for o in sight.template.openings if len(set(states[o.name])) == 2]
    return _around_openings(evidence, tied)


def at_named_landmarks(
    finding: Finding, evidence: Evidence, sight: Sight
) -> Place | None:
    """Return where the first landmark is that a sentence names in quotes."""
    if sight.template is None:
        return None
    names = sight.template.points
    said = [n for n in re.findall(r'"([^"]+)"', finding.message) if n in names]
    if not said:
        return None
    path = _paths(evidence)[:, names.index(said[0])]
    return Place(_half_way(evidence), _points(path), _face_side(evidence) / 24, "")


def at_clipping(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return where most of the face is clipped, at the step with most of it."""
    del finding
    step = int(evidence.scores.per_frame["clipped"].argmax()) + 1
    codes = sight.frame(step)
    clipped = ((codes == 0) | (codes == 255)).any(axis=2)
    return _densest(evidence, step, clipped.astype(np.float64))


def at_detail_gain(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return where a face has most detail that its ends do not have there."""
    return _off_detail(finding, evidence, sight, 1.0)


def at_detail_loss(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return where a face lacks most detail that its ends have there."""
    return _off_detail(finding, evidence, sight, -1.0)


def whole_at_said_step(
    finding: Finding, evidence: Evidence, sight: Sight
) -> Place | None:
    """Return the whole frame, at the step that a sentence names."""
    del sight
    number = _STEP.search(finding.message)
    known = number and 1 <= int(number[1]) <= evidence.trajectory.n_steps
    return Place(int(number[1])) if number and known else None


def whole_ends(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return the whole frames at both ends."""
    del finding, sight
    return Place(1, word="", shown=((evidence.trajectory.n_steps, ""),))


def whole_steps(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return the whole frames on both sides of the largest and the smallest step."""
    del finding, sight
    spacing = evidence.primary
    if spacing is None:
        return None
    most, least = int(spacing.steps.argmax()) + 1, int(spacing.steps.argmin()) + 1
    small = {least: "smallest step:", least + 1: "to here"}
    said = small | {most: "largest step:", most + 1: "to here"}
    if most == least + 1:
        said[most] = "smallest to here, largest:"
    if least == most + 1:
        said[least] = "largest to here, smallest:"
    word = said.pop(most + 1)
    return Place(most + 1, word=word, shown=tuple(said.items()))


def whole_edges(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return the whole frames at the ends and next to them."""
    del finding, sight
    n = evidence.trajectory.n_steps
    return Place(1, word="", shown=((2, ""), (n - 1, "")))


def _half_way(evidence: Evidence) -> int:
    """Return the step nearest to the middle, where the ends are compared."""
    return int(np.abs(evidence.trajectory.levels - 0.5).argmin()) + 1


def _quarters(evidence: Evidence) -> tuple[tuple[int, str], ...]:
    """Return the steps halfway to a third anchor; () without one."""
    if not evidence.trajectory.via:
        return ()
    levels, wanted = evidence.trajectory.levels, (VIA / 2, VIA, 1 - VIA / 2)
    nearest = (int(np.abs(levels - level).argmin()) + 1 for level in wanted)
    return tuple((step, "") for step in nearest)


def _half_way_shape(evidence: Evidence) -> Numbers:
    """Return the share of every face in the shape halfway between the ends."""
    trajectory = evidence.trajectory
    shares = trajectory.face_weights("shape")
    return np.array([np.interp(0.5, trajectory.levels, row) for row in shares.T])


def _followed(evidence: Evidence, point: Point, shape: Numbers) -> tuple[Point, ...]:
    """Return where a point of the mesh in one shape lies at every step.

    A point outside the mesh stays where it is.
    """
    mesh, n_steps = evidence.mesh, evidence.trajectory.n_steps
    here = (float(point[0]), float(point[1]))
    if not all(-1 <= at <= side for at, side in zip(here, mesh.size, strict=True)):
        return (here,) * n_steps
    nodes = mesh.frame_nodes / UNITS_PER_PIXEL
    corners = np.einsum("k,kpx->px", shape, nodes)[mesh.triangles]
    edges = corners[:, 1:] - corners[:, :1]  # M, 2, xy
    area = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    away = np.array(here) - corners[:, 0]
    safe = np.where(area == 0, np.inf, area)
    two = (away[:, 0] * edges[:, 1, 1] - away[:, 1] * edges[:, 1, 0]) / safe
    three = (edges[:, 0, 0] * away[:, 1] - edges[:, 0, 1] * away[:, 0]) / safe
    shares = np.stack([1.0 - two - three, two, three], axis=1)
    shares[area == 0] = -np.inf
    best = int(shares.min(axis=1).argmax())
    if shares[best].min() < -1e-6:
        return (here,) * n_steps
    weights = evidence.trajectory.face_weights("shape")
    moved = np.einsum("sk,kpx->spx", weights, nodes[:, mesh.triangles[best]])
    return _points((shares[best][:, None] * moved).sum(axis=1))


def _points(path: Points) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in path)


def _paths(evidence: Evidence) -> npt.NDArray[np.float64]:
    """Return the landmarks at every step, (N, L, 2)."""
    weights = evidence.trajectory.face_weights("shape")
    landmarks = evidence.mesh.landmarks / UNITS_PER_PIXEL
    return np.asarray(np.einsum("sk,kpx->spx", weights, landmarks))


def _face_side(evidence: Evidence) -> float:
    """Return the longer side of the face, pixels."""
    points = evidence.mesh.landmarks.reshape(-1, 2) / UNITS_PER_PIXEL
    return float(np.ptp(points, axis=0).max())


def _around_openings(evidence: Evidence, openings: Iterable[Opening]) -> Place | None:
    """Return the place of the widest of some openings; None of none."""
    paths = _paths(evidence)
    found: list[tuple[float, list[int]]] = []
    for opening in openings:
        edge = sorted({*opening.upper, *opening.lower})
        width = float(np.ptp(paths[:, edge], axis=(0, 1)).max())
        found.append((width, edge))
    if not found:
        return None
    width, edge = max(found)
    marks = _points(paths[:, edge].mean(axis=1))
    return Place(_half_way(evidence), marks, 0.65 * width, "")


def _off_detail(
    finding: Finding, evidence: Evidence, sight: Sight, sign: float
) -> Place | None:
    """Return where fine detail departs most from the line between the ends."""
    number = _STEP.search(finding.message)
    if number is None:
        return None
    step, n = int(number[1]), evidence.trajectory.n_steps
    if not 1 <= step <= n:
        return None
    near = max(_NEAR * _face_side(evidence) / 2, 1.0)

    def fine(at: int) -> Numbers:
        grey = sight.frame(at) @ np.array([54, 183, 19], np.int32) / 256.0
        return np.asarray(gaussian(laplacian(grey) ** 2, near))

    levels = evidence.trajectory.levels
    share = float((levels[step - 1] - levels[0]) / (levels[-1] - levels[0]))
    line = (1.0 - share) * fine(1) + share * fine(n)
    return _densest(evidence, step, sign * (fine(step) - line))


def _densest(evidence: Evidence, step: int, amount: Numbers) -> Place | None:
    """Return where in the face at a step most of an amount lies together."""
    shape = step_shares(evidence.trajectory).rows(step - 1)[0]
    level = float(evidence.trajectory.levels[step - 1])
    inside = face_region(evidence.mesh, level, shape)
    if not inside.any():
        return None
    reach = max(_NEAR * _face_side(evidence), 2.0)
    dense = np.where(inside, amount, 0.0)
    for axis in range(2):
        dense = window_means(dense, 2 * round(reach) + 1, axis=axis)
    y, x = np.unravel_index(int(np.where(inside, dense, -np.inf).argmax()), dense.shape)
    weights = evidence.trajectory.face_weights("shape")[step - 1]
    marks = _followed(evidence, (float(x), float(y)), weights)
    return Place(step, marks, 1.3 * reach)
