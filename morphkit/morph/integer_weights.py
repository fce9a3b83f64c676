"""Weights for the pixel specification: integers that add up to exactly 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.morph.mixture import COLUMNS
from morphkit.morph.trajectory import Trajectory
from morphkit.pixels import ONE
from morphkit.pixels.spec import MAX_TOTAL_WEIGHT

Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class StepShares:
    """Share of every face at every step, in units of 1/16384.

    Parameters
    ----------
    shape, colour, texture : ndarray, shape (N, K), dtype int32
        Rows add up to 16384.
    base : ndarray, shape (N, K), dtype int32
        Shares in colour of the base faces; where they are not those in colour, a
        difference of faces is added to them.

    Raises
    ------
    InputError
        If the arrays differ in shape or a row does not add up.
    """

    shape: Int32
    colour: Int32
    texture: Int32
    base: Int32

    def __post_init__(self) -> None:
        for name in COLUMNS:
            table = getattr(self, name)
            if (
                table.dtype != np.int32
                or table.ndim != 2
                or table.shape != self.shape.shape
                or (table.sum(axis=1) != ONE).any()
            ):
                raise InputError(f"the shares in {name} of a continuum do not fit")
            object.__setattr__(self, name, frozen(table))

    @property
    def n_steps(self) -> int:
        """Number of images."""
        return len(self.shape)

    def rows(self, step: int) -> tuple[tuple[int, ...], ...]:
        """Return the shares in shape, colour, texture and base at a step, from 0."""
        found = (getattr(self, name)[step].tolist() for name in COLUMNS)
        return tuple(tuple(row) for row in found)


def step_shares(trajectory: Trajectory) -> StepShares:
    """Return the share of every face at every step of a trajectory.

    Raises
    ------
    InputError
        If a step exceeds the range of the pixel specification.
    """
    tables = [
        np.array(
            [
                integer_shares(row, what=f"{what} at step {step}")
                for step, row in enumerate(trajectory.face_weights(what).tolist(), 1)
            ],
            dtype=np.int32,
        )
        for what in COLUMNS
    ]
    return StepShares(*tables)


def integer_shares(weights: Sequence[float], *, what: str = "") -> tuple[int, ...]:
    """Return weights in units of 1/16384 with the sum 16384.

    Each is rounded half to even. Any remainder goes to the weights that lost most by
    rounding, one unit each.

    Parameters
    ----------
    weights : sequence of float
        With the sum 1; below 0 and above 1 for caricatures.
    what : str, optional
        What the shares belong to, for error messages.

    Raises
    ------
    InputError
        If a weight lies outside -2 to 2, or together they are too far from a mean.

    Examples
    --------
    >>> integer_shares([1 / 3, 1 / 3, 1 / 3])
    (5462, 5461, 5461)
    >>> integer_shares([1.0, 0.25, -0.25])
    (16384, 4096, -4096)
    """
    wanted = [weight * ONE for weight in weights]
    shares = [round(value) for value in wanted]
    missing = ONE - sum(shares)
    sign = 1 if missing > 0 else -1
    used = [k for k, value in enumerate(wanted) if value]
    used.sort(key=lambda k: sign * (shares[k] - wanted[k]))
    for k in used[: abs(missing)]:
        shares[k] += sign
    total = sum(map(abs, shares))
    if sum(shares) != ONE:
        raise InputError(f"weights of the sum {sum(weights):g}", allowed="1")
    if total > MAX_TOTAL_WEIGHT or any(not -32768 <= s <= 32767 for s in shares):
        raise InputError(
            f"faces with shares from {min(weights):g} to {max(weights):g}, together "
            f"{total / ONE:.4g} without their signs",
            where=what,
            allowed="each from -2 to less than 2, together at most 4",
            remedy="caricature or transform by smaller fractions",
        )
    return tuple(shares)


def integer_weights(level: float) -> tuple[int, int]:
    """Return the shares of both endpoints at a level, in units of 1/16384.

    Rounded half to even, so that the weights at 1 - t are those at t, swapped.

    Examples
    --------
    >>> integer_weights(0.25)
    (12288, 4096)
    """
    second = round(level * ONE)
    return ONE - second, second
