"""A head in its expression, turned into its pose and dressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faces_generator.arrays import Array
from faces_generator.asset import SKIN
from faces_generator.camera import pose_matrix, turn
from faces_generator.colour import smoothstep
from faces_generator.mesh import vertex_normals

if TYPE_CHECKING:
    from faces_generator.expression import Expression
    from faces_generator.head import Head
    from faces_generator.identity import Identity


@dataclass(frozen=True)
class Posed:
    """A head in its expression, turned into its pose and dressed."""

    calm: np.ndarray
    coarse: np.ndarray
    calm1: np.ndarray
    level1: np.ndarray
    level2: np.ndarray
    normals: np.ndarray
    cloth: np.ndarray


def collar_height(identity: Identity, rest: Array) -> Array:
    """Return the height of the neckline at rest positions."""
    x, _, z = rest.T
    return identity.neckline + 0.60 * x**2 - 0.12 * np.clip(z + 0.25, -1, 1)


def pose_head(head: Head, identity: Identity, expression: Expression) -> Posed:
    """Return the dressed head of an identity in an expression and its pose."""
    shape = head.deform(identity, expression)
    matrix = pose_matrix(*identity.pose_deg)
    level2 = turn(shape.level2, matrix)
    below = head.rest2[:, 1] - collar_height(identity, head.rest2)
    cloth = smoothstep(0.0, -0.02, below) * (head.group == SKIN)
    ridge = np.exp(-0.5 * ((below + 0.035) / 0.016) ** 2)
    out = vertex_normals(level2, head.triangles)
    level2 = level2 + out * (cloth * (0.018 + 0.014 * ridge))[:, None]
    return Posed(
        shape.calm,
        shape.coarse,
        turn(head.to1 @ shape.calm, matrix),
        turn(shape.level1, matrix),
        level2,
        vertex_normals(level2, head.triangles),
        cloth,
    )
