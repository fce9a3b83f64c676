"""Light on the head: soft shadows, a glossy reflection and scattering in the skin.

Light comes from directions spread over the sphere. For each, a depth map of the coarser
mesh says which vertices it reaches, which gives soft shadows and ambient occlusion at
once. Light entering the skin is then spread over the surface, red farther than blue.

References
----------
Walter et al. (2007), Microfacet models for refraction, doi:10.2312/EGWR/EGSR07/195-206.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy import sparse
from scipy.sparse.linalg import cg

from faces_generator.arrays import Array, Sparse
from faces_generator.asset import SKIN
from faces_generator.camera import POSITION
from faces_generator.light import Light
from faces_generator.mesh import draw_depth

if TYPE_CHECKING:
    from faces_generator.head import Head


def spread_directions(n: int) -> Array:
    """Return about `n` directions spread evenly over the sphere, but not behind."""
    i = np.arange(n) + 0.5
    y = 1 - 2 * i / n
    angle = np.pi * (1 + 5**0.5) * i
    r = np.sqrt(1 - y * y)
    directions = np.stack([r * np.cos(angle), y, r * np.sin(angle)], 1)
    return directions[directions[:, 2] > -0.75]


@njit(cache=True)
def _reached(
    x: Array, y: Array, z: Array, depth: Array, bias: float, soft: float, out: Array
) -> None:
    """Write how much of the light reaches each vertex, from a depth map."""
    n = depth.shape[0]
    for i in range(x.shape[0]):
        px = min(max(x[i] - 0.5, 0.0), n - 1.001)
        py = min(max(y[i] - 0.5, 0.0), n - 1.001)
        column, row = int(px), int(py)
        fx, fy = px - column, py - row
        total = 0.0
        for dy in range(2):
            for dx in range(2):
                g = (z[i] + bias + soft - depth[row + dy, column + dx]) / soft
                g = min(max(g, 0.0), 1.0)
                total += (
                    g
                    * g
                    * (3 - 2 * g)
                    * (fx if dx else 1 - fx)
                    * (fy if dy else 1 - fy)
                )
        out[i] = total


@njit(cache=True)
def _add_light(
    normals: Array,
    views: Array,
    reached: Array,
    towards: Array,
    radiance: Array,
    alpha2: float,
    diffuse: Array,
    gloss: Array,
    seen: Array,
) -> None:
    """Add one direction's light to what vertices receive and what they mirror."""
    for k in range(seen.shape[0]):
        i = seen[k]
        nl = (
            normals[i, 0] * towards[0]
            + normals[i, 1] * towards[1]
            + normals[i, 2] * towards[2]
        )
        if nl <= 0:
            continue
        h0 = views[i, 0] + towards[0]
        h1 = views[i, 1] + towards[1]
        h2 = views[i, 2] + towards[2]
        q = 1 / np.sqrt(h0 * h0 + h1 * h1 + h2 * h2 + 1e-12)
        nh = normals[i, 0] * h0 + normals[i, 1] * h1 + normals[i, 2] * h2
        nh = max(nh * q, 0.0)
        vh = max((views[i, 0] * h0 + views[i, 1] * h1 + views[i, 2] * h2) * q, 0.0)
        nv = max(
            normals[i, 0] * views[i, 0]
            + normals[i, 1] * views[i, 1]
            + normals[i, 2] * views[i, 2],
            0.22,
        )
        facets = alpha2 / (np.pi * (nh * nh * (alpha2 - 1) + 1) ** 2)
        fresnel = 0.028 + 0.972 * (1 - vh) ** 5
        mirrored = reached[i] * facets * fresnel / (4 * nv) * np.pi
        for c in range(3):
            diffuse[i, c] += reached[i] * nl * radiance[c]
            gloss[i, c] += mirrored * radiance[c]


