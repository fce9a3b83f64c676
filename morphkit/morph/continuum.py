"""A rendered series of faces between two endpoints."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, frozen
from morphkit._core.finding import Finding
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.morph.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Continuum:
    """The frames of a trajectory and what they were rendered from.

    Parameters
    ----------
    trajectory : Trajectory
        Levels of the frames.
    correspondence : Correspondence
        The frozen mesh.
    frames : tuple of ndarray, shape (H, W, 3), dtype uint8 or uint16
        One per level, sRGB code values; read-only. Cropped or padded frames differ in
        size from the mesh.
    matching : tuple of Finding, optional
        Findings made while the faces were matched.
    look : callable, optional
        ``look()`` measures the frames and returns the findings of all checks.

    Raises
    ------
    InputError
        If there is not exactly one frame per level, or frames differ in size.
    """

    trajectory: Trajectory
    correspondence: Correspondence
    frames: tuple[Image, ...]
    matching: tuple[Finding, ...] = ()
    look: Callable[[], tuple[Finding, ...]] | None = None

    def __post_init__(self) -> None:
        if len(self.frames) != self.trajectory.n_steps:
            raise InputError(
                f"{len(self.frames)} frames for {self.trajectory.n_steps} levels"
            )
        height, width = self.frames[0].shape[:2]
        for step, frame in enumerate(self.frames, start=1):
            whole = frame.dtype in (np.uint8, np.uint16)
            if frame.shape != (height, width, 3) or not whole:
                raise InputError(
                    f"frame {step} has shape {frame.shape} and dtype {frame.dtype}",
                    allowed=f"({height}, {width}, 3) and uint8 or uint16 are needed",
                )
        object.__setattr__(self, "frames", tuple(frozen(f) for f in self.frames))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of matching, and those of the checks of a pack.

        The frames are measured when it is first asked for, which takes about as long as
        to make them.
        """
        return (*self.matching, *(self.look() if self.look else ()))

    @property
    def levels(self) -> npt.NDArray[np.float64]:
        """Level of every frame: 0 first endpoint, 1 second; shape (N,)."""
        return self.trajectory.levels


@dataclass(frozen=True, eq=False)
class Scores:
    """Measurements on the frames of a continuum.

    Parameters
    ----------
    per_frame : mapping of str to ndarray, shape (N,)
        One number per frame, by name.
    per_step : mapping of str to ndarray, shape (N - 1,)
        One number per pair of neighbouring frames, by name.
    """

    per_frame: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    per_step: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
