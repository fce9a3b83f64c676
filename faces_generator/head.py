"""The head as a deformable surface: subdivision, soft bumps and skin furrows.

Conventions
-----------
Positions at rest are those of the mean infant before any identity or expression; tables
name places on the face by their (x, y) there, for the side with positive x. Level 1 has
about 23 000 vertices and carries light, level 2 about 91 000 and is what is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from faces_generator.arrays import Array
from faces_generator.asset import LOWER_GUM, SKIN, TONGUE, UPPER_GUM, Asset
from faces_generator.colour import smoothstep
from faces_generator.mesh import Fragments, subdivide, to_triangles, vertex_normals

if TYPE_CHECKING:
    from faces_generator.expression import Expression
    from faces_generator.identity import Identity


class Bump(NamedTuple):
    """A soft push of the skin around one place, on both sides if `paired`.

    `lip` keeps it to what lies above (``"upper"``) or below (``"lower"``) the seam of
    the mouth.
    """

    centre: tuple[float, float]
    width: tuple[float, float]
    direction: tuple[float, float, float]
    amount: float
    paired: bool = True
    lip: str = ""


BUMPS = {
    "cheekfat": (Bump((0.26, -0.26), (0.12, 0.11), (0.6, -0.15, 0.45), 0.055),),
    "cheekball": (Bump((0.215, -0.15), (0.085, 0.07), (0.25, 0.45, 0.85), 0.040),),
    "cheekball-cry": (Bump((0.20, -0.11), (0.08, 0.06), (0.1, 0.5, 0.85), 0.034),),
    "chinup": (Bump((0, -0.50), (0.09, 0.05), (0, 0.35, 0.9), 0.022, False),),
    "chinfat": (Bump((0, -0.60), (0.2, 0.08), (0, -0.3, 0.9), 0.03, False),),
    "browbulge": (Bump((0.07, 0.115), (0.06, 0.04), (-0.1, -0.25, 1), 0.018),),
    "browlow": (Bump((0.1, 0.1), (0.09, 0.06), (-0.12, -1, 0.15), 0.035),),
    "browin": (Bump((0.065, 0.12), (0.045, 0.05), (-0.5, 0.6, 0.25), 0.022),),
    "browraise": (Bump((0.20, 0.13), (0.12, 0.05), (0, 1, 0.1), 0.035),),
    "mouthwide": (Bump((0.115, -0.375), (0.045, 0.05), (1, 0, -0.15), 0.055),),
    "cornerdown": (Bump((0.125, -0.385), (0.04, 0.04), (0, -1, 0), 0.04),),
    "lipseal": (Bump((0, -0.352), (0.075, 0.018), (0, -1, 0.1), 0.018, False),),
    "nosetip": (Bump((0, -0.140), (0.045, 0.038), (0, 0.25, 1), 0.016, False),),
    "browtogether": (Bump((0.075, 0.105), (0.055, 0.055), (-0.8, -0.45, 0.5), 0.024),),
    "lidpuff": (Bump((0.20, 0.045), (0.075, 0.026), (0, -0.5, 0.9), 0.020),),
    "lowlid": (Bump((0.20, -0.050), (0.075, 0.024), (0, 0.5, 0.9), 0.014),),
    "wingup": (Bump((0.075, -0.175), (0.03, 0.03), (0.5, 0.8, 0.1), 0.016),),
    "squareup": (
        Bump((0.095, -0.345), (0.045, 0.045), (0.45, 1, -0.1), 0.036, lip="upper"),
    ),
    "squarelow": (
        Bump((0.085, -0.405), (0.040, 0.06), (0.25, -1, -0.1), 0.034, lip="lower"),
    ),
    "cheeklow": (Bump((0.185, -0.300), (0.045, 0.070), (0.25, -0.2, 0.95), 0.042),),
    "smileround": (
        Bump((0.085, -0.390), (0.036, 0.035), (0.45, -1, 0), 0.030, lip="lower"),
    ),
    "lipthin": (
        Bump((0.0, -0.438), (0.12, 0.020), (0, 1, 0), 0.026, False, lip="lower"),
        Bump((0.0, -0.303), (0.12, 0.016), (0, -1, 0), 0.010, False, lip="upper"),
        Bump((0.098, -0.412), (0.030, 0.018), (-0.4, 1, -0.2), 0.016, lip="lower"),
    ),
    "smilewide": (Bump((0.125, -0.370), (0.05, 0.05), (1, 0.15, 0.1), 0.030),),
    "brow-ridge": (Bump((0.16, 0.14), (0.10, 0.05), (0, -0.2, 1), 0.02),),
}

FURROWS = {
    "naso": (
        [(0.075, -0.165), (0.125, -0.215), (0.165, -0.285), (0.18, -0.36)],
        0.016,
        0.011,
    ),
    "naso-low": ([(0.165, -0.37), (0.17, -0.43), (0.155, -0.48)], 0.014, 0.005),
    "glabella": ([(0.022, 0.135), (0.026, 0.10), (0.022, 0.055)], 0.010, 0.007),
    "bunny": ([(0.03, 0.035), (0.055, 0.015), (0.075, -0.02)], 0.009, 0.0045),
    "under": (
        [(0.09, -0.075), (0.15, -0.105), (0.22, -0.105), (0.28, -0.075)],
        0.010,
        0.005,
    ),
    "under-low": (
        [(0.08, -0.105), (0.14, -0.14), (0.21, -0.145), (0.27, -0.12)],
        0.012,
        0.004,
    ),
    "forehead": ([(0, 0.235), (0.08, 0.245), (0.15, 0.235)], 0.013, 0.0035),
    "chin": ([(0, -0.462), (0.05, -0.468), (0.10, -0.492)], 0.014, 0.008),
    "nose-lip": ([(0.06, -0.15), (0.083, -0.18), (0.088, -0.21)], 0.010, 0.006),
    "lid": (
        [(0.09, 0.045), (0.15, 0.068), (0.22, 0.065), (0.285, 0.035)],
        0.007,
        0.005,
    ),
}
"""Polyline, half width and depth of every skin furrow."""


class Shape(NamedTuple):
    """One head in one expression.

    `calm` is the coarse mesh without expression, `coarse` with it; `level1` and
    `level2` are its subdivisions, with furrows on the finer one.
    """

    calm: np.ndarray
    coarse: np.ndarray
    level1: np.ndarray
    level2: np.ndarray


def distance_to_line(
    points: Array, line: Sequence[Sequence[float]]
) -> tuple[Array, Array]:
    """Return the distance of points to a polyline, and how far along the nearest is."""
    corners = np.array(line, float)
    best = np.full(len(points), 9.0)
    along = np.zeros(len(points))
    n = len(corners) - 1
    for i in range(n):
        a, side = corners[i], corners[i + 1] - corners[i]
        t = np.clip(((points - a) * side).sum(1) / (side * side).sum(), 0, 1)
        d = np.linalg.norm(points - a - t[:, None] * side, axis=1)
        nearer = d < best
        best[nearer] = d[nearer]
        along[nearer] = (i + t[nearer]) / n
    return best, along


class Head:
    """The subdivided head and everything that depends on its rest position only."""

    def __init__(self) -> None:
        self.asset = Asset()
        self.rest = self.asset.vertices
        n = len(self.rest)
        self.to1, quads1 = subdivide(self.asset.quads, n)
        self.to2, quads2 = subdivide(quads1, self.to1.shape[0])
        self.from0 = (self.to2 @ self.to1).tocsr()
        self.quads1 = quads1
        self.triangles1 = to_triangles(quads1)
        self.triangles = to_triangles(quads2)
        self.triangle_group = np.tile(np.repeat(self.asset.quad_group, 16), 2)
        self.triangle_group1 = np.tile(np.repeat(self.asset.quad_group, 4), 2)
        self.group = np.zeros(self.from0.shape[0], int)
        self.group[self.triangles.ravel()] = np.repeat(self.triangle_group, 3)
        self.rest2 = self.from0 @ self.rest
        self.masks = {
            name: self.from0 @ self.asset.mask(name)
            for name in ("lips", "inside-mouth", "eyelids", "ears")
        }
        self.bumps = {
            name: sum(map(self._bump, parts)) for name, parts in BUMPS.items()
        }
        self.bumps["jawdrop"] = self._jaw_drop()
        self.bumps["gum-deep"] = self._gum_deep()
        self.bumps["gumshow"] = self._gum_show()
        self.bumps["tonguecup"] = self._tongue_cup()
        self.furrows = {name: self._furrow(*f) for name, f in FURROWS.items()}
        self.front = self._visible_front()
        self._front_tree = cKDTree(self.rest2[self.front, :2])
        self._rest_tree = cKDTree(self.rest)
        self._surface_tree = cKDTree(self.rest2)

    def _bump(self, bump: Bump) -> Array:
        """Return the displacement of the coarse vertices by one bump."""
        x, y, z = self.rest.T
        on_skin = (self.asset.vertex_group == SKIN) & (
            self.asset.mask("inside-mouth") < 0.5
        )
        total = np.zeros_like(self.rest)
        for side in (1, -1) if bump.paired else (1,):
            d2 = ((x - side * bump.centre[0]) / bump.width[0]) ** 2 + (
                (y - bump.centre[1]) / bump.width[1]
            ) ** 2
            weight = np.exp(-0.5 * d2) * smoothstep(-0.25, -0.05, z) * on_skin
            if bump.lip:
                lower = self._below_seam()
                weight = weight * (lower if bump.lip == "lower" else 1 - lower)
            direction = np.array(bump.direction) * (side, 1, 1)
            total += bump.amount * weight[:, None] * direction
        return total

    def _jaw_drop(self) -> Array:
        """Return the drop of chin, lower gum and tongue that a wide cry needs."""
        _, y, z = self.rest.T
        group = self.asset.vertex_group
        moved = (group == SKIN) | ((group >= TONGUE) & (y < -0.40))
        weight = (
            smoothstep(-0.40, -0.54, y)
            * smoothstep(-0.80, -0.66, y)
            * smoothstep(-0.32, -0.02, z)
            * moved
        )
        return weight[:, None] * np.array([0, -0.075, -0.02])

    def _below_seam(self) -> Array:
        """Return how far each coarse vertex belongs below the seam of the mouth."""
        x = np.abs(self.rest[:, 0])
        drop = -self.asset.mode("fu/jawOpen")[:, 1]
        places = (0.0, 0.1, 0.128)
        low, high = (
            np.interp(x, places, d) for d in ((0.05, 0.07, 0.07), (0.15, 0.1, 0.09))
        )
        t = np.clip((drop - low) / (high - low), 0, 1)
        return np.asarray(t * t * (3 - 2 * t))

    def _tongue_cup(self) -> Array:
        """Return the rise of the tongue's edges and tip when an infant cries."""
        x, _, z = self.rest.T
        tongue = self.asset.vertex_group == TONGUE
        edge = np.clip(np.abs(x) / 0.11, 0, 1) ** 2
        tip = smoothstep(-0.02, 0.10, z)
        lift = (0.045 * edge + 0.02) * smoothstep(-0.2, 0.0, z) - 0.012 * (1 - edge)
        return (lift * tongue)[:, None] * np.array([0, 1, 0]) + (0.012 * tip * tongue)[
            :, None
        ] * np.array([0, 0, 1])

    def _gum_show(self) -> Array:
        """Return a shift of the gums to where parted lips show them."""
        upper, lower = (
            (self.asset.vertex_group == gum)[:, None] for gum in (UPPER_GUM, LOWER_GUM)
        )
        return upper * np.array([0, -0.022, 0.030]) + lower * np.array(
            [0, 0.020, 0.018]
        )

    def _gum_deep(self) -> Array:
        """Return a shift that hides the foot of the lower gum behind the lower lip."""
        gum = self.asset.vertex_group == LOWER_GUM
        foot = smoothstep(-0.368, -0.415, self.rest[:, 1]) * gum
        return foot[:, None] * np.array([0, -0.06, 0])

    def _furrow(
        self, line: Sequence[Sequence[float]], width: float, depth: float
    ) -> Array:
        """Return the displacement along the normal of the level-2 vertices."""
        xy = np.abs(self.rest2[:, :2] * (1, 0)) + self.rest2[:, :2] * (0, 1)
        d, along = distance_to_line(xy, line)
        if line[0][0] > 0.001:
            taper = np.sin(np.pi * np.clip(0.12 + 0.76 * along, 0, 1))
        else:
            taper = np.cos(np.pi / 2 * 0.95 * along)
        profile = -np.exp(-0.5 * (d / width) ** 2) + 0.55 * np.exp(
            -0.5 * ((d - 2.3 * width) / (1.2 * width)) ** 2
        )
        on_skin = (
            (self.rest2[:, 2] > -0.25)
            & (self.group == SKIN)
            & (self.masks["inside-mouth"] < 0.3)
        )
        fade = np.exp(-0.5 * (np.maximum(d - 5 * width, 0) / width) ** 2)
        return depth * profile * taper * on_skin * fade

    def _visible_front(self) -> Array:
        """Return the level-2 skin vertices that can be seen from the front."""
        rest = self.rest2
        normals = vertex_normals(rest, self.triangles)
        candidates = np.flatnonzero(
            (self.group == SKIN)
            & (rest[:, 2] > -0.45)
            & (normals[:, 2] > 0.03)
            & (self.masks["inside-mouth"] < 0.3)
        )
        n = 900
        xy = np.stack([(rest[:, 0] + 0.7) / 1.4 * n, (0.7 - rest[:, 1]) / 1.4 * n], 1)
        skin = self.triangles[self.triangle_group == SKIN]
        depth = Fragments(xy, rest[:, 2], skin, (n, n)).depth
        column, row = np.clip(xy[candidates].astype(int), 1, n - 2).T
        nearest = np.max(
            [depth[row + a, column + b] for a in (-1, 0, 1) for b in (-1, 0, 1)], 0
        )
        return candidates[rest[candidates, 2] > nearest - 0.022]

    def attach(self, xy: Array, n_vertices: int = 12) -> tuple[Array, Array]:
        """Return visible vertices near places at rest, and weights that add up to 1.

        Moving least squares: the weights give back `xy` exactly, so that lines of
        places stay smooth lines on the moving skin.

        Parameters
        ----------
        xy : ndarray, shape (N, 2)
            Places at rest.
        n_vertices : int, optional
            Number of vertices for each place.

        Returns
        -------
        index, weight : ndarray, shape (N, n_vertices)
        """
        distance, nearest = map(np.asarray, self._front_tree.query(xy, n_vertices))
        index = self.front[nearest]
        w = np.exp(-3.0 * (distance / (distance[:, -1:] + 1e-9)) ** 2)
        w /= w.sum(1, keepdims=True)
        places = self.rest2[index, :2]
        mean = (places * w[..., None]).sum(1)
        q = places - mean[:, None]
        spread = (w[..., None, None] * q[..., :, None] * q[..., None, :]).sum(1)
        spread += 1e-9 * np.eye(2)
        slope = np.linalg.solve(spread, (xy - mean)[..., None])[..., 0]
        return index, w * (1 + (q * slope[:, None]).sum(-1))

    def attach_surface(
        self, place: npt.ArrayLike, n_vertices: int = 6
    ) -> tuple[Array, Array]:
        """Return the vertices nearest to a place (x, y, z) at rest, and weights."""
        found = self._surface_tree.query(np.asarray(place), n_vertices)
        distance, index = map(np.asarray, found)
        weight = 1 / (distance + 1e-3) ** 2
        return index, weight / weight.sum()

    def partner(self, vertices: Sequence[int]) -> Array:
        """Return the coarse vertices opposite to some, on the other side."""
        return np.asarray(self._rest_tree.query(self.rest[vertices] * (-1, 1, 1))[1])

    def combine(self, weights: Mapping[str, float]) -> Array:
        """Return the displacement of the coarse vertices for weights of units."""
        total = np.zeros_like(self.rest)
        for name, weight in weights.items():
            if name.startswith("bump/"):
                total += weight * self.bumps[name[5:]]
            elif not name.startswith(("furrow/", "wrinkle/")):
                total += weight * self.asset.both_sides(name)
        return total

    def deform(self, identity: Identity, expression: Expression) -> Shape:
        """Return the shape of an identity in an expression.

        Parameters
        ----------
        identity : Identity
            Whose head.
        expression : Expression
            Weights of the units, and the swing of the jaw.

        Returns
        -------
        Shape
        """
        calm = self.rest + self.combine(identity.all_shape_weights())
        moved = calm + expression.displacement(self.combine)
        gums = self.asset.vertex_group == TONGUE
        opening = min(1.0, expression.jaw_opening() / 0.5)
        moved[gums] += np.array([0, -0.028, -0.02]) * opening
        calm = identity.proportion(calm)
        moved = identity.proportion(moved)
        level1 = self.to1 @ moved
        level2 = self.to2 @ level1
        furrow = sum(
            weight * self.furrows[name[7:]]
            for name, weight in expression.weights.items()
            if name.startswith("furrow/")
        )
        normals = vertex_normals(level2, self.triangles)
        level2 = level2 + np.asarray(furrow)[..., None] * normals
        return Shape(calm, moved, level1, level2)


@cache
def load_head() -> Head:
    """Return the head, built once in a process."""
    return Head()