def illuminate(
    head: Head,
    level1: Array,
    level2: Array,
    normals: Array,
    light: Light,
    n_directions: int,
    *,
    roughness: float = 0.42,
) -> tuple[Array, Array, Array]:
    """Return the light that the level-2 vertices receive and mirror to the camera.

    Parameters
    ----------
    head : Head
        Topology.
    level1, level2, normals : ndarray, shape (N, 3)
        Posed vertices of both levels, and normals of the finer one.
    light : Light
        Where it comes from.
    n_directions : int
        Number of directions over the whole sphere.

    Returns
    -------
    diffuse, gloss : ndarray, shape (N, 3)
    facing : ndarray, shape (N,)
        Cosine between the normal and the line of sight.
    """
    towards = spread_directions(n_directions)
    radiance = light.radiance(towards) * 4 / n_directions
    diffuse, gloss = np.zeros_like(level2), np.zeros_like(level2)
    views = POSITION - level2
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    facing = (normals * views).sum(1)
    seen = np.flatnonzero((facing > -0.25) & (level2[:, 2] > -0.75))
    n, extent = 380, 1.35
    reached = np.empty(len(level1))
    qx, qy, qz = (level1 - np.array([0, -0.2, -0.1])).T
    for direction, colour in zip(towards, radiance, strict=True):
        a = np.cross([0.01, 1, 0.02], direction)
        a /= np.linalg.norm(a)
        b = np.cross(direction, a)
        x, y, z = (qx * v[0] + qy * v[1] + qz * v[2] for v in (a, b, direction))
        x, y = (x / extent + 1) * n / 2, (y / extent + 1) * n / 2
        depth = np.full((n, n), -1e9)
        draw_depth(x, y, z, head.triangles1, depth)
        _reached(x, y, z, depth, 0.005, 0.009, reached)
        _add_light(
            normals,
            views,
            head.to2 @ reached,
            direction,
            colour,
            roughness**4,
            diffuse,
            gloss,
            seen,
        )
    return diffuse, gloss, facing


def _laplacian(vertices: Array, quads: Array) -> Sparse:
    """Return the graph Laplacian of a quad mesh with inverse square edge lengths."""
    sides = np.concatenate([quads[:, [j, (j + 1) % 4]] for j in range(4)])
    length = np.linalg.norm(vertices[sides[:, 0]] - vertices[sides[:, 1]], axis=1)
    weight = 0.5 / np.maximum(length, 3e-3) ** 2
    n = len(vertices)
    graph = sparse.csr_matrix((weight, (sides[:, 0], sides[:, 1])), (n, n))
    graph = graph.maximum(graph.T)
    return sparse.diags(np.asarray(graph.sum(1)).ravel()) - graph


def scatter(
    head: Head,
    received: Array,
    level1: Array,
    *,
    lengths: Sequence[float] = (0.034, 0.016, 0.009),
) -> Array:
    """Return the light that leaves the skin after scattering in it.

    Parameters
    ----------
    received : ndarray, shape (N, 3)
        Light on the level-2 vertices.
    level1 : ndarray, shape (M, 3)
        Level-1 vertices.
    lengths : tuple of float, optional
        Scattering length of red, green and blue in units of the head.

    Returns
    -------
    ndarray, shape (N, 3)
        As received where there is no skin.
    """
    n = len(level1)
    laplacian = _laplacian(level1, head.quads1)
    out = received.copy()
    for c, (length, kept) in enumerate(zip(lengths, (0.45, 0.8, 0.95), strict=True)):
        system = (sparse.identity(n) + length**2 * 0.35 * laplacian).tocsr()
        start = received[:n, c]
        spread, _ = cg(
            system,
            start,
            x0=start,
            rtol=1e-3,
            maxiter=40,
            M=sparse.diags(1 / system.diagonal()),
        )
        out[:, c] = head.to2 @ spread + kept * (received[:, c] - head.to2 @ start)
    out = np.maximum(out, 0)
    out[head.group != SKIN] = received[head.group != SKIN]
    return out
