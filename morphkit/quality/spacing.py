"""How far apart the frames of a continuum are, and how evenly.

Equal levels are not equal distances. Steps between neighbours are measured here, and
the path is summed up where that means anything; `equal_levels` finds levels of
equal steps.

A distance may be summed over steps only if half a step is half as far: its local
exponent p in d(h) ~ h^p must be about 1. √(1 - SSIM) often fails this, and by anything
that grows with the square of a difference a path of many small steps has no length.

Conventions
-----------
Frames are code values in [0, 1], float, best before they were rounded to 8 bits:
rounding adds to every small step, and makes a path look more even than it is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.quality.distances import EIGHT_BIT, FLOAT, Numbers, Precision, Spacing
from morphkit.quality.measures import LANDMARKS, measure_names
from morphkit.quality.metrics import METRICS, Metric
from morphkit.quality.metrics.frames import AnyFrame, Unrounded
from morphkit.quality.regions import REGIONS, Region

FrameAt = Callable[[float], Any]

#: The exponent is measured on steps of this share of the whole range, and their halves.
PROBE = 1 / 14
#: Where along the range it is measured.
PROBED = (1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6)


@dataclass(frozen=True, eq=False)
class Measure:
    """What a spacing is measured with: usually a metric on a region.

    Parameters
    ----------
    name : str
        Names of metric and region, such as ``"gabor_jet_face256"``.
    unit : str
        Of the distances.
    prepare : callable
        ``prepare(picture)`` gives what is compared of a frame, or of the region of it.
    distance : callable
        ``distance(a, b) -> float`` of two features.
    region : Region, optional
        What is cut out of a frame first; None takes the frame as it is.
    """

    name: str
    unit: str
    prepare: Callable[[Any], Any]
    distance: Callable[[Any, Any], float]
    region: Region | None = None

    def features(self, frame: Any) -> Any:
        """Return what is compared of a frame."""
        return self.prepare(frame if self.region is None else self.region.cut(frame))


def find_measure(name: str, correspondence: Correspondence) -> Measure:
    """Return the measure of a name for the frames of one continuum.

    Raises
    ------
    InputError
        If there is no such measure, or the landmarks have no extent.
    """
    return find_measures([name], correspondence)[0]


def find_measures(
    names: Iterable[str], correspondence: Correspondence
) -> list[Measure]:
    """Return measures that share their regions; errors as in `find_measure`."""
    regions: dict[str, Region] = {}
    found = []
    for name in names:
        key, where = look_up(measure_names(), name, kind="measure")
        if where not in regions:
            regions[where] = REGIONS[where].find(correspondence)
        found.append(_measure(name, METRICS[key], regions[where]))
    return found


def _measure(name: str, metric: Metric, region: Region) -> Measure:
    """Return the measure of a metric on a region."""

    def prepare(picture: AnyFrame) -> Any:
        return metric.prepare(picture, region.mask)

    return Measure(name, metric.unit, prepare, metric.distance, region)


def landmark_measure(eye_distance: float) -> Measure:
    """Return the measure of how far landmarks move, in percent of the eye distance.

    It compares landmarks, ``(L, 2)`` in pixels, instead of frames.

    Parameters
    ----------
    eye_distance : float
        Between the centres of the eyes, pixels.

    Raises
    ------
    InputError
        If it is not more than 0.
    """
    if not eye_distance > 0:
        raise InputError(f"eyes {eye_distance} pixels apart")

    def distance(a: Numbers, b: Numbers) -> float:
        moved = np.hypot(a[:, 0] - b[:, 0], a[:, 1] - b[:, 1])
        return float(100.0 * moved.mean() / eye_distance)

    return Measure(LANDMARKS, "% of the eye distance", lambda points: points, distance)


class Gauge:
    """Looks at every frame once, and measures between any two of them.

    Parameters
    ----------
    measures : sequence of Measure
    levels : sequence of float, optional
        Of the steps of one continuum. Only what its spacing needs is then measured, as
        soon as both frames were looked at, and what was seen of a frame is let go when
        it was compared with all others. Best is the last frame first: every other is
        compared with it.
    """

    def __init__(
        self, measures: Iterable[Measure], levels: Sequence[float] | None = None
    ) -> None:
        self.measures = {measure.name: measure for measure in measures}
        self._seen: dict[float, dict[str, Any]] = {}
        self._known: dict[tuple[str, float, float], float] = {}
        self._added: set[float] = set()
        self._others = None if levels is None else _compared(levels)

    def has(self, level: float) -> bool:
        """Return whether the frame of a level was looked at."""
        return level in self._added

    def add(self, level: float, frame: AnyFrame | Unrounded) -> None:
        """Look at the frame of a level; every region of it is cut out once."""
        cut: dict[int, Any] = {id(None): frame}
        found = {}
        for name, measure in self.measures.items():
            key = id(measure.region)
            if measure.region is not None and key not in cut:
                cut[key] = measure.region.cut(frame)
            found[name] = measure.prepare(cut[key])
        self._seen[level] = found
        self._added.add(level)
        if self._others is not None:
            self._compare(level, self._others)

    def _compare(self, level: float, others: dict[float, set[float]]) -> None:
        """Measure a new frame against what is waiting for it; let go what is done."""
        for other in sorted(others.setdefault(level, set()) & self._seen.keys()):
            for name in self.measures:
                self.distance(name, level, other)
            others[level].discard(other)
            others[other].discard(level)
        self._seen = {each: found for each, found in self._seen.items() if others[each]}

    def distance(self, name: str, a: float, b: float) -> float:
        """Return the distance of the frames of two levels in a measure."""
        key = (name, min(a, b), max(a, b))
        if key not in self._known:
            first, second = (self._seen[level][name] for level in key[1:])
            self._known[key] = self.measures[name].distance(first, second)
        return self._known[key]

    def spacing(
        self,
        name: str,
        levels: Sequence[float],
        probes: Sequence[tuple[float, float, float]],
        precision: Precision = FLOAT,
    ) -> Spacing:
        """Return the spacing of levels whose frames were added, and of the probes."""
        measure = self.measures[name]
        found = [self._exponent(name, probe) for probe in probes]
        known = [p for p in found if p is not None]
        return Spacing(
            measure=name,
            unit=measure.unit,
            levels=np.array(levels),
            steps=np.array([self.distance(name, a, b) for a, b in pairwise(levels)]),
            from_first=np.array([self.distance(name, levels[0], b) for b in levels]),
            from_last=np.array([self.distance(name, a, levels[-1]) for a in levels]),
            exponent=float(np.median(known)) if known else None,
            precision=precision,
        )

    def _exponent(self, name: str, probe: tuple[float, float, float]) -> float | None:
        """Return p of d(h) ~ h^p from a step and its halves."""
        start, middle, end = probe
        whole = self.distance(name, start, end)
        halves = self.distance(name, start, middle) + self.distance(name, middle, end)
        if not (whole > 0 and halves > 0):
            return None
        return float(np.log2(2 * whole / halves))


def _compared(levels: Sequence[float]) -> dict[float, set[float]]:
    """Return with which others the frame of every level is compared in a spacing."""
    pairs = {*pairwise(levels)}
    pairs |= {
        pair for level in levels for pair in ((levels[0], level), (level, levels[-1]))
    }
    for start, middle, end in probes_between(levels):
        pairs |= {(start, middle), (middle, end), (start, end)}
    found: dict[float, set[float]] = {}
    for a, b in pairs:
        found.setdefault(a, set()).add(b)
        found.setdefault(b, set()).add(a)
    return found


def probes_between(levels: Sequence[float]) -> list[tuple[float, float, float]]:
    """Return steps and their middles at which exponents are measured.

    They begin at the frames nearest to the sixths of the range, ends left out, and
    are as wide as a fourteenth of it, or as the step there if that is narrower.

    Returns
    -------
    list of (float, float, float)
        Levels of start, middle and end; some of them are levels of frames.
    """
    first, last = levels[0], levels[-1]
    inner = list(levels[1:-1])
    found = []
    for share in PROBED:
        start = first + share * (last - first)
        end = start + PROBE * (last - first)
        if inner:
            start = min(inner, key=lambda level: abs(level - start))
            following = levels[list(levels).index(start) + 1]
            end = min(start + PROBE * (last - first) * (1 + 1e-9), following)
        found.append((start, (start + end) / 2, end))
    return list(dict.fromkeys(found))


def probes_among(levels: Sequence[float]) -> list[tuple[float, float, float]]:
    """Return neighbours of neighbours, ends left out: what files alone allow.

    Steps are then twice as wide as those of the continuum. Three frames about equally
    far apart in level are taken, since halves are asked for.
    """
    found = []
    for start, middle, end in zip(
        levels[1:-1], levels[2:-1], levels[3:-1], strict=False
    ):
        share = (middle - start) / (end - start)
        if 0.4 <= share <= 0.6:
            found.append((start, middle, end))
    return found


def measure_spacing(
    frame_at: FrameAt,
    levels: Sequence[float],
    measures: Iterable[Measure],
    *,
    gauge: Gauge | None = None,
) -> dict[str, Spacing]:
    """Return the spacing of a continuum whose frames can be made at any level.

    Parameters
    ----------
    frame_at : callable
        ``frame_at(level)`` gives a frame, best of unrounded code values.
    levels : sequence of float
        Of the steps, growing.
    measures : iterable of Measure
        From `find_measure`.
    gauge : Gauge, optional
        Of these measures and levels, that has looked at some of the frames already.

    Returns
    -------
    dict of str to Spacing
        By name of the measure.
    """
    levels = [float(level) for level in levels]
    probes = probes_between(levels)
    gauge = Gauge(measures, levels) if gauge is None else gauge
    others = sorted({*levels, *(each for probe in probes for each in probe)})
    for level in (levels[-1], *others):
        if not gauge.has(level):
            gauge.add(level, frame_at(level))
    return {name: gauge.spacing(name, levels, probes) for name in gauge.measures}


def spacing_of_frames(
    frames: Iterable[AnyFrame], levels: Sequence[float], measures: Iterable[Measure]
) -> dict[str, Spacing]:
    """Return the spacing of frames of 8 bits, one for each level, as `measure_spacing`.

    The exponent comes from neighbours of neighbours; with fewer than five frames there
    are none, and nothing is summed up.
    """
    levels = [float(level) for level in levels]
    gauge = Gauge(measures)
    for level, frame in zip(levels, frames, strict=True):
        gauge.add(level, frame)
    probes = probes_among(levels)
    return {
        name: gauge.spacing(name, levels, probes, EIGHT_BIT) for name in gauge.measures
    }
