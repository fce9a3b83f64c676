"""Derived faces: prototypes, transforms and symmetrised faces."""

from typing import Annotated

from pydantic import Field

from morphkit.morph.choices import REGIONS
from morphkit.recipe.values import Fraction, Id, Identities, OneOf, Part


class PrototypePart(Part):
    """The mean of the photographs of several identities, as a new face."""

    identity: Id
    label: Id
    of: Identities = "*"
    base: Id | None = None


class TransformPart(Part):
    """Faces plus a fraction of the difference between two faces of another."""

    identities: Identities = "*"
    label: Id
    base: Id
    by: Id
    from_: Annotated[Id, Field(alias="from")]
    to: Id
    shape: Fraction = 1.0
    colour: Fraction = 1.0
    texture: Fraction = 1.0
    region: Annotated[str, OneOf(REGIONS)] = "face"


class SymmetrisedPart(Part):
    """Faces averaged with their mirror images."""

    identities: Identities = "*"
    label: Id
    base: Id
    shape: Fraction = 1.0
    colour: Fraction = 1.0
    texture: Fraction = 1.0
