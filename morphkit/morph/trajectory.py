"""The plan of a continuum: the share of every face at every step.

A continuum leads from one *anchor* to another and may pass through a third. An anchor
is a photograph, or a sum of photographs (a prototype, a transform). Shape and colour
may have separate levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.morph.mixture import COLUMNS, Ingredient, Mixture

Floats = npt.NDArray[np.float64]

#: Levels beyond the endpoints are caricatures; the pixel specification takes weights
#: in a 16-bit integer with 14 bits after the point.
LEVEL_MIN, LEVEL_MAX = -0.999, 1.999
#: With a third anchor, weights change twice as fast with the level.
VIA_MIN, VIA_MAX = -0.499, 1.499
#: Level at which a continuum passes through its third anchor.
VIA = 0.5


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Levels of the steps of a continuum, and the composition of its anchors.

    Parameters
    ----------
    levels : array-like, shape (N,)
        Strictly increasing fractions: 0 first endpoint, 1 second.
    via : bool, optional
        Whether it passes through a third anchor, at level 0.5.
    shape_levels, colour_levels : array-like, shape (N,), optional
        Levels of shape and of colour where they differ from `levels`; they need not
        increase. Texture follows colour.
    anchors : sequence of ndarray, shape (4, A, K), optional
        Shares of the K faces in shape, colour and texture of the A anchors, and in the
        colour of the base face of each (see `Mixture.base_of`), in the order first,
        (via,) second. None means that the faces are the anchors.

    Raises
    ------
    InputError
        If there are fewer than two levels, they do not increase, or one is out of
        range.
    """

    levels: Floats
    via: bool = False
    shape_levels: Floats | None = None
    colour_levels: Floats | None = None
    anchors: Floats | None = None

    def __post_init__(self) -> None:
        levels = np.asarray(self.levels, dtype=np.float64)
        if levels.ndim != 1 or len(levels) < 2:
            raise InputError(
                f"a continuum of {levels.size} steps", allowed="at least 2 steps"
            )
        if not (np.isfinite(levels).all() and (np.diff(levels) > 0).all()):
            raise InputError(
                "the levels do not increase from step to step",
                allowed="strictly increasing fractions, 0 first label, 1 second",
            )
        self._check_range(levels, "levels")
        object.__setattr__(self, "levels", frozen(levels))
        for name in ("shape_levels", "colour_levels"):
            own = getattr(self, name)
            if own is None:
                continue
            own = np.asarray(own, dtype=np.float64)
            if own.shape != levels.shape:
                raise InputError(
                    f"{own.size} {name} for {len(levels)} steps",
                    allowed="as many as there are steps",
                )
            self._check_range(own, name)
            object.__setattr__(self, name, frozen(own))
        if self.anchors is not None:
            anchors = np.asarray(self.anchors, dtype=np.float64)
            if anchors.ndim != 3 or anchors.shape[:2] != (4, self.n_anchors):
                raise InputError(
                    f"shares of anchors of shape {anchors.shape}",
                    allowed=f"(4, {self.n_anchors}, faces)",
                )
            object.__setattr__(self, "anchors", frozen(anchors))

    def _check_range(self, levels: Floats, name: str) -> None:
        """Refuse levels that the pixel specification cannot express."""
        least, most = (VIA_MIN, VIA_MAX) if self.via else (LEVEL_MIN, LEVEL_MAX)
        if not ((levels >= least) & (levels <= most)).all():
            raise InputError(
                f"{name.replace('_', ' ')} from {levels.min():g} to {levels.max():g}",
                allowed=f"from {least} to {most}",
                remedy="levels are fractions, not percent",
            )

    @classmethod
    def equal_steps(cls, n_steps: int, *, via: bool = False) -> "Trajectory":
        """Return `n_steps` equally spaced levels, including both ends.

        Raises
        ------
        InputError
            If `n_steps` is below 2.
        """
        if n_steps < 2:
            raise InputError(
                f"a continuum of {n_steps} steps",
                allowed="at least 2 steps: both ends are among them",
            )
        # i/(n-1) mirrors exactly: level k from one end is 1 - level k from the other
        # up to one rounding, which the integer weights do not see.
        return cls(np.arange(n_steps) / (n_steps - 1), via)

    @classmethod
    def through(cls, levels: Sequence[float], *, via: bool = False) -> "Trajectory":
        """Return the trajectory with exactly these levels."""
        return cls(np.array(levels, dtype=np.float64), via)

    def apart(
        self,
        shape_levels: float | Sequence[float] | None,
        colour_levels: float | Sequence[float] | None,
    ) -> "Trajectory":
        """Return the same steps with separate levels for shape and colour.

        Parameters
        ----------
        shape_levels, colour_levels : float, sequence of float or None
            One per step, or one for all; None keeps the levels of the steps.
        """

        def own(levels: float | Sequence[float] | None) -> Floats | None:
            if isinstance(levels, int | float):
                return np.full(self.n_steps, float(levels))
            return None if levels is None else np.array(levels, dtype=np.float64)

        shape, colour = own(shape_levels), own(colour_levels)
        return Trajectory(self.levels, self.via, shape, colour, self.anchors)

    def between(self, anchors: Sequence[Mixture]) -> "Trajectory":
        """Return the same levels between sums of source faces.

        Parameters
        ----------
        anchors : sequence of Mixture
            First, (via,) second.

        Returns
        -------
        Trajectory
            Its faces are `ingredients_of(anchors)`, in that order.
        """
        ingredients = ingredients_of(anchors)
        table = np.array(
            [
                [[a.column(what).get(i, 0.0) for i in ingredients] for a in anchors]
                for what in COLUMNS
            ]
        )
        return Trajectory(
            self.levels, self.via, self.shape_levels, self.colour_levels, table
        )

    @property
    def n_steps(self) -> int:
        """Number of images of the continuum."""
        return len(self.levels)

    @property
    def n_anchors(self) -> int:
        """Number of anchors: 2, or 3 with a via."""
        return 3 if self.via else 2

    def weights(self, what: str = "levels") -> Floats:
        """Return the share of every anchor at every step.

        Parameters
        ----------
        what : str, optional
            ``"levels"``; or ``"shape"``, ``"colour"`` or ``"texture"`` for their
            separate levels.

        Returns
        -------
        ndarray, shape (N, A)
            Rows sum to 1; with two anchors they are (1 - level, level).
        """
        t = self.levels_of(what)
        if not self.via:
            return np.stack([1.0 - t, t], axis=1)
        first, second = t < VIA, t > VIA
        zero = np.zeros_like(t)
        return np.stack(
            [
                np.where(first, 1.0 - 2.0 * t, zero),
                np.where(first, 2.0 * t, np.where(second, 2.0 - 2.0 * t, 1.0)),
                np.where(second, 2.0 * t - 1.0, zero),
            ],
            axis=1,
        )

    def face_weights(self, what: str) -> Floats:
        """Return the share of every face at every step.

        Parameters
        ----------
        what : str
            ``"shape"``, ``"colour"``, ``"texture"`` or ``"base"``.

        Returns
        -------
        ndarray, shape (N, K)
            Rows sum to 1, up to rounding.
        """
        weights = self.weights(what)
        if self.anchors is None:
            return weights
        # No matrix product: its rounding differs between machines.
        parts = weights[:, :, None] * self.anchors[COLUMNS.index(what)][None]
        return np.asarray(sum(parts[:, k] for k in range(self.n_anchors)))

    def levels_of(self, what: str) -> Floats:
        """Return the levels of the steps in shape, colour or texture, shape (N,).

        They are the levels of the steps unless set separately.
        """
        own = {
            "shape": self.shape_levels,
            "colour": self.colour_levels,
            "texture": self.colour_levels,
            "base": self.colour_levels,
        }.get(what)
        return self.levels if own is None else own


def ingredients_of(anchors: Sequence[Mixture]) -> tuple[Ingredient, ...]:
    """Return every source face of the anchors, in the order of the anchors."""
    found: dict[Ingredient, None] = {}
    for anchor in anchors:
        found |= dict.fromkeys(anchor.ingredients)
    return tuple(found)
