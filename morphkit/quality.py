"""What is measured on a continuum, and the checks that judge it.

Measurements are sums of integers, so that they repeat on every machine.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit.arrays import Frame
from morphkit.continuum import Scores
from morphkit.correspondence import UNITS_PER_PIXEL, Correspondence
from morphkit.errors import InputError
from morphkit.finding import Finding
from morphkit.pixels import ONE, blend_nodes
from morphkit.pixels.spec import decode_table
from morphkit.trajectory import Trajectory
from morphkit.warp.mesh import area_within, place_of, signed_areas

#: Luminance of the face may leave the line between the ends by this fraction.
LUMINANCE_DRIFT = 0.02
#: Detail may fall below the line between the ends by this fraction.
DETAIL_LOSS = 0.25
#: Share of the frame outside a photograph that is noted, and that is warned of. A
#: photograph turned upright by 1.5 degrees leaves 1.3 % of a square frame free.
OUTSIDE_NOTE, OUTSIDE = 0.01, 0.05
#: Photo pixels per frame pixel below which a photograph is blown up.
ENLARGED = 0.8
#: Share of the face whose code values may be 0 or 255.
CLIPPED = 0.02


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
        From `measure`.
    """

    trajectory: Trajectory
    correspondence: Correspondence
    photo_sizes: tuple[tuple[int, int], ...]
    scores: Scores


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

    def add(self, frame: Frame, level: float) -> None:
        """Measure the next frame."""
        region = face_region(self._correspondence, level)
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


def face_region(correspondence: Correspondence, level: float) -> npt.NDArray[np.bool_]:
    """Return which pixels of a frame lie in the hull of the landmarks.

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
    points = blend_nodes(list(correspondence.landmarks), (ONE - second, second))
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
    values: npt.NDArray[np.float64], levels: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the straight line between the first and the last value."""
    share = (levels - levels[0]) / (levels[-1] - levels[0])
    return np.asarray(values[0] + share * (values[-1] - values[0]))


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
    line = _line(values, evidence.trajectory.levels)
    return np.asarray((values - line) / np.maximum(line, 1e-9))


def find_folds(evidence: Evidence) -> Iterator[Finding]:
    """Find steps at which the mesh turns over, with place and size."""
    mesh = evidence.correspondence
    worst: tuple[int, int, float, float] | None = None
    for step, level in enumerate(evidence.trajectory.levels.tolist(), start=1):
        second = round(level * ONE)
        nodes = blend_nodes(list(mesh.frame_nodes), (ONE - second, second))
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
        if share > OUTSIDE_NOTE:
            yield Finding(
                "outside-photo",
                "warning" if share > OUTSIDE else "note",
                f"{share:.1%} of the frame lies outside photograph {k + 1} and repeats "
                "its edge; choose a smaller frame, or photographs with more around the "
                "face",
                value=share,
                limit=OUTSIDE,
            )


def find_enlarged(evidence: Evidence) -> Iterator[Finding]:
    """Find photographs with fewer pixels than the frame shows."""
    mesh = evidence.correspondence
    for k in range(mesh.n_ends):
        photo = np.abs(signed_areas(mesh.photo_nodes[k], mesh.triangles)).sum()
        frame = np.abs(signed_areas(mesh.frame_nodes[k], mesh.triangles)).sum()
        scale = float(np.sqrt(photo / frame))
        if scale < ENLARGED:
            yield Finding(
                "enlarged",
                "warning",
                f"photograph {k + 1} is enlarged {1 / scale:.2f} times and will look "
                "soft; choose a smaller frame",
                value=scale,
                limit=ENLARGED,
            )


def find_luminance_drift(evidence: Evidence) -> Iterator[Finding]:
    """Find frames whose face is brighter or darker than between the ends."""
    drift = departures(evidence, "luminance")
    step = int(np.abs(drift).argmax())
    if abs(drift[step]) > LUMINANCE_DRIFT:
        yield Finding(
            "luminance-drift",
            "warning",
            f"the face at step {step + 1} is {drift[step]:+.1%} off the line between "
            f"the ends (allowed {LUMINANCE_DRIFT:.0%})",
            value=float(drift[step]),
            limit=LUMINANCE_DRIFT,
        )


def find_detail_loss(evidence: Evidence) -> Iterator[Finding]:
    """Find frames that are softer than between the ends."""
    loss = -departures(evidence, "detail")
    step = int(loss.argmax())
    if loss[step] > DETAIL_LOSS:
        yield Finding(
            "detail-loss",
            "warning",
            f"the face at step {step + 1} has {loss[step]:.0%} less fine detail than "
            f"the line between the ends (allowed {DETAIL_LOSS:.0%})",
            value=float(loss[step]),
            limit=DETAIL_LOSS,
        )


def find_clipping(evidence: Evidence) -> Iterator[Finding]:
    """Find faces with blown-out or blocked-up skin."""
    values = evidence.scores.per_frame["clipped"]
    step = int(values.argmax())
    if values[step] > CLIPPED:
        yield Finding(
            "clipping",
            "warning",
            f"{values[step]:.1%} of the face at step {step + 1} is at the end of the "
            f"scale (allowed {CLIPPED:.0%})",
            value=float(values[step]),
            limit=CLIPPED,
        )


#: Name of a check -> what it finds, in the order of reports.
CHECKS: Mapping[str, Callable[[Evidence], Iterator[Finding]]] = {
    "fold": find_folds,
    "outside-photo": find_outside,
    "enlarged": find_enlarged,
    "luminance-drift": find_luminance_drift,
    "detail-loss": find_detail_loss,
    "clipping": find_clipping,
}
