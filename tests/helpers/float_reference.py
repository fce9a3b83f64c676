"""Pictures of mixtures in floating point: nothing is rounded, nothing is cut off.

The pixel specification rounds shares to 1/16384, nodes to 1/256 px and light to
1/32767. This is the same sum without those steps, written down once more from the
definition: what hand-computed cases are compared with, and what tells how much the
integers lose. It is slow, and its last digits may differ between machines.

Conventions
-----------
Light is (H, W, 3) float64: 0 black, 1 white; values beyond are possible.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Image, Points
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.geometry.warp.mesh import Triangles
from morphkit.morph.blend import BLENDS, Blend
from morphkit.morph.derived_face import DerivedFace
from morphkit.morph.mixture import SHARES
from morphkit.pixels import ONE, cover_of
from morphkit.pixels.spec import BEHIND_FROM, WHOLE_FROM

Light = npt.NDArray[np.float64]
#: What photographs of some shares lose of their light where seen alone.
Shade = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]


def exact_frame(
    correspondence: Correspondence,
    photos: Sequence[Image],
    shape: Sequence[float],
    colour: Sequence[float],
    *,
    blend: Blend = BLENDS["linear"],
) -> Light:
    """Return the picture of a mixture before anything is rounded, detail left plain.

    Parameters
    ----------
    correspondence : Correspondence
    photos : sequence of ndarray, shape (H, W, 3), dtype uint8 or uint16
    shape, colour : sequence of float
        Shares of every photograph, of the sum 1.
    blend : Blend, optional
        An entry of `morphkit.morph.blend.BLENDS`.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype float64
        Linear light, or code values / 255 for a blend on that scale.

    Raises
    ------
    InputError
        If the mesh does not cover the frame.
    """
    nodes = np.tensordot(
        np.asarray(shape, float), correspondence.frame_nodes / UNITS_PER_PIXEL, axes=1
    )
    light = [
        _samples(correspondence, k, photo, blend) for k, photo in enumerate(photos)
    ]

    def blended(owner: npt.NDArray[np.intp], at: Light) -> Light:
        seen = []
        for samples, photo_nodes in zip(light, correspondence.photo_nodes, strict=True):
            place = photo_nodes / UNITS_PER_PIXEL
            found = _positions(nodes, place, correspondence.triangles, owner, at)
            seen.append(_catmull_rom(samples, found))
        shaded = correspondence.shaded and blend.scale == "light"
        behind = owner < (correspondence.behind or 0) if correspondence.shaded else None
        deep = correspondence.behind is not None
        shades = (_deep_shades, _lid_shades) if deep else (_shades, _shades)
        return _blend(
            np.array(seen),
            np.asarray(colour, float),
            shades if shaded else None,
            behind,
        )

    owner = _owners(nodes, correspondence.triangles, correspondence.size)
    at = np.moveaxis(np.mgrid[: owner.shape[0], : owner.shape[1]], 0, -1)[..., ::-1]
    frame = blended(owner, at.astype(float))
    if correspondence.behind and np.count_nonzero(colour) > 1:
        edge, finer, places = _edge_samples(nodes, correspondence)
        frame[edge] = blended(finer, places).mean(axis=1)
    return frame


def _edge_samples(
    nodes: Points, correspondence: Correspondence
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp], Light]:
    """Return the pixels at edges of holes, and triangle and place of 16 samples each.

    Their samples lie in sheets behind holes, in rims, and before them: not all in one.
    """
    triangles, (width, height) = correspondence.triangles, correspondence.size
    rims = correspondence.behind or 0
    before = set(triangles[rims:].ravel().tolist())
    sheets = 0
    while sheets < rims and not before & set(triangles[sheets].tolist()):
        sheets += 1
    fine = _owners(4 * nodes + 1.5, triangles, (4 * width, 4 * height))
    parts = fine.reshape(height, 4, width, 4).swapaxes(1, 2).reshape(height, width, 16)
    layer = (parts >= sheets).astype(int) + (parts >= rims)
    edge = (layer.min(axis=2) < layer.max(axis=2)) & (sheets > 0)
    y, x = np.nonzero(edge)
    down, along = np.divmod(np.arange(16), 4)
    at = np.stack([x[:, None] + along / 4 - 3 / 8, y[:, None] + down / 4 - 3 / 8], 2)
    return edge, parts[edge], at


def exact_face(made: DerivedFace, *, blend: str = "linear") -> Light:
    """Return the picture of a derived face before anything is rounded, detail plain."""
    shape, colour = (list(made.mixture.column(what).values()) for what in SHARES[:2])
    return exact_frame(
        made.correspondence, made.photos, shape, colour, blend=BLENDS[blend]
    )


def decode(codes: Image) -> Light:
    """Return the linear light of sRGB code values (IEC 61966-2-1)."""
    x = codes / float(np.iinfo(codes.dtype).max)
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def encode(light: Light) -> Frame:
    """Return the 8-bit sRGB code values of linear light, rounded to nearest."""
    x = np.clip(light, 0.0, 1.0)
    curve = 1.055 * np.maximum(x, 0.0031308) ** (1 / 2.4) - 0.055
    code = np.where(x <= 0.0031308, 12.92 * x, curve)
    return np.asarray(np.floor(255 * code + 0.5), np.uint8)


def _samples(
    correspondence: Correspondence, k: int, photo: Image, blend: Blend
) -> Light:
    """Return light and cover of a photograph, low-pass filtered; (H, W, 4)."""
    scale = float(np.iinfo(photo.dtype).max)
    light = decode(photo) if blend.scale == "light" else photo / scale
    taps = correspondence.taps[k] / ONE
    for axis in (1, 0):
        size, reach = light.shape[axis], len(taps) // 2
        near = [np.arange(size) + j - reach for j in range(len(taps))]
        light = sum(
            tap * np.take(light, np.clip(at, 0, size - 1), axis)
            for at, tap in zip(near, taps.tolist(), strict=True)
        )
    size = photo.shape[1], photo.shape[0]
    feather = correspondence.feathers[k].tolist()
    cover = cover_of(correspondence.insides[k], size, feather)
    fade = correspondence.fades[k].tolist()
    cover = np.maximum(cover, cover_of(correspondence.surroundings[k], size, fade))
    return np.dstack([light, cover / 32767])


def _owners(
    nodes: Points, triangles: Triangles, size: tuple[int, int]
) -> npt.NDArray[np.intp]:
    """Return the triangle of every pixel, shape (H, W); the last of several counts."""
    width, height = size
    owner = np.full((height, width), -1, dtype=np.intp)
    for k, corners in enumerate(nodes[triangles]):
        low = np.maximum(np.ceil(corners.min(axis=0) - 1e-9).astype(int), 0)
        high = np.minimum(
            np.floor(corners.max(axis=0) + 1e-9).astype(int), np.array(size) - 1
        )
        if (low > high).any():
            continue
        x, y = np.meshgrid(
            np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1)
        )
        inside = np.ones(x.shape, dtype=bool)
        turn = np.sign(_cross(corners[1] - corners[0], corners[2] - corners[0]))
        if turn == 0:
            continue
        for a, b in ((0, 1), (1, 2), (2, 0)):
            way = corners[b] - corners[a]
            off = np.stack([x - corners[a, 0], y - corners[a, 1]], axis=-1)
            inside &= turn * _cross(way, off) >= -1e-9
        owner[low[1] : high[1] + 1, low[0] : high[0] + 1][inside] = k
    if (owner < 0).any():
        raise InputError(
            f"{int((owner < 0).sum())} of {width * height} pixels of the frame are in "
            "no triangle",
            allowed="the mesh must cover the frame",
        )
    return owner


def _cross(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> Light:
    """Return the determinant of two vectors, over the last axis."""
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _positions(
    nodes: Points,
    place: Points,
    triangles: Triangles,
    owner: npt.NDArray[np.intp],
    at: Light,
) -> Light:
    """Return where in a photograph places of the frame are, shape (…, 2)."""
    corners, photo = nodes[triangles], place[triangles]
    edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], 1)
    sides = np.stack([photo[:, 1] - photo[:, 0], photo[:, 2] - photo[:, 0]], 1)
    flat = np.abs(np.linalg.det(edges)) < 1e-12
    edges[flat] = np.eye(2)
    # Rows are vectors: offset · map = place.
    maps = np.linalg.solve(edges, sides)
    offset = at - corners[owner, 0]
    return np.asarray(
        photo[owner, 0] + np.einsum("...i,...ij->...j", offset, maps[owner])
    )


def _catmull_rom(samples: Light, at: Light) -> Light:
    """Return samples at places, by the cubic of Keys with a = -1/2; limited to 0…1."""
    height, width = samples.shape[:2]
    u = np.clip(at[..., 0], 0, width - 1)
    v = np.clip(at[..., 1], 0, height - 1)
    column, row = np.floor(u).astype(int), np.floor(v).astype(int)
    along, down = _taps(u - column), _taps(v - row)
    total = np.zeros((*u.shape, samples.shape[2]))
    for i in range(4):
        for j in range(4):
            y = np.clip(row + j - 1, 0, height - 1)
            x = np.clip(column + i - 1, 0, width - 1)
            total += (down[j] * along[i])[..., None] * samples[y, x]
    return np.asarray(np.clip(total, 0.0, 1.0))


def _taps(t: Light) -> tuple[Light, Light, Light, Light]:
    """Return the weights of the neighbours at -1, 0, 1 and 2."""
    return (
        -t / 2 + t**2 - t**3 / 2,
        1 - 5 * t**2 / 2 + 3 * t**3 / 2,
        t / 2 + 2 * t**2 - 3 * t**3 / 2,
        -(t**2) / 2 + t**3 / 2,
    )


def _blend(
    seen: Light,
    shares: npt.NDArray[np.float64],
    shades: tuple[Shade, Shade] | None,
    behind: npt.NDArray[np.bool_] | None,
) -> Light:
    """Return the sum of photographs, shape (K, H, W, 4); covers keep others out.

    `shades` are what is lost before others, and behind them.
    """
    found = seen[..., 3]
    present = _presences(shares)[:, None, None]
    lasting = _presences(shares, BEHIND_FROM)[:, None, None]
    covers = found * (present if behind is None else np.where(behind, lasting, present))
    left = shares[:, None, None] * (1.0 - (covers.max(axis=0) - covers))
    total = left.sum(axis=0)
    alone = (found.max(axis=0) > found.min(axis=0)) & (total > 0)
    plain = np.tensordot(shares, seen[..., :3], axes=1)
    lost = np.zeros((len(shares), 1, 1))
    if shades:
        before, lids = (shade(shares)[:, None, None] for shade in shades)
        lost = before if behind is None else np.where(behind, lids, before)
    lit = left * (1.0 - lost * (found - found.min(axis=0)))
    mixed = np.einsum("khw,khwc->hwc", lit, seen[..., :3])
    covered = mixed / np.where(alone, total, 1.0)[..., None]
    return np.asarray(np.where(alone[..., None], covered, plain))


def _presences(
    shares: npt.NDArray[np.float64], whole_from: int = WHOLE_FROM
) -> npt.NDArray[np.float64]:
    """Return how much of its cover counts of every photograph; see "Covers"."""
    used = shares[shares != 0]
    if len(used) != 2 or used.min() <= 0:
        return np.ones_like(shares)
    whole = whole_from / ONE
    return np.asarray(1.0 - np.maximum(whole - shares, 0.0) / (1.0 - shares))


def _shades(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return what every photograph loses of its light where seen alone."""
    used = shares[shares != 0]
    if len(used) != 2 or used.min() <= 0:
        return np.zeros_like(shares)
    return np.asarray((1.0 - shares) ** 2 / 2)


def _deep_shades(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the same for meshes that say which triangles are behind others."""
    if not _shades(shares).any():
        return np.zeros_like(shares)
    return np.asarray(0.35 * ((1.0 - shares) + (1.0 - shares) ** 2))


def _lid_shades(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the same in triangles that are behind others."""
    if not _shades(shares).any():
        return np.zeros_like(shares)
    other = 1.0 - shares
    lost = 0.3 * other + 0.7 * other**2
    return np.asarray(lost + (1.0 - lost) * other**6)
