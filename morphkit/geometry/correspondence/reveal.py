"""Openings that reveal what is behind them, which stays in place.

Warped like skin, an eyeball would be squeezed flat as its lids close. So the mesh gets
a hole in the shape of the opening, which grows from nothing where it is closed, and
behind the hole a second sheet that only moves with the head. Triangles are drawn in
order, so the sheet comes first. All of this is data: such a mesh is rendered like any
other.

Conventions
-----------
Points are in the common frame, pixels. Every end has the same nodes and triangles, and
so has every sum of ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import scipy

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence.openings import JAW, edges
from morphkit.geometry.polygon import within
from morphkit.geometry.warp.mesh import Mesh, Triangles, signed_areas

#: Fraction of the height between the edges that each edge of the hole covers where the
#: opening is closed: over one half, so that it closes a little before its end.
_OVERLAP = 0.8
#: Fraction of the rims that remains where the opening is closed.
_LEFT = 0.1
#: How far each lid goes beyond the seam by the end, as a fraction of the height of the
#: open eye: lids of an eye that is pressed shut have met before.
_PAST = 0.02
#: Minimum height of an opening between its corners, pixels, for it to be cut out.
_MIN_GAP = 1.0
#: Maximum width of a rim, as a fraction of the height.
_MAX_RIM = 0.3
#: Pixels by which a sheet reaches beyond the edges of its opening.
_SPARE = 2.0
#: Fraction of the width of a mouth by which sheets of lower jaws reach beyond besides.
_FARTHER = 0.08
#: Nodes nearer to the edges than this fraction of a cell are removed.
_CLEARANCE = 0.45
#: Rounds in which nodes that would cause a fold are removed.
_ROUNDS = 12
#: Levels between two ends at which the mesh may not fold.
_LEVELS = np.arange(9) / 8.0
#: Minimum area of a triangle, square pixels: more than rounding to 1/256 px can remove.
_MIN_AREA = 0.02
#: Area that counts as zero, square pixels.
_FLAT = 1e-3
#: Points of an edge per outline point.
_FINER = 3


@dataclass(frozen=True, eq=False)
class Sheets:
    """A mesh in all ends, with sheets behind its holes.

    Parameters
    ----------
    mean : ndarray, shape (N, 2)
        Nodes in the mean shape.
    ends : tuple of ndarray, shape (N, 2)
        Nodes in every end.
    triangles : ndarray, shape (M, 3), dtype int32
        The skin, but for its rims.
    rims : ndarray, shape (R, 3), dtype int32
        The edges of its holes, with the rim of what is behind them.
    behind : ndarray, shape (B, 3), dtype int32
        What is visible through its holes.
    jaw : ndarray, shape (J,), dtype intp, optional
        Nodes of what moves with the lower jaw, and falls into the dark of the mouth.
    sums : tuple of ndarray, shape (N, 2), optional
        Nodes in sums of the ends. If there are any, these are drawn and what lies
        between them, but no end.
    """

    mean: Points
    ends: tuple[Points, ...]
    triangles: Triangles
    rims: Triangles
    behind: Triangles
    jaw: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    sums: tuple[Points, ...] = ()

    @property
    def drawn(self) -> Triangles:
        """All triangles in drawing order."""
        parts = [self.behind, self.rims, self.triangles]
        return np.concatenate(parts).astype(np.int32)

    @property
    def n_behind(self) -> int:
        """Number of triangles that show what is behind the skin: the first drawn."""
        return len(self.behind) + len(self.rims)


def plain_sheets(
    mesh: Mesh, ends: Sequence[Points], sums: Sequence[Points] = ()
) -> Sheets:
    """Return a mesh without holes."""
    none = np.empty((0, 3), dtype=np.int32)
    return Sheets(mesh.nodes, tuple(ends), mesh.triangles, none, none, sums=tuple(sums))


def reveal(
    sheets: Sheets,
    mesh: Mesh,
    opening: Opening,
    landmarks: Sequence[Points],
    opens: Sequence[bool],
    *,
    anchor: Sequence[Points],
    rim: float,
    jaw: bool = False,
) -> Sheets | None:
    """Return the sheets with a hole for an opening and a sheet behind it.

    The edges carry a rim of what is behind them, so that they stay as soft as in the
    photograph and the hard edge of the hole lies within the eyeball. Where the opening
    is closed, lips are taken to lie a little beside the seam, and lids a little beyond
    it, so that they meet before; the upper one is drawn over the lower one.

    Parameters
    ----------
    sheets : Sheets
        Made from `mesh`, possibly with other holes.
    mesh : Mesh
        A regular mesh.
    opening : Opening
        Closed in some of the ends, with its edges tied together there.
    landmarks : sequence of ndarray, shape (L, 2)
        Of every end, then of every sum.
    opens : sequence of bool
        Whether it is open, for every end, then for every sum; in one of the sums, if
        there are any.
    anchor : sequence of ndarray, shape (2,)
        In every end, then in every sum, the place of what moves as the sheet does: the
        inner corner of an eye, the nose above the teeth, the lower lip.
    rim : float
        Width of the rim that moves with the edges, pixels.
    jaw : bool, optional
        Whether the sheet moves with the lower jaw: as that moves far, the sheet reaches
        farther beyond the edges.

    Returns
    -------
    Sheets or None
        None if no hole fits without a fold, in what is drawn and in every end by
        itself: the opening is too narrow, or too near the edge of the frame.
    """
    arcs = _arcs(opening, landmarks, opens, rim)
    if arcs is None:
        return None
    corners = np.array([points[_corners(opening)] for points in landmarks])
    new = np.concatenate([arcs.reshape(len(arcs), -1, 2), corners], axis=1)
    n_ends = len(sheets.ends)
    block = _block(mesh, fixed_order.mean(new[:n_ends]))
    cut = None if block is None else _cut(sheets, mesh, new, block)
    if cut is None:
        return None
    return _with_sheet(cut, arcs, corners, opens, np.asarray(anchor), jaw=jaw)


def inner_corners(opening: Opening, landmarks: Sequence[Points]) -> list[Points]:
    """Return in every end or sum the corner of an eye nearer to the middle."""
    corners = np.array([points[_corners(opening)] for points in landmarks])
    middle = fixed_order.mean(fixed_order.mean(np.array(landmarks)))
    away = fixed_order.length(fixed_order.mean(corners) - middle)
    inner = int(away.argmin())
    return list(corners[:, inner])


def _arcs(
    opening: Opening,
    landmarks: Sequence[Points],
    opens: Sequence[bool],
    rim: float,
) -> npt.NDArray[np.float64] | None:
    """Return upper edge, both edges of the hole and lower edge, (K, 4, S, 2)."""
    pairs = np.array([edges(points, opening) for points in landmarks])
    index = np.arange(float(pairs.shape[2]))
    gaps = fixed_order.length(pairs[:, 1] - pairs[:, 0])
    gap = gaps[np.array(opens)].min(axis=0)
    wide = np.flatnonzero(gap >= _MIN_GAP)
    if len(wide) < 3 or len(wide) != wide[-1] - wide[0] + 1:
        return None
    at = wide[0] + np.arange(_FINER * (len(wide) - 1) + 1) / float(_FINER)
    upper, lower = (_at(pairs[:, edge], at) for edge in range(2))
    height = fixed_order.interpolate(at, index, gap)
    rim_share = np.minimum(rim / height, _MAX_RIM)
    left = (_LEFT * rim_share * height)[None, :, None]
    along = upper[:, -1:] - upper[:, :1]
    length = np.maximum(fixed_order.length(along), 1e-9)[..., None]
    down = np.stack([-along[..., 1], along[..., 0]], axis=-1) / length
    shut = ~np.array(opens)[:, None, None]
    middle = (upper + lower) / 2
    past = -left if opening.name in JAW else _PAST * height[:, None]
    upper = np.where(shut, middle + down * past, upper)
    lower = np.where(shut, middle - down * past, lower)
    kept = down * 2 * _OVERLAP * left
    beside = np.where(shut, kept, rim_share[None, :, None] * (lower - upper))
    return np.stack([upper, upper + beside, lower - beside, lower], axis=1)


def _corners(opening: Opening) -> list[int]:
    """Return the landmarks at both corners."""
    return [opening.upper[0], opening.upper[-1]]


def _at(lines: npt.NDArray[np.float64], at: Points) -> npt.NDArray[np.float64]:
    """Return points between those of lines (K, S, 2), at fractional indices."""
    low = np.minimum(at.astype(int), lines.shape[1] - 2)
    part = (at - low)[None, :, None]
    return np.asarray((1 - part) * lines[:, low] + part * lines[:, low + 1])


def _block(mesh: Mesh, around: Points) -> npt.NDArray[np.intp] | None:
    """Return the nodes of the cells around points in rows, with a cell to spare."""
    low = np.floor((around.min(axis=0) - mesh.nodes[0]) / mesh.spacing).astype(int) - 1
    high = np.ceil((around.max(axis=0) - mesh.nodes[0]) / mesh.spacing).astype(int) + 1
    rows, columns = mesh.grid
    if low.min() < 1 or high[0] > columns - 2 or high[1] > rows - 2:
        return None
    row, column = np.mgrid[low[1] : high[1] + 1, low[0] : high[0] + 1]
    return np.asarray(row * columns + column, dtype=np.intp)


def _cut(
    sheets: Sheets,
    mesh: Mesh,
    added: npt.NDArray[np.float64],
    block: npt.NDArray[np.intp],
) -> Sheets | None:
    """Return the skin with the triangles of a block rebuilt around a hole.

    `added` are, for every end and every sum, four rows of nodes one after the other
    (upper edge, both edges of the hole, lower edge), and both corners.
    """
    inside = np.zeros(len(sheets.mean), dtype=bool)
    inside[block] = True
    in_block = inside[sheets.triangles].all(axis=1)
    if in_block.sum() != 2 * (block.shape[0] - 1) * (block.shape[1] - 1):
        return None  # there is another hole
    n_ends = len(sheets.ends)
    every = _longer(sheets, added)
    ends, sums = every[:n_ends], every[n_ends:]
    drawn = [*ends, *_between(sums)] if sums else _between(ends)
    new = fixed_order.mean(added[:n_ends])
    mean = np.concatenate([sheets.mean, new])
    number = len(sheets.mean) + np.arange(len(new))
    rows, (left, right) = number[:-2].reshape(4, -1), number[-2:]
    rows = np.column_stack([np.full(4, left), rows, np.full(4, right)])
    strips = np.concatenate([_strip(*rows[:2]), _strip(*rows[2:])])
    around = np.concatenate([rows[0], rows[3, -2:0:-1]])
    edge = np.concatenate([block[0], block[-1], block[1:-1, 0], block[1:-1, -1]])
    free = block[1:-1, 1:-1].ravel()
    far = fixed_order.nearest(mean[free], new) > _CLEARANCE * mesh.spacing
    free = free[far & ~within(mean[free], mean[around])]
    for _ in range(_ROUNDS):
        outside = _around(mean, np.concatenate([edge, free, around]), around)
        if outside is None:
            beside = _beside_edges(mean[free], mean[around])
            if not beside.any():
                return None
            free = free[~beside]
            continue
        is_upper = np.isin(outside, rows[0]).any(axis=1)
        outside = np.concatenate([outside[~is_upper], outside[is_upper]])
        made = np.concatenate([outside, strips]).astype(np.int32)
        least = np.min([signed_areas(nodes, made) for nodes in drawn], axis=0)
        bad = least <= _MIN_AREA
        if not bad.any():
            return replace(
                sheets,
                mean=mean,
                ends=ends,
                sums=sums,
                triangles=np.concatenate([sheets.triangles[~in_block], outside]),
                rims=np.concatenate([sheets.rims, strips]).astype(np.int32),
            )
        guilty = np.isin(free, made[bad])
        if not guilty.any():
            return None
        free = free[~guilty]
    return None


def _beside_edges(points: Points, polygon: Points) -> npt.NDArray[np.bool_]:
    """Return which points lie in the circle over an edge of a polygon.

    Without them a Delaunay triangulation has all these edges (Ruppert 1995).
    """
    ends = np.roll(polygon, -1, axis=0)
    to_both = ((points[:, None] - end) for end in (polygon, ends))
    first, second = to_both
    return np.asarray(((first * second).sum(axis=2) <= 0).any(axis=1))


def _strip(first: npt.NDArray[np.intp], second: npt.NDArray[np.intp]) -> Triangles:
    """Return the triangles between two rows of nodes that end in common nodes."""
    a, b, c, d = first[:-1], first[1:], second[:-1], second[1:]
    made = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)])
    apart = (made != np.roll(made, 1, axis=1)).all(axis=1)
    return np.asarray(made[apart], dtype=np.int32)


def _around(
    mean: Points, used: npt.NDArray[np.intp], polygon: npt.NDArray[np.intp]
) -> Triangles | None:
    """Return triangles of nodes outside of a polygon of some of them.

    None if an edge of the polygon is not an edge of a triangle.
    """
    made = used[scipy.spatial.Delaunay(mean[used]).simplices].astype(np.int32)
    turned = signed_areas(mean, made) < 0
    made[turned] = made[turned][:, ::-1]
    gone = within(fixed_order.mean(mean[made], axis=1), mean[polygon])
    off = signed_areas(mean, made[gone]).sum() / 2 - _area(mean[polygon])
    return None if abs(off) > _FLAT else made[~gone]


def _between(ends: Sequence[Points]) -> list[Points]:
    """Return the nodes at levels between every pair of ends."""
    return [
        (1 - level) * ends[j] + level * ends[k]
        for j in range(len(ends))
        for k in range(j + 1, len(ends))
        for level in _LEVELS
    ]


def _longer(sheets: Sheets, added: npt.NDArray[np.float64]) -> tuple[Points, ...]:
    """Return the nodes in every end, then in every sum, with those added to each."""
    before = (*sheets.ends, *sheets.sums)
    return tuple(
        np.concatenate([nodes, more]) for nodes, more in zip(before, added, strict=True)
    )


def _with_sheet(
    sheets: Sheets,
    arcs: npt.NDArray[np.float64],
    corners: npt.NDArray[np.float64],
    opens: Sequence[bool],
    anchor: Points,
    *,
    jaw: bool,
) -> Sheets | None:
    """Return the sheets with one more behind a hole: columns from edge to edge.

    None if a sheet that moves with the jaw folds at some level, or leaves a gap.
    """
    n_ends = len(sheets.ends)
    parts = [slice(n_ends), slice(n_ends, None)] if sheets.sums else [slice(None)]
    # What is behind a sum that shuts is what another one shows when it is open.
    columns = [_columns(arcs[k], corners[k], opens[k], anchor[k]) for k in parts]
    centre, half, tips = (np.concatenate(each) for each in zip(*columns, strict=True))
    spare = _SPARE
    if jaw:
        width = fixed_order.length(corners[:, 1] - corners[:, 0])
        spare += float(_FARTHER * width.max())
        along = (corners[:, 1] - corners[:, 0]) / width[:, None]
        out = np.stack([-along, along], axis=1)
        tips = corners + (((tips - corners) * out).sum(axis=2)[..., None] + spare) * out
    reach = half * (1 + spare / fixed_order.length(half)[..., None])
    tips = np.repeat(tips[:, None], 2, axis=1)
    tips += np.stack([-reach[:, [0, -1]], reach[:, [0, -1]]], axis=1)
    made = np.stack([centre - reach, centre + reach], axis=1)
    made = np.concatenate([tips[:, :, :1], made, tips[:, :, 1:]], axis=2)
    flat = made.reshape(len(made), -1, 2)
    every = _longer(sheets, flat)
    rows = np.arange(flat.shape[1]).reshape(2, -1)
    if jaw and not (_fills(made, arcs[:, 1:3]) and _is_sound(flat, _strip(*rows))):
        return None
    rows += len(sheets.mean)
    return replace(
        sheets,
        mean=np.concatenate([sheets.mean, fixed_order.mean(flat[:n_ends])]),
        ends=every[:n_ends],
        sums=every[n_ends:],
        behind=np.concatenate([sheets.behind, _strip(*rows)]).astype(np.int32),
        jaw=rows.ravel() if jaw else sheets.jaw,
    )


def _is_sound(sheet: npt.NDArray[np.float64], triangles: Triangles) -> bool:
    """Return whether no triangle of a sheet (K, N, 2) turns over between ends."""
    areas = [signed_areas(nodes, triangles).min() for nodes in _between(list(sheet))]
    return bool(min(areas) > _MIN_AREA)


def _fills(sheet: npt.NDArray[np.float64], hole: npt.NDArray[np.float64]) -> bool:
    """Return whether the edges of a hole lie within a sheet at levels between ends.

    Both are upper and lower edges, (K, 2, S, 2).
    """
    rings = [np.concatenate([one[0], one[1, ::-1]]) for one in sheet]
    points = [one.reshape(-1, 2) for one in hole]
    return all(
        within(there, ring).all()
        for there, ring in zip(_between(points), _between(rings), strict=True)
    )


def _columns(
    arcs: npt.NDArray[np.float64],
    corners: npt.NDArray[np.float64],
    opens: Sequence[bool],
    anchor: Points,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the middle of every column of a sheet, its half-length, and both tips.

    All are (K, S, 2). Where the opening is open a column lies as in the photograph.
    Where it is closed, it keeps height and place, moved with the inner corner: lids
    that shut pull at the outer one, and at the landmarks along them, but an eyeball
    stays in its socket. The seam lies over what was there when it was open, or over the
    nearest that was seen.
    """
    first = list(opens).index(True)
    upper, above, _, lower = np.moveaxis(arcs, 1, 0)
    centre, half, tips = (upper + lower) / 2, (lower - upper) / 2, corners.copy()
    start, across = upper[first], lower[first] - upper[first]
    least = ((above[first] - start) * across).sum(axis=1) / (across**2).sum(axis=1)
    right = corners[first, 1] - corners[first, 0]
    right = right / fixed_order.length(right)
    down = np.array([-right[1], right[0]])
    high = fixed_order.dot(across, down)
    for k in np.flatnonzero(~np.array(opens)):
        shift = anchor[k] - anchor[first]
        seam = np.concatenate([corners[k, :1], centre[k], corners[k, 1:]])
        place = centre[first] + shift
        along = fixed_order.dot(seam, right)
        order = np.argsort(along, kind="stable")
        level = fixed_order.interpolate(
            fixed_order.dot(place, right),
            along[order],
            fixed_order.dot(seam, down)[order],
        )
        over = (level - fixed_order.dot(start + shift, down)) / high
        far = np.clip(over, least, 1 - least)
        centre[k] = place + ((over - far) * high)[:, None] * down
        half[k] = half[first]
        for tip, side in enumerate((-1.0, 1.0)):
            kept = corners[first, tip] + shift
            if side * fixed_order.dot(kept - tips[k, tip], right) > 0:
                tips[k, tip] = kept
    return centre, half, tips


def _area(polygon: Points) -> float:
    """Return the area of a polygon."""
    x, y = polygon.T
    return abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2
