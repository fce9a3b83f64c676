"""Brows, lashes and scalp hair, drawn as strands.

A strand is a line of points in space. Strands are added up as optical depth at each
pixel, so the order of drawing does not matter.

Conventions
-----------
`Q` has shape (strands, points, 3), opacities (strands, points), colours
(strands, points, 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from faces_generator.arrays import Array
from faces_generator.asset import SKIN
from faces_generator.camera import POSITION
from faces_generator.colour import smoothstep, to_linear
from faces_generator.mesh import vertex_normals
from faces_generator.noise import value_noise
from faces_generator.skin import behind_ear, hairline_height

if TYPE_CHECKING:
    from faces_generator.camera import Camera
    from faces_generator.head import Head
    from faces_generator.identity import Identity

BROW = np.array(
    [(0.088, 0.118), (0.13, 0.140), (0.19, 0.154), (0.262, 0.144), (0.335, 0.104)]
)
"""Middle of the brow at rest, from the nose outwards."""
N_BROW = 620
BROW_LENGTH = 0.032

UPPER_LID = (
    4499,
    4498,
    4497,
    4496,
    4495,
    4477,
    4478,
    4479,
    4480,
    4481,
    4482,
    4483,
    4484,
    4485,
)
LOWER_LID = (4501, 4494, 4493, 4492, 4491, 4490, 4489, 4488, 4487, 4486)
"""Vertices along the lashes of the left eye, from the nose outwards."""


@dataclass(frozen=True)
class Scene:
    """What strands are drawn on: the posed head and the canvas.

    Parameters
    ----------
    head : Head
    calm, coarse : ndarray
        Coarse vertices without and with expression, before the pose.
    calm1 : ndarray
        Posed level-1 vertices without expression; hair grows on them.
    skin, normals, light : ndarray, shape (N, 3)
        Posed level-2 vertices, their normals and the light that they scatter.
    camera : Camera
    supersampling : int
    depth : ndarray, shape (H, W)
        Depth of the surface.
    """

    head: Head
    calm: np.ndarray
    coarse: np.ndarray
    calm1: np.ndarray
    skin: np.ndarray
    normals: np.ndarray
    light: np.ndarray
    camera: Camera
    supersampling: int
    depth: np.ndarray

    @property
    def thickness(self) -> float:
        """Factor of all opacities at this resolution."""
        return self.supersampling * self.camera.size / 768 / 2

    def on_skin(self, xy: Array) -> tuple[Array, Array]:
        """Return positions and normals, shape (N, 3), of places given at rest."""
        index, weight = self.head.attach(xy)
        return tuple(
            (a[index] * weight[..., None]).sum(1) for a in (self.skin, self.normals)
        )


@njit(cache=True)
def _splat(
    xy: Array,
    z: Array,
    colour: Array,
    opacity: Array,
    depth: Array,
    total: Array,
    mixed: Array,
    slack: float,
) -> None:
    """Add strands to optical depth and to colour weighted by it."""
    height, width = depth.shape
    for n in range(xy.shape[0]):
        for k in range(xy.shape[1] - 1):
            x0, y0, x1, y1 = xy[n, k, 0], xy[n, k, 1], xy[n, k + 1, 0], xy[n, k + 1, 1]
            steps = max(1, int(np.ceil(np.hypot(x1 - x0, y1 - y0) / 0.8)))
            for i in range(steps):
                t = i / steps
                x = x0 + t * (x1 - x0) - 0.5
                y = y0 + t * (y1 - y0) - 0.5
                near = z[n, k] + t * (z[n, k + 1] - z[n, k])
                a = opacity[n, k] + t * (opacity[n, k + 1] - opacity[n, k])
                column, row = int(np.floor(x)), int(np.floor(y))
                if column < 0 or row < 0 or column >= width - 1 or row >= height - 1:
                    continue
                fx, fy = x - column, y - row
                for dy in range(2):
                    for dx in range(2):
                        if near + slack < depth[row + dy, column + dx]:
                            continue
                        w = a * (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
                        total[row + dy, column + dx] += w
                        for c in range(3):
                            mixed[row + dy, column + dx, c] += w * colour[n, k, c]


def draw(
    picture: Array, scene: Scene, Q: Array, colour: Array, opacity: Array, slack: float
) -> None:
    """Draw strands over `picture`, which is changed."""
    total = np.zeros(scene.depth.shape)
    mixed = np.zeros((*scene.depth.shape, 3))
    xy = scene.camera.raster(Q, scene.supersampling)
    _splat(
        xy,
        Q[..., 2].copy(),
        colour,
        opacity * scene.thickness,
        scene.depth,
        total,
        mixed,
        slack,
    )
    hit = total > 0
    cover = 1 - np.exp(-total[hit])[:, None]
    mean = mixed[hit] / total[hit][:, None]
    picture[hit] = picture[hit] * (1 - cover) + mean * cover


def _shade(Q: Array, received: Array, colour: Array, shine: float) -> Array:
    """Return the colour of strands (Kajiya and Kay, 1989, doi:10.1145/74333.74361)."""
    along = np.diff(Q, axis=1, append=Q[:, -1:] * 2 - Q[:, -2:-1])
    along /= np.linalg.norm(along, axis=2, keepdims=True) + 1e-9
    light = np.array([-0.45, 0.55, 0.7])
    light /= np.linalg.norm(light)
    half = light + np.array([0, 0, 1])
    half /= np.linalg.norm(half)

    def sine(axis: Array) -> Array:
        return np.sqrt(np.clip(1 - (along * axis).sum(-1) ** 2, 0, 1))[..., None]

    scattered = colour * (0.35 + 0.65 * sine(light))
    return received[:, None] * (scattered + shine * sine(half) ** 40 * (0.12 + colour))


def along_line(line: Array, t: Array) -> Array:
    """Return points at fractions `t` of the length of a polyline."""
    line = np.asarray(line, float)
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    return np.stack([np.interp(t, length / length[-1], c) for c in line.T], 1)


def brow_frame(t: Array) -> tuple[Array, Array, Array]:
    """Return point, direction and normal of the brow line at fractions `t`."""
    ahead, back = (along_line(BROW, np.clip(t + s, 0, 1)) for s in (0.03, -0.03))
    tangent = ahead - back
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    return along_line(BROW, t), tangent, normal


def brow_rise(t: Array) -> Array:
    """Return how steeply the hairs of the brow rise at fractions `t`."""
    return 0.62 * (1 - t) ** 2


def draw_brows(
    picture: Array, scene: Scene, identity: Identity, rng: np.random.Generator
) -> None:
    """Draw both brows."""
    parts = []
    for side in (1, -1):
        t = rng.random(N_BROW) ** 0.85
        point, tangent, normal = brow_frame(t)
        off = 0.0135 * (1 - 0.55 * t) * np.clip(rng.standard_normal(N_BROW), -1.6, 1.6)
        rise = brow_rise(t) + 0.05 * rng.standard_normal(N_BROW) - off * 9
        root = point + normal * off[:, None]
        towards = tangent + normal * rise[:, None]
        short = 0.55 + 0.45 * smoothstep(0, 0.3, t)
        length = BROW_LENGTH * (0.6 + 0.5 * rng.random(N_BROW)) * short
        strand = []
        for k in range(5):
            bend = -0.25 * normal * (length * (k / 4) ** 2)[:, None]
            xy = (root + towards * (length * k / 4)[:, None] + bend) * (side, 1)
            place, out = scene.on_skin(xy)
            strand.append(place + out * (0.002 + 0.0035 * np.sin(np.pi * k / 5)))
        parts.append(np.stack(strand, 1))
    Q = np.concatenate(parts)
    front = scene.head.front
    nearest = cKDTree(scene.skin[front]).query(Q[:, 0])[1]
    colour = _shade(Q, scene.light[front][nearest], to_linear(identity.brow), 0.1)
    fade = np.array([0.4, 0.9, 0.9, 0.6, 0.15]) * identity.brow_opacity * 0.72
    draw(picture, scene, Q, colour, np.tile(fade, (len(Q), 1)), 0.004)


def _closed(scene: Scene) -> float:
    """Return how far the lids are closed, 0 to 1."""

    def gap(vertices: Array) -> float:
        upper, lower = vertices[[4477, 4478]].mean(0), vertices[[4491, 4490]].mean(0)
        return float(np.linalg.norm(upper - lower))

    return 1 - np.clip(gap(scene.coarse) / (0.85 * gap(scene.calm)), 0, 1)


def draw_lashes(
    picture: Array, scene: Scene, identity: Identity, rng: np.random.Generator
) -> None:
    """Draw the lashes, which point downwards when the eye is closed."""
    closed = _closed(scene)
    upper_curl = 0.55 - 1.5 * closed
    rows: tuple[tuple[tuple[int, ...], int, float, float, float, float], ...] = (
        (UPPER_LID, 95, 0.024, upper_curl, 0.55, 1.0 if closed < 0.4 else -1.0),
        (LOWER_LID, 40, 0.011, -0.5, 0.22, -1.0),
    )
    if identity.nature is not None:
        # Squeezed lids fold over the roots of their lashes.
        rows = tuple(
            (ring, 2 * n, longest * (0.85 - 0.45 * closed), curl, opacity / 2, up)
            for ring, n, longest, curl, opacity, up in rows
        )
    for ring, n, longest, curl, opacity, up in rows:
        for side in (1, -1):
            ring_side = np.array(ring) if side > 0 else scene.head.partner(list(ring))
            t = np.sort(rng.random(n)) * 0.94 + 0.06
            root = along_line(scene.skin[ring_side], t)
            out = along_line(scene.normals[ring_side], t)
            sideways = (t - 0.4)[:, None] * np.array([side * 0.9, 0, 0])
            towards = (
                out * 0.55
                + sideways
                + np.array([0, 0, 0.55])
                + np.array([0, 0.12, 0]) * up
            )
            towards /= np.linalg.norm(towards, axis=1, keepdims=True)
            length = longest * (0.65 + 0.45 * rng.random(n))
            length *= 0.6 + 0.6 * np.sin(np.pi * np.clip(t * 0.9 + 0.1, 0, 1))
            k = np.linspace(0, 1, 6)
            Q = root[:, None] + towards[:, None] * (length[:, None] * k)[..., None]
            Q[..., 1] += curl * length[:, None] * k**2 * 0.7
            colour = np.ones((n, 6, 1)) * to_linear((40, 28, 22)) * 0.5
            draw(
                picture,
                scene,
                Q,
                colour,
                np.tile((1 - 0.8 * k) * opacity, (n, 1)),
                0.012,
            )


def _roots(
    scene: Scene, identity: Identity, rng: np.random.Generator
) -> tuple[Array, Array, Array, Array, Array]:
    """Return rest position, posed position, normal, light and edge of hair roots."""
    head, hair = scene.head, identity.hair
    rest1 = head.to1 @ head.rest
    corners = head.triangles1
    centre = rest1[corners].mean(1)
    above = hairline_height(identity, centre)
    ears = head.to1 @ head.asset.mask("ears")
    grows = (
        (above > 0)
        & (np.abs(centre[:, 0]) < 0.62)
        & (ears[corners[:, 0]] < 0.2)
        & ~behind_ear(centre)
        & (head.triangle_group1 == SKIN)
    )
    a, b, c = (scene.calm1[corners[:, j]] for j in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) * grows
    edge = smoothstep(0, 0.22, above)
    chance = area * (0.10 + 0.90 * edge)
    n = hair.n_strands
    chosen = rng.choice(len(corners), n, p=chance / chance.sum())
    u, v = rng.random((2, n))
    fold = u + v > 1
    u[fold], v[fold] = 1 - u[fold], 1 - v[fold]
    weights = np.stack([1 - u - v, u, v], 1)[..., None]
    normals1 = vertex_normals(scene.calm1, corners)
    fields = (rest1, scene.calm1, normals1, scene.light[: len(rest1)])
    spread = [(field[corners[chosen]] * weights).sum(1) for field in fields]
    return (*spread, edge[chosen])


def _tangential(vectors: Array, normals: Array) -> Array:
    """Return vectors without their part along the normals."""
    return vectors - normals * (vectors * normals).sum(1, keepdims=True)


def draw_scalp(
    picture: Array, scene: Scene, identity: Identity, rng: np.random.Generator
) -> None:
    """Draw the hair of the scalp, which flows away from the crown."""
    hair, n = identity.hair, identity.hair.n_strands
    if not n:
        return
    rest, root, normal, received, edge = _roots(scene, identity, rng)
    away = rest - np.array(hair.crown)
    away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-6
    seeds = identity.seed + np.array([51, 52, 53])
    flow = np.stack([value_noise(rest, 7.0, seed) for seed in seeds], 1)
    towards = away + hair.wave * flow + 0.18 * rng.standard_normal((n, 3))
    towards = _tangential(towards, normal)
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    length = hair.length * (0.5 + 0.8 * rng.random(n)) * (0.45 + 0.55 * edge)
    bend = _tangential(rng.standard_normal((n, 3)) * 0.25 + flow * hair.wave, normal)
    k = np.linspace(0, 1, 9)
    s = length[:, None] * k
    height = 0.0008 + hair.lift * s * (1 - 0.5 * k) - s**2
    Q = (
        root[:, None]
        + towards[:, None] * s[..., None]
        + normal[:, None] * height[..., None]
        + bend[:, None] * (s * k)[..., None] * 0.6
    )
    if hair.curls:
        phase = rng.random(n)[:, None] * 2 * np.pi + k * hair.curls
        beside = np.cross(towards, normal)
        coil = (
            beside[:, None] * np.sin(phase)[..., None]
            + normal[:, None] * np.cos(phase)[..., None]
        )
        Q += coil * 0.012 * np.sqrt(k)[:, None]
    strand = to_linear(hair.colour) * (1 + 0.2 * rng.standard_normal((n, 1, 1)))
    colour = np.maximum(_shade(Q, received, strand, 0.22), 0)
    sight = POSITION - root
    sight /= np.linalg.norm(sight, axis=1, keepdims=True)
    visible = smoothstep(-0.05, 0.55, (normal * sight).sum(1))
    opacity = hair.opacity * (hair.edge + (1 - hair.edge) * visible)
    opacity = opacity * (0.55 + 0.45 * edge)
    draw(picture, scene, Q, colour, opacity[:, None] * (1 - 0.7 * k), 0.015)


def draw_vellus(picture: Array, scene: Scene, identity: Identity) -> None:
    """Draw the fine pale hair of the face, which shows where skin is seen edge-on."""
    if identity.nature is None or not identity.nature.vellus:
        return
    head = scene.head
    rng = np.random.default_rng(identity.seed + 301)
    corners = head.triangles1
    level1 = scene.skin[: len(head.to1 @ head.rest)]
    normals1 = vertex_normals(level1, corners)
    sight = POSITION - level1
    sight /= np.linalg.norm(sight, axis=1, keepdims=True)
    edge_on = np.abs((normals1 * sight).sum(1))[corners].mean(1) < 0.38
    rest1 = head.to1 @ head.rest
    place = rest1[corners].mean(1)
    lips = head.to1 @ (head.asset.mask("lips") + head.asset.mask("inside-mouth"))
    grows = (
        edge_on
        & (head.triangle_group1 == SKIN)
        & (lips[corners].max(1) < 0.1)
        & (place[:, 1] > -0.60)
        & (place[:, 2] > -0.75)
    )
    a, b, c = (level1[corners[:, j]] for j in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) * grows
    if not area.sum():
        return
    n = 5000
    chosen = rng.choice(len(corners), n, p=area / area.sum())
    mix = rng.dirichlet((1, 1, 1), n)[..., None]
    fields = (level1, normals1, scene.light[: len(level1)])
    root, normal, received = ((f[corners[chosen]] * mix).sum(1) for f in fields)
    down = np.array([0, -1.0, 0]) + 0.5 * rng.standard_normal((n, 3))
    towards = _tangential(down, normal) * 0.8 + normal * 0.7
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    length = 0.008 + 0.012 * rng.random(n)
    k = np.linspace(0, 1, 5)
    Q = root[:, None] + towards[:, None] * (length[:, None] * k)[..., None]
    Q[..., 1] -= 0.35 * length[:, None] * k**2
    pale = 0.55 * to_linear(identity.tone) + 0.30 * to_linear(identity.hair.colour)
    colour = _shade(Q, received, np.broadcast_to(pale, (n, 5, 3)) * 1.2, 0.25)
    fade = np.tile((1 - 0.85 * k) * 0.16 * identity.nature.vellus, (n, 1))
    draw(picture, scene, Q, colour, fade, 0.01)
