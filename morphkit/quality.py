"""What is measured on a continuum, and the checks that judge it.

Measurements are sums of integers, so that they repeat on every machine.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from morphkit.arrays import Frame
from morphkit.continuum import Scores
from morphkit.correspondence import UNITS_PER_PIXEL, Correspondence
from morphkit.errors import InputError
from morphkit.finding import SEVERITIES, Finding
from morphkit.limits import LIMITS, Limit
from morphkit.matched_ends import MatchedEnds
from morphkit.pixels import ONE, blend_nodes
from morphkit.pixels.spec import decode_table
from morphkit.shares import step_shares
from morphkit.spacing import ADDITIVE, Spacing
from morphkit.trajectory import VIA, Trajectory
from morphkit.warp.mesh import area_within, place_of, signed_areas


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the checks look at.

    Parameters
    ----------
    trajectory : Trajectory
    correspondence : Correspondence
    photo_sizes : tuple of (int, int)
        Width and height of every photograph.
    scores : Scores
        From `Measuring`.
    spacings : mapping of str to Spacing, optional
        By name of the measure, the primary one first.
    ends : MatchedEnds, optional
        How well the ends match, where that was measured.
    limits : mapping of str to Limit, optional
        From which value on something is told.
    human_scale : str, optional
        The scale of people on which the levels were made equal; empty for none.
    """

    trajectory: Trajectory
    correspondence: Correspondence
    photo_sizes: tuple[tuple[int, int], ...]
    scores: Scores
    spacings: Mapping[str, Spacing] = field(default_factory=dict)
    ends: MatchedEnds | None = None
    limits: Mapping[str, Limit] = field(default_factory=lambda: LIMITS)
    human_scale: str = ""

    @property
    def primary(self) -> Spacing | None:
        """Spacing in the primary measure, if there is one."""
        return next(iter(self.spacings.values()), None)

    def judge(self, name: str, value: float) -> tuple[str, float] | None:
        """Return the severity of a value and the limit that it passes."""
        return self.limits[name].judge(value)


class Measuring:
    """Collects the measurements of frames that come one after the other.

    Parameters
    ----------
    correspondence : Correspondence
        Where the face is.
    """

    def __init__(self, correspondence: Correspondence) -> None:
        self._correspondence = correspondence
        self._frames: list[dict[str, float]] = []
        self._steps: list[dict[str, float]] = []
        self._before: Frame | None = None

    def add(
        self, frame: Frame, level: float, shape: Sequence[int] | None = None
    ) -> None:
        """Measure the next frame; its shares in shape, if the level does not tell."""
        region = face_region(self._correspondence, level, shape)
        self._frames.append(_measure(frame, region))
        if self._before is not None:
            a, b = frame[region], self._before[region]
            difference = np.maximum(a, b) - np.minimum(a, b)
            mean = difference.sum(dtype=np.int64) / max(difference.size, 1)
            self._steps.append({"difference": float(mean)})
        self._before = frame

    def scores(self) -> Scores:
        """Return what was measured so far."""

        def columns(rows: list[dict[str, float]]) -> dict[str, npt.NDArray[np.float64]]:
            return {
                k: np.array([r[k] for r in rows]) for k in (rows[0] if rows else {})
            }

        return Scores(columns(self._frames), columns(self._steps))


def face_region(
    correspondence: Correspondence, level: float, shape: Sequence[int] | None = None
) -> npt.NDArray[np.bool_]:
    """Return which pixels of a frame lie in the hull of the landmarks.

    Parameters
    ----------
    correspondence : Correspondence
    level : float
        Between two photographs.
    shape : sequence of int, optional
        Shares of every photograph in shape, in units of 1/16384, instead of a level.

    Returns
    -------
    ndarray, shape (H, W), dtype bool

    Raises
    ------
    InputError
        If the landmarks lie on one line.
    """
    from scipy.spatial import ConvexHull, QhullError
    from skimage.draw import polygon2mask

    second = round(level * ONE)
    shares = (ONE - second, second) if shape is None else shape
    points = blend_nodes(list(correspondence.landmarks), shares)
    try:
        hull = points[ConvexHull(points).vertices] / UNITS_PER_PIXEL
    except QhullError:
        raise InputError("all landmarks lie on one line") from None
    width, height = correspondence.size
    return np.asarray(polygon2mask((height, width), hull[:, ::-1]))


