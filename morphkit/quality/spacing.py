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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import frozen
from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.quality.metrics import METRICS, Metric
from morphkit.quality.metrics.frames import AnyFrame, Unrounded
from morphkit.quality.regions import REGIONS, Region

Numbers = npt.NDArray[np.float64]
FrameAt = Callable[[float], Any]

#: Local exponents with which a distance is summed up to a length.
ADDITIVE = (0.95, 1.05)
#: The exponent is measured on steps of this share of the whole range, and their halves.
PROBE = 1 / 14
#: Where along the range it is measured.
PROBED = (1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6)
#: Measures of the spacing unless a recipe names others; the first is the primary one.
DEFAULT_MEASURES = ("gabor_jet_face256", "ciede2000_mean_face256", "ssim_root_face256")
#: Name of the measure of landmarks.
LANDMARKS = "landmark_displacement"
#: How predicted steps were seen: before or after rounding to the 8 bits of a file.
Precision = Literal["float", "8-bit"]
FLOAT: Final = "float"
EIGHT_BIT: Final = "8-bit"


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


def measure_names() -> dict[str, tuple[str, str]]:
    """Return metric and region of every measure by its name."""
    return {f"{m}_{r}": (m, r) for m in METRICS for r in REGIONS}


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


@dataclass(frozen=True, eq=False)
class Spacing:
    """Distances along a continuum, in one measure.

    Parameters
    ----------
    measure : str
        Metric, crop, mask and size in one name.
    unit : str
        Of the distances.
    levels : array-like, shape (N,)
    steps : array-like, shape (N - 1,)
        Distance of every frame to the next.
    from_first, from_last : array-like, shape (N,)
        Distance of every frame to the first and to the last.
    exponent : float or None
        Median local exponent; None where it could not be measured.
    precision : str
        ``"float"`` before rounding, ``"8-bit"`` from the files.
    """

    measure: str
    unit: str
    levels: Numbers
    steps: Numbers
    from_first: Numbers
    from_last: Numbers
    exponent: float | None
    precision: Precision = FLOAT

    def __post_init__(self) -> None:
        n = len(self.levels)
        for name, length in (
            ("levels", n),
            ("steps", n - 1),
            ("from_first", n),
            ("from_last", n),
        ):
            values = np.asarray(getattr(self, name), np.float64)
            if n < 2 or values.shape != (length,) or not np.isfinite(values).all():
                raise InputError(f"{values.size} {name} of a spacing of {n} levels")
            object.__setattr__(self, name, frozen(values))

    @property
    def additive(self) -> bool:
        """Whether distances may be summed up to the length of a path."""
        return self.exponent is not None and ADDITIVE[0] <= self.exponent <= ADDITIVE[1]

    @property
    def cumulative(self) -> Numbers | None:
        """Share of the path up to every frame, 0 to 1; None if it has no length."""
        total = self.steps.sum()
        if not self.additive or total == 0:
            return None
        return np.concatenate([[0.0], np.cumsum(self.steps) / total])

    @property
    def cv(self) -> float:
        """Standard deviation of the steps over their mean; 0 if nothing changes."""
        mean = float(self.steps.mean())
        return float(self.steps.std()) / mean if mean else 0.0

    @property
    def max_min(self) -> float | None:
        """Largest step over the smallest; None if two neighbours are alike."""
        least = float(self.steps.min())
        return float(self.steps.max()) / least if least > 0 else None

    @property
    def departure(self) -> float | None:
        """Largest departure of the cumulative curve from a line of equal steps."""
        path = self.cumulative
        if path is None:
            return None
        return float(np.abs(path - np.linspace(0, 1, len(path))).max())

    @property
    def edge_ratio(self) -> float | None:
        """Mean of the first and last step over the median of those between."""
        inner = self.steps[1:-1]
        if not inner.size or not np.median(inner) > 0:
            return None
        return float((self.steps[0] + self.steps[-1]) / 2 / np.median(inner))

    @property
    def half_level(self) -> float | None:
        """Level halfway along the path."""
        path = self.cumulative
        if path is None:
            return None
        return float(np.interp(0.5, path, self.levels))

    @property
    def straightness(self) -> float | None:
        """Distance of the ends over the length of the path; 1 is straight."""
        if self.cumulative is None:
            return None
        return float(self.from_first[-1] / self.steps.sum())

    @property
    def setbacks(self) -> tuple[int, ...]:
        """Frames, from 1, that are not farther from an end than the one before."""
        away = np.flatnonzero(np.diff(self.from_first) <= 0) + 2
        near = np.flatnonzero(np.diff(self.from_last) >= 0) + 2
        return tuple(sorted({*away.tolist(), *near.tolist()}))

    @property
    def monotone(self) -> bool:
        """Whether every frame is farther from the first and nearer to the last."""
        return not self.setbacks

    def summary(self) -> dict[str, Any]:
        """Return everything that is computed from the steps, as a JSON object."""
        return {
            "unit": self.unit,
            "precision": self.precision,
            "exponent": self.exponent,
            "additive": self.additive,
            "mean_step": float(self.steps.mean()),
            "cv": self.cv,
            "max_min": self.max_min,
            "departure": self.departure,
            "edge_ratio": self.edge_ratio,
            "half_level": self.half_level,
            "straightness": self.straightness,
            "monotone": self.monotone,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the spacing as a JSON object that `from_dict` reads."""
        return {
            "unit": self.unit,
            "levels": self.levels.tolist(),
            "steps": self.steps.tolist(),
            "from_first": self.from_first.tolist(),
            "from_last": self.from_last.tolist(),
            "exponent": self.exponent,
            "precision": self.precision,
        }

    @classmethod
    def from_dict(cls, measure: str, data: Mapping[str, Any]) -> "Spacing":
        """Return the spacing of a JSON object.

        Raises
        ------
        InputError
            If something in it is missing or does not fit.
        """
        try:
            return cls(measure, **data)
        except (TypeError, ValueError) as error:
            raise InputError(f"no spacing ({error})", where=measure) from None


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
