"""Measuring a continuum before its frames are rounded to 8 bits.

The frames are those of the files, before mask and crop, grey and matched if the recipe
says so. They are rendered here at arbitrary levels, since the local exponent of a
measure is found between the steps.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image
from morphkit.faces.face import Face
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.morph.finish import Finish
from morphkit.morph.framing import Framing
from morphkit.morph.integer_weights import step_shares
from morphkit.morph.scene import PreparedScene, Scene
from morphkit.morph.trajectory import VIA, Trajectory
from morphkit.pixels import ONE
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks import Evidence, FrameMeasurements, View
from morphkit.quality.checks.end_agreement import (
    compare_ends,
    eye_distance_of,
    states_of,
)
from morphkit.quality.distances import Spacing
from morphkit.quality.limits import Limit
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


class Measuring:
    """Draws the frames of a continuum and measures them, each looked at once.

    Parameters
    ----------
    finish : Finish
    prepared : PreparedScene
        From a scene that `finish` has matched.
    faces : sequence of Face
        The photographs, which are the ends of the mesh.
    measures : sequence of str
        Names of the measures in which steps are measured.
    """

    def __init__(
        self,
        finish: Finish,
        prepared: PreparedScene,
        faces: Sequence[Face],
        measures: Sequence[str],
    ) -> None:
        self._finish, self._prepared, self._faces = finish, prepared, tuple(faces)
        self._template = faces[0].landmarks.template
        levels = self._trajectory.levels.tolist()
        self._frames = FrameMeasurements(self._scene.mesh, self._template)
        self._gauge = Gauge(find_measures(measures, self._scene.mesh), levels)
        #: What `shares_at` gives at the levels of all steps, worked out once.
        self._at_levels = step_shares(at_levels(self._trajectory, levels))

    @property
    def _scene(self) -> Scene:
        return self._prepared.scene

    @property
    def _trajectory(self) -> Trajectory:
        return self._scene.trajectory

    def pictures(self) -> Iterator[tuple[int, Image]]:
        """Yield number and image of every step in order, and measure it.

        Images are those of `Finish.picture`. The last is drawn and looked at first:
        every other is compared with it, so that nothing is kept of the others.
        """
        last = self._prepared.shares.n_steps - 1
        held = self._seen(last)
        for step in range(last):
            yield step, self._measured(step, self._seen(step))
        yield last, self._measured(last, held)

    def _measured(self, step: int, picture: Image) -> Image:
        """Return an image that was measured."""
        shape = self._prepared.shares.rows(step)[0]
        self._frames.add(picture, float(self._trajectory.levels[step]), shape)
        return picture

    def _seen(self, step: int) -> Image:
        """Return the image of a step, after the gauge has looked at its samples.

        It looks at none that are not those of the level of the step. Samples go before
        the next image is drawn.
        """
        picture, samples = self._finish.picture_and_samples(self._prepared, step)
        level = float(self._trajectory.levels[step])
        if samples is None or self._gauge.has(level):
            return picture
        if self._prepared.shares.rows(step) == self._at_levels.rows(step):
            self._gauge.add(level, Unrounded(samples, self._prepared.scale))
        return picture

    def evidence(
        self,
        framing: Framing,
        limits: Mapping[str, Limit],
        *,
        human_scale: str = "",
        hides_outside: bool = False,
    ) -> Evidence:
        """Return what checks judge, once all images were drawn.

        Frames that were looked at are not rendered again.

        Parameters
        ----------
        framing : Framing
            Of the scene.
        limits : mapping of str to Limit
            Limits from which a finding is reported.
        human_scale, hides_outside
            As in `Evidence` and `View`.

        Raises
        ------
        InputError
            If the landmarks have no extent.
        """
        cropped = self._finish.settings.crop == "mask"
        # What images show, whatever a mask hides of it.
        box = (0, 0, *self._scene.mesh.size) if cropped else framing.cut
        points = tuple(face.landmarks.points for face in self._faces)
        return Evidence(
            self._trajectory,
            self._scene.mesh,
            tuple(face.size for face in self._faces),
            self._frames.scores(),
            self._spacings() | self._landmark_spacing(),
            self._match(),
            limits,
            human_scale,
            view=View(self._template, box, hides_outside, points, framing.images),
        )

    def _spacings(self) -> dict[str, Spacing]:
        """Return the spacing in every measure."""
        return measure_spacing(
            frame_maker(self._prepared, self._finish),
            self._trajectory.levels.tolist(),
            self._gauge.measures.values(),
            gauge=self._gauge,
        )

    def _landmark_spacing(self) -> dict[str, Spacing]:
        """Return landmark displacements by name of the measure; empty without eyes."""
        eye_distance = eye_distance_of(self._scene.mesh, self._template)
        if not eye_distance:
            return {}
        points = self._scene.mesh.landmarks / UNITS_PER_PIXEL

        def places(level: float) -> npt.NDArray[np.float64]:
            both = at_levels(self._trajectory, [level, level + 1e-4])
            weights = both.face_weights("shape")[0]
            return np.asarray((weights[:, None, None] * points).sum(axis=0))

        levels = self._trajectory.levels.tolist()
        return measure_spacing(places, levels, [landmark_measure(eye_distance)])

    def _match(self) -> EndAgreement | None:
        """Return how well the ends match halfway, or halfway to a third anchor.

        None unless every step is made from two photographs.
        """
        trajectory = self._trajectory
        pairs = []
        for level in (VIA / 2, 1 - VIA / 2) if trajectory.via else (0.5,):
            half_way = at_levels(trajectory, [level, level + 1e-4])
            shape, colour, *_ = step_shares(half_way).rows(0)
            seen = [k for k, share in enumerate(colour) if share]
            if len(seen) == 2 and seen == [k for k, share in enumerate(shape) if share]:
                pairs.append((seen[0], seen[1], shape))
        found = [self._agreement(*pair) for pair in pairs]
        return max(found, key=lambda ends: ends.ghosting) if found else None

    def _agreement(
        self, first: int, second: int, shape: tuple[int, ...]
    ) -> EndAgreement:
        """Return how well two photographs match in a shape between theirs."""
        alone = [
            tuple(ONE if k == end else 0 for k in range(len(self._faces)))
            for end in (first, second)
        ]
        pictures = (  # one after the other, so that one frame is held at once
            Unrounded(
                self._prepared.samples((shape, end, end), detail="plain"),
                self._prepared.scale,
            )
            for end in alone
        )
        mesh = self._scene.mesh
        here, there = (self._faces[end].landmarks.points for end in (first, second))
        states = states_of(here, there, self._template)
        region = face_region(mesh)
        return compare_ends(
            pictures, region, mesh, (first, second), states, self._template
        )