def _measure(frame: Frame, region: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Return the measurements of one frame."""
    # Rec. 709 luminance of linear light, weights in 1/65536.
    light = decode_table("uint8")[frame].astype(np.int64)
    luminance = (light @ np.array([13933, 46871, 4732])) >> 16
    inner = region[1:-1, 1:-1]
    n = max(int(inner.sum()), 1)
    # Detail on code values: noise and edges weigh there as they look.
    grey = frame.astype(np.int64) @ np.array([54, 183, 19])
    laplacian = (
        4 * grey[1:-1, 1:-1]
        - grey[:-2, 1:-1]
        - grey[2:, 1:-1]
        - grey[1:-1, :-2]
        - grey[1:-1, 2:]
    )[inner]
    face = luminance[1:-1, 1:-1][inner]
    mean = int(face.sum()) / n / 32767
    spread = max(int((face * face).sum()) / n / 32767**2 - mean**2, 0.0)
    clipped = ((frame == 0) | (frame == 255)).any(axis=2) & region
    return {
        "luminance": mean,
        "contrast": spread**0.5,
        "detail": int((laplacian * laplacian).sum()) / n / 256**2,
        "clipped": int(clipped.sum()) / max(int(region.sum()), 1),
    }


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Return the findings of all checks, in the order of the table."""
    return tuple(f for find in CHECKS.values() for f in find(evidence))


def _line(
    values: npt.NDArray[np.float64], trajectory: Trajectory
) -> npt.NDArray[np.float64]:
    """Return the straight line between the first and the last value.

    With a third anchor it bends there: in the value of the step that shows the anchor
    alone, or, where no step does, in the value that fits all steps best.
    """
    levels = trajectory.levels
    own = trajectory.colour_levels
    if own is not None and own[0] != own[-1]:
        levels = own
    share = (levels - levels[0]) / (levels[-1] - levels[0])
    line = values[0] + share * (values[-1] - values[0])
    if not trajectory.via or not levels[0] < VIA < levels[-1]:
        return np.asarray(line)
    # A tent: 0 at both ends, 1 at the anchor.
    tent = np.where(
        levels <= VIA,
        (levels - levels[0]) / (VIA - levels[0]),
        (levels[-1] - levels) / (levels[-1] - VIA),
    )
    there = levels == VIA
    off, by = (
        (values - line, tent)
        if not there.any()
        else (
            (values - line)[there],
            tent[there],
        )
    )
    height = float(off @ by) / max(float(by @ by), 1e-12)
    return np.asarray(line + height * tent)


def departures(evidence: Evidence, name: str) -> npt.NDArray[np.float64]:
    """Return how far a measurement leaves the line between the ends, as fractions.

    Parameters
    ----------
    evidence : Evidence
    name : str
        Name of a measurement of every frame.

    Returns
    -------
    ndarray, shape (N,)
        0 on the line; a face without any (black, flat) is on it.
    """
    values = evidence.scores.per_frame[name]
    line = _line(values, evidence.trajectory)
    return np.asarray((values - line) / np.maximum(line, 1e-9))


def find_folds(evidence: Evidence) -> Iterator[Finding]:
    """Find steps at which the mesh turns over, with place and size."""
    mesh = evidence.correspondence
    worst: tuple[int, int, float, float] | None = None
    shares = step_shares(evidence.trajectory)
    for step in range(1, shares.n_steps + 1):
        nodes = blend_nodes(list(mesh.frame_nodes), shares.rows(step - 1)[0])
        folded = signed_areas(nodes, mesh.triangles) <= 0
        if folded.any() and (worst is None or folded.sum() > worst[1]):
            x, y = place_of(nodes / UNITS_PER_PIXEL, mesh.triangles[folded])
            worst = (step, int(folded.sum()), x, y)
    if worst is not None:
        step, n, x, y = worst
        yield Finding(
            "fold",
            "error",
            f"the mesh folds: {n} triangles around ({x:.0f}, {y:.0f}) at step {step}; "
            "check the landmarks there",
            value=float(n),
            limit=0.0,
        )


def find_outside(evidence: Evidence) -> Iterator[Finding]:
    """Find photographs that do not reach the edge of the frame."""
    mesh = evidence.correspondence
    for k, photo_size in enumerate(evidence.photo_sizes):
        nodes = np.hstack([mesh.frame_nodes[k], mesh.photo_nodes[k]]) / UNITS_PER_PIXEL
        high = np.array([*mesh.size, *photo_size]) - 0.5
        shown = area_within(nodes[mesh.triangles], np.full(4, -0.5), high)
        share = round(1 - shown / (mesh.size[0] * mesh.size[1]), 6)
        if judged := evidence.judge("outside-photo", share):
            yield Finding(
                "outside-photo",
                judged[0],
                f"{share:.1%} of the frame lies outside photograph {k + 1} and repeats "
                "its edge; choose a smaller frame, or photographs with more around the "
                "face",
                value=share,
                limit=judged[1],
            )


def find_enlarged(evidence: Evidence) -> Iterator[Finding]:
    """Find photographs with fewer pixels than the frame shows."""
    mesh = evidence.correspondence
    for k in range(mesh.n_ends):
        photo = np.abs(signed_areas(mesh.photo_nodes[k], mesh.triangles)).sum()
        frame = np.abs(signed_areas(mesh.frame_nodes[k], mesh.triangles)).sum()
        times = float(np.sqrt(frame / photo))
        if judged := evidence.judge("enlarged", times):
            yield Finding(
                "enlarged",
                judged[0],
                f"photograph {k + 1} is enlarged {times:.2f} times and will look soft; "
                "choose a smaller frame",
                value=times,
                limit=judged[1],
            )


def find_luminance_drift(evidence: Evidence) -> Iterator[Finding]:
    """Find frames whose face is brighter or darker than between the ends."""
    yield from _find_drift(evidence, "luminance-drift", "luminance", "light")


def find_contrast_drift(evidence: Evidence) -> Iterator[Finding]:
    """Find frames whose face has more or less contrast than between the ends."""
    yield from _find_drift(evidence, "contrast-drift", "contrast", "contrast")


def _find_drift(
    evidence: Evidence, code: str, name: str, word: str
) -> Iterator[Finding]:
    """Find the frame whose measurement is farthest off the line between the ends."""
    drift = departures(evidence, name)
    step = int(np.abs(drift).argmax())
    if judged := evidence.judge(code, abs(float(drift[step]))):
        yield Finding(
            code,
            judged[0],
            f"the {word} of the face at step {step + 1} is {drift[step]:+.1%} off the "
            f"line between the ends (allowed {judged[1]:.0%})",
            value=float(drift[step]),
            limit=judged[1],
        )


def find_detail_loss(evidence: Evidence) -> Iterator[Finding]:
    """Find frames that are softer than between the ends."""
    loss = -departures(evidence, "detail")
    step = int(loss.argmax())
    if judged := evidence.judge("detail-loss", float(loss[step])):
        yield Finding(
            "detail-loss",
            judged[0],
            f"the face at step {step + 1} has {loss[step]:.0%} less fine detail than "
            f"the line between the ends (allowed {judged[1]:.0%})",
            value=float(loss[step]),
            limit=judged[1],
        )


def find_detail_gain(evidence: Evidence) -> Iterator[Finding]:
    """Find frames that are crisper than between the ends."""
    gain = departures(evidence, "detail")
    step = int(gain.argmax())
    if judged := evidence.judge("detail-gain", float(gain[step])):
        yield Finding(
            "detail-gain",
            judged[0],
            f"the face at step {step + 1} has {gain[step]:.0%} more fine detail than "
            f"the line between the ends (allowed {judged[1]:.0%})",
            value=float(gain[step]),
            limit=judged[1],
        )


def find_clipping(evidence: Evidence) -> Iterator[Finding]:
    """Find faces with blown-out or blocked-up skin."""
    values = evidence.scores.per_frame["clipped"]
    step = int(values.argmax())
    if judged := evidence.judge("clipping", float(values[step])):
        yield Finding(
            "clipping",
            judged[0],
            f"{values[step]:.1%} of the face at step {step + 1} is at the end of the "
            f"scale (allowed {judged[1]:.0%})",
            value=float(values[step]),
            limit=judged[1],
        )


def find_ghosting(evidence: Evidence) -> Iterator[Finding]:
    """Find edges that are seen twice because the ends do not match."""
    ends = evidence.ends
    if ends is None or not (judged := evidence.judge("ghosting", ends.ghosting)):
        return
    x, y = ends.ghosting_place
    yield Finding(
        "ghosting",
        judged[0],
        f"{ends.ghosting:.1%} of the edges of the face are doubled half way, most "
        f"around ({x:.0f}, {y:.0f}) by {ends.ghosting_shift:.0f} px; check the "
        f"landmarks there, or refine (allowed {judged[1]:.0%})",
        value=ends.ghosting,
        limit=judged[1],
    )


def find_opening_states(evidence: Evidence) -> Iterator[Finding]:
    """Find a mouth or eye that is open in one picture but not by its landmarks."""
    if evidence.ends is None or not evidence.ends.openings:
        return
    states = evidence.ends.openings
    name = max(states, key=lambda opening: states[opening])
    if judged := evidence.judge("opening-state", states[name]):
        yield Finding(
            "opening-state",
            judged[0],
            f"the {name} looks different at both ends, CIEDE2000 {states[name]:.1f} "
            "more than the face, but its landmarks are alike: teeth or an eyeball will "
            "be half transparent; place the landmarks of its edges by hand "
            f"(allowed {judged[1]:g})",
            value=states[name],
            limit=judged[1],
        )


def find_landmark_errors(evidence: Evidence) -> Iterator[Finding]:
    """Find the landmark that the picture contradicts most."""
    ends = evidence.ends
    if ends is None or ends.landmark_error is None:
        return
    if judged := evidence.judge("landmark-error", ends.landmark_error):
        x, y = ends.landmark_place
        yield Finding(
            "landmark-error",
            judged[0],
            f"{ends.landmark} at ({x:.0f}, {y:.0f}) lies {ends.landmark_error:.1f} % "
            "of the eye distance beside the matched picture; check it at both ends "
            f"(allowed {judged[1]:g} %)",
            value=ends.landmark_error,
            limit=judged[1],
        )


def find_uneven_spacing(evidence: Evidence) -> Iterator[Finding]:
    """Find continua whose steps differ in size in the primary measure."""
    found = evidence.primary
    if found is None:
        return
    if found.max_min is None:
        step = int(found.steps.argmin()) + 1
        yield Finding(
            "spacing-uneven",
            "error",
            f"steps {step} and {step + 1} do not differ in {found.measure} (allowed "
            "is any difference)",
            value=0.0,
            limit=None,
        )
        return
    judged = evidence.judge("spacing-uneven", found.max_min)
    by_curve = evidence.judge("spacing-departure", found.departure or 0.0)
    severities = [one[0] for one in (judged, by_curve) if one]
    if not severities:
        return
    curve = ""
    if found.departure is not None:
        allowed = f" (allowed {by_curve[1]:g})" if by_curve else ""
        curve = f", the path leaves the line of equal steps by {found.departure:.3f}"
        curve += allowed
    limit = judged[1] if judged else evidence.limits["spacing-uneven"].note
    advice = "to make them equal, calibrate respace"
    if evidence.human_scale:
        advice = (
            f"the levels were made equal on a scale of people "
            f"({evidence.human_scale}), which a measure on images need not follow"
        )
    yield Finding(
        "spacing-uneven",
        "note" if evidence.human_scale else min(severities, key=SEVERITIES.index),
        f"the largest step is {found.max_min:.2f} times the smallest in "
        f"{found.measure}{curve}; {advice} "
        f"(allowed {limit if limit is not None else 0:g})",
        value=found.max_min,
        limit=limit,
    )


def find_edge_steps(evidence: Evidence) -> Iterator[Finding]:
    """Find ends that stand apart from the frames between them."""
    found = evidence.primary
    if found is None or found.edge_ratio is None:
        return
    if judged := evidence.judge("edge-steps", found.edge_ratio):
        yield Finding(
            "edge-steps",
            judged[0],
            f"the first and the last step are {found.edge_ratio:.2f} times those "
            f"between in {found.measure} (allowed {judged[1]:g})",
            value=found.edge_ratio,
            limit=judged[1],
        )


def find_setbacks(evidence: Evidence) -> Iterator[Finding]:
    """Find frames that do not lead away from one end and towards the other."""
    turning = [s for s in evidence.spacings.values() if not s.monotone]
    if not turning:
        return
    straight = len(evidence.spacings) - len(turning)
    steps = sorted({step for spacing in turning for step in spacing.setbacks})
    names = ", ".join(spacing.measure for spacing in turning)
    severity = "error" if straight < min(2, len(evidence.spacings)) else "warning"
    yield Finding(
        "not-monotone",
        # A way by a third face turns there, and nobody wants it straight.
        "note" if evidence.trajectory.via else severity,
        f"step {', '.join(map(str, steps))} leads no farther from the first image or "
        f"no nearer to the last in {names} (allowed 0 steps)",
        value=float(len(steps)),
        limit=0.0,
    )


def find_not_additive(evidence: Evidence) -> Iterator[Finding]:
    """Find a primary measure whose steps cannot be summed up to a path."""
    found = evidence.primary
    if found is None or found.additive or found.exponent is None:
        return
    low, high = ADDITIVE
    yield Finding(
        "not-additive",
        "note",
        f"distances in {found.measure} grow with the step to the power of "
        f"{found.exponent:.3f}, so they are not summed up to a path "
        f"(allowed {low} to {high})",
        value=found.exponent,
        limit=low if found.exponent < low else high,
    )


#: Name of a check -> what it finds, in the order of reports.
CHECKS: Mapping[str, Callable[[Evidence], Iterator[Finding]]] = {
    "fold": find_folds,
    "outside-photo": find_outside,
    "enlarged": find_enlarged,
    "ghosting": find_ghosting,
    "opening-state": find_opening_states,
    "landmark-error": find_landmark_errors,
    "luminance-drift": find_luminance_drift,
    "contrast-drift": find_contrast_drift,
    "detail-loss": find_detail_loss,
    "detail-gain": find_detail_gain,
    "clipping": find_clipping,
    "spacing-uneven": find_uneven_spacing,
    "edge-steps": find_edge_steps,
    "not-monotone": find_setbacks,
    "not-additive": find_not_additive,
}
