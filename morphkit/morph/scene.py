"""A scene: everything that the frames of a continuum are rendered from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Frame, Image
from morphkit._core.registry import look_up
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.morph.frame import (
    prepare_sources,
    render_codes,
    render_deep,
    render_light,
    render_mixed,
    render_unrounded,
    render_with_samples,
)
from morphkit.morph.integer_weights import StepShares, step_shares
from morphkit.morph.masks import MASKS, MaskShape, Places, feather_taps
from morphkit.morph.mixture import Mixture
from morphkit.morph.settings import Rendering
from morphkit.morph.trajectory import Trajectory
from morphkit.pixels import ONE, Source
from morphkit.pixels.spec import Int16

Codes = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scene:
    """A continuum to be rendered.

    Parameters
    ----------
    name : str
        Name of the continuum; unique in its set.
    identity : str
        Identity shown.
    mesh : Correspondence
    photos : sequence of ndarray
        One for each end of the mesh.
    trajectory : Trajectory
    mask : MaskShape or None, optional
        None hides nothing.
    """

    name: str
    identity: str
    mesh: Correspondence
    photos: Sequence[Image]
    trajectory: Trajectory
    mask: MaskShape | None = None

    def prepared(self, rendering: Rendering) -> "PreparedScene":
        """Return the scene with its photographs prepared for rendering.

        Raises
        ------
        InputError
            If there is not exactly one photograph per end of the mesh, a name in the
            rendering is unknown, or a step exceeds the range of the pixel
            specification.
        """
        sources = prepare_sources(self.mesh, self.photos, rendering)
        return PreparedScene(self, sources, rendering, step_shares(self.trajectory))


@dataclass(frozen=True, eq=False)
class PreparedScene:
    """A scene whose photographs are prepared; from `Scene.prepared`.

    The photographs, in linear light, take most of the memory: a continuum is prepared
    once, everything is rendered from it, and it is released.

    Parameters
    ----------
    scene : Scene
    sources : tuple of Source
        The prepared photographs.
    rendering : Rendering
    shares : StepShares
        Share of every photograph at every step.
    """

    scene: Scene
    sources: tuple[Source, ...]
    rendering: Rendering
    shares: StepShares

    @property
    def n_bytes(self) -> int:
        """Memory used by the photographs, bytes."""
        return sum(source.samples.nbytes for source in self.sources)

    def frame(self, step: int) -> Frame:
        """Return the frame of a step, from 0; shape (H, W, 3), dtype uint8."""
        rows = self.shares.rows(step)
        return render_mixed(self.scene.mesh, self.sources, rows, self.rendering)

    def deep_frame(self, step: int) -> Image:
        """Return the frame of a step, from 0; shape (H, W, 3), dtype uint16."""
        rows = self.shares.rows(step)
        return render_deep(self.scene.mesh, self.sources, rows, self.rendering)

    def frames(self) -> Iterator[Frame]:
        """Yield the frame of every step."""
        for step in range(self.shares.n_steps):
            yield self.frame(step)

    def light(self, step: int) -> Int16:
        """Return the frame of a step as linear light, before rounding to 8 bits.

        Returns
        -------
        ndarray, shape (H, W, 3), dtype int16
            0 to 32767.
        """
        rows = self.shares.rows(step)
        return render_light(self.scene.mesh, self.sources, rows, self.rendering)

    def light_of_photo(self, end: int) -> Int16:
        """Return the photograph of one end in its own shape, as linear light."""
        alone = tuple(ONE if k == end else 0 for k in range(self.scene.mesh.n_ends))
        return render_light(self.scene.mesh, self.sources, (alone,) * 3, self.rendering)

    @property
    def scale(self) -> str:
        """What samples are proportional to; see `morphkit.pixels.spec.code_table`."""
        return self.sources[0].scale

    def frame_and_samples(
        self, step: int, *, deep: bool = False
    ) -> tuple[Image, Int16]:
        """Return the frame of a step and its samples, drawn once; see `samples`."""
        return render_with_samples(
            self.scene.mesh,
            self.sources,
            self.shares.rows(step),
            self.rendering,
            deep=deep,
        )

    def samples(
        self, shares: Sequence[Sequence[int]], *, detail: str | None = None
    ) -> Int16:
        """Return a mixture before rounding to 8 bits, as samples on its `scale`.

        Parameters
        ----------
        shares, detail
            As for `codes`.

        Returns
        -------
        ndarray, shape (H, W, 3), dtype int16
        """
        how = replace(self.rendering, detail=detail or self.rendering.detail)
        return render_unrounded(self.scene.mesh, self.sources, shares, how)

    def codes(
        self, shares: Sequence[Sequence[int]], *, detail: str | None = None
    ) -> Codes:
        """Return a mixture before rounding to 8 bits, for measurements.

        Parameters
        ----------
        shares : sequence of three or four sequences of int
            Shares of every photograph in shape, colour, texture and base.
        detail : {"plain", "level"}, optional
            Defaults to that of the rendering.

        Returns
        -------
        ndarray, shape (H, W, 3), dtype float64
            sRGB code values from 0 to 1.
        """
        how = replace(self.rendering, detail=detail or self.rendering.detail)
        return render_codes(self.scene.mesh, self.sources, shares, how)


def mesh_between(mesh: Correspondence, anchors: Sequence[Mixture]) -> Correspondence:
    """Return the mesh of a continuum, adjusted to the kind of its anchors.

    If an anchor is a mixture, detail is kept level by the method for many photographs;
    openings that one photograph alone shows are shaded only between two photographs.
    """
    mixed = not all(anchor.is_photograph for anchor in anchors)
    return replace(mesh, mixed=mixed, shaded=not mixed)


def mask_of(
    name: str,
    mesh: Correspondence,
    trajectory: Trajectory,
    template: Template,
    *,
    feather: float,
) -> MaskShape | None:
    """Return the mask of a continuum, which contains the face in every frame.

    Parameters
    ----------
    name : str
        Name in `morphkit.morph.masks.MASKS`; ``"none"`` hides nothing.
    mesh : Correspondence
    trajectory : Trajectory
    template : Template
        Template of the landmarks.
    feather : float
        Width of the fading edge as a fraction of the width of the mask.

    Returns
    -------
    MaskShape or None
        None hides nothing.

    Raises
    ------
    InputError
        If there is no such mask, or the landmarks lie on one line.
    """
    if name == "none":
        return None
    mask = look_up(MASKS, name, kind="mask")
    landmarks = mesh.landmarks / UNITS_PER_PIXEL
    # No matrix product: its rounding differs between machines.
    shares = trajectory.face_weights("shape").T[:, :, None, None]
    frames = np.asarray(
        sum(s * each for s, each in zip(shares, landmarks, strict=True))
    )
    eyes = None
    if template.eyes:
        of_eyes = (frames[:, list(eye)].reshape(-1, 2) for eye in template.eyes)
        eyes = np.array([fixed_order.mean(places) for places in of_eyes])
    outline = mask.outline(Places(frames.reshape(-1, 2), eyes))
    width = int(np.ptp(outline[:, 0])) / UNITS_PER_PIXEL
    return MaskShape(outline, feather_taps(round(feather * width)))
