"""The evidence that checks judge, and the baseline of measurements."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit._core.digits import measured
from morphkit.errors import InputError
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.morph.continuum import Scores
from morphkit.morph.trajectory import VIA, Trajectory
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks.identity_distances import IdentityDistances
from morphkit.quality.distances import Spacing
from morphkit.quality.limits import LIMITS, Limit


@dataclass(frozen=True, eq=False)
class View:
    """What the images of a continuum show of its frame.

    Parameters
    ----------
    template : Template
        Of the landmarks.
    box : (int, int, int, int)
        Left, top, right and bottom of the images in the frame, without padding.
    hides_outside : bool, optional
        Whether a mask hides what some photograph does not show.
    photo_points : tuple of ndarray, shape (L, 2), dtype float64, optional
        The landmarks in every photograph; empty if there are no photographs.
    images : (int, int, int, int), optional
        Left, top, right and bottom of the images in the frame, with padding, and after
        a mask has cropped them; by default `box`.
    """

    template: Template
    box: tuple[int, int, int, int]
    hides_outside: bool = False
    photo_points: tuple[Points, ...] = ()
    images: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, eq=False)
class Evidence:
    """The evidence that checks judge, with the digits that measurements mean.

    What is judged is what is written, so that a pack that is checked again gets the
    findings of its build; `morphkit._core.digits` says how many digits that are.

    Parameters
    ----------
    trajectory : Trajectory
    correspondence : Correspondence or None
        None for a public copy of a pack, which has no meshes.
    photo_sizes : tuple of (int, int)
        Width and height of every photograph.
    scores : Scores
        From `FrameMeasurements`.
    spacings : mapping of str to Spacing, optional
        By name of the measure, the primary one first.
    ends : EndAgreement, optional
        How well the ends match, if measured.
    limits : mapping of str to Limit, optional
        Limits from which a finding is reported.
    human_scale : str, optional
        The perceptual scale on which the levels were equalised; empty for none.
    identity : IdentityDistances, optional
        Distances of the faces from those at the ends, if measured.
    view : View, optional
        What the images show, if that is known.
    """

    trajectory: Trajectory
    correspondence: Correspondence | None
    photo_sizes: tuple[tuple[int, int], ...]
    scores: Scores
    spacings: Mapping[str, Spacing] = field(default_factory=dict)
    ends: EndAgreement | None = None
    limits: Mapping[str, Limit] = field(default_factory=lambda: LIMITS)
    human_scale: str = ""
    identity: IdentityDistances | None = None
    view: View | None = None

    def __post_init__(self) -> None:
        written: dict[str, Any] = {
            "scores": Scores(
                measured(self.scores.per_frame), measured(self.scores.per_step)
            ),
            "spacings": {
                name: Spacing.from_dict(name, measured(each.to_dict()))
                for name, each in self.spacings.items()
            },
            "ends": self.ends and replace(self.ends, **measured(self.ends.to_dict())),
            "identity": self.identity
            and replace(
                self.identity,
                from_first=measured(self.identity.from_first),
                from_last=measured(self.identity.from_last),
            ),
        }
        for name, value in written.items():
            object.__setattr__(self, name, value)

    @property
    def mesh(self) -> Correspondence:
        """The mesh, for checks that need it.

        Raises
        ------
        InputError
            If there is none.
        """
        if self.correspondence is None:
            raise InputError("a public copy of a pack has no meshes to look at")
        return self.correspondence

    @property
    def primary(self) -> Spacing | None:
        """Spacing in the primary measure, if there is one."""
        return next(iter(self.spacings.values()), None)

    @property
    def shown_spacings(self) -> Mapping[str, Spacing]:
        """The spacings, and that in the embedding of faces if there is one."""
        found = self.identity.spacing if self.identity else None
        return {**self.spacings, **({found.measure: found} if found else {})}

    @property
    def images(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the images in the frame."""
        if self.view is not None:
            return self.view.images or self.view.box
        return (0, 0, *self.mesh.size)

    def told(self, point: tuple[float, float], word: str = "around") -> str:
        """Return a place of the frame in words, in pixels of the images.

        What lies outside them is told as such, with the nearest place that they show.
        """
        left, top, right, bottom = self.images
        x, y = round(point[0] - left), round(point[1] - top)
        u, v = min(max(x, 0), right - left - 1), min(max(y, 0), bottom - top - 1)
        outside = "outside the images, nearest to " if (x, y) != (u, v) else f"{word} "
        return f"{outside}({u}, {v})"

    def judge(self, name: str, value: float) -> tuple[str, float] | None:
        """Return the severity of a value and the limit that it exceeds."""
        return self.limits[name].judge(value)


def _baseline(
    values: npt.NDArray[np.float64], trajectory: Trajectory
) -> npt.NDArray[np.float64]:
    """Return the straight line between the first and the last value.

    With a third anchor it bends there: at the value of the step that shows the anchor
    alone or, if no step does, at the value that fits all steps best.
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
    height = float((off * by).sum()) / max(float((by * by).sum()), 1e-12)
    return np.asarray(line + height * tent)


def departures(evidence: Evidence, name: str) -> npt.NDArray[np.float64]:
    """Return how far a measurement departs from the line between the ends.

    Parameters
    ----------
    evidence : Evidence
    name : str
        Name of a measurement of every frame.

    Returns
    -------
    ndarray, shape (N,)
        Fractions; 0 on the line, and where the line is 0 (black, flat).
    """
    values = evidence.scores.per_frame[name]
    line = _baseline(values, evidence.trajectory)
    return np.asarray((values - line) / np.maximum(line, 1e-9))
