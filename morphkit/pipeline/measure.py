"""Measuring a planned continuum before its frames are rounded to 8 bits.

The frames are those of the files, before mask and crop, grey and matched if the recipe
says so. They are rendered here at arbitrary levels, since the local exponent of a
measure is found between the steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.morph.finish import Finish
from morphkit.morph.integer_weights import StepShares, step_shares
from morphkit.morph.scene import PreparedScene, Scene
from morphkit.morph.trajectory import VIA, Trajectory
from morphkit.pipeline.plan import ContinuumPlan
from morphkit.pixels import ONE
from morphkit.pixels.spec import Int16
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks.end_agreement import (
    compare_ends,
    eye_distance_of,
    states_of,
)
from morphkit.quality.distances import Spacing
from morphkit.quality.metrics.frames import Unrounded
from morphkit.quality.regions import face_region
from morphkit.quality.spacing import (
    Gauge,
    find_measures,
    landmark_measure,
    measure_spacing,
)

Codes = npt.NDArray[np.float64]
Shares = tuple[tuple[int, ...], ...]


def frame_maker(
    prepared: PreparedScene, finish: Finish
) -> Callable[[float], Codes | Unrounded]:
    """Return a function that renders the frame of a scene at any level.

    Returns
    -------
    callable
        ``frame_at(level)``: unrounded sRGB code values in [0, 1], (H, W, 3), before
        mask and crop. Levels of shape and colour are interpolated from the steps.
    """
    trajectory = prepared.scene.trajectory

    def frame_at(level: float) -> Codes | Unrounded:
        shares = shares_at(trajectory, level)
        if finish.keeps_frames:
            return Unrounded(prepared.samples(shares), prepared.scale)
        return finish.codes(prepared, level, prepared.codes(shares))

    return frame_at


def shares_at(trajectory: Trajectory, level: float) -> Shares:
    """Return the share of every photograph at any level, as those of a step."""
    return step_shares(at_levels(trajectory, [level, level + 1e-4])).rows(0)


def gauge_of(plan: ContinuumPlan, prepared: PreparedScene) -> Gauge:
    """Return what measures the frames of a continuum, each looked at once.

    Best is the last first, so that it need not keep what it sees of the others.
    """
    measures = find_measures(plan.recipe.checks.measures, prepared.scene.mesh)
    return Gauge(measures, plan.trajectory.levels.tolist())


def look_at(
    gauge: Gauge, prepared: PreparedScene, step: int, samples: Int16 | None
) -> None:
    """Let a gauge look at the frame of a step while it is there.

    Parameters
    ----------
    gauge : Gauge
    prepared : PreparedScene
    step : int
        From 0.
    samples : ndarray or None
        From `Finish.picture_and_samples`; nothing is done if they are None, or not
        those of the level of the step.
    """
    trajectory = prepared.scene.trajectory
    level = float(trajectory.levels[step])
    if gauge.has(level):
        return
    if samples is None:
        return
    if prepared.shares.rows(step) == _shares_at_steps(trajectory).rows(step):
        gauge.add(level, Unrounded(samples, prepared.scale))


@lru_cache(maxsize=16)  # one for each continuum at work
def _shares_at_steps(trajectory: Trajectory) -> StepShares:
    """Return what `shares_at` gives at the levels of all steps."""
    return step_shares(at_levels(trajectory, trajectory.levels.tolist()))


def at_levels(trajectory: Trajectory, levels: Sequence[float]) -> Trajectory:
    """Return a trajectory at other levels, with shape and colour interpolated."""

    def follow(own: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float64] | None:
        return None if own is None else np.interp(levels, trajectory.levels, own)

    return replace(
        trajectory,
        levels=np.array(levels),
        shape_levels=follow(trajectory.shape_levels),
        colour_levels=follow(trajectory.colour_levels),
    )


@dataclass(frozen=True, eq=False)
class Predicted:
    """Measurements of a continuum before it is written.

    Parameters
    ----------
    spacings : dict of str to Spacing
        By measure, in the order of the recipe; landmarks last, if eyes are defined.
    ends : EndAgreement or None
        None unless every step is made from two photographs.
    """

    spacings: dict[str, Spacing]
    ends: EndAgreement | None


def measure_plan(
    plan: ContinuumPlan, finish: Finish, prepared: PreparedScene, gauge: Gauge
) -> Predicted:
    """Return spacing and match of a planned continuum.

    Frames that the gauge has looked at are not rendered again.

    Raises
    ------
    InputError
        If the landmarks have no extent.
    """
    levels = plan.trajectory.levels.tolist()
    scene = prepared.scene
    frame_at = frame_maker(prepared, finish)
    spacings = measure_spacing(frame_at, levels, gauge.measures.values(), gauge=gauge)
    return Predicted(spacings | _landmark_spacing(plan, scene), _match(plan, prepared))


def _landmark_spacing(plan: ContinuumPlan, scene: Scene) -> dict[str, Spacing]:
    """Return landmark displacements by name of the measure; empty without eyes."""
    eye_distance = eye_distance_of(scene.mesh, _template_of(plan))
    if not eye_distance:
        return {}
    points = scene.mesh.landmarks / UNITS_PER_PIXEL

    def places(level: float) -> npt.NDArray[np.float64]:
        both = at_levels(plan.trajectory, [level, level + 1e-4])
        weights = both.face_weights("shape")[0]
        return np.asarray((weights[:, None, None] * points).sum(axis=0))

    levels = plan.trajectory.levels.tolist()
    return measure_spacing(places, levels, [landmark_measure(eye_distance)])


def _template_of(plan: ContinuumPlan) -> Template:
    """Return the template of the landmarks of a plan."""
    return plan.faces[0].face.landmarks.template


def _match(plan: ContinuumPlan, prepared: PreparedScene) -> EndAgreement | None:
    """Return how well the ends match halfway, or halfway to a third anchor."""
    pairs = []
    for level in (VIA / 2, 1 - VIA / 2) if plan.trajectory.via else (0.5,):
        half_way = at_levels(plan.trajectory, [level, level + 1e-4])
        shape, colour, *_ = step_shares(half_way).rows(0)
        seen = [k for k, share in enumerate(colour) if share]
        if len(seen) == 2 and seen == [k for k, share in enumerate(shape) if share]:
            pairs.append((seen[0], seen[1], shape))
    if not pairs:
        return None
    scene = prepared.scene
    region = face_region(scene.mesh)
    template = _template_of(plan)
    found = []
    for first, second, shape in pairs:
        alone = [
            tuple(ONE if k == end else 0 for k in range(len(plan.faces)))
            for end in (first, second)
        ]
        pictures = (  # one after the other, so that one frame is held at once
            Unrounded(
                prepared.samples((shape, end, end), detail="plain"), prepared.scale
            )
            for end in alone
        )
        states = states_of(
            plan.faces[first].face.landmarks.points,
            plan.faces[second].face.landmarks.points,
            template,
        )
        found.append(
            compare_ends(
                pictures,
                region,
                scene.mesh,
                (first, second),
                states,
                template,
            )
        )
    return max(found, key=lambda ends: ends.ghosting)
