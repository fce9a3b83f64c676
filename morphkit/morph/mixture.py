"""A face as shares of source faces: one share each for shape, colour and texture.

Every operation of the field is a sum of source faces whose shares add up to 1. A
prototype is their mean; a transform adds a fraction of a difference; a symmetrised face
is half itself and half its mirror image; a caricature has shares below 0 or above 1. A
sum of sums is again a sum, so operations can be chained without intermediate images,
and everything is resampled once.

References
----------
.. [1] Rowland, D. A. & Perrett, D. I. (1995). Manipulating facial appearance through
       shape and color. IEEE Computer Graphics and Applications 15(5), 70-76.
       https://doi.org/10.1109/38.403830
.. [2] Tiddeman, B., Burt, M. & Perrett, D. (2001). Prototyping and transforming facial
       textures for perception research. IEEE Computer Graphics and Applications 21(5),
       42-50. https://doi.org/10.1109/38.946630
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from morphkit.errors import InputError

#: What shares apply to, in the order in which they are stored.
SHARES = ("shape", "colour", "texture")
#: What a base has shares in.
_OF_BASE = ("shape", "colour")
#: Shares of a face in a frame: those of `SHARES`, and the colour of the base face.
COLUMNS = (*SHARES, "base")
#: Shares may differ from the sum 1 by this much, which is rounding.
_ROUNDING = 1e-9


class Ingredient(NamedTuple):
    """A source face, as it is or mirrored.

    Parameters
    ----------
    identity, label : str
        Together they name the source face.
    mirrored : bool, optional
        Whether left and right are swapped.
    """

    identity: str
    label: str
    mirrored: bool = False


Shares = tuple[float, float, float]
#: Shares in shape and colour.
Base = tuple[float, float]


@dataclass(frozen=True)
class Mixture:
    """A sum of source faces.

    Parameters
    ----------
    shares : mapping of Ingredient to (float, float, float)
        Shares in shape, colour and texture. Each of the three adds up to 1.
    start : mapping of Ingredient to (float, float), optional
        Shares in shape and colour of the face to which a difference was added; see
        `base_of`.
    averaged : bool, optional
        Whether it is the mean of faces, or a sum of such means alone.

    Raises
    ------
    InputError
        If there are no ingredients or shares do not add up to 1.
    """

    shares: Mapping[Ingredient, Shares]
    start: Mapping[Ingredient, Base] | None = None
    averaged: bool = False

    def __post_init__(self) -> None:
        for k, what in enumerate(SHARES):
            total = math.fsum(one[k] for one in self.shares.values())
            if not abs(total - 1.0) <= _ROUNDING:
                raise InputError(
                    f"the shares in {what} add up to {total:g}", allowed="1"
                )
        kept = {
            ingredient: self.shares[ingredient]
            for ingredient in sorted(self.shares)
            if any(self.shares[ingredient])
        }
        object.__setattr__(self, "shares", kept)

    @classmethod
    def of(cls, identity: str, label: str) -> "Mixture":
        """Return a single source face, unchanged."""
        return cls({Ingredient(identity, label): (1.0, 1.0, 1.0)})

    @classmethod
    def mean(cls, faces: Sequence["Mixture"]) -> "Mixture":
        """Return the prototype: the mean of faces in shape, colour and texture.

        Raises
        ------
        InputError
            If there are fewer than two.
        """
        if len(faces) < 2:
            raise InputError(f"a prototype of {len(faces)} faces", allowed="at least 2")
        share = 1.0 / len(faces)
        start: dict[Ingredient, Base] = {}
        for face in faces:
            for one, (shape, colour) in face.base.items():
                before = start.get(one, (0.0, 0.0))
                start[one] = before[0] + share * shape, before[1] + share * colour
        parts = [(face, (share, share, share)) for face in faces]
        return _sum(parts, start, averaged=True)

    def transformed(
        self,
        source: "Mixture",
        target: "Mixture",
        *,
        shape: float = 0.0,
        colour: float = 0.0,
        texture: float = 0.0,
    ) -> "Mixture":
        """Return this face plus fractions of the difference from `source` to `target`.

        Parameters
        ----------
        source, target : Mixture
            The prototypes, or any two faces.
        shape, colour, texture : float, optional
            Fractions: 1 adds the whole difference, negative values subtract it.
        """
        amounts = (shape, colour, texture)
        less = (-shape, -colour, -texture)
        parts = [(self, (1.0, 1.0, 1.0)), (target, amounts), (source, less)]
        towards = [
            self._towards(source, target, what, amount)
            for what, amount in zip(_OF_BASE, (shape, colour), strict=True)
        ]
        start = {one: (towards[0][one], towards[1][one]) for one in towards[0]}
        every = all(face.averaged for face, _ in parts)
        return _sum(parts, start, averaged=every)

    def mirrored(self) -> "Mixture":
        """Return the mirror image of the face."""
        return Mixture(
            {i._replace(mirrored=not i.mirrored): s for i, s in self.shares.items()},
            self.start
            and {i._replace(mirrored=not i.mirrored): s for i, s in self.start.items()},
            self.averaged,
        )

    def symmetrised(
        self, *, shape: float = 1.0, colour: float = 1.0, texture: float = 1.0
    ) -> "Mixture":
        """Return the face made symmetric: halfway to its mirror image.

        Parameters
        ----------
        shape, colour, texture : float, optional
            1 is symmetric, 0 unchanged; negative values increase the asymmetry.
        """
        return self.transformed(
            self,
            self.mirrored(),
            shape=shape / 2,
            colour=colour / 2,
            texture=texture / 2,
        )

    @property
    def ingredients(self) -> tuple[Ingredient, ...]:
        """Every source face that has a share, sorted."""
        return tuple(self.shares)

    def base_of(self, what: str) -> dict[Ingredient, float]:
        """Return the shares of the base face, to which differences are added.

        No share is negative. For a mean of faces they are its own shares; for a
        transform those of the transformed face, moved along the difference until a
        share reaches zero: the base of a caricature of one face away from another is
        the first face.

        Parameters
        ----------
        what : {"shape", "colour"}
        """
        own = self.column(what)
        if self.start is not None and min(own.values()) < 0:
            k = _OF_BASE.index(what)
            return {one: self.start.get(one, (0.0, 0.0))[k] for one in self.shares}
        kept = {one: max(share, 0.0) for one, share in own.items()}
        total = 0.0
        for share in kept.values():  # `sum` of Python 3.12 rounds otherwise
            total += share
        return {one: share / total for one, share in kept.items()}

    @property
    def base(self) -> dict[Ingredient, Base]:
        """The shares of the base face in shape and colour."""
        shape, colour = (self.base_of(what) for what in _OF_BASE)
        return {one: (shape[one], colour[one]) for one in self.shares}

    def _towards(
        self, source: "Mixture", target: "Mixture", what: str, amount: float
    ) -> dict[Ingredient, float]:
        """Return the base moved along a difference until a share reaches zero."""
        if amount < 0:
            source, target, amount = target, source, -amount
        every = dict.fromkeys((*self.shares, *source.shares, *target.shares), 0.0)
        start = every | self.base_of(what)
        more, less = target.column(what), source.column(what)
        slopes = {
            one: more.get(one, 0.0) - less.get(one, 0.0) for one in (*more, *less)
        }
        reach = min(
            (start.get(one, 0.0) / -by for one, by in slopes.items() if by < 0),
            default=amount,
        )
        for one, by in slopes.items():
            moved = start.get(one, 0.0) + min(reach, amount) * by
            start[one] = max(moved, 0.0)
        return start

    @property
    def is_photograph(self) -> bool:
        """Whether it is a single source face, unchanged."""
        return len(self.shares) == 1 and not next(iter(self.shares)).mirrored

    def column(self, what: str) -> dict[Ingredient, float]:
        """Return the shares in ``"shape"``, ``"colour"`` or ``"texture"``.

        Those in ``"base"`` are the shares in colour of `base_of`.
        """
        if what == "base":
            return self.base_of("colour")
        k = SHARES.index(what)
        return {ingredient: one[k] for ingredient, one in self.shares.items()}


def _sum(
    parts: Sequence[tuple[Mixture, Shares]],
    start: Mapping[Ingredient, Base],
    *,
    averaged: bool,
) -> Mixture:
    """Return a sum of mixtures, weighted separately in shape, colour and texture."""
    total: dict[Ingredient, list[float]] = {}
    for mixture, factors in parts:
        for ingredient, shares in mixture.shares.items():
            sums = total.setdefault(ingredient, [0.0, 0.0, 0.0])
            for k, (factor, share) in enumerate(zip(factors, shares, strict=True)):
                sums[k] += factor * share
    whole = {key: (s[0], s[1], s[2]) for key, s in total.items()}
    return Mixture(whole, start, averaged)
