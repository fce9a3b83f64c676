"""Continua, and grids of them, as a recipe asks for them."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from morphkit.errors import InputError, raise_all
from morphkit.morph.trajectory import Trajectory
from morphkit.recipe.values import (
    MAX_STEPS,
    Id,
    Identities,
    Number,
    OwnLevels,
    Part,
    Steps,
)


class ContinuumPart(Part):
    """A continuum, or the same for several identities."""

    identities: Identities = "*"
    from_: Annotated[Id, Field(alias="from")]
    to: Id
    via: Id | None = None
    steps: Steps | None = None
    levels: Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS)] | None = None
    #: Positions of the levels on the scale of the calibration.
    positions: Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS)] | None = None
    shape_levels: OwnLevels | None = None
    colour_levels: OwnLevels | None = None

    @model_validator(mode="after")
    def _check(self) -> "ContinuumPart":
        faults = []
        if self.via in (self.from_, self.to):
            faults.append(InputError(f"via is '{self.via}', which is one of the ends"))
        if not self.identities:
            faults.append(InputError("identities is an empty list"))
        if self.from_ == self.to:
            faults.append(InputError(f"from and to are both '{self.to}'"))
        if (self.steps is None) == (self.levels is None):
            faults.append(InputError("give either steps or levels"))
        else:
            try:
                self.trajectory()
            except InputError as error:
                faults.append(error)
        if self.positions is not None:
            n_levels = len(self.levels or ())
            if len(self.positions) != n_levels:
                faults.append(
                    InputError(f"{len(self.positions)} positions, {n_levels} levels")
                )
            if any(a >= b for a, b in pairwise(self.positions)):
                faults.append(InputError("the positions do not increase"))
        raise_all(faults)
        return self

    def trajectory(self) -> Trajectory:
        """Return the levels as a trajectory."""
        via = self.via is not None
        if self.levels is not None:
            plan = Trajectory.through(self.levels, via=via)
        else:
            plan = Trajectory.equal_steps(self.steps or 0, via=via)
        return plan.apart(self.shape_levels, self.colour_levels)


class GridPart(Part):
    """Continua of faces between two identities: identity by expression."""

    identities: tuple[Id, Id]
    identity_steps: Steps | None = None
    identity_levels: (
        Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS)] | None
    ) = None
    from_: Annotated[Id, Field(alias="from")]
    to: Id
    via: Id | None = None
    steps: Steps | None = None
    levels: Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS)] | None = None

    @model_validator(mode="after")
    def _check(self) -> "GridPart":
        faults = []
        if self.identities[0] == self.identities[1]:
            faults.append(InputError(f"both identities are '{self.identities[0]}'"))
        if (self.identity_steps is None) == (self.identity_levels is None):
            faults.append(InputError("give either identity_steps or identity_levels"))
        else:
            try:
                self.rows()
            except InputError as error:
                faults.append(error)
        raise_all(faults)
        self.continuum(self.identities[0])  # faults of a row are faults of the grid
        return self

    def rows(self) -> dict[str, float]:
        """Return the identities of the grid by name, with their levels."""
        if self.identity_levels is not None:
            plan = Trajectory.through(self.identity_levels)
        else:
            plan = Trajectory.equal_steps(self.identity_steps or 0)
        stem = "_".join(self.identities)
        digits = len(str(plan.n_steps))
        return {
            f"{stem}_i{k:0{max(digits, 2)}d}": level
            for k, level in enumerate(plan.levels.tolist(), start=1)
        }

    def continuum(self, identity: str) -> ContinuumPart:
        """Return the continuum of one row."""
        return ContinuumPart.model_validate(
            {
                "identities": [identity],
                "from": self.from_,
                "to": self.to,
                "via": self.via,
                "steps": self.steps,
                "levels": self.levels,
            }
        )
